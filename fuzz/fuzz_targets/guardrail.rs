//! What an answer tells of its guardrail, whole or streamed: any members beside the choices.
#![no_main]

use bedrock_chat_core::decoder::{Decoder, Reasoning};
use bedrock_chat_core::guardrail::Stop;
use bedrock_chat_core::json::{Kind, Value};
use bedrock_chat_core::response::{completion, with_guardrail};
use libfuzzer_sys::fuzz_target;

const REASONS: [&str; 4] = ["stop", "content_filter", "guardrail_intervened", "length"];
const ACTION: &str = "amazon-bedrock-guardrailAction";

/// The `guardrail` of a completion, which is there once, and whether it intervened.
fn guardrail(completion: &str) -> (Option<String>, bool) {
    let value = Value::parse_str(completion).expect("a completion is JSON");
    let ours = value
        .members()
        .filter(|member| member.key.is("guardrail"))
        .count();
    assert!(ours <= 1, "{completion}");
    let Some(guardrail) = value.get("guardrail") else {
        return (None, false);
    };
    assert_eq!(guardrail.kind(), Kind::Object);
    for trace in guardrail.members().filter(|member| member.key.is("trace")) {
        assert_eq!(trace.value.kind(), Kind::Object, "{completion}");
    }
    let action = guardrail.get("action");
    let intervened = action.is_some_and(|action| action.is_string("INTERVENED"));
    (Some(guardrail.raw().to_owned()), intervened)
}

/// Whether an action is that of an intervention, however it is spelled.
fn intervenes(action: Value<'_>) -> bool {
    let said = action.to_text().unwrap_or_else(|| action.raw().to_owned());
    said.to_ascii_lowercase().contains("intervened")
}

fuzz_target!(|input: &[u8]| {
    let [choice, members @ ..] = input else {
        return;
    };
    let Ok(members) = std::str::from_utf8(members) else {
        return;
    };
    let Ok(alone) = Value::parse_str(&format!("{{{members}}}")).map(|value| value.raw().to_owned())
    else {
        return;
    };
    let alone = Value::parse_str(&alone).expect("it was one");
    let (reason, asked) = (REASONS[usize::from(choice & 3)], choice & 4 != 0);
    let answer = |said: &str| {
        let choice =
            format!(r#"{{"index":0,"{said}":{{"content":"a"}},"finish_reason":"{reason}"}}"#);
        let comma = if alone.members().next().is_some() {
            ","
        } else {
            ""
        };
        format!(r#"{{"choices":[{choice}]{comma}{members}}}"#)
    };
    let text = answer("message");
    let Some(whole) = completion(text.as_bytes(), Reasoning::Parsed, asked) else {
        return;
    };
    let (said, intervened) = guardrail(&whole);
    let is_ours = |key: &str| alone.members().any(|member| member.key.is(key));
    if is_ours("choices") {
        return;
    }
    // Where one was asked for, the answer says what is known.
    assert!(!asked || said.is_some());
    // Whichever of them says so.
    let acted = alone
        .members()
        .any(|member| member.key.is(ACTION) && intervenes(member.value));
    // A filter may be the model's own, where no guardrail was asked for.
    let json = format!("\"{reason}\"");
    let stopped = match Stop::of(Value::parse_str(&json).expect("a string")) {
        Stop::Guardrail => true,
        Stop::Filter => asked || said.is_some(),
        Stop::Other => false,
    };
    assert!(intervened || !(acted || stopped));

    // Streamed: in one chunk, or behind the end of the choice.
    let end = format!(r#"{{"choices":[],{members}}}"#);
    for chunks in [
        vec![answer("delta")],
        vec![answer("delta"), answer("delta")],
        vec![answer("delta"), end],
        vec![
            answer("delta"),
            String::from(r#"{"choices":[],"amazon-bedrock-guardrailAction":"NONE"}"#),
        ],
    ] {
        let mut decoder = Decoder::new(Reasoning::Parsed);
        for chunk in &chunks {
            // A line break within JSON is white space.
            let data = chunk.replace(['\n', '\r'], " ");
            decoder.push(format!("data: {data}\n\n").as_bytes());
        }
        decoder.push(b"data: [DONE]\n\n");
        if decoder.failure().is_some() {
            continue;
        }
        let streamed = with_guardrail(decoder.completion(), decoder.stop(), asked);
        let (_, told) = guardrail(&streamed);
        assert!(told || !intervened, "{chunks:?}: {streamed}");
    }
});
