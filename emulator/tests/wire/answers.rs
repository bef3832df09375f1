//! Answers, streams and refusals on both endpoints.

use crate::client::{End, KEY, MANTLE, RUNTIME, chat, start, streamed, with};
use serde_json::{Value, json};

#[tokio::test]
async fn a_completion_has_openais_envelope() {
    let server = start().await;
    let answer = server.chat(RUNTIME, &chat("hello")).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    let completion = answer.json();
    assert!(completion["id"].as_str().unwrap().starts_with("chatcmpl-"));
    assert_eq!(completion["object"], "chat.completion");
    assert_eq!(completion["model"], "openai.gpt-oss-20b-1:0");
    assert_eq!(completion["choices"][0]["finish_reason"], "stop");
    assert_eq!(completion["choices"][0]["message"]["role"], "assistant");
    assert!(answer.content().contains("local emulator"));
    let usage = &completion["usage"];
    let sum =
        usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
    assert_eq!(usage["total_tokens"], sum);
}

#[tokio::test]
async fn a_stream_says_what_the_completion_says() {
    let server = start().await;
    for question in ["hello", "emoji please", "what is SigV4?", "42"] {
        let whole = server.chat(RUNTIME, &chat(question)).await.content();
        let stream = server.chat(RUNTIME, &streamed(question)).await;
        assert_eq!(stream.deltas("content"), whole);
        let events = stream.events();
        assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
        assert_eq!(
            events.last().unwrap()["choices"][0]["finish_reason"],
            "stop"
        );
        assert!(
            events
                .iter()
                .all(|event| event["object"] == "chat.completion.chunk")
        );
        assert_eq!(
            stream.chunks.len(),
            events.len() + 1,
            "each event is a write of its own"
        );
    }
}

#[tokio::test]
async fn usage_comes_last_where_it_is_asked_for() {
    let server = start().await;
    let body = with(
        streamed("hello"),
        json!({ "stream_options": { "include_usage": true } }),
    );
    let events = server.chat(RUNTIME, &body).await.events();
    let (last, others) = events.split_last().unwrap();
    assert_eq!(last["choices"], json!([]));
    assert!(last["usage"]["completion_tokens"].as_u64().unwrap() > 10);
    assert!(
        others
            .iter()
            .all(|event| event.get("usage") == Some(&Value::Null))
    );
}

#[tokio::test]
async fn a_budget_of_tokens_cuts_the_answer() {
    let server = start().await;
    for field in ["max_tokens", "max_completion_tokens"] {
        let answer = server
            .chat(RUNTIME, &with(chat("hello"), json!({ field: 3 })))
            .await
            .json();
        assert_eq!(answer["choices"][0]["finish_reason"], "length");
        assert_eq!(answer["usage"]["completion_tokens"], 3);
    }
    let answer = server
        .chat(RUNTIME, &with(chat("hello"), json!({ "max_tokens": 0 })))
        .await;
    assert_eq!(answer.content(), "");
}

#[tokio::test]
async fn reasoning_is_inline_on_runtime() {
    let server = start().await;
    let whole = server.chat(RUNTIME, &chat("think")).await.content();
    assert!(whole.starts_with("<reasoning>The user") && whole.contains("</reasoning>"));

    let stream = server
        .chat(
            RUNTIME,
            &with(streamed("hello"), json!({ "reasoning_effort": "low" })),
        )
        .await;
    assert!(stream.deltas("content").starts_with("<reasoning>The user"));
    let cut = |tag: &str| {
        stream
            .events()
            .iter()
            .all(|event| event["choices"][0]["delta"]["content"] != tag)
    };
    assert!(cut("<reasoning>") && cut("</reasoning>"));

    server
        .space("pairs", json!({ "reasoningStyle": "per-delta" }))
        .await;
    let stream = server
        .chat("/_s/pairs/openai/v1/chat/completions", &streamed("think"))
        .await;
    assert!(
        stream
            .deltas("content")
            .starts_with("<reasoning>The</reasoning><reasoning> user</reasoning>")
    );
}

