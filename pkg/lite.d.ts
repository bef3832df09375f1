/**
 * `bedrock-chat/lite`: a client with `create()` alone, streamed or not. A program that needs no more
 * of `openai`'s surface (`stream()` with its events, `parse()`, `runTools()`, `models`, `guardrails`)
 * is smaller with it. What goes over the wire, and every error, is the same.
 *
 * @example
 * ```ts
 * import { BedrockChatClient } from "bedrock-chat/lite";
 *
 * const client = new BedrockChatClient({ region: "us-west-2" }); // and AWS_BEARER_TOKEN_BEDROCK
 * const stream = await client.chat.completions.create({ model, messages, stream: true });
 * for await (const text of stream.textStream()) process.stdout.write(text);
 * ```
 *
 * @module
 */
export { BedrockChatClient as default } from "./lite-client.js";
export * from "./lite-client.js";
export * from "./errors.js";
export * from "./functions.js";
export * from "./promise.js";
export * from "./stream.js";
export type * from "./chat.js";
export type * from "./guardrail.js";
export type {
  ApiKeyProvider,
  ApiKeyToken,
  AwsCredentials,
  AwsCredentialsProvider,
  ClientOptions,
  Fetch,
  FetchOptions,
  FetchResponse,
  FieldValue,
  HeadersLike,
  LimitOptions,
  Logger,
  LogLevel,
  ModelExplanation,
  ModelFacts,
  QueryLike,
  RequestOptions,
  RetryEvent,
  TimeoutOptions,
} from "./client.js";
