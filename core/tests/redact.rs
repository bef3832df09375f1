//! What a server may say back, and what of it is shown: no secret of the call and no prompt,
//! wherever they stand and however they are written.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "helpers of tests"
)]

use bedrock_chat_core::error::{
    ErrorClass, ErrorResponse, Facts, Redactor, Report, ServiceError, from_answer,
    from_stream_event, misplaced_answer,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Of no known look: only who knows them can hide them.
const KEY: &str = "gw/9f8E7d+6c5B4a_3z2Y1x-0WvU.tSr";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SESSION_TOKEN: &str = "FwoGZXIvYXdzEBYaDHh+Kx/9JqCq3Zt0ESK5AbcDEfGhIjKlMnOp";
const PROMPT: &str = "Dear Dr. Müller,\nmy \"number\" is 42\\7, call me back at 8%!";

fn base64(bytes: &[u8], alphabet_end: [u8; 2]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        let group = group << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            let digit = (group >> (18 - 6 * at)) as u8 & 63;
            out.push(char::from(match digit {
                0..26 => b'A' + digit,
                26..52 => b'a' + digit - 26,
                52..62 => b'0' + digit - 52,
                end => alphabet_end[usize::from(end - 62)],
            }));
        }
    }
    out
}

fn percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn json_body(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As servers escape that want ASCII.
fn ascii(text: &str) -> String {
    let mut out = String::new();
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("\\u{unit:04x}")),
        }
    }
    out
}

