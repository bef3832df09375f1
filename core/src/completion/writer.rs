//! Writing the completion.

use crate::json::write_u32;
use crate::text::push_all;
use std::ops::Range;

/// Writes JSON whose parts are JSON already.
pub(super) struct CompletionWriter {
    pub(super) out: String,
    /// The addresses of the part of a text that is left out: U+0000 stands for it.
    pub(super) apart: Range<usize>,
    /// Whether a comma belongs in front of the next member or element.
    pub(super) comma: bool,
}

impl CompletionWriter {
    pub(super) fn new(capacity: usize) -> Self {
        CompletionWriter {
            out: String::with_capacity(capacity),
            apart: 0..0,
            comma: false,
        }
    }

    pub(super) fn open(&mut self, bracket: char) {
        self.out.push(bracket);
        self.comma = false;
    }

    pub(super) fn close(&mut self, bracket: char) {
        self.out.push(bracket);
        self.comma = true;
    }

    pub(super) fn comma(&mut self) {
        if std::mem::replace(&mut self.comma, true) {
            self.out.push(',');
        }
    }

    pub(super) fn key(&mut self, escaped: &str) {
        self.comma();
        push_all(&mut self.out, &["\"", escaped, "\":"]);
    }

    /// A member that is an object or a list.
    pub(super) fn begin(&mut self, key: &str, bracket: char) {
        self.key(key);
        self.open(bracket);
    }

    pub(super) fn number(&mut self, key: &str, number: u32) {
        self.key(key);
        write_u32(number, &mut self.out);
    }

    pub(super) fn member(&mut self, key: &str, json: &str) {
        self.key(key);
        self.out.push_str(json);
    }

    pub(super) fn text(&mut self, key: &str, body: &str) {
        self.key(key);
        let start = self.apart.start.wrapping_sub(body.as_ptr().addr());
        let rest = body.get(start.wrapping_add(self.apart.len())..);
        let parts = match (body.get(..start), rest) {
            (Some(before), Some(rest)) if !self.apart.is_empty() => {
                ["\"", before, "\0", rest, "\""]
            }
            _ => ["\"", body, "", "", "\""],
        };
        push_all(&mut self.out, &parts);
    }
}

pub(super) fn replace(text: &mut String, with: &str) {
    if text != with {
        text.clear();
        text.push_str(with);
    }
}
