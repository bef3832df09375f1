//! `reasoning.rs`: the splitter at every cut, and whole messages.

use bedrock_chat_core::decoder::Reasoning;
use bedrock_chat_core::json::Value;
use bedrock_chat_core::reasoning::{SplitText, Splitter, rewrite_completion};
use bedrock_chat_core::response::completion;

fn split<'a>(pieces: impl IntoIterator<Item = &'a str>) -> SplitText {
    let (mut splitter, mut split) = (Splitter::default(), SplitText::default());
    for piece in pieces {
        splitter.push(piece, &mut split);
    }
    splitter.finish(&mut split);
    split
}

#[test]
fn text_is_split_alike_however_it_is_cut() {
    for (text, content, reasoning) in [
        ("", "", ""),
        ("Yes.", "Yes.", ""),
        ("<reasoning>a</reasoning>b", "b", "a"),
        (" <reasoning> a </reasoning> b ", "b ", " a "),
        (
            "<reasoning>a</reasoning> <reasoning>b</reasoning>c<reasoning>d</reasoning>",
            "c<reasoning>d</reasoning>",
            "ab",
        ),
        ("<reasoning>a</reasoning>  <reason", "<reason", "a"),
        ("<reasoning>a</reasoning>  ", "", "a"),
        ("<reasoning>a</reasonin", "", "a</reasonin"),
        ("<reasoning>a<</reasoning>b", "b", "a<"),
        ("<reasoning>a</</reasoning>b", "b", "a</"),
        ("<reasoning>a</reas</reasoning>b", "b", "a</reas"),
        ("  <rea", "  <rea", ""),
        ("  ", "  ", ""),
        ("<<reasoning>", "<<reasoning>", ""),
        ("é<reasoning>x</reasoning>", "é<reasoning>x</reasoning>", ""),
        ("<reasoning>é日😀</reasoning>é", "é", "é日😀"),
    ] {
        let expected = SplitText {
            content: content.into(),
            reasoning: reasoning.into(),
        };
        assert_eq!(split([text]), expected, "{text}");
        let ends: Vec<usize> = (0..=text.len())
            .filter(|at| text.is_char_boundary(*at))
            .collect();
        for first in &ends {
            for second in ends.iter().filter(|end| *end >= first) {
                let pieces = [&text[..*first], &text[*first..*second], &text[*second..]];
                assert_eq!(split(pieces), expected, "{pieces:?}");
            }
        }
        let characters = ends.windows(2).map(|pair| &text[pair[0]..pair[1]]);
        assert_eq!(split(characters), expected, "{text}");
    }
}

#[test]
fn escapes_are_read_and_kept() {
    let split = split([
        r"\n\u0020\u003creasoning>a\u003c\/reasoning",
        r"\u003e\n\t\u000A\\n\u00e9",
    ]);
    assert_eq!(split.reasoning, "a");
    assert_eq!(split.content, r"\\n\u00e9");
}

