//! A request in, checked, as JSON bytes out, in one pass.
//!
//! ```
//! use bedrock_chat_core::request::{write, Settings};
//!
//! let mut input = serde_json::Deserializer::from_str(
//!     r#"{"model":"openai.gpt-oss-20b-1:0","messages":[{"role":"user","content":"Hi"}]}"#,
//! );
//! let request = write(&mut input, Settings::default()).unwrap();
//! assert_eq!(request.model, "openai.gpt-oss-20b-1:0");
//! assert!(request.json.starts_with(r#"{"model":"#));
//! ```
//!
//! There is no model of a request in between: a serde `Deserializer` drives [`write()`], which
//! checks each value as it writes it. So unknown fields are kept for free, only what the caller
//! set is sent, and an error knows the path at which it arose.
//!
//! What is checked is what the [Chat Completions reference][api] requires of every request and
//! the types of its scalar fields. Enumerations stay open strings: the service knows them best.
//!
//! [api]: https://platform.openai.com/docs/api-reference/chat/create

use core::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::guardrail::{TagError, TagScanner};
use crate::text::{find, names_guardrail};
use crate::{json, text};

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

/// `f64`'s shortest form. Not in the module: numbers come there as text.
fn print_by_display(number: f64, out: &mut String) {
    use fmt::Write;
    // Writing to a String cannot fail.
    let _ = write!(out, "{number:?}");
}

/// A request that passed every check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedRequest {
    /// The body to send.
    pub json: String,
    /// The value of `model`.
    pub model: String,
    /// Whether `stream` is true.
    pub stream: bool,
}

/// Why a request was refused, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal<E> {
    /// The field, as one would write it in JavaScript: `messages[1].role`; empty for the request
    /// as a whole.
    pub path: String,
    /// What is wrong with it.
    pub reason: Reason<E>,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason<E> {
    /// A rule of this module. The text completes "`path` …" and holds nothing of the request.
    Rule(&'static str),
    /// A rule about guardrail tags.
    Tag(TagError),
    /// The deserializer's own error.
    Input(E),
}

/// Reads one request from `input` and writes it as JSON.
///
/// # Errors
/// A [`Refusal`] with the path of the first field that breaks a rule, or that `input` could not
/// deliver.
pub fn write<'de, D: Deserializer<'de>>(
    input: D,
    settings: Settings<'_>,
) -> Result<CheckedRequest, Refusal<D::Error>> {
    let mut writer = Writer {
        out: String::with_capacity(1024),
        trail: Vec::new(),
        reason: None,
        key: String::new(),
        model: String::new(),
        stream: settings.force_stream,
        tags: settings.tag_suffix.map(TagScanner::new),
        settings,
    };
    let outcome = RequestField {
        position: Position::Request,
        writer: &mut writer,
    }
    .deserialize(input);
    match outcome {
        Ok(()) => {}
        Err(error) => return Err(writer.refusal(error)),
    }
    if let Some(Err(error)) = writer.tags.take().map(TagScanner::finish) {
        return Err(Refusal {
            path: String::from("messages"),
            reason: Reason::Tag(error),
        });
    }
    Ok(CheckedRequest {
        json: writer.out,
        model: writer.model,
        stream: writer.stream,
    })
}

struct Writer<'a> {
    out: String,
    /// The way from the refused value up to the request; filled only while an error unwinds.
    trail: Vec<Segment>,
    reason: Option<Broken>,
    /// The key that was read last.
    key: String,
    model: String,
    stream: bool,
    tags: Option<TagScanner>,
    settings: Settings<'a>,
}

enum Broken {
    Rule(&'static str),
    Tag(TagError),
}

enum Segment {
    Key(String),
    Index(usize),
}

impl Writer<'_> {
    /// Notes a broken rule; the serde error that carries it up has no content of its own.
    fn broken<E: de::Error>(&mut self, rule: &'static str) -> E {
        self.reason = Some(Broken::Rule(rule));
        E::custom(rule)
    }

