//! SigV4, verified by signing what arrived once more with AWS's own `aws-sigv4`.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign as aws_sign,
};
use aws_sigv4::sign::v4;
use axum::http::StatusCode;
use axum::http::header::HOST;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};
use sha2::{Digest, Sha256};

use crate::api::error::ApiError;
use crate::auth::credentials::{AuthContext, Credential};
use crate::http::request::ReceivedRequest;

/// The only algorithm.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

const LARGEST_SKEW: SignedDuration = SignedDuration::from_mins(5);
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// `accessKeyId/date/region/service/aws4_request`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scope<'a> {
    /// Whose key it is.
    pub access_key_id: &'a str,
    /// The day, `YYYYMMDD`.
    pub date: &'a str,
    /// The region.
    pub region: &'a str,
    /// The signing name of the service.
    pub service: &'a str,
}

impl<'a> Scope<'a> {
    /// Takes a credential scope apart.
    #[must_use]
    pub fn parse(scope: &'a str) -> Option<Self> {
        let mut parts = scope.split('/');
        let parsed = Self {
            access_key_id: parts.next()?,
            date: parts.next()?,
            region: parts.next()?,
            service: parts.next()?,
        };
        (parts.next()? == "aws4_request" && parts.next().is_none()).then_some(parsed)
    }
}

/// What a signer comes to.
pub struct Signed {
    /// The signature, in hex.
    pub signature: String,
    /// The value of `Authorization`, if it was made for a header.
    pub authorization: Option<String>,
}

/// Signs a request with `aws-sigv4`. `None` if it cannot be signed at all.
#[expect(clippy::too_many_arguments, reason = "these are the inputs of SigV4")]
pub fn sign<'a>(
    method: &'a str,
    url: &'a str,
    headers: impl Iterator<Item = (&'a str, &'a str)>,
    body: SignableBody<'a>,
    scope: &Scope<'_>,
    time: Timestamp,
    credential: &Credential,
    settings: SigningSettings,
) -> Option<Signed> {
    let identity = Credentials::new(
        &credential.access_key_id,
        &credential.secret_access_key,
        credential.session_token.clone(),
        None,
        "emulator",
    )
    .into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(time.into())
        .settings(settings)
        .build()
        .ok()?
        .into();
    let request = SignableRequest::new(method, url, headers, body).ok()?;
    let (instructions, signature) = aws_sign(request, &parameters).ok()?.into_parts();
    let authorization = instructions
        .headers()
        .find(|(name, _)| *name == "authorization");
    Some(Signed {
        signature,
        authorization: authorization.map(|(_, value)| value.to_owned()),
    })
}

/// Checks the parameters of an `Authorization` header.
///
/// # Errors
/// Why the request is refused.
pub fn check(
    parameters: &str,
    request: &ReceivedRequest,
    context: &AuthContext<'_>,
) -> Result<(), ApiError> {
    let authorization = Authorization::parse(parameters)?;
    let scope = &authorization.scope;
    let date = request
        .header("x-amz-date")
        .ok_or_else(|| incomplete("X-Amz-Date"))?;
    let time = parse_date(date).ok_or_else(|| incomplete("X-Amz-Date"))?;
    check_scope(scope, date, context)?;
    check_signed_headers(&authorization, request)?;
    check_clock(date, time, context.now)?;

    let session_token = request.header("x-amz-security-token");
    let credential = context
        .credential(scope.access_key_id, session_token)
        .ok_or_else(|| {
            refuse(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            )
        })?;

    let claimed_hash = request.header("x-amz-content-sha256");
    let unsigned_payload = claimed_hash == Some(UNSIGNED) && context.service == "bedrock-mantle";
    if claimed_hash
        .is_some_and(|claimed| !unsigned_payload && claimed != hex(&Sha256::digest(&request.body)))
    {
        return Err(mismatch());
    }
    let body = if unsigned_payload {
        SignableBody::UnsignedPayload
    } else {
        SignableBody::Bytes(&request.body)
    };
    let mut settings = SigningSettings::default();
    // What to leave out is the client's business: what it signed is what we sign.
    settings.excluded_headers = None;
    if claimed_hash.is_some() {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let host = request.header(HOST.as_str()).unwrap_or_default();
    let url = format!("http://{host}{}", request.parts.uri);
    let headers = request.parts.headers.iter().filter_map(|(name, value)| {
        let signed = authorization.signs(name.as_str());
        Some((name.as_str(), value.to_str().ok()?)).filter(|_| signed)
    });
    let signed = sign(
        request.parts.method.as_str(),
        &url,
        headers,
        body,
        scope,
        time,
        &credential,
        settings,
    );
    let expected = signed
        .and_then(|signed| signed.authorization)
        .ok_or_else(mismatch)?;
    if Authorization::parse(expected.trim_start_matches(ALGORITHM))? != authorization {
        return Err(mismatch());
    }
    if credential.expired {
        return Err(refuse(
            "ExpiredTokenException",
            "The security token included in the request is expired",
        ));
    }
    Ok(())
}

/// `Credential=…, SignedHeaders=…, Signature=…`
#[derive(PartialEq)]
struct Authorization<'a> {
    credential: &'a str,
    scope: Scope<'a>,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Authorization<'a> {
    fn parse(parameters: &'a str) -> Result<Self, ApiError> {
        let find = |name: &str| {
            let mut parameters = parameters
                .split(',')
                .filter_map(|parameter| parameter.trim().split_once('='));
            parameters
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value)
                .ok_or_else(|| incomplete(name))
        };
        let credential = find("Credential")?;
        Ok(Self {
            credential,
            scope: Scope::parse(credential).ok_or_else(|| incomplete("Credential"))?,
            signed_headers: find("SignedHeaders")?,
            signature: find("Signature")?,
        })
    }

    fn signs(&self, header: &str) -> bool {
        self.signed_headers
            .split(';')
            .any(|signed| signed == header)
    }
}

