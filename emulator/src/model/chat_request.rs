//! A chat request, as far as it is read.

use serde::Deserialize;
use serde_json::Value;

use crate::api::error::ApiError;
use crate::guardrails::guardrail::GuardrailConfig;

/// What is read of a request; the rest is taken as it is.
#[derive(Debug, Deserialize)]
pub struct ChatRequest {
    /// The model.
    pub model: String,
    /// What was said before.
    pub messages: Vec<Message>,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    /// The older name of the budget.
    #[serde(default)]
    pub max_tokens: Option<usize>,
    #[serde(default)]
    max_completion_tokens: Option<usize>,
    /// How long to think.
    #[serde(default)]
    pub reasoning_effort: Option<String>,
    /// What may be called.
    #[serde(default)]
    pub tools: Option<Vec<Tool>>,
    /// Whether it must or must not.
    #[serde(default)]
    pub tool_choice: Option<Value>,
    /// The form of the answer.
    #[serde(default)]
    pub response_format: Option<ResponseFormat>,
    /// Whether several may be called at once.
    #[serde(default)]
    pub parallel_tool_calls: Option<bool>,
    /// What a guardrail is told beside its headers.
    #[serde(default, rename = "amazon-bedrock-guardrailConfig")]
    pub guardrail_config: Option<GuardrailConfig>,
}

/// One of the messages.
#[derive(Debug, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    #[serde(default)]
    content: Option<Content>,
    #[serde(default)]
    tool_calls: Option<Vec<MessageToolCall>>,
    /// Which call this is the result of.
    #[serde(default)]
    pub tool_call_id: Option<String>,
}

/// A call in an earlier answer.
#[derive(Debug, Deserialize)]
pub struct MessageToolCall {
    /// Its id.
    #[serde(default)]
    pub id: Option<String>,
    /// What was called.
    #[serde(default)]
    pub function: Option<MessageFunction>,
}

/// The function of a call.
#[derive(Debug, Deserialize)]
pub struct MessageFunction {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
}

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The caller.
    System,
    /// The same, by its newer name.
    Developer,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// What was called.
    Tool,
    /// The same, by its older name.
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

/// The form of an answer.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ResponseFormat {
    /// Words.
    Text,
    /// Any JSON object.
    JsonObject,
    /// An instance of a schema.
    JsonSchema {
        /// The schema.
        json_schema: JsonSchemaFormat,
    },
}

/// A schema that an answer is to fit.
#[derive(Debug, Deserialize)]
pub struct JsonSchemaFormat {
    /// Its name.
    pub name: String,
    /// The schema.
    #[serde(default)]
    pub schema: Value,
    /// Whether it must be closed.
    #[serde(default)]
    pub strict: Option<bool>,
}

/// Something that may be called.
#[derive(Debug, Deserialize)]
pub struct Tool {
    /// The function, if it is one.
    pub function: Option<FunctionDefinition>,
}

/// A function that may be called.
#[derive(Debug, Deserialize)]
pub struct FunctionDefinition {
    /// Its name.
    pub name: String,
    /// The schema of its arguments.
    #[serde(default)]
    pub parameters: Option<Value>,
    /// Whether its arguments must fit.
    #[serde(default)]
    pub strict: Option<bool>,
}

impl ChatRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// Bedrock's refusal of a body that is none.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
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

    /// All text of all messages.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.messages.iter().flat_map(Message::texts).collect()
    }

    /// Whether the answer is to be a stream.
    #[must_use]
    pub fn is_streamed(&self) -> bool {
        self.stream == Some(true)
    }

    /// Whether a stream is to end with its usage.
    #[must_use]
    pub fn wants_usage(&self) -> bool {
        self.stream_options
            .as_ref()
            .is_some_and(|options| options.include_usage)
    }

    /// How many tokens the answer may have.
    #[must_use]
    pub fn budget(&self) -> usize {
        let limit = self.max_completion_tokens.or(self.max_tokens);
        limit.unwrap_or(usize::MAX)
    }

    /// The last thing the user said, in lower case.
    #[must_use]
    pub fn question(&self) -> String {
        self.last_question()
            .and_then(|at| self.messages.get(at))
            .map(|message| message.texts().collect::<Vec<_>>().join(" ").to_lowercase())
            .unwrap_or_default()
    }

    /// What was said since then.
    #[must_use]
    pub fn turn(&self) -> &[Message] {
        let start = self.last_question().map_or(0, |at| at + 1);
        self.messages.get(start..).unwrap_or_default()
    }

    fn last_question(&self) -> Option<usize> {
        let is_user = |message: &Message| message.role == Role::User;
        self.messages.iter().rposition(is_user)
    }
}

impl Message {
    /// What the model called.
    #[must_use]
    pub fn tool_calls(&self) -> &[MessageToolCall] {
        self.tool_calls.as_deref().unwrap_or_default()
    }

    /// Its texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let (text, parts) = match &self.content {
            Some(Content::Text(text)) => (Some(text.as_str()), None),
            Some(Content::Parts(parts)) => (None, Some(parts)),
            None => (None, None),
        };
        text.into_iter()
            .chain(parts.into_iter().flatten().map(|part| part.text.as_str()))
    }
}
