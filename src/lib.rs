//! The npm package `bedrock-chat`: what JavaScript sees of `bedrock-chat-core`.

#[cfg(target_arch = "wasm32")]
#[allow(
    unreachable_pub,
    reason = "wasm-bindgen exports what is `pub`, reachable or not"
)]
mod js;
