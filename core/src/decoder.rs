//! The bytes of a response → what the consumer of a stream is handed, and how the stream ends.
//!
//! ```
//! use bedrock_chat_core::decoder::{Decoder, Mode, Reasoning, StreamState};
//!
//! let mut decoder = Decoder::new(Reasoning::Parsed);
//! decoder.set_mode(Mode::Text);
//! decoder.push(b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel");
//! assert_eq!(decoder.batch(), "");
//! decoder.push(b"lo\"}}]}\n\n");
//! assert_eq!(decoder.batch(), "Hello");
//! assert_eq!(decoder.push(b"data: [DONE]\n\n").state, StreamState::Done);
//! ```
//!
//! Endings. `[DONE]` ends the stream at once. At the end of the body an event that was not ended
//! counts if it is an object; the stream is then whole if a choice has its `finish_reason` and no
//! other choice has content without one. Otherwise it is [`StreamError::Incomplete`].
//!
//! Nothing is lost by a failure: what stood before it in the same push is in the batch, and what
//! the splitter kept back is handed over whichever way the stream ends.

use std::ops::Range;

use crate::chunk::{Choice, Chunk};
use crate::completion::{Completion, Most, Texts};
use crate::guardrail::Stop;
use crate::json::{Unescape, escape_into, string_end, write_u32};
use crate::reasoning::{NewContent, Parts, SplitText, Splitter, write_message};
use crate::size::Size;
use crate::sse::{MAX_EVENT, ServerSentEvent, Sse, TooLarge};
use crate::text::{push_all, starts_with, was_full};

/// A batch that grew beyond this many bytes is given back. What is longer is not copied, where that
/// can be helped: see [`Decoder::apart`].
const LONG: usize = 256 << 10;

/// What a push puts into the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A JSON array of chunk objects.
    #[default]
    Chunks,
    /// The same, where a chunk that says again what the one before said, but for the content of
    /// its one choice, is that content alone: `[{…},"next"," word"]`. It is to be given a copy of
    /// the last object. Most of a stream is that, and an engine takes its time to read JSON. A `0`
    /// behind an object stands for what is to be its content: see [`Decoder::apart`].
    Compact,
    /// The content of choice 0, as text; where a lone surrogate stands in it, as a JSON string: see
    /// [`Progress::escaped`]. Something may come before it: see [`Decoder::apart`].
    Text,
    /// Nothing: only the completion so far is kept.
    Silent,
}

/// What becomes of a model's reasoning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reasoning {
    /// Leading tags and `reasoning_content` become `reasoning`.
    #[default]
    Parsed,
    /// Everything stays as it came.
    Raw,
}

/// Where a stream stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StreamState {
    /// More may come.
    #[default]
    Open = 0,
    /// It is whole. Whatever is pushed is ignored.
    Done = 1,
    /// See [`Decoder::failure`]. Whatever is pushed is ignored.
    Failed = 2,
}

/// What a push brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Chunks delivered by this push.
    pub events: u32,
    /// Whether one of them carried content: see [`Chunk::has_content`].
    pub content: bool,
    /// Whether anything came but comments and events without data. Keep-alives do not count.
    pub meaningful: bool,
    /// Whether the batch ends with an object, and a chunk of the next one may be its copy.
    pub repeatable: bool,
    /// Whether nothing of the stream may be handed over yet.
    pub withheld: bool,
    /// Whether the text of the batch is a JSON string: UTF-8 has no lone surrogates.
    pub escaped: bool,
    /// In [`Mode::Compact`]: whether the batch is contents without escapes and nothing else, so
    /// that it need not be parsed: `["Hel","lo"]`.
    pub plain: bool,
    /// Whether a content stands apart from the batch: see [`Decoder::apart`].
    pub apart: bool,
    /// Bytes of the batch.
    pub length: usize,
    /// Where the stream stands now.
    pub state: StreamState,
}

