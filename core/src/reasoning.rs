//! Reasoning out of `content`: the tag splitter, and one name for what has three.
//!
//! gpt-oss on the runtime endpoint writes `<reasoning>…</reasoning>` in front of its answer,
//! other models and gateways have a field `reasoning` or `reasoning_content`. All of it becomes
//! the field `reasoning`.
//!
//! ```
//! use bedrock_chat_core::reasoning::{SplitText, Splitter};
//!
//! let (mut splitter, mut split) = (Splitter::default(), SplitText::default());
//! for delta in ["<reas", "oning>Hm.</reason", r"ing>\n\nYes", ", <reasoning> is a tag."] {
//!     splitter.push(delta, &mut split);
//! }
//! splitter.finish(&mut split);
//! assert_eq!(split.reasoning, "Hm.");
//! assert_eq!(split.content, "Yes, <reasoning> is a tag.");
//! ```
//!
//! Everything here works on escaped JSON string bodies: what is not moved is copied as it is,
//! and a character that is cut in two escapes heals where the bodies are joined.

use crate::json::{Escaped, Key, Kind, Member, Value, escaped};
use crate::text::push_all;

const OPENING: &str = "<reasoning>";
const CLOSING: &str = "</reasoning>";

/// What a message's text was split into, as escaped JSON string bodies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitText {
    /// What is left of the content.
    pub content: String,
    /// What stood between the tags.
    pub reasoning: String,
}

