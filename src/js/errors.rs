//! Errors on their way to JavaScript: the one place where they become objects.

use js_sys::{Object, Reflect};
use serde::ser::{Serialize, SerializeMap, Serializer};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Headers;

use super::answer::request_id;
use bedrock_chat_core::error::{ErrorClass, ServiceError};

#[wasm_bindgen(raw_module = "../errors.js")]
extern "C" {
    #[wasm_bindgen(js_name = newError)]
    fn new_error(
        name: &str,
        message: &str,
        fields: &JsValue,
        headers: Option<&Headers>,
        cause: &JsValue,
    ) -> JsValue;
    /// Sets a property that is not enumerable of an object that is ours.
    #[wasm_bindgen(js_name = hidden)]
    pub(crate) fn set_hidden(object: &JsValue, name: &str, value: &JsValue);
}

/// The fields of an error as JavaScript sees them; what is not known is left out.
#[derive(Default)]
pub(crate) struct Fields<'a> {
    pub(crate) path: Option<&'a str>,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<&'a str>,
    pub(crate) param: Option<&'a str>,
    pub(crate) kind: Option<&'a str>,
    pub(crate) aws_error_type: Option<&'a str>,
    pub(crate) hint: Option<&'a str>,
    pub(crate) timeout: Option<&'a str>,
    pub(crate) request_id: Option<String>,
    pub(crate) retryable: Option<bool>,
    pub(crate) attempts: Option<u32>,
}

/// As a map: of a struct serde-wasm-bindgen keeps the names in a table of 4 KB of code.
impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, text) in [
            ("path", self.path),
            ("code", self.code),
            ("param", self.param),
            ("type", self.kind),
            ("awsErrorType", self.aws_error_type),
            ("hint", self.hint),
            ("timeout", self.timeout),
            ("requestID", self.request_id.as_deref()),
        ] {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        for (name, number) in [
            ("status", self.status.map(u32::from)),
            ("attempts", self.attempts),
        ] {
            if let Some(number) = number {
                map.serialize_entry(name, &number)?;
            }
        }
        if let Some(retryable) = self.retryable {
            map.serialize_entry("retryable", &retryable)?;
        }
        map.end()
    }
}

/// What is known of the call behind an error.
#[derive(Default)]
pub(crate) struct Details<'a> {
    pub(crate) headers: Option<&'a Headers>,
    /// The status of the answer.
    pub(crate) status: Option<u16>,
    /// The caller's own exception, or the engine's.
    pub(crate) cause: Option<&'a JsValue>,
    pub(crate) attempts: u32,
}

/// An error whose only content is its message.
pub(crate) fn plain(class: ErrorClass, message: &str) -> JsValue {
    new(class, message, &Fields::default(), None, None)
}

/// An option that cannot be used. `field` as the caller spells it.
pub(crate) fn configuration(field: &str, rule: &str) -> JsValue {
    configuration_as(field, &sentence(field, rule))
}

/// As [`configuration`], where the message names the field already.
pub(crate) fn configuration_as(field: &str, message: &str) -> JsValue {
    at(ErrorClass::ConfigurationError, field, message)
}

/// A request that was not sent. `path` is empty for the request as a whole.
pub(crate) fn invalid_request(path: &str, rule: &str) -> JsValue {
    at(ErrorClass::InvalidRequestError, path, &sentence(path, rule))
}

fn at(class: ErrorClass, path: &str, message: &str) -> JsValue {
    let fields = Fields {
        path: Some(path),
        ..Fields::default()
    };
    new(class, message, &fields, None, None)
}

fn sentence(path: &str, rule: &str) -> String {
    if path.is_empty() {
        ["The request ", rule].concat()
    } else {
        ["`", path, "` ", rule].concat()
    }
}

/// An error of an answer, of a stream or of the network.
pub(crate) fn api(failure: &ServiceError, details: &Details<'_>) -> JsValue {
    let fields = Fields {
        code: failure.code.as_deref(),
        param: failure.param.as_deref(),
        kind: failure.kind.as_deref(),
        aws_error_type: failure.aws_error_type.as_deref(),
        hint: failure.hint.as_deref(),
        retryable: Some(failure.retryable),
        ..Fields::default()
    };
    let error = of_call(failure.class, &failure.message, fields, details);
    let json = failure.error.as_ref().filter(|json| is_shallow(json));
    if let Some(body) = json.and_then(|json| js_sys::JSON::parse(json).ok()) {
        set(error.unchecked_ref(), "error", &body);
    }
    error
}

/// Whether an engine can print it again: none has the stack for thousands of levels.
fn is_shallow(json: &str) -> bool {
    const DEEPEST: u32 = 100;
    let mut depth = 0_u32;
    json.bytes().all(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth <= DEEPEST
    })
}

/// An error of a call that was sent, or was about to be.
pub(crate) fn of_call(
    class: ErrorClass,
    message: &str,
    mut fields: Fields<'_>,
    details: &Details<'_>,
) -> JsValue {
    fields.status = details.status;
    fields.request_id = details.headers.and_then(request_id);
    fields.attempts = Some(details.attempts);
    new(class, message, &fields, details.headers, details.cause)
}

fn new(
    class: ErrorClass,
    message: &str,
    fields: &Fields<'_>,
    headers: Option<&Headers>,
    cause: Option<&JsValue>,
) -> JsValue {
    const NONE: &JsValue = &JsValue::UNDEFINED;
    // Strings and numbers alone: they always become an object.
    let as_object = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    let fields = fields.serialize(&as_object).unwrap_or_default();
    new_error(
        class.name(),
        message,
        &fields,
        headers,
        cause.unwrap_or(NONE),
    )
}

/// Sets an own property of a fresh object, which cannot fail.
pub(crate) fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}
