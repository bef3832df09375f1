//! What may be shown of a text of the service's: no secret, no prompt, and not too much.

use crate::json;
use crate::text::{find, rfind, split_once};

/// A text of the service's as it may be shown.
pub(super) fn shown(text: &str, longest: usize) -> String {
    let mut out = String::new();
    push_clean(&mut out, redact(&without_echo(text)).trim_ascii(), longest);
    out
}

/// Appends at most `longest` characters, runs of control characters as one space.
pub(super) fn push_clean(out: &mut String, text: &str, longest: usize) {
    for (count, next) in text.chars().enumerate() {
        if count == longest {
            out.push('…');
            return;
        }
        if !next.is_control() {
            out.push(next);
        } else if !out.ends_with(' ') {
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
    ("'input': {", ""),
    ("'input': '", ""),
    ("The Canonical String for this request", ""),
];

fn without_echo(text: &str) -> String {
    let mut text = String::from(text);
    for (start, end) in ECHOES {
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
    while !rest.is_empty() {
        let (word, after) = split_run(rest, is_word_byte);
        let (gap, after) = split_run(after, |byte| !is_word_byte(byte));
        let hide = word.len() >= secret_from || is_secret(word);
        out.push_str(if hide { REDACTED } else { word });
        out.push_str(gap);
        secret_from = if gap.bytes().any(|byte| matches!(byte, b':' | b'=')) && is_label(word) {
            1
        } else if word.eq_ignore_ascii_case("bearer") {
            SHORTEST_KEY
        } else {
            usize::MAX
        };
        rest = after;
    }
    out
}

/// The same for the strings of a JSON text, echoes left out as well.
pub(super) fn redact_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, string)) = split_once(rest, b'"') {
        let (body, after) = split_string(string);
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
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The body of a string behind its opening quote, and what follows its closing one.
fn split_string(string: &str) -> (&str, &str) {
    let mut escaped = false;
    let (body, quote) = split_run(string, |byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        !ends
    });
    (body, quote.strip_prefix('"').unwrap_or_default())
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
