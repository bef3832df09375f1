//! A request's JSON in, checked, and what is sent out, in one pass.
//!
//! ```
//! use bedrock_chat_core::request::{Settings, write};
//!
//! let body = r#"{"model":"openai.gpt-oss-20b-1:0","messages":[{"role":"user","content":"Hi"}]}"#;
//! let request = write(body, Settings::default()).unwrap();
//! assert_eq!(request.model, "openai.gpt-oss-20b-1:0");
//! assert_eq!(request.json, body);
//! ```
//!
//! There is no model of a request: the text is walked, and sent as it came but for what
//! [`Settings`] change. So unknown fields are kept for free, only what the caller set is sent, and
//! an error knows the path at which it arose.
//!
//! What is checked is what the [Chat Completions reference][api] requires of every request and
//! the types of its scalar fields. Enumerations stay open strings: the service knows them best.
//!
//! [api]: https://platform.openai.com/docs/api-reference/chat/create

use std::borrow::Cow;
use std::ops::Range;

use crate::guardrail::{TagError, TagScanner};
use crate::json::{self, Key, Kind, Malformed, Reader, Value};
use crate::text::{self, find, names_guardrail, split_once};

/// The body field that configures a guardrail.
pub const GUARDRAIL_CONFIG: &str = "amazon-bedrock-guardrailConfig";

/// What [`write()`] must know beyond the request itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings<'a> {
    /// The guardrail's `tagSuffix`: the messages must then hold text tagged with it.
    pub tag_suffix: Option<&'a str>,
    /// JSON to add as [`GUARDRAIL_CONFIG`]; the request must not have that field as well.
    pub guardrail_config: Option<&'a str>,
    /// Sets `stream: true`, for a method that always streams.
    pub force_stream: bool,
}

/// A request that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedRequest<'a> {
    /// The body to send: the text itself, where the settings add nothing to it.
    pub json: Cow<'a, str>,
    /// The value of `model`.
    pub model: String,
    /// Whether `stream` is true.
    pub stream: bool,
}

/// Why a request was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The field, as one would write it in JavaScript: `messages[1].role`; empty for the request
    /// as a whole.
    pub path: String,
    /// What is wrong with it. The text completes "`path` …" and holds nothing of the request.
    pub rule: &'static str,
}

/// Deeper is a mistake, and would end the module's stack of 1 MiB.
const MAX_DEPTH: usize = 512;

/// Checks a request, and adds to it what `settings` say.
///
/// # Errors
/// A [`Refusal`] with the path of the first field that breaks a rule, or at which the text is no
/// JSON.
pub fn write<'a>(text: &'a str, settings: Settings<'_>) -> Result<CheckedRequest<'a>, Refusal> {
    let mut checker = Checker {
        reader: Reader::new(text),
        trail: Vec::new(),
        model: String::new(),
        stream: None,
        seen_config: false,
        tags: settings.tag_suffix.map(TagScanner::new),
    };
    let checked = checker.request(settings.guardrail_config.is_some());
    let end = match checked {
        Ok(end) => end,
        Err(rule) => {
            let path = path(&checker.trail);
            return Err(Refusal { path, rule });
        }
    };
    let (model, stream) = (checker.model, checker.stream);
    let is_streamed = stream.as_ref().and_then(|it| text.get(it.clone())) == Some("true");
    let json = if settings.force_stream || settings.guardrail_config.is_some() {
        Cow::Owned(added(text, end, stream, settings))
    } else {
        Cow::Borrowed(text)
    };
    Ok(CheckedRequest {
        json,
        model,
        stream: is_streamed || settings.force_stream,
    })
}

/// The request with what `settings` add, before the brace at `end` that closes it; `stream` is
/// where its own value of that stands.
fn added(text: &str, end: usize, stream: Option<Range<usize>>, settings: Settings<'_>) -> String {
    let forced = settings.force_stream;
    let value = stream.filter(|_| forced);
    let is_absent = value.is_none();
    let value = value.unwrap_or(end..end);
    let slice = |range: Range<usize>| text.get(range).unwrap_or_default();
    let config = settings.guardrail_config.unwrap_or_default();
    let mut out = String::with_capacity(text.len() + config.len() + 64);
    out.push_str(slice(0..value.start));
    if forced {
        out.push_str(if is_absent {
            ",\"stream\":true"
        } else {
            "true"
        });
    }
    out.push_str(slice(value.end..end));
    if !config.is_empty() {
        out.push_str(",\"");
        out.push_str(GUARDRAIL_CONFIG);
        out.push_str("\":");
        out.push_str(config);
    }
    out.push('}');
    out
}

