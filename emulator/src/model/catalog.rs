//! Which model is served where. The two endpoints have different ids for the same models.

use axum::http::StatusCode;

use crate::api::error::ApiError;
use crate::api::target::Endpoint;

const RUNTIME: &[&str] = &[
    "openai.gpt-oss-20b-1:0",
    "openai.gpt-oss-120b-1:0",
    "openai.gpt-oss-safeguard-20b",
    "openai.gpt-oss-safeguard-120b",
    "qwen.qwen3-32b-v1:0",
    "deepseek.v3.2",
    "zai.glm-5",
    "us.openai.gpt-5.6-sol",
    "us.openai.gpt-5.6-terra",
    "us.openai.gpt-5.6-luna",
    "global.openai.gpt-5.6-sol",
    "us.openai.gpt-6-astra",
    "us.openai.gpt-6-sol",
    "us.openai.gpt-6-luna",
    "global.openai.gpt-6-sol",
    "us.openai.gpt-6.1-sol",
    "us.xai.grok-4.6",
    "us.xai.grok-4.7",
    "us-gov.openai.gpt-oss-20b-1:0",
    "us-gov.openai.gpt-oss-120b-1:0",
];

const MANTLE: &[&str] = &[
    "openai.gpt-oss-20b",
    "openai.gpt-oss-120b",
    "openai.gpt-oss-safeguard-20b",
    "openai.gpt-oss-safeguard-120b",
    "qwen.qwen3-32b",
    "deepseek.v3.2",
    "zai.glm-5",
    "moonshotai.kimi-k2-thinking",
];

const MANTLE_OPENAI: &[&str] = &[
    "openai.gpt-5.4",
    "openai.gpt-5.5",
    "openai.gpt-5.6-sol",
    "openai.gpt-5.6-terra",
    "openai.gpt-5.6-luna",
    "openai.gpt-6-astra",
    "openai.gpt-6-sol",
    "openai.gpt-6-luna",
    "openai.gpt-6.1-sol",
    "xai.grok-4.3",
    "xai.grok-4.6",
    "google.gemma-4-e4b",
    "google.gemma-4-31b",
];

/// What mantle lists but does not serve by Chat Completions.
const LISTED_ONLY: &[&str] = &["anthropic.claude-haiku-4-5", "writer.palmyra-x5"];

/// The models that mantle lists.
pub fn listed() -> impl Iterator<Item = &'static str> {
    [MANTLE, MANTLE_OPENAI, LISTED_ONLY]
        .into_iter()
        .flatten()
        .copied()
}

/// Mantle's answer to a model that it does not know.
#[must_use]
pub fn not_on_mantle(model: &str) -> ApiError {
    not_found(format!("The model '{model}' does not exist"))
}

/// Whether `model` is served by `endpoint` under `prefix`.
///
/// # Errors
/// Bedrock's answer if it is not.
pub fn check(model: &str, endpoint: Endpoint, prefix: &str) -> Result<(), ApiError> {
    match endpoint {
        Endpoint::Runtime => check_runtime(model),
        Endpoint::Mantle => check_mantle(model, prefix),
    }
}

/// Whether the model is one of the open-weight gpt-oss, on either endpoint.
#[must_use]
pub fn is_gpt_oss(model: &str) -> bool {
    model.contains("openai.gpt-oss")
}

/// Whether the model is one of OpenAI's own, GPT-5 or later, on either endpoint.
#[must_use]
pub fn is_gpt(model: &str) -> bool {
    model.contains("openai.gpt-") && !is_gpt_oss(model)
}

/// Whether the model is GPT-5.6 or later, on either endpoint.
#[must_use]
pub fn is_gpt_5_6_or_later(model: &str) -> bool {
    is_gpt(model) && !model.contains("gpt-5.4") && !model.contains("gpt-5.5")
}

/// Whether runtime's Chat Completions ignores guardrails with this model.
#[must_use]
pub fn ignores_guardrails(model: &str) -> bool {
    is_gpt_5_6_or_later(model)
}

/// Whether the model follows the schema of a request. Runtime's gpt-oss does not:
/// <https://github.com/BerriAI/litellm/pull/40775>.
#[must_use]
pub fn follows_schemas(model: &str) -> bool {
    !(is_gpt_oss(model) && model.ends_with(":0"))
}

fn check_runtime(model: &str) -> Result<(), ApiError> {
    let needs_profile = || {
        RUNTIME
            .iter()
            .any(|known| known.split_once('.').is_some_and(|(_, rest)| rest == model))
    };
    if RUNTIME.contains(&model) {
        Ok(())
    } else if needs_profile() {
        Err(ApiError::invalid(format!(
            "Invocation of model ID {model} with on-demand throughput isn't supported. Retry your \
             request with the ID or ARN of an inference profile that contains this model."
        )))
    } else if MANTLE.contains(&model) || MANTLE_OPENAI.contains(&model) {
        Err(ApiError::invalid(
            "The provided model identifier is invalid.",
        ))
    } else {
        Err(not_found(
            "The model doesn't exist or doesn't support this API".to_owned(),
        ))
    }
}

fn check_mantle(model: &str, prefix: &str) -> Result<(), ApiError> {
    let (served, elsewhere) = if prefix == "/v1" {
        (MANTLE, MANTLE_OPENAI)
    } else {
        (MANTLE_OPENAI, MANTLE)
    };
    if served.contains(&model) {
        Ok(())
    } else if elsewhere.contains(&model) || LISTED_ONLY.contains(&model) {
        let message =
            format!("The model '{model}' does not support the '{prefix}/chat/completions' API");
        Err(ApiError::invalid(message))
    } else {
        Err(not_on_mantle(model))
    }
}

fn not_found(message: String) -> ApiError {
    ApiError::openai(StatusCode::NOT_FOUND, "model_not_found", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(model: &str, endpoint: Endpoint, prefix: &str) -> String {
        check(model, endpoint, prefix).unwrap_err().to_string()
    }

    #[test]
    fn ids_belong_to_their_endpoint() {
        check("openai.gpt-oss-20b-1:0", Endpoint::Runtime, "/openai/v1").unwrap();
        check("openai.gpt-oss-20b", Endpoint::Mantle, "/v1").unwrap();
        check("openai.gpt-5.6-sol", Endpoint::Mantle, "/openai/v1").unwrap();

        let runtime = |model| refusal(model, Endpoint::Runtime, "/openai/v1");
        assert_eq!(
            runtime("openai.gpt-oss-20b"),
            "The provided model identifier is invalid."
        );
        assert!(runtime("openai.gpt-5.6-sol").contains("on-demand throughput isn't supported"));
        assert!(runtime("amazon.nova-pro-v1:0").contains("doesn't exist"));

        let mantle = |model, prefix| refusal(model, Endpoint::Mantle, prefix);
        assert!(mantle("openai.gpt-oss-20b-1:0", "/v1").contains("does not exist"));
        assert!(
            mantle("openai.gpt-oss-20b", "/openai/v1").contains("'/openai/v1/chat/completions'")
        );
        assert!(mantle("xai.grok-4.3", "/v1").contains("does not support"));
    }
}
