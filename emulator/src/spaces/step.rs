//! A step: what one request gets instead of an answer, as a test wrote it down.

use std::collections::BTreeMap;
use std::iter;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::api::target::OperationName;
use crate::http::body::{Ending, LARGEST_WRITE, Piece, ResponseBody, writes};

/// One step. See the README for the fields.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Step {
    /// What it is for.
    pub operation: OperationName,
    /// Check authentication first.
    pub auth: bool,
    /// Answer as if there were no step.
    pub normal: bool,
    delay_ms: u64,
    status: Option<u16>,
    headers: BTreeMap<String, HeaderValues>,
    body: Option<String>,
    #[serde(deserialize_with = "base64")]
    body_base64: Option<Bytes>,
    #[serde(deserialize_with = "present")]
    json: Option<Value>,
    pieces: Option<Vec<ScriptedPiece>>,
    split_at: Vec<usize>,
    split_every: Option<usize>,
    split_delay_ms: u64,
    then: Ending,
    reset: Option<BeforeHeaders>,
    never: bool,
    redirect: Option<Redirect>,
}

/// What a step comes to.
pub enum Outcome {
    /// A response.
    Response(Response<ResponseBody>),
    /// An end of the connection.
    Reset,
    /// Nothing, ever.
    NoResponse,
}

