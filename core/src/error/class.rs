//! The classes of errors, and which statuses belong to them.

use crate::text::{parse_integer, split, split_once};

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
const TYPES: &str = "\
400 ValidationException SerializationException ServiceQuotaExceededException invalid_request_error
401 authentication_error
403 UnrecognizedClientException AccessDeniedException ExpiredTokenException InvalidSignatureException permission_error
404 ResourceNotFoundException UnknownOperationException not_found_error
408 ModelTimeoutException
424 ModelErrorException ModelStreamErrorException
429 ThrottlingException ModelNotReadyException rate_limit_error rate_limit_exceeded
500 InternalServerException server_error
503 ServiceUnavailableException";

/// 0 for other types.
pub(super) fn status_of_type(name: &str) -> u16 {
    for line in split(TYPES, b'\n') {
        let (status, names) = split_once(line, b' ').unwrap_or_default();
        if split(names, b' ').any(|known| known == name) {
            return parse_integer(status).unwrap_or_default() as u16;
        }
    }
    0
}

/// Whether what failed with this status may succeed later.
#[must_use]
pub const fn is_retryable(status: u16) -> bool {
    matches!(status, 408 | 409 | 429 | 500..)
}
