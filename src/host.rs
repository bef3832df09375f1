//! What the driver asks of JavaScript, which does what no WebAssembly can. None of it throws, and
//! none of it runs code of the caller's before the module was left.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// What a call waits for.
#[derive(Clone, Copy)]
#[repr(u32)]
pub(crate) enum Wait {
    /// The provider of its secret.
    Ask = 0,
    /// The same, asked by another call.
    Join = 1,
    /// The start of the body.
    ReadStart = 2,
    /// The whole body.
    ReadWhole = 3,
    /// Nothing but the deadline, and what JavaScript may tell.
    Park = 4,
}

#[wasm_bindgen(raw_module = "../host.js")]
extern "C" {
    /// Tells the call of the outcome, or at the deadline, by `performance.now()`, that time is up.
    pub(crate) fn wait(io: &JsValue, what: u32, deadline: f64);

    /// Waits for the SHA-256 of a body, which is read before this returns; mostly told by then.
    pub(crate) fn hash(io: &JsValue, body: &[u8], deadline: f64);

    /// Waits for what `fetch` promised.
    pub(crate) fn sent(io: &JsValue, promise: &JsValue, deadline: f64);

    /// The `fetch` of the client, or of this runtime.
    #[wasm_bindgen(js_name = fetchOf)]
    pub(crate) fn fetch_of(io: &JsValue) -> JsValue;

    /// The arguments of `fetch`. `sent`: the URL, and the names and values of the headers, each on
    /// a line; whether it is a POST, or a GET, which has no body. The body is `None` for the text that
    /// the call was made of.
    /// `undefined` if there can be no request.
    pub(crate) fn request(
        io: &JsValue,
        sent: &str,
        posts: bool,
        body: Option<&str>,
        attempt: u32,
    ) -> JsValue;

    /// The headers are there. Whether somebody wants the result already.
    pub(crate) fn respond(io: &JsValue, stream: bool) -> bool;

    /// Tells of the retry, and waits.
    pub(crate) fn pause(io: &JsValue, report: &str, delay: u32, deadline: f64);

    /// Hands over the completion; whether a guardrail was asked for, and it shows no sign of one.
    pub(crate) fn done(io: &JsValue, completion: &str, is_unproven: bool);

    /// Hands over the error; what was thrown where `report` is empty.
    pub(crate) fn fail(io: &JsValue, report: &str);

    /// Tells the logger, later.
    pub(crate) fn log(io: &JsValue, level: u32, what: &str, record: JsValue);

    /// Milliseconds by a clock that never goes back.
    #[wasm_bindgen(js_name = now)]
    pub(crate) fn monotonic_ms() -> f64;
}
