//! The driver of a call: does what the machine says, and reports back.

use core::cell::{Cell, RefCell};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

use bedrock_chat_core::call::{Action, Call, Event, Now};
use bedrock_chat_core::text;
use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};

use crate::host::{self, Wait};
use crate::log::{self, Field};

/// A call that is driven.
pub(crate) struct Task {
    pub(crate) call: RefCell<Call>,
    /// The call's side in JavaScript.
    io: RefCell<Rc<JsValue>>,
    /// What the logger wants.
    pub(crate) log_level: u32,
    /// What came of what is waited for.
    event: Cell<Option<Event>>,
    waker: Cell<Option<Waker>>,
}

/// The time, and chance.
pub(crate) fn now() -> Now {
    Now {
        ms: host::monotonic_ms(),
        unix_ms: js_sys::Date::now(),
        random: js_sys::Math::random(),
    }
}

/// Drives a call to its end.
pub(crate) async fn drive(task: Rc<Task>) {
    let mut event = Event::Start;
    while task.act(event) {
        event = Waiting(&task).await;
    }
}

impl Task {
    pub(crate) fn new(call: Call, io: JsValue, log_level: u32) -> Self {
        Self {
            call: RefCell::new(call),
            io: RefCell::new(Rc::new(io)),
            log_level,
            event: Cell::new(None),
            waker: Cell::new(None),
        }
    }

    fn io(&self) -> Rc<JsValue> {
        self.io.borrow().clone()
    }

    /// Another one stands for the call.
    pub(crate) fn lend(&self, io: JsValue) {
        self.io.replace(Rc::new(io));
    }

    /// Tells of what was waited for.
    pub(crate) fn tell(&self, event: Event) {
        self.event.set(Some(event));
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Tells the machine, and does what it says; whether there is something to wait for.
    fn act(&self, event: Event) -> bool {
        let is_answer = matches!(event, Event::Head { .. });
        let action = self.call.borrow_mut().step(event, &now);
        if is_answer {
            self.log_answer();
        }
        let io = &self.io();
        let call = self.call.borrow();
        let deadline = call.deadline();
        let what = match action {
            Action::Ask => Wait::Ask,
            Action::Join => Wait::Join,
            Action::ReadStart => Wait::ReadStart,
            Action::ReadWhole => Wait::ReadWhole,
            Action::Respond | Action::Stream => Wait::Park,
            Action::Send => {
                drop(call);
                self.send(deadline);
                // The caller's fetch may have ended it.
                return !self.call.borrow().is_over();
            }
            Action::Hash => {
                host::hash(io, call.body().as_bytes(), deadline);
                return true;
            }
            Action::Sleep => {
                host::pause(io, call.report(), call.delay_ms(), deadline);
                return true;
            }
            Action::Done => {
                host::done(io, call.output(), call.lacks_evidence());
                return false;
            }
            Action::Fail | Action::Rethrow => {
                let is_ours = action == Action::Fail;
                host::fail(io, if is_ours { call.report() } else { "" });
                return false;
            }
            Action::None => return !call.is_over(),
        };
        drop(call);
        if matches!(what, Wait::Park) {
            let stream = action == Action::Stream;
            if host::respond(io, stream) && !stream {
                return self.act(Event::Wanted);
            }
        }
        host::wait(io, what as u32, deadline);
        true
    }

    /// The caller's `fetch` runs under this, and nothing is borrowed meanwhile: it may end the
    /// call, free the client, or begin another call.
    fn send(&self, deadline: f64) {
        let fetch = host::fetch_of(&self.io());
        let Some(fetch) = fetch.dyn_ref::<Function>() else {
            self.event.set(Some(Event::NoFetch));
            return;
        };
        let Ok(request) = self.request().dyn_into::<Array>() else {
            self.event.set(Some(Event::Broken));
            return;
        };
        let promise = fetch
            .apply(&JsValue::UNDEFINED, &request)
            .unwrap_or_else(|thrown| Promise::reject(&thrown).into());
        host::sent(&self.io(), &promise, deadline);
    }

    fn request(&self) -> JsValue {
        let call = self.call.borrow();
        let output = call.output();
        if self.log_level >= log::DEBUG {
            let (url, headers) = text::split_once(output, b'\n').unwrap_or((output, ""));
            // Without the query: there may be a secret in it. Of the headers the names alone.
            let url = text::split_once(url, b'?').map_or(url, |(url, _)| url);
            let mut lines = text::split(headers, b'\n');
            let mut names = Vec::new();
            while let Some(name) = lines.next() {
                names.push(name);
                lines.next();
            }
            let fields = [
                ("attempt", Field::Number(call.attempts().into())),
                ("method", Field::Text(call.method())),
                ("url", Field::Text(url)),
                ("headers", Field::Names(names)),
            ];
            log::write(&self.io(), log::DEBUG, "sending", &fields);
        }
        let body = Some(call.body()).filter(|_| call.is_body_altered());
        let posts = call.method() == "POST";
        host::request(&self.io(), output, posts, body, call.attempts())
    }

    fn log_answer(&self) {
        let call = self.call.borrow();
        if self.log_level >= log::INFO && !call.is_over() {
            let ms = host::monotonic_ms() - call.attempt_started();
            let fields = [
                ("attempt", Field::Number(call.attempts().into())),
                ("status", Field::Number(call.status().into())),
                ("ms", Field::Number(ms)),
            ];
            log::write(&self.io(), log::INFO, "answered", &fields);
        }
    }
}

/// What a task waits for.
struct Waiting<'t>(&'t Task);

impl Future for Waiting<'_> {
    type Output = Event;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Event> {
        match self.0.event.take() {
            Some(event) => Poll::Ready(event),
            None => {
                self.0.waker.set(Some(context.waker().clone()));
                Poll::Pending
            }
        }
    }
}
