//! What holds for any bytes and any cut.

use bedrock_chat_core::chunk::Chunk;
use bedrock_chat_core::completion::{Completion, MAX_ITEMS, Most};
use bedrock_chat_core::decoder::{Decoder, Mode, Progress, Reasoning, StreamError, StreamState};
use bedrock_chat_core::size::Size;
use bedrock_chat_core::sse::MAX_EVENT;
use proptest::prelude::*;

use super::{Outcome, cut, decode, decode_forgetting, decode_whole, events};

/// Pieces that streams are made of, good and bad.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    const PARTS: &[&str] = &[
        "data: ",
        "data:",
        "data",
        "event: error",
        "event:",
        ": x",
        "id: 1",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\u{feff}",
        "[DONE]",
        "{}",
        "3",
        "{\"choices\":[]}",
        "{\"error\":null}",
        "{\"error\":1}",
        "{\"message\":\"x\"}",
        "{\"choices\":[",
        "]}",
        "{\"index\":0,\"delta\":{",
        "{\"index\":1,\"delta\":{",
        "}}",
        "},\"finish_reason\":\"stop\"}",
        ",",
        "\"content\":\"",
        "\"reasoning\":\"",
        "\"reasoning_content\":\"",
        "\"",
        "\\n",
        "\\ud83d",
        "\\ude00",
        "\\u003c",
        "<reasoning>",
        "</reasoning>",
        "<rea",
        "soning>",
        " ",
        "é",
        "😀",
        "\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"",
    ];
    prop_oneof![
        9 => prop::sample::select(PARTS).prop_map(|part| part.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ]
}

fn soup() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}

fn delta() -> impl Strategy<Value = String> {
    let text = prop::sample::select(
        &[
            "<",
            "<reasoning>",
            "</reasoning>",
            "<rea",
            "soning>",
            "</",
            "reasoning>",
            " ",
            "\\n",
            "a",
            "é",
            "\\ud83d",
            "\\ude00",
            "\\u003c",
            "<reasoning>x</reasoning>",
            "\\\\",
            "",
        ][..],
    );
    let text = prop_oneof![
        8 => prop::collection::vec(text, 0..4).prop_map(|texts| texts.concat()),
        1 => Just("null".to_owned()),
        1 => Just("object".to_owned()),
    ];
    let name = prop::sample::select(
        &[
            "content",
            "content",
            "content",
            "reasoning",
            "reasoning_content",
            "refusal",
            "x",
        ][..],
    );
    prop::collection::vec((name, text), 0..3).prop_map(|members| {
        let members = members.iter().map(|(name, text)| match text.as_str() {
            "null" => format!("\"{name}\":null"),
            "object" => format!("\"{name}\":{{\"text\":\"t\"}}"),
            text => format!("\"{name}\":\"{text}\""),
        });
        members.collect::<Vec<_>>().join(",")
    })
}

/// Streams that are well formed, with any content.
fn stream() -> impl Strategy<Value = Vec<String>> {
    stream_of(&["delta", "delta", "delta", "null", "none"])
}

/// The same with messages that may contradict what was delivered before.
fn stream_with_messages() -> impl Strategy<Value = Vec<String>> {
    stream_of(&["delta", "delta", "message", "both", "null", "none"])
}

fn stream_of(forms: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    let finish = prop::sample::select(
        &[
            "",
            "",
            "",
            ",\"finish_reason\":\"stop\"",
            ",\"finish_reason\":null",
        ][..],
    );
    let form = prop::sample::select(forms);
    let choice =
        (delta(), 0..3u32, finish, form).prop_map(|(delta, index, finish, form)| match form {
            "null" => format!("{{\"index\":{index},\"delta\":null{finish}}}"),
            "none" => format!("{{\"index\":{index}{finish}}}"),
            "both" => format!(
                "{{\"delta\":{{}},\"index\":{index},\"message\":{{{delta}}},\"delta\":{{}}{finish}}}"
            ),
            name => format!("{{\"index\":{index},\"{name}\":{{{delta}}}{finish}}}"),
        });
    let field = prop::sample::select(
        &[
            "\"id\":\"c\",",
            "\"id\":null,",
            "\"id\":\"d\",",
            "\"a\":1,",
            "\"\\u0061\":2,",
            "\"x\":[3],",
            "\"x\":4,",
            " ",
        ][..],
    );
    let fields = prop::collection::vec(field, 0..3).prop_map(|fields| fields.concat());
    let head = prop_oneof![3 => Just("\"id\":\"c\",\"a\":1,".to_owned()), 1 => fields.clone()];
    let chunk =
        (head, prop::collection::vec(choice, 0..3), fields).prop_map(|(head, choices, tail)| {
            format!(
                "{{{head}\"choices\":[{}],{tail}\"z\":0}}",
                choices.join(",")
            )
        });
    prop::collection::vec(chunk, 0..12)
}

