//! What a stream has no memory left for ends it, and nothing else.

#![allow(unsafe_code, reason = "an allocator of its own")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;

use bedrock_chat_core::decoder::{Decoder, Reasoning, StreamError, StreamState};

thread_local! {
    static MOST: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Gives a thread nothing that is larger than it may have.
struct Bounded;

// SAFETY: it does as the system's allocator does, or gives nothing.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > MOST.get() {
            return ptr::null_mut();
        }
        // SAFETY: the layout is the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: `alloc` had it from there.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Bounded = Bounded;

#[test]
fn a_stream_that_no_memory_is_left_for_fails() {
    // Whatever grows with the stream, `…` a piece of it.
    for delta in [
        r#"{"content":"…"}"#,
        r#"{"content":[{"type":"text","text":"…"}]}"#,
        r#"{"reasoning":"…"}"#,
        r#"{"reasoning_content":"…"}"#,
        r#"{"refusal":"…"}"#,
        r#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"…"}}]}"#,
        r#"{"tool_calls":[{"index":0,"custom":{"name":"f","input":"…"}}]}"#,
        r#"{"function_call":{"arguments":"…"}}"#,
        r#"{"new":"…"}"#,
        r#"{"new":{"text":"…"}}"#,
        r#"{"new":["…"]}"#,
        r#"{},"logprobs":{"content":["…"]}"#,
        r#"{},"logprobs":{"refusal":["…"]}"#,
        r#"{},"logprobs":{"new":["…"]}"#,
    ] {
        let data = format!(r#"{{"choices":[{{"index":0,"delta":{delta}}}]}}"#);
        let data = data.replace('…', &"x".repeat(1000));
        let event = format!("data: {data}\n\n");
        for reasoning in [Reasoning::Raw, Reasoning::Parsed] {
            let mut decoder = Decoder::new(reasoning);
            let mut events = 0;
            MOST.set(1 << 16);
            while events < 100 && decoder.state() == StreamState::Open {
                decoder.push(event.as_bytes());
                events += 1;
            }
            MOST.set(usize::MAX);
            assert_eq!(
                decoder.failure(),
                Some(&StreamError::TooLarge(None)),
                "{delta}"
            );
            assert!((20..70).contains(&events), "{events} {delta}");
            // It was its own failure, and not that of the next one.
            let mut other = Decoder::new(reasoning);
            assert_eq!(other.push(event.as_bytes()).state, StreamState::Open);
        }
    }
}
