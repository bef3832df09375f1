//! The npm package `bedrock-chat`: what JavaScript sees of `bedrock_chat_core`, and the driver
//! of its calls. Only the module for WebAssembly is of use.
#![cfg(target_arch = "wasm32")]
#![allow(
    unreachable_pub,
    reason = "wasm-bindgen exports what is `pub`, reachable or not"
)]

mod calls;
mod clients;
mod driver;
mod functions;
mod handles;
mod host;
mod log;
mod memory;
mod streams;
