//! What the body of an answer is, at first sight.

use std::borrow::Cow;

use crate::json::{Kind, Value};

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
}

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
                key if key.is("amazon-bedrock-guardrailAction") => &mut parts.guardrail_action,
                key if key.is("amazon-bedrock-trace") => &mut parts.trace,
                _ => continue,
            };
            *part = Some(member.value);
        }
        parts
    }

    /// Whether it has choices, and no error.
    #[must_use]
    pub fn is_completion(&self) -> bool {
        self.choices
            .is_some_and(|choices| choices.kind() == Kind::Array)
            && self.error.is_none_or(|error| error.is_null())
    }
}
