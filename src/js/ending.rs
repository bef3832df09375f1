//! What ends a call: its caller, or a limit of time.

use core::cell::{Cell, RefCell};
use core::task::{Context, Poll, Waker};

use js_sys::{Reflect, WeakRef};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, AbortSignal};

use super::environment;
use super::options::Fields;
use bedrock_chat_core::error::text;

/// What ends a call before its answer does.
#[derive(Clone)]
pub(crate) enum Ending {
    /// By the caller: its signal, with the reason, or a method of ours.
    Aborted(JsValue),
    /// By a limit: which, as the option spells it.
    TimedOut(Limit),
}

/// The limits of the option `timeout`.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    Connect,
    FirstToken,
    Idle,
    Total,
}

impl Limit {
    /// The name within the option.
    pub(crate) const fn option(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::FirstToken => "firstToken",
            Self::Idle => "idle",
            Self::Total => "total",
        }
    }

    /// What a `StreamTimeoutError` says.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Connect => text::NO_HEADERS,
            Self::FirstToken => text::NO_FIRST_TOKEN,
            Self::Idle => text::IDLE,
            Self::Total => text::TOO_LONG,
        }
    }
}

/// The way out of whatever an attempt waits for.
pub(crate) struct Gate {
    controller: RefCell<Controller>,
    /// The attempt took longer than it may.
    pub(crate) too_slow: Cell<bool>,
    left: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Gate {
    pub(crate) fn new() -> Result<Self, JsValue> {
        Ok(Self {
            controller: RefCell::new(Controller::Ours(AbortController::new()?)),
            too_slow: Cell::default(),
            left: Cell::default(),
            waker: RefCell::default(),
        })
    }

    /// The signal of the request.
    pub(crate) fn signal(&self) -> Option<AbortSignal> {
        self.controller.borrow().get().map(|it| it.signal())
    }

    /// Cancels the request.
    pub(crate) fn cancel(&self) {
        // Not borrowed while listeners run.
        let controller = self.controller.borrow().get();
        if let Some(controller) = controller {
            controller.abort();
        }
    }

    /// Leaves the controller to somebody else: from now on it lives as long as they hold it.
    pub(crate) fn hand_over(&self) -> Option<AbortController> {
        // Some workers do not know it.
        environment::global("WeakRef")?;
        let controller = self.controller.borrow().get()?;
        *self.controller.borrow_mut() = Controller::Theirs(WeakRef::new(&controller));
        Some(controller)
    }

    /// Whether somebody left; otherwise wakes this task when that happens.
    pub(crate) fn poll(&self, context: &Context<'_>) -> Poll<()> {
        if self.left.get() {
            return Poll::Ready(());
        }
        *self.waker.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }

    /// Lets out whoever waits, and cancels the request.
    pub(crate) fn leave(&self) {
        self.left.set(true);
        self.cancel();
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// What cancels a request: its signal's listeners may hold all that is known of the answer.
enum Controller {
    Ours(AbortController),
    Theirs(WeakRef<AbortController>),
}

impl Controller {
    fn get(&self) -> Option<AbortController> {
        match self {
            Self::Ours(controller) => Some(controller.clone()),
            Self::Theirs(controller) => controller.deref(),
        }
    }
}

/// A listener that is taken off its signal with the call.
pub(crate) struct Listener {
    signal: AbortSignal,
    heard: Closure<dyn FnMut()>,
}

impl Listener {
    pub(crate) fn on_abort(
        signal: &AbortSignal,
        run: impl FnOnce() + 'static,
    ) -> Result<Self, JsValue> {
        let heard = Closure::once(run);
        signal.add_event_listener_with_callback("abort", heard.as_ref().unchecked_ref())?;
        Ok(Self {
            signal: signal.clone(),
            heard,
        })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let heard = self.heard.as_ref().unchecked_ref();
        let _ = self
            .signal
            .remove_event_listener_with_callback("abort", heard);
    }
}

/// The option `signal`.
pub(crate) fn signal(fields: &Fields<'_>) -> Result<Option<AbortSignal>, JsValue> {
    let signal = fields.raw("signal")?;
    if signal.is_undefined() || signal.is_null() {
        return Ok(None);
    }
    // Structural: it may come from another realm or a library.
    let listens =
        signal.is_object() && Reflect::get(&signal, &"addEventListener".into())?.is_function();
    if listens {
        Ok(Some(signal.unchecked_into()))
    } else {
        Err(fields.refuse("signal", "must be an AbortSignal"))
    }
}
