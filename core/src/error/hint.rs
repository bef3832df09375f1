//! What to do about an error, where we know.

use crate::text::find;

/// What is known of the call that failed, for better hints.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context<'a> {
    /// What is odd about the model's id for this endpoint, if anything: `endpoint::model_hint`.
    pub model_hint: Option<&'a str>,
    /// Whether the call used a guardrail.
    pub guardrail: bool,
}

/// What hints go by.
pub(super) struct Signs<'a> {
    /// The message, the AWS type and the code.
    pub(super) said: &'a str,
    /// 0 without one.
    pub(super) status: u16,
    pub(super) context: &'a Context<'a>,
    pub(super) expired: bool,
    pub(super) clock_skew: bool,
    /// Not Bedrock answered, but something on the way.
    pub(super) foreign: bool,
}

/// When a hint applies, besides its words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// Always; but what [`Context::model_hint`] says is better.
    Model,
    /// If a guardrail was used.
    Guardrail,
    Expired,
    ClockSkew,
    Foreign,
    Status(u16),
    /// A status of a redirect.
    Redirect,
}

impl Signs<'_> {
    pub(super) fn hint(&self) -> Option<String> {
        let applies = |words: &str, when| {
            self.are(when) && (words.is_empty() || find(self.said, words).is_some())
        };
        let (_, when, text) = HINTS
            .iter()
            .find(|(words, when, _)| applies(words, *when))?;
        let better = self.context.model_hint.filter(|_| *when == When::Model);
        Some(better.unwrap_or(text).into())
    }

    fn are(&self, when: When) -> bool {
        match when {
            When::Always | When::Model => true,
            When::Guardrail => self.context.guardrail,
            When::Expired => self.expired,
            When::ClockSkew => self.clock_skew,
            When::Foreign => self.foreign,
            When::Status(status) => self.status == status,
            When::Redirect => matches!(self.status, 300..400),
        }
    }
}

/// Known traps: the words to look for, when they count, and what to do. The first that applies is
/// given. Sources: sections 1.2, 1.3, 4.1, 5.2 and 5.3 of the collected facts about the service.
const HINTS: [(&str, When, &str); 26] = [
    (
        "",
        When::Redirect,
        "Redirects are not followed, because of the credentials. Set baseURL to where the service \
         is.",
    ),
    (
        "",
        When::Foreign,
        "A proxy or gateway answered, not Bedrock. Check baseURL.",
    ),
    (
        "UnknownOperationException",
        When::Always,
        "The path is wrong: on bedrock-runtime a baseURL ends in /openai/v1.",
    ),
    (
        "",
        When::ClockSkew,
        "The clock of this machine is off, or the token was signed too long ago.",
    ),
    (
        "",
        When::Expired,
        "API keys and temporary credentials expire. Give a function instead of a value: it is \
         asked again.",
    ),
    (
        "signature we calculated does not match",
        When::Always,
        "Check the secret access key and the region. A proxy must not change a signed request.",
    ),
    (
        "Invalid API Key format",
        When::Always,
        "A Bedrock API key starts with bedrock-api-key- or ABSK. AWS access keys go into \
         credentials.",
    ),
    (
        "Authentication failed",
        When::Always,
        "Check that the key is whole and not revoked. A short-term key works in the region it was \
         made for, no other.",
    ),
    (
        "security token included in the request is invalid",
        When::Always,
        "Check accessKeyId. Temporary credentials (ASIA…) need their sessionToken.",
    ),
    ("guardrail", When::Guardrail, GUARDRAIL),
    (
        "on-demand throughput",
        When::Model,
        "This model needs an inference profile: put its geography before the id, as us. or \
         global.",
    ),
    (
        "provided model identifier",
        When::Model,
        "Ids differ between the endpoints: openai.gpt-oss-20b-1:0 on runtime is \
         openai.gpt-oss-20b on mantle.",
    ),
    ("does not support the '", When::Model, PATH_OF_MODEL),
    ("supported on this route", When::Model, PATH_OF_MODEL),
    ("is not enabled", When::Status(401), PATH_OF_MODEL),
    ("model_not_found", When::Model, NO_CHAT),
    ("model doesn't exist", When::Model, NO_CHAT),
    ("the model '", When::Model, NO_CHAT),
    // After the models: it may be the model that was not found.
    ("ResourceNotFoundException", When::Guardrail, GUARDRAIL),
    (
        "unsupported for streaming",
        When::Always,
        "Call this model without stream.",
    ),
    (
        "Unsupported parameter: 'max_tokens'",
        When::Always,
        "Use max_completion_tokens, which every model accepts.",
    ),
    ("Unsupported parameter", When::Always, AS_GIVEN),
    ("Unknown parameter", When::Always, AS_GIVEN),
    (
        "Failed to deserialize",
        When::Always,
        "A field has another shape than in the Chat Completions API.",
    ),
    (
        "",
        When::Status(403),
        "The principal needs bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream (on \
         mantle bedrock-mantle:CreateInference), with an API key also CallWithBearerToken, with a \
         guardrail bedrock:ApplyGuardrail; and the account needs access to the model.",
    ),
    (
        "",
        When::Status(429),
        "A quota is used up: send fewer requests at a time, lower max_completion_tokens, or use a \
         cross-Region inference profile.",
    ),
];

const AS_GIVEN: &str = "Leave it out for this model: the client sends what it is given.";
const GUARDRAIL: &str = "Check guardrail.identifier and guardrail.version, that the guardrail is \
    in this region, and that bedrock:ApplyGuardrail is allowed.";
const NO_CHAT: &str = "The model has no Chat Completions on this endpoint or in this region. Ids \
    differ between runtime and mantle.";
const PATH_OF_MODEL: &str = "This path does not serve the model. On mantle it is /openai/v1 for \
    gpt-5, grok and gemma-4, and /v1 for gpt-oss and the other open-weight models.";
