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

// What the value of an option may be: letters, for readers in other languages.
/// A string.
const TEXT: u8 = b'S';
/// A boolean.
const FLAG: u8 = b'B';
/// An integer, 0 or more.
const COUNT: u8 = b'C';
/// A number of milliseconds, more than 0.
const MILLISECONDS: u8 = b'M';
/// A date, its ISO form, or milliseconds since 1970.
const DATE: u8 = b'D';
/// A function.
const FUNCTION: u8 = b'F';
/// An object.
const OBJECT: u8 = b'O';
/// Names and values, as headers have them.
const PAIRS: u8 = b'P';
/// A list of objects, as JSON.
const JSON: u8 = b'J';
/// Whoever reads it looks for himself.
const ANY: u8 = b'A';

/// The letter of a value of this kind, and the rule that another one breaks.
const fn expects(kind: u8) -> (u8, &'static str) {
    match kind {
        TEXT => (b's', "must be a string"),
        FLAG => (b't', "must be a boolean"),
        COUNT => (b'n', "must be an integer, 0 or more"),
        MILLISECONDS => (b'n', "must be a number of milliseconds, more than 0"),
        DATE => (b'd', "must be a date"),
        FUNCTION => (b'F', "must be a function"),
        OBJECT => (b'O', "must be an object"),
        PAIRS => (b'p', "must be an object"),
        JSON => (b's', "must be a list"),
        _ => (0, ""),
    }
}

fn takes(kind: u8, letter: u8) -> bool {
    letter == b'z'
        || (kind == ANY && letter != b'x')
        || letter == expects(kind).0
        || (kind == FLAG && letter == b'f')
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

        /// Its kind, whose it is, and how it is spelled.
        const ROWS: &[(u8, u8, &str)] = &[$(($kind, $scope, $spelling)),*];
        /// The kinds, by [`Name`].
        static KINDS: [u8; ROWS.len()] = [$($kind),*];
    };
}

options! {
    Region = "region": TEXT of CLIENT | MINT;
    Endpoint = "endpoint": TEXT of CLIENT;
    BaseUrl = "baseURL": TEXT of CLIENT;
    RuntimeUrl = "runtimeURL": TEXT of CLIENT;
    UseFipsEndpoint = "useFipsEndpoint": FLAG of CLIENT;
    UseDualstackEndpoint = "useDualstackEndpoint": FLAG of CLIENT;
    ApiKey = "apiKey": ANY of CLIENT;
    Credentials = "credentials": ANY of CLIENT | MINT;
    AllowBrowser = "dangerouslyAllowBrowser": FLAG of CLIENT | MINT;
    Fetch = "fetch": FUNCTION of CLIENT;
    Logger = "logger": OBJECT of CLIENT;
    LogLevel = "logLevel": TEXT of CLIENT;
    Models = "models": JSON of CLIENT;
    ReasoningFormat = "reasoningFormat": TEXT of CLIENT | CALL;
    Timeout = "timeout": ANY of CLIENT | CALL;
    Connect = "timeout.connect": MILLISECONDS of CLIENT | CALL;
    FirstToken = "timeout.firstToken": MILLISECONDS of CLIENT | CALL;
    Idle = "timeout.idle": MILLISECONDS of CLIENT | CALL;
    Total = "timeout.total": MILLISECONDS of CLIENT | CALL;
    Limits = "limits": OBJECT of CLIENT | CALL;
    LimitRequest = "limits.request": COUNT of CLIENT | CALL;
    LimitResponse = "limits.response": COUNT of CLIENT | CALL;
    LimitEvent = "limits.event": COUNT of CLIENT | CALL;
    LimitChoices = "limits.choices": COUNT of CLIENT | CALL;
    LimitToolCalls = "limits.toolCalls": COUNT of CLIENT | CALL;
    MaxRetries = "maxRetries": COUNT of CLIENT | CALL;
    OnRetry = "onRetry": FUNCTION of CLIENT | CALL;
    Guardrail = "guardrail": OBJECT of CLIENT | CALL;
    GuardrailIdentifier = "guardrail.identifier": TEXT of CLIENT | CALL;
    GuardrailVersion = "guardrail.version": TEXT of CLIENT | CALL;
    GuardrailTrace = "guardrail.trace": TEXT of CLIENT | CALL;
    GuardrailTagSuffix = "guardrail.tagSuffix": TEXT of CLIENT | CALL;
    GuardrailMode = "guardrail.streamProcessingMode": TEXT of CLIENT | CALL;
    GuardrailEnforce = "guardrail.enforce": TEXT of CLIENT | CALL;
    GuardrailRoles = "guardrail.roles": JSON of CLIENT | CALL;
    GuardrailWindow = "guardrail.window": COUNT of CLIENT | CALL;
    GuardrailOverlap = "guardrail.overlap": COUNT of CLIENT | CALL;
    GuardrailAllowUnenforced = "guardrail.allowUnenforced": FLAG of CLIENT | CALL;
    GuardrailRequireEvidence = "guardrail.requireEvidence": FLAG of CLIENT | CALL;
    DefaultHeaders = "defaultHeaders": PAIRS of CLIENT;
    DefaultQuery = "defaultQuery": PAIRS of CLIENT;
    Headers = "headers": PAIRS of CALL;
    Query = "query": PAIRS of CALL;
    Signal = "signal": OBJECT of CALL;
    FetchOptions = "fetchOptions": OBJECT of CLIENT | CALL;
    Token = "token": TEXT of SECRET;
    Expiration = "expiration": DATE of SECRET;
    AccessKeyId = "accessKeyId": TEXT of SECRET;
    SecretAccessKey = "secretAccessKey": TEXT of SECRET;
    SessionToken = "sessionToken": TEXT of SECRET;
    ExpiresIn = "expiresIn": COUNT of MINT;
    BearerTokenVariable = "AWS_BEARER_TOKEN_BEDROCK": TEXT of ENVIRONMENT;
    AccessKeyIdVariable = "AWS_ACCESS_KEY_ID": TEXT of ENVIRONMENT;
    SecretAccessKeyVariable = "AWS_SECRET_ACCESS_KEY": TEXT of ENVIRONMENT;
    SessionTokenVariable = "AWS_SESSION_TOKEN": TEXT of ENVIRONMENT;
    RegionVariable = "AWS_REGION": TEXT of ENVIRONMENT;
    DefaultRegionVariable = "AWS_DEFAULT_REGION": TEXT of ENVIRONMENT;
    BaseUrlVariable = "AWS_BEDROCK_BASE_URL": TEXT of ENVIRONMENT;
}

