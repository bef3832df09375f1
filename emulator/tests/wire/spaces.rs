//! Spaces: steps, faults, records.

use std::io;

use crate::client::{End, RUNTIME, Server, chat, start, streamed};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

const PATH: &str = "/_s/t/openai/v1/chat/completions";

async fn scripted(steps: Value) -> Server {
    let server = start().await;
    server.space("t", json!({ "steps": steps })).await;
    server
}

#[tokio::test]
async fn steps_are_used_up_in_order() {
    let server = scripted(json!([
        {
            "status": 429,
            "headers": { "retry-after": "1", "x-amzn-requestid": null },
            "json": { "message": "slow" }
        },
        { "normal": true },
        { "auth": true, "body": "data: [DONE]\n\n" },
        { "auth": true, "body": "data: [DONE]\n\n" },
    ]))
    .await;
    let first = server.request("POST", PATH, &[], b"").await;
    assert_eq!((first.status, first.text()), (429, r#"{"message":"slow"}"#));
    assert_eq!(
        (first.header("retry-after"), first.header("content-type")),
        ("1", "application/json")
    );
    assert!(first.header("x-amzn-requestid").is_empty() && !first.header("date").is_empty());
    assert_eq!(server.report("t").await["stepsLeft"], 3);
    // Only chat requests use up steps.
    server
        .request("POST", "/_s/t/openai/v1/models", &[], b"")
        .await;
    assert_eq!(server.report("t").await["stepsLeft"], 3);

    assert_eq!(
        server.chat(PATH, &chat("hello")).await.json()["object"],
        "chat.completion"
    );
    let third = server.chat(PATH, &chat("hello")).await;
    assert_eq!(
        (third.text(), third.header("content-length")),
        ("data: [DONE]\n\n", "14")
    );
    assert_eq!(third.header("content-type"), "text/event-stream");
    assert_eq!(server.request("POST", PATH, &[], b"").await.status, 403);
    assert_eq!(
        server.chat(PATH, &chat("hello")).await.json()["object"],
        "chat.completion"
    );
}

#[tokio::test]
async fn the_last_step_may_repeat() {
    let server = start().await;
    let steps = json!([{ "status": 500, "json": 1 }, { "status": 503, "json": null }]);
    server
        .space("t", json!({ "steps": steps, "repeatLast": true }))
        .await;
    for status in [500, 503, 503, 503] {
        assert_eq!(server.request("POST", PATH, &[], b"").await.status, status);
    }
    assert_eq!(server.request("POST", PATH, &[], b"").await.text(), "null");
}

#[tokio::test]
async fn redirects_point_elsewhere() {
    let redirect = json!({ "status": 307, "location": "http://127.0.0.1:1/x" });
    let server = start().await;
    server
        .space(
            "t",
            json!({ "steps": [{ "redirect": redirect }], "redirect": redirect }),
        )
        .await;
    for _ in 0..3 {
        let answer = server.chat(PATH, &chat("hello")).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (307, "http://127.0.0.1:1/x")
        );
    }
}

#[tokio::test]
async fn bodies_are_split_as_told() {
    let server = scripted(json!([
        { "body": "漢字", "splitEvery": 1 },
        { "json": [1, 2], "splitAt": [1, 4], "splitDelayMs": 1 },
        { "bodyBase64": "AP8=", "headers": { "content-type": "x/y", "set-cookie": ["a", "b"] } },
        { "pieces": [
            { "text": "a" },
            { "base64": "/w==", "delayMs": 1 },
            { "text": "b", "repeat": 3, "delayMs": 1 }
        ] },
        { "status": 204 },
        {},
    ]))
    .await;
    let ask = async || server.request("POST", PATH, &[], b"").await;
    let answer = ask().await;
    assert_eq!((answer.chunks.len(), answer.text()), (6, "漢字"));
    assert_eq!(ask().await.chunks, [&b"["[..], b"1,2", b"]"]);
    let answer = ask().await;
    assert_eq!(
        (answer.body.as_slice(), answer.header("content-type")),
        (&b"\x00\xff"[..], "x/y")
    );
    let cookies: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .collect();
    assert_eq!(cookies.len(), 2);
    assert_eq!(ask().await.chunks, [&b"a"[..], b"\xff", b"b", b"b", b"b"]);
    assert_eq!(ask().await.status, 204);
    let empty = ask().await;
    assert_eq!(
        (empty.status, empty.header("content-length"), empty.end),
        (200, "0", End::Complete)
    );
    let requests = server.report("t").await["requests"].clone();
    assert!(
        requests
            .as_array()
            .unwrap()
            .iter()
            .all(|request| request["state"] == "finished"),
        "{requests}"
    );
}

#[tokio::test]
async fn splits_are_separate_writes() {
    let server =
        scripted(json!([{ "body": "0123456789".repeat(4), "splitEvery": 1, "splitDelayMs": 5 }]))
            .await;
    let mut stream = server.send("POST", PATH, &[], b"").await;
    let mut reads = Vec::new();
    let mut buffer = [0; 4096];
    while reads
        .last()
        .is_none_or(|read: &Vec<u8>| !read.ends_with(b"0\r\n\r\n"))
    {
        let length = stream.read(&mut buffer).await.unwrap();
        reads.push(buffer[..length].to_vec());
    }
    // Forty of them; the reader may have slept through a few.
    assert!(reads.len() > 10, "{}", reads.len());
}

#[tokio::test]
async fn what_was_written_before_a_fault_arrives() {
    let event = "data: é\n\n".repeat(5000);
    for (then, end) in [("reset", End::Reset), ("close", End::Cut)] {
        let server =
            scripted(json!([{ "pieces": [{ "text": event }, { "text": "x" }], "then": then }]))
                .await;
        let answer = server.request("POST", PATH, &[], b"").await;
        assert_eq!(answer.end, end);
        assert_eq!(answer.text(), format!("{event}x"));
        let record = server.wait("t", "ended", 0).await;
        assert_eq!(
            (&record["state"], &record["eventsSent"]),
            (&json!("finished"), &json!(5000))
        );
        assert_eq!(record["bytesSent"], event.len() + 1);
    }
}

#[tokio::test]
async fn a_content_length_may_lie() {
    let step = json!({ "headers": { "content-length": "100" }, "body": "abc", "then": "close" });
    let server = scripted(json!([step])).await;
    let answer = server.request("POST", PATH, &[], b"").await;
    assert_eq!((answer.text(), answer.end), ("abc", End::Cut));
}

#[tokio::test]
async fn a_reset_before_the_headers_leaves_nothing() {
    let server = scripted(json!([{ "reset": "before-headers" }])).await;
    let error = server.open("POST", PATH, &[], b"").await.err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let record = server.wait("t", "ended", 0).await;
    assert_eq!(
        (&record["state"], &record["status"]),
        (&json!("finished"), &Value::Null)
    );
    assert_eq!(server.chat(PATH, &chat("hello")).await.status, 200);
}

#[tokio::test]
async fn a_client_that_leaves_is_seen() {
    let steps = [
        json!({ "never": true }),
        json!({ "delayMs": 600_000 }),
        json!({ "pieces": [{ "text": "data: 1\n\n" }], "then": "stall" }),
        json!({ "body": "abc", "then": "stall" }),
        json!({ "then": "stall" }),
        json!({ "pieces": [{ "text": "a" }, { "text": "b", "delayMs": 600_000 }] }),
        json!({ "pieces": [{ "text": "a", "repeat": "forever", "delayMs": 1 }] }),
        json!({ "pieces": [{ "text": "a", "repeat": "forever" }] }),
    ];
    for step in steps {
        let server = scripted(json!([step])).await;
        let stream = server.send("POST", PATH, &[], b"{}").await;
        let record = server.wait("t", "received", 0).await;
        assert_eq!(
            (&record["state"], &record["body"]),
            (&json!("open"), &json!("{}"))
        );
        drop(stream);
        assert_eq!(
            server.wait("t", "disconnected", 0).await["state"],
            "disconnected",
            "{step}"
        );
    }
}

#[tokio::test]
async fn a_client_that_leaves_a_normal_stream_is_seen() {
    let server = start().await;
    server.space("t", json!({ "tokenDelayMs": 20 })).await;
    let mut open = server
        .open(
            "POST",
            PATH,
            &[crate::client::KEY],
            streamed("long").to_string().as_bytes(),
        )
        .await
        .unwrap();
    for _ in 0..3 {
        assert!(open.chunk().await.unwrap().starts_with(b"data: {"));
    }
    drop(open);
    let record = server.wait("t", "disconnected", 0).await;
    assert_eq!(record["state"], "disconnected");
    assert!(
        (3..100).contains(&record["eventsSent"].as_u64().unwrap()),
        "{record}"
    );
}

#[tokio::test]
async fn a_client_that_does_not_read_stops_the_sending() {
    let server =
        scripted(json!([{ "pieces": [{ "text": "data: {}\n\n", "repeat": "forever" }] }])).await;
    let mut open = server.open("POST", PATH, &[], b"").await.unwrap();
    open.chunk().await.unwrap();
    // Nobody reads: what is sent must come to rest, at what the two socket buffers hold.
    let sent = async || {
        server.wait("t", "received", 0).await["bytesSent"]
            .as_u64()
            .unwrap()
    };
    let mut before = 0;
    let mut quiet = 0;
    while quiet < 10 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        let now = sent().await;
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
    }
    assert!(before < 64 << 20, "{before}");
    // Somebody reads again.
    let mut read = 0;
    while read < before + 100_000 {
        read += open.chunk().await.unwrap().len() as u64;
    }
    assert!(sent().await > before);
}

