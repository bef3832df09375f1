// As edge-light.js, with a client that applies guardrails itself.
import "./edge-light.js";

export * from "./api.js";
export { BedrockChatClient, BedrockChatClient as default } from "./guarded.js";
