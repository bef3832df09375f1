//! Answers: their bytes, and what becomes of them.

use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Response};

use super::attempt::Attempt;
use super::errors;
use super::failed::Failed;
use crate::decoder::Reasoning;
use crate::error::LONGEST_BODY;
use crate::json::Value;
use crate::{guardrail, reasoning};

/// The status. Browsers show a redirect that is not followed as a response with nothing in it.
pub(crate) fn status(response: &Response) -> u16 {
    let member = |name: &str| Reflect::get(response, &name.into()).unwrap_or_default();
    if member("type").as_string().as_deref() == Some("opaqueredirect") {
        302
    } else {
        member("status").as_f64().unwrap_or_default() as u16
    }
}

pub(crate) fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// Readable in a browser only where CORS exposes it.
pub(crate) fn request_id(headers: &Headers) -> Option<String> {
    header(headers, "x-amzn-requestid").or_else(|| header(headers, "x-request-id"))
}

/// Whether it has what we read of a `Response`: what is missing would throw where it cannot be
/// caught.
pub(crate) fn is_response(value: &JsValue) -> bool {
    let member = |object, name: &str| Reflect::get(object, &name.into()).unwrap_or_default();
    value.is_object()
        && member(value, "status").as_f64().is_some()
        && member(&member(value, "headers"), "get").is_function()
}

/// Calls a method of an object that may be the caller's.
fn call(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    let method = Reflect::get(object, &name.into())?;
    method
        .dyn_ref::<Function>()
        .map_or(Ok(JsValue::UNDEFINED), |method| method.call0(object))
}

/// The whole body.
pub(crate) async fn read_whole(
    attempt: &Attempt<'_>,
    response: &Response,
) -> Result<Vec<u8>, Failed> {
    let buffer = attempt
        .guard(&response.array_buffer().map_err(Failed::Network)?)
        .await;
    Ok(Uint8Array::new(&buffer.map_err(broken_off)?).to_vec())
}

/// The start of an error's body. One that breaks off is good for a message all the same.
pub(crate) async fn read_bounded(
    attempt: &Attempt<'_>,
    response: &Response,
) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    let Some(stream) = response.body() else {
        return Ok(body);
    };
    // There is none for a body that was read before.
    let Ok(reader) = call(&stream, "getReader") else {
        return Ok(body);
    };
    while body.len() < LONGEST_BODY {
        let Ok(read) = call(&reader, "read") else {
            break;
        };
        let Some(read) = attempt.guard_quietly(&Promise::resolve(&read)).await? else {
            return Ok(body);
        };
        let piece = Reflect::get(&read, &"value".into()).unwrap_or_default();
        let Some(piece) = piece.dyn_ref::<Uint8Array>() else {
            break;
        };
        body.extend(piece.to_vec());
    }
    // Nobody waits for the rest, but for a rejection somebody must be there.
    if let Ok(cancelled) = call(&reader, "cancel") {
        drop(JsFuture::from(Promise::resolve(&cancelled)));
    }
    Ok(body)
}

/// An exception while something of `fetch` was waited for is the network's.
pub(crate) fn broken_off(failed: Failed) -> Failed {
    match failed {
        Failed::Thrown(cause) => Failed::Network(cause),
        failed => failed,
    }
}

/// A completion as the caller gets it: reasoning in its place, the guardrail's result, the
/// request's id (not enumerable, as openai's).
pub(crate) fn completion(
    body: &[u8],
    format: Reasoning,
    request_id: Option<&str>,
) -> Result<JsValue, Failed> {
    let value = Value::parse(body).map_err(|_| Failed::Malformed)?;
    let mut rewritten = String::new();
    let text = match format {
        Reasoning::Parsed if reasoning::rewrite_completion(&value, &mut rewritten) => &rewritten,
        _ => value.raw(),
    };
    let completion = match with_guardrail(text, &value) {
        Some(text) => js_sys::JSON::parse(&text),
        None => js_sys::JSON::parse(text),
    };
    // Some engines have no stack for what is nested very deeply.
    let completion = completion.map_err(|_| Failed::Malformed)?;
    if completion.is_object() {
        let id = request_id.map_or(JsValue::NULL, JsValue::from_str);
        let descriptor = Object::new();
        errors::set(&descriptor, "value", &id);
        errors::set(&descriptor, "writable", &JsValue::TRUE);
        errors::set(&descriptor, "configurable", &JsValue::TRUE);
        Object::define_property(
            completion.unchecked_ref::<Object>(),
            &"_request_id".into(),
            &descriptor,
        );
    }
    Ok(completion)
}

/// `text`, the JSON of a completion, with the field `guardrail`; `None` if nothing is known of one.
pub(crate) fn with_guardrail(text: &str, completion: &Value<'_>) -> Option<String> {
    let action = completion.get("amazon-bedrock-guardrailAction");
    let trace = completion.get("amazon-bedrock-trace");
    let intervened = completion.get("choices").is_some_and(|choices| {
        choices.elements().any(|choice| {
            let reason = choice
                .get("finish_reason")
                .and_then(|reason| reason.to_text());
            reason.is_some_and(|reason| guardrail::is_intervention(&reason))
        })
    });
    let result = guardrail::result(
        action.map(|value| value.raw()),
        trace.map(|value| value.raw()),
        intervened,
    )?;
    Some([text.strip_suffix('}')?, ",\"guardrail\":", &result, "}"].concat())
}
