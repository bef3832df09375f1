//! Chunks → the completion so far.
//!
//! ```
//! use bedrock_chat_core::{chunk::Chunk, completion::Completion};
//!
//! let mut completion = Completion::default();
//! for data in [
//!     r#"{"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":"He"}}]}"#,
//!     r#"{"id":"c1","choices":[{"index":0,"delta":{"content":"y"},"finish_reason":"stop"}]}"#,
//! ] {
//!     completion.add(&Chunk::read(data)?);
//! }
//! assert_eq!(
//!     completion.to_json(),
//!     concat!(
//!         r#"{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"#,
//!         r#""role":"assistant","content":"Hey","refusal":null},"#,
//!         r#""finish_reason":"stop","logprobs":null}]}"#,
//!     ),
//! );
//! # Ok::<(), bedrock_chat_core::json::Malformed>(())
//! ```
//!
//! Kept are fragments of JSON as they came: text is joined in its escaped form, anything else is
//! copied. What a stream says twice counts once, the last time, but null takes nothing back.
//! Text of a choice is the only thing here that grows with the stream; the number of choices,
//! of calls and of unknown fields is bounded, and what is beyond is left out.

mod merge;
mod nesting;
mod writer;

use std::borrow::Cow;
use std::ops::Range;

pub use self::merge::MAX_ITEMS;
use self::merge::{KeptField, List, Object, Rule};
use self::nesting::Nesting;
use self::writer::{CompletionWriter, replace};
use crate::body::GUARDRAIL;
use crate::chunk::{ACTION, Choice, Chunk, Delta, MAX_CHOICES, TRACE};
use crate::guardrail::{Signs, Stop};
use crate::json::{Key, Kind, Member, Value, escape_into, unescape_into};
use crate::reasoning::{Parts, text_of};
use crate::size::Size;
use crate::text::{self, push_all};

/// A `chat.completion` that is being put together.
#[derive(Debug, Default)]
pub struct Completion {
    fields: Object,
    /// How many fields the chunks have in front of their choices.
    head_fields: usize,
    choices: Vec<Message>,
    pub(crate) most: Most,
    /// Whether there were more choices than that.
    has_lost: bool,
    /// What stopped it, beside its choices.
    stop: Stop,
    /// Whether a chunk told of a guardrail.
    has_evidence: bool,
    /// What was added last by [`Completion::add_long`]: of which choice, and where in its content.
    apart_of: u32,
    apart: Range<usize>,
}

/// How many choices a completion may have, and calls each of them.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// Choices.
    pub choices: usize,
    /// Tool calls of a choice.
    pub calls: usize,
}

impl Default for Most {
    fn default() -> Self {
        Most {
            choices: MAX_ITEMS,
            calls: MAX_ITEMS,
        }
    }
}

/// One choice of the completion.
#[derive(Debug, Default)]
struct Message {
    index: u32,
    role: String,
    /// By their names in [`TEXTS`].
    texts: [Option<String>; 4],
    /// The parts of the content that are no text, by what of it stands before them.
    parts: Vec<(usize, List)>,
    calls: Vec<ToolCall>,
    /// Where the call is that the last piece went to.
    last_call: usize,
    function_call: Option<Function>,
    message_fields: Object,
    finish_reason: String,
    logprobs: Option<Logprobs>,
    choice_fields: Object,
    /// Whether it began with a `message`.
    by_messages: bool,
    /// Whether a call was one too many.
    has_lost: bool,
    /// What stopped it: a later `finish_reason` takes nothing back.
    stop: Stop,
    most_calls: usize,
}

/// The texts of a message; `reasoning_content` where reasoning is left as it came.
const TEXTS: [&str; 4] = ["content", "refusal", "reasoning", "reasoning_content"];

#[derive(Debug, Default)]
struct Logprobs {
    /// The elements of the arrays, joined by commas, by their names in [`TEXTS`].
    lists: [Option<String>; 2],
    fields: Object,
}

#[derive(Debug, Default)]
struct ToolCall {
    /// Its place among the calls: the index, or that of the call it came behind.
    rank: u32,
    index: Option<u32>,
    /// `id`, `type` and whatever else there is.
    fields: Object,
    /// The escaped body of `id`.
    id: String,
    /// A function, or a custom tool.
    called: [Option<Function>; 2],
}

