//! What a guardrail looks for, and what it does about it.
//!
//! Findings have the shapes of `GuardrailAssessment` in botocore's
//! `bedrock-runtime/2023-09-30/service-2.json`.

use serde::Deserialize;
use serde_json::{Value, json};

/// The text that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
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
    /// What is found, in any case of its letters.
    pub phrase: &'a str,
    kind: RuleKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RuleKind {
    Word,
    MaskedWord,
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

/// What every guardrail looks for, and a space's own words to block and to mask.
pub fn rules<'a>(
    source: Source,
    blocked: &'a [String],
    masked: &'a [String],
) -> impl Iterator<Item = Rule<'a>> {
    let well_known = match source {
        Source::Input => INPUT,
        Source::Output => OUTPUT,
    };
    let own = |words: &'a [String], kind| {
        let words = words.iter().filter(|word| !word.is_empty());
        words.map(move |word| rule(word, kind))
    };
    well_known
        .iter()
        .copied()
        .chain(own(blocked, RuleKind::Word))
        .chain(own(masked, RuleKind::MaskedWord))
}

impl RuleKind {
    fn action(self) -> Option<Action> {
        match self {
            Self::Pii(_, action) => Some(action),
            Self::Regex(..) | Self::MaskedWord => Some(Action::Mask),
            Self::Reasoning => None,
            _ => Some(Action::Block),
        }
    }
}

impl Rule<'_> {
    /// "Prompt attack filters only look at tagged content."
    pub fn needs_tag(&self) -> bool {
        self.kind == PROMPT_ATTACK
    }

    /// What it does where it is found.
    pub fn action(&self) -> Option<Action> {
        self.kind.action()
    }

    /// Whether a full assessment names this even where nothing was found. A word can only be found.
    pub fn is_scored(&self) -> bool {
        matches!(
            self.kind,
            RuleKind::Topic(_) | RuleKind::Filter(_) | RuleKind::Grounding
        )
    }

    /// Whether the phrase is covered, not blocked.
    pub fn masks(&self) -> bool {
        self.kind.action() == Some(Action::Mask)
    }

    /// What it is covered by.
    pub fn mask(&self) -> Option<String> {
        match self.kind {
            RuleKind::MaskedWord => Some("{masked}".to_owned()),
            RuleKind::Pii(name, Action::Mask) | RuleKind::Regex(name, _) => {
                Some(format!("{{{name}}}"))
            }
            _ => None,
        }
    }

    /// The policy and the list of an assessment that the finding belongs to, and the finding.
    pub fn finding(&self, detected: bool) -> (&'static str, &'static str, Value) {
        let phrase = self.phrase;
        let action = match self.kind.action().filter(|_| detected) {
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
            RuleKind::MaskedWord => {
                let finding = json!({ "name": "masked", "match": phrase, "regex": phrase });
                ("sensitiveInformationPolicy", "regexes", finding)
            }
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
