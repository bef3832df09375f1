// The caller brings the module, e.g. from `bedrock-chat/bedrock_chat.wasm`.
import { link } from "./link.js";

export function init(module) {
  link(module instanceof ArrayBuffer || ArrayBuffer.isView(module) ? new WebAssembly.Module(module) : module);
}

export { default } from "./api.js";
export * from "./api.js";
