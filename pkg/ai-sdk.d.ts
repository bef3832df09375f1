import type { BedrockChatClient } from "./lite-client.js";

/**
 * A provider for the AI SDK (`ai` 7, specification v4): `generateText`, `streamText`, agents and
 * structured output on Bedrock's Chat Completions API, signed and retried by the client, with its
 * guardrail.
 *
 * `providerOptions.bedrock` may have a `guardrail`, and fields of the request (`service_tier`).
 * `providerMetadata.bedrock` has the `requestId`, and what the `guardrail` did. Errors are this
 * package's, and `APICallError`s to the AI SDK.
 *
 * @example
 * ```ts
 * import { streamText } from "ai";
 * import { createBedrockChat } from "bedrock-chat/ai-sdk";
 *
 * const bedrock = createBedrockChat({ client });
 * const { textStream } = streamText({ model: bedrock("openai.gpt-oss-20b-1:0"), prompt: "Hello!" });
 * ```
 */
export declare function createBedrockChat(options: BedrockChatOptions): BedrockChatProvider;

/** The options of a provider. */
export interface BedrockChatOptions {
  client: BedrockChatClient;
  /** Its name, in `providerOptions` and `providerMetadata` too. Default: `bedrock`. */
  name?: string | undefined;
}

/** A `ProviderV4`; called with a model's id it gives the model. */
export interface BedrockChatProvider {
  (modelId: string): BedrockChatLanguageModel;
  readonly specificationVersion: "v4";
  languageModel(modelId: string): BedrockChatLanguageModel;
  /** There is none: it throws the AI SDK's `NoSuchModelError`. */
  embeddingModel(modelId: string): never;
  /** There is none: it throws the AI SDK's `NoSuchModelError`. */
  imageModel(modelId: string): never;
}

/** A `LanguageModelV4`, for the functions of `ai` to call. */
export interface BedrockChatLanguageModel {
  readonly specificationVersion: "v4";
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: Record<string, never>;
  doGenerate(options: any): Promise<any>;
  doStream(options: any): Promise<any>;
}
