//! The families of endpoints: which one a client talks to decides its host, paths and rules.

/// One of the two families of Bedrock endpoints that speak Chat Completions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `bedrock-runtime`: guardrails and inference profiles; the default.
    Runtime,
    /// `bedrock-mantle`: server-side tools and projects; ignores guardrails.
    Mantle,
}

impl Family {
    /// Reads the option `endpoint`: `"runtime"` or `"mantle"`; `None` for anything else.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "runtime" => Some(Self::Runtime),
            "mantle" => Some(Self::Mantle),
            _ => None,
        }
    }

    /// The option's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Mantle => "mantle",
        }
    }

    /// The service name in a SigV4 scope.
    #[must_use]
    pub const fn signing_service(self) -> &'static str {
        match self {
            Self::Runtime => "bedrock",
            Self::Mantle => "bedrock-mantle",
        }
    }
}
