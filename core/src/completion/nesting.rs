//! Whether a JSON text that comes in pieces is whole, without keeping or reading it again.

/// Where a JSON text stands, by its brackets and strings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Nesting {
    depth: u32,
    was_open: bool,
    in_string: bool,
    after_backslash: bool,
}

impl Nesting {
    /// Whether the last bracket is closed.
    pub(super) const fn is_closed(self) -> bool {
        self.was_open && self.depth == 0
    }

    /// Whether a bracket is open.
    pub(super) const fn is_open(self) -> bool {
        self.depth > 0
    }

    /// Takes the next piece of the text, as it stands in a JSON string.
    pub(super) fn add(&mut self, body: &str) {
        let mut bytes = body.bytes();
        while let Some(byte) = bytes.next() {
            let byte = match byte {
                b'\\' => match bytes.next() {
                    Some(b'u') => bytes.by_ref().take(4).fold(0, push_hex_digit),
                    Some(b'n' | b'r' | b't' | b'b' | b'f') | None => b' ',
                    Some(other) => other,
                },
                byte => byte,
            };
            self.step(byte);
        }
    }

    fn step(&mut self, byte: u8) {
        if self.after_backslash {
            self.after_backslash = false;
            return;
        }
        match byte {
            b'\\' => self.after_backslash = self.in_string,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'{' | b'[' => {
                self.depth += 1;
                self.was_open = true;
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

/// Of the four digits of an escape the last two count: all brackets are ASCII. What is not must
/// not look like one, so a digit of the first two that is not 0 stays in the highest bit.
fn push_hex_digit(value: u8, digit: u8) -> u8 {
    let digit = char::from(digit).to_digit(16).unwrap_or_default() as u8;
    let beyond = if value & 0xF0 == 0 { 0 } else { 0x80 };
    value << 4 | digit | beyond
}

#[cfg(test)]
mod tests {
    use super::Nesting;

    #[test]
    fn it_is_closed_with_its_last_bracket() {
        for (pieces, closed) in [
            (&[r#"{\"a\":1}"#][..], true),
            (&["{}"], true),
            (&["{", "}"], true),
            (&[""], false),
            (&["{"], false),
            (&[r#"{\"a\":{}"#], false),
            (&[r#"{\"a\":\"}"#], false),
            (&[r#"{\"a\":\"}\""#, "}"], true),
            // A quote that is escaped in the text itself, also between two pieces.
            (&[r#"{\"a\":\"\\\"}"#], false),
            (&[r#"{\"a\":\"\\"#, r#"\"}"#], false),
            (&[r#"{\"a\":\"\\\\\"}"#], true),
            // As .NET writes them.
            (&[r"{\u0022a\u0022:\u0022}"], false),
            (&[r"\u007b\u0022a\u0022:1\u007D"], true),
            // U+227D and U+7D22 are no brackets.
            (&[r"{\u227d"], false),
            (&[r"{\u7d22"], false),
            (&["[[", "]", "]"], true),
        ] {
            let mut nesting = Nesting::default();
            pieces.iter().for_each(|piece| nesting.add(piece));
            assert_eq!(nesting.is_closed(), closed, "{pieces:?}");
        }
    }
}