impl Progress {
    /// In one number: the state in bits 0 and 1, `content` in bit 2, `apart` in bit 3,
    /// `repeatable` in bit 4, `withheld` in bit 5, `escaped` in bit 6, `plain` in bit 7, `length`
    /// (at most 2²⁴ − 1) from bit 8.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.state as u32
            | u32::from(self.content) << 2
            | u32::from(self.apart) << 3
            | u32::from(self.repeatable) << 4
            | u32::from(self.withheld) << 5
            | u32::from(self.escaped) << 6
            | u32::from(self.plain) << 7
            | (self.length.min(0xff_ffff) as u32) << 8
    }
}

/// Why a stream is no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// The body ended before the answer did.
    Incomplete,
    /// An event is not one JSON object. Of its data nothing is kept.
    Malformed {
        /// Which event with data it is, counted from 1.
        event: u32,
        /// Bytes of its data before the one that is wrong.
        at: usize,
    },
    /// The server sent an error.
    ErrorEvent {
        /// The event's name: `error`, or `…Exception`, or empty.
        name: String,
        /// Its data: JSON as a rule, and anything if the event was called an error. The error
        /// may stand in a choice, behind the last piece of its answer.
        body: String,
    },
    /// Something of it is larger than allowed; `None`: than memory is left.
    TooLarge(Option<Size>),
}

/// Decodes one stream.
#[derive(Debug)]
pub struct Decoder {
    sse: Sse,
    assembly: Assembly,
}

/// Everything behind the events.
#[derive(Debug, Default)]
struct Assembly {
    mode: Mode,
    reasoning: Reasoning,
    completion: Completion,
    /// How many choices were asked for.
    expected: usize,
    /// By the index of the choice.
    splitters: Vec<(u32, Splitter)>,
    /// What the next chunk is likely to start with: see [`Chunk::read_knowing`].
    head: String,
    head_is_same: bool,
    model: Model,
    split: SplitText,
    text: Unescape,
    batch: String,
    buffer: Buffer,
    progress: Progress,
    /// Events with data so far.
    seen: u32,
    /// Chunks so far.
    delivered: u32,
    failure: Option<StreamError>,
}

/// What becomes of the buffer that a long event came in.
#[derive(Debug, Default)]
enum Buffer {
    /// There is none: the event is short, or the body has ended within it.
    #[default]
    None,
    /// Nothing so far.
    Free,
    /// All of it becomes the batch.
    Batch,
    /// This part of it becomes the content of the choice of this index.
    Content(u32, Range<usize>),
}

impl Decoder {
    /// The start of a stream, in [`Mode::Chunks`].
    #[must_use]
    pub fn new(reasoning: Reasoning) -> Self {
        Self::with_limits(reasoning, MAX_EVENT, Most::default())
    }

    /// With another limit than [`MAX_EVENT`], in bytes, and other bounds than those of the API.
    #[must_use]
    pub fn with_limits(reasoning: Reasoning, max_event: usize, most: Most) -> Self {
        Decoder {
            sse: Sse::with_max(max_event),
            assembly: Assembly {
                reasoning,
                completion: Completion::with_most(most),
                ..Assembly::default()
            },
        }
    }

