//! An answer that is no stream: what is a completion, and what the caller gets.

use bedrock_chat_core::decoder::Reasoning;
use bedrock_chat_core::error::{
    Context, ErrorClass, ErrorResponse, from_stream_event, misplaced_answer,
};
use bedrock_chat_core::guardrail::Stop;
use bedrock_chat_core::response::{completion, judgement, models, partial, with_guardrail};

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
        let found = completion(body.as_bytes(), Reasoning::Parsed, false);
        assert_eq!(found.as_deref(), Some(expected), "{name}");
    }
    assert_eq!(
        completion(TAGGED.as_bytes(), Reasoning::Raw, false).as_deref(),
        Some(TAGGED)
    );
}

/// As in streams, and as `Response.json()` has it.
#[test]
fn invalid_utf_8_is_replaced() {
    let body = b"{\"choices\":[{\"message\":{\"content\":\"a\xffb\"}}]}";
    assert_eq!(
        completion(body, Reasoning::Parsed, false).as_deref(),
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
            completion(body.as_bytes(), Reasoning::Parsed, false),
            None,
            "{body}"
        );
    }
}

#[test]
fn what_is_an_answer_of_the_other_routes() {
    // ListModels and GetModel; ApplyGuardrail and InvokeGuardrailChecks.
    let cases = [
        (r#"{"object":"list","data":[]}"#, true, false),
        (r#"{"id":"m","object":"model"}"#, true, false),
        (r#"{"data":[],"id":"m"}"#, true, false),
        (r#"{"data":{},"id":1}"#, false, false),
        (r#"{"action":"NONE","outputs":[]}"#, false, true),
        (r#"{"results":{}}"#, false, true),
        (r#"{"action":"NONE","results":{}}"#, false, true),
        (r#"{"action":null,"results":[]}"#, false, false),
        ("{}", false, false),
        ("[]", false, false),
        ("", false, false),
    ];
    for (body, is_models, is_judgement) in cases {
        let expected = |it: bool| it.then_some(body);
        let models = models(body.as_bytes(), Reasoning::Parsed, false);
        assert_eq!(models.as_deref(), expected(is_models), "{body}");
        let judgement = judgement(body.as_bytes(), Reasoning::Parsed, false);
        assert_eq!(judgement.as_deref(), expected(is_judgement), "{body}");
    }
}

#[test]
fn the_guardrail_of_a_stream() {
    for (given, stop, expected) in [
        (r#"{"choices":[]}"#, Stop::Other, r#"{"choices":[]}"#),
        (
            r#"{"choices":[{"finish_reason":"content_filter"}],"amazon-bedrock-trace":{"guardrail":{"input":{"gr":{}}}}}"#,
            Stop::Filter,
            r#"{"choices":[{"finish_reason":"content_filter"}],"amazon-bedrock-trace":{"guardrail":{"input":{"gr":{}}}},"guardrail":{"action":"INTERVENED","trace":{"inputAssessment":{"gr":{}}}}}"#,
        ),
        // A later finish_reason took nothing back.
        (
            r#"{"choices":[{"finish_reason":"stop"}],"amazon-bedrock-guardrailAction":"NONE"}"#,
            Stop::Filter,
            r#"{"choices":[{"finish_reason":"stop"}],"amazon-bedrock-guardrailAction":"NONE","guardrail":{"action":"INTERVENED"}}"#,
        ),
    ] {
        assert_eq!(with_guardrail(given.into(), stop, false), expected);
    }
}

/// Bodies of answers, and chunks of streams, of which a choice is an error: its message, code and
/// status.
const FAILED: [(&str, &str, Option<&str>, Option<u16>); 7] = [
    (
        r#"{"choices":[{"index":0,"delta":{},"message":{"content":"a"},"error":{"code":502,"message":"Overloaded"},"finish_reason":"error"}]}"#,
        "Overloaded",
        Some("502"),
        Some(502),
    ),
    (
        r#"{"choices":[{"index":0,"error":{"code":"x","message":"Lost"},"finish_reason":"stop"}]}"#,
        "Lost",
        Some("x"),
        None,
    ),
    (
        r#"{"choices":[{"index":0,"finish_reason":"stop"},{"index":1,"error":{"error":{"message":"Deep","code":"y"}}}],"error":null}"#,
        "Deep",
        Some("y"),
        None,
    ),
    (
        r#"{"choices":[{"index":0,"error":"Text","message":{"content":"SECRET"}}]}"#,
        "Text",
        None,
        None,
    ),
    (
        r#"{"choices":[{"index":0,"message":{"content":"SECRET"},"finish_reason":"error"}]}"#,
        "The model failed: its finish_reason says so.",
        None,
        None,
    ),
    (
        r#"{"choices":[{"index":0,"message":{"content":"SECRET"},"finish_reason":"\u0065rror","error":null}]}"#,
        "The model failed: its finish_reason says so.",
        None,
        None,
    ),
    (
        r#"{"choices":[{"index":0,"finish_reason":"error"}],"error":{"message":"Beside","code":429}}"#,
        "Beside",
        Some("429"),
        Some(429),
    ),
];

#[test]
fn an_answer_that_failed_says_why() {
    for (body, message, code, status) in FAILED {
        assert_eq!(completion(body.as_bytes(), Reasoning::Parsed, false), None);
        let answer = ErrorResponse {
            status: 200,
            content_type: "application/json",
            body: body.as_bytes(),
            ..ErrorResponse::default()
        };
        let whole = misplaced_answer(&answer, false).expect("is an error");
        let start = "200 expected a completion, got application/json: ";
        assert_eq!(whole.message, [start, message].concat());
        let event = from_stream_event(body.as_bytes(), Context::default());
        assert_eq!(event.status, status.unwrap_or_default(), "{body}");
        assert!(event.message.ends_with(message), "{}", event.message);
        for failure in [whole, event] {
            let class = status.map_or(ErrorClass::APIError, ErrorClass::of_status);
            let code = code.unwrap_or_default();
            assert_eq!((failure.class, failure.code.as_str()), (class, code));
            assert!(!failure.error.contains("SECRET"));
        }
    }
}

#[test]
fn what_there_is_of_an_answer_that_failed() {
    let body = br#"{"choices":[{"message":{"content":"<reasoning>Hm.</reasoning>Y"},"finish_reason":"error"}]}"#;
    assert_eq!(
        partial(body, Reasoning::Parsed, false).as_deref(),
        Some(
            r#"{"choices":[{"message":{"content":"Y","reasoning":"Hm."},"finish_reason":"error"}]}"#
        ),
    );
    for whole in ["{}", r#"{"choices":[]}"#, r#"{"choices":[],"error":"x"}"#] {
        assert_eq!(partial(whole.as_bytes(), Reasoning::Parsed, false), None);
    }
    for falsy in ["null", "false", "0", "\"\""] {
        let body = format!(r#"{{"choices":[{{"error":{falsy}}}],"error":{falsy}}}"#);
        assert!(completion(body.as_bytes(), Reasoning::Parsed, false).is_some());
    }
}

#[test]
fn a_guardrail_of_the_servers_own_is_not_ours() {
    for (given, asked, expected) in [
        (
            r#"{"guardrail":{"action":"NONE"},"choices":[]}"#,
            false,
            r#"{"choices":[]}"#,
        ),
        (
            r#"{"choices":[],"\u0067uardrail":1}"#,
            false,
            r#"{"choices":[]}"#,
        ),
        (
            r#"{"choices":[],"guardrail":{"action":"NONE"},"amazon-bedrock-guardrailAction":"INTERVENED"}"#,
            false,
            r#"{"choices":[],"amazon-bedrock-guardrailAction":"INTERVENED","guardrail":{"action":"INTERVENED"}}"#,
        ),
        (
            r#"{"guardrail":{"action":"NONE"},"choices":[]}"#,
            true,
            r#"{"choices":[],"guardrail":{"action":"UNKNOWN","enforcedBy":"endpoint","evidence":false}}"#,
        ),
    ] {
        let found = completion(given.as_bytes(), Reasoning::Parsed, asked);
        assert_eq!(found.as_deref(), Some(expected), "{given}");
    }
}
