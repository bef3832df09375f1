//! The options of clients and calls: their names, kinds and scopes, in one table; and the values
//! that a caller gave, as one text.
//!
//! Values stay the text in which they came. Each is its option's place in the table as a character
//! (from `!` on), a letter for its kind, what there is to say of it, and a NUL:
//!
//! | letter | value | what follows |
//! |---|---|---|
//! | `z` | null | |
//! | `s` | a string, or a list | the string; JSON |
//! | `n` | a number | its digits, if the option takes it; a time that no timer holds is 0 |
//! | `t`, `f` | a boolean | |
//! | `F`, `O` | a function, an object | |
//! | `d` | a date | milliseconds since 1970 |
//! | `p` | names and values | each behind a U+0001; a value that is null is U+0002 |
//! | `x` | anything else | the rule that it breaks, if the reader knows it |
//!
//! What is no option of the table comes as a space, its scope as a character, and how it is spelled.

use crate::error::{ErrorClass, Report, Reported};
use crate::text;

/// What the value of an option may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// A string.
    Text,
    /// A boolean.
    Flag,
    /// An integer, 0 or more.
    Count,
    /// A number of milliseconds, more than 0.
    Milliseconds,
    /// A date, its ISO form, or milliseconds since 1970.
    Date,
    /// A function.
    Function,
    /// An object.
    Object,
    /// Names and values, as headers have them.
    Pairs,
    /// A list of objects, as JSON.
    Json,
    /// Whoever reads it looks for himself.
    Any,
}

impl OptionKind {
    /// For readers in other languages.
    const fn letter(self) -> char {
        match self {
            Self::Text => 'S',
            Self::Flag => 'B',
            Self::Count => 'C',
            Self::Milliseconds => 'M',
            Self::Date => 'D',
            Self::Function => 'F',
            Self::Object => 'O',
            Self::Pairs => 'P',
            Self::Json => 'J',
            Self::Any => 'A',
        }
    }

    /// The letter of a value of this kind, and the rule that another one breaks.
    const fn expects(self) -> (u8, &'static str) {
        match self {
            Self::Text => (b's', "must be a string"),
            Self::Flag => (b't', "must be a boolean"),
            Self::Count => (b'n', "must be an integer, 0 or more"),
            Self::Milliseconds => (b'n', "must be a number of milliseconds, more than 0"),
            Self::Date => (b'd', "must be a date"),
            Self::Function => (b'F', "must be a function"),
            Self::Object => (b'O', "must be an object"),
            Self::Pairs => (b'p', "must be an object"),
            Self::Json => (b's', "must be a list"),
            Self::Any => (0, ""),
        }
    }

    fn takes(self, letter: u8) -> bool {
        letter == b'z'
            || (self == Self::Any && letter != b'x')
            || letter == self.expects().0
            || (self == Self::Flag && letter == b'f')
    }
}

/// Of a client.
const CLIENT: u8 = 1;
/// Of a call.
const CALL: u8 = 2;
/// Of what authenticates: credentials, or a key with its end.
const SECRET: u8 = 4;
/// Of `mintBedrockToken`.
const MINT: u8 = 8;
/// A variable of the environment.
const ENVIRONMENT: u8 = 16;

macro_rules! options {
    ($($name:ident = $spelling:literal: $kind:ident of $scope:expr;)*) => {
        /// An option.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "the table says how it is spelled")]
        pub enum Name { $($name),* }

        /// How each is spelled, its kind, and whose it is.
        const TABLE: &[(&str, OptionKind, u8)] = &[$(($spelling, OptionKind::$kind, $scope)),*];
    };
}

