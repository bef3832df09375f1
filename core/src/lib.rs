//! Amazon Bedrock's OpenAI-compatible Chat Completions API, without I/O.
//!
//! Nothing here knows JavaScript, a network, a clock or randomness: these come in as values. The
//! modules, each of which uses only those above it:
//!
//! | module | from | to |
//! |---|---|---|
//! | [`text`] | text | parts and numbers of it |
//! | [`json`] | text | spans of it |
//! | [`size`] | | what has a limit |
//! | [`time`] | a date of a header or a signature | milliseconds, and back |
//! | [`family`], [`models`] | a model's id | what is known of it |
//! | [`endpoint`] | region, family, base URL | URL, signing service |
//! | [`sigv4`], [`token`] | a request, credentials | a signature, a Bedrock API key |
//! | [`guardrail`] | its configuration | headers, body field, tags; its result |
//! | [`request`] | a request as JSON text | the same, checked |
//! | [`apply`] | a request about a guardrail | its path and body |
//! | [`sse`] | bytes | events |
//! | [`chunk`], [`reasoning`] | an event | what the client must know of it |
//! | [`completion`] | chunks | the completion so far |
//! | [`decoder`] | bytes | all of the last three, in batches |
//! | [`body`] | an answer that was read | its members that decide |
//! | [`error`], [`retry`] | an answer | a typed error; whether to try again |
//! | [`options`], [`limits`] | what a caller gave | checked values |
//! | [`response`] | an answer that is no stream | the completion |
//! | [`operation`] | a route of the service | its method, path, request rules and reader |
//! | [`enforce`] | a request | the guardrail that the client applies to it |
//! | [`client`], [`call`] | options; events and the time | what to do next for a call |

pub mod apply;
pub mod body;
pub mod call;
pub mod chunk;
pub mod client;
pub mod completion;
pub mod decoder;
pub mod endpoint;
pub mod enforce;
pub mod error;
pub mod family;
pub mod guardrail;
mod headers;
pub mod json;
pub mod limits;
pub mod models;
pub mod operation;
pub mod options;
mod prepared;
pub mod reasoning;
pub mod request;
pub mod response;
pub mod retry;
mod secrets;
pub mod sigv4;
pub mod size;
pub mod sse;
pub mod text;
pub mod time;
pub mod token;
