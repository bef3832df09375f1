//! One call: its attempts, and everything that can end it.

use core::cell::{Cell, RefCell};
use core::future::poll_fn;
use core::pin::Pin;
use std::rc::{Rc, Weak};

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortSignal, Response};

use super::answer::{self, Head, header};
use super::attempt::Attempt;
use super::auth::Used;
use super::client::{Core, Shared};
use super::ending::{Ending, Gate, Limit, Listener, signal};
use super::failed::{Facts, Failed};
use super::options::Fields;
use super::outgoing::Outgoing;
use super::timer::{self, Timer};
use super::{errors, log};
use bedrock_chat_core::response::completion;
use bedrock_chat_core::error::{self, Context, ErrorClass};
use bedrock_chat_core::{decoder, retry};

/// The state of a call, shared by the methods that drive it and the timers that end it.
pub(crate) struct State {
    core: Rc<Core>,
    shared: Shared,
    request: Outgoing,
    /// In milliseconds since 1970.
    started: f64,
    attempts: Cell<u32>,
    used: Used,
    /// The status and headers of the answer in hand.
    answer: RefCell<Option<Head>>,
    /// The error of the attempt in hand: the call's, unless another attempt follows.
    error: RefCell<Option<JsValue>>,
    closed: Cell<bool>,
    /// Of the attempt in hand.
    gate: RefCell<Option<Rc<Gate>>>,
    ended: RefCell<Option<Ending>>,
    /// Called with the error when the call is ended from outside.
    watcher: RefCell<Option<Function>>,
    total: RefCell<Option<Timer>>,
    listener: RefCell<Option<Listener>>,
}

impl State {
    /// Reads, checks and writes a request.
    pub(crate) fn new(
        core: &Rc<Core>,
        body: JsValue,
        given: &JsValue,
        force_stream: bool,
    ) -> Result<Rc<Self>, JsValue> {
        let fields = Fields::of(given, "")?;
        let shared = Shared::read(&fields, core.shared.clone())?;
        let signal = signal(&fields)?;
        let state = Rc::new(Self {
            core: core.clone(),
            shared,
            request: Outgoing::new(core, body, &fields, force_stream)?,
            started: timer::now_ms(),
            attempts: Cell::default(),
            used: Used::default(),
            answer: RefCell::default(),
            error: RefCell::default(),
            closed: Cell::default(),
            gate: RefCell::default(),
            ended: RefCell::default(),
            watcher: RefCell::default(),
            total: RefCell::default(),
            listener: RefCell::default(),
        });
        state.listen(signal)?;
        Ok(state)
    }

    /// Starts what can end the call from outside.
    fn listen(self: &Rc<Self>, signal: Option<AbortSignal>) -> Result<(), JsValue> {
        if let Some(ms) = self.shared.timeouts.total {
            let call = Rc::downgrade(self);
            let over = Timer::after(ms, move || end(&call, Ending::TimedOut(Limit::Total)));
            *self.total.borrow_mut() = Some(over);
        }
        let Some(signal) = signal else { return Ok(()) };
        if Reflect::get(&signal, &"aborted".into())?.is_truthy() {
            *self.ended.borrow_mut() = Some(Ending::Aborted(reason(&signal)));
            return Ok(());
        }
        let call = Rc::downgrade(self);
        let heard = signal.clone();
        let listener =
            Listener::on_abort(&signal, move || end(&call, Ending::Aborted(reason(&heard))))?;
        *self.listener.borrow_mut() = Some(listener);
        Ok(())
    }

    fn stop_listening(&self) {
        self.total.take();
        self.listener.take();
    }

    /// Ends the call from outside: what it waits for is left, the request is cancelled.
    pub(crate) fn end(&self, ending: Ending) {
        if self.ended.borrow().is_some() {
            return;
        }
        *self.ended.borrow_mut() = Some(ending);
        self.stop_listening();
        // Not borrowed while others run: they may come back here.
        let gate = self.gate.take();
        let watcher = self.watcher.take();
        if let Some(watcher) = watcher {
            timer::call(&watcher, &self.error(&Failed::Ended));
        }
        if let Some(gate) = gate {
            gate.leave();
        }
    }

    /// The call is over: its answer is complete, or its error is known.
    fn close(&self) {
        self.stop_listening();
        self.watcher.take();
        if !self.closed.replace(true) {
            self.log_end();
        }
    }

