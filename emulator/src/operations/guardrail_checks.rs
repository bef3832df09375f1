//! InvokeGuardrailChecks: scores for texts, without a guardrail and without a decision.

use std::collections::HashSet;
use std::hash::Hash;

use axum::http::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::guardrails::assessment::text_units;
use crate::http::body::ResponseBody;

#[derive(Deserialize)]
struct ChecksRequest {
    messages: Vec<CheckedMessage>,
    checks: Checks,
}

#[derive(Deserialize)]
struct CheckedMessage {
    #[serde(rename = "role")]
    _role: CheckedRole,
    content: Vec<CheckedText>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum CheckedRole {
    User,
    Assistant,
    System,
}

#[derive(Deserialize)]
struct CheckedText {
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Checks {
    content_filter: Option<Categories<ContentCategory>>,
    prompt_attack: Option<Categories<AttackCategory>>,
    sensitive_information: Option<Entities>,
}

#[derive(Deserialize)]
struct Categories<C> {
    categories: Vec<Category<C>>,
}

#[derive(Deserialize)]
struct Category<C> {
    category: C,
}

#[derive(Deserialize)]
struct Entities {
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
struct Entity {
    r#type: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum ContentCategory {
    Violence,
    Hate,
    Sexual,
    Misconduct,
    Insults,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum AttackCategory {
    Jailbreak,
    PromptInjection,
    PromptLeakage,
}

/// What is found, and how bad it is. Scores have been seen in steps of a fifth.
const CONTENT: &[(&str, ContentCategory, f64)] = &[
    ("violence", ContentCategory::Violence, 0.8),
    ("hate", ContentCategory::Hate, 0.6),
    ("sexual", ContentCategory::Sexual, 0.6),
    ("misconduct", ContentCategory::Misconduct, 0.4),
    ("stupid", ContentCategory::Insults, 1.0),
    ("damn", ContentCategory::Insults, 0.2),
];

const ATTACKS: &[(&str, AttackCategory, f64)] = &[
    (
        "ignore previous instructions",
        AttackCategory::Jailbreak,
        1.0,
    ),
    (
        "ignore previous instructions",
        AttackCategory::PromptInjection,
        1.0,
    ),
    ("system prompt", AttackCategory::PromptLeakage, 0.8),
];

const ENTITIES: &[(&str, &str)] = &[
    ("jane.doe@example.com", "EMAIL"),
    ("078-05-1120", "US_SOCIAL_SECURITY_NUMBER"),
];

const ENTITY_TYPES: &[&str] = &[
    "ADDRESS",
    "AGE",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "CA_HEALTH_NUMBER",
    "CA_SOCIAL_INSURANCE_NUMBER",
    "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_CARD_EXPIRY",
    "CREDIT_DEBIT_CARD_NUMBER",
    "DRIVER_ID",
    "EMAIL",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "IP_ADDRESS",
    "LICENSE_PLATE",
    "MAC_ADDRESS",
    "NAME",
    "PASSWORD",
    "PHONE",
    "PIN",
    "SWIFT_CODE",
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
    "UK_NATIONAL_INSURANCE_NUMBER",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
    "URL",
    "USERNAME",
    "US_BANK_ACCOUNT_NUMBER",
    "US_BANK_ROUTING_NUMBER",
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    "US_PASSPORT_NUMBER",
    "US_SOCIAL_SECURITY_NUMBER",
    "VEHICLE_IDENTIFICATION_NUMBER",
];

/// More blocks than these a message must not have.
const MOST_BLOCKS: usize = 10;

/// Scores the messages of a request.
///
/// # Errors
/// Bedrock's refusal.
pub fn respond(body: &[u8]) -> Result<Response<ResponseBody>, ApiError> {
    let request: ChecksRequest = serde_json::from_slice(body)
        .map_err(|error| ApiError::validation(format!("1 validation error detected: {error}")))?;
    request.validate().map_err(|member| {
        ApiError::validation(format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint"
        ))
    })?;
    Ok(ResponseBody::json(&request.judge()))
}

impl ChecksRequest {
    /// The member that is wrong is the error.
    fn validate(&self) -> Result<(), &'static str> {
        let Checks {
            content_filter,
            prompt_attack,
            sensitive_information,
        } = &self.checks;
        if self.messages.is_empty() {
            return Err("messages");
        }
        if !self
            .messages
            .iter()
            .all(|message| (1..=MOST_BLOCKS).contains(&message.content.len()))
        {
            return Err("messages.member.content");
        }
        if content_filter.is_none() && prompt_attack.is_none() && sensitive_information.is_none() {
            return Err("checks");
        }
        if content_filter.as_ref().is_some_and(Categories::is_wrong) {
            return Err("checks.contentFilter.categories");
        }
        if prompt_attack.as_ref().is_some_and(Categories::is_wrong) {
            return Err("checks.promptAttack.categories");
        }
        match sensitive_information {
            Some(asked) if asked.is_wrong() => Err("checks.sensitiveInformation.entities"),
            _ => Ok(()),
        }
    }

