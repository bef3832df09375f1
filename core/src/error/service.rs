//! What an answer of the service, or an error event inside a stream, says of its error.

use super::class::{ErrorClass, is_retryable, status_of_type};
use super::content::{is_event_stream, is_stream, is_type};
use super::hint::{Context, Signs};
use super::redact::{redact_json, shown};
use super::text;
use crate::body::{CompletionBody, decode};
use crate::json::{self, Kind, Value};
use crate::text::{after, find, split_once};

/// The longest message of the service that is shown, in characters.
pub const LONGEST_MESSAGE: usize = 2_000;
/// The longest piece of a body that is shown for want of a message, in characters.
const LONGEST_SNIPPET: usize = 200;
/// How much of an error's body is worth reading, in bytes.
pub const LONGEST_BODY: usize = 256 * 1024;
/// The longest type, code or parameter name, in characters.
const LONGEST_NAME: usize = 100;

/// An answer of the service.
#[derive(Clone, Copy, Debug, Default)]
pub struct ErrorResponse<'a> {
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

impl ErrorResponse<'_> {
    fn is_stream(&self) -> bool {
        let told = is_stream(self.content_type, self.body);
        told.unwrap_or_else(|| is_event_stream(self.content_type))
    }
}

/// What an error says. The fields are those of `openai`'s `APIError`, and ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
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
    /// The AWS name of the error without its name space, e.g. `ThrottlingException`: from
    /// `x-amzn-errortype`, from `__type`, or from a `code` or `type` that has the form of one.
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
pub fn from_answer(answer: &ErrorResponse) -> ServiceError {
    let body = decode(answer.body);
    // Of an error that is an event, its first line of data.
    let data = after(&body, "data:").filter(|_| answer.is_stream());
    let data = data.map(|data| split_once(data, b'\n').map_or(data, |(line, _)| line));
    let report = Reading::read(data.unwrap_or(&body), answer);
    let said = report.said();
    let said = said.as_deref().unwrap_or("status code (no body)");
    let message = with_status(answer.status, said);
    report.failure(answer.status, Some(answer.status), message)
}

/// The failure of a 2xx answer that is not what was asked for, be it an event stream or one
/// completion; `None` if it is.
#[must_use]
pub fn misplaced_answer(answer: &ErrorResponse, expected_stream: bool) -> Option<ServiceError> {
    if expected_stream && answer.is_stream() {
        return None;
    }
    let body = decode(answer.body);
    let report = Reading::read(&body, answer);
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
    if expected_stream && is_event_stream(answer.content_type) {
        message.push_str("something else labelled ");
    }
    match answer.content_type {
        "" => message.push_str("no content type"),
        content_type => message.push_str(&shown(content_type, LONGEST_NAME)),
    }
    message.push_str(": ");
    message.push_str(&report.said_instead());
    let means = report.status().unwrap_or(answer.status);
    Some(report.failure(means, Some(answer.status), message))
}

/// The failure of an error event inside a stream, from its data.
#[must_use]
pub fn from_stream_event(data: &[u8], context: Context) -> ServiceError {
    let body = decode(data);
    let answer = ErrorResponse {
        body: data,
        context,
        ..ErrorResponse::default()
    };
    let report = Reading::read(&body, &answer);
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

/// The members that lead from a body to its message, in the order in which they are looked for.
/// Further in, a message is taken before another error: so from the second on.
const WAY: [&str; 8] = [
    "error", "message", "Message", "detail", "errors", "msg", "Output", "error",
];
/// How many of them are followed.
const LONGEST_WAY: usize = 8;

/// What a body tells of an error.
struct Reading<'a> {
    answer: &'a ErrorResponse<'a>,
    /// The body.
    text: &'a str,
    json: Option<Value<'a>>,
    /// A choice of the body that is an error.
    failed: Option<Value<'a>>,
    /// The objects on the way to the message, from the body inwards.
    objects: Vec<Value<'a>>,
    /// The end of the way: a string, or what else is there.
    end: Option<Value<'a>>,
    aws_error_type: Option<String>,
    code: Option<String>,
    kind: Option<String>,
}

