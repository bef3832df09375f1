//! Which guardrails there are, and what a space can set of them.

use serde::Deserialize;

use crate::guardrails::rule::{Rule, Source, rules};

const IDENTIFIERS: &[&str] = &["GR12345", "gr12345", "gr-mask"];
const VERSIONS: &[&str] = &["DRAFT", "1", "2"];

/// What a space can set of its guardrails.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Policy {
    identifiers: Vec<String>,
    blocked_input_words: Vec<String>,
    blocked_output_words: Vec<String>,
    masked_input_words: Vec<String>,
    masked_output_words: Vec<String>,
    input_blocked_message: String,
    output_blocked_message: String,
    /// The `finish_reason` of what is blocked.
    pub finish_reason: String,
    /// How a trace names its parts.
    pub trace_style: TraceStyle,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            identifiers: Vec::new(),
            blocked_input_words: Vec::new(),
            blocked_output_words: Vec::new(),
            masked_input_words: Vec::new(),
            masked_output_words: Vec::new(),
            input_blocked_message: "Sorry, the model cannot answer this question.".to_owned(),
            output_blocked_message: "Sorry, the model's answer was blocked.".to_owned(),
            // Nobody has published what Bedrock sends here; this is OpenAI's word for it.
            finish_reason: "content_filter".to_owned(),
            trace_style: TraceStyle::default(),
        }
    }
}

/// The two vocabularies in which traces have been seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TraceStyle {
    /// That of InvokeModel.
    #[default]
    Invoke,
    /// That of Converse.
    Converse,
}

impl Policy {
    /// The name of a guardrail, which may be given as an ARN. None if there is no such version.
    #[must_use]
    pub fn find<'a>(&self, identifier: &'a str, version: &str) -> Option<&'a str> {
        let name = match identifier.rsplit_once(":guardrail/") {
            Some((arn, name)) if arn.starts_with("arn:") => name,
            _ => identifier,
        };
        let known =
            IDENTIFIERS.contains(&name) || self.identifiers.iter().any(|known| known == name);
        (known && VERSIONS.contains(&version)).then_some(name)
    }

    /// What is looked for.
    pub fn rules(&self, source: Source) -> impl Iterator<Item = Rule<'_>> {
        match source {
            Source::Input => rules(source, &self.blocked_input_words, &self.masked_input_words),
            Source::Output => rules(
                source,
                &self.blocked_output_words,
                &self.masked_output_words,
            ),
        }
    }

    /// What is said instead of what is blocked.
    #[must_use]
    pub fn blocked_message(&self, source: Source) -> &str {
        match source {
            Source::Input => &self.input_blocked_message,
            Source::Output => &self.output_blocked_message,
        }
    }
}
