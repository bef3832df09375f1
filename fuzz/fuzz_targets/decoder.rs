//! Any bytes, cut in any way, give what they give in one piece.
#![no_main]

use bedrock_chat_core::completion::Most;
use bedrock_chat_core::decoder::{Decoder, Mode, Progress, Reasoning, StreamError, StreamState};
use bedrock_chat_core::json::{Value, escape_into, unescape_into};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, PartialEq)]
struct Outcome {
    /// Events apart from each other, or text.
    delivered: String,
    completion: String,
    state: StreamState,
    failure: Option<StreamError>,
    events: u32,
}

fn decode<'a>(
    reasoning: Reasoning,
    mode: Mode,
    max: usize,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome {
    let mut decoder = Decoder::with_limits(reasoning, max, Most::default());
    decoder.set_mode(mode);
    let mut delivered = String::new();
    let mut said = String::new();
    let mut collect = |decoder: &Decoder, progress: Progress| match mode {
        Mode::Chunks if !decoder.batch().is_empty() => {
            let array = Value::parse(decoder.batch().as_bytes()).expect("a batch is JSON");
            for event in array.elements() {
                delivered.push_str(event.raw());
                delivered.push('\0');
            }
        }
        _ if progress.escaped => {
            let text = Value::parse(decoder.batch().as_bytes()).expect("a batch is JSON");
            said.push_str(text.string_body().expect("a string"));
        }
        _ => escape_into(decoder.batch(), &mut said),
    };
    for piece in pieces {
        let progress = decoder.push(piece);
        collect(&decoder, progress);
    }
    let progress = decoder.finish();
    collect(&decoder, progress);
    unescape_into(&said, &mut delivered);
    let completion = decoder.completion();
    Value::parse(completion.as_bytes()).expect("the completion is JSON");
    Outcome {
        delivered,
        completion,
        state: decoder.state(),
        failure: decoder.failure().cloned(),
        events: decoder.events(),
    }
}

fn content(completion: &str) -> Option<String> {
    let completion = Value::parse(completion.as_bytes()).ok()?;
    let mut choices = completion.get("choices")?.elements();
    let choice =
        choices.find(|choice| choice.get("index").is_some_and(|index| index.raw() == "0"))?;
    choice.get("message")?.get("content")?.to_text()
}

fuzz_target!(|input: &[u8]| {
    let [options, step, input @ ..] = input else {
        return;
    };
    let reasoning = if options & 1 == 0 {
        Reasoning::Parsed
    } else {
        Reasoning::Raw
    };
    let mode =
        [Mode::Chunks, Mode::Text, Mode::Silent, Mode::Chunks][usize::from(options >> 1 & 3)];
    let max = if options & 8 == 0 { 1 << 20 } else { 64 };
    let whole = decode(reasoning, mode, max, [input]);
    assert_ne!(whole.state, StreamState::Open);
    let size = usize::from(*step) + 1;
    assert_eq!(whole, decode(reasoning, mode, max, input.chunks(size)));
    assert_eq!(whole, decode(reasoning, mode, max, input.chunks(1)));
    let (first, second) = input.split_at(usize::from(*step).min(input.len()));
    assert_eq!(whole, decode(reasoning, mode, max, [first, second]));
    let text = decode(reasoning, Mode::Text, max, [input]);
    assert_eq!(whole.completion, text.completion);
    assert_eq!(
        text.delivered,
        content(&text.completion).unwrap_or_default()
    );
});