/// A walk through a request.
struct Checker<'a> {
    reader: Reader<'a>,
    /// The way down to the value that is looked at. An error leaves it as it is.
    trail: Vec<Segment<'a>>,
    model: String,
    /// Where the value of `stream` stands.
    stream: Option<Range<usize>>,
    seen_config: bool,
    tags: Option<TagScanner>,
}

enum Segment<'a> {
    Key(Key<'a>),
    Index(usize),
}

/// The way down, as one would write it in JavaScript.
fn path(trail: &[Segment<'_>]) -> String {
    let mut path = String::new();
    for segment in trail {
        match segment {
            Segment::Key(key) => push_key(&mut path, &key.to_text()),
            Segment::Index(index) => {
                path.push('[');
                text::push_integer(&mut path, *index as u64, 1);
                path.push(']');
            }
        }
    }
    path
}

/// Appends `.key`, or `["a key"]` for what is no identifier, cut where it gets long: a key is the
/// caller's text.
fn push_key(path: &mut String, key: &str) {
    const LONGEST: usize = 40;
    let identifier = !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$');
    if identifier && key.len() <= LONGEST {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    } else {
        path.push_str("[\"");
        path.extend(
            key.chars()
                .filter(|c| !c.is_control() && *c != '"')
                .take(LONGEST),
        );
        path.push_str("\"]");
    }
}

/// Where in a request a value stands, as far as rules depend on it.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    Request,
    Messages,
    Message,
    /// `content` of a message: a string, parts, or null.
    Content,
    Part,
    /// A string that holds prose: `content`, or `text` of a part. Guardrail tags are looked for.
    Text,
    /// A string that must be there and not be empty.
    Name,
    Model,
    Stream,
    GuardrailConfig,
    /// A field without a rule, which may be options that have come into the body; and what is
    /// within its members, which may be data.
    Unlisted,
    Deep,
    // What has no place in a request: the service would ignore it, and a guardrail be off that
    // looks as if it were on.
    Guardrail,
    ExtraHeaders,
    ExtraQuery,
    ExtraBody,
    // A type, or null.
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
    Anything,
}

/// The members with rules: of what, their keys, the position of their values.
static MEMBERS: [(Position, &str, Position); 16] = [
    (Position::Request, "model", Position::Model),
    (Position::Request, "messages", Position::Messages),
    (Position::Request, "stream", Position::Stream),
    (
        Position::Request,
        "temperature top_p presence_penalty frequency_penalty",
        Position::Number,
    ),
    (
        Position::Request,
        "max_completion_tokens max_tokens n seed top_logprobs",
        Position::Integer,
    ),
    (
        Position::Request,
        "logprobs parallel_tool_calls store",
        Position::Boolean,
    ),
    (
        Position::Request,
        "reasoning_effort service_tier user",
        Position::String,
    ),
    (Position::Request, "tools", Position::Array),
    (
        Position::Request,
        "stream_options response_format metadata logit_bias",
        Position::Object,
    ),
    (
        Position::Request,
        GUARDRAIL_CONFIG,
        Position::GuardrailConfig,
    ),
    (Position::Message, "role", Position::Name),
    (Position::Message, "content", Position::Content),
    (Position::Message, "name tool_call_id", Position::String),
    (Position::Message, "tool_calls", Position::Array),
    (Position::Part, "type", Position::Name),
    (Position::Part, "text", Position::Text),
];

impl Position {
    const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// The position of the member `key` of an object at this one.
    fn member(self, key: &str) -> Self {
        let known = MEMBERS
            .iter()
            .find(|(of, names, _)| *of == self && text::is_word(names, key));
        match known {
            Some((_, _, position)) => *position,
            None => self.unlisted(key),
        }
    }

