//! The decoder of streams, on the host: named cases from `tests/fixtures/streams`, tables for
//! each module, and properties that hold for any bytes and any cut.

// clippy.toml excuses functions with #[test] only, not those that they call.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used
)]

mod cases;
mod chunk;
mod completion;
mod json;
mod properties;
mod providers;
mod reasoning;
mod sse;

use bedrock_chat_core::decoder::{Decoder, Mode, Reasoning, StreamError, StreamState};
use bedrock_chat_core::json::{Value, escape_into, unescape_into};

/// All that a consumer of a stream gets to see.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    /// JSON of the chunks, in [`Mode::Chunks`].
    events: Vec<String>,
    /// In [`Mode::Text`].
    text: String,
    completion: String,
    state: StreamState,
    failure: Option<StreamError>,
    delivered: u32,
    content: bool,
}

impl Outcome {
    /// `choices[index 0].message.<name>` of the completion, unescaped.
    fn message_text(&self, name: &str) -> Option<String> {
        let completion = Value::parse(self.completion.as_bytes()).unwrap();
        let mut choices = completion.get("choices").unwrap().elements();
        let choice = choices.find(|choice| choice.get("index").unwrap().raw() == "0")?;
        choice.get("message").unwrap().get(name)?.to_text()
    }
}

/// Decodes `pieces`, one push each.
fn decode<'a>(decoder: Decoder, mode: Mode, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    decode_forgetting(decoder, mode, false, pieces)
}

/// The same; `forget`: nothing is known of the chunk before at any push.
fn decode_forgetting<'a>(
    mut decoder: Decoder,
    mode: Mode,
    forget: bool,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Outcome {
    decoder.set_mode(mode);
    let (mut events, mut text, mut delivered, mut content) = (Vec::new(), String::new(), 0, false);
    // Of batches in `Mode::Text`, escaped.
    let mut said = String::new();
    let mut model = None;
    let mut pieces = pieces.into_iter();
    loop {
        let piece = pieces.next();
        if forget {
            decoder.set_mode(mode);
        }
        let progress = match piece {
            Some(piece) => decoder.push(piece),
            None => decoder.finish(),
        };
        let batch = decoder.batch();
        assert_eq!(progress.length, batch.len());
        match mode {
            Mode::Chunks if batch.is_empty() => assert_eq!(progress.events, 0),
            Mode::Chunks => {
                let array = Value::parse(batch.as_bytes()).expect("a batch is one JSON array");
                let before = events.len();
                events.extend(array.elements().map(|event| event.raw().to_owned()));
                assert_eq!(events.len() - before, progress.events as usize);
            }
            Mode::Compact => {
                let quoted = |it: &Value| it.string_body().is_some_and(|it| !it.contains('\\'));
                let array = Value::parse(batch.as_bytes());
                let is_plain = array.is_ok_and(|it| it.elements().all(|it| quoted(&it)));
                assert_eq!(progress.plain, is_plain, "{batch}");
                let apart = progress.apart.then(|| decoder.apart());
                expand(batch, apart, progress.repeatable, &mut model, &mut events);
            }
            Mode::Text if progress.escaped => {
                let value = Value::parse(batch.as_bytes()).expect("a batch is one JSON string");
                let body = value.string_body().unwrap();
                said.push_str(body);
                let is_lone = unescape_into(body, &mut String::new());
                assert!(is_lone, "only lone surrogates are told so: {batch}");
            }
            Mode::Text => {
                if progress.apart {
                    assert!(!decoder.apart().is_empty());
                    said.push_str(decoder.apart());
                }
                escape_into(batch, &mut said);
            }
            Mode::Silent => assert_eq!(batch, ""),
        }
        delivered += progress.events;
        content |= progress.content;
        assert!(progress.meaningful || !progress.content);
        assert_eq!(progress.state, decoder.state());
        assert_eq!(
            progress.state == StreamState::Failed,
            decoder.failure().is_some()
        );
        if piece.is_none() {
            break;
        }
    }
    assert_ne!(
        decoder.state(),
        StreamState::Open,
        "the end of the body is an end"
    );
    assert_eq!(delivered, decoder.events());
    unescape_into(&said, &mut text);
    let completion = decoder.completion();
    Value::parse(completion.as_bytes()).expect("the completion is JSON");
    let around = decoder.completion_around();
    assert_eq!(around.contains('\0'), !decoder.apart().is_empty());
    let around = around.replace('\0', decoder.apart());
    assert_eq!(around, completion);
    Outcome {
        events,
        text,
        completion,
        state: decoder.state(),
        failure: decoder.failure().cloned(),
        delivered,
        content,
    }
}

/// Appends the chunks of a batch in [`Mode::Compact`], as the package reads it: of all objects it
/// keeps only those which are said to have copies.
fn expand(
    batch: &str,
    apart: Option<&str>,
    repeatable: bool,
    model: &mut Option<String>,
    events: &mut Vec<String>,
) {
    if batch.is_empty() {
        return;
    }
    let array = Value::parse(batch.as_bytes()).expect("a batch is one JSON array");
    let mut items = array.elements().peekable();
    while let Some(item) = items.next() {
        if item.raw() == "0" {
            let last = events.pop().expect("a content belongs to a chunk");
            events.push(with_content(&last, apart.expect("a content")));
            continue;
        }
        let Some(body) = item.string_body() else {
            events.push(item.raw().to_owned());
            let has_copies = items
                .peek()
                .map_or(repeatable, |next| next.string_body().is_some());
            if has_copies {
                *model = Some(item.raw().to_owned());
            }
            continue;
        };
        let model = model.as_ref().expect("a content follows a chunk");
        events.push(with_content(model, body));
    }
}

/// A chunk with this content in the place of its own.
fn with_content(chunk: &str, body: &str) -> String {
    let value = Value::parse(chunk.as_bytes()).unwrap();
    let choices = value.get("choices").unwrap();
    assert_eq!(choices.elements().count(), 1);
    let choice = choices.elements().next().unwrap();
    let content = choice.get("delta").unwrap().get("content").unwrap();
    assert!(content.string_body().is_some());
    let span = content.span_in(chunk);
    format!("{}\"{body}\"{}", &chunk[..span.start], &chunk[span.end..])
}

/// Decodes in one push.
fn decode_whole(input: &[u8], reasoning: Reasoning, mode: Mode) -> Outcome {
    decode(Decoder::new(reasoning), mode, [input])
}

/// The text of an SSE stream with one event per item.
fn events(data: &[&str]) -> String {
    data.iter()
        .map(|data| format!("data: {data}\n\n"))
        .collect()
}

/// Bytes cut at `cuts`, in any order.
fn cut<'a>(input: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|at| at % (input.len() + 1)).collect();
    cuts.sort_unstable();
    let mut start = 0;
    let mut pieces = Vec::new();
    for end in cuts.into_iter().chain([input.len()]) {
        pieces.push(&input[start..end]);
        start = end;
    }
    pieces
}
