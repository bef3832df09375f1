//! An answer that is no stream: what is a completion, and what the caller gets.

use bedrock_chat_core::decoder::Reasoning;
use bedrock_chat_core::response::{completion, with_guardrail};

#[test]
fn completions() {
    const TAGGED: &str =
        r#"{"choices":[{"message":{"content":"<reasoning>Hm.</reasoning>Yes."}}]}"#;
    const UNTAGGED: &str = r#"{"choices":[{"message":{"content":"Yes.","reasoning":"Hm."}}]}"#;
    let cases = [
        (
            "as it is",
            r#"{"id":"1","choices":[]}"#,
            r#"{"id":"1","choices":[]}"#,
        ),
        (
            "white space",
            " {\"choices\" : [ ]}\n",
            " {\"choices\" : [ ]}\n",
        ),
        (
            "a byte order mark",
            "\u{feff}{\"choices\":[]}",
            r#"{"choices":[]}"#,
        ),
        (
            "error: null is no error",
            r#"{"choices":[],"error":null}"#,
            r#"{"choices":[],"error":null}"#,
        ),
        (
            "of repeated keys the last counts",
            r#"{"choices":1,"error":{},"choices":[],"error":null}"#,
            r#"{"choices":1,"error":{},"choices":[],"error":null}"#,
        ),
        (
            "an escaped key",
            r#"{"ch\u006fices":[]}"#,
            r#"{"ch\u006fices":[]}"#,
        ),
        ("reasoning", TAGGED, UNTAGGED),
        (
            "a guardrail's action",
            r#"{"choices":[],"amazon-bedrock-guardrailAction":"INTERVENED"}"#,
            r#"{"choices":[],"amazon-bedrock-guardrailAction":"INTERVENED","guardrail":{"action":"INTERVENED"}}"#,
        ),
        (
            "an intervention that only the finish reason tells",
            r#"{"choices":[{"finish_reason":"guardrail_intervened"}]} "#,
            r#"{"choices":[{"finish_reason":"guardrail_intervened"}],"guardrail":{"action":"INTERVENED"}}"#,
        ),
        (
            "reasoning and a guardrail",
            r#"{"amazon-bedrock-guardrailAction":"NONE","choices":[{"message":{"content":"<reasoning>Hm.</reasoning>Yes."}}]}"#,
            r#"{"amazon-bedrock-guardrailAction":"NONE","choices":[{"message":{"content":"Yes.","reasoning":"Hm."}}],"guardrail":{"action":"NONE"}}"#,
        ),
    ];
    for (name, body, expected) in cases {
        let found = completion(body.as_bytes(), Reasoning::Parsed);
        assert_eq!(found.as_deref(), Some(expected), "{name}");
    }
    assert_eq!(
        completion(TAGGED.as_bytes(), Reasoning::Raw).as_deref(),
        Some(TAGGED)
    );
}

/// As in streams, and as `Response.json()` has it.
#[test]
fn invalid_utf_8_is_replaced() {
    let body = b"{\"choices\":[{\"message\":{\"content\":\"a\xffb\"}}]}";
    assert_eq!(
        completion(body, Reasoning::Parsed).as_deref(),
        Some("{\"choices\":[{\"message\":{\"content\":\"a\u{fffd}b\"}}]}"),
    );
}

#[test]
fn what_is_no_completion() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "<html>",
        r#"{"choices":[]"#,
        r#"{"choices":[]}{}"#,
        r#"{"choices":{}}"#,
        r#"{"choices":null}"#,
        r#"{"choices":[],"error":{"message":"no"}}"#,
        r#"{"choices":[],"error":"no"}"#,
        r#"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#,
    ] {
        assert_eq!(
            completion(body.as_bytes(), Reasoning::Parsed),
            None,
            "{body}"
        );
    }
}

#[test]
fn the_guardrail_of_a_stream() {
    for (given, expected) in [
        (r#"{"choices":[]}"#, r#"{"choices":[]}"#),
        (
            r#"{"choices":[{"finish_reason":"content_filter"}],"amazon-bedrock-trace":{"guardrail":{"input":{"gr":{}}}}}"#,
            r#"{"choices":[{"finish_reason":"content_filter"}],"amazon-bedrock-trace":{"guardrail":{"input":{"gr":{}}}},"guardrail":{"action":"INTERVENED","trace":{"inputAssessment":{"gr":{}}}}}"#,
        ),
    ] {
        assert_eq!(with_guardrail(given.into()), expected);
    }
}
