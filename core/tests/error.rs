//! Answers and events as typed failures: the fixtures that the package's tests read too, and what
//! holds for any bytes.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic; clippy.toml lets only the test functions themselves"
)]

use bedrock_chat_core::endpoint::{Family, model_hint};
use bedrock_chat_core::error::{
    Context, ErrorClass, ErrorResponse, LONGEST_BODY, LONGEST_MESSAGE, LONGEST_START, ServiceError,
    from_answer, from_stream_event, is_event_stream, is_retryable, is_stream, misplaced_answer,
    redact,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const ANSWERS: &str = include_str!("../../tests/fixtures/errors/answers.json");
const MISPLACED: &str = include_str!("../../tests/fixtures/errors/misplaced.json");
const EVENTS: &str = include_str!("../../tests/fixtures/errors/events.json");

struct Case {
    json: Value,
    body: Vec<u8>,
    model_hint: Option<String>,
}

impl Case {
    fn read(json: Value) -> Self {
        let family = match json["call"]["endpoint"].as_str() {
            Some("mantle") => Family::Mantle,
            _ => Family::Runtime,
        };
        let model_hint = json["call"]["model"]
            .as_str()
            .and_then(|model| model_hint(family, model));
        Case {
            body: body(&json),
            model_hint,
            json,
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.json["headers"][name].as_str()
    }

    fn context(&self) -> Context<'_> {
        Context {
            model_hint: self.model_hint.as_deref(),
            guardrail: self.json["call"]["guardrail"] == true,
        }
    }

    fn answer(&self) -> ErrorResponse<'_> {
        ErrorResponse {
            status: self.json["status"].as_u64().unwrap() as u16,
            content_type: self.header("content-type").unwrap_or_default(),
            error_type: self.header("x-amzn-errortype").unwrap_or_default(),
            body: &self.body,
            context: self.context(),
        }
    }

    fn check(&self, failure: &ServiceError) {
        let name = self.json["name"].as_str().unwrap();
        let expect = &self.json["expect"];
        let mut found = json!({
            "class": format!("{:?}", failure.class),
            "message": failure.message,
            "code": said(&failure.code),
            "param": said(&failure.param),
            "type": said(&failure.kind),
            "awsErrorType": said(&failure.aws_error_type),
            "retryable": failure.retryable,
            "expiredCredentials": failure.expired_credentials,
            "clockSkew": failure.clock_skew,
        });
        for (field, value) in found.as_object_mut().unwrap() {
            let default = if value.is_boolean() {
                json!(false)
            } else {
                Value::Null
            };
            assert_eq!(
                *value,
                *expect.get(field).unwrap_or(&default),
                "{name}: {field}"
            );
        }
        match expect["hintContains"].as_str() {
            None => assert_eq!(failure.hint, "", "{name}: hint"),
            Some(piece) => {
                let hint = &failure.hint;
                assert!(hint.contains(piece), "{name}: hint {hint:?}");
            }
        }
        if let Some(error) = expect["error"].as_str() {
            assert_eq!(failure.error, error, "{name}: error");
        }
    }
}

/// What an error says, or nothing.
fn said(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn body(json: &Value) -> Vec<u8> {
    if let Some(text) = json["body"].as_str() {
        return text.into();
    }
    if let Some(base64) = json["bodyBase64"].as_str() {
        return from_base64(base64);
    }
    let pieces = json["bodyRepeat"].as_array().expect("a case has a body");
    pieces
        .iter()
        .map(|piece| {
            piece[0]
                .as_str()
                .unwrap()
                .repeat(piece[1].as_u64().unwrap() as usize)
        })
        .collect::<String>()
        .into()
}

fn from_base64(text: &str) -> Vec<u8> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut out) = (0u32, 0, Vec::new());
    for letter in text.trim_end_matches('=').chars() {
        bits = bits << 6 | ALPHABET.find(letter).expect("base64") as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    out
}

fn cases(file: &str) -> Vec<Case> {
    let cases: Vec<Value> = serde_json::from_str(file).unwrap();
    cases.into_iter().map(Case::read).collect()
}

#[test]
fn answers() {
    for case in cases(ANSWERS) {
        let failure = from_answer(&case.answer());
        assert_eq!(failure.status, case.answer().status);
        case.check(&failure);
    }
}

