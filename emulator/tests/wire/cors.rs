//! What a page of another origin may do.

use crate::client::{KEY, RUNTIME, chat, start};
use serde_json::json;

const PREFLIGHT: [(&str, &str); 3] = [
    ("origin", "http://page.test"),
    ("access-control-request-method", "POST"),
    ("access-control-request-headers", "authorization,x-amz-date"),
];

#[tokio::test]
async fn preflights_are_answered_and_recorded_apart() {
    let server = start().await;
    for path in [RUNTIME, "/_s/x", "/_emulator/health"] {
        let answer = server.request("OPTIONS", path, &PREFLIGHT, b"").await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(
            answer.header("access-control-allow-headers"),
            "authorization,x-amz-date"
        );
        assert!(
            answer
                .header("access-control-allow-methods")
                .contains("POST")
        );
        assert!(!answer.header("access-control-max-age").is_empty());
    }
    let report = server.report("default").await;
    assert_eq!(report["requests"], json!([]));
    assert_eq!(report["preflights"][0]["path"], RUNTIME);
    assert_eq!(report["preflights"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn every_answer_may_be_read() {
    let server = start().await;
    server
        .space(
            "default",
            json!({ "steps": [{ "status": 500, "json": {} }] }),
        )
        .await;
    let exposed = "x-amzn-requestid, x-request-id, x-amzn-errortype, date, \
        retry-after, retry-after-ms, x-should-retry";
    for (status, headers) in [(500, &[][..]), (403, &[]), (400, &[KEY])] {
        let answer = server.request("POST", RUNTIME, headers, b"{}").await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-expose-headers"), exposed);
    }
    for path in ["/_s/x", "/_s/x?wait=nonsense", "/_emulator/health"] {
        assert_eq!(
            server
                .request("GET", path, &[], b"")
                .await
                .header("access-control-allow-origin"),
            "*"
        );
    }
}

#[tokio::test]
async fn a_space_may_keep_pages_out() {
    let server = start().await;
    server.space("default", json!({ "cors": false })).await;
    let preflight = server.request("OPTIONS", RUNTIME, &PREFLIGHT, b"").await;
    assert_eq!(
        (
            preflight.status,
            preflight.header("access-control-allow-origin")
        ),
        (204, "")
    );
    let answer = server.chat(RUNTIME, &chat("hello")).await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (200, "")
    );
    let control = server.request("GET", "/_s/default", &[], b"").await;
    assert_eq!(control.header("access-control-allow-origin"), "*");
}
