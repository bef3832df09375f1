//! The functions beside the client.

use bedrock_chat_core::client;
use bedrock_chat_core::error::ErrorClass;
use bedrock_chat_core::guardrail::{self, TagError};
use bedrock_chat_core::options::Values;
use bedrock_chat_core::text::push_integer;
use bedrock_chat_core::time::Timestamp;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::clients::reporting;

/// `mintBedrockToken` of credentials by value: its end in milliseconds since 1970, a line break
/// and the key; or nothing: see `error`.
#[wasm_bindgen(js_name = mintToken)]
pub fn mint_token(options: String, in_page: bool) -> Option<String> {
    let now = Timestamp::from_unix_ms(js_sys::Date::now() as i64);
    let minted = reporting(|report| {
        let options = Values::read(options, report)?;
        client::mint(&options, in_page, now, report)
    })?;
    let mut out = String::new();
    push_integer(&mut out, minted.expiration.unix_ms().unsigned_abs(), 1);
    out.push('\n');
    out.push_str(&minted.token);
    Some(out)
}

/// `guardContent`: the text in the tags of this suffix; or nothing: see `error`.
#[wasm_bindgen(js_name = guardContent)]
pub fn guard_content(text: &str, tag_suffix: &str) -> Option<String> {
    reporting(|report| {
        guardrail::guard_content(text, tag_suffix).map_err(|error| {
            let is_suffix = error == TagError::Suffix;
            let path = if is_suffix { "tagSuffix" } else { "text" };
            report.at(ErrorClass::InvalidRequestError, path, error.rule())
        })
    })
}

/// `newTagSuffix`, of random bytes from the engine's secure source; empty if they did not do.
#[wasm_bindgen(js_name = newTagSuffix)]
pub fn new_tag_suffix(random: &[u8]) -> String {
    guardrail::new_tag_suffix(random).unwrap_or_default()
}
