//! The classes of errors, and which statuses belong to them.

/// The JavaScript classes of errors, by their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum ErrorClass {
    BedrockError,
    APIError,
    BadRequestError,
    AuthenticationError,
    PermissionDeniedError,
    NotFoundError,
    ConflictError,
    UnprocessableEntityError,
    RateLimitError,
    InternalServerError,
    APIUserAbortError,
    APIConnectionError,
    APIConnectionTimeoutError,
    ConfigurationError,
    InvalidRequestError,
    IncompleteStreamError,
    StreamTimeoutError,
    GuardrailNotEnforcedError,
    LimitError,
}

/// The statuses with a class of their own.
const STATUSES: [(u16, ErrorClass); 7] = [
    (400, ErrorClass::BadRequestError),
    (401, ErrorClass::AuthenticationError),
    (403, ErrorClass::PermissionDeniedError),
    (404, ErrorClass::NotFoundError),
    (409, ErrorClass::ConflictError),
    (422, ErrorClass::UnprocessableEntityError),
    (429, ErrorClass::RateLimitError),
];

impl ErrorClass {
    /// The class of an answer with this status, as `openai` maps them.
    #[must_use]
    pub fn of_status(status: u16) -> Self {
        let known = STATUSES.iter().find(|(known, _)| *known == status);
        match known {
            Some((_, class)) => *class,
            None if status >= 500 => Self::InternalServerError,
            None => Self::APIError,
        }
    }
}

/// The statuses that error types stand for, where an answer's own status does not tell: Bedrock's
/// (its API model), those of AWS front ends, and `openai`'s words.
const TYPES: [(&str, u16); 23] = [
    ("ValidationException", 400),
    ("SerializationException", 400),
    ("ServiceQuotaExceededException", 400),
    ("invalid_request_error", 400),
    ("authentication_error", 401),
    ("UnrecognizedClientException", 403),
    ("AccessDeniedException", 403),
    ("ExpiredTokenException", 403),
    ("InvalidSignatureException", 403),
    ("permission_error", 403),
    ("ResourceNotFoundException", 404),
    ("UnknownOperationException", 404),
    ("not_found_error", 404),
    ("ModelTimeoutException", 408),
    ("ModelErrorException", 424),
    ("ModelStreamErrorException", 424),
    ("ThrottlingException", 429),
    ("ModelNotReadyException", 429),
    ("rate_limit_error", 429),
    ("rate_limit_exceeded", 429),
    ("InternalServerException", 500),
    ("server_error", 500),
    ("ServiceUnavailableException", 503),
];

pub(super) fn status_of_type(name: &str) -> Option<u16> {
    TYPES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, status)| *status)
}

/// Whether what failed with this status may succeed later.
#[must_use]
pub const fn is_retryable(status: u16) -> bool {
    matches!(status, 408 | 409 | 429 | 500..)
}
