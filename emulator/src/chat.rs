//! A chat request, read and answered.

use std::time::Duration;

use axum::http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::address::Endpoint;
use crate::answers;
use crate::body::ResponseBody;
use crate::completion::{Answer, Completion, ToolCall, Usage};
use crate::error::ApiError;
use crate::guardrail::{Guardrail, GuardrailConfig};
use crate::models;
use crate::space::Settings;

/// What is read of a request; the rest is taken as it is.
#[derive(Debug, Deserialize)]
pub struct ChatRequest {
    model: String,
    messages: Vec<Message>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    #[serde(default)]
    max_tokens: Option<usize>,
    #[serde(default)]
    max_completion_tokens: Option<usize>,
    #[serde(default)]
    reasoning_effort: Option<String>,
    #[serde(default)]
    tools: Option<Vec<Tool>>,
    #[serde(default)]
    tool_choice: Option<Value>,
    #[serde(default, rename = "amazon-bedrock-guardrailConfig")]
    guardrail_config: Option<GuardrailConfig>,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: Role,
    #[serde(default)]
    content: Option<Content>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    System,
    Developer,
    User,
    Assistant,
    Tool,
    Function,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Debug, Deserialize)]
struct Tool {
    function: Option<Function>,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
}

/// Where and how a request is to be answered.
pub struct Context<'a> {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The prefix it was called under.
    pub prefix: &'a str,
    /// The headers, for the guardrail.
    pub headers: &'a HeaderMap,
    /// The settings of the space.
    pub settings: &'a Settings,
    /// The time between two deltas.
    pub token_delay: Duration,
}

/// Answers a request.
///
/// # Errors
/// Bedrock's refusal.
pub fn answer(body: &[u8], context: &Context<'_>) -> Result<Response<ResponseBody>, ApiError> {
    let request = ChatRequest::parse(body)?;
    models::check(&request.model, context.endpoint, context.prefix)?;
    if request.max_tokens.is_some() && models::is_gpt_5(&request.model) {
        return Err(ApiError::openai(
            StatusCode::BAD_REQUEST,
            "unsupported_parameter",
            "Unsupported parameter: 'max_tokens' is not supported with this model. \
             Use 'max_completion_tokens' instead.",
        ));
    }
    let guardrail = match context.endpoint {
        Endpoint::Runtime => {
            let config = request.guardrail_config.as_ref();
            Guardrail::from_request(context.headers, config, &context.settings.guardrail)?
        }
        // Mantle looks at neither the headers nor the body field, as was measured:
        // https://github.com/aws-samples/sample-per-model-bedrock, 99-cross-cutting/03.
        Endpoint::Mantle => None,
    };
    let completion = Completion {
        answer: request.answer(guardrail),
        model: request.model.clone(),
        created: context.settings.now().as_second(),
        endpoint: context.endpoint,
        reasoning_style: context.settings.reasoning_style,
    };
    if request.stream == Some(true) {
        let include_usage = request
            .stream_options
            .as_ref()
            .is_some_and(|options| options.include_usage);
        Ok(completion.stream(include_usage, context.token_delay))
    } else {
        Ok(completion.json())
    }
}

impl ChatRequest {
    fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let request: Self = serde_json::from_slice(body).map_err(|error| {
            ApiError::invalid(format!(
                "Failed to deserialize the JSON body into the target type: {error}"
            ))
        })?;
        if request.messages.is_empty() {
            return Err(ApiError::invalid(
                "Invalid 'messages': empty array. Expected an array with minimum length 1.",
            ));
        }
        Ok(request)
    }

    fn answer(&self, guardrail: Option<Guardrail<'_>>) -> Answer {
        let texts: Vec<&str> = self.messages.iter().flat_map(Message::texts).collect();
        let usage = Usage::of_prompt(texts.iter().map(|text| answers::count(text)).sum());
        let Some(guardrail) = guardrail else {
            return self.reply(usage);
        };
        let mut guarded = guardrail.input(&texts);
        let mut answer = if let Some(message) = guarded.blocked_input() {
            Answer {
                content: Some(message),
                finish_reason: guarded.finish_reason(),
                usage,
                ..Answer::default()
            }
        } else {
            let answer = self.reply(usage);
            guarded.output(answer, self.stream == Some(true))
        };
        answer.guardrail = Some(guarded.verdict());
        answer
    }

    /// What would be said if nobody guarded it.
    fn reply(&self, mut usage: Usage) -> Answer {
        let question = self.question();
        if let Some(tool_call) = self.tool_call(&question) {
            usage.complete(answers::count(tool_call.arguments));
            return Answer {
                tool_call: Some(tool_call),
                finish_reason: "tool_calls".to_owned(),
                usage,
                ..Answer::default()
            };
        }
        let limit = self.max_completion_tokens.or(self.max_tokens);
        let mut budget = limit.unwrap_or(usize::MAX);
        let wants_reasoning = question.contains("think") || self.reasoning_effort.is_some();
        let reasoning = (models::is_gpt_oss(&self.model) && wants_reasoning)
            .then(|| answers::take(answers::REASONING, &mut budget));
        let whole = answers::choose(&question);
        let content = answers::take(whole, &mut budget);
        let reason = if content.len() < whole.len() {
            "length"
        } else {
            "stop"
        };
        usage.complete(reasoning.as_deref().map_or(0, answers::count) + answers::count(&content));
        Answer {
            reasoning,
            content: Some(content),
            finish_reason: reason.to_owned(),
            usage,
            ..Answer::default()
        }
    }

    /// The last thing the user said, in lower case.
    fn question(&self) -> String {
        let last = self
            .messages
            .iter()
            .rev()
            .find(|message| message.role == Role::User);
        last.map(|message| message.texts().collect::<Vec<_>>().join(" ").to_lowercase())
            .unwrap_or_default()
    }

    fn tool_call(&self, question: &str) -> Option<ToolCall> {
        let names: Vec<&str> = self
            .tools
            .iter()
            .flatten()
            .filter_map(|tool| Some(tool.function.as_ref()?.name.as_str()))
            .collect();
        let asked = question.contains("weather")
            && self
                .tool_choice
                .as_ref()
                .is_none_or(|choice| choice != "none");
        // After the tool has answered, so do we.
        let answered = self
            .messages
            .last()
            .is_some_and(|message| matches!(message.role, Role::Tool | Role::Function));
        if !asked || answered {
            return None;
        }
        let name = names
            .iter()
            .find(|name| **name == "get_weather")
            .or(names.first())?;
        Some(ToolCall {
            name: (*name).to_owned(),
            arguments: answers::TOOL_ARGUMENTS,
        })
    }
}

impl Message {
    fn texts(&self) -> impl Iterator<Item = &str> {
        let (text, parts) = match &self.content {
            Some(Content::Text(text)) => (Some(text.as_str()), None),
            Some(Content::Parts(parts)) => (None, Some(parts)),
            None => (None, None),
        };
        text.into_iter()
            .chain(parts.into_iter().flatten().map(|part| part.text.as_str()))
    }
}
