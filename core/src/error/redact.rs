//! What may be shown of a text of the service's: no secret, no prompt, and not too much.
//!
//! Secrets are known in two ways. By their look: keys of Bedrock, AWS and OpenAI, signatures, what
//! stands behind `Signature=`, and words that are too long for words. And by name: a [`Redactor`]
//! is told what a call has sent, and knows it in pieces and in disguise.

use core::fmt;

use crate::json::{self, Reader, work};
use crate::sigv4::hex;
use crate::text::{after, find, rfind, split, split_once};
use crate::token::{base64_text, push_base64};

/// A text of the service's as it may be shown.
pub(super) fn shown(text: &str, longest: usize) -> String {
    let mut out = String::new();
    push_clean(&mut out, redact(&without_echo(text)).trim_ascii(), longest);
    out
}

/// Appends at most `longest` characters, runs of control characters as one space.
fn push_clean(out: &mut String, text: &str, longest: usize) {
    for (count, next) in text.chars().enumerate() {
        if count == longest {
            out.push('…');
            return;
        }
        if !next.is_control() {
            out.push(next);
        } else if !out.ends_with(" ") {
            out.push(' ');
        }
    }
}

/// Where services quote what they were sent: a prompt, or the headers that were signed. From the
/// first text to the second, or to the end, is left out.
const ECHOES: [(&str, &str); 6] = [
    ("invalid type: string ", ", expected"),
    ("invalid value: string ", ", expected"),
    ("input_value=", ", input_type"),
    ("'input': ", ""),
    ("\"input\":", ""),
    ("The Canonical String for this request", ""),
];

fn without_echo(text: &str) -> String {
    let mut text = String::from(text);
    for &(start, end) in &ECHOES {
        let Some(from) = find(&text, start) else {
            continue;
        };
        let (head, echo) = text
            .split_at_checked(from + start.len())
            .unwrap_or_default();
        // Up to the last one: the quoted text may hold the same words.
        let tail = match end {
            "" => "",
            _ => rfind(echo, end)
                .and_then(|at| echo.get(at + end.len()..))
                .unwrap_or_default(),
        };
        let end = if tail.is_empty() { "" } else { end };
        text = [head, "…", end, tail].concat();
    }
    text
}

const REDACTED: &str = "[redacted]";
/// What Bedrock's short-term and long-term API keys and the ids of AWS access keys begin with. It
/// is looked for inside words too: in the JSON of a snippet an escape may stand before it.
const KEYS: [&str; 4] = ["bedrock-api-key-", "ABSK", "AKIA", "ASIA"];
/// What OpenAI's keys begin with.
const OPENAI_KEY: &str = "sk-";
/// The shortest of those, in characters.
const SHORTEST_KEY: usize = 16;
/// A word as long as that is none. Session tokens are longer.
const LONGEST_WORD: usize = 100;
/// A signature: so many hexadecimal digits.
const SIGNATURE: usize = 64;
/// What stands before a secret and `:` or `=`.
const LABELS: [&str; 3] = ["security-token", "signature", "credential"];

/// `text` without keys, tokens and signatures.
///
/// ```
/// let said = "Credential=AKIAIOSFODNN7EXAMPLE/20260102, key ABSKQmVkcm9ja0FQSUtleS0x";
/// let shown = bedrock_chat_core::error::redact(said);
/// assert_eq!(shown, "Credential=[redacted], key [redacted]");
/// ```
#[must_use]
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // From which length on the next word is a secret because of what stands before it.
    let mut secret_from = usize::MAX;
    let mut rest = text;
    let mut words = true;
    let mut word = "";
    while !rest.is_empty() {
        let (run, after) = split_run(rest, |byte| is_word_byte(byte) == words);
        if words {
            word = run;
            let hide = word.len() >= secret_from || is_secret(word);
            out.push_str(if hide { REDACTED } else { word });
        } else {
            out.push_str(run);
            let marks = run.bytes().any(|byte| matches!(byte, b':' | b'='));
            secret_from = if marks && is_label(word) {
                1
            } else if word.eq_ignore_ascii_case("bearer") {
                SHORTEST_KEY
            } else {
                usize::MAX
            };
        }
        words = !words;
        rest = after;
    }
    out
}

