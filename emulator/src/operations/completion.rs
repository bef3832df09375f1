//! An answer in OpenAI's envelope: one `chat.completion`, or a stream of `chat.completion.chunk`.

use std::iter;
use std::time::Duration;

use axum::http::Response;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api::target::Endpoint;
use crate::guardrails::guardrail::GuardrailFields;
use crate::http::body::{Ending, Piece, ResponseBody};
use crate::model::output::{ModelOutput, ToolCall, Usage};
use crate::model::tokenizer::tokens;

const OPENING: &str = "<reasoning>";
const CLOSING: &str = "</reasoning>";

/// How `<reasoning>` tags are spread over deltas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasoningStyle {
    /// One pair around it all, each tag cut over two deltas.
    #[default]
    Split,
    /// A pair in every delta.
    PerDelta,
}

/// An output with what the envelope needs.
pub struct Completion {
    /// What is said.
    pub output: ModelOutput,
    /// What a guardrail adds, if there is one.
    pub guardrail: Option<GuardrailFields>,
    /// The model as the request named it.
    pub model: String,
    /// Seconds since 1970.
    pub created: i64,
    /// The endpoint: each has its own place for reasoning.
    pub endpoint: Endpoint,
    /// How runtime's tags are spread.
    pub reasoning_style: ReasoningStyle,
}

#[derive(Serialize)]
struct Envelope<'a, C> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: &'a [C],
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<Usage>>,
    service_tier: &'static str,
    #[serde(flatten)]
    guardrail: Option<GuardrailFields>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u32,
    message: AssistantMessage<'a>,
    logprobs: Option<()>,
    finish_reason: &'a str,
}

#[derive(Serialize)]
struct AssistantMessage<'a> {
    role: &'static str,
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<&'a str>,
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<FunctionCall<'a>>,
}

#[derive(Serialize)]
struct ChunkChoice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: Option<()>,
    finish_reason: Option<&'a str>,
}

#[derive(Default, Serialize)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<FunctionCall<'a>>,
}

#[derive(Serialize)]
struct FunctionCall<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    function: CalledFunction<'a>,
}

#[derive(Serialize)]
struct CalledFunction<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    arguments: &'a str,
}

impl Completion {
    /// The answer as one object.
    #[must_use]
    pub fn json(&self) -> Response<ResponseBody> {
        let ModelOutput {
            reasoning,
            content,
            refusal,
            tool_calls,
            finish_reason,
            usage,
        } = &self.output;
        let inline = reasoning
            .as_deref()
            .filter(|_| self.endpoint == Endpoint::Runtime);
        let message = AssistantMessage {
            role: "assistant",
            content: match (content, inline) {
                (Some(content), Some(reasoning)) => {
                    Some(format!("{OPENING}{reasoning}{CLOSING}{content}"))
                }
                (content, _) => content.clone(),
            },
            reasoning: reasoning
                .as_deref()
                .filter(|_| self.endpoint == Endpoint::Mantle),
            refusal: refusal.as_deref(),
            tool_calls: tool_calls
                .iter()
                .map(|call| call_with(call, None, &call.arguments))
                .collect(),
        };
        ResponseBody::json(&Envelope {
            id: &completion_id(),
            object: "chat.completion",
            created: self.created,
            model: &self.model,
            choices: &[Choice {
                index: 0,
                message,
                logprobs: None,
                finish_reason,
            }],
            usage: Some(Some(*usage)),
            service_tier: "default",
            guardrail: self.guardrail.clone(),
        })
    }

