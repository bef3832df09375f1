/**
 * `bedrock-chat/guardrails`: all that `bedrock-chat` has, with a {@link BedrockChatClient} that applies
 * guardrails itself where {@link GuardrailOptions.enforce} is `"client"` or `"auto"`.
 *
 * @module
 */
export * from "./index.js";
export { default } from "./index.js";
