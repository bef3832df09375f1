//! What can be asked of Bedrock: a second route is an entry here, and not a fork.

use std::borrow::Cow;

use crate::decoder::Reasoning;
use crate::json::{Reader, TextDeserializer, TextError};
use crate::request::{self, CheckedRequest, Refusal, Settings};
use crate::response;

/// One operation of the service.
#[derive(Debug)]
pub struct Operation {
    /// Of the request, in capitals.
    pub method: &'static str,
    /// Behind the endpoint's base path, with the slash.
    pub path: &'static str,
    /// Checks a request and writes its body.
    pub request: fn(&str, Settings<'_>) -> Result<CheckedRequest, Refusal<TextError>>,
    /// Reads a whole answer, where a guardrail was asked for or not; `None` if it is not what was
    /// asked for.
    pub response: for<'b> fn(&'b [u8], Reasoning, bool) -> Option<Cow<'b, str>>,
}

/// A chat completion, streamed or not.
pub static CHAT_COMPLETIONS: Operation = Operation {
    method: "POST",
    path: "/chat/completions",
    request: |body, settings| {
        request::write(TextDeserializer::new(&mut Reader::new(body)), settings)
    },
    response: response::completion,
};
