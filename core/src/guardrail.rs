//! Guardrails: the headers and the body field that switch one on, the tags that say what it
//! judges, and what it found.
//!
//! ```
//! use bedrock_chat_core::guardrail::{GuardrailOptions, Guardrail, guard_content};
//!
//! let given = [Some("gr12345"), Some("DRAFT"), None, Some("x7Kp"), None];
//! let guardrail = Guardrail::check(&GuardrailOptions(given)).unwrap();
//! let headers: Vec<_> = guardrail.headers().collect();
//! assert_eq!(headers, [
//!     ("X-Amzn-Bedrock-GuardrailIdentifier", "gr12345"),
//!     ("X-Amzn-Bedrock-GuardrailVersion", "DRAFT"),
//! ]);
//! assert_eq!(guardrail.body_config().unwrap(), r#"{"tagSuffix":"x7Kp"}"#);
//!
//! let guarded = guard_content("Hi", "x7Kp").unwrap();
//! assert!(guarded.ends_with("Hi</amazon-bedrock-guardrails-guardContent_x7Kp>"));
//! ```
//!
//! Everything that does not fit together is refused before anything is sent: a guardrail that is
//! half configured must not look like one that is on.

use crate::json::{Key, Kind, Member, Value};
use crate::text::{distance, find, letters, overlap, split_once};

/// The name of the tags around guarded text, without its suffix.
const TAG: &str = "amazon-bedrock-guardrails-guardContent_";
/// The service's limit for an identifier, which may be an ARN.
const LONGEST_IDENTIFIER: usize = 2048;
/// The service's limit for a suffix.
const LONGEST_SUFFIX: usize = 20;

/// Why a guardrail's configuration was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The field, e.g. `guardrail.version`.
    pub path: &'static str,
    /// The rule it breaks; completes "`path` …" and holds nothing of the value.
    pub rule: &'static str,
}

/// A field of a guardrail that is a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The guardrail's id or ARN.
    Identifier,
    /// `DRAFT`, or a number.
    Version,
    /// How much of the trace the service returns: `ENABLED`, `DISABLED` or `ENABLED_FULL`; in lower
    /// case too, as Converse spells it.
    Trace,
    /// The suffix of the tags in this request.
    TagSuffix,
    /// When a stream's text is judged: before it is sent (`SYNCHRONOUS`, what the service does by
    /// default), or meanwhile (`ASYNCHRONOUS`), when what violates a policy may be seen first, and
    /// nothing is masked. `sync` and `async` too, as Converse spells them.
    StreamProcessingMode,
}

/// What is to be known of a [`Field`].
struct Rules {
    path: &'static str,
    /// The header, or the member of the body field `amazon-bedrock-guardrailConfig`.
    sent_as: &'static str,
    rule: &'static str,
    /// As the service spells it, if it keeps the rule.
    checked: fn(&str) -> Option<&str>,
}

/// By [`Field`]: first the headers, then the members of the body field.
static RULES: [Rules; 5] = [
    Rules {
        path: "guardrail.identifier",
        sent_as: "X-Amzn-Bedrock-GuardrailIdentifier",
        rule: "must be 1 to 2048 printable ASCII characters",
        checked: |text| is_identifier(text).then_some(text),
    },
    Rules {
        path: "guardrail.version",
        sent_as: "X-Amzn-Bedrock-GuardrailVersion",
        rule: "must be DRAFT or a number from 1 to 99999999",
        checked: |text| is_version(text).then_some(text),
    },
    Rules {
        path: "guardrail.trace",
        sent_as: "X-Amzn-Bedrock-Trace",
        rule: "must be ENABLED, DISABLED or ENABLED_FULL",
        checked: |text| word(&["ENABLED", "DISABLED", "ENABLED_FULL"], text),
    },
    Rules {
        path: "guardrail.tagSuffix",
        sent_as: "tagSuffix",
        rule: SUFFIX_RULE,
        checked: |text| is_suffix(text).then_some(text),
    },
    Rules {
        path: "guardrail.streamProcessingMode",
        sent_as: "streamProcessingMode",
        rule: "must be SYNCHRONOUS or ASYNCHRONOUS",
        checked: |text| {
            let words = ["SYNCHRONOUS", "ASYNCHRONOUS", "sync", "async"];
            match word(&words, text)? {
                "sync" => Some("SYNCHRONOUS"),
                "async" => Some("ASYNCHRONOUS"),
                mode => Some(mode),
            }
        },
    },
];
/// How many of the fields are headers.
const HEADERS: usize = 3;