/// What a call calls: a function, or a custom tool.
#[derive(Debug, Default)]
struct Function {
    /// Escaped bodies.
    name: String,
    /// `arguments`, or `input` of a custom tool.
    text: String,
    /// Whether that is a whole JSON value.
    nesting: Nesting,
    fields: Object,
}

/// What of a chunk's message comes in another form than the chunk has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Texts<'t> {
    /// Escaped body to append to the content.
    pub content: Option<&'t str>,
    /// Escaped body to append to the reasoning.
    pub reasoning: Option<&'t str>,
    /// Escaped body to append to `reasoning_content`.
    pub reasoning_content: Option<&'t str>,
    /// Parts of the content that are no text, by what of it stands before them.
    pub parts: &'t [(usize, Value<'t>)],
    /// Whether the content is what that counts in; else they stand behind it.
    pub in_place: bool,
}

impl<'t> Texts<'t> {
    /// The texts of a delta, each under the name it came with.
    #[must_use]
    pub fn of(delta: &Delta<'t>) -> Self {
        Texts {
            content: delta.reasoning.content,
            reasoning: delta.reasoning.reasoning.and_then(text_of),
            reasoning_content: delta.reasoning.reasoning_content.and_then(text_of),
            ..Texts::default()
        }
    }

    /// All texts of a message, as in [`TEXTS`].
    fn bodies(&self, refusal: Option<&'t str>) -> [Option<&'t str>; 4] {
        [
            self.content,
            refusal,
            self.reasoning,
            self.reasoning_content,
        ]
    }

    /// With what stands in a list of parts.
    #[must_use]
    pub fn with(mut self, parts: Option<&'t Parts<'t>>) -> Self {
        if let Some(parts) = parts {
            self.content = parts.content.as_deref();
            self.parts = &parts.others;
            self.in_place = true;
        }
        self
    }
}

impl Completion {
    /// Adds a chunk as it is.
    pub fn add(&mut self, chunk: &Chunk<'_>) {
        self.add_fields(chunk);
        for choice in &chunk.choices {
            let parts = choice.delta.parts.map(|list| Parts::read(list, false));
            let texts = Texts::of(&choice.delta).with(parts.as_ref());
            if choice.is_whole {
                self.add_whole(choice, texts, &mut String::new());
            } else {
                self.add_choice(choice, texts);
            }
        }
    }

    /// Adds what a chunk says beside its choices. True if a chunk with the same head says
    /// nothing new by it, so that it may be skipped as long as all answers are true.
    pub fn add_fields(&mut self, chunk: &Chunk<'_>) -> bool {
        // The fields of a head that is skipped are the first ones here, in its order, and no
        // other field of a chunk may have changed them since.
        let head = chunk.head_fields.unwrap_or(self.head_fields);
        self.head_fields = head;
        self.has_lost |= chunk.elements as usize > MAX_CHOICES;
        self.stop = self.stop.max(chunk.stop);
        // Of each chunk alone: what was kept may be long.
        if !self.has_evidence {
            let of = |name| chunk.field(name).map(|value| value.raw());
            let signs = Signs {
                action: of(ACTION),
                trace: of(TRACE),
                ..Signs::default()
            };
            self.has_evidence = signs.are_evidence();
        }
        let skipped = self.head_fields - chunk.head_fields.unwrap_or(0);
        let mut same = !chunk.head.is_empty();
        for (at, member) in (skipped..).zip(&chunk.fields) {
            let place = self.fields.add_near(at, member, Rule::Last);
            same &= if at < head {
                place == at
            } else {
                place >= head
            };
        }
        same
    }

    /// Adds one choice of a chunk, with its texts as given.
    pub fn add_choice(&mut self, choice: &Choice<'_>, texts: Texts<'_>) {
        let Some(message) = self.message(choice.index) else {
            return;
        };
        message.add_texts(texts, choice.delta.refusal);
        message.add_delta(&choice.delta);
        message.add_fields(choice);
    }

