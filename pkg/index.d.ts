/**
 * Amazon Bedrock's OpenAI-compatible Chat Completions API, in every JavaScript runtime.
 *
 * @example
 * ```ts
 * import { BedrockChatClient } from "bedrock-chat";
 *
 * const client = new BedrockChatClient({ region: "us-west-2" }); // and AWS_BEARER_TOKEN_BEDROCK
 * const completion = await client.chat.completions.create({
 *   model: "openai.gpt-oss-20b-1:0",
 *   messages: [{ role: "user", content: "Hello!" }],
 * });
 * console.log(completion.choices[0]?.message.content);
 * ```
 *
 * @packageDocumentation
 */
export { BedrockChatClient as default } from "./client.js";
export * from "./client.js";
export * from "./completion-stream.js";
export * from "./errors.js";
export * from "./functions.js";
export * from "./promise.js";
export { Page, PagePromise } from "./resources.js";
export * from "./runner.js";
export * from "./stream.js";
export type * from "./chat.js";
export type * from "./events.js";
export type * from "./guardrail.js";
export type * from "./parse.js";
export type { Guardrails, Model, Models, ModelsPage, Unsupported } from "./resources.js";
