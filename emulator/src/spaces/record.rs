//! What is written down of a request, and of what became of it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

use crate::auth::authentication::Authentication;
use crate::http::request::ReceivedRequest;

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
    /// The status of its answer.
    pub status: Option<u16>,
    /// Whether it is answered.
    pub state: State,
    /// How much of the answer's body was written.
    pub bytes_sent: u64,
    /// How many server-sent events of it.
    pub events_sent: u64,
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
    pub fn new(index: u64, request: &ReceivedRequest, authentication: &Authentication) -> Self {
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
                kind: authentication.scheme,
                ok: authentication.refusal.is_none(),
                reason: authentication.refusal.as_ref().map(ToString::to_string),
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
    pub fn new(request: &ReceivedRequest) -> Self {
        Self {
            path: request.path().to_owned(),
            query: request.query().to_owned(),
            headers: request.headers(),
        }
    }
}
