//! Whatever reads an answer takes linear time, however its arrays and objects grow. Counted is
//! the work, not the time: see `json::work`.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

use std::borrow::Cow;

use bedrock_chat_core::decoder::{Decoder, Mode, Reasoning};
use bedrock_chat_core::error::{
    ErrorResponse, Facts, Redactor, Report, from_answer, from_stream_event, misplaced_answer,
};
use bedrock_chat_core::guardrail::{Signs, Stop};
use bedrock_chat_core::json::{Kind, Value, work};
use bedrock_chat_core::request::{Settings, write};
use bedrock_chat_core::response::{completion, with_guardrail};

const TRACE: &str = r#"{"guardrail":{"input":{"g":{"topicPolicy":{"topics":[{"name":"t"}]}}},
    "outputs":[{"g":{"b":[1]}},{"h":{}}],"modelOutput":["x"],"actionReason":"r"},"router":{}}"#;
const TRACE_OF_CONVERSE: &str = r#"{"guardrail":{"input":{},"outputs":[],"inputAssessment":{"g":{}},
    "outputAssessments":{"g":[{}]}}}"#;
const ERROR: &str = r#"{"error":{"message":"m","type":"t","code":"c","param":null,"status":429,
    "metadata":{"raw":"r","list":["a"]}},"__type":"T","request_id":"r"}"#;
const NESTED_ERROR: &str =
    r#"{"error":{"error":{"message":{"message":"m","code":"c"}}},"Output":{"__type":"T"}}"#;
const DETAILS: &str = r#"{"detail":[{"type":"t","loc":["body",0],"msg":"m","input":{"a":["b"]},
    "ctx":{"e":"f"}}],"errors":[{"msg":"n"}]}"#;
const COMPLETION: &str = r#"{"id":"1","choices":[{"index":0,"message":{"role":"assistant",
    "content":"<reasoning>a</reasoning>b","reasoning":{"text":"r"},"reasoning_content":"c",
    "tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}],
    "annotations":[{"a":1}]},"finish_reason":"stop","logprobs":{"content":[{"token":"b"}]}}],
    "usage":{"details":{"x":1}},"amazon-bedrock-guardrailAction":"NONE",
    "amazon-bedrock-trace":{"guardrail":{"input":{"g":{}},"outputs":[{"g":{}}]}}}"#;

