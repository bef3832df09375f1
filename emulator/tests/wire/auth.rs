//! Who gets in. Signatures and tokens are vectors that botocore computed, not this crate.

use crate::client::{Answer, MANTLE, RUNTIME, Server, chat, start, with};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

const HOST: &str = "bedrock-runtime.us-west-2.amazonaws.com";
const BODY: &str =
    r#"{"model":"openai.gpt-oss-20b-1:0","messages":[{"role":"user","content":"Hello!"}]}"#;
const SHA256: &str = "b75590d8d5f06fef3dac3ea6d0e42db8f84cb021c754c4b87b17b6c93f048a7d";
const SCOPE: &str = "AKIDEXAMPLE/20260102/us-west-2/bedrock/aws4_request";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// The vectors' world: their region, their clock, and a session for their long-term key.
async fn vector_server() -> Server {
    let server = start().await;
    let credential = |token| {
        json!({
            "accessKeyId": "AKIDEXAMPLE", "secretAccessKey": SECRET, "sessionToken": token
        })
    };
    let setup = json!({
        "region": "us-west-2",
        "clock": "2026-01-02T03:04:10Z",
        "credentials": [credential("fixture-session-token"), credential("fixture/session+token==")],
    });
    server.space("default", setup).await;
    server
}

struct Signed {
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

fn signed(signed_headers: &str, signature: &str, more: &[(&str, &str)]) -> Signed {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders={signed_headers}, Signature={signature}"
    );
    let fixed = [
        ("host", HOST),
        ("content-type", "application/json"),
        ("x-amz-date", "20260102T030405Z"),
        ("authorization", &authorization),
    ];
    let headers = fixed
        .iter()
        .chain(more)
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    Signed {
        path: RUNTIME.to_owned(),
        headers,
        body: BODY.to_owned(),
    }
}

/// S4 of bedrock-facts.md: with session token and content hash.
fn fully_signed() -> Signed {
    signed(
        "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token",
        "6cbf891f1e97ff3a4e12e14c24f2e0d0a1cdcf4de639d3cad3fa8812469e81e0",
        &[
            ("x-amz-security-token", "fixture-session-token"),
            ("x-amz-content-sha256", SHA256),
        ],
    )
}

impl Signed {
    fn replace(mut self, name: &str, from: &str, to: &str) -> Self {
        let (_, value) = self
            .headers
            .iter_mut()
            .find(|(key, _)| key == name)
            .unwrap();
        assert!(value.contains(from));
        *value = value.replace(from, to);
        self
    }

    async fn send(&self, server: &Server) -> Answer {
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        server
            .request("POST", &self.path, &headers, self.body.as_bytes())
            .await
    }

    async fn is_refused(&self, server: &Server, kind: &str, message: &str) {
        let answer = self.send(server).await;
        assert_eq!(answer.status, 403, "{}", answer.text());
        assert!(
            answer
                .header("x-amzn-errortype")
                .starts_with(&format!("{kind}:")),
            "{}",
            answer.text()
        );
        let text = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(text.contains(message), "{text}");
    }
}

const MISMATCH: &str =
    "The request signature we calculated does not match the signature you provided.";
const INVALID: &str = "InvalidSignatureException";

