//! A guardrail that the client applies itself: what it must know of one before a request is judged.

use crate::client::Client;
use crate::error::{Report, Reported};
use crate::operation::ENFORCED;
use crate::options::Values;
use crate::prepared::PreparedRequest;

/// The guardrail of a chat completion, where the client is to apply it; else nothing. On a line each:
/// its id, its version, its trace, its tags' suffix, its mode, and whether it is the call's own.
///
/// # Errors
/// What is wrong with the request.
pub fn enforcement(
    client: &Client,
    options: &Values,
    body: String,
    report: &mut Report,
) -> Result<String, Reported> {
    let prepared = PreparedRequest::new(&ENFORCED, client, options, body, false, report)?;
    Ok(prepared.plan)
}
