//! `json.rs`: what is JSON and what is not, and reading it.

use bedrock_chat_core::json::{
    Kind, Malformed, Unescape, Value, escape_into, unescape_into, write_string, write_u32,
};
use proptest::prelude::*;

fn accepts(text: &str) -> bool {
    Value::parse(text.as_bytes()).is_ok()
}

fn parse(text: &str) -> Value<'_> {
    Value::parse(text.as_bytes()).unwrap()
}

#[test]
fn what_is_json() {
    for text in [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "1.5",
        "1.50",
        "1e5",
        "1E+5",
        "1e-05",
        "123456789012345678901234567890",
        "1E400",
        "\"\"",
        "\"a\"",
        "\"é\u{2028}😀\"",
        r#""\"\\\/\b\f\n\r\t\u00e9\uD83D\ude00\ud800""#,
        "[]",
        "[ ]",
        "[1]",
        "[1,2 , 3]",
        "{}",
        "{ }",
        r#"{"a":1}"#,
        r#"{"a":{"b":[{}]},"a":2}"#,
        r#"{"":0}"#,
        " \t\r\n1 \t\r\n",
        "\"\u{7f}\"",
        "[[],{},[{}]]",
    ] {
        assert!(accepts(text), "{text}");
        assert_eq!(parse(text).raw(), text.trim(), "{text}");
    }
}

#[test]
fn what_is_not_json() {
    for text in [
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "undefined",
        "NaN",
        "Infinity",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "1_0",
        "1 2",
        "'a'",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "\"\t\"",
        "\"\0\"",
        "\"\u{1f}\"",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[,]",
        "[1 2]",
        "[1}",
        "{",
        "}",
        "{]",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\"::1}",
        "[1]]",
        "{}}",
        "{}{}",
        "{},",
        "[]//",
        "/**/[]",
        "\u{feff}1",
        "\u{a0}1",
        "\u{b}1",
        "\u{c}1",
        "[\"a\":1]",
        "{\"a\",1}",
    ] {
        assert!(!accepts(text), "{text}");
    }
    assert!(Value::parse(b"\"\xff\"").is_err());
    assert!(Value::parse(b"\"\xed\xa0\x80\"").is_err());
}

#[test]
fn where_it_is_wrong() {
    for (text, at) in [
        ("", 0),
        ("[1,]", 3),
        ("  {\"a\":x}", 7),
        ("{} {}", 3),
        ("\"a\nb\"", 2),
    ] {
        assert_eq!(
            Value::parse(text.as_bytes()).err(),
            Some(Malformed { at }),
            "{text}"
        );
    }
    assert_eq!(Value::parse(b"\"ab\xff\"").err(), Some(Malformed { at: 3 }));
}

#[test]
fn any_depth_takes_no_stack() {
    for depth in [1, 63, 64, 65, 127, 128, 129, 1_000_000] {
        let arrays = "[".repeat(depth) + &"]".repeat(depth);
        assert!(accepts(&arrays), "{depth}");
        assert!(!accepts(&arrays[1..]), "{depth}");
        assert!(!accepts(&arrays[..arrays.len() - 1]), "{depth}");
        let objects = "{\"a\":[".repeat(depth) + "1" + &"]}".repeat(depth);
        assert!(accepts(&objects), "{depth}");
        let crossed = "{\"a\":[".repeat(depth) + "1" + &"}]".repeat(depth);
        assert!(!accepts(&crossed), "{depth}");
        let outer = parse(&objects).get("a").unwrap();
        assert_eq!(outer.raw().len(), objects.len() - 6, "{depth}");
    }
}

#[test]
fn strings_of_every_length_end_where_they_end() {
    // The scan looks at eight bytes at a time.
    for length in 0..40 {
        for tail in ["\"", "\\n\"", "é\"", "\u{7f}\""] {
            let text = format!("\"{}{tail}", "a".repeat(length));
            assert!(accepts(&text), "{text}");
            assert!(!accepts(&text[..text.len() - 1]), "{text}");
        }
        for bad in ['\u{1f}', '\n', '\0'] {
            let text = format!("\"{}{bad}aaaaaaaaaa\"", "a".repeat(length));
            let at = length + 1;
            assert_eq!(
                Value::parse(text.as_bytes()).err(),
                Some(Malformed { at }),
                "{text:?}"
            );
        }
    }
}