impl Name {
    /// As the caller spells it, e.g. `guardrail.version`.
    #[must_use]
    pub fn spelling(self) -> &'static str {
        row(self as usize).1
    }
}

/// The name of an option within the one that it is a part of.
#[must_use]
pub fn leaf(spelling: &'static str) -> &'static str {
    text::split_once(spelling, b'.').map_or(spelling, |(_, leaf)| leaf)
}

/// The table, also for readers in other languages: per option the letter of its kind, its scope as
/// a character (`@` for none, and so on by bits), how it is spelled, and a space. One text is
/// smaller than a list of them.
#[must_use]
pub const fn table() -> &'static str {
    const LENGTH: usize = {
        let (mut rows, mut length) = (ROWS, 0);
        while let [(.., spelling), rest @ ..] = rows {
            length += 2 + spelling.len() + 1;
            rows = rest;
        }
        length
    };
    const TEXT: [u8; LENGTH] = {
        let mut text = [b' '; LENGTH];
        let (mut rows, mut rest) = (ROWS, text.as_mut_slice());
        while let [(kind, scope, spelling), more @ ..] = rows {
            let (row, after) = rest.split_at_mut(2 + spelling.len() + 1);
            let (head, name) = row.split_at_mut(2);
            head.copy_from_slice(&[*kind, b'@' + *scope]);
            name.split_at_mut(spelling.len())
                .0
                .copy_from_slice(spelling.as_bytes());
            (rows, rest) = (more, after);
        }
        text
    };
    match str::from_utf8(&TEXT) {
        Ok(text) => text,
        Err(_) => "",
    }
}

/// Whose the options are, and how they are spelled.
fn rows() -> impl Iterator<Item = (u8, &'static str)> {
    const TABLE: &str = table();
    text::split(TABLE, b' ').filter_map(|row| {
        let scope = row.as_bytes().get(1)?;
        Some((scope - b'@', row.get(2..)?))
    })
}