/// Streams in which chunks are alike but for their content, as most are.
fn monotonous() -> impl Strategy<Value = Vec<String>> {
    let content = prop::sample::select(
        &[
            "a",
            "",
            " b",
            "<reasoning>",
            "c</reasoning>",
            "<",
            "\\n",
            "\\\"",
            "\\ud83d",
            "\\ude00",
            "é",
            "{[",
        ][..],
    );
    let contents = prop::collection::vec(content, 0..6);
    let form = prop::sample::select(
        &[
            (
                "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"",
                "\"}}]}",
            ),
            (
                "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"",
                "\"}}]}",
            ),
            (
                "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"",
                "\"},\"logprobs\":null}]}",
            ),
            (
                "{\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"",
                "\",\"reasoning\":null}}],\"z\":0}",
            ),
            (
                "{\"id\":\"d\",\"choices\":[{\"delta\":{\"content\":\"",
                "\",\"reasoning\":\"r\"}}],\"z\":1}",
            ),
            (
                "{\"id\":\"d\",\"choices\":[{\"delta\":{\"content\":\"",
                "\",\"refusal\":\"r\"}}]}",
            ),
            (
                "{\"choices\":[{\"delta\":{\"content\":\"x\",\"content\":\"",
                "\"}}]}",
            ),
            (
                "{\"choices\":[{\"delta\":{\"content\":\"",
                "\",\"content\":\"x\"}}]}",
            ),
            (
                "{\"choices\":[{\"delta\":null,\"delta\":{\"content\":\"",
                "\"}}]}",
            ),
            (
                "{\"choices\":[{\"delta\":null,\"message\":{\"content\":\"",
                "\"}}]}",
            ),
            ("{\"choices\":[{\"message\":{\"content\":\"", "\"}}]}"),
            (
                "{\"choices\":[{\"delta\":{\"content\":\"",
                "\"},\"delta\":null}]}",
            ),
            ("{\"choices\":[null,{\"delta\":{\"content\":\"", "\"}}]}"),
            ("{\"choices\":[{\"delta\":{\"content\":\"", "\"}},3]}"),
            (
                "{\"choices\":[{\"delta\":{\"content\":\"",
                "\"}}],\"choices\":null}",
            ),
            (
                "{\"choices\":null,\"choices\":[{\"delta\":{\"content\":\"",
                "\"}}]}",
            ),
            (
                "{\"choices\":[{\"delta\":{\"content\":\"",
                "\"},\"finish_reason\":\"stop\"}]}",
            ),
            (
                "{\"choices\":[{\"delta\":{\"content\":\"",
                "\"},\"logprobs\":{\"content\":[1]}}]}",
            ),
            (
                "{\"choices\":[{\"delta\":{\"content\":\"",
                "\",\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"x\"}}]}}]}",
            ),
            (
                "{\"choices\":[{\"delta\":{\"content\":\"",
                "\"}},{\"index\":1,\"delta\":{\"content\":\"x\"}}]}",
            ),
            (
                "{\"usage\":{\"n\":1},\"choices\":[{\"delta\":{\"content\":\"",
                "\"}}]}",
            ),
            (
                "{\"error\":null,\"choices\":[{\"delta\":{\"content\":\"",
                "\"}}]}",
            ),
        ][..],
    );
    let run = (form, contents).prop_map(|((before, after), contents)| {
        let chunk = |content| format!("{before}{content}{after}");
        contents.into_iter().map(chunk).collect::<Vec<_>>()
    });
    prop::collection::vec(run, 0..6).prop_map(|runs| runs.concat())
}

/// What may stand in front of an event, and become a part of it.
fn line() -> impl Strategy<Value = &'static str> {
    const LINES: &[&str] = &[
        "event: error\n",
        "event: x\n",
        "data: {}\n",
        "data:\n",
        "data",
        ": x\n",
        ": ",
        "\r",
        "\n",
        "\u{feff}",
    ];
    prop::sample::select(LINES)
}

fn reasoning() -> impl Strategy<Value = Reasoning> {
    prop_oneof![Just(Reasoning::Parsed), Just(Reasoning::Raw)]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        Just(Mode::Chunks),
        Just(Mode::Compact),
        Just(Mode::Text),
        Just(Mode::Silent)
    ]
}