options! {
    Region = "region": Text of CLIENT | MINT;
    Endpoint = "endpoint": Text of CLIENT;
    BaseUrl = "baseURL": Text of CLIENT;
    RuntimeUrl = "runtimeURL": Text of CLIENT;
    UseFipsEndpoint = "useFipsEndpoint": Flag of CLIENT;
    UseDualstackEndpoint = "useDualstackEndpoint": Flag of CLIENT;
    ApiKey = "apiKey": Any of CLIENT;
    Credentials = "credentials": Any of CLIENT | MINT;
    AllowBrowser = "dangerouslyAllowBrowser": Flag of CLIENT | MINT;
    Fetch = "fetch": Function of CLIENT;
    Logger = "logger": Object of CLIENT;
    LogLevel = "logLevel": Text of CLIENT;
    Models = "models": Json of CLIENT;
    ReasoningFormat = "reasoningFormat": Text of CLIENT | CALL;
    Timeout = "timeout": Any of CLIENT | CALL;
    Connect = "timeout.connect": Milliseconds of CLIENT | CALL;
    FirstToken = "timeout.firstToken": Milliseconds of CLIENT | CALL;
    Idle = "timeout.idle": Milliseconds of CLIENT | CALL;
    Total = "timeout.total": Milliseconds of CLIENT | CALL;
    Limits = "limits": Object of CLIENT | CALL;
    LimitRequest = "limits.request": Count of CLIENT | CALL;
    LimitResponse = "limits.response": Count of CLIENT | CALL;
    LimitEvent = "limits.event": Count of CLIENT | CALL;
    LimitChoices = "limits.choices": Count of CLIENT | CALL;
    LimitToolCalls = "limits.toolCalls": Count of CLIENT | CALL;
    MaxRetries = "maxRetries": Count of CLIENT | CALL;
    OnRetry = "onRetry": Function of CLIENT | CALL;
    Guardrail = "guardrail": Object of CLIENT | CALL;
    GuardrailIdentifier = "guardrail.identifier": Text of CLIENT | CALL;
    GuardrailVersion = "guardrail.version": Text of CLIENT | CALL;
    GuardrailTrace = "guardrail.trace": Text of CLIENT | CALL;
    GuardrailTagSuffix = "guardrail.tagSuffix": Text of CLIENT | CALL;
    GuardrailMode = "guardrail.streamProcessingMode": Text of CLIENT | CALL;
    GuardrailEnforce = "guardrail.enforce": Text of CLIENT | CALL;
    GuardrailRoles = "guardrail.roles": Json of CLIENT | CALL;
    GuardrailWindow = "guardrail.window": Count of CLIENT | CALL;
    GuardrailOverlap = "guardrail.overlap": Count of CLIENT | CALL;
    GuardrailAllowUnenforced = "guardrail.allowUnenforced": Flag of CLIENT | CALL;
    GuardrailRequireEvidence = "guardrail.requireEvidence": Flag of CLIENT | CALL;
    DefaultHeaders = "defaultHeaders": Pairs of CLIENT;
    DefaultQuery = "defaultQuery": Pairs of CLIENT;
    Headers = "headers": Pairs of CALL;
    Query = "query": Pairs of CALL;
    Signal = "signal": Object of CALL;
    FetchOptions = "fetchOptions": Object of CLIENT | CALL;
    Token = "token": Text of SECRET;
    Expiration = "expiration": Date of SECRET;
    AccessKeyId = "accessKeyId": Text of SECRET;
    SecretAccessKey = "secretAccessKey": Text of SECRET;
    SessionToken = "sessionToken": Text of SECRET;
    ExpiresIn = "expiresIn": Count of MINT;
    BearerTokenVariable = "AWS_BEARER_TOKEN_BEDROCK": Text of ENVIRONMENT;
    AccessKeyIdVariable = "AWS_ACCESS_KEY_ID": Text of ENVIRONMENT;
    SecretAccessKeyVariable = "AWS_SECRET_ACCESS_KEY": Text of ENVIRONMENT;
    SessionTokenVariable = "AWS_SESSION_TOKEN": Text of ENVIRONMENT;
    RegionVariable = "AWS_REGION": Text of ENVIRONMENT;
    DefaultRegionVariable = "AWS_DEFAULT_REGION": Text of ENVIRONMENT;
    BaseUrlVariable = "AWS_BEDROCK_BASE_URL": Text of ENVIRONMENT;
}

impl Name {
    /// As the caller spells it, e.g. `guardrail.version`.
    #[must_use]
    pub fn spelling(self) -> &'static str {
        spelling(self as usize)
    }
}

fn spelling(place: usize) -> &'static str {
    TABLE.get(place).map_or("", |(spelling, ..)| spelling)
}

/// The table, for readers in other languages: per option the letter of its kind, its scope as a
/// character (`@` for none, and so on by bits), how it is spelled, and a space.
#[must_use]
pub fn table() -> String {
    let mut out = String::with_capacity(1024);
    for (spelling, kind, scope) in TABLE {
        out.push(kind.letter());
        out.push(char::from(b'@' + scope));
        out.push_str(spelling);
        out.push(' ');
    }
    out
}

