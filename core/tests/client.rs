//! What options make a client, and what each mistake is told as.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod given;

use bedrock_chat_core::client::{Client, Surroundings, mint};
use bedrock_chat_core::error::Report;
use bedrock_chat_core::time::Timestamp;
use given::{KEY, REGION, URL, client, values};

type Given<'a> = &'a [(&'static str, &'static str)];

const CREDENTIALS: [(&str, &str); 4] = [
    ("credentials", "O"),
    ("accessKeyId", "sASIA"),
    ("secretAccessKey", "shush-hush"),
    ("sessionToken", "stoken"),
];

#[test]
fn what_makes_a_client() {
    let rows: [Given; 14] = [
        &[KEY, REGION],
        &[KEY, URL],
        &[("apiKey", "F"), REGION],
        &[("apiKey", "O"), ("token", "skey"), REGION],
        &[("apiKey", "s  key \n"), REGION],
        &[("apiKey", "z"), URL],
        &[URL],
        &[("credentials", "F"), REGION],
        &[CREDENTIALS[0], CREDENTIALS[1], CREDENTIALS[2], REGION],
        &[
            ("AWS_BEARER_TOKEN_BEDROCK", "skey"),
            ("AWS_REGION", "sus-east-1"),
        ],
        &[
            ("AWS_ACCESS_KEY_ID", "sAKIA"),
            ("AWS_SECRET_ACCESS_KEY", "shush"),
            ("AWS_DEFAULT_REGION", "sus-east-1"),
        ],
        // An own header authenticates.
        &[
            ("defaultHeaders", "p\u{1}Authorization\u{1}Bearer x"),
            REGION,
        ],
        // The option stands over the environment, broken or not.
        &[KEY, REGION, ("AWS_BEARER_TOKEN_BEDROCK", "sa b")],
        &[
            KEY,
            REGION,
            ("logLevel", "sdebug"),
            ("reasoningFormat", "sraw"),
        ],
    ];
    for row in rows {
        client(row, false).unwrap_or_else(|error| panic!("{row:?}: {error}"));
    }
}

