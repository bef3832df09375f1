//! Where a request goes: which space, which endpoint, which operation.

/// The space of requests without a prefix.
pub const DEFAULT_SPACE: &str = "default";

const CHAT: &str = "/chat/completions";

/// The two endpoint families of Bedrock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `bedrock-runtime`
    Runtime,
    /// `bedrock-mantle`
    Mantle,
}

/// A path, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// The name of the space.
    pub space: &'a str,
    /// The endpoint.
    pub family: Family,
    /// The path as the endpoint sees it.
    pub path: &'a str,
}

impl<'a> Address<'a> {
    /// Takes `/_s/{space}` and `/mantle` off a path.
    #[must_use]
    pub fn parse(path: &'a str) -> Self {
        let (space, path) = match path
            .strip_prefix("/_s/")
            .and_then(|rest| rest.split_once('/'))
        {
            Some((space, rest)) => (
                space,
                path.get(path.len() - rest.len() - 1..).unwrap_or_default(),
            ),
            None => (DEFAULT_SPACE, path),
        };
        match path.strip_prefix("/mantle") {
            Some(path) if path.starts_with('/') => Self {
                space,
                family: Family::Mantle,
                path,
            },
            _ => Self {
                space,
                family: Family::Runtime,
                path,
            },
        }
    }

    /// Whether this is meant to be Chat Completions, under whatever prefix.
    #[must_use]
    pub fn is_chat(&self) -> bool {
        self.path.ends_with(CHAT)
    }

    /// The prefix of Chat Completions, where the endpoint has it.
    #[must_use]
    pub fn chat_prefix(&self) -> Option<&'a str> {
        let prefix = self.path.strip_suffix(CHAT)?;
        match (self.family, prefix) {
            (_, "/openai/v1") | (Family::Mantle, "/v1") => Some(prefix),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let runtime = Address::parse("/openai/v1/chat/completions");
        assert_eq!(
            (runtime.space, runtime.family),
            (DEFAULT_SPACE, Family::Runtime)
        );
        assert_eq!(runtime.chat_prefix(), Some("/openai/v1"));

        let mantle = Address::parse("/_s/a.b/mantle/v1/chat/completions");
        assert_eq!((mantle.space, mantle.family), ("a.b", Family::Mantle));
        assert_eq!(mantle.chat_prefix(), Some("/v1"));

        let trap = Address::parse("/_s/x/v1/chat/completions");
        assert_eq!(
            (trap.space, trap.chat_prefix(), trap.is_chat()),
            ("x", None, true)
        );
        assert_eq!(Address::parse("/mantlepiece").family, Family::Runtime);
    }
}