    /// Bytes of an event that has not ended.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.sse.pending()
    }

    /// Bytes of the texts of the completion.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.assembly.completion.kept()
    }

    /// How many choices were asked for: where it is more than one, fewer are no whole answer.
    pub fn expect_choices(&mut self, choices: usize) {
        self.assembly.expected = choices;
    }

    /// What the next pushes put into the batch.
    pub fn set_mode(&mut self, mode: Mode) {
        self.assembly.mode = mode;
        // Whoever expands batches has not seen it.
        self.assembly.model.clear();
    }

    /// Decodes the next bytes of the body. The batch of the push before is dropped.
    pub fn push(&mut self, bytes: &[u8]) -> Progress {
        self.assembly.start_batch();
        let mut rest = bytes;
        while self.assembly.is_open() {
            if let Some((content, length)) = self.assembly.model.at_start(rest)
                && self.sse.starts(length)
                && self.assembly.repeat(content)
            {
                rest = rest.get(length..).unwrap_or_default();
                self.assembly.look_for_memory();
                continue;
            }
            match self.sse.next(&mut rest) {
                Ok(Some(event)) => {
                    if event.data.len() < LONG || !event.is_kept {
                        self.assembly.event(&event);
                    } else {
                        let name = event.name.to_vec();
                        let (buffer, start) = self.sse.take_data();
                        self.assembly.long_event(&name, buffer, start);
                    }
                    self.assembly.look_for_memory();
                }
                Ok(None) => break,
                Err(TooLarge) => self.assembly.event_too_large(),
            }
        }
        self.assembly.end_batch()
    }

    /// The body has ended. The batch of the push before is dropped.
    pub fn finish(&mut self) -> Progress {
        self.assembly.start_batch();
        if self.assembly.is_open() {
            match self.sse.finish() {
                Ok(pending) => self.assembly.end_of_body(pending),
                Err(TooLarge) => self.assembly.event_too_large(),
            }
        }
        self.assembly.end_batch()
    }

    /// What the last push brought: in [`Mode::Chunks`] a JSON array, in [`Mode::Text`] text;
    /// empty if there is nothing.
    #[must_use]
    pub fn batch(&self) -> &str {
        &self.assembly.batch
    }

    /// The content that the last push found and did not put into the batch, for it is long. It is
    /// kept once, in the completion, where it is escaped still; with escapes it is that of a chunk.
    #[must_use]
    pub fn apart(&self) -> &str {
        self.assembly.completion.apart()
    }

    /// The completion so far, as JSON.
    #[must_use]
    pub fn completion(&self) -> String {
        self.assembly.completion.to_json()
    }

    /// The same, with U+0000, which JSON has nowhere, in the place of the last [`Decoder::apart`].
    #[must_use]
    pub fn completion_around(&self) -> String {
        self.assembly.completion.to_json_around()
    }

    /// What has stopped a choice.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.assembly.completion.stop()
    }

    /// Whether a guardrail has shown itself.
    #[must_use]
    pub fn has_evidence(&self) -> bool {
        self.assembly.completion.has_evidence()
    }

    /// Where the stream stands.
    #[must_use]
    pub const fn state(&self) -> StreamState {
        self.assembly.progress.state
    }

    /// Why the stream failed, if it did.
    #[must_use]
    pub const fn failure(&self) -> Option<&StreamError> {
        self.assembly.failure.as_ref()
    }

    /// Chunks delivered so far.
    #[must_use]
    pub const fn events(&self) -> u32 {
        self.assembly.delivered
    }
}

impl Assembly {
    fn is_json(&self) -> bool {
        matches!(self.mode, Mode::Chunks | Mode::Compact)
    }

    fn is_open(&self) -> bool {
        self.progress.state == StreamState::Open
    }

    fn start_batch(&mut self) {
        if self.batch.capacity() > LONG {
            self.batch = String::new();
        }
        self.batch.clear();
        self.progress = Progress {
            state: self.progress.state,
            plain: self.mode == Mode::Compact,
            ..Progress::default()
        };
    }

    fn end_batch(&mut self) -> Progress {
        if self.is_json() && !self.batch.is_empty() {
            self.batch.push(']');
        } else if self.progress.escaped {
            self.batch.push('"');
        }
        self.progress.length = self.batch.len();
        self.progress.plain &= self.progress.length > 0;
        self.progress
    }

    fn event(&mut self, event: &ServerSentEvent<'_>) {
        let named_error = is_error_name(event.name);
        if !named_error
            && let Some(content) = self.model.of(event.data.trim_ascii())
            && self.repeat(content)
        {
            return;
        }
        let text = event.text();
        let data = text.trim_ascii();
        if data.is_empty() {
            return;
        }
        self.progress.meaningful = true;
        self.seen += 1;
        if data == "[DONE]" {
            self.done();
            return;
        }
        self.model.clear();
        let head = std::mem::take(&mut self.head);
        match Chunk::read_knowing(data, &head) {
            Ok(chunk) if !named_error && !chunk.is_error() => {
                let failed = chunk.has_failed();
                if failed && !chunk.has_content() {
                    self.completion.add(&chunk);
                } else if !self.chunk(&chunk) && self.model.set(&chunk) {
                    self.progress.repeatable = true;
                }
                self.remember(head, &chunk);
                if failed {
                    self.fail_by(event, data);
                } else if let Some(lost) = self.completion.lost() {
                    self.fail(StreamError::TooLarge(Some(lost)));
                }
            }
            Err(malformed) if !named_error => self.fail(StreamError::Malformed {
                event: self.seen,
                at: malformed.at,
            }),
            _ => self.fail_by(event, data),
        }
    }