const SUFFIX_RULE: &str = "must be 1 to 20 letters and digits";

/// A word, in any case, as it is spelled here.
fn word(words: &[&'static str], text: &str) -> Option<&'static str> {
    let found = words.iter().find(|word| word.eq_ignore_ascii_case(text));
    found.copied()
}

/// A guardrail as a caller spelled it, unchecked, by [`Field`]: the `guardrail` option, or
/// `openai`'s spelling by [`GuardrailOptions::header`] and [`GuardrailOptions::from_config`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GuardrailOptions<'a>(pub [Option<&'a str>; 5]);

impl<'a> GuardrailOptions<'a> {
    /// Takes a header of the caller's if it is one of a guardrail's (names in any case), and says
    /// whether it was: such a header is sent by [`Guardrail::headers`] alone.
    pub fn header(&mut self, name: &str, value: &'a str) -> bool {
        for (rules, field) in RULES.iter().zip(&mut self.0).take(HEADERS) {
            if rules.sent_as.eq_ignore_ascii_case(name) {
                *field = Some(value);
                return true;
            }
        }
        false
    }

    /// The body field `amazon-bedrock-guardrailConfig` of the caller's, by its two known members.
    /// It is sent as it is, so the mode must be spelled as the service spells it.
    ///
    /// # Errors
    /// A mode in another spelling.
    pub fn from_config(
        tag_suffix: Option<&'a str>,
        stream_processing_mode: Option<&'a str>,
    ) -> Result<Self, Invalid> {
        let [
            ..,
            Rules {
                path,
                rule,
                checked,
                ..
            },
        ] = RULES;
        if stream_processing_mode.is_some_and(|mode| checked(mode) != Some(mode)) {
            return Err(Invalid { path, rule });
        }
        Ok(Self([None, None, None, tag_suffix, stream_processing_mode]))
    }

    /// Whether no field of a guardrail was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Whether the body field has to say what `said` does not.
    #[must_use]
    pub fn adds_config(&self, said: &Self) -> bool {
        let mut both = self.0.iter().zip(&said.0).skip(HEADERS);
        both.any(|(mine, said)| mine.is_some() && said.is_none())
    }

    /// Both spellings of one call together. A field may be given in both if it says the same.
    ///
    /// # Errors
    /// The first field that is given twice and differs.
    pub fn merge(mut self, other: Self) -> Result<Self, Invalid> {
        for ((rules, mine), other) in RULES.iter().zip(&mut self.0).zip(&other.0) {
            if mine.is_some() && other.is_some() && mine != other {
                let (path, rule) = (rules.path, "is given twice, and differs");
                return Err(Invalid { path, rule });
            }
            *mine = mine.or(*other);
        }
        Ok(self)
    }
}

/// A guardrail that passed every check, by [`Field`], as the service spells it: empty where the
/// service decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guardrail<'a>(pub [&'a str; 5]);

impl<'a> Guardrail<'a> {
    /// Checks what a caller spelled. Empty [`GuardrailOptions`] are an error too: an option whose values
    /// come from variables that are not set must not mean "no guardrail".
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn check(fields: &GuardrailOptions<'a>) -> Result<Self, Invalid> {
        let [identifier, version, ..] = &RULES;
        let missing = match fields.0 {
            [None, ..] => Some((
                identifier,
                "is required: without it no guardrail is applied",
            )),
            [_, None, ..] => Some((version, "is required beside guardrail.identifier")),
            _ => None,
        };
        if let Some((Rules { path, .. }, rule)) = missing {
            return Err(Invalid { path, rule });
        }
        let mut checked = [""; 5];
        for ((rules, given), checked) in RULES.iter().zip(&fields.0).zip(&mut checked) {
            let Some(given) = given else { continue };
            let Some(text) = (rules.checked)(given) else {
                let Rules { path, rule, .. } = *rules;
                return Err(Invalid { path, rule });
            };
            *checked = text;
        }
        Ok(Self(checked))
    }

    /// A field; empty where the service decides.
    #[must_use]
    pub fn get(&self, field: Field) -> &'a str {
        self.0.get(field as usize).copied().unwrap_or_default()
    }

    /// The headers to send.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'a str)> {
        let fields = RULES.iter().zip(&self.0).take(HEADERS);
        fields.filter_map(|(rules, text)| (!text.is_empty()).then_some((rules.sent_as, *text)))
    }

    /// The value of the body field `amazon-bedrock-guardrailConfig`, as JSON; `None` where the
    /// headers say everything.
    #[must_use]
    pub fn body_config(&self) -> Option<String> {
        let mut config = ObjectWriter::default();
        for (rules, text) in RULES.iter().zip(&self.0).skip(HEADERS) {
            if !text.is_empty() {
                config.text(rules.sent_as, text);
            }
        }
        (!config.is_empty()).then(|| config.finish())
    }
}