    /// Adds one choice of a chunk that has a `message`, with its texts as given: behind deltas it
    /// is the whole, and what it says takes the place of what they said. So it is behind other
    /// messages if it starts with all that they said; else they are pieces.
    ///
    /// Appends the choice with the delta instead that adds to what came before what is new by it,
    /// and returns what of it is content.
    pub fn add_whole(&mut self, choice: &Choice<'_>, texts: Texts<'_>, out: &mut String) -> String {
        self.apart = 0..0;
        match self.message(choice.index) {
            Some(message) => message.add_whole(choice, texts, out),
            None => String::new(),
        }
    }

    /// Adds content to a choice, and nothing else.
    pub(crate) fn add_content(&mut self, index: u32, body: &str) {
        if let Some(message) = self.message(index) {
            let [content, ..] = &mut message.texts;
            append(content, Some(body));
        }
    }

    /// Adds content that is long, and not copied where it is the first of its choice; whether it is
    /// delivered apart.
    pub(crate) fn add_long(&mut self, index: u32, body: String, apart: bool) {
        self.apart = 0..0;
        if let Some(message) = self.message(index) {
            let [content, ..] = &mut message.texts;
            let content = content.get_or_insert_default();
            let start = content.len();
            if start == 0 {
                *content = body;
            } else {
                text::append(content, &body);
            }
            if apart {
                self.apart = start..content.len();
                self.apart_of = index;
            }
        }
    }

    /// What was delivered so last, and stands there still; else nothing.
    pub(crate) fn apart(&self) -> &str {
        let of = self.apart_of;
        let found = self.choices.iter().find(|choice| choice.index == of);
        found
            .and_then(|choice| choice.texts.first()?.as_deref()?.get(self.apart.clone()))
            .unwrap_or_default()
    }

    /// Adds text to a choice that was kept back.
    pub fn add_texts(&mut self, index: u32, texts: Texts<'_>) {
        if let Some(message) = self.message(index) {
            message.add_texts(texts, None);
        }
    }

    /// Whether the answer is whole: a choice has its `finish_reason`, and none that has content
    /// lacks it.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        let finished = |message: &Message| !message.finish_reason.is_empty();
        self.choices.iter().any(finished)
            && self
                .choices
                .iter()
                .all(|choice| finished(choice) || choice.is_empty())
    }

    /// What stopped it, or a choice, at any time.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.choices
            .iter()
            .fold(self.stop, |stop, choice| stop.max(choice.stop))
    }

    /// Whether a guardrail has shown itself.
    #[must_use]
    pub fn has_evidence(&self) -> bool {
        self.has_evidence || self.stop() == Stop::Guardrail
    }

    /// How many choices there are.
    #[must_use]
    pub fn choices(&self) -> usize {
        self.choices.len()
    }

    /// With other bounds than those of the API.
    #[must_use]
    pub fn with_most(most: Most) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// Bytes of its texts.
    #[must_use]
    pub fn kept(&self) -> usize {
        let mut kept = 0;
        for choice in &self.choices {
            for text in choice.texts.iter().flatten() {
                kept += text.len();
            }
            for call in &choice.calls {
                for function in call.called.iter().flatten() {
                    kept += function.text.len();
                }
            }
        }
        kept
    }

    /// Of what there was one too many, which is not here.
    #[must_use]
    pub fn lost(&self) -> Option<Size> {
        if self.has_lost {
            return Some(Size::Choices);
        }
        let lost = self.choices.iter().any(|choice| choice.has_lost);
        lost.then_some(Size::ToolCalls)
    }

    /// A top-level field, as JSON; `None` if no chunk had it, or only null.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        let value = self.fields.get(name)?;
        Some(value.json()).filter(|json| json != "null")
    }

    /// The completion so far as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.write("")
    }

    /// The same, with U+0000 in the place of [`Completion::apart`].
    pub(crate) fn to_json_around(&self) -> String {
        self.write(self.apart())
    }

    fn write(&self, apart: &str) -> String {
        let mut out = CompletionWriter::new(self.kept() - apart.len() + 512);
        let start = apart.as_ptr().addr();
        out.apart = start..start + apart.len();
        out.open('{');
        for field in &self.fields.fields {
            // Of streams alone is what hides the length of their chunks; ours is another name.
            const LEFT_OUT: [&str; 3] = ["object", "obfuscation", GUARDRAIL];
            if !LEFT_OUT.iter().any(|name| field.is_named(name)) {
                out.field(field);
            }
        }
        out.member("object", "\"chat.completion\"");
        out.begin("choices", '[');
        for choice in &self.choices {
            out.comma();
            choice.write(&mut out);
        }
        out.close(']');
        out.close('}');
        out.out
    }

    fn message(&mut self, index: u32) -> Option<&mut Message> {
        let behind = self.choices.iter().position(|it| it.index >= index);
        let at = behind.unwrap_or(self.choices.len());
        let is_known = self.choices.get(at).is_some_and(|it| it.index == index);
        if !is_known {
            if self.choices.len() >= self.most.choices {
                self.has_lost = true;
                return None;
            }
            let message = Message {
                index,
                most_calls: self.most.calls,
                ..Message::default()
            };
            self.choices.insert(at, message);
        }
        self.choices.get_mut(at)
    }
}

