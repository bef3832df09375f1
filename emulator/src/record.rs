//! What was received, and what became of it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::request::Parts;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

use crate::auth::Verdict;
use crate::space::Space;

/// A request as it arrived.
pub struct Received {
    /// Its method, URI and headers.
    pub parts: Parts,
    /// Its whole body.
    pub body: Bytes,
}

impl Received {
    /// The path as sent, with the space's prefix.
    #[must_use]
    pub fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The query as sent, without the question mark.
    #[must_use]
    pub fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    /// The first value of a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    fn headers(&self) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect()
    }
}

/// One recorded request.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Its place among all requests of its space.
    pub index: u64,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    auth: AuthRecord,
    status: Option<u16>,
    /// Whether it is answered.
    pub state: State,
    bytes_sent: u64,
    events_sent: u64,
    /// The length of the request's body.
    #[serde(skip)]
    pub body_bytes: usize,
}

#[derive(Clone, Debug, Serialize)]
struct AuthRecord {
    kind: &'static str,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// How far an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Under way.
    Open,
    /// We ended it.
    Finished,
    /// The client left first.
    Disconnected,
}

/// One recorded preflight.
#[derive(Clone, Debug, Serialize)]
pub struct Preflight {
    path: String,
    query: String,
    headers: Vec<(String, String)>,
}

impl Record {
    /// The record of a request that just arrived.
    #[must_use]
    pub fn new(index: u64, request: &Received, verdict: &Verdict) -> Self {
        let (body, body_base64) = match std::str::from_utf8(&request.body) {
            Ok(text) => (Some(text.to_owned()), None),
            Err(_) => (None, Some(BASE64_STANDARD.encode(&request.body))),
        };
        Self {
            index,
            method: request.parts.method.to_string(),
            path: request.path().to_owned(),
            query: request.query().to_owned(),
            headers: request.headers(),
            body,
            body_base64,
            auth: AuthRecord {
                kind: verdict.kind,
                ok: verdict.refusal.is_none(),
                reason: verdict.refusal.as_ref().map(ToString::to_string),
            },
            status: None,
            state: State::Open,
            bytes_sent: 0,
            events_sent: 0,
            body_bytes: request.body.len(),
        }
    }
}

impl Preflight {
    /// The record of a preflight.
    #[must_use]
    pub fn new(request: &Received) -> Self {
        Self {
            path: request.path().to_owned(),
            query: request.query().to_owned(),
            headers: request.headers(),
        }
    }
}

/// Keeps a record up to date while its request is answered. Dropped before the end, as hyper does
/// with the handler and the body of a client that left, it writes down the disconnect.
pub struct Exchange {
    space: Arc<Space>,
    index: u64,
    events: EventCounter,
    finished: bool,
}

impl Exchange {
    /// Watches over the record `index` of `space`.
    #[must_use]
    pub fn new(space: Arc<Space>, index: u64) -> Self {
        Self {
            space,
            index,
            events: EventCounter::default(),
            finished: false,
        }
    }

    /// The answer has this status.
    pub fn answered(&self, status: StatusCode) {
        self.space
            .update(self.index, |record| record.status = Some(status.as_u16()));
    }

    /// These bytes of the body are being written.
    pub fn sent(&mut self, bytes: &[u8]) {
        let events = self.events.count(bytes);
        self.space.update(self.index, |record| {
            record.bytes_sent += bytes.len() as u64;
            record.events_sent += events;
        });
    }

    /// The answer is played to its end.
    pub fn finish(&mut self) {
        if !self.finished {
            self.finished = true;
            self.space
                .update(self.index, |record| record.state = State::Finished);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.finished {
            self.space
                .update(self.index, |record| record.state = State::Disconnected);
        }
    }
}

/// Counts the blank lines that end a server-sent event, over any cut.
#[derive(Default)]
struct EventCounter {
    has_lines: bool,
    in_line: bool,
    after_cr: bool,
}

impl EventCounter {
    fn count(&mut self, bytes: &[u8]) -> u64 {
        let mut events = 0;
        for &byte in bytes {
            let second_half = byte == b'\n' && self.after_cr;
            self.after_cr = byte == b'\r';
            match byte {
                b'\r' | b'\n' if second_half => {}
                b'\r' | b'\n' if self.in_line => self.in_line = false,
                b'\r' | b'\n' => events += u64::from(std::mem::take(&mut self.has_lines)),
                _ => (self.in_line, self.has_lines) = (true, true),
            }
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::EventCounter;

    #[test]
    fn events_are_counted_over_any_cut() {
        let stream = "data: 1\n\ndata: 2\r\n\r\n\r\n: comment\r\rdata: open\n";
        for at in 0..=stream.len() {
            let mut counter = EventCounter::default();
            let (head, tail) = stream.as_bytes().split_at(at);
            assert_eq!(counter.count(head) + counter.count(tail), 3, "cut at {at}");
        }
    }
}
