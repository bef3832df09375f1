//! One event's data → what the client must know of it.
//!
//! ```
//! use bedrock_chat_core::chunk::Chunk;
//!
//! let chunk = Chunk::read(r#"{"choices":[{"index":0,"delta":{"content":"Hi"}}],"x":1}"#)?;
//! assert!(!chunk.is_error() && chunk.has_content());
//! assert_eq!(chunk.choices[0].delta.reasoning.content, Some("Hi"));
//! assert_eq!(chunk.field("x").map(|x| x.raw()), Some("1"));
//! # Ok::<(), bedrock_chat_core::json::Malformed>(())
//! ```
//!
//! The data is checked and searched in one pass. What is missing, null or of another type than
//! it should be is treated as absent; nothing is ever refused but what is not a JSON object.

use crate::body::{is_error, is_failure};
use crate::guardrail::Stop;
use crate::json::{Key, Kind, Malformed, Member, Place, Reader, Value};
use crate::reasoning::{Parts, ReasoningFields};

/// Most choices of a chunk that are read, which are as many as `limits.choices` can be. The others
/// are checked, and delivered as they are.
pub const MAX_CHOICES: usize = 256;

/// Most members of an object that are kept beside those that are known: a few bytes of an event
/// must not become many in memory.
pub const MAX_MEMBERS: usize = 128;

/// What of an answer tells of a guardrail.
pub(crate) const ACTION: &str = "amazon-bedrock-guardrailAction";
pub(crate) const TRACE: &str = "amazon-bedrock-trace";

/// A chunk of a streamed completion, or an error that came in its place.
#[derive(Debug)]
pub struct Chunk<'a> {
    /// The event's data, trimmed.
    pub raw: &'a str,
    /// The data up to the value of `choices`; empty without `choices`.
    pub head: &'a str,
    /// How many of `fields` stand in the head; `None` if it was known and not read again.
    pub head_fields: Option<usize>,
    /// All members but `choices` and those of a head that was known, in their order. Of repeated
    /// keys the last counts, but one in the head and one behind it are two.
    pub fields: Vec<Member<'a>>,
    /// The elements of `choices` that are objects.
    pub choices: Vec<Choice<'a>>,
    /// Whether `choices` is an array.
    pub has_choices: bool,
    /// How many elements it has, objects or not.
    pub elements: u32,
    /// What it says of a guardrail beside its choices.
    pub stop: Stop,
}

/// One element of `choices`.
#[derive(Debug, Default)]
pub struct Choice<'a> {
    /// `index`; the place in the array if that is missing, or no integer from 0 to 2³² − 1.
    pub index: u32,
    /// The choice itself; its span counts from the start of [`Chunk::raw`].
    pub value: Option<Value<'a>>,
    /// `delta`, or `message` where that adds nothing.
    pub delta: Delta<'a>,
    /// Whether it is `message`, which is the whole as a rule: see [`Completion::add_whole`].
    ///
    /// [`Completion::add_whole`]: crate::completion::Completion::add_whole
    pub is_whole: bool,
    /// `finish_reason`, if it is a string that is not empty.
    pub finish_reason: Option<Value<'a>>,
    /// What stopped it, by any `finish_reason`.
    pub stop: Stop,
    /// `logprobs`, if it is an object.
    pub logprobs: Option<Value<'a>>,
    /// Whether it is no answer but an error: by an `error` of its own, or its `finish_reason`.
    pub has_failed: bool,
    /// The other members.
    pub others: Vec<Member<'a>>,
}

/// What a chunk adds to a message.
#[derive(Debug, Default)]
pub struct Delta<'a> {
    /// The whole object, or what stands in its place; `None` if it is missing.
    pub value: Option<Value<'a>>,
    /// `content` and whatever the model's reasoning came in.
    pub reasoning: ReasoningFields<'a>,
    /// `content`, if it is a list of parts.
    pub parts: Option<Value<'a>>,
    /// `role`, if it is a string that is not empty.
    pub role: Option<Value<'a>>,
    /// `refusal`, if it is a string.
    pub refusal: Option<&'a str>,
    /// `tool_calls`, if it is an array.
    pub tool_calls: Option<Value<'a>>,
    /// `function_call`, if it is an object.
    pub function_call: Option<Value<'a>>,
    /// The other members, and those above that are of another type, but for null.
    pub others: Vec<Member<'a>>,
}

impl<'a> Chunk<'a> {
    /// Checks and reads the data of an event.
    ///
    /// # Errors
    /// [`Malformed`] if it is not one complete JSON object.
    pub fn read(data: &'a str) -> Result<Self, Malformed> {
        Self::read_knowing(data, "")
    }

