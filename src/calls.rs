//! Calls, as JavaScript holds them: how they begin, what it tells them, how they end.

use std::rc::Rc;

use bedrock_chat_core::call::{Call, Event};
use bedrock_chat_core::enforce;
use bedrock_chat_core::operation::{
    APPLY_GUARDRAIL, CHAT_COMPLETIONS, GUARDRAIL_CHECKS, JUDGED_COMPLETIONS, MODELS,
};
use bedrock_chat_core::options::Values;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::clients::{CLIENTS, reporting};
use crate::driver::{Task, drive, now};
use crate::handles::Handles;
use crate::memory::is_short;

thread_local! {
    pub(crate) static CALLS: Handles<Task> = const { Handles::new() };
}

/// Does something with a call that is there.
pub(crate) fn with<T: Default>(call: u32, run: impl FnOnce(&Rc<Task>) -> T) -> T {
    let task = CALLS.with(|calls| calls.get(call));
    task.as_ref().map(run).unwrap_or_default()
}

/// Checks and writes a request and begins to send it. `text` is its body, or the rest of its path;
/// `kind`: a chat completion (0), one that streams (1), models (2), ApplyGuardrail (3),
/// InvokeGuardrailChecks (4), a chat completion that the client judges (8), one that streams (9).
/// `io` is the call's side in JavaScript. The answer is 0 where it is refused: see `error`.
#[wasm_bindgen(js_name = newCall)]
pub fn new_call(
    client: u32,
    io: JsValue,
    text: String,
    options: String,
    kind: u32,
    log_level: u32,
) -> u32 {
    let Some(client) = CLIENTS.with(|clients| clients.get(client)) else {
        return 0;
    };
    let task = reporting(|report| {
        let options = Values::read(options, report)?;
        let operation = match kind {
            2 => &MODELS,
            3 => &APPLY_GUARDRAIL,
            4 => &GUARDRAIL_CHECKS,
            8 | 9 => &JUDGED_COMPLETIONS,
            _ => &CHAT_COMPLETIONS,
        };
        let call = Call::new(operation, &client, &options, text, kind & 7 == 1, report)?;
        Ok(Rc::new(Task::new(call, io, log_level)))
    });
    let Some(task) = task else {
        return 0;
    };
    let handle = CALLS.with(|calls| calls.insert(task.clone()));
    if handle.is_some() {
        spawn_local(drive(task));
    }
    handle.unwrap_or_default()
}

/// The guardrail that the client is to apply to a chat completion, as `enforce::enforcement` writes
/// it; nothing where the request is refused: see `error`.
#[wasm_bindgen]
pub fn enforcement(client: u32, text: String, options: String) -> Option<String> {
    let client = CLIENTS.with(|clients| clients.get(client))?;
    reporting(|report| {
        let options = Values::read(options, report)?;
        enforce::enforcement(&client, &options, text, report)
    })
}

/// What the provider gave, as the values of options.
#[wasm_bindgen]
pub fn secret(call: u32, values: String) {
    with(call, |task| task.tell(Event::Secret(values)));
}

/// The SHA-256 of the body in hexadecimal digits; empty without a way to it.
#[wasm_bindgen]
pub fn hashed(call: u32, digits: String) {
    with(call, |task| task.tell(Event::Hash(digits)));
}

/// The status of the answer, 0 for what is none, and its headers, each on a line, where the
/// status is that of an error or a stream was asked for.
#[wasm_bindgen]
pub fn head(call: u32, status: u16, headers: String) {
    with(call, |task| task.tell(Event::Head { status, headers }));
}

/// JSON that may be shown: see `Call::redact`.
#[wasm_bindgen]
pub fn redact(call: u32, json: &str) -> String {
    with(call, |task| task.call.borrow().redact(json))
}

/// The body of the answer, or its start.
#[wasm_bindgen]
pub fn body(call: u32, bytes: Vec<u8>) {
    with(call, |task| task.tell(Event::Body(bytes)));
}

/// Whether so many bytes of an answer that is no stream may come; if not, the call ends.
#[wasm_bindgen]
pub fn admits(call: u32, received: usize) -> bool {
    with(call, |task| {
        let admitted = task.call.borrow_mut().admits(received) && !is_short(received * 4);
        if !admitted {
            task.tell(Event::TooLarge);
        }
        admitted
    })
}

/// What has no more to tell than that it happened: see `host.js`.
#[wasm_bindgen]
pub fn tell(call: u32, what: u32) {
    let event = match what {
        0 => Event::TimeUp,
        1 => Event::Thrown,
        2 => Event::Broken,
        3 => Event::Wanted,
        4 => Event::Streams,
        _ => Event::Resumed,
    };
    with(call, |task| task.tell(event));
}

/// Whether what was read of a body begins a stream.
#[wasm_bindgen]
pub fn sniff(call: u32, start: &[u8]) -> bool {
    with(call, |task| task.call.borrow().sniff(start) == Some(true))
}

/// Ends a call for its caller: false if it has ended before.
#[wasm_bindgen]
pub fn abort(call: u32) -> bool {
    with(call, |task| {
        let mut call = task.call.borrow_mut();
        let was_open = !call.is_over();
        if was_open {
            call.step(Event::Aborted, &now);
        }
        was_open
    })
}

/// The response goes to the caller unread; `io` stands for the call from now on.
#[wasm_bindgen(js_name = handOver)]
pub fn hand_over(call: u32, io: JsValue) {
    with(call, |task| {
        task.call.borrow_mut().hand_over();
        task.lend(io);
    });
}

/// Whether the answer is a stream.
#[wasm_bindgen(js_name = isStream)]
pub fn is_stream(call: u32) -> bool {
    with(call, |task| task.call.borrow().is_stream())
}

/// Whether a guardrail was asked for, and the answer showed no sign of one.
#[wasm_bindgen(js_name = lacksEvidence)]
pub fn lacks_evidence(call: u32) -> bool {
    with(call, |task| task.call.borrow().lacks_evidence())
}

/// The error that ended a call.
#[wasm_bindgen]
pub fn report(call: u32) -> String {
    with(call, |task| task.call.borrow().report().to_owned())
}

/// Forgets a call.
#[wasm_bindgen(js_name = freeCall)]
pub fn free_call(call: u32) {
    if let Some(task) = CALLS.with(|calls| calls.remove(call)) {
        // Others may wait for its memory.
        if let Ok(mut call) = task.call.try_borrow_mut() {
            call.forget_answer();
        }
        // Its future lives until it has run to its end.
        task.tell(Event::Aborted);
    }
}