#[test]
fn whole_completions() {
    for (before, after) in [
        // Nothing to do.
        (
            r#"{"choices":[{"message":{"content":"a <reasoning>b</reasoning>"}}]}"#,
            None,
        ),
        (
            r#"{"choices":[{"message":{"content":null,"reasoning":"a"}}]}"#,
            None,
        ),
        (
            r#"{"choices":[{"message":{"content":" a","reasoning":null}}]}"#,
            None,
        ),
        (
            r#"{"choices":[{"message":{"content":[{"type":"text"}],"reasoning":[1]}}]}"#,
            None,
        ),
        (
            r#"{"choices":[{"message":null},{},3,{"message":"<reasoning>"}]}"#,
            None,
        ),
        (r#"{"choices":null}"#, None),
        (r#"{"error":{"message":"<reasoning>x"}}"#, None),
        ("[]", None),
        // Parts.
        (
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"x":1}}]}"#,
            Some(r#"{"choices":[{"message":{"content":"ab","x":1}}]}"#),
        ),
        (
            r#"{"choices":[{"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}]},{"type":"text","text":"b"}]}}]}"#,
            Some(r#"{"choices":[{"message":{"content":"b","reasoning":"a"}}]}"#),
        ),
        (
            r#"{"choices":[{"message":{"content":[{"type":"thinking","thinking":"a"}]}}]}"#,
            Some(r#"{"choices":[{"message":{"content":null,"reasoning":"a"}}]}"#),
        ),
        (
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"<reasoning>a</reasoning>b"}]}}]}"#,
            Some(r#"{"choices":[{"message":{"content":"b","reasoning":"a"}}]}"#),
        ),
        (
            r#"{"choices":[{"message":{"content":[{"type":"thinking","thinking":"a"},{"type":"text","text":"b"},{"type":"reference","reference_ids":[1]}]}}]}"#,
            Some(
                r#"{"choices":[{"message":{"content":[{"type":"text","text":"b"},{"type":"reference","reference_ids":[1]}],"reasoning":"a"}}]}"#,
            ),
        ),
        (
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"b"},{"type":"image_url","image_url":{}}]}}]}"#,
            None,
        ),
        // Tags.
        (
            r#"{"id":1.0,"choices":[ {"x":1, "message": {"role":"assistant", "content":"\u003creasoning>\u00e9</reasoning>\n\nb", "refusal":null} } ] ,"z":[1 ]}"#,
            Some(
                r#"{"id":1.0,"choices":[ {"x":1, "message": {"role":"assistant","content":"b","reasoning":"\u00e9","refusal":null} } ] ,"z":[1 ]}"#,
            ),
        ),
        (
            r#"{"choices":[{"message":{"content":"<reasoning>a"}},{"message":{"content":"b"}},{"message":{"content":"<reasoning>c</reasoning>d"}}]}"#,
            Some(
                r#"{"choices":[{"message":{"content":"","reasoning":"a"}},{"message":{"content":"b"}},{"message":{"content":"d","reasoning":"c"}}]}"#,
            ),
        ),
        (
            r#"{"choices":[{"message":{"content":" \t <reasoning>a</reasoning>b"}}]}"#,
            Some(r#"{"choices":[{"message":{"content":"b","reasoning":"a"}}]}"#),
        ),
        (
            r#"{"choices":[{"message":{"content":" \n\u003creasoning>a</reasoning>b"}}]}"#,
            Some(r#"{"choices":[{"message":{"content":"b","reasoning":"a"}}]}"#),
        ),
        (
            r#"{"choices":[{"message":{"content":" a <reasoning>"}}]}"#,
            None,
        ),
        (r#"{"choices":[{"message":{"content":"  "}}]}"#, None),
        // Fields.
        (
            r#"{"choices":[{"message":{"reasoning_content":"a","content":null}}]}"#,
            Some(r#"{"choices":[{"message":{"reasoning":"a","content":null}}]}"#),
        ),
        (
            r#"{"choices":[{"message":{"content":"b","reasoning_content":{"text":"a"},"reasoning":null}}]}"#,
            Some(r#"{"choices":[{"message":{"content":"b","reasoning":"a"}}]}"#),
        ),
        (
            r#"{"choices":[{"message":{"content":"<reasoning>b</reasoning>c","reasoning":{"text":"a"}}}]}"#,
            Some(r#"{"choices":[{"message":{"content":"c","reasoning":"ab"}}]}"#),
        ),
    ] {
        let value = Value::parse(before.as_bytes()).unwrap();
        let mut out = String::new();
        assert_eq!(
            rewrite_completion(value, &mut out),
            after.is_some(),
            "{before}"
        );
        assert_eq!(out, after.unwrap_or_default(), "{before}");
        // Which looks first whether there may be something to change.
        let whole = completion(before.as_bytes(), Reasoning::Parsed, false);
        let is_completion = before.contains(r#""choices":["#);
        assert_eq!(
            whole.as_deref(),
            is_completion.then_some(after.unwrap_or(before)),
            "{before}"
        );
    }
}

#[test]
fn a_completion_within_a_text() {
    // Spans count from the start of the text, and the splice must not.
    let text = r#"  [0,{"choices":[{"message":{"content":"<reasoning>a</reasoning>b"}}]}]"#;
    let list = Value::parse(text.as_bytes()).unwrap();
    let mut out = String::new();
    assert!(rewrite_completion(
        list.elements().nth(1).unwrap(),
        &mut out
    ));
    assert_eq!(
        out,
        r#"{"choices":[{"message":{"content":"b","reasoning":"a"}}]}"#
    );
}
