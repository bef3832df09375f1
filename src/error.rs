//! An answer that is an error, as a typed failure.
//!
//! ```
//! use bedrock_chat::error::{Answer, ErrorClass, from_answer};
//!
//! let failure = from_answer(&Answer {
//!     status: 429,
//!     error_type: Some("ThrottlingException:http://internal.amazon.com/coral/"),
//!     body: br#"{"message":"Too many tokens"}"#,
//!     ..Answer::default()
//! });
//! assert_eq!(failure.class, ErrorClass::RateLimitError);
//! assert_eq!(failure.message, "429 Too many tokens");
//! assert_eq!(failure.aws_error_type.as_deref(), Some("ThrottlingException"));
//! assert!(failure.retryable);
//! ```
//!
//! Bedrock, its front ends and the proxies before them answer in many shapes; all of them end up
//! as one [`Failure`] with the fields of `openai`'s errors and a few of our own. What the service
//! says is shown bounded and with secrets and echoed input hidden.

use std::borrow::Cow;

use crate::answer::Parts;
use crate::cut::cut;
use crate::json::{self, Kind, Value};

/// The texts of errors that no answer explains.
pub mod text {
    /// `APIUserAbortError`; the words are `openai`'s.
    pub const ABORTED: &str = "Request was aborted.";
    /// `APIConnectionError`; the words are `openai`'s.
    pub const CONNECTION: &str = "Connection error.";
    /// The hint of `APIConnectionError`. A browser does not tell the two apart.
    pub const NETWORK_OR_CORS: &str = "The network failed, or the browser withheld the answer (CORS). \
        Check the region and baseURL: a region without Bedrock is a host that does not exist. \
        In a page, call through a proxy of your own origin by baseURL.";
    /// `APIConnectionTimeoutError`; the words are `openai`'s.
    pub const TIMED_OUT: &str = "Request timed out.";
    /// `StreamTimeoutError` of `connect`.
    pub const NO_HEADERS: &str = "Timed out: no answer within timeout.connect.";
    /// `StreamTimeoutError` of `firstToken`.
    pub const NO_FIRST_TOKEN: &str = "Timed out: no content within timeout.firstToken.";
    /// `StreamTimeoutError` of `idle`.
    pub const IDLE: &str = "Timed out: the stream fell silent for timeout.idle.";
    /// `StreamTimeoutError` of `total`.
    pub const TOO_LONG: &str = "Timed out: not done within timeout.total.";
    /// `IncompleteStreamError`.
    pub const INCOMPLETE: &str =
        "The stream ended before a finish_reason or [DONE]: the answer is cut off.";
    /// `APIError` for an event that is not JSON. Its payload is not shown.
    pub const MALFORMED_EVENT: &str = "The stream sent an event that is not JSON.";
    /// `APIError` for an event beyond the limit of memory.
    pub const EVENT_TOO_LARGE: &str = "The stream sent an event that is too large.";
    /// `GuardrailNotEnforcedError`.
    pub const NOT_ENFORCED: &str = "bedrock-mantle ignores guardrails, so nothing was sent. \
        Use endpoint \"runtime\", or send it unguarded with guardrail.allowUnenforced.";
}

/// The longest message of the service that is shown, in characters.
pub const LONGEST_MESSAGE: usize = 2_000;
/// The longest piece of a body that is shown for want of a message, in characters.
pub const LONGEST_SNIPPET: usize = 200;
/// How much of an error's body is worth reading, in bytes.
pub const LONGEST_BODY: usize = 256 * 1024;
/// The longest type, code or parameter name, in characters.
const LONGEST_NAME: usize = 100;

/// The JavaScript classes of errors, by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum ErrorClass {
    BedrockError,
    APIError,
    BadRequestError,
    AuthenticationError,
    PermissionDeniedError,
    NotFoundError,
    ConflictError,
    UnprocessableEntityError,
    RateLimitError,
    InternalServerError,
    APIUserAbortError,
    APIConnectionError,
    APIConnectionTimeoutError,
    ConfigurationError,
    InvalidRequestError,
    IncompleteStreamError,
    StreamTimeoutError,
    GuardrailNotEnforcedError,
}

