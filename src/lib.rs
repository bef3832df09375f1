//! Amazon Bedrock's OpenAI-compatible Chat Completions API for every JavaScript runtime.
//!
//! The npm package `bedrock-chat` is this crate as WebAssembly. From Rust its modules can be used
//! alone: they know no JavaScript, no clock and no network, and follow a request on its way:
//!
//! | module | from | to |
//! |---|---|---|
//! | [`endpoint`] | region, family, base URL | URL, signing service |
//! | [`request`] | a request, by any serde `Deserializer` | checked JSON |
//! | [`guardrail`] | its configuration | headers, body field, tags; its result |
//! | [`sigv4`], [`token`] | a request, credentials | a signature, a Bedrock API key |
//! | [`sse`] | bytes | events |
//! | [`chunk`], [`reasoning`] | an event | what the client must know of it |
//! | [`completion`] | chunks | the completion so far |
//! | [`decoder`] | bytes | all of the last three, in batches |
//! | [`answer`] | an answer that is no stream | the completion |
//! | [`error`], [`retry`] | an answer | a typed failure; whether to try again |
//!
//! [`json`] is what the others read and write JSON with, [`time`] knows the dates of signatures and headers.

pub mod answer;
pub mod chunk;
pub mod completion;
mod cut;
mod decimal;
pub mod decoder;
pub mod endpoint;
pub mod error;
pub mod guardrail;
pub mod json;
pub mod reasoning;
pub mod request;
pub mod retry;
pub mod sigv4;
pub mod sse;
pub mod time;
pub mod token;

#[cfg(target_arch = "wasm32")]
#[allow(
    unreachable_pub,
    reason = "wasm-bindgen exports what is `pub`, reachable or not"
)]
mod js;
