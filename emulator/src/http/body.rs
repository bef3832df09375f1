//! A response body as a script: pieces, each written by itself, and an ending.

use std::convert::Infallible;
use std::future::pending;
use std::iter;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Response;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use futures_util::stream;
use serde::{Deserialize, Serialize};

use crate::http::connection::ConnectionHandle;

/// No write is larger than this: what is recorded as sent is at most this far ahead of the socket.
pub const LARGEST_WRITE: usize = 16 * 1024;

/// Who is told how far a body is.
pub trait BodyObserver: Send + 'static {
    /// These bytes are being written.
    fn sent(&mut self, bytes: &[u8]);

    /// The body is played to its end. It may be said twice. Dropped before, as hyper does with the
    /// body of a client that left, an observer knows that the client left.
    fn finished(&mut self);
}

/// Bytes that are written at once, after a delay.
#[derive(Clone, Debug, Default)]
pub struct Piece {
    /// How long to wait before writing.
    pub delay: Duration,
    /// What to write.
    pub bytes: Bytes,
}

impl Piece {
    /// A piece that is written without delay.
    #[must_use]
    pub fn now(bytes: impl Into<Bytes>) -> Self {
        Self {
            delay: Duration::ZERO,
            bytes: bytes.into(),
        }
    }
}

/// How a body ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// As HTTP wants it.
    #[default]
    End,
    /// Never.
    Stall,
    /// By FIN, without the terminator of the chunked coding.
    Close,
    /// By RST.
    Reset,
}

/// A body to be played.
pub struct ResponseBody {
    pieces: Box<dyn Iterator<Item = Piece> + Send>,
    ending: Ending,
}

impl ResponseBody {
    /// A body of pieces.
    pub fn new(pieces: impl Iterator<Item = Piece> + Send + 'static, ending: Ending) -> Self {
        Self {
            pieces: Box::new(pieces),
            ending,
        }
    }

    /// No body.
    #[must_use]
    pub fn empty() -> Self {
        Self::new(iter::empty(), Ending::End)
    }

    /// The given bytes and a proper end.
    #[must_use]
    pub fn whole(bytes: Bytes) -> Self {
        Self::new(writes(bytes).map(Piece::now), Ending::End)
    }

    /// A JSON response with its `content-type` and `content-length`.
    pub fn json(value: &impl Serialize) -> Response<Self> {
        let bytes = serde_json::to_vec(value).expect("our own types are JSON");
        let length = bytes.len();
        let mut response = Response::new(Self::whole(bytes.into()));
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
        response
    }

    /// Plays the body on `connection`, telling `observer` what happens. `counted` says that the body has
    /// a `content-length`: hyper then asks for nothing after its last byte.
    pub fn into_body(
        self,
        counted: bool,
        connection: ConnectionHandle,
        mut observer: impl BodyObserver,
    ) -> Body {
        let mut pieces = self.pieces.peekable();
        if self.ending == Ending::End && counted && pieces.peek().is_none() {
            observer.finished();
        }
        let play = Play {
            pieces,
            ending: self.ending,
            counted,
            mark: connection.mark(),
            connection,
            observer,
        };
        Body::from_stream(stream::unfold(play, Play::next))
    }
}

struct Play<I: Iterator<Item = Piece>, O> {
    pieces: iter::Peekable<I>,
    ending: Ending,
    counted: bool,
    connection: ConnectionHandle,
    mark: u64,
    observer: O,
}

impl<I: Iterator<Item = Piece>, O: BodyObserver> Play<I, O> {
    /// The next piece, once the one before it is out: so each is a write of its own, a consumer
    /// that sleeps stops us, and nothing is lost when the connection is cut.
    async fn next(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        self.connection.flushed_since(self.mark).await;
        if let Some(Piece { delay, bytes }) = self.pieces.next() {
            // Not `sleep(0)`: a timer rounds up to a millisecond.
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            self.mark = self.connection.mark();
            self.observer.sent(&bytes);
            if self.counted && self.ending == Ending::End && self.pieces.peek().is_none() {
                self.observer.finished();
            }
            return Some((Ok(bytes), self));
        }
        match self.ending {
            Ending::End => {
                self.observer.finished();
                return None;
            }
            Ending::Stall => {}
            Ending::Close => {
                self.observer.finished();
                self.connection.close();
            }
            Ending::Reset => {
                self.observer.finished();
                self.connection.reset();
            }
        }
        pending().await
    }
}

/// Cuts bytes into writes of at most [`LARGEST_WRITE`].
pub fn writes(mut bytes: Bytes) -> impl Iterator<Item = Bytes> + Send {
    iter::from_fn(move || {
        (!bytes.is_empty()).then(|| bytes.split_to(bytes.len().min(LARGEST_WRITE)))
    })
}
