//! AWS Signature Version 4 as request headers: a canonical request, its hash, a chain of HMACs.
//!
//! ```
//! use bedrock_chat_core::sigv4::{Credentials, PayloadHash, SigningRequest, Scope, sign};
//! use bedrock_chat_core::time::Timestamp;
//!
//! let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)?;
//! let payload_hash = PayloadHash::of(b"{}");
//! let signed = sign(
//!     &SigningRequest {
//!         method: "POST",
//!         host: "bedrock-runtime.us-west-2.amazonaws.com",
//!         path: "/openai/v1/chat/completions",
//!         query: "",
//!         content_type: "application/json",
//!         headers: &[("x-amzn-bedrock-guardrailidentifier", "gr12345")],
//!         payload_hash: &payload_hash,
//!     },
//!     &credentials,
//!     &Scope { region: "us-west-2", service: "bedrock" },
//!     Timestamp::from_unix_ms(1_767_323_045_000),
//! );
//! for (name, value) in signed.headers() {
//!     // authorization, x-amz-date, …: to be sent exactly as they are
//! }
//! # Ok::<(), bedrock_chat_core::sigv4::CredentialsError>(())
//! ```
//!
//! The rules are those of AWS's "Create a signed AWS API request" for services other than S3: the
//! path is normalised and encoded once more than in the URL, the query is sorted by its encoded
//! names and values.

use crate::text::{begins_with, push_hex, split, split_once};
use crate::time::Timestamp;
use std::fmt;

use sha2::{Digest, Sha256};

/// The only algorithm; its name opens the string to sign and the `Authorization` header.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

// ---------------------------------------------------------------------------------------------
// What goes in
// ---------------------------------------------------------------------------------------------

/// AWS credentials that are fit to be sent: what they hold cannot break out of a header.
///
/// `Debug` shows the access key id, which is no secret, and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

impl Credentials {
    /// Checks and takes credentials. An empty session token is none, as in `AWS_SESSION_TOKEN=""`.
    ///
    /// # Errors
    /// If the access key id or the secret is empty, or if any of the three holds a character other
    /// than visible ASCII: AWS's never do, and a line break copied along is a common mistake.
    pub fn new(
        access_key_id: &str,
        secret_access_key: &str,
        session_token: Option<&str>,
    ) -> Result<Self, CredentialsError> {
        let session_token = session_token.filter(|token| !token.is_empty());
        let check = |field, value: &str| {
            let message = if value.is_empty() {
                "must not be empty"
            } else if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
                "must not hold spaces, line breaks or characters beyond ASCII"
            } else {
                return Ok(());
            };
            Err(CredentialsError { field, message })
        };
        check("accessKeyId", access_key_id)?;
        check("secretAccessKey", secret_access_key)?;
        if let Some(token) = session_token {
            check("sessionToken", token)?;
        }
        Ok(Self {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: session_token.map(Into::into),
        })
    }

    /// The access key id, such as `AKIA…` or, of temporary credentials, `ASIA…`.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// Whether they are good until they are revoked.
    pub(crate) const fn are_long_term(&self) -> bool {
        self.session_token.is_none()
    }

    pub(crate) fn secret_access_key(&self) -> &str {
        &self.secret_access_key
    }

    /// The session token of temporary credentials: a secret.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// Credentials that cannot be sent. Holds no part of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CredentialsError {
    /// Which of them: `accessKeyId`, `secretAccessKey` or `sessionToken`.
    pub field: &'static str,
    /// What is wrong, to be read after the field: `must not be empty`.
    pub message: &'static str,
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in ["`credentials.", self.field, "` ", self.message] {
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl std::error::Error for CredentialsError {}

/// The region and the service a signature is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// Such as `us-west-2`.
    pub region: &'a str,
    /// `bedrock` on runtime, `bedrock-mantle` on mantle.
    pub service: &'a str,
}

impl Scope<'_> {
    /// The credential scope, `20260102/us-west-2/bedrock/aws4_request`.
    pub(crate) fn credential(&self, amz_date: &str) -> String {
        let mut scope = String::with_capacity(64);
        scope.push_str(date_of(amz_date));
        scope.push('/');
        scope.push_str(self.region);
        scope.push('/');
        scope.push_str(self.service);
        scope.push_str("/aws4_request");
        scope
    }
}