use ErrorClass as Class;

/// The statuses with a class of their own.
const STATUSES: [(u16, Class); 7] = [
    (400, Class::BadRequestError),
    (401, Class::AuthenticationError),
    (403, Class::PermissionDeniedError),
    (404, Class::NotFoundError),
    (409, Class::ConflictError),
    (422, Class::UnprocessableEntityError),
    (429, Class::RateLimitError),
];

impl ErrorClass {
    /// The class's name in JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Class::BedrockError => "BedrockError",
            Class::APIError => "APIError",
            Class::BadRequestError => "BadRequestError",
            Class::AuthenticationError => "AuthenticationError",
            Class::PermissionDeniedError => "PermissionDeniedError",
            Class::NotFoundError => "NotFoundError",
            Class::ConflictError => "ConflictError",
            Class::UnprocessableEntityError => "UnprocessableEntityError",
            Class::RateLimitError => "RateLimitError",
            Class::InternalServerError => "InternalServerError",
            Class::APIUserAbortError => "APIUserAbortError",
            Class::APIConnectionError => "APIConnectionError",
            Class::APIConnectionTimeoutError => "APIConnectionTimeoutError",
            Class::ConfigurationError => "ConfigurationError",
            Class::InvalidRequestError => "InvalidRequestError",
            Class::IncompleteStreamError => "IncompleteStreamError",
            Class::StreamTimeoutError => "StreamTimeoutError",
            Class::GuardrailNotEnforcedError => "GuardrailNotEnforcedError",
        }
    }

    /// The class of an answer with this status, as `openai` maps them.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        let known = STATUSES.iter().find(|(known, _)| *known == status);
        match known {
            Some((_, class)) => *class,
            None if status >= 500 => Class::InternalServerError,
            None => Class::APIError,
        }
    }
}

/// The statuses that error types stand for, where an answer's own status does not tell: Bedrock's
/// (its API model), those of AWS front ends, and `openai`'s words.
const TYPES: [(&str, u16); 23] = [
    ("ValidationException", 400),
    ("SerializationException", 400),
    ("ServiceQuotaExceededException", 400),
    ("invalid_request_error", 400),
    ("authentication_error", 401),
    ("UnrecognizedClientException", 403),
    ("AccessDeniedException", 403),
    ("ExpiredTokenException", 403),
    ("InvalidSignatureException", 403),
    ("permission_error", 403),
    ("ResourceNotFoundException", 404),
    ("UnknownOperationException", 404),
    ("not_found_error", 404),
    ("ModelTimeoutException", 408),
    ("ModelErrorException", 424),
    ("ModelStreamErrorException", 424),
    ("ThrottlingException", 429),
    ("ModelNotReadyException", 429),
    ("rate_limit_error", 429),
    ("rate_limit_exceeded", 429),
    ("InternalServerException", 500),
    ("server_error", 500),
    ("ServiceUnavailableException", 503),
];

fn status_of_type(name: &str) -> Option<u16> {
    TYPES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, status)| *status)
}

/// Whether what failed with this status may succeed later.
#[must_use]
pub const fn is_retryable(status: u16) -> bool {
    matches!(status, 408 | 409 | 429 | 500..)
}

/// What is known of the call that failed, for better hints.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// What is odd about the model's id for this endpoint, if anything: `endpoint::model_hint`.
    pub model_hint: Option<&'a str>,
    /// Whether the call used a guardrail.
    pub guardrail: bool,
}

/// An answer of the service.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The header `content-type`; empty without one.
    pub content_type: &'a str,
    /// The header `x-amzn-errortype`.
    pub error_type: Option<&'a str>,
    /// The body, or as much of it as was read.
    pub body: &'a [u8],
    /// What is known of the call.
    pub context: Context<'a>,
}

