import * as glue from "./gen/bedrock_chat_bg.js";

let linked = false;

/**
 * Makes the module ready for use, at once: no entry needs an `await`. Only the first module
 * counts: what clients hold lives in its memory.
 * @param {WebAssembly.Module} module
 */
export function link(module) {
  if (linked) return;
  // Not `initSync`: it wants a Module of its own realm, and edge-light brings another's.
  const instance = new WebAssembly.Instance(module, { "./bedrock_chat_bg.js": glue });
  glue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  linked = true;
}