    /// The same for an event that is long. What of it is long in its turn is not copied: the buffer
    /// becomes that.
    fn long_event(&mut self, name: &[u8], mut buffer: Vec<u8>, start: usize) {
        let data = buffer.get(start..).unwrap_or_default().trim_ascii();
        let (start, length) = (data.as_ptr().addr() - buffer.as_ptr().addr(), data.len());
        // What has to be put right is copied anyway.
        if std::str::from_utf8(data).is_ok() {
            self.buffer = Buffer::Free;
        }
        self.event(&ServerSentEvent::new(name, data));
        let (index, range) = match std::mem::take(&mut self.buffer) {
            Buffer::Batch => (None, 0..length),
            Buffer::Content(index, range) => (Some(index), range),
            Buffer::None | Buffer::Free => return,
        };
        // The batch has a bracket in front.
        let to = usize::from(index.is_none());
        if start < to {
            buffer.push(0);
        }
        buffer.copy_within(start + range.start..start + range.end, to);
        buffer.truncate(to + range.len());
        if index.is_none()
            && let Some(bracket) = buffer.first_mut()
        {
            *bracket = b'[';
        }
        let text = String::from_utf8(buffer).unwrap_or_default();
        match index {
            Some(index) => self.completion.add_long(index, text, self.progress.apart),
            None => self.batch = text,
        }
    }

    /// Where in a chunk its content stands, if that is long, and all that the chunk says.
    fn long_content(&mut self, chunk: &Chunk<'_>) -> Option<(u32, Range<usize>)> {
        let [choice] = chunk.choices.as_slice() else {
            return None;
        };
        let fields = &choice.delta.reasoning;
        let body = fields.content.filter(|body| body.len() >= LONG)?;
        if !matches!(self.buffer, Buffer::Free) || self.mode == Mode::Chunks || choice.is_whole {
            return None;
        }
        let most = self.completion.most.choices;
        let splitter = splitter(&mut self.splitters, most, choice.index)?;
        if self.reasoning == Reasoning::Parsed && !(fields.are_plain() && splitter.passes(body)) {
            return None;
        }
        let start = body.as_ptr().addr() - chunk.raw.as_ptr().addr();
        Some((choice.index, start..start + body.len()))
    }

    fn fail_by(&mut self, event: &ServerSentEvent<'_>, data: &str) {
        self.fail(StreamError::ErrorEvent {
            name: event.name().into_owned(),
            body: data.to_owned(),
        });
    }

    fn look_for_memory(&mut self) {
        if was_full() {
            self.fail(StreamError::TooLarge(None));
        }
    }

    /// Takes the content of a chunk that is the one before but for that; false if there is more to
    /// do.
    fn repeat(&mut self, content: Content<'_>) -> bool {
        let Content { quoted, is_escaped } = content;
        let body = quoted.get(1..quoted.len() - 1).unwrap_or_default();
        let index = self.model.index;
        if self.reasoning == Reasoning::Parsed
            && !splitter(&mut self.splitters, self.completion.most.choices, index)
                .is_some_and(|splitter| splitter.passes(body))
        {
            return false;
        }
        self.model.misses = 0;
        self.seen += 1;
        self.delivered += 1;
        self.progress.events += 1;
        self.progress.meaningful = true;
        self.progress.repeatable = false;
        self.progress.content |= !body.is_empty();
        self.completion.add_content(index, body);
        match self.mode {
            Mode::Chunks => {
                self.separate();
                self.batch.push_str(&self.model.before);
                self.batch.push_str(body);
                self.batch.push_str(&self.model.after);
            }
            Mode::Compact => {
                self.progress.plain &= !is_escaped;
                self.separate();
                self.batch.push_str(quoted);
            }
            Mode::Text => self.say(index, body),
            Mode::Silent => {}
        }
        true
    }

