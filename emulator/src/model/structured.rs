//! Structured output: JSON that fits the schema of a request, or fails to by a word of the question.

use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::model::answers;
use crate::model::catalog;
use crate::model::chat_request::{ChatRequest, ResponseFormat};
use crate::model::schema;
use crate::model::schema_check;

const TRAILING: &str = "\n\nThis is the object that you asked for; {\"this\": \"is not\"}. 🙂";
/// More digits than a double can hold.
const RUNAWAY: usize = 400;

/// What is said in the format of the request.
pub struct StructuredOutput {
    /// JSON, if all is well.
    pub text: String,
    /// Whether it ends too early.
    pub is_cut: bool,
}

/// Whether the schema of a request can be followed.
///
/// # Errors
/// Bedrock's refusal.
pub fn check(request: &ChatRequest) -> Result<(), ApiError> {
    let Some(ResponseFormat::JsonSchema { json_schema }) = format(request) else {
        return Ok(());
    };
    schema_check::check(&json_schema.schema, json_schema.strict == Some(true)).map_err(
        |complaint| {
            let name = &json_schema.name;
            ApiError::invalid(format!(
                "Invalid schema for response_format '{name}': {complaint}"
            ))
        },
    )
}

/// The answer in the format of the request. None if it has none, or the model ignores it.
#[must_use]
pub fn generate(request: &ChatRequest, question: &str) -> Option<StructuredOutput> {
    let mut instance = match format(request)? {
        ResponseFormat::JsonSchema { json_schema } => schema::instance(&json_schema.schema, 0),
        ResponseFormat::JsonObject => json!({ "answer": answers::choose(question) }),
        ResponseFormat::Text => return None,
    };
    let mut text = instance.to_string();
    if question.contains("runaway") {
        text = runaway(&mut instance).unwrap_or(text);
    }
    if question.contains("misfit") {
        text = schema::misfit(instance);
    }
    if question.contains("trailing") {
        text += TRAILING;
    }
    let is_cut = question.contains("truncate");
    if is_cut {
        text = text.chars().take(text.chars().count() / 2).collect();
    }
    Some(StructuredOutput { text, is_cut })
}

/// The format, if the model follows it.
fn format(request: &ChatRequest) -> Option<&ResponseFormat> {
    let format = request.response_format.as_ref()?;
    catalog::follows_schemas(&request.model).then_some(format)
}

/// The instance with its first number grown out of all bounds, as qwen3 does it on mantle.
fn runaway(instance: &mut Value) -> Option<String> {
    const MARK: &str = "@number@";
    *first_number(instance)? = MARK.into();
    let digits = "9".repeat(RUNAWAY);
    Some(
        instance
            .to_string()
            .replace(&json!(MARK).to_string(), &digits),
    )
}

fn first_number(value: &mut Value) -> Option<&mut Value> {
    match value {
        Value::Number(_) => Some(value),
        Value::Array(items) => items.iter_mut().find_map(first_number),
        Value::Object(members) => members.values_mut().find_map(first_number),
        _ => None,
    }
}
