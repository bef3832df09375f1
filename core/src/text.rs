//! Texts split and searched at ASCII characters and words, and numbers in digits. By hand: the
//! library's searchers, parsers and formatters weigh kilobytes in the module.

use core::cell::Cell;
use std::borrow::Cow;

thread_local! {
    static WAS_FULL: Cell<bool> = const { Cell::new(false) };
}

/// Appends to a text that grows with an answer, if there is memory for it: see [`was_full`].
pub(crate) fn append(text: &mut String, more: &str) {
    if text.try_reserve(more.len()).is_ok() {
        text.push_str(more);
    } else {
        WAS_FULL.set(true);
    }
}

/// Appends one after the other.
pub(crate) fn push_all(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// The WHATWG decoder: one U+FFFD for each longest part that could start a character.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let mut text = String::new();
    let mut rest = bytes;
    loop {
        let error = match std::str::from_utf8(rest) {
            Ok(all) if text.is_empty() => return Cow::Borrowed(all),
            Ok(last) => {
                text.push_str(last);
                return Cow::Owned(text);
            }
            Err(error) => error,
        };
        let good = rest.get(..error.valid_up_to()).unwrap_or_default();
        text.push_str(std::str::from_utf8(good).unwrap_or_default());
        text.push(char::REPLACEMENT_CHARACTER);
        let bad = error.error_len().unwrap_or(rest.len());
        rest = rest.get(good.len() + bad..).unwrap_or_default();
    }
}

/// Whether there was no memory for an [`append`] since this was asked last.
pub(crate) fn was_full() -> bool {
    WAS_FULL.take()
}

/// `slice::starts_with`, which a build for size makes compare byte by byte.
pub(crate) fn starts_with(bytes: &[u8], start: &[u8]) -> bool {
    let Some(bytes) = bytes.get(..start.len()) else {
        return false;
    };
    let (words, rest) = bytes.as_chunks::<16>();
    let (starts, start_rest) = start.as_chunks::<16>();
    for (word, start) in words.iter().zip(starts) {
        if u128::from_ne_bytes(*word) != u128::from_ne_bytes(*start) {
            return false;
        }
    }
    // The last sixteen once more, rather than what is left of them byte by byte.
    match (bytes.last_chunk::<16>(), start.last_chunk::<16>()) {
        (Some(word), Some(start)) => u128::from_ne_bytes(*word) == u128::from_ne_bytes(*start),
        _ => rest == start_rest,
    }
}

/// Whether a text begins with `start`, in any case.
pub(crate) fn begins_with(text: &str, start: &str) -> bool {
    let found = text.get(..start.len());
    found.is_some_and(|found| found.eq_ignore_ascii_case(start))
}

/// What stands before and behind the first `mark`, which is ASCII.
pub fn split_once(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The parts between the `mark`s, empty ones included: one more than there are marks.
pub fn split(text: &str, mark: u8) -> Split<'_> {
    Split {
        rest: Some(text),
        mark,
    }
}

/// See [`split`].
pub struct Split<'a> {
    rest: Option<&'a str>,
    mark: u8,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let (part, rest) = split_once(text, self.mark).unzip();
        self.rest = rest;
        Some(part.unwrap_or(text))
    }
}

/// Whether a text is one of these words, which have a space between them: a list of slices would be
/// larger than its words.
pub(crate) fn is_word(words: &str, text: &str) -> bool {
    split(words, b' ').any(|word| word == text)
}

/// The text without the `mark`s at its end.
pub fn trim_end(text: &str, mark: u8) -> &str {
    let mut text = text;
    while let Some(bytes) = text.as_bytes().strip_suffix(&[mark]) {
        text = text.get(..bytes.len()).unwrap_or_default();
    }
    text
}

/// Where `needle`, which is ASCII, starts in `text`, in any case.
pub fn find(text: &str, needle: &str) -> Option<usize> {
    let needle = needle.as_bytes();
    // At least 1: `windows` panics on 0.
    let mut windows = text.as_bytes().windows(needle.len().max(1));
    windows.position(|window| window.eq_ignore_ascii_case(needle))
}

/// Where `needle` last starts in `text`.
pub fn rfind(text: &str, needle: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(needle.len().max(1));
    windows.rposition(|window| window == needle.as_bytes())
}

/// What stands behind the first `needle`.
pub fn after<'t>(text: &'t str, needle: &str) -> Option<&'t str> {
    text.get(find(text, needle)? + needle.len()..)
}
/// Appends a number of at least `width` digits.
pub fn push_integer(out: &mut String, number: u64, width: u32) {
    if number >= 10 || width > 1 {
        push_integer(out, number / 10, width.saturating_sub(1));
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Appends the last `width` hexadecimal digits of a number.
pub(crate) fn push_hex(out: &mut String, number: u32, width: u32) {
    for place in (0..width).rev() {
        let digit = number >> (4 * place) & 15;
        out.push(char::from_digit(digit, 16).unwrap_or('0'));
    }
}

/// A number of decimal digits and nothing else.
pub fn parse_integer(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0_u64, |number, byte| {
        // Of 64 bits, no product is checked without a function of its own.
        let fits = byte.is_ascii_digit() && number <= (u64::MAX - 9) / 10;
        fits.then(|| number * 10 + u64::from(byte - b'0'))
    })
}

/// Digits with an optional fraction, times `unit`. A sign, an exponent or
/// anything else is none.
pub fn parse_decimal(text: &str, unit: f64) -> Option<f64> {
    let (mut value, mut place, mut digits, mut fraction) = (0.0, unit, false, false);
    for byte in text.trim_ascii().bytes() {
        match byte {
            b'0'..=b'9' if fraction => {
                place /= 10.0;
                value += f64::from(byte - b'0') * place;
                digits = true;
            }
            b'0'..=b'9' => {
                value = value * 10.0 + f64::from(byte - b'0') * unit;
                digits = true;
            }
            b'.' if !fraction => fraction = true,
            _ => return None,
        }
    }
    digits.then_some(value)
}

/// The letters and digits of a name, whatever their case.
pub fn letters(name: &str) -> Vec<u8> {
    let mut letters = name.as_bytes().to_ascii_lowercase();
    letters.retain(u8::is_ascii_alphanumeric);
    letters
}

/// Whether one of these stands in the other.
pub fn overlap(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() < other.len() {
        (one, other)
    } else {
        (other, one)
    };
    short.len() > 3 && long.windows(short.len()).any(|part| part == short)
}

/// How many letters have to be added, left out or changed to make one of the other.
pub fn distance(one: &[u8], other: &[u8]) -> usize {
    // Levenshtein, row by row.
    let mut row: Vec<usize> = (0..other.len() + 1).collect();
    for (place, letter) in one.iter().enumerate() {
        let (mut diagonal, mut left) = (place, place + 1);
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, other) in row.iter_mut().skip(1).zip(other) {
            let changed = diagonal + usize::from(letter != other);
            diagonal = *cell;
            left = changed.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Whether a name is one of a guardrail's, however it is spelled: `guardRails`, `guard_rail`,
/// `gaurdrail`, a header's …
pub fn names_guardrail(name: &str) -> bool {
    const GUARDRAIL: &[u8] = b"guardrail";
    // No longer one is so near.
    let name = letters(name.get(..64).unwrap_or(name));
    let one = name.strip_suffix(b"s").unwrap_or(&name);
    overlap(one, GUARDRAIL) && one.len() >= GUARDRAIL.len() || distance(one, GUARDRAIL) < 3
}