/// What an error says. The fields are those of `openai`'s `APIError`, and ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The class to throw.
    pub class: ErrorClass,
    /// The HTTP status; of an error inside a stream, the one that its type stands for.
    pub status: Option<u16>,
    /// `"{status} {what the service says}"`, as `openai` puts it. At most [`LONGEST_MESSAGE`]
    /// characters and a few.
    pub message: String,
    /// `code` of the error.
    pub code: Option<String>,
    /// `param` of the error.
    pub param: Option<String>,
    /// `type` of the error.
    pub kind: Option<String>,
    /// The AWS name of the error without its name space, e.g. `ThrottlingException`.
    pub aws_error_type: Option<String>,
    /// The error object as JSON: `error` of the body if it has one, else the body.
    pub error: Option<String>,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// What to do about it, where we know.
    pub hint: Option<String>,
    /// The key or the credentials have expired: with fresh ones the call may succeed.
    pub expired_credentials: bool,
    /// The signature's time is off: with the server's time the call may succeed. A token that was
    /// signed and has expired looks the same, so both flags may be set.
    pub clock_skew: bool,
}

/// The failure of an answer whose status is not 2xx.
#[must_use]
pub fn from_answer(answer: &Answer) -> Failure {
    let body = decode(answer.body);
    let report = Report::read(&body, answer);
    let said = report.said();
    let said = said.as_deref().unwrap_or("status code (no body)");
    let message = with_status(answer.status, said);
    report.failure(answer.status, Some(answer.status), message)
}

/// The failure of a 2xx answer that is not what was asked for, be it an event stream or one
/// completion; `None` if it is.
#[must_use]
pub fn misplaced_answer(answer: &Answer, expected_stream: bool) -> Option<Failure> {
    if expected_stream && is_event_stream(answer.content_type) {
        return None;
    }
    let body = decode(answer.body);
    let report = Report::read(&body, answer);
    if !expected_stream && report.is_completion() {
        return None;
    }
    let mut message = with_status(
        answer.status,
        if expected_stream {
            "expected an event stream, got "
        } else {
            "expected a completion, got "
        },
    );
    match answer.content_type {
        "" => message.push_str("no content type"),
        content_type => push_clean(&mut message, content_type, LONGEST_NAME),
    }
    message.push_str(": ");
    message.push_str(&report.said_instead());
    let means = report.status().unwrap_or(answer.status);
    Some(report.failure(means, Some(answer.status), message))
}

/// The failure of an error event inside a stream, from its data.
#[must_use]
pub fn from_stream_event(data: &[u8], context: Context) -> Failure {
    let body = decode(data);
    let answer = Answer {
        body: data,
        context,
        ..Answer::default()
    };
    let report = Report::read(&body, &answer);
    let said = match report.said() {
        Some(_) if report.is_malformed() => text::MALFORMED_EVENT.into(),
        Some(said) => said,
        None => "The stream reported an error and did not say which.".into(),
    };
    match report.status() {
        Some(status) => report.failure(status, Some(status), with_status(status, &said)),
        None => report.failure(0, None, said),
    }
}

/// Whether this content type is that of an event stream.
#[must_use]
pub fn is_event_stream(content_type: &str) -> bool {
    is_type(content_type, "text/event-stream")
}

fn is_type(content_type: &str, expected: &str) -> bool {
    let essence = cut(content_type, b';').map_or(content_type, |(essence, _)| essence);
    essence.trim_ascii().eq_ignore_ascii_case(expected)
}

/// As every engine's `Response.text()` reads it.
pub(crate) fn decode(body: &[u8]) -> Cow<'_, str> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    String::from_utf8_lossy(body)
}

/// The members that lead from a body to its message, in the order in which they are looked for.
/// Further in, a message is taken before another error: so from the second on.
const WAY: [&str; 8] = [
    "error", "message", "Message", "detail", "errors", "msg", "Output", "error",
];
/// How many of them are followed.
const LONGEST_WAY: usize = 8;

/// What a body tells of an error.
struct Report<'a> {
    answer: &'a Answer<'a>,
    /// The body.
    text: &'a str,
    json: Option<Value<'a>>,
    /// The objects on the way to the message, from the body inwards.
    objects: Vec<Value<'a>>,
    /// The end of the way: a string, or what else is there.
    end: Option<Value<'a>>,
    aws_error_type: Option<String>,
    code: Option<String>,
    kind: Option<String>,
}

