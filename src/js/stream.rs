//! The decoder of one stream, as the read loop in JavaScript drives it.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::call::Call;
use bedrock_chat_core::response::with_guardrail;
use bedrock_chat_core::decoder::{self, Mode};

/// Bytes of an answer in, a batch of results out. No method that is called per read returns a
/// reference to JavaScript: see ARCHITECTURE.md.
#[wasm_bindgen(skip_typescript)]
pub struct Decoder(decoder::Decoder);

#[wasm_bindgen]
impl Decoder {
    /// A decoder for the stream of this call.
    #[wasm_bindgen(constructor)]
    pub fn new(call: &Call) -> Self {
        let mut decoder = decoder::Decoder::new(call.reasoning());
        decoder.set_mode(Mode::Compact);
        Self(decoder)
    }

    /// What batches hold from now on: 0 chunks, 1 text, 2 nothing.
    #[wasm_bindgen(js_name = setMode)]
    pub fn set_mode(&mut self, mode: u32) {
        self.0.set_mode(match mode {
            0 => Mode::Compact,
            1 => Mode::Text,
            _ => Mode::Silent,
        });
    }

    /// Decodes some bytes; the answer is `Progress::bits`.
    pub fn push(&mut self, bytes: &[u8]) -> u32 {
        self.0.push(bytes).bits()
    }

    /// Decodes the end of the body.
    pub fn finish(&mut self) -> u32 {
        self.0.finish().bits()
    }

    /// What the last `push` or `finish` decoded: a JSON array (`Mode::Compact`), or text.
    pub fn batch(&mut self) -> String {
        self.0.take_batch()
    }

    /// The completion so far, as JSON.
    pub fn completion(&self) -> String {
        with_guardrail(self.0.completion())
    }

    /// Why the stream failed, as an error object.
    pub fn error(&self, call: &Call) -> JsValue {
        call.stream_error(self.0.failure())
    }
}
