//! A random completion, cut into deltas in the ways of many servers, comes back.

use bedrock_chat_core::decoder::{Mode, Reasoning, StreamState};
use bedrock_chat_core::response;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::{decode_whole, events};

/// xorshift64: one number makes a whole case.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 20) % bound as u64).unwrap()
    }

    /// One time of so many.
    fn one_of(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// Never empty, no tag and no blank at its ends; what it starts with stands nowhere else.
    fn text(&mut self) -> String {
        const PIECES: [&str; 13] = [
            "Hello", "é", "😀", "\"", "\\", "\n", "<", "{", "}]", " ", "日本", "\u{0}", "</b>",
        ];
        let rest = (0..self.below(8)).map(|_| self.pick(&PIECES));
        let rest: String = rest.collect();
        format!("{}{rest}.", self.pick(&["^", "ß", "𝕏", "<b "]))
    }

    /// A text as the bodies of JSON strings, cut anywhere, within surrogate pairs too.
    fn cut(&mut self, text: &str) -> Vec<String> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut pieces = Vec::new();
        let mut rest = units.as_slice();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(1 + self.below(rest.len()));
            let escaped = self.one_of(4);
            let mut body = String::new();
            for unit in char::decode_utf16(piece.iter().copied()) {
                match unit {
                    Ok(char) if escaped => {
                        for unit in char.encode_utf16(&mut [0; 2]) {
                            body.push_str(&format!("\\u{unit:04x}"));
                        }
                    }
                    Ok(char) => body.push_str(&body_of(&char.to_string())),
                    Err(lone) => body.push_str(&format!("\\u{:04X}", lone.unpaired_surrogate())),
                }
            }
            pieces.push(body);
            rest = after;
        }
        pieces
    }

    /// An object, as JSON; never empty, so that it is whole at its end alone.
    fn arguments(&mut self) -> String {
        json!({ "city": self.text(), "at": [self.below(9), { "b": null }] }).to_string()
    }
}

