//! The environment a client runs in.

use js_sys::{Array, Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen(raw_module = "../sha256.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = sha256)]
    fn native_sha256(bytes: &Uint8Array) -> Result<Option<String>, JsValue>;
}

/// A variable of `process.env`, which Node, Deno, Bun and workers with Node compatibility have;
/// trimmed, and `None` if it is empty or may not be read.
pub(crate) fn variable(name: &str) -> Option<String> {
    let process = global("process")?;
    let environment = member(&process, "env")?;
    let value = member(&environment, name)?.as_string()?;
    let value = value.trim_ascii();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The region of the environment.
pub(crate) fn region() -> Option<String> {
    variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"))
}

/// Whether everybody who opens a page could read what this code knows: in pages and web workers.
///
/// Every browser's user agent starts with `Mozilla/`, and no server runtime's does.
pub(crate) fn is_browser() -> bool {
    global("navigator")
        .and_then(|navigator| member(&navigator, "userAgent"))
        .and_then(|agent| agent.as_string())
        .is_some_and(|agent| agent.starts_with("Mozilla/"))
}

/// The address of the page, where there is one.
pub(crate) fn location() -> Option<String> {
    member(&global("location")?, "href")?.as_string()
}

/// The SHA-256 of these bytes by the runtime's own code, in hexadecimal digits; `None` if it has
/// none that answers at once.
pub(crate) fn sha256(bytes: &Uint8Array) -> Option<String> {
    native_sha256(bytes).ok().flatten()
}

/// The SHA-256 of these bytes by WebCrypto, on its way; `None` without it, as on pages without
/// HTTPS.
pub(crate) fn sha256_later(bytes: &Uint8Array) -> Option<JsValue> {
    let subtle = member(&global("crypto")?, "subtle")?;
    let digest: Function = member(&subtle, "digest")?.dyn_into().ok()?;
    digest.call2(&subtle, &"SHA-256".into(), bytes).ok()
}

/// The bytes of an `ArrayBuffer`, or of what else a `Uint8Array` can be made of.
pub(crate) fn bytes(buffer: &JsValue) -> Result<Vec<u8>, JsValue> {
    // Not `Uint8Array::new`: what it throws, no Rust can catch.
    let array: Function = global("Uint8Array").unwrap_or_default().unchecked_into();
    let bytes = Reflect::construct(&array, &Array::of1(buffer))?;
    Ok(bytes.unchecked_into::<Uint8Array>().to_vec())
}

/// The `fetch` of this runtime, looked up at each call so that it can be replaced.
pub(crate) fn fetch() -> Option<Function> {
    global("fetch")?.dyn_into().ok()
}

/// A member of the global object.
pub(crate) fn global(name: &str) -> Option<JsValue> {
    member(&js_sys::global(), name)
}

/// A member; `None` also where reading it throws, as Deno does without `--allow-env`.
fn member(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}
