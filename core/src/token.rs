//! Bedrock API keys: which must be kept out of pages, and how a short-term one is made from AWS credentials.
//!
//! ```
//! use bedrock_chat_core::endpoint::Region;
//! use bedrock_chat_core::sigv4::Credentials;
//! use bedrock_chat_core::time::Timestamp;
//! use bedrock_chat_core::token::{MAX_EXPIRES_IN, mint};
//!
//! let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)?;
//! let region = Region::parse("us-west-2")?;
//! let now = Timestamp::from_unix_ms(1_767_323_045_000);
//! let minted = mint(&credentials, &region, MAX_EXPIRES_IN, now, None)?;
//! assert!(minted.token.starts_with("bedrock-api-key-"));
//! assert_eq!(minted.expiration.unix_ms(), 1_767_366_245_000);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A short-term key is a presigned URL in base64: nothing is asked of AWS to make one. The steps
//! are those of AWS's token generators (`aws-bedrock-token-generator-js` and `-python`).

use std::fmt;

use crate::endpoint::Region;
use crate::sigv4::{ALGORITHM, Credentials, Scope, SigningKey, push_encoded};
use crate::text;
use crate::time::Timestamp;

/// The longest life of a short-term key, in seconds (12 hours): also what AWS gives by default.
pub const MAX_EXPIRES_IN: u32 = 43_200;

const SHORT_TERM_PREFIX: &str = "bedrock-api-key-";
/// The presigned URL names no region: only its credential scope does.
const HOST: &str = "bedrock.amazonaws.com";
/// The SHA-256 of nothing, for the presigned request has no body.
const EMPTY_HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// A new short-term key. No `Debug`: the key is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Minted {
    /// The key, `bedrock-api-key-…`, to be sent as a bearer token.
    pub token: String,
    /// When it ends: after its own life or with the credentials behind it, whichever is sooner.
    pub expiration: Timestamp,
}

/// Why no key can be minted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// `expiresIn` is not within 1 and 43,200 seconds.
    ExpiresIn,
    /// The credentials have expired, and a key of theirs would have too.
    CredentialsExpired,
}

impl TokenError {
    /// The argument at fault, as JavaScript spells it.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::ExpiresIn => "expiresIn",
            Self::CredentialsExpired => "credentials",
        }
    }

    /// What is wrong, in a sentence.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::ExpiresIn => "`expiresIn` must be between 1 and 43200 seconds (12 hours)",
            Self::CredentialsExpired => "`credentials` have expired",
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for TokenError {}

/// Makes a short-term key for one region, good for `expires_in` seconds from `now`.
///
/// The key ends sooner if the credentials do: give their expiration where it is known.
///
/// # Errors
/// See [`TokenError`].
pub fn mint(
    credentials: &Credentials,
    region: &Region,
    expires_in: u32,
    now: Timestamp,
    credentials_expiration: Option<Timestamp>,
) -> Result<Minted, TokenError> {
    if !matches!(expires_in, 1..=MAX_EXPIRES_IN) {
        return Err(TokenError::ExpiresIn);
    }
    if credentials_expiration.is_some_and(|expiration| expiration <= now) {
        return Err(TokenError::CredentialsExpired);
    }
    let own_end = end_of_life(now, expires_in);
    let url = presigned_url(credentials, region, expires_in, now);
    let mut token = String::with_capacity(SHORT_TERM_PREFIX.len() + url.len().div_ceil(3) * 4);
    token.push_str(SHORT_TERM_PREFIX);
    push_base64(&mut token, url.as_bytes());
    Ok(Minted {
        token,
        expiration: credentials_expiration.map_or(own_end, |expiration| expiration.min(own_end)),
    })
}

