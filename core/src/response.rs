//! An answer that is no stream: whether it is a completion, and the one that the caller gets.
//!
//! ```
//! use bedrock_chat_core::response::completion;
//! use bedrock_chat_core::decoder::Reasoning;
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

use crate::body::{CompletionBody, decode};
use crate::decoder::Reasoning;
use crate::guardrail;
use crate::json::Value;
use crate::reasoning::rewrite_completion;

/// The completion in the body of a 2xx answer: what it says of its reasoning in
/// `message.reasoning` (if `format` asks for it), what is known of a guardrail in `guardrail`,
/// everything else byte for byte.
///
/// `None` if the body is no completion: see [`crate::error::misplaced_answer`].
#[must_use]
pub fn completion(body: &[u8], format: Reasoning) -> Option<Cow<'_, str>> {
    read(body, format, false)
}

/// The completion in such a body where one of its choices is an error: what there is of the
/// answer, as [`completion`] would give it.
#[must_use]
pub fn partial(body: &[u8], format: Reasoning) -> Option<Cow<'_, str>> {
    read(body, format, true)
}

fn read(body: &[u8], format: Reasoning, failed: bool) -> Option<Cow<'_, str>> {
    let text = decode(body);
    let value = Value::parse_str(&text).ok()?;
    let body = CompletionBody::of(value);
    if !body.has_choices() || body.failed_choice().is_some() != failed {
        return None;
    }
    let mut rewritten = String::new();
    let is_rewritten = format == Reasoning::Parsed && rewrite_completion(&value, &mut rewritten);
    let completion = if is_rewritten {
        &rewritten
    } else {
        value.raw()
    };
    Some(match add_guardrail(&body, completion) {
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
        .and_then(|value| add_guardrail(&CompletionBody::of(value), &completion));
    guarded.unwrap_or(completion)
}

/// `None` if nothing is known of a guardrail.
fn add_guardrail(body: &CompletionBody<'_>, completion: &str) -> Option<String> {
    let intervened = body.choices.is_some_and(|choices| {
        choices.elements().any(|choice| {
            let reason = choice.get("finish_reason");
            let reason = reason.and_then(|reason| reason.to_text());
            reason.is_some_and(|reason| guardrail::is_intervention(&reason))
        })
    });
    let result = guardrail::result(
        body.guardrail_action.map(|value| value.raw()),
        body.trace.map(|value| value.raw()),
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
