//! Bytes → events, by the rules of the WHATWG (HTML §9.2.5 and §9.2.6).
//!
//! ```
//! use bedrock_chat_core::sse::Sse;
//!
//! let mut sse = Sse::new();
//! let mut read: &[u8] = b": hello\n\ndata: {\"a\":\ndata: 1}\n\ndata: cut o";
//! let event = sse.next(&mut read)?.ok_or("no event")?;
//! assert_eq!(event.text(), "{\"a\":\n1}");
//! assert!(sse.next(&mut read)?.is_none()); // the rest waits for more bytes
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An event whose one `data` line lies whole in a read is a slice of that read. Anything else is
//! put together: each byte is looked at once, in however many pieces it comes.

use std::borrow::Cow;
use std::fmt;

use crate::json::run_of_text;
use crate::text::decode;

/// Most bytes that the data of one event may have: 64 MiB. Beyond it the stream is refused, so
/// that a server cannot fill the memory with a line that never ends.
pub const MAX_EVENT: usize = 64 << 20;

/// Buffers that grew beyond this many bytes are given back after the event.
const KEPT_CAPACITY: usize = 64 << 10;

/// An event has more than [`MAX_EVENT`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event of the stream is too large")
    }
}

impl std::error::Error for TooLarge {}

/// One dispatched event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerSentEvent<'a> {
    /// The `event` field; empty if there was none.
    pub name: &'a [u8],
    /// The `data` lines joined by LF, not yet decoded.
    pub data: &'a [u8],
    /// Whether that is no slice of a read: see [`Sse::take_data`].
    pub(crate) is_kept: bool,
}

impl<'a> ServerSentEvent<'a> {
    pub(crate) const fn new(name: &'a [u8], data: &'a [u8]) -> Self {
        ServerSentEvent {
            name,
            data,
            is_kept: false,
        }
    }

    /// The data as text, with U+FFFD for what is not UTF-8. To decode an event at a time is the
    /// same as to decode the stream: no byte of a multi-byte character is a line end or a colon.
    #[must_use]
    pub fn text(&self) -> Cow<'a, str> {
        decode(self.data)
    }

    /// The name as text, likewise.
    #[must_use]
    pub fn name(&self) -> Cow<'a, str> {
        decode(self.name)
    }
}

/// What is kept of a stream between two reads.
#[derive(Debug)]
pub struct Sse {
    max: usize,
    /// The start of a line whose end has not come. One that is long has the end of the memory to
    /// itself as a rule, and grows where it is.
    line: Vec<u8>,
    /// That line cannot matter, so nothing of it is kept.
    ignored: bool,
    first_line: bool,
    /// The last line ended in CR: an LF right after it belongs to the same line end.
    after_cr: bool,
    /// The `data` lines of the event so far, from `data_start` on.
    data: Vec<u8>,
    data_start: usize,
    /// Whether there was a `data` line at all: one empty line is an event with empty data.
    has_data: bool,
    name: Vec<u8>,
    /// The event was handed out: what is kept of it is to be cleared.
    dispatched: bool,
}

impl Default for Sse {
    fn default() -> Self {
        Self::new()
    }
}