/// An answer that points elsewhere.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    status: u16,
    location: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct ScriptedPiece {
    text: Option<String>,
    #[serde(deserialize_with = "base64")]
    base64: Option<Bytes>,
    delay_ms: u64,
    repeat: Repeat,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
enum Repeat {
    Times(usize),
    Word(Forever),
}

impl Default for Repeat {
    fn default() -> Self {
        Self::Times(1)
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Forever {
    Forever,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum BeforeHeaders {
    BeforeHeaders,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum HeaderValues {
    None(()),
    One(String),
    Many(Vec<String>),
}

impl Step {
    /// How long to wait before the headers.
    #[must_use]
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    /// Plays the step, over the headers that every answer has.
    ///
    /// # Errors
    /// What is wrong with a status or a header.
    pub fn play(self, mut headers: HeaderMap) -> Result<Outcome, String> {
        if self.never {
            return Ok(Outcome::NoResponse);
        }
        if let Some(BeforeHeaders::BeforeHeaders) = self.reset {
            return Ok(Outcome::Reset);
        }
        if let Some(redirect) = &self.redirect {
            return redirect.answer(headers).map(Outcome::Response);
        }
        let content_type = if self.json.is_some() {
            "application/json"
        } else {
            "text/event-stream"
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        let status = status(self.status.unwrap_or(200))?;
        let scripted = self.headers.clone();
        let body = self.body(&mut headers);
        for (name, values) in scripted {
            let name: HeaderName = name.parse().map_err(|_| format!("header name {name:?}"))?;
            headers.remove(&name);
            for value in values.into_iter() {
                let value = HeaderValue::from_bytes(value.as_bytes())
                    .map_err(|_| format!("value of {name}"))?;
                headers.append(&name, value);
            }
        }
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(Outcome::Response(response))
    }

    fn body(self, headers: &mut HeaderMap) -> ResponseBody {
        if let Some(pieces) = self.pieces {
            return ResponseBody::new(pieces.into_iter().flat_map(ScriptedPiece::play), self.then);
        }
        let body = match (self.body, self.body_base64, self.json) {
            (Some(text), ..) => text.into(),
            (_, Some(bytes), _) => bytes,
            (.., Some(json)) => json.to_string().into(),
            _ => Bytes::new(),
        };
        let split = self.split_every.is_some() || !self.split_at.is_empty();
        if self.then == Ending::End && !split {
            headers.insert(CONTENT_LENGTH, body.len().into());
        }
        let every = self
            .split_every
            .unwrap_or(usize::MAX)
            .clamp(1, LARGEST_WRITE);
        let delay = Duration::from_millis(self.split_delay_ms);
        let mut first = true;
        let parts = parts(body, self.split_at, every);
        let pieces = parts.map(move |bytes| {
            let delay = if std::mem::take(&mut first) {
                Duration::ZERO
            } else {
                delay
            };
            Piece { delay, bytes }
        });
        ResponseBody::new(pieces, self.then)
    }
}

impl Redirect {
    /// The redirect as a response.
    ///
    /// # Errors
    /// What is wrong with its fields.
    pub fn answer(&self, mut headers: HeaderMap) -> Result<Response<ResponseBody>, String> {
        let location = HeaderValue::from_str(&self.location).map_err(|_| "location".to_owned())?;
        headers.insert(LOCATION, location);
        headers.insert(CONTENT_LENGTH, 0.into());
        let mut response = Response::new(ResponseBody::empty());
        *response.status_mut() = status(self.status)?;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl ScriptedPiece {
    fn play(self) -> Box<dyn Iterator<Item = Piece> + Send> {
        let bytes = self
            .base64
            .unwrap_or_else(|| self.text.unwrap_or_default().into());
        let piece = Piece {
            delay: Duration::from_millis(self.delay_ms),
            bytes,
        };
        // Nothing is not worth a write: an empty chunk would end a chunked body.
        if piece.bytes.is_empty() {
            return Box::new(iter::empty());
        }
        let joined = if piece.delay.is_zero() {
            (LARGEST_WRITE / piece.bytes.len()).max(1)
        } else {
            1
        };
        let block = |copies: usize| Piece {
            delay: piece.delay,
            bytes: piece.bytes.repeat(copies).into(),
        };
        match self.repeat {
            Repeat::Times(1) => Box::new(writes(piece.bytes).enumerate().map(
                move |(at, bytes)| Piece {
                    delay: if at == 0 { piece.delay } else { Duration::ZERO },
                    bytes,
                },
            )),
            Repeat::Times(times) => {
                let rest = (times % joined != 0).then(|| block(times % joined));
                Box::new(iter::repeat_n(block(joined), times / joined).chain(rest))
            }
            Repeat::Word(Forever::Forever) => Box::new(iter::repeat(block(joined))),
        }
    }
}

impl HeaderValues {
    fn into_iter(self) -> impl Iterator<Item = String> {
        match self {
            Self::None(()) => Vec::new(),
            Self::One(value) => vec![value],
            Self::Many(values) => values,
        }
        .into_iter()
    }
}

/// Cuts `bytes` at the offsets, and what lies between them into parts of `every`.
fn parts(
    mut bytes: Bytes,
    mut offsets: Vec<usize>,
    every: usize,
) -> impl Iterator<Item = Bytes> + Send {
    offsets.sort_unstable();
    let mut position = 0;
    iter::from_fn(move || {
        let next = offsets
            .iter()
            .find(|&&offset| offset > position)
            .map_or(usize::MAX, |offset| offset - position);
        let part = bytes.split_to(bytes.len().min(every).min(next));
        position += part.len();
        (!part.is_empty()).then_some(part)
    })
}

fn status(status: u16) -> Result<StatusCode, String> {
    StatusCode::from_u16(status).map_err(|_| format!("status {status}"))
}

fn base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes>, D::Error> {
    let text = String::deserialize(deserializer)?;
    BASE64_STANDARD
        .decode(text)
        .map(|bytes| Some(bytes.into()))
        .map_err(de::Error::custom)
}

/// `"json": null` is a body of `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &'static str, offsets: &[usize], every: usize) -> Vec<Bytes> {
        parts(Bytes::from_static(text.as_bytes()), offsets.to_vec(), every).collect()
    }

    #[test]
    fn bodies_are_cut_at_offsets_and_lengths() {
        assert_eq!(cut("abcdef", &[], usize::MAX), ["abcdef"]);
        assert_eq!(cut("abcdef", &[4, 1, 99], usize::MAX), ["a", "bcd", "ef"]);
        assert_eq!(cut("abcdef", &[3], 2), ["ab", "c", "de", "f"]);
        assert!(cut("", &[1], 1).is_empty());
    }

    #[test]
    fn copies_without_delay_are_joined() {
        let piece = |json| {
            serde_json::from_value::<ScriptedPiece>(json)
                .unwrap()
                .play()
        };
        let sizes: Vec<_> = piece(serde_json::json!({ "text": "0123456789", "repeat": 4000 }))
            .map(|piece| piece.bytes.len())
            .collect();
        assert_eq!(sizes.iter().sum::<usize>(), 40_000);
        assert_eq!(sizes, [16_380, 16_380, 7_240]);
        assert_eq!(
            piece(serde_json::json!({ "text": "ab", "repeat": 3, "delayMs": 1 })).count(),
            3
        );
        assert!(
            piece(serde_json::json!({ "text": "a", "repeat": "forever" }))
                .nth(100)
                .is_some()
        );
    }
}
