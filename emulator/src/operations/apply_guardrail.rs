//! ApplyGuardrail: a guardrail judges a text, without a model.
//!
//! Shapes are those of botocore's `bedrock-runtime/2023-09-30/service-2.json`.

use axum::http::{Response, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::error::ApiError;
use crate::guardrails::assessment::Assessment;
use crate::guardrails::policy::Policy;
use crate::guardrails::rule::{Action, Source};
use crate::http::body::ResponseBody;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ApplyGuardrailRequest {
    source: Source,
    content: Vec<ContentBlock>,
    #[serde(default)]
    output_scope: OutputScope,
}

#[derive(Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum OutputScope {
    #[default]
    Interventions,
    Full,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum ContentBlock {
    Text(TextBlock),
    Image(ImageBlock),
}

#[derive(Deserialize)]
struct TextBlock {
    text: String,
    #[serde(default)]
    qualifiers: Vec<Qualifier>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Qualifier {
    GroundingSource,
    Query,
    GuardContent,
}

/// An image is checked for its form, and never found to be bad.
#[derive(Deserialize)]
struct ImageBlock {
    #[serde(rename = "format")]
    _format: ImageFormat,
    source: ImageSource,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ImageFormat {
    Png,
    Jpeg,
}

#[derive(Deserialize)]
struct ImageSource {
    bytes: String,
}

/// Judges the content of a request.
///
/// # Errors
/// Bedrock's refusal.
pub fn respond(
    identifier: &str,
    version: &str,
    body: &[u8],
    policy: &Policy,
) -> Result<Response<ResponseBody>, ApiError> {
    let request: ApplyGuardrailRequest = serde_json::from_slice(body)
        .map_err(|error| ApiError::validation(format!("1 validation error detected: {error}")))?;
    if request.content.is_empty() {
        return Err(ApiError::validation(
            "1 validation error detected: Value at 'content' failed to satisfy constraint: Member \
             must have length greater than or equal to 1",
        ));
    }
    if !request.images().all(ImageBlock::is_base64) {
        return Err(ApiError::validation(
            "1 validation error detected: Value at 'content.member.image.source.bytes' is not base64",
        ));
    }
    let name = policy.find(identifier, version).ok_or_else(|| {
        ApiError::coral(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException",
            "The guardrail identifier or version provided in the request does not exist.",
        )
    })?;
    Ok(ResponseBody::json(&request.judge(name, version, policy)))
}

impl ApplyGuardrailRequest {
    fn judge(&self, name: &str, version: &str, policy: &Policy) -> Value {
        let is_tagged = self.texts().any(TextBlock::is_tagged);
        let looked_at: Vec<&str> = self
            .texts()
            .filter(|block| block.is_guarded(is_tagged))
            .map(|block| block.text.as_str())
            .collect();
        let total = self.texts().map(|block| block.text.chars().count()).sum();
        let rules = policy
            .rules(self.source)
            .filter(|rule| is_tagged || !rule.needs_tag());
        let assessment = Assessment::of(&looked_at.join("\n"), total, rules);
        let outputs: Vec<String> = match assessment.action() {
            None => Vec::new(),
            Some(Action::Block) => vec![policy.blocked_message(self.source).to_owned()],
            Some(Action::Mask) => self
                .texts()
                .map(|block| {
                    if block.is_guarded(is_tagged) {
                        assessment.masked(&block.text)
                    } else {
                        block.text.clone()
                    }
                })
                .collect(),
        };
        let action = match assessment.action() {
            Some(_) => "GUARDRAIL_INTERVENED",
            None => "NONE",
        };
        let mut usage = assessment.usage();
        let mut coverage = assessment.coverage();
        let images = self.images().count();
        if images > 0 {
            usage["contentPolicyImageUnits"] = json!(images);
            coverage["images"] = json!({ "guarded": images, "total": images });
        }
        let is_full = self.output_scope == OutputScope::Full;
        let outputs: Vec<Value> = outputs.iter().map(|text| json!({ "text": text })).collect();
        json!({
            "action": action,
            "actionReason": Assessment::reason(assessment.action()),
            "outputs": outputs,
            "assessments": [assessment.json(is_full, name, version)],
            "usage": usage,
            "guardrailCoverage": coverage
        })
    }

    fn texts(&self) -> impl Iterator<Item = &TextBlock> {
        self.content.iter().filter_map(|block| match block {
            ContentBlock::Text(text) => Some(text),
            ContentBlock::Image(_) => None,
        })
    }

    fn images(&self) -> impl Iterator<Item = &ImageBlock> {
        self.content.iter().filter_map(|block| match block {
            ContentBlock::Image(image) => Some(image),
            ContentBlock::Text(_) => None,
        })
    }
}

impl ImageBlock {
    fn is_base64(&self) -> bool {
        BASE64_STANDARD.decode(&self.source.bytes).is_ok()
    }
}

impl TextBlock {
    fn is_tagged(&self) -> bool {
        self.qualifiers.contains(&Qualifier::GuardContent)
    }

    /// Whether the text is judged: what is tagged if anything is, else what is not there merely to
    /// compare with.
    fn is_guarded(&self, others_are_tagged: bool) -> bool {
        self.is_tagged() || (!others_are_tagged && self.qualifiers.is_empty())
    }
}
