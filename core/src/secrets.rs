//! What authenticates the calls of a client: a key or credentials, where they come from, how long
//! they are kept; and the server's clock.

use crate::error::{Report, Reported};
use crate::options::{Name, Values, refuse};
use crate::sigv4::{Credentials, Scope, SigningKey};
use crate::time::Timestamp;
use crate::token::is_long_term_key;

/// What a provider gave is asked for again so long before it expires, in milliseconds.
const EXPIRY_MARGIN_MS: f64 = 60_000.0;

/// A difference of clocks that a refused signature is not blamed on, in milliseconds.
const SMALL_SKEW_MS: f64 = 30_000.0;

/// The one way in which a client authenticates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AuthMode {
    /// `apiKey: null` and no credentials: a proxy authenticates, or the caller's own header.
    None,
    Key,
    Credentials,
}

/// A key, or credentials.
pub(crate) enum Secret {
    Key(String),
    Credentials(Credentials),
}

/// How long a secret is kept.
#[derive(Clone, Copy, PartialEq)]
enum Keep {
    /// A provider is asked for it at every attempt.
    No,
    /// Until an answer says that it has expired.
    UntilRefused,
    /// Until this time, in milliseconds since 1970.
    Until(f64),
}

/// The secrets of a client, and of those that were made of it.
pub(crate) struct Secrets {
    mode: AuthMode,
    /// Whether a function gives it.
    provider: bool,
    kept: Option<(Secret, Keep)>,
    /// How many secrets were kept so far.
    generation: u32,
    /// The question to the provider that is under way: calls at one time share it. 0 for none.
    flight: u32,
    flights: u32,
    /// How far the server's clock is ahead of ours, in milliseconds.
    ahead_ms: f64,
    /// The latest signing key, and the generation of its credentials.
    signing_key: Option<(u32, SigningKey)>,
}

/// What an attempt went by, and what its call has renewed: each once.
#[derive(Debug, Default)]
pub(crate) struct Used {
    generation: u32,
    ahead_ms: f64,
    renewed: bool,
    corrected: bool,
}

/// Where a secret stands among options.
#[derive(Clone, Copy)]
pub(crate) struct SecretNames {
    /// The option itself, or the variable of a key.
    given: Name,
    access_key_id: Name,
    secret_access_key: Name,
    session_token: Name,
}

const OPTION_KEY: SecretNames = SecretNames {
    given: Name::ApiKey,
    access_key_id: Name::AccessKeyId,
    secret_access_key: Name::SecretAccessKey,
    session_token: Name::SessionToken,
};
const OPTION_CREDENTIALS: SecretNames = SecretNames {
    given: Name::Credentials,
    ..OPTION_KEY
};
const VARIABLE_KEY: SecretNames = SecretNames {
    given: Name::BearerTokenVariable,
    ..OPTION_KEY
};
const VARIABLE_CREDENTIALS: SecretNames = SecretNames {
    given: Name::AccessKeyIdVariable,
    access_key_id: Name::AccessKeyIdVariable,
    secret_access_key: Name::SecretAccessKeyVariable,
    session_token: Name::SessionTokenVariable,
};

impl Secrets {
    /// Reads `apiKey` and `credentials`, and the environment where neither is given. A plain value
    /// is checked here, where the mistake was made.
    ///
    /// # Errors
    /// Both at once, or a value that can be no secret.
    pub(crate) fn of(options: &Values, report: &mut Report) -> Result<Self, Reported> {
        let has_key = options.is_given(Name::ApiKey);
        let has_credentials = options.is_given(Name::Credentials);
        let in_environment = |names: SecretNames| options.is_given(names.given);
        let (mode, names) = match (has_key, has_credentials) {
            (true, true) => {
                let rule = "and credentials cannot both be given";
                return Err(refuse(Name::ApiKey, rule, report));
            }
            (true, false) => (AuthMode::Key, OPTION_KEY),
            (false, true) => (AuthMode::Credentials, OPTION_CREDENTIALS),
            (false, false) if options.is_null(Name::ApiKey) => (AuthMode::None, OPTION_KEY),
            (false, false) if in_environment(VARIABLE_KEY) => (AuthMode::Key, VARIABLE_KEY),
            (false, false)
                if in_environment(VARIABLE_CREDENTIALS)
                    && options.is_given(VARIABLE_CREDENTIALS.secret_access_key) =>
            {
                (AuthMode::Credentials, VARIABLE_CREDENTIALS)
            }
            (false, false) => (AuthMode::None, OPTION_KEY),
        };
        let mut secrets = Self {
            mode,
            provider: options.is_function(names.given),
            kept: None,
            generation: 0,
            flight: 0,
            flights: 0,
            ahead_ms: 0.0,
            signing_key: None,
        };
        if mode != AuthMode::None && !secrets.provider {
            secrets.read(options, names, report)?;
        }
        Ok(secrets)
    }