    fn log_end(&self) {
        let error = self.error.take();
        let (level, what) = match &error {
            None => (log::INFO, "done"),
            Some(_) if self.is_aborted() => (log::INFO, "aborted"),
            Some(_) => (log::ERROR, "failed"),
        };
        let fields = [
            ("attempts", self.attempts.get().into()),
            ("ms", (timer::now_ms() - self.started).into()),
        ];
        let error = error.unwrap_or_default();
        self.core.log.write(level, what, &fields, &error);
    }

    fn is_aborted(&self) -> bool {
        matches!(*self.ended.borrow(), Some(Ending::Aborted(_)))
    }

    fn error(&self, failed: &Failed) -> JsValue {
        self.make(|facts| failed.error(facts))
    }

    fn make(&self, make: impl FnOnce(Facts<'_>) -> JsValue) -> JsValue {
        // Clones, not borrows: what is read of an answer may be code of the caller's that ends us.
        let answer = self.answer.borrow().clone();
        let ended = self.ended.borrow().clone();
        let error = make(Facts {
            attempts: self.attempts.get(),
            stream: self.request.stream,
            ended: ended.as_ref(),
            answer: answer.as_ref(),
        });
        *self.error.borrow_mut() = Some(error.clone());
        error
    }

    /// Sends the request until there is an answer worth having.
    async fn send(self: Rc<Self>, mut failed: Option<Failed>) -> Result<JsValue, JsValue> {
        loop {
            if let Some(failed) = failed
                && !self.renew(&failed)
                && !self.pause(&failed).await
            {
                // While it waited, the call may have been ended.
                let ended = self.ended.borrow().is_some();
                let error = self.error(if ended { &Failed::Ended } else { &failed });
                self.close();
                return Err(error);
            }
            if self.ended.borrow().is_some() {
                failed = Some(Failed::Ended);
                continue;
            }
            self.attempts.set(self.attempts.get() + 1);
            self.answer.take();
            self.error.take();
            failed = match self.attempt() {
                Err(failed) => Some(failed),
                Ok(attempt) => {
                    let _limit = self.connect_limit(&attempt.gate);
                    match attempt.run().await {
                        Ok((response, head)) => {
                            *self.answer.borrow_mut() = Some(head);
                            return Ok(response.into());
                        }
                        Err(failed) => Some(failed),
                    }
                }
            };
        }
    }

    /// A new attempt: from now on the call's end is its end.
    fn attempt(&self) -> Result<Attempt<'_>, Failed> {
        // Nobody would open a gate that is made now.
        if self.ended.borrow().is_some() {
            return Err(Failed::Ended);
        }
        let gate = Rc::new(Gate::new().map_err(Failed::Thrown)?);
        *self.gate.borrow_mut() = Some(gate.clone());
        Ok(self.within(gate, Limit::Connect))
    }

