//! What a guardrail found in one text, and how it tells it.

use serde_json::{Value, json};

use crate::guardrails::rule::{Action, Rule};

/// What was found in one text.
pub struct Assessment<'a> {
    findings: Vec<(Rule<'a>, Option<usize>)>,
    guarded: usize,
    total: usize,
}

impl<'a> Assessment<'a> {
    /// Looks at a text, which is a part of `total` characters.
    pub fn of(text: &str, total: usize, rules: impl Iterator<Item = Rule<'a>>) -> Self {
        let lower = text.to_ascii_lowercase();
        let findings = rules
            .map(|rule| (rule, lower.find(&rule.phrase.to_ascii_lowercase())))
            .collect();
        Self {
            findings,
            guarded: text.chars().count(),
            total,
        }
    }

    fn detected(&self) -> impl Iterator<Item = (&Rule<'a>, usize)> {
        self.findings
            .iter()
            .filter_map(|(rule, at)| Some((rule, (*at)?)))
    }

    /// What all that was found comes to.
    pub fn action(&self) -> Option<Action> {
        self.detected().filter_map(|(rule, _)| rule.action()).max()
    }

    /// Where the first phrase stands that blocks.
    pub fn first_block(&self) -> Option<usize> {
        self.detected()
            .filter(|(rule, _)| rule.action() == Some(Action::Block))
            .map(|(_, at)| at)
            .min()
    }

    /// A part of the text, with what is to be covered covered.
    pub fn masked(&self, text: &str) -> String {
        let masks: Vec<(String, String)> = self
            .detected()
            .filter_map(|(rule, _)| Some((rule.phrase.to_ascii_lowercase(), rule.mask()?)))
            .collect();
        let lower = text.to_ascii_lowercase();
        let mut masked = String::new();
        let mut at = 0;
        while let Some(char) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = lower.get(at..).unwrap_or_default();
            let found = masks
                .iter()
                .filter(|(phrase, _)| rest.starts_with(phrase))
                .max_by_key(|(phrase, _)| phrase.len());
            if let Some((phrase, mask)) = found {
                masked += mask;
                at += phrase.len();
            } else {
                masked.push(char);
                at += char.len_utf8();
            }
        }
        masked
    }

    /// The assessment, in full or with what was found alone.
    pub fn json(&self, full: bool, identifier: &str, version: &str) -> Value {
        let mut assessment = json!({});
        for (rule, at) in &self.findings {
            if at.is_none() && !(full && rule.is_scored()) {
                continue;
            }
            let (policy, list, finding) = rule.finding(at.is_some());
            // These two policies always have both of their lists.
            match policy {
                "wordPolicy" if assessment[policy].is_null() => {
                    assessment[policy] = json!({ "customWords": [], "managedWordLists": [] });
                }
                "sensitiveInformationPolicy" if assessment[policy].is_null() => {
                    assessment[policy] = json!({ "piiEntities": [], "regexes": [] });
                }
                _ => {}
            }
            match &mut assessment[policy][list] {
                Value::Array(findings) => findings.push(finding),
                none => *none = json!([finding]),
            }
        }
        assessment["invocationMetrics"] = json!({
            "guardrailProcessingLatency": 41,
            "usage": self.usage(),
            "guardrailCoverage": self.coverage()
        });
        assessment["appliedGuardrailDetails"] = json!({
            "guardrailId": identifier,
            "guardrailVersion": version,
            "guardrailArn": format!("arn:aws:bedrock:us-east-1:123456789012:guardrail/{identifier}"),
            "guardrailOrigin": ["REQUEST"],
            "guardrailOwnership": "SELF"
        });
        assessment
    }

    /// What the assessment costs.
    pub fn usage(&self) -> Value {
        let units = text_units(self.guarded);
        json!({
            "topicPolicyUnits": units,
            "contentPolicyUnits": units,
            "wordPolicyUnits": units,
            "sensitiveInformationPolicyUnits": units,
            "sensitiveInformationPolicyFreeUnits": units,
            "contextualGroundingPolicyUnits": units,
            "contentPolicyImageUnits": 0,
            "automatedReasoningPolicyUnits": units,
            "automatedReasoningPolicies": 1
        })
    }

    /// How much of all text was looked at.
    pub fn coverage(&self) -> Value {
        json!({ "textCharacters": { "guarded": self.guarded, "total": self.total } })
    }

    /// Why there is an intervention, or none.
    pub fn reason(action: Option<Action>) -> &'static str {
        match action {
            Some(Action::Block) => "Guardrail blocked.",
            Some(Action::Mask) => "Guardrail masked.",
            None => "No action.",
        }
    }
}

/// Guardrails are paid for by text units of a thousand characters.
#[must_use]
pub fn text_units(characters: usize) -> usize {
    characters.div_ceil(1000)
}

#[cfg(test)]
mod tests {
    use crate::guardrails::rule::{Source, rules};

    use super::*;

    #[test]
    fn masks_cover_every_occurrence_and_nothing_of_each_other() {
        let words = ["mask", "ask", "é 漢"].map(str::to_owned);
        let text = "Ask for a MASK, é 漢字, ask";
        let assessment = Assessment::of(text, 0, rules(Source::Input, &[], &words));
        assert_eq!(assessment.action(), Some(Action::Mask));
        let masked = "{masked} for a {masked}, {masked}字, {masked}";
        assert_eq!(assessment.masked(text), masked);
    }
}
