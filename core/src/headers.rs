//! Headers that a caller gives.

use crate::error::{Report, Reported};
use crate::options::{Name, Values, refuse};

/// What `fetch` would refuse, or a proxy could take for a line of its own, is refused here, and an
/// error never shows the value.
pub(crate) fn check_headers(
    options: &Values,
    option: Name,
    report: &mut Report,
) -> Result<(), Reported> {
    for (name, value) in options.pairs(option) {
        let rule = if name.is_empty() || !name.bytes().all(is_token) {
            "has a header name that HTTP does not allow"
        } else if !value.unwrap_or_default().bytes().all(is_header_byte) {
            "has a header value with a line break or another character that HTTP does not allow"
        } else {
            continue;
        };
        return Err(refuse(option, rule, report));
    }
    Ok(())
}

/// RFC 9110 §5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 9110 §5.5, in ASCII: what every engine sends as it stands.
fn is_header_byte(byte: u8) -> bool {
    byte == b'\t' || (0x20..0x7F).contains(&byte)
}
