//! The model that is none: an output for every request, written down in advance.

use crate::model::answers;
use crate::model::catalog;
use crate::model::chat_request::{ChatRequest, Role};
use crate::model::output::{ModelOutput, ToolCall, Usage};
use crate::model::tokenizer;

/// What would be said if nobody guarded it.
#[must_use]
pub fn generate(request: &ChatRequest) -> ModelOutput {
    let texts = request.texts();
    let mut usage = Usage::of_prompt(texts.iter().map(|text| tokenizer::count(text)).sum());
    let question = request.question();
    if let Some(tool_call) = tool_call(request, &question) {
        usage.complete(tokenizer::count(tool_call.arguments));
        return ModelOutput {
            tool_call: Some(tool_call),
            finish_reason: "tool_calls".to_owned(),
            usage,
            ..ModelOutput::default()
        };
    }
    let mut budget = request.budget();
    let wants_reasoning = question.contains("think") || request.reasoning_effort.is_some();
    let reasoning = (catalog::is_gpt_oss(&request.model) && wants_reasoning)
        .then(|| tokenizer::take(answers::REASONING, &mut budget));
    let whole = answers::choose(&question);
    let content = tokenizer::take(whole, &mut budget);
    let reason = if content.len() < whole.len() {
        "length"
    } else {
        "stop"
    };
    usage.complete(reasoning.as_deref().map_or(0, tokenizer::count) + tokenizer::count(&content));
    ModelOutput {
        reasoning,
        content: Some(content),
        finish_reason: reason.to_owned(),
        usage,
        ..ModelOutput::default()
    }
}

fn tool_call(request: &ChatRequest, question: &str) -> Option<ToolCall> {
    let names: Vec<&str> = request
        .tools
        .iter()
        .flatten()
        .filter_map(|tool| Some(tool.function.as_ref()?.name.as_str()))
        .collect();
    let asked = question.contains("weather")
        && request
            .tool_choice
            .as_ref()
            .is_none_or(|choice| choice != "none");
    // After the tool has answered, so do we.
    let answered = request
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
