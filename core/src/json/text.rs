//! The inside of strings: finding their end, escaping and unescaping.

use super::work;
use crate::text;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Marks the bytes of `word` that are `byte` by their high bit. The lowest mark is exact, those
/// above it may not be.
const fn marks(word: u64, byte: u8) -> u64 {
    marks_below(word ^ (ONES * byte as u64), 1)
}

/// The same for bytes below `limit`, which is at most 128.
const fn marks_below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(ONES * limit as u64) & !word & HIGHS
}

/// How many bytes stand before the first control character, eight at a time.
pub(crate) fn run_of_text(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut run = 0;
    for word in words {
        let controls = marks_below(u64::from_le_bytes(*word), 0x20);
        if controls != 0 {
            return run + controls.trailing_zeros() as usize / 8;
        }
        run += 8;
    }
    run + rest.iter().take_while(|byte| **byte >= 0x20).count()
}

/// How many bytes stand before the first quote, backslash or control character, eight at a time.
pub(super) fn plain_run(bytes: &[u8]) -> usize {
    let mut run = 0;
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let stops = marks(word, b'"') | marks(word, b'\\') | marks_below(word, 0x20);
        if stops != 0 {
            return run + stops.trailing_zeros() as usize / 8;
        }
        run += 8;
        rest = after;
    }
    for byte in rest {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            break;
        }
        run += 1;
    }
    run
}

/// Where the string ends whose body stands in `bytes` from `start` on: at its closing quote; and
/// whether there are escapes in it. Its UTF-8 is not looked at.
///
/// # Errors
/// Where a byte is that cannot stand there; the end, if it is not whole.
pub(crate) fn string_end(bytes: &[u8], start: usize) -> Result<(usize, bool), usize> {
    let byte = |at| bytes.get(at).copied().unwrap_or(0);
    let mut at = start;
    let mut escaped = false;
    loop {
        at += plain_run(bytes.get(at..).unwrap_or_default());
        match byte(at) {
            b'"' => {
                work::count(at - start);
                return Ok((at, escaped));
            }
            b'\\' => escaped = true,
            _ => return Err(at),
        }
        at += 1;
        match byte(at) {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
            b'u' => {
                for _ in 0..4 {
                    at += 1;
                    if !byte(at).is_ascii_hexdigit() {
                        return Err(at);
                    }
                }
            }
            _ => return Err(at),
        }
        at += 1;
    }
}

/// What an escape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escaped {
    Char(char),
    /// Half of a surrogate pair, from `\ud800` to `\udfff`.
    Surrogate(u16),
}

/// Reads the escape that `body` starts with, and says how many bytes it has.
pub(crate) fn escaped(body: &str) -> (Escaped, usize) {
    let bytes = body.as_bytes();
    let char = match bytes.get(1).copied().unwrap_or_default() {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let digits = bytes.iter().skip(2).take(4);
            let code = digits.fold(0, |code, digit| {
                code << 4 | char::from(*digit).to_digit(16).unwrap_or_default()
            });
            return match char::from_u32(code) {
                Some(char) => (Escaped::Char(char), 6),
                None => (Escaped::Surrogate(code as u16), 6),
            };
        }
        // `"`, `\` and `/` stand for themselves.
        other => char::from(other),
    };
    (Escaped::Char(char), 2)
}

/// The character of a high and a low surrogate.
fn pair(high: u16, low: u16) -> Option<char> {
    if high & 0xfc00 != 0xd800 || low & 0xfc00 != 0xdc00 {
        return None;
    }
    char::from_u32(0x1_0000 + (u32::from(high & 0x3ff) << 10 | u32::from(low & 0x3ff)))
}

fn split_at(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

/// Escaped string bodies in, text out; a surrogate pair may be cut in two between bodies.
///
/// ```
/// use bedrock_chat_core::json::Unescape;
///
/// let (mut text, mut unescape) = (String::new(), Unescape::default());
/// unescape.push(r"a\n\ud83d", &mut text);
/// assert_eq!(text, "a\n"); // half a character is kept back
/// unescape.push(r"\ude00", &mut text);
/// unescape.finish(&mut text);
/// assert_eq!(text, "a\n😀");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Unescape {
    /// A high surrogate whose other half has not come.
    high: Option<u16>,
}

