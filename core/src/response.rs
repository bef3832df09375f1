//! An answer that is no stream: whether it is a completion, and the one that the caller gets.
//!
//! ```
//! use bedrock_chat_core::response::completion;
//! use bedrock_chat_core::decoder::Reasoning;
//!
//! let body = br#"{"choices":[],"amazon-bedrock-guardrailAction":"NONE"}"#;
//! let found = completion(body, Reasoning::Parsed, false);
//! assert_eq!(
//!     found.as_deref(),
//!     Some(r#"{"choices":[],"amazon-bedrock-guardrailAction":"NONE","guardrail":{"action":"NONE"}}"#),
//! );
//! // Bedrock answers so with status 200.
//! let body = br#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"}}"#;
//! assert_eq!(completion(body, Reasoning::Parsed, false), None);
//! ```

use std::borrow::Cow;

use crate::body::{CompletionBody, GUARDRAIL, decode};
use crate::decoder::Reasoning;
use crate::guardrail::Stop;
use crate::json::{Kind, Member, Value};
use crate::reasoning::rewrite_completion;
use crate::text::push_all;

/// The completion in the body of a 2xx answer: what it says of its reasoning in
/// `message.reasoning` (if `format` asks for it), what is known of a guardrail in `guardrail`
/// (`asked`: whether the endpoint was asked for one), everything else byte for byte.
///
/// `None` if the body is no completion: see [`crate::error::misplaced_answer`].
#[must_use]
pub fn completion(body: &[u8], format: Reasoning, asked: bool) -> Option<Cow<'_, str>> {
    read(body, format, asked, false)
}

/// The completion in such a body where one of its choices is an error: what there is of the
/// answer, as [`completion`] would give it.
#[must_use]
pub fn partial(body: &[u8], format: Reasoning, asked: bool) -> Option<Cow<'_, str>> {
    read(body, format, asked, true)
}

/// A list of models, or one of them.
///
/// `None` for anything else.
#[must_use]
pub fn models(body: &[u8], _: Reasoning, _: bool) -> Option<Cow<'_, str>> {
    with_one_of([("data", Kind::Array), ("id", Kind::String)], body)
}

/// What a guardrail, or checks without one, found.
///
/// `None` for anything else.
#[must_use]
pub fn judgement(body: &[u8], _: Reasoning, _: bool) -> Option<Cow<'_, str>> {
    with_one_of([("action", Kind::String), ("results", Kind::Object)], body)
}

/// The body if it is JSON that has one of these members.
fn with_one_of<'b>(members: [(&str, Kind); 2], body: &'b [u8]) -> Option<Cow<'b, str>> {
    let text = decode(body);
    let value = Value::parse_str(&text).ok()?;
    let has = |(name, kind): &(&str, Kind)| value.get(name).is_some_and(|it| it.kind() == *kind);
    members.iter().any(has).then_some(text)
}

fn read(body: &[u8], format: Reasoning, asked: bool, failed: bool) -> Option<Cow<'_, str>> {
    let text = decode(body);
    let body = CompletionBody::parse(&text).ok()?;
    let value = body.value;
    if !body.has_choices() || body.failed_choice().is_some() != failed {
        return None;
    }
    let mut rewritten = String::new();
    let is_rewritten = format == Reasoning::Parsed
        && body.may_reason()
        && rewrite_completion(value, &mut rewritten);
    let completion = if is_rewritten {
        &rewritten
    } else {
        value.raw()
    };
    let stop = body.stop();
    Some(match add_guardrail(&body, completion, stop, asked) {
        Some(guarded) => Cow::Owned(guarded),
        None if is_rewritten => Cow::Owned(rewritten),
        None => text,
    })
}

/// A completion, as JSON, with what is known of a guardrail in `guardrail`.
#[must_use]
pub fn with_guardrail(completion: String, stop: Stop, asked: bool) -> String {
    let body = CompletionBody::parse(&completion).ok();
    let guarded = body.and_then(|body| add_guardrail(&body, &completion, stop, asked));
    guarded.unwrap_or(completion)
}

/// `None` if nothing is known of a guardrail, and the answer says nothing in our name.
fn add_guardrail(
    body: &CompletionBody<'_>,
    completion: &str,
    stop: Stop,
    asked: bool,
) -> Option<String> {
    let signs = body.signs(stop, asked);
    let result = signs.result();
    if result.is_none() && !body.has_guardrail {
        return None;
    }
    let mut out = String::with_capacity(completion.len() + 64);
    if body.has_guardrail {
        out.push('{');
        for Member { key, value } in Value::parse_str(completion).ok()?.members() {
            if !key.is(GUARDRAIL) {
                push_all(&mut out, &["\"", key.body(), "\":", value.raw(), ","]);
            }
        }
    } else {
        out.push_str(completion.strip_suffix("}")?);
        out.push(',');
    }
    match result {
        Some(result) => push_all(&mut out, &["\"guardrail\":", &result, "}"]),
        None => {
            out.pop();
            out.push('}');
        }
    }
    Some(out)
}