    /// The answer as server-sent events, with `delay` before each delta that has text.
    #[must_use]
    pub fn stream(&self, include_usage: bool, delay: Duration) -> Response<ResponseBody> {
        let id = completion_id();
        let event = |choices: &[ChunkChoice<'_>],
                     usage: Option<Usage>,
                     guardrail: Option<GuardrailFields>| {
            let chunk = Envelope {
                id: &id,
                object: "chat.completion.chunk",
                created: self.created,
                model: &self.model,
                choices,
                // With `include_usage`, OpenAI's other chunks have `"usage": null`.
                usage: include_usage.then_some(usage),
                service_tier: "default",
                guardrail,
            };
            Piece::now(format!(
                "data: {}\n\n",
                serde_json::to_string(&chunk).expect("our own types are JSON")
            ))
        };
        let choice = |delta| ChunkChoice {
            index: 0,
            delta,
            logprobs: None,
            finish_reason: None,
        };

        let opening = Delta {
            role: Some("assistant"),
            content: self.output.refusal.is_none().then(String::new),
            ..Delta::default()
        };
        let mut events = vec![event(&[choice(opening)], None, None)];
        events.extend(self.deltas().map(|delta| Piece {
            delay,
            ..event(&[choice(delta)], None, None)
        }));
        let last = ChunkChoice {
            finish_reason: Some(&self.output.finish_reason),
            ..choice(Delta::default())
        };
        events.push(event(&[last], None, self.guardrail.clone()));
        if include_usage {
            events.push(event(&[], Some(self.output.usage), None));
        }
        events.push(Piece::now("data: [DONE]\n\n"));

        let mut response = Response::new(ResponseBody::new(events.into_iter(), Ending::End));
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        response
    }

    fn deltas(&self) -> impl Iterator<Item = Delta<'_>> {
        let ModelOutput {
            reasoning,
            content,
            refusal,
            tool_calls,
            ..
        } = &self.output;
        let content_delta = |content| Delta {
            content: Some(content),
            ..Delta::default()
        };
        let (inline, apart) = match self.endpoint {
            Endpoint::Runtime => (reasoning.as_deref(), None),
            Endpoint::Mantle => (None, reasoning.as_deref()),
        };
        let style = self.reasoning_style;
        let inline = inline
            .into_iter()
            .flat_map(move |reasoning| tagged(reasoning, style))
            .map(content_delta);
        let apart = apart.into_iter().flat_map(tokens);
        let apart = apart.map(|token| Delta {
            reasoning: Some(token),
            ..Delta::default()
        });
        let text = content
            .iter()
            .flat_map(|content| tokens(content))
            .map(str::to_owned)
            .map(content_delta);
        let refusal = refusal.iter().flat_map(|refusal| tokens(refusal));
        let refusal = refusal.map(|token| Delta {
            refusal: Some(token),
            ..Delta::default()
        });
        let calls = tool_calls.iter().enumerate().flat_map(pieces);
        let calls = calls.map(|call| Delta {
            tool_calls: vec![call],
            ..Delta::default()
        });
        inline.chain(apart).chain(text).chain(refusal).chain(calls)
    }
}

fn call_with<'a>(call: &'a ToolCall, index: Option<usize>, arguments: &'a str) -> FunctionCall<'a> {
    let function = CalledFunction {
        name: Some(&call.name),
        arguments,
    };
    FunctionCall {
        index,
        id: Some(&call.id),
        r#type: Some("function"),
        function,
    }
}

/// A call as it is streamed: what it is, and then its arguments.
fn pieces((index, call): (usize, &ToolCall)) -> impl Iterator<Item = FunctionCall<'_>> {
    let more = move |arguments| FunctionCall {
        index: Some(index),
        id: None,
        r#type: None,
        function: CalledFunction {
            name: None,
            arguments,
        },
    };
    iter::once(call_with(call, Some(index), "")).chain(tokens(&call.arguments).map(more))
}

/// Reasoning as runtime's gpt-oss streams it: inside the content, tags and all.
fn tagged(reasoning: &str, style: ReasoningStyle) -> Vec<String> {
    let tokens = tokens(reasoning).map(str::to_owned);
    match style {
        ReasoningStyle::PerDelta => tokens
            .map(|token| format!("{OPENING}{token}{CLOSING}"))
            .collect(),
        ReasoningStyle::Split => {
            let cut = |tag: &str| {
                let (start, end) = tag.split_at(tag.len() / 2);
                [start.to_owned(), end.to_owned()]
            };
            cut(OPENING)
                .into_iter()
                .chain(tokens)
                .chain(cut(CLOSING))
                .collect()
        }
    }
}

fn completion_id() -> String {
    format!("chatcmpl-{}", Uuid::new_v4().simple())
}