impl Unescape {
    /// Appends the text of one body. True if a lone surrogate became U+FFFD.
    pub fn push(&mut self, body: &str, out: &mut String) -> bool {
        work::count(body.len());
        let mut lone = false;
        let mut rest = body;
        while !rest.is_empty() {
            // The body of a checked string has no quotes: what stops the run is a backslash.
            let (run, escape) = split_at(rest, plain_run(rest.as_bytes()));
            if !run.is_empty() {
                lone |= self.finish(out);
                out.push_str(run);
            }
            if escape.is_empty() {
                break;
            }
            let (escaped, length) = escaped(escape);
            match escaped {
                Escaped::Surrogate(code) => lone |= self.surrogate(code, out),
                Escaped::Char(char) => {
                    lone |= self.finish(out);
                    out.push(char);
                }
            }
            rest = split_at(escape, length).1;
        }
        lone
    }

    /// Whether half a character is kept back.
    pub(crate) fn is_holding(&self) -> bool {
        self.high.is_some()
    }

    /// Ends the text: a half that was kept back becomes U+FFFD, and the answer true.
    pub fn finish(&mut self, out: &mut String) -> bool {
        let lone = self.high.take().is_some();
        if lone {
            out.push(char::REPLACEMENT_CHARACTER);
        }
        lone
    }

    /// The half that was kept back, escaped, for who goes on without the text.
    pub(crate) fn take_half(&mut self, out: &mut String) {
        if let Some(high) = self.high.take() {
            out.push_str("\\u");
            text::push_hex(out, high.into(), 4);
        }
    }

    fn surrogate(&mut self, code: u16, out: &mut String) -> bool {
        if let Some(char) = self.high.and_then(|high| pair(high, code)) {
            self.high = None;
            out.push(char);
            return false;
        }
        let lone = self.finish(out);
        if code < 0xdc00 {
            self.high = Some(code);
            return lone;
        }
        out.push(char::REPLACEMENT_CHARACTER);
        true
    }
}

/// Appends the text of one whole escaped string body. True if it held a lone surrogate, which
/// became U+FFFD.
pub fn unescape_into(body: &str, out: &mut String) -> bool {
    let mut unescape = Unescape::default();
    let lone = unescape.push(body, out);
    unescape.finish(out) | lone
}

/// What has an escape of its own, and the letter of that. The most frequent first.
const ESCAPES: [(u8, u8); 7] = [
    (b'\n', b'n'),
    (b'"', b'"'),
    (b'\\', b'\\'),
    (b'\r', b'r'),
    (b'\t', b't'),
    (0x8, b'b'),
    (0xc, b'f'),
];

/// Appends `text` escaped as the body of a JSON string, without the quotes, as `JSON.stringify`
/// does it (ECMA-262 §25.5.2.3).
pub fn escape_into(text: &str, out: &mut String) {
    work::count(text.len());
    let mut rest = text;
    loop {
        let (run, stop) = split_at(rest, plain_run(rest.as_bytes()));
        out.push_str(run);
        let Some(byte) = stop.bytes().next() else {
            return;
        };
        out.push('\\');
        match ESCAPES.iter().find(|(escaped, _)| *escaped == byte) {
            Some((_, letter)) => out.push(char::from(*letter)),
            None => {
                out.push('u');
                text::push_hex(out, byte.into(), 4);
            }
        }
        rest = stop.get(1..).unwrap_or_default();
    }
}

/// Appends `text` as a JSON string, quotes and all.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    escape_into(text, out);
    out.push('"');
}

/// Appends a number without the formatting machinery.
pub fn write_u32(number: u32, out: &mut String) {
    text::push_integer(out, u64::from(number), 1);
}