/// A request as it will be on the wire.
#[derive(Clone, Copy)]
pub struct SigningRequest<'a> {
    /// In capitals: `POST`.
    pub method: &'a str,
    /// The `Host` header: the name, and the port where it is not the scheme's (`URL.host`).
    pub host: &'a str,
    /// The path as the URL has it, percent-encoded (`URL.pathname`).
    pub path: &'a str,
    /// The query as the URL has it, without the `?`; empty if there is none.
    pub query: &'a str,
    /// The `content-type` header, as it will be sent; empty if none is sent.
    pub content_type: &'a str,
    /// More headers to be signed, in any order and case: see [`should_sign`]. A name given twice
    /// is signed as two header lines; where `fetch` would join them, pass the joined value. Those
    /// which the other fields or the signature itself decide (`host`, `x-amz-date`, …) are
    /// ignored here and must not be sent with another value.
    pub headers: &'a [(&'a str, &'a str)],
    /// The hash of the body.
    pub payload_hash: &'a PayloadHash,
}

/// Names which [`sign`] sets from elsewhere: never taken from [`SigningRequest::headers`].
const OWN_HEADERS: [&str; 5] = [
    AUTHORIZATION,
    CONTENT_TYPE,
    HOST,
    X_AMZ_DATE,
    X_AMZ_SECURITY_TOKEN,
];
pub(crate) const AUTHORIZATION: &str = "authorization";
const CONTENT_TYPE: &str = "content-type";
const HOST: &str = "host";
const X_AMZ_CONTENT_SHA256: &str = "x-amz-content-sha256";
pub(crate) const X_AMZ_DATE: &str = "x-amz-date";
pub(crate) const X_AMZ_SECURITY_TOKEN: &str = "x-amz-security-token";

/// Whether a header of the caller's belongs among the signed ones: AWS's own, `x-amz-…` and
/// `x-amzn-…`, so that nobody on the way can take a guardrail off a request.
///
/// All others are left out on purpose. SigV4 does not ask for them, and whatever a browser or a
/// proxy drops, joins or rewrites would make the signature wrong; for the same reason AWS's SDKs
/// leave out `x-amzn-trace-id`.
#[must_use]
pub fn should_sign(name: &str) -> bool {
    (begins_with(name, "x-amz-") || begins_with(name, "x-amzn-"))
        && !name.eq_ignore_ascii_case("x-amzn-trace-id")
}

/// Whether a header is set by [`sign`] alone, or is not for a caller to set: another value on the
/// wire would make the signature wrong. So would a hash of the body that is not the body's.
#[must_use]
pub fn is_set_by_signing(name: &str) -> bool {
    (OWN_HEADERS.contains(&name) && name != CONTENT_TYPE) || name == X_AMZ_CONTENT_SHA256
}

// ---------------------------------------------------------------------------------------------
// The hash of the body
// ---------------------------------------------------------------------------------------------

/// The SHA-256 of a request body, as 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayloadHash(String);

impl PayloadHash {
    /// Hashes a body that is at hand in one piece.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(sha256_hex(body))
    }

    /// Takes a hash that was made elsewhere, for a runtime's own function is several times faster;
    /// `None` if it is not 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn from_hex(digits: String) -> Option<Self> {
        let is_hash = digits.len() == 64
            && digits
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        is_hash.then_some(Self(digits))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// ---------------------------------------------------------------------------------------------
// Signing
// ---------------------------------------------------------------------------------------------

/// What a signed request has to carry. No `Debug`, for all of it would help an attacker.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed<'a> {
    /// `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`
    pub authorization: String,
    /// `x-amz-date`, such as `20260102T030405Z`.
    pub amz_date: String,
    /// `x-amz-security-token`, of temporary credentials.
    pub security_token: Option<&'a str>,
}

impl Signed<'_> {
    /// The headers to set on the request, beside those it was signed with; names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            (AUTHORIZATION, Some(self.authorization.as_str())),
            (X_AMZ_DATE, Some(self.amz_date.as_str())),
            (X_AMZ_SECURITY_TOKEN, self.security_token),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// Signs a request. Cheap but for the body's hash, which the caller brings along.
#[must_use]
pub fn sign<'a>(
    request: &SigningRequest<'a>,
    credentials: &'a Credentials,
    scope: &Scope<'_>,
    now: Timestamp,
) -> Signed<'a> {
    let key = SigningKey::derive(credentials, scope, now);
    sign_with(&key, request, credentials, now)
}

/// What signs for one day, region and service: worth keeping, for a third of a signature's work
/// is to derive it. It can do less than the secret that it is made of. No `Debug`.
#[derive(Clone)]
pub struct SigningKey {
    day: i64,
    /// `20260102/us-west-2/bedrock/aws4_request`
    pub(crate) credential_scope: String,
    key: [u8; 32],
}

impl SigningKey {
    /// Derives the key of these credentials for a scope and the day of `now`.
    #[must_use]
    pub fn derive(credentials: &Credentials, scope: &Scope<'_>, now: Timestamp) -> Self {
        let amz_date = now.to_amz_date();
        let secret = ["AWS4", &credentials.secret_access_key].concat();
        let credential_scope = scope.credential(&amz_date);
        let mut parts = split(&credential_scope, b'/');
        let first = hmac(secret.as_bytes(), parts.next().unwrap_or_default());
        let key = parts.fold(first, |key, part| hmac(&key, part));
        Self {
            day: now.day(),
            credential_scope,
            key,
        }
    }

