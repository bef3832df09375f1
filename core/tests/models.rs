//! The table of models: its own form, and what is told by it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod given;

use bedrock_chat_core::endpoint::{Endpoint, EndpointOptions, Family, model_hint};
use bedrock_chat_core::json::{Kind, Value};
use bedrock_chat_core::models::TABLE;
use given::{KEY, REGION, client};

fn endpoint(family: Family, models: &str) -> Endpoint {
    Endpoint::new(&EndpointOptions {
        endpoint: Some(family),
        region: Some("us-west-2"),
        models,
        ..EndpointOptions::default()
    })
    .unwrap()
}

#[test]
fn every_line_has_its_source_and_its_date() {
    let table = Value::parse(TABLE.as_bytes()).unwrap();
    assert_eq!(table.kind(), Kind::Array);
    let mut lines = 0;
    for line in table.elements() {
        lines += 1;
        let text = |name| line.get(name).and_then(|it: Value<'_>| it.to_text());
        assert!(text("match").is_some(), "{}", line.raw());
        assert!(
            text("source").is_some_and(|it| !it.is_empty()),
            "{}",
            line.raw()
        );
        let date = text("date").unwrap();
        assert!(
            date.len() == 10 && date.starts_with("202"),
            "{}",
            line.raw()
        );
    }
    assert!(lines > 5);
}

#[test]
fn mantle_has_two_paths() {
    let own = r#"[{"match":"openai.gpt-oss-20b","mantlePath":"/openai/v1"},{"match":"acme.","mantlePath":"/openai/v1"}]"#;
    let rows = [
        ("", "openai.gpt-oss-20b", "/v1"),
        ("", "openai.gpt-oss-safeguard-120b", "/v1"),
        ("", "openai.gpt-5.4", "/openai/v1"),
        ("", "openai.gpt-6-astra", "/openai/v1"),
        ("", "openai.gpt-6.1-sol", "/openai/v1"),
        ("", "openai.gpt-10", "/openai/v1"),
        ("", "google.gemma-4-31b", "/openai/v1"),
        ("", "google.gemma-3-27b", "/v1"),
        ("", "xai.grok-4.3", "/openai/v1"),
        ("", "deepseek.v3.2", "/v1"),
        ("", "", "/v1"),
        (own, "openai.gpt-oss-20b", "/openai/v1"),
        (own, "openai.gpt-oss-120b", "/v1"),
        (own, "acme.one", "/openai/v1"),
    ];
    for (models, model, path) in rows {
        let url = endpoint(Family::Mantle, models).url(model, "/chat/completions");
        let expected = format!("https://bedrock-mantle.us-west-2.api.aws{path}/chat/completions");
        assert_eq!(url, expected, "{model}");
    }
}

#[test]
fn hints_that_are_certain() {
    let rows = [
        (
            Family::Runtime,
            "openai.gpt-6-sol",
            Some(
                "on runtime this model needs the id of an inference profile, such as us.openai.gpt-6-sol",
            ),
        ),
        (Family::Runtime, "us.openai.gpt-6-sol", None),
        (
            Family::Mantle,
            "xai.grok-4.7",
            Some("this model is on runtime alone"),
        ),
        (Family::Runtime, "us.xai.grok-4.7", None),
        (
            Family::Runtime,
            "anthropic.claude-sonnet-4-5",
            Some("this model has no chat completions on Bedrock: use Converse"),
        ),
        (
            Family::Mantle,
            "moonshot.kimi-k2-thinking",
            Some("on mantle this model's id is moonshotai.kimi-k2-thinking"),
        ),
        (
            Family::Runtime,
            "moonshotai.kimi-k2-thinking",
            Some("on runtime this model's id is moonshot.kimi-k2-thinking"),
        ),
        (
            Family::Runtime,
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
            Some("chat completions take no application inference profile"),
        ),
        (
            Family::Mantle,
            "us.deepseek.v3.2",
            Some("on mantle this model's id is deepseek.v3.2"),
        ),
    ];
    for (family, model, hint) in rows {
        assert_eq!(
            model_hint(family, model).as_deref(),
            hint,
            "{family:?} {model}"
        );
    }
}

#[test]
fn what_is_known_is_explained() {
    let own = r#"[{"match":"openai.gpt-6","guardrail":"enforced","note":"\"mine\""}]"#;
    let rows = [
        (Family::Runtime, "", "us.openai.gpt-6-sol", "unproven", 2),
        (Family::Runtime, own, "us.openai.gpt-6-sol", "enforced", 3),
        (Family::Runtime, "", "deepseek.v3.2", "enforced", 0),
        (Family::Mantle, "", "a \"model\"", "ignored", 0),
    ];
    for (family, models, model, guardrail, known) in rows {
        let json = endpoint(family, models).explain(model, "/chat/completions");
        let value = Value::parse(json.as_bytes()).unwrap();
        let text = |name| value.get(name).and_then(|it: Value<'_>| it.to_text());
        assert_eq!(text("model").as_deref(), Some(model));
        assert_eq!(text("endpoint").as_deref(), Some(family.as_str()));
        assert_eq!(text("region").as_deref(), Some("us-west-2"));
        assert!(text("url").unwrap().ends_with("/chat/completions"));
        assert_eq!(text("guardrail").as_deref(), Some(guardrail), "{json}");
        let general = value.get("known").unwrap().elements().count();
        assert_eq!(general, known + 1, "{json}");
    }
}

#[test]
fn lines_of_a_caller_are_checked() {
    for (models, path) in [
        (r#"s{}"#, "models"),
        (r#"s[{}]"#, "models[0].match"),
        (r#"s[{"match":"a"},{"match":1}]"#, "models[1].match"),
        (
            r#"s[{"match":"a","guardrail":"maybe"}]"#,
            "models[0].guardrail",
        ),
        (
            r#"s[{"match":"a","guardrail":true}]"#,
            "models[0].guardrail",
        ),
        (
            r#"s[{"match":"a","mantlePath":"/v2"}]"#,
            "models[0].mantlePath",
        ),
        (
            r#"s[{"match":"a","guardRail":"unproven"}]"#,
            "models[0].guardRail",
        ),
        (
            r#"s[{"match":"a","mantle_path":"/v1"}]"#,
            "models[0].mantle_path",
        ),
        ("sx", "models"),
        ("t", "models"),
    ] {
        let error = client(&[KEY, REGION, ("models", models)], false).unwrap_err();
        assert!(
            error.contains(&format!(r#""path":"{path}""#)),
            "{models}: {error}"
        );
    }
    client(
        &[
            KEY,
            REGION,
            ("models", r#"s[{"match":"a","source":"mine"}]"#),
        ],
        false,
    )
    .unwrap();
}
