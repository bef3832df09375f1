//! Who applies a guardrail: the service, the client, or nobody.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod given;

use bedrock_chat_core::call::Call;
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
