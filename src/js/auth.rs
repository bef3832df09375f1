//! Keys and credentials: where they come from, how long they are kept, what they become.

use core::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

use super::attempt::Attempt;
use super::call::too_slow_after;
use super::client::refused;
use super::failed::Failed;
use super::options::Fields;
use super::outgoing::Lines;
use super::wait::promise;
use super::{environment, errors, timer};
use bedrock_chat_core::text::split_once;
use bedrock_chat_core::error::ServiceError;
use bedrock_chat_core::sigv4::{self, Credentials, PayloadHash, Scope, SigningKey};
use bedrock_chat_core::time::Timestamp;
use bedrock_chat_core::token::{KeyKind, kind_of_key};

/// What is kept is asked for again this long before it expires, in milliseconds.
const EXPIRY_MARGIN_MS: f64 = 60_000.0;

/// The one way in which a client authenticates.
pub(crate) enum Auth {
    /// `apiKey: null` and no credentials: a proxy authenticates, or the caller's own header.
    None,
    ApiKey(Source),
    Credentials {
        source: Source,
        clock: Clock,
        /// The latest signing key, and whose it is.
        key: RefCell<Option<(Rc<Credentials>, SigningKey)>>,
    },
}

/// How far the server's clock is ahead of ours, in milliseconds.
#[derive(Default)]
pub(crate) struct Clock {
    ahead: Cell<f64>,
}

impl Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms((timer::now_ms() + self.ahead.get()) as i64)
    }

    /// Learns the difference from the server's time. `false` if it is what the refused attempt
    /// went by already: then another one would fail as it did.
    fn correct(&self, server: Timestamp, used: f64) -> bool {
        const WORTH_IT_MS: f64 = 30_000.0;
        let ahead = server.unix_ms() as f64 - timer::now_ms();
        self.ahead.set(ahead);
        (ahead - used).abs() > WORTH_IT_MS
    }
}

/// What the latest attempt of a call went by, and what the call has renewed: each once.
#[derive(Default)]
pub(crate) struct Used {
    /// Which of the provider's answers.
    answer: Cell<u32>,
    ahead: Cell<f64>,
    asked_again: Cell<bool>,
    corrected: Cell<bool>,
}

/// What authenticates: of one type, so that the way to it is in the module once.
#[derive(Clone)]
enum Secret {
    Key(Rc<str>),
    Credentials(Rc<Credentials>),
}

