//! The guardrail operations: paths, bodies and signatures.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod given;

use bedrock_chat_core::apply::{apply, check};
use bedrock_chat_core::call::{Action, Call, Event, Now};
use bedrock_chat_core::error::Report;
use bedrock_chat_core::operation::{APPLY_GUARDRAIL, GUARDRAIL_CHECKS, Operation};
use given::{KEY, REGION, client, values};

const ARN: &str = "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr1";

fn request(identifier: &str) -> String {
    format!(
        r#"{{"identifier":"{identifier}","version":"DRAFT","source":"OUTPUT","content":[{{"text":{{"text":"é"}}}}],"outputScope":"FULL","new":1}}"#
    )
}

#[test]
fn an_arn_is_one_segment_and_all_else_is_the_body() {
    let body =
        r#"{"source":"OUTPUT","content":[{"text":{"text":"é"}}],"outputScope":"FULL","new":1}"#;
    let path = "/guardrail/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aguardrail%2Fgr1/version/DRAFT/apply";
    assert_eq!(apply(&request(ARN)).unwrap(), (path.into(), body.into()));
    let checks = r#"{"messages":[{"role":"user","content":[{"text":"a"}]}],"checks":{}}"#;
    let (path, body) = check(checks).unwrap();
    assert_eq!(
        (path.as_str(), body.as_str()),
        ("/guardrail-checks/invoke", checks)
    );
}

fn sent(operation: &'static Operation, body: &str, endpoint: &str) -> (String, String) {
    let client = client(
        &[
            ("endpoint", endpoint),
            ("credentials", "O"),
            ("accessKeyId", "sASIA"),
            ("secretAccessKey", "shush"),
            ("sessionToken", "stoken"),
            REGION,
        ],
        false,
    )
    .unwrap();
    let mut report = Report::default();
    let call = Call::new(
        operation,
        &client,
        &values(&[]),
        body.to_owned(),
        false,
        &mut report,
    );
    let mut call = call.unwrap_or_else(|_| panic!("{}", report.json()));
    let now = Now {
        unix_ms: 1_767_323_045_000.0,
        ..Now::default()
    };
    assert_eq!(call.step(Event::Start, &|| now), Action::Send);
    let (url, headers) = call.output().split_once('\n').unwrap();
    (url.into(), headers.into())
}

/// As the `aws-sigv4` crate signs it: `core/tests/sigv4.rs` compares thousands of random paths.
#[test]
fn requests_are_signed_as_aws_does_on_either_endpoint() {
    let body = request(ARN);
    let (path, written) = apply(&body).unwrap();
    let [runtime, mantle] = ["sruntime", "smantle"].map(|it| sent(&APPLY_GUARDRAIL, &body, it));
    assert_eq!(runtime, mantle);
    let url = format!("https://bedrock-runtime.us-west-2.amazonaws.com{path}");
    assert_eq!(runtime.0, url);
    assert!(runtime.1.contains(&by_aws(&url, &written)), "{}", runtime.1);
    let checks = r#"{"messages":[{}],"checks":{}}"#;
    let (url, headers) = sent(&GUARDRAIL_CHECKS, checks, "smantle");
    assert_eq!(
        url,
        "https://bedrock-runtime.us-west-2.amazonaws.com/guardrail-checks/invoke"
    );
    assert!(headers.contains(&by_aws(&url, checks)));
}

/// The `authorization` header of AWS's own crate.
fn by_aws(url: &str, body: &str) -> String {
    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use std::time::{Duration, SystemTime};

    let identity = Credentials::new("ASIA", "hush", Some("token".into()), None, "test").into();
    let params = aws_sigv4::sign::v4::SigningParams::builder()
        .identity(&identity)
        .region("us-west-2")
        .name("bedrock")
        .time(SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_323_045_000))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = [("content-type", "application/json")].into_iter();
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new("POST", url, headers, body).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    let (headers, _) = instructions.into_parts();
    let header = headers
        .iter()
        .find(|it| it.name() == "authorization")
        .unwrap();
    header.value().to_owned()
}

#[test]
fn what_is_wrong_is_named() {
    let with = |from: &str, to: &str| apply(&request("gr1").replace(from, to)).unwrap_err().path;
    assert_eq!(with("gr1", ""), "identifier");
    assert_eq!(with("gr1", "."), "identifier");
    assert_eq!(with("gr1", ".."), "identifier");
    assert_eq!(with("DRAFT", "0"), "version");
    assert_eq!(with("DRAFT", "../1"), "version");
    assert_eq!(with("OUTPUT", "output"), "source");
    assert_eq!(with(r#"[{"text":{"text":"é"}}]"#, "[]"), "content");
    assert_eq!(apply("[]").unwrap_err().path, "");
    assert_eq!(
        check(r#"{"messages":[],"checks":{}}"#).unwrap_err().path,
        "messages"
    );
    assert_eq!(
        check(r#"{"messages":[{}],"checks":[]}"#).unwrap_err().path,
        "checks"
    );
}

#[test]
fn without_a_place_for_it_nothing_is_sent() {
    let proxy = [("endpoint", "smantle"), KEY, given::URL];
    let client = client(&proxy, false).unwrap();
    let mut report = Report::default();
    let call = Call::new(
        &APPLY_GUARDRAIL,
        &client,
        &values(&[]),
        request("gr1"),
        false,
        &mut report,
    );
    assert!(call.is_err());
    assert!(report.json().contains("runtimeURL"));
}
