//! The functions beside the client.

use bedrock_chat_core::client;
use bedrock_chat_core::error::{ErrorClass, Report};
use bedrock_chat_core::guardrail::{self, TagError};
use bedrock_chat_core::options::Values;
use bedrock_chat_core::time::Timestamp;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::clients::keep_error;

/// `mintBedrockToken` of credentials by value: its end in milliseconds since 1970, a line break
/// and the key; or nothing: see `error`.
#[wasm_bindgen(js_name = mintToken)]
pub fn mint_token(options: String, in_page: bool) -> Option<String> {
    let mut report = Report::default();
    let now = Timestamp::from_unix_ms(js_sys::Date::now() as i64);
    let minted = Values::read(options, &mut report)
        .and_then(|options| client::mint(&options, in_page, now, &mut report));
    match minted {
        Ok(minted) => {
            let mut out = String::new();
            let end = minted.expiration.unix_ms();
            bedrock_chat_core::text::push_integer(&mut out, end.unsigned_abs(), 1);
            out.push('\n');
            out.push_str(&minted.token);
            Some(out)
        }
        Err(_) => {
            keep_error(&mut report);
            None
        }
    }
}

/// `guardContent`: the text in the tags of this suffix; or nothing: see `error`.
#[wasm_bindgen(js_name = guardContent)]
pub fn guard_content(text: &str, tag_suffix: &str) -> Option<String> {
    match guardrail::guard_content(text, tag_suffix) {
        Ok(guarded) => Some(guarded),
        Err(error) => {
            let path = if error == TagError::Suffix {
                "tagSuffix"
            } else {
                "text"
            };
            let mut report = Report::default();
            report.at(ErrorClass::InvalidRequestError, path, error.rule());
            keep_error(&mut report);
            None
        }
    }
}

/// `newTagSuffix`, of random bytes from the engine's secure source; empty if they did not do.
#[wasm_bindgen(js_name = newTagSuffix)]
pub fn new_tag_suffix(random: &[u8]) -> String {
    guardrail::new_tag_suffix(random).unwrap_or_default()
}
