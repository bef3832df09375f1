//! What to do about an error, where we know.

use crate::text::{find, split, split_once};

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

/// Known traps, a line each: when the hint counts, the words to look for, a `>`, and what to do. The
/// first that applies is given. Of several words, between `|`, one is enough; without any it counts
/// in any case. It counts
///
/// - `A`: always; `M`: the same, but what [`Context::model_hint`] says is better
/// - `R`: if it is a redirect; `1`, `3`, `9`: if the status is 401, 403, 429
/// - `F`: if not Bedrock answered; `G`: if a guardrail was used
/// - `S`: if the clock is off; `X`: if the credentials have expired
///
/// A guardrail that was not found stands behind the models: it may be the model.
///
/// Sources: sections 1.2, 1.3, 4.1, 5.2 and 5.3 of the collected facts about the service.
const HINTS: &str = include_str!("hints.txt");

impl<'a> Signs<'a> {
    /// What to do; empty where we do not know.
    pub(super) fn hint(&self) -> &'a str {
        for line in split(HINTS, b'\n') {
            let (sign, text) = split_once(line, b'>').unwrap_or_default();
            let (when, words) = sign.split_at_checked(1).unwrap_or_default();
            let when = when.bytes().next().unwrap_or_default();
            let says = |words| find(self.said, words).is_some();
            if self.are(when) && (words.is_empty() || split(words, b'|').any(says)) {
                let better = self.context.model_hint.filter(|_| when == b'M');
                return better.unwrap_or(text);
            }
        }
        ""
    }

    fn are(&self, when: u8) -> bool {
        match when {
            b'A' | b'M' => true,
            b'R' => matches!(self.status, 300..400),
            b'1' => self.status == 401,
            b'3' => self.status == 403,
            b'9' => self.status == 429,
            b'F' => self.foreign,
            b'G' => self.context.guardrail,
            b'S' => self.clock_skew,
            b'X' => self.expired,
            _ => false,
        }
    }
}