impl Message {
    /// Whether nothing of an answer has come.
    fn is_empty(&self) -> bool {
        let mut texts = self.texts.iter();
        texts.all(|text| text.as_ref().is_none_or(String::is_empty))
            && self.parts.is_empty()
            && self.calls.is_empty()
            && self.function_call.is_none()
    }

    fn add_texts(&mut self, texts: Texts<'_>, refusal: Option<&str>) {
        for (text, more) in self.texts.iter_mut().zip(&texts.bodies(refusal)) {
            append(text, *more);
        }
        self.add_parts(texts);
    }

    /// Adds the parts of a content that was added.
    fn add_parts(&mut self, texts: Texts<'_>) {
        let [content, ..] = &self.texts;
        let end = content.as_ref().map_or(0, String::len);
        let start = end.saturating_sub(texts.content.map_or(0, str::len));
        for (offset, part) in texts.parts {
            let at = if texts.in_place { start + offset } else { end };
            if self.parts.last().is_none_or(|(place, _)| *place != at) {
                self.parts.push((at, List::default()));
            }
            if let Some((_, list)) = self.parts.last_mut() {
                list.add(*part);
            }
        }
    }

    fn add_delta(&mut self, delta: &Delta<'_>) {
        if let Some(role) = delta.role {
            replace(&mut self.role, role.raw());
        }
        self.message_fields.add(&delta.others, Rule::Piece);
        if let Some(call) = delta.function_call {
            self.function_call
                .get_or_insert_default()
                .add(call, FUNCTION);
        }
        let list = delta.tool_calls.unwrap_or_default();
        for (at, piece) in list.elements().enumerate() {
            self.add_call(piece, at > 0);
        }
    }

    /// Adds what a choice says beside its message.
    fn add_fields(&mut self, choice: &Choice<'_>) {
        self.choice_fields.add(&choice.others, Rule::List);
        if let Some(reason) = choice.finish_reason {
            replace(&mut self.finish_reason, reason.raw());
        }
        self.stop = self.stop.max(choice.stop);
        if let Some(logprobs) = choice.logprobs {
            self.logprobs.get_or_insert_default().add(logprobs);
        }
    }

