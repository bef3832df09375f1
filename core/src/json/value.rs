//! Values, kinds, keys: slices of the text they were found in.

use std::ops::Range;

use super::text::unescape_into;
use super::work;
use crate::text::{parse_integer, split_once};

/// The text is not one JSON value: what stands at byte `at` cannot stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Bytes before the one that cannot stand there.
    pub at: usize,
}

/// The six kinds of value (RFC 8259 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// `-1.5e3`
    Number,
    /// `"…"`
    String,
    /// `[…]`
    Array,
    /// `{…}`
    Object,
}

/// One complete JSON value: a trimmed slice of the text it was found in.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a>(pub(super) &'a str);

impl Default for Value<'_> {
    /// `null`
    fn default() -> Self {
        Value("null")
    }
}

impl<'a> Value<'a> {
    /// The value as it was written, without the whitespace around it.
    #[must_use]
    pub const fn raw(self) -> &'a str {
        self.0
    }

    /// Where the value stands in a text, which must be one that it was found in.
    #[must_use]
    pub fn span_in(self, text: &str) -> Range<usize> {
        let start = self.0.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
        start..start.wrapping_add(self.0.len())
    }

    /// What kind of value it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self.0.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// What stands between the quotes of a string, still escaped.
    #[must_use]
    pub fn string_body(self) -> Option<&'a str> {
        // What begins with a quote ends with one.
        let body = self.0.get(1..self.0.len().wrapping_sub(1));
        body.filter(|_| self.kind() == Kind::String)
    }

    /// Appends a string's text, unescaped, with U+FFFD for each lone surrogate. False if the
    /// value is no string.
    pub fn decode_string_into(self, out: &mut String) -> bool {
        let Some(body) = self.string_body() else {
            return false;
        };
        unescape_into(body, out);
        true
    }

    /// A string's text, unescaped; `None` for other kinds.
    #[must_use]
    pub fn to_text(self) -> Option<String> {
        let mut out = String::new();
        self.decode_string_into(&mut out).then_some(out)
    }

    /// Whether it is this very string, however it is escaped.
    #[must_use]
    pub fn is_string(self, text: &str) -> bool {
        self.string_body()
            .is_some_and(|body| Key::from(body).is(text))
    }

    /// A number written as digits alone (`7`, not `7.0`) that fits.
    #[must_use]
    pub fn as_u32(self) -> Option<u32> {
        u32::try_from(parse_integer(self.0)?).ok()
    }

    /// A whole number however it is written: `7`, `7.0`, `"7"`.
    #[must_use]
    pub fn as_index(self) -> Option<u32> {
        let text = self.string_body().unwrap_or(self.0);
        let (whole, fraction) = split_once(text, b'.').unwrap_or((text, ""));
        let is_zero = fraction.bytes().all(|digit| digit == b'0');
        Value(whole).as_u32().filter(|_| is_zero)
    }

    /// `true` or `false`; `None` for other kinds.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

/// A member's name, as written.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    pub(super) body: &'a str,
    pub(super) escaped: bool,
}

impl<'a> Key<'a> {
    /// What stands between the quotes, still escaped.
    #[must_use]
    pub const fn body(&self) -> &'a str {
        self.body
    }

    /// Whether the body has escapes in it.
    #[must_use]
    pub const fn is_escaped(&self) -> bool {
        self.escaped
    }

    /// The name, unescaped, with U+FFFD for each lone surrogate.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        unescape_into(self.body, &mut text);
        text
    }

    /// Whether it is this name, however it is escaped: `"cont\u0065nt"` is `content`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        work::count(name.len());
        if self.escaped {
            self.to_text() == name
        } else {
            self.body == name
        }
    }

    /// Whether both are the same name, however they are escaped.
    #[must_use]
    pub fn same_as(&self, other: Key<'_>) -> bool {
        !self.precedes(other) && !other.precedes(*self)
    }

    /// Whether it comes before the other in the order of their unescaped names.
    pub(crate) fn precedes(&self, other: Key<'_>) -> bool {
        work::count(self.body.len().min(other.body.len()));
        if self.escaped || other.escaped {
            self.to_text() < other.to_text()
        } else {
            self.body < other.body
        }
    }
}

impl<'a> From<&'a str> for Key<'a> {
    /// A key from an escaped body: of a [`Key`] or of a string [`Value`].
    fn from(body: &'a str) -> Self {
        let escaped = split_once(body, b'\\').is_some();
        Key { body, escaped }
    }
}

/// One `"key": value` of an object.
#[derive(Clone, Copy, Debug)]
pub struct Member<'a> {
    /// Its name.
    pub key: Key<'a>,
    /// Its value.
    pub value: Value<'a>,
}
