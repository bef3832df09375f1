//! Who applies a guardrail: the service, the client, or nobody; and what shows that it was.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod given;

use bedrock_chat_core::call::{Action, Call, Event, Now, StreamProgress};
use bedrock_chat_core::decoder::StreamState;
use bedrock_chat_core::enforce::enforcement;
use bedrock_chat_core::error::Report;
use bedrock_chat_core::operation::{CHAT_COMPLETIONS, JUDGED_COMPLETIONS};
use given::{KEY, REGION, client, values};

const IDENTIFIER: (&str, &str) = ("guardrail.identifier", "sgr1");
const VERSION: (&str, &str) = ("guardrail.version", "s1");

fn body(model: &str) -> String {
    format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"hi"}}]}}"#)
}

#[test]
fn every_endpoint_family_and_word() {
    let proven = "openai.gpt-oss-20b-1:0";
    let unproven = "us.openai.gpt-6-sol";
    // endpoint, model, enforce; whether the client applies it, else whether the service does.
    for (endpoint, model, enforce, by_client, by_service) in [
        ("sruntime", proven, "sendpoint", false, true),
        ("sruntime", proven, "sauto", false, true),
        ("sruntime", proven, "sclient", true, false),
        ("sruntime", unproven, "sendpoint", false, false),
        ("sruntime", unproven, "sauto", true, false),
        ("sruntime", unproven, "sclient", true, false),
        ("smantle", proven, "sendpoint", false, false),
        ("smantle", proven, "sauto", true, false),
        ("smantle", proven, "sclient", true, false),
    ] {
        let client = client(&[("endpoint", endpoint), KEY, REGION], false).unwrap();
        let options = values(&[
            ("guardrail", "O"),
            IDENTIFIER,
            VERSION,
            ("guardrail.enforce", enforce),
        ]);
        let body = body(model);
        let mut report = Report::default();
        let told = enforcement(&client, &options, body.clone(), &mut report);
        let what = format!("{endpoint} {model} {enforce}");
        if by_client {
            assert_eq!(told.unwrap(), "gr1\n1\n\n\n\ncall", "{what}");
        } else if by_service {
            assert_eq!(told.unwrap(), "", "{what}");
        } else {
            assert!(told.is_err(), "{what}");
            assert!(report.json().contains("bedrock-chat/guardrails"), "{what}");
        }
        let mut report = Report::default();
        let plain = Call::new(
            &CHAT_COMPLETIONS,
            &client,
            &options,
            body.clone(),
            false,
            &mut report,
        );
        assert_eq!(plain.is_ok(), by_service, "{what}");
        if by_client {
            assert!(report.json().contains("guardrail.enforce"), "{what}");
            let mut report = Report::default();
            let judged = Call::new(
                &JUDGED_COMPLETIONS,
                &client,
                &options,
                body.clone(),
                false,
                &mut report,
            );
            assert!(judged.is_ok(), "{what}");
        }
    }
}

#[test]
fn what_is_told_of_the_guardrail() {
    let own = [
        ("endpoint", "smantle"),
        ("guardrail", "O"),
        IDENTIFIER,
        VERSION,
        ("guardrail.enforce", "sclient"),
        ("guardrail.trace", "senabled_full"),
        ("guardrail.tagSuffix", "sxyz"),
        ("guardrail.streamProcessingMode", "sasync"),
        KEY,
        REGION,
    ];
    let client = client(&own, false).unwrap();
    let mut report = Report::default();
    let tag = "amazon-bedrock-guardrails-guardContent_xyz";
    let tagged = body("m").replace("hi", &format!("<{tag}>hi</{tag}>"));
    let told = enforcement(&client, &values(&[]), tagged, &mut report);
    assert_eq!(told.unwrap(), "gr1\n1\nENABLED_FULL\nxyz\nASYNCHRONOUS\n");
    // What is wrong with it is told as ever.
    assert!(enforcement(&client, &values(&[]), body("m"), &mut report).is_err());
    assert!(report.json().contains("guardContent"));
    // Without one there is nothing to apply.
    let none = values(&[("guardrail", "z")]);
    let told = enforcement(&client, &none, body("m"), &mut report);
    assert_eq!(told.unwrap(), "");
}