#[tokio::test]
async fn signatures_of_botocore_are_accepted() {
    let server = vector_server().await;
    let session = ("x-amz-security-token", "fixture-session-token");
    let hash = ("x-amz-content-sha256", SHA256);
    let guardrail = [
        ("X-Amzn-Bedrock-GuardrailIdentifier", "gr12345"),
        ("X-Amzn-Bedrock-GuardrailVersion", "DRAFT"),
        ("X-Amzn-Bedrock-Trace", "ENABLED"),
    ];
    let vectors = [
        signed(
            "content-type;host;x-amz-date",
            "4c66d325777ddcb56ad97f378df169e4ee0aeedeb601ab25dd00d17fae1642bf",
            &[],
        ),
        signed(
            "content-type;host;x-amz-content-sha256;x-amz-date",
            "57c78d2a6cad0460896495f8dc31f950781feb6f0422f027a99013853b4e1f45",
            &[hash],
        ),
        signed(
            "content-type;host;x-amz-date;x-amz-security-token",
            "cac8d487d647b9a3d280f1afdcf450e48681260027f1897f81ef9a23db8c954f",
            &[session],
        ),
        fully_signed(),
        signed(
            "content-type;host;x-amz-date;x-amzn-bedrock-guardrailidentifier;x-amzn-bedrock-guardrailversion;\
             x-amzn-bedrock-trace",
            "35df509547303a77a3632674ff3cf4c3294380d672120fe0e16c86628eda0213",
            &guardrail,
        ),
    ];
    for vector in &vectors {
        let answer = vector.send(&server).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let report = server.report("default").await;
    assert!(
        report["requests"]
            .as_array()
            .unwrap()
            .iter()
            .all(|it| it["auth"] == json!({ "kind": "sigv4", "ok": true }))
    );
    let tampered = vectors.into_iter().next_back().unwrap();
    let tampered = tampered.replace("X-Amzn-Bedrock-GuardrailVersion", "DRAFT", "1");
    tampered.is_refused(&server, INVALID, MISMATCH).await;
}

#[tokio::test]
async fn a_changed_character_is_refused() {
    let server = vector_server().await;
    assert_eq!(fully_signed().send(&server).await.status, 200);

    let mut body = fully_signed();
    body.body = body.body.replace('!', "?");
    body.is_refused(&server, INVALID, MISMATCH).await;
    let mut path = fully_signed();
    path.path = "/openai/v1/chat/completionS".to_owned();
    assert_eq!(
        path.send(&server).await.status,
        200,
        "no such operation, but recorded:"
    );
    assert_eq!(
        server.wait("default", "received", 2).await["auth"]["reason"],
        format!("{INVALID}: {FULL_MISMATCH}")
    );
    let mut query = fully_signed();
    query.path += "?a";
    query.is_refused(&server, INVALID, MISMATCH).await;

    fully_signed()
        .replace("content-type", "json", "jsoN")
        .is_refused(&server, INVALID, MISMATCH)
        .await;
    fully_signed()
        .replace("host", "us-west-2", "us-west-3")
        .is_refused(&server, INVALID, MISMATCH)
        .await;
    fully_signed()
        .replace("x-amz-date", "05Z", "06Z")
        .is_refused(&server, INVALID, MISMATCH)
        .await;
    fully_signed()
        .replace("x-amz-content-sha256", "b7", "b8")
        .is_refused(&server, INVALID, MISMATCH)
        .await;
    fully_signed()
        .replace("authorization", "6cbf", "7cbf")
        .is_refused(&server, INVALID, MISMATCH)
        .await;
    fully_signed()
        .replace("authorization", "content-type;", "")
        .is_refused(&server, INVALID, MISMATCH)
        .await;

    let scope = |from, to| fully_signed().replace("authorization", from, to);
    scope("us-west-2", "us-west-1")
        .is_refused(&server, INVALID, "scoped to a valid region")
        .await;
    scope("/bedrock/", "/bedrocks/")
        .is_refused(&server, INVALID, "correct service: 'bedrock'")
        .await;
    scope("/20260102/", "/20260103/")
        .is_refused(&server, INVALID, "Date in Credential scope does not match")
        .await;
    let unknown = "The security token included in the request is invalid.";
    scope("AKID", "BKID")
        .is_refused(&server, "UnrecognizedClientException", unknown)
        .await;
    fully_signed()
        .replace("x-amz-security-token", "fixture", "fixtures")
        .is_refused(&server, "UnrecognizedClientException", unknown)
        .await;
}

const FULL_MISMATCH: &str = "The request signature we calculated does not match the signature \
    you provided. Check \
    your AWS Secret Access Key and signing method. Consult the service documentation for details.";

#[tokio::test]
async fn what_must_be_signed_is_signed() {
    let server = vector_server().await;
    let without = |name: &str| fully_signed().replace("authorization", name, "");
    let message =
        |name: &str| format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.");
    without("host;")
        .is_refused(&server, INVALID, &message("Host' or ':authority"))
        .await;
    without("x-amz-date;")
        .is_refused(&server, INVALID, &message("x-amz-date"))
        .await;
    without(";x-amz-security-token")
        .is_refused(&server, INVALID, &message("x-amz-security-token"))
        .await;
    without("x-amz-content-sha256;")
        .is_refused(&server, INVALID, &message("x-amz-content-sha256"))
        .await;
    without(", Signature=")
        .is_refused(
            &server,
            "IncompleteSignatureException",
            "'Signature' parameter",
        )
        .await;
}

#[tokio::test]
async fn the_clocks_must_agree() {
    let server = vector_server().await;
    server
        .patch("default", json!({ "clock": "2026-01-02T03:10:00Z" }))
        .await;
    let message = "Signature expired: 20260102T030405Z is now earlier than 20260102T0305";
    fully_signed().is_refused(&server, INVALID, message).await;
    assert!(
        fully_signed()
            .send(&server)
            .await
            .header("date")
            .starts_with("Fri, 02 Jan 2026 03:10:0")
    );
    server
        .patch("default", json!({ "clock": "2026-01-02T02:58:00Z" }))
        .await;
    let message = "Signature not yet current: 20260102T030405Z is still later than 20260102T0303";
    fully_signed().is_refused(&server, INVALID, message).await;
    server
        .patch("default", json!({ "clock": "2026-01-02T03:08:00Z" }))
        .await;
    assert_eq!(fully_signed().send(&server).await.status, 200);
}

#[tokio::test]
async fn expired_credentials_are_refused() {
    let server = vector_server().await;
    let credential = json!({
        "accessKeyId": "AKIDEXAMPLE", "secretAccessKey": SECRET,
        "sessionToken": "fixture-session-token", "expired": true
    });
    server
        .patch("default", json!({ "credentials": [credential] }))
        .await;
    let message = "The security token included in the request is expired";
    fully_signed()
        .is_refused(&server, "ExpiredTokenException", message)
        .await;
}

/// Signed here with AWS's own crate, as a client would: now, over any path and query.
fn sign_now(
    server: &Server,
    path: &str,
    service: &str,
    credential: (&str, Option<&str>),
) -> Signed {
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    let (key, session) = credential;
    let identity = aws_credential_types::Credentials::new(
        key,
        SECRET,
        session.map(str::to_owned),
        None,
        "test",
    )
    .into();
    let parameters = aws_sigv4::sign::v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(std::time::SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let url = format!("http://{}{path}", server.host());
    let body = chat("hello")
        .to_string()
        .replace("-1:0", if service == "bedrock" { "-1:0" } else { "" });
    let headers = [("content-type", "application/json")].into_iter();
    let request =
        SignableRequest::new("POST", &url, headers, SignableBody::Bytes(body.as_bytes())).unwrap();
    let (instructions, _) = sign(request, &parameters).unwrap().into_parts();
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(
        instructions
            .headers()
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    Signed {
        path: path.to_owned(),
        headers,
        body,
    }
}

#[tokio::test]
async fn each_endpoint_has_its_service() {
    let server = start().await;
    let known = ("AKIDEXAMPLE", None);
    let mantle = "/_s/x/mantle/v1/chat/completions?a=b&%C3%A9=%2B+x";
    assert_eq!(
        sign_now(&server, RUNTIME, "bedrock", known)
            .send(&server)
            .await
            .status,
        200
    );
    assert_eq!(
        sign_now(&server, mantle, "bedrock-mantle", known)
            .send(&server)
            .await
            .status,
        200
    );
    let wrong = "Credential should be scoped to correct service: 'bedrock-mantle'";
    sign_now(&server, MANTLE, "bedrock", known)
        .is_refused(&server, INVALID, wrong)
        .await;
    sign_now(&server, RUNTIME, "bedrock-mantle", known)
        .is_refused(&server, INVALID, "service: 'bedrock'")
        .await;
}

#[tokio::test]
async fn the_well_known_credentials_are_known() {
    let server = start().await;
    let sign = |key, session| sign_now(&server, RUNTIME, "bedrock", (key, session));
    assert_eq!(
        sign("ASIDEXAMPLE", Some("fixture/session+token=="))
            .send(&server)
            .await
            .status,
        200
    );
    let expired = sign("ASIDEXAMPLE", Some("expired-session-token"));
    expired
        .is_refused(&server, "ExpiredTokenException", "is expired")
        .await;
    sign("ASIDEXAMPLE", None)
        .is_refused(&server, "UnrecognizedClientException", "is invalid")
        .await;
    sign("AKIDEXAMPLE", Some("x"))
        .is_refused(&server, "UnrecognizedClientException", "is invalid")
        .await;
}

async fn bearer(server: &Server, key: &str) -> (u16, Value) {
    let answer = server
        .request(
            "POST",
            RUNTIME,
            &[("authorization", &format!("Bearer {key}"))],
            chat("hello").to_string().as_bytes(),
        )
        .await;
    (answer.status, answer.json()["Message"].clone())
}

const UNKNOWN_KEY: &str = "Authentication failed: Please make sure your API Key is valid.";
const EXPIRED_KEY: &str = "Bearer Token has expired";

#[tokio::test]
async fn keys_are_known_expired_or_wrong() {
    let server = start().await;
    assert_eq!(bearer(&server, "bedrock-api-key-emulator").await.0, 200);
    assert_eq!(bearer(&server, "ABSKemulator").await.0, 200);
    let refused = [
        ("bedrock-api-key-expired", EXPIRED_KEY),
        (
            "sk-123",
            "Invalid API Key format: Must start with pre-defined prefix",
        ),
        ("ABSKother", UNKNOWN_KEY),
        ("bedrock-api-key-other", UNKNOWN_KEY),
        ("bedrock-api-key-YWJj", UNKNOWN_KEY),
    ];
    for (key, message) in refused {
        assert_eq!(bearer(&server, key).await, (403, json!(message)), "{key}");
    }
    for headers in [
        &[][..],
        &[("authorization", "Basic YTpi")],
        &[("authorization", "Bearer")],
    ] {
        let answer = server.request("POST", RUNTIME, headers, b"").await;
        assert_eq!(
            (answer.status, answer.text()),
            (403, r#"{"Message":"Missing Authentication Token"}"#)
        );
    }
    let keys = json!([{ "key": "bedrock-api-key-emulator", "expired": true }, { "key": "mine" }]);
    server.space("default", json!({ "apiKeys": keys })).await;
    assert_eq!(
        bearer(&server, "bedrock-api-key-emulator").await,
        (403, json!(EXPIRED_KEY))
    );
    assert_eq!(bearer(&server, "mine").await.0, 200);
}

/// T1 of bedrock-facts.md, us-west-2, twelve hours.
const TOKEN: &str = "bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&\
    X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-west-2%2Fbedrock%2Faws4_request&X-Amz-Date=20260102T030405Z&\
    X-Amz-Expires=43200&X-Amz-SignedHeaders=host&\
    X-Amz-Signature=a27884da5492609aabf329fa37d9ebfc43fc30bc26dfa7c45723eacdf4dd1099&Version=1";

/// T2, us-east-1, 15 minutes, with a session.
const SESSION_TOKEN: &str = "bedrock.amazonaws.com/?Action=CallWithBearerToken&\
    X-Amz-Algorithm=AWS4-HMAC-SHA256&\
    X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fbedrock%2Faws4_request&X-Amz-Date=20260102T030405Z&\
    X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Security-Token=fixture%2Fsession%2Btoken%3D%3D&\
    X-Amz-Signature=77c03294cc5114b53b833f77110559f65e29347e4bbee23ebd81d99a392cca1d&Version=1";

fn minted(url: &str) -> String {
    format!("bedrock-api-key-{}", BASE64_STANDARD.encode(url))
}

#[tokio::test]
async fn minted_tokens_are_verified() {
    let server = vector_server().await;
    assert_eq!(bearer(&server, &minted(TOKEN)).await.0, 200);
    let changes = [
        ("CallWith", "CallwITH"),
        ("HMAC", "hMAC"),
        ("AKID", "BKID"),
        ("%2F20260102", "%2F20260103"),
        ("us-west-2", "us-east-1"),
        ("2Fbedrock%", "2Fbedrocks%"),
        ("05Z", "06Z"),
        ("43200", "43199"),
        ("43200", "43201"),
        ("=host", "=most"),
        ("a278", "b278"),
        ("Version=1", "Version=2"),
        ("&Version", "&More=1&Version"),
        ("&Version", "&Version=1&Version"),
        ("&Version", "&X-Amz-Security-Token=a&Version"),
        ("bedrock.amazonaws.com", "bedrock.amazonaws.org"),
    ];
    for (from, to) in changes {
        assert!(TOKEN.contains(from));
        let token = minted(&TOKEN.replacen(from, to, 1));
        assert_eq!(
            bearer(&server, &token).await,
            (403, json!(UNKNOWN_KEY)),
            "{from} → {to}"
        );
    }
    // The order of the parameters is not signed.
    let (head, tail) = TOKEN.split_once("&X-Amz-Date=20260102T030405Z").unwrap();
    assert_eq!(
        bearer(
            &server,
            &minted(&format!("{head}{tail}&X-Amz-Date=20260102T030405Z"))
        )
        .await
        .0,
        200
    );
}

#[tokio::test]
async fn minted_tokens_expire() {
    let server = vector_server().await;
    server
        .patch("default", json!({ "region": "us-east-1" }))
        .await;
    assert_eq!(
        bearer(&server, &minted(TOKEN)).await,
        (403, json!(UNKNOWN_KEY)),
        "another region"
    );
    assert_eq!(bearer(&server, &minted(SESSION_TOKEN)).await.0, 200);
    let changed = SESSION_TOKEN.replace("fixture", "Fixture");
    assert_eq!(
        bearer(&server, &minted(&changed)).await,
        (403, json!(UNKNOWN_KEY))
    );

    server
        .patch("default", json!({ "clock": "2026-01-02T03:18:00Z" }))
        .await;
    assert_eq!(bearer(&server, &minted(SESSION_TOKEN)).await.0, 200);
    server
        .patch("default", json!({ "clock": "2026-01-02T03:19:05Z" }))
        .await;
    assert_eq!(
        bearer(&server, &minted(SESSION_TOKEN)).await,
        (403, json!(EXPIRED_KEY))
    );
    server
        .patch("default", json!({ "clock": "2026-01-02T02:50:00Z" }))
        .await;
    assert_eq!(
        bearer(&server, &minted(SESSION_TOKEN)).await,
        (403, json!(UNKNOWN_KEY)),
        "not yet"
    );
}

#[tokio::test]
async fn mantle_takes_keys_too() {
    let server = start().await;
    let body = with(chat("hello"), json!({ "model": "openai.gpt-oss-20b" }));
    assert_eq!(server.chat(MANTLE, &body).await.status, 200);
}