/// The same for the strings of a JSON text, echoes left out as well.
pub(super) fn redact_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, body, mut after)) = next_string(rest) {
        let mut text = String::new();
        json::unescape_into(body, &mut text);
        let hidden = redact(&without_echo(&text));
        out.push_str(before);
        out.push('"');
        if hidden == text {
            out.push_str(body);
        } else {
            json::escape_into(&hidden, &mut out);
        }
        out.push('"');
        if INPUTS.contains(&text.as_str())
            && let Some(value) = after.trim_ascii_start().strip_prefix(":")
        {
            let mut reader = Reader::new(value);
            if reader.value().is_ok() {
                out.push_str(":\"[redacted]\"");
                after = value.get(reader.position()..).unwrap_or_default();
            }
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Where pydantic and its like put what they were sent, of any type.
const INPUTS: [&str; 3] = ["input", "input_value", "ctx"];

/// What stands before the next string, between its quotes, and behind it.
fn next_string(json: &str) -> Option<(&str, &str, &str)> {
    let (before, string) = split_once(json, b'"')?;
    let (body, after) = split_string(string);
    Some((before, body, after))
}

/// The body of a string behind its opening quote, and what follows its closing one.
fn split_string(string: &str) -> (&str, &str) {
    let mut escaped = false;
    let (body, quote) = split_run(string, |byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        !ends
    });
    (body, quote.strip_prefix("\"").unwrap_or_default())
}

/// Splits before the first byte that is not so, which must be the first of a character.
fn split_run(text: &str, mut is: impl FnMut(u8) -> bool) -> (&str, &str) {
    let length = text
        .bytes()
        .position(|byte| !is(byte))
        .unwrap_or(text.len());
    text.split_at_checked(length).unwrap_or((text, ""))
}

/// The letters of base64, of its URL form, and of percent-encoding.
const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'%')
}

fn is_secret(word: &str) -> bool {
    let is_key = word.len() >= SHORTEST_KEY
        && (word.starts_with(OPENAI_KEY) || KEYS.iter().any(|start| rfind(word, start).is_some()));
    let is_signature = word.len() == SIGNATURE && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_key || is_signature || word.len() >= LONGEST_WORD
}

fn is_label(word: &str) -> bool {
    LABELS.iter().any(|label| {
        let start = word.len().checked_sub(label.len());
        start
            .and_then(|start| word.get(start..))
            .is_some_and(|it| it.eq_ignore_ascii_case(label))
    })
}

/// What a call has sent, to be taken out of what it tells.
///
/// ```
/// use bedrock_chat_core::error::Redactor;
///
/// let redactor = Redactor {
///     sent: "https://example.com\nx-api-key\ngw_0123456789/abcdef",
///     secret: "",
///     request: r#"{"messages":[{"role":"user","content":"My name is Jo, I live in Ys."}]}"#,
/// };
/// let said = r#"["No key 0123456789%2Fabcdef","value 'My name is Jo, I live in Ys'"]"#;
/// assert_eq!(redactor.json(said), r#"["No key [redacted]","value '[redacted]'"]"#);
/// ```
///
/// Letters and digits are compared, in any case, whatever stands between them, and however they
/// are escaped: as JSON, percent-encoding and HTML do it, more than once too. Of a secret any 6 of
/// them in a row are hidden, also backwards, in hexadecimal digits, and in base64 of UTF-8 and
/// UTF-16, alone or within what was encoded; of a text of the request any 13, and a message that is
/// shorter if it is more than one word.
///
/// Time and memory are linear in what is told, time also in what was sent.
#[derive(Clone, Copy, Default)]
pub struct Redactor<'a> {
    /// What signed the request; empty without one.
    pub secret: &'a str,
    /// What was sent, but for the body: the URL, and the names and values of the headers, each on a
    /// line. What a caller puts there may be secret too.
    pub sent: &'a str,
    /// The request's JSON; empty where nothing of it can be repeated.
    pub request: &'a str,
}

