//! One call, step by step: what is sent, and what each event leads to.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod given;

use std::rc::Rc;

use bedrock_chat_core::call::{Action, Call, Event, Now, StreamProgress};
use bedrock_chat_core::client::Client;
use bedrock_chat_core::error::Report;
use bedrock_chat_core::operation::{CHAT_COMPLETIONS, MODELS};
use given::{KEY, REGION, URL, values};

type Given<'a> = &'a [(&'a str, &'a str)];

/// Later than the pause of a first retry ends.
const AFTER_ANY_PAUSE: f64 = 60_000.0;

const BODY: &str = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#;
const STREAM: &str = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true}"#;
const ANSWER: &str =
    r#"{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}]}"#;

fn client(given: &[(&str, &str)]) -> Rc<Client> {
    given::client(given, false).unwrap()
}

fn begin(client: &Rc<Client>, options: &[(&str, &str)], body: &str) -> Result<Call, String> {
    let mut report = Report::default();
    let call = Call::new(
        &CHAT_COMPLETIONS,
        client,
        &values(options),
        body.to_owned(),
        false,
        &mut report,
    );
    call.map_err(|_| report.take())
}

fn at(ms: f64) -> Now {
    Now {
        ms,
        unix_ms: 1_767_323_045_000.0 + ms,
        random: 0.0,
    }
}

fn head(status: u16, lines: [&str; 6]) -> Event {
    Event::Head {
        status,
        headers: lines.join("\n"),
    }
}

/// The URL and the header lines of what is about to be sent.
fn sent(call: &Call) -> (String, Vec<(String, String)>) {
    let lines: Vec<String> = call.output().split('\n').map(str::to_owned).collect();
    let pairs = lines[1..].chunks(2);
    let headers = pairs
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect();
    (lines[0].clone(), headers)
}

/// Steps, and the actions that they lead to.
fn walk(call: &mut Call, steps: impl IntoIterator<Item = (Event, f64, Action)>) {
    for (step, (event, ms, action)) in steps.into_iter().enumerate() {
        assert_eq!(
            call.step(event, &|| at(ms)),
            action,
            "step {step}: {}",
            call.report()
        );
    }
}

fn whole() -> Event {
    Event::Body(ANSWER.as_bytes().to_vec())
}

