//! What an answer of the service, or an error event inside a stream, says of its error.

use super::class::{ErrorClass, is_retryable, status_of_type};
use super::content::{is_event_stream, is_stream, is_type};
use super::hint::{Context, Signs};
use super::redact::{redact_json, shown};
use super::text;
use crate::body::{CompletionBody, decode};
use crate::json::{self, Kind, Value};
use crate::text::{after, find, parse_integer, push_all, split_once};

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
    /// The header `x-amzn-errortype`; empty without one.
    pub error_type: &'a str,
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

/// What an error says. The fields are those of `openai`'s `APIError`, and ours; what it does not
/// say is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceError {
    /// The class to throw.
    pub class: ErrorClass,
    /// The HTTP status; of an error inside a stream, the one that its type stands for, or 0.
    pub status: u16,
    /// `"{status} {what the service says}"`, as `openai` puts it. At most [`LONGEST_MESSAGE`]
    /// characters and a few.
    pub message: String,
    /// `code` of the error.
    pub code: String,
    /// `param` of the error.
    pub param: String,
    /// `type` of the error.
    pub kind: String,
    /// The AWS name of the error without its name space, e.g. `ThrottlingException`: from
    /// `x-amzn-errortype`, from `__type`, or from a `code` or `type` that has the form of one.
    pub aws_error_type: String,
    /// The error object as JSON: `error` of the body if it has one, else the body.
    pub error: String,
    /// Whether the same call may succeed later.
    pub retryable: bool,
    /// What to do about it, where we know.
    pub hint: String,
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
    let reading = Reading::read(data.unwrap_or(&body), answer);
    let said = reading.said();
    let said = or(&said, "status code (no body)");
    reading.failure(answer.status, answer.status, said)
}

/// The failure of a 2xx answer that is not what was asked for, be it an event stream or one
/// completion; `None` if it is.
#[must_use]
pub fn misplaced_answer(answer: &ErrorResponse, expected_stream: bool) -> Option<ServiceError> {
    if expected_stream && answer.is_stream() {
        return None;
    }
    let body = decode(answer.body);
    let reading = Reading::read(&body, answer);
    if !expected_stream && reading.is_completion {
        return None;
    }
    let is_labelled = expected_stream && is_event_stream(answer.content_type);
    let said = [
        "expected ",
        if expected_stream {
            STREAM
        } else {
            "a completion"
        },
        ", got ",
        if is_labelled {
            "something else labelled "
        } else {
            ""
        },
        or(&shown(answer.content_type, LONGEST_NAME), "no content type"),
        ": ",
        &reading.said_instead(),
    ]
    .concat();
    let means = match reading.status() {
        0 => answer.status,
        status => status,
    };
    Some(reading.failure(means, answer.status, &said))
}

const STREAM: &str = "an event stream";

/// The failure of an error event inside a stream, from its data.
#[must_use]
pub fn from_stream_event(data: &[u8], context: Context) -> ServiceError {
    let body = decode(data);
    let answer = ErrorResponse {
        body: data,
        context,
        ..ErrorResponse::default()
    };
    let reading = Reading::read(&body, &answer);
    let said = if reading.is_malformed() {
        text::MALFORMED_EVENT.into()
    } else {
        reading.said()
    };
    let said = or(&said, "The stream reported an error and did not say which.");
    let status = reading.status();
    reading.failure(status, status, said)
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
    /// The body, without the space around it.
    text: &'a str,
    json: Option<Value<'a>>,
    is_completion: bool,
    /// A choice of the body that is an error.
    failed: Option<Value<'a>>,
    /// The objects on the way to the message, from the body inwards.
    objects: Vec<Value<'a>>,
    /// The end of the way: a string, or what else is there.
    end: Option<Value<'a>>,
    /// What the error is called: its AWS type, its code and its type, each empty if missing.
    names: [String; 3],
}