fn body_of(text: &str) -> String {
    let quoted = json!(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// What a model says in one choice.
struct Message {
    content: Option<String>,
    reasoning: Option<String>,
    refusal: Option<String>,
    calls: Vec<Call>,
    /// The spelling of the reasoning.
    thinking: Thinking,
}

struct Call {
    id: String,
    name: &'static str,
    arguments: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Thinking {
    Field(&'static str),
    Object,
    Tags,
    Parts,
}

impl Message {
    fn random(random: &mut Random, nth: usize) -> Self {
        let calls = if random.one_of(2) {
            1 + random.below(3)
        } else {
            0
        };
        let content = (!random.one_of(4)).then(|| random.text());
        let thinking = random.pick(&[
            Thinking::Field("reasoning"),
            Thinking::Field("reasoning_content"),
            Thinking::Object,
            Thinking::Tags,
            Thinking::Parts,
        ]);
        Self {
            reasoning: random.one_of(2).then(|| random.text()),
            refusal: (content.is_none() && random.one_of(2)).then(|| random.text()),
            content,
            calls: (0..calls)
                .map(|at| Call {
                    id: format!("call_{nth}_{at}"),
                    name: random.pick(&["f", "get_weather"]),
                    arguments: random.arguments(),
                })
                .collect(),
            thinking,
        }
    }

    fn finish_reason(&self) -> &'static str {
        if self.calls.is_empty() {
            "stop"
        } else {
            "tool_calls"
        }
    }

    /// As an answer has it that is not streamed.
    fn json(&self) -> Json {
        let mut message = json!({
            "role": "assistant",
            "content": self.content,
            "refusal": self.refusal,
        });
        if let Some(reasoning) = &self.reasoning {
            message["reasoning"] = json!(reasoning);
        }
        if !self.calls.is_empty() {
            let calls = self.calls.iter().map(|call| {
                let function = json!({ "name": call.name, "arguments": call.arguments });
                json!({ "id": call.id, "type": "function", "function": function })
            });
            message["tool_calls"] = calls.collect();
        }
        message
    }

    /// The members of its deltas, as JSON, one delta each.
    fn deltas(&self, random: &mut Random) -> Vec<String> {
        let mut deltas = Vec::new();
        if let Some(reasoning) = &self.reasoning {
            deltas.extend(thought(self.thinking, reasoning, random));
        }
        if let Some(content) = &self.content {
            let in_parts = self.thinking == Thinking::Parts || random.one_of(5);
            for body in random.cut(content) {
                deltas.push(if in_parts {
                    format!(r#""content":[{{"type":"text","text":"{body}"}}]"#)
                } else {
                    format!(r#""content":"{body}""#)
                });
            }
        }
        if let Some(refusal) = &self.refusal {
            let bodies = random.cut(refusal);
            deltas.extend(bodies.iter().map(|body| format!(r#""refusal":"{body}""#)));
        }
        for pieces in pieces_of_calls(&self.calls, random) {
            deltas.push(format!(r#""tool_calls":[{}]"#, pieces.join(",")));
        }
        // As some say who is speaking.
        let role = r#""role":"assistant""#;
        match random.below(4) {
            0 => deltas.insert(0, format!(r#"{role},"content":"""#)),
            1 => deltas.insert(0, format!(r#"{role},"content":null,"refusal":null"#)),
            2 => deltas
                .iter_mut()
                .for_each(|delta| *delta = format!("{role},{delta}")),
            _ => {}
        }
        if random.one_of(6) {
            let empty =
                random.pick(&["", r#""content":"""#, r#""content":null,"tool_calls":null"#]);
            deltas.insert(random.below(deltas.len() + 1), empty.into());
        }
        deltas
    }
}

fn thought(thinking: Thinking, reasoning: &str, random: &mut Random) -> Vec<String> {
    let text = match thinking {
        Thinking::Tags => &format!("<reasoning>{reasoning}</reasoning>"),
        _ => reasoning,
    };
    let bodies = random.cut(text);
    let say = |body: &String| match thinking {
        Thinking::Field(name) => format!(r#""{name}":"{body}""#),
        Thinking::Object => format!(r#""reasoning":{{"text":"{body}"}}"#),
        Thinking::Tags => format!(r#""content":"{body}""#),
        Thinking::Parts => format!(
            r#""content":[{{"type":"thinking","thinking":[{{"type":"text","text":"{body}"}}]}}]"#
        ),
    };
    bodies.iter().map(say).collect()
}

/// How calls are told apart.
#[derive(Clone, Copy, PartialEq)]
enum Index {
    /// By an index, written so.
    Number,
    Float,
    Text,
    FromOne,
    /// By their ids, or not at all: one after the other.
    None,
    Zero,
}

/// The elements of `tool_calls`, those of one delta each.
fn pieces_of_calls(calls: &[Call], random: &mut Random) -> Vec<Vec<String>> {
    use Index::{Float, FromOne, Number, Text, Zero};
    let index = random.pick(&[Number, Number, Float, Text, FromOne, Index::None, Zero]);
    let is_indexed = !matches!(index, Index::None | Zero);
    // An id that comes again is the same, empty, null or missing.
    let later_id = random.below(if is_indexed { 4 } else { 3 });
    let name_is_late = is_indexed && random.one_of(3);
    let name_comes_again = is_indexed && random.one_of(5);
    let by_object = random.one_of(6);
    let types = random.below(3);
    let mut all: Vec<Vec<String>> = Vec::new();
    for (at, call) in calls.iter().enumerate() {
        let index = match index {
            Number => format!(r#""index":{at}"#),
            Float => format!(r#""index":{at}.0"#),
            Text => format!(r#""index":"{at}""#),
            FromOne => format!(r#""index":{}"#, at + 1),
            Zero => r#""index":0"#.into(),
            Index::None => String::new(),
        };
        let name = format!(r#""name":"{}""#, call.name);
        let mut functions = if by_object {
            vec![format!(r#""arguments":{}"#, call.arguments)]
        } else {
            let bodies = random.cut(&call.arguments).into_iter();
            bodies
                .map(|body| format!(r#""arguments":"{body}""#))
                .collect()
        };
        if random.one_of(3) {
            functions.insert(0, r#""arguments":"""#.into());
        }
        let named = if name_is_late {
            random.below(functions.len())
        } else {
            0
        };
        for (nth, function) in functions.iter_mut().enumerate() {
            if nth == named || nth > named && name_comes_again {
                *function = format!("{name},{function}");
            }
        }
        let pieces = functions.iter().enumerate().map(|(nth, function)| {
            let id = match later_id {
                _ if nth == 0 => format!(r#""id":"{}""#, call.id),
                0 => String::new(),
                1 => r#""id":"""#.into(),
                2 => r#""id":null"#.into(),
                _ => format!(r#""id":"{}""#, call.id),
            };
            let kind = if types == 0 && nth == 0 || types == 1 {
                r#""type":"function""#
            } else {
                ""
            };
            let function = format!(r#""function":{{{function}}}"#);
            let members = [index.as_str(), &id, kind, &function];
            let given: Vec<&str> = members.into_iter().filter(|it| !it.is_empty()).collect();
            format!("{{{}}}", given.join(","))
        });
        all.push(pieces.collect());
    }
    let mut out = Vec::new();
    if is_indexed && random.one_of(2) {
        // In parallel.
        for nth in 0..all.iter().map(Vec::len).max().unwrap_or_default() {
            let row: Vec<String> = all.iter().filter_map(|it| it.get(nth).cloned()).collect();
            out.push(row);
        }
    } else {
        out.extend(all.into_iter().flatten().map(|piece| vec![piece]));
    }
    if is_indexed && random.one_of(4) {
        // Several in one delta.
        out = out.chunks(2).map(<[_]>::concat).collect();
    }
    out
}

/// A completion of so many choices, and the stream that it comes in.
fn case(random: &mut Random) -> (Json, Vec<String>) {
    let messages: Vec<Message> = (0..1 + random.below(3) / 2)
        .map(|nth| Message::random(random, nth))
        .collect();
    let usage = json!({ "prompt_tokens": 3, "completion_tokens": random.below(99) });
    let completion = json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": messages.iter().enumerate().map(|(index, message)| json!({
            "index": index,
            "message": message.json(),
            "finish_reason": message.finish_reason(),
            "logprobs": null,
        })).collect::<Json>(),
        "usage": usage,
    });
    let mut queues: Vec<Vec<String>> = messages
        .iter()
        .enumerate()
        .map(|(index, message)| choices_of(message, index, random))
        .collect();
    for queue in &mut queues {
        queue.reverse();
    }
    let head = random.below(3);
    let when = random.below(3);
    let mut chunks = Vec::new();
    while queues.iter().any(|queue| !queue.is_empty()) {
        let at = random.below(queues.len());
        let Some(mut choice) = queues[at].pop() else {
            continue;
        };
        // One more in the same chunk.
        let other = queues.len() - 1 - at;
        if other != at
            && random.one_of(3)
            && let Some(more) = queues[other].pop()
        {
            choice = format!("{choice},{more}");
        }
        let is_last = queues.iter().all(Vec::is_empty);
        let usage = match when {
            0 if is_last => format!(r#","usage":{usage}"#),
            0 => r#","usage":null"#.into(),
            1 if !is_last => r#","usage":{"prompt_tokens":3,"completion_tokens":0}"#.into(),
            1 => format!(r#","usage":{usage}"#),
            _ => String::new(),
        };
        let known =
            r#""id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","#;
        let before = if head == 0 || head == 1 && chunks.is_empty() {
            known
        } else {
            ""
        };
        let after = if head == 2 {
            format!(",{}", known.trim_end_matches(','))
        } else {
            String::new()
        };
        chunks.push(format!(r#"{{{before}"choices":[{choice}]{usage}{after}}}"#));
    }
    if when == 2 {
        chunks.push(format!(r#"{{"choices":[],"usage":{usage}}}"#));
    }
    if random.one_of(2) {
        chunks.push("[DONE]".into());
    }
    (completion, chunks)
}

/// The elements of `choices` that bring a message, in their order.
fn choices_of(message: &Message, index: usize, random: &mut Random) -> Vec<String> {
    let reason = message.finish_reason();
    let deltas = message.deltas(random);
    // A server that calls its deltas messages, and one that says all again at the end.
    let only_text = message.calls.is_empty() && message.refusal.is_none();
    let plain = matches!(message.thinking, Thinking::Field(_)) || message.reasoning.is_none();
    let member = if only_text && plain && random.one_of(6) {
        "message"
    } else {
        "delta"
    };
    let last_is_whole = member == "delta" && plain && random.one_of(4);
    let mut choices: Vec<String> = deltas
        .iter()
        .map(|delta| format!(r#"{{"index":{index},"{member}":{{{delta}}},"finish_reason":null}}"#))
        .collect();
    let end = format!(r#""finish_reason":"{reason}""#);
    if last_is_whole {
        let mut whole = message.json();
        if let Thinking::Field(name) = message.thinking
            && let Some(said) = whole
                .as_object_mut()
                .and_then(|it: &mut Map<_, _>| it.remove("reasoning"))
        {
            whole[name] = said;
        }
        choices.push(format!(r#"{{"index":{index},"message":{whole},{end}}}"#));
    } else if random.one_of(2) && !choices.is_empty() {
        // With the last delta.
        let last = choices.last_mut().unwrap();
        *last = last.replace(r#""finish_reason":null"#, &end);
    } else {
        choices.push(format!(r#"{{"index":{index},"delta":{{}},{end}}}"#));
    }
    choices
}

/// A completion as JSON, where no text and an empty one are the same: many streams begin with one.
fn read(completion: &str) -> Json {
    let parsed = serde_json::from_str(completion);
    let mut completion: Json = parsed.unwrap_or_else(|error| panic!("{error}: {completion}"));
    for choice in completion["choices"].as_array_mut().unwrap() {
        let content = &mut choice["message"]["content"];
        if content == "" {
            content.take();
        }
    }
    completion
}

fn check(seed: u64) {
    let (completion, chunks) = case(&mut Random(seed | 1));
    let data: Vec<&str> = chunks.iter().map(String::as_str).collect();
    let input = events(&data);
    let outcome = decode_whole(input.as_bytes(), Reasoning::Parsed, Mode::Chunks);
    let shown = || format!("seed {seed}\n{}", data.join("\n"));
    assert_eq!(outcome.state, StreamState::Done, "{}", shown());
    let streamed = read(&outcome.completion);
    assert_eq!(streamed, completion, "{}", shown());
    // As the same answer that is not streamed.
    let whole = completion.to_string();
    let whole = response::completion(whole.as_bytes(), Reasoning::Parsed, false).unwrap();
    assert_eq!(
        streamed,
        serde_json::from_str::<Json>(&whole).unwrap(),
        "{}",
        shown()
    );
    // So are the chunks, put together, and the text.
    let again: Vec<&str> = outcome.events.iter().map(String::as_str).collect();
    let again = decode_whole(events(&again).as_bytes(), Reasoning::Raw, Mode::Silent);
    let again = read(&again.completion);
    assert_eq!(again["choices"], completion["choices"], "{}", shown());
    let text = decode_whole(input.as_bytes(), Reasoning::Parsed, Mode::Text).text;
    let content = completion["choices"][0]["message"]["content"].as_str();
    assert_eq!(text, content.unwrap_or_default(), "{}", shown());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_completion_comes_back(seed in any::<u64>()) {
        check(seed);
    }
}

#[test]
fn messages_cut_within_a_pair_are_pieces() {
    let pieces = [r"\ud835", r"\udd4f a", r"\ud835", r"\udd4f"];
    let chunks = pieces
        .map(|body| format!(r#"{{"choices":[{{"index":0,"message":{{"content":"{body}"}}}}]}}"#));
    let chunks: Vec<&str> = chunks
        .iter()
        .map(String::as_str)
        .chain(["[DONE]"])
        .collect();
    let input = events(&chunks);
    let outcome = decode_whole(input.as_bytes(), Reasoning::Parsed, Mode::Text);
    assert_eq!(outcome.text, "𝕏 a𝕏");
    assert_eq!(outcome.message_text("content").as_deref(), Some("𝕏 a𝕏"));
}