    /// The position of a member without a rule of its own.
    fn unlisted(self, key: &str) -> Self {
        let is_guardrail = || names_guardrail(key);
        match self {
            Self::Request => match text::letters(key).as_slice() {
                b"extraheaders" => Self::ExtraHeaders,
                b"extraquery" => Self::ExtraQuery,
                b"extrabody" => Self::ExtraBody,
                _ if is_guardrail() => Self::Guardrail,
                _ => Self::Unlisted,
            },
            Self::Message | Self::GuardrailConfig | Self::Unlisted if is_guardrail() => {
                Self::Guardrail
            }
            Self::Unlisted | Self::Deep if find(key, "bedrock-guardrail").is_some() => {
                Self::Guardrail
            }
            Self::Unlisted | Self::Deep => Self::Deep,
            _ => Self::Anything,
        }
    }

    /// The position of the elements of an array at this one.
    fn element(self) -> Self {
        match self {
            Self::Messages => Self::Message,
            Self::Content => Self::Part,
            Self::Unlisted | Self::Deep => Self::Deep,
            _ => Self::Anything,
        }
    }

    /// What may stand here, and the rule that anything else breaks.
    fn expects(self) -> (u8, &'static str) {
        match self {
            Self::Request => (OBJECT, "must be an object"),
            Self::Messages => (ARRAY, "must be an array of messages"),
            Self::Message => (OBJECT, "must be a message object"),
            Self::Content => (
                STRING | ARRAY | NULL,
                "must be a string, an array of content parts or null",
            ),
            Self::Part => (OBJECT, "must be a content part object"),
            Self::Text | Self::Name | Self::Model => (STRING, "must be a string"),
            Self::Stream | Self::Boolean => (BOOLEAN | NULL, "must be a boolean"),
            Self::Integer => (INTEGER | NULL, "must be an integer"),
            Self::Number => (INTEGER | FRACTION | NULL, "must be a number"),
            Self::String => (STRING | NULL, "must be a string"),
            Self::Array => (ARRAY | NULL, "must be an array"),
            Self::Object => (OBJECT | NULL, "must be an object"),
            Self::GuardrailConfig | Self::Unlisted | Self::Deep | Self::Anything => (u8::MAX, ""),
            Self::Guardrail => (
                0,
                "belongs into the options of the client or of the call: guardrail: \
                { identifier, version }",
            ),
            Self::ExtraHeaders => (0, "belongs into the options of the call, as headers"),
            Self::ExtraQuery => (0, "belongs into the options of the call, as query"),
            Self::ExtraBody => (
                0,
                "is no field of a request: its members belong beside model and messages",
            ),
        }
    }
}

// The kinds of JSON values, as the rules tell them apart: a bit each.
const NULL: u8 = 1;
const BOOLEAN: u8 = 2;
const INTEGER: u8 = 4;
const FRACTION: u8 = 8;
const STRING: u8 = 16;
const ARRAY: u8 = 32;
const OBJECT: u8 = 64;

/// The kind of a value that is no container.
fn kind_of(value: Value<'_>) -> u8 {
    match value.kind() {
        Kind::Null => NULL,
        Kind::Bool => BOOLEAN,
        Kind::String => STRING,
        _ if is_integer(value.raw()) => INTEGER,
        _ => FRACTION,
    }
}

/// The text of a string, and whether a lone surrogate in it became U+FFFD.
fn unescaped(body: &str) -> (Cow<'_, str>, bool) {
    if split_once(body, b'\\').is_none() {
        return (Cow::Borrowed(body), false);
    }
    let mut text = String::with_capacity(body.len());
    let is_lone = json::unescape_into(body, &mut text);
    (Cow::Owned(text), is_lone)
}

fn unreadable(_: Malformed) -> &'static str {
    "cannot be read"
}

