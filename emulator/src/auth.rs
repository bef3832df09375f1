//! Who is calling: a Bedrock API key or a SigV4 signature.

use axum::http::header::AUTHORIZATION;
use jiff::Timestamp;

use crate::address::Family;
use crate::credentials::{Credential, well_known_credentials};
use crate::error::ApiError;
use crate::request::ReceivedRequest;
use crate::space::Settings;
use crate::{api_key, sigv4};

/// What the check came to.
#[derive(Debug)]
pub struct Verdict {
    /// `bearer`, `sigv4` or `none`.
    pub kind: &'static str,
    /// Why the request is refused, if it is.
    pub refusal: Option<ApiError>,
}

/// What a check needs to know.
pub struct Gate<'a> {
    /// Keys, credentials, region.
    pub settings: &'a Settings,
    /// The time by the server's clock.
    pub now: Timestamp,
    /// The name that a signature must be scoped to.
    pub service: &'static str,
}

impl<'a> Gate<'a> {
    /// The gate of an endpoint.
    #[must_use]
    pub fn new(family: Family, settings: &'a Settings) -> Self {
        let service = match family {
            Family::Runtime => "bedrock",
            Family::Mantle => "bedrock-mantle",
        };
        Self {
            settings,
            now: settings.now(),
            service,
        }
    }

    /// Looks at the `Authorization` of a request.
    #[must_use]
    pub fn check(&self, request: &ReceivedRequest) -> Verdict {
        let authorization = request.header(AUTHORIZATION.as_str()).unwrap_or_default();
        let (kind, result) = match authorization.split_once(' ') {
            Some(("Bearer", key)) => ("bearer", api_key::check(key, self)),
            Some((sigv4::ALGORITHM, parameters)) => {
                ("sigv4", sigv4::check(parameters, request, self))
            }
            _ => (
                "none",
                Err(ApiError::gatekeeper("Missing Authentication Token")),
            ),
        };
        Verdict {
            kind,
            refusal: result.err(),
        }
    }

    /// The credentials with this key and session, a space's own first.
    #[must_use]
    pub fn credential(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
    ) -> Option<Credential> {
        self.settings
            .credentials
            .iter()
            .cloned()
            .chain(well_known_credentials())
            .find(|known| {
                known.access_key_id == access_key_id
                    && known.session_token.as_deref() == session_token
            })
    }
}