/// Whether a header is a guardrail's, in any case.
pub(crate) fn is_header(name: &str) -> bool {
    GuardrailOptions::default().header(name, "")
}

/// Whether a header that is none of a guardrail's was meant to be one: the service would ignore it.
/// A gateway may have others.
#[must_use]
pub fn resembles_header(name: &str) -> bool {
    let name = letters(name.get(..64).unwrap_or(name));
    overlap(&name, b"bedrockguardrail")
        || RULES
            .iter()
            .take(2)
            .any(|known| distance(&name, &letters(known.sent_as)) < 4)
}

/// Not by the service's pattern, which its own example `GR12345` does not match.
pub(crate) fn is_identifier(text: &str) -> bool {
    matches!(text.len(), 1..=LONGEST_IDENTIFIER) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(crate) fn is_version(text: &str) -> bool {
    text == "DRAFT" || is_version_number(text)
}

fn is_version_number(text: &str) -> bool {
    matches!(text.len(), 1..=8)
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_suffix(text: &str) -> bool {
    matches!(text.len(), 1..=LONGEST_SUFFIX)
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A rule about the tags around guarded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagError {
    /// A tag is opened where one is open.
    Nested,
    /// A tag is closed where none is open, or stays open at the end of its text.
    Unbalanced,
    /// A tag's name is followed by something else than `>`.
    Malformed,
    /// There is a `tagSuffix`, but no text is tagged with it.
    Missing,
    /// The text to guard holds the tag that is to guard it.
    Inside,
    /// The suffix is not 1 to 20 letters and digits.
    Suffix,
}

impl TagError {
    /// The rule; completes "`path` …" and holds nothing of the text.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            TagError::Nested => "opens a guardrail tag inside another",
            TagError::Unbalanced => "opens a guardrail tag without closing it, or the reverse",
            TagError::Malformed => "holds a guardrail tag with more than its name in it",
            TagError::Missing => {
                "holds no text tagged with guardrail.tagSuffix: use guardContent(text, tagSuffix)"
            }
            TagError::Inside => "holds the guardrail tag that is to guard it",
            TagError::Suffix => SUFFIX_RULE,
        }
    }
}

/// Looks for guarded text in the messages of a request, in linear time.
#[derive(Clone, Debug)]
pub struct TagScanner {
    suffix: String,
    tagged: bool,
}

impl TagScanner {
    /// A scanner for the tags with this suffix.
    #[must_use]
    pub fn new(suffix: &str) -> Self {
        TagScanner {
            suffix: suffix.into(),
            tagged: false,
        }
    }

    /// Takes one text of a message. Tags must balance within it: what the service makes of a tag
    /// that spans two texts is not documented.
    ///
    /// # Errors
    /// Tags that are nested, unbalanced or malformed.
    pub fn text(&mut self, text: &str) -> Result<(), TagError> {
        let mut rest = text;
        let mut open = false;
        while let Some((before, after)) = split_once(rest, b'<') {
            let tag = self.tag(after)?;
            // Blank text is none.
            self.tagged |= open && (tag.is_none() || !before.trim_ascii().is_empty());
            rest = match tag {
                None => after,
                Some((closes, after)) if closes == open => {
                    open = !open;
                    after
                }
                Some((true, _)) => return Err(TagError::Unbalanced),
                Some((false, _)) => return Err(TagError::Nested),
            };
        }
        if open {
            Err(TagError::Unbalanced)
        } else {
            Ok(())
        }
    }

    /// Ends the request.
    ///
    /// # Errors
    /// [`TagError::Missing`] if no text was tagged.
    pub fn finish(self) -> Result<(), TagError> {
        if self.tagged {
            Ok(())
        } else {
            Err(TagError::Missing)
        }
    }

    /// Whether a tag of ours stands after a `<`: whether it closes, and what follows it.
    fn tag<'t>(&self, after: &'t str) -> Result<Option<(bool, &'t str)>, TagError> {
        let (closes, name) = match after.strip_prefix('/') {
            Some(name) => (true, name),
            None => (false, after),
        };
        let Some(end) = name
            .strip_prefix(TAG)
            .and_then(|end| end.strip_prefix(self.suffix.as_str()))
        else {
            return Ok(None);
        };
        match end.strip_prefix('>') {
            Some(rest) => Ok(Some((closes, rest))),
            // A longer suffix: a tag of somebody else.
            None if end
                .bytes()
                .next()
                .is_some_and(|next| next.is_ascii_alphanumeric()) =>
            {
                Ok(None)
            }
            None => Err(TagError::Malformed),
        }
    }
}

