//! The limits of a stream, by ticks of a timer: no clock is read per event.

use super::deadlines::{Limit, Limits};

/// So many ticks make a limit.
const TICKS: f64 = 10.0;

/// How long the reader of a stream has waited for the server. Nobody's slowness but the server's
/// counts.
///
/// The time between two ticks counts if somebody waits at both: pulls are many, and what happened
/// between is not asked. So a limit ends late by two ticks at most.
#[derive(Debug)]
pub(super) struct Watch {
    first_token: f64,
    idle: f64,
    waited_for_content: f64,
    waited_for_event: f64,
    /// When the tick before was, if somebody waited.
    last: Option<f64>,
    meaningful: bool,
}

/// What a tick found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tick {
    /// To be told again after so many milliseconds; infinite: when somebody waits again.
    After(f64),
    /// A limit has ended.
    Over(Limit),
}

impl Watch {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            first_token: limits.get(Limit::FirstToken),
            idle: limits.get(Limit::Idle),
            waited_for_content: 0.0,
            waited_for_event: 0.0,
            last: None,
            meaningful: false,
        }
    }

    /// An event came that is no keep-alive, with content or without.
    pub(super) fn event(&mut self, content: bool) {
        self.meaningful = true;
        if content {
            self.first_token = f64::INFINITY;
        }
    }

    pub(super) fn tick(&mut self, now_ms: f64, waiting: bool) -> Tick {
        let then = self.last.filter(|_| waiting);
        let waited = then.map_or(0.0, |then| now_ms - then);
        self.last = Some(now_ms).filter(|_| waiting);
        self.waited_for_content += waited;
        self.waited_for_event += waited;
        if core::mem::take(&mut self.meaningful) {
            self.waited_for_event = 0.0;
        }
        // Until the first content, silence is its limit's alone.
        let (limit, ms, waited) = if self.first_token.is_finite() {
            (Limit::FirstToken, self.first_token, self.waited_for_content)
        } else {
            (Limit::Idle, self.idle, self.waited_for_event)
        };
        if waited >= ms {
            Tick::Over(limit)
        } else if !waiting {
            Tick::After(f64::INFINITY)
        } else {
            let shortest = self.first_token.min(self.idle);
            Tick::After((ms - waited).min((shortest / TICKS).max(1.0)))
        }
    }
}