    fn add_whole(&mut self, choice: &Choice<'_>, texts: Texts<'_>, out: &mut String) -> String {
        let delta = &choice.delta;
        let is_first = self.is_empty();
        self.by_messages |= is_first;
        let pieces = self.by_messages;
        let is_listed = is_first && !texts.parts.is_empty();
        let mut delta_out = CompletionWriter::new(64);
        delta_out.open('{');
        // First, for what is known may be among them in another form.
        for member in &delta.others {
            if self.message_fields.get(&member.key.to_text()).is_none() {
                delta_out.member(member.key.body(), member.value.raw());
            }
        }
        self.message_fields.add(&delta.others, Rule::Last);
        if let Some(role) = delta.role {
            replace(&mut self.role, role.raw());
            delta_out.member("role", role.raw());
        }
        let mut content = None;
        let bodies = texts.bodies(delta.refusal);
        for ((name, text), body) in TEXTS.iter().zip(&mut self.texts).zip(&bodies) {
            let new = complete(text, *body, pieces);
            // The first of them is the content.
            match delta.parts.filter(|_| is_listed && content.is_none()) {
                Some(list) => delta_out.member(name, list.raw()),
                None if new.is_empty() => {}
                None => delta_out.text(name, &new),
            }
            content.get_or_insert(new);
        }
        if !texts.parts.is_empty() {
            self.parts.clear();
        }
        self.add_parts(texts);
        if let Some(call) = delta.function_call {
            if self.function_call.take().is_none() {
                delta_out.member("function_call", call.raw());
            }
            self.function_call
                .get_or_insert_default()
                .add(call, FUNCTION);
        }
        self.add_whole_calls(delta, &mut delta_out);
        delta_out.close('}');

        let had_logprobs = self.logprobs.is_some();
        if choice.logprobs.is_some() {
            self.logprobs = None;
        }
        self.add_fields(choice);
        out.push('{');
        for Member { key, value } in choice.value.unwrap_or_default().members() {
            let told = key.is("logprobs") && had_logprobs;
            if !told && !key.is("delta") && !key.is("message") {
                push_all(out, &["\"", key.body(), "\":", value.raw(), ","]);
            }
        }
        push_all(out, &["\"delta\":", &delta_out.out, "}"]);
        content.unwrap_or_default()
    }

    /// Takes the calls of a whole message for those that came, and writes what is new of them.
    fn add_whole_calls(&mut self, delta: &Delta<'_>, out: &mut CompletionWriter) {
        let list = delta.tool_calls.unwrap_or_default();
        let mut before = None;
        let mut news = CompletionWriter::new(0);
        for value in list.elements() {
            if value.kind() != Kind::Object {
                continue;
            }
            let before = before.get_or_insert_with(|| std::mem::take(&mut self.calls));
            let at = self.calls.len();
            let Some(call) = self.begin_call(at as u32) else {
                break;
            };
            let piece = Piece::read(value);
            call.add(&piece);
            let known = match piece.id {
                "" => before.get(at),
                id => before.iter().find(|call| call.id == id),
            };
            call.write_news(known, value, &mut news);
        }
        if !news.out.is_empty() {
            out.begin("tool_calls", '[');
            out.out.push_str(&news.out);
            out.close(']');
        }
    }

    /// Adds a piece of a tool call to the call it belongs to. `beside`: to others in its delta.
    fn add_call(&mut self, value: Value<'_>, beside: bool) {
        if value.kind() != Kind::Object {
            return;
        }
        let piece = Piece::read(value);
        if let Some(at) = self.place_of(&piece, beside) {
            self.last_call = at;
            if let Some(call) = self.calls.get_mut(at) {
                call.add(&piece);
            }
            return;
        }
        let last = self.calls.iter().map(|call| call.rank).max();
        let rank = piece.index.filter(|it| *it < ODD).or(last);
        if let Some(call) = self.begin_call(rank.unwrap_or_default()) {
            call.add(&piece);
        }
    }

    /// `None` if there are too many.
    fn begin_call(&mut self, rank: u32) -> Option<&mut ToolCall> {
        if self.calls.len() >= self.most_calls {
            self.has_lost = true;
            return None;
        }
        self.last_call = self.calls.len();
        self.calls.push(ToolCall {
            rank,
            ..ToolCall::default()
        });
        self.calls.last_mut()
    }

    /// The call that a piece continues; `None` if it starts one.
    ///
    /// Its `index` says so, of the calls of that index the one of its `id`, or else the newest.
    /// Servers that number all calls 0 give each an `id` and a name; servers that make up an `id` for
    /// each piece name the call once. Without an index it is the `id`, and without both the last call.
    fn place_of(&self, piece: &Piece<'_>, beside: bool) -> Option<usize> {
        let mut best = (1, None);
        for (at, call) in self.calls.iter().enumerate() {
            let of_id = !piece.id.is_empty() && call.id == piece.id;
            let rank = match piece.index {
                Some(_) if call.index != piece.index => 0,
                Some(_) => 1 + u8::from(of_id),
                None => u8::from(of_id),
            };
            if rank >= best.0 {
                best = (rank, Some(at));
            }
        }
        let is_lost = |index| index >= ODD && piece.name.is_empty();
        let at = match best.1 {
            Some(at) => at,
            None if piece.id.is_empty() && piece.index.is_none_or(is_lost) => self.last_call,
            None => return None,
        };
        let call = self.calls.get(at)?;
        Some(at).filter(|_| !call.is_followed_by(piece, beside))
    }