/// `text` in the tags that make the guardrail judge it.
///
/// # Errors
/// [`TagError::Suffix`], or [`TagError::Inside`] for a text that names the tag in any form: it
/// could end its own guard.
pub fn guard_content(text: &str, suffix: &str) -> Result<String, TagError> {
    if !is_suffix(suffix) {
        return Err(TagError::Suffix);
    }
    let mut name = String::from(TAG);
    name.push_str(suffix);
    if find(text, &name).is_some() {
        return Err(TagError::Inside);
    }
    let mut guarded = String::with_capacity(text.len() + 2 * name.len() + 5);
    guarded.push('<');
    guarded.push_str(&name);
    guarded.push('>');
    guarded.push_str(text);
    guarded.push_str("</");
    guarded.push_str(&name);
    guarded.push('>');
    Ok(guarded)
}

/// How many random bytes [`new_tag_suffix`] wants.
pub const SUFFIX_RANDOM_BYTES: usize = 64;

/// A suffix that nobody can guess: 20 letters and digits, 119 bits. `None` if `random` did not
/// suffice, which for [`SUFFIX_RANDOM_BYTES`] of a secure source does not happen; then ask again
/// with others.
#[must_use]
pub fn new_tag_suffix(random: &[u8]) -> Option<String> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    // A byte beyond the last whole multiple of 62 would favour the first letters.
    const FAIR: u8 = 62 * 4;
    let mut suffix = String::with_capacity(LONGEST_SUFFIX);
    for byte in random {
        if *byte < FAIR
            && suffix.len() < LONGEST_SUFFIX
            && let Some(letter) = ALPHABET.get(usize::from(byte % 62))
        {
            suffix.push(char::from(*letter));
        }
    }
    (suffix.len() == LONGEST_SUFFIX).then_some(suffix)
}

/// The word of an intervention.
const INTERVENED: &str = "intervened";

/// What stopped an answer, by its `finish_reason`; the later is the stronger word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// Nothing that filters.
    #[default]
    Other,
    /// `content_filter`: a guardrail, or the model's own filter.
    Filter,
    /// `guardrail_intervened`.
    Guardrail,
}

impl Stop {
    /// Which of them Bedrock uses on this route is not known, nor how it spells them.
    #[must_use]
    pub fn of(finish_reason: Value<'_>) -> Self {
        let said = finish_reason.to_text();
        let said = said.as_deref().unwrap_or(finish_reason.raw());
        if find(said, INTERVENED).is_some() {
            Self::Guardrail
        } else if find(said, "filter").is_some() {
            Self::Filter
        } else {
            Self::Other
        }
    }

    /// The same of an `amazon-bedrock-guardrailAction`.
    pub(crate) fn of_action(action: Value<'_>) -> Self {
        match Self::of(action) {
            Self::Filter => Self::Other,
            stop => stop,
        }
    }
}

/// What an answer tells of the guardrail.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signs<'a> {
    /// `amazon-bedrock-guardrailAction`, as JSON.
    pub action: Option<&'a str>,
    /// `amazon-bedrock-trace`, as JSON.
    pub trace: Option<&'a str>,
    /// What stopped a choice, at any time.
    pub stop: Stop,
    /// Whether the endpoint was asked for one.
    pub asked: bool,
}

impl Signs<'_> {
    /// Whether the answer shows that a guardrail saw it.
    #[must_use]
    pub fn are_evidence(&self) -> bool {
        self.stop == Stop::Guardrail
            || self.action.is_some_and(|json| json.starts_with('"'))
            || self.trace.and_then(normalised_trace).is_some()
    }

    /// What is known of the guardrail, as JSON for the field `guardrail` of results:
    /// `{"action":"INTERVENED","trace":{"inputAssessment":{"id":{…}},"outputAssessments":{"id":[…]}}}`.
    ///
    /// The trace gets the key style of Converse, its unknown fields stay. `action` is left out
    /// where nothing tells it: `NONE` would be a promise. Where one was asked for, it is `UNKNOWN`
    /// then, and `enforcedBy` and `evidence` say more. `None` if nothing is known.
    #[must_use]
    pub fn result(&self) -> Option<String> {
        if !self.asked && !self.are_evidence() {
            return None;
        }
        let mut result = ObjectWriter::default();
        let stated = self.action.and_then(|action| Value::parse_str(action).ok());
        let stated = stated.filter(|action| action.kind() == Kind::String);
        let said = stated.is_some_and(|it| Stop::of_action(it) == Stop::Guardrail);
        match stated {
            _ if said || self.stop != Stop::Other => result.text("action", "INTERVENED"),
            Some(action) => result.raw("action", action.raw()),
            None if self.asked => result.text("action", "UNKNOWN"),
            None => {}
        }
        if let Some(trace) = self.trace.and_then(normalised_trace) {
            result.raw("trace", &trace);
        }
        if self.asked {
            result.text("enforcedBy", "endpoint");
            let evidence = if self.are_evidence() { "true" } else { "false" };
            result.raw("evidence", evidence);
        }
        (!result.is_empty()).then(|| result.finish())
    }
}

