//! Bodies of errors that echo what they were sent: what is shown is JSON, bounded, and has neither
//! the secret nor the prompt.
#![no_main]

use bedrock_chat_core::error::{
    Context, ErrorResponse, Facts, Redactor, Report, from_answer, from_stream_event,
    misplaced_answer,
};
use bedrock_chat_core::json::Value;
use libfuzzer_sys::fuzz_target;

/// Of no known look.
const SECRET: &str = "gw_9f8E7d6c5B4a3z2Y1x0WvU";
const PROMPT: &str = "Only Jo and the gardener know this";
const TYPES: [&str; 4] = ["", "application/json", "text/html", "text/event-stream"];

fuzz_target!(|input: &[u8]| {
    let [choice, input @ ..] = input else {
        return;
    };
    // Bytes that no UTF-8 has stand for what is echoed.
    let mut body = Vec::new();
    for byte in input {
        match byte {
            0xFF => body.extend_from_slice(SECRET.as_bytes()),
            0xFE => body.extend_from_slice(PROMPT.as_bytes()),
            byte => body.push(*byte),
        }
    }
    let text = String::from_utf8_lossy(&body).into_owned();
    let line = text.split('\n').next().unwrap_or_default();
    let choice = usize::from(*choice);
    let answer = ErrorResponse {
        status: [400, 401, 403, 404, 429, 500, 200, 302][choice % 8],
        content_type: if choice & 64 == 0 {
            TYPES[choice / 8 % 4]
        } else {
            line
        },
        error_type: if choice & 32 != 0 { line } else { "" },
        body: &body,
        context: Context {
            model_hint: None,
            guardrail: choice & 128 != 0,
        },
    };
    let redactor = Redactor {
        secret: "",
        sent: &format!("https://x.test/v1\nauthorization\nBearer {SECRET}"),
        request: &format!(r#"{{"messages":[{{"role":"user","content":"{PROMPT}"}}]}}"#),
    };
    let facts = Facts {
        retryable: false,
        attempts: 1,
        status: answer.status,
    };
    let misplaced = [false, true].map(|stream| misplaced_answer(&answer, stream));
    let errors = [
        from_answer(&answer),
        from_stream_event(&body, answer.context),
    ];
    for error in errors.iter().chain(misplaced.iter().flatten()) {
        let mut report = Report::default();
        report.of_service(error, facts, &redactor);
        let json = report.json();
        assert!(Value::parse_str(json).is_ok(), "{json}");
        assert!(!json.contains(SECRET), "{json}");
        assert!(!json.contains(PROMPT), "{json}");
        assert!(json.len() <= 8 * body.len() + 40_000, "{}", json.len());
    }
});