fn row(place: usize) -> (u8, &'static str) {
    rows().nth(place).unwrap_or_default()
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
        if text.is_empty() {
            return Ok(Self::default());
        }
        let mut spans = vec![(0, 0); KINDS.len()];
        let mut start = 0;
        for value in text::split(&text, 0) {
            let end = start + value.len();
            if let Some(unknown) = value.strip_prefix(' ') {
                refuse_unknown(unknown, report)?;
            }
            let place = value.bytes().next().map(|place| place.wrapping_sub(b'!'));
            if let Some(span) = place.and_then(|place| spans.get_mut(usize::from(place))) {
                *span = (start as u32 + 1, end as u32);
            }
            start = end + 1;
        }
        let values = Self { text, spans };
        for (place, kind) in KINDS.iter().enumerate() {
            let (letter, value) = values.at(place);
            if letter == b'u' || takes(*kind, letter) {
                continue;
            }
            let rule = if letter == b'x' && !value.is_empty() {
                value
            } else {
                expects(*kind).1
            };
            // Of a secret, within the option that has it.
            let (scope, spelling) = row(place);
            let within = match scope {
                SECRET if values.is_given(Name::Credentials) => "credentials.",
                SECRET => "apiKey.",
                _ => "",
            };
            let path = [within, spelling].concat();
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

    /// The same, or what another one has.
    #[must_use]
    pub(crate) fn number_or(&self, other: &Self, name: Name) -> Option<u64> {
        self.number(name).or_else(|| other.number(name))
    }

    /// Names and values; a value of `None` removes what stands before.
    #[must_use]
    pub fn pairs(&self, name: Name) -> Vec<(&str, Option<&str>)> {
        let (_, text) = self.at(name as usize);
        let mut parts = text::split(text, 1).skip(1);
        let mut pairs = Vec::new();
        while let Some(name) = parts.next() {
            pairs.push((name, parts.next().filter(|value| *value != "\u{2}")));
        }
        pairs
    }
}

/// Options that are taken without effect: those of `openai` that Bedrock has no use for, and those
/// of a run, which go with its calls.
static WITHOUT_EFFECT: [(u8, &str); 2] = [
    (
        CLIENT | CALL,
        "organization project webhookSecret adminAPIKey idempotencyKey",
    ),
    (
        CALL,
        "stream method path body defaultBaseURL maxChatCompletions afterCompletion beforeTool \
         onToolError onLimit toolContext",
    ),
];

/// Behind the character of its scope: see the head of this file.
fn refuse_unknown(unknown: &str, report: &mut Report) -> Result<(), Reported> {
    let scope = unknown.bytes().next().unwrap_or_default();
    let scope = scope.wrapping_sub(b'@');
    let is_secret = scope == SECRET;
    let spelled = unknown.get(1..).unwrap_or_default();
    // openai's own, on the way from one of its methods to another.
    let is_internal = scope == CALL && spelled.starts_with("__") && !text::names_guardrail(spelled);
    let is_long = spelled.len() > 64;
    if is_internal || is_secret && is_long {
        return Ok(());
    }
    for (of, names) in &WITHOUT_EFFECT {
        if of & scope != 0 && text::is_word(names, spelled) {
            return Ok(());
        }
    }
    if spelled.is_empty() || is_long {
        return Err(refuse_as("options", "has a name that is no option", report));
    }
    let parts = |name| text::split_once(name, b'.').unwrap_or(("", name));
    let (parent, leaf) = parts(spelled);
    let given = text::letters(leaf);
    // The nearest: how far it is, then whether it is an option of another one, and whether it has
    // another place.
    let mut nearest = ((usize::MAX, false, false), "", 0);
    let mut look = |of: u8, name: &'static str| {
        let (within, leaf) = parts(name);
        let is_there = within == parent || is_secret;
        let known = text::letters(leaf);
        let is_part = text::overlap(&given, &known) || known.starts_with(&given) && given.len() > 1;
        let far = match text::distance(&given, &known) {
            far if far > 1 && !is_secret && is_part => 1,
            far => far,
        };
        let rank = (far, of & scope == 0, !is_there);
        if (is_there || parent.is_empty() && far == 0) && rank < nearest.0 {
            nearest = (rank, name, of);
        }
    };
    for (of, name) in rows() {
        // Of a secret, what is not missed when it is not there.
        if of != ENVIRONMENT && (!is_secret || matches!(name, "sessionToken" | "expiration")) {
            look(of, name);
        }
    }
    for (of, names) in &WITHOUT_EFFECT {
        text::split(names, b' ').for_each(|name| look(*of, name));
    }
    let ((far, is_foreign, is_elsewhere), name, of) = nearest;
    // What else there is of secrets is the business of whoever made them.
    let allowed = if is_secret {
        1
    } else {
        given.len().div_ceil(3)
    };
    if is_secret && far > allowed {
        return Ok(());
    }
    let is_same = name == spelled;
    let rule = if far > allowed {
        ["is no option", "", ""]
    } else if far == 0 && of == SECRET && !is_secret {
        let within = if name == "token" {
            "apiKey"
        } else {
            "credentials"
        };
        ["belongs into `", within, "`"]
    } else if far == 0 && (is_elsewhere || is_same && !parent.is_empty()) {
        // Known, or spelled with its point: as one name, then.
        ["belongs into `", parts(name).0, "`"]
    } else if far == 0 && is_foreign && is_same {
        let whose = if of & CLIENT != 0 {
            "the client"
        } else {
            "a call"
        };
        ["is an option of ", whose, ""]
    } else {
        ["is no option; did you mean `", name, "`?"]
    };
    Err(refuse_as(spelled, &rule.concat(), report))
}

/// An option that cannot be used.
pub fn refuse(name: Name, rule: &str, report: &mut Report) -> Reported {
    refuse_as(name.spelling(), rule, report)
}

#[inline(never)]
fn refuse_as(spelling: &str, rule: &str, report: &mut Report) -> Reported {
    report.at(ErrorClass::ConfigurationError, spelling, rule)
}