/// JSON that may say the same key twice.
#[derive(Clone)]
enum Tree {
    Leaf(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// How a container grows: by copies of its member at this place, as it is or under a name of its
/// own; or by all its members again and again.
#[derive(Clone, Copy, Debug)]
enum Growth {
    Equal(usize),
    Distinct(usize),
    Repeated,
}

impl Tree {
    fn read(value: Value<'_>) -> Self {
        match value.kind() {
            Kind::Array => Tree::Array(value.elements().map(Tree::read).collect()),
            Kind::Object => {
                let member = |key: &str, value| (key.to_owned(), Tree::read(value));
                let members = value.members();
                Tree::Object(members.map(|it| member(it.key.body(), it.value)).collect())
            }
            _ => Tree::Leaf(value.raw().to_owned()),
        }
    }

    fn write(&self, out: &mut String) {
        let mut comma = "";
        match self {
            Tree::Leaf(json) => out.push_str(json),
            Tree::Array(elements) => {
                out.push('[');
                for element in elements {
                    out.push_str(comma);
                    element.write(out);
                    comma = ",";
                }
                out.push(']');
            }
            Tree::Object(members) => {
                out.push('{');
                for (key, value) in members {
                    out.push_str(&format!("{comma}\"{key}\":"));
                    value.write(out);
                    comma = ",";
                }
                out.push('}');
            }
        }
    }

    /// The container that is the `nth` from the front.
    fn container(&mut self, nth: &mut usize) -> Option<&mut Tree> {
        if !matches!(self, Tree::Leaf(_)) {
            if *nth == 0 {
                return Some(self);
            }
            *nth -= 1;
        }
        match self {
            Tree::Leaf(_) => None,
            Tree::Array(elements) => elements.iter_mut().find_map(|tree| tree.container(nth)),
            Tree::Object(members) => members.iter_mut().find_map(|(_, tree)| tree.container(nth)),
        }
    }

    fn growths(&self) -> Vec<Growth> {
        let members = match self {
            Tree::Leaf(_) => 0,
            Tree::Array(elements) => elements.len(),
            Tree::Object(members) => members.len(),
        };
        let members = (0..members).flat_map(|at| [Growth::Equal(at), Growth::Distinct(at)]);
        members.chain([Growth::Repeated]).collect()
    }

    fn grow(&mut self, growth: Growth, count: usize) {
        match self {
            Tree::Leaf(_) => {}
            Tree::Array(elements) => {
                let old = elements.clone();
                let new = |at: usize| match growth {
                    Growth::Equal(member) => old[member].clone(),
                    Growth::Distinct(member) => old[member].renamed(at),
                    Growth::Repeated if old.is_empty() => Tree::Leaf("1".into()),
                    Growth::Repeated => old[at % old.len()].clone(),
                };
                elements.extend((0..count).map(new));
            }
            Tree::Object(members) => {
                let old = members.clone();
                let new = |at: usize| match growth {
                    Growth::Equal(member) => old[member].clone(),
                    Growth::Distinct(member) => (format!("k{at}"), old[member].1.clone()),
                    Growth::Repeated if old.is_empty() => ("k".into(), Tree::Leaf("1".into())),
                    Growth::Repeated => old[at % old.len()].clone(),
                };
                members.extend((0..count).map(new));
            }
        }
    }

    /// With names that no other has.
    fn renamed(&self, at: usize) -> Self {
        match self {
            Tree::Object(members) => {
                let members = members.iter();
                Tree::Object(
                    members
                        .map(|(key, tree)| (format!("{key}{at}"), tree.clone()))
                        .collect(),
                )
            }
            Tree::Leaf(json) if json.starts_with('"') => Tree::Leaf(format!("\"{at}\"")),
            other => other.clone(),
        }
    }
}

fn grown(json: &str, container: usize, growth: Growth, count: usize) -> String {
    let mut tree = Tree::read(Value::parse_str(json).unwrap());
    if let Some(container) = tree.container(&mut container.clone()) {
        container.grow(growth, count);
    }
    let mut out = String::new();
    tree.write(&mut out);
    out
}

fn work_of(read: impl Fn(&str), text: &str) -> f64 {
    let before = work::done();
    read(text);
    (work::done() - before) as f64
}

/// Grows every array and object of `json` in every way.
fn check(name: &str, json: &str, read: impl Fn(&str)) {
    // Beyond every bound on what one member is compared with, up to which the work is more than
    // twice; quadratic would be four times.
    const COUNT: usize = 1_000;
    let mut tree = Tree::read(Value::parse_str(json).unwrap());
    for at in 0.. {
        let Some(container) = tree.container(&mut at.clone()) else {
            return;
        };
        for growth in container.growths() {
            let texts = [0, COUNT, 2 * COUNT].map(|count| grown(json, at, growth, count));
            let [none, once, twice] = texts.each_ref().map(|text| work_of(&read, text));
            let what = format!("{name}, container {at}, {growth:?}: {none} {once} {twice}");
            // A counter that does not count would show anything.
            assert!(
                twice - none >= (texts[2].len() - texts[0].len()) as f64,
                "{what}"
            );
            assert!(twice - none <= 2.5 * (once - none), "{what}");
        }
    }
}

/// Lets a text grow.
fn check_texts(name: &str, text: impl Fn(usize) -> String, read: impl Fn(&str)) {
    let [none, once, twice] = [0, 4_000, 8_000].map(|length| work_of(&read, &text(length)));
    let what = format!("{name}: {none} {once} {twice}");
    assert!(twice - none >= 7_500.0, "{what}");
    assert!(twice - none <= 2.3 * (once - none), "{what}");
}

const REDACTOR: Redactor<'_> = Redactor {
    secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sent: "https://host\nauthorization\nBearer sk-1234",
    request: r#"{"messages":[{"content":"The quick brown fox jumps over the lazy dog."}]}"#,
};

fn read_error(body: &str) {
    read_error_without(REDACTOR, body);
}

fn read_error_without(redactor: Redactor<'_>, body: &str) {
    let answer = ErrorResponse {
        status: 400,
        body: body.as_bytes(),
        ..ErrorResponse::default()
    };
    Report::default().of_service(&from_answer(&answer), Facts::default(), &redactor);
}

#[test]
fn errors() {
    for (name, body) in [
        ("error", ERROR),
        ("nested", NESTED_ERROR),
        ("details", DETAILS),
    ] {
        check(name, body, |body| {
            let answer = ErrorResponse {
                status: 400,
                body: body.as_bytes(),
                ..ErrorResponse::default()
            };
            let _ = from_answer(&answer);
        });
        for stream in [false, true] {
            check(name, body, |body| {
                let answer = ErrorResponse {
                    status: 200,
                    body: body.as_bytes(),
                    ..ErrorResponse::default()
                };
                let _ = misplaced_answer(&answer, stream);
            });
        }
        check(name, body, |data| {
            let _ = from_stream_event(data.as_bytes(), Default::default());
        });
    }
}

#[test]
fn errors_without_what_was_sent() {
    check("error", r#"{"error":{"message":["m"]}}"#, read_error);
}

#[test]
fn traces() {
    for (name, trace) in [("trace", TRACE), ("trace of Converse", TRACE_OF_CONVERSE)] {
        check(name, trace, |trace| {
            let signs = Signs {
                action: Some("\"NONE\""),
                trace: Some(trace),
                ..Signs::default()
            };
            let _ = signs.result();
        });
    }
}

#[test]
fn completions() {
    for format in [Reasoning::Parsed, Reasoning::Raw] {
        check("completion", COMPLETION, |body| {
            assert!(completion(body.as_bytes(), format, true).is_some());
        });
    }
    check("final completion", COMPLETION, |body| {
        let _ = with_guardrail(body.to_owned(), Stop::Other, true);
    });
}

#[test]
fn chunks() {
    let chunk = COMPLETION.replace("\"message\":", "\"delta\":");
    for mode in [Mode::Chunks, Mode::Compact, Mode::Text] {
        check("chunk", &chunk, |data| {
            let mut decoder = Decoder::new(Reasoning::Parsed);
            decoder.set_mode(mode);
            decoder.push(["data: ", data, "\n\n"].concat().as_bytes());
            let _ = decoder.completion();
        });
    }
}

/// One event that is long, and many that are short behind it: what is asked after each read must
/// not be of all that came.
#[test]
fn reads() {
    let long = |length: usize| {
        let text = "x".repeat(length);
        let list = vec!["{}"; length / 3].join(",");
        [
            format!(r#""amazon-bedrock-trace":{{"a":"{text}"}},"choices":[]"#),
            format!(r#""amazon-bedrock-trace":{{"a":[{list}]}},"choices":[]"#),
            format!(r#""amazon-bedrock-guardrailAction":{{"a":"{text}"}},"choices":[]"#),
            format!(r#""a":[{list}],"choices":[{{"delta":{{"a":[{list}],"content":"{text}"}}}}]"#),
        ]
    };
    for kind in 0..4 {
        for short in [
            r#"{"choices":[{"index":0,"delta":{"content":"b"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{}}],"amazon-bedrock-guardrailAction":null}"#,
            r#"{"choices":[],"amazon-bedrock-trace":{}}"#,
        ] {
            let stream = |length: usize| {
                let long = &long(length)[kind];
                let short = format!("data: {short}\n\n").repeat(length / 40);
                format!("data: {{{long}}}\n\n{short}")
            };
            check_texts(short, stream, |stream| {
                let mut decoder = Decoder::new(Reasoning::Parsed);
                for bytes in stream.as_bytes().chunks(256) {
                    decoder.push(bytes);
                    let _ = (decoder.has_evidence(), decoder.kept(), decoder.stop());
                }
                assert_eq!(decoder.failure(), None);
            });
        }
    }
}

#[test]
fn texts() {
    for unit in [
        "<title",
        "invalid type: string ",
        "\\\"",
        "\\",
        "\\u0041",
        "%",
        "%25",
        "Signature=",
        "{\"error\":",
        "\"input\":{",
        "\"",
        "  ",
        "é",
        "😀",
        "&amp;",
        "&#x41;",
        "%E6%97%A5",
        "a ",
        "wJalrXUt ",
        "EXAMPLEKE",
        "The quick brown fox jumps ",
    ] {
        let text = |length| unit.repeat(length / unit.len());
        let error = |length| serde_json::json!({ "error": { "list": [text(length)] } }).to_string();
        check_texts(unit, error, read_error);
        let message = |length| serde_json::json!({ "message": text(length) }).to_string();
        check_texts(unit, message, read_error);
    }
}

#[test]
fn what_an_answer_is_compared_with() {
    const SAID: &str = r#"{"message":"No: 'the quick brown fox' and wJalrXUtnFEMI"}"#;
    for unit in [
        "The quick brown fox ",
        "\\\\",
        "%25",
        "aaaaaaaa",
        "x",
        "\\\"",
        "&amp;",
        "YTpi",
        "é",
    ] {
        let text = |length| unit.repeat(length / unit.len());
        check_texts(unit, text, |secret| {
            let redactor = Redactor { secret, ..REDACTOR };
            read_error_without(redactor, SAID);
        });
        let request = |length| {
            let message = serde_json::json!({ "role": "user", "content": text(40) });
            let messages = vec![message; length / 40];
            serde_json::json!({ "messages": messages }).to_string()
        };
        check_texts(unit, request, |request| {
            read_error_without(
                Redactor {
                    request,
                    ..REDACTOR
                },
                SAID,
            );
        });
    }
}

#[test]
fn a_request_costs_the_same_whatever_characters_it_holds() {
    let cost = |character: &str| {
        let text = "a".repeat(1 << 20);
        let body = format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":"{text}{character}{text}"}}]}}"#
        );
        let before = work::done();
        let checked = write(&body, Settings::default()).unwrap();
        let cost = (work::done() - before) as f64 / body.len() as f64;
        assert!(matches!(checked.json, Cow::Borrowed(_)));
        cost
    };
    let plain = cost("a");
    for character in ["\u{fffd}", r"\ud83d", "\u{1f600}", r"\n"] {
        assert!(cost(character) <= plain * 1.01, "{character}");
    }
}
