//! The model that is none: an output for every request, written down in advance.

use crate::model::answers;
use crate::model::catalog;
use crate::model::chat_request::ChatRequest;
use crate::model::output::{ModelOutput, ToolCall, Usage};
use crate::model::structured;
use crate::model::tokenizer;
use crate::model::tools;

/// What would be said if nobody guarded it.
#[must_use]
pub fn generate(request: &ChatRequest) -> ModelOutput {
    let question = request.question();
    let mut budget = Budget::of(request);
    let mut output = ModelOutput::default();
    let calls = tools::calls(request, &question);
    if !calls.is_empty() {
        output.tool_calls = calls
            .into_iter()
            .map(|call| ToolCall {
                arguments: budget.take(&call.arguments),
                ..call
            })
            .collect();
        "tool_calls".clone_into(&mut output.finish_reason);
    } else if question.contains("refuse") {
        output.refusal = Some(budget.take(answers::REFUSAL));
        "stop".clone_into(&mut output.finish_reason);
    } else {
        let wants_reasoning = question.contains("think") || request.reasoning_effort.is_some();
        if catalog::is_gpt_oss(&request.model) && wants_reasoning {
            output.reasoning = Some(budget.take(answers::REASONING));
        }
        let content = match structured::generate(request, &question) {
            Some(structured) => {
                budget.was_short |= structured.is_cut;
                structured.text
            }
            None => content(request, &question),
        };
        output.content = Some(budget.take(&content));
        "stop".clone_into(&mut output.finish_reason);
    }
    if budget.was_short {
        "length".clone_into(&mut output.finish_reason);
    }
    output.usage = Usage::of_prompt(&request.texts());
    output.usage.complete(budget.used);
    output
}

fn content(request: &ChatRequest, question: &str) -> String {
    let answer = answers::choose(question);
    match tools::results(request).join(" | ") {
        results if results.is_empty() => answer.to_owned(),
        results => format!("The tools answered: {results}\n\n{answer}"),
    }
}

/// The tokens that an output may have.
struct Budget {
    left: usize,
    used: usize,
    /// Whether something did not fit.
    was_short: bool,
}

impl Budget {
    fn of(request: &ChatRequest) -> Self {
        Self {
            left: request.budget(),
            used: 0,
            was_short: false,
        }
    }

    /// As much of a text as may still be said.
    fn take(&mut self, text: &str) -> String {
        let taken: Vec<&str> = tokenizer::tokens(text).take(self.left).collect();
        self.left -= taken.len();
        self.used += taken.len();
        let taken = taken.concat();
        self.was_short |= taken.len() < text.len();
        taken
    }
}