#[test]
fn members_and_elements() {
    let value = parse(r#" { "a" : 1 , "b" : [ true , null , "x" ] , "a" : { } } "#);
    let members: Vec<(&str, &str)> = value
        .members()
        .map(|member| (member.key.body(), member.value.raw()))
        .collect();
    assert_eq!(
        members,
        [("a", "1"), ("b", r#"[ true , null , "x" ]"#), ("a", "{ }")]
    );
    assert_eq!(
        value.get("a").unwrap().kind(),
        Kind::Object,
        "the last counts"
    );
    assert!(value.get("c").is_none());
    let list = value.get("b").unwrap();
    let kinds: Vec<Kind> = list.elements().map(|value| value.kind()).collect();
    assert_eq!(kinds, [Kind::Bool, Kind::Null, Kind::String]);
    assert_eq!(list.elements().next().unwrap().as_bool(), Some(true));
    assert_eq!(list.members().count() + value.elements().count(), 0);
    assert_eq!(parse("3").members().count(), 0);
}

#[test]
fn spans_count_from_the_start_of_the_text() {
    let text = r#"  {"a":[10, {"b":"x"}]}"#;
    let value = parse(text);
    let inner = value
        .get("a")
        .unwrap()
        .elements()
        .nth(1)
        .unwrap()
        .get("b")
        .unwrap();
    assert_eq!(&text[inner.span_in(text)], "\"x\"");
    assert_eq!(&text[value.span_in(text)], text.trim());
}

#[test]
fn keys_compare_unescaped() {
    let value = parse(r#"{"cont\u0065nt":1,"a\/b":2,"\u0000":3,"\ud83d\ude00":4}"#);
    assert_eq!(value.get("content").unwrap().raw(), "1");
    assert_eq!(value.get("a/b").unwrap().raw(), "2");
    assert_eq!(value.get("\0").unwrap().raw(), "3");
    assert_eq!(value.get("😀").unwrap().raw(), "4");
    assert!(value.get(r"cont\u0065nt").is_none());
    assert!(value.get(r"a\/b").is_none());
    let keys: Vec<String> = value.members().map(|member| member.key.to_text()).collect();
    assert_eq!(keys, ["content", "a/b", "\0", "😀"]);
    let [first, .., last] = value.members().map(|member| member.key).collect::<Vec<_>>()[..] else {
        panic!("four keys");
    };
    assert!(first.same_as("content".into()) && !first.same_as("conten".into()));
    assert!(last.same_as("😀".into()) && !last.same_as(first));
}

#[test]
fn small_numbers() {
    for (text, number) in [
        ("0", Some(0)),
        ("7", Some(7)),
        ("4294967295", Some(u32::MAX)),
        ("4294967296", None),
        ("99999999999999999999", None),
        ("-1", None),
        ("-0", None),
        ("1.0", None),
        ("1e0", None),
        ("\"1\"", None),
        ("null", None),
        ("[]", None),
    ] {
        assert_eq!(parse(text).as_u32(), number, "{text}");
    }
    for number in [0, 1, 9, 10, 99, 100, 1_000_000_000, u32::MAX] {
        let mut out = String::new();
        write_u32(number, &mut out);
        assert_eq!(out, number.to_string());
    }
}

#[test]
fn strings_are_unescaped() {
    for (json, text, lone) in [
        (
            r#""a\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC""#,
            "a\"\\/\u{8}\u{c}\n\r\tAé€",
            false,
        ),
        (r#""\ud83d\ude00\uD83D\uDE00""#, "😀😀", false),
        (r#""a\ud83db""#, "a\u{fffd}b", true),
        (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}", true),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}😀", true),
        (r#""\ud83d\u0041""#, "\u{fffd}A", true),
        (r#""\ud83d\\ude00""#, "\u{fffd}\\ude00", true),
    ] {
        let value = parse(json);
        assert_eq!(value.to_text().unwrap(), text, "{json}");
        assert_eq!(
            unescape_into(value.string_body().unwrap(), &mut String::new()),
            lone,
            "{json}"
        );
        assert!(value.is_string(text), "{json}");
    }
    assert_eq!(parse("1").to_text(), None);
    assert_eq!(parse("1").string_body(), None);
}

#[test]
fn text_is_unescaped_in_pieces() {
    let body = r"a\uD83D\uDE00z\uD800z\uDC00\n\uD800\uD83D\uDE00\uD800";
    let mut whole = String::new();
    unescape_into(body, &mut whole);
    // Between escapes only, as deltas are cut.
    let ends: Vec<usize> = (0..=body.len())
        .filter(|at| body[*at..].starts_with(['\\', 'z']) || *at == body.len())
        .collect();
    for first in &ends {
        for second in ends.iter().filter(|end| *end >= first) {
            let (mut text, mut unescape) = (String::new(), Unescape::default());
            for piece in [
                &body[..*first],
                &body[*first..*second],
                "",
                &body[*second..],
            ] {
                unescape.push(piece, &mut text);
            }
            unescape.finish(&mut text);
            assert_eq!(text, whole, "{first} {second}");
        }
    }
}

/// Text that is JSON, or nearly.
fn nearly_json() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\"a\""),
        Just("\""),
        Just("\\"),
        Just("\\u00e9"),
        Just("\\ud800"),
        Just("\\n"),
        Just("1"),
        Just("-"),
        Just("0"),
        Just("."),
        Just("e"),
        Just("E+5"),
        Just("true"),
        Just("null"),
        Just(" "),
        Just("\n"),
        Just("é"),
        Just("\u{1}"),
        Just("{\"a\":"),
        Just("[1,"),
        Just("aaaaaaaa"),
    ];
    prop_oneof![
        prop::collection::vec(token, 0..14).prop_map(|tokens| tokens.concat()),
        any_json().prop_map(|json| json.to_string()),
        (any_json(), any::<prop::sample::Index>(), any::<char>()).prop_map(|(json, at, char)| {
            let mut text: Vec<char> = json.to_string().chars().collect();
            let at = at.index(text.len());
            text[at] = char;
            text.into_iter().collect()
        }),
        (any_json(), any::<prop::sample::Index>()).prop_map(|(json, at)| {
            let mut text: Vec<char> = json.to_string().chars().collect();
            text.remove(at.index(text.len()));
            text.into_iter().collect()
        }),
    ]
}

pub(crate) fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".*".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(".{0,4}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn same(value: &Value<'_>, json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::Object(map) => {
            value.kind() == Kind::Object
                && value.members().count() == map.len()
                && map
                    .iter()
                    .all(|(key, json)| same(&value.get(key).unwrap(), json))
        }
        serde_json::Value::Array(list) => {
            value.kind() == Kind::Array
                && value.elements().count() == list.len()
                && value
                    .elements()
                    .zip(list)
                    .all(|(value, json)| same(&value, json))
        }
        serde_json::Value::String(text) => value.to_text().as_ref() == Some(text),
        other => {
            let text = other.to_string();
            value.raw() == text
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// `IgnoredAny` has no limit of depth, of numbers or of surrogates.
    #[test]
    fn accepts_what_serde_json_accepts(text in nearly_json()) {
        let serde = serde_json::from_str::<serde::de::IgnoredAny>(&text);
        prop_assert_eq!(accepts(&text), serde.is_ok(), "{}", text);
    }

    #[test]
    fn any_bytes_are_json_or_not(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let serde = std::str::from_utf8(&bytes).is_ok()
            && serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).is_ok();
        prop_assert_eq!(Value::parse(&bytes).is_ok(), serde);
    }

    #[test]
    fn reads_what_serde_json_reads(json in any_json(), pretty in any::<bool>()) {
        let text = if pretty {
            serde_json::to_string_pretty(&json).unwrap()
        } else {
            json.to_string()
        };
        prop_assert!(same(&parse(&text), &json));
    }

    #[test]
    fn writes_what_it_reads(text in any::<String>()) {
        let mut json = String::new();
        write_string(&text, &mut json);
        prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), &text[..]);
        prop_assert_eq!(parse(&json).to_text().unwrap(), &text[..]);
        let mut body = String::new();
        escape_into(&text, &mut body);
        prop_assert_eq!(parse(&json).string_body().unwrap(), body);
    }
}

#[test]
fn escapes_as_json_stringify_does() {
    let mut out = String::new();
    write_string("\u{8}\u{c}\n\r\t\"\\/\u{1}\u{1f}\u{7f}é", &mut out);
    assert_eq!(out, "\"\\b\\f\\n\\r\\t\\\"\\\\/\\u0001\\u001f\u{7f}é\"");
}