impl<'a> Reading<'a> {
    fn read(text: &'a str, answer: &'a ErrorResponse<'a>) -> Self {
        let body = CompletionBody::parse(text).ok();
        let mut reading = Reading {
            answer,
            text: text.trim_ascii(),
            json: body.as_ref().map(|body| body.value),
            is_completion: false,
            failed: None,
            objects: Vec::new(),
            end: None,
            names: Default::default(),
        };
        if let Some(body) = body.filter(CompletionBody::has_choices) {
            reading.failed = body.failed_choice();
            reading.is_completion = reading.failed.is_none();
        }
        reading.walk();
        let stated = reading.member("__type").and_then(Value::to_text);
        let (code, kind) = (reading.name("code"), reading.name("type"));
        let mut name = type_name(answer.error_type);
        for &(other, is_sure) in &[
            (stated.as_deref().unwrap_or_default(), true),
            (&code, false),
            (&kind, false),
        ] {
            if name.is_empty() {
                name = type_name(other);
                if !is_sure && !is_of_aws(&name) {
                    name.clear();
                }
            }
        }
        reading.names = [name, code, kind];
        reading
    }

    /// Follows [`WAY`] to the message.
    fn walk(&mut self) {
        let mut next = self.json;
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

    /// The same as text: a string, or a number as written; else empty.
    fn name(&self, key: &str) -> String {
        let value = self.member(key);
        let text = value.and_then(|value| match value.kind() {
            Kind::String => value.to_text(),
            Kind::Number => Some(value.raw().into()),
            _ => None,
        });
        shown(&text.unwrap_or_default(), LONGEST_NAME)
    }

    /// What the error is called; empty for want of a name.
    fn called(&self) -> &str {
        let mut names = self.names.iter();
        let named = names.find(|name| name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic));
        named.map_or("", String::as_str)
    }

    /// The status that the error names or that its type stands for, or 0.
    fn status(&self) -> u16 {
        ["status", "status_code", "statusCode", "code"]
            .iter()
            .find_map(|key| error_status(self.member(key)?))
            .unwrap_or_else(|| self.status_of_types(|status| status != 0))
    }

    /// The first such status that one of its names stands for, or 0.
    fn status_of_types(&self, is: fn(u16) -> bool) -> u16 {
        let mut statuses = self.names.iter().map(|name| status_of_type(name));
        statuses.find(|status| is(*status)).unwrap_or_default()
    }

    /// What the error says, or the body for want of it; empty for an empty body.
    fn said(&self) -> String {
        let message = self.message();
        if !message.is_empty() {
            message
        } else if self.failed.is_some() {
            // Its body is an answer.
            text::FAILED_ANSWER.into()
        } else {
            self.snippet()
        }
    }

    fn message(&self) -> String {
        let Some(end) = self.end else {
            return String::new();
        };
        let said = match end.kind() {
            Kind::String => end.to_text().unwrap_or_default(),
            // `{"error":{"message":{…}}}`: as `openai`, the JSON of what stands in its place.
            Kind::Object if self.objects.len() > 1 && self.called().is_empty() => {
                redact_json(end.raw())
            }
            _ => String::new(),
        };
        or(&shown(&said, LONGEST_MESSAGE), self.called()).into()
    }

    fn snippet(&self) -> String {
        let text = self.text;
        if self.is_html() {
            html_title(text)
        } else if text.bytes().take(LONGEST_SNIPPET).any(is_binary) {
            self.bytes_of("binary data")
        } else {
            let json = self.json.map(|_| redact_json(text));
            shown(json.as_deref().unwrap_or(text), LONGEST_SNIPPET)
        }
    }

    /// What came instead of what was asked for. Nothing of an answer is shown, only of an error.
    fn said_instead(&self) -> String {
        if self.is_completion {
            "a whole completion".into()
        } else if self.answer.is_stream() {
            STREAM.into()
        } else if self.is_malformed() {
            self.bytes_of("malformed JSON")
        } else {
            or(&self.said(), "no body").into()
        }
    }

    fn bytes_of(&self, what: &str) -> String {
        let length = u32::try_from(self.answer.body.len()).unwrap_or(u32::MAX);
        let mut said = String::new();
        json::write_u32(length, &mut said);
        push_all(&mut said, &[" bytes of ", what]);
        said
    }

    /// Whether the body set out to be JSON.
    fn is_malformed(&self) -> bool {
        self.json.is_none() && matches!(self.text.as_bytes(), [b'{' | b'[', ..])
    }

