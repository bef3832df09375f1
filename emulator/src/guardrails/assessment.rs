//! What a guardrail looks for in one text, and how it tells what it found.
//!
//! Shapes are those of `GuardrailAssessment` in botocore's
//! `bedrock-runtime/2023-09-30/service-2.json`.

use serde_json::{Value, json};

/// The text that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The prompt.
    Input,
    /// The answer.
    Output,
}

/// What a finding does, the lesser first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// The phrase is covered.
    Mask,
    /// The text is replaced.
    Block,
}

/// Something to look for.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'a> {
    phrase: &'a str,
    kind: RuleKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RuleKind {
    Word,
    Profanity,
    Topic(&'static str),
    Filter(&'static str),
    Pii(&'static str, Action),
    Regex(&'static str, &'static str),
    Grounding,
    Reasoning,
}

const SSN: &str = "US_SOCIAL_SECURITY_NUMBER";
const PROMPT_ATTACK: RuleKind = RuleKind::Filter("PROMPT_ATTACK");

const INPUT: &[Rule<'static>] = &[
    rule("forbidden", RuleKind::Word),
    rule("damn", RuleKind::Profanity),
    rule("invest", RuleKind::Topic("Investment advice")),
    rule("stupid", RuleKind::Filter("INSULTS")),
    rule("ignore previous instructions", PROMPT_ATTACK),
    rule("078-05-1120", RuleKind::Pii(SSN, Action::Block)),
];

const OUTPUT: &[Rule<'static>] = &[
    rule("zanzibar", RuleKind::Word),
    rule("jane.doe@example.com", RuleKind::Pii("EMAIL", Action::Mask)),
    rule("acct-12345678", RuleKind::Regex("account", r"acct-\d{8}")),
    rule("moon is made of cheese", RuleKind::Grounding),
    rule("refund", RuleKind::Reasoning),
];

const fn rule(phrase: &str, kind: RuleKind) -> Rule<'_> {
    Rule { phrase, kind }
}

/// What to look for on a source, with a space's own words.
pub fn rules(source: Source, words: &[String]) -> impl Iterator<Item = Rule<'_>> {
    let well_known = match source {
        Source::Input => INPUT,
        Source::Output => OUTPUT,
    };
    let own = words.iter().map(|word| rule(word, RuleKind::Word));
    well_known.iter().copied().chain(own)
}

impl RuleKind {
    fn effect(self) -> Option<Action> {
        match self {
            Self::Pii(_, effect) => Some(effect),
            Self::Regex(..) => Some(Action::Mask),
            Self::Reasoning => None,
            _ => Some(Action::Block),
        }
    }

    /// Whether a full trace names this even where nothing was found. A word can only be found.
    fn is_scored(self) -> bool {
        matches!(self, Self::Topic(_) | Self::Filter(_) | Self::Grounding)
    }
}

impl Rule<'_> {
    /// "Prompt attack filters only look at tagged content."
    pub fn needs_tag(&self) -> bool {
        self.kind == PROMPT_ATTACK
    }

    /// Whether the phrase is covered, not blocked.
    pub fn masks(&self) -> bool {
        self.kind.effect() == Some(Action::Mask)
    }

    fn mask(&self) -> Option<String> {
        match self.kind {
            RuleKind::Pii(name, Action::Mask) | RuleKind::Regex(name, _) => {
                Some(format!("{{{name}}}"))
            }
            _ => None,
        }
    }

    /// The policy and the list of an assessment that the finding belongs to, and the finding.
    fn finding(&self, detected: bool) -> (&'static str, &'static str, Value) {
        let phrase = self.phrase;
        let action = match self.kind.effect().filter(|_| detected) {
            Some(Action::Block) => "BLOCKED",
            Some(Action::Mask) => "ANONYMIZED",
            None => "NONE",
        };
        let (policy, list, mut finding) = match self.kind {
            RuleKind::Word => ("wordPolicy", "customWords", json!({ "match": phrase })),
            RuleKind::Profanity => (
                "wordPolicy",
                "managedWordLists",
                json!({ "match": phrase, "type": "PROFANITY" }),
            ),
            RuleKind::Topic(name) => (
                "topicPolicy",
                "topics",
                json!({ "name": name, "type": "DENY" }),
            ),
            RuleKind::Filter(name) => {
                let confidence = if detected { "HIGH" } else { "NONE" };
                let filter =
                    json!({ "type": name, "confidence": confidence, "filterStrength": "HIGH" });
                ("contentPolicy", "filters", filter)
            }
            RuleKind::Pii(name, _) => (
                "sensitiveInformationPolicy",
                "piiEntities",
                json!({ "match": phrase, "type": name }),
            ),
            RuleKind::Regex(name, regex) => {
                let finding = json!({ "name": name, "match": phrase, "regex": regex });
                ("sensitiveInformationPolicy", "regexes", finding)
            }
            RuleKind::Grounding => {
                let score = if detected { 0.12 } else { 0.98 };
                let filter = json!({ "type": "GROUNDING", "threshold": 0.75, "score": score });
                ("contextualGroundingPolicy", "filters", filter)
            }
            RuleKind::Reasoning => {
                return ("automatedReasoningPolicy", "findings", reasoning_finding());
            }
        };
        finding["action"] = json!(action);
        finding["detected"] = json!(detected);
        (policy, list, finding)
    }
}

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
    pub fn effect(&self) -> Option<Action> {
        self.detected()
            .filter_map(|(rule, _)| rule.kind.effect())
            .max()
    }

    /// Where the first phrase stands that blocks.
    pub fn first_block(&self) -> Option<usize> {
        self.detected()
            .filter(|(rule, _)| rule.kind.effect() == Some(Action::Block))
            .map(|(_, at)| at)
            .min()
    }

    /// The text with what is to be covered, covered.
    pub fn masked(&self, text: &str) -> String {
        self.detected()
            .fold(text.to_owned(), |text, (rule, _)| match rule.mask() {
                Some(mask) => text.replace(rule.phrase, &mask),
                None => text,
            })
    }

    /// The assessment, in full or with what was found alone.
    pub fn json(&self, full: bool, identifier: &str, version: &str) -> Value {
        let mut assessment = json!({});
        for (rule, at) in &self.findings {
            if at.is_none() && !(full && rule.kind.is_scored()) {
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
        // Guardrails are paid for by text units of a thousand characters.
        let units = self.guarded.div_ceil(1000);
        assessment["invocationMetrics"] = json!({
            "guardrailProcessingLatency": 41,
            "usage": {
                "topicPolicyUnits": units,
                "contentPolicyUnits": units,
                "wordPolicyUnits": units,
                "sensitiveInformationPolicyUnits": units,
                "sensitiveInformationPolicyFreeUnits": units,
                "contextualGroundingPolicyUnits": units,
                "contentPolicyImageUnits": 0,
                "automatedReasoningPolicyUnits": units,
                "automatedReasoningPolicies": 1
            },
            "guardrailCoverage": { "textCharacters": { "guarded": self.guarded, "total": self.total } }
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
}

fn reasoning_finding() -> Value {
    let statement =
        |logic: &str, language: &str| json!({ "logic": logic, "naturalLanguage": language });
    json!({
        "satisfiable": {
            "translation": {
                "premises": [statement("days <= 30", "The purchase was at most 30 days ago.")],
                "claims": [statement("refundable", "A refund is possible.")],
                "untranslatedPremises": [],
                "untranslatedClaims": [{ "text": "The emulator's terms:" }],
                "confidence": 0.91
            },
            "claimsTrueScenario": { "statements": [statement("days = 10", "The purchase was 10 days ago.")] },
            "claimsFalseScenario": { "statements": [statement("opened", "The box was opened.")] }
        }
    })
}
