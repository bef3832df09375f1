//! The machine of a call under a simulated network, clock, provider and caller: thousands of random
//! schedules, and what must hold in each of them. `SIMULATION_SEED=n` runs one again.

#![allow(
    clippy::indexing_slicing,
    clippy::unreachable,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests"
)]

mod given;

use std::cell::Cell;
use std::rc::Rc;

use bedrock_chat_core::call::{Action, Call, Event, Now, StreamProgress};
use bedrock_chat_core::client::Client;
use bedrock_chat_core::decoder::StreamState;
use bedrock_chat_core::error::Report;
use bedrock_chat_core::operation::CHAT_COMPLETIONS;

use given::values;

const SCHEDULES: u64 = 3_000;

const BODY: &str = r#"{"model":"m","messages":[{"role":"user","content":"Hi"}]"#;
const ANSWER: &str =
    r#"{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}]}"#;
const EVENTS: [&str; 3] = [
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"},\"finish_reason\":\"stop\"}]}\n\n",
    "data: [DONE]\n\n",
];

/// SplitMix64: enough for schedules, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn fraction(&mut self) -> f64 {
        self.below(1_000) as f64 / 1_000.0
    }
}

/// How the secret is given.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Secret {
    Key,
    KeyProvider,
    CredentialsProvider,
}

fn client(secret: Secret) -> Rc<Client> {
    let secret = match secret {
        Secret::Key => given::KEY,
        Secret::KeyProvider => ("apiKey", "F"),
        Secret::CredentialsProvider => ("credentials", "F"),
    };
    given::client(&[secret, given::REGION, given::URL], false).unwrap()
}

/// What a call did, for the invariants.
#[derive(Debug, Default, PartialEq)]
struct Trace {
    actions: Vec<(Action, u64)>,
    sent: u32,
    delivered: bool,
    settled: u32,
    /// Requests that are neither read to their end nor cancelled.
    open: i32,
}

struct World {
    random: Random,
    now: Cell<f64>,
    chance: Cell<f64>,
    trace: Trace,
    secret: Secret,
    authorised: bool,
    total: f64,
    retries: u32,
}

impl World {
    fn now(&mut self) -> Now {
        self.chance.set(self.random.fraction());
        Now {
            ms: self.now.get(),
            unix_ms: 1.7e12 + self.now.get(),
            random: self.chance.get(),
        }
    }

    /// Time goes by; whether the deadline came first.
    fn wait(&mut self, deadline: f64, longest: u64) -> bool {
        let until = self.now.get() + self.random.below(longest) as f64;
        let up = until >= deadline;
        self.now.set(if up {
            deadline.max(self.now.get())
        } else {
            until
        });
        up
    }

    /// What comes of an action; `None` at the end.
    fn answer(&mut self, call: &mut Call, action: Action) -> Option<Event> {
        self.trace.actions.push((action, self.now.get() as u64));
        let deadline = call.deadline();
        match action {
            Action::Done | Action::Fail | Action::Rethrow => {
                self.trace.settled += 1;
                return None;
            }
            Action::Send => {
                assert!(
                    !self.trace.delivered,
                    "sent again after something was delivered"
                );
                assert!(self.now.get() <= self.total, "sent past the deadline");
                assert!(
                    call.output().contains("\nauthorization\n"),
                    "sent without authorization"
                );
                assert_eq!(self.trace.open, 0, "the request before is still open");
                if self.secret != Secret::Key {
                    let fresh = std::mem::take(&mut self.authorised);
                    assert!(
                        fresh || self.secret == Secret::CredentialsProvider,
                        "an old key"
                    );
                }
                self.trace.sent += 1;
                self.trace.open += 1;
            }
            Action::Respond => return Some(Event::Wanted),
            Action::Sleep => {
                self.now.set(deadline);
                return Some(if self.random.one_in(12) {
                    Event::Aborted
                } else {
                    Event::TimeUp
                });
            }
            _ => {}
        }
        if self.random.one_in(25) {
            self.close();
            return Some(Event::Aborted);
        }
        if self.wait(deadline, 200) {
            self.close();
            return Some(Event::TimeUp);
        }
        Some(match action {
            Action::Ask | Action::Join => {
                self.authorised = true;
                match self.random.below(6) {
                    0 => Event::Thrown,
                    _ => Event::Secret(self.provide()),
                }
            }
            Action::Hash => Event::Hash(String::new()),
            Action::Send => match self.random.below(8) {
                0 => {
                    self.close();
                    Event::Broken
                }
                1 => self.head(429),
                2 => self.head(503),
                3 => self.head(400),
                4 => self.head(403),
                _ => self.head(200),
            },
            Action::ReadStart | Action::ReadWhole => {
                self.close();
                match self.random.below(5) {
                    0 => Event::Broken,
                    1 => Event::Body(b"{\"message\":\"The security token has expired\"}".to_vec()),
                    _ => Event::Body(ANSWER.as_bytes().to_vec()),
                }
            }
            Action::Stream => return self.stream(call),
            _ => unreachable!("{action:?}"),
        })
    }

    fn provide(&mut self) -> String {
        match self.secret {
            Secret::CredentialsProvider => given::text(&[
                ("credentials", "O"),
                ("accessKeyId", "sASIA"),
                ("secretAccessKey", "ssecret"),
                ("sessionToken", "stoken"),
            ]),
            _ => given::text(&[("apiKey", "sbedrock-api-key-y")]),
        }
    }