    fn write(&self, out: &mut CompletionWriter) {
        out.open('{');
        out.number("index", self.index);
        out.begin("message", '{');
        let role = Some(self.role.as_str()).filter(|role| !role.is_empty());
        out.member("role", role.unwrap_or("\"assistant\""));
        for (at, (name, body)) in TEXTS.iter().zip(&self.texts).enumerate() {
            match (body, self.message_fields.get(name)) {
                _ if at == 0 && !self.parts.is_empty() => self.write_parts(out),
                (Some(body), _) => out.text(name, body),
                // What came in its place and was no string.
                (None, Some(value)) => {
                    out.key(name);
                    value.write(out);
                }
                // The API has the first two always.
                (None, None) if at < 2 => out.member(name, "null"),
                (None, None) => {}
            }
        }
        if let Some(function) = &self.function_call {
            out.key("function_call");
            function.write(FUNCTION, out);
        }
        if !self.calls.is_empty() {
            self.write_calls(out);
        }
        for field in &self.message_fields.fields {
            if !self.has_written(field) {
                out.field(field);
            }
        }
        out.close('}');
        let reason = Some(self.finish_reason.as_str()).filter(|reason| !reason.is_empty());
        out.member("finish_reason", reason.unwrap_or("null"));
        out.key("logprobs");
        match &self.logprobs {
            Some(logprobs) => logprobs.write(out),
            None => out.out.push_str("null"),
        }
        out.fields(&self.choice_fields);
        out.close('}');
    }

    /// Writes the content as a list, for there is more than text in it.
    fn write_parts(&self, out: &mut CompletionWriter) {
        let [text, ..] = &self.texts;
        let text = text.as_deref().unwrap_or_default();
        let mut written = 0;
        let mut write = |upto: usize, out: &mut CompletionWriter| {
            let body = text.get(written..upto).unwrap_or_default();
            if !body.is_empty() {
                out.comma();
                out.open('{');
                out.text("type", "text");
                out.text("text", body);
                out.close('}');
            }
            written = upto;
        };
        out.begin("content", '[');
        for (at, list) in &self.parts {
            write(*at, out);
            list.write(out);
        }
        write(text.len(), out);
        out.close(']');
    }

    fn has_written(&self, field: &KeptField) -> bool {
        TEXTS
            .iter()
            .chain(&["role"])
            .any(|name| field.is_named(name))
            || field.is_named("function_call") && self.function_call.is_some()
            || field.is_named("tool_calls") && !self.calls.is_empty()
    }

    /// Writes the calls by their rank, those of the same rank as they came. There are few: a sort
    /// would not be worth its size.
    fn write_calls(&self, out: &mut CompletionWriter) {
        out.begin("tool_calls", '[');
        let ranks = || self.calls.iter().map(|call| call.rank);
        let mut next = ranks().min();
        while let Some(rank) = next {
            for call in self.calls.iter().filter(|call| call.rank == rank) {
                out.comma();
                call.write(out);
            }
            next = ranks().filter(|other| *other > rank).min();
        }
        out.close(']');
    }
}

impl Logprobs {
    fn add(&mut self, logprobs: Value<'_>) {
        for member in logprobs.members() {
            let mut lists = TEXTS.iter().zip(&mut self.lists);
            let Some((_, list)) = lists.find(|(name, _)| member.key.is(name)) else {
                self.fields.add(&[member], Rule::List);
                continue;
            };
            if member.value.kind() == Kind::Array {
                let list = list.get_or_insert_default();
                for element in member.value.elements() {
                    if !list.is_empty() {
                        list.push(',');
                    }
                    text::append(list, element.raw());
                }
            }
        }
    }

    fn write(&self, out: &mut CompletionWriter) {
        out.open('{');
        for (name, list) in TEXTS.iter().zip(&self.lists) {
            out.key(name);
            match list {
                Some(list) => {
                    out.open('[');
                    out.out.push_str(list);
                    out.close(']');
                }
                None => out.out.push_str("null"),
            }
        }
        out.fields(&self.fields);
        out.close('}');
    }
}

