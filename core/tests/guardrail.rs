//! Guardrails: what is refused, what is sent, which text counts as guarded, and what is made of
//! the trace.

#![allow(clippy::unwrap_used, reason = "tests")]

use bedrock_chat_core::endpoint::{Endpoint, EndpointOptions, Family};
use bedrock_chat_core::guardrail::{
    Field, Guardrail, GuardrailOptions, Invalid, SUFFIX_RANDOM_BYTES, Signs, Stop, TagError,
    TagScanner, guard_content, new_tag_suffix,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const NOTHING: GuardrailOptions<'_> = GuardrailOptions([None; 5]);

fn with<'a>(fields: GuardrailOptions<'a>, more: &[(Field, &'a str)]) -> GuardrailOptions<'a> {
    let mut fields = fields;
    for (field, text) in more {
        *fields.0.get_mut(*field as usize).unwrap() = Some(text);
    }
    fields
}

fn fields<'a>(identifier: &'a str, version: &'a str) -> GuardrailOptions<'a> {
    with(
        NOTHING,
        &[(Field::Identifier, identifier), (Field::Version, version)],
    )
}

#[test]
fn what_is_refused() {
    let (long_identifier, long_suffix) = ("a".repeat(2049), "a".repeat(21));
    let good = fields("gr12345", "1");
    let table = [
        (
            "nothing",
            GuardrailOptions::default(),
            "guardrail.identifier",
        ),
        (
            "no identifier",
            with(NOTHING, &[(Field::Version, "1")]),
            "guardrail.identifier",
        ),
        (
            "a suffix alone",
            with(NOTHING, &[(Field::TagSuffix, "abc")]),
            "guardrail.identifier",
        ),
        (
            "no version",
            with(NOTHING, &[(Field::Identifier, "gr1")]),
            "guardrail.version",
        ),
        ("empty identifier", fields("", "1"), "guardrail.identifier"),
        (
            "line break",
            fields("gr1\r\nx-evil: 1", "1"),
            "guardrail.identifier",
        ),
        ("space", fields("gr 1", "1"), "guardrail.identifier"),
        ("not ASCII", fields("grä", "1"), "guardrail.identifier"),
        ("DEL", fields("gr\u{7f}", "1"), "guardrail.identifier"),
        (
            "long identifier",
            fields(&long_identifier, "1"),
            "guardrail.identifier",
        ),
        ("empty version", fields("gr1", ""), "guardrail.version"),
        ("version zero", fields("gr1", "0"), "guardrail.version"),
        ("leading zero", fields("gr1", "01"), "guardrail.version"),
        (
            "nine digits",
            fields("gr1", "123456789"),
            "guardrail.version",
        ),
        ("draft", fields("gr1", "draft"), "guardrail.version"),
        ("a space", fields("gr1", "1 "), "guardrail.version"),
        ("a fraction", fields("gr1", "1.0"), "guardrail.version"),
        (
            "trace",
            with(good, &[(Field::Trace, "on")]),
            "guardrail.trace",
        ),
        (
            "empty trace",
            with(good, &[(Field::Trace, "")]),
            "guardrail.trace",
        ),
        (
            "empty suffix",
            with(good, &[(Field::TagSuffix, "")]),
            "guardrail.tagSuffix",
        ),
        (
            "suffix with a dash",
            with(good, &[(Field::TagSuffix, "a-b")]),
            "guardrail.tagSuffix",
        ),
        (
            "suffix not ASCII",
            with(good, &[(Field::TagSuffix, "é")]),
            "guardrail.tagSuffix",
        ),
        (
            "21 characters",
            with(good, &[(Field::TagSuffix, &long_suffix)]),
            "guardrail.tagSuffix",
        ),
        (
            "mode",
            with(good, &[(Field::StreamProcessingMode, "parallel")]),
            "guardrail.streamProcessingMode",
        ),
    ];
    for (name, fields, path) in table {
        assert_eq!(Guardrail::check(&fields).unwrap_err().path, path, "{name}");
    }
}

#[test]
fn what_is_accepted() {
    let identifiers = [
        "gr12345",
        // AWS's own example; its API model's pattern would refuse it.
        "GR12345",
        "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123",
        "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:guardrail/abc123",
    ];
    for identifier in identifiers {
        for version in ["DRAFT", "1", "10", "99999999"] {
            let guardrail = Guardrail::check(&fields(identifier, version)).unwrap();
            assert_eq!(
                (
                    guardrail.get(Field::Identifier),
                    guardrail.get(Field::Version)
                ),
                (identifier, version)
            );
        }
    }
    assert!(Guardrail::check(&fields(&"a".repeat(2048), "1")).is_ok());
}

#[test]
fn what_is_sent() {
    let trace = |trace| with(fields("gr1", "2"), &[(Field::Trace, trace)]);
    let mode = |mode| with(fields("gr1", "2"), &[(Field::StreamProcessingMode, mode)]);
    let suffix = with(mode("ASYNCHRONOUS"), &[(Field::TagSuffix, "aB3")]);
    let table = [
        ("the least", fields("gr1", "2"), None, None),
        ("trace", trace("ENABLED"), Some("ENABLED"), None),
        (
            "trace as Converse spells it",
            trace("enabled_full"),
            Some("ENABLED_FULL"),
            None,
        ),
        ("trace off", trace("DISABLED"), Some("DISABLED"), None),
        (
            "mode",
            mode("SYNCHRONOUS"),
            None,
            Some(r#"{"streamProcessingMode":"SYNCHRONOUS"}"#),
        ),
        (
            "mode as Converse spells it",
            mode("async"),
            None,
            Some(r#"{"streamProcessingMode":"ASYNCHRONOUS"}"#),
        ),
        (
            "suffix and mode",
            suffix,
            None,
            Some(r#"{"tagSuffix":"aB3","streamProcessingMode":"ASYNCHRONOUS"}"#),
        ),
    ];
    for (name, fields, trace, config) in table {
        let guardrail = Guardrail::check(&fields).unwrap();
        let mut headers = vec![
            ("X-Amzn-Bedrock-GuardrailIdentifier", "gr1"),
            ("X-Amzn-Bedrock-GuardrailVersion", "2"),
        ];
        headers.extend(trace.map(|trace| ("X-Amzn-Bedrock-Trace", trace)));
        assert_eq!(guardrail.headers().collect::<Vec<_>>(), headers, "{name}");
        assert_eq!(guardrail.body_config().as_deref(), config, "{name}");
    }
}

#[test]
fn the_spelling_of_openai_means_the_same() {
    let mut spelled = GuardrailOptions::default();
    assert!(spelled.is_empty());
    assert!(spelled.header("x-amzn-bedrock-guardrailidentifier", "gr1"));
    assert!(spelled.header("X-AMZN-BEDROCK-GUARDRAILVERSION", "2"));
    assert!(spelled.header("X-Amzn-Bedrock-Trace", "ENABLED"));
    assert!(!spelled.header("x-amzn-bedrock-service-tier", "flex"));
    assert!(!spelled.is_empty());
    let config = GuardrailOptions::from_config(Some("xyz"), None).unwrap();
    let spelled = spelled.merge(config).unwrap();

    let typed = with(
        fields("gr1", "2"),
        &[(Field::Trace, "ENABLED"), (Field::TagSuffix, "xyz")],
    );
    assert_eq!(spelled, typed);
    assert_eq!(spelled.merge(typed), Ok(typed), "twice the same");
}

#[test]
fn half_of_it_in_another_spelling_is_refused_alike() {
    let mut headers = GuardrailOptions::default();
    headers.header("X-Amzn-Bedrock-GuardrailVersion", "2");
    assert_eq!(
        Guardrail::check(&headers).unwrap_err().path,
        "guardrail.identifier"
    );
    let config = GuardrailOptions::from_config(Some("xyz"), None).unwrap();
    assert_eq!(
        Guardrail::check(&config).unwrap_err().path,
        "guardrail.identifier"
    );
}

#[test]
fn contradictions_are_refused() {
    let table = [
        (
            with(NOTHING, &[(Field::Identifier, "gr2")]),
            "guardrail.identifier",
        ),
        (with(NOTHING, &[(Field::Version, "3")]), "guardrail.version"),
        (
            with(NOTHING, &[(Field::Trace, "DISABLED")]),
            "guardrail.trace",
        ),
        (
            with(NOTHING, &[(Field::TagSuffix, "b")]),
            "guardrail.tagSuffix",
        ),
        (
            with(NOTHING, &[(Field::StreamProcessingMode, "ASYNCHRONOUS")]),
            "guardrail.streamProcessingMode",
        ),
    ];
    let typed = with(
        fields("gr1", "2"),
        &[
            (Field::Trace, "ENABLED"),
            (Field::TagSuffix, "a"),
            (Field::StreamProcessingMode, "SYNCHRONOUS"),
        ],
    );
    for (other, path) in table {
        let refused = Invalid {
            path,
            rule: "is given twice, and differs",
        };
        assert_eq!(typed.merge(other), Err(refused));
        assert_eq!(other.merge(typed), Err(refused));
    }
}

#[test]
fn the_mode_of_a_body_is_spelled_as_the_service_spells_it() {
    // A body is sent as it is, and the service does not know the other spellings.
    let table = [
        ("SYNCHRONOUS", true),
        ("ASYNCHRONOUS", true),
        ("asynchronous", false),
        ("async", false),
        ("", false),
    ];
    for (mode, accepted) in table {
        let fields = GuardrailOptions::from_config(Some("xyz"), Some(mode));
        let expected = with(
            NOTHING,
            &[
                (Field::TagSuffix, "xyz"),
                (Field::StreamProcessingMode, mode),
            ],
        );
        let found = fields.map_err(|invalid| invalid.path);
        let expected = if accepted {
            Ok(expected)
        } else {
            Err("guardrail.streamProcessingMode")
        };
        assert_eq!(found, expected, "{mode}");
    }
}

#[test]
fn what_may_ignore_it_is_refused() {
    let at = |family, models| {
        Endpoint::new(&EndpointOptions {
            endpoint: Some(family),
            region: Some("us-west-2"),
            models,
            ..EndpointOptions::default()
        })
        .unwrap()
    };
    let own = r#"[{"match":"openai.gpt-6","guardrail":"enforced"},{"match":"acme.","guardrail":"unproven"}]"#;
    let rows = [
        (Family::Runtime, "", "openai.gpt-oss-20b-1:0", true),
        (Family::Runtime, "", "us.xai.grok-4.7", true),
        (Family::Runtime, "", "qwen.qwen3-32b-v1:0", true),
        (Family::Runtime, "", "acme.one", true),
        // Their cards know guardrails for Converse alone.
        (Family::Runtime, "", "us.openai.gpt-5.6-sol", false),
        (Family::Runtime, "", "global.openai.gpt-6.1-sol", false),
        (Family::Runtime, "", "OPENAI.GPT-7", false),
        (
            Family::Runtime,
            "",
            "arn:aws:bedrock:us-west-2:1:inference-profile/us.openai.gpt-6-luna",
            false,
        ),
        (Family::Runtime, own, "us.openai.gpt-6-sol", true),
        (Family::Runtime, own, "us.openai.gpt-5.6-sol", false),
        (Family::Runtime, own, "acme.one", false),
        (Family::Mantle, "", "openai.gpt-oss-20b", false),
        (Family::Mantle, own, "openai.gpt-6-sol", false),
    ];
    for (family, models, model, expected) in rows {
        let endpoint = at(family, models);
        let found = endpoint.enforces_guardrails(model);
        assert_eq!(found, expected, "{family:?} {model}");
    }
}

/// `[` and `]` for the tags with the suffix `xyz`.
fn tags(text: &str) -> String {
    text.replace('[', "<amazon-bedrock-guardrails-guardContent_xyz>")
        .replace(']', "</amazon-bedrock-guardrails-guardContent_xyz>")
}

fn scan(texts: &[&str]) -> Result<(), TagError> {
    let mut scanner = TagScanner::new("xyz");
    for text in texts {
        scanner.text(&tags(text))?;
    }
    scanner.finish()
}

#[test]
fn tagged_text() {
    const LONGER: &str = "<amazon-bedrock-guardrails-guardContent_xyz1>";
    const OTHER: &str = "<amazon-bedrock-guardrails-guardContent_abc>";
    const SPACED: &str = "<amazon-bedrock-guardrails-guardContent_xyz >";
    const CUT: &str = "[a</amazon-bedrock-guardrails-guardContent_xyz";
    let table: [(&str, &[&str], Result<(), TagError>); 22] = [
        ("no text", &[], Err(TagError::Missing)),
        ("no tags", &["hello <b>you</b>"], Err(TagError::Missing)),
        ("tagged", &["[hello]"], Ok(())),
        (
            "tagged among others",
            &["a < b", "say: [hello] thanks", "c"],
            Ok(()),
        ),
        ("several", &["[a] and [b]", "[c]"], Ok(())),
        ("markup inside", &["[<b>]"], Ok(())),
        ("nothing but markup inside", &["[<]"], Ok(())),
        ("empty", &["[]"], Err(TagError::Missing)),
        ("blank", &["[ \n ]"], Err(TagError::Missing)),
        ("empty, then tagged", &["[]", "[a]"], Ok(())),
        ("nested", &["[a [b] c]"], Err(TagError::Nested)),
        ("opened twice", &["[a[b]"], Err(TagError::Nested)),
        ("not closed", &["[a"], Err(TagError::Unbalanced)),
        ("not opened", &["a]"], Err(TagError::Unbalanced)),
        (
            "closed twice: a user's text closed it",
            &["[a] evil]"],
            Err(TagError::Unbalanced),
        ),
        ("over two texts", &["[a", "b]"], Err(TagError::Unbalanced)),
        ("closed before opened", &["]a["], Err(TagError::Unbalanced)),
        ("another suffix", &[OTHER], Err(TagError::Missing)),
        ("a longer suffix", &[LONGER], Err(TagError::Missing)),
        (
            "a longer suffix inside",
            &["[", "]"],
            Err(TagError::Unbalanced),
        ),
        ("a space in the tag", &[SPACED], Err(TagError::Malformed)),
        ("cut off", &[CUT], Err(TagError::Malformed)),
    ];
    for (name, texts, expected) in table {
        assert_eq!(scan(texts), expected, "{name}");
    }
}

#[test]
fn guarding() {
    assert_eq!(guard_content("Hi", "xyz").unwrap(), tags("[Hi]"));
    assert_eq!(guard_content("", "xyz").unwrap(), tags("[]"));
    let other = "</amazon-bedrock-guardrails-guardContent_abc>";
    assert!(guard_content(other, "xyz").is_ok());
    let inside = [
        "</amazon-bedrock-guardrails-guardContent_xyz>",
        "<amazon-bedrock-guardrails-guardContent_xyz>",
        "x </AMAZON-bedrock-guardrails-guardcontent_XYZ > y",
        "amazon-bedrock-guardrails-guardContent_xyz",
    ];
    for text in inside {
        assert_eq!(guard_content(text, "xyz"), Err(TagError::Inside), "{text}");
    }
    for suffix in ["", "a b", "a>", "é", "123456789012345678901"] {
        assert_eq!(
            guard_content("Hi", suffix),
            Err(TagError::Suffix),
            "{suffix}"
        );
    }
}

#[test]
fn suffixes() {
    let ascending: Vec<u8> = (0..=255).collect();
    assert_eq!(new_tag_suffix(&ascending).unwrap(), "ABCDEFGHIJKLMNOPQRST");
    assert_eq!(
        new_tag_suffix(&[247; SUFFIX_RANDOM_BYTES]).unwrap(),
        "9".repeat(20)
    );
    assert_eq!(
        new_tag_suffix(&[248; SUFFIX_RANDOM_BYTES]),
        None,
        "these would be unfair"
    );
    assert_eq!(new_tag_suffix(&[0; 19]), None, "too few");

    let mut seen = std::collections::BTreeMap::new();
    for byte in 0..248u8 {
        *seen
            .entry(new_tag_suffix(&[byte; 20]).unwrap())
            .or_insert(0) += 1;
    }
    assert!(
        seen.len() == 62 && seen.values().all(|count| *count == 4),
        "every letter alike"
    );
}

#[test]
fn scanning_is_linear() {
    let start = std::time::Instant::now();
    for unit in [
        "<",
        "</",
        "<amazon-bedrock-guardrails-guardContent_",
        "[a]",
        "[ ",
    ] {
        let _ = scan(&[&tags(unit).repeat(4_000_000 / unit.len())]);
    }
    assert!(
        start.elapsed() < std::time::Duration::from_secs(60),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn results() {
    type Case = (
        &'static str,
        Option<&'static str>,
        Option<&'static str>,
        bool,
        Value,
    );
    let table: [Case; 21] = [
        ("nothing known", None, None, false, Value::Null),
        (
            "action",
            Some(r#""INTERVENED""#),
            None,
            false,
            json!({"action": "INTERVENED"}),
        ),
        (
            "no action",
            Some(r#""NONE""#),
            None,
            false,
            json!({"action": "NONE"}),
        ),
        (
            "an action to come",
            Some(r#""ASKED""#),
            None,
            false,
            json!({"action": "ASKED"}),
        ),
        (
            "the action of ApplyGuardrail",
            Some(r#""GUARDRAIL_INTERVENED""#),
            None,
            false,
            json!({"action": "INTERVENED"}),
        ),
        (
            "finish_reason",
            None,
            None,
            true,
            json!({"action": "INTERVENED"}),
        ),
        (
            "finish_reason says more",
            Some(r#""NONE""#),
            None,
            true,
            json!({"action": "INTERVENED"}),
        ),
        ("action null", Some("null"), None, false, Value::Null),
        (
            "action of another type",
            Some("1"),
            None,
            false,
            Value::Null,
        ),
        ("trace null", None, Some("null"), false, Value::Null),
        (
            "trace of another type",
            None,
            Some("[]"),
            false,
            Value::Null,
        ),
        (
            "trace without a guardrail",
            None,
            Some(r#"{"promptRouter":{}}"#),
            false,
            Value::Null,
        ),
        (
            "trace cut off",
            None,
            Some(r#"{"guardrail":{"#),
            false,
            Value::Null,
        ),
        (
            "empty trace",
            None,
            Some(r#"{"guardrail":{}}"#),
            false,
            json!({"trace": {}}),
        ),
        (
            "Converse's keys",
            Some(r#""NONE""#),
            Some(
                r#"{"guardrail":{"modelOutput":["x"],"inputAssessment":{"g":{"a":1}},
                "outputAssessments":{"g":[{"b":2}]},"actionReason":"r"}}"#,
            ),
            false,
            json!({"action": "NONE", "trace": {
                "modelOutput": ["x"], "inputAssessment": {"g": {"a": 1}},
                "outputAssessments": {"g": [{"b": 2}]}, "actionReason": "r"
            }}),
        ),
        (
            "InvokeModel's keys",
            None,
            Some(
                r#"{"guardrail":{"input":{"g":{"a":1}},
                "outputs":[{"g":{"b":2}},{"h":{"c":3}},{"g":{"d":4}}],"new":true}}"#,
            ),
            false,
            json!({"trace": {
                "inputAssessment": {"g": {"a": 1}},
                "outputAssessments": {"g": [{"b": 2}, {"d": 4}], "h": [{"c": 3}]},
                "new": true
            }}),
        ),
        (
            "ids in any order, escaped or not",
            None,
            Some(
                r#"{"guardrail":{"outputs":[{"i":1,"g":2},{},{"h":3,"\u0069":4},{"g\u00e9":5},{"i":6,"g":7},{"gé":8}]}}"#,
            ),
            false,
            json!({"trace": {"outputAssessments": {"g": [2, 7], "gé": [5, 8], "h": [3], "i": [1, 4, 6]}}}),
        ),
        (
            "both",
            None,
            Some(
                r#"{"guardrail":{"input":{"g":1},"inputAssessment":{"g":2},"outputs":[],"outputAssessments":{}}}"#,
            ),
            false,
            json!({"trace": {"input": {"g": 1}, "inputAssessment": {"g": 2}, "outputs": [], "outputAssessments": {}}}),
        ),
        (
            "InvokeModel's keys of other types",
            None,
            Some(r#"{"guardrail":{"input":"x","outputs":[1]}}"#),
            false,
            json!({"trace": {"input": "x", "outputs": [1]}}),
        ),
        (
            "no outputs",
            None,
            Some(r#"{"guardrail":{"outputs":[]}}"#),
            false,
            json!({"trace": {"outputAssessments": {}}}),
        ),
        (
            "in the plural",
            None,
            Some(r#"{"guardrails":{"a":1}}"#),
            false,
            json!({"trace": {"a": 1}}),
        ),
    ];
    for (name, action, trace, intervened, expected) in table {
        let signs = Signs {
            action,
            trace,
            stop: if intervened {
                Stop::Guardrail
            } else {
                Stop::Other
            },
            asked: false,
        };
        let found = signs.result();
        let found = found.map_or(Value::Null, |json| serde_json::from_str(&json).unwrap());
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn finish_reasons() {
    for (reason, expected) in [
        (r#""content_filter""#, Stop::Filter),
        (r#""content_filtered""#, Stop::Filter),
        (r#"" CONTENT-FILTER ""#, Stop::Filter),
        (r#""guardrail_intervened""#, Stop::Guardrail),
        (r#""GUARDRAIL\u005fINTERV\u0045NED""#, Stop::Guardrail),
        (r#"["guardrailIntervened"]"#, Stop::Guardrail),
        (r#"{"type":"guardrail_intervened"}"#, Stop::Guardrail),
        (r#""stop""#, Stop::Other),
        (r#""length""#, Stop::Other),
        (r#""""#, Stop::Other),
        ("null", Stop::Other),
    ] {
        let json = bedrock_chat_core::json::Value::parse_str(reason).unwrap();
        assert_eq!(Stop::of(json), expected, "{reason}");
    }
}

#[test]
fn a_filter_is_a_guardrail_only_where_one_was_asked_for_or_seen() {
    for (action, stop, asked, expected) in [
        (None, Stop::Filter, false, Value::Null),
        (
            Some("\"NONE\""),
            Stop::Filter,
            false,
            json!({"action": "INTERVENED"}),
        ),
        (
            None,
            Stop::Filter,
            true,
            json!({"action": "INTERVENED", "enforcedBy": "endpoint", "evidence": false}),
        ),
        (
            None,
            Stop::Other,
            true,
            json!({"action": "UNKNOWN", "enforcedBy": "endpoint", "evidence": false}),
        ),
        (
            Some("null"),
            Stop::Other,
            true,
            json!({"action": "UNKNOWN", "enforcedBy": "endpoint", "evidence": false}),
        ),
        (
            Some("\"NONE\""),
            Stop::Other,
            true,
            json!({"action": "NONE", "enforcedBy": "endpoint", "evidence": true}),
        ),
        (
            None,
            Stop::Guardrail,
            true,
            json!({"action": "INTERVENED", "enforcedBy": "endpoint", "evidence": true}),
        ),
    ] {
        let signs = Signs {
            action,
            trace: None,
            stop,
            asked,
        };
        let found = signs.result();
        let found = found.map_or(Value::Null, |json| serde_json::from_str(&json).unwrap());
        assert_eq!(found, expected, "{action:?} {stop:?} {asked}");
    }
}

/// They complete "`path` …".
#[test]
fn each_broken_rule_about_tags_is_told() {
    for (error, rule) in [
        (TagError::Nested, "opens a guardrail tag inside another"),
        (
            TagError::Unbalanced,
            "opens a guardrail tag without closing it, or the reverse",
        ),
        (
            TagError::Malformed,
            "holds a guardrail tag with more than its name in it",
        ),
        (
            TagError::Missing,
            "holds no text tagged with guardrail.tagSuffix: use guardContent(text, tagSuffix)",
        ),
        (
            TagError::Inside,
            "holds the guardrail tag that is to guard it",
        ),
        (TagError::Suffix, "must be 1 to 20 letters and digits"),
    ] {
        assert_eq!(error.rule(), rule);
    }
}

proptest! {
    #[test]
    fn guarded_text_is_found(text in ".{0,60}", more in ".{0,60}") {
        let guarded = guard_content(&text, "Zk9").unwrap();
        let mut scanner = TagScanner::new("Zk9");
        prop_assert_eq!(scanner.text(&more), Ok(()));
        prop_assert_eq!(scanner.text(&[guarded.as_str(), &more, &guarded].concat()), Ok(()));
        let expected = if text.trim_ascii().is_empty() { Err(TagError::Missing) } else { Ok(()) };
        prop_assert_eq!(scanner.finish(), expected);
    }

    #[test]
    fn any_fields_are_checked_without_a_panic(
        identifier in proptest::option::of(".{0,20}"),
        version in proptest::option::of("[0-9A-Zé]{0,10}"),
        tag_suffix in proptest::option::of(".{0,22}"),
    ) {
        let [identifier, version, suffix] =
            [&identifier, &version, &tag_suffix].map(|text| text.as_deref());
        let fields = GuardrailOptions([identifier, version, None, suffix, None]);
        if let Ok(guardrail) = Guardrail::check(&fields) {
            for (_, value) in guardrail.headers() {
                prop_assert!(!value.is_empty() && value.bytes().all(|byte| byte.is_ascii_graphic()));
            }
            if let Some(config) = guardrail.body_config() {
                prop_assert!(serde_json::from_str::<Value>(&config).is_ok());
            }
        }
    }

    #[test]
    fn any_trace_gives_json(
        pieces in proptest::collection::vec(
            proptest::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"guardrail\":", "\"input\":", "\"outputs\":",
                "{\"guardrail\":{", "\"g\":", "1", "\"\\u0069nput\":{}", "[{\"g\":{}}]",
            ]),
            0..12,
        ),
        asked in any::<bool>(),
    ) {
        let trace = pieces.concat();
        let signs = Signs { action: Some("\"NONE\""), trace: Some(&trace), stop: Stop::Other, asked };
        if let Some(json) = signs.result() {
            prop_assert!(serde_json::from_str::<Value>(&json).is_ok(), "{}", json);
        }
    }
}