#[tokio::test]
async fn reasoning_is_apart_on_mantle() {
    let server = start().await;
    let model = json!({ "model": "openai.gpt-oss-20b" });
    let answer = server
        .chat(MANTLE, &with(chat("think"), model.clone()))
        .await;
    let message = answer.json()["choices"][0]["message"].clone();
    assert!(
        message["reasoning"]
            .as_str()
            .unwrap()
            .starts_with("The user")
    );
    assert!(!message["content"].as_str().unwrap().contains("<reasoning>"));

    let stream = server.chat(MANTLE, &with(streamed("think"), model)).await;
    assert_eq!(stream.deltas("reasoning"), message["reasoning"]);
    assert_eq!(stream.deltas("content"), message["content"]);
}

#[tokio::test]
async fn a_tool_is_called_for_the_weather() {
    let server = start().await;
    let tool = |name| json!({ "type": "function", "function": { "name": name, "parameters": {} } });
    let tools = json!({ "tools": [tool("other"), tool("get_weather")] });

    let answer = server
        .chat(RUNTIME, &with(chat("How is the weather?"), tools.clone()))
        .await
        .json();
    let choice = &answer["choices"][0];
    assert_eq!(
        (&choice["finish_reason"], &choice["message"]["content"]),
        (&json!("tool_calls"), &Value::Null)
    );
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!(
        (&call["type"], &call["function"]["name"]),
        (&json!("function"), &json!("get_weather"))
    );
    assert!(call.get("index").is_none());

    let stream = server
        .chat(RUNTIME, &with(streamed("weather"), tools.clone()))
        .await;
    let calls: Vec<Value> = stream
        .events()
        .iter()
        .map(|event| event["choices"][0]["delta"]["tool_calls"][0].clone())
        .filter(|call| !call.is_null())
        .collect();
    assert_eq!(
        (&calls[0]["index"], &calls[0]["function"]["name"]),
        (&json!(0), &json!("get_weather"))
    );
    assert!(calls.len() > 3 && calls.iter().skip(1).all(|call| call.get("id").is_none()));
    let arguments: String = calls
        .iter()
        .filter_map(|call| call["function"]["arguments"].as_str())
        .collect();
    assert_eq!(arguments, call["function"]["arguments"].as_str().unwrap());
    assert_eq!(
        serde_json::from_str::<Value>(&arguments).unwrap()["unit"],
        "celsius"
    );

    let none = with(
        with(chat("weather"), tools.clone()),
        json!({ "tool_choice": "none" }),
    );
    assert_eq!(
        server.chat(RUNTIME, &none).await.json()["choices"][0]["finish_reason"],
        "stop"
    );
    let mut answered = with(chat("weather"), tools);
    answered["messages"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "role": "tool", "content": "21" }));
    assert_eq!(
        server.chat(RUNTIME, &answered).await.json()["choices"][0]["finish_reason"],
        "stop"
    );
}

#[tokio::test]
async fn content_may_come_in_parts() {
    let server = start().await;
    let body = with(
        chat(""),
        json!({ "messages": [
        { "role": "developer", "content": "Be brief." },
        { "role": "user", "content": [
            { "type": "text", "text": "hello" },
            { "type": "image_url", "image_url": {} }
        ] },
    ] }),
    );
    assert!(
        server
            .chat(RUNTIME, &body)
            .await
            .content()
            .starts_with("Hello!")
    );
}

#[tokio::test]
async fn malformed_requests_are_refused_in_openais_shape() {
    let server = start().await;
    let bodies = [
        "{",
        "[]",
        r#"{"model":"openai.gpt-oss-20b-1:0"}"#,
        r#"{"messages":[{"role":"user","content":"a"}]}"#,
        r#"{"model":"openai.gpt-oss-20b-1:0","messages":[]}"#,
        r#"{"model":"openai.gpt-oss-20b-1:0","messages":[{"role":"king","content":"a"}]}"#,
        r#"{"model":"openai.gpt-oss-20b-1:0","messages":[{"role":"user","content":1}]}"#,
        r#"{"model":"openai.gpt-oss-20b-1:0","messages":[{"role":"user","content":"a"}],"stream":"yes"}"#,
    ];
    for body in bodies {
        let answer = server
            .request("POST", RUNTIME, &[KEY], body.as_bytes())
            .await;
        assert_eq!(answer.status, 400, "{body}");
        let error = &answer.json()["error"];
        assert_eq!(
            (&error["code"], &error["param"]),
            (&json!("validation_error"), &Value::Null),
            "{body}"
        );
        assert_eq!(answer.end, End::Complete);
    }
}