    fn head(&mut self, status: u16) -> Event {
        let kind = if self.random.one_in(10) {
            "text/html"
        } else {
            "text/event-stream"
        };
        Event::Head {
            status,
            headers: format!("{kind}\n\n\n\n\n"),
        }
    }

    fn close(&mut self) {
        self.trace.open = 0;
    }

    /// Reads a stream, well or not; `None` at its end.
    fn stream(&mut self, call: &mut Call) -> Option<Event> {
        for event in EVENTS {
            if self.random.one_in(10) {
                let at = self.now();
                assert_eq!(call.step(Event::Aborted, &|| at), Action::Fail);
                break;
            }
            let at = self.now();
            let progress = match self.random.below(8) {
                0 => call.stream_broken(&|| at),
                1 => call.finish(&|| at),
                2 => call.push(
                    b"data: {\"error\":{\"message\":\"no\",\"code\":\"server_error\"}}\n\n",
                    &|| at,
                ),
                _ => call.push(event.as_bytes(), &|| at),
            };
            match progress {
                StreamProgress::Again(_) => {
                    assert!(!self.trace.delivered, "again after something was delivered");
                    self.close();
                    return Some(Event::Resumed);
                }
                StreamProgress::Failed(_) => break,
                StreamProgress::Going(progress) => {
                    self.trace.delivered |= progress.events > 0;
                    if progress.state == StreamState::Done {
                        break;
                    }
                }
            }
        }
        if !call.is_over() {
            // A consumer who leaves.
            let at = self.now();
            assert_eq!(call.step(Event::Aborted, &|| at), Action::Fail);
        }
        self.close();
        self.trace.settled += 1;
        None
    }
}

fn run(seed: u64) -> Trace {
    let mut random = Random(seed);
    let secret = [
        Secret::Key,
        Secret::KeyProvider,
        Secret::CredentialsProvider,
    ][random.below(3) as usize];
    let stream = random.one_in(2);
    let retries = random.below(4) as u32;
    let total = random.one_in(3).then(|| 50 + random.below(2_000));
    let digits = [retries.to_string(), total.unwrap_or(0).to_string()].map(|it| format!("n{it}"));
    let mut given = vec![
        ("maxRetries", digits[0].as_str()),
        ("timeout.connect", "n150"),
    ];
    if total.is_some() {
        given.push(("timeout.total", &digits[1]));
    }
    let body = format!("{BODY}{}}}", if stream { ",\"stream\":true" } else { "" });
    let mut call = Call::new(
        &CHAT_COMPLETIONS,
        &client(secret),
        &values(&given),
        body,
        false,
        &mut Report::default(),
    )
    .unwrap();
    let mut world = World {
        random,
        now: Cell::new(0.0),
        chance: Cell::new(0.0),
        trace: Trace::default(),
        secret,
        authorised: false,
        total: total.map_or(f64::INFINITY, |ms| ms as f64),
        retries,
    };
    let mut event = Some(Event::Start);
    let mut steps = 0;
    while let Some(next) = event {
        steps += 1;
        assert!(steps < 200, "it does not end");
        let at = world.now();
        let action = call.step(next, &|| at);
        event = world.answer(&mut call, action);
    }
    assert_eq!(world.trace.settled, 1, "it settles once");
    assert!(call.is_over());
    assert_eq!(world.trace.open, 0, "a request is left open");
    // One renewal beyond the retries.
    assert!(
        world.trace.sent <= world.retries + 2,
        "{} sent",
        world.trace.sent
    );
    // After the end nothing happens.
    for event in [
        Event::Start,
        Event::TimeUp,
        Event::Aborted,
        Event::Broken,
        Event::Resumed,
    ] {
        let at = world.now();
        assert_eq!(call.step(event, &|| at), Action::None);
    }
    assert_eq!(call.deadline(), f64::INFINITY);
    world.trace
}

#[test]
fn thousands_of_schedules() {
    let one = std::env::var("SIMULATION_SEED").ok();
    let one = one.and_then(|seed| seed.parse::<u64>().ok());
    let seeds = one.map_or(0..SCHEDULES, |seed| seed..seed + 1);
    let mut kinds = [0_u32; 3];
    for seed in seeds {
        let ran = std::panic::catch_unwind(|| (run(seed), run(seed)));
        let (trace, again) = ran.unwrap_or_else(|_| panic!("SIMULATION_SEED={seed}"));
        assert_eq!(
            trace, again,
            "the same seed, another run: SIMULATION_SEED={seed}"
        );
        kinds[0] += u32::from(trace.sent > 1);
        kinds[1] += u32::from(trace.delivered);
        kinds[2] += u32::from(trace.actions.iter().any(|(it, _)| *it == Action::Done));
    }
    if one.is_none() {
        // The schedules reach what they are for.
        assert!(kinds.iter().all(|count| *count > 200), "{kinds:?}");
    }
}

#[test]
fn a_pause_ends_with_the_call() {
    let options = values(&[("maxRetries", "n2")]);
    let body = format!("{BODY}}}");
    let mut report = Report::default();
    let client = client(Secret::Key);
    let mut call = Call::new(
        &CHAT_COMPLETIONS,
        &client,
        &options,
        body,
        false,
        &mut report,
    )
    .unwrap();
    let now = Now::default();
    assert_eq!(call.step(Event::Start, &|| now), Action::Send);
    assert_eq!(call.step(Event::Broken, &|| now), Action::Sleep);
    assert_eq!(call.step(Event::Aborted, &|| now), Action::Fail);
    assert!(call.report().contains("Request was aborted."));
    assert_eq!(call.step(Event::TimeUp, &|| now), Action::None);
}