impl<'a> Report<'a> {
    fn read(text: &'a str, answer: &'a Answer<'a>) -> Self {
        let mut report = Report {
            answer,
            text,
            json: Value::parse_str(text).ok(),
            objects: Vec::new(),
            end: None,
            aws_error_type: answer.error_type.and_then(type_name),
            code: None,
            kind: None,
        };
        report.walk();
        report.code = report.name("code");
        report.kind = report.name("type");
        for key in ["__type", "code", "type"] {
            if report.aws_error_type.is_none() {
                report.aws_error_type = report.type_in(key);
            }
        }
        report
    }

    /// Follows [`WAY`] to the message.
    fn walk(&mut self) {
        let mut next = self.json;
        while let Some(value) = next.filter(|_| self.objects.len() < LONGEST_WAY) {
            next = match value.kind() {
                Kind::Object => {
                    let further_in = usize::from(!self.objects.is_empty());
                    self.objects.push(value);
                    let mut way = WAY.iter().skip(further_in);
                    way.find_map(|key| given(value, key))
                }
                // One level only: an array in an array is no error of anybody's.
                Kind::Array => {
                    let first = value.elements().next();
                    first.filter(|first| first.kind() != Kind::Array)
                }
                _ => None,
            };
            self.end = Some(value);
        }
        // `{"error":"Not Found","message":"…"}`: the message says more.
        if let [body] = self.objects.as_slice() {
            let message = given(*body, "message").filter(|it| it.kind() == Kind::String);
            self.end = message.or(self.end);
        }
    }