impl fmt::Debug for Redactor<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Redactor")
    }
}

/// So many letters of a secret are a piece of it.
const SECRET: usize = 6;
/// So many letters of a text of the request.
const PROMPT: usize = 13;
/// So many has a message that is looked for as a whole. What is shorter, or one word, an error may
/// have for itself.
const SHORTEST_PROMPT: usize = 6;
/// What of a request is no prompt.
const PUBLIC: [&str; 6] = ["model", "role", "type", "name", "id", "tool_call_id"];
const BEARER: &str = "Bearer ";
/// Headers that hold no secret.
const OPEN: &str = "accept content-type user-agent x-amz-date x-client-request-id";

impl Redactor<'_> {
    /// Of a call that has sent nothing.
    pub(super) const NONE: Self = Redactor {
        secret: "",
        sent: "",
        request: "",
    };

    /// JSON without any of it, and without what [`redact`] hides, in its strings.
    #[must_use]
    pub fn json(&self, json: &str) -> String {
        self.hide(redact_json(json))
    }

    /// The text as a JSON string. A word that programs compare may be one of the request too.
    pub(super) fn string(&self, text: &str, is_compared: bool) -> String {
        let is_word = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'[' | b']')
        };
        let is_word = is_compared && text.bytes().all(is_word);
        let request = if is_word { "" } else { self.request };
        Redactor { request, ..*self }.hide(quoted(text))
    }

    pub(super) fn hide(&self, json: String) -> String {
        let mut secrets = Found::new(&json, SECRET);
        secrets.look_for(self.secret);
        let mut lines = split(self.sent, b'\n');
        let url = lines.next().unwrap_or_default();
        for pair in split(after(url, "?").unwrap_or_default(), b'&') {
            secrets.look_for(after(pair, "=").unwrap_or(pair));
        }
        while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
            if find(OPEN, name).is_none() && !name.starts_with("x-amzn-") {
                // Of a signature all else is public, and so is `Bearer`.
                let secret = after(value, "Signature=").or_else(|| after(value, BEARER));
                secrets.look_for(secret.unwrap_or(value));
                // `user:password`, of a long-term key too.
                let encoded = after(value, "Basic ").or_else(|| after(value, "ABSK"));
                let pair = encoded.map(base64_text).unwrap_or_default();
                secrets.look_for(after(&pair, ":").unwrap_or_default());
            }
        }
        let mut json = secrets.hide(json);
        // Which lengths the short texts have.
        let mut lengths = 1 << PROMPT;
        for length in (SHORTEST_PROMPT..=PROMPT).rev() {
            if lengths >> length & 1 == 1 && !self.request.is_empty() {
                let mut prompts = Found::new(&json, length);
                let looked = self.look_for_prompts(&mut prompts);
                lengths |= looked;
                json = prompts.hide(json);
            }
        }
        json
    }

    /// Texts of the request: all, or those that are as short as a piece.
    fn look_for_prompts(&self, prompts: &mut Found) -> u32 {
        let (mut rest, mut key, mut lengths) = (self.request, "model", 0);
        while let Some((_, body, after)) = next_string(rest) {
            rest = after;
            if after.starts_with(":") {
                key = body;
            } else if !PUBLIC.contains(&key) {
                let letters = Letters::of(body).take(PROMPT).count();
                let is_message =
                    ["content", "text"].contains(&key) && split_once(body, b' ').is_some();
                if letters < PROMPT && is_message {
                    lengths |= 1 << letters;
                }
                if letters == prompts.length && (letters == PROMPT || is_message) {
                    prompts.look_in(body);
                }
            }
        }
        lengths
    }
}

