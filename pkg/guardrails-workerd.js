// As workerd.js, with a client that applies guardrails itself.
import "./workerd.js";

export * from "./api.js";
export { BedrockChatClient, BedrockChatClient as default } from "./guarded.js";
