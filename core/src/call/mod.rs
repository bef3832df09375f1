//! One call: its attempts, what each waits for, and everything that can end it.
//!
//! A [`Call`] decides and does nothing: it is told an [`Event`] and the time, and answers with an
//! [`Action`]. Whoever drives it does that and reports back; [`Call::deadline`] says when time is
//! up. It holds nothing of the outside: what a provider threw, why a signal was aborted, the
//! response itself stay with the driver, as the cause.
//!
//! The rules, each written once:
//! - after the end nothing happens;
//! - every attempt is authorised anew;
//! - an expired secret is renewed once in a call, and the clock set once;
//! - nothing is sent again once something of an answer was delivered;
//! - a stream's limits count the time in which somebody waited for the server.

mod deadlines;
mod watch;

use core::mem;
use std::rc::Rc;

use self::deadlines::{Deadlines, Limits};
use self::watch::{Tick, Watch};
use crate::body::CompletionBody;
use crate::client::{Client, check_words};
use crate::completion::Most;
use crate::decoder::{Decoder, Mode, Progress, Reasoning, StreamError, StreamState};
use crate::error::{
    self, Context, ErrorClass, ErrorResponse, Facts, Redactor, Report, Reported, text as words,
};
use crate::json::Value;
use crate::limits::{Sizes, spelling};
use crate::operation::Operation;
use crate::options::{Name, Values, leaf, refuse};
use crate::prepared::PreparedRequest;
use crate::response::{self, with_guardrail};
use crate::retry::{FailedAttempt, RetryClock, RetryPolicy};
use crate::secrets::Used;
use crate::sigv4::PayloadHash;
use crate::size::Size;
use crate::text;
use crate::time::Timestamp;

pub use self::deadlines::Limit;

/// A body from this size on is hashed by whoever drives the call, if he can, in bytes.
const LARGE_BODY: usize = 1024;

/// The time, and chance.
#[derive(Clone, Copy, Debug, Default)]
pub struct Now {
    /// Milliseconds by a clock that never goes back.
    pub ms: f64,
    /// Milliseconds since 1970.
    pub unix_ms: f64,
    /// 0 ≤ x < 1, a fresh one each time.
    pub random: f64,
}

/// What a call is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// To begin.
    Start,
    /// What the provider gave, as [`Values`].
    Secret(String),
    /// What was asked for threw; the driver has the exception.
    Thrown,
    /// There is nothing to send by.
    NoFetch,
    /// The SHA-256 of the body in hexadecimal digits; empty if the driver has no way to it.
    Hash(String),
    /// The status of the answer, and [`HEADERS`], each on a line, where they are needed.
    Head {
        /// The HTTP status; 0 for what is no response, 1 for one from another place than it was
        /// sent to.
        status: u16,
        /// Of an error, or of what should be a stream.
        headers: String,
    },
    /// What was read of the body begins a stream, by [`Call::sniff`].
    Streams,
    /// The result is wanted: the body may be read.
    Wanted,
    /// The body, or its start.
    Body(Vec<u8>),
    /// The network failed, or the body broke off.
    Broken,
    /// The body is too large: see [`Call::admits`].
    TooLarge,
    /// The stream that died is to be asked for again.
    Resumed,
    /// [`Call::deadline`] has passed.
    TimeUp,
    /// The caller ended it.
    Aborted,
}

/// What is to be done for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing: the event came too late.
    None,
    /// Ask the provider.
    Ask,
    /// Wait for the answer to a question that another call put.
    Join,
    /// Hash [`Call::body`].
    Hash,
    /// Send [`Call::output`]: the URL, and the names and values of the headers, each on a line.
    Send,
    /// The headers are there: wait until the result is wanted.
    Respond,
    /// Read the start of the body: [`error::LONGEST_BODY`] at most, or until [`Call::sniff`] finds
    /// a stream.
    ReadStart,
    /// Read the whole body.
    ReadWhole,
    /// The answer is a stream: [`Call::push`] takes its bytes.
    Stream,
    /// Wait for the next attempt, until the deadline.
    Sleep,
    /// [`Call::output`] is the completion.
    Done,
    /// [`Call::report`] has the error.
    Fail,
    /// The error is what was thrown.
    Rethrow,
}

/// The headers of an answer that a call goes by, each on a line, as their values come.
pub const HEADERS: &str = "content-type
x-amzn-errortype
retry-after-ms
retry-after
x-should-retry
date";
const CONTENT_TYPE: usize = 0;
const ERROR_TYPE: usize = 1;
const RETRY_AFTER_MS: usize = 2;
const RETRY_AFTER: usize = 3;
const SHOULD_RETRY: usize = 4;
const DATE: usize = 5;

