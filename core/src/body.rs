//! What the body of an answer is, at first sight.

use std::borrow::Cow;

use crate::guardrail::{Signs, Stop};
use crate::json::{Kind, Malformed, Place, Reader, Value};
use crate::reasoning::may_reason;

/// As every engine's `Response.text()` reads it.
pub fn decode(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    // Most are well-formed, and seen to be so sooner.
    core::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed)
}

/// What decides about a body, found in one pass: it may be long.
#[derive(Default)]
pub struct CompletionBody<'a> {
    pub(crate) choices: Option<Value<'a>>,
    pub(crate) error: Option<Value<'a>>,
    pub(crate) guardrail_action: Option<Value<'a>>,
    pub(crate) trace: Option<Value<'a>>,
    /// What an action said: of several it may be another one that counts.
    acted: Stop,
    /// What its choices tell.
    told: Choices<'a>,
    /// Whether it has a member of the name that is ours.
    pub(crate) has_guardrail: bool,
}

/// What the choices of a body tell.
#[derive(Default)]
struct Choices<'a> {
    stop: Stop,
    failed: Option<Value<'a>>,
    may_reason: bool,
}

/// Where our results have what is known of a guardrail. What an answer has there is not ours.
pub(crate) const GUARDRAIL: &str = "guardrail";

impl<'a> CompletionBody<'a> {
    /// Those of a body; none if it is no object.
    #[must_use]
    pub fn of(body: Value<'a>) -> Self {
        Self::read(&mut Reader::within(body)).unwrap_or_default()
    }

    /// The same of an object that comes next, checked on the way.
    ///
    /// # Errors
    /// [`Malformed`] if it is no JSON.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let mut parts = Self::default();
        let mut place = reader.enter_object();
        while let Some(key) = reader.next_key(&mut place)? {
            // Of repeated keys the last counts, as it does for `JSON.parse`.
            if key.is("choices") {
                let start = reader.position();
                parts.told = Choices::read(reader)?;
                parts.choices = Some(reader.since(start));
                continue;
            }
            let value = reader.value()?;
            let part = if key.is("error") {
                &mut parts.error
            } else if key.is("amazon-bedrock-guardrailAction") {
                parts.acted = parts.acted.max(Stop::of_action(value));
                &mut parts.guardrail_action
            } else if key.is("amazon-bedrock-trace") {
                &mut parts.trace
            } else {
                parts.has_guardrail |= key.is(GUARDRAIL);
                continue;
            };
            *part = Some(value);
        }
        Ok(parts)
    }

    /// Whether it has choices, and no error, not even in one of them.
    #[must_use]
    pub fn is_completion(&self) -> bool {
        self.has_choices() && self.told.failed.is_none()
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

impl<'a> Choices<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Malformed> {
        let mut told = Self::default();
        let mut place = reader.enter_array();
        if place == Place::Outside {
            reader.value()?;
        }
        while reader.next_element(&mut place)? {
            let start = reader.position();
            if told.choice(reader)? && told.failed.is_none() {
                told.failed = Some(reader.since(start));
            }
        }
        Ok(told)
    }

    /// Whether it is an error.
    fn choice(&mut self, reader: &mut Reader<'a>) -> Result<bool, Malformed> {
        let mut is_error_itself = false;
        let mut place = reader.enter_object();
        if place == Place::Outside {
            reader.value()?;
        }
        while let Some(key) = reader.next_key(&mut place)? {
            if key.is("message") {
                self.message(reader)?;
                continue;
            }
            let value = reader.value()?;
            if key.is("finish_reason") {
                self.stop = self.stop.max(Stop::of(value));
                is_error_itself |= is_failure(value);
            } else if key.is("error") {
                is_error_itself |= is_error(value);
            }
        }
        Ok(is_error_itself)
    }

    fn message(&mut self, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        let mut place = reader.enter_object();
        if place == Place::Outside {
            reader.value()?;
        }
        while let Some(key) = reader.next_key(&mut place)? {
            self.may_reason |= may_reason(key, reader.value()?);
        }
        Ok(())
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
