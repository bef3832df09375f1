//! Structured output: right, cut, with text behind it, with a number that runs away; and refusals.

use crate::client::{MANTLE, RUNTIME, Server, chat, start, with};
use serde_json::{Value, json};

const GPT: &str = "us.openai.gpt-5.6-sol";

/// A request for a forecast.
fn forecast(question: &str) -> Value {
    let schema = json!({
        "type": "object",
        "properties": {
            "city": { "type": "string" },
            "celsius": { "type": "number" },
            "sky": { "enum": ["clear", "cloudy"] },
            "hours": { "type": "array", "items": { "$ref": "#/$defs/hour" } }
        },
        "required": ["city", "celsius", "sky", "hours"],
        "additionalProperties": false,
        "$defs": { "hour": {
            "type": "object",
            "properties": { "at": { "type": "string", "format": "time" } },
            "required": ["at"],
            "additionalProperties": false
        } }
    });
    formatted(question, schema)
}

fn formatted(question: &str, schema: Value) -> Value {
    let json_schema = json!({ "name": "forecast", "schema": schema, "strict": true });
    let format = json!({ "type": "json_schema", "json_schema": json_schema });
    with(
        chat(question),
        json!({ "model": GPT, "response_format": format }),
    )
}

/// The text, the same from a stream, and why it ended.
async fn said(server: &Server, body: &Value, field: &str) -> (String, String) {
    let answer = server.chat(RUNTIME, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let choice = answer.json()["choices"][0].clone();
    let text = choice["message"][field].as_str().unwrap();
    let stream = server
        .chat(RUNTIME, &with(body.clone(), json!({ "stream": true })))
        .await;
    assert_eq!(stream.deltas(field), text);
    let last = stream.events().pop().unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], choice["finish_reason"]);
    let finish_reason = choice["finish_reason"].as_str().unwrap();
    (text.to_owned(), finish_reason.to_owned())
}

#[tokio::test]
async fn an_answer_fits_its_schema() {
    let server = start().await;
    let (text, finish_reason) = said(&server, &forecast("hello"), "content").await;
    assert_eq!(finish_reason, "stop");
    let value: Value = serde_json::from_str(&text).unwrap();
    let hour = json!({ "at": "03:04:05Z" });
    let expected = json!({
        "city": "Zürich, 東京 🌦️", "celsius": 21.5, "sky": "clear", "hours": [hour, hour]
    });
    assert_eq!(value, expected);
}

#[tokio::test]
async fn an_answer_may_be_cut() {
    let server = start().await;
    let (whole, _) = said(&server, &forecast("hello"), "content").await;
    let few = json!({ "max_completion_tokens": 5 });
    for body in [forecast("truncate"), with(forecast("hello"), few)] {
        let (text, finish_reason) = said(&server, &body, "content").await;
        assert_eq!(finish_reason, "length");
        assert!(whole.starts_with(&text) && text.len() < whole.len() && !text.is_empty());
    }
}

#[tokio::test]
async fn text_may_stand_behind_an_answer() {
    let server = start().await;
    let (whole, _) = said(&server, &forecast("hello"), "content").await;
    let (text, finish_reason) = said(&server, &forecast("trailing"), "content").await;
    assert_eq!(finish_reason, "stop");
    let trailing = text.strip_prefix(&whole).unwrap();
    assert!(trailing.starts_with("\n\nThis is"), "{trailing}");
}

#[tokio::test]
async fn a_number_may_run_away() {
    let server = start().await;
    let (text, finish_reason) = said(&server, &forecast("runaway"), "content").await;
    assert_eq!(finish_reason, "stop");
    let digits = text.split(|char: char| !char.is_ascii_digit());
    assert!(digits.clone().any(|digits| digits.len() == 400), "{text}");
    assert!(text.ends_with('}'));
    let (text, finish_reason) = said(&server, &forecast("runaway truncate"), "content").await;
    assert_eq!(finish_reason, "length");
    assert!(text.ends_with("99999"), "{text}");
}

#[tokio::test]
async fn an_answer_may_not_fit_its_schema() {
    let server = start().await;
    let (text, finish_reason) = said(&server, &forecast("misfit"), "content").await;
    assert_eq!(finish_reason, "stop");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["celsius"], json!({ "not": "asked for" }));
    assert_eq!(value["sky"], "clear");
}

#[tokio::test]
async fn a_model_may_refuse() {
    let server = start().await;
    for body in [forecast("refuse"), chat("refuse")] {
        let (text, finish_reason) = said(&server, &body, "refusal").await;
        assert_eq!(finish_reason, "stop");
        assert!(text.starts_with("I'm sorry"), "{text}");
        let message = server.chat(RUNTIME, &body).await.json()["choices"][0]["message"].clone();
        assert_eq!(message["content"], Value::Null);
        let stream = server
            .chat(RUNTIME, &with(body, json!({ "stream": true })))
            .await;
        let mut events = stream.events().into_iter();
        assert!(events.all(|event| event["choices"][0]["delta"].get("content").is_none()));
    }
    let message =
        server.chat(RUNTIME, &chat("hello")).await.json()["choices"][0]["message"].clone();
    assert_eq!(message["refusal"], Value::Null);
}

#[tokio::test]
async fn an_object_may_have_any_form() {
    let server = start().await;
    let format = json!({ "model": GPT, "response_format": { "type": "json_object" } });
    let (text, _) = said(&server, &with(chat("hello"), format), "content").await;
    let value: Value = serde_json::from_str(&text).unwrap();
    assert!(value["answer"].as_str().unwrap().starts_with("Hello!"));
}

#[tokio::test]
async fn gpt_oss_on_runtime_ignores_the_format() {
    let server = start().await;
    let body = with(
        forecast("hello"),
        json!({ "model": "openai.gpt-oss-20b-1:0" }),
    );
    assert!(
        server
            .chat(RUNTIME, &body)
            .await
            .content()
            .starts_with("Hello!")
    );
    let body = with(forecast("hello"), json!({ "model": "openai.gpt-oss-20b" }));
    assert!(server.chat(MANTLE, &body).await.content().starts_with('{'));
}

#[tokio::test]
async fn what_a_schema_must_not_have_is_refused() {
    let server = start().await;
    let schema = json!({
        "type": "object",
        "properties": { "age": { "type": "integer", "minimum": 0 } },
        "required": ["age"],
        "additionalProperties": false
    });
    let answer = server.chat(RUNTIME, &formatted("hello", schema)).await;
    assert_eq!(answer.status, 400);
    let message = "Invalid schema for response_format 'forecast': \
        In context=('properties', 'age'), 'minimum' is not permitted.";
    assert_eq!(answer.json()["error"]["message"], message);
    assert_eq!(answer.json()["error"]["code"], "validation_error");
}