    pub(crate) fn is_none(&self) -> bool {
        self.mode == AuthMode::None
    }

    /// Whether requests are signed, so that the body's hash is needed.
    pub(crate) fn signs(&self) -> bool {
        self.mode == AuthMode::Credentials
    }

    /// What requests are signed with, and which is never sent; empty if they are not.
    pub(crate) fn signs_with(&self) -> &str {
        match &self.kept {
            Some((Secret::Credentials(credentials), _)) => credentials.secret_access_key(),
            _ => "",
        }
    }

    pub(crate) fn kept(&self) -> Option<&Secret> {
        self.kept.as_ref().map(|(secret, _)| secret)
    }

    fn read(
        &mut self,
        values: &Values,
        names: SecretNames,
        report: &mut Report,
    ) -> Result<(), Reported> {
        let (secret, otherwise) = if self.signs() {
            let credentials = read_credentials(values, names, report)?;
            (Secret::Credentials(credentials), Keep::UntilRefused)
        } else {
            (
                Secret::Key(read_key(values, names, report)?.into()),
                Keep::No,
            )
        };
        let until = values
            .number(Name::Expiration)
            .map(|ms| Keep::Until(ms as f64));
        self.kept = Some((secret, until.unwrap_or(otherwise)));
        self.generation = self.generation.wrapping_add(1);
        Ok(())
    }

    /// Whether the provider must be asked before an attempt.
    pub(crate) fn must_ask(&self, unix_ms: f64) -> bool {
        self.provider
            && self.kept.as_ref().is_none_or(|(_, keep)| match keep {
                Keep::No => true,
                Keep::UntilRefused => false,
                Keep::Until(time) => unix_ms > time - EXPIRY_MARGIN_MS,
            })
    }

    /// Joins the question to the provider that is under way, or puts a new one: its number, and
    /// whether it is new.
    pub(crate) fn ask(&mut self) -> (u32, bool) {
        let is_new = self.flight == 0;
        if is_new {
            self.flights = self.flights.wrapping_add(1).max(1);
            self.flight = self.flights;
        }
        (self.flight, is_new)
    }

    /// Who put a question leaves it, with an answer or without one: the next call asks anew.
    /// Whether nobody did before.
    pub(crate) fn land(&mut self, flight: u32) -> bool {
        let is_first = self.flight == flight;
        if is_first {
            self.flight = 0;
        }
        is_first
    }

    /// Takes what a provider gave.
    pub(crate) fn provided(
        &mut self,
        flight: u32,
        text: String,
        unix_ms: f64,
        report: &mut Report,
    ) -> Result<(), Reported> {
        // The first of those who waited keeps it for all.
        if self.land(flight) || self.must_ask(unix_ms) {
            let names = if self.signs() {
                OPTION_CREDENTIALS
            } else {
                OPTION_KEY
            };
            let values = Values::read(text, report)?;
            self.read(&values, names, report)?;
        }
        Ok(())
    }

    /// The server's time, as far as it is known.
    pub(crate) fn server_time(&self, unix_ms: f64) -> Timestamp {
        Timestamp::from_unix_ms((unix_ms + self.ahead_ms) as i64)
    }