    /// A member of the error object, or of what is in it, or of the body.
    fn member(&self, key: &str) -> Option<Value<'a>> {
        let (body, inner) = self.objects.split_first()?;
        let inner = inner.iter().find_map(|object| given(*object, key));
        inner.or_else(|| given(*body, key))
    }

    /// The same as text: a string, or a number as written.
    fn name(&self, key: &str) -> Option<String> {
        let value = self.member(key)?;
        let text = match value.kind() {
            Kind::String => value.to_text()?,
            Kind::Number => value.raw().into(),
            _ => return None,
        };
        Some(shown(&text, LONGEST_NAME)).filter(|text| !text.is_empty())
    }

    fn type_in(&self, key: &str) -> Option<String> {
        type_name(&self.member(key)?.to_text()?)
    }

    /// The status that the error names or that its type stands for.
    fn status(&self) -> Option<u16> {
        ["status", "status_code", "statusCode", "code"]
            .iter()
            .find_map(|key| error_status(self.member(key)?))
            .or_else(|| self.statuses_of_types().next())
    }

    fn statuses_of_types(&self) -> impl Iterator<Item = u16> {
        let types = [&self.aws_error_type, &self.code, &self.kind];
        types
            .into_iter()
            .filter_map(|name| status_of_type(name.as_deref()?))
    }

    /// What the error says, or the body for want of it; `None` for an empty body.
    fn said(&self) -> Option<String> {
        self.message().or_else(|| self.snippet())
    }

    fn message(&self) -> Option<String> {
        let end = self.end?;
        let said = match end.kind() {
            Kind::String => end.to_text(),
            // `{"error":{"message":{…}}}`: as `openai`, the JSON of what stands in its place.
            Kind::Object if self.objects.len() > 1 && self.aws_error_type.is_none() => {
                Some(end.raw().into())
            }
            _ => None,
        };
        said.map(|said| shown(&said, LONGEST_MESSAGE))
            .filter(|said| !said.is_empty())
            .or_else(|| self.aws_error_type.clone())
    }

    fn snippet(&self) -> Option<String> {
        let text = self.text.trim_ascii();
        if text.is_empty() {
            None
        } else if self.is_html() {
            Some(html_title(text))
        } else if text.bytes().take(LONGEST_SNIPPET).any(is_binary) {
            Some(self.bytes_of("binary data"))
        } else {
            Some(shown(text, LONGEST_SNIPPET))
        }
    }

    /// What came instead of what was asked for. Nothing of an answer is shown, only of an error.
    fn said_instead(&self) -> String {
        if self.is_completion() {
            "a whole completion".into()
        } else if is_event_stream(self.answer.content_type) {
            "an event stream".into()
        } else if self.is_malformed() {
            self.bytes_of("malformed JSON")
        } else {
            self.said().unwrap_or_else(|| "no body".into())
        }
    }

    fn bytes_of(&self, what: &str) -> String {
        let length = u32::try_from(self.answer.body.len()).unwrap_or(u32::MAX);
        let mut said = String::new();
        json::write_u32(length, &mut said);
        said.push_str(" bytes of ");
        said.push_str(what);
        said
    }

    fn is_completion(&self) -> bool {
        self.json
            .is_some_and(|body| Parts::of(body).is_completion())
    }

    /// Whether the body set out to be JSON.
    fn is_malformed(&self) -> bool {
        let first = self.text.trim_ascii().bytes().next();
        self.json.is_none() && matches!(first, Some(b'{' | b'['))
    }

    fn is_html(&self) -> bool {
        let start = self.text.trim_ascii_start().as_bytes();
        let starts_with = |tag: &[u8]| {
            let start = start.get(..tag.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(tag))
        };
        self.json.is_none()
            && (is_type(self.answer.content_type, "text/html")
                || starts_with(b"<!doctype html")
                || starts_with(b"<html"))
    }

    /// Whether something else than Bedrock answered, which speaks JSON.
    fn is_foreign(&self) -> bool {
        self.is_html()
            || (self.answer.status == 404
                && self.json.is_none()
                && !self.text.trim_ascii().is_empty())
    }

    /// The failure with the class of the status that it means, which need not be the one it has.
    fn failure(self, means: u16, status: Option<u16>, message: String) -> Failure {
        let retryable = is_retryable(means) || self.statuses_of_types().any(is_retryable);
        let said = [
            message.as_str(),
            "\n",
            self.aws_error_type.as_deref().unwrap_or_default(),
            "\n",
            self.code.as_deref().unwrap_or_default(),
        ]
        .concat();
        let says = |words: &str| find(&said, words).is_some();
        let expired_credentials =
            matches!(means, 401 | 403) && says("expired") || says("ExpiredToken");
        let clock_skew = CLOCK_SKEW.iter().any(|sign| says(sign));
        let hint = Signs {
            said: &said,
            status: status.unwrap_or_default(),
            context: &self.answer.context,
            expired: expired_credentials,
            clock_skew,
            foreign: self.is_foreign(),
        }
        .hint();
        let error = self
            .json
            .and_then(|body| given(body, "error").or(Some(body)));
        Failure {
            class: Class::of_status(means),
            status,
            message,
            param: self.name("param"),
            error: error.map(|value| redact_json(value.raw())),
            code: self.code,
            kind: self.kind,
            aws_error_type: self.aws_error_type,
            retryable,
            hint,
            expired_credentials,
            clock_skew,
        }
    }
}

/// What SigV4 says of a signature whose time is not the server's.
const CLOCK_SKEW: [&str; 4] = [
    "Signature expired",
    "Signature not yet current",
    "RequestTimeTooSkewed",
    "RequestExpired",
];

/// A member that is there and not null.
fn given<'a>(object: Value<'a>, key: &str) -> Option<Value<'a>> {
    object.get(key).filter(|value| !value.is_null())
}

/// A status from 400 to 599, as a number or a string.
fn error_status(value: Value) -> Option<u16> {
    match value.string_body().unwrap_or(value.raw()).as_bytes() {
        [
            hundreds @ (b'4' | b'5'),
            tens @ b'0'..=b'9',
            ones @ b'0'..=b'9',
        ] => Some(
            [hundreds, tens, ones]
                .iter()
                .fold(0, |status, digit| status * 10 + u16::from(**digit - b'0')),
        ),
        _ => None,
    }
}

