// The caller brings the module, e.g. from `bedrock-chat/bedrock_chat.wasm`.
import { compile, instance, link } from "./link.js";

export function init(module) {
  if (module instanceof ArrayBuffer || ArrayBuffer.isView(module)) compile(module);
  else link(module);
  instance();
}

export { default } from "./api.js";
export * from "./api.js";
