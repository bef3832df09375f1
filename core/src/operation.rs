//! What can be asked of Bedrock: a second route is an entry here, and not a fork.

use std::borrow::Cow;

use crate::apply;
use crate::decoder::Reasoning;
use crate::guardrail::Invalid;
use crate::request::{self, CheckedRequest, Refusal, Settings};
use crate::response;

/// One operation of the service.
#[derive(Debug)]
pub struct Operation {
    /// Of the request, in capitals.
    pub method: &'static str,
    /// Behind the endpoint's base path, with the slash; empty where the request says it.
    pub path: &'static str,
    /// What a call's text is.
    pub request: Request,
    /// How much of a guardrail is the client's.
    pub judging: Judging,
    /// Reads a whole answer (whether a guardrail was asked for is the last of what it is told);
    /// `None` if it is not what was asked for.
    pub response: for<'b> fn(&'b [u8], Reasoning, bool) -> Option<Cow<'b, str>>,
}

/// What the text of a call is.
#[derive(Clone, Copy, Debug)]
pub enum Request {
    /// The body, which this checks and writes.
    Body(for<'a> fn(&'a str, Settings<'_>) -> Result<CheckedRequest<'a>, Refusal>),
    /// The rest of the path, percent-encoded; there is no body. Only mantle has the route.
    Path,
    /// What this makes a path and a body of, for bedrock-runtime, on whichever endpoint the client
    /// is.
    Runtime(fn(&str) -> Result<(String, String), Invalid>),
}

/// How much of a guardrail is the client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judging {
    /// Nothing: it is refused where the client is to apply it.
    No,
    /// Whether the client is to apply it is the question.
    Asked,
    /// The client judges what is sent, and what comes; the service is asked for no guardrail.
    Now,
}

/// A chat completion, streamed or not.
pub static CHAT_COMPLETIONS: Operation = Operation {
    method: "POST",
    path: "/chat/completions",
    request: Request::Body(request::write),
    judging: Judging::No,
    response: response::completion,
};

/// The same, where the client applies the guardrail.
pub static JUDGED_COMPLETIONS: Operation = Operation {
    judging: Judging::Now,
    ..CHAT_COMPLETIONS
};

/// The same, to ask whether it has to: see [`crate::enforce`].
pub static ENFORCED: Operation = Operation {
    judging: Judging::Asked,
    ..CHAT_COMPLETIONS
};

/// The models of an endpoint, or, by `/` and its id, one of them.
pub static MODELS: Operation = Operation {
    method: "GET",
    path: "/models",
    request: Request::Path,
    judging: Judging::No,
    response: response::models,
};

/// ApplyGuardrail.
pub static APPLY_GUARDRAIL: Operation = Operation {
    method: "POST",
    path: "",
    request: Request::Runtime(apply::apply),
    judging: Judging::No,
    response: response::judgement,
};

/// InvokeGuardrailChecks.
pub static GUARDRAIL_CHECKS: Operation = Operation {
    request: Request::Runtime(apply::check),
    ..APPLY_GUARDRAIL
};
