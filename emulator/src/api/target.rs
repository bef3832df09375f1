//! Where a request goes: which space, which endpoint, which operation.

/// The space of requests without a prefix.
pub const DEFAULT_SPACE: &str = "default";

const CHAT: &str = "/chat/completions";

/// The two endpoint families of Bedrock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `bedrock-runtime`
    Runtime,
    /// `bedrock-mantle`
    Mantle,
}

impl Endpoint {
    /// The service that a signature for it must be scoped to.
    #[must_use]
    pub fn signing_service(self) -> &'static str {
        match self {
            Self::Runtime => "bedrock",
            Self::Mantle => "bedrock-mantle",
        }
    }
}

/// A path, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The name of the space.
    pub space: &'a str,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The path as the endpoint sees it.
    pub path: &'a str,
}

impl<'a> Target<'a> {
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
                endpoint: Endpoint::Mantle,
                path,
            },
            _ => Self {
                space,
                endpoint: Endpoint::Runtime,
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
        match (self.endpoint, prefix) {
            (_, "/openai/v1") | (Endpoint::Mantle, "/v1") => Some(prefix),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart() {
        let runtime = Target::parse("/openai/v1/chat/completions");
        assert_eq!(
            (runtime.space, runtime.endpoint),
            (DEFAULT_SPACE, Endpoint::Runtime)
        );
        assert_eq!(runtime.chat_prefix(), Some("/openai/v1"));

        let mantle = Target::parse("/_s/a.b/mantle/v1/chat/completions");
        assert_eq!((mantle.space, mantle.endpoint), ("a.b", Endpoint::Mantle));
        assert_eq!(mantle.chat_prefix(), Some("/v1"));

        let trap = Target::parse("/_s/x/v1/chat/completions");
        assert_eq!(
            (trap.space, trap.chat_prefix(), trap.is_chat()),
            ("x", None, true)
        );
        assert_eq!(Target::parse("/mantlepiece").endpoint, Endpoint::Runtime);
    }
}