impl SplitText {
    /// Empties both, and keeps their memory.
    pub fn clear(&mut self) {
        self.content.clear();
        self.reasoning.clear();
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SplitterState {
    /// At the start: whitespace, or the opening tag.
    #[default]
    Start,
    /// Between the tags.
    Reasoning,
    /// Behind a closing tag: whitespace to drop, or the next opening tag. Some servers give every
    /// delta its own pair.
    After,
    /// The answer. No tag counts any more.
    Prose,
}

/// Splits the content of one choice, however its deltas are cut. Only tags in front of the
/// answer count.
#[derive(Clone, Debug, Default)]
pub struct Splitter {
    state: SplitterState,
    /// What may be the start of a tag, or whitespace in front of one.
    held: String,
    /// How many characters of the tag stand at the end of `held`.
    matched: usize,
}

impl Splitter {
    /// Whether `body`, which comes next, and whatever follows it are the answer, so that there is
    /// nothing to split. The quick way: a false answer says nothing, and the body is to be pushed.
    pub fn passes(&mut self, body: &str) -> bool {
        let first = body.as_bytes().first();
        let starts = !matches!(
            first,
            None | Some(b' ' | b'\t' | b'\n' | b'\r' | b'<' | b'\\')
        );
        if self.state == SplitterState::Start && !self.is_holding() && starts {
            self.state = SplitterState::Prose;
        }
        self.state == SplitterState::Prose
    }

    /// A splitter behind the start of the answer.
    #[must_use]
    pub(crate) fn in_prose() -> Self {
        Splitter {
            state: SplitterState::Prose,
            ..Splitter::default()
        }
    }

    /// Whether text is kept back because it may be the start of a tag.
    #[must_use]
    pub const fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// Appends the parts of one delta's content to `out`.
    pub fn push(&mut self, body: &str, out: &mut SplitText) {
        let mut rest = body;
        while let Some((char, length)) = self.next(rest) {
            let (piece, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            self.step(char, piece, out);
            rest = after;
        }
    }

    /// The character that comes next and how many bytes it has, escaped or not. Where only tags
    /// matter, more than one: all up to the next that can be a part of one.
    fn next(&self, rest: &str) -> Option<(char, usize)> {
        const ANY: char = char::REPLACEMENT_CHARACTER;
        let bytes = rest.as_bytes();
        let first = *bytes.first()?;
        let up_to = |stops: fn(u8) -> bool| {
            let stop = bytes.iter().position(|byte| stops(*byte));
            Some((ANY, stop.unwrap_or(bytes.len())))
        };
        match (self.state, first) {
            (SplitterState::Prose, _) => Some((ANY, bytes.len())),
            (_, b'\\') => Some(match escaped(rest) {
                (Escaped::Char(char), length) => (char, length),
                (Escaped::Surrogate(_), length) => (ANY, length),
            }),
            (SplitterState::Reasoning, byte) if byte != b'<' && self.matched == 0 => {
                up_to(|byte| matches!(byte, b'<' | b'\\'))
            }
            (_, 0x80..) => up_to(|byte| byte.is_ascii()),
            (_, ascii) => Some((char::from(ascii), 1)),
        }
    }

    /// Appends what was kept back: the stream, or the choice, has ended. A tag that was not
    /// finished is text.
    pub fn finish(&mut self, out: &mut SplitText) {
        if self.is_holding() {
            self.release(out);
            self.matched = 0;
            if self.state != SplitterState::Reasoning {
                self.state = SplitterState::Prose;
            }
        }
    }

    fn step(&mut self, char: char, piece: &str, out: &mut SplitText) {
        if self.state == SplitterState::Prose {
            out.content.push_str(piece);
            return;
        }
        let tag = match self.state {
            SplitterState::Reasoning => CLOSING,
            _ => OPENING,
        };
        if self.advances(char, tag) {
            self.held.push_str(piece);
            self.matched += 1;
            if self.matched == tag.len() {
                self.turn();
            }
            return;
        }
        let blank = matches!(char, ' ' | '\t' | '\n' | '\r');
        if self.matched == 0 && blank && self.state != SplitterState::Reasoning {
            if self.state == SplitterState::Start {
                self.held.push_str(piece);
            }
            return;
        }
        self.release(out);
        self.matched = 0;
        if self.state == SplitterState::Reasoning {
            // `<` stands at the start of a tag alone, so that no other part of what was held
            // can start one.
            if self.advances(char, tag) {
                self.held.push_str(piece);
                self.matched = 1;
            } else {
                out.reasoning.push_str(piece);
            }
        } else {
            self.state = SplitterState::Prose;
            out.content.push_str(piece);
        }
    }

    fn advances(&self, char: char, tag: &str) -> bool {
        let next = tag.as_bytes().get(self.matched);
        next.is_some_and(|byte| char::from(*byte) == char)
    }

    /// A tag is complete: it goes, with the whitespace in front of it.
    fn turn(&mut self) {
        self.held.clear();
        self.matched = 0;
        self.state = match self.state {
            SplitterState::Reasoning => SplitterState::After,
            _ => SplitterState::Reasoning,
        };
    }

    fn release(&mut self, out: &mut SplitText) {
        let to = match self.state {
            SplitterState::Reasoning => &mut out.reasoning,
            _ => &mut out.content,
        };
        to.push_str(&self.held);
        self.held.clear();
    }
}

/// The members of a delta or a message that say what the model reasoned, or may.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReasoningFields<'a> {
    /// `content`, if it is a string: its escaped body.
    pub content: Option<&'a str>,
    /// `reasoning`, if it is a string or `{ "text": "…" }`.
    pub reasoning: Option<Value<'a>>,
    /// `reasoning_content`, likewise.
    pub reasoning_content: Option<Value<'a>>,
}

impl<'a> ReasoningFields<'a> {
    fn of(message: Value<'a>) -> Self {
        let mut fields = ReasoningFields::default();
        for Member { key, value } in message.members() {
            if key.is("content") {
                fields.content = value.string_body();
            } else {
                fields.take(key, value);
            }
        }
        fields
    }

    /// Takes a member if it is a reasoning field of a known shape, or null.
    pub(crate) fn take(&mut self, key: Key<'a>, value: Value<'a>) -> bool {
        let field = if key.is("reasoning") {
            &mut self.reasoning
        } else if key.is("reasoning_content") {
            &mut self.reasoning_content
        } else {
            return false;
        };
        *field = Some(value).filter(|value| text_of(*value).is_some());
        field.is_some() || value.is_null()
    }

    /// The text of the fields, escaped; of `reasoning` where both say something.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        let reasoning = self.reasoning.and_then(text_of);
        match reasoning {
            Some("") | None => self.reasoning_content.and_then(text_of).or(reasoning),
            Some(_) => reasoning,
        }
    }

    /// All that was reasoned: in the fields, in parts, between tags.
    pub(crate) fn all(&self, parts: Option<&Parts<'_>>, split: &SplitText) -> String {
        let parts = parts.map_or("", |parts| &parts.reasoning);
        [self.text().unwrap_or_default(), parts, &split.reasoning].concat()
    }

    /// Whether the fields are as they should be: at most a string called `reasoning`.
    #[must_use]
    pub fn are_plain(&self) -> bool {
        self.reasoning_content.is_none()
            && self
                .reasoning
                .is_none_or(|value| value.kind() == Kind::String)
    }
}

/// The body of `"…"` or of `{"text":"…"}`.
pub(crate) fn text_of(value: Value<'_>) -> Option<&str> {
    match value.kind() {
        Kind::String => value.string_body(),
        Kind::Object => value.get("text")?.string_body(),
        _ => None,
    }
}

/// What stands in a `content` that is a list of parts.
#[derive(Debug, Default)]
pub struct Parts<'a> {
    /// The texts of all text parts in one, escaped; `None` without any.
    pub content: Option<String>,
    /// Those of all thinking parts.
    pub reasoning: String,
    /// The parts that are neither, by the length of what stands before them of `content`.
    pub others: Vec<(usize, Value<'a>)>,
}

impl<'a> Parts<'a> {
    /// Reads a list of parts; `split` tells thinking parts from the others.
    #[must_use]
    pub fn read(list: Value<'a>, split: bool) -> Self {
        let mut parts = Parts::default();
        parts.add(list, split, DEEPEST);
        parts
    }