impl<'a> Reading<'a> {
    fn read(text: &'a str, answer: &'a ErrorResponse<'a>) -> Self {
        let mut report = Reading {
            answer,
            text,
            json: Value::parse_str(text).ok(),
            failed: None,
            objects: Vec::new(),
            end: None,
            aws_error_type: answer.error_type.and_then(type_name),
            code: None,
            kind: None,
        };
        report.walk();
        report.code = report.name("code");
        report.kind = report.name("type");
        if report.aws_error_type.is_none() {
            report.aws_error_type = report
                .member("__type")
                .and_then(|name| type_name(&name.to_text()?))
                .or_else(|| aws_name(report.code.as_deref()?))
                .or_else(|| aws_name(report.kind.as_deref()?));
        }
        report
    }

    /// Follows [`WAY`] to the message.
    fn walk(&mut self) {
        let mut next = self.json;
        let body = self.json.map(CompletionBody::of);
        if let Some(body) = body.filter(CompletionBody::has_choices) {
            self.failed = body.failed_choice();
        }
        if let Some(choice) = self.failed {
            self.objects.extend(self.json);
            next = given(choice, "error");
        }
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

    /// What the error is called.
    fn called(&self) -> Option<&String> {
        let names = [&self.aws_error_type, &self.code, &self.kind];
        let is_name = |name: &&String| name.starts_with(|first: char| first.is_ascii_alphabetic());
        names.into_iter().flatten().find(is_name)
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
        self.message().or_else(|| match self.failed {
            // Its body is an answer.
            Some(_) => Some(text::FAILED_ANSWER.into()),
            None => self.snippet(),
        })
    }

    fn message(&self) -> Option<String> {
        let end = self.end?;
        let said = match end.kind() {
            Kind::String => end.to_text(),
            // `{"error":{"message":{…}}}`: as `openai`, the JSON of what stands in its place.
            Kind::Object if self.objects.len() > 1 && self.called().is_none() => {
                Some(redact_json(end.raw()))
            }
            _ => None,
        };
        said.map(|said| shown(&said, LONGEST_MESSAGE))
            .filter(|said| !said.is_empty())
            .or_else(|| self.called().cloned())
    }

    fn snippet(&self) -> Option<String> {
        let text = self.text.trim_ascii();
        if text.is_empty() {
            None
        } else if self.is_html() {
            Some(html_title(text))
        } else if text.bytes().take(LONGEST_SNIPPET).any(is_binary) {
            Some(self.bytes_of("binary data"))
        } else if self.json.is_some() {
            Some(shown(&redact_json(text), LONGEST_SNIPPET))
        } else {
            Some(shown(text, LONGEST_SNIPPET))
        }
    }

    /// What came instead of what was asked for. Nothing of an answer is shown, only of an error.
    fn said_instead(&self) -> String {
        if self.is_completion() {
            "a whole completion".into()
        } else if self.answer.is_stream() {
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
            .is_some_and(|body| CompletionBody::of(body).is_completion())
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
    fn failure(self, means: u16, status: Option<u16>, message: String) -> ServiceError {
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
        // In a stream the status may be missing.
        let is_theirs = || ["token", "credential", "key"].into_iter().any(says);
        let expired_credentials = says("ExpiredToken")
            || says("expired") && (matches!(means, 401 | 403) || means < 400 && is_theirs());
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
        let error = match self.failed {
            Some(choice) => given(choice, "error"),
            None => self
                .json
                .and_then(|body| given(body, "error").or(Some(body))),
        };
        ServiceError {
            class: ErrorClass::of_status(means),
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
    let mut name = split_once(text, b':').map_or(text, |(name, _)| name);
    while let Some((_, after)) = split_once(name, b'#') {
        name = after;
    }
    Some(shown(name, LONGEST_NAME)).filter(|name| !name.is_empty())
}

/// The same of a `code` or a `type`, if it is a name of AWS's: `ThrottlingException`, `AccessDenied`.
/// Others write `rate_limit_exceeded` there, or `BadRequestError`.
fn aws_name(text: &str) -> Option<String> {
    type_name(text).filter(|name| {
        name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && name.bytes().any(|byte| byte.is_ascii_lowercase())
            && !name.ends_with("Error")
    })
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

fn with_status(status: u16, said: &str) -> String {
    let mut message = String::new();
    json::write_u32(status.into(), &mut message);
    message.push(' ');
    message.push_str(said);
    message
}
