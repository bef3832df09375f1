//! What can be set of a space.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::auth::credentials::{ApiKey, AuthContext, Credential};
use crate::guardrails::policy::Policy;
use crate::operations::completion::ReasoningStyle;
use crate::spaces::step::Redirect;

/// The settings of a space; its steps stand beside them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Settings {
    /// The last step is never used up.
    pub repeat_last: bool,
    /// The answer to every chat request after the steps.
    pub redirect: Option<Redirect>,
    /// How far the server's clock is ahead.
    pub clock_offset_ms: i64,
    /// The region that credentials must be scoped to.
    pub region: String,
    /// The time between two deltas, if not the emulator's own.
    pub token_delay_ms: Option<u64>,
    /// Whether other origins are let in.
    pub cors: bool,
    /// AWS credentials, in addition to the well-known ones.
    pub credentials: Vec<Credential>,
    /// Bedrock API keys, in addition to the well-known ones.
    pub api_keys: Vec<ApiKey>,
    /// How gpt-oss on runtime streams its reasoning.
    pub reasoning_style: ReasoningStyle,
    /// What the guardrails look for, and how they show it.
    pub guardrail: Policy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            repeat_last: false,
            redirect: None,
            clock_offset_ms: 0,
            region: "us-east-1".to_owned(),
            token_delay_ms: None,
            cors: true,
            credentials: Vec::new(),
            api_keys: Vec::new(),
            reasoning_style: ReasoningStyle::default(),
            guardrail: Policy::default(),
        }
    }
}

impl Settings {
    /// The time by the server's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_millis(self.clock_offset_ms);
        Timestamp::now()
            .saturating_add(offset)
            .expect("only spans with calendar units are refused")
    }

    /// What a request to `service` is authenticated against.
    #[must_use]
    pub fn auth_context(&self, service: &'static str) -> AuthContext<'_> {
        AuthContext {
            credentials: &self.credentials,
            api_keys: &self.api_keys,
            region: &self.region,
            service,
            now: self.now(),
        }
    }
}