#[test]
fn misplaced_answers() {
    for case in cases(MISPLACED) {
        let stream = case.json["stream"] == true;
        let failure = misplaced_answer(&case.answer(), stream).expect("is misplaced");
        assert_eq!(failure.status, case.answer().status);
        case.check(&failure);
    }
}

#[test]
fn stream_events() {
    for case in cases(EVENTS) {
        let failure = from_stream_event(&case.body, case.context());
        assert_eq!(
            failure.status,
            case.json["expect"]["status"].as_u64().unwrap_or_default() as u16,
            "{}",
            case.json["name"]
        );
        case.check(&failure);
    }
}

#[test]
fn what_was_asked_for_is_not_misplaced() {
    let completion = |body: &'static [u8]| ErrorResponse {
        status: 200,
        content_type: "application/json",
        body,
        ..ErrorResponse::default()
    };
    assert_eq!(
        misplaced_answer(&completion(b"{\"choices\":[]}"), false),
        None
    );
    assert_eq!(
        misplaced_answer(&completion(b"{\"choices\":[],\"error\":null}"), false),
        None
    );

    // An event stream, whatever it is called.
    for content_type in ["text/event-stream", "", "application/json", "text/html"] {
        let answer = ErrorResponse {
            status: 200,
            content_type,
            body: b"data: {}\n\n",
            ..ErrorResponse::default()
        };
        assert_eq!(misplaced_answer(&answer, true), None, "{content_type}");
        let failure = misplaced_answer(&answer, false).unwrap();
        assert!(
            failure.message.ends_with(": an event stream"),
            "{}",
            failure.message
        );
    }
    let empty = ErrorResponse {
        status: 200,
        content_type: "text/event-stream",
        ..ErrorResponse::default()
    };
    assert_eq!(misplaced_answer(&empty, true), None);
}

#[test]
fn content_types_of_event_streams() {
    // As the Fetch standard reads them.
    let table = [
        ("text/event-stream", true),
        ("Text/Event-Stream; charset=utf-8", true),
        (" text/event-stream ;x=\"a,b\\\"c\"", true),
        ("text/event-stream, text/event-stream", true),
        ("text/html,text/event-stream;charset=utf-8", true),
        ("text/event-stream, */*", true),
        ("text/event-stream, ", true),
        ("text/event-stream, what is this", true),
        ("text/html;x=\"\\\"\", text/event-stream", true),
        ("text/event-stream, text/html", false),
        ("text/html;x=\", text/event-stream\"", false),
        ("text/html;x=\", text/event-stream", false),
        ("text/event-streams", false),
        ("text /event-stream", false),
        ("text/event-stream+json", false),
        ("/event-stream", false),
        ("text/", false),
        ("", false),
    ];
    for (content_type, expected) in table {
        assert_eq!(is_event_stream(content_type), expected, "{content_type:?}");
    }
}

#[test]
fn first_bytes_tell_an_event_stream() {
    const LABEL: &str = "text/event-stream";
    let (stream, other, more) = (Some(true), Some(false), None);
    // What it is without a label, and with one.
    let table: [(&[u8], Option<bool>, Option<bool>); 36] = [
        (b"data: {}", stream, stream),
        (b"data:x", stream, stream),
        (b"data\n", stream, stream),
        (b"event: error\n", stream, stream),
        (b"id: 1\r\n", stream, stream),
        (b"retry:1", stream, stream),
        (b": keep-alive", stream, stream),
        (b":", stream, stream),
        (b"\n\r\n\ndata:", stream, stream),
        (b"\xef\xbb\xbfdata:", stream, stream),
        (b"\xef\xbb\xbf\n: hello", stream, stream),
        (b"", more, more),
        (b"\n\n", more, more),
        (b"\xef", more, more),
        (b"\xef\xbb", more, more),
        (b"\xef\xbb\xbf", more, more),
        (b" ", more, more),
        (b"d", more, stream),
        (b"data", more, stream),
        (b"\neven", more, stream),
        (b"{\"error\":{}}", other, other),
        (b" \n{", other, other),
        (b"\xef\xbb\xbf{", other, other),
        (b"[", other, other),
        (b"<!doctype html>", other, other),
        (b"\n\t<html>", other, other),
        (b"upstream error", other, stream),
        (b"datum: x", other, stream),
        (b"Data: x", other, stream),
        (b"data : x", other, stream),
        (b"dates", other, stream),
        (b" data: x", other, stream),
        (b"eventual", other, stream),
        (b"\"text\"", other, stream),
        (b"\0\0\0\x8a", other, stream),
        (b"\x1f\x8b\x08", other, stream),
    ];
    for (start, unlabelled, labelled) in table {
        let text = String::from_utf8_lossy(start);
        assert_eq!(is_stream(LABEL, start), labelled, "{text:?}, labelled");
        for wrong in ["", "application/json", "text/html; charset=utf-8"] {
            assert_eq!(is_stream(wrong, start), unlabelled, "{text:?}, {wrong}");
        }
    }
    // Nobody waits for ever.
    let blank = "\n".repeat(LONGEST_START);
    assert_eq!(is_stream(LABEL, blank.as_bytes()), stream);
    assert_eq!(is_stream("", blank.as_bytes()), other);
}

