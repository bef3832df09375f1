//! Timers and time, as every runtime has them: global functions of JavaScript.

use js_sys::Function;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    // Node answers with an object, everybody else with a number.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(run: &Function, ms: f64) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

/// Runs something later, unless it is dropped before.
pub(crate) struct Timer {
    id: JsValue,
    _run: Closure<dyn FnMut()>,
}

impl Timer {
    pub(crate) fn after(ms: f64, run: impl FnOnce() + 'static) -> Self {
        let run = Closure::once(run);
        let id = set_timeout(run.as_ref().unchecked_ref(), ms);
        Self { id, _run: run }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}

/// Calls a function whose exceptions are its owner's own business.
pub(crate) fn call(function: &Function, argument: &JsValue) {
    let _ = function.call1(&JsValue::UNDEFINED, argument);
}

/// Milliseconds since 1970, by the clock of this machine.
pub(crate) fn now_ms() -> f64 {
    js_sys::Date::now()
}