/// `com.amazon.coral.service#ThrottlingException:http://…` is `ThrottlingException`.
fn type_name(text: &str) -> Option<String> {
    let mut name = cut(text, b':').map_or(text, |(name, _)| name);
    while let Some((_, after)) = cut(name, b'#') {
        name = after;
    }
    Some(shown(name, LONGEST_NAME)).filter(|name| !name.is_empty())
}

fn html_title(page: &str) -> String {
    let mut said = String::from("HTML page");
    let title = after(page, "<title")
        .and_then(|rest| after(rest, ">"))
        .and_then(|rest| rest.get(..find(rest, "</title")?))
        .map(|title| shown(title, LONGEST_SNIPPET))
        .filter(|title| !title.is_empty());
    if let Some(title) = title {
        said.push_str(": ");
        said.push_str(&title);
    }
    said
}

/// Control characters that no text has.
const fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=8 | 14..=26 | 28..=31)
}

/// Where `needle`, which is ASCII, starts in `text`, in any case. By hand: the library's search
/// weighs more than the rest of this module.
pub(crate) fn find(text: &str, needle: &str) -> Option<usize> {
    let needle = needle.as_bytes();
    // At least 1: `windows` panics on 0.
    let mut windows = text.as_bytes().windows(needle.len().max(1));
    windows.position(|window| window.eq_ignore_ascii_case(needle))
}

/// Where `needle` last starts in `text`.
fn rfind(text: &str, needle: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(needle.len().max(1));
    windows.rposition(|window| window == needle.as_bytes())
}

fn after<'t>(text: &'t str, needle: &str) -> Option<&'t str> {
    text.get(find(text, needle)? + needle.len()..)
}

fn with_status(status: u16, said: &str) -> String {
    let mut message = String::new();
    json::write_u32(status.into(), &mut message);
    message.push(' ');
    message.push_str(said);
    message
}

/// A text of the service's as it may be shown.
fn shown(text: &str, longest: usize) -> String {
    let mut out = String::new();
    push_clean(&mut out, redact(&without_echo(text)).trim_ascii(), longest);
    out
}

/// Appends at most `longest` characters, runs of control characters as one space.
fn push_clean(out: &mut String, text: &str, longest: usize) {
    for (count, next) in text.chars().enumerate() {
        if count == longest {
            out.push('…');
            return;
        }
        if !next.is_control() {
            out.push(next);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
}

/// Where services quote what they were sent: a prompt, or the headers that were signed. From the
/// first text to the second, or to the end, is left out.
const ECHOES: [(&str, &str); 6] = [
    ("invalid type: string ", ", expected"),
    ("invalid value: string ", ", expected"),
    ("input_value=", ", input_type"),
    ("'input': {", ""),
    ("'input': '", ""),
    ("The Canonical String for this request", ""),
];

fn without_echo(text: &str) -> String {
    let mut text = String::from(text);
    for (start, end) in ECHOES {
        let Some(from) = find(&text, start) else {
            continue;
        };
        let (head, echo) = text
            .split_at_checked(from + start.len())
            .unwrap_or_default();
        // Up to the last one: the quoted text may hold the same words.
        let tail = match end {
            "" => "",
            _ => rfind(echo, end)
                .and_then(|at| echo.get(at + end.len()..))
                .unwrap_or_default(),
        };
        let end = if tail.is_empty() { "" } else { end };
        text = [head, "…", end, tail].concat();
    }
    text
}

const REDACTED: &str = "[redacted]";
/// What Bedrock's short-term and long-term API keys and the ids of AWS access keys begin with. It
/// is looked for inside words too: in the JSON of a snippet an escape may stand before it.
const KEYS: [&str; 4] = ["bedrock-api-key-", "ABSK", "AKIA", "ASIA"];
/// What OpenAI's keys begin with.
const OPENAI_KEY: &str = "sk-";
/// The shortest of those, in characters.
const SHORTEST_KEY: usize = 16;
/// A word as long as that is none. Session tokens are longer.
const LONGEST_WORD: usize = 100;
/// A signature: so many hexadecimal digits.
const SIGNATURE: usize = 64;
/// What stands before a secret and `:` or `=`.
const LABELS: [&str; 3] = ["security-token", "signature", "credential"];

/// `text` without keys, tokens and signatures.
///
/// ```
/// let said = "Credential=AKIAIOSFODNN7EXAMPLE/20260102, key ABSKQmVkcm9ja0FQSUtleS0x";
/// let shown = bedrock_chat::error::redact(said);
/// assert_eq!(shown, "Credential=[redacted], key [redacted]");
/// ```
#[must_use]
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // From which length on the next word is a secret because of what stands before it.
    let mut secret_from = usize::MAX;
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = split_run(rest, is_word_byte);
        let (gap, after) = split_run(after, |byte| !is_word_byte(byte));
        let hide = word.len() >= secret_from || is_secret(word);
        out.push_str(if hide { REDACTED } else { word });
        out.push_str(gap);
        secret_from = if gap.bytes().any(|byte| matches!(byte, b':' | b'=')) && is_label(word) {
            1
        } else if word.eq_ignore_ascii_case("bearer") {
            SHORTEST_KEY
        } else {
            usize::MAX
        };
        rest = after;
    }
    out
}