    /// Whether it is for this scope and the day of `now`.
    #[must_use]
    pub fn is_for(&self, scope: &Scope<'_>, now: Timestamp) -> bool {
        let mut of_scope = split(&self.credential_scope, b'/').skip(1);
        self.day == now.day()
            && of_scope.next() == Some(scope.region)
            && of_scope.next() == Some(scope.service)
    }

    /// Hash, string to sign, signature (in hexadecimal digits).
    pub(crate) fn signature(&self, canonical_request: &str, amz_date: &str) -> String {
        let hash = sha256_hex(canonical_request.as_bytes());
        let mut string_to_sign = String::with_capacity(256);
        string_to_sign.push_str(ALGORITHM);
        string_to_sign.push('\n');
        string_to_sign.push_str(amz_date);
        string_to_sign.push('\n');
        string_to_sign.push_str(&self.credential_scope);
        string_to_sign.push('\n');
        string_to_sign.push_str(&hash);
        hex(&hmac(&self.key, &string_to_sign))
    }
}

/// [`sign`] with a key that was derived before, of these credentials and for the day of `now`.
#[must_use]
pub fn sign_with<'a>(
    key: &SigningKey,
    request: &SigningRequest<'a>,
    credentials: &'a Credentials,
    now: Timestamp,
) -> Signed<'a> {
    let amz_date = now.to_amz_date();
    let security_token = credentials.session_token();
    let mut headers = Headers(Vec::with_capacity(request.headers.len() + 5));
    for &(name, value) in request.headers {
        if !OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
            headers.insert(name, value);
        }
    }
    if !request.content_type.is_empty() {
        headers.insert(CONTENT_TYPE, request.content_type);
    }
    headers.insert(HOST, request.host);
    headers.insert(X_AMZ_DATE, &amz_date);
    if let Some(token) = security_token {
        headers.insert(X_AMZ_SECURITY_TOKEN, token);
    }

    let signed_headers = headers.names();
    let canonical_request = canonical_request(request, &headers, &signed_headers);
    let signature = key.signature(&canonical_request, &amz_date);
    let mut authorization = String::with_capacity(512);
    authorization.push_str(ALGORITHM);
    authorization.push_str(" Credential=");
    authorization.push_str(credentials.access_key_id());
    authorization.push('/');
    authorization.push_str(&key.credential_scope);
    authorization.push_str(", SignedHeaders=");
    authorization.push_str(&signed_headers);
    authorization.push_str(", Signature=");
    authorization.push_str(&signature);
    Signed {
        authorization,
        amz_date,
        security_token,
    }
}

/// Step 1 of AWS's description: everything that is signed, in one text.
fn canonical_request(
    request: &SigningRequest<'_>,
    headers: &Headers<'_>,
    signed_headers: &str,
) -> String {
    // Room for a session token of common length: one allocation for nearly every request.
    let mut out = String::with_capacity(2048);
    out.push_str(request.method);
    out.push('\n');
    push_canonical_path(&mut out, request.path);
    out.push('\n');
    out.push_str(&canonical_query(request.query));
    out.push('\n');
    headers.push_lines(&mut out);
    out.push('\n');
    out.push_str(signed_headers);
    out.push('\n');
    out.push_str(request.payload_hash.as_str());
    out
}

/// The headers to be signed: names in lower case and in order, values as they came.
struct Headers<'a>(Vec<(String, &'a str)>);

impl<'a> Headers<'a> {
    /// In its place by name, after those of the same name. (A few headers: no sort is needed.)
    fn insert(&mut self, name: &str, value: &'a str) {
        let name = name.to_ascii_lowercase();
        let place = self.0.partition_point(|(other, _)| *other <= name);
        self.0.insert(place, (name, value));
    }

    /// `content-type;host;x-amz-date`
    fn names(&self) -> String {
        let mut out = String::with_capacity(256);
        let mut previous = "";
        for (name, _) in &self.0 {
            if previous != name {
                if !previous.is_empty() {
                    out.push(';');
                }
                out.push_str(name);
            }
            previous = name;
        }
        out
    }

    /// `name:value` and a line break each; several values of one name joined by commas.
    fn push_lines(&self, out: &mut String) {
        let mut previous = "";
        for (name, value) in &self.0 {
            if previous == name {
                out.push(',');
            } else {
                if !previous.is_empty() {
                    out.push('\n');
                }
                out.push_str(name);
                out.push(':');
            }
            push_collapsed(out, value);
            previous = name;
        }
        out.push('\n');
    }
}