impl<'a> Checker<'a> {
    /// The request; the answer is where the brace stands that closes it.
    fn request(&mut self, adds_config: bool) -> Result<usize, &'static str> {
        let start = self.reader.position();
        self.value(Position::Request, 0)?;
        let end = start + self.reader.since(start).raw().len();
        self.reader.end().map_err(unreadable)?;
        if adds_config && self.seen_config {
            return self.at(
                GUARDRAIL_CONFIG,
                "is given twice: here and by the guardrail option",
            );
        }
        match self.tags.take().map(TagScanner::finish) {
            Some(Err(error)) => self.at("messages", error.rule()),
            _ => Ok(end - 1),
        }
    }

    fn at<T>(&mut self, key: &'static str, rule: &'static str) -> Result<T, &'static str> {
        self.trail.push(Segment::Key(Key::from(key)));
        Err(rule)
    }

    fn value(&mut self, position: Position, depth: usize) -> Result<(), &'static str> {
        let (expected, rule) = position.expects();
        let first = self.reader.next_byte();
        match first {
            b'{' | b'[' if depth == MAX_DEPTH => Err("is nested too deeply"),
            b'{' if expected & OBJECT != 0 => self.object(position, depth + 1),
            b'[' if expected & ARRAY != 0 => self.array(position, depth + 1),
            b'{' | b'[' => Err(rule),
            _ => {
                let value = self.reader.value().map_err(unreadable)?;
                if expected != u8::MAX && expected & kind_of(value) == 0 {
                    return Err(rule);
                }
                self.scalar(position, value)
            }
        }
    }

    fn scalar(&mut self, position: Position, value: Value<'a>) -> Result<(), &'static str> {
        match position {
            Position::Stream => self.stream = Some(value.span_in(self.reader.text())),
            Position::Name | Position::Model => {
                let (text, is_lone) = unescaped(value.string_body().unwrap_or_default());
                if text.is_empty() {
                    return Err("must not be empty");
                }
                if is_lone {
                    return Err("must be well-formed Unicode");
                }
                if position == Position::Model {
                    self.model = text.into_owned();
                }
            }
            Position::Text | Position::Content => {
                if let Some(tags) = &mut self.tags {
                    tags.text(&unescaped(value.string_body().unwrap_or_default()).0)
                        .map_err(TagError::rule)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn array(&mut self, position: Position, depth: usize) -> Result<(), &'static str> {
        let element = position.element();
        let mut place = self.reader.enter_array();
        let mut index = 0;
        loop {
            self.trail.push(Segment::Index(index));
            if !self.reader.next_element(&mut place).map_err(unreadable)? {
                break;
            }
            self.value(element, depth)?;
            self.trail.pop();
            index += 1;
        }
        self.trail.pop();
        if index == 0 && position == Position::Messages {
            return Err("must hold at least one message");
        }
        Ok(())
    }

    fn object(&mut self, position: Position, depth: usize) -> Result<(), &'static str> {
        // Which positions there are: a bit each.
        let mut seen = 0_u32;
        let mut place = self.reader.enter_object();
        while let Some(key) = self.reader.next_key(&mut place).map_err(unreadable)? {
            let member = position.member(&unescaped(key.body()).0);
            seen |= member.bit();
            self.trail.push(Segment::Key(key));
            self.value(member, depth)?;
            self.trail.pop();
        }
        self.seen_config |= seen & Position::GuardrailConfig.bit() != 0;
        let has = |member: Position| seen & member.bit() != 0;
        let missing = match position {
            Position::Request if !has(Position::Model) => "model",
            Position::Request if !has(Position::Messages) => "messages",
            Position::Message if !has(Position::Name) => "role",
            Position::Part if !has(Position::Name) => "type",
            _ => return Ok(()),
        };
        self.at(missing, "is required")
    }
}

/// Whether a number of JSON is an integer, be it spelled `1.5e1`.
fn is_integer(number: &str) -> bool {
    let (mantissa, exponent) = match number.bytes().position(|byte| byte | 32 == b'e') {
        Some(at) => number.split_at_checked(at).unwrap_or_default(),
        None => (number, ""),
    };
    let fraction = text::split_once(mantissa, b'.').map_or("", |(_, fraction)| fraction);
    let exponent = exponent.get(1..).unwrap_or_default();
    let digits = text::trim_end(fraction, b'0').len() as u64;
    if exponent.starts_with("-") {
        return text::parse_integer(exponent.strip_prefix("-").unwrap_or_default()) == Some(0)
            && digits == 0;
    }
    let exponent = exponent.strip_prefix("+").unwrap_or(exponent);
    digits <= text::parse_integer(exponent).unwrap_or(0)
}
