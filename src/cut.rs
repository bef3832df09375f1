//! Texts cut at ASCII characters and words. By hand: the library's searchers weigh kilobytes in
//! the module.

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

/// Where `needle`, which is ASCII, starts in `text`, in any case.
pub(crate) fn find(text: &str, needle: &str) -> Option<usize> {
    let needle = needle.as_bytes();
    // At least 1: `windows` panics on 0.
    let mut windows = text.as_bytes().windows(needle.len().max(1));
    windows.position(|window| window.eq_ignore_ascii_case(needle))
}

/// Where `needle` last starts in `text`.
pub(crate) fn rfind(text: &str, needle: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(needle.len().max(1));
    windows.rposition(|window| window == needle.as_bytes())
}

/// What stands behind the first `needle`.
pub(crate) fn after<'t>(text: &'t str, needle: &str) -> Option<&'t str> {
    text.get(find(text, needle)? + needle.len()..)
}
