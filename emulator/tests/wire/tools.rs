//! Tools: one call, several, broken ones, and what comes after their results.

use crate::client::{MANTLE, RUNTIME, Server, chat, start, streamed, with};
use serde_json::{Value, json};

fn tool(name: &str) -> Value {
    let properties = json!({ "city": { "type": "string" }, "days": { "type": "integer" } });
    let parameters = json!({ "type": "object", "properties": properties });
    json!({ "type": "function", "function": { "name": name, "parameters": parameters } })
}

fn tools(names: &[&str]) -> Value {
    json!({ "tools": names.iter().map(|name| tool(name)).collect::<Vec<_>>() })
}

async fn choice(server: &Server, body: &Value) -> Value {
    let answer = server.chat(RUNTIME, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["choices"][0].clone()
}

fn calls(choice: &Value) -> Vec<(&str, &str)> {
    let calls = choice["message"]["tool_calls"].as_array();
    calls
        .into_iter()
        .flatten()
        .map(|call| {
            let function = &call["function"];
            (
                function["name"].as_str().unwrap(),
                function["arguments"].as_str().unwrap(),
            )
        })
        .collect()
}

/// Answers the calls of a choice, as a program would.
fn answered(mut body: Value, choice: &Value, results: &[&str]) -> Value {
    let messages = body["messages"].as_array_mut().unwrap();
    messages.push(choice["message"].clone());
    let calls = choice["message"]["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), results.len());
    for (call, result) in calls.iter().zip(results) {
        messages.push(json!({ "role": "tool", "tool_call_id": call["id"], "content": result }));
    }
    body
}

#[tokio::test]
async fn arguments_fit_their_schema() {
    let server = start().await;
    let body = with(chat("call get_time"), tools(&["other", "get_time"]));
    let choice = choice(&server, &body).await;
    let calls = calls(&choice);
    let [(name, arguments)] = calls.as_slice() else {
        panic!("{calls:?}");
    };
    assert_eq!(*name, "get_time");
    let arguments: Value = serde_json::from_str(arguments).unwrap();
    assert_eq!(arguments, json!({ "city": "Zürich, 東京 🌦️", "days": 7 }));
}

#[tokio::test]
async fn several_tools_are_called_at_once() {
    let server = start().await;
    let body = with(chat("in parallel"), tools(&["a", "b", "c"]));
    let choice = choice(&server, &body).await;
    let names: Vec<&str> = calls(&choice).iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["a", "b", "c"]);
    let message = &choice["message"]["tool_calls"];
    let ids: Vec<&str> = message
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["id"].as_str().unwrap())
        .collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    assert_eq!(choice["finish_reason"], "tool_calls");

    // Streamed, each has its index, its head and its pieces.
    let stream = server
        .chat(RUNTIME, &with(body, json!({ "stream": true })))
        .await;
    let mut built = vec![(String::new(), String::new()); 3];
    let events = stream.events();
    let deltas = events
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["tool_calls"].as_array())
        .flatten();
    let mut count = 0;
    for delta in deltas {
        count += 1;
        let (id, arguments) = &mut built[delta["index"].as_u64().unwrap() as usize];
        if let Some(new) = delta["id"].as_str() {
            assert!(id.is_empty() && arguments.is_empty());
            *id = new.to_owned();
            assert_eq!(delta["type"], "function");
        }
        *arguments += delta["function"]["arguments"].as_str().unwrap();
    }
    assert!(count > 9);
    for ((id, arguments), call) in built.iter().zip(message.as_array().unwrap()) {
        assert_eq!(*id, call["id"]);
        assert_eq!(*arguments, call["function"]["arguments"]);
    }
}

#[tokio::test]
async fn one_tool_may_be_called_twice_at_once() {
    let server = start().await;
    let body = with(chat("the weather, in parallel"), tools(&["get_weather"]));
    let choice = choice(&server, &body).await;
    let calls = calls(&choice);
    assert_eq!(
        (calls.len(), calls[0].0, calls[1].0),
        (2, "get_weather", "get_weather")
    );
    assert_ne!(calls[0].1, calls[1].1);
}