/// What was delivered, added up as a consumer would.
fn add_up(outcome: &Outcome) -> Outcome {
    let mut sum = Completion::default();
    for event in &outcome.events {
        sum.add(&Chunk::read(event).unwrap());
    }
    Outcome {
        completion: sum.to_json(),
        ..outcome.clone()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_decode_alike_however_they_are_cut(
        input in soup(),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
        reasoning in reasoning(),
        mode in mode(),
        max in prop_oneof![Just(1 << 20), 10..200usize],
    ) {
        let decoder = || Decoder::with_limits(reasoning, max, Most::default());
        let whole = decode(decoder(), mode, [input.as_slice()]);
        prop_assert_eq!(&whole, &decode(decoder(), mode, cut(&input, &cuts)));
        prop_assert_eq!(&whole, &decode(decoder(), mode, input.chunks(1)));
    }

    #[test]
    fn noise_is_no_trouble(
        input in prop::collection::vec(any::<u8>(), 0..200),
        cuts in prop::collection::vec(any::<usize>(), 0..4),
        mode in mode(),
    ) {
        let whole = decode_whole(&input, Reasoning::Parsed, mode);
        prop_assert_eq!(whole, decode(Decoder::new(Reasoning::Parsed), mode, cut(&input, &cuts)));
    }

    #[test]
    fn text_is_the_content_of_the_completion(chunks in stream(), reasoning in reasoning()) {
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let text = decode_whole(events(&chunks).as_bytes(), reasoning, Mode::Text);
        prop_assert_eq!(&text.text, &text.message_text("content").unwrap_or_default());
    }

    #[test]
    fn chunks_add_up_to_the_completion(chunks in stream(), reasoning in reasoning()) {
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let decoded = decode_whole(events(&chunks).as_bytes(), reasoning, Mode::Chunks);
        let sum = add_up(&decoded);
        for name in ["content", "reasoning", "reasoning_content", "refusal", "x"] {
            prop_assert_eq!(
                sum.message_text(name).unwrap_or_default(),
                decoded.message_text(name).unwrap_or_default(),
                "{}", name
            );
        }
    }

    #[test]
    fn raw_chunks_are_not_touched(chunks in stream_with_messages()) {
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let decoded = decode_whole(events(&chunks).as_bytes(), Reasoning::Raw, Mode::Chunks);
        prop_assert_eq!(&decoded.events, &chunks);
        // Nor does it matter that heads which are known are not read again.
        prop_assert_eq!(&add_up(&decoded).completion, &decoded.completion);
    }

    /// Of messages no consumer of chunks hears, but of deltas.
    #[test]
    fn chunks_have_deltas(chunks in stream_with_messages()) {
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let decoded = decode_whole(events(&chunks).as_bytes(), Reasoning::Parsed, Mode::Chunks);
        for event in &decoded.events {
            let chunk = Chunk::read(event).unwrap();
            prop_assert!(chunk.choices.iter().all(|choice| !choice.is_whole), "{}", event);
        }
        let text = decode_whole(events(&chunks).as_bytes(), Reasoning::Parsed, Mode::Text);
        let sum = add_up(&decoded).message_text("content").unwrap_or_default();
        prop_assert_eq!(&text.text, &sum);
        prop_assert_eq!(&text.completion, &decoded.completion);
    }

    /// What is known of the chunk before is not read again, and that changes nothing.
    #[test]
    fn chunks_alike_are_chunks(
        chunks in monotonous(),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
        reasoning in reasoning(),
    ) {
        let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
        let input = events(&chunks);
        let raw = decode_whole(input.as_bytes(), Reasoning::Raw, Mode::Chunks);
        prop_assert_eq!(&raw.events, &chunks);
        prop_assert_eq!(&add_up(&raw).completion, &raw.completion);

        let whole = decode_whole(input.as_bytes(), reasoning, Mode::Chunks);
        let compact = |pieces| decode(Decoder::new(reasoning), Mode::Compact, pieces);
        prop_assert_eq!(&whole, &compact(vec![input.as_bytes()]));
        prop_assert_eq!(&whole, &compact(cut(input.as_bytes(), &cuts)));
        // A space behind each chunk but the first makes none like the one before.
        let other: String = chunks.iter().enumerate().map(|(at, chunk)| {
            format!("data: {{{}{}\n\n", " ".repeat(at % 2), &chunk[1..])
        }).collect();
        let other = decode_whole(other.as_bytes(), reasoning, Mode::Text);
        let text = decode_whole(input.as_bytes(), reasoning, Mode::Text);
        prop_assert_eq!(&other, &text);
        prop_assert_eq!(&other.completion, &whole.completion);
    }

    /// The quick way for such chunks is a way to the same end, whatever stands between them, in
    /// them and behind them.
    #[test]
    fn a_stream_is_what_it_would_be_if_each_chunk_were_the_first(
        chunks in monotonous(),
        lines in prop::collection::vec((any::<prop::sample::Index>(), line()), 0..3),
        pieces in prop::collection::vec((any::<prop::sample::Index>(), piece()), 0..2),
        cuts in prop::collection::vec(any::<usize>(), 0..12),
        reasoning in reasoning(),
        mode in mode(),
        max_event in prop_oneof![3 => Just(MAX_EVENT), 1 => 20..80_usize],
    ) {
        let mut chunks: Vec<String> = chunks.iter().map(|it| events(&[it])).collect();
        for (place, line) in lines {
            chunks.insert(place.index(chunks.len() + 1), line.to_owned());
        }
        let mut input = chunks.concat().into_bytes();
        for (place, piece) in pieces {
            let place = place.index(input.len() + 1);
            input.splice(place..place, piece);
        }
        let decoder = || Decoder::with_limits(reasoning, max_event, Most::default());
        let compared = if mode == Mode::Compact { Mode::Chunks } else { mode };
        let slow = decode_forgetting(decoder(), compared, true, input.chunks(1));
        prop_assert_eq!(&slow, &decode(decoder(), mode, [input.as_slice()]));
        prop_assert_eq!(&slow, &decode(decoder(), mode, cut(&input, &cuts)));
        prop_assert_eq!(&slow, &decode(decoder(), mode, input.chunks(1)));
        let starts = (0..input.len()).filter(|at| input[*at..].starts_with(b"data: "));
        let starts: Vec<usize> = starts.collect();
        prop_assert_eq!(&slow, &decode(decoder(), mode, cut(&input, &starts)));
    }

    /// No text is lost or made up by the splitter but tags and the whitespace around them.
    #[test]
    fn every_event_is_one_object(input in soup()) {
        let decoded = decode_whole(&input, Reasoning::Parsed, Mode::Chunks);
        for event in &decoded.events {
            prop_assert!(Chunk::read(event).is_ok(), "{}", event);
        }
    }
}

#[test]
fn the_mode_may_change_between_pushes() {
    let chunk = |text: &str| {
        events(&[&format!(
            r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#
        )])
    };
    let mut decoder = Decoder::new(Reasoning::Parsed);
    decoder.push(chunk("a").as_bytes());
    assert_eq!(
        decoder.batch(),
        r#"[{"choices":[{"delta":{"content":"a"}}]}]"#
    );
    decoder.set_mode(Mode::Silent);
    decoder.push(chunk("b").as_bytes());
    assert_eq!(decoder.batch(), "");
    decoder.set_mode(Mode::Text);
    decoder.push(chunk("c").as_bytes());
    assert_eq!(decoder.batch(), "c");
    assert!(decoder.completion().contains(r#""content":"abc""#));
}

#[test]
fn what_a_chunk_repeats_is_left_out() {
    let chunk = |content: &str| {
        format!(r#"{{"id":"c","choices":[{{"index":0,"delta":{{"content":"{content}"}}}}]}}"#)
    };
    let (a, b, other) = (chunk("a"), chunk("b"), r#"{"choices":[]}"#.to_owned());
    let tag = chunk("<reasoning>c");
    let reworded = r#"{"id":"c","choices":[{"index":0,"delta":{"reasoning":"c"}}]}"#;
    // The chunks of a push, its batch, and whether the next may repeat its last object.
    let pushes = [
        (vec![&a], format!("[{a}]"), true),
        (vec![&b, &a], r#"["b","a"]"#.into(), false),
        (vec![&b], r#"["b"]"#.into(), false),
        (vec![&other], format!("[{other}]"), false),
        (vec![&b], format!("[{b}]"), true),
        (vec![&a, &other, &a], format!(r#"["a",{other},{a}]"#), true),
        (
            vec![&a, &other, &a, &b],
            format!(r#"["a",{other},{a},"b"]"#),
            false,
        ),
    ];
    let mut decoder = Decoder::new(Reasoning::Parsed);
    decoder.set_mode(Mode::Compact);
    for (at, (chunks, batch, repeatable)) in pushes.into_iter().enumerate() {
        let chunks: Vec<&str> = chunks.into_iter().map(String::as_str).collect();
        let progress = decoder.push(events(&chunks).as_bytes());
        assert_eq!(decoder.batch(), batch, "{at}");
        assert_eq!(progress.repeatable, repeatable, "{at}");
    }
    // What is delivered otherwise than it came is no model, nor is what was seen in another mode.
    let mut decoder = Decoder::new(Reasoning::Parsed);
    decoder.set_mode(Mode::Compact);
    let progress = decoder.push(events(&[&tag]).as_bytes());
    assert_eq!(decoder.batch(), format!("[{reworded}]"));
    assert!(!progress.repeatable);
    let mut decoder = Decoder::new(Reasoning::Raw);
    decoder.push(events(&[&a]).as_bytes());
    decoder.set_mode(Mode::Compact);
    decoder.push(events(&[&b]).as_bytes());
    assert_eq!(decoder.batch(), format!("[{b}]"));
}

/// Some servers put something new into every chunk: not worth looking for what it repeats.
#[test]
fn chunks_that_never_repeat_are_not_compared_for_long() {
    let chunk = |id: usize, content: &str| {
        format!(r#"{{"id":{id},"choices":[{{"delta":{{"content":"{content}"}}}}]}}"#)
    };
    for (before, repeats) in [(15, true), (16, false)] {
        let mut decoder = Decoder::new(Reasoning::Raw);
        decoder.set_mode(Mode::Compact);
        for id in 0..before {
            decoder.push(events(&[&chunk(id, "a")]).as_bytes());
        }
        let same = [chunk(99, "a"), chunk(99, "b")];
        decoder.push(events(&[&same[0], &same[1]]).as_bytes());
        let last = if repeats { "\"b\"" } else { &same[1] };
        assert_eq!(decoder.batch(), format!("[{},{last}]", same[0]), "{before}");
    }
    // One that repeats starts the count anew.
    let mut decoder = Decoder::new(Reasoning::Raw);
    decoder.set_mode(Mode::Compact);
    for id in 0..100 {
        decoder.push(events(&[&chunk(id, "a"), &chunk(id, "b")]).as_bytes());
        assert_eq!(
            decoder.batch(),
            format!("[{},\"b\"]", chunk(id, "a")),
            "{id}"
        );
    }
}

#[test]
fn a_long_chunk_is_not_compared() {
    for (length, repeats) in [(2048, true), (2049, false)] {
        let chunk = |content: &str| {
            let rest = format!(r#"{{"choices":[{{"delta":{{"content":"{content}"}}}}],"x":""}}"#);
            let filling = "x".repeat(length - rest.len());
            rest.replace(r#""x":"""#, &format!(r#""x":"{filling}""#))
        };
        let mut decoder = Decoder::new(Reasoning::Raw);
        decoder.set_mode(Mode::Compact);
        let progress = decoder.push(events(&[&chunk("a")]).as_bytes());
        assert_eq!(progress.repeatable, repeats, "{length}");
    }
}

#[test]
fn what_is_long_is_delivered_as_what_is_short() {
    let long = |unit: &str| unit.repeat((260 << 10) / unit.len());
    let plain = long("0123456789abcdef");
    let contents = [
        plain.clone(),
        long(r#"a line\n\"of it\" \ud83d\ude00"#),
        long("é – 漢"),
        format!(r"{plain}\ud83d"),
        format!("<reasoning>{plain}</reasoning>Yes"),
        format!("<reas{plain}"),
        format!(" {plain}"),
    ];
    let delta = |delta: &str| format!(r#"{{"choices":[{{"index":0,"delta":{{{delta}}}}}],"x":1}}"#);
    let mut longs = vec![
        delta(&format!(
            r#""tool_calls":[{{"index":0,"function":{{"name":"f","arguments":"{plain}"}}}}]"#
        )),
        delta(&format!(r#""reasoning":"{plain}""#)),
        delta(&format!(r#""reasoning_content":"{plain}","content":"a""#)),
        delta(&format!(r#""content":"a","content":"{plain}""#)),
        delta(&format!(r#""content":"{plain}","content":"a""#)),
        delta(&format!(
            r#""content":[{{"type":"text","text":"{plain}"}}]"#
        )),
        format!(r#"{{"choices":[{{"index":1,"delta":{{"content":"{plain}"}}}}]}}"#),
        format!(
            r#"{{"choices":[{{"delta":{{"content":"{plain}"}}}},{{"delta":{{"content":"b"}}}}]}}"#
        ),
        format!(r#"{{"choices":[{{"message":{{"content":"Hello, {plain}"}}}}]}}"#),
        format!(r#"{{"choices":[{{"delta":{{"content":"{plain}"}},"finish_reason":"error"}}]}}"#),
        format!(r#"{{"error":"{plain}"}}"#),
        format!(r#"{{"choices":[],"new":"{plain}"}}"#),
        format!("{plain}"),
    ];
    longs.extend(
        contents
            .iter()
            .map(|content| delta(&format!(r#""content":"{content}""#))),
    );
    let hello = delta(r#""content":"Hello, ""#);
    let (half, other) = (
        delta(r#""content":"\ud83d""#),
        delta(r#""content":"\ude00.""#),
    );
    let end = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
    let again = format!(r#"{{"choices":[{{"index":0,"message":{{"content":"{plain}"}}}}]}}"#);
    let mut streams: Vec<Vec<u8>> = Vec::new();
    for long in &longs {
        streams.push(events(&[&half, long, &other, end, "[DONE]"]).into());
    }
    for long in longs.iter().skip(longs.len() - contents.len()).take(2) {
        let parts = events(&[long]).replace(r#""x":"#, "\ndata:  \"x\":");
        streams.push(parts.replace("data: {", "event: a\r\ndata:   {").into());
        streams.push(events(&[&hello, long, &hello, long, &again]).into());
        let mut invalid: Vec<u8> = events(&[long, &hello, &again, end]).into();
        invalid[200_000] = 0xff;
        streams.push(invalid);
        streams.push(format!("\u{feff}data:{long}").into());
    }
    for bytes in streams {
        for (mode, reasoning) in [
            (Mode::Chunks, Reasoning::Parsed),
            (Mode::Compact, Reasoning::Parsed),
            (Mode::Compact, Reasoning::Raw),
            (Mode::Text, Reasoning::Parsed),
            (Mode::Silent, Reasoning::Raw),
        ] {
            let whole = decode_whole(&bytes, reasoning, mode);
            let pieces = decode(Decoder::new(reasoning), mode, bytes.chunks(4096));
            let start = String::from_utf8_lossy(&bytes[..200]);
            assert!(whole == pieces, "{mode:?} {reasoning:?} {start}");
        }
    }
}

#[test]
fn content_that_is_long_stands_apart() {
    let content = "0123456789abcdef".repeat(20_000);
    let long = format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{content}"}}}}]}}"#);
    let rest = r#"{"choices":[{"index":0,"delta":{"content":"!"}}]}"#;
    let stream = events(&[&long, rest]);
    for (mode, batch) in [
        (
            Mode::Compact,
            format!("[{},0,{rest}]", long.replace(&content, "")),
        ),
        (Mode::Text, String::from("!")),
    ] {
        let mut decoder = Decoder::new(Reasoning::Parsed);
        decoder.set_mode(mode);
        let (start, last) = stream.as_bytes().split_at(stream.len() - 200);
        for piece in start.chunks(4096) {
            assert_eq!(decoder.push(piece).length, 0);
        }
        let progress = decoder.push(last);
        assert!(progress.apart && !progress.plain);
        assert_eq!(decoder.batch(), batch);
        assert_eq!(decoder.apart(), content);
        let completion = decoder.completion_around();
        assert!(completion.len() < 500 && completion.contains("\"\0!\""));
        assert!(!decoder.push(b"data: {}\n\n").apart);
    }
    // Where nobody is told of it, the completion has it.
    let mut decoder = Decoder::new(Reasoning::Parsed);
    decoder.set_mode(Mode::Silent);
    for piece in stream.as_bytes().chunks(4096) {
        assert!(!decoder.push(piece).apart);
    }
    assert_eq!(decoder.completion_around(), decoder.completion());
}

#[test]
fn each_choice_has_its_reasoning_up_to_a_bound() {
    let chunk = |index: usize, content: &str| {
        format!(r#"{{"choices":[{{"index":{index},"delta":{{"content":"{content}"}}}}]}}"#)
    };
    // Many chunks of one choice do not take the place of others.
    let mut decoder = Decoder::new(Reasoning::Parsed);
    for _ in 0..2 * MAX_ITEMS {
        decoder.push(events(&[&chunk(0, "a")]).as_bytes());
    }
    for index in 1..=MAX_ITEMS {
        let tagged = chunk(index, "<reasoning>b</reasoning>");
        decoder.push(events(&[&tagged]).as_bytes());
        let is_split = !decoder.batch().contains("<reasoning>");
        assert_eq!(is_split, index < MAX_ITEMS, "{index}");
    }
}

#[test]
fn lone_surrogates_of_a_text_are_told_as_json() {
    let chunk = |content: &str| {
        events(&[&format!(
            r#"{{"choices":[{{"delta":{{"content":"{content}"}}}}]}}"#
        )])
    };
    // Pushes, and their batches: as JSON where they begin with a quote.
    let table: [&[(&str, &str)]; 8] = [
        &[(r"a\ud83d", "a"), (r"\ude00b", "😀b"), ("", "")],
        &[(r"a\ud83d", "a"), ("b", r#""\ud83db""#), ("", "")],
        &[(r"a\ud83d", "a"), ("", r#""\ud83d""#)],
        &[(r"a\n\uDE00b\t", r#""a\n\uDE00b\t""#), ("c", "c"), ("", "")],
        &[
            (r"a\\\ude00\ud83d", r#""a\\\ude00\ud83d""#),
            (r"\ude00", r#""\ude00""#),
        ],
        &[
            (r"\ud83d", ""),
            (r"\ud83d\ude00", r#""\ud83d\ud83d\ude00""#),
        ],
        &[
            ("é\u{7f}", "é\u{7f}"),
            (r"\udfff", r#""\udfff""#),
            (r"\u00e9", "é"),
        ],
        &[("\u{fffd}", "\u{fffd}"), (r"\ufffd", "\u{fffd}")],
    ];
    for pushes in table {
        let mut decoder = Decoder::new(Reasoning::Parsed);
        decoder.set_mode(Mode::Text);
        for (content, batch) in pushes {
            let progress = if content.is_empty() {
                decoder.push(b"data: [DONE]\n\n")
            } else {
                decoder.push(chunk(content).as_bytes())
            };
            assert_eq!(decoder.batch(), *batch, "{content}");
            assert_eq!(progress.escaped, batch.starts_with('"'), "{content}");
        }
    }
    // In one batch, with plain texts on both sides.
    let mut decoder = Decoder::new(Reasoning::Parsed);
    decoder.set_mode(Mode::Text);
    let all = [r"\u0001'", r"x\ud83d", "y", r"\ud83d", r"\ude00"].map(chunk);
    decoder.push(all.concat().as_bytes());
    assert_eq!(decoder.batch(), r#""\u0001'x\ud83dy\ud83d\ude00""#);
}

#[test]
fn nothing_is_read_after_an_end() {
    for (input, state) in [("[DONE]", StreamState::Done), ("{", StreamState::Failed)] {
        let mut decoder = Decoder::new(Reasoning::Parsed);
        decoder.push(events(&[r#"{"choices":[]}"#]).as_bytes());
        assert_eq!(decoder.push(events(&[input]).as_bytes()).state, state);
        let failure = decoder.failure().cloned();
        for _ in 0..2 {
            let progress = decoder.push(events(&[r#"{"choices":[]}"#]).as_bytes());
            assert_eq!(
                progress,
                Progress {
                    state,
                    ..Progress::default()
                }
            );
            assert_eq!(
                decoder.finish(),
                Progress {
                    state,
                    ..Progress::default()
                }
            );
        }
        assert_eq!(decoder.failure(), failure.as_ref());
        assert_eq!(decoder.batch(), "");
    }
}

#[test]
fn keep_alives_are_not_meaningful() {
    let mut decoder = Decoder::new(Reasoning::Parsed);
    for nothing in [
        ": ping\n\n",
        "data:\n\n",
        "event: ping\n\n",
        "\n",
        "id: 1\n\n",
        "data: {",
    ] {
        assert!(!decoder.push(nothing.as_bytes()).meaningful, "{nothing}");
    }
    let progress = decoder.push(b"}\n\n");
    assert!(progress.meaningful && !progress.content && progress.events == 1);
    let role = decoder
        .push(b"data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
    assert!(role.meaningful && !role.content);
    for delta in [
        r#""content":"""#,
        r#""content":null"#,
        r#""tool_calls":[]"#,
        r#""tool_calls":[ ]"#,
        r#""tool_calls":null"#,
        r#""refusal":"""#,
        r#""reasoning":{"text":""}"#,
    ] {
        let chunk =
            format!("{{\"choices\":[{{\"delta\":{{{delta}}},\"finish_reason\":\"stop\"}}]}}");
        let progress = Decoder::new(Reasoning::Parsed).push(events(&[&chunk]).as_bytes());
        assert!(progress.meaningful && !progress.content, "{delta}");
    }
    for delta in [
        r#""content":"a""#,
        r#""reasoning_content":"a""#,
        r#""refusal":"a""#,
        r#""tool_calls":[{}]"#,
        r#""function_call":{}"#,
    ] {
        let chunk = format!("{{\"choices\":[{{\"delta\":{{{delta}}}}}]}}");
        let progress = Decoder::new(Reasoning::Parsed).push(events(&[&chunk]).as_bytes());
        assert!(progress.content, "{delta}");
    }
}

#[test]
fn progress_in_one_number() {
    let progress = Progress {
        events: 5,
        content: true,
        meaningful: true,
        state: StreamState::Failed,
        repeatable: true,
        withheld: true,
        escaped: true,
        plain: true,
        apart: true,
        length: 7,
    };
    assert_eq!(progress.bits(), 7 << 8 | 0b1111_1110);
    let many = Progress {
        length: usize::MAX,
        state: StreamState::Done,
        ..Progress::default()
    };
    assert_eq!(many.bits(), 0xffff_ff01);
}

#[test]
fn a_malformed_event_is_named_by_its_place() {
    let decoded = decode_whole(
        events(&[r#"{"choices":[]}"#, "", r#"{"choices":[secret]}"#]).as_bytes(),
        Reasoning::Parsed,
        Mode::Chunks,
    );
    assert_eq!(
        decoded.failure,
        Some(StreamError::Malformed { event: 2, at: 12 })
    );
    assert_eq!(decoded.delivered, 1);
}

#[test]
fn the_name_of_an_error_is_kept() {
    let input = "event: throttlingException\ndata: {\"message\":\"slow\"}\n\n";
    let decoded = decode_whole(input.as_bytes(), Reasoning::Parsed, Mode::Chunks);
    assert_eq!(
        decoded.failure,
        Some(StreamError::ErrorEvent {
            name: "throttlingException".into(),
            body: "{\"message\":\"slow\"}".into()
        })
    );
}

#[test]
fn a_line_in_a_million_pieces() {
    let text = "x".repeat(1 << 20);
    let input = events(&[
        &format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#),
        "[DONE]",
    ]);
    let decoded = decode(
        Decoder::new(Reasoning::Parsed),
        Mode::Text,
        input.as_bytes().chunks(1),
    );
    assert_eq!(decoded.text, text);
    assert_eq!(decoded.state, StreamState::Done);
}

#[test]
fn choices_and_calls_beyond_the_bound_are_told() {
    let choice =
        |index: usize| format!(r#"{{"choices":[{{"index":{index},"delta":{{"content":"a"}}}}]}}"#);
    let call = |index: usize| {
        let name = format!(r#"{{"index":{index},"id":"{index}","function":{{"name":"f"}}}}"#);
        format!(r#"{{"choices":[{{"index":0,"delta":{{"tool_calls":[{name}]}}}}]}}"#)
    };
    let api = Most::default();
    let few = Most {
        choices: 3,
        calls: 5,
    };
    for most in [api, few] {
        for (chunk, most_of_it, lost) in [
            (
                &choice as &dyn Fn(usize) -> String,
                most.choices,
                Size::Choices,
            ),
            (&call, most.calls, Size::ToolCalls),
        ] {
            let mut decoder = Decoder::with_limits(Reasoning::Parsed, MAX_EVENT, most);
            for index in 0..most_of_it {
                let state = decoder.push(events(&[&chunk(index)]).as_bytes()).state;
                assert_eq!(state, StreamState::Open, "{index}");
            }
            decoder.push(events(&[&chunk(most_of_it)]).as_bytes());
            assert_eq!(decoder.failure(), Some(&StreamError::TooLarge(Some(lost))));
        }
    }
    // In a whole message too.
    let calls: Vec<String> = (0..200)
        .map(|index| format!(r#"{{"id":"{index}","function":{{"name":"f"}}}}"#))
        .collect();
    let whole = format!(
        r#"{{"choices":[{{"index":0,"message":{{"tool_calls":[{}]}}}}]}}"#,
        calls.join(",")
    );
    let mut decoder = Decoder::new(Reasoning::Parsed);
    decoder.push(events(&[&choice(0), &whole]).as_bytes());
    let failure = StreamError::TooLarge(Some(Size::ToolCalls));
    assert_eq!(decoder.failure(), Some(&failure));
}

#[test]
fn an_answer_has_as_many_choices_as_were_asked_for() {
    let choice = |index: usize| {
        format!(
            r#"{{"choices":[{{"index":{index},"delta":{{"content":"a"}},"finish_reason":"stop"}}]}}"#
        )
    };
    for (asked, came, state) in [
        (0, 0, StreamState::Failed),
        (1, 0, StreamState::Failed),
        (1, 1, StreamState::Done),
        (2, 1, StreamState::Failed),
        (2, 2, StreamState::Done),
        (2, 3, StreamState::Done),
    ] {
        for end in ["data: [DONE]\n\n", ""] {
            let mut decoder = Decoder::new(Reasoning::Parsed);
            decoder.expect_choices(asked);
            let chunks: Vec<String> = (0..came).map(choice).collect();
            let chunks: Vec<&str> = chunks.iter().map(String::as_str).collect();
            decoder.push(events(&chunks).as_bytes());
            decoder.push(end.as_bytes());
            assert_eq!(decoder.finish().state, state, "{asked} {came} {end}");
        }
    }
}
