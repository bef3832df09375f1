//! Requests: what is written, and what is refused where.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

use bedrock_chat_core::guardrail::TagError;
use bedrock_chat_core::request::{CheckedRequest, Refusal, Settings, write};
use proptest::prelude::*;
use serde_json::{Value, json};

type Outcome = Result<CheckedRequest<'static>, Refusal>;

fn request(body: &Value) -> Outcome {
    with(body, Settings::default())
}

fn with(body: &Value, settings: Settings<'_>) -> Outcome {
    of(&body.to_string(), settings)
}

fn of(text: &str, settings: Settings<'_>) -> Outcome {
    write(text, settings).map(|checked| CheckedRequest {
        json: checked.json.into_owned().into(),
        ..checked
    })
}

fn message() -> Value {
    json!({ "role": "user", "content": "Hi" })
}

/// A request that is fine but for the fields given.
fn but(fields: Value) -> Value {
    let mut body = json!({ "model": "m", "messages": [message()] });
    if let (Value::Object(body), Value::Object(fields)) = (&mut body, fields) {
        body.extend(fields);
    }
    body
}

fn rule_of(outcome: Outcome) -> (String, &'static str) {
    match outcome {
        Err(Refusal { path, rule }) => (path, rule),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_given_is_written() {
    let cases = [
        ("the least", but(json!({}))),
        (
            "unknown fields",
            but(json!({ "x": { "y": [1, { "z": null }] }, "__proto__": 1 })),
        ),
        (
            "unknown roles",
            but(json!({ "messages": [{ "role": "oracle", "content": "Hi" }] })),
        ),
        (
            "null where a type is known",
            but(json!({ "temperature": null, "tools": null, "stop": null })),
        ),
        (
            "parts",
            but(
                json!({ "messages": [{ "role": "user", "content": [{ "type": "text", "text": "a" }, { "type": "image_url", "image_url": { "url": "data:" } }] }] }),
            ),
        ),
        (
            "no content",
            but(
                json!({ "messages": [message(), { "role": "assistant", "content": null, "tool_calls": [] }] }),
            ),
        ),
        (
            "numbers",
            but(
                json!({ "temperature": 0.25, "top_p": 1, "max_completion_tokens": 9_007_199_254_740_991_i64, "seed": -3 }),
            ),
        ),
        (
            "escapes",
            but(json!({ "user": "\u{0}\u{8}\u{c}\n\"\\/\u{7f}\u{2028}é🦀" })),
        ),
        (
            "empty containers",
            but(json!({ "tools": [], "metadata": {}, "nested": [[], [{}]] })),
        ),
    ];
    for (name, body) in cases {
        let request = request(&body).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        let written: Value = serde_json::from_str(&request.json).unwrap();
        assert_eq!(written, body, "{name}");
        assert_eq!(request.model, "m", "{name}");
        assert!(!request.stream, "{name}");
    }
}

#[test]
fn what_is_refused_and_where() {
    const REQUIRED: &str = "is required";
    const MESSAGE: &str = "must be a message object";
    let cases = [
        ("no object", json!([]), "", "must be an object"),
        ("text", json!("hello"), "", "must be an object"),
        (
            "no model",
            json!({ "messages": [message()] }),
            "model",
            REQUIRED,
        ),
        (
            "empty model",
            but(json!({ "model": "" })),
            "model",
            "must not be empty",
        ),
        (
            "model of another type",
            but(json!({ "model": 1 })),
            "model",
            "must be a string",
        ),
        ("no messages", json!({ "model": "m" }), "messages", REQUIRED),
        (
            "empty messages",
            but(json!({ "messages": [] })),
            "messages",
            "must hold at least one message",
        ),
        (
            "messages of another type",
            but(json!({ "messages": {} })),
            "messages",
            "must be an array of messages",
        ),
        (
            "a message that is text",
            but(json!({ "messages": [message(), "Hi"] })),
            "messages[1]",
            MESSAGE,
        ),
        (
            "no role",
            but(json!({ "messages": [message(), { "content": "" }] })),
            "messages[1].role",
            REQUIRED,
        ),
        (
            "empty role",
            but(json!({ "messages": [{ "role": "" }] })),
            "messages[0].role",
            "must not be empty",
        ),
        (
            "content of another type",
            but(json!({ "messages": [{ "role": "user", "content": 1 }] })),
            "messages[0].content",
            "must be a string, an array of content parts or null",
        ),
        (
            "a part that is text",
            but(json!({ "messages": [{ "role": "user", "content": ["Hi"] }] })),
            "messages[0].content[0]",
            "must be a content part object",
        ),
        (
            "a part without type",
            but(json!({ "messages": [{ "role": "user", "content": [{ "text": "Hi" }] }] })),
            "messages[0].content[0].type",
            REQUIRED,
        ),
        (
            "a part's text",
            but(
                json!({ "messages": [{ "role": "user", "content": [{ "type": "text", "text": 1 }] }] }),
            ),
            "messages[0].content[0].text",
            "must be a string",
        ),
        (
            "stream",
            but(json!({ "stream": "yes" })),
            "stream",
            "must be a boolean",
        ),
        (
            "temperature",
            but(json!({ "temperature": "0.5" })),
            "temperature",
            "must be a number",
        ),
        (
            "a fraction of tokens",
            but(json!({ "max_tokens": 1.5 })),
            "max_tokens",
            "must be an integer",
        ),
        (
            "logprobs",
            but(json!({ "logprobs": 1 })),
            "logprobs",
            "must be a boolean",
        ),
        (
            "tools",
            but(json!({ "tools": {} })),
            "tools",
            "must be an array",
        ),
        (
            "reasoning_effort",
            but(json!({ "reasoning_effort": 3 })),
            "reasoning_effort",
            "must be a string",
        ),
        (
            "stream_options",
            but(json!({ "stream_options": true })),
            "stream_options",
            "must be an object",
        ),
    ];
    for (name, body, path, rule) in cases {
        assert_eq!(rule_of(request(&body)), (path.to_owned(), rule), "{name}");
    }
}

#[test]
fn misplaced_guardrails_are_refused() {
    const OPTION: &str = "belongs into the options of the client or of the call: guardrail: \
        { identifier, version }";
    const HEADERS: &str = "belongs into the options of the call, as headers";
    const QUERY: &str = "belongs into the options of the call, as query";
    const BODY: &str = "is no field of a request: its members belong beside model and messages";
    let table = [
        ("guardrail", "guardrail", OPTION),
        ("guardrails", "guardrails", OPTION),
        ("guardrailConfig", "guardrailConfig", OPTION),
        // Relatives, as other APIs and a slip of the hand spell them.
        ("guardRail", "guardRail", OPTION),
        ("guardrail_config", "guardrail_config", OPTION),
        ("guardrailIdentifier", "guardrailIdentifier", OPTION),
        (
            "X-Amzn-Bedrock-GuardrailIdentifier",
            "[\"X-Amzn-Bedrock-GuardrailIdentifier\"]",
            OPTION,
        ),
        (
            "amazon-bedrock-guardrailconfig",
            "[\"amazon-bedrock-guardrailconfig\"]",
            OPTION,
        ),
        ("guard_rails", "guard_rails", OPTION),
        ("guard-rail", "[\"guard-rail\"]", OPTION),
        ("gaurdrail", "gaurdrail", OPTION),
        ("gardrails", "gardrails", OPTION),
        ("gaurdRails", "gaurdRails", OPTION),
        (
            "amazon-bedrock-guardrailIdentifier",
            "[\"amazon-bedrock-guardrailIdentifier\"]",
            OPTION,
        ),
        ("extraHeaders", "extraHeaders", HEADERS),
        ("extraBody", "extraBody", BODY),
        ("extra_headers", "extra_headers", HEADERS),
        ("extra_query", "extra_query", QUERY),
        ("extra_body", "extra_body", BODY),
    ];
    let values = [
        json!(null),
        json!(true),
        json!(1),
        json!(0.5),
        json!("gr1"),
        json!([]),
        json!({ "identifier": "gr1", "version": "1" }),
    ];
    for (key, path, rule) in table {
        for value in &values {
            let body = but(json!({ key: value }));
            assert_eq!(rule_of(request(&body)), (path.to_owned(), rule), "{body}");
        }
    }
    // Options that have come into the body, and what a guardrail's members have not.
    let header = "X-Amzn-Bedrock-GuardrailIdentifier";
    let nested = [
        (
            json!({ "headers": { header: "gr1" } }),
            "headers[\"X-Amzn-Bedrock-GuardrailIdentifier\"]",
        ),
        (
            json!({ "options": { "guardrail": {} } }),
            "options.guardrail",
        ),
        (
            json!({ "options": { "headers": { header: "gr1" } } }),
            "options.headers[\"X-Amzn-Bedrock-GuardrailIdentifier\"]",
        ),
        (
            json!({ "options": [{ "amazon-bedrock-guardrailConfig": {} }] }),
            "options[0][\"amazon-bedrock-guardrailConfig\"]",
        ),
        (
            json!({ "amazon-bedrock-guardrailConfig": { "guardrailIdentifier": "gr1" } }),
            "[\"amazon-bedrock-guardrailConfig\"].guardrailIdentifier",
        ),
        (
            json!({ "messages": [{ "role": "user", "content": "Hi", "guardrail": {} }] }),
            "messages[0].guardrail",
        ),
    ];
    for (fields, path) in nested {
        let body = but(fields);
        assert_eq!(rule_of(request(&body)), (path.to_owned(), OPTION), "{body}");
    }
    // Elsewhere they are the caller's own words; the service's own spelling goes to the service.
    let schema = json!({ "type": "object", "properties": { "guardrail": {} } });
    for body in [
        but(json!({ "metadata": { "guardrail": "none", "extra_body": "" } })),
        but(json!({ "tools": [{ "type": "function", "function": { "parameters": schema } }] })),
        but(json!({ "amazon-bedrock-guardrailConfig": { "tagSuffix": "x" } })),
        but(json!({ "guided_json": schema, "guided_choice": ["guardrail"], "guided": true })),
    ] {
        assert!(request(&body).is_ok(), "{body}");
    }
}

#[test]
fn the_path_of_an_odd_key_is_quoted_and_bounded() {
    let settings = Settings::default();
    // Whatever arises inside: that it is no JSON will do.
    for (key, path) in [
        ("plain_1", "plain_1[1]"),
        ("a key", "[\"a key\"][1]"),
        ("", "[\"\"][1]"),
        ("quote\"\n", "[\"quote\"][1]"),
    ] {
        let text = format!("{{\"model\":\"m\",{}:[1,!", Value::from(key));
        let outcome = of(&text, settings);
        assert_eq!(outcome.unwrap_err().path, path, "{key:?}");
    }
    let text = format!("{{\"{}\":!", "x".repeat(1000));
    let outcome = of(&text, settings);
    assert!(outcome.unwrap_err().path.len() < 60);
}

#[test]
fn stream_is_forced_once() {
    let settings = Settings {
        force_stream: true,
        ..Settings::default()
    };
    for body in [
        but(json!({})),
        but(json!({ "stream": false })),
        but(json!({ "stream": true })),
    ] {
        let request = with(&body, settings).unwrap();
        assert!(request.stream);
        assert_eq!(request.json.matches("\"stream\"").count(), 1);
        let written: Value = serde_json::from_str(&request.json).unwrap();
        assert_eq!(written["stream"], true);
    }
    assert!(request(&but(json!({ "stream": true }))).unwrap().stream);
}

#[test]
fn a_guardrail_config_is_added_once() {
    let settings = Settings {
        guardrail_config: Some(r#"{"tagSuffix":"x"}"#),
        ..Settings::default()
    };
    let request = with(&but(json!({})), settings).unwrap();
    let written: Value = serde_json::from_str(&request.json).unwrap();
    assert_eq!(written["amazon-bedrock-guardrailConfig"]["tagSuffix"], "x");
    let (path, rule) = rule_of(with(
        &but(json!({ "amazon-bedrock-guardrailConfig": {} })),
        settings,
    ));
    assert_eq!(path, "[\"amazon-bedrock-guardrailConfig\"]");
    assert!(rule.starts_with("is given twice"));
}

#[test]
fn tagged_text_is_looked_for_in_every_message() {
    let open = "<amazon-bedrock-guardrails-guardContent_x>";
    let close = "</amazon-bedrock-guardrails-guardContent_x>";
    let settings = Settings {
        tag_suffix: Some("x"),
        ..Settings::default()
    };
    let content = |content: Value| {
        but(json!({ "messages": [message(), { "role": "user", "content": content }] }))
    };
    let tagged = format!("{open}text{close}");
    assert!(with(&content(json!(tagged)), settings).is_ok());
    assert!(
        with(
            &content(json!([{ "type": "text", "text": tagged }])),
            settings
        )
        .is_ok()
    );
    let cases = [
        (content(json!("untagged")), "messages", TagError::Missing),
        // Not a message's text: it guards nothing.
        (
            but(json!({ "user": tagged })),
            "messages",
            TagError::Missing,
        ),
        (
            content(json!(format!("{open}text"))),
            "messages[1].content",
            TagError::Unbalanced,
        ),
        (
            content(json!([{ "type": "text", "text": format!("{open}{open}") }])),
            "messages[1].content[0].text",
            TagError::Nested,
        ),
    ];
    for (body, path, error) in cases {
        let refusal = (path.to_owned(), error.rule());
        assert_eq!(rule_of(with(&body, settings)), refusal, "{body}");
    }
}

#[test]
fn what_the_settings_add_stands_beside_what_was_given() {
    let config = r#"{"tagSuffix":"x"}"#;
    let field = format!("\"amazon-bedrock-guardrailConfig\":{config}");
    let model = r#""model":"m","messages":[{"role":"user","content":"Hi"}]"#;
    // The members of a request, whether it is to stream, and has a config; what is written.
    let table = [
        (model.to_owned(), false, false, model.to_owned()),
        (
            model.to_owned(),
            true,
            false,
            format!("{model},\"stream\":true"),
        ),
        (
            format!("\"stream\":false,{model}"),
            true,
            false,
            format!("\"stream\":true,{model}"),
        ),
        (
            format!("{model} , \"str\\u0065am\" : null "),
            true,
            true,
            format!("{model} , \"str\\u0065am\" : true ,{field}"),
        ),
        (
            format!("\"stream\":false,{model}"),
            false,
            true,
            format!("\"stream\":false,{model},{field}"),
        ),
    ];
    for (given, force_stream, has_config, expected) in table {
        let settings = Settings {
            force_stream,
            guardrail_config: has_config.then_some(config),
            ..Settings::default()
        };
        let checked = of(&format!(" {{{given}}}\n"), settings).unwrap();
        assert_eq!(checked.json.trim(), format!("{{{expected}}}"), "{given}");
        assert_eq!(checked.stream, force_stream, "{given}");
    }
}

#[test]
fn names_are_well_formed_texts() {
    let body = |model: &str| format!(r#"{{"model":"{model}","messages":[{{"role":"user"}}]}}"#);
    let settings = Settings::default();
    for (written, model) in [
        (r#"a\"b\\c"#, "a\"b\\c"),
        (r"\ud83d\ude00", "😀"),
        ("\u{fffd}", "\u{fffd}"),
    ] {
        assert_eq!(of(&body(written), settings).unwrap().model, model);
    }
    for written in [r"a\ud83d", r"\ude00", r"\ud83d\ud83d\ude00"] {
        let refusal = ("model".to_owned(), "must be well-formed Unicode");
        assert_eq!(rule_of(of(&body(written), settings)), refusal, "{written}");
    }
}

#[test]
fn numbers_are_told_apart_as_javascript_does() {
    for (number, is_integer) in [
        ("7", true),
        ("-0", true),
        ("7.0", true),
        ("1.5e1", true),
        ("1E+2", true),
        ("1e400", true),
        ("9007199254740993", true),
        ("7.5", false),
        ("1.55e1", false),
        ("1e-1", false),
        ("10e-0", true),
    ] {
        let text = format!(
            r#"{{"model":"m","messages":[{{"role":"user"}}],"temperature":{number},"n":{number}}}"#
        );
        let outcome = of(&text, Settings::default());
        assert_eq!(outcome.is_ok(), is_integer, "{number}: {outcome:?}");
        if !is_integer {
            assert_eq!(rule_of(outcome), ("n".to_owned(), "must be an integer"));
        }
    }
}

#[test]
fn what_is_no_json_or_too_deep_is_refused_where_it_stands() {
    let request = |rest: &str| format!(r#"{{"model":"m","messages":[{{"role":"user"}}]{rest}"#);
    let nested = |levels| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        request(&format!(r#","tools":{open}{close}}}"#))
    };
    let settings = Settings::default();
    // The request is a level itself.
    assert!(of(&nested(511), settings).is_ok());
    let (path, rule) = rule_of(of(&nested(512), settings));
    assert!(path.starts_with("tools[0][0]"), "{path}");
    assert_eq!(rule, "is nested too deeply");
    for (text, path) in [
        (request(""), ""),
        (request("} x"), ""),
        (request(r#","user":tru}"#), "user"),
        (request(r#","tools":[1,]}"#), "tools[1]"),
        (String::new(), ""),
    ] {
        let (found, rule) = rule_of(of(&text, settings));
        assert_eq!((found.as_str(), rule), (path, "cannot be read"), "{text}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        // Eighths: serde_json reads them back exactly.
        any::<i32>().prop_map(|eighths| Value::from(f64::from(eighths) / 8.0)),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// `1.0` is an integer in JavaScript, and so it is here.
fn as_javascript(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => Value::from(float as i64),
            _ => Value::Number(number),
        },
        Value::Array(values) => values.into_iter().map(as_javascript).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key, as_javascript(value)))
            .collect(),
        other => other,
    }
}

proptest! {
    #[test]
    fn any_unknown_field_is_kept(value in any_json()) {
        let body = but(json!({ "unknown": value }));
        let request = request(&body).unwrap();
        let written: Value = serde_json::from_str(&request.json).unwrap();
        prop_assert_eq!(as_javascript(written), as_javascript(body));
    }
}
