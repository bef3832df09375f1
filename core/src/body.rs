//! What the body of an answer is, at first sight.

use std::borrow::Cow;

use crate::guardrail::{Signs, Stop};
use crate::json::{Key, Kind, Malformed, Place, Reader, Value};
use crate::reasoning::may_reason;
use crate::text;

/// As every engine's `Response.text()` reads it.
pub fn decode(body: &[u8]) -> Cow<'_, str> {
    text::decode(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
}

/// What decides about a body, found in one pass: it may be long.
#[derive(Default)]
pub struct CompletionBody<'a> {
    /// All of it.
    pub(crate) value: Value<'a>,
    pub(crate) choices: Option<Value<'a>>,
    pub(crate) error: Option<Value<'a>>,
    pub(crate) guardrail_action: Option<Value<'a>>,
    pub(crate) trace: Option<Value<'a>>,
    /// What an action said: of several it may be another one that counts.
    acted: Stop,
    /// What the choices say.
    told: Told<'a>,
    /// Whether it has a member of the name that is ours.
    pub(crate) has_guardrail: bool,
}

#[derive(Default)]
struct Told<'a> {
    stop: Stop,
    failed: Option<Value<'a>>,
    /// Whether the choice in hand is an error.
    fails: bool,
    may_reason: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Level {
    Body,
    Choice,
    Message,
}

/// Where our results have what is known of a guardrail. What an answer has there is not ours.
pub(crate) const GUARDRAIL: &str = "guardrail";

impl<'a> CompletionBody<'a> {
    /// Those of a body, which is checked on the way; none if it is no object.
    ///
    /// # Errors
    /// [`Malformed`] if it is no JSON.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut body = Self::default();
        let mut reader = Reader::new(text);
        let start = reader.position();
        body.object(Level::Body, &mut reader)?;
        body.value = reader.since(start);
        reader.end()?;
        Ok(body)
    }

    /// Steps over a value, and takes what it has where it is an object.
    fn object(&mut self, level: Level, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        let mut place = reader.enter_object();
        if place == Place::Outside {
            reader.value()?;
        }
        while let Some(key) = reader.next_key(&mut place)? {
            let start = reader.position();
            match level {
                Level::Body if key.is("choices") => self.array(reader)?,
                Level::Choice if key.is("message") => self.object(Level::Message, reader)?,
                _ => {
                    reader.value()?;
                }
            }
            self.member(level, key, reader.since(start));
        }
        Ok(())
    }

    fn array(&mut self, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        self.told = Told::default();
        let mut place = reader.enter_array();
        if place == Place::Outside {
            reader.value()?;
        }
        while reader.next_element(&mut place)? {
            let start = reader.position();
            self.object(Level::Choice, reader)?;
            if core::mem::take(&mut self.told.fails) && self.told.failed.is_none() {
                self.told.failed = Some(reader.since(start));
            }
        }
        Ok(())
    }

    fn member(&mut self, level: Level, key: Key<'a>, value: Value<'a>) {
        let told = &mut self.told;
        if level == Level::Message {
            told.may_reason |= may_reason(key, value);
        } else if level == Level::Choice {
            if key.is("finish_reason") {
                told.stop = told.stop.max(Stop::of(value));
                told.fails |= is_failure(value);
            } else {
                told.fails |= key.is("error") && is_error(value);
            }
        // Of repeated keys the last counts, as it does for `JSON.parse`.
        } else if key.is("choices") {
            self.choices = Some(value);
        } else if key.is("error") {
            self.error = Some(value);
        } else if key.is("amazon-bedrock-guardrailAction") {
            self.acted = self.acted.max(Stop::of_action(value));
            self.guardrail_action = Some(value);
        } else if key.is("amazon-bedrock-trace") {
            self.trace = Some(value);
        } else {
            self.has_guardrail |= key.is(GUARDRAIL);
        }
    }

    /// Whether it has choices, and no error beside them.
    pub(crate) fn has_choices(&self) -> bool {
        self.choices
            .is_some_and(|choices| choices.kind() == Kind::Array)
            && !self.error.is_some_and(is_error)
    }

    /// What stopped it, or one of its choices.
    pub(crate) fn stop(&self) -> Stop {
        self.acted.max(self.told.stop)
    }

    /// What it tells of a guardrail.
    pub(crate) fn signs(&self, stop: Stop, asked: bool) -> Signs<'a> {
        Signs {
            action: self.guardrail_action.map(|value| value.raw()),
            trace: self.trace.map(|value| value.raw()),
            stop,
            asked,
        }
    }

    /// The first choice that is no answer but an error.
    #[must_use]
    pub fn failed_choice(&self) -> Option<Value<'a>> {
        self.told.failed
    }

    /// Whether a message may say of its reasoning what is to stand elsewhere.
    pub(crate) fn may_reason(&self) -> bool {
        self.told.may_reason
    }
}

/// Whether a `finish_reason` says that the answer failed, or was given up: `error`, `abort`,
/// `cancelled`, `network_error`, `insufficient_system_resource` …
pub(crate) fn is_failure(reason: Value<'_>) -> bool {
    const SIGNS: [&[u8]; 4] = [b"abort", b"cancel", b"fail", b"insufficient"];
    let text = reason.to_text().unwrap_or_default();
    let text = text.as_bytes();
    let says = |part: Option<&[u8]>, sign| part.is_some_and(|it| it.eq_ignore_ascii_case(sign));
    let end = text.len().wrapping_sub(5);
    SIGNS.iter().any(|sign| says(text.get(..sign.len()), sign)) || says(text.get(end..), b"error")
}

/// Whether an `error` is one: JavaScript would call it true.
pub(crate) fn is_error(error: Value<'_>) -> bool {
    !matches!(error.raw(), "null" | "false" | "\"\"" | "0")
}
