//! `completion.rs`: bounds, and what the fixtures cannot say.

use bedrock_chat_core::chunk::{Chunk, MAX_CHOICES, MAX_MEMBERS};
use bedrock_chat_core::completion::{Completion, MAX_ITEMS, Most};
use bedrock_chat_core::json::Value;
use bedrock_chat_core::size::Size;

fn complete(chunks: &[String]) -> String {
    let mut completion = Completion::default();
    for chunk in chunks {
        completion.add(&Chunk::read(chunk).unwrap());
    }
    completion.to_json()
}

#[test]
fn each_key_is_written_once() {
    let json = complete(&[
        r#"{"obj\u0065ct":"x","a":1,"choices":[{"index":0,"delta":{"y":1,"\u0079":2}}],"\u0061":2,"a":3}"#.into(),
        r#"{"object":"chat.completion.chunk","a":null,"choices":[{"index":0,"delta":{"y":null}}]}"#.into(),
    ]);
    assert_eq!(
        json,
        concat!(
            r#"{"a":3,"object":"chat.completion","choices":[{"index":0,"message":"#,
            r#"{"role":"assistant","content":null,"refusal":null,"y":2},"#,
            r#""finish_reason":null,"logprobs":null}]}"#
        )
    );
}

#[test]
fn a_head_is_skipped_while_its_fields_are_what_it_says() {
    // The chunks of a stream, and whether the head of the next may be skipped behind each. They
    // are read as the decoder does.
    let table: [(&[(&str, bool)], &str); 9] = [
        (&[(r#"{"a":1,"b":2,"choices":[]}"#, true); 2], "the same"),
        (&[(r#"{"choices":[]}"#, true); 2], "nothing in it"),
        (&[(r#"{"a":1,"a":2,"choices":[]}"#, true); 2], "a key twice"),
        (
            &[
                (r#"{"a":1,"b":2,"choices":[],"x":1,"y":1}"#, true),
                (r#"{"a":1,"b":2,"choices":[],"y":2}"#, true),
                (r#"{"a":1,"b":2,"choices":[],"y":3,"z":1,"x":2}"#, true),
            ],
            "fields behind it, in any order",
        ),
        (&[(r#"{"a":1,"b":2}"#, false); 2], "no choices"),
        (
            &[
                (r#"{"a":1,"choices":[]}"#, true),
                (r#"{"a":1,"choices":[],"x":1,"a":2}"#, false),
            ],
            "its field behind it",
        ),
        (
            &[
                (r#"{"a":1,"b":2,"choices":[],"a":2,"x":1}"#, false),
                (r#"{"a":1,"b":2,"choices":[],"x":1}"#, true),
            ],
            "its field behind it, once",
        ),
        (
            &[
                (r#"{"a":1,"b":2,"choices":[]}"#, true),
                (r#"{"b":2,"a":1,"choices":[]}"#, false),
            ],
            "another order",
        ),
        (
            &[
                (r#"{"a":1,"choices":[],"x":1}"#, true),
                (r#"{"a":1,"b":2,"choices":[]}"#, false),
            ],
            "a longer one",
        ),
    ];
    for (chunks, what) in table {
        let mut completion = Completion::default();
        let mut head = String::new();
        for (data, expected) in chunks {
            let chunk = Chunk::read_knowing(data, &head).unwrap();
            let same = completion.add_fields(&chunk);
            assert_eq!(same, *expected, "{what}: {data}");
            head = if same {
                chunk.head.into()
            } else {
                String::new()
            };
        }
    }
}

#[test]
fn what_a_server_makes_up_is_bounded() {
    let many = |item: &dyn Fn(usize) -> String| -> String {
        (0..10 * MAX_ITEMS).map(item).collect::<Vec<_>>().join(",")
    };
    let fields = many(&|at| format!(r#""k{at}":{at}"#));
    let choices = many(&|at| format!(r#"{{"index":{at},"delta":{{"content":"x"}}}}"#));
    let calls = many(&|at| format!(r#"{{"index":{at},"function":{{"name":"f"}}}}"#));
    let json = complete(&[
        format!(r#"{{{fields},"choices":[]}}"#),
        format!(
            r#"{{"choices":[{{"index":0,"x":0,{fields},"delta":{{{fields},"tool_calls":[{calls}]}}}}]}}"#
        ),
        format!(r#"{{"choices":[{choices}]}}"#),
    ]);
    let value = Value::parse(json.as_bytes()).unwrap();
    assert_eq!(value.members().count(), MAX_ITEMS + 2);
    let choices = value.get("choices").unwrap();
    assert_eq!(choices.elements().count(), MAX_ITEMS);
    let first = choices.elements().next().unwrap();
    let message = first.get("message").unwrap();
    assert_eq!(
        message.get("tool_calls").unwrap().elements().count(),
        MAX_ITEMS
    );
    assert_eq!(message.members().count(), MAX_ITEMS + 4);
}

#[test]
fn a_few_bytes_do_not_become_many() {
    let members: String = (0..10_000).map(|at| format!("\"{at}\":0,")).collect();
    let data = format!("{{{members}\"choices\":[{}{{}}]}}", "{},".repeat(10_000));
    let chunk = Chunk::read(&data).unwrap();
    assert_eq!(chunk.choices.len(), MAX_CHOICES);
    assert_eq!(chunk.fields.len(), MAX_MEMBERS);
    // What is not read is missed.
    let mut completion = Completion::default();
    completion.add(&chunk);
    assert_eq!(completion.lost(), Some(Size::Choices));
    let data = format!("{{{}\"choices\":[]}}", "\"\":0,".repeat(10_000));
    assert_eq!(Chunk::read(&data).unwrap().fields.len(), 1);
}

#[test]
fn as_many_choices_as_are_read_may_be_kept() {
    for (elements, lost) in [
        (MAX_CHOICES, None),
        (MAX_CHOICES + 1, Some(Size::Choices)),
        (MAX_CHOICES + 2, Some(Size::Choices)),
    ] {
        let data = format!("{{\"choices\":[{}{{}}]}}", "{},".repeat(elements - 1));
        let mut completion = Completion::with_most(Most {
            choices: MAX_CHOICES,
            calls: MAX_ITEMS,
        });
        completion.add(&Chunk::read(&data).unwrap());
        assert_eq!(completion.lost(), lost, "{elements}");
    }
}

#[test]
fn a_guardrail_is_found_behind_any_number_of_members() {
    let members: String = (0..10_000).map(|at| format!("\"{at}\":0,")).collect();
    let action = r#""amazon-bedrock-guardrailAction":"INTERVENED""#;
    let trace = r#""amazon-bedrock-trace":{"guardrail":{}}"#;
    let data = format!("{{{members}{action},{trace},\"choices\":[]}}");
    let mut completion = Completion::default();
    completion.add(&Chunk::read(&data).unwrap());
    let json = completion.to_json();
    assert!(
        json.contains(action) && json.contains(trace),
        "{}",
        json.len()
    );
}

#[test]
fn whether_it_is_finished() {
    for (chunks, finished) in [
        (vec![], false),
        (
            vec![r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#],
            true,
        ),
        (
            vec![r#"{"choices":[{"index":0,"delta":{},"finish_reason":null}]}"#],
            false,
        ),
        (
            vec![r#"{"choices":[{"index":0,"delta":{},"finish_reason":7}]}"#],
            false,
        ),
        (
            vec![
                r#"{"choices":[{"index":0,"finish_reason":"stop"},{"index":1,"delta":{"role":"assistant","content":""}}]}"#,
            ],
            true,
        ),
        (
            vec![
                r#"{"choices":[{"index":0,"finish_reason":"stop"},{"index":1,"delta":{"refusal":"x"}}]}"#,
            ],
            false,
        ),
    ] {
        let mut completion = Completion::default();
        for chunk in &chunks {
            completion.add(&Chunk::read(chunk).unwrap());
        }
        assert_eq!(completion.is_finished(), finished, "{chunks:?}");
    }
}

#[test]
fn the_finish_reason_of_each_choice() {
    let chunks = [(7, "length"), (0, "stop"), (3, "tool_calls")].map(|(index, reason)| {
        format!(r#"{{"choices":[{{"index":{index},"finish_reason":"{reason}"}}]}}"#)
    });
    let json = complete(&chunks);
    let value = Value::parse(json.as_bytes()).unwrap();
    let reasons: Vec<_> = value
        .get("choices")
        .unwrap()
        .elements()
        .map(|choice| ["index", "finish_reason"].map(|name| choice.get(name).unwrap().raw()))
        .collect();
    assert_eq!(
        reasons,
        [
            ["0", "\"stop\""],
            ["3", "\"tool_calls\""],
            ["7", "\"length\""]
        ]
    );
}

#[test]
fn all_texts_are_counted() {
    let choice = |index: u32| {
        let text = |length| "x".repeat(length);
        format!(
            r#"{{"index":{index},"delta":{{"content":"{}","reasoning":"{}","reasoning_content":"{}","refusal":"{}",
            "tool_calls":[{{"index":0,"function":{{"name":"f","arguments":"{}"}}}},
                {{"index":1,"custom":{{"name":"f","input":"{}"}}}}]}}}}"#,
            text(1),
            text(2),
            text(4),
            text(8),
            text(16),
            text(32)
        )
    };
    let chunk = format!(r#"{{"choices":[{},{}]}}"#, choice(0), choice(1));
    let mut completion = Completion::default();
    assert_eq!((completion.kept(), completion.choices()), (0, 0));
    for times in 1..3 {
        completion.add(&Chunk::read(&chunk).unwrap());
        assert_eq!(completion.kept(), times * 2 * 63);
        assert_eq!(completion.choices(), 2);
    }
}

#[test]
fn calls_stay_in_the_order_in_which_they_came_where_an_index_is_no_number() {
    let call = |index: &str, name: &str| {
        format!(
            r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{{"index":{index},"id":"{name}","function":{{"name":"{name}","arguments":"{{"}}}}]}}}}]}}"#
        )
    };
    let texts = (0..16).map(|at| format!(r#""call-{at}""#));
    let numbers = ["-1", "0.5", "4294967296", "1e400"].map(String::from);
    for odd in texts.chain(numbers) {
        let more = call(&odd, "").replace(r#""{""#, r#""}""#);
        let json = complete(&[
            call("0", "a"),
            call(&odd, "b"),
            call("1", "c"),
            call("2", "d"),
            more,
        ]);
        let completion = Value::parse(json.as_bytes()).unwrap();
        let choice = completion
            .get("choices")
            .unwrap()
            .elements()
            .next()
            .unwrap();
        let calls = choice.get("message").unwrap().get("tool_calls").unwrap();
        let functions: Vec<&str> = calls
            .elements()
            .map(|call| call.get("function").unwrap().raw())
            .collect();
        assert_eq!(
            functions,
            [
                r#"{"name":"a","arguments":"{"}"#,
                r#"{"name":"b","arguments":"{}"}"#,
                r#"{"name":"c","arguments":"{"}"#,
                r#"{"name":"d","arguments":"{"}"#,
            ],
            "{odd}"
        );
    }
}