/// Each character in such a way.
fn each(text: &str, write: impl Fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

fn html(text: &str) -> String {
    each(text, |char| match char {
        '<' => "&lt;".into(),
        '&' => "&amp;".into(),
        '"' => "&quot;".into(),
        '/' | '=' | '\'' => format!("&#{};", u32::from(char)),
        '+' | '%' | '\n' => format!("&#x{:x};", u32::from(char)),
        char => char.into(),
    })
}

/// The text as servers and proxies write it.
fn disguises(text: &str) -> Vec<String> {
    vec![
        text.to_owned(),
        text.to_uppercase(),
        text.to_lowercase(),
        percent(text),
        percent(&percent(text)),
        text.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        text.bytes().map(|byte| format!("%25{byte:02X}")).collect(),
        json_body(text),
        json_body(&json_body(text)),
        ascii(text),
        text.encode_utf16()
            .map(|unit| format!("\\u{unit:04X}"))
            .collect(),
        text.encode_utf16()
            .map(|unit| format!("\\\\u{unit:04x}"))
            .collect(),
        text.replace('/', "\\/"),
        html(text),
        html(&html(text)),
        each(text, |char| format!("&#{};", u32::from(char))),
        each(text, |char| format!("&#x{:X};", u32::from(char))),
        text.chars().map(|char| format!("{char}\n  ")).collect(),
    ]
}

fn disguises_of_secret(secret: &str) -> Vec<String> {
    let mut all = disguises(secret);
    for before in ["", "u", "u:", "me:", "Bearer "] {
        let text = [before, secret, "\n"].concat();
        let encoded = base64(text.as_bytes(), *b"+/");
        all.extend([percent(&encoded), html(&encoded), encoded]);
        all.push(base64(text.as_bytes(), *b"-_"));
        let units = text.encode_utf16();
        let wide: Vec<u8> = units.clone().flat_map(u16::to_le_bytes).collect();
        let swapped: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
        all.extend([wide, swapped].map(|bytes| base64(&bytes, *b"+/")));
    }
    let bytes = |write: fn(u8) -> String| secret.bytes().map(write).collect::<String>();
    all.extend([
        secret.chars().rev().collect(),
        bytes(|byte| format!("{byte:02x}")),
        bytes(|byte| format!("{byte:02X}:")),
        bytes(|byte| format!("={byte:02X}")),
        bytes(|byte| format!("\\x{byte:02x}")),
        bytes(|byte| format!("{}\0", char::from(byte))),
    ]);
    all
}

/// Letters and digits in lower case.
fn letters(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters.collect::<String>().to_lowercase()
}

/// What was sent with this key.
fn sent(key: &str) -> String {
    ["https://host/chat\nauthorization\nBearer ", key].concat()
}

/// A text as it is shown.
fn shown(redactor: Redactor<'_>, text: &str) -> String {
    let json = redactor.json(&Value::from(text).to_string());
    serde_json::from_str(&json).expect("a string")
}

/// A request with this text.
fn request(prompt: &str) -> String {
    json!({ "model": "m", "messages": [{ "role": "user", "content": prompt }] }).to_string()
}

/// What is thrown.
fn report(failure: &ServiceError, redactor: Redactor<'_>) -> String {
    let mut report = Report::default();
    report.of_service(failure, Facts::default(), &redactor);
    report.take()
}

fn error(status: u16, body: &str) -> ServiceError {
    from_answer(&ErrorResponse {
        status,
        body: body.as_bytes(),
        ..ErrorResponse::default()
    })
}

/// Whether a piece of `secret` of so many characters stands in the text.
fn has_piece(text: &str, secret: &str, length: usize) -> bool {
    let secret: Vec<char> = secret.chars().collect();
    secret
        .windows(length)
        .any(|piece| text.contains(&piece.iter().collect::<String>()))
}

#[test]
fn secrets_are_hidden_in_every_disguise() {
    for secret in [KEY, SECRET_ACCESS_KEY, SESSION_TOKEN] {
        let sent = sent(secret);
        let redactor = Redactor {
            secret: "other-secret-0000",
            sent: &sent,
            ..Redactor::default()
        };
        for disguise in disguises_of_secret(secret) {
            for text in [
                disguise.clone(),
                format!("x{disguise}y"),
                format!("key=\"{disguise}\" is bad"),
            ] {
                let shown = shown(redactor, &text);
                let json = redactor.json(&json!({ &text: [&text, 1] }).to_string());
                for shown in [&shown, &json] {
                    // 10 of base64 are `Bearer `, and an escape may have 7.
                    let length = 12.min(disguise.chars().count());
                    assert!(!has_piece(shown, &disguise, length), "{disguise}: {shown}");
                    assert!(shown.contains("[redacted]"), "{disguise}: {shown}");
                }
                assert!(serde_json::from_str::<Value>(&json).is_ok(), "{json}");
            }
        }
    }
}

#[test]
fn pieces_of_secrets_are_hidden() {
    let redactor = Redactor {
        secret: SECRET_ACCESS_KEY,
        ..Redactor::default()
    };
    let table = [
        ("key wJalrXUt…", "key [redacted]…"),
        ("key WJALRXUTNFEMI", "key [redacted]"),
        ("key …LEKEY", "key …LEKEY"),
        ("ends in AMPLEKEY.", "ends in [redacted]."),
        ("wJalrX", "[redacted]"),
        ("wJalr", "wJalr"),
        ("(nFEMI/K7MDENG)", "([redacted])"),
        (
            "nFEMI%2fK7MD and nFEMI%252FK7MD",
            "[redacted] and [redacted]",
        ),
        ("wJalrXUtnFEMI/\n K7MDENG+b", "[redacted]"),
        // Twice, and next to each other.
        ("wJalrXUtwJalrXUt PxRfiCYE", "[redacted] [redacted]"),
        ("Nothing of it: wJaXUtnF", "Nothing of it: wJaXUtnF"),
        ("%", "%"),
        ("100%25 of \\ and \\u12", "100%25 of \\ and \\u12"),
        ("😀wJalrXUt😀é", "😀[redacted]😀é"),
        ("wJal\\\"rXUt", "[redacted]"),
        ("no wJalrXUtnFEMI", "no [redacted]"),
    ];
    for (text, expected) in table {
        assert_eq!(shown(redactor, text), expected);
    }
}

#[test]
fn what_a_caller_sends_is_hidden() {
    let redactor = Redactor {
        secret: "",
        sent: "https://gateway.example/v1/chat/completions?api-version=2024-10-21&key=Qu3ryS3cr3t&\
            sig=abc%2Fdef%2Fghi%2F1\n\
            content-type\napplication/json\n\
            x-amz-date\n20260102T030405Z\n\
            x-amzn-bedrock-guardrailidentifier\ngr-0123456789\n\
            x-client-request-id\n00000000-0000-4000-8000-00000000000a\n\
            ocp-apim-subscription-key\nabcdefghijkl\n\
            x-team\nalpha-team-of-the-house\n\
            cookie\nsession=s3ss10n-0f-m1ne; theme=dark\n\
            x-gate\nm7n8o9p0q1r2\n\
            proxy-authorization\nBasic dXNlcjpwYXNzd29yZC0x\n\
            authorization\nAWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, \
            SignedHeaders=host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        request: "",
    };
    let table = [
        ("key Qu3ryS3cr3t", "key [redacted]"),
        ("abc/def/ghi/1", "[redacted]"),
        ("no api-version like that", "no api-version like that"),
        ("no application/json", "no application/json"),
        ("expired: 20260102T030405Z", "expired: 20260102T030405Z"),
        ("no guardrail gr-0123456789", "no guardrail gr-0123456789"),
        (
            "00000000-0000-4000-8000-00000000000a",
            "00000000-0000-4000-8000-00000000000a",
        ),
        ("ABCDEFGH was a key", "[redacted] was a key"),
        ("alpha-team-of-the-house", "[redacted]"),
        ("s3ss10n-0f-m1ne", "[redacted]"),
        ("…o9p0q1r2", "…[redacted]"),
        ("dXNlcjpwYXNzd29yZC0x", "[redacted]"),
        ("ends in 24a6f2b5d7", "ends in [redacted]"),
        (
            "us-east-1/bedrock/aws4_request, host;x-amz-date",
            "us-east-1/bedrock/aws4_request, host;x-amz-date",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(shown(redactor, text), expected);
    }
}

#[test]
fn prompts_of_any_script_are_hidden() {
    let request = request("日本語でお願いします。ひみつです");
    let redactor = Redactor {
        request: &request,
        ..Redactor::default()
    };
    let table = [
        ("for '日本語でお願いします。ひみつです'", "for '[redacted]'"),
        (
            r"for '\u65e5\u672c\u8a9e\u3067\u304a\u9858\u3044\u3057\u307e\u3059\u3002\u3072\u307f\u3064'",
            "for '[redacted]'",
        ),
        ("&#x65e5;&#x672c; or 日本語", "&#x65e5;&#x672c; or 日本語"),
    ];
    for (text, expected) in table {
        assert_eq!(shown(redactor, text), expected);
    }
}

#[test]
fn names_of_members_stay() {
    let request = request("retryable awsErrorType");
    let redactor = Redactor {
        secret: "my-retryable-key",
        sent: "",
        request: &request,
    };
    let failure = error(400, r#"{"code":"retryable-code","my-retryable-key":1}"#);
    let report = report(&failure, redactor);
    let expected = json!([
        ErrorClass::BadRequestError as u32,
        "400 [redacted]-code",
        {
            "code": "[redacted]-code",
            "error": { "code": "[redacted]-code", "[redacted]": 1 },
            "attempts": 0,
            "retryable": false,
        },
    ]);
    assert_eq!(serde_json::from_str::<Value>(&report).unwrap(), expected);
}

#[test]
fn what_is_public_in_a_secret_is_shown() {
    let short_term = "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3Rpb249";
    let said = "Signature expired: host bedrock-runtime.us-east-1.amazonaws.com wants \
        AWS4-HMAC-SHA256 with bedrock-api-key, bedrock/aws4_request and x-amz-date";
    let sent = sent(short_term);
    let redactor = Redactor {
        sent: &sent,
        ..Redactor::default()
    };
    assert_eq!(shown(redactor, said), said);
    assert_eq!(
        shown(redactor, &short_term[short_term.len() - 12..]),
        "[redacted]"
    );
}

#[test]
fn no_field_of_an_error_has_a_secret() {
    let request = request(PROMPT);
    let sent = sent(KEY);
    let redactor = Redactor {
        secret: "",
        sent: &sent,
        request: &request,
    };
    let all = disguises_of_secret(KEY)
        .into_iter()
        .chain(disguises(PROMPT));
    for value in all {
        let bodies = [
            json!({ "error": { "message": value, "code": value, "type": value, "param": value } }),
            json!({ "__type": value, &value: value }),
            json!({ "message": { "reasons": [value] } }),
            json!({ "detail": [{ "msg": "no", "input": value, "loc": [value] }] }),
            json!(value),
        ];
        let texts = [
            value.clone(),
            format!("<html><title>{value}</title>"),
            format!("<html><body>{value}"),
        ];
        let bodies = bodies.iter().map(Value::to_string).chain(texts);
        for body in bodies {
            let answer = ErrorResponse {
                status: 400,
                content_type: &value,
                error_type: &value,
                body: body.as_bytes(),
                ..ErrorResponse::default()
            };
            let failures = [
                Some(from_answer(&answer)),
                misplaced_answer(&answer, true),
                misplaced_answer(&answer, false),
                Some(from_stream_event(body.as_bytes(), answer.context)),
            ];
            for failure in failures.into_iter().flatten() {
                let report = report(&failure, redactor);
                let shown: Value = serde_json::from_str(&report).expect("JSON");
                for text in [
                    report,
                    shown[1].to_string(),
                    shown[1].as_str().unwrap().into(),
                ] {
                    // Few characters, however long they are.
                    let length = 17.max(value.chars().count() / 3);
                    assert!(
                        !has_piece(&text, &value, length),
                        "{value} in {body}: {text}"
                    );
                }
            }
        }
    }
}

#[test]
fn prompts_are_hidden() {
    let request = json!({ "messages": [PROMPT, "Short one"] }).to_string();
    let redactor = Redactor {
        secret: "",
        sent: "",
        request: &request,
    };
    let table = [
        (
            "Bad text 'Dear Dr. Müller,\nmy \"number\" is 42' (str)",
            "Bad text '[redacted]' (str)",
        ),
        (
            r#"Bad text 'Dear Dr. M\u00fcller,\n\tmy \"number\" is 42'"#,
            "Bad text '[redacted]'",
        ),
        (
            r#"value \"Dear Dr. M\\u00fcller,\\nmy \\\"number\\\" is\""#,
            r#"value \"[redacted]\""#,
        ),
        ("dear dr. müller, my \"number\" is 43", "[redacted]3"),
        // Less than 13 letters.
        (
            "'Dear Dr. Müller' is no number",
            "'Dear Dr. Müller' is no number",
        ),
        ("Short one is short", "Short one is short"),
    ];
    for (text, expected) in table {
        assert_eq!(shown(redactor, text), expected);
    }
}

#[test]
fn short_messages_are_hidden_as_a_whole() {
    let request = json!({
        "messages": [
            { "content": "My PIN is 4711." },
            { "content": [{ "type": "text", "text": "Jo Smith\n" }] },
            { "content": "required" },
            { "content": "a b" },
        ],
        "user": "some one",
        "stop": ["no more"],
    })
    .to_string();
    let redactor = Redactor {
        secret: "",
        sent: "",
        request: &request,
    };
    for (text, expected) in [
        ("Bad value 'My PIN is 4711.'", "Bad value '[redacted].'"),
        ("input: my%20pin%20is%204711", "input: [redacted]"),
        (r#"text \"Jo Smith\n\""#, r#"text \"[redacted]\n\""#),
        // In part, of one word or of few letters: as errors may have them.
        ("My PIN is required, a b", "My PIN is required, a b"),
        ("some one said no more", "some one said no more"),
    ] {
        assert_eq!(shown(redactor, text), expected);
    }
}

#[test]
fn passwords_within_what_is_sent_are_hidden() {
    for (password, value) in [
        ("Tr0ub4dor-horse", base64(b"me:Tr0ub4dor-horse", *b"+/")),
        ("pass>>word??~1~", base64(b"an:pass>>word??~1~", *b"-_")),
    ] {
        let key = base64(["BedrockAPIKey-1:", password].concat().as_bytes(), *b"+/");
        for value in [["Basic ", &value].concat(), ["Bearer ABSK", &key].concat()] {
            let sent = ["https://host/chat\nauthorization\n", &value].concat();
            let redactor = Redactor {
                secret: "",
                sent: &sent,
                request: "",
            };
            for said in disguises_of_secret(password) {
                let shown = shown(redactor, &["No '", &said, "'"].concat());
                assert!(shown.contains("[redacted]"), "{said}: {shown}");
                assert!(
                    !has_piece(&letters(&shown), &letters(password), 6),
                    "{shown}"
                );
            }
            assert_eq!(shown(redactor, "BedrockAPIKey"), "BedrockAPIKey");
        }
    }
}

#[test]
fn what_pydantic_quotes_is_hidden() {
    let body = json!({ "detail": [{
        "type": "string_type",
        "loc": ["body", "messages", 0, "content"],
        "msg": "Input should be a valid string",
        "input": { "role": "user", "content": ["Hi"] },
        "ctx": { "error": "Hi" },
        "url": "https://errors.pydantic.dev/",
    }, { "input_value": "Hi", "input": 17, "msg": "input" }] });
    let failure = error(422, &body.to_string());
    assert_eq!(failure.message, "422 Input should be a valid string");
    let shown: Value = serde_json::from_str(&failure.error).unwrap();
    let expected = json!({ "detail": [{
        "type": "string_type",
        "loc": ["body", "messages", 0, "content"],
        "msg": "Input should be a valid string",
        "input": "[redacted]",
        "ctx": "[redacted]",
        "url": "https://errors.pydantic.dev/",
    }, { "input_value": "[redacted]", "input": "[redacted]", "msg": "input" }] });
    assert_eq!(shown, expected);
    // Blanks, escapes, and bodies that have no message.
    let table = [
        (
            r#"{"inp\u0075t" : [1,{"a":"}"}] ,"b":2}"#,
            r#"{"inp\u0075t":"[redacted]","b":2}"#,
        ),
        (r#"["input","b"]"#, r#"["input","b"]"#),
        (
            r#"{"error":{"x":{"input":"Hi"}}}"#,
            r#"{"x":{"input":"[redacted]"}}"#,
        ),
    ];
    for (body, expected) in table {
        let failure = error(400, body);
        assert_eq!(failure.error, expected);
        assert!(!failure.message.contains("Hi"), "{}", failure.message);
    }
}

#[test]
fn a_prompt_does_not_change_what_an_error_means() {
    // Somebody asks about the very errors that come.
    let request = request(
        "What do ThrottlingException and context_length_exceeded mean? And 'Signature \
        expired: 20260102T030405Z is now earlier than'? 'Check the secret access key and the \
        region'? 'on-demand throughput isn’t supported'? Does it need an inference profile?",
    );
    let redactor = Redactor {
        secret: "",
        sent: "",
        request: &request,
    };
    for (status, body) in [
        (
            400,
            r#"{"__type":"ThrottlingException","message":"Slow down"}"#,
        ),
        (
            400,
            r#"{"error":{"code":"context_length_exceeded","message":"Too long"}}"#,
        ),
        (
            403,
            r#"{"message":"Signature expired: 20260102T030405Z is now earlier than 2"}"#,
        ),
        (
            403,
            r#"{"message":"signature we calculated does not match"}"#,
        ),
        (
            400,
            r#"{"message":"Model m with on-demand throughput isn’t supported"}"#,
        ),
    ] {
        let failure = error(status, body);
        let fields = |redactor| {
            let report = report(&failure, redactor);
            let mut report: Value = serde_json::from_str(&report).unwrap();
            report[2]["error"].take();
            report[1].take();
            report
        };
        assert_eq!(fields(redactor), fields(Redactor::default()), "{body}");
        assert_eq!(failure.class, ErrorClass::of_status(status));
    }
}

#[test]
fn what_is_no_text_of_a_request() {
    let request = json!({
        "model": "a model with a long name",
        "messages": [
            { "role": "system of a long name", "name": "a name that is rather long",
              "content": [{ "type": "text of a long name", "text": "What is in this picture?" }] },
            { "role": "tool", "tool_call_id": "call_0123456789abcdef" },
        ],
        "max_completion_tokens": 1,
        "user": "somebody of a long name",
    })
    .to_string();
    let redactor = Redactor {
        secret: "",
        sent: "",
        request: &request,
    };
    let said = "a model with a long name; max_completion_tokens; system of a long name; \
        a name that is rather long; text of a long name; call_0123456789abcdef";
    assert_eq!(shown(redactor, said), said);
    assert_eq!(
        shown(
            redactor,
            "'What is in this picture?' by 'somebody of a long name'"
        ),
        "'[redacted]?' by '[redacted]'"
    );
}

#[test]
fn a_redactor_is_silent() {
    let redactor = Redactor {
        secret: KEY,
        sent: KEY,
        request: KEY,
    };
    assert!(!has_piece(&format!("{redactor:?}"), KEY, 4));
}

proptest! {
    #[test]
    fn any_secret_is_hidden(
        secret in "[A-Za-z0-9]{7}[!-~]{1,53}",
        before in ".{0,30}",
        after in ".{0,30}",
        prompt in ".{16,60}",
        at in 0_usize..100,
    ) {
        let (sent, request) = (sent(&secret), request(&prompt));
        let redactor = Redactor { secret: "", sent: &sent, request: &request };
        let disguises = disguises_of_secret(&secret);
        let disguise = &disguises[at % disguises.len()];
        let text = [&before, " <", disguise, "> <", &prompt, "> ", &after].concat();
        let json = redactor.json(&Value::from(text.as_str()).to_string());
        prop_assert!(serde_json::from_str::<Value>(&json).is_ok(), "{}", json);
        let shown = shown(redactor, &text);
        prop_assert!(!letters(&shown).contains(&letters(disguise)), "{}", shown);
        if letters(&prompt).len() > 12 {
            prop_assert!(!letters(&shown).contains(&letters(&prompt)), "{}", shown);
        }
    }

    #[test]
    fn any_text_without_them_is_left_alone(text in "[a-z \\\\\"]{0,80}") {
        let redactor = Redactor {
            secret: "0123456789",
            sent: "",
            request: r#"{"messages":["0123456789ABCDEFGH"]}"#,
        };
        prop_assert_eq!(shown(redactor, &text), text);
    }
}
