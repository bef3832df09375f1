//! Why an attempt failed, and the error that the caller gets for it.

use wasm_bindgen::JsValue;
use web_sys::Headers;

use super::answer::Head;
use super::ending::{Ending, Limit};
use super::errors::{self, Details, Fields};
use bedrock_chat_core::decoder;
use bedrock_chat_core::error::{ErrorClass, ServiceError, text};

/// Why an attempt failed.
pub(crate) enum Failed {
    /// The call was ended; it knows why.
    Ended,
    /// The attempt took longer than this limit allows.
    TooSlow(Limit),
    /// An exception of the caller's own code, or an error that is final as it is.
    Thrown(JsValue),
    /// `fetch` failed, or the body broke off.
    Network(JsValue),
    /// The answer cannot be read.
    Malformed,
    /// The stream failed before its first event, with this error, and may be asked for again.
    Died(JsValue),
    /// The service answered with an error.
    Answered(Box<ServiceError>, Option<Headers>),
}

/// What of a call stands in its errors.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) attempts: u32,
    pub(crate) stream: bool,
    pub(crate) ended: Option<&'a Ending>,
    /// The status and headers of the answer in hand.
    pub(crate) answer: Option<&'a Head>,
}

impl Failed {
    /// The error that the caller gets.
    pub(crate) fn error(&self, facts: Facts<'_>) -> JsValue {
        match self {
            Self::Thrown(error) | Self::Died(error) => error.clone(),
            Self::Answered(failure, headers) => {
                let details = Details {
                    // An error event came in an answer that is still in hand.
                    headers: headers.as_ref().or(facts.headers()),
                    status: failure.status,
                    cause: None,
                    attempts: facts.attempts,
                };
                errors::api(failure, &details)
            }
            Self::Network(cause) => {
                let fields = Fields {
                    hint: Some(text::NETWORK_OR_CORS),
                    ..Fields::default()
                };
                let class = ErrorClass::APIConnectionError;
                facts.error(class, text::CONNECTION, true, fields, Some(cause))
            }
            Self::Malformed => {
                let class = ErrorClass::APIError;
                facts.error(
                    class,
                    "The answer is not JSON.",
                    false,
                    Fields::default(),
                    None,
                )
            }
            Self::TooSlow(limit) => facts.timeout(*limit),
            Self::Ended => match facts.ended {
                Some(Ending::TimedOut(limit)) => facts.timeout(*limit),
                Some(Ending::Aborted(reason)) if !reason.is_undefined() => {
                    facts.abort(Some(reason))
                }
                _ => facts.abort(None),
            },
        }
    }
}

impl<'a> Facts<'a> {
    fn headers(self) -> Option<&'a Headers> {
        self.answer.map(|(_, headers)| headers)
    }

    fn abort(self, reason: Option<&JsValue>) -> JsValue {
        self.error(
            ErrorClass::APIUserAbortError,
            text::ABORTED,
            false,
            Fields::default(),
            reason,
        )
    }

    fn timeout(self, limit: Limit) -> JsValue {
        let fields = Fields {
            timeout: Some(limit.option()),
            ..Fields::default()
        };
        let (class, message) = if self.stream {
            (ErrorClass::StreamTimeoutError, limit.message())
        } else {
            (ErrorClass::APIConnectionTimeoutError, text::TIMED_OUT)
        };
        self.error(class, message, true, fields, None)
    }

    /// Why a decoder ended without a whole answer; an error event is not told here.
    pub(crate) fn decoding(self, failure: Option<&decoder::StreamError>) -> JsValue {
        let (class, message, retryable) = match failure {
            Some(decoder::StreamError::TooLarge) => {
                (ErrorClass::APIError, text::EVENT_TOO_LARGE, false)
            }
            Some(decoder::StreamError::Malformed { .. }) => {
                (ErrorClass::APIError, text::MALFORMED_EVENT, false)
            }
            _ => (ErrorClass::IncompleteStreamError, text::INCOMPLETE, true),
        };
        self.error(class, message, retryable, Fields::default(), None)
    }

    fn error(
        self,
        class: ErrorClass,
        message: &str,
        retryable: bool,
        fields: Fields<'_>,
        cause: Option<&JsValue>,
    ) -> JsValue {
        let details = Details {
            attempts: self.attempts,
            cause,
            status: self.answer.map(|(status, _)| *status),
            headers: self.headers(),
        };
        let fields = Fields {
            retryable: Some(retryable),
            ..fields
        };
        errors::of_call(class, message, fields, &details)
    }
}