/// One element of a delta's `tool_calls`.
struct Piece<'a> {
    value: Value<'a>,
    /// Of another number or text [`ODD`] and more.
    index: Option<u32>,
    /// Escaped bodies; empty if missing.
    id: &'a str,
    name: &'a str,
    /// What is called, by [`CALLED`].
    called: [Option<Value<'a>>; 2],
}

/// Where indices begin that tell calls apart, and do not say in what order they are.
const ODD: u32 = 1 << 31;

/// The member that a call of a function, and one of a custom tool, is in, and that of its text.
const CALLED: [(&str, &str); 2] = [FUNCTION, CUSTOM];
const FUNCTION: (&str, &str) = ("function", "arguments");
const CUSTOM: (&str, &str) = ("custom", "input");

impl<'a> Piece<'a> {
    fn read(value: Value<'a>) -> Self {
        let mut piece = Piece {
            value,
            index: None,
            id: "",
            name: "",
            called: [None; 2],
        };
        for Member { key, value } in value.members() {
            if key.is("index") {
                piece.index = value.as_index();
                if piece.index.is_none() && matches!(value.kind(), Kind::Number | Kind::String) {
                    let add = |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte));
                    piece.index = Some(value.raw().bytes().fold(0, add) | ODD);
                }
            } else if key.is("id") {
                piece.id = value.string_body().unwrap_or_default();
            } else {
                let mut called = CALLED.iter().zip(&mut piece.called);
                if let Some((_, called)) = called.find(|((name, _), _)| key.is(name)) {
                    *called = Some(value).filter(|value| value.kind() == Kind::Object);
                }
            }
        }
        let [function, custom] = piece.called;
        let name = function.or(custom).and_then(|called| called.get("name"));
        piece.name = name.and_then(Value::string_body).unwrap_or_default();
        piece
    }

    /// Whether its arguments start with a bracket.
    fn is_start(&self) -> bool {
        let [function, _] = self.called;
        let arguments = function.and_then(|it| it.get(FUNCTION.1));
        arguments.is_some_and(|it| {
            let text = it.string_body().unwrap_or(it.raw());
            text.starts_with("{")
        })
    }
}

impl ToolCall {
    /// Whether a piece that should belong to this call starts another one.
    fn is_followed_by(&self, piece: &Piece<'_>, beside: bool) -> bool {
        let Some((called, names)) = self.called().filter(|(f, _)| !f.name.is_empty()) else {
            return false;
        };
        let is_function = names.0 == FUNCTION.0;
        let is_same = called.name == piece.name && piece.index.is_some();
        if piece.name.is_empty() {
            false
        } else if piece.id.is_empty() || self.id.is_empty() {
            let named_anew = !is_same || called.nesting.is_closed();
            named_anew && (!called.text.is_empty() || beside && piece.index.is_none())
        } else if self.id == piece.id {
            is_function && called.nesting.is_closed() && piece.is_start()
        } else {
            !(is_same && is_function && called.nesting.is_open())
        }
    }

