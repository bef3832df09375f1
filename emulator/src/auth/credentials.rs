//! Whom the emulator knows.

use jiff::Timestamp;
use serde::Deserialize;

/// AWS credentials.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credential {
    /// The name of the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: String,
    /// What temporary credentials have beside it.
    #[serde(default)]
    pub session_token: Option<String>,
    /// Whether their time is over.
    #[serde(default)]
    pub expired: bool,
}

/// A Bedrock API key that is not computed but known.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// The key.
    pub key: String,
    /// Whether its time is over.
    #[serde(default)]
    pub expired: bool,
}

/// The secret of AWS's own examples.
const EXAMPLE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// The credentials that every space knows.
fn well_known_credentials() -> impl Iterator<Item = Credential> {
    let known = [
        ("AKIDEXAMPLE", None, false),
        ("ASIDEXAMPLE", Some("fixture/session+token=="), false),
        ("ASIDEXAMPLE", Some("expired-session-token"), true),
    ];
    known
        .into_iter()
        .map(|(access_key_id, session_token, expired)| Credential {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: EXAMPLE_SECRET.to_owned(),
            session_token: session_token.map(str::to_owned),
            expired,
        })
}

/// The API keys that every space knows.
fn well_known_keys() -> impl Iterator<Item = ApiKey> {
    [
        ("bedrock-api-key-emulator", false),
        ("ABSKemulator", false),
        ("bedrock-api-key-expired", true),
    ]
    .into_iter()
    .map(|(key, expired)| ApiKey {
        key: key.to_owned(),
        expired,
    })
}

/// What a request is authenticated against.
pub struct AuthContext<'a> {
    /// A space's own AWS credentials.
    pub credentials: &'a [Credential],
    /// A space's own API keys.
    pub api_keys: &'a [ApiKey],
    /// The region that a signature must be scoped to.
    pub region: &'a str,
    /// The service that a signature must be scoped to.
    pub service: &'static str,
    /// The time by the server's clock.
    pub now: Timestamp,
}

impl AuthContext<'_> {
    /// The credentials with this key and session, a space's own first.
    #[must_use]
    pub fn credential(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
    ) -> Option<Credential> {
        self.credentials
            .iter()
            .cloned()
            .chain(well_known_credentials())
            .find(|known| {
                known.access_key_id == access_key_id
                    && known.session_token.as_deref() == session_token
            })
    }

    /// The API key, a space's own first.
    #[must_use]
    pub fn api_key(&self, key: &str) -> Option<ApiKey> {
        self.api_keys
            .iter()
            .cloned()
            .chain(well_known_keys())
            .find(|known| known.key == key)
    }
}