/// The status of what a redirect led to.
const REDIRECTED: u16 = 1;

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Asking,
    Hashing,
    Sending,
    /// The headers are there, and nobody has asked for the result yet.
    Answered,
    Reading,
    Streaming,
    /// The stream failed before its first event.
    Died,
    /// The same, for a secret that is renewed, or a clock that is set.
    Renewed,
    Sleeping,
    Over,
}

/// How a stream goes on after some of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamProgress {
    /// What the decoder found; more may come, or it is whole.
    Going(Progress),
    /// It failed; [`Call::report`] says why.
    Failed(Progress),
    /// It failed before anything of it was delivered, and is to be resumed: [`Event::Resumed`].
    Again(Progress),
}

impl StreamProgress {
    const AGAIN: u32 = 3;

    /// As [`Progress::bits`]; the state is 3 where the stream is to be resumed.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::Going(progress) | Self::Failed(progress) => progress.bits(),
            Self::Again(progress) => progress.bits() | Self::AGAIN,
        }
    }
}

/// Whether a completion, as JSON, shows that a guardrail saw it.
fn shows_guardrail(completion: &str) -> bool {
    CompletionBody::parse(completion).is_ok_and(|body| body.signs(body.stop(), true).are_evidence())
}

fn choices_of(completion: &str) -> usize {
    let choices = Value::parse_str(completion)
        .ok()
        .and_then(|it| it.get("choices"));
    choices.map_or(0, |it| it.elements().count())
}

/// Nothing more comes of a stream.
const FAILED: Progress = Progress {
    state: StreamState::Failed,
    events: 0,
    content: false,
    meaningful: false,
    repeatable: false,
    withheld: false,
    escaped: false,
    plain: false,
    apart: false,
    length: 0,
};

/// The machine of one call.
#[derive(Debug)]
pub struct Call {
    client: Rc<Client>,
    request: PreparedRequest,
    reasoning: Reasoning,
    limits: Limits,
    sizes: Sizes,
    /// Bytes of the answer so far.
    received: usize,
    policy: RetryPolicy,
    state: State,
    deadlines: Deadlines,
    /// In milliseconds.
    attempt_started: f64,
    attempts: u32,
    /// Those of them that were no retries.
    renewals: u32,
    /// The question to the provider that the call waits for.
    flight: u32,
    used: Used,
    hash: Option<PayloadHash>,
    status: u16,
    headers: String,
    decoder: Option<Box<Decoder>>,
    /// Whether what streams is a stream of events, as far as its start has told.
    is_stream: Option<bool>,
    /// The body until that is known, and what came instead of a stream.
    start: Vec<u8>,
    mode: Mode,
    /// What there is of an answer that is no stream and an error.
    partial: String,
    /// Whether a guardrail was asked for, and no sign of it has come.
    lacks_evidence: bool,
    watch: Watch,
    delay_ms: u32,
    report: Report,
    output: String,
}

impl Call {
    /// Checks and writes a request: its JSON, and the call's options.
    ///
    /// # Errors
    /// `ConfigurationError`, `InvalidRequestError` or `GuardrailNotEnforcedError`: nothing is sent.
    pub fn new(
        operation: &'static Operation,
        client: &Rc<Client>,
        options: &Values,
        body: String,
        force_stream: bool,
        report: &mut Report,
    ) -> Result<Self, Reported> {
        check_words(options, report)?;
        let sizes = Sizes::of(options, &client.options);
        if body.len() > sizes.get(Size::Request) {
            let rule = "is larger than allowed by limits.request";
            return Err(report.at(ErrorClass::InvalidRequestError, "", rule));
        }
        let request = PreparedRequest::new(operation, client, options, body, force_stream, report)?;
        let format = options.text(Name::ReasoningFormat);
        let format = format.or_else(|| client.options.text(Name::ReasoningFormat));
        let retries = options.number_or(&client.options, Name::MaxRetries);
        let limits = Limits::of(options, &client.options);
        Ok(Self {
            client: client.clone(),
            request,
            reasoning: if format == Some("raw") {
                Reasoning::Raw
            } else {
                Reasoning::Parsed
            },
            limits,
            sizes,
            received: 0,
            policy: retries.map_or_else(RetryPolicy::default, |retries| RetryPolicy {
                max_retries: u32::try_from(retries).unwrap_or(u32::MAX),
            }),
            state: State::New,
            deadlines: Deadlines::NONE,
            attempt_started: 0.0,
            attempts: 0,
            renewals: 0,
            flight: 0,
            used: Used::default(),
            hash: None,
            status: 0,
            headers: String::new(),
            decoder: None,
            is_stream: None,
            start: Vec::new(),
            mode: Mode::Compact,
            partial: String::new(),
            lacks_evidence: false,
            watch: Watch::new(&limits),
            delay_ms: 0,
            report: Report::default(),
            output: String::new(),
        })
    }