#[test]
fn classes_by_status() {
    use ErrorClass as Class;
    let table = [
        (302, Class::APIError),
        (400, Class::BadRequestError),
        (401, Class::AuthenticationError),
        (402, Class::APIError),
        (403, Class::PermissionDeniedError),
        (404, Class::NotFoundError),
        (408, Class::APIError),
        (409, Class::ConflictError),
        (422, Class::UnprocessableEntityError),
        (424, Class::APIError),
        (429, Class::RateLimitError),
        (499, Class::APIError),
        (500, Class::InternalServerError),
        (503, Class::InternalServerError),
        (529, Class::InternalServerError),
    ];
    for (status, class) in table {
        assert_eq!(ErrorClass::of_status(status), class, "{status}");
    }
    let retried = [408, 409, 429, 500, 502, 503, 504, 529];
    let final_ones = [200, 301, 400, 401, 403, 404, 405, 422, 424];
    assert!(retried.into_iter().all(is_retryable));
    assert!(!final_ones.into_iter().any(is_retryable));
}

#[test]
fn types_lose_their_name_space() {
    let table = [
        ("ThrottlingException", Some("ThrottlingException")),
        (
            "ThrottlingException:http://internal.amazon.com/coral/#x",
            Some("ThrottlingException"),
        ),
        (
            "com.amazon.coral.service#ThrottlingException",
            Some("ThrottlingException"),
        ),
        (
            "aws.protocols#ThrottlingException:http://x#y",
            Some("ThrottlingException"),
        ),
        (" ThrottlingException ", Some("ThrottlingException")),
        ("", None),
        (":", None),
    ];
    for (header, expected) in table {
        let answer = ErrorResponse {
            status: 400,
            error_type: header,
            ..ErrorResponse::default()
        };
        assert_eq!(
            said(&from_answer(&answer).aws_error_type),
            expected,
            "{header:?}"
        );
    }
}

