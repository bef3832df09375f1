//! Whether a failed attempt is made again, and after how long.
//!
//! ```
//! use bedrock_chat_core::retry::{FailedAttempt, RetryClock, RetryPolicy};
//!
//! let policy = RetryPolicy::default(); // two retries
//! let failed = FailedAttempt { number: 1, retryable: true, retry_after_ms: Some("250"), ..FailedAttempt::default() };
//! let clock = RetryClock { random: 0.5, now_ms: 0.0, remaining_ms: None };
//! assert_eq!(policy.next_delay(&failed, &clock), Some(250));
//! ```

use crate::text::parse_decimal;
use crate::time::Timestamp;

/// The longest first pause, in milliseconds; it doubles with each attempt.
const FIRST_PAUSE_MS: u32 = 500;
/// No pause of our own is longer, in milliseconds.
const LONGEST_PAUSE_MS: u32 = 8_000;
/// A server that asks for as much or more is not waited for, in milliseconds: as `openai` does.
const LONGEST_ASKED_MS: f64 = 60_000.0;

/// How often a failed call is made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts after the first. Default: 2.
    pub max_retries: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy { max_retries: 2 }
    }
}

/// An attempt that failed.
#[derive(Clone, Copy, Debug, Default)]
pub struct FailedAttempt<'a> {
    /// Which attempt it was; the first is 1.
    pub number: u32,
    /// Whether the failure may pass: [`crate::error::ServiceError::retryable`], or a network failure.
    pub retryable: bool,
    /// The header `retry-after-ms`: milliseconds, a decimal number.
    pub retry_after_ms: Option<&'a str>,
    /// The header `retry-after`: seconds, a decimal number, or an HTTP date.
    pub retry_after: Option<&'a str>,
    /// The header `x-should-retry`: `true` or `false`, over `retryable`.
    pub should_retry: Option<&'a str>,
}

/// What the decision needs from outside.
#[derive(Clone, Copy, Debug)]
pub struct RetryClock {
    /// A fresh random number, 0 ≤ x < 1.
    pub random: f64,
    /// The time, in milliseconds since 1970.
    pub now_ms: f64,
    /// What is left of the total timeout, in milliseconds; `None` without one.
    pub remaining_ms: Option<f64>,
}

impl RetryPolicy {
    /// The pause before the next attempt, in milliseconds; `None` when the failure is final.
    #[must_use]
    pub fn next_delay(&self, failed: &FailedAttempt, clock: &RetryClock) -> Option<u32> {
        if failed.number > self.max_retries || !may_retry(failed) {
            return None;
        }
        let delay =
            asked_for(failed, clock).unwrap_or_else(|| own_pause(failed.number, clock.random));
        match clock.remaining_ms {
            Some(left) if f64::from(delay) >= left => None,
            _ => Some(delay),
        }
    }
}

fn may_retry(failed: &FailedAttempt) -> bool {
    match failed.should_retry {
        Some("true") => true,
        Some("false") => false,
        _ => failed.retryable,
    }
}

/// What the server asked for, when it is a sane time to wait.
fn asked_for(failed: &FailedAttempt, clock: &RetryClock) -> Option<u32> {
    let by_number = |text: Option<&str>, unit| parse_decimal(text?, unit).filter(sane);
    let by_date = || {
        let date = Timestamp::parse_http_date(failed.retry_after?)?;
        Some(date.unix_ms() as f64 - clock.now_ms).filter(sane)
    };
    // Rounded up: a whole millisecond later rather than a fraction too early.
    by_number(failed.retry_after_ms, 1.0)
        .or_else(|| by_number(failed.retry_after, 1_000.0))
        .or_else(by_date)
        .map(|ms| ms.ceil() as u32)
}

fn sane(ms: &f64) -> bool {
    *ms > 0.0 && *ms < LONGEST_ASKED_MS
}

/// Full jitter: anything from nothing to the cap of this attempt.
fn own_pause(number: u32, random: f64) -> u32 {
    let doublings = number.saturating_sub(1).min(LONGEST_PAUSE_MS.ilog2());
    let cap = FIRST_PAUSE_MS
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE_MS);
    (f64::from(cap) * random.clamp(0.0, 1.0)) as u32
}