    /// The same, where `head` is the [`Chunk::head`] of another chunk. All chunks of a stream
    /// start alike as a rule (`id`, `created`, `model` …); what is known is neither checked nor
    /// read again, which is most of the work.
    ///
    /// # Errors
    /// As [`Chunk::read`].
    pub fn read_knowing(data: &'a str, head: &str) -> Result<Self, Malformed> {
        let mut chunk = Chunk {
            raw: data,
            head: "",
            head_fields: Some(0),
            fields: Vec::new(),
            choices: Vec::new(),
            has_choices: false,
            elements: 0,
            stop: Stop::Other,
        };
        let mut reader = Reader::new(data);
        let mut place = Place::Later;
        if !head.is_empty() && reader.skip(head) {
            chunk.head = data.get(..head.len()).unwrap_or_default();
            chunk.head_fields = None;
            chunk.read_choices(&mut reader)?;
        } else {
            let start = reader.position();
            place = reader.enter_object();
            if place == Place::Outside {
                return Err(Malformed { at: start });
            }
        }
        while let Some(key) = reader.next_key(&mut place)? {
            if key.is("choices") {
                if chunk.head.is_empty() {
                    chunk.head = data.get(..reader.position()).unwrap_or_default();
                    chunk.head_fields = Some(chunk.fields.len());
                }
                chunk.read_choices(&mut reader)?;
            } else {
                let value = reader.value()?;
                // Not those of the head: whoever skips it has to know what is behind it.
                let from = chunk.head_fields.unwrap_or_default();
                if key.is(ACTION) {
                    chunk.stop = chunk.stop.max(Stop::of_action(value));
                }
                keep(&mut chunk.fields, from, key, value);
            }
        }
        reader.end()?;
        if chunk.head_fields.is_none() && !chunk.has_choices {
            // Without choices it may be an error, and what says so may be in the head.
            return Self::read(data);
        }
        Ok(chunk)
    }

    fn read_choices(&mut self, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        // Of repeated keys the last counts.
        self.choices.clear();
        let mut place = reader.enter_array();
        self.has_choices = place != Place::Outside;
        if !self.has_choices {
            reader.value()?;
        }
        let mut at = 0;
        while reader.next_element(&mut place)? {
            if self.choices.len() < MAX_CHOICES {
                self.read_choice(at, reader)?;
            } else {
                reader.value()?;
            }
            at += 1;
        }
        self.elements = at;
        Ok(())
    }

    fn read_choice(&mut self, at: u32, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        // Read where it stays: it is too large to be passed on.
        self.choices.push(Choice {
            index: at,
            ..Choice::default()
        });
        let is_object = match self.choices.last_mut() {
            Some(choice) => choice.read(reader)?,
            None => true,
        };
        if !is_object {
            self.choices.pop();
        }
        Ok(())
    }

    /// A member of the chunk itself that is neither missing nor null.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Value<'a>> {
        let named = self.fields.iter().rev().find(|field| field.key.is(name))?;
        Some(named.value).filter(|value| !value.is_null())
    }

    /// Whether it is an error: an `error` that JavaScript would call true, or, without
    /// `choices`, one of the shapes of AWS and of proxies (`__type`, `message`, `Message`,
    /// `detail`, `Output.__type`).
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.field("error").is_some_and(is_error) || self.is_foreign()
    }

    /// Whether a choice is an error, maybe behind a last piece of its answer.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.choices.iter().any(|choice| choice.has_failed)
    }

    fn is_foreign(&self) -> bool {
        const NAMES: [&str; 4] = ["__type", "message", "Message", "detail"];
        !self.has_choices
            && (NAMES.iter().any(|name| self.field(name).is_some())
                || self
                    .field("Output")
                    .is_some_and(|output| output.get("__type").is_some()))
    }

    /// Whether it carries a part of an answer: text, reasoning, a refusal or a call. A role
    /// alone, a finish reason or a usage is none.
    #[must_use]
    pub fn has_content(&self) -> bool {
        self.choices.iter().any(|choice| choice.delta.has_content())
    }
}

impl<'a> Choice<'a> {
    /// False for an element that is no object.
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<bool, Malformed> {
        let start = reader.position();
        let mut place = reader.enter_object();
        if place == Place::Outside {
            reader.value()?;
            return Ok(false);
        }
        let mut message = None;
        while let Some(key) = reader.next_key(&mut place)? {
            if key.is("delta") {
                self.delta = Delta::default();
                self.delta.read(reader)?;
                continue;
            }
            let value = reader.value()?;
            if key.is("index") {
                self.index = value.as_index().unwrap_or(self.index);
            } else if key.is("finish_reason") {
                self.finish_reason = non_empty(value);
                // In nearly every chunk it is null.
                if !value.is_null() {
                    self.stop = self.stop.max(Stop::of(value));
                    self.has_failed |= is_failure(value);
                }
            } else if key.is("logprobs") {
                self.logprobs = of_kind(value, Kind::Object);
            } else if key.is("message") {
                message = of_kind(value, Kind::Object);
            } else {
                self.has_failed |= key.is("error") && is_error(value);
                keep(&mut self.others, 0, key, value);
            }
        }
        self.value = Some(reader.since(start));
        if let Some(message) = message
            && !self.delta.has_content()
        {
            self.delta = Delta::default();
            self.delta.read(&mut Reader::new(message.raw()))?;
            self.is_whole = true;
        }
        Ok(true)
    }
}