#[test]
fn types_are_looked_for_in_order() {
    let both = r#"{"__type":"Body","error":{"code":"CodeException","type":"TypeException"}}"#;
    let table = [
        (Some("Header"), both, Some("Header")),
        (None, both, Some("Body")),
        (
            None,
            r#"{"error":{"code":"CodeException","type":"TypeException"}}"#,
            Some("CodeException"),
        ),
        (
            None,
            r#"{"error":{"code":"rate_limit_exceeded","type":"a.b#TypeException:http://c"}}"#,
            Some("TypeException"),
        ),
        (None, r#"{"code":"AccessDenied"}"#, Some("AccessDenied")),
        (None, r#"{"code":"Throttling"}"#, Some("Throttling")),
        (
            None,
            r#"{"code":"EC2ThrottledException"}"#,
            Some("EC2ThrottledException"),
        ),
        // The words of OpenAI, of vLLM, of others, and what is no name at all.
        (
            None,
            r#"{"error":{"code":"model_not_found","type":"invalid_request_error"}}"#,
            None,
        ),
        (
            None,
            r#"{"error":{"code":429,"type":"BadRequestError"}}"#,
            None,
        ),
        (
            None,
            r#"{"error":{"code":"400","type":"ValueError"}}"#,
            None,
        ),
        (
            None,
            r#"{"error":{"code":"RATE_LIMITED","type":"NOTFOUND"}}"#,
            None,
        ),
        (
            None,
            r#"{"error":{"code":"Not Found","type":"about:blank"}}"#,
            None,
        ),
        (
            None,
            r#"{"error":{"code":"Rate_Limited","type":"error"}}"#,
            None,
        ),
        (None, r#"{"error":{"code":null,"type":"x"}}"#, None),
    ];
    for (error_type, body, expected) in table {
        let answer = ErrorResponse {
            status: 400,
            error_type: error_type.unwrap_or_default(),
            body: body.as_bytes(),
            ..ErrorResponse::default()
        };
        assert_eq!(
            said(&from_answer(&answer).aws_error_type),
            expected,
            "{body}"
        );
    }
}

#[test]
fn a_name_stands_in_for_a_message() {
    let table = [
        (
            r#"{"error":{"code":"model_not_found","type":"invalid"}}"#,
            "400 model_not_found",
        ),
        (
            r#"{"error":{"type":"rate_limit_error"}}"#,
            "400 rate_limit_error",
        ),
        (
            r#"{"__type":"a#ThrottlingException","code":"c"}"#,
            "400 ThrottlingException",
        ),
        (r#"{"code":7}"#, "400 {\"code\":7}"),
    ];
    for (body, message) in table {
        let answer = ErrorResponse {
            status: 400,
            body: body.as_bytes(),
            ..ErrorResponse::default()
        };
        assert_eq!(from_answer(&answer).message, message);
    }
}

#[test]
fn a_guardrail_hint_needs_a_guardrail() {
    let answer = ErrorResponse {
        status: 404,
        error_type: "ResourceNotFoundException",
        body: b"{\"message\":\"Not there\"}",
        ..ErrorResponse::default()
    };
    assert_eq!(from_answer(&answer).hint, "");
    let context = Context {
        guardrail: true,
        ..Context::default()
    };
    let hint = from_answer(&ErrorResponse { context, ..answer }).hint;
    assert!(hint.contains("guardrail.identifier"));
}

#[test]
fn secrets_are_redacted() {
    let token = "IQoJb3JpZ2luX2VjEHQaCXVzLXdlc3QtMiJHMEUCIQDx".repeat(4);
    let table = [
        (
            "key bedrock-api-key-YmVkcm9jaw is bad",
            "key [redacted] is bad",
        ),
        ("ABSKQmVkcm9ja0FQSUtleS1hYmM", "[redacted]"),
        (
            "AKIAIOSFODNN7EXAMPLE, ASIAIOSFODNN7EXAMPLE",
            "[redacted], [redacted]",
        ),
        ("sk-proj-0123456789abcdef", "[redacted]"),
        ("Signature=abc, next", "Signature=[redacted], next"),
        (
            "x-amz-security-token:short",
            "x-amz-security-token:[redacted]",
        ),
        ("X-Amz-Signature=0123&x=1", "X-Amz-Signature=[redacted]&x=1"),
        (
            "Authorization: Bearer abcdefghijklmnop",
            "Authorization: Bearer [redacted]",
        ),
        ("Bearer Token has expired", "Bearer Token has expired"),
        (
            "b75590d8d5f06fef3dac3ea6d0e42db8f84cb021c754c4b87b17b6c93f048a7d",
            "[redacted]",
        ),
        (&token, "[redacted]"),
        (
            "us.openai.gpt-5.6-sol is a model — ABSK is a word",
            "us.openai.gpt-5.6-sol is a model — ABSK is a word",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(redact(text), expected);
    }
}

#[test]
fn redacted_errors_stay_json() {
    let token = "a".repeat(150);
    let digits = "1".repeat(150);
    let body = format!(
        r#"{{"n":{digits},"{token}":"\n{token}\\","q":"\"{token}\"","message":"\u00e9\\\"ABSK0123456789abcdef\""}}"#
    );
    let answer = ErrorResponse {
        status: 400,
        body: body.as_bytes(),
        ..ErrorResponse::default()
    };
    let failure = from_answer(&answer);
    assert_eq!(failure.message, "400 é\\\"[redacted]\"");
    let error = failure.error;
    assert!(
        !error.contains(&token) && error.contains(&digits),
        "{error}"
    );
    let error: serde_json::Map<String, Value> =
        serde_json::from_str(&error.replace(&digits, "1")).unwrap();
    assert_eq!(error["[redacted]"], "\n[redacted]\\");
    assert_eq!(error["q"], "\"[redacted]\"");
    assert_eq!(error["message"], "é\\\"[redacted]\"");
}

#[test]
fn long_messages_are_cut_at_a_character() {
    let body = json!({ "message": "é".repeat(5_000) }).to_string();
    let answer = ErrorResponse {
        status: 400,
        body: body.as_bytes(),
        ..ErrorResponse::default()
    };
    let message = from_answer(&answer).message;
    assert_eq!(message.chars().count(), "400 ".len() + LONGEST_MESSAGE + 1);
    assert!(message.ends_with("é…"));
}

#[test]
fn time_is_linear() {
    // Linear takes 3 s on a busy machine, quadratic takes hours.
    let slow = std::time::Duration::from_secs(60);
    let start = std::time::Instant::now();
    for unit in [
        "<title",
        "invalid type: string ",
        "\\\"",
        "Signature=",
        "{\"error\":",
        "é",
    ] {
        let text = unit.repeat(LONGEST_BODY / 4 / unit.len());
        let message = json!({ "message": text }).to_string();
        for body in [text.as_bytes(), message.as_bytes()] {
            let answer = ErrorResponse {
                status: 500,
                body,
                ..ErrorResponse::default()
            };
            assert_eq!(from_answer(&answer).class, ErrorClass::InternalServerError);
        }
    }
    assert!(start.elapsed() < slow, "{:?}", start.elapsed());
}

/// Bytes that look like errors often enough.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let pieces = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\",
        "null",
        "1",
        "\"error\":",
        "\"message\":",
        "\"__type\":",
        "\"code\":",
        "\"detail\":",
        "\"choices\":",
        "{\"error\":{\"message\":\"",
        "\"}}",
        "<html>",
        "<title",
        ">",
        "</title",
        "ABSK0123456789abcdef",
        "\\u00e9",
        "\\ud800",
        "invalid type: string \"",
        "\", expected",
        "'input': {",
        "The Canonical String for this request",
        "é",
        "\u{0}",
        "Signature=",
        "Bearer ",
        "expired",
        " ",
    ]);
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..400),
        proptest::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat().into()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_body_is_an_error(
        status in any::<u16>(),
        body in bodies(),
        content_type in ".{0,40}",
        error_type in proptest::option::of(".{0,40}"),
        stream in any::<bool>(),
    ) {
        let answer = ErrorResponse {
            status,
            content_type: &content_type,
            error_type: error_type.as_deref().unwrap_or_default(),
            body: &body,
            context: Context { guardrail: true, model_hint: Some("hint") },
        };
        let failures = [
            Some(from_answer(&answer)),
            misplaced_answer(&answer, stream),
            Some(from_stream_event(&body, answer.context)),
        ];
        for failure in failures.into_iter().flatten() {
            prop_assert!(failure.message.chars().count() < LONGEST_MESSAGE + 200);
            prop_assert!(!failure.message.chars().any(char::is_control));
            prop_assert!(!failure.message.contains("ABSK0123456789abcdef"));
            let error = failure.error;
            if !error.is_empty() {
                prop_assert!(bedrock_chat_core::json::Value::parse_str(&error).is_ok(), "{}", error);
            }
        }
    }
}

#[test]
fn a_secret_has_expired_where_the_status_may_mean_that() {
    let body = br#"{"error":{"message":"The token has expired"}}"#;
    let answer = |status| ErrorResponse {
        status,
        content_type: "application/json",
        body,
        ..ErrorResponse::default()
    };
    for (status, expected) in [
        (399, true),
        (400, false),
        (401, true),
        (402, false),
        (403, true),
        (404, false),
        (500, false),
    ] {
        let error = from_answer(&answer(status));
        assert_eq!(error.expired_credentials, expected, "{status}");
    }
    // Where no status tells, the words do.
    assert!(from_stream_event(body, Context::default()).expired_credentials);
    let late = br#"{"error":{"message":"The offer has expired"}}"#;
    assert!(!from_stream_event(late, Context::default()).expired_credentials);
}
