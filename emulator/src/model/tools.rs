//! Tools: which are called, by words of the question, and when that is enough.

use crate::api::error::ApiError;
use crate::model::answers;
use crate::model::catalog;
use crate::model::chat_request::{ChatRequest, FunctionDefinition, Role};
use crate::model::output::ToolCall;
use crate::model::schema;
use crate::model::schema_check;

/// Each of them has a tool called: the weather's, or the first.
const TRIGGERS: &[&str] = &["weather", PARALLEL, MALFORMED, MISFIT, HALLUCINATE];
const PARALLEL: &str = "parallel";
const MALFORMED: &str = "malformed";
const MISFIT: &str = "misfit";
const HALLUCINATE: &str = "hallucinate";

/// How often a tool is tried that fails.
const ATTEMPTS: usize = 2;

/// Whether the schemas of strict tools can be followed.
///
/// # Errors
/// Bedrock's refusal.
pub fn check(request: &ChatRequest) -> Result<(), ApiError> {
    let functions = request
        .tools
        .iter()
        .flatten()
        .filter_map(|tool| tool.function.as_ref());
    let strict = functions.filter(|function| {
        function.strict == Some(true) && catalog::follows_schemas(&request.model)
    });
    for function in strict {
        let Some(parameters) = &function.parameters else {
            continue;
        };
        schema_check::check(parameters, true).map_err(|complaint| {
            let name = &function.name;
            ApiError::invalid(format!("Invalid schema for function '{name}': {complaint}"))
        })?;
    }
    Ok(())
}

/// The calls that come next. None if there is nothing to call, or all has been.
#[must_use]
pub fn calls(request: &ChatRequest, question: &str) -> Vec<ToolCall> {
    let Some((wanted, forced)) = wanted(request, question) else {
        return Vec::new();
    };
    let history = History::of(request, question);
    let mut functions = if forced {
        wanted
    } else {
        history.outstanding(wanted)
    };
    if request.parallel_tool_calls == Some(false) {
        functions.truncate(1);
    }
    let mut calls: Vec<ToolCall> = Vec::new();
    for function in functions {
        let variant = calls
            .iter()
            .filter(|call| call.name == function.name)
            .count();
        calls.push(ToolCall {
            id: id(&request.model, &function.name, history.rounds, calls.len()),
            name: function.name.clone(),
            arguments: arguments(function, variant),
        });
    }
    if let (0, Some(first)) = (history.rounds, calls.first_mut()) {
        if question.contains(MALFORMED) {
            let half = first.arguments.chars().count() / 2;
            first.arguments = first.arguments.chars().take(half).collect();
        }
        if question.contains(MISFIT) {
            let arguments = serde_json::from_str(&first.arguments).unwrap_or_default();
            first.arguments = schema::misfit(arguments);
        }
        if question.contains(HALLUCINATE) {
            first.name = "no_such_tool".to_owned();
        }
    }
    calls
}

/// What the tools have answered since the user's last word.
#[must_use]
pub fn results(request: &ChatRequest) -> Vec<String> {
    request
        .turn()
        .iter()
        .filter(|message| matches!(message.role, Role::Tool | Role::Function))
        .map(|message| message.texts().collect::<Vec<_>>().join(" "))
        .collect()
}

/// What the question wants called, and whether it must be called whatever was called before.
fn wanted<'a>(
    request: &'a ChatRequest,
    question: &str,
) -> Option<(Vec<&'a FunctionDefinition>, bool)> {
    let functions: Vec<_> = request
        .tools
        .iter()
        .flatten()
        .filter_map(|tool| tool.function.as_ref())
        .collect();
    let default = functions
        .iter()
        .find(|function| function.name == "get_weather")
        .or(functions.first())?;
    let choice = request.tool_choice.as_ref();
    if choice.is_some_and(|choice| choice == "none") {
        return None;
    }
    if let Some(name) = choice.and_then(|choice| choice["function"]["name"].as_str()) {
        let function = functions.iter().find(|function| function.name == name)?;
        return Some((vec![function], true));
    }
    let mut wanted: Vec<_> = functions
        .iter()
        .copied()
        .filter(|function| question.contains(&function.name.to_lowercase()))
        .collect();
    if question.contains(PARALLEL) && wanted.len() < 2 {
        wanted = match functions.len() {
            1 => vec![*default, *default],
            _ => functions.clone(),
        };
    }
    let forced = choice.is_some_and(|choice| choice == "required");
    let triggered = forced || TRIGGERS.iter().any(|trigger| question.contains(trigger));
    if wanted.is_empty() && triggered {
        wanted.push(default);
    }
    Some((wanted, forced))
}

/// What was called since the user's last word, and what came of it.
struct History {
    /// How many messages had calls.
    rounds: usize,
    results: Vec<ToolResult>,
}

struct ToolResult {
    /// The tool, if the messages say which.
    name: Option<String>,
    failed: bool,
}

impl History {
    fn of(request: &ChatRequest, question: &str) -> Self {
        let mut history = Self {
            rounds: 0,
            results: Vec::new(),
        };
        let mut round = &[][..];
        for message in request.turn() {
            match message.role {
                Role::Assistant if !message.tool_calls().is_empty() => {
                    round = message.tool_calls();
                    history.rounds += 1;
                }
                Role::Tool | Role::Function => {
                    let text = message.texts().collect::<String>().to_lowercase();
                    // Ids may come again in the next round: only the last round's count.
                    let position = round
                        .iter()
                        .position(|call| call.id.is_some() && call.id == message.tool_call_id);
                    let call = position.and_then(|position| round.get(position));
                    let malformed =
                        question.contains(MALFORMED) && (history.rounds, position) == (1, Some(0));
                    history.results.push(ToolResult {
                        name: call.and_then(|call| call.function.as_ref()?.name.clone()),
                        failed: malformed || text.contains("error") || text.contains("invalid"),
                    });
                }
                _ => {}
            }
        }
        history
    }

    fn outstanding<'a>(&self, wanted: Vec<&'a FunctionDefinition>) -> Vec<&'a FunctionDefinition> {
        // Nobody knows which tool has answered: then all have.
        if self.results.iter().any(|result| result.name.is_none()) {
            return Vec::new();
        }
        let mut outstanding = Vec::new();
        for (at, function) in wanted.iter().enumerate() {
            let results = |failed: bool| {
                self.results
                    .iter()
                    .filter(|result| result.name.as_ref() == Some(&function.name))
                    .filter(|result| result.failed == failed)
                    .count()
            };
            let before = wanted
                .iter()
                .take(at)
                .filter(|other| other.name == function.name)
                .count();
            if before >= results(false) && results(true) < ATTEMPTS {
                outstanding.push(*function);
            }
        }
        outstanding
    }
}

fn arguments(function: &FunctionDefinition, variant: usize) -> String {
    match &function.parameters {
        Some(parameters) if parameters["properties"].is_object() => {
            schema::instance(parameters, variant).to_string()
        }
        _ => answers::TOOL_ARGUMENTS.to_owned(),
    }
}

/// Each family of models has its own ids. OpenAI's and xAI's begin anew in every answer, so that
/// they come again within a conversation:
/// <https://github.com/BerriAI/litellm>, `litellm/llms/bedrock/chat/chat_completions`.
fn id(model: &str, name: &str, round: usize, index: usize) -> String {
    if catalog::is_gpt(model) || model.contains("xai.") {
        format!("call_{index}")
    } else if model.contains("kimi") {
        format!("functions.{name}:{index}")
    } else {
        format!("chatcmpl-tool-0a1b2c3d4e{:02x}", 0x5f + round * 16 + index)
    }
}