fn quoted(text: &str) -> String {
    let mut json = String::new();
    json::write_string(text, &mut json);
    json
}

/// An odd number to multiply with.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The pieces of a text, in a hash table, and whether they are pieces of something else, which may
/// be much longer and is not kept.
struct Found {
    /// A piece, 1 more if it was found; 0 for none. Its length is a power of two.
    pieces: Vec<u64>,
    /// How many letters a piece has.
    length: usize,
}

impl Found {
    fn new(json: &str, length: usize) -> Self {
        let mut pieces = Vec::new();
        let room = (2 * json.len() + 2).next_power_of_two();
        // Without memory for it nobody knows what is a piece, and all is hidden.
        if pieces.try_reserve_exact(room).is_ok() {
            pieces.resize(room, 0);
        }
        let mut found = Self { pieces, length };
        found.note(json, true);
        found
    }

    /// Marks the pieces that are also in this text.
    fn look_in(&mut self, text: &str) {
        self.note(text, false);
    }

    fn note(&mut self, text: &str, is_new: bool) {
        for (piece, ..) in Pieces::of(text, self.length) {
            if let Some(known) = self.place(piece) {
                *known |= if is_new { piece } else { (*known != 0).into() };
            }
        }
    }

    /// Marks the pieces of a secret, encoded too.
    fn look_for(&mut self, secret: &str) {
        // What every short-term key begins with is no secret.
        let [public, ..] = KEYS;
        let secret = secret.strip_prefix(public).unwrap_or(secret);
        self.look_in(&quoted(secret));
        let mut backwards = String::new();
        for next in secret.chars().rev() {
            backwards.push(next);
        }
        self.look_in(&quoted(&backwards));
        self.look_in(&hex(secret.as_bytes()));
        let mut wide = String::new();
        for next in secret.chars() {
            wide.push(next);
            wide.push('\0');
        }
        // Of what was encoded it may be a part: so it stands at any of three places in the groups
        // of three bytes.
        for before in &["", "-", "--"] {
            for text in &[secret, &wide] {
                let mut encoded = String::new();
                push_base64(&mut encoded, [*before, *text].concat().as_bytes());
                self.look_in(&encoded);
            }
        }
    }

    /// Where a piece is, or would be. `None` in a crowd, which only a text has that was made to
    /// have it: so time stays linear.
    fn place(&mut self, piece: u64) -> Option<&mut u64> {
        const FARTHEST: usize = 64;
        let last = self.pieces.len().checked_sub(1)?;
        let hash = (piece.wrapping_mul(SPREAD) >> 32) as usize;
        for at in hash..hash + FARTHEST {
            work::count(1);
            let known = *self.pieces.get(at & last)?;
            if known | 1 == piece | 1 || known == 0 {
                return self.pieces.get_mut(at & last);
            }
        }
        None
    }

    /// The text without what was found.
    fn hide(&mut self, text: String) -> String {
        let mut out = String::with_capacity(text.len());
        // Up to where the text was copied or left out.
        let mut done = 0;
        for (piece, start, end) in Pieces::of(&text, self.length) {
            // In a crowd nobody knows.
            if self.place(piece).is_some_and(|it| *it & 1 == 0) {
                continue;
            }
            if start > done {
                out.push_str(text.get(done..start).unwrap_or_default());
                out.push_str(REDACTED);
            }
            done = end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        out
    }
}

/// So many letters in a row, as an even number, and where they start and end. None is of two
/// strings of JSON.
struct Pieces<'a> {
    first: Letters<'a>,
    last: Letters<'a>,
    /// How many letters are missing yet.
    left: usize,
    length: usize,
    /// A polynomial, modulo 2^64.
    hash: u64,
    /// What the first letter counts in it.
    weight: u64,
}

