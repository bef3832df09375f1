//! What the body of an answer is, at first sight.

use std::borrow::Cow;

use crate::guardrail::{Signs, Stop};
use crate::json::{Kind, Member, Value};

/// As every engine's `Response.text()` reads it.
pub fn decode(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    String::from_utf8_lossy(body)
}

/// The members of a body that decide, found in one pass.
#[derive(Default)]
pub struct CompletionBody<'a> {
    pub(crate) choices: Option<Value<'a>>,
    pub(crate) error: Option<Value<'a>>,
    pub(crate) guardrail_action: Option<Value<'a>>,
    pub(crate) trace: Option<Value<'a>>,
    /// What an action said: of several it may be another one that counts.
    acted: Stop,
    /// Whether it has a member of the name that is ours.
    pub(crate) has_guardrail: bool,
}

/// Where our results have what is known of a guardrail. What an answer has there is not ours.
pub(crate) const GUARDRAIL: &str = "guardrail";

impl<'a> CompletionBody<'a> {
    /// Those of a body; none if it is no object.
    #[must_use]
    pub fn of(body: Value<'a>) -> Self {
        let mut parts = Self::default();
        for member in body.members() {
            // Of repeated keys the last counts, as it does for `JSON.parse`.
            let part = match member.key {
                key if key.is("choices") => &mut parts.choices,
                key if key.is("error") => &mut parts.error,
                key if key.is("amazon-bedrock-guardrailAction") => {
                    parts.acted = parts.acted.max(Stop::of_action(member.value));
                    &mut parts.guardrail_action
                }
                key if key.is("amazon-bedrock-trace") => &mut parts.trace,
                key => {
                    parts.has_guardrail |= key.is(GUARDRAIL);
                    continue;
                }
            };
            *part = Some(member.value);
        }
        parts
    }

    /// Whether it has choices, and no error, not even in one of them.
    #[must_use]
    pub fn is_completion(&self) -> bool {
        self.has_choices() && self.failed_choice().is_none()
    }

    /// Whether it has choices, and no error beside them.
    pub(crate) fn has_choices(&self) -> bool {
        self.choices
            .is_some_and(|choices| choices.kind() == Kind::Array)
            && !self.error.is_some_and(is_error)
    }

    /// What stopped it, or one of its choices.
    pub(crate) fn stop(&self) -> Stop {
        let choices = self
            .choices
            .into_iter()
            .flat_map(|choices| choices.elements());
        let members = choices.flat_map(|choice| choice.members());
        members
            .filter(|member| member.key.is("finish_reason"))
            .fold(self.acted, |stop, reason| stop.max(Stop::of(reason.value)))
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
        let mut choices = self.choices?.elements();
        choices.find(|choice| {
            let mut members = choice.members();
            members.any(|Member { key, value }| {
                key.is("error") && is_error(value) || key.is("finish_reason") && is_failure(value)
            })
        })
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
