//! Tokens by the emulator's own measure, for pieces of streams and for usage.

/// The tokens of a text: words with the space before them, longer ones in pieces. No character is
/// cut.
pub fn tokens(text: &str) -> impl Iterator<Item = &str> {
    const LONGEST: usize = 7;
    let mut rest = text;
    std::iter::from_fn(move || {
        let mut chars = rest.char_indices().enumerate().skip(1);
        let end = chars.find(|(count, (_, char))| *count == LONGEST || char.is_whitespace());
        let (token, tail) = rest.split_at(end.map_or(rest.len(), |(_, (at, _))| at));
        rest = tail;
        (!token.is_empty()).then_some(token)
    })
}

/// How many tokens a text has.
#[must_use]
pub fn count(text: &str) -> usize {
    tokens(text).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_make_the_text() {
        let text = "A streaming é, 漢字 and\n\n👩‍👩‍👧‍👦.";
        assert_eq!(tokens(text).collect::<String>(), text);
        assert_eq!(
            tokens("a streaming é").collect::<Vec<_>>(),
            ["a", " stream", "ing", " é"]
        );
    }
}
