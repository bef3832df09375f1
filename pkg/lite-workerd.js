// Cloudflare's runtime compiles no module while it runs; it imports them compiled.
import module from "./gen/bedrock_chat.wasm";
import { link } from "./link.js";

link(module);

export { default } from "./lite-api.js";
export * from "./lite-api.js";
