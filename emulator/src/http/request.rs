//! A request as it arrived.

use axum::body::Bytes;
use axum::http::request::Parts;

/// A request as it arrived.
pub struct ReceivedRequest {
    /// Its method, URI and headers.
    pub parts: Parts,
    /// Its whole body.
    pub body: Bytes,
}

impl ReceivedRequest {
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

    /// All headers as text, in order.
    #[must_use]
    pub fn headers(&self) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect()
    }
}