/// The guardrail's part of a trace with the keys of Converse: `inputAssessment` for InvokeModel's
/// `input`, `outputAssessments` for its `outputs`.
fn normalised_trace(trace: &str) -> Option<String> {
    let trace = Value::parse_str(trace).ok()?;
    // AWS's user guide spells it with an s in one place.
    let guardrail = trace.get("guardrail").or_else(|| trace.get("guardrails"))?;
    if guardrail.kind() != Kind::Object {
        return None;
    }
    // Asked once: a trace may have any number of members of any name.
    let has_input = guardrail.get("inputAssessment").is_some();
    let has_outputs = guardrail.get("outputAssessments").is_some();
    let mut normalised = ObjectWriter::default();
    for Member { key, value } in guardrail.members() {
        if key.is("input") && value.kind() == Kind::Object && !has_input {
            normalised.raw("inputAssessment", value.raw());
            continue;
        }
        let is_outputs = key.is("outputs") && !has_outputs;
        match Some(value).filter(|_| is_outputs).and_then(by_guardrail) {
            Some(grouped) => normalised.raw("outputAssessments", &grouped),
            None => normalised.raw(key.body(), value.raw()),
        }
    }
    Some(normalised.finish())
}

/// `[{"id":a},{"id":b}]` as `{"id":[a,b]}`; `None` for anything else than an array of objects.
fn by_guardrail(outputs: Value) -> Option<String> {
    if outputs.kind() != Kind::Array {
        return None;
    }
    let mut members = Vec::new();
    for output in outputs.elements() {
        if output.kind() != Kind::Object {
            return None;
        }
        members.extend(output.members());
    }
    let mut out = String::from("{");
    let mut last: Option<Key> = None;
    for Member { key, value } in sorted(members, |one, other| one.key.precedes(other.key)) {
        if last.is_some_and(|last| last.same_as(key)) {
            out.push(',');
        } else {
            out.push_str(if last.is_some() { "],\"" } else { "\"" });
            out.push_str(key.body());
            out.push_str("\":[");
        }
        out.push_str(value.raw());
        last = Some(key);
    }
    out.push_str(if last.is_some() { "]}" } else { "}" });
    Some(out)
}

/// Merge sort, which leaves equal items in their order. By hand: the library's weighs kilobytes.
fn sorted<T: Copy>(items: Vec<T>, precedes: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut sorted = items;
    let mut width = 1;
    while width < sorted.len() {
        let mut merged = Vec::with_capacity(sorted.len());
        for runs in sorted.chunks(2 * width) {
            let (mut left, mut right) = runs.split_at_checked(width).unwrap_or((runs, &[]));
            loop {
                let next = match (left.first(), right.first()) {
                    (Some(first), Some(second)) if precedes(second, first) => &mut right,
                    (Some(_), _) => &mut left,
                    _ => &mut right,
                };
                let Some((item, rest)) = next.split_first() else {
                    break;
                };
                merged.push(*item);
                *next = rest;
            }
        }
        sorted = merged;
        width *= 2;
    }
    sorted
}

/// A JSON object that is being written.
#[derive(Default)]
struct ObjectWriter(String);

impl ObjectWriter {
    /// Adds a member: an escaped key, and JSON.
    fn raw(&mut self, key: &str, value: &str) {
        self.0.push(if self.is_empty() { '{' } else { ',' });
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
        self.0.push_str(value);
    }

    /// Adds a text that needs no escapes.
    fn text(&mut self, key: &str, text: &str) {
        self.raw(key, &["\"", text, "\""].concat());
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn finish(mut self) -> String {
        self.0.push_str(if self.is_empty() { "{}" } else { "}" });
        self.0
    }
}
