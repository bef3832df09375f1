//! Texts cut at ASCII characters. By hand: the library's searchers weigh 2 KB in the module.

/// What stands before and behind the first `mark`, which is ASCII.
pub(crate) fn cut(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The parts between the `mark`s, empty ones included: one more than there are marks.
pub(crate) fn parts(text: &str, mark: u8) -> Parts<'_> {
    Parts {
        rest: Some(text),
        mark,
    }
}

/// See [`parts`].
pub(crate) struct Parts<'a> {
    rest: Option<&'a str>,
    mark: u8,
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let (part, rest) = cut(text, self.mark).unzip();
        self.rest = rest;
        Some(part.unwrap_or(text))
    }
}

/// The text without the `mark`s at its end.
pub(crate) fn without_end(text: &str, mark: u8) -> &str {
    let mut text = text;
    while let Some(bytes) = text.as_bytes().strip_suffix(&[mark]) {
        text = text.get(..bytes.len()).unwrap_or_default();
    }
    text
}