/// What answers say beside a choice that ends by a `finish_reason`, and whether that shows that a
/// guardrail saw it.
const SIGNS: [(&str, &str, bool); 8] = [
    ("", "stop", false),
    ("", "content_filter", false),
    ("", "guardrail_intervened", true),
    (r#","amazon-bedrock-guardrailAction":"NONE""#, "stop", true),
    (r#","amazon-bedrock-guardrailAction":null"#, "stop", false),
    (
        r#","amazon-bedrock-trace":{"guardrail":{"input":{}}}"#,
        "stop",
        true,
    ),
    (r#","amazon-bedrock-trace":{}"#, "stop", false),
    (
        r#","amazon-bedrock-trace":{"guardrail":null}"#,
        "stop",
        false,
    ),
];

/// A call on its way, whose headers came.
fn answered(guarded: bool, required: bool, stream: bool) -> Call {
    let client = client(&[("endpoint", "sruntime"), KEY, REGION], false).unwrap();
    let require = ("guardrail.requireEvidence", "t");
    let mut options = vec![("guardrail", "O"), IDENTIFIER, VERSION];
    options.extend(required.then_some(require));
    options.truncate(if guarded { 4 } else { 0 });
    let mut body = body("openai.gpt-oss-20b-1:0");
    if stream {
        body = body.replacen('{', r#"{"stream":true,"#, 1);
    }
    let options = values(&options);
    let mut report = Report::default();
    let call = Call::new(
        &CHAT_COMPLETIONS,
        &client,
        &options,
        body,
        false,
        &mut report,
    );
    let mut call = call.unwrap();
    let content_type = if stream {
        "text/event-stream"
    } else {
        "application/json"
    };
    let head = Event::Head {
        status: 200,
        headers: content_type.into(),
    };
    assert_eq!(call.step(Event::Start, &Now::default), Action::Send);
    call.step(head, &Now::default);
    call
}

#[test]
fn an_answer_that_shows_no_guardrail_is_kept_back_where_evidence_is_required() {
    for (said, reason, shows) in SIGNS {
        let answer = format!(
            r#"{{"choices":[{{"index":0,"message":{{"content":"Hello"}},"finish_reason":"{reason}"}}]{said}}}"#
        );
        for (guarded, required) in [(false, false), (true, false), (true, true)] {
            let what = format!("{guarded} {required} {answer}");
            let mut call = answered(guarded, required, false);
            let wanted = call.step(Event::Wanted, &Now::default);
            assert_eq!(wanted, Action::ReadWhole, "{what}");
            let ended = call.step(Event::Body(answer.clone().into()), &Now::default);
            assert_eq!(call.lacks_evidence(), guarded && !shows, "{what}");
            if required && !shows {
                assert_eq!(ended, Action::Fail, "{what}");
                let report = call.report();
                assert!(report.contains("no sign of the guardrail"), "{report}");
                assert!(!call.output().contains("Hello"), "{what}");
                assert!(!call.completion().contains("Hello"), "{what}");
            } else {
                assert_eq!(ended, Action::Done, "{what}");
                assert!(call.output().contains("Hello"), "{what}");
            }
        }
    }
}

#[test]
fn of_a_stream_that_shows_no_guardrail_nothing_is_known_where_evidence_is_required() {
    let now = &Now::default;
    let hello = r#"data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}"#;
    for (said, reason, shows) in SIGNS {
        let last = format!(
            "data: {{\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"{reason}\"}}]{said}}}\n\n"
        );
        for (guarded, required) in [(false, false), (true, false), (true, true)] {
            let what = format!("{guarded} {required} {last}");
            let mut call = answered(guarded, required, true);
            // Before the end a sign may come yet.
            let StreamProgress::Going(first) = call.push(format!("{hello}\n\n").as_bytes(), now)
            else {
                panic!("{what}");
            };
            assert_eq!(first.withheld, required, "{what}");
            assert_eq!(call.lacks_evidence(), guarded, "{what}");
            assert_eq!(call.completion().contains("Hello"), !required, "{what}");
            assert!(!call.completion().contains("evidence"), "{what}");

            let StreamProgress::Going(second) = call.push(last.as_bytes(), now) else {
                panic!("{what}");
            };
            assert_eq!(second.withheld, required && !shows, "{what}");

            let ended = call.push(b"data: [DONE]\n\n", now);
            assert!(call.is_over(), "{what}");
            assert_eq!(call.lacks_evidence(), guarded && !shows, "{what}");
            let completion = call.completion();
            if required && !shows {
                assert!(
                    matches!(ended, StreamProgress::Failed(it) if it.withheld),
                    "{what}"
                );
                let report = call.report();
                assert!(report.contains("no sign of the guardrail"), "{report}");
                assert!(!completion.contains("Hello"), "{what}");
            } else {
                assert!(
                    matches!(ended, StreamProgress::Going(it) if it.state == StreamState::Done),
                    "{what}"
                );
                assert!(completion.contains("Hello"), "{what}");
                let evidence = format!(r#""evidence":{shows}"#);
                assert_eq!(completion.contains(&evidence), guarded, "{completion}");
            }
        }
    }
}
