// As workerd.js; Vercel's edge runtime asks for the query.
import module from "./gen/bedrock_chat.wasm?module";
import { link } from "./link.js";

link(module);

export { default } from "./lite-api.js";
export * from "./lite-api.js";
