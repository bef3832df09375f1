//! Where a request goes: which space, which endpoint, which operation.

use axum::http::Method;
use serde::Deserialize;

/// The space of requests without a prefix.
pub const DEFAULT_SPACE: &str = "default";

const CHAT: &str = "/chat/completions";
const MODELS: &str = "/models";
const CHECKS: &str = "/guardrail-checks/invoke";

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

/// An operation, as a step names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OperationName {
    /// Chat Completions.
    #[default]
    ChatCompletions,
    /// OpenAI's list of models.
    ListModels,
    /// One of them.
    RetrieveModel,
    /// A guardrail judges a text.
    ApplyGuardrail,
    /// Scores for a text, without a guardrail.
    InvokeGuardrailChecks,
}

/// An operation with what its path says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation<'a> {
    /// Chat Completions, under one of its prefixes.
    ChatCompletions {
        /// `/v1` or `/openai/v1`.
        prefix: &'a str,
    },
    /// OpenAI's list of models.
    ListModels,
    /// One of them.
    RetrieveModel {
        /// The model.
        id: String,
    },
    /// A guardrail judges a text.
    ApplyGuardrail {
        /// The guardrail, or its ARN.
        identifier: String,
        /// `DRAFT` or a number.
        version: String,
    },
    /// Scores for a text, without a guardrail.
    InvokeGuardrailChecks,
}

/// The path of a request, taken apart.
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

    /// The operation that is meant, under whatever prefix.
    #[must_use]
    pub fn operation_name(&self, method: &Method) -> Option<OperationName> {
        if method == Method::POST {
            return match self.path {
                path if path.ends_with(CHAT) => Some(OperationName::ChatCompletions),
                CHECKS => Some(OperationName::InvokeGuardrailChecks),
                path => guardrail(path).map(|_| OperationName::ApplyGuardrail),
            };
        }
        let (_, id) = self.path.split_once(MODELS)?;
        match id.strip_prefix('/') {
            _ if method != Method::GET => None,
            None => id.is_empty().then_some(OperationName::ListModels),
            Some(_) => Some(OperationName::RetrieveModel),
        }
    }

    /// The operation, if the endpoint has it at this path.
    #[must_use]
    pub fn operation(&self, method: &Method) -> Option<Operation<'a>> {
        match self.operation_name(method)? {
            OperationName::ChatCompletions => {
                let prefix = self.path.strip_suffix(CHAT)?;
                match (self.endpoint, prefix) {
                    (_, "/openai/v1") | (Endpoint::Mantle, "/v1") => {
                        Some(Operation::ChatCompletions { prefix })
                    }
                    _ => None,
                }
            }
            OperationName::ListModels => {
                (self.models_path()?.is_empty()).then_some(Operation::ListModels)
            }
            OperationName::RetrieveModel => {
                let id = decode(self.models_path()?.strip_prefix('/')?);
                Some(Operation::RetrieveModel { id })
            }
            _ if self.endpoint == Endpoint::Mantle => None,
            OperationName::ApplyGuardrail => {
                let (identifier, version) = guardrail(self.path)?;
                Some(Operation::ApplyGuardrail {
                    identifier: decode(identifier),
                    version: decode(version),
                })
            }
            OperationName::InvokeGuardrailChecks => Some(Operation::InvokeGuardrailChecks),
        }
    }

    /// What stands behind `/v1/models`. Mantle alone has it, and not under `/openai/v1`:
    /// <https://github.com/aws-samples/sample-per-model-bedrock>, 00-foundations/01.
    fn models_path(&self) -> Option<&'a str> {
        let path = self.path.strip_prefix("/v1")?.strip_prefix(MODELS)?;
        (self.endpoint == Endpoint::Mantle).then_some(path)
    }
}

/// The identifier and the version of a guardrail that is to be applied, each one segment.
fn guardrail(path: &str) -> Option<(&str, &str)> {
    let path = path.strip_prefix("/guardrail/")?.strip_suffix("/apply")?;
    let (identifier, version) = path.split_once("/version/")?;
    let is_segment = |part: &str| !part.is_empty() && !part.contains('/');
    (is_segment(identifier) && is_segment(version)).then_some((identifier, version))
}

