import type {
  ChatCompletion,
  ChatCompletionCreateParamsBase,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
} from "./chat.js";
import type { ClientOptions, ModelExplanation, RequestOptions } from "./client.js";
import type * as errors from "./errors.js";
import type { APIPromise } from "./promise.js";
import type { Stream } from "./stream.js";
import type { WebDisposable } from "./web.js";

/** The error classes, as `openai` has them: `error instanceof BedrockChatClient.APIError`. */
declare const WithErrors: (abstract new () => object) & Readonly<typeof errors>;

/**
 * A client for Amazon Bedrock's OpenAI-compatible Chat Completions API. Ready at once, and meant
 * to be kept: one client serves any number of calls at a time.
 *
 * @example
 * ```ts
 * const client = new BedrockChatClient({ region: "us-west-2" }); // and AWS_BEARER_TOKEN_BEDROCK
 * const completion = await client.chat.completions.create({
 *   model: "openai.gpt-oss-20b-1:0",
 *   messages: [{ role: "user", content: "Hello!" }],
 * });
 * console.log(completion.choices[0]?.message.content);
 * ```
 */
export declare class BedrockChatClient extends WithErrors {
  /**
   * Reads and checks the options; sends nothing.
   *
   * @throws {@link ConfigurationError} if they are wrong or contradict each other.
   */
  constructor(options?: ClientOptions);

  /** Where the operations are, as in `openai`. */
  readonly chat: Chat;

  /** Where the API is, without `/chat/completions`. */
  readonly baseURL: string;

  /** `"hidden"` where the client has an API key, else `null`: never the key. */
  readonly apiKey: string | null;

  /** See {@link ClientOptions.maxRetries}. */
  readonly maxRetries: number;

  /** The limit over everything, in milliseconds; see {@link ClientOptions.timeout}. */
  readonly timeout: number;

  /**
   * A new client with these options changed. An option that must go is set to `undefined`:
   * `withOptions({ apiKey: undefined, credentials })`. A guardrail goes by `null` alone.
   */
  withOptions(options: ClientOptions): this;

  /**
   * What this client knows of a model, and what a call would do; nothing is sent.
   *
   * @throws {@link ConfigurationError} if `endpoint` contradicts the client's other options.
   */
  explain(question: { model: string; endpoint?: "runtime" | "mantle" | undefined }): ModelExplanation;

  /** What may be shown of it: no secret, and none of its calls. */
  toJSON(): { apiKey: string | null; maxRetries: number };

  /**
   * Ends all calls under way, each with an {@link APIUserAbortError}, and lets go of the memory.
   * The client cannot be used afterwards. `using client = new BedrockChatClient()` does it too.
   */
  free(): void;
}

export interface BedrockChatClient extends WebDisposable {}

/** The chat API. */
export interface Chat {
  /** Chat completions. */
  readonly completions: Completions;
}

/** Chat completions, by {@link create} alone. `StreamT` is what it streams. */
export interface Completions<StreamT extends Stream = Stream> {
  /**
   * Asks for an answer: whole, or with `stream: true` piece by piece.
   *
   * The promise rejects with an {@link APIError}, or with an {@link InvalidRequestError} or
   * {@link GuardrailNotEnforcedError} if the request was not sent.
   *
   * @param body The request. What you set is sent, and nothing else.
   * @param options For this call alone.
   *
   * @example
   * ```ts
   * const completion = await client.chat.completions.create({ model, messages });
   * console.log(completion.choices[0]?.message.content);
   *
   * const stream = await client.chat.completions.create({ model, messages, stream: true });
   * for await (const text of stream.textStream()) process.stdout.write(text);
   * ```
   */
  create(
    body: ChatCompletionCreateParamsNonStreaming,
    options?: RequestOptions,
  ): APIPromise<ChatCompletion>;
  /** Asks for an answer piece by piece. */
  create(
    body: ChatCompletionCreateParamsStreaming,
    options?: RequestOptions,
  ): APIPromise<StreamT>;
  /** Asks for an answer, whole or piece by piece. */
  create(
    body: ChatCompletionCreateParamsBase,
    options?: RequestOptions,
  ): APIPromise<StreamT | ChatCompletion>;
}

// What has no `export` stays here.
export {};
