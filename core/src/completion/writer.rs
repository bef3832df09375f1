//! Writing the completion.

/// Writes JSON whose parts are JSON already.
pub(super) struct CompletionWriter {
    pub(super) out: String,
    /// Whether a comma belongs in front of the next member or element.
    pub(super) comma: bool,
}

impl CompletionWriter {
    pub(super) fn new(capacity: usize) -> Self {
        CompletionWriter {
            out: String::with_capacity(capacity),
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
        for part in ["\"", escaped, "\":"] {
            self.out.push_str(part);
        }
    }

    pub(super) fn member(&mut self, key: &str, json: &str) {
        self.key(key);
        self.out.push_str(json);
    }

    pub(super) fn text(&mut self, key: &str, body: &str) {
        self.key(key);
        for part in ["\"", body, "\""] {
            self.out.push_str(part);
        }
    }
}

pub(super) fn replace(text: &mut String, with: &str) {
    if text != with {
        text.clear();
        text.push_str(with);
    }
}
