//! What a model says to a chat request, whatever the format.

use serde::Serialize;

use crate::model::tokenizer;

/// What is to be said, whatever the format.
#[derive(Default)]
pub struct ModelOutput {
    /// What was thought before.
    pub reasoning: Option<String>,
    /// What is said.
    pub content: Option<String>,
    /// What is said instead, where nothing else will be.
    pub refusal: Option<String>,
    /// What is to be called instead.
    pub tool_calls: Vec<ToolCall>,
    /// Why it ends.
    pub finish_reason: String,
    /// What it costs.
    pub usage: Usage,
}

/// A call of a tool.
pub struct ToolCall {
    /// What its result is to name.
    pub id: String,
    /// The name of the function.
    pub name: String,
    /// JSON, if all is well.
    pub arguments: String,
}

/// Tokens, counted by the emulator's own measure.
#[derive(Clone, Copy, Default, Serialize)]
pub struct Usage {
    prompt_tokens: usize,
    completion_tokens: usize,
    total_tokens: usize,
}

impl Usage {
    /// The usage of a prompt without an answer.
    #[must_use]
    pub fn of_prompt(texts: &[&str]) -> Self {
        let tokens = texts.iter().map(|text| tokenizer::count(text)).sum();
        Self {
            prompt_tokens: tokens,
            completion_tokens: 0,
            total_tokens: tokens,
        }
    }

    /// Adds the tokens of the answer.
    pub fn complete(&mut self, tokens: usize) {
        self.completion_tokens += tokens;
        self.total_tokens += tokens;
    }
}