    fn add(&mut self, list: Value<'a>, split: bool, depth: u32) {
        for part in list.elements() {
            if split && think(part, &mut self.reasoning) {
                continue;
            }
            match text_part(part) {
                Some(body) => self.content.get_or_insert_default().push_str(body),
                None if part.kind() == Kind::Array && depth > 0 => self.add(part, split, depth - 1),
                None if part.is_null() => {}
                None => {
                    let at = self.content.as_ref().map_or(0, String::len);
                    self.others.push((at, part));
                }
            }
        }
    }

    /// Whether there is anything but empty texts.
    #[must_use]
    pub fn say_something(&self) -> bool {
        let said = self.content.as_ref().is_some_and(|body| !body.is_empty());
        said || !self.reasoning.is_empty() || !self.others.is_empty()
    }
}

/// How far lists of parts are read within each other.
const DEEPEST: u32 = 4;

/// The text of a part that is one, or is but a string.
fn text_part(part: Value<'_>) -> Option<&str> {
    const TEXTS: [&str; 4] = ["text", "output_text", "input_text", "text_delta"];
    if part.kind() != Kind::Object {
        return part.string_body();
    }
    let text = part.get("text")?;
    let kind = part.get("type");
    kind.is_none_or(|kind| TEXTS.iter().any(|name| kind.is_string(name)))
        .then(|| match text.kind() {
            Kind::Null => Some(""),
            Kind::Object => text.get("value")?.string_body(),
            _ => text.string_body(),
        })?
}

/// Appends the text of a thinking part, as Mistral, Anthropic, OpenAI and those who proxy them
/// spell it; false for any other part.
fn think(part: Value<'_>, out: &mut String) -> bool {
    let kind = part.get("type").and_then(|kind| kind.string_body());
    let Some(kind) =
        kind.filter(|kind| kind.starts_with("thinking") || kind.starts_with("reasoning"))
    else {
        return false;
    };
    let said = |name| {
        part.get(name)
            .filter(|said| matches!(said.kind(), Kind::String | Kind::Array))
    };
    let names = [kind, "thinking", "reasoning", "text", "summary", "content"];
    let Some(said) = names.iter().find_map(|name| said(name)) else {
        return false;
    };
    out.push_str(said.string_body().unwrap_or_default());
    for piece in said.elements() {
        let body = piece.string_body().or_else(|| text_of(piece));
        out.push_str(body.unwrap_or_default());
    }
    true
}

/// What is to stand in a message's `content`.
#[derive(Clone, Copy, Debug)]
pub enum NewContent<'a> {
    /// A text, escaped.
    Text(&'a str),
    /// JSON.
    Json(&'a str),
}

/// Appends the object `message` to `out` with `content` and `reasoning` (an escaped body) in the
/// place of what it said of them, its other members as they are. A part that is `None` is left
/// out; a `message` that is missing or no object has no other members.
pub fn write_message(
    message: Option<Value<'_>>,
    content: Option<NewContent<'_>>,
    reasoning: Option<&str>,
    out: &mut String,
) {
    let reasoning = reasoning.map(NewContent::Text);
    let (has_content, has_reasoning) = (content.is_some(), reasoning.is_some());
    let (mut content, mut reasoning) = (content, reasoning);
    let mut comma = false;
    out.push('{');
    for Member { key, value } in message.unwrap_or_default().members() {
        let is_content = key.is("content");
        let is_reasoning = key.is("reasoning") || key.is("reasoning_content");
        let replaced = if value.is_null() {
            // Behind what was written, a null would take it back.
            is_content && has_content || is_reasoning && has_reasoning
        } else {
            is_content && matches!(value.kind(), Kind::String | Kind::Array)
                || is_reasoning && text_of(value).is_some()
        };
        if replaced {
            if is_content {
                write_text("content", &mut content, &mut comma, out);
            }
            write_text("reasoning", &mut reasoning, &mut comma, out);
        } else {
            separate(&mut comma, out);
            push_all(out, &["\"", key.body(), "\":", value.raw()]);
        }
    }
    write_text("content", &mut content, &mut comma, out);
    write_text("reasoning", &mut reasoning, &mut comma, out);
    out.push('}');
}

fn write_text(
    name: &str,
    content: &mut Option<NewContent<'_>>,
    comma: &mut bool,
    out: &mut String,
) {
    if let Some(content) = content.take() {
        separate(comma, out);
        let (quote, content) = match content {
            NewContent::Text(body) => ("\"", body),
            NewContent::Json(json) => ("", json),
        };
        push_all(out, &["\"", name, "\":", quote, content, quote]);
    }
}

fn separate(comma: &mut bool, out: &mut String) {
    if std::mem::replace(comma, true) {
        out.push(',');
    }
}

/// Whether this member of a message may be one that [`rewrite_completion`] changes. The quick way:
/// most answers have none.
pub(crate) fn may_reason(key: Key<'_>, value: Value<'_>) -> bool {
    if key.is("content") {
        // A tag, or what may be one, escaped.
        let starts = |body: &str| matches!(body.trim_ascii_start().as_bytes(), [b'<' | b'\\', ..]);
        value
            .string_body()
            .map_or(value.kind() == Kind::Array, starts)
    } else if key.is("reasoning") {
        !matches!(value.kind(), Kind::String | Kind::Null)
    } else {
        key.is("reasoning_content") && !value.is_null()
    }
}

/// Appends a whole `chat.completion` to `out` with what each message says of its reasoning in
/// `message.reasoning`; everything else byte for byte. False, and nothing appended, if there is
/// nothing to change.
///
/// ```
/// use bedrock_chat_core::{json::Value, reasoning::rewrite_completion};
///
/// let body = br#"{"choices":[{"message":{"content":"<reasoning>Hm.</reasoning>Yes."}}]}"#;
/// let mut out = String::new();
/// assert!(rewrite_completion(Value::parse(body)?, &mut out));
/// assert_eq!(out, r#"{"choices":[{"message":{"content":"Yes.","reasoning":"Hm."}}]}"#);
/// # Ok::<(), bedrock_chat_core::json::Malformed>(())
/// ```
pub fn rewrite_completion(completion: Value<'_>, out: &mut String) -> bool {
    let Some(choices) = completion.get("choices") else {
        return false;
    };
    let whole = completion.raw();
    let mut copied = 0;
    let mut split = SplitText::default();
    for choice in choices.elements() {
        let Some(message) = choice.get("message") else {
            continue;
        };
        let fields = ReasoningFields::of(message);
        let list = message.get("content").filter(|it| it.kind() == Kind::Array);
        let parts = list.map(|list| Parts::read(list, true)).unwrap_or_default();
        let body = parts.content.as_deref().or(fields.content);
        split.clear();
        let mut splitter = Splitter::default();
        splitter.push(body.unwrap_or_default(), &mut split);
        splitter.finish(&mut split);
        let untouched = match list {
            // With other parts it stays a list.
            Some(_) => !parts.others.is_empty() && parts.reasoning.is_empty(),
            None => body.is_none_or(|body| body == split.content),
        };
        if message.kind() != Kind::Object || untouched && fields.are_plain() {
            continue;
        }
        let reasoning = fields.all(Some(&parts), &split);
        let span = message.span_in(whole);
        out.push_str(whole.get(copied..span.start).unwrap_or_default());
        let mut kept = String::new();
        let content = match list {
            Some(list) if !parts.others.is_empty() => {
                write_kept(list, &mut kept);
                Some(NewContent::Json(&kept))
            }
            Some(_) if body.is_none() => Some(NewContent::Json("null")),
            _ => body.map(|_| NewContent::Text(&split.content)),
        };
        let reasoning = Some(reasoning.as_str()).filter(|body| !body.is_empty());
        write_message(Some(message), content, reasoning, out);
        copied = span.end;
    }
    if copied == 0 {
        return false;
    }
    out.push_str(whole.get(copied..).unwrap_or_default());
    true
}

/// A list of parts without those that think.
fn write_kept(list: Value<'_>, out: &mut String) {
    let mut comma = false;
    out.push('[');
    for part in list.elements() {
        if !think(part, &mut String::new()) {
            separate(&mut comma, out);
            out.push_str(part.raw());
        }
    }
    out.push(']');
}