/// The same for the strings of a JSON text, echoes left out as well.
fn redact_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, string)) = cut(rest, b'"') {
        let (body, after) = split_string(string);
        let mut text = String::new();
        json::unescape_into(body, &mut text);
        let hidden = redact(&without_echo(&text));
        out.push_str(before);
        out.push('"');
        if hidden == text {
            out.push_str(body);
        } else {
            json::escape_into(&hidden, &mut out);
        }
        out.push('"');
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The body of a string behind its opening quote, and what follows its closing one.
fn split_string(string: &str) -> (&str, &str) {
    let mut escaped = false;
    let (body, quote) = split_run(string, |byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        !ends
    });
    (body, quote.strip_prefix('"').unwrap_or_default())
}

/// Splits before the first byte that is not so, which must be the first of a character.
fn split_run(text: &str, mut is: impl FnMut(u8) -> bool) -> (&str, &str) {
    let length = text
        .bytes()
        .position(|byte| !is(byte))
        .unwrap_or(text.len());
    text.split_at_checked(length).unwrap_or((text, ""))
}

/// The letters of base64, of its URL form, and of percent-encoding.
const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'%')
}

fn is_secret(word: &str) -> bool {
    let is_key = word.len() >= SHORTEST_KEY
        && (word.starts_with(OPENAI_KEY) || KEYS.iter().any(|start| rfind(word, start).is_some()));
    let is_signature = word.len() == SIGNATURE && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_key || is_signature || word.len() >= LONGEST_WORD
}

fn is_label(word: &str) -> bool {
    LABELS.iter().any(|label| {
        let start = word.len().checked_sub(label.len());
        start
            .and_then(|start| word.get(start..))
            .is_some_and(|it| it.eq_ignore_ascii_case(label))
    })
}

/// What hints go by.
struct Signs<'a> {
    /// The message, the AWS type and the code.
    said: &'a str,
    /// 0 without one.
    status: u16,
    context: &'a Context<'a>,
    expired: bool,
    clock_skew: bool,
    /// Not Bedrock answered, but something on the way.
    foreign: bool,
}

/// When a hint applies, besides its words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// Always; but what [`Context::model_hint`] says is better.
    Model,
    /// If a guardrail was used.
    Guardrail,
    Expired,
    ClockSkew,
    Foreign,
    Status(u16),
    /// A status of a redirect.
    Redirect,
}

impl Signs<'_> {
    fn hint(&self) -> Option<String> {
        let applies = |words: &str, when| {
            self.are(when) && (words.is_empty() || find(self.said, words).is_some())
        };
        let (_, when, text) = HINTS
            .iter()
            .find(|(words, when, _)| applies(words, *when))?;
        let better = self.context.model_hint.filter(|_| *when == When::Model);
        Some(better.unwrap_or(text).into())
    }

    fn are(&self, when: When) -> bool {
        match when {
            When::Always | When::Model => true,
            When::Guardrail => self.context.guardrail,
            When::Expired => self.expired,
            When::ClockSkew => self.clock_skew,
            When::Foreign => self.foreign,
            When::Status(status) => self.status == status,
            When::Redirect => matches!(self.status, 300..400),
        }
    }
}

