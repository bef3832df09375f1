//! The boundary: the only place that knows JavaScript.
//!
//! `client` and `call` are what JavaScript sees of a request, `stream` of its answer; `options`,
//! `body` and `auth` read what comes in, `answer` and `errors` write what goes out. No value is
//! borrowed across an await, and every method answers through a `Result` or a callback.

mod answer;
mod attempt;
mod auth;
mod body;
mod call;
mod client;
mod ending;
mod environment;
mod errors;
mod failed;
mod functions;
mod log;
mod options;
mod outgoing;
mod stream;
mod timer;
mod wait;

/// Smaller by a fifth of the module than the default.
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