/// A header value without white space at its ends, as `fetch` sends it; each run of spaces (and
/// folded lines) inside as one, and tabs as they are, as AWS's own crate has it.
fn push_collapsed(out: &mut String, value: &str) {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r');
    let mut rest = value.trim_ascii();
    while let Some(end) = rest.bytes().position(|byte| is_space(&byte)) {
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        out.push_str(word);
        out.push(' ');
        let spaces = after.as_bytes().iter().take_while(|byte| is_space(byte));
        rest = after.get(spaces.count()..).unwrap_or_default();
    }
    out.push_str(rest);
}

// ---------------------------------------------------------------------------------------------
// Path and query
// ---------------------------------------------------------------------------------------------

/// The path of a URL as it is signed: dot segments and empty ones resolved (RFC 3986 §5.2.4), and
/// encoded again on top of the URL's own encoding, as every service but S3 wants it.
fn push_canonical_path(out: &mut String, path: &str) {
    let mut segments = Vec::new();
    let mut is_directory = true;
    for segment in split(path, b'/') {
        is_directory = matches!(segment, "" | "." | "..");
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    for segment in &segments {
        out.push('/');
        if segment.bytes().all(is_unreserved) {
            out.push_str(segment);
        } else {
            push_encoded(out, segment.bytes());
        }
    }
    if is_directory {
        out.push('/');
    }
}

/// A query string in the one form that AWS signs: decoded and encoded by its rules, sorted by
/// name, then by value. Best sent in this form too, so that nobody on the way can read it
/// otherwise. `+` is a space, as in every URL library; an encoded plus is `%2B`.
///
/// ```
/// use bedrock_chat_core::sigv4::canonical_query;
/// assert_eq!(canonical_query("b=2&a=x+y&a=*&c"), "a=%2A&a=x%20y&b=2&c=");
/// ```
#[must_use]
pub fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in split(query, b'&').filter(|pair| !pair.is_empty()) {
        let (name, value) = split_once(pair, b'=').unwrap_or((pair, ""));
        let pair = (recoded(name), recoded(value));
        let place = pairs.partition_point(|other| *other <= pair);
        pairs.insert(place, pair);
    }
    let mut out = String::with_capacity(query.len());
    for (name, value) in &pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
    out
}

fn recoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_bytes();
    push_encoded(&mut out, std::iter::from_fn(|| next_decoded(&mut rest)));
    out
}

/// The next byte of an encoded name or value; a `%` that begins no escape stands for itself.
fn next_decoded(rest: &mut &[u8]) -> Option<u8> {
    let (&first, tail) = rest.split_first()?;
    *rest = tail;
    match (first, tail) {
        (b'+', _) => Some(b' '),
        (b'%', [high, low, after @ ..]) => match (hex_value(*high), hex_value(*low)) {
            (Some(high), Some(low)) => {
                *rest = after;
                Some(high << 4 | low)
            }
            _ => Some(b'%'),
        },
        _ => Some(first),
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986, with capital digits.
pub(crate) fn push_encoded(out: &mut String, bytes: impl Iterator<Item = u8>) {
    for byte in bytes {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(hex_digit(byte >> 4).to_ascii_uppercase()));
            out.push(char::from(hex_digit(byte & 15).to_ascii_uppercase()));
        }
    }
}

/// RFC 3986 §2.3.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

// ---------------------------------------------------------------------------------------------
// Hashes and digits
// ---------------------------------------------------------------------------------------------

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}

/// HMAC-SHA256 (RFC 2104). By hand: what is signed is short, and the crate for it is larger.
fn hmac(key: &[u8], message: &str) -> [u8; 32] {
    const BLOCK: usize = 64;
    let of_long;
    let key = if key.len() > BLOCK {
        of_long = sha256(key);
        &of_long
    } else {
        key
    };
    let padded = |pad: u8, message: &[u8]| {
        let mut text = Vec::with_capacity(BLOCK + message.len());
        text.extend_from_slice(key);
        text.resize(BLOCK, 0);
        text.iter_mut().for_each(|byte| *byte ^= pad);
        text.extend_from_slice(message);
        sha256(&text)
    };
    padded(0x5c, &padded(0x36, message.as_bytes()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        push_hex(&mut digits, (*byte).into(), 2);
    }
    digits
}

const fn hex_digit(value: u8) -> u8 {
    if value < 10 {
        b'0' + value
    } else {
        b'a' - 10 + value
    }
}

fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The date of an `x-amz-date`: what stands before its `T`.
fn date_of(amz_date: &str) -> &str {
    split_once(amz_date, b'T').map_or(amz_date, |(date, _)| date)
}