#[test]
fn what_makes_none_and_why() {
    let [credentials, id, secret, _] = CREDENTIALS;
    let rows: [(Given, &str, &str); 17] = [
        (&[REGION], "apiKey", "or credentials are needed"),
        (
            &[KEY, credentials, id, secret, REGION],
            "apiKey",
            "cannot both be given",
        ),
        (&[("apiKey", "s"), URL], "apiKey", "must not be empty"),
        (&[("apiKey", "s \n "), URL], "apiKey", "must not be empty"),
        (&[("apiKey", "sa b"), URL], "apiKey", "holds a space"),
        (&[("apiKey", "sé"), URL], "apiKey", "holds a space"),
        (&[("apiKey", "n5"), URL], "apiKey", "must be a string"),
        (&[("apiKey", "O"), URL], "apiKey", "must be a string"),
        (
            &[("credentials", "t"), URL, REGION],
            "credentials",
            "must be {",
        ),
        (
            &[credentials, secret, URL, REGION],
            "credentials.accessKeyId",
            "",
        ),
        (
            &[credentials, id, URL, REGION],
            "credentials.secretAccessKey",
            "",
        ),
        // Signing needs a region, and is told at once.
        (&[credentials, id, secret, URL], "region", ""),
        (
            &[KEY, ("endpoint", "smoon"), REGION],
            "endpoint",
            "`endpoint` must be",
        ),
        (
            &[KEY, URL, ("logLevel", "sloud")],
            "logLevel",
            "must be \\\"off\\\"",
        ),
        (
            &[KEY, URL, ("reasoningFormat", "s")],
            "reasoningFormat",
            "must be",
        ),
        (
            &[KEY, URL, ("defaultHeaders", "p\u{1}a b\u{1}x")],
            "defaultHeaders",
            "header name",
        ),
        (
            &[KEY, URL, ("defaultHeaders", "p\u{1}a\u{1}x\ny")],
            "defaultHeaders",
            "line break",
        ),
    ];
    for (row, path, rule) in rows {
        let error = client(row, false).unwrap_err();
        assert!(
            error.contains(&format!(r#""path":"{path}""#)),
            "{row:?}: {error}"
        );
        assert!(error.contains(rule), "{row:?}: {error}");
        for secret in ["hush", "sa b"] {
            assert!(!error.contains(secret), "{row:?}: {error}");
        }
    }
}

#[test]
fn a_page_takes_nothing_that_lasts() {
    let [credentials, id, secret, token] = CREDENTIALS;
    let rows: [(Given, bool); 7] = [
        (&[("apiKey", "sABSKQmVk"), URL], false),
        (
            &[
                ("apiKey", "sABSKQmVk"),
                URL,
                ("dangerouslyAllowBrowser", "t"),
            ],
            true,
        ),
        (
            &[
                ("apiKey", "sABSKQmVk"),
                URL,
                ("dangerouslyAllowBrowser", "f"),
            ],
            false,
        ),
        (&[("apiKey", "sbedrock-api-key-x"), URL], true),
        (&[credentials, id, secret, URL, REGION], false),
        (&[credentials, id, secret, token, URL, REGION], true),
        // Asked when it is needed.
        (&[("apiKey", "F"), URL], true),
    ];
    for (row, allowed) in rows {
        let outcome = client(row, true);
        assert_eq!(outcome.is_ok(), allowed, "{row:?}");
        if let Err(error) = outcome {
            assert!(error.contains("is long-term"), "{error}");
        }
        client(row, false).unwrap();
    }
}

#[test]
fn a_base_url_that_is_no_url() {
    for name in ["baseURL", "AWS_BEDROCK_BASE_URL"] {
        let options = values(&[KEY, REGION, (name, "s::")]);
        let mut report = Report::default();
        Client::new(options, &Surroundings::default(), None, &mut report).unwrap_err();
        assert!(report.json().contains(r#""path":"baseURL""#), "{report:?}");
    }
}

#[test]
fn a_token_is_minted_of_what_is_given_by_value() {
    let now = Timestamp::parse_amz_date("20260102T030405Z").unwrap();
    let [credentials, id, secret, token] = CREDENTIALS;
    let at = |given: &[(&str, &str)], in_page| {
        let mut report = Report::default();
        mint(&values(given), in_page, now, &mut report)
            .map(|minted| minted.expiration.unix_ms())
            .map_err(|_| report.take())
    };
    let given = [credentials, id, secret, token];
    let with = |more: &[(&'static str, &'static str)]| [&given[..], more].concat();
    // Twelve hours, or what is asked for, or when the credentials end.
    let rows: [(&[(&str, &str)], i64); 4] = [
        (&[REGION], 43_200),
        (&[("AWS_REGION", "sus-east-1")], 43_200),
        (&[REGION, ("expiresIn", "n60")], 60),
        (&[REGION, ("expiration", "d1767323145000")], 100),
    ];
    for (more, seconds) in rows {
        let minted = at(&with(more), true).unwrap_or_else(|error| panic!("{more:?}: {error}"));
        let left = minted - now.unix_ms();
        assert_eq!(left, seconds * 1_000, "{more:?}");
    }
    let rows: [(Vec<(&str, &str)>, &str); 5] = [
        (with(&[]), "region"),
        (with(&[("region", "snot a region")]), "region"),
        (with(&[REGION, ("expiresIn", "n0")]), "expiresIn"),
        (with(&[REGION, ("expiresIn", "n99999999999")]), "expiresIn"),
        (vec![REGION, credentials, secret], "credentials.accessKeyId"),
    ];
    for (given, path) in rows {
        let error = at(&given, false).unwrap_err();
        assert!(
            error.contains(&format!(r#""path":"{path}""#)),
            "{given:?}: {error}"
        );
    }
    let long_term = [credentials, id, secret, REGION];
    assert!(at(&long_term, true).unwrap_err().contains("is long-term"));
    at(&long_term, false).unwrap();
}