    /// Keeps the head of a chunk that others may share.
    fn remember(&mut self, mut head: String, chunk: &Chunk<'_>) {
        if !self.head_is_same || chunk.head.len() > 1024 {
            return;
        }
        if chunk.head_fields.is_some() {
            head.clear();
            head.push_str(chunk.head);
        }
        self.head = head;
    }

    /// The body has ended, maybe within an event.
    fn end_of_body(&mut self, pending: Option<ServerSentEvent<'_>>) {
        if let Some(event) = pending {
            let text = event.text();
            let data = text.trim_ascii();
            if data == "[DONE]" || Chunk::read(data).is_ok() {
                self.event(&event);
            }
        }
        if !self.is_open() {
            return;
        }
        if self.completion.is_finished() {
            self.done();
        } else {
            self.fail(StreamError::Incomplete);
        }
    }

    /// It says that it is whole.
    fn done(&mut self) {
        let is_short = self.expected > 1 && self.completion.choices() < self.expected;
        if is_short || self.delivered == 0 {
            self.fail(StreamError::Incomplete);
        } else {
            self.end(StreamState::Done);
        }
    }

    fn event_too_large(&mut self) {
        self.fail(StreamError::TooLarge(Some(Size::Event)));
    }

    fn fail(&mut self, failure: StreamError) {
        self.end(StreamState::Failed);
        self.failure = Some(failure);
    }

    /// Hands over what was kept back, whichever way the stream ends.
    fn end(&mut self, state: StreamState) {
        self.progress.state = state;
        for (index, mut splitter) in std::mem::take(&mut self.splitters) {
            if splitter.is_holding() {
                self.split.clear();
                splitter.finish(&mut self.split);
                self.deliver_rest(index);
            }
        }
        if self.text.is_holding() && self.mode == Mode::Text {
            self.escape();
        }
    }

    /// Appends content to the text.
    fn say(&mut self, index: u32, body: &str) {
        if self.mode != Mode::Text || index != 0 {
            return;
        }
        if !self.progress.escaped {
            let before = (self.batch.len(), self.text);
            if !self.text.push(body, &mut self.batch) {
                return;
            }
            self.batch.truncate(before.0);
            self.text = before.1;
            self.escape();
        }
        self.batch.push_str(body);
    }

    /// Goes on with the text as JSON, up to the end of the batch.
    fn escape(&mut self) {
        let text = std::mem::take(&mut self.batch);
        self.batch.push('"');
        escape_into(&text, &mut self.batch);
        self.text.take_half(&mut self.batch);
        self.progress.escaped = true;
    }

    /// Delivers what is in `split` as a chunk of its own.
    fn deliver_rest(&mut self, index: u32) {
        let texts = Texts {
            content: non_empty(&self.split.content),
            reasoning: non_empty(&self.split.reasoning),
            ..Texts::default()
        };
        self.completion.add_texts(index, texts);
        let split = std::mem::take(&mut self.split);
        self.say(index, &split.content);
        self.split = split;
        if self.is_json() {
            self.progress.plain = false;
            self.separate();
            self.write_rest(index);
        }
        self.delivered += 1;
        self.progress.events += 1;
    }

