//! One call under any events, bytes and times: it settles once, and nothing happens after its end.
#![no_main]

use std::cell::Cell;
use std::rc::Rc;

use bedrock_chat_core::call::{Action, Call, Event, Now, StreamProgress};
use bedrock_chat_core::client::{Client, Surroundings};
use bedrock_chat_core::endpoint::UrlParts;
use bedrock_chat_core::error::Report;
use bedrock_chat_core::json::Value;
use bedrock_chat_core::operation::CHAT_COMPLETIONS;
use bedrock_chat_core::options::{Name, Values};
use libfuzzer_sys::fuzz_target;

fn option(name: Name, value: &str) -> String {
    format!("{}{value}\0", char::from(b'!' + name as u8))
}

fn client(kind: u8) -> Option<Rc<Client>> {
    let secret = match kind % 4 {
        0 => option(Name::ApiKey, "skey"),
        1 => option(Name::ApiKey, "F"),
        2 => option(Name::Credentials, "F"),
        _ => [
            option(Name::Credentials, "O"),
            option(Name::AccessKeyId, "sid"),
            option(Name::SecretAccessKey, "ssecret"),
        ]
        .concat(),
    };
    let text = [
        secret,
        option(Name::Region, "sus-west-2"),
        option(Name::BaseUrl, "shttps://x.test/v1"),
    ]
    .concat();
    let mut report = Report::default();
    let base_url = Some(UrlParts {
        protocol: "https:",
        hostname: "x.test",
        pathname: "/v1",
        ..UrlParts::default()
    });
    let surroundings = Surroundings {
        base_url,
        runtime_url: None,
        in_page: false,
    };
    let options = Values::read(text, &mut report).ok()?;
    Client::new(options, &surroundings, None, &mut report)
        .ok()
        .map(Rc::new)
}

/// Up to the next 0xFF.
fn part<'a>(input: &mut &'a [u8]) -> &'a [u8] {
    let end = input.iter().position(|byte| *byte == 0xFF);
    let (part, rest) = input.split_at(end.unwrap_or(input.len()));
    *input = rest.get(1..).unwrap_or_default();
    part
}

fn text(input: &mut &[u8]) -> String {
    String::from_utf8_lossy(part(input)).into_owned()
}

fuzz_target!(|input: &[u8]| {
    let [kind, rest @ ..] = input else { return };
    let mut input = rest;
    let Some(client) = client(*kind) else { return };
    let body = if kind & 4 == 0 {
        r#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#
    } else {
        r#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true}"#
    };
    let mut report = Report::default();
    // Options of any kind; what they are refused for is JSON.
    let Ok(options) = Values::read(text(&mut input), &mut report) else {
        Value::parse(report.json().as_bytes()).expect("an error is JSON");
        return;
    };
    let call = Call::new(
        &CHAT_COMPLETIONS,
        &client,
        &options,
        body.to_owned(),
        false,
        &mut report,
    );
    let Ok(mut call) = call else {
        Value::parse(report.json().as_bytes()).expect("an error is JSON");
        return;
    };
    let time = Cell::new(0.0);
    let now = || Now {
        ms: time.get(),
        unix_ms: 1.7e12 + time.get(),
        random: 0.5,
    };
    let mut settled = 0;
    let mut delivered = false;
    call.step(Event::Start, &now);
    while let [what, rest @ ..] = input {
        input = rest;
        time.set(time.get() + f64::from(what >> 4) * 1_000.0);
        let was_over = call.is_over();
        let event = match what & 15 {
            0 => Event::Secret(text(&mut input)),
            1 => Event::Thrown,
            2 => Event::NoFetch,
            3 => Event::Hash(text(&mut input)),
            4 | 5 => Event::Head {
                status: [200, 200, 429, 403, 500, 0, 404, 302][usize::from(what >> 4 & 7)],
                headers: text(&mut input),
            },
            6 => Event::Wanted,
            7 => Event::Body(part(&mut input).to_vec()),
            8 => Event::Broken,
            9 => Event::TimeUp,
            10 => Event::Aborted,
            11 => Event::Resumed,
            12 => {
                call.tick(now(), what & 16 == 0);
                continue;
            }
            what => {
                let bytes = part(&mut input);
                let progress = match what {
                    13 => call.finish(&now),
                    14 => call.stream_broken(&now),
                    _ => call.push(bytes, &now),
                };
                let has_batch = !call.batch().is_empty();
                match progress {
                    StreamProgress::Again(_) => {
                        assert!(!delivered, "again after something was delivered");
                    }
                    StreamProgress::Going(_) => delivered |= has_batch,
                    StreamProgress::Failed(_) => {}
                }
                Value::parse(call.completion().as_bytes()).expect("a completion is JSON");
                continue;
            }
        };
        let action = call.step(event, &now);
        assert!(
            !was_over || action == Action::None,
            "{action:?} after the end"
        );
        match action {
            Action::Done => settled += 1,
            Action::Fail => {
                settled += 1;
                Value::parse(call.report().as_bytes()).expect("an error is JSON");
            }
            Action::Rethrow => settled += 1,
            Action::Send => assert!(!delivered, "sent again after something was delivered"),
            _ => {}
        }
        assert!(settled <= 1, "settled twice");
        assert!(settled == 0 || call.deadline() == f64::INFINITY);
    }
});