impl<'a> Delta<'a> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        let start = reader.position();
        let mut place = reader.enter_object();
        if place == Place::Outside {
            reader.value()?;
        }
        while let Some(key) = reader.next_key(&mut place)? {
            let value = reader.value()?;
            self.take(key, value);
        }
        self.value = Some(reader.since(start));
        Ok(())
    }

    fn take(&mut self, key: Key<'a>, value: Value<'a>) {
        let known = if key.is("content") {
            self.reasoning.content = value.string_body();
            self.parts = of_kind(value, Kind::Array);
            self.reasoning.content.is_some() || self.parts.is_some()
        } else if key.is("role") {
            self.role = non_empty(value);
            self.role.is_some()
        } else if key.is("refusal") {
            self.refusal = value.string_body();
            self.refusal.is_some()
        } else if key.is("tool_calls") {
            self.tool_calls = of_kind(value, Kind::Array);
            self.tool_calls.is_some()
        } else if key.is("function_call") {
            self.function_call = of_kind(value, Kind::Object);
            self.function_call.is_some()
        } else if self.reasoning.take(key, value) {
            true
        } else {
            keep(&mut self.others, 0, key, value);
            return;
        };
        if !known && !value.is_null() {
            keep(&mut self.others, 0, key, value);
        }
    }

    /// See [`Chunk::has_content`].
    #[must_use]
    pub fn has_content(&self) -> bool {
        let texts = [self.reasoning.content, self.reasoning.text()];
        texts
            .iter()
            .any(|text| text.is_some_and(|body| !body.is_empty()))
            || self.has_other_content()
            || self
                .parts
                .is_some_and(|list| Parts::read(list, true).say_something())
    }

    /// Whether content is all that it adds to a message each time that it comes.
    pub(crate) fn is_text_alone(&self) -> bool {
        let reasoning = [self.reasoning.reasoning, self.reasoning.reasoning_content];
        self.refusal.is_none()
            && self.tool_calls.is_none()
            && self.function_call.is_none()
            && reasoning.iter().all(Option::is_none)
            && self.reasoning.are_plain()
            && self
                .others
                .iter()
                .all(|Member { key, value }| value.kind() != Kind::String || is_label(key.body()))
    }

    /// Whether it carries a refusal or a call.
    #[must_use]
    pub fn has_other_content(&self) -> bool {
        self.refusal.is_some_and(|body| !body.is_empty())
            || self.function_call.is_some()
            || self.tool_calls.is_some_and(|calls| !is_empty_array(calls))
    }
}

/// Whether a member says what a guardrail did: no number of others may hide it.
#[must_use]
pub fn is_of_guardrail(name: Key<'_>) -> bool {
    name.is(ACTION) || name.is(TRACE)
}

/// Whether texts of this name are given whole each time: they name something, or sign it.
pub(crate) fn is_label(name: &str) -> bool {
    const LABELS: [&[u8]; 14] = [
        b"id",
        b"index",
        b"type",
        b"name",
        b"role",
        b"format",
        b"status",
        b"object",
        b"model",
        b"signature",
        b"channel",
        b"phase",
        b"provider",
        b"reason",
    ];
    let last_word = name.as_bytes().rsplit(|byte| *byte == b'_').next();
    last_word.is_some_and(|word| LABELS.contains(&word))
}

/// Keeps a member. Of repeated keys, from that place on, the last counts.
fn keep<'a>(members: &mut Vec<Member<'a>>, from: usize, key: Key<'a>, value: Value<'a>) {
    let mut later = members.iter_mut().skip(from);
    if let Some(same) = later.find(|member| member.key.same_as(key)) {
        same.value = value;
    } else if members.len() < MAX_MEMBERS || is_of_guardrail(key) {
        members.push(Member { key, value });
    }
}

fn is_empty_array(value: Value<'_>) -> bool {
    let inside = value.raw().as_bytes().get(1..).unwrap_or_default();
    inside.trim_ascii_start().first() == Some(&b']')
}

fn non_empty(value: Value<'_>) -> Option<Value<'_>> {
    Some(value).filter(|value| value.string_body().is_some_and(|body| !body.is_empty()))
}

fn of_kind(value: Value<'_>, kind: Kind) -> Option<Value<'_>> {
    Some(value).filter(|value| value.kind() == kind)
}
