//! The stream of a call, as the read loop in JavaScript drives it. No export that is called per
//! read returns a reference to JavaScript: see ARCHITECTURE.md.

use core::cell::RefCell;

use bedrock_chat_core::call::{Call, StreamProgress};
use bedrock_chat_core::decoder::Mode;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::calls::with;
use crate::driver::now;
use crate::memory::is_short;

/// So many bytes are decoded at a time: the first event of a large read is not kept waiting.
const INPUT: usize = 4096;

thread_local! {
    /// Where JavaScript puts the bytes of a read, and finds the batch.
    static BYTES: RefCell<Vec<u8>> = RefCell::new(vec![0; INPUT]);
}

/// Where the bytes of a read go, and never moves: [`INPUT`] of them at most.
#[wasm_bindgen]
pub fn input() -> *const u8 {
    BYTES.with_borrow(|bytes| bytes.as_ptr())
}

/// How many bytes [`input`] takes.
#[wasm_bindgen(js_name = inputLength)]
pub fn input_length() -> usize {
    INPUT
}

/// Decodes so many bytes of the input; the answer is `StreamProgress::bits`. The batch takes the
/// place of those bytes, if it is no longer than the input.
#[wasm_bindgen]
pub fn push(call: u32, length: usize) -> u32 {
    decode(call, &|call| {
        // A large event is there four times when it is complete.
        if is_short(call.pending() * 4) {
            return call.short_of_memory(&now);
        }
        BYTES.with_borrow(|bytes| call.push(bytes.get(..length).unwrap_or_default(), &now))
    })
}

/// Decodes the end of the body; the answer as of `push`.
#[wasm_bindgen]
pub fn finish(call: u32) -> u32 {
    decode(call, &|call| call.finish(&now))
}

fn decode(call: u32, run: &dyn Fn(&mut Call) -> StreamProgress) -> u32 {
    with(call, |task| {
        let mut call = task.call.borrow_mut();
        let progress = run(&mut call);
        let batch = call.batch().as_bytes();
        BYTES.with_borrow_mut(|bytes| {
            if let Some(place) = bytes.get_mut(..batch.len()) {
                place.copy_from_slice(batch);
            }
        });
        progress.bits()
    })
}

/// The body broke off; the answer as of `push`.
#[wasm_bindgen]
pub fn broken(call: u32) -> u32 {
    with(call, |task| {
        task.call.borrow_mut().stream_broken(&now).bits()
    })
}

/// Where something that the last `push` or `finish` found starts, or ends: what it decoded, where
/// that is longer than the input, or what stands apart from it (`Decoder::apart`).
#[wasm_bindgen]
pub fn long(call: u32, apart: bool, end: bool) -> usize {
    with(call, |task| {
        let call = task.call.borrow();
        let text = if apart { call.apart() } else { call.batch() };
        let bytes = text.as_bytes().as_ptr_range();
        (if end { bytes.end } else { bytes.start }).addr()
    })
}

/// The completion so far, as JSON, but for what was `apart`; null where there is no memory for it.
#[wasm_bindgen]
pub fn completion(call: u32) -> String {
    with(call, |task| {
        let call = task.call.borrow();
        if is_short(call.kept() * 2) {
            String::from("null")
        } else {
            call.completion()
        }
    })
}

/// What batches hold from now on: 0 chunks, 1 text, 2 nothing.
#[wasm_bindgen(js_name = setMode)]
pub fn set_mode(call: u32, mode: u32) {
    let mode = match mode {
        0 => Mode::Compact,
        1 => Mode::Text,
        _ => Mode::Silent,
    };
    with(call, |task| task.call.borrow_mut().set_mode(mode));
}

/// A timer went off: see `Call::tick`.
#[wasm_bindgen]
pub fn tick(call: u32, waiting: bool) -> f64 {
    with(call, |task| task.call.borrow_mut().tick(now(), waiting))
}