impl<'a> Pieces<'a> {
    fn of(text: &'a str, length: usize) -> Self {
        Pieces {
            first: Letters::of(text),
            last: Letters::of(text),
            left: length,
            length,
            hash: 0,
            weight: SPREAD.wrapping_pow(length as u32 - 1),
        }
    }
}

impl Iterator for Pieces<'_> {
    type Item = (u64, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (letter, _, end) = self.last.next()?;
            if letter == END {
                self.first = self.last;
                self.left = self.length;
                self.hash = 0;
                continue;
            }
            self.hash = self.hash.wrapping_mul(SPREAD).wrapping_add(letter.into());
            self.left -= 1;
            if self.left == 0 {
                let (gone, start, _) = self.first.next()?;
                let piece = self.hash << 1;
                let gone = self.weight.wrapping_mul(gone.into());
                self.hash = self.hash.wrapping_sub(gone);
                self.left = 1;
                return Some((piece, start, end));
            }
        }
    }
}

/// The letters and digits of a text, and where they start and end: of ASCII in lower case, of
/// others the last byte that they have in UTF-8. Escaped or not they are the same. Between the
/// strings of JSON stands an [`END`].
#[derive(Clone, Copy)]
struct Letters<'a> {
    text: &'a [u8],
    at: usize,
}

const END: u8 = 0;

impl<'a> Letters<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text: text.as_bytes(),
            at: 0,
        }
    }

    /// 0 behind the end.
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or_default()
    }

    /// Reads what stands for a letter behind this mark, escaped any number of times; 0 for none.
    fn unescape(&mut self, mark: u8) -> u32 {
        work::count(1);
        let from = self.at;
        loop {
            self.at += match (mark, self.byte(self.at), self.byte(self.at + 1)) {
                (b'\\', b'\\', _) => 1,
                (b'%', b'2', b'5') => 2,
                (b'&', b'a', b'm') if self.byte(self.at + 3) == b';' => 4,
                _ => break,
            };
        }
        work::count(self.at - from);
        let (mut radix, mut most) = (16, 2);
        match (mark, self.byte(self.at)) {
            (b'%', _) => {}
            (b'\\', b'u') => most = 4,
            (b'\\', b'x') => {}
            // That ends the string.
            (b'\\', b'"') if (self.at - from) % 2 == 1 => return 0,
            (b'\\', 0..0x80) => most = 0,
            (b'&', b'#') if self.byte(self.at + 1) | 0x20 == b'x' => {
                self.at += 1;
                most = 6;
            }
            (b'&', b'#') => (radix, most) = (10, 7),
            (b'&', _) => {
                // The name of a character.
                let end = (0..7).find(|more| self.byte(self.at + more) == b';');
                self.at += end.unwrap_or_default();
                return 0;
            }
            _ => return 0,
        }
        if mark != b'%' {
            self.at += 1;
        }
        let mut code = 0;
        for _ in 0..most {
            let Some(digit) = char::from(self.byte(self.at)).to_digit(radix) else {
                break;
            };
            code = code * radix + digit;
            self.at += 1;
        }
        code
    }
}

impl Iterator for Letters<'_> {
    type Item = (u8, usize, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let mut start = self.at;
        while self.at < self.text.len() {
            work::count(1);
            let mark = self.byte(self.at);
            self.at += 1;
            let code = match mark {
                b'"' => return Some((END, start, self.at)),
                // Not the last byte of a character.
                0x80.. if matches!(self.byte(self.at), 0x80..0xc0) => continue,
                b'\\' | b'%' | b'&' => self.unescape(mark),
                _ => mark.into(),
            };
            let letter = match code {
                // The other half has it.
                0xd800..0xdc00 => continue,
                0x80.. => 0x80 | code as u8 & 0x3f,
                _ => (code as u8).to_ascii_lowercase(),
            };
            if letter >= 0x80 || letter.is_ascii_alphanumeric() {
                return Some((letter, start, self.at));
            }
            start = self.at;
        }
        None
    }
}
