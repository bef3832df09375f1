//! An answer that is no stream: whether it is a completion, and the one that the caller gets.
//!
//! ```
//! use bedrock_chat::answer::completion;
//! use bedrock_chat::decoder::Reasoning;
//!
//! let body = br#"{"choices":[],"amazon-bedrock-guardrailAction":"NONE"}"#;
//! let found = completion(body, Reasoning::Parsed);
//! assert_eq!(
//!     found.as_deref(),
//!     Some(r#"{"choices":[],"amazon-bedrock-guardrailAction":"NONE","guardrail":{"action":"NONE"}}"#),
//! );
//! // Bedrock answers so with status 200.
//! let body = br#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"}}"#;
//! assert_eq!(completion(body, Reasoning::Parsed), None);
//! ```

use std::borrow::Cow;

use crate::decoder::Reasoning;
use crate::json::{Kind, Value};
use crate::reasoning::rewrite_completion;
use crate::{error, guardrail};

/// The completion in the body of a 2xx answer: what it says of its reasoning in
/// `message.reasoning` (if `format` asks for it), what is known of a guardrail in `guardrail`,
/// everything else byte for byte.
///
/// `None` if the body is no completion: see [`error::misplaced_answer`].
#[must_use]
pub fn completion(body: &[u8], format: Reasoning) -> Option<Cow<'_, str>> {
    let text = error::decode(body);
    let value = Value::parse_str(&text).ok()?;
    let parts = Parts::of(value);
    if !parts.is_completion() {
        return None;
    }
    let mut rewritten = String::new();
    let is_rewritten = format == Reasoning::Parsed && rewrite_completion(&value, &mut rewritten);
    let completion = if is_rewritten {
        &rewritten
    } else {
        value.raw()
    };
    Some(match parts.add_guardrail(completion) {
        Some(guarded) => Cow::Owned(guarded),
        None if is_rewritten => Cow::Owned(rewritten),
        None => text,
    })
}

/// A completion, as JSON, with what is known of a guardrail in `guardrail`.
#[must_use]
pub fn with_guardrail(completion: String) -> String {
    let guarded = Value::parse_str(&completion)
        .ok()
        .and_then(|value| Parts::of(value).add_guardrail(&completion));
    guarded.unwrap_or(completion)
}

/// The members of a body that decide, found in one pass.
#[derive(Default)]
pub(crate) struct Parts<'a> {
    choices: Option<Value<'a>>,
    error: Option<Value<'a>>,
    guardrail_action: Option<Value<'a>>,
    trace: Option<Value<'a>>,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(body: Value<'a>) -> Self {
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

    pub(crate) fn is_completion(&self) -> bool {
        self.choices
            .is_some_and(|choices| choices.kind() == Kind::Array)
            && self.error.is_none_or(|error| error.is_null())
    }

    /// `None` if nothing is known of a guardrail.
    fn add_guardrail(&self, completion: &str) -> Option<String> {
        let intervened = self.choices.is_some_and(|choices| {
            choices.elements().any(|choice| {
                let reason = choice.get("finish_reason");
                let reason = reason.and_then(|reason| reason.to_text());
                reason.is_some_and(|reason| guardrail::is_intervention(&reason))
            })
        });
        let result = guardrail::result(
            self.guardrail_action.map(|value| value.raw()),
            self.trace.map(|value| value.raw()),
            intervened,
        )?;
        Some(
            [
                completion.strip_suffix('}')?,
                ",\"guardrail\":",
                &result,
                "}",
            ]
            .concat(),
        )
    }
}