#[tokio::test]
async fn requests_are_recorded_as_they_came() {
    let server = start().await;
    let headers = [
        ("x-b", "2"),
        ("X-A", "1"),
        ("authorization", "Bearer sk-nope"),
    ];
    server
        .request("POST", &format!("{PATH}?q=%20&r"), &headers, b"{\"a\":1}")
        .await;
    server
        .request("DELETE", "/_s/t/some/where", &[], b"\xff")
        .await;
    let report = server.report("t").await;
    let first = &report["requests"][0];
    assert_eq!(
        (&first["index"], &first["method"], &first["path"]),
        (&json!(0), &json!("POST"), &json!(PATH))
    );
    assert_eq!(
        (&first["query"], &first["body"], &first["status"]),
        (&json!("q=%20&r"), &json!("{\"a\":1}"), &json!(403))
    );
    assert_eq!(first["auth"]["kind"], "bearer");
    assert!(
        first["auth"]["reason"]
            .as_str()
            .unwrap()
            .starts_with("Invalid API Key format")
    );
    let names: Vec<&str> = first["headers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|header| header[0].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["content-length", "host", "x-b", "x-a", "authorization"]
    );
    let second = &report["requests"][1];
    assert_eq!(
        (&second["bodyBase64"], second.get("body")),
        (&json!("/w=="), None)
    );
    assert_eq!(second["auth"]["kind"], "none");
    // Another space knows nothing of it, and the default one is one of them.
    assert_eq!(server.report("u").await["requests"], json!([]));
    server.chat(RUNTIME, &chat("hello")).await;
    assert_eq!(
        server.report("default").await["requests"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn spaces_are_replaced_patched_and_forgotten() {
    let server = start().await;
    server.chat(PATH, &chat("hello")).await;
    server
        .patch("t", json!({ "steps": [{ "status": 500 }] }))
        .await;
    assert_eq!(
        server.report("t").await["requests"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    server.patch("t", json!({ "region": "eu-west-1" })).await;
    assert_eq!(server.report("t").await["stepsLeft"], 1);
    server.space("t", json!({})).await;
    assert_eq!(
        server.report("t").await,
        json!({ "requests": [], "preflights": [], "stepsLeft": 0 })
    );
    server.chat(PATH, &chat("hello")).await;
    assert_eq!(
        server.request("DELETE", "/_s/t", &[], b"").await.status,
        204
    );
    assert_eq!(server.report("t").await["requests"], json!([]));
}

#[tokio::test]
async fn a_wrong_setup_says_so() {
    let server = start().await;
    let setups = [
        "[]",
        "{",
        r#"{"regoin":"x"}"#,
        r#"{"steps":[{"statsu":1}]}"#,
        r#"{"steps":[{"then":"explode"}]}"#,
        r#"{"steps":[{"bodyBase64":"?"}]}"#,
        r#"{"clock":"yesterday"}"#,
    ];
    for setup in setups {
        let answer = server.request("POST", "/_s/t", &[], setup.as_bytes()).await;
        assert_eq!(answer.status, 400, "{setup}");
        assert!(!answer.body.is_empty());
    }
    server
        .space("t", json!({ "steps": [{ "status": 42 }] }))
        .await;
    assert_eq!(server.request("POST", PATH, &[], b"").await.status, 501);
}

#[tokio::test]
async fn waiting_ends_with_its_time() {
    let server = start().await;
    let answer = server
        .request("GET", "/_s/t?wait=finished&index=3&timeoutMs=1", &[], b"")
        .await;
    assert_eq!(answer.json()["requests"], json!([]));
    server.chat(PATH, &chat("hello")).await;
    // It is finished, so it will never be disconnected.
    assert_eq!(
        server.wait("t", "disconnected", 0).await["state"],
        "finished"
    );
}

#[tokio::test]
async fn megabytes_go_both_ways() {
    let server = start().await;
    let text = "x".repeat(5 << 20);
    server
        .space("t", json!({ "steps": [{ "body": text }] }))
        .await;
    let answer = server.request("POST", PATH, &[], text.as_bytes()).await;
    assert_eq!((answer.body.len(), answer.end), (text.len(), End::Complete));
    assert_eq!(server.chat(PATH, &chat(&text)).await.status, 200);
    let record = server.wait("t", "finished", 0).await;
    assert_eq!(
        (&record["bytesSent"], record["body"].as_str().unwrap().len()),
        (&json!(text.len()), text.len())
    );
}