fn check_scope(scope: &Scope<'_>, date: &str, context: &AuthContext<'_>) -> Result<(), ApiError> {
    if scope.service != context.service {
        return Err(invalid(format!(
            "Credential should be scoped to correct service: '{}'. ",
            context.service
        )));
    }
    if scope.region != context.region {
        return Err(invalid("Credential should be scoped to a valid region. "));
    }
    let day = date.get(..8).unwrap_or_default();
    if scope.date != day {
        return Err(invalid(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '{}' != '{day}', from '{date}'.",
            scope.date
        )));
    }
    Ok(())
}

/// "At a minimum, you must include the host header … and any x-amz-* headers in the request":
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
fn check_signed_headers(
    authorization: &Authorization<'_>,
    request: &ReceivedRequest,
) -> Result<(), ApiError> {
    if !authorization.signs("host") {
        return Err(invalid(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    let mut names = request.parts.headers.keys().map(|name| name.as_str());
    match names.find(|name| name.starts_with("x-amz-") && !authorization.signs(name)) {
        Some(name) => Err(invalid(format!(
            "'{name}' must be a 'SignedHeader' in the AWS Authorization."
        ))),
        None => Ok(()),
    }
}

fn check_clock(date: &str, time: Timestamp, now: Timestamp) -> Result<(), ApiError> {
    let skew = time.duration_since(now);
    let stamp = |time: Timestamp| time.strftime("%Y%m%dT%H%M%SZ").to_string();
    let shifted = |by: SignedDuration| stamp(now.saturating_add(by).expect("no calendar units"));
    if skew > LARGEST_SKEW {
        let limit = shifted(LARGEST_SKEW);
        let now = stamp(now);
        return Err(invalid(format!(
            "Signature not yet current: {date} is still later than {limit} ({now} + 5 min.)"
        )));
    }
    if skew < -LARGEST_SKEW {
        let limit = shifted(-LARGEST_SKEW);
        let now = stamp(now);
        return Err(invalid(format!(
            "Signature expired: {date} is now earlier than {limit} ({now} - 5 min.)"
        )));
    }
    Ok(())
}

/// `20260102T030405Z`
#[must_use]
pub fn parse_date(date: &str) -> Option<Timestamp> {
    let time = civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn refuse(kind: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::coral(StatusCode::FORBIDDEN, kind, message)
}

fn invalid(message: impl Into<String>) -> ApiError {
    refuse("InvalidSignatureException", message)
}

fn incomplete(parameter: &str) -> ApiError {
    let message = format!("Authorization header requires '{parameter}' parameter.");
    refuse("IncompleteSignatureException", message)
}

fn mismatch() -> ApiError {
    invalid(
        "The request signature we calculated does not match the signature you provided. Check your \
         AWS Secret Access Key and signing method. Consult the service documentation for details.",
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