    fn within(&self, gate: Rc<Gate>, limit: Limit) -> Attempt<'_> {
        Attempt {
            core: &self.core,
            request: &self.request,
            gate,
            ended: &self.ended,
            limit,
            number: self.attempts.get(),
            used: &self.used,
            connect: self.shared.timeouts.connect,
            started: timer::now_ms(),
        }
    }

    /// The limit until the headers. Without a stream they come with the whole answer: then the
    /// time that a stream has until its first token is theirs too.
    fn connect_limit(&self, gate: &Rc<Gate>) -> Option<Timer> {
        let limits = &self.shared.timeouts;
        let mut ms = limits.connect?;
        if !self.request.stream {
            ms = ms.max(limits.first_token?);
        }
        Some(too_slow_after(ms, gate))
    }

    /// Whether a refusal is cured by asking the provider again, or by setting the clock: once.
    fn renew(&self, failed: &Failed) -> bool {
        let Failed::Answered(failure, headers) = failed else {
            return false;
        };
        let date = headers.as_ref().and_then(|headers| header(headers, "date"));
        self.core.auth.renew(failure, date.as_deref(), &self.used)
    }

    /// Waits before the next attempt; `false` if there is none.
    async fn pause(&self, failed: &Failed) -> bool {
        let Some(delay) = self.next_delay(failed) else {
            return false;
        };
        let error = self.error(failed);
        let log = &self.core.log;
        let fields = [
            ("attempt", self.attempts.get().into()),
            ("delay", delay.into()),
        ];
        log.write(log::WARN, "retrying", &fields, &error);
        let ended = self.ended.borrow().is_some();
        if let Some(on_retry) = &self.shared.on_retry
            && !ended
        {
            let event = Object::new();
            for (name, value) in &fields {
                errors::set(&event, name, value);
            }
            errors::set(&event, "error", &error);
            let _ = tell(on_retry, &event);
        }
        let Ok(attempt) = self.attempt() else {
            return false;
        };
        let gate = &attempt.gate;
        let _over = too_slow_after(delay, gate);
        poll_fn(|context| gate.poll(context)).await;
        self.ended.borrow().is_none()
    }

    fn next_delay(&self, failed: &Failed) -> Option<f64> {
        if self.ended.borrow().is_some() {
            return None;
        }
        let answer = self.answer.borrow().clone();
        let (retryable, headers) = match failed {
            Failed::Ended | Failed::Thrown(_) | Failed::Malformed => return None,
            Failed::TooSlow(_) | Failed::Network(_) => (true, None),
            Failed::Died(_) => (true, answer.as_ref().map(|(_, headers)| headers)),
            Failed::Answered(failure, headers) => (failure.retryable, headers.as_ref()),
        };
        let told = |name| headers.and_then(|headers| header(headers, name));
        let after_ms = told("retry-after-ms");
        let after = told("retry-after");
        let should = told("x-should-retry");
        let attempt = retry::FailedAttempt {
            number: self.attempts.get(),
            retryable,
            delivered: false,
            retry_after_ms: after_ms.as_deref(),
            retry_after: after.as_deref(),
            should_retry: should.as_deref(),
        };
        let now_ms = timer::now_ms();
        let clock = retry::RetryClock {
            random: js_sys::Math::random(),
            now_ms,
            remaining_ms: self
                .shared
                .timeouts
                .total
                .map(|total| self.started + total - now_ms),
        };
        self.shared
            .retry
            .next_delay(&attempt, &clock)
            .map(f64::from)
    }

    /// An answer that is no stream, as the object that the caller gets.
    async fn read(self: Rc<Self>, mut response: Response) -> Result<JsValue, JsValue> {
        loop {
            match self.read_once(&response).await {
                Ok(completion) => {
                    self.close();
                    return Ok(Array::of2(&completion, &response).into());
                }
                // Nobody has seen anything of it yet.
                Err(failed) => response = self.clone().send(Some(failed)).await?.unchecked_into(),
            }
        }
    }

    async fn read_once(&self, response: &Response) -> Result<JsValue, Failed> {
        if answer::is_taken(response) {
            // By whoever asked for the response. It is not sent for again.
            let message = "The body of the response was read already.";
            let error = errors::plain(ErrorClass::BedrockError, message);
            return Err(Failed::Thrown(error));
        }
        let gate = self.gate.borrow().clone().ok_or(Failed::Ended)?;
        let attempt = self.within(gate, Limit::Idle);
        let _limit = self
            .shared
            .timeouts
            .idle
            .map(|ms| too_slow_after(ms, &attempt.gate));
        let body = answer::read_whole(&attempt, response).await?;
        let head = self.answer.borrow().clone().ok_or(Failed::Ended)?;
        match completion(&body, self.shared.reasoning) {
            Some(completion) => answer::object(&completion, &head.1),
            None => Err(attempt.refused(&head, &body)),
        }
    }
}

/// Ends an attempt, unless the timer is dropped before.
pub(crate) fn too_slow_after(ms: f64, gate: &Rc<Gate>) -> Timer {
    let gate = Rc::downgrade(gate);
    Timer::after(ms, move || {
        if let Some(gate) = gate.upgrade() {
            gate.too_slow.set(true);
            gate.leave();
        }
    })
}

/// Why a signal was aborted; it may be of the caller's own making.
fn reason(signal: &AbortSignal) -> JsValue {
    Reflect::get(signal, &"reason".into()).unwrap_or_default()
}

fn end(call: &Weak<State>, ending: Ending) {
    if let Some(call) = call.upgrade() {
        call.end(ending);
    }
}

#[wasm_bindgen(raw_module = "../log.js")]
extern "C" {
    // It does not throw; `catch` puts the glue in between, through which all imports go.
    #[wasm_bindgen(catch)]
    fn tell(listener: &Function, event: &Object) -> Result<(), JsValue>;
}

/// The Rust side of one call. Its methods answer through the functions they get: an export that
/// returned a promise would return a reference, which aborts V8 12 when it is deoptimised.
#[wasm_bindgen(skip_typescript)]
pub struct Call {
    state: Rc<State>,
}

impl Call {
    pub(crate) fn new(state: Rc<State>) -> Self {
        Self { state }
    }

    pub(crate) fn reasoning(&self) -> decoder::Reasoning {
        self.state.shared.reasoning
    }