/// The values of options. One that is not there was not given.
#[derive(Clone, Default)]
pub struct Values {
    text: String,
    /// Where each stands in the text, by its place in the table: from its letter to its NUL. Empty
    /// if there is none.
    spans: Vec<(u32, u32)>,
}

impl core::fmt::Debug for Values {
    /// Nothing of them: some are secrets.
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Values")
    }
}

impl Values {
    /// Takes the values, and checks their kinds.
    ///
    /// # Errors
    /// `ConfigurationError` for the first one that nobody knows, or that is of another kind.
    pub fn read(text: String, report: &mut Report) -> Result<Self, Reported> {
        let mut spans = vec![(0, 0); TABLE.len()];
        let mut start = 0;
        for (end, byte) in text.bytes().enumerate() {
            if byte != 0 {
                continue;
            }
            if let Some(unknown) = text.get(start..end).and_then(|it| it.strip_prefix(' ')) {
                refuse_unknown(unknown, report)?;
            }
            let place = text
                .as_bytes()
                .get(start)
                .map(|place| place.wrapping_sub(b'!'));
            if let Some(span) = place.and_then(|place| spans.get_mut(usize::from(place))) {
                *span = (start as u32 + 1, end as u32);
            }
            start = end + 1;
        }
        let values = Self { text, spans };
        for (place, (_, kind, _)) in TABLE.iter().enumerate() {
            let (letter, value) = values.at(place);
            if letter == b'u' || kind.takes(letter) {
                continue;
            }
            let rule = if letter == b'x' && !value.is_empty() {
                value
            } else {
                kind.expects().1
            };
            // Of a secret, within the option that has it.
            let within = match TABLE.get(place) {
                Some((_, _, SECRET)) if values.is_given(Name::Credentials) => "credentials.",
                Some((_, _, SECRET)) => "apiKey.",
                _ => "",
            };
            let path = [within, spelling(place)].concat();
            return Err(refuse_as(&path, rule, report));
        }
        Ok(values)
    }

    /// The letter of a value, `u` without one, and what follows.
    fn at(&self, place: usize) -> (u8, &str) {
        let (start, end) = self.spans.get(place).copied().unwrap_or_default();
        let text = self
            .text
            .get(start as usize..end as usize)
            .unwrap_or_default();
        match text.as_bytes().first() {
            Some(letter) => (*letter, text.get(1..).unwrap_or_default()),
            None => (b'u', ""),
        }
    }

    /// Whether there is a value, be it null.
    #[must_use]
    pub fn has(&self, name: Name) -> bool {
        self.at(name as usize).0 != b'u'
    }

    /// Whether there is a value, and it is not null.
    #[must_use]
    pub fn is_given(&self, name: Name) -> bool {
        !matches!(self.at(name as usize).0, b'u' | b'z')
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self, name: Name) -> bool {
        self.at(name as usize).0 == b'z'
    }

    /// Whether it is a function.
    #[must_use]
    pub fn is_function(&self, name: Name) -> bool {
        self.at(name as usize).0 == b'F'
    }

    /// Whether it is an object that is no function.
    #[must_use]
    pub fn is_object(&self, name: Name) -> bool {
        self.at(name as usize).0 == b'O'
    }

    /// A string.
    #[must_use]
    pub fn text(&self, name: Name) -> Option<&str> {
        match self.at(name as usize) {
            (b's', text) => Some(text),
            _ => None,
        }
    }

    /// A boolean; false without one.
    #[must_use]
    pub fn flag(&self, name: Name) -> bool {
        self.at(name as usize).0 == b't'
    }

    /// A number, or the time of a date.
    #[must_use]
    pub fn number(&self, name: Name) -> Option<u64> {
        match self.at(name as usize) {
            (b'n' | b'd', digits) => text::parse_integer(digits),
            _ => None,
        }
    }

    /// Names and values; a value of `None` removes what stands before.
    pub fn pairs(&self, name: Name) -> impl Iterator<Item = (&str, Option<&str>)> {
        let (_, text) = self.at(name as usize);
        let mut parts = text::split(text, 1).skip(1);
        core::iter::from_fn(move || {
            let name = parts.next()?;
            Some((name, parts.next().filter(|value| *value != "\u{2}")))
        })
    }
}

