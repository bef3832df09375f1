//! The limits of the option `timeout`, and when they end: one table.

use crate::error::text;
use crate::options::{Name, Values, leaf};

/// The limits of the option `timeout`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Until the headers of the answer.
    Connect,
    /// Until the first event with content.
    FirstToken,
    /// Between two events.
    Idle,
    /// Over everything, retries included.
    Total,
}

impl Limit {
    const ALL: &[Self; 4] = &[Self::Connect, Self::FirstToken, Self::Idle, Self::Total];

    /// The name within the option.
    #[must_use]
    pub fn name(self) -> &'static str {
        leaf(self.option().spelling())
    }

    /// What a `StreamTimeoutError` says.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Self::Connect => text::NO_HEADERS,
            Self::FirstToken => text::NO_FIRST_TOKEN,
            Self::Idle => text::IDLE,
            Self::Total => text::TOO_LONG,
        }
    }

    const fn option(self) -> Name {
        match self {
            Self::Connect => Name::Connect,
            Self::FirstToken => Name::FirstToken,
            Self::Idle => Name::Idle,
            Self::Total => Name::Total,
        }
    }

    /// In milliseconds.
    const fn default(self) -> f64 {
        match self {
            Self::Connect | Self::Idle => 120_000.0,
            Self::FirstToken => 300_000.0,
            Self::Total => f64::INFINITY,
        }
    }
}

/// By [`Limit`], how long each may take, in milliseconds; infinite without a limit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limits([f64; 4]);

impl Limits {
    /// Those of a call, over those of its client, over the defaults.
    pub(super) fn of(call: &Values, client: &Values) -> Self {
        let mut limits = Self::default();
        for (limit, ms) in Limit::ALL.iter().zip(&mut limits.0) {
            *ms = match call.number_or(client, limit.option()) {
                // Longer than any timer.
                Some(0) => f64::INFINITY,
                Some(ms) => ms as f64,
                None => limit.default(),
            };
        }
        limits
    }

    pub(super) fn get(&self, limit: Limit) -> f64 {
        self.0.get(limit as usize).copied().unwrap_or(f64::INFINITY)
    }
}

/// When a call is to be told that time is up: a limit, or the end of a pause.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadlines {
    /// Of what the call waits for now.
    now: (f64, Limit),
    total: f64,
}

impl Deadlines {
    pub(super) const NONE: Self = Self {
        now: (f64::INFINITY, Limit::Connect),
        total: f64::INFINITY,
    };

    /// Sets the end of the whole.
    pub(super) fn set_total(&mut self, at: f64) {
        self.total = at;
    }

    /// Sets the end of what the call waits for; another wait has another.
    pub(super) fn set(&mut self, limit: Limit, at: f64) {
        self.now = (at, limit);
    }

    pub(super) fn clear(&mut self) {
        self.now = (f64::INFINITY, Limit::Connect);
    }

    /// The next of them.
    pub(super) fn next(&self) -> f64 {
        self.now.0.min(self.total)
    }

    pub(super) fn total(&self) -> f64 {
        self.total
    }

    /// Which limit the next of them is.
    pub(super) fn limit(&self) -> Limit {
        if self.total <= self.now.0 {
            Limit::Total
        } else {
            self.now.1
        }
    }
}
