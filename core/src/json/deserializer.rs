//! JSON text as a serde `Deserializer`, for what reads and writes it in one pass.

use core::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::reader::{Place, Reader};
use super::value::{Key, Malformed};

/// Deeper is a mistake, and would end the module's stack of 1 MiB.
const MAX_DEPTH: usize = 512;

/// Reads one JSON text. Where serde's model would lose something of it, the visitor gets the JSON
/// as it stands, as bytes: a string with an escape in it (with its quotes), and a number that is
/// no integer of 64 bits.
pub struct TextDeserializer<'r, 'de> {
    reader: &'r mut Reader<'de>,
    depth: usize,
}

/// Why a text could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// It is no JSON.
    Malformed,
    /// It has more levels than a caller can mean.
    TooDeep,
    /// A rule of the visitor was broken; the visitor knows which.
    Rule,
}

impl<'r, 'de> TextDeserializer<'r, 'de> {
    /// At the next value of a reader.
    #[must_use]
    pub fn new(reader: &'r mut Reader<'de>) -> Self {
        Self { reader, depth: 0 }
    }
}

impl From<Malformed> for TextError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the text cannot be read")
    }
}

impl core::error::Error for TextError {}

impl de::Error for TextError {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::Rule
    }
}

impl<'de> Deserializer<'de> for TextDeserializer<'_, 'de> {
    type Error = TextError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        let Self { reader, depth } = self;
        match reader.next_byte() {
            b'{' | b'[' if depth == MAX_DEPTH => Err(TextError::TooDeep),
            b'{' => visitor.visit_map(Container {
                place: reader.enter_object(),
                reader,
                depth: depth + 1,
            }),
            b'[' => visitor.visit_seq(Container {
                place: reader.enter_array(),
                reader,
                depth: depth + 1,
            }),
            _ => {
                let value = reader.value()?;
                let raw = value.raw();
                match raw {
                    "null" => visitor.visit_unit(),
                    "true" => visitor.visit_bool(true),
                    "false" => visitor.visit_bool(false),
                    _ => match (value.string_body(), integer(raw)) {
                        (Some(body), _) if !body.as_bytes().contains(&b'\\') => {
                            visitor.visit_borrowed_str(body)
                        }
                        (None, Some(number)) => visitor.visit_i64(number),
                        _ => visitor.visit_borrowed_bytes(raw.as_bytes()),
                    },
                }
            }
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// A number of up to 18 digits, which every i64 holds.
fn integer(raw: &str) -> Option<i64> {
    let (negative, digits) = match raw.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, raw),
    };
    // `-0` is no integer of serde's.
    if digits.len() > 18 || (negative && digits == "0") {
        return None;
    }
    let number = crate::text::parse_integer(digits)? as i64;
    Some(if negative { -number } else { number })
}

struct Container<'r, 'de> {
    reader: &'r mut Reader<'de>,
    place: Place,
    depth: usize,
}

impl<'de> SeqAccess<'de> for Container<'_, 'de> {
    type Error = TextError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, TextError> {
        if !self.reader.next_element(&mut self.place)? {
            return Ok(None);
        }
        let element = TextDeserializer {
            reader: self.reader,
            depth: self.depth,
        };
        seed.deserialize(element).map(Some)
    }
}

impl<'de> MapAccess<'de> for Container<'_, 'de> {
    type Error = TextError;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, TextError> {
        let Some(key) = self.reader.next_key(&mut self.place)? else {
            return Ok(None);
        };
        seed.deserialize(KeyDeserializer(key)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, TextError> {
        seed.deserialize(TextDeserializer {
            reader: self.reader,
            depth: self.depth,
        })
    }
}

/// A key, as a string.
struct KeyDeserializer<'de>(Key<'de>);

impl<'de> Deserializer<'de> for KeyDeserializer<'de> {
    type Error = TextError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TextError> {
        let body = self.0.body();
        if self.0.is_escaped() {
            visitor.visit_bytes(["\"", body, "\""].concat().as_bytes())
        } else {
            visitor.visit_borrowed_str(body)
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}