/// Undoes the percent-encoding of a path segment.
fn decode(segment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = segment.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                digit(*high).zip(digit(*low)).map(|pair| (pair, after))
            }
            _ => None,
        };
        let byte;
        (byte, rest) = match escaped {
            Some(((high, low), after)) => ((high * 16 + low) as u8, after),
            None => (*first, tail),
        };
        bytes.push(byte);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(method: Method, path: &str) -> Option<Operation<'_>> {
        Target::parse(path).operation(&method)
    }

    #[test]
    fn paths_are_taken_apart() {
        let target = |path| {
            let Target {
                space, endpoint, ..
            } = Target::parse(path);
            (space, endpoint)
        };
        let runtime = target("/openai/v1/chat/completions");
        assert_eq!(runtime, (DEFAULT_SPACE, Endpoint::Runtime));
        let mantle = target("/_s/a.b/mantle/v1/chat/completions");
        assert_eq!(mantle, ("a.b", Endpoint::Mantle));
        assert_eq!(target("/_s/x/v1/models"), ("x", Endpoint::Runtime));
        assert_eq!(target("/mantlepiece").1, Endpoint::Runtime);
    }

    #[test]
    fn operations_have_their_paths() {
        let chat = |prefix| Some(Operation::ChatCompletions { prefix });
        let post = |path| operation(Method::POST, path);
        assert_eq!(post("/openai/v1/chat/completions"), chat("/openai/v1"));
        assert_eq!(post("/_s/a/mantle/v1/chat/completions"), chat("/v1"));
        assert_eq!(post("/v1/chat/completions"), None);

        let get = |path| operation(Method::GET, path);
        let model = |id: &str| Some(Operation::RetrieveModel { id: id.to_owned() });
        assert_eq!(get("/mantle/v1/models"), Some(Operation::ListModels));
        assert_eq!(get("/mantle/v1/models/a.b"), model("a.b"));
        assert_eq!(get("/mantle/v1/models/a%3A1%2fx%"), model("a:1/x%"));
        for path in [
            "/mantle/openai/v1/models",
            "/openai/v1/models",
            "/v1/models",
        ] {
            assert_eq!(get(path), None);
        }
        assert_eq!(get("/openai/v1/chat/completions"), None);
    }

    #[test]
    fn guardrails_are_on_runtime() {
        let post = |path| operation(Method::POST, path);
        let apply = |identifier: &str| {
            Some(Operation::ApplyGuardrail {
                identifier: identifier.to_owned(),
                version: "DRAFT".to_owned(),
            })
        };
        assert_eq!(post("/guardrail/a/version/DRAFT/apply"), apply("a"));
        let arn = "/_s/x/guardrail/arn%3Aaws%3Aguardrail%2Fa/version/DRAFT/apply";
        assert_eq!(post(arn), apply("arn:aws:guardrail/a"));
        let checks = "/guardrail-checks/invoke";
        assert_eq!(post(checks), Some(Operation::InvokeGuardrailChecks));
        for path in [
            "/guardrail/arn:aws:guardrail/a/version/1/apply",
            "/guardrail/a/version//apply",
            "/mantle/guardrail/a/version/1/apply",
            "/mantle/guardrail-checks/invoke",
        ] {
            assert_eq!(post(path), None);
        }
        assert_eq!(operation(Method::GET, checks), None);
    }

    #[test]
    fn a_step_is_for_an_operation_under_any_prefix() {
        let name = |method, path| Target::parse(path).operation_name(&method);
        let chat = Some(OperationName::ChatCompletions);
        assert_eq!(name(Method::POST, "/nowhere/chat/completions"), chat);
        let list = Some(OperationName::ListModels);
        assert_eq!(name(Method::GET, "/openai/v1/models"), list);
        assert_eq!(name(Method::POST, "/openai/v1/models"), None);
    }
}
