//! What counts as JSON, one event, the reasoning splitter, whole completions.
#![no_main]

use bedrock_chat_core::chunk::Chunk;
use bedrock_chat_core::completion::Completion;
use bedrock_chat_core::json::{Kind, Value, unescape_into, write_string};
use bedrock_chat_core::reasoning::{SplitText, Splitter, rewrite_completion};
use libfuzzer_sys::fuzz_target;

fn split<'a>(pieces: impl IntoIterator<Item = &'a str>) -> SplitText {
    let (mut splitter, mut split) = (Splitter::default(), SplitText::default());
    for piece in pieces {
        splitter.push(piece, &mut split);
    }
    splitter.finish(&mut split);
    split
}

/// Text as a string's body, cut between any two characters.
fn check_splitter(text: &str, at: usize) {
    let mut json = String::new();
    write_string(text, &mut json);
    let value = Value::parse(json.as_bytes()).expect("what is written is JSON");
    assert_eq!(value.to_text().as_deref(), Some(text));
    let body = value.string_body().expect("it is a string");
    let whole = split([body]);
    for part in [&whole.content, &whole.reasoning] {
        let part = format!("\"{part}\"");
        assert!(Value::parse(part.as_bytes()).is_ok(), "{part}");
    }
    // Not within an escape: each delta has whole ones.
    let mut cut = at.min(text.len());
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    let halves = [&text[..cut], &text[cut..]].map(|half| {
        let mut body = String::new();
        bedrock_chat_core::json::escape_into(half, &mut body);
        body
    });
    assert_eq!(whole, split(halves.iter().map(String::as_str)));
}

fn check_values(value: &Value<'_>, depth: usize) {
    assert!(Value::parse(value.raw().as_bytes()).is_ok());
    if depth == 0 {
        return;
    }
    for member in value.members() {
        unescape_into(member.key.body(), &mut String::new());
        check_values(&member.value, depth - 1);
    }
    for element in value.elements() {
        check_values(&element, depth - 1);
    }
}

fuzz_target!(|input: &[u8]| {
    let [at, input @ ..] = input else {
        return;
    };
    let Ok(text) = std::str::from_utf8(input) else {
        assert!(Value::parse(input).is_err());
        return;
    };
    check_splitter(text, usize::from(*at));
    let value = Value::parse(input);
    let serde = serde_json::from_str::<serde::de::IgnoredAny>(text);
    assert_eq!(value.is_ok(), serde.is_ok());
    let chunk = Chunk::read(text);
    let is_object = value.is_ok_and(|value| value.kind() == Kind::Object);
    assert_eq!(chunk.is_ok(), is_object);
    let (Ok(value), Ok(chunk)) = (value, chunk) else {
        return;
    };
    check_values(&value, 4);
    let _ = chunk.is_error();
    let _ = chunk.has_content();
    let known = Chunk::read_knowing(text, chunk.head).expect("it was read before");
    assert_eq!(known.choices.len(), chunk.choices.len());

    let mut completion = Completion::default();
    completion.add(&chunk);
    completion.add(&chunk);
    assert!(Value::parse(completion.to_json().as_bytes()).is_ok());
    let mut out = String::new();
    if rewrite_completion(value, &mut out) {
        let rewritten = Value::parse(out.as_bytes()).expect("what is rewritten is JSON");
        let mut again = String::new();
        let _ = rewrite_completion(rewritten, &mut again);
    } else {
        assert_eq!(out, "");
    }
});
