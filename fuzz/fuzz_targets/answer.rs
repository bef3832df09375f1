//! Answers that are no stream: completions, errors of any shape; dates and queries.
#![no_main]

use bedrock_chat_core::decoder::Reasoning;
use bedrock_chat_core::error::{
    Context, ErrorResponse, LONGEST_MESSAGE, ServiceError, from_answer, from_stream_event,
    misplaced_answer,
};
use bedrock_chat_core::json::{Kind, Value};
use bedrock_chat_core::response::completion;
use bedrock_chat_core::sigv4::canonical_query;
use bedrock_chat_core::time::Timestamp;
use libfuzzer_sys::fuzz_target;

const STATUSES: [u16; 8] = [200, 302, 400, 401, 403, 404, 429, 500];
const TYPES: [&str; 4] = [
    "",
    "application/json",
    "text/html; charset=utf-8",
    "text/event-stream",
];

fn check_failure(failure: &ServiceError) {
    // A status before it, and a few words of ours.
    assert!(failure.message.chars().count() < LONGEST_MESSAGE + 500);
    assert!(
        !failure
            .message
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
    );
    let error = &failure.error;
    if !error.is_empty() {
        assert!(Value::parse(error.as_bytes()).is_ok(), "{error}");
    }
}

fn check_query(text: &str) {
    let once = canonical_query(text);
    assert_eq!(canonical_query(&once), once);
}

fn check_date(text: &str) {
    for time in [
        Timestamp::parse_http_date(text),
        Timestamp::parse_amz_date(text),
    ] {
        if let Some(time) = time {
            let written = time.to_amz_date();
            assert_eq!(Timestamp::parse_amz_date(&written), Some(time));
        }
    }
}

fuzz_target!(|input: &[u8]| {
    let [choice, body @ ..] = input else {
        return;
    };
    let choice = usize::from(*choice);
    let answer = ErrorResponse {
        status: STATUSES[choice % 8],
        content_type: TYPES[choice / 8 % 4],
        error_type: if choice & 32 != 0 { "ValidationException:http://internal/" } else { "" },
        body,
        context: Context {
            model_hint: (choice & 64 != 0).then_some("hint"),
            guardrail: choice & 128 != 0,
        },
    };
    let raw = completion(body, Reasoning::Raw, choice & 1 != 0);
    let parsed = completion(body, Reasoning::Parsed, choice & 1 != 0);
    assert_eq!(raw.is_some(), parsed.is_some());
    for text in raw.iter().chain(&parsed) {
        let value = Value::parse_str(text).expect("a completion is JSON");
        let choices = value.get("choices").expect("it has choices");
        assert_eq!(choices.kind(), Kind::Array);
    }
    let misplaced = misplaced_answer(&answer, false);
    assert_eq!(misplaced.is_none(), raw.is_some());
    check_failure(&from_answer(&answer));
    check_failure(&from_stream_event(body, answer.context));
    misplaced.as_ref().map(check_failure);
    misplaced_answer(&answer, true).as_ref().map(check_failure);
    if let Ok(text) = std::str::from_utf8(body) {
        check_query(text);
        check_date(text);
    }
});
