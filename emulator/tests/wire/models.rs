//! OpenAI's list of models.

use crate::client::{KEY, MANTLE, Server, chat, start, with};
use serde_json::{Value, json};

async fn get(server: &Server, path: &str) -> (u16, Value) {
    let answer = server.request("GET", path, &[KEY], b"").await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn mantle_lists_its_models() {
    let server = start().await;
    let (status, list) = get(&server, "/mantle/v1/models").await;
    assert_eq!((status, &list["object"]), (200, &json!("list")));
    let models = list["data"].as_array().unwrap();
    let ids: Vec<&str> = models
        .iter()
        .map(|model| model["id"].as_str().unwrap())
        .collect();
    // Of both prefixes, and not those of runtime.
    for id in ["openai.gpt-oss-20b", "openai.gpt-5.6-sol", "xai.grok-4.6"] {
        assert!(ids.contains(&id), "{ids:?}");
    }
    assert!(!ids.contains(&"openai.gpt-oss-20b-1:0"));
    for model in models {
        assert_eq!(model["object"], "model");
        assert!(model["created"].is_u64() && model["owned_by"].is_string());
        let id = model["id"].as_str().unwrap();
        let one = get(&server, &format!("/mantle/v1/models/{id}")).await;
        assert_eq!(one, (200, model.clone()));
    }
}

#[tokio::test]
async fn a_model_that_is_not_there_is_not_found() {
    let server = start().await;
    let (status, error) = get(&server, "/mantle/v1/models/openai.gpt-oss-20b-1%3A0").await;
    assert_eq!(status, 404);
    let expected = json!({
        "message": "The model 'openai.gpt-oss-20b-1:0' does not exist",
        "type": "invalid_request_error", "param": null, "code": "model_not_found"
    });
    assert_eq!(error["error"], expected);
}

#[tokio::test]
async fn a_listed_model_may_have_no_chat() {
    let server = start().await;
    let id = "anthropic.claude-haiku-4-5";
    assert_eq!(
        get(&server, &format!("/mantle/v1/models/{id}")).await.0,
        200
    );
    let body = with(chat("hello"), json!({ "model": id }));
    let answer = server.chat(MANTLE, &body).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.text().contains("does not support"),
        "{}",
        answer.text()
    );
}

#[tokio::test]
async fn there_is_one_path_and_it_is_mantles() {
    let server = start().await;
    assert_eq!(get(&server, "/mantle/openai/v1/models").await.0, 404);
    for path in ["/openai/v1/models", "/v1/models", "/openai/v1/models/a.b"] {
        let (status, body) = get(&server, path).await;
        assert_eq!(status, 200);
        let error = "com.amazon.coral.service#UnknownOperationException";
        assert_eq!(body["Output"]["__type"], error);
    }
}

#[tokio::test]
async fn the_list_is_for_those_who_may_see_it() {
    let server = start().await;
    for path in ["/mantle/v1/models", "/mantle/v1/models/zai.glm-5"] {
        let answer = server.request("GET", path, &[], b"").await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.json()["Message"], "Missing Authentication Token");
    }
    let report = server.report("default").await;
    assert_eq!(report["requests"][0]["method"], "GET");
}

/// Of botocore: a GET without a body, signed for mantle.
#[tokio::test]
async fn the_list_takes_signatures() {
    let server = start().await;
    let clock = json!({ "clock": "2026-01-02T03:04:10Z" });
    server.space("default", clock).await;
    let signed = |signature: &str| {
        format!(
            "AWS4-HMAC-SHA256 \
             Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock-mantle/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={signature}"
        )
    };
    let ask = async |path, signature| {
        let headers = [
            ("host", "bedrock-mantle.us-east-1.api.aws"),
            ("x-amz-date", "20260102T030405Z"),
            ("authorization", &*signed(signature)),
        ];
        server.request("GET", path, &headers, b"").await.status
    };
    let signature = "0f365e1c1ccb1458a7db5405d9ef3c4ed0bdfec1ae238e629ef121174b84d252";
    assert_eq!(ask("/mantle/v1/models", signature).await, 200);
    assert_eq!(ask("/mantle/v1/models/zai.glm-5", signature).await, 403);
    // A colon of an id is encoded in the path, and once more in what is signed.
    let path = "/mantle/v1/models/openai.gpt-oss-20b-1%3A0";
    assert_eq!(
        ask(
            path,
            "2643f769a16129ebbd27d1d0e9f7a4d57486b16a359c69b992e127dce452ab14"
        )
        .await,
        404
    );
}

#[tokio::test]
async fn steps_say_which_operation_they_are_for() {
    let server = start().await;
    let steps = json!([
        { "operation": "listModels", "status": 503, "json": {} },
        { "status": 429, "json": {} },
        { "operation": "retrieveModel", "status": 500, "json": {} },
    ]);
    let space = json!({ "steps": steps, "repeatLast": true });
    server.space("t", space).await;
    let path = "/_s/t/mantle/v1/models";
    for _ in 0..2 {
        let one = get(&server, &format!("{path}/zai.glm-5")).await;
        assert_eq!(one.0, 500);
        let chat = server
            .chat("/_s/t/mantle/v1/chat/completions", &chat("hello"))
            .await;
        assert_eq!(chat.status, 429);
        assert_eq!(get(&server, path).await.0, 503);
    }
    assert_eq!(server.report("t").await["stepsLeft"], 3);
    let steps = json!({ "steps": [{ "operation": "listModels", "status": 503, "json": {} }], "repeatLast": false });
    server.patch("t", steps).await;
    assert_eq!(get(&server, path).await.0, 503);
    assert_eq!(get(&server, path).await.0, 200);
}