/// Known traps: the words to look for, when they count, and what to do. The first that applies is
/// given. Sources: sections 1.2, 1.3, 4.1, 5.2 and 5.3 of the collected facts about the service.
const HINTS: [(&str, When, &str); 26] = [
    (
        "",
        When::Redirect,
        "Redirects are not followed, because of the credentials. Set baseURL to where the service \
         is.",
    ),
    (
        "",
        When::Foreign,
        "A proxy or gateway answered, not Bedrock. Check baseURL.",
    ),
    (
        "UnknownOperationException",
        When::Always,
        "The path is wrong: on bedrock-runtime a baseURL ends in /openai/v1.",
    ),
    (
        "",
        When::ClockSkew,
        "The clock of this machine is off, or the token was signed too long ago.",
    ),
    (
        "",
        When::Expired,
        "API keys and temporary credentials expire. Give a function instead of a value: it is \
         asked again.",
    ),
    (
        "signature we calculated does not match",
        When::Always,
        "Check the secret access key and the region. A proxy must not change a signed request.",
    ),
    (
        "Invalid API Key format",
        When::Always,
        "A Bedrock API key starts with bedrock-api-key- or ABSK. AWS access keys go into \
         credentials.",
    ),
    (
        "Authentication failed",
        When::Always,
        "Check that the key is whole and not revoked. A short-term key works in the region it was \
         made for, no other.",
    ),
    (
        "security token included in the request is invalid",
        When::Always,
        "Check accessKeyId. Temporary credentials (ASIA…) need their sessionToken.",
    ),
    ("guardrail", When::Guardrail, GUARDRAIL),
    (
        "on-demand throughput",
        When::Model,
        "This model needs an inference profile: put its geography before the id, as us. or \
         global.",
    ),
    (
        "provided model identifier",
        When::Model,
        "Ids differ between the endpoints: openai.gpt-oss-20b-1:0 on runtime is \
         openai.gpt-oss-20b on mantle.",
    ),
    ("does not support the '", When::Model, PATH_OF_MODEL),
    ("supported on this route", When::Model, PATH_OF_MODEL),
    ("is not enabled", When::Status(401), PATH_OF_MODEL),
    ("model_not_found", When::Model, NO_CHAT),
    ("model doesn't exist", When::Model, NO_CHAT),
    ("the model '", When::Model, NO_CHAT),
    // After the models: it may be the model that was not found.
    ("ResourceNotFoundException", When::Guardrail, GUARDRAIL),
    (
        "unsupported for streaming",
        When::Always,
        "Call this model without stream.",
    ),
    (
        "Unsupported parameter: 'max_tokens'",
        When::Always,
        "Use max_completion_tokens, which every model accepts.",
    ),
    ("Unsupported parameter", When::Always, AS_GIVEN),
    ("Unknown parameter", When::Always, AS_GIVEN),
    (
        "Failed to deserialize",
        When::Always,
        "A field has another shape than in the Chat Completions API.",
    ),
    (
        "",
        When::Status(403),
        "The principal needs bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream (on \
         mantle bedrock-mantle:CreateInference), with an API key also CallWithBearerToken, with a \
         guardrail bedrock:ApplyGuardrail; and the account needs access to the model.",
    ),
    (
        "",
        When::Status(429),
        "A quota is used up: send fewer requests at a time, lower max_completion_tokens, or use a \
         cross-Region inference profile.",
    ),
];

const AS_GIVEN: &str = "Leave it out for this model: the client sends what it is given.";
const GUARDRAIL: &str = "Check guardrail.identifier and guardrail.version, that the guardrail is \
    in this region, and that bedrock:ApplyGuardrail is allowed.";
const NO_CHAT: &str = "The model has no Chat Completions on this endpoint or in this region. Ids \
    differ between runtime and mantle.";
const PATH_OF_MODEL: &str = "This path does not serve the model. On mantle it is /openai/v1 for \
    gpt-5, grok and gemma-4, and /v1 for gpt-oss and the other open-weight models.";
