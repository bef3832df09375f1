//! Waiting for a value of JavaScript, as `await` does.
//!
//! Not by `JsFuture`: it calls `then` itself, and what a promise of the caller's does there (throw,
//! call back at once, or twice) is an exception in the middle of our own work; and one that is
//! dropped stays in memory until its promise settles, which may be never.

use core::cell::RefCell;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

#[wasm_bindgen(raw_module = "../wait.js")]
extern "C" {
    // They do not throw; `catch` puts the glue in between, through which all imports go.
    #[wasm_bindgen(catch)]
    fn wait(value: &JsValue, done: &Closure<dyn FnMut(bool, JsValue)>) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    fn forget(waiting: &JsValue) -> Result<(), JsValue>;
    /// A promise of a value that may be one.
    #[wasm_bindgen(catch)]
    pub(crate) fn promise(value: &JsValue) -> Result<Promise, JsValue>;
}

/// The outcome of a value that may be a promise or a thenable.
pub(crate) struct Wait {
    state: Rc<RefCell<State>>,
    waiting: JsValue,
    _done: Closure<dyn FnMut(bool, JsValue)>,
}

#[derive(Default)]
struct State {
    outcome: Option<Result<JsValue, JsValue>>,
    waker: Option<Waker>,
}

impl Wait {
    /// From now on a rejection is not an unhandled one.
    pub(crate) fn for_value(value: &JsValue) -> Self {
        let state = Rc::<RefCell<State>>::default();
        let settled = state.clone();
        let done = Closure::new(move |kept, value| {
            let waker = {
                let mut state = settled.borrow_mut();
                state.outcome = Some(if kept { Ok(value) } else { Err(value) });
                state.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        Self {
            state,
            waiting: wait(value, &done).unwrap_or_default(),
            _done: done,
        }
    }
}

impl Future for Wait {
    type Output = Result<JsValue, JsValue>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.state.borrow_mut();
        match state.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let _ = forget(&self.waiting);
    }
}