    fn judge(&self) -> Value {
        let texts = self.messages.iter().flat_map(|message| &message.content);
        let characters = texts.map(|text| text.text.chars().count()).sum();
        let usage = json!({ "textUnits": text_units(characters) });
        let mut answer = json!({ "results": {}, "usage": {} });
        let mut tell = |check: &str, results: Value| {
            answer["results"][check] = results;
            answer["usage"][check] = usage.clone();
        };
        if let Some(asked) = &self.checks.content_filter {
            tell(
                "contentFilter",
                json!({ "results": self.scores(asked, CONTENT) }),
            );
        }
        if let Some(asked) = &self.checks.prompt_attack {
            tell(
                "promptAttack",
                json!({ "results": self.scores(asked, ATTACKS) }),
            );
        }
        if let Some(asked) = &self.checks.sensitive_information {
            let found = self.entities(asked);
            tell(
                "sensitiveInformation",
                json!({ "results": found, "truncated": false }),
            );
        }
        answer
    }

    /// One score for each category that was asked for: the worst of what was found.
    fn scores<C: Copy + PartialEq + Serialize>(
        &self,
        asked: &Categories<C>,
        known: &[(&str, C, f64)],
    ) -> Vec<Value> {
        let contains = |phrase: &str| {
            let mut texts = self.messages.iter().flat_map(|message| &message.content);
            texts.any(|text| text.text.to_ascii_lowercase().contains(phrase))
        };
        let score = |category: C| {
            known
                .iter()
                .filter(|(phrase, of, _)| *of == category && contains(phrase))
                .map(|(.., score)| *score)
                .fold(0.0, f64::max)
        };
        asked
            .categories
            .iter()
            .map(|Category { category }| {
                json!({ "category": category, "severityScore": score(*category) })
            })
            .collect()
    }

    /// What was found, and where: offsets are in characters.
    fn entities(&self, asked: &Entities) -> Vec<Value> {
        let is_asked = |name: &str| asked.entities.iter().any(|entity| entity.r#type == name);
        let mut found = Vec::new();
        for (message_index, message) in self.messages.iter().enumerate() {
            for (content_index, text) in message.content.iter().enumerate() {
                let lower = text.text.to_ascii_lowercase();
                for (phrase, name) in ENTITIES.iter().filter(|(_, name)| is_asked(name)) {
                    found.extend(lower.match_indices(phrase).map(|(at, _)| {
                        let begin = lower.split_at(at).0.chars().count();
                        json!({
                            "type": name,
                            "confidenceScore": 0.99,
                            "beginOffset": begin,
                            "endOffset": begin + phrase.chars().count(),
                            "messageIndex": message_index,
                            "contentIndex": content_index
                        })
                    }));
                }
            }
        }
        found
    }
}

impl<C: Copy + Eq + Hash> Categories<C> {
    /// None, or one of them twice.
    fn is_wrong(&self) -> bool {
        let distinct: HashSet<C> = self.categories.iter().map(|asked| asked.category).collect();
        distinct.is_empty() || distinct.len() != self.categories.len()
    }
}

impl Entities {
    fn is_wrong(&self) -> bool {
        self.entities.is_empty()
            || !self
                .entities
                .iter()
                .all(|entity| ENTITY_TYPES.contains(&entity.r#type.as_str()))
    }
}
