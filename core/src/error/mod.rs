//! An answer that is an error, as a typed failure.
//!
//! ```
//! use bedrock_chat_core::error::{ErrorResponse, ErrorClass, from_answer};
//!
//! let failure = from_answer(&ErrorResponse {
//!     status: 429,
//!     error_type: "ThrottlingException:http://internal.amazon.com/coral/",
//!     body: br#"{"message":"Too many tokens"}"#,
//!     ..ErrorResponse::default()
//! });
//! assert_eq!(failure.class, ErrorClass::RateLimitError);
//! assert_eq!(failure.message, "429 Too many tokens");
//! assert_eq!(failure.aws_error_type, "ThrottlingException");
//! assert!(failure.retryable);
//! ```
//!
//! Bedrock, its front ends and the proxies before them answer in many shapes; all of them end up
//! as one [`ServiceError`] with the fields of `openai`'s errors and a few of our own. What the service
//! says is shown bounded and with secrets and echoed input hidden.

mod class;
mod content;
mod hint;
mod redact;
mod report;
mod service;
pub mod text;

pub use self::class::{ErrorClass, is_retryable};
pub use self::content::{LONGEST_START, is_event_stream, is_stream};
pub use self::hint::Context;
pub use self::redact::{Redactor, redact};
pub use self::report::{Facts, Report, Reported};
pub use self::service::{
    ErrorResponse, LONGEST_BODY, LONGEST_MESSAGE, ServiceError, from_answer, from_stream_event,
    misplaced_answer,
};