    fn write_rest(&mut self, index: u32) {
        let out = &mut self.batch;
        out.push('{');
        for name in &["id", "created", "model"] {
            if let Some(json) = self.completion.field(name) {
                push_all(out, &["\"", name, "\":", &json, ","]);
            }
        }
        out.push_str("\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":");
        write_u32(index, out);
        out.push_str(",\"delta\":{");
        let (name, body) = if self.split.content.is_empty() {
            ("reasoning", &self.split.reasoning)
        } else {
            ("content", &self.split.content)
        };
        push_all(
            out,
            &["\"", name, "\":\"", body, "\"},\"finish_reason\":null}]}"],
        );
    }

    /// Whether it was delivered otherwise than it came.
    fn chunk(&mut self, chunk: &Chunk<'_>) -> bool {
        self.progress.repeatable = false;
        self.progress.plain = false;
        self.delivered += 1;
        self.progress.events += 1;
        if chunk.has_content() {
            self.progress.content = true;
        }
        self.head_is_same = self.completion.add_fields(chunk);
        let long = self.long_content(chunk);
        let is_first = self.batch.is_empty();
        if self.is_json() {
            self.separate();
        }
        // How much of the chunk is in the batch.
        let mut copied = 0;
        let mut changed = false;
        for choice in &chunk.choices {
            if choice.is_whole {
                self.whole(chunk, choice, &mut copied);
                changed = true;
            } else if long.is_some()
                || self.reasoning == Reasoning::Raw
                || !self.reword(chunk, choice, &mut copied)
            {
                let parts = choice.delta.parts.map(|list| Parts::read(list, false));
                let mut texts = Texts::of(&choice.delta).with(parts.as_ref());
                if long.is_some() {
                    texts.content = Some("");
                }
                self.deliver(choice, texts);
            } else {
                changed = true;
            }
        }
        let is_long = long.is_some();
        if let Some((index, range)) = long {
            let body = chunk.raw.get(range.clone()).unwrap_or_default();
            self.progress.apart = match self.mode {
                Mode::Compact => {
                    copied = range.end;
                    let before = chunk.raw.get(..range.start).unwrap_or_default();
                    self.batch.push_str(before);
                    true
                }
                // What comes later in this push stands behind it.
                Mode::Text => {
                    index == 0
                        && is_first
                        && !self.text.is_holding()
                        && !body.as_bytes().contains(&b'\\')
                }
                _ => false,
            };
            if !self.progress.apart {
                self.say(index, body);
            }
            self.buffer = Buffer::Content(index, range);
        }
        if self.is_json() {
            if is_first && copied == 0 && !changed && matches!(self.buffer, Buffer::Free) {
                self.buffer = Buffer::Batch;
                return false;
            }
            let rest = chunk.raw.get(copied..).unwrap_or_default();
            self.batch.push_str(rest);
            if is_long {
                self.batch.push_str(",0");
            }
        }
        changed
    }

    /// Delivers a choice whose reasoning is not where it should be; false if there is nothing to
    /// change.
    fn reword(&mut self, chunk: &Chunk<'_>, choice: &Choice<'_>, copied: &mut usize) -> bool {
        let fields = &choice.delta.reasoning;
        let Some(splitter) = splitter(
            &mut self.splitters,
            self.completion.most.choices,
            choice.index,
        ) else {
            return false;
        };
        let parts = choice.delta.parts.map(|list| Parts::read(list, true));
        let said = match &parts {
            Some(parts) => parts.content.as_deref(),
            None => fields.content,
        };
        let body = said.unwrap_or_default();
        if parts.is_none() && fields.are_plain() && splitter.passes(body) {
            return false;
        }
        let mut split = std::mem::take(&mut self.split);
        split.clear();
        splitter.push(body, &mut split);
        if choice.finish_reason.is_some() || choice.delta.has_other_content() {
            splitter.finish(&mut split);
        }
        let changed = parts.is_some()
            || split.content != body
            || !split.reasoning.is_empty()
            || !fields.are_plain();
        if changed {
            let reasoning = fields.all(parts.as_ref(), &split);
            let others = parts.as_ref().map_or(&[][..], |parts| &parts.others);
            let reasoning = non_empty(&reasoning);
            let content = non_empty(&split.content);
            // Content that is kept back leaves an empty string, content that moved leaves nothing.
            let left = said.filter(|_| reasoning.is_none()).map(|_| "");
            // With parts that are no text the list stays as it came.
            if self.is_json() && others.is_empty() {
                self.splice(chunk, choice, content.or(left), reasoning, copied);
            }
            let texts = Texts {
                content: content.or(said.map(|_| "")),
                reasoning,
                reasoning_content: None,
                parts: others,
                in_place: split.content == body,
            };
            self.deliver(choice, texts);
        }
        self.split = split;
        changed
    }

    /// Delivers a choice that has a message instead of a delta: what is new by it.
    fn whole(&mut self, chunk: &Chunk<'_>, choice: &Choice<'_>, copied: &mut usize) {
        let parsed = self.reasoning == Reasoning::Parsed;
        let parts = choice.delta.parts.map(|list| Parts::read(list, parsed));
        let mut texts = Texts::of(&choice.delta).with(parts.as_ref());
        let mut split = SplitText::default();
        let reasoning;
        if parsed {
            let mut tags = Splitter::default();
            tags.push(texts.content.unwrap_or_default(), &mut split);
            tags.finish(&mut split);
            reasoning = choice.delta.reasoning.all(parts.as_ref(), &split);
            texts = Texts {
                in_place: texts.content == Some(&split.content),
                content: texts.content.map(|_| split.content.as_str()),
                reasoning: non_empty(&reasoning),
                reasoning_content: None,
                ..texts
            };
            // What was kept back stands in the whole.
            let answers = !split.content.is_empty();
            if let Some(splitter) = splitter(
                &mut self.splitters,
                self.completion.most.choices,
                choice.index,
            )
            .filter(|_| answers)
            {
                *splitter = Splitter::in_prose();
            }
        }
        let mut delta = String::new();
        let content = self.completion.add_whole(choice, texts, &mut delta);
        self.say(choice.index, &content);
        let place = choice.value.map(|value| value.span_in(chunk.raw));
        let place = place.unwrap_or_default();
        if self.is_json() && parsed {
            let before = chunk.raw.get(*copied..place.start);
            self.batch.push_str(before.unwrap_or_default());
            self.batch.push_str(&delta);
            *copied = place.end;
        }
    }

    /// Appends the chunk from where it was copied to, up to the end of this choice's delta, with
    /// a delta that says `content` and `reasoning`.
    fn splice(
        &mut self,
        chunk: &Chunk<'_>,
        choice: &Choice<'_>,
        content: Option<&str>,
        reasoning: Option<&str>,
        copied: &mut usize,
    ) {
        let out = &mut self.batch;
        let delta = choice.delta.value;
        // Without a delta the choice has a finish reason at least, so that a comma is right.
        let start = choice.value.map_or(0, |it| it.span_in(chunk.raw).start) + 1;
        let place = delta.map_or(start..start, |delta| delta.span_in(chunk.raw));
        out.push_str(chunk.raw.get(*copied..place.start).unwrap_or_default());
        *copied = place.end;
        if delta.is_none() {
            out.push_str("\"delta\":");
        }
        write_message(delta, content.map(NewContent::Text), reasoning, out);
        if delta.is_none() {
            out.push(',');
        }
    }

    /// Adds a choice to the completion, and its content to the text.
    fn deliver(&mut self, choice: &Choice<'_>, texts: Texts<'_>) {
        self.completion.add_choice(choice, texts);
        self.say(choice.index, texts.content.unwrap_or_default());
    }

    /// A bracket or a comma in front of the next chunk.
    fn separate(&mut self) {
        self.batch
            .push(if self.batch.is_empty() { '[' } else { ',' });
    }
}

/// The last chunk, where the next one may be the same but for its content.
#[derive(Debug, Default)]
struct Model {
    /// Its data up to the content, behind the quote; empty without a model.
    before: String,
    /// Its data from behind the content, with the quote.
    after: String,
    index: u32,
    /// How many models in a row had no chunk like them.
    misses: u32,
}

/// The content of a chunk that is like the model.
#[derive(Clone, Copy)]
struct Content<'a> {
    /// With its quotes: one copy is quicker than three.
    quoted: &'a str,
    is_escaped: bool,
}

