//! Who is calling: a Bedrock API key or a SigV4 signature.

use axum::http::header::AUTHORIZATION;

use crate::api::error::ApiError;
use crate::auth::api_key;
use crate::auth::credentials::AuthContext;
use crate::auth::sigv4;
use crate::http::request::ReceivedRequest;

/// What the check of a request came to.
#[derive(Debug)]
pub struct Authentication {
    /// `bearer`, `sigv4` or `none`.
    pub scheme: &'static str,
    /// Why the request is refused, if it is.
    pub refusal: Option<ApiError>,
}

impl Authentication {
    /// Looks at the `Authorization` of a request.
    #[must_use]
    pub fn of(request: &ReceivedRequest, context: &AuthContext<'_>) -> Self {
        let authorization = request.header(AUTHORIZATION.as_str()).unwrap_or_default();
        let (scheme, result) = match authorization.split_once(' ') {
            Some(("Bearer", key)) => ("bearer", api_key::check(key, context)),
            Some((sigv4::ALGORITHM, parameters)) => {
                ("sigv4", sigv4::check(parameters, request, context))
            }
            _ => (
                "none",
                Err(ApiError::auth_layer("Missing Authentication Token")),
            ),
        };
        Self {
            scheme,
            refusal: result.err(),
        }
    }
}