/// Options that are taken without effect: those of `openai` that Bedrock has no use for, and those
/// of a run, which go with its calls.
const WITHOUT_EFFECT: [(&str, u8); 16] = [
    ("organization", CLIENT | CALL),
    ("project", CLIENT | CALL),
    ("webhookSecret", CLIENT | CALL),
    ("adminAPIKey", CLIENT | CALL),
    ("idempotencyKey", CLIENT | CALL),
    ("stream", CALL),
    ("method", CALL),
    ("path", CALL),
    ("body", CALL),
    ("defaultBaseURL", CALL),
    ("maxChatCompletions", CALL),
    ("afterCompletion", CALL),
    ("beforeTool", CALL),
    ("onToolError", CALL),
    ("onLimit", CALL),
    ("toolContext", CALL),
];

/// Behind the character of its scope: see the head of this file.
fn refuse_unknown(unknown: &str, report: &mut Report) -> Result<(), Reported> {
    let scope = unknown
        .bytes()
        .next()
        .unwrap_or_default()
        .wrapping_sub(b'@');
    let spelled = unknown.get(1..).unwrap_or_default();
    let parts = |name| text::split_once(name, b'.').unwrap_or(("", name));
    let (parent, leaf) = parts(spelled);
    let is_openai = |(name, of): &(&str, u8)| *name == spelled && of & scope != 0;
    // openai's own, on the way from one of its methods to another.
    let is_internal = scope == CALL && spelled.starts_with("__") && !text::names_guardrail(spelled);
    let is_long = spelled.len() > 64;
    if is_internal || WITHOUT_EFFECT.iter().any(is_openai) || scope == SECRET && is_long {
        return Ok(());
    }
    if spelled.is_empty() || is_long {
        return Err(refuse_as("options", "has a name that is no option", report));
    }
    let given = text::letters(leaf);
    // How far it is, whether it is an option of another one, and whether it has another place.
    let rank = |name: &'static str, of: u8| {
        let (within, name) = parts(name);
        let known = text::letters(name);
        let is_part = text::overlap(&given, &known) || known.starts_with(&given) && given.len() > 1;
        let far = match text::distance(&given, &known) {
            far if far > 1 && scope != SECRET && is_part => 1,
            far => far,
        };
        let is_there = within == parent || scope == SECRET;
        let is_near = is_there || parent.is_empty() && far == 0;
        is_near.then_some((far, of & scope == 0, !is_there))
    };
    let known = TABLE.iter().map(|(name, _, of)| (*name, *of));
    let nearest = known
        .filter(|(name, of)| {
            // Of a secret, what is not missed when it is not there.
            *of != ENVIRONMENT
                && (scope != SECRET || matches!(*name, "sessionToken" | "expiration"))
        })
        .chain(WITHOUT_EFFECT)
        .filter_map(|(name, of)| Some((rank(name, of)?, name, of)))
        .min_by_key(|(rank, ..)| *rank);
    // What else there is of secrets is the business of whoever made them.
    let allowed = if scope == SECRET {
        1
    } else {
        given.len().div_ceil(3)
    };
    let nearest = nearest.filter(|((far, ..), ..)| *far <= allowed);
    if scope == SECRET && nearest.is_none() {
        return Ok(());
    }
    // Known, and spelled with its point: as one name, then.
    let scoped = |name| name == spelled && !parent.is_empty();
    let rule = match nearest {
        Some(((0, ..), "token", SECRET)) if scope != SECRET => {
            String::from("belongs into `apiKey`")
        }
        Some(((0, ..), _, SECRET)) if scope != SECRET => String::from("belongs into `credentials`"),
        Some(((0, _, elsewhere), name, _)) if elsewhere || scoped(name) => {
            ["belongs into `", parts(name).0, "`"].concat()
        }
        Some(((0, true, _), name, of)) if name == spelled => {
            let whose = if of & CLIENT != 0 {
                "the client"
            } else {
                "a call"
            };
            ["is an option of ", whose].concat()
        }
        Some((_, name, _)) => ["is no option; did you mean `", name, "`?"].concat(),
        None => String::from("is no option"),
    };
    Err(refuse_as(spelled, &rule, report))
}

/// An option that cannot be used.
pub fn refuse(name: Name, rule: &str, report: &mut Report) -> Reported {
    refuse_as(name.spelling(), rule, report)
}

#[inline(never)]
fn refuse_as(spelling: &str, rule: &str, report: &mut Report) -> Reported {
    report.at(ErrorClass::ConfigurationError, spelling, rule)
}
