//! `sse.rs`: bytes to events, apart from what is in them.

use bedrock_chat_core::sse::{Sse, TooLarge};

use super::cut;

type Events = Vec<(String, String)>;

fn read(sse: &mut Sse, pieces: &[&[u8]]) -> Result<Events, TooLarge> {
    let mut events = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        while let Some(event) = sse.next(&mut rest)? {
            let name = String::from_utf8_lossy(event.name).into_owned();
            events.push((name, event.text().into_owned()));
        }
        assert!(rest.is_empty());
    }
    Ok(events)
}

fn check(input: &str, expected: &[(&str, &str)], pending: Option<&str>) {
    let bytes = input.as_bytes();
    for at in 0..=bytes.len() {
        for pieces in [cut(bytes, &[at]), bytes.chunks(at.max(1)).collect()] {
            let mut sse = Sse::new();
            let events = read(&mut sse, &pieces).unwrap();
            let events: Vec<(&str, &str)> = events
                .iter()
                .map(|(name, data)| (name.as_str(), data.as_str()))
                .collect();
            assert_eq!(events, expected, "{input:?} at {at}");
            let last = sse.finish().unwrap().map(|event| event.text().into_owned());
            assert_eq!(last.as_deref(), pending, "{input:?} at {at}");
        }
    }
}

/// The examples of HTML §9.2.6, and what the rules say of the corners.
#[test]
fn events_by_the_rules() {
    check(
        "data: YHOO\ndata: +2\ndata: 10\n\n",
        &[("", "YHOO\n+2\n10")],
        None,
    );
    check(
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
        &[("", "first event"), ("", "second event")],
        Some(" third event"),
    );
    check(
        "data\n\ndata\ndata\n\ndata:",
        &[("", ""), ("", "\n")],
        Some(""),
    );
    check(
        "data:test\n\ndata: test\n\n",
        &[("", "test"), ("", "test")],
        None,
    );
    check(
        "event: add\ndata: 1\n\nevent: remove\ndata: 2\n\ndata: 3\n\n",
        &[("add", "1"), ("remove", "2"), ("", "3")],
        None,
    );
    check("event: a\n\ndata: 1\n\n", &[("", "1")], None);
    check(
        "event:a\nevent: b\nevent:  c\ndata: 1\n\n",
        &[(" c", "1")],
        None,
    );
    check("data: a:b: c\n\n", &[("", "a:b: c")], None);
    check(
        "data : a\ndat: a\ndataa: a\n data: a\n:data: a\nDATA: a\n\n",
        &[],
        None,
    );
    check(
        "data: 1\r\n\r\ndata: 2\r\rdata: 3\n\ndata: 4\n\r",
        &[("", "1"), ("", "2"), ("", "3"), ("", "4")],
        None,
    );
    check(
        "data: 1\rdata: 2\r\ndata: 3\n\r\n",
        &[("", "1\n2\n3")],
        None,
    );
    check(
        "\u{feff}data: 1\n\n\u{feff}data: 2\n\ndata: 3",
        &[("", "1")],
        Some("3"),
    );
    check("\n\u{feff}data: 1\n\n", &[], None);
    check("\u{feff}\ndata: 1\n\n", &[("", "1")], None);
    check("data: \u{feff}1\n\n", &[("", "\u{feff}1")], None);
    check("data: é日😀\n\n", &[("", "é日😀")], None);
    check(
        "data: 12345678\n\ndata: 1234567\n\ndata: 123456789012345\n\n",
        &[("", "12345678"), ("", "1234567"), ("", "123456789012345")],
        None,
    );
}

#[test]
fn bytes_that_are_not_utf8() {
    let mut sse = Sse::new();
    let events = read(&mut sse, &[b"data: a\xff\ndata: \xe2\x82\n\n"]).unwrap();
    assert_eq!(events, [(String::new(), "a\u{fffd}\n\u{fffd}".to_owned())]);
}

#[test]
fn what_is_too_large_is_so_however_it_is_cut() {
    let long = format!("data: 1\n\ndata: {}\n\n", "y".repeat(95));
    let many = format!("data: 1\n\n{}\n", "data: 1234567890\n".repeat(10));
    let endless = format!("data: 1\n\nevent: {}", "y".repeat(200));
    for (input, allowed) in [(&long, 101), (&many, 109), (&endless, 207)] {
        for max in [allowed - 1, allowed] {
            for size in [1, 2, 7, 30, 100, 1000] {
                let pieces: Vec<&[u8]> = input.as_bytes().chunks(size).collect();
                let outcome = read(&mut Sse::with_max(max), &pieces);
                assert_eq!(outcome.is_ok(), max == allowed, "{size} {max} {input:?}");
            }
        }
    }
    let comment = format!(":{}\nfoo: {0}\ndata: 1\n\n", "y".repeat(300));
    for size in [1, 100, 1000] {
        let pieces: Vec<&[u8]> = comment.as_bytes().chunks(size).collect();
        assert_eq!(read(&mut Sse::with_max(100), &pieces).unwrap().len(), 1);
    }
}

#[test]
fn what_is_kept_of_an_event_that_has_not_ended_is_known() {
    let long = format!("event: e\ndata: {}", "y".repeat(300_000));
    let comment = format!(":{}", "y".repeat(300_000));
    for size in [1, 1000, 70_000, 1_000_000] {
        let mut sse = Sse::new();
        let mut came = 0;
        for piece in long.as_bytes().chunks(size) {
            assert!(read(&mut sse, &[piece]).unwrap().is_empty());
            came += piece.len();
            // All but the name, and what stands before the data.
            let range = came.saturating_sub("event: e\ndata: ".len())..=came;
            assert!(range.contains(&sse.pending()), "{came} {}", sse.pending());
        }
        // Of data in several lines all is kept, and nothing twice.
        assert!(read(&mut sse, &[b"\ndata: z\n"]).unwrap().is_empty());
        let range = 300_002..=long.len() + 10;
        assert!(range.contains(&sse.pending()), "{}", sse.pending());
        assert_eq!(read(&mut sse, &[b"\n"]).unwrap().len(), 1);
        assert_eq!(sse.pending(), 0);
        let pieces: Vec<&[u8]> = comment.as_bytes().chunks(size).collect();
        assert!(read(&mut sse, &pieces).unwrap().is_empty());
        assert_eq!(sse.pending(), 0);
    }
}