#[tokio::test]
async fn after_the_results_comes_a_text() {
    let server = start().await;
    let body = with(chat("alpha and beta"), tools(&["alpha", "beta"]));
    let first = choice(&server, &body).await;
    let body = answered(body, &first, &["21 °C", "rain"]);
    let last = choice(&server, &body).await;
    assert!(last["message"].get("tool_calls").is_none());
    let content = last["message"]["content"].as_str().unwrap();
    assert!(
        content.starts_with("The tools answered: 21 °C | rain\n"),
        "{content}"
    );
    assert_eq!(last["finish_reason"], "stop");
    let stream = server
        .chat(RUNTIME, &with(body.clone(), json!({ "stream": true })))
        .await;
    assert_eq!(stream.deltas("content"), content);

    // Another question begins anew.
    let mut again = body;
    let question = json!({ "role": "user", "content": "call beta" });
    again["messages"].as_array_mut().unwrap().push(question);
    assert_eq!(calls(&choice(&server, &again).await)[0].0, "beta");
}

#[tokio::test]
async fn one_after_the_other_if_not_in_parallel() {
    let server = start().await;
    let one = json!({ "parallel_tool_calls": false });
    let mut body = with(
        with(chat("alpha, then beta"), tools(&["alpha", "beta"])),
        one,
    );
    for name in ["alpha", "beta"] {
        let choice = choice(&server, &body).await;
        let called: Vec<&str> = calls(&choice).iter().map(|(name, _)| *name).collect();
        assert_eq!(called, [name]);
        body = answered(body, &choice, &["done"]);
    }
    assert_eq!(choice(&server, &body).await["finish_reason"], "stop");
}

#[tokio::test]
async fn a_call_that_fails_is_tried_once_more() {
    let server = start().await;
    let question = with(chat("call alpha"), tools(&["alpha"]));
    for results in [
        &["Error: no network", "fine"][..],
        &["invalid", "an error again"],
    ] {
        let mut body = question.clone();
        for result in results {
            let choice = choice(&server, &body).await;
            assert_eq!(choice["finish_reason"], "tool_calls");
            body = answered(body, &choice, &[result]);
        }
        assert_eq!(choice(&server, &body).await["finish_reason"], "stop");
    }
}

#[tokio::test]
async fn a_malformed_call_is_made_anew() {
    let server = start().await;
    let body = with(chat("malformed"), tools(&["alpha"]));
    let first = choice(&server, &body).await;
    let (name, arguments) = calls(&first)[0];
    assert_eq!(
        (name, &first["finish_reason"]),
        ("alpha", &json!("tool_calls"))
    );
    assert!(
        serde_json::from_str::<Value>(arguments).is_err(),
        "{arguments}"
    );
    let stream = server
        .chat(RUNTIME, &with(body.clone(), json!({ "stream": true })))
        .await;
    let events = stream.events();
    let streamed: String = events
        .iter()
        .filter_map(|event| {
            event["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"].as_str()
        })
        .collect();
    assert_eq!(streamed, arguments);

    let body = answered(body, &first, &["Unexpected end of JSON input"]);
    let second = choice(&server, &body).await;
    let (_, arguments) = calls(&second)[0];
    assert!(
        serde_json::from_str::<Value>(arguments).is_ok(),
        "{arguments}"
    );
    let last = choice(&server, &answered(body, &second, &["fine"])).await;
    assert_eq!(last["finish_reason"], "stop");
}

#[tokio::test]
async fn a_tool_that_is_not_there_may_be_called() {
    let server = start().await;
    let body = with(chat("hallucinate"), tools(&["alpha"]));
    let first = choice(&server, &body).await;
    assert_eq!(calls(&first)[0].0, "no_such_tool");
    let body = answered(body, &first, &["Invalid tool_call"]);
    let second = choice(&server, &body).await;
    assert_eq!(calls(&second)[0].0, "alpha");
    let last = choice(&server, &answered(body, &second, &["fine"])).await;
    assert_eq!(last["finish_reason"], "stop");
}

#[tokio::test]
async fn a_tool_choice_is_obeyed_every_time() {
    let server = start().await;
    let named = json!({ "type": "function", "function": { "name": "beta" } });
    for (tool_choice, expected) in [(named, "beta"), (json!("required"), "alpha")] {
        let tool_choice = json!({ "tool_choice": tool_choice });
        let mut body = with(with(chat("hello"), tools(&["alpha", "beta"])), tool_choice);
        for _ in 0..3 {
            let choice = choice(&server, &body).await;
            assert_eq!(calls(&choice)[0].0, expected);
            body = answered(body, &choice, &["fine"]);
        }
    }
    let auto = with(
        with(chat("hello"), tools(&["alpha"])),
        json!({ "tool_choice": "auto" }),
    );
    assert_eq!(choice(&server, &auto).await["finish_reason"], "stop");
}

