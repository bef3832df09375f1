export { BedrockChatClient, BedrockChatClient as default } from "./client.js";
export { ChatCompletionStream } from "./completion-stream.js";
export * from "./lite-api.js";
export { Page, PagePromise } from "./resources.js";
export { ChatCompletionRunner, ChatCompletionStreamingRunner, ParsingToolFunction } from "./runner.js";