impl Sse {
    /// The start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_max(MAX_EVENT)
    }

    /// With another limit than [`MAX_EVENT`], in bytes.
    #[must_use]
    pub const fn with_max(max: usize) -> Self {
        Sse {
            max,
            line: Vec::new(),
            ignored: false,
            first_line: true,
            after_cr: false,
            data: Vec::new(),
            data_start: 0,
            has_data: false,
            name: Vec::new(),
            dispatched: false,
        }
    }

    /// Takes bytes off the front of `input`, up to the next event or to the end.
    ///
    /// # Errors
    /// [`TooLarge`]; the stream cannot be read on.
    pub fn next<'e, 'b: 'e>(
        &'e mut self,
        input: &mut &'b [u8],
    ) -> Result<Option<ServerSentEvent<'e>>, TooLarge> {
        self.forget_dispatched();
        // The only `data` line so far, if it lies whole in this read.
        let mut whole: Option<&'b [u8]> = None;
        loop {
            self.skip_line_feed(input);
            let Some(end) = line_end(input) else {
                if let Some(data) = whole {
                    self.append_data(data)?;
                }
                let rest = std::mem::take(input);
                return self.keep(rest).map(|()| None);
            };
            let (line, rest) = input.split_at_checked(end).unwrap_or((input, &[]));
            self.after_cr = rest.first() == Some(&b'\r');
            *input = rest.get(1..).unwrap_or_default();

            if self.line.is_empty() && !self.ignored {
                if line.is_empty() {
                    if whole.is_some() || self.has_data {
                        self.dispatched = true;
                        let data = whole.unwrap_or_else(|| self.data());
                        return Ok(Some(ServerSentEvent {
                            is_kept: whole.is_none(),
                            ..ServerSentEvent::new(&self.name, data)
                        }));
                    }
                    // §9.2.6: without data, the event's name is forgotten too.
                    self.name.clear();
                    self.first_line = false;
                    continue;
                }
                if line.len() > self.max && may_matter(line) {
                    return Err(TooLarge);
                }
                match self.field(line) {
                    LineField::Data(value) if whole.is_none() && !self.has_data => {
                        whole = Some(value)
                    }
                    LineField::Data(value) => {
                        if let Some(first) = whole.take() {
                            self.append_data(first)?;
                        }
                        self.append_data(value)?;
                    }
                    LineField::Name(value) => self.set_name(value),
                    LineField::Other => {}
                }
            } else {
                if let Some(first) = whole.take() {
                    self.append_data(first)?;
                }
                self.keep(line)?;
                self.kept_line()?;
            }
        }
    }

    /// The end of the stream: what an event would be had its last line and itself been ended.
    /// By the rules it is none; the caller may know better. Nothing may be read afterwards.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn finish(&mut self) -> Result<Option<ServerSentEvent<'_>>, TooLarge> {
        self.forget_dispatched();
        self.kept_line()?;
        self.dispatched = true;
        Ok(self
            .has_data
            .then(|| ServerSentEvent::new(&self.name, self.data())))
    }

    /// Whether a `data` line of so many bytes that comes next is the first line of its event.
    pub(crate) fn starts(&mut self, length: usize) -> bool {
        self.forget_dispatched();
        let is_between = self.line.is_empty() && !self.ignored;
        is_between && !self.has_data && self.name.is_empty() && length <= self.max
    }

    /// Bytes of an event that has not ended.
    #[must_use]
    pub const fn pending(&self) -> usize {
        self.line.len() + self.data.len()
    }

    /// Gives away what the event lies in that was handed out last, if that was kept, and where its
    /// data starts in that.
    pub(crate) fn take_data(&mut self) -> (Vec<u8>, usize) {
        (
            std::mem::take(&mut self.data),
            std::mem::take(&mut self.data_start),
        )
    }

    fn forget_dispatched(&mut self) {
        if self.dispatched {
            self.dispatched = false;
            self.has_data = false;
            self.data_start = 0;
            clear(&mut self.data);
            clear(&mut self.name);
        }
    }

    fn skip_line_feed(&mut self, input: &mut &[u8]) {
        if self.after_cr
            && let Some((first, rest)) = input.split_first()
        {
            self.after_cr = false;
            if *first == b'\n' {
                *input = rest;
            }
        }
    }

    /// Keeps a piece of a line, unless the line is known not to matter: comments and most other
    /// fields need no memory.
    fn keep(&mut self, piece: &[u8]) -> Result<(), TooLarge> {
        if self.line.is_empty() && !piece.is_empty() {
            self.ignored |= !may_matter(piece);
        }
        if self.ignored || piece.is_empty() {
            return Ok(());
        }
        self.line.extend_from_slice(piece);
        if self.line.len() > self.max {
            return Err(TooLarge);
        }
        Ok(())
    }

    /// The line that was kept has ended.
    fn kept_line(&mut self) -> Result<(), TooLarge> {
        self.ignored = false;
        let mut line = std::mem::take(&mut self.line);
        match self.field(&line) {
            LineField::Data(value) if !self.has_data => {
                // A long line becomes the data as it is, and is not copied again.
                self.data_start = line.len() - value.len();
                self.has_data = true;
                std::mem::swap(&mut self.data, &mut line);
            }
            LineField::Data(value) => self.append_data(value)?,
            LineField::Name(value) => self.set_name(value),
            LineField::Other => {}
        }
        clear(&mut line);
        self.line = line;
        Ok(())
    }

    fn append_data(&mut self, value: &[u8]) -> Result<(), TooLarge> {
        if self.has_data {
            self.data.push(b'\n');
        }
        self.has_data = true;
        self.data.extend_from_slice(value);
        if self.data().len() > self.max {
            return Err(TooLarge);
        }
        Ok(())
    }

    fn data(&self) -> &[u8] {
        self.data.get(self.data_start..).unwrap_or_default()
    }

    fn set_name(&mut self, value: &[u8]) {
        self.name.clear();
        self.name.extend_from_slice(value);
    }

    /// §9.2.6, the steps for a line that is not empty. `id` and `retry` are for clients that
    /// reconnect.
    fn field<'l>(&mut self, line: &'l [u8]) -> LineField<'l> {
        let mut line = line;
        if std::mem::take(&mut self.first_line) {
            // A second mark would be a part of the field's name.
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if let Some(value) = value_of(line, b"data") {
            LineField::Data(value)
        } else if let Some(value) = value_of(line, b"event") {
            LineField::Name(value)
        } else {
            LineField::Other
        }
    }
}

enum LineField<'l> {
    Data(&'l [u8]),
    Name(&'l [u8]),
    Other,
}

/// Whether a line that starts like this can be `data` or `event`, or one of them behind a byte
/// order mark.
const fn may_matter(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'd' | b'e' | 0xef))
}

/// The value of `line` if its field is called `name`: the rest after a colon and one space, or
/// nothing if there is no colon.
fn value_of<'l>(line: &'l [u8], name: &[u8]) -> Option<&'l [u8]> {
    match line.strip_prefix(name)?.split_first() {
        None => Some(&[]),
        Some((b':', value)) => Some(value.strip_prefix(b" ").unwrap_or(value)),
        Some(_) => None,
    }
}

/// Where the first LF or CR stands.
fn line_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += run_of_text(bytes.get(at..)?);
        if matches!(bytes.get(at)?, b'\n' | b'\r') {
            return Some(at);
        }
        at += 1;
    }
}

fn clear(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_CAPACITY {
        *buffer = Vec::new();
    } else {
        buffer.clear();
    }
}
