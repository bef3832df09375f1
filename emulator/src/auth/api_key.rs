//! Bedrock API keys: known ones, and short-term keys that anyone with AWS credentials can compute.
//!
//! A short-term key is a SigV4-presigned URL in base64; see `BedrockTokenGenerator.ts` in
//! `aws/aws-bedrock-token-generator-js`.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sigv4::http_request::{SignableBody, SignatureLocation, SigningSettings};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::SignedDuration;

use crate::api::error::ApiError;
use crate::auth::credentials::AuthContext;
use crate::auth::sigv4::{ALGORITHM, Scope, parse_date, sign};

const SHORT_TERM: &str = "bedrock-api-key-";
const LONG_TERM: &str = "ABSK";
const HOST: &str = "bedrock.amazonaws.com";
const LONGEST_VALIDITY: u64 = 43_200;

/// Checks a bearer key.
///
/// # Errors
/// Why the key is refused.
pub fn check(key: &str, context: &AuthContext<'_>) -> Result<(), ApiError> {
    let expired = || ApiError::auth_layer("Bearer Token has expired");
    let unknown =
        || ApiError::auth_layer("Authentication failed: Please make sure your API Key is valid.");
    if let Some(known) = context.api_key(key) {
        return if known.expired {
            Err(expired())
        } else {
            Ok(())
        };
    }
    if let Some(token) = key.strip_prefix(SHORT_TERM) {
        let token = Token::parse(token).ok_or_else(unknown)?;
        return match token.verify(context) {
            None => Err(unknown()),
            Some(Validity::Expired) => Err(expired()),
            Some(Validity::Valid) => Ok(()),
        };
    }
    if key.starts_with(LONG_TERM) {
        return Err(unknown());
    }
    Err(ApiError::auth_layer(
        "Invalid API Key format: Must start with pre-defined prefix",
    ))
}

enum Validity {
    Valid,
    Expired,
}

/// The query of the presigned URL, decoded.
struct Token(BTreeMap<String, String>);

impl Token {
    fn parse(token: &str) -> Option<Self> {
        let url = String::from_utf8(BASE64_STANDARD.decode(token).ok()?).ok()?;
        let query = url.strip_prefix(HOST)?.strip_prefix("/?")?;
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if parameters
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return None;
            }
        }
        Some(Self(parameters))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Computes the signature anew. `None` is a token that we could not have made.
    fn verify(mut self, context: &AuthContext<'_>) -> Option<Validity> {
        let fixed = [
            ("Action", "CallWithBearerToken"),
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-SignedHeaders", "host"),
            ("Version", "1"),
        ];
        for (name, value) in fixed {
            if self.take(name)? != value {
                return None;
            }
        }
        let scope = self.take("X-Amz-Credential")?;
        let scope = Scope::parse(&scope)?;
        let date = self.take("X-Amz-Date")?;
        let expires: u64 = self.take("X-Amz-Expires")?.parse().ok()?;
        let session_token = self.take("X-Amz-Security-Token");
        let signature = self.take("X-Amz-Signature")?;
        let start = parse_date(&date)?;
        let sound = self.0.is_empty()
            && date.starts_with(scope.date)
            && scope.region == context.region
            && scope.service == "bedrock"
            && (1..=LONGEST_VALIDITY).contains(&expires)
            && start.duration_since(context.now) <= SignedDuration::from_mins(5);
        if !sound {
            return None;
        }
        let credential = context.credential(scope.access_key_id, session_token.as_deref())?;
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(expires));
        let url = format!("https://{HOST}/?Action=CallWithBearerToken");
        let headers = [("host", HOST)].into_iter();
        let computed = sign(
            "POST",
            &url,
            headers,
            SignableBody::Bytes(b""),
            &scope,
            start,
            &credential,
            settings,
        )?;
        if computed.signature != signature {
            return None;
        }
        let age = context.now.duration_since(start);
        let expired = credential.expired || age >= SignedDuration::from_secs(expires as i64);
        Some(if expired {
            Validity::Expired
        } else {
            Validity::Valid
        })
    }
}