    fn add(&mut self, piece: &Piece<'_>) {
        self.index = self.index.or(piece.index);
        let has_id = !self.id.is_empty();
        if !has_id {
            self.id.push_str(piece.id);
        }
        let is_own = |key: Key<'_>| {
            let is_called = CALLED.iter().any(|(name, _)| key.is(name));
            is_called || key.is("index") || has_id && key.is("id")
        };
        for member in piece.value.members() {
            let is_empty =
                member.value.is_null() || member.key.is("type") && member.value.is_string("");
            if !is_own(member.key) && !is_empty {
                self.fields.add(&[member], Rule::Piece);
            }
        }
        for ((names, new), called) in CALLED.iter().zip(&piece.called).zip(&mut self.called) {
            if let Some(new) = *new {
                called.get_or_insert_default().add(new, *names);
            }
        }
    }

    /// What is called, and the names that belong to it.
    fn called(&self) -> Option<(&Function, (&str, &str))> {
        match &self.called {
            [Some(function), _] => Some((function, FUNCTION)),
            [None, custom] => Some((custom.as_ref()?, CUSTOM)),
        }
    }

    /// Writes what a call that came whole adds to what was known of it.
    fn write_news(&self, known: Option<&ToolCall>, whole: Value<'_>, out: &mut CompletionWriter) {
        let rest = match (known.and_then(ToolCall::called), self.called()) {
            (Some((before, _)), Some((now, _))) => rest_of(&before.text, &now.text),
            _ => None,
        };
        if known.is_some() && rest.as_deref().is_none_or(str::is_empty) {
            return;
        }
        out.comma();
        out.open('{');
        out.number("index", known.map_or(self.rank, |call| call.rank));
        match (self.called(), rest) {
            (Some((_, (name, text))), Some(rest)) => {
                out.begin(name, '{');
                out.text(text, &rest);
                out.close('}');
            }
            _ => {
                for Member { key, value } in whole.members() {
                    if !key.is("index") {
                        out.member(key.body(), value.raw());
                    }
                }
            }
        }
        out.close('}');
    }

    fn write(&self, out: &mut CompletionWriter) {
        out.open('{');
        out.fields(&self.fields);
        let mut typed = self.fields.get("type").is_some();
        for (function, names) in self.called.iter().zip(&CALLED) {
            let Some(function) = function else { continue };
            if !std::mem::replace(&mut typed, true) {
                out.text("type", names.0);
            }
            out.key(names.0);
            function.write(*names, out);
        }
        out.close('}');
    }
}

impl Function {
    fn add(&mut self, function: Value<'_>, names: (&str, &str)) {
        for member in function.members() {
            let Member { key, value } = member;
            if key.is("name") {
                let name = value.string_body().unwrap_or_default();
                // In pieces, or each time.
                if self.text.is_empty() && !name.starts_with(self.name.as_str()) {
                    text::append(&mut self.name, name);
                } else if !name.is_empty() {
                    replace(&mut self.name, name);
                }
            } else if key.is(names.1) {
                match (value.kind(), value.string_body()) {
                    (Kind::Null, _) => {}
                    (_, Some(body)) => {
                        // An empty object in front of them is none of theirs.
                        if names.0 == FUNCTION.0 && self.text == "{}" && body.starts_with("{") {
                            self.text.clear();
                            self.nesting = Nesting::default();
                        }
                        self.nesting.add(body);
                        text::append(&mut self.text, body);
                    }
                    // An object where the API has its text.
                    _ => escape_into(value.raw(), &mut self.text),
                }
            } else {
                self.fields.add(&[member], Rule::Piece);
            }
        }
    }

    fn write(&self, names: (&str, &str), out: &mut CompletionWriter) {
        out.open('{');
        out.text("name", &self.name);
        out.text(names.1, &self.text);
        out.fields(&self.fields);
        out.close('}');
    }
}

/// Takes a whole text for what is known of it, or as one more piece, and returns what is new.
fn complete(text: &mut Option<String>, whole: Option<&str>, pieces: bool) -> String {
    append(text, whole.map(|_| ""));
    let (Some(text), Some(whole)) = (text, whole.filter(|whole| !whole.is_empty())) else {
        return String::new();
    };
    match rest_of(text, whole) {
        Some(rest) => {
            replace(text, whole);
            rest
        }
        None if pieces => {
            text.push_str(whole);
            whole.to_owned()
        }
        // What was told cannot be taken back.
        None => {
            replace(text, whole);
            String::new()
        }
    }
}

/// What stands behind the start of a text, however both are escaped.
fn rest_of(start: &str, whole: &str) -> Option<String> {
    if let Some(rest) = whole.strip_prefix(start) {
        return Some(rest.to_owned());
    }
    let (mut told, mut text, mut rest) = (String::new(), String::new(), String::new());
    // Any lone surrogate would be like any other.
    if unescape_into(start, &mut told) | unescape_into(whole, &mut text) {
        return None;
    }
    escape_into(text.strip_prefix(told.as_str())?, &mut rest);
    Some(rest)
}

fn append(text: &mut Option<String>, more: Option<&str>) {
    if let Some(more) = more {
        text::append(text.get_or_insert_default(), more);
    }
}
