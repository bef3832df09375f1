//! Chat Completions: a request is read, guarded, answered, and put in OpenAI's envelope.

use std::time::Duration;

use axum::http::{HeaderMap, Response, StatusCode};

use crate::api::error::ApiError;
use crate::api::target::Endpoint;
use crate::guardrails::guardrail::{Guardrail, GuardrailFields};
use crate::guardrails::policy::Policy;
use crate::http::body::ResponseBody;
use crate::model::catalog;
use crate::model::chat_request::ChatRequest;
use crate::model::generation;
use crate::model::output::{ModelOutput, Usage};
use crate::model::structured;
use crate::model::tools;
use crate::operations::completion::{Completion, ReasoningStyle};

/// Where and how a request is to be answered.
pub struct ChatContext<'a> {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The prefix it was called under.
    pub prefix: &'a str,
    /// The headers, for the guardrail.
    pub headers: &'a HeaderMap,
    /// What guardrails look for.
    pub policy: &'a Policy,
    /// How gpt-oss on runtime streams its reasoning.
    pub reasoning_style: ReasoningStyle,
    /// The time by the server's clock, in seconds since 1970.
    pub created: i64,
    /// The time between two deltas.
    pub token_delay: Duration,
}

/// Answers a request.
///
/// # Errors
/// Bedrock's refusal.
pub fn respond(body: &[u8], context: &ChatContext<'_>) -> Result<Response<ResponseBody>, ApiError> {
    let request = ChatRequest::parse(body)?;
    catalog::check(&request.model, context.endpoint, context.prefix)?;
    check_parameters(&request)?;
    let guardrail = match context.endpoint {
        // Guardrails of these are for Converse alone, their model cards say. Nobody has published
        // what the headers do here; on the Responses API they are ignored, so here as well.
        Endpoint::Runtime if catalog::ignores_guardrails(&request.model) => None,
        Endpoint::Runtime => {
            let config = request.guardrail_config.as_ref();
            Guardrail::from_request(context.headers, config, context.policy)?
        }
        // Mantle looks at neither the headers nor the body field, as was measured:
        // https://github.com/aws-samples/sample-per-model-bedrock, 99-cross-cutting/03.
        Endpoint::Mantle => None,
    };
    let (output, guardrail) = match guardrail {
        None => (generation::generate(&request), None),
        Some(guardrail) => {
            let (output, fields) = guarded_output(&request, guardrail);
            (output, Some(fields))
        }
    };
    let completion = Completion {
        output,
        guardrail,
        model: request.model.clone(),
        created: context.created,
        endpoint: context.endpoint,
        reasoning_style: context.reasoning_style,
    };
    if request.is_streamed() {
        Ok(completion.stream(request.wants_usage(), context.token_delay))
    } else {
        Ok(completion.json())
    }
}

/// What the models do not take by Chat Completions.
fn check_parameters(request: &ChatRequest) -> Result<(), ApiError> {
    let model = &request.model;
    if request.max_tokens.is_some() && catalog::is_gpt(model) {
        return Err(ApiError::openai(
            StatusCode::BAD_REQUEST,
            "unsupported_parameter",
            "Unsupported parameter: 'max_tokens' is not supported with this model. \
             Use 'max_completion_tokens' instead.",
        ));
    }
    // Not sent, the effort is the model's default, which is not none either.
    let reasons = request.reasoning_effort.as_deref() != Some("none");
    let has_tools = request.tools.iter().flatten().next().is_some();
    if has_tools && reasons && catalog::is_gpt_5_6_or_later(model) {
        return Err(ApiError::invalid(format!(
            "Function tools with reasoning_effort are not supported for {model} in \
             /v1/chat/completions. To use function tools, use /v1/responses or set \
             reasoning_effort to 'none'."
        )));
    }
    tools::check(request)?;
    structured::check(request)
}

fn guarded_output(
    request: &ChatRequest,
    guardrail: Guardrail<'_>,
) -> (ModelOutput, GuardrailFields) {
    let texts = request.texts();
    let mut guarded = guardrail.input(&texts);
    let output = if let Some(message) = guarded.blocked_input() {
        ModelOutput {
            content: Some(message),
            finish_reason: guarded.finish_reason(),
            usage: Usage::of_prompt(&texts),
            ..ModelOutput::default()
        }
    } else {
        let mut output = generation::generate(request);
        if let Some(text) = output.content.take() {
            let judged = guarded.output(text, request.is_streamed());
            output.content = Some(judged.text);
            if judged.blocked {
                output.finish_reason = guarded.finish_reason();
            }
        }
        output
    };
    (output, guarded.fields())
}