    /// The credentials, and the signing key that they make.
    pub(crate) fn signing_key(
        &mut self,
        scope: &Scope<'_>,
        time: Timestamp,
    ) -> Option<(&Credentials, &SigningKey)> {
        let Some((Secret::Credentials(credentials), _)) = &self.kept else {
            return None;
        };
        let generation = self.generation;
        let fits = |(of, key): &(u32, SigningKey)| *of == generation && key.is_for(scope, time);
        let kept = self.signing_key.take().filter(fits);
        let derive = || (generation, SigningKey::derive(credentials, scope, time));
        let (_, key) = self.signing_key.insert(kept.unwrap_or_else(derive));
        Some((credentials, key))
    }

    /// Notes what an attempt goes by.
    pub(crate) fn note(&self, used: &mut Used) {
        used.generation = self.generation;
        used.ahead_ms = self.ahead_ms;
    }

    /// Sets the clock by the server's time, once in a call. `false` if that was what the refused
    /// attempt went by: another one would fail as it did.
    pub(crate) fn correct_clock(
        &mut self,
        server: Timestamp,
        unix_ms: f64,
        used: &mut Used,
    ) -> bool {
        if !self.signs() || used.corrected {
            return false;
        }
        self.ahead_ms = server.unix_ms() as f64 - unix_ms;
        used.corrected = (self.ahead_ms - used.ahead_ms).abs() > SMALL_SKEW_MS;
        used.corrected
    }

    /// Has the provider asked anew for what has expired, once in a call. `false` if there is none.
    pub(crate) fn renew(&mut self, used: &mut Used) -> bool {
        if core::mem::replace(&mut used.renewed, true) || !self.provider {
            return false;
        }
        // Another call may have asked by now.
        if self.generation == used.generation {
            self.kept = None;
        }
        true
    }
}

impl Secret {
    /// See [`check_place`].
    pub(crate) fn check_place(&self, allowed: bool, report: &mut Report) -> Result<(), Reported> {
        let (name, is_long_term) = match self {
            Self::Key(key) => (Name::ApiKey, is_long_term_key(key)),
            Self::Credentials(it) => (Name::Credentials, it.are_long_term()),
        };
        check_place(name, is_long_term, allowed, report)
    }
}

/// Refuses in a page or a web worker what nobody should put there.
pub(crate) fn check_place(
    name: Name,
    is_long_term: bool,
    allowed: bool,
    report: &mut Report,
) -> Result<(), Reported> {
    if !is_long_term || allowed {
        return Ok(());
    }
    let rule = "is long-term: everybody who opens this page could read and keep it. Use \
        short-term keys or temporary credentials, or a server of yours between; set \
        dangerouslyAllowBrowser if you know what you do";
    Err(refuse(name, rule, report))
}

/// A string; or, as `mintBedrockToken` answers, `{ token, expiration }`.
fn read_key<'v>(
    values: &'v Values,
    names: SecretNames,
    report: &mut Report,
) -> Result<&'v str, Reported> {
    let text = match values.text(names.given) {
        None if values.is_object(names.given) => values.text(Name::Token),
        text => text,
    };
    let key = text.map(str::trim_ascii);
    let rule = match key {
        None => "must be a string, or a function that returns one",
        Some("") => "must not be empty",
        Some(key) if !key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            "holds a space, a line break or another character that no key has"
        }
        Some(key) => return Ok(key),
    };
    Err(refuse(Name::ApiKey, rule, report))
}

/// The shape of `@aws-sdk/credential-providers` and of Cognito's.
fn read_credentials(
    values: &Values,
    names: SecretNames,
    report: &mut Report,
) -> Result<Credentials, Reported> {
    if names.given == Name::Credentials && !values.is_object(names.given) {
        let rule = "must be { accessKeyId, secretAccessKey, sessionToken? }, or a function that returns it";
        return Err(refuse(Name::Credentials, rule, report));
    }
    let text = |name| values.text(name).unwrap_or_default();
    let (id, secret) = (text(names.access_key_id), text(names.secret_access_key));
    Credentials::new(id, secret, values.text(names.session_token)).map_err(|error| {
        let path = ["credentials.", error.field].concat();
        report.at(
            crate::error::ErrorClass::ConfigurationError,
            &path,
            error.message,
        )
    })
}

/// The credentials among options that were given by value.
pub(crate) fn given_credentials(
    values: &Values,
    report: &mut Report,
) -> Result<Credentials, Reported> {
    read_credentials(values, OPTION_CREDENTIALS, report)
}
