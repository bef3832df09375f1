//! The named streams of `tests/fixtures/streams`, each in one piece and in many ways cut.

use std::path::Path;

use bedrock_chat_core::completion::Most;
use bedrock_chat_core::decoder::{Decoder, Mode, Reasoning, StreamError, StreamState};
use serde_json::Value as Json;

use super::{Outcome, cut, decode};

/// Streams up to this many bytes are cut at every place.
const SHORT: usize = 600;

struct Case {
    name: String,
    input: Vec<u8>,
    reasoning: Reasoning,
    max_event: Option<usize>,
    json: Json,
}

impl Case {
    fn read(file: &str, json: Json) -> Self {
        let input = match (json["input"].as_str(), json["inputBase64"].as_str()) {
            (Some(text), None) => text.as_bytes().to_vec(),
            (None, Some(base64)) => from_base64(base64),
            _ => panic!("{file}: `input` or `inputBase64`"),
        };
        Case {
            name: format!("{file}: {}", json["name"].as_str().unwrap()),
            input,
            reasoning: match json["reasoningFormat"].as_str() {
                None | Some("parsed") => Reasoning::Parsed,
                Some("raw") => Reasoning::Raw,
                Some(other) => panic!("{other}"),
            },
            max_event: json["maxEvent"]
                .as_u64()
                .map(|max| usize::try_from(max).unwrap()),
            json,
        }
    }

    fn decode<'a>(&self, mode: Mode, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
        let decoder = match self.max_event {
            Some(max) => Decoder::with_limits(self.reasoning, max, Most::default()),
            None => Decoder::new(self.reasoning),
        };
        decode(decoder, mode, pieces)
    }

    fn check_end(&self, outcome: &Outcome) {
        let name = &self.name;
        let end = match (outcome.state, &outcome.failure) {
            (StreamState::Done, None) => "done",
            (_, Some(StreamError::Incomplete)) => "incomplete",
            (_, Some(StreamError::Malformed { .. })) => "malformed",
            (_, Some(StreamError::ErrorEvent { .. })) => "error",
            (_, Some(StreamError::TooLarge(_))) => "too-large",
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(self.json["end"], end, "{name}: {outcome:?}");
        if let Some(expected) = self.json["errorBody"].as_str() {
            let Some(StreamError::ErrorEvent { body, .. }) = &outcome.failure else {
                panic!("{name}: {outcome:?}");
            };
            assert_eq!(expected, body, "{name}");
        }
    }

    fn check_chunks(&self, outcome: &Outcome) {
        let name = &self.name;
        if let Some(expected) = self.json["events"].as_array() {
            let events: Vec<Json> = outcome
                .events
                .iter()
                .map(|event| serde_json::from_str(event).unwrap())
                .collect();
            assert_eq!(expected, &events, "{name}");
        }
        if !self.json["completion"].is_null() {
            let completion: Json = serde_json::from_str(&outcome.completion).unwrap();
            let found = includes(&completion, &self.json["completion"]);
            assert!(found, "{name}: {completion}");
        }
        if let Some(expected) = self.json["reasoning"].as_str() {
            let reasoning = outcome.message_text("reasoning");
            assert_eq!(Some(expected), reasoning.as_deref(), "{name}");
        }
    }

    fn check_text(&self, outcome: &Outcome) {
        if let Some(expected) = self.json["text"].as_str() {
            assert_eq!(expected, outcome.text, "{}", self.name);
        }
    }

    /// Byte by byte, in two at every place if it is short, and in random ways.
    fn cuts(&self) -> Vec<Vec<usize>> {
        let len = self.input.len();
        let mut cuts = vec![(0..len).collect()];
        if len <= SHORT {
            cuts.extend((0..=len).map(|at| vec![at]));
        }
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        for round in 0..200 {
            let places = (0..=round % 9).map(|_| {
                // xorshift64
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                usize::try_from(random >> 33).unwrap()
            });
            cuts.push(places.collect());
        }
        cuts
    }
}

/// Whether `actual` has all that `expected` has: members may be more, elements may not.
fn includes(actual: &Json, expected: &Json) -> bool {
    match (actual, expected) {
        (Json::Object(actual), Json::Object(expected)) => expected
            .iter()
            .all(|(key, value)| actual.get(key).is_some_and(|found| includes(found, value))),
        (Json::Array(actual), Json::Array(expected)) => {
            actual.len() == expected.len()
                && actual
                    .iter()
                    .zip(expected)
                    .all(|(actual, value)| includes(actual, value))
        }
        _ => actual == expected,
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    let digits = text.trim_end_matches('=').bytes().map(|byte| {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        alphabet.iter().position(|digit| *digit == byte).unwrap()
    });
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0usize, 0);
    for digit in digits {
        bits = bits << 6 | digit;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/streams");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let file = path.file_stem().unwrap().to_str().unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            let list: Vec<Json> = serde_json::from_str(&text).unwrap();
            cases.extend(list.into_iter().map(|json| Case::read(file, json)));
        }
    }
    assert!(cases.len() > 150);
    cases
}

#[test]
fn each_case_in_one_piece() {
    for case in cases() {
        let pieces = [case.input.as_slice()];
        let chunks = case.decode(Mode::Chunks, pieces);
        case.check_end(&chunks);
        case.check_chunks(&chunks);
        let text = case.decode(Mode::Text, pieces);
        case.check_end(&text);
        case.check_text(&text);
    }
}

#[test]
fn each_case_however_it_is_cut() {
    for case in cases() {
        for mode in [Mode::Chunks, Mode::Text, Mode::Silent] {
            let whole = case.decode(mode, [case.input.as_slice()]);
            for cuts in case.cuts() {
                let pieces = case.decode(mode, cut(&case.input, &cuts));
                assert_eq!(whole, pieces, "{} in {mode:?}, cut at {cuts:?}", case.name);
            }
        }
    }
}

#[test]
fn each_case_ends_the_same_in_every_mode() {
    for case in cases() {
        let [chunks, text, silent] = [Mode::Chunks, Mode::Text, Mode::Silent]
            .map(|mode| case.decode(mode, [case.input.as_slice()]));
        for other in [text, silent] {
            assert_eq!(chunks.completion, other.completion, "{}", case.name);
            assert_eq!(chunks.failure, other.failure, "{}", case.name);
            assert_eq!(chunks.delivered, other.delivered, "{}", case.name);
        }
    }
}