    fn is_html(&self) -> bool {
        let starts_with = |tag: &str| {
            let start = self.text.as_bytes().get(..tag.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
        };
        self.json.is_none()
            && (is_type(self.answer.content_type, "text/html")
                || starts_with("<!doctype html")
                || starts_with("<html"))
    }

    /// Whether something else than Bedrock answered, which speaks JSON.
    fn is_foreign(&self) -> bool {
        let is_page = self.answer.status == 404 && self.json.is_none() && !self.text.is_empty();
        is_page || self.is_html()
    }

    /// The failure with the class of the status that it means, which need not be the one it has.
    fn failure(self, means: u16, status: u16, said: &str) -> ServiceError {
        let retryable = is_retryable(means) || self.status_of_types(is_retryable) != 0;
        let mut message = String::new();
        if status != 0 {
            json::write_u32(status.into(), &mut message);
            message.push(' ');
        }
        message.push_str(said);
        let param = self.name("param");
        let foreign = self.is_foreign();
        let [aws_error_type, code, kind] = self.names;
        let said = [&message, "\n", &aws_error_type, "\n", &code].concat();
        let says = |words: &str| find(&said, words).is_some();
        // In a stream the status may be missing.
        let is_theirs = || ["token", "credential", "key"].iter().any(|it| says(it));
        let expired_credentials = says("ExpiredToken")
            || says("expired") && (matches!(means, 401 | 403) || means < 400 && is_theirs());
        let clock_skew = CLOCK_SKEW.iter().any(|it| says(it));
        let hint = Signs {
            said: &said,
            status,
            context: &self.answer.context,
            expired: expired_credentials,
            clock_skew,
            foreign,
        }
        .hint();
        let body = self.failed.or(self.json);
        let error = body.and_then(|body| given(body, "error"));
        let error = error.or(self.json.filter(|_| self.failed.is_none()));
        ServiceError {
            class: ErrorClass::of_status(means),
            status,
            message,
            code,
            param,
            kind,
            aws_error_type,
            error: error.map_or_else(String::new, |value| redact_json(value.raw())),
            retryable,
            hint: hint.into(),
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

/// The text, or another one for an empty one.
fn or<'t>(text: &'t str, other: &'t str) -> &'t str {
    if text.is_empty() { other } else { text }
}

/// A member that is there and not null.
fn given<'a>(object: Value<'a>, key: &str) -> Option<Value<'a>> {
    object.get(key).filter(|value| !value.is_null())
}

/// A status from 400 to 599, as a number or a string.
fn error_status(value: Value) -> Option<u16> {
    let text = value.string_body().unwrap_or(value.raw());
    let status = parse_integer(text).filter(|it| text.len() == 3 && (400..600).contains(it))?;
    Some(status as u16)
}

/// `com.amazon.coral.service#ThrottlingException:http://…` is `ThrottlingException`.
fn type_name(text: &str) -> String {
    let mut name = split_once(text, b':').map_or(text, |(name, _)| name);
    while let Some((_, after)) = split_once(name, b'#') {
        name = after;
    }
    shown(name, LONGEST_NAME)
}

/// Whether a `code` or a `type` is a name of AWS's: `ThrottlingException`, `AccessDenied`. Others
/// write `rate_limit_exceeded` there, or `BadRequestError`.
fn is_of_aws(name: &str) -> bool {
    let name = name.as_bytes();
    matches!(name, [b'A'..=b'Z', ..])
        && name.iter().all(u8::is_ascii_alphanumeric)
        && name.iter().any(u8::is_ascii_lowercase)
        && !name.ends_with(b"Error")
}

fn html_title(page: &str) -> String {
    let title = after(page, "<title").and_then(|rest| after(rest, ">"));
    let title = title.and_then(|rest| rest.get(..find(rest, "</title")?));
    let title = shown(title.unwrap_or_default(), LONGEST_SNIPPET);
    let colon = if title.is_empty() { "" } else { ": " };
    ["HTML page", colon, &title].concat()
}

/// Control characters that no text has.
const fn is_binary(byte: u8) -> bool {
    matches!(byte, 0..=8 | 14..=26 | 28..=31)
}