#[tokio::test]
async fn models_belong_to_endpoints_and_prefixes() {
    let server = start().await;
    let ask = |path, model| server.chat_model(path, model);
    let mantle_openai = "/mantle/openai/v1/chat/completions";
    assert_eq!(ask(mantle_openai, "openai.gpt-5.6-sol").await.0, 200);
    assert_eq!(ask(mantle_openai, "xai.grok-4.3").await.0, 200);
    assert_eq!(ask(MANTLE, "deepseek.v3.2").await.0, 200);
    assert_eq!(ask(RUNTIME, "us.openai.gpt-5.6-sol").await.0, 200);
    assert_eq!(ask(RUNTIME, "nope").await, (404, json!("model_not_found")));
    assert_eq!(ask(MANTLE, "nope").await, (404, json!("model_not_found")));
    assert_eq!(
        ask(MANTLE, "openai.gpt-oss-20b-1:0").await,
        (404, json!("model_not_found"))
    );
    assert_eq!(
        ask(RUNTIME, "openai.gpt-oss-20b").await,
        (400, json!("validation_error"))
    );
    assert_eq!(
        ask(MANTLE, "openai.gpt-5.6-sol").await,
        (400, json!("validation_error"))
    );
    assert_eq!(
        ask(mantle_openai, "openai.gpt-oss-20b").await,
        (400, json!("validation_error"))
    );
    let body = with(
        chat("hello"),
        json!({ "model": "us.openai.gpt-5.6-sol", "max_tokens": 5 }),
    );
    let error = server.chat(RUNTIME, &body).await.json();
    assert_eq!(error["error"]["code"], "unsupported_parameter");
}

impl crate::client::Server {
    async fn chat_model(&self, path: &str, model: &str) -> (u16, Value) {
        let answer = self
            .chat(path, &with(chat("hello"), json!({ "model": model })))
            .await;
        (answer.status, answer.json()["error"]["code"].clone())
    }
}

#[tokio::test]
async fn the_wrong_path_is_a_trap() {
    let server = start().await;
    for path in ["/v1/chat/completions", "/openai/chat/completions", "/"] {
        let answer = server.chat(path, &chat("hello")).await;
        let kind = "com.amazon.coral.service#UnknownOperationException";
        let body = format!(r#"{{"Output":{{"__type":"{kind}"}},"Version":"1.0"}}"#);
        assert_eq!((answer.status, answer.text()), (200, body.as_str()));
    }
    assert_eq!(
        server
            .chat("/mantle/v2/chat/completions", &chat("hello"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_a_date() {
    let server = start().await;
    let is_uuid = |id: &str| {
        id.len() == 36
            && id
                .chars()
                .all(|char| matches!(char, '0'..='9' | 'a'..='f' | '-'))
    };
    for (path, body) in [
        (RUNTIME, chat("hello")),
        (RUNTIME, json!({})),
        ("/v1/chat/completions", json!({})),
    ] {
        let answer = server.chat(path, &body).await;
        assert!(is_uuid(answer.header("x-amzn-requestid")));
        assert!(answer.header("date").ends_with(" GMT"));
    }
    let refused = server.request("POST", RUNTIME, &[], b"").await;
    assert!(refused.status == 403 && is_uuid(refused.header("x-amzn-requestid")));
    for path in [MANTLE, "/mantle/nowhere"] {
        let answer = server.chat(path, &json!({})).await;
        let id = answer.header("x-amzn-requestid");
        assert!(id.starts_with("req_") && id == answer.header("x-request-id"));
    }
}