#[test]
fn a_call_from_its_start_to_its_answer() {
    let mut call = begin(&client(&[KEY, URL]), &[], BODY).unwrap();
    assert!(!call.is_stream());
    assert_eq!(
        (call.method(), call.attempts(), call.status()),
        ("POST", 0, 0)
    );
    walk(&mut call, [(Event::Start, 5.0, Action::Send)]);
    let (url, headers) = sent(&call);
    assert_eq!(url, "https://x.test/v1/chat/completions");
    let expected = [
        ("accept", "application/json"),
        ("content-type", "application/json"),
        ("authorization", "Bearer bedrock-api-key-x"),
    ];
    assert_eq!(
        headers,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!((call.attempts(), call.attempt_started()), (1, 5.0));
    walk(
        &mut call,
        [
            (
                head(200, ["application/json", "", "", "", "", ""]),
                6.0,
                Action::Respond,
            ),
            (Event::Wanted, 7.0, Action::ReadWhole),
        ],
    );
    assert_eq!(call.status(), 200);
    walk(&mut call, [(whole(), 8.0, Action::Done)]);
    assert!(call.output().contains("Hello"));
    assert!(call.is_over());
}

#[test]
fn the_headers_of_a_call_are_its_own_over_its_clients() {
    let client = client(&[
        KEY,
        URL,
        (
            "defaultHeaders",
            "p\u{1}X-A\u{1}1\u{1}X-B\u{1}2\u{1}accept\u{1}text/plain",
        ),
        ("defaultQuery", "p\u{1}a\u{1}1\u{1}b\u{1}2\u{1}a\u{1}3"),
    ]);
    let given = [
        (
            "headers",
            "p\u{1}x-a\u{1}9\u{1}X-b\u{1}\u{2}\u{1}X-C\u{1}3\u{1}authorization\u{1}Mine",
        ),
        ("query", "p\u{1}b\u{1}\u{2}\u{1}c\u{1}d%20e"),
    ];
    let mut call = begin(&client, &given, BODY).unwrap();
    walk(&mut call, [(Event::Start, 0.0, Action::Send)]);
    let (url, headers) = sent(&call);
    assert_eq!(url, "https://x.test/v1/chat/completions?a=1&a=3&c=d%20e");
    let expected = [
        ("content-type", "application/json"),
        ("accept", "text/plain"),
        ("x-a", "9"),
        ("x-c", "3"),
        ("authorization", "Mine"),
    ];
    assert_eq!(
        headers,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[test]
fn what_was_meant_as_a_guardrail_is_not_sent_without_one() {
    let client = client(&[KEY, REGION]);
    for name in [
        "X-Amzn-Bedrock-Guardrail-Identifier",
        "X-Amzn-Bedrock-GuardrailId",
        "x-amzn-bedrok-guardrailidentifier",
        "X-Amzn-Bedrock-GuardRailVersions",
        "amazon-bedrock-guardrailConfig",
        "Amzn-Bedrock-GuardrailIdentifer",
    ] {
        let given = format!("p\u{1}{name}\u{1}gr1");
        let of_client = given::client(&[KEY, REGION, ("defaultHeaders", &given)], false).unwrap();
        for (client, of_call) in [
            (&client, &[("headers", given.as_str())][..]),
            (&of_client, &[]),
        ] {
            let error = begin(client, of_call, BODY).unwrap_err();
            assert!(error.contains("is no header of a guardrail"), "{error}");
        }
    }
    // A gateway's own, and what else Bedrock knows.
    for name in [
        "x-gateway-guardrails",
        "x-amzn-bedrock-performanceconfig-latency",
        "x-amzn-bedrock-service-tier",
    ] {
        let given = format!("p\u{1}{name}\u{1}x");
        let given = [("headers", given.as_str())];
        assert!(begin(&client, &given, BODY).is_ok(), "{name}");
    }
    // A config switches nothing on.
    for config in [
        "{}",
        r#"{"guardrailIdentifier":"gr1"}"#,
        r#"{"tagSuffix":"x"}"#,
    ] {
        let start = BODY.strip_suffix('}').unwrap();
        let body = format!(r#"{start},"amazon-bedrock-guardrailConfig":{config}}}"#);
        let error = begin(&client, &[], &body).unwrap_err();
        assert!(
            error.contains("`guardrail.identifier` is required"),
            "{error}"
        );
    }
}

#[test]
fn values_of_one_header_are_one_line() {
    let client = client(&[
        KEY,
        REGION,
        (
            "defaultHeaders",
            "p\u{1}a\u{1}1\u{1}A\u{1}2\u{1}b\u{1}3\u{1}c\u{1}4",
        ),
    ]);
    for (of_call, expected) in [
        ("p", [Some("1, 2"), Some("3"), Some("4")]),
        // A call's take the place of the client's.
        (
            "p\u{1}a\u{1}5\u{1}a\u{1}6",
            [Some("5, 6"), Some("3"), Some("4")],
        ),
        // `null` removes what stands before.
        (
            "p\u{1}B\u{1}\u{2}\u{1}a\u{1}5\u{1}a\u{1}\u{2}",
            [None, None, Some("4")],
        ),
        (
            "p\u{1}a\u{1}5\u{1}a\u{1}\u{2}\u{1}a\u{1}6\u{1}a\u{1}7",
            [Some("6, 7"), Some("3"), Some("4")],
        ),
    ] {
        let mut call = begin(&client, &[("headers", of_call)], BODY).unwrap();
        walk(&mut call, [(Event::Start, 0.0, Action::Send)]);
        let (_, headers) = sent(&call);
        let value = |name| {
            headers
                .iter()
                .find(|(it, _)| it == name)
                .map(|(_, it)| it.as_str())
        };
        assert_eq!(["a", "b", "c"].map(value), expected, "{of_call:?}");
    }
}

#[test]
fn a_guardrail_is_sent_whoever_gives_it_and_cannot_be_removed() {
    let guardrail = [
        ("guardrail", "O"),
        ("guardrail.identifier", "sgr1"),
        ("guardrail.version", "s2"),
    ];
    let identifier = "x-amzn-bedrock-guardrailidentifier";
    let header = "p\u{1}X-Amzn-Bedrock-GuardrailIdentifier\u{1}gr1\u{1}X-Amzn-Bedrock-GuardrailVersion\u{1}2";
    let base = [KEY, REGION];
    let of_client = [&base[..], &guardrail[..]].concat();
    for (of_client, of_call) in [
        (&of_client[..], &[][..]),
        (&base[..], &guardrail[..]),
        (&base[..], &[("headers", header)][..]),
    ] {
        let mut call = begin(&client(of_client), of_call, BODY).unwrap();
        walk(&mut call, [(Event::Start, 0.0, Action::Send)]);
        let (_, headers) = sent(&call);
        let values: Vec<_> = headers
            .iter()
            .filter(|(name, _)| name == identifier)
            .collect();
        assert_eq!(
            values,
            [&(identifier.to_owned(), "gr1".to_owned())],
            "{of_call:?}"
        );
    }
    // Removed: by the option, which says so; by a header, which could be an accident.
    let mut call = begin(&client(&of_client), &[("guardrail", "z")], BODY).unwrap();
    walk(&mut call, [(Event::Start, 0.0, Action::Send)]);
    assert!(!call.output().contains(identifier));
    let removed = [(
        "headers",
        "p\u{1}X-Amzn-Bedrock-GuardrailIdentifier\u{1}\u{2}",
    )];
    let error = begin(&client(&of_client), &removed, BODY).unwrap_err();
    assert!(error.contains("cannot be removed"), "{error}");
    // mantle ignores it.
    let mantle = [&of_client[..], &[("endpoint", "smantle")]].concat();
    let error = begin(&client(&mantle), &[], BODY).unwrap_err();
    assert!(
        error.contains("bedrock-mantle ignores guardrails"),
        "{error}"
    );
    let allowed = [&guardrail[..], &[("guardrail.allowUnenforced", "t")]].concat();
    begin(&client(&mantle), &allowed, BODY).unwrap();
}

#[test]
fn requests_that_cannot_be_sent() {
    let client = client(&[KEY, REGION]);
    let rows: [(Given<'_>, &str, &str); 7] = [
        (
            &[],
            r#"{"model":"m","messages":[]}"#,
            "must hold at least one message",
        ),
        (&[], "[]", "must be an object"),
        (&[], "", "The request cannot be read"),
        (
            &[("headers", "p\u{1}a\u{1}\r")],
            BODY,
            r#""path":"headers""#,
        ),
        (
            &[("reasoningFormat", "sx")],
            BODY,
            r#""path":"reasoningFormat""#,
        ),
        (
            &[],
            r#"{"model":"m","messages":[],"amazon-bedrock-guardrailConfig":[]}"#,
            "must be an object",
        ),
        (
            &[],
            r#"{"model":"m","messages":[],"amazon-bedrock-guardrailConfig":{"tagSuffix":1}}"#,
            "amazon-bedrock-guardrailConfig.tagSuffix",
        ),
    ];
    for (options, body, part) in rows {
        let error = begin(&client, options, body).unwrap_err();
        assert!(error.contains(part), "{body}: {error}");
    }
}

#[test]
fn an_attempt_has_its_time_and_the_call_has_the_whole() {
    let options = [
        ("timeout.connect", "n100"),
        ("timeout.firstToken", "n50"),
        ("timeout.total", "n250"),
    ];
    let mut call = begin(&client(&[KEY, URL]), &options, BODY).unwrap();
    walk(&mut call, [(Event::Start, 10.0, Action::Send)]);
    assert_eq!(call.deadline(), 110.0);
    walk(&mut call, [(Event::TimeUp, 110.0, Action::Sleep)]);
    assert!(
        call.report().contains("Request timed out."),
        "{}",
        call.report()
    );
    let until = call.deadline();
    assert_eq!(until, 110.0 + f64::from(call.delay_ms()));
    // A limit that comes before the answer ends it; total comes before the attempt's own.
    walk(&mut call, [(Event::TimeUp, 170.0, Action::Send)]);
    assert_eq!((call.attempts(), call.deadline()), (2, 260.0));
    walk(&mut call, [(Event::TimeUp, 260.0, Action::Fail)]);
    assert!(
        call.report().contains(r#""timeout":"total""#),
        "{}",
        call.report()
    );
    assert_eq!(call.deadline(), f64::INFINITY);
}

#[test]
fn without_a_stream_the_headers_may_take_as_long_as_a_first_token() {
    let options = [
        ("timeout.connect", "n100"),
        ("timeout.firstToken", "n400"),
        ("timeout.idle", "n70"),
    ];
    let mut call = begin(&client(&[KEY, URL]), &options, BODY).unwrap();
    walk(&mut call, [(Event::Start, 0.0, Action::Send)]);
    assert_eq!(call.deadline(), 400.0);
    walk(&mut call, [(head(200, [""; 6]), 10.0, Action::Respond)]);
    assert_eq!(call.deadline(), f64::INFINITY);
    walk(&mut call, [(Event::Wanted, 30.0, Action::ReadWhole)]);
    assert_eq!(call.deadline(), 100.0);
    let mut call = begin(&client(&[KEY, URL]), &options, STREAM).unwrap();
    walk(&mut call, [(Event::Start, 0.0, Action::Send)]);
    assert_eq!(call.deadline(), 100.0);
}

#[test]
fn what_is_retried_and_how_often() {
    let rows: [(Event, Given<'_>, u32); 8] = [
        (Event::Broken, &[], 3),
        (Event::Broken, &[("maxRetries", "n0")], 1),
        (Event::Broken, &[("maxRetries", "n5")], 6),
        (head(429, [""; 6]), &[], 3),
        (head(503, [""; 6]), &[], 3),
        (head(400, [""; 6]), &[], 1),
        (head(400, ["", "", "", "", "true", ""]), &[], 3),
        (head(503, ["", "", "", "", "false", ""]), &[], 1),
    ];
    for (event, options, attempts) in rows {
        let mut call = begin(&client(&[KEY, URL]), options, BODY).unwrap();
        let mut ms = 0.0;
        let mut action = call.step(Event::Start, &|| at(ms));
        loop {
            ms += 1.0;
            action = match action {
                Action::Send => call.step(event.clone(), &|| at(ms)),
                Action::ReadStart => call.step(Event::Body(Vec::new()), &|| at(ms)),
                Action::Sleep => {
                    ms = call.deadline();
                    call.step(Event::TimeUp, &|| at(ms))
                }
                _ => break,
            };
        }
        assert_eq!(
            (action, call.attempts()),
            (Action::Fail, attempts),
            "{event:?} {options:?}"
        );
        assert!(
            call.report().contains(&format!(r#""attempts":{attempts}"#)),
            "{}",
            call.report()
        );
    }
}

#[test]
fn the_server_says_when() {
    let rows = [
        (["", "", "1500", "", "", ""], 1_500),
        (["", "", "", "3", "", ""], 3_000),
        (["", "", "250", "9", "", ""], 250),
    ];
    for (lines, delay) in rows {
        let mut call = begin(&client(&[KEY, URL]), &[], BODY).unwrap();
        walk(
            &mut call,
            [
                (Event::Start, 0.0, Action::Send),
                (head(429, lines), 0.0, Action::ReadStart),
                (Event::Body(Vec::new()), 0.0, Action::Sleep),
            ],
        );
        assert_eq!(call.delay_ms(), delay, "{lines:?}");
    }
}

#[test]
fn a_key_is_asked_for_at_every_attempt() {
    let mut call = begin(&client(&[("apiKey", "F"), URL]), &[], BODY).unwrap();
    for key in ["one", "two"] {
        let event = if key == "one" {
            Event::Start
        } else {
            Event::TimeUp
        };
        walk(
            &mut call,
            [
                (event, 0.0, Action::Ask),
                (
                    Event::Secret(given::text(&[("apiKey", &format!("s{key}"))])),
                    0.0,
                    Action::Send,
                ),
            ],
        );
        assert!(
            call.output()
                .contains(&format!("\nauthorization\nBearer {key}"))
        );
        walk(&mut call, [(Event::Broken, 0.0, Action::Sleep)]);
    }
}

#[test]
fn what_a_provider_gives_is_kept_until_a_minute_before_it_ends() {
    let client = client(&[("apiKey", "F"), URL]);
    // `at(0)` and an hour.
    let secret = [
        ("apiKey", "O"),
        ("token", "skey"),
        ("expiration", "d1767326645000"),
    ];
    let mut first = begin(&client, &[], BODY).unwrap();
    walk(
        &mut first,
        [
            (Event::Start, 0.0, Action::Ask),
            (Event::Secret(given::text(&secret)), 0.0, Action::Send),
        ],
    );
    for (ms, action) in [(3_540_000.0, Action::Send), (3_540_001.0, Action::Ask)] {
        let mut call = begin(&client, &[], BODY).unwrap();
        assert_eq!(call.step(Event::Start, &|| at(ms)), action, "{ms}");
    }
}

#[test]
fn calls_at_one_time_share_a_question_and_outlive_who_put_it() {
    let client = client(&[("apiKey", "F"), URL]);
    let mut calls: Vec<Call> = (0..3).map(|_| begin(&client, &[], BODY).unwrap()).collect();
    assert_eq!(calls[0].step(Event::Start, &|| at(0.0)), Action::Ask);
    assert_eq!(calls[1].step(Event::Start, &|| at(0.0)), Action::Join);
    // Who asked is gone: the next one asks anew.
    assert_eq!(calls[0].step(Event::Aborted, &|| at(0.0)), Action::Fail);
    assert_eq!(calls[2].step(Event::Start, &|| at(0.0)), Action::Ask);
    let mut late = begin(&client, &[], BODY).unwrap();
    assert_eq!(late.step(Event::Start, &|| at(0.0)), Action::Join);
    // What was thrown is the caller's to throw.
    assert_eq!(calls[2].step(Event::Thrown, &|| at(0.0)), Action::Rethrow);
    assert!(calls[2].is_over());
}

#[test]
fn an_answer_is_for_all_who_wait_for_it_though_who_asked_is_gone() {
    for asker_leaves in [false, true] {
        let client = client(&[("apiKey", "F"), URL]);
        let mut calls: Vec<Call> = (0..3).map(|_| begin(&client, &[], BODY).unwrap()).collect();
        let first = [Action::Ask, Action::Join, Action::Join];
        for (call, action) in calls.iter_mut().zip(first) {
            assert_eq!(call.step(Event::Start, &|| at(0.0)), action);
        }
        if asker_leaves {
            assert_eq!(calls[0].step(Event::Aborted, &|| at(0.0)), Action::Fail);
        }
        for call in &mut calls[usize::from(asker_leaves)..] {
            let secret = Event::Secret(given::text(&[("apiKey", "sone")]));
            assert_eq!(
                call.step(secret, &|| at(0.0)),
                Action::Send,
                "{asker_leaves}"
            );
            assert!(call.output().contains("\nauthorization\nBearer one"));
        }
    }
}

#[test]
fn a_provider_that_gives_nothing_ends_the_call() {
    for text in [
        "",
        &given::text(&[("apiKey", "n1")]),
        &given::text(&[("apiKey", "s")]),
    ] {
        let mut call = begin(&client(&[("apiKey", "F"), URL]), &[], BODY).unwrap();
        walk(
            &mut call,
            [
                (Event::Start, 0.0, Action::Ask),
                (Event::Secret(text.to_owned()), 0.0, Action::Fail),
            ],
        );
        assert!(
            call.report().contains(r#""path":"apiKey""#),
            "{}",
            call.report()
        );
    }
}

const CREDENTIALS: [(&str, &str); 6] = [
    ("credentials", "O"),
    ("accessKeyId", "sAKIDEXAMPLE"),
    ("secretAccessKey", "shush-hush"),
    ("sessionToken", "stoken"),
    REGION,
    URL,
];

#[test]
fn credentials_sign_and_a_large_body_is_hashed_outside() {
    let mut call = begin(&client(&CREDENTIALS), &[], BODY).unwrap();
    walk(&mut call, [(Event::Start, 0.0, Action::Send)]);
    let (_, headers) = sent(&call);
    let value = |name: &str| {
        headers
            .iter()
            .find(|(it, _)| it == name)
            .map(|(_, it)| it.as_str())
    };
    assert_eq!(value("x-amz-date"), Some("20260102T030405Z"));
    assert_eq!(value("x-amz-security-token"), Some("token"));
    let scope = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-west-2/bedrock/aws4_request";
    assert!(
        value("authorization").unwrap().starts_with(scope),
        "{headers:?}"
    );
    assert!(!call.output().contains("hush"));

    let rest = r#"","messages":[{"role":"user","content":"Hi"}]}"#;
    let start = r#"{"model":""#;
    for (length, action) in [(1_023, Action::Send), (1_024, Action::Hash)] {
        let model = "m".repeat(length - start.len() - rest.len());
        let body = format!("{start}{model}{rest}");
        let mut call = begin(&client(&CREDENTIALS), &[], &body).unwrap();
        assert_eq!(call.step(Event::Start, &|| at(0.0)), action, "{length}");
        if action == Action::Hash {
            // Without a hash, or with what is none, ours counts.
            let mut other = begin(&client(&CREDENTIALS), &[], &body).unwrap();
            other.step(Event::Start, &|| at(0.0));
            walk(&mut call, [(Event::Hash(String::new()), 0.0, Action::Send)]);
            walk(
                &mut other,
                [(Event::Hash("nonsense".to_owned()), 0.0, Action::Send)],
            );
            assert_eq!(call.output(), other.output());
        }
    }
}

#[test]
fn the_clock_is_set_once() {
    let skew = br#"{"message":"Signature expired: 20260102T030405Z is now earlier than 20260102T040405Z (20260102T040905Z - 5 min.)"}"#;
    let answered =
        |date: &'static str| head(403, ["", "InvalidSignatureException", "", "", "", date]);
    for date in ["Fri, 02 Jan 2026 04:09:05 GMT", ""] {
        let mut call = begin(&client(&CREDENTIALS), &[("maxRetries", "n0")], BODY).unwrap();
        walk(
            &mut call,
            [
                (Event::Start, 0.0, Action::Send),
                (answered(date), 0.0, Action::ReadStart),
                (Event::Body(skew.to_vec()), 0.0, Action::Send),
            ],
        );
        assert!(
            call.output().contains("\nx-amz-date\n20260102T040905Z"),
            "{}",
            call.output()
        );
        walk(
            &mut call,
            [
                (answered(date), 0.0, Action::ReadStart),
                (Event::Body(skew.to_vec()), 0.0, Action::Fail),
            ],
        );
    }
}

#[test]
fn an_expired_secret_is_renewed_once() {
    let expired = br#"{"message":"The security token included in the request is expired"}"#;
    let answered = || head(403, ["", "ExpiredTokenException", "", "", "", ""]);
    let secret = || Event::Secret(given::text(&CREDENTIALS[..4]));
    let client = client(&[("credentials", "F"), REGION, URL]);
    let mut call = begin(&client, &[("maxRetries", "n0")], BODY).unwrap();
    walk(
        &mut call,
        [
            (Event::Start, 0.0, Action::Ask),
            (secret(), 0.0, Action::Send),
            (answered(), 0.0, Action::ReadStart),
            (Event::Body(expired.to_vec()), 0.0, Action::Ask),
            (secret(), 0.0, Action::Send),
            (answered(), 0.0, Action::ReadStart),
            (Event::Body(expired.to_vec()), 0.0, Action::Fail),
        ],
    );
}

#[test]
fn an_answer_that_is_called_no_stream_is_left_alone_until_it_is_wanted() {
    for kind in ["", "application/json", "text/html"] {
        let options = [("timeout.connect", "n100"), ("timeout.firstToken", "n1000")];
        let mut call = begin(&client(&[KEY, URL]), &options, STREAM).unwrap();
        walk(
            &mut call,
            [
                (Event::Start, 0.0, Action::Send),
                (head(200, [kind, "", "", "", "", ""]), 50.0, Action::Respond),
            ],
        );
        // The time is the caller's.
        assert_eq!(call.deadline(), f64::INFINITY);
        walk(&mut call, [(Event::Wanted, 5_000.0, Action::ReadStart)]);
        // What is silent before its first token is so for as long as a stream may be.
        assert_eq!(call.deadline(), 6_000.0);
        assert_eq!(call.sniff(b"data: {}\n\n"), Some(true));
        walk(&mut call, [(Event::Streams, 5_500.0, Action::Stream)]);
    }
}

#[test]
fn to_renew_is_no_retry() {
    let expired = br#"{"message":"The security token included in the request is expired"}"#;
    let secret = || Event::Secret(given::text(&CREDENTIALS[..4]));
    let client = client(&[("credentials", "F"), REGION, URL]);
    let mut call = begin(&client, &[("maxRetries", "n1")], BODY).unwrap();
    walk(
        &mut call,
        [
            (Event::Start, 0.0, Action::Ask),
            (secret(), 0.0, Action::Send),
            (head(403, [""; 6]), 0.0, Action::ReadStart),
            (Event::Body(expired.to_vec()), 0.0, Action::Ask),
            (secret(), 0.0, Action::Send),
            (head(503, [""; 6]), 0.0, Action::ReadStart),
            (Event::Body(Vec::new()), 0.0, Action::Sleep),
            (Event::TimeUp, AFTER_ANY_PAUSE, Action::Send),
            (head(503, [""; 6]), 0.0, Action::ReadStart),
            (Event::Body(Vec::new()), 0.0, Action::Fail),
        ],
    );
    assert!(call.report().contains("\"attempts\":3"));
}

#[test]
fn an_expired_secret_is_renewed_when_a_stream_says_so_before_its_first_event() {
    const EXPIRED: &[u8] =
        br#"{"error":{"message":"The security token included in the request is expired"}}"#;
    let events = |body: &[u8]| -> [Vec<u8>; 3] {
        [
            [b"data: ", body, b"\n\n"].concat(),
            [b": hello\n\nevent: error\ndata: ", body, b"\n\n"].concat(),
            // No event at all.
            body.to_vec(),
        ]
    };
    let now = || at(0.0);
    let secret = || Event::Secret(given::text(&CREDENTIALS[..4]));
    let streams = || head(200, ["text/event-stream", "", "", "", "", ""]);
    for answer in events(EXPIRED) {
        let client = client(&[("credentials", "F"), REGION, URL]);
        let mut call = begin(&client, &[("maxRetries", "n0")], STREAM).unwrap();
        walk(
            &mut call,
            [
                (Event::Start, 0.0, Action::Ask),
                (secret(), 0.0, Action::Send),
                (streams(), 0.0, Action::Stream),
            ],
        );
        let read = |call: &mut Call| match call.push(&answer, &now) {
            StreamProgress::Going(_) => call.finish(&now),
            other => other,
        };
        assert!(matches!(read(&mut call), StreamProgress::Again(_)));
        // No pause, and no retry.
        walk(
            &mut call,
            [
                (Event::Resumed, 0.0, Action::Ask),
                (secret(), 0.0, Action::Send),
                (streams(), 0.0, Action::Stream),
            ],
        );
        // Once in a call.
        assert!(matches!(read(&mut call), StreamProgress::Failed(_)));
        assert!(call.report().contains("expired"), "{}", call.report());
    }
    // Something was delivered.
    let client = client(&[("credentials", "F"), REGION, URL]);
    let mut call = begin(&client, &[], STREAM).unwrap();
    walk(
        &mut call,
        [
            (Event::Start, 0.0, Action::Ask),
            (secret(), 0.0, Action::Send),
            (streams(), 0.0, Action::Stream),
        ],
    );
    call.push(
        b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n",
        &now,
    );
    let [event, ..] = events(EXPIRED);
    assert!(matches!(call.push(&event, &now), StreamProgress::Failed(_)));
}

#[test]
fn the_clock_is_set_when_a_stream_says_so_before_its_first_event() {
    let now = || at(0.0);
    let streams = || head(200, ["text/event-stream", "", "", "", "", ""]);
    let skew = b"event: exception\ndata: {\"error\":{\"code\":\"InvalidSignatureException\",\"message\":\"Signature expired: 20260102T030405Z is now earlier than 20260102T040405Z (20260102T040905Z - 5 min.)\"}}\n\n";
    let mut call = begin(&client(&CREDENTIALS), &[("maxRetries", "n0")], STREAM).unwrap();
    walk(
        &mut call,
        [
            (Event::Start, 0.0, Action::Send),
            (streams(), 0.0, Action::Stream),
        ],
    );
    assert!(matches!(call.push(skew, &now), StreamProgress::Again(_)));
    walk(&mut call, [(Event::Resumed, 0.0, Action::Send)]);
    assert!(call.output().contains("\nx-amz-date\n20260102T040905Z"));
}

#[test]
fn a_stream_is_asked_for_again_until_something_of_it_was_delivered() {
    let now = || at(0.0);
    let mut call = begin(&client(&[KEY, URL]), &[], STREAM).unwrap();
    let streams = || head(200, ["text/event-stream", "", "", "", "", ""]);
    walk(
        &mut call,
        [
            (Event::Start, 0.0, Action::Send),
            (streams(), 0.0, Action::Stream),
        ],
    );
    assert!(matches!(
        call.push(b": hello\n\n", &now),
        StreamProgress::Going(_)
    ));
    assert!(matches!(call.stream_broken(&now), StreamProgress::Again(_)));
    walk(
        &mut call,
        [
            (Event::Resumed, 0.0, Action::Sleep),
            (Event::TimeUp, AFTER_ANY_PAUSE, Action::Send),
            (streams(), 0.0, Action::Stream),
        ],
    );
    let event = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n";
    assert!(
        matches!(call.push(event, &now), StreamProgress::Going(progress) if progress.events == 1)
    );
    assert!(matches!(
        call.stream_broken(&now),
        StreamProgress::Failed(_)
    ));
    assert!(call.is_over());
    assert!(call.completion().contains("Hel"));
    // After the end nothing is taken.
    assert!(matches!(call.push(event, &now), StreamProgress::Failed(_)));
    assert!(matches!(call.finish(&now), StreamProgress::Failed(_)));
}

/// A call whose stream has begun.
fn streaming(options: &[(&str, &str)]) -> Call {
    let mut call = begin(&client(&[KEY, URL]), options, STREAM).unwrap();
    walk(
        &mut call,
        [
            (Event::Start, 0.0, Action::Send),
            (
                head(200, ["text/event-stream", "", "", "", "", ""]),
                0.0,
                Action::Stream,
            ),
        ],
    );
    call
}

#[test]
fn a_read_of_any_size_is_decoded_whole() {
    let mut call = streaming(&[]);
    let event = r#"{"choices":[{"index":0,"delta":{"content":"abcdefgh"}}]}"#;
    let read = format!("data: {event}\n\n").repeat(10_000);
    let StreamProgress::Going(progress) = call.push(read.as_bytes(), &|| at(0.0)) else {
        panic!("{}", call.report());
    };
    assert_eq!(progress.events, 10_000);
    assert!(call.completion().contains(&"abcdefgh".repeat(10_000)));
}

#[test]
fn a_ticking_stream_ends_by_the_limit_it_crossed() {
    let options = [("timeout.firstToken", "n1000"), ("timeout.idle", "n500")];
    let mut call = streaming(&options);
    let mut ms = 0.0;
    let mut ticks = 0;
    loop {
        let after = call.tick(at(ms), true);
        ticks += 1;
        assert!(ticks < 100, "it never ends");
        if after < 0.0 {
            break;
        }
        assert!(after > 0.0, "it waits: {after}");
        ms += after;
    }
    assert!((1_000.0..=1_200.0).contains(&ms), "{ms}");
    assert!(
        call.report().contains(r#""timeout":"firstToken""#),
        "{}",
        call.report()
    );
    assert_eq!(call.tick(at(ms), true), 0.0);
}

#[test]
fn what_a_fetch_must_not_do() {
    let mut call = begin(&client(&[KEY, URL]), &[], BODY).unwrap();
    walk(
        &mut call,
        [
            (Event::Start, 0.0, Action::Send),
            (Event::NoFetch, 0.0, Action::Fail),
        ],
    );
    assert!(
        call.report()
            .contains("this runtime has no fetch of its own")
    );
    let mut call = begin(&client(&[KEY, URL]), &[], BODY).unwrap();
    walk(
        &mut call,
        [
            (Event::Start, 0.0, Action::Send),
            (head(0, [""; 6]), 0.0, Action::Fail),
        ],
    );
    assert!(call.report().contains("must answer with a Response"));
}

#[test]
fn what_a_redirect_led_to_is_no_answer() {
    for body in [BODY, STREAM] {
        let mut call = begin(&client(&[KEY, URL]), &[], body).unwrap();
        walk(
            &mut call,
            [
                (Event::Start, 0.0, Action::Send),
                (head(1, [""; 6]), 0.0, Action::Fail),
            ],
        );
        assert!(call.report().contains("must not follow redirects"));
    }
}

#[test]
fn an_answer_that_is_handed_over_has_no_limit() {
    let mut call = begin(&client(&[KEY, URL]), &[("timeout.total", "n100")], BODY).unwrap();
    walk(
        &mut call,
        [
            (Event::Start, 0.0, Action::Send),
            (head(200, [""; 6]), 0.0, Action::Respond),
        ],
    );
    assert_eq!(call.deadline(), 100.0);
    call.hand_over();
    assert_eq!(call.deadline(), f64::INFINITY);
}

// -- models --

fn models(client: &Rc<Client>, path: &str) -> Result<Call, String> {
    let mut report = Report::default();
    let call = Call::new(
        &MODELS,
        client,
        &values(&[]),
        path.to_owned(),
        false,
        &mut report,
    );
    call.map_err(|_| report.take())
}

#[test]
fn models_are_asked_for_without_a_body_and_without_a_guardrail() {
    let guardrail = [("guardrail", "O"), ("guardrail.identifier", "sgr")];
    let mantle = [("endpoint", "smantle"), KEY, REGION];
    let client = client(&[mantle.as_slice(), &guardrail].concat());
    let cases = [
        ("", "https://bedrock-mantle.us-west-2.api.aws/v1/models"),
        (
            "/a%2Fb",
            "https://bedrock-mantle.us-west-2.api.aws/v1/models/a%2Fb",
        ),
    ];
    for (path, url) in cases {
        let mut call = models(&client, path).unwrap();
        walk(&mut call, [(Event::Start, 0.0, Action::Send)]);
        let (sent_to, headers) = sent(&call);
        assert_eq!(sent_to, url);
        assert_eq!((call.method(), call.body()), ("GET", ""));
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["accept", "authorization"]);
    }
}

#[test]
fn an_answer_that_is_no_list_of_models_is_an_error() {
    let client = client(&[("endpoint", "smantle"), KEY, REGION]);
    let cases = [
        (r#"{"object":"list","data":[]}"#, Action::Done),
        (r#"{"id":"m","object":"model"}"#, Action::Done),
        (r#"{"object":"list"}"#, Action::Fail),
        ("<html>", Action::Fail),
    ];
    for (body, action) in cases {
        let mut call = models(&client, "").unwrap();
        let head = Event::Head {
            status: 200,
            headers: "application/json".into(),
        };
        walk(
            &mut call,
            [
                (Event::Start, 0.0, Action::Send),
                (head, 0.0, Action::Respond),
                (Event::Wanted, 0.0, Action::ReadWhole),
                (Event::Body(body.into()), 0.0, action),
            ],
        );
    }
}

#[test]
fn runtime_has_no_list_of_models_and_says_what_has() {
    let report = models(&client(&[KEY, REGION]), "").unwrap_err();
    assert!(report.contains("`endpoint` must be"), "{report}");
    assert!(report.contains("ListFoundationModels"), "{report}");
}

#[test]
fn of_an_answer_that_failed_there_is_what_it_says() {
    const NOTHING: &str = r#"{"object":"chat.completion","choices":[]}"#;
    let failed = r#"{"choices":[{"index":0,"message":{"content":"Hel"},"finish_reason":"error"}]}"#;
    // An error of the service is no answer, whatever it holds; of a stream there is what came.
    for (body, status, expected) in [
        (BODY, 200, failed),
        (BODY, 500, NOTHING),
        (STREAM, 200, NOTHING),
        (STREAM, 500, NOTHING),
    ] {
        let mut call = begin(&client(&[KEY, URL]), &[("maxRetries", "n0")], body).unwrap();
        let answer = head(status, ["application/json", "", "", "", "", ""]);
        call.step(Event::Start, &|| at(0.0));
        if call.step(answer, &|| at(0.0)) == Action::Respond {
            call.step(Event::Wanted, &|| at(0.0));
        }
        let ended = call.step(Event::Body(failed.into()), &|| at(0.0));
        assert_eq!(ended, Action::Fail, "{status} {body}");
        assert_eq!(call.completion(), expected, "{status} {body}");
    }
}

#[test]
fn an_error_that_is_called_a_stream_is_read_to_its_end() {
    let now = || at(0.0);
    let error = br#"{"error":{"message":"Not like that","code":"400"}}"#;
    for size in [1, 20, 1000] {
        let mut call = begin(&client(&[KEY, URL]), &[], STREAM).unwrap();
        walk(
            &mut call,
            [
                (Event::Start, 0.0, Action::Send),
                (
                    head(200, ["text/event-stream", "", "", "", "", ""]),
                    0.0,
                    Action::Stream,
                ),
            ],
        );
        for piece in error.chunks(size) {
            let going = call.push(piece, &now);
            assert!(matches!(going, StreamProgress::Going(_)), "{size}");
        }
        assert!(matches!(call.finish(&now), StreamProgress::Failed(_)));
        let report = call.report();
        assert!(report.contains("Not like that"), "{report}");
    }
}