    /// Whether the answer is a stream.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        self.request.stream
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// The body to send.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.request.body
    }

    /// Whether that is another text than the call was given.
    #[must_use]
    pub fn is_body_altered(&self) -> bool {
        self.request.is_altered
    }

    /// The method to send it by.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.request.operation.method
    }

    /// What [`Action::Send`] sends, or [`Action::Done`] has found.
    #[must_use]
    pub fn output(&self) -> &str {
        &self.output
    }

    /// The error of [`Action::Fail`], or of the attempt before [`Action::Sleep`].
    #[must_use]
    pub fn report(&self) -> &str {
        self.report.json()
    }

    /// How long [`Action::Sleep`] is, in milliseconds.
    #[must_use]
    pub fn delay_ms(&self) -> u32 {
        self.delay_ms
    }

    /// Attempts so far.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The status of the answer in hand; 0 without one.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// When the attempt in hand was begun, as [`Now::ms`].
    #[must_use]
    pub fn attempt_started(&self) -> f64 {
        self.attempt_started
    }

    /// When it wants to be told that time is up, as [`Now::ms`]; infinite for never.
    #[must_use]
    pub fn deadline(&self) -> f64 {
        self.deadlines.next()
    }

    /// One step. `now` is asked where the time, or chance, matters.
    pub fn step(&mut self, mut event: Event, now: &dyn Fn() -> Now) -> Action {
        self.take(&mut event, now).unwrap_or_else(|Reported| {
            self.end();
            Action::Fail
        })
    }

    fn take(&mut self, event: &mut Event, now: &dyn Fn() -> Now) -> Result<Action, Reported> {
        match (self.state, event) {
            (State::Over, _) => Ok(Action::None),
            (_, Event::Aborted) => Err(self.aborted()),
            (_, Event::TimeUp) => self.time_up(now()),
            (State::New, Event::Start) => {
                let now = now();
                self.deadlines
                    .set_total(now.ms + self.limits.get(Limit::Total));
                self.attempt(now)
            }
            (State::Asking, Event::Secret(text)) => self.provided(mem::take(text), now()),
            (State::Asking | State::Reading, Event::Thrown) => {
                self.leave_flight();
                self.end();
                Ok(Action::Rethrow)
            }
            (State::Hashing, Event::Hash(digits)) => {
                let own = || PayloadHash::of(self.request.body.as_bytes());
                let given = PayloadHash::from_hex(mem::take(digits));
                self.hash = Some(given.unwrap_or_else(own));
                self.send(now())
            }
            (State::Sending, Event::NoFetch) => {
                let rule = "is needed: this runtime has no fetch of its own";
                Err(refuse(Name::Fetch, rule, &mut self.report))
            }
            (State::Sending, Event::Head { status, headers }) => {
                self.head(*status, mem::take(headers))
            }
            (State::Answered, Event::Wanted) => {
                let (limit, read) = if self.request.stream {
                    (Limit::FirstToken, Action::ReadStart)
                } else {
                    (Limit::Idle, Action::ReadWhole)
                };
                self.state = State::Reading;
                self.deadlines.set(limit, now().ms + self.limits.get(limit));
                Ok(read)
            }
            (State::Reading, Event::Body(body)) => self.body_came(body, now),
            (State::Reading, Event::Streams) if self.may_stream() => Ok(self.stream()),
            (State::Reading, Event::TooLarge) => {
                let is_allowed = self.admits(self.received);
                Err(self.too_large((!is_allowed).then_some(Size::Response)))
            }
            (State::Sending | State::Reading, Event::Broken) => {
                self.broken();
                self.retry(true, now())
            }
            (State::Died, Event::Resumed) => {
                self.decoder = None;
                Ok(self.sleep(now()))
            }
            (State::Renewed, Event::Resumed) => {
                self.decoder = None;
                self.attempt(now())
            }
            _ => Ok(Action::None),
        }
    }

    fn end(&mut self) {
        self.state = State::Over;
        self.deadlines = Deadlines::NONE;
    }

    // -- an attempt --

    fn attempt(&mut self, now: Now) -> Result<Action, Reported> {
        self.attempts += 1;
        self.attempt_started = now.ms;
        self.status = 0;
        self.headers.clear();
        let mut secrets = self.client.secrets.borrow_mut();
        if self.request.own_authorization || !secrets.must_ask(now.unix_ms) {
            drop(secrets);
            return self.authorize(now);
        }
        let (flight, is_new) = secrets.ask();
        self.flight = flight;
        self.state = State::Asking;
        let connect = self.limits.get(Limit::Connect);
        self.deadlines.set(Limit::Connect, now.ms + connect);
        Ok(if is_new { Action::Ask } else { Action::Join })
    }

    fn provided(&mut self, text: String, now: Now) -> Result<Action, Reported> {
        let flight = mem::take(&mut self.flight);
        self.client
            .secrets
            .borrow_mut()
            .provided(flight, text, now.unix_ms, &mut self.report)?;
        self.authorize(now)
    }

    fn leave_flight(&mut self) {
        let flight = mem::take(&mut self.flight);
        if flight != 0 {
            self.client.secrets.borrow_mut().land(flight);
        }
    }

    fn authorize(&mut self, now: Now) -> Result<Action, Reported> {
        let secrets = self.client.secrets.borrow();
        if !self.request.own_authorization {
            if let Some(secret) = secrets.kept() {
                secret.check_place(self.client.allow_long_term, &mut self.report)?;
            }
            if secrets.signs() && self.hash.is_none() {
                let body = self.request.body.as_bytes();
                if body.len() >= LARGE_BODY {
                    self.state = State::Hashing;
                    return Ok(Action::Hash);
                }
                self.hash = Some(PayloadHash::of(body));
            }
        }
        drop(secrets);
        self.send(now)
    }

    fn send(&mut self, now: Now) -> Result<Action, Reported> {
        let endpoint = self.request.endpoint(&self.client);
        self.request.write(endpoint, &mut self.output);
        if !self.request.own_authorization {
            let mut secrets = self.client.secrets.borrow_mut();
            secrets.note(&mut self.used);
            self.request.authorize(
                endpoint,
                &mut secrets,
                self.hash.as_ref(),
                now.unix_ms,
                &mut self.report,
                &mut self.output,
            )?;
        }
        self.state = State::Sending;
        // Without a stream the headers come with the whole answer: then the time that a stream
        // has until its first token is theirs too.
        let mut connect = self.limits.get(Limit::Connect);
        if !self.request.stream {
            connect = connect.max(self.limits.get(Limit::FirstToken));
        }
        self.deadlines
            .set(Limit::Connect, self.attempt_started + connect);
        Ok(Action::Send)
    }

    // -- an answer --

    fn head(&mut self, status: u16, headers: String) -> Result<Action, Reported> {
        if status <= REDIRECTED {
            let rule = match status {
                REDIRECTED => "must not follow redirects: the answer comes from another place",
                _ => "must answer with a Response",
            };
            return Err(refuse(Name::Fetch, rule, &mut self.report));
        }
        self.status = status;
        self.received = 0;
        self.headers = headers;
        let is_labelled = error::is_event_stream(self.header(CONTENT_TYPE));
        if !self.is_ok() {
            // A slow error is slow as its headers would be.
            self.state = State::Reading;
            return Ok(Action::ReadStart);
        }
        self.deadlines.clear();
        if self.request.stream && is_labelled {
            Ok(self.stream())
        } else {
            // What it is called does not tell whether it is a stream, and its body is the caller's
            // until he wants one.
            self.state = State::Answered;
            Ok(Action::Respond)
        }
    }

    fn stream(&mut self) -> Action {
        self.deadlines.clear();
        self.state = State::Streaming;
        let most = Most {
            choices: self.sizes.get(Size::Choices),
            calls: self.sizes.get(Size::ToolCalls),
        };
        let event = self.sizes.get(Size::Event);
        let mut decoder = Decoder::with_limits(self.reasoning, event, most);
        decoder.set_mode(self.mode);
        decoder.expect_choices(self.request.choices);
        self.decoder = Some(Box::new(decoder));
        self.watch = Watch::new(&self.limits);
        self.is_stream = None;
        self.start.clear();
        self.lacks_evidence = self.request.guarded;
        Action::Stream
    }

    fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn may_stream(&self) -> bool {
        self.request.stream && self.is_ok()
    }

    /// Whether an answer that should be a stream is one, by its content type and the first bytes
    /// of its body; `None` as long as they do not tell.
    #[must_use]
    pub fn sniff(&self, start: &[u8]) -> Option<bool> {
        if !self.may_stream() {
            return Some(false);
        }
        error::is_stream(self.header(CONTENT_TYPE), start)
    }

    /// The value of one of [`HEADERS`]; empty without one.
    fn header(&self, place: usize) -> &str {
        text::split(&self.headers, b'\n')
            .nth(place)
            .unwrap_or_default()
    }

    fn body_came(&mut self, body: &[u8], now: &dyn Fn() -> Now) -> Result<Action, Reported> {
        if self.is_ok() && !self.request.stream {
            let read = self.request.operation.response;
            if let Some(completion) = read(body, self.reasoning, self.request.enforced) {
                self.output = completion.into_owned();
                self.lacks_evidence = self.request.guarded && !shows_guardrail(&self.output);
                if self.lacks_evidence && self.request.requires_evidence {
                    self.output.clear();
                    return Err(self.no_evidence());
                }
                if self.request.choices > 1 && choices_of(&self.output) < self.request.choices {
                    self.partial = mem::take(&mut self.output);
                    let class = ErrorClass::IncompleteStreamError;
                    return Err(self.of_call(class, words::TOO_FEW, true, &[]));
                }
                self.end();
                return Ok(Action::Done);
            }
        }
        let Some(error) = self.error_in(body) else {
            // It would have been taken.
            return Err(self.of_call(ErrorClass::APIError, words::NOT_JSON, false, &[]));
        };
        let now = now();
        if self.renew(&error, now) {
            return self.attempt(now);
        }
        if self.is_ok() && !self.request.stream {
            let partial = response::partial(body, self.reasoning, self.request.enforced);
            self.partial = partial.unwrap_or_default().into_owned();
        }
        self.status = error.status;
        self.of_service(&error, self.status);
        self.retry(error.retryable, now)
    }

    /// What a body tells that is not what was asked for.
    fn error_in(&self, body: &[u8]) -> Option<error::ServiceError> {
        let hint = self.client.endpoint.hint(&self.request.model);
        let answer = ErrorResponse {
            status: self.status,
            content_type: self.header(CONTENT_TYPE),
            error_type: self.header(ERROR_TYPE),
            body,
            context: Context {
                model_hint: hint.as_deref(),
                guardrail: self.request.guarded || self.request.is_of_guardrail(),
            },
        };
        if self.is_ok() {
            error::misplaced_answer(&answer, self.request.stream)
        } else {
            Some(error::from_answer(&answer))
        }
    }

    /// Whether a refusal may be cured by asking the provider again, or by setting the clock: each
    /// once in a call. Neither is a retry: `maxRetries: 0` does not prevent it.
    fn renew(&mut self, error: &error::ServiceError, now: Now) -> bool {
        let mut secrets = self.client.secrets.borrow_mut();
        if error.clock_skew {
            // Across origins a page may not be allowed to read the header; AWS's text, "… is now
            // earlier than … (20260102T030405Z - 5 min.)", tells the time too.
            let date = text::split(&self.headers, b'\n')
                .nth(DATE)
                .unwrap_or_default();
            let time = Timestamp::parse_http_date(date).or_else(|| {
                let (_, text) = text::split_once(&error.message, b'(')?;
                Timestamp::parse_amz_date(text.get(..16)?)
            });
            if time.is_some_and(|it| secrets.correct_clock(it, now.unix_ms, &mut self.used)) {
                self.renewals += 1;
                return true;
            }
        }
        let renews = error.expired_credentials && secrets.renew(&mut self.used);
        self.renewals += u32::from(renews);
        renews
    }

    // -- failures --

    fn facts(&self, retryable: bool) -> Facts {
        Facts {
            retryable,
            attempts: self.attempts,
            // What ends a good answer is no news of the service's: nobody may pass on its 200.
            status: if self.is_ok() { 0 } else { self.status },
        }
    }

    fn of_service(&mut self, error: &error::ServiceError, status: u16) {
        let facts = Facts {
            status,
            ..self.facts(error.retryable)
        };
        let mut report = mem::take(&mut self.report);
        self.redacting(&mut |redactor| {
            report.of_service(error, facts, redactor);
        });
        self.report = report;
    }

    fn redacting(&self, redact: &mut dyn FnMut(&Redactor<'_>)) {
        let secrets = self.client.secrets.borrow();
        redact(&Redactor {
            secret: secrets.signs_with(),
            sent: &self.output,
            request: &self.request.body,
        });
    }

    /// JSON of the answer's, or of the network's, as it may be shown. A string alone may be the id
    /// of the request, and is no text of it.
    #[must_use]
    pub fn redact(&self, json: &str) -> String {
        let mut shown = String::new();
        self.redacting(&mut |redactor| {
            let request = if json.starts_with("\"") {
                ""
            } else {
                redactor.request
            };
            shown = Redactor {
                request,
                ..*redactor
            }
            .json(json);
        });
        shown
    }

    fn of_call(
        &mut self,
        class: ErrorClass,
        message: &str,
        retryable: bool,
        fields: &[(&str, &str)],
    ) -> Reported {
        let facts = self.facts(retryable);
        self.report.of_call(class, message, fields, facts)
    }

    fn no_evidence(&mut self) -> Reported {
        let class = ErrorClass::GuardrailNotEnforcedError;
        self.of_call(class, words::NO_EVIDENCE, false, &[])
    }

    /// Whether a guardrail was asked for, and the answer showed no sign of one.
    #[must_use]
    pub fn lacks_evidence(&self) -> bool {
        self.lacks_evidence
    }

    /// Whether an answer that is no stream may have so many bytes; if not, [`Event::TooLarge`]
    /// ends it.
    pub fn admits(&mut self, received: usize) -> bool {
        self.received = received;
        received <= self.sizes.get(Size::Response)
    }

    /// `None` for the limit that is none of the caller's.
    fn too_large(&mut self, limit: Option<Size>) -> Reported {
        let spelling = limit.map_or("memory", spelling);
        let name = leaf(spelling);
        let message = ["The answer is larger than allowed by ", spelling, "."].concat();
        let fields = [("limit", name)];
        self.of_call(ErrorClass::LimitError, &message, false, &fields)
    }

    fn aborted(&mut self) -> Reported {
        self.leave_flight();
        self.of_call(ErrorClass::APIUserAbortError, words::ABORTED, false, &[])
    }

    fn broken(&mut self) -> Reported {
        let fields = [("hint", words::NETWORK_OR_CORS)];
        self.of_call(
            ErrorClass::APIConnectionError,
            words::CONNECTION,
            true,
            &fields,
        )
    }

    fn timed_out(&mut self, limit: Limit) -> Reported {
        let (class, message) = if self.request.stream {
            (ErrorClass::StreamTimeoutError, limit.message())
        } else {
            (ErrorClass::APIConnectionTimeoutError, words::TIMED_OUT)
        };
        self.of_call(class, message, true, &[("timeout", limit.name())])
    }

    fn time_up(&mut self, now: Now) -> Result<Action, Reported> {
        let limit = self.deadlines.limit();
        if self.state == State::Sleeping && limit != Limit::Total {
            return self.attempt(now);
        }
        self.leave_flight();
        let reported = self.timed_out(limit);
        match self.state {
            State::Asking | State::Hashing | State::Sending | State::Reading
                if limit != Limit::Total =>
            {
                self.retry(true, now)
            }
            _ => Err(reported),
        }
    }

    /// The next attempt, after a pause; or the end with the error that was reported.
    fn retry(&mut self, retryable: bool, now: Now) -> Result<Action, Reported> {
        self.delay_ms = self.next_delay(retryable, now).ok_or(Reported)?;
        Ok(self.sleep(now))
    }

    fn sleep(&mut self, now: Now) -> Action {
        self.state = State::Sleeping;
        // Which limit it is does not matter: no other runs between two attempts.
        let until = now.ms + f64::from(self.delay_ms);
        self.deadlines.set(Limit::Connect, until);
        Action::Sleep
    }

    fn next_delay(&self, retryable: bool, now: Now) -> Option<u32> {
        let given = |place| Some(self.header(place)).filter(|value| !value.is_empty());
        let failed = FailedAttempt {
            number: self.attempts.saturating_sub(self.renewals),
            retryable,
            retry_after_ms: given(RETRY_AFTER_MS),
            retry_after: given(RETRY_AFTER),
            should_retry: given(SHOULD_RETRY),
        };
        let left = self.deadlines.total() - now.ms;
        let clock = RetryClock {
            random: now.random,
            now_ms: now.unix_ms,
            remaining_ms: Some(left).filter(|left| left.is_finite()),
        };
        self.policy.next_delay(&failed, &clock)
    }

    // -- a stream --

    /// What the next batches hold.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
        if let Some(decoder) = &mut self.decoder {
            decoder.set_mode(mode);
        }
    }

    /// Bytes of an event of a stream that has not ended.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.decoder.as_ref().map_or(0, |it| it.pending())
    }

    /// Bytes of the texts of the completion so far.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.decoder.as_ref().map_or(0, |it| it.kept())
    }

    /// There is no memory for more of a stream.
    pub fn short_of_memory(&mut self, now: &dyn Fn() -> Now) -> StreamProgress {
        if self.state == State::Streaming {
            self.too_large(None);
            return self.stream_ended(false, FAILED, now);
        }
        StreamProgress::Failed(FAILED)
    }

    /// Decodes the next bytes of a stream. `now` is asked where something failed.
    pub fn push(&mut self, bytes: &[u8], now: &dyn Fn() -> Now) -> StreamProgress {
        self.received = self.received.saturating_add(bytes.len());
        if self.state == State::Streaming && self.received > self.sizes.get(Size::Response) {
            self.too_large(Some(Size::Response));
            return self.stream_ended(false, FAILED, now);
        }
        if self.is_stream == Some(true) || self.state != State::Streaming {
            return self.decode(bytes, false, now);
        }
        // What is called a stream may be an error all the same.
        let room = error::LONGEST_BODY - self.start.len();
        let (bytes, rest) = bytes.split_at(room.min(bytes.len()));
        self.start.extend_from_slice(bytes);
        self.is_stream = self.is_stream.or_else(|| self.sniff(&self.start));
        match self.is_stream {
            Some(true) => {
                let mut start = mem::take(&mut self.start);
                start.extend_from_slice(rest);
                self.decode(&start, false, now)
            }
            Some(false) if self.start.len() == error::LONGEST_BODY => self.no_stream(now),
            _ => StreamProgress::Going(Progress::default()),
        }
    }

    /// Decodes the end of a stream.
    pub fn finish(&mut self, now: &dyn Fn() -> Now) -> StreamProgress {
        if self.is_stream == Some(false) {
            return self.no_stream(now);
        }
        // Too short to tell.
        let start = mem::take(&mut self.start);
        self.decode(&start, true, now)
    }

    /// What came instead of a stream has ended, or is long enough.
    fn no_stream(&mut self, now: &dyn Fn() -> Now) -> StreamProgress {
        let body = mem::take(&mut self.start);
        let retryable = match self.error_in(&body) {
            Some(error) if self.state == State::Streaming => {
                self.of_service(&error, error.status);
                self.renew_stream(&error, now)
            }
            _ => false,
        };
        self.stream_ended(retryable, FAILED, now)
    }

    /// Decodes some bytes, and what follows from it that they are the last.
    #[inline(never)]
    fn decode(&mut self, bytes: &[u8], are_last: bool, now: &dyn Fn() -> Now) -> StreamProgress {
        let decoder = self
            .decoder
            .as_mut()
            .filter(|_| self.state == State::Streaming);
        let Some(decoder) = decoder else {
            return StreamProgress::Failed(FAILED);
        };
        let mut progress = decoder.push(bytes);
        if are_last {
            progress = decoder.finish();
        }
        let request = &self.request;
        let is_done = progress.state == StreamState::Done;
        if request.guarded && (request.requires_evidence || is_done) {
            self.lacks_evidence = !decoder.has_evidence();
        }
        progress.withheld = request.requires_evidence && self.lacks_evidence;
        if progress.meaningful {
            self.watch.event(progress.content);
        }
        match progress.state {
            StreamState::Open => StreamProgress::Going(progress),
            StreamState::Done if progress.withheld => {
                self.no_evidence();
                self.end();
                progress.state = StreamState::Failed;
                StreamProgress::Failed(progress)
            }
            StreamState::Done => {
                self.end();
                StreamProgress::Going(progress)
            }
            StreamState::Failed => {
                let retryable = self.stream_failed(now);
                self.stream_ended(retryable, progress, now)
            }
        }
    }

    /// The body of a stream broke off.
    pub fn stream_broken(&mut self, now: &dyn Fn() -> Now) -> StreamProgress {
        if self.state != State::Streaming {
            return StreamProgress::Failed(FAILED);
        }
        if self.is_stream == Some(false) {
            return self.no_stream(now);
        }
        self.broken();
        self.stream_ended(true, FAILED, now)
    }

    /// Reports why a stream is no whole answer; whether it may be asked for again.
    fn stream_failed(&mut self, now: &dyn Fn() -> Now) -> bool {
        let failure = self.decoder.as_ref().and_then(|decoder| decoder.failure());
        let (class, message, retryable) = match failure {
            Some(StreamError::ErrorEvent { body, .. }) => {
                let hint = self.client.endpoint.hint(&self.request.model);
                let context = Context {
                    model_hint: hint.as_deref(),
                    guardrail: self.request.guarded,
                };
                let error = error::from_stream_event(body.as_bytes(), context);
                self.of_service(&error, error.status);
                return self.renew_stream(&error, now);
            }
            Some(StreamError::TooLarge(limit)) => {
                self.too_large(*limit);
                return false;
            }
            Some(StreamError::Malformed { .. }) => {
                (ErrorClass::APIError, words::MALFORMED_EVENT, false)
            }
            _ => (ErrorClass::IncompleteStreamError, words::INCOMPLETE, true),
        };
        self.of_call(class, message, retryable, &[]);
        retryable
    }

    /// As [`Self::renew`], of a stream of which nothing was delivered; whether it may be asked for
    /// again in any case.
    fn renew_stream(&mut self, error: &error::ServiceError, now: &dyn Fn() -> Now) -> bool {
        if !self.delivered() && self.renew(error, now()) {
            self.state = State::Renewed;
        }
        error.retryable
    }

    fn delivered(&self) -> bool {
        self.decoder.as_ref().is_some_and(|it| it.events() > 0)
    }

    /// A stream failed: it is asked for again if nothing of it was delivered and that may help.
    fn stream_ended(
        &mut self,
        retryable: bool,
        progress: Progress,
        now: &dyn Fn() -> Now,
    ) -> StreamProgress {
        if self.state == State::Renewed {
            return StreamProgress::Again(progress);
        }
        if !self.delivered()
            && let Some(delay) = self.next_delay(retryable, now())
        {
            self.delay_ms = delay;
            self.state = State::Died;
            return StreamProgress::Again(progress);
        }
        self.end();
        StreamProgress::Failed(progress)
    }

    /// What the last push brought.
    #[must_use]
    pub fn batch(&self) -> &str {
        self.decoder.as_ref().map_or("", |it| it.batch())
    }

    /// What the last push found and did not put into the batch: see [`Decoder::apart`].
    #[must_use]
    pub fn apart(&self) -> &str {
        self.decoder.as_ref().map_or("", |it| it.apart())
    }

    /// The completion so far, as JSON; maybe with U+0000, which JSON has nowhere, in the place of
    /// [`Call::apart`].
    #[must_use]
    pub fn completion(&self) -> String {
        match &self.decoder {
            Some(decoder) if !self.lacks_evidence || !self.request.requires_evidence => {
                // Until then a sign may come yet.
                let is_known = self.is_over() || decoder.has_evidence();
                let asked = self.request.enforced && is_known;
                if asked || decoder.has_evidence() {
                    with_guardrail(decoder.completion(), decoder.stop(), asked)
                } else {
                    decoder.completion_around()
                }
            }
            None if !self.partial.is_empty() => self.partial.clone(),
            _ => String::from(r#"{"object":"chat.completion","choices":[]}"#),
        }
    }

    /// Nobody asks for what came of an answer any more.
    pub fn forget_answer(&mut self) {
        self.decoder = None;
        self.output = String::new();
    }

    /// A timer went off while the answer streams. `waiting`: whether somebody waits for it. The
    /// answer is how many milliseconds later to tell it again: 0 when somebody
    /// waits again, less where a limit has ended the call.
    pub fn tick(&mut self, now: Now, waiting: bool) -> f64 {
        const OVER: f64 = -1.0;
        if self.state != State::Streaming {
            return 0.0;
        }
        let left = self.deadlines.total() - now.ms;
        let limit = match self.watch.tick(now.ms, waiting) {
            _ if left <= 0.0 => Limit::Total,
            Tick::Over(limit) => limit,
            Tick::After(ms) => {
                let ms = ms.min(left);
                return if ms.is_finite() { ms } else { 0.0 };
            }
        };
        self.timed_out(limit);
        self.end();
        OVER
    }

    /// The response goes to the caller unread: the time for its body is his.
    pub fn hand_over(&mut self) {
        self.deadlines.set_total(f64::INFINITY);
    }
}