/// A value of the caller's, or the function that provides it.
pub(crate) struct Source {
    field: &'static str,
    given: JsValue,
    read: fn(&'static str, &JsValue) -> Result<Found<Secret>, JsValue>,
    found: RefCell<Option<Found<Secret>>>,
    /// The provider's answer on its way: calls at one time share it.
    pending: RefCell<Option<Promise>>,
    /// How many answers were kept.
    answers: Cell<u32>,
}

/// A value, and until when it holds.
#[derive(Clone)]
pub(crate) struct Found<T> {
    pub(crate) value: T,
    keep: Keep,
}

impl<T> Found<T> {
    /// When the value ends, if that is known.
    pub(crate) fn expiration(&self) -> Option<Timestamp> {
        match self.keep {
            Keep::Until(time) => Some(Timestamp::from_unix_ms(time as i64)),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Keep {
    /// Asked for at every attempt.
    No,
    /// Until an answer says that it has expired.
    UntilRefused,
    /// Until this time, in milliseconds since 1970.
    Until(f64),
}

impl Secret {
    fn check_place(&self, allow_browser: bool) -> Result<(), JsValue> {
        match self {
            Self::Key(key) => check_key_place(key, allow_browser),
            Self::Credentials(credentials) => {
                check_place("credentials", credentials, allow_browser)
            }
        }
    }
}

impl Source {
    fn new(
        field: &'static str,
        given: JsValue,
        read: fn(&'static str, &JsValue) -> Result<Found<Secret>, JsValue>,
    ) -> Result<Self, JsValue> {
        let source = Self {
            field,
            given,
            read,
            found: RefCell::default(),
            pending: RefCell::default(),
            answers: Cell::default(),
        };
        // A plain value is checked at once, where the mistake was made.
        if !source.is_provider() {
            source.keep(&source.given)?;
        }
        Ok(source)
    }

    fn is_provider(&self) -> bool {
        self.given.is_function()
    }

    fn keep(&self, value: &JsValue) -> Result<Secret, JsValue> {
        let found = (self.read)(self.field, value)?;
        let value = found.value.clone();
        self.answers.set(self.answers.get().wrapping_add(1));
        *self.found.borrow_mut() = (found.keep != Keep::No || !self.is_provider()).then_some(found);
        Ok(value)
    }

    fn kept(&self) -> Option<Secret> {
        let found = self.found.borrow();
        let found = found.as_ref()?;
        match found.keep {
            Keep::Until(time)
                if self.is_provider() && timer::now_ms() > time - EXPIRY_MARGIN_MS =>
            {
                None
            }
            _ => Some(found.value.clone()),
        }
    }

    /// Forgets what a provider gave, unless another call has asked it anew by now. `false` if
    /// there is none to ask again.
    fn forget(&self, used: &Used) -> bool {
        if self.is_provider() && self.answers.get() == used.answer.get() {
            *self.found.borrow_mut() = None;
        }
        self.is_provider()
    }

    async fn get(&self, attempt: &Attempt<'_>) -> Result<Secret, Failed> {
        let value = match self.kept() {
            Some(value) => value,
            None => self.provided(attempt).await?,
        };
        attempt.used.answer.set(self.answers.get());
        Ok(value)
    }

    async fn provided(&self, attempt: &Attempt<'_>) -> Result<Secret, Failed> {
        // That of the whole attempt is longer where the answer comes with its headers.
        let _limit = attempt.connect.map(|ms| too_slow_after(ms, &attempt.gate));
        let pending = self.ask().map_err(Failed::Thrown)?;
        let answer = attempt.guard(&pending).await;
        // Also a provider that was too slow is asked anew by the next call.
        let is_it = |latest: &mut Promise| js_sys::Object::is(latest, &pending);
        let is_first = self.pending.borrow_mut().take_if(is_it).is_some();
        let answer = answer?;
        // The first of those who waited keeps it for all.
        match self.kept() {
            Some(value) if !is_first => Ok(value),
            _ => self.keep(&answer).map_err(Failed::Thrown),
        }
    }

    /// The provider's promise: the one on its way, or a new one.
    fn ask(&self) -> Result<Promise, JsValue> {
        if let Some(pending) = self.pending.borrow().as_ref() {
            return Ok(pending.clone());
        }
        let provider = self.given.unchecked_ref::<Function>();
        let pending = promise(&provider.call0(&JsValue::UNDEFINED)?)?;
        *self.pending.borrow_mut() = Some(pending.clone());
        Ok(pending)
    }
}

/// What is signed of a request besides its body's hash.
pub(crate) struct ToSign<'a> {
    pub(crate) host: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    /// Empty if none is sent.
    pub(crate) content_type: &'a str,
    pub(crate) headers: Vec<(&'a str, &'a str)>,
    pub(crate) body: &'a Uint8Array,
    pub(crate) service: &'a str,
}

impl Auth {
    /// Reads `apiKey` and `credentials`, and the environment where neither is given.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Self, JsValue> {
        let api_key = fields.raw("apiKey")?;
        let credentials = fields.raw("credentials")?;
        let has_key = !api_key.is_undefined() && !api_key.is_null();
        let has_credentials = !credentials.is_undefined() && !credentials.is_null();
        match (has_key, has_credentials) {
            (true, true) => Err(fields.refuse("apiKey", "and credentials cannot both be given")),
            (true, false) => Self::of_api_key(api_key),
            (false, true) => Self::of_credentials(credentials),
            (false, false) if api_key.is_null() => Ok(Self::None),
            (false, false) => Self::of_environment(),
        }
    }

    fn of_environment() -> Result<Self, JsValue> {
        if let Some(key) = environment::variable("AWS_BEARER_TOKEN_BEDROCK") {
            return Self::of_api_key(JsValue::from_str(&key));
        }
        let id = environment::variable("AWS_ACCESS_KEY_ID");
        let secret = environment::variable("AWS_SECRET_ACCESS_KEY");
        let (Some(id), Some(secret)) = (id, secret) else {
            return Ok(Self::None);
        };
        let credentials = js_sys::Object::new();
        errors::set(&credentials, "accessKeyId", &id.into());
        errors::set(&credentials, "secretAccessKey", &secret.into());
        if let Some(token) = environment::variable("AWS_SESSION_TOKEN") {
            errors::set(&credentials, "sessionToken", &token.into());
        }
        Self::of_credentials(credentials.into())
    }

    fn of_api_key(given: JsValue) -> Result<Self, JsValue> {
        Source::new("apiKey", given, read_api_key).map(Self::ApiKey)
    }

    fn of_credentials(given: JsValue) -> Result<Self, JsValue> {
        let source = Source::new("credentials", given, |field, value| {
            let Found { value, keep } = read_credentials(field, value)?;
            Ok(Found {
                value: Secret::Credentials(Rc::new(value)),
                keep,
            })
        })?;
        Ok(Self::Credentials {
            source,
            clock: Clock::default(),
            key: RefCell::default(),
        })
    }

    /// The other one, if it is of the same provider or value; else this.
    pub(crate) fn or_same(self, other: Option<&Rc<Self>>) -> Rc<Self> {
        let given = self.given();
        let same = other.filter(|other| given.is_some() && given == other.given());
        same.cloned().unwrap_or_else(|| Rc::new(self))
    }

    fn given(&self) -> Option<&JsValue> {
        match self {
            Self::None => None,
            Self::ApiKey(source) => Some(&source.given),
            Self::Credentials { source, .. } => Some(&source.given),
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether requests are signed, so that the body's hash is needed.
    pub(crate) fn signs(&self) -> bool {
        matches!(self, Self::Credentials { .. })
    }

    /// Checks a plain value where the mistake was made; a provider's is checked when it comes.
    pub(crate) fn check_given(&self, allow_browser: bool) -> Result<(), JsValue> {
        match self.source().and_then(Source::kept) {
            Some(secret) => secret.check_place(allow_browser),
            None => Ok(()),
        }
    }

    fn source(&self) -> Option<&Source> {
        match self {
            Self::None => None,
            Self::ApiKey(source) | Self::Credentials { source, .. } => Some(source),
        }
    }

    /// Whether a refusal may be cured by asking the provider again, or by setting the clock: each
    /// once in a call. Neither is a retry: `maxRetries: 0` does not prevent it.
    pub(crate) fn renew(&self, failure: &ServiceError, date: Option<&str>, used: &Used) -> bool {
        match self {
            Self::Credentials { clock, .. } if failure.clock_skew && !used.corrected.get() => {
                // Across origins a page may not be allowed to read the header; AWS's text, "… is
                // now earlier than … (20260102T030405Z - 5 min.)", tells the time too.
                let time = date.and_then(Timestamp::parse_http_date).or_else(|| {
                    let (_, text) = split_once(&failure.message, b'(')?;
                    Timestamp::parse_amz_date(text.get(..16)?)
                });
                if time.is_some_and(|time| clock.correct(time, used.ahead.get())) {
                    used.corrected.set(true);
                    return true;
                }
            }
            _ => {}
        }
        if !failure.expired_credentials || used.asked_again.replace(true) {
            return false;
        }
        self.source().is_some_and(|source| source.forget(used))
    }

    /// The headers that authenticate one attempt.
    pub(crate) async fn headers(
        &self,
        attempt: &Attempt<'_>,
        request: &ToSign<'_>,
    ) -> Result<Lines, Failed> {
        let mut lines = Lines::default();
        let Some(source) = self.source() else {
            return Ok(lines);
        };
        let secret = source.get(attempt).await?;
        let allowed = secret.check_place(attempt.core.allow_browser);
        allowed.map_err(Failed::Thrown)?;
        let (credentials, clock, key) = match (&secret, self) {
            (Secret::Credentials(credentials), Self::Credentials { clock, key, .. }) => {
                (credentials, clock, key)
            }
            (Secret::Key(key), _) => {
                lines.push("authorization", &["Bearer ", key].concat());
                return Ok(lines);
            }
            _ => return Ok(lines),
        };
        let payload_hash = &hash(attempt, request.body).await?;
        attempt.used.ahead.set(clock.ahead.get());
        let to_sign = sigv4::SigningRequest {
            method: "POST",
            host: request.host,
            path: request.path,
            query: request.query,
            content_type: request.content_type,
            headers: &request.headers,
            payload_hash,
            send_content_sha256: false,
        };
        let region = attempt.core.endpoint.require_region().map_err(refused);
        let scope = Scope {
            region: region.map_err(Failed::Thrown)?.as_str(),
            service: request.service,
        };
        let now = clock.now();
        let mut key = key.borrow_mut();
        let kept = key
            .take()
            .filter(|(whose, key)| Rc::ptr_eq(whose, credentials) && key.is_for(&scope, now));
        let derive = || {
            (
                credentials.clone(),
                SigningKey::derive(credentials, &scope, now),
            )
        };
        let (_, key) = key.insert(kept.unwrap_or_else(derive));
        let signed = sigv4::sign_with(key, &to_sign, credentials, now);
        for (name, value) in signed.headers() {
            lines.push(name, value);
        }
        Ok(lines)
    }
}

/// The hash of a body: of a small one at once, by our own code, of a larger one by the runtime's,
/// which costs more to call and less per byte, and of a large one by WebCrypto, off this thread.
async fn hash(attempt: &Attempt<'_>, body: &Uint8Array) -> Result<PayloadHash, Failed> {
    const KIB: u32 = 1024;
    let hash = match body.length() / KIB {
        0..4 => None,
        4..256 => environment::sha256(body).and_then(PayloadHash::from_hex),
        256.. => hash_later(attempt, body).await?,
    };
    Ok(hash.unwrap_or_else(|| PayloadHash::of(&body.to_vec())))
}

async fn hash_later(
    attempt: &Attempt<'_>,
    body: &Uint8Array,
) -> Result<Option<PayloadHash>, Failed> {
    let Some(digest) = environment::sha256_later(body) else {
        return Ok(None);
    };
    let digest = attempt.guard_quietly(&digest).await?;
    let digest = digest.and_then(|digest| environment::bytes(&digest).ok()?.try_into().ok());
    Ok(digest.map(|digest| PayloadHash::from_digest(&digest)))
}

fn check_key_place(key: &str, allow_browser: bool) -> Result<(), JsValue> {
    check_long_term(
        "apiKey",
        kind_of_key(key) == KeyKind::LongTerm,
        allow_browser,
    )
}

/// Credentials without a session token are long-term: see [`check_long_term`].
pub(crate) fn check_place(
    field: &'static str,
    credentials: &Credentials,
    allow_browser: bool,
) -> Result<(), JsValue> {
    check_long_term(field, credentials.session_token().is_none(), allow_browser)
}

/// Refuses in a page or a web worker what nobody should put there.
fn check_long_term(field: &str, long_term: bool, allow_browser: bool) -> Result<(), JsValue> {
    if long_term && !allow_browser && environment::is_browser() {
        let rule = "is long-term: everybody who opens this page could read and keep it. Use \
            short-term keys or temporary credentials, or a server of yours between; set \
            dangerouslyAllowBrowser if you know what you do";
        return Err(errors::configuration(field, rule));
    }
    Ok(())
}

/// A string; or, as `mintBedrockToken` answers, `{ token, expiration }`.
fn read_api_key(field: &'static str, value: &JsValue) -> Result<Found<Secret>, JsValue> {
    let (text, keep) = if value.is_object() {
        let fields = Fields::of(value, field)?;
        (fields.string("token")?, expiration(&fields)?)
    } else {
        (value.as_string(), Keep::No)
    };
    let key = match text.as_deref().map(str::trim_ascii) {
        Some(key) if !key.is_empty() => key,
        Some(_) => return Err(errors::configuration(field, "must not be empty")),
        None => {
            return Err(errors::configuration(
                field,
                "must be a string, or a function that returns one",
            ));
        }
    };
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let rule = "holds a space, a line break or another character that no key has";
        return Err(errors::configuration(field, rule));
    }
    Ok(Found {
        value: Secret::Key(key.into()),
        keep,
    })
}

/// The shape of `@aws-sdk/credential-providers` and of Cognito's.
pub(crate) fn read_credentials(
    field: &'static str,
    value: &JsValue,
) -> Result<Found<Credentials>, JsValue> {
    if !value.is_object() {
        let rule = "must be { accessKeyId, secretAccessKey, sessionToken? }, or a function that returns it";
        return Err(errors::configuration(field, rule));
    }
    let fields = Fields::of(value, field)?;
    let id = fields.string("accessKeyId")?.unwrap_or_default();
    let secret = fields.string("secretAccessKey")?.unwrap_or_default();
    let token = fields.string("sessionToken")?;
    let credentials = Credentials::new(&id, &secret, token.as_deref())
        .map_err(|error| fields.refuse(error.field, error.message))?;
    let keep = match expiration(&fields)? {
        Keep::No => Keep::UntilRefused,
        keep => keep,
    };
    Ok(Found {
        value: credentials,
        keep,
    })
}

/// `expiration`: a `Date`, its ISO form, or milliseconds since 1970.
fn expiration(fields: &Fields<'_>) -> Result<Keep, JsValue> {
    let value = fields.raw("expiration")?;
    if value.is_undefined() || value.is_null() {
        return Ok(Keep::No);
    }
    // Not `Date::new`: it throws on a symbol, and what an import throws no Rust can catch.
    let date = environment::global("Date").and_then(|date| {
        let date =
            Reflect::construct(date.unchecked_ref::<Function>(), &Array::of1(&value)).ok()?;
        let time = date.unchecked_ref::<js_sys::Date>().get_time();
        (!time.is_nan()).then_some(time)
    });
    match date {
        Some(time) => Ok(Keep::Until(time)),
        None => Err(fields.refuse("expiration", "must be a date")),
    }
}
