//! What an answer is: by its content type, and where that is missing or wrong by its first bytes.

use crate::text::split_once;

/// How many bytes of a body tell at most what it is.
pub const LONGEST_START: usize = 1024;

/// Whether an answer with status 2xx is an event stream, by its content type and the first bytes
/// of its body. A valid stream is one whatever it is called, and JSON or HTML is none.
///
/// `None` as long as the bytes do not tell: ask again with more of them. At the end of the body
/// [`is_event_stream`] decides.
#[must_use]
pub fn is_stream(content_type: &str, start: &[u8]) -> Option<bool> {
    const BOM: &[u8] = b"\xef\xbb\xbf";
    let labelled = is_event_stream(content_type);
    let text = start.strip_prefix(BOM).unwrap_or(start);
    // Empty lines are events without anything.
    let line = text
        .iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))
        .and_then(|at| text.get(at..))
        .unwrap_or_default();
    let told = match line.trim_ascii_start() {
        [] => None,
        bytes if BOM.starts_with(bytes) => None,
        [b'{' | b'[' | b'<', ..] => Some(false),
        _ if labelled => Some(true),
        _ => starts_with_field(line),
    };
    told.or_else(|| (start.len() >= LONGEST_START).then_some(labelled))
}

/// Whether it starts with a field that event streams have, or with a comment.
fn starts_with_field(line: &[u8]) -> Option<bool> {
    for name in &["", "data", "event", "id", "retry"] {
        let name = name.as_bytes();
        match line.strip_prefix(name) {
            Some([]) => return None,
            Some([b':', ..]) => return Some(true),
            Some([b'\r' | b'\n', ..]) => return Some(true),
            _ if name.starts_with(line) => return None,
            _ => {}
        }
    }
    Some(false)
}

/// Whether this content type is that of an event stream.
#[must_use]
pub fn is_event_stream(content_type: &str) -> bool {
    is_type(content_type, "text/event-stream")
}

/// By the Fetch standard: of several values the last one that is a type counts.
pub(super) fn is_type(content_type: &str, expected: &str) -> bool {
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    let mut last = "";
    for at in 0..content_type.len() + 1 {
        let byte = content_type.as_bytes().get(at).copied();
        if byte.is_none() || byte == Some(b',') && !quoted {
            let value = content_type.get(start..at).and_then(essence);
            last = value.unwrap_or(last);
            start = at + 1;
        } else if byte == Some(b'"') && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && byte == Some(b'\\') && !escaped;
    }
    last.eq_ignore_ascii_case(expected)
}

/// `text/html` of ` text/html ; charset=utf-8`.
fn essence(value: &str) -> Option<&str> {
    let essence = split_once(value, b';').map_or(value, |(essence, _)| essence);
    let essence = essence.trim_ascii();
    let (kind, subtype) = split_once(essence, b'/')?;
    let is_token = |text: &str| !text.is_empty() && text.bytes().all(is_token_byte);
    Some(essence).filter(|_| is_token(kind) && is_token(subtype) && essence != "*/*")
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
        )
}
