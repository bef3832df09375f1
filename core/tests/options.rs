//! The values of options: each kind and each letter, and what is read of them.

#![allow(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests"
)]

mod given;

use bedrock_chat_core::error::Report;
use bedrock_chat_core::options::{Name, Values, table};
use given::{read, values};

const LETTERS: [&str; 10] = [
    "z",
    "shello",
    "n7",
    "t",
    "f",
    "F",
    "O",
    "d86400000",
    "p\u{1}a\u{1}b",
    "x",
];

/// An option of each kind, the letters it takes, and the rule that others break.
const KINDS: [(&str, &str, &str); 10] = [
    ("region", "zs", "must be a string"),
    ("useFipsEndpoint", "ztf", "must be a boolean"),
    ("maxRetries", "zn", "must be an integer, 0 or more"),
    (
        "timeout.idle",
        "zn",
        "must be a number of milliseconds, more than 0",
    ),
    ("expiration", "zd", "must be a date"),
    ("fetch", "zF", "must be a function"),
    ("guardrail", "zO", "must be an object"),
    ("headers", "zp", "must be an object"),
    ("models", "zs", "must be a list"),
    ("timeout", "zsntfFOdp", ""),
];

#[test]
fn each_kind_takes_its_letters_and_no_other() {
    for (name, takes, rule) in KINDS {
        for value in LETTERS {
            let outcome = read(&[(name, value)]).map(|_| ());
            if takes.contains(&value[..1]) {
                assert_eq!(outcome, Ok(()), "{name} {value}");
                continue;
            }
            let path = if name == "expiration" {
                "apiKey.expiration"
            } else {
                name
            };
            let error = outcome.unwrap_err();
            assert!(error.contains(&format!("`{path}` {rule}")), "{error}");
            assert!(error.contains(&format!(r#""path":"{path}""#)), "{error}");
        }
    }
}

#[test]
fn every_row_of_the_table_names_a_kind_a_scope_and_an_option() {
    let table = table();
    let rows: Vec<&str> = table.trim_end().split(' ').collect();
    for row in &rows {
        assert!("SBCMDFOPJA".contains(&row[..1]), "{row}");
        let scope = row.as_bytes()[1] - b'@';
        assert!(scope > 0 && scope < 32, "{row}");
        assert!(row.len() > 2, "{row}");
    }
    let spelled = |name: Name| rows[name as usize][2..].to_owned();
    for name in [Name::Region, Name::GuardrailVersion, Name::BaseUrlVariable] {
        assert_eq!(spelled(name), name.spelling());
    }
    let mut names: Vec<&str> = rows.iter().map(|row| &row[2..]).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), rows.len(), "a name twice");
}

#[test]
fn the_rule_that_the_reader_knows_is_the_one_that_is_told() {
    let error = read(&[("headers", "xhas a value that throws")]).unwrap_err();
    assert!(
        error.contains("`headers` has a value that throws"),
        "{error}"
    );
}

#[test]
fn a_field_of_a_secret_is_named_within_it() {
    for (within, path) in [
        ("credentials", "credentials.token"),
        ("apiKey", "apiKey.token"),
    ] {
        let error = read(&[(within, "O"), ("token", "n1")]).unwrap_err();
        assert!(
            error.contains(&format!("`{path}` must be a string")),
            "{error}"
        );
    }
}

#[test]
fn values_are_what_was_given() {
    let read = values(&[
        ("region", "sus-east-1"),
        ("maxRetries", "n12"),
        ("useFipsEndpoint", "t"),
        ("useDualstackEndpoint", "f"),
        ("expiration", "d86400000"),
        ("fetch", "F"),
        ("guardrail", "O"),
        ("logger", "z"),
        ("timeout", "t"),
    ]);
    assert_eq!(read.text(Name::Region), Some("us-east-1"));
    assert_eq!(read.number(Name::MaxRetries), Some(12));
    assert_eq!(read.number(Name::Expiration), Some(86_400_000));
    assert!(read.flag(Name::UseFipsEndpoint));
    assert!(!read.flag(Name::UseDualstackEndpoint) && read.has(Name::UseDualstackEndpoint));
    assert!(read.is_function(Name::Fetch) && !read.is_object(Name::Fetch));
    assert!(read.is_object(Name::Guardrail) && !read.is_function(Name::Guardrail));
    assert!(read.has(Name::Logger) && read.is_null(Name::Logger) && !read.is_given(Name::Logger));
    // What was not given, and what is of another kind.
    assert!(!read.has(Name::Signal) && !read.is_null(Name::Signal) && !read.is_given(Name::Signal));
    assert!(read.is_given(Name::Region) && !read.is_null(Name::Region));
    assert_eq!(read.text(Name::MaxRetries), None);
    assert_eq!(read.number(Name::Region), None);
    assert!(!read.flag(Name::Region));
    assert!(read.pairs(Name::Headers).is_empty());
}

#[test]
fn pairs_are_in_their_order_and_may_have_no_value() {
    let read = values(&[(
        "headers",
        "p\u{1}a\u{1}1\u{1}b\u{1}\u{2}\u{1}a\u{1}\u{1}c\u{1}x=y",
    )]);
    let pairs = read.pairs(Name::Headers);
    let expected = [
        ("a", Some("1")),
        ("b", None),
        ("a", Some("")),
        ("c", Some("x=y")),
    ];
    assert_eq!(pairs, expected);
}

#[test]
fn of_a_value_given_twice_the_last_counts() {
    let read = values(&[("region", "sone"), ("maxRetries", "n1"), ("region", "stwo")]);
    assert_eq!(read.text(Name::Region), Some("two"));
    assert_eq!(read.number(Name::MaxRetries), Some(1));
}

#[test]
fn nothing_of_them_is_printed() {
    let read = values(&[("secretAccessKey", "shush")]);
    assert_eq!(format!("{read:?}"), "Values");
}

/// Unknown options of a client (1), a call (2) and `mintBedrockToken` (8), and what is said of them.
const UNKNOWN: [(u8, &str, &str); 52] = [
    (1, "guardrails", "is no option; did you mean `guardrail`?"),
    (2, "guardRail", "is no option; did you mean `guardrail`?"),
    (2, "Guardrail", "is no option; did you mean `guardrail`?"),
    (1, "guard_rail", "is no option; did you mean `guardrail`?"),
    (
        1,
        "guardrailConfig",
        "is no option; did you mean `guardrail`?",
    ),
    (2, "gaurdrail", "is no option; did you mean `guardrail`?"),
    (
        1,
        "guardrail.trase",
        "is no option; did you mean `guardrail.trace`?",
    ),
    (
        2,
        "guardrail.id",
        "is no option; did you mean `guardrail.identifier`?",
    ),
    (
        2,
        "guardrail.guardrailVersion",
        "is no option; did you mean `guardrail.version`?",
    ),
    (
        1,
        "timeout.idel",
        "is no option; did you mean `timeout.idle`?",
    ),
    (
        2,
        "limits.toolcalls",
        "is no option; did you mean `limits.toolCalls`?",
    ),
    (1, "baseUrl", "is no option; did you mean `baseURL`?"),
    (1, "max_retries", "is no option; did you mean `maxRetries`?"),
    (2, "header", "is no option; did you mean `headers`?"),
    (1, "accessKeyId", "belongs into `credentials`"),
    (1, "signal", "is an option of a call"),
    (2, "region", "is an option of the client"),
    (2, "apiKey", "is an option of the client"),
    (8, "expiresin", "is no option; did you mean `expiresIn`?"),
    (1, "httpAgent", "is no option"),
    (1, "é", "is no option"),
    // Letters changed places, plurals, other ways to write it.
    (1, "gaurdrail", "is no option; did you mean `guardrail`?"),
    (2, "guard_rail", "is no option; did you mean `guardrail`?"),
    (
        1,
        "guardrailConfig",
        "is no option; did you mean `guardrail`?",
    ),
    (
        2,
        "guardrailIdentifier",
        "is no option; did you mean `guardrail`?",
    ),
    (2, "__guardrail", "is no option; did you mean `guardrail`?"),
    (1, "regoin", "is no option; did you mean `region`?"),
    (1, "credential", "is no option; did you mean `credentials`?"),
    (2, "abortSignal", "is no option; did you mean `signal`?"),
    (
        2,
        "fetchOption",
        "is no option; did you mean `fetchOptions`?",
    ),
    (2, "beforTool", "is no option; did you mean `beforeTool`?"),
    (
        1,
        "organisation",
        "is no option; did you mean `organization`?",
    ),
    (1, "models.match", "is no option"),
    // Where it would have its place.
    (1, "token", "belongs into `apiKey`"),
    (2, "sessionToken", "belongs into `credentials`"),
    (1, "idle", "belongs into `timeout`"),
    (2, "firsttoken", "belongs into `timeout`"),
    (1, "identifier", "belongs into `guardrail`"),
    (2, "tagSuffix", "belongs into `guardrail`"),
    (1, "toolCalls", "belongs into `limits`"),
    (1, "timeout.total", "belongs into `timeout`"),
    (2, "guardrail.version", "belongs into `guardrail`"),
    (1, "headers", "is an option of a call"),
    (2, "dangerouslyAllowBrowser", "is an option of the client"),
    (8, "apiKey", "is an option of the client"),
    // Of one scope.
    (1, "beforeTool", "is an option of a call"),
    (1, "stream", "is an option of a call"),
    (8, "organization", "is an option of the client"),
    // Secrets.
    (
        4,
        "credentials.SessionToken",
        "is no option; did you mean `sessionToken`?",
    ),
    (
        4,
        "credentials.sesionToken",
        "is no option; did you mean `sessionToken`?",
    ),
    (
        4,
        "credentials.session_token",
        "is no option; did you mean `sessionToken`?",
    ),
    (
        4,
        "apiKey.Expiration",
        "is no option; did you mean `expiration`?",
    ),
];

#[test]
fn what_else_there_is_of_secrets_is_nobodys_business() {
    for name in [
        "credentials.accountId",
        "credentials.credentialScope",
        "credentials.$source",
        "credentials.expired",
        "credentials.expireTime",
        "apiKey.tokenType",
        "apiKey.Token",
        "credentials.AccessKeyId",
        "apiKey.scope",
    ] {
        let text = format!(" D{name}\0 D{name}{}\0", "x".repeat(100));
        assert!(Values::read(text, &mut Report::default()).is_ok(), "{name}");
    }
}

#[test]
fn unknown_options_name_the_nearest_known_one() {
    for (scope, name, rule) in UNKNOWN {
        let mut report = Report::default();
        let text = format!(" {}{name}\0", char::from(b'@' + scope));
        assert!(Values::read(text, &mut report).is_err(), "{name}");
        let report = report.take();
        assert!(report.contains(&format!("`{name}` {rule}\"")), "{report}");
    }
    let long = format!(" A{}\0", "x".repeat(1_000_000));
    let mut report = Report::default();
    assert!(Values::read(long, &mut report).is_err());
    assert!(report.take().len() < 300);
}

#[test]
fn what_openai_knows_is_taken_without_effect() {
    for name in [
        "organization",
        "project",
        "idempotencyKey",
        "__streamClass",
        "maxChatCompletions",
    ] {
        let text = format!(" B{name}\0");
        assert!(Values::read(text, &mut Report::default()).is_ok(), "{name}");
    }
}
