//! Answers: their bytes, and what becomes of them.

use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Headers, Response};

use super::attempt::Attempt;
use super::environment;
use super::errors;
use super::failed::Failed;
use super::wait::Wait;
use bedrock_chat_core::error::LONGEST_BODY;

/// The status and the headers of an answer.
pub(crate) type Head = (u16, Headers);

/// What we read of a `Response` besides its body; `None` if it is none. Structural: the caller's
/// fetch may have a `Response` of its own. What is missing would throw where it cannot be caught.
pub(crate) fn head(response: &JsValue) -> Option<Head> {
    let status = match member(response, "status").as_f64()? as u16 {
        // Browsers show a redirect that is not followed as a response with nothing in it.
        0 if member(response, "type").as_string().as_deref() == Some("opaqueredirect") => 302,
        status => status,
    };
    let headers = member(response, "headers");
    let is_headers = member(&headers, "get").is_function();
    is_headers.then(|| (status, headers.unchecked_into()))
}

/// A member; `undefined` also where there is none, or reading it throws.
fn member(object: &JsValue, name: &str) -> JsValue {
    if object.is_object() {
        Reflect::get(object, &name.into()).unwrap_or_default()
    } else {
        JsValue::UNDEFINED
    }
}

pub(crate) fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// Readable in a browser only where CORS exposes it.
pub(crate) fn request_id(headers: &Headers) -> Option<String> {
    header(headers, "x-amzn-requestid").or_else(|| header(headers, "x-request-id"))
}

/// Whether somebody else has read the body, or is about to.
pub(crate) fn is_taken(response: &Response) -> bool {
    member(response, "bodyUsed").is_truthy()
        || member(&member(response, "body"), "locked").is_truthy()
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
    // Structural, as all that is read of it: it may be the caller's own.
    let buffer = call(response, "arrayBuffer").map_err(Failed::Network)?;
    let buffer = attempt.guard(&buffer).await.map_err(broken_off)?;
    environment::bytes(&buffer).map_err(Failed::Network)
}

/// The start of an error's body. One that breaks off is good for a message all the same.
pub(crate) async fn read_bounded(
    attempt: &Attempt<'_>,
    response: &Response,
) -> Result<Vec<u8>, Failed> {
    let mut body = Vec::new();
    let stream = member(response, "body");
    if !stream.is_object() {
        return Ok(body);
    }
    // There is none for a body that was read before.
    let Ok(reader) = call(&stream, "getReader") else {
        return Ok(body);
    };
    while body.len() < LONGEST_BODY {
        let Ok(read) = call(&reader, "read") else {
            break;
        };
        let Some(read) = attempt.guard_quietly(&read).await? else {
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
        drop(Wait::for_value(&cancelled));
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

/// A completion as an object, with the request's id (not enumerable, as openai's).
pub(crate) fn object(completion: &str, headers: &Headers) -> Result<JsValue, Failed> {
    // Some engines have no stack for what is nested very deeply.
    let completion = js_sys::JSON::parse(completion).map_err(|_| Failed::Malformed)?;
    let id = request_id(headers).map_or(JsValue::NULL, JsValue::from);
    errors::set_hidden(&completion, "_request_id", &id);
    Ok(completion)
}
