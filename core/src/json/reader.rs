//! Reading JSON front to back, and checking it on the way.

use super::text::string_end;
use super::value::{Key, Malformed, Value};
use super::work;
use crate::text::starts_with;

/// Where a [`Reader`] is in a container that it entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before its first value, or its end.
    First,
    /// Behind one of its values.
    Later,
    /// It was closed, or was no such container.
    Outside,
}

/// Reads JSON front to back and checks it on the way, so that a caller who knows the shape
/// checks and finds in one pass.
///
/// ```
/// use bedrock_chat_core::json::{Malformed, Reader};
///
/// let mut reader = Reader::new(r#"{"a":[1,2],"b":3}"#);
/// let mut place = reader.enter_object();
/// let mut b = None;
/// while let Some(key) = reader.next_key(&mut place)? {
///     let value = reader.value()?;
///     if key.is("b") {
///         b = value.as_u32();
///     }
/// }
/// reader.end()?;
/// assert_eq!(b, Some(3));
/// # Ok::<(), Malformed>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `text`.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Reader { text, at: 0 }
    }

    /// All of the text.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// Steps over `known`, which the caller knows to be JSON as far as it goes, if it comes next.
    pub fn skip(&mut self, known: &str) -> bool {
        let found = starts_with(self.rest(), known.as_bytes());
        if found {
            self.at += known.len();
        }
        found
    }

    /// Where the next value starts.
    pub fn position(&mut self) -> usize {
        self.skip_space();
        self.at
    }

    /// What was read since a [`Reader::position`] at which a value started, now behind its end.
    #[must_use]
    pub fn since(&self, start: usize) -> Value<'a> {
        Value(self.slice_from(start))
    }

    /// Steps into an object if one comes next. The answer goes to [`Reader::next_key`].
    pub fn enter_object(&mut self) -> Place {
        self.enter(b'{')
    }

    /// Steps into an array if one comes next. The answer goes to [`Reader::next_element`].
    pub fn enter_array(&mut self) -> Place {
        self.enter(b'[')
    }

    /// The next key of the object that was entered, with the value still to be read; `None` once
    /// it is closed. The value must be read before the next key.
    ///
    /// # Errors
    /// [`Malformed`] if neither a member nor the end of the object comes next.
    pub fn next_key(&mut self, place: &mut Place) -> Result<Option<Key<'a>>, Malformed> {
        if self.next_in(place, b'}')? {
            self.key().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Whether the array that was entered has another element, which must be read before the
    /// next call.
    ///
    /// # Errors
    /// [`Malformed`] if neither an element nor the end of the array comes next.
    pub fn next_element(&mut self, place: &mut Place) -> Result<bool, Malformed> {
        self.next_in(place, b']')
    }

    /// Checks that nothing but whitespace is left.
    ///
    /// # Errors
    /// [`Malformed`] if there is.
    pub fn end(&mut self) -> Result<(), Malformed> {
        self.skip_space();
        if self.at == self.text.len() {
            Ok(())
        } else {
            self.malformed()
        }
    }

    /// Checks the next value whole and steps over it.
    ///
    /// # Errors
    /// [`Malformed`] if what comes next is no value.
    pub fn value(&mut self) -> Result<Value<'a>, Malformed> {
        self.skip_space();
        let start = self.at;
        let mut nesting = Nesting::default();
        loop {
            if self.opens(&mut nesting)? {
                continue;
            }
            // A value is complete; close what it completes, up to the next one.
            loop {
                let Some(object) = nesting.innermost() else {
                    work::count(self.at - start);
                    return Ok(self.since(start));
                };
                self.skip_space();
                let byte = self.peek();
                if byte == b',' {
                    self.at += 1;
                    if object {
                        self.key()?;
                    }
                    break;
                }
                if byte != if object { b'}' } else { b']' } {
                    return self.malformed();
                }
                self.at += 1;
                nesting.leave();
            }
        }
    }

    /// Steps over a scalar or an empty container (false), or into a container (true), up to the
    /// place of its first value.
    fn opens(&mut self, nesting: &mut Nesting) -> Result<bool, Malformed> {
        self.skip_space();
        let byte = self.peek();
        match byte {
            b'"' => {
                self.string()?;
            }
            b'{' | b'[' => {
                let object = byte == b'{';
                self.at += 1;
                self.skip_space();
                // `]` and `}` are two behind their brackets.
                if self.peek() != byte + 2 {
                    nesting.enter(object);
                    if object {
                        self.key()?;
                    }
                    return Ok(true);
                }
                self.at += 1;
            }
            b't' | b'f' | b'n' => self.literal(match byte {
                b't' => "true",
                b'f' => "false",
                _ => "null",
            })?,
            _ => self.number()?,
        }
        Ok(false)
    }

    fn enter(&mut self, bracket: u8) -> Place {
        self.skip_space();
        if self.eat(bracket) {
            Place::First
        } else {
            Place::Outside
        }
    }

    fn next_in(&mut self, place: &mut Place, bracket: u8) -> Result<bool, Malformed> {
        if *place == Place::Outside {
            return Ok(false);
        }
        self.skip_space();
        if self.eat(bracket) {
            *place = Place::Outside;
            return Ok(false);
        }
        // No `[1,]` gets through: after a comma the caller reads a value, and `]` is none.
        if *place == Place::Later && !self.eat(b',') {
            return self.malformed();
        }
        *place = Place::Later;
        Ok(true)
    }

    /// A key and its colon.
    fn key(&mut self) -> Result<Key<'a>, Malformed> {
        self.skip_space();
        if self.peek() != b'"' {
            return self.malformed();
        }
        let key = self.string()?;
        self.skip_space();
        if self.eat(b':') {
            Ok(key)
        } else {
            self.malformed()
        }
    }

    /// A string whose opening quote comes next: what stands between its quotes.
    fn string(&mut self) -> Result<Key<'a>, Malformed> {
        let start = self.at + 1;
        match string_end(self.text.as_bytes(), start) {
            Ok((end, escaped)) => {
                self.at = end;
                let body = self.slice_from(start);
                self.at += 1;
                Ok(Key { body, escaped })
            }
            Err(at) => {
                self.at = at;
                self.malformed()
            }
        }
    }

    /// RFC 8259 §6.
    fn number(&mut self) -> Result<(), Malformed> {
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        // `E` and `e` differ in one bit.
        if self.peek() | 0x20 == b'e' {
            self.at += 1;
            if matches!(self.peek(), b'-' | b'+') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start {
            return self.malformed();
        }
        Ok(())
    }

    fn literal(&mut self, word: &str) -> Result<(), Malformed> {
        if !self.rest().starts_with(word.as_bytes()) {
            return self.malformed();
        }
        self.at += word.len();
        Ok(())
    }

    // What follows is called for every byte or nearly; a build for size would not inline it.

    #[inline(always)]
    fn skip_space(&mut self) {
        if self.peek() <= b' ' {
            self.skip_some_space();
        }
    }

    #[cold]
    fn skip_some_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    #[inline(always)]
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    /// The first byte of the next value; 0 at the end.
    pub(crate) fn next_byte(&mut self) -> u8 {
        self.skip_space();
        self.peek()
    }

    /// The next byte; 0, which may stand nowhere in JSON, at the end.
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn slice_from(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    const fn malformed<T>(&self) -> Result<T, Malformed> {
        Err(Malformed { at: self.at })
    }
}

/// Which containers are open, one bit each: 1 for an object, 0 for an array.
#[derive(Default)]
struct Nesting {
    bits: u64,
    depth: usize,
    outer: Vec<u64>,
}

impl Nesting {
    fn enter(&mut self, object: bool) {
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.outer.push(self.bits);
        }
        self.bits = self.bits << 1 | u64::from(object);
        self.depth += 1;
    }

    fn leave(&mut self) {
        self.depth -= 1;
        self.bits >>= 1;
        if self.depth != 0 && self.depth.is_multiple_of(64) {
            self.bits = self.outer.pop().unwrap_or_default();
        }
    }

    const fn innermost(&self) -> Option<bool> {
        if self.depth == 0 {
            None
        } else {
            Some(self.bits & 1 == 1)
        }
    }
}
