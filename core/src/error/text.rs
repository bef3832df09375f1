//! The texts of errors that no answer explains.

/// `APIUserAbortError`; the words are `openai`'s.
pub const ABORTED: &str = "Request was aborted.";
/// `APIConnectionError`; the words are `openai`'s.
pub const CONNECTION: &str = "Connection error.";
/// The hint of `APIConnectionError`. A browser does not tell the two apart.
pub const NETWORK_OR_CORS: &str = "The network failed, or the browser withheld the answer (CORS). \
    Check the region and baseURL: a region without Bedrock is a host that does not exist. \
    In a page, call through a proxy of your own origin by baseURL.";
/// `APIConnectionTimeoutError`; the words are `openai`'s.
pub const TIMED_OUT: &str = "Request timed out.";
/// `StreamTimeoutError` of `connect`.
pub const NO_HEADERS: &str = "Timed out: no answer within timeout.connect.";
/// `StreamTimeoutError` of `firstToken`.
pub const NO_FIRST_TOKEN: &str = "Timed out: no content within timeout.firstToken.";
/// `StreamTimeoutError` of `idle`.
pub const IDLE: &str = "Timed out: the stream fell silent for timeout.idle.";
/// `StreamTimeoutError` of `total`.
pub const TOO_LONG: &str = "Timed out: not done within timeout.total.";
/// `IncompleteStreamError`.
pub const INCOMPLETE: &str =
    "The stream ended before a finish_reason or [DONE]: the answer is cut off.";
/// `IncompleteStreamError` of an answer that is no stream.
pub const TOO_FEW: &str = "The answer has fewer choices than `n` asked for.";
/// `APIError` for an event that is not JSON. Its payload is not shown.
pub const MALFORMED_EVENT: &str = "The stream sent an event that is not JSON.";
/// `APIError` for an answer whose `finish_reason` says that it failed, and that says no more.
pub const FAILED_ANSWER: &str = "The model failed: its finish_reason says so.";
/// `APIError` for an answer that no engine reads.
pub const NOT_JSON: &str = "The answer is not JSON.";
/// `GuardrailNotEnforcedError` of a model that runtime may answer unguarded.
pub const NOT_PROVEN: &str = "AWS documents guardrails for this model through Converse alone, and \
    chat completions may ignore them, so nothing was sent. Let the client apply it, by \
    guardrail.enforce and the entry bedrock-chat/guardrails; use another model; or send it unguarded \
    with guardrail.allowUnenforced. The option `models` says otherwise of a model.";
/// `GuardrailNotEnforcedError` on mantle.
pub const NOT_ENFORCED: &str = "bedrock-mantle ignores guardrails, so nothing was sent. \
    Let the client apply it, by guardrail.enforce and the entry bedrock-chat/guardrails; use endpoint \"runtime\"; \
    or send it unguarded with guardrail.allowUnenforced.";
/// The list of models on runtime; completes "`endpoint` …".
pub const NO_MODELS: &str = "must be \"mantle\" to list models. For those of bedrock-runtime ask \
    ListFoundationModels and ListInferenceProfiles of AWS's SDK.";
/// `GuardrailNotEnforcedError` of an answer, with `guardrail.requireEvidence`.
pub const NO_EVIDENCE: &str = "The answer shows no sign of the guardrail, so it is not given: \
    guardrail.requireEvidence asks for one.";
/// A guardrail that this client does not apply; completes "`guardrail.enforce` …".
pub const NEEDS_ENTRY: &str = "wants a client that applies the guardrail itself: import \
    BedrockChatClient from \"bedrock-chat/guardrails\". Nothing was sent";