    /// Why a stream is no whole answer, as the error that the caller gets.
    pub(crate) fn stream_error(&self, failure: Option<&decoder::StreamError>) -> JsValue {
        let state = &self.state;
        let Some(decoder::StreamError::ErrorEvent { body, .. }) = failure else {
            return state.make(|facts| facts.decoding(failure));
        };
        let hint = state.core.endpoint.hint(&state.request.model);
        let context = Context {
            model_hint: hint.as_deref(),
            guardrail: state.request.guarded,
        };
        let failure = error::from_stream_event(body.as_bytes(), context);
        state.error(&Failed::Answered(Box::new(failure), None))
    }
}

#[wasm_bindgen]
impl Call {
    /// Sends the request; `resolve` gets the `Response`.
    pub fn send(&self, resolve: Function, reject: Function) {
        settle(self.state.clone().send(None), resolve, reject);
    }

    /// Sends the request again if that may be: its stream failed before the first event.
    pub fn resend(&self, error: JsValue, resolve: Function, reject: Function) {
        settle(
            self.state.clone().send(Some(Failed::Died(error))),
            resolve,
            reject,
        );
    }

    /// Reads an answer that is no stream; `resolve` gets the completion and the response that it
    /// came in, which is another one if that broke off.
    pub fn read(&self, response: Response, resolve: Function, reject: Function) {
        settle(self.state.clone().read(response), resolve, reject);
    }

    /// Calls `watcher` with the error when the call is ended from outside.
    pub fn watch(&self, watcher: Function) {
        // It may have been ended already, after the headers came and before anybody read.
        let ended = self.state.ended.borrow().is_some();
        if ended {
            timer::call(&watcher, &self.state.error(&Failed::Ended));
        } else {
            *self.state.watcher.borrow_mut() = Some(watcher);
        }
    }

    /// Ends the call for the caller.
    pub fn abort(&self, reason: JsValue) {
        self.state.end(Ending::Aborted(reason));
    }

    /// Ends a stream that was too slow.
    #[wasm_bindgen(js_name = timeOut)]
    pub fn time_out(&self, first_token: bool) {
        let limit = if first_token {
            Limit::FirstToken
        } else {
            Limit::Idle
        };
        self.state.end(Ending::TimedOut(limit));
    }

    /// Somebody else reads the body: the limit of the whole is not for that. `hold` gets what
    /// cancels it, and what it holds with the body is all that does.
    #[wasm_bindgen(js_name = handOver)]
    pub fn hand_over(&self, hold: &Function) {
        self.state.total.take();
        let gate = self.state.gate.borrow().clone();
        if let Some(controller) = gate.and_then(|gate| gate.hand_over()) {
            timer::call(hold, &controller);
        }
    }

    /// The stream is over.
    pub fn close(&self) {
        self.state.close();
    }

    /// Cancels the request of an answer that nobody reads on. For Firefox it is not enough to
    /// cancel the body.
    pub fn cancel(&self) {
        if let Some(gate) = self.state.gate.take() {
            gate.cancel();
        }
    }

    /// What the body of a response threw, as the error that the caller gets.
    #[wasm_bindgen(js_name = networkError)]
    pub fn network_error(&self, cause: JsValue) -> JsValue {
        self.state.error(&Failed::Network(cause))
    }

    /// Whether the answer is a stream.
    #[wasm_bindgen(getter)]
    pub fn stream(&self) -> bool {
        self.state.request.stream
    }

    /// How many attempts were made.
    #[wasm_bindgen(getter)]
    pub fn attempts(&self) -> u32 {
        self.state.attempts.get()
    }

    /// In milliseconds; infinite without a limit.
    #[wasm_bindgen(getter, js_name = firstTokenTimeout)]
    pub fn first_token_timeout(&self) -> f64 {
        self.state
            .shared
            .timeouts
            .first_token
            .unwrap_or(f64::INFINITY)
    }

    /// In milliseconds; infinite without a limit.
    #[wasm_bindgen(getter, js_name = idleTimeout)]
    pub fn idle_timeout(&self) -> f64 {
        self.state.shared.timeouts.idle.unwrap_or(f64::INFINITY)
    }
}

/// Runs `work`, and tells the promise that waits for it.
pub(crate) fn settle(
    work: impl Future<Output = Result<JsValue, JsValue>> + 'static,
    resolve: Function,
    reject: Function,
) {
    // Of one type, so that what follows is in the module once.
    let work: Pin<Box<dyn Future<Output = _>>> = Box::pin(work);
    spawn_local(async move {
        match work.await {
            Ok(value) => timer::call(&resolve, &value),
            Err(error) => timer::call(&reject, &error),
        }
    });
}