    fn refusal<E>(self, error: E) -> Refusal<E> {
        let mut path = String::new();
        for segment in self.trail.iter().rev() {
            match segment {
                Segment::Key(key) => push_key(&mut path, key),
                Segment::Index(index) => {
                    path.push('[');
                    push_integer(&mut path, *index as i64);
                    path.push(']');
                }
            }
        }
        let reason = match self.reason {
            Some(Broken::Rule(rule)) => Reason::Rule(rule),
            Some(Broken::Tag(error)) => Reason::Tag(error),
            None => Reason::Input(error),
        };
        Refusal { path, reason }
    }
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

fn push_integer(out: &mut String, number: i64) {
    if number < 0 {
        out.push('-');
    }
    text::push_integer(out, number.unsigned_abs(), 1);
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
    /// The name of a member, no value.
    Key,
    // A type, or null.
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
    Anything,
}

/// The members with rules: of what, the key, the position of the value.
const MEMBERS: [(Position, &str, Position); 31] = [
    (Position::Request, "model", Position::Model),
    (Position::Request, "messages", Position::Messages),
    (Position::Request, "stream", Position::Stream),
    (Position::Request, "temperature", Position::Number),
    (Position::Request, "top_p", Position::Number),
    (Position::Request, "presence_penalty", Position::Number),
    (Position::Request, "frequency_penalty", Position::Number),
    (
        Position::Request,
        "max_completion_tokens",
        Position::Integer,
    ),
    (Position::Request, "max_tokens", Position::Integer),
    (Position::Request, "n", Position::Integer),
    (Position::Request, "seed", Position::Integer),
    (Position::Request, "top_logprobs", Position::Integer),
    (Position::Request, "logprobs", Position::Boolean),
    (Position::Request, "parallel_tool_calls", Position::Boolean),
    (Position::Request, "store", Position::Boolean),
    (Position::Request, "reasoning_effort", Position::String),
    (Position::Request, "service_tier", Position::String),
    (Position::Request, "user", Position::String),
    (Position::Request, "tools", Position::Array),
    (Position::Request, "stream_options", Position::Object),
    (Position::Request, "response_format", Position::Object),
    (Position::Request, "metadata", Position::Object),
    (Position::Request, "logit_bias", Position::Object),
    (
        Position::Request,
        GUARDRAIL_CONFIG,
        Position::GuardrailConfig,
    ),
    (Position::Message, "role", Position::Name),
    (Position::Message, "content", Position::Content),
    (Position::Message, "name", Position::String),
    (Position::Message, "tool_call_id", Position::String),
    (Position::Message, "tool_calls", Position::Array),
    (Position::Part, "type", Position::Name),
    (Position::Part, "text", Position::Text),
];

impl Position {
    /// The position of the member `key` of an object at this one.
    fn member(self, key: &str) -> Self {
        let known = MEMBERS
            .iter()
            .find(|(of, name, _)| *of == self && *name == key);
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
            Self::Text | Self::Name | Self::Model | Self::Key => (STRING, "must be a string"),
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

/// One value on its way from the deserializer to the bytes.
struct RequestField<'w, 'a> {
    position: Position,
    writer: &'w mut Writer<'a>,
}

impl RequestField<'_, '_> {
    fn check<E: de::Error>(&mut self, found: u8) -> Result<(), E> {
        let (expected, rule) = self.position.expects();
        if expected & found == 0 {
            return Err(self.writer.broken(rule));
        }
        Ok(())
    }

    /// Whether [`Self::text`] looks at a string here.
    fn is_read(&self) -> bool {
        match self.position {
            Position::Name | Position::Model | Position::Key => true,
            Position::Text | Position::Content => self.writer.tags.is_some(),
            _ => false,
        }
    }

    fn text<E: de::Error>(&mut self, text: &str) -> Result<(), E> {
        match self.position {
            Position::Name | Position::Model if text.is_empty() => {
                return Err(self.writer.broken("must not be empty"));
            }
            Position::Model => self.writer.model = String::from(text),
            Position::Key => self.writer.key = String::from(text),
            Position::Text | Position::Content => {
                if let Some(Err(error)) = self.writer.tags.as_mut().map(|tags| tags.text(text)) {
                    self.writer.reason = Some(Broken::Tag(error));
                    return Err(E::custom("guardrail tags"));
                }
            }
            _ => {}
        }
        Ok(())
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
    if exponent.starts_with('-') {
        return text::parse_integer(exponent.strip_prefix('-').unwrap_or_default()) == Some(0)
            && digits == 0;
    }
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    digits <= text::parse_integer(exponent).unwrap_or(0)
}

impl<'de> DeserializeSeed<'de> for RequestField<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RequestField<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(mut self) -> Result<(), E> {
        self.check(NULL)?;
        self.writer.out.push_str("null");
        Ok(())
    }

    fn visit_bool<E: de::Error>(mut self, value: bool) -> Result<(), E> {
        self.check(BOOLEAN)?;
        if self.position == Position::Stream {
            self.writer.stream |= value;
        }
        self.writer
            .out
            .push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn visit_i64<E: de::Error>(mut self, value: i64) -> Result<(), E> {
        self.check(INTEGER)?;
        push_integer(&mut self.writer.out, value);
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        match i64::try_from(value) {
            Ok(value) => self.visit_i64(value),
            Err(_) => self.visit_f64(value as f64),
        }
    }

    /// A number of JavaScript: 1.0 is an integer there.
    fn visit_f64<E: de::Error>(mut self, value: f64) -> Result<(), E> {
        const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;
        if !value.is_finite() {
            return Err(self
                .writer
                .broken("is not a finite number, which JSON cannot hold"));
        }
        // `abs() <=` first: only then is the cast exact.
        let integer = value.abs() <= MAX_SAFE_INTEGER && (value as i64) as f64 == value;
        if integer {
            return self.visit_i64(value as i64);
        }
        // Beyond the safe integers every f64 is one.
        let huge = value.abs() > MAX_SAFE_INTEGER;
        self.check(if huge { INTEGER } else { FRACTION })?;
        print_by_display(value, &mut self.writer.out);
        Ok(())
    }

    fn visit_str<E: de::Error>(mut self, text: &str) -> Result<(), E> {
        self.check(STRING)?;
        self.text(text)?;
        // With room for what follows: a text of megabytes must not make `out` double.
        self.writer.out.reserve(text.len() + 1024);
        json::write_string(text, &mut self.writer.out);
        Ok(())
    }

    /// JSON as it stands, for what serde's model cannot hold: a string with escapes, which may be
    /// lone surrogates, or a number that is no 64-bit integer.
    fn visit_bytes<E: de::Error>(mut self, json: &[u8]) -> Result<(), E> {
        let json = core::str::from_utf8(json).unwrap_or_default();
        if let Some(body) = json.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
            self.check(STRING)?;
            if self.is_read() {
                let mut text = String::with_capacity(body.len());
                let whole = json::unescape_into(body, &mut text);
                if !whole && matches!(self.position, Position::Name | Position::Model) {
                    return Err(self.writer.broken("must be well-formed Unicode"));
                }
                self.text(&text)?;
            }
        } else {
            self.check(if is_integer(json) { INTEGER } else { FRACTION })?;
        }
        self.writer.out.reserve(json.len() + 1024);
        self.writer.out.push_str(json);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
        self.check(ARRAY)?;
        self.writer.out.push('[');
        let position = self.position.element();
        let mut index = 0;
        loop {
            if index > 0 {
                self.writer.out.push(',');
            }
            match elements.next_element_seed(RequestField {
                position,
                writer: self.writer,
            }) {
                Ok(Some(())) => index += 1,
                Ok(None) => break,
                Err(error) => {
                    self.writer.trail.push(Segment::Index(index));
                    return Err(error);
                }
            }
        }
        if index > 0 {
            self.writer.out.pop();
        } else if self.position == Position::Messages {
            return Err(self.writer.broken("must hold at least one message"));
        }
        self.writer.out.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.check(OBJECT)?;
        self.writer.out.push('{');
        let mut seen = Seen::default();
        loop {
            let start = self.writer.out.len();
            let key = RequestField {
                position: Position::Key,
                writer: self.writer,
            };
            if members.next_key_seed(key)?.is_none() {
                break;
            }
            self.writer.out.push(':');
            let key = core::mem::take(&mut self.writer.key);
            let position = self.position.member(&key);
            seen.note(position);
            let field = RequestField {
                position,
                writer: self.writer,
            };
            if let Err(error) = members.next_value_seed(field) {
                self.writer.trail.push(Segment::Key(key));
                return Err(error);
            }
            if position == Position::Stream && self.writer.settings.force_stream {
                // `complete` writes it.
                self.writer.out.truncate(start);
            } else {
                self.writer.out.push(',');
            }
        }
        self.complete(seen)?;
        if self.writer.out.ends_with(',') {
            self.writer.out.pop();
        }
        self.writer.out.push('}');
        Ok(())
    }
}

impl RequestField<'_, '_> {
    /// What an object must have, and what the settings add to a request.
    fn complete<E: de::Error>(&mut self, seen: Seen) -> Result<(), E> {
        let missing = match self.position {
            Position::Request if !seen.model => Some("model"),
            Position::Request if !seen.messages => Some("messages"),
            Position::Message if !seen.name => Some("role"),
            Position::Part if !seen.name => Some("type"),
            _ => None,
        };
        if let Some(key) = missing {
            self.writer.trail.push(Segment::Key(String::from(key)));
            return Err(self.writer.broken("is required"));
        }
        if self.position != Position::Request {
            return Ok(());
        }
        if self.writer.settings.force_stream {
            self.writer.out.push_str("\"stream\":true,");
        }
        if let Some(config) = self.writer.settings.guardrail_config {
            if seen.guardrail_config {
                self.writer
                    .trail
                    .push(Segment::Key(String::from(GUARDRAIL_CONFIG)));
                return Err(self
                    .writer
                    .broken("is given twice: here and by the guardrail option"));
            }
            json::write_string(GUARDRAIL_CONFIG, &mut self.writer.out);
            self.writer.out.push(':');
            self.writer.out.push_str(config);
            self.writer.out.push(',');
        }
        Ok(())
    }
}

/// Which of the fields that rules ask for an object has.
#[derive(Clone, Copy, Default)]
struct Seen {
    model: bool,
    messages: bool,
    /// `role` of a message, `type` of a part.
    name: bool,
    guardrail_config: bool,
}

impl Seen {
    fn note(&mut self, member: Position) {
        match member {
            Position::Model => self.model = true,
            Position::Messages => self.messages = true,
            Position::Name => self.name = true,
            Position::GuardrailConfig => self.guardrail_config = true,
            _ => {}
        }
    }
}
