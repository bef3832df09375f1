// As index.js, with a client that applies guardrails itself.
import "./index.js";

export * from "./api.js";
export { BedrockChatClient, BedrockChatClient as default } from "./guarded.js";
