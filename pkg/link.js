import * as glue from "./gen/bedrock_chat_bg.js";
import * as host from "./host.js";

let exports;
let input;

/**
 * Makes the module ready for use, at once: no entry needs an `await`. Only the first module
 * counts: what clients hold lives in its memory.
 * @param {WebAssembly.Module} module
 */
export function link(module) {
  if (exports) return;
  // Not `initSync`: it wants a Module of its own realm, and edge-light brings another's.
  const instance = new WebAssembly.Instance(module, {
    "./bedrock_chat_bg.js": glue,
    // What wasm-bindgen binds without glue.
    "../host.js": host,
  });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  exports = instance.exports;
}

/** Puts bytes where `push` finds them; at most `glue.inputLength()`. */
export function put(bytes) {
  // Empty once the memory has grown.
  if (!input?.length) input = new Uint8Array(exports.memory.buffer, glue.input(), glue.inputLength());
  input.set(bytes);
}
