//! Keeps the record of a request up to date while it is answered.

use std::sync::Arc;

use axum::http::StatusCode;

use crate::auth::authentication::Authentication;
use crate::http::body::BodyObserver;
use crate::http::request::ReceivedRequest;
use crate::spaces::record::State;
use crate::spaces::space::Space;

/// Keeps a record up to date while its request is answered. Dropped before the end, as hyper does
/// with the handler and the body of a client that left, it writes down the disconnect.
pub struct Recorder {
    space: Arc<Space>,
    index: u64,
    events: EventCounter,
    finished: bool,
}

impl Recorder {
    /// Writes a request down, and watches over it from now on.
    #[must_use]
    pub fn start(
        space: Arc<Space>,
        request: &ReceivedRequest,
        authentication: &Authentication,
    ) -> Self {
        let index = space.record(request, authentication);
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
}

impl BodyObserver for Recorder {
    fn sent(&mut self, bytes: &[u8]) {
        let events = self.events.count(bytes);
        self.space.update(self.index, |record| {
            record.bytes_sent += bytes.len() as u64;
            record.events_sent += events;
        });
    }

    fn finished(&mut self) {
        if !self.finished {
            self.finished = true;
            self.space
                .update(self.index, |record| record.state = State::Finished);
        }
    }
}

impl Drop for Recorder {
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