/// `POST https://bedrock.amazonaws.com/?Action=CallWithBearerToken`, presigned, without scheme.
fn presigned_url(
    credentials: &Credentials,
    region: &Region,
    expires_in: u32,
    now: Timestamp,
) -> String {
    let amz_date = now.to_amz_date();
    let scope = Scope {
        region: region.as_str(),
        service: "bedrock",
    };
    let key = SigningKey::derive(credentials, &scope, now);

    let mut query = String::from("Action=CallWithBearerToken&X-Amz-Algorithm=");
    query.push_str(ALGORITHM);
    query.push_str("&X-Amz-Credential=");
    push_encoded(&mut query, credentials.access_key_id().bytes());
    push_encoded(&mut query, "/".bytes());
    push_encoded(&mut query, key.credential_scope.bytes());
    query.push_str("&X-Amz-Date=");
    query.push_str(&amz_date);
    query.push_str("&X-Amz-Expires=");
    text::push_integer(&mut query, u64::from(expires_in), 1);

    let mut session = String::new();
    if let Some(session_token) = credentials.session_token() {
        session.push_str("&X-Amz-Security-Token=");
        push_encoded(&mut session, session_token.bytes());
    }
    let signed_headers = "&X-Amz-SignedHeaders=host";

    // The session token is signed in its sorted place, and sent where botocore sends it.
    let mut canonical_request = String::from("POST\n/\n");
    canonical_request.push_str(&query);
    canonical_request.push_str(&session);
    canonical_request.push_str(signed_headers);
    canonical_request.push_str("\nhost:");
    canonical_request.push_str(HOST);
    canonical_request.push_str("\n\nhost\n");
    canonical_request.push_str(EMPTY_HASH);
    let signature = key.signature(&canonical_request, &amz_date);
    let mut url = String::from(HOST);
    url.push_str("/?");
    url.push_str(&query);
    url.push_str(signed_headers);
    url.push_str(&session);
    url.push_str("&X-Amz-Signature=");
    url.push_str(&signature);
    url.push_str("&Version=1");
    url
}

fn end_of_life(from: Timestamp, seconds: u32) -> Timestamp {
    // What is signed is the whole second.
    let from = from.unix_ms() - from.unix_ms().rem_euclid(1000);
    Timestamp::from_unix_ms(from.saturating_add(i64::from(seconds) * 1000))
}

/// Whether a key lives until it is revoked or its days are over: it must never be in a public page.
#[must_use]
pub fn is_long_term_key(key: &str) -> bool {
    key.starts_with("ABSK")
}

// Base64 of RFC 4648 §4, with padding: `btoa` would need a round trip through JavaScript.

pub(crate) fn push_base64(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        for (to, from) in group.iter_mut().skip(1).zip(chunk) {
            *to = *from;
        }
        let group = u32::from_be_bytes(group);
        for digit in 0..4 {
            let is_padding = digit > chunk.len();
            out.push(if is_padding {
                '='
            } else {
                base64_digit((group >> (18 - 6 * digit)) as u8 & 63)
            });
        }
    }
}

/// What base64 of either alphabet stands for, as text; of what is none, anything.
pub(crate) fn base64_text(encoded: &str) -> String {
    let mut text = Vec::new();
    let mut group = 1_u32;
    for byte in encoded.bytes() {
        let byte = match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => byte,
        };
        let Some(digit) = (0..64).find(|digit| base64_digit(*digit) == char::from(byte)) else {
            break;
        };
        group = group << 6 | u32::from(digit);
        // A bit stands before what is not taken yet.
        let bits = group.ilog2();
        if bits >= 8 {
            text.push((group >> (bits - 8)) as u8);
            group = group & ((1 << (bits - 8)) - 1) | 1 << (bits - 8);
        }
    }
    text::decode(&text).into_owned()
}

fn base64_digit(value: u8) -> char {
    char::from(match value {
        0..=25 => b'A' + value,
        26..=51 => value - 26 + b'a',
        52..=61 => value - 52 + b'0',
        62 => b'+',
        _ => b'/',
    })
}
