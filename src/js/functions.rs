//! The functions beside the client.

use js_sys::{Function, Object};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::auth::{check_place, read_credentials};
use super::call::settle;
use super::options::Fields;
use super::wait::Wait;
use super::{environment, errors, timer};
use bedrock_chat_core::endpoint::Region;
use bedrock_chat_core::guardrail;
use bedrock_chat_core::time::Timestamp;
use bedrock_chat_core::token::{self, MAX_EXPIRES_IN};

/// `mintBedrockToken`: `resolve` gets `{ token, expiration }`.
#[wasm_bindgen(js_name = mintBedrockToken, skip_typescript)]
pub fn mint_bedrock_token(options: JsValue, resolve: Function, reject: Function) {
    settle(mint(options), resolve, reject);
}

async fn mint(options: JsValue) -> Result<JsValue, JsValue> {
    let fields = Fields::of(&options, "")?;
    let region = match fields.string("region")?.or_else(environment::region) {
        Some(name) => Region::parse(&name)
            .map_err(|error| errors::configuration_as(error.field, error.message))?,
        None => return Err(fields.refuse("region", "is needed: set it, or AWS_REGION")),
    };
    let expires_in = fields.count("expiresIn")?.unwrap_or(MAX_EXPIRES_IN);
    let mut given = fields.raw("credentials")?;
    if let Some(provider) = given.dyn_ref::<Function>() {
        given = Wait::for_value(&provider.call0(&JsValue::UNDEFINED)?).await?;
    }
    let found = read_credentials("credentials", &given)?;
    let allow_browser = fields.boolean("dangerouslyAllowBrowser")?;
    check_place("credentials", &found.value, allow_browser)?;
    let now = Timestamp::from_unix_ms(timer::now_ms() as i64);
    let minted = token::mint(&found.value, &region, expires_in, now, found.expiration())
        .map_err(|error| errors::configuration_as(error.field(), error.message()))?;
    let result = Object::new();
    let expiration = js_sys::Date::new(&(minted.expiration.unix_ms() as f64).into());
    errors::set(&result, "token", &minted.token.into());
    errors::set(&result, "expiration", &expiration);
    Ok(result.into())
}

/// `guardContent`: the text in the tags of this suffix.
#[wasm_bindgen(js_name = guardContent, skip_typescript)]
pub fn guard_content(text: &str, tag_suffix: &str) -> Result<String, JsValue> {
    guardrail::guard_content(text, tag_suffix).map_err(|error| {
        let path = if error == guardrail::TagError::Suffix {
            "tagSuffix"
        } else {
            "text"
        };
        errors::invalid_request(path, error.rule())
    })
}

/// `newTagSuffix`, of random bytes from the engine's secure source; empty if they did not do.
#[wasm_bindgen(js_name = newTagSuffix, skip_typescript)]
pub fn new_tag_suffix(random: &[u8]) -> String {
    guardrail::new_tag_suffix(random).unwrap_or_default()
}
