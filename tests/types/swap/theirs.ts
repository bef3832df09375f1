export { default } from "openai";
export * from "openai";
export * from "openai/resources/chat/completions";
export { ChatCompletionRunner } from "openai/lib/ChatCompletionRunner";
export { LengthFinishReasonError, ContentFilterFinishReasonError } from "openai/core/error";
export type { ClientOptions } from "openai";