impl Model {
    fn clear(&mut self) {
        self.before.clear();
    }

    /// Of data that is a chunk like the model.
    fn of<'a>(&self, data: &'a [u8]) -> Option<Content<'a>> {
        let (content, rest) = self.read(data)?;
        rest.is_empty().then_some(content)
    }

    /// Of an event with such data that `input` starts with, and how long that is.
    fn at_start<'a>(&self, input: &'a [u8]) -> Option<(Content<'a>, usize)> {
        let (content, rest) = self.read(input.strip_prefix(b"data: ")?)?;
        let rest = rest.strip_prefix(b"\n\n")?;
        Some((content, input.len() - rest.len()))
    }

    /// Of what starts with such data, and what stands behind it.
    fn read<'a>(&self, input: &'a [u8]) -> Option<(Content<'a>, &'a [u8])> {
        if self.before.is_empty() || !starts_with(input, self.before.as_bytes()) {
            return None;
        }
        let start = self.before.len();
        let (end, is_escaped) = string_end(input.get(start..)?, 0).ok()?;
        let rest = input.get(start + end..)?;
        if !starts_with(rest, self.after.as_bytes()) {
            return None;
        }
        let quoted = input.get(start - 1..=start + end)?;
        let quoted = std::str::from_utf8(quoted).ok()?;
        let content = Content { quoted, is_escaped };
        Some((content, rest.get(self.after.len()..)?))
    }

    /// Makes a chunk the model if to take it twice is to take it once, but for its content, and
    /// if that content stands in `choices[0].delta` with nothing nested beside it.
    fn set(&mut self, chunk: &Chunk<'_>) -> bool {
        const LONGEST: usize = 2048;
        // Some servers put something new into every chunk.
        const MOST_MISSES: u32 = 16;
        let [choice] = chunk.choices.as_slice() else {
            return false;
        };
        let (Some(delta), Some(content)) = (choice.delta.value, Texts::of(&choice.delta).content)
        else {
            return false;
        };
        let once = choice.finish_reason.is_none()
            && choice.logprobs.is_none()
            && choice.delta.is_text_alone()
            && chunk.elements == 1;
        if !once || chunk.raw.len() > LONGEST || self.misses >= MOST_MISSES {
            return false;
        }
        let raw = chunk.raw;
        let start = (content.as_ptr() as usize).wrapping_sub(raw.as_ptr() as usize);
        let (Some(before), Some(after)) = (raw.get(..start), raw.get(start + content.len()..))
        else {
            return false;
        };
        let named = raw.get(..delta.span_in(raw).start).unwrap_or_default();
        // The chunk itself, the list of choices, the choice, the delta, and nothing else; more
        // of them in strings do no harm.
        let opened = |part: &str| {
            let mut count = 0;
            for byte in part.as_bytes() {
                // `[` and `{` differ in one bit.
                count += u32::from(byte | 0x20 == b'{');
            }
            count
        };
        if !named.ends_with("\"delta\":") || opened(before) + opened(after) != 4 {
            return false;
        }
        self.before.push_str(before);
        self.after.clear();
        self.after.push_str(after);
        self.index = choice.index;
        self.misses += 1;
        true
    }
}

/// There is one for each choice that the completion takes.
fn splitter(
    splitters: &mut Vec<(u32, Splitter)>,
    most: usize,
    index: u32,
) -> Option<&mut Splitter> {
    let found = splitters.iter().position(|(of, _)| *of == index);
    if found.is_none() && splitters.len() < most {
        splitters.push((index, Splitter::default()));
    }
    let at = found.or_else(|| splitters.len().checked_sub(1))?;
    splitters
        .get_mut(at)
        .filter(|(of, _)| *of == index)
        .map(|(_, splitter)| splitter)
}

/// `error`, and the names AWS gives to exceptions in streams.
fn is_error_name(name: &[u8]) -> bool {
    name == b"error" || name.ends_with(b"Exception")
}

fn non_empty(body: &str) -> Option<&str> {
    Some(body).filter(|body| !body.is_empty())
}