#[tokio::test]
async fn a_budget_of_tokens_cuts_arguments() {
    let server = start().await;
    let body = with(
        with(chat("weather"), tools(&["alpha"])),
        json!({ "max_tokens": 2 }),
    );
    let choice = choice(&server, &body).await;
    assert_eq!(choice["finish_reason"], "length");
    assert!(serde_json::from_str::<Value>(calls(&choice)[0].1).is_err());
}

#[tokio::test]
async fn ids_are_those_of_the_family() {
    let server = start().await;
    let id = async |path: &str, model: &str| {
        let body = json!({ "model": model, "reasoning_effort": "none" });
        let body = with(with(chat("weather"), tools(&["alpha"])), body);
        let answer = server.chat(path, &body).await.json();
        let id = &answer["choices"][0]["message"]["tool_calls"][0]["id"];
        id.as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(id(RUNTIME, "us.openai.gpt-5.6-sol").await, "call_0");
    assert_eq!(id(RUNTIME, "us.xai.grok-4.6").await, "call_0");
    let kimi = "moonshotai.kimi-k2-thinking";
    let path = "/mantle/v1/chat/completions";
    assert_eq!(id(path, kimi).await, "functions.alpha:0");
    let gpt_oss = id(RUNTIME, "openai.gpt-oss-20b-1:0").await;
    assert!(gpt_oss.starts_with("chatcmpl-tool-"), "{gpt_oss}");
}

#[tokio::test]
async fn gpt_5_6_takes_tools_without_reasoning_only() {
    let server = start().await;
    let model = json!({ "model": "us.openai.gpt-5.6-sol" });
    let body = with(with(streamed("weather"), tools(&["alpha"])), model);
    for effort in [json!({}), json!({ "reasoning_effort": "low" })] {
        let answer = server.chat(RUNTIME, &with(body.clone(), effort)).await;
        assert_eq!(answer.status, 400);
        let message = answer.json()["error"]["message"].clone();
        let expected = "Function tools with reasoning_effort are not supported for \
            us.openai.gpt-5.6-sol in /v1/chat/completions.";
        assert!(message.as_str().unwrap().starts_with(expected), "{message}");
    }
    let none = with(body, json!({ "reasoning_effort": "none" }));
    assert_eq!(server.chat(RUNTIME, &none).await.status, 200);
}

#[tokio::test]
async fn arguments_may_not_fit_at_first() {
    let server = start().await;
    let body = with(chat("a misfit"), tools(&["a"]));
    let first = choice(&server, &body).await;
    let arguments = |choice: &Value| -> Value { serde_json::from_str(calls(choice)[0].1).unwrap() };
    assert_eq!(arguments(&first)["city"], json!({ "not": "asked for" }));
    let body = answered(body, &first, &["Invalid: city"]);
    let second = choice(&server, &body).await;
    assert_eq!(arguments(&second)["city"], "Zürich, 東京 🌦️");
    let last = choice(&server, &answered(body, &second, &["rain"])).await;
    assert_eq!(last["finish_reason"], "stop");
}

#[tokio::test]
async fn a_strict_tool_has_a_schema_that_can_be_followed() {
    let server = start().await;
    let strict = |parameters: Value| {
        let function = json!({ "name": "a", "strict": true, "parameters": parameters });
        with(
            chat("a"),
            json!({ "model": "openai.gpt-oss-20b", "tools": [{ "type": "function", "function": function }] }),
        )
    };
    let open = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    let answer = server.chat(MANTLE, &strict(open.clone())).await;
    assert_eq!(answer.status, 400);
    let message = "Invalid schema for function 'a': \
        In context=(), 'additionalProperties' is required to be supplied and to be false.";
    assert_eq!(answer.json()["error"]["message"], message);
    let rest = json!({ "required": ["city"], "additionalProperties": false });
    let answer = server.chat(MANTLE, &strict(with(open, rest))).await;
    assert_eq!(answer.json()["choices"][0]["finish_reason"], "tool_calls");
}
