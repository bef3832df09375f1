//! One JSON text, checked once, then read by spans.
//!
//! ```
//! use bedrock_chat_core::json::Value;
//!
//! let answer = Value::parse(br#" {"choices":[{"index":0}],"id":"chatcmpl-1"} "#)?;
//! assert_eq!(answer.get("id").and_then(|id| id.string_body()), Some("chatcmpl-1"));
//! assert_eq!(answer.get("choices").map(|c| c.raw()), Some(r#"[{"index":0}]"#));
//! # Ok::<(), bedrock_chat_core::json::Malformed>(())
//! ```
//!
//! Nothing is built: a [`Value`] is a slice of the text it was found in, known to be one complete
//! value by RFC 8259. No number is converted but small indices, no string is unescaped unless it
//! is asked for, and depth costs one bit per level and no stack.

mod reader;
mod text;
mod value;
pub mod work;

pub use self::reader::{Place, Reader};
pub(crate) use self::text::{Escaped, escaped, run_of_text, string_end};
pub use self::text::{Unescape, escape_into, unescape_into, write_string, write_u32};
pub use self::value::{Key, Kind, Malformed, Member, Value};

impl<'a> Value<'a> {
    /// Checks that `bytes` are UTF-8 and one JSON value with nothing but whitespace around it.
    ///
    /// # Errors
    /// [`Malformed`] with the offset of the first byte that cannot stand where it does.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse_str(text),
            Err(error) => Err(Malformed {
                at: error.valid_up_to(),
            }),
        }
    }

    /// [`Value::parse`] of what is known to be UTF-8.
    ///
    /// # Errors
    /// As [`Value::parse`].
    pub fn parse_str(text: &'a str) -> Result<Self, Malformed> {
        let mut reader = Reader::new(text);
        let value = reader.value()?;
        reader.end()?;
        Ok(value)
    }

    /// The members of an object in their order, repeated keys included; nothing for other kinds.
    #[must_use]
    pub fn members(self) -> Members<'a> {
        let mut reader = Reader::new(self.0);
        let place = reader.enter_object();
        Members { reader, place }
    }

    /// The elements of an array; nothing for other kinds.
    #[must_use]
    pub fn elements(self) -> Elements<'a> {
        let mut reader = Reader::new(self.0);
        let place = reader.enter_array();
        Elements { reader, place }
    }

    /// An object's member by its unescaped key. Of repeated keys the last counts, as it does for
    /// `JSON.parse`.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.members()
            .filter(|member| member.key.is(key))
            .last()
            .map(|member| member.value)
    }
}

/// See [`Value::members`].
#[derive(Debug)]
pub struct Members<'a> {
    reader: Reader<'a>,
    place: Place,
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        // The text was checked: an error cannot arise, and would end the walk.
        let key = self.reader.next_key(&mut self.place).ok()??;
        let value = self.reader.value().ok()?;
        Some(Member { key, value })
    }
}

/// See [`Value::elements`].
#[derive(Debug)]
pub struct Elements<'a> {
    reader: Reader<'a>,
    place: Place,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        if self.reader.next_element(&mut self.place).ok()? {
            self.reader.value().ok()
        } else {
            None
        }
    }
}
