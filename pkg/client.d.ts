import type {
  ChatCompletion,
  ChatCompletionAllowedToolChoice,
  ChatCompletionAllowedTools,
  ChatCompletionAssistantMessageParam,
  ChatCompletionChunk,
  ChatCompletionContentPart,
  ChatCompletionContentPartImage,
  ChatCompletionContentPartInputAudio,
  ChatCompletionContentPartRefusal,
  ChatCompletionContentPartText,
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionCustomTool,
  ChatCompletionDeveloperMessageParam,
  ChatCompletionFunctionCallOption,
  ChatCompletionFunctionMessageParam,
  ChatCompletionFunctionTool,
  ChatCompletionMessage,
  ChatCompletionMessageCustomToolCall,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
  ChatCompletionNamedToolChoice,
  ChatCompletionNamedToolChoiceCustom,
  ChatCompletionPredictionContent,
  ChatCompletionRole,
  ChatCompletionStreamOptions,
  ChatCompletionStreamParams,
  ChatCompletionSystemMessageParam,
  ChatCompletionTokenLogprob,
  ChatCompletionTool,
  ChatCompletionToolChoiceOption,
  ChatCompletionToolMessageParam,
  ChatCompletionUserMessageParam,
  ChatModel,
  CompletionUsage,
  FunctionDefinition,
  FunctionParameters,
  Metadata,
  ReasoningEffort,
  ResponseFormatJSONObject,
  ResponseFormatJSONSchema,
  ResponseFormatText,
} from "./chat.js";
import type { ChatCompletionStream } from "./completion-stream.js";
import type { APIError } from "./errors.js";
import type { GuardrailOptions } from "./guardrail.js";
import type { BedrockChatClient as LiteClient, Completions as LiteCompletions } from "./lite-client.js";
import type {
  ChatCompletionParseParams,
  ExtractParsedContentFromParams,
  ParsedChatCompletion,
  ParsedChatCompletionMessage,
  ParsedChatCompletionMessageToolCall,
  ParsedChoice,
  ParsedFunction,
  ParsedFunctionToolCall,
} from "./parse.js";
import type { APIPromise } from "./promise.js";
import type { Guardrails, Model, Models, ModelsPage, Page, Unsupported } from "./resources.js";
import type {
  ChatCompletionRunner,
  ChatCompletionStreamingRunner,
  ChatCompletionStreamingToolRunnerParams,
  ChatCompletionToolRunnerParams,
  RunnableToolFunctionWithContext,
  RunnerOptions,
} from "./runner.js";
import type {
  WebAbortSignal,
  WebHeaders,
  WebRequestInit,
  WebURLSearchParams,
} from "./web.js";

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
export declare class BedrockChatClient extends LiteClient {
  /** Where the operations are, as in `openai`. */
  readonly chat: Chat;

  /** The models of the endpoint. */
  readonly models: Models;
  /** Guardrails without a model. */
  readonly guardrails: Guardrails;

  /** For programs that use it: what {@link chat} is. */
  readonly beta: { readonly chat: Chat };

  // What wrappers of clients look for. This API has none of it.
  readonly completions: Unsupported<"create">;
  readonly responses: Unsupported<"create" | "parse" | "stream" | "retrieve" | "cancel" | "delete">;
  readonly embeddings: Unsupported<"create">;
  readonly images: Unsupported<"generate" | "edit">;
  readonly moderations: Unsupported<"create">;
}

/** The chat API. */
export interface Chat {
  /** Chat completions. */
  readonly completions: Completions;
}

/** Chat completions. */
export interface Completions extends LiteCompletions<ChatCompletionStream> {
  /**
   * Asks for a stream and returns it at once. What goes wrong on the way, the stream tells.
   *
   * @throws {@link InvalidRequestError}, {@link GuardrailNotEnforcedError} or
   * {@link ConfigurationError} at once, if the request cannot be sent.
   *
   * @example
   * ```ts
   * const message = await client.chat.completions.stream({ model, messages }).finalMessage();
   * ```
   */
  stream<Params extends ChatCompletionStreamParams, ParsedT = ExtractParsedContentFromParams<Params>>(
    body: Params,
    options?: RequestOptions,
  ): ChatCompletionStream<ParsedT>;

  /**
   * Asks for an answer, and parses it: its content where `response_format` is a JSON schema, the
   * arguments of its tool calls where the tool has `strict: true`. What `zodResponseFormat` and
   * `zodFunction` of `openai/helpers/zod` make is parsed by its schema.
   *
   * The promise rejects with a {@link LengthFinishReasonError} or
   * {@link ContentFilterFinishReasonError} if the answer did not come to its end, and with a
   * {@link StructuredOutputError}, or what the parser throws, if it is not what was asked for.
   *
   * @example
   * ```ts
   * const completion = await client.chat.completions.parse({
   *   model,
   *   messages,
   *   response_format: zodResponseFormat(z.object({ city: z.string() }), "place"),
   * });
   * console.log(completion.choices[0]?.message.parsed?.city);
   * ```
   */
  parse<Params extends ChatCompletionParseParams, ParsedT = ExtractParsedContentFromParams<Params>>(
    body: Params,
    options?: RequestOptions,
  ): APIPromise<ParsedChatCompletion<ParsedT>>;

  /**
   * Asks, runs the functions that the model calls, tells it what they give, and asks again until
   * it calls none. With `stream: true` the answers stream.
   *
   * @example
   * ```ts
   * const runner = client.chat.completions.runTools({
   *   model,
   *   messages,
   *   tools: [{
   *     type: "function",
   *     function: {
   *       name: "weather",
   *       description: "The weather at a place.",
   *       parameters: { type: "object", properties: { place: { type: "string" } } },
   *       parse: JSON.parse,
   *       function: ({ place }: { place: string }) => forecast(place),
   *     },
   *   }],
   * });
   * console.log(await runner.finalContent());
   * ```
   */
  runTools<ToolContext, Params extends Omit<ChatCompletionToolRunnerParams<any>, "tools" | "toolContext">>(
    body: Params & { toolContext: ToolContext; tools: readonly RunnableToolFunctionWithContext<ToolContext>[] },
    options?: RunnerOptions,
  ): ChatCompletionRunner<ExtractParsedContentFromParams<Params>>;
  runTools<ToolContext, Params extends Omit<ChatCompletionStreamingToolRunnerParams<any>, "tools" | "toolContext">>(
    body: Params & { toolContext: ToolContext; tools: readonly RunnableToolFunctionWithContext<ToolContext>[] },
    options?: RunnerOptions,
  ): ChatCompletionStreamingRunner<ExtractParsedContentFromParams<Params>>;
  runTools<Params extends ChatCompletionToolRunnerParams<any>, ParsedT = ExtractParsedContentFromParams<Params>>(
    body: Params,
    options?: RunnerOptions,
  ): ChatCompletionRunner<ParsedT>;
  runTools<
    Params extends ChatCompletionStreamingToolRunnerParams<any>,
    ParsedT = ExtractParsedContentFromParams<Params>,
  >(body: Params, options?: RunnerOptions): ChatCompletionStreamingRunner<ParsedT>;

  // Stored completions: this API keeps none.
  readonly retrieve: Unsupported<"retrieve">["retrieve"];
  readonly update: Unsupported<"update">["update"];
  readonly list: Unsupported<"list">["list"];
  readonly delete: Unsupported<"delete">["delete"];
  readonly messages: Unsupported<"list">;
}

// The same types by the names that programs written for `openai` have for them:
// `BedrockChatClient.Chat.ChatCompletionMessageParam`, `…Chat.Completions.ChatCompletionChunk`.

export declare namespace BedrockChatClient {
  export {
    type Chat,
    type ClientOptions,
    type Model,
    type Models,
    type ModelsPage,
    type Page,
    type RequestOptions,
    type ChatModel,
    type CompletionUsage,
    type FunctionDefinition,
    type FunctionParameters,
    type Metadata,
    type ReasoningEffort,
    type ResponseFormatJSONObject,
    type ResponseFormatJSONSchema,
    type ResponseFormatText,
    type ChatCompletion,
    type ChatCompletionAllowedToolChoice,
    type ChatCompletionAllowedTools,
    type ChatCompletionAssistantMessageParam,
    type ChatCompletionChunk,
    type ChatCompletionContentPart,
    type ChatCompletionContentPartImage,
    type ChatCompletionContentPartInputAudio,
    type ChatCompletionContentPartRefusal,
    type ChatCompletionContentPartText,
    type ChatCompletionCreateParams,
    type ChatCompletionCreateParamsNonStreaming,
    type ChatCompletionCreateParamsStreaming,
    type ChatCompletionCustomTool,
    type ChatCompletionDeveloperMessageParam,
    type ChatCompletionFunctionCallOption,
    type ChatCompletionFunctionMessageParam,
    type ChatCompletionFunctionTool,
    type ChatCompletionMessage,
    type ChatCompletionMessageCustomToolCall,
    type ChatCompletionMessageFunctionToolCall,
    type ChatCompletionMessageParam,
    type ChatCompletionMessageToolCall,
    type ChatCompletionNamedToolChoice,
    type ChatCompletionNamedToolChoiceCustom,
    type ChatCompletionParseParams,
    type ChatCompletionPredictionContent,
    type ChatCompletionRole,
    type ChatCompletionStreamOptions,
    type ChatCompletionSystemMessageParam,
    type ChatCompletionTokenLogprob,
    type ChatCompletionTool,
    type ChatCompletionToolChoiceOption,
    type ChatCompletionToolMessageParam,
    type ChatCompletionUserMessageParam,
    type ParsedChatCompletion,
    type ParsedChatCompletionMessage,
    type ParsedChatCompletionMessageToolCall,
    type ParsedChoice,
    type ParsedFunction,
    type ParsedFunctionToolCall,
  };
}

export declare namespace Chat {
  export {
    type Completions,
    type ChatModel,
    type ChatCompletion,
    type ChatCompletionAllowedToolChoice,
    type ChatCompletionAllowedTools,
    type ChatCompletionAssistantMessageParam,
    type ChatCompletionChunk,
    type ChatCompletionContentPart,
    type ChatCompletionContentPartImage,
    type ChatCompletionContentPartInputAudio,
    type ChatCompletionContentPartRefusal,
    type ChatCompletionContentPartText,
    type ChatCompletionCreateParams,
    type ChatCompletionCreateParamsNonStreaming,
    type ChatCompletionCreateParamsStreaming,
    type ChatCompletionCustomTool,
    type ChatCompletionDeveloperMessageParam,
    type ChatCompletionFunctionCallOption,
    type ChatCompletionFunctionMessageParam,
    type ChatCompletionFunctionTool,
    type ChatCompletionMessage,
    type ChatCompletionMessageCustomToolCall,
    type ChatCompletionMessageFunctionToolCall,
    type ChatCompletionMessageParam,
    type ChatCompletionMessageToolCall,
    type ChatCompletionNamedToolChoice,
    type ChatCompletionNamedToolChoiceCustom,
    type ChatCompletionParseParams,
    type ChatCompletionPredictionContent,
    type ChatCompletionRole,
    type ChatCompletionStreamOptions,
    type ChatCompletionSystemMessageParam,
    type ChatCompletionTokenLogprob,
    type ChatCompletionTool,
    type ChatCompletionToolChoiceOption,
    type ChatCompletionToolMessageParam,
    type ChatCompletionUserMessageParam,
    type ParsedChatCompletion,
    type ParsedChatCompletionMessage,
    type ParsedChatCompletionMessageToolCall,
    type ParsedChoice,
    type ParsedFunction,
    type ParsedFunctionToolCall,
  };
}

export declare namespace Completions {
  export {
    type ChatCompletion,
    type ChatCompletionAllowedToolChoice,
    type ChatCompletionAllowedTools,
    type ChatCompletionAssistantMessageParam,
    type ChatCompletionChunk,
    type ChatCompletionContentPart,
    type ChatCompletionContentPartImage,
    type ChatCompletionContentPartInputAudio,
    type ChatCompletionContentPartRefusal,
    type ChatCompletionContentPartText,
    type ChatCompletionCreateParams,
    type ChatCompletionCreateParamsNonStreaming,
    type ChatCompletionCreateParamsStreaming,
    type ChatCompletionCustomTool,
    type ChatCompletionDeveloperMessageParam,
    type ChatCompletionFunctionCallOption,
    type ChatCompletionFunctionMessageParam,
    type ChatCompletionFunctionTool,
    type ChatCompletionMessage,
    type ChatCompletionMessageCustomToolCall,
    type ChatCompletionMessageFunctionToolCall,
    type ChatCompletionMessageParam,
    type ChatCompletionMessageToolCall,
    type ChatCompletionNamedToolChoice,
    type ChatCompletionNamedToolChoiceCustom,
    type ChatCompletionParseParams,
    type ChatCompletionPredictionContent,
    type ChatCompletionRole,
    type ChatCompletionStreamOptions,
    type ChatCompletionSystemMessageParam,
    type ChatCompletionTokenLogprob,
    type ChatCompletionTool,
    type ChatCompletionToolChoiceOption,
    type ChatCompletionToolMessageParam,
    type ChatCompletionUserMessageParam,
    type ParsedChatCompletion,
    type ParsedChatCompletionMessage,
    type ParsedChatCompletionMessageToolCall,
    type ParsedChoice,
    type ParsedFunction,
    type ParsedFunctionToolCall,
  };
}

/**
 * The options of a client. All are optional: where the environment has the usual AWS variables,
 * `new BedrockChatClient()` is enough.
 */
export interface ClientOptions {
  /**
   * The AWS region, e.g. `us-west-2`. Default: the environment's `AWS_REGION`, then
   * `AWS_DEFAULT_REGION`. With {@link baseURL} it is needed for signing only: the constructor
   * asks for it where {@link credentials} are given.
   */
  region?: string | undefined;

  /**
   * An Amazon Bedrock API key, or a function that provides one. A function is asked before every
   * attempt; if it answers with an `expiration`, the key is kept until shortly before. `null`:
   * none, not even the environment's.
   *
   * Default: the environment's `AWS_BEARER_TOKEN_BEDROCK`, unless there are {@link credentials};
   * both together are an error.
   */
  apiKey?: string | ApiKeyProvider | null | undefined;

  /**
   * AWS credentials to sign requests with (SigV4), or a function that provides them: also those of
   * `@aws-sdk/credential-providers`. What a function answers is kept until shortly before its
   * `expiration`, and asked for again when the service calls it expired.
   *
   * Default: the environment's `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and
   * `AWS_SESSION_TOKEN`, where there is no API key.
   *
   * @example
   * ```ts
   * import { fromNodeProviderChain } from "@aws-sdk/credential-providers";
   * const client = new BedrockChatClient({ credentials: fromNodeProviderChain() });
   * ```
   */
  credentials?: AwsCredentials | AwsCredentialsProvider | null | undefined;

  /**
   * The family of endpoints: `bedrock-runtime`, or `bedrock-mantle`, whose model ids differ and
   * which applies no guardrails. Default: `"runtime"`.
   */
  endpoint?: "runtime" | "mantle" | undefined;

  /**
   * Where the API is, instead of AWS's own address: of a proxy, of a VPC endpoint, of a local
   * Bedrock. `/chat/completions` is appended. In a page it may be a path: `/api/openai/v1`.
   * Default: the environment's `AWS_BEDROCK_BASE_URL`, else by region and endpoint.
   */
  baseURL?: string | undefined;

  /**
   * Where bedrock-runtime's own operations are, such as `/guardrail/…`: needed for
   * {@link BedrockChatClient.guardrails}, and for guardrails that the client applies, where
   * {@link baseURL} is that of a proxy in front of mantle, or of mantle in a VPC. Default: by region,
   * or `baseURL` without its `/openai/v1`.
   */
  runtimeURL?: string | undefined;

  /** Uses the FIPS endpoint of the region. Default: `false`. */
  useFipsEndpoint?: boolean | undefined;

  /** Uses the endpoint of the region that IPv6 reaches too. Default: `false`. */
  useDualstackEndpoint?: boolean | undefined;

  /** The guardrail of every call that has no other. Default: none. */
  guardrail?: GuardrailOptions | null | undefined;

  /**
   * What becomes of a model's reasoning, which some models put in tags before the answer and
   * others in fields of their own. `"parsed"`: it is `message.reasoning` and `delta.reasoning`,
   * and not a part of `content`. `"raw"`: everything stays as it came. Default: `"parsed"`.
   */
  reasoningFormat?: "parsed" | "raw" | undefined;

  /**
   * How long a call may take, in milliseconds. A number is the limit over everything, retries
   * included. Default: see {@link TimeoutOptions}.
   */
  timeout?: number | TimeoutOptions | undefined;

  /** How large things may be: {@link LimitOptions}. */
  limits?: LimitOptions | undefined;

  /**
   * How often a failed call is tried again at most: after network failures, 408, 409, 429 and 5xx,
   * but never once a stream has delivered something. Default: 2.
   *
   * Not counted, and done with 0 too, each once a call: to ask the provider of a key or of
   * credentials again when the service calls its answer expired, and to sign again when the
   * service says that the clock of this machine is off.
   */
  maxRetries?: number | undefined;

  /** Called before the pause that precedes a retry. What it throws is ignored. */
  onRetry?: ((event: RetryEvent) => void) | undefined;

  /** What sends requests. Default: the global `fetch`, looked up at each call. */
  fetch?: Fetch | undefined;

  /** More options for `fetch` in every call; see {@link RequestOptions.fetchOptions}. */
  fetchOptions?: FetchOptions | undefined;

  /** Headers of every request. `null` as a value removes one that the client would send. */
  defaultHeaders?: HeadersLike | null | undefined;

  /** Query parameters of every request. */
  defaultQuery?: QueryLike | null | undefined;

  /**
   * Hears of requests, answers, retries and ends. It is told of addresses without their query,
   * names of headers, statuses, request ids, times and names of errors: never a key, a token, a
   * signature, or text of a request or an answer. What it throws is ignored. Default: `console`.
   */
  logger?: Logger | null | undefined;

  /**
   * The least that the {@link logger} hears of: `"error"` calls that failed, `"warn"` retries,
   * `"info"` answers and ends, `"debug"` requests. Default: `"warn"` if a logger is given,
   * otherwise `"off"`.
   */
  logLevel?: LogLevel | undefined;

  /**
   * What you know of models, before what this package knows: for models that are newer than it.
   * It decides mantle's path, whether a guardrail may be sent, and hints; it changes no request.
   */
  models?: ModelFacts[] | undefined;

  /**
   * Allows long-term API keys, and AWS keys without a session token, in a page or web worker,
   * where everybody who opens it can read them. Short-term keys and temporary credentials need no
   * permission. Default: `false`.
   */
  dangerouslyAllowBrowser?: boolean | undefined;

  /** `openai` has it, as the following three. Taken without effect. */
  organization?: string | null | undefined;
  project?: string | null | undefined;
  webhookSecret?: string | null | undefined;
  adminAPIKey?: string | null | undefined;
}

/** What {@link BedrockChatClient.explain} answers. */
export interface ModelExplanation {
  model: string;
  endpoint: "runtime" | "mantle";
  region?: string;
  /** Where a chat completion would be sent. */
  url: string;
  /**
   * What the endpoint does about a guardrail: `enforced`; `unproven` where AWS documents guardrails
   * for Converse alone; `ignored`. A call with a guardrail is sent where it is `enforced`.
   */
  guardrail: "enforced" | "unproven" | "ignored";
  /** What is certainly wrong with asking for this model here. */
  hint?: string;
  /** What the table of models says; the first line that has a field counts. */
  known: ModelFacts[];
}

/** What is known of the models whose ids begin with `match`. */
export interface ModelFacts {
  /** What a model's id begins with, without an inference profile's prefix such as `us.`. */
  match: string;
  /** Where its chat completions are. Default: everywhere. */
  endpoints?: ("runtime" | "mantle")[];
  /** Its id on runtime, where it has another one on mantle. */
  runtimeId?: string;
  /** Its id on mantle, where it has another one on runtime. */
  mantleId?: string;
  /** Whether runtime takes the id of an inference profile alone. Default: `false`. */
  profile?: boolean;
  /** Mantle's path for it. Default: `/v1`. */
  mantlePath?: "/v1" | "/openai/v1";
  /** What runtime does about a guardrail's headers. Default: `enforced`, as AWS's pages say. */
  guardrail?: "enforced" | "unproven";
  /** Where its reasoning is, by endpoint: in the content, in a field of its own, or nowhere. */
  reasoning?: { runtime?: "inline" | "field" | "hidden"; mantle?: "inline" | "field" | "hidden" };
  /** What a request with tools must have. */
  tools?: string;
  /** What it makes of `response_format`. */
  structuredOutput?: string;
  /** The values of `service_tier` that it takes. */
  serviceTiers?: string[];
  /** Who says so. */
  source?: string;
  /** When, as `YYYY-MM-DD`. */
  date?: string;
}

/** The options of one call; each takes the place of the client's. */
export interface RequestOptions {
  /** Cancels the call, which then ends with an {@link APIUserAbortError}. */
  signal?: WebAbortSignal | null | undefined;

  /**
   * Headers beside the client's. `null` as a value removes one that would be sent, also
   * `authorization`; a guardrail's cannot be removed.
   */
  headers?: HeadersLike | null | undefined;

  /** Query parameters beside the client's. `null` as a value removes one of the client's. */
  query?: QueryLike | null | undefined;

  /** See {@link ClientOptions.timeout}. An object changes the limits it names. */
  timeout?: number | TimeoutOptions | undefined;

  /** How large things may be: {@link LimitOptions}. */
  limits?: LimitOptions | undefined;

  /** See {@link ClientOptions.maxRetries}. */
  maxRetries?: number | undefined;

  /** See {@link ClientOptions.onRetry}. */
  onRetry?: ((event: RetryEvent) => void) | undefined;

  /** The guardrail of this call; `null`: none, whatever the client has. */
  guardrail?: GuardrailOptions | null | undefined;

  /** See {@link ClientOptions.reasoningFormat}. */
  reasoningFormat?: "parsed" | "raw" | undefined;

  /**
   * More options for `fetch`, e.g. `cache`, or the `dispatcher` of Node, beside those of the
   * client. They cannot change what the client itself sets.
   */
  fetchOptions?: FetchOptions | undefined;

  /** `openai` has it. Taken without effect. */
  idempotencyKey?: string | undefined;
}

/**
 * How long the parts of a call may take, in milliseconds. `Infinity` is no limit. One that is
 * exceeded ends the call with an {@link APIConnectionTimeoutError}, of a stream with a
 * {@link StreamTimeoutError}, whose `timeout` is its name.
 */
export interface TimeoutOptions {
  /**
   * Until the headers of the answer, for each attempt; another one follows if it is exceeded.
   * Without `stream` the headers come with the answer: then the limit is the larger of this and
   * {@link firstToken}. Default: 120,000.
   */
  connect?: number | undefined;
  /** Of a stream, from the headers to the first text, reasoning or tool call. Default: 300,000. */
  firstToken?: number | undefined;
  /** Of a stream, behind its first content, between two events; comments do not count. Default: 120,000. */
  idle?: number | undefined;
  /** Over everything, retries included. Default: none. */
  total?: number | undefined;
}

/**
 * How large an answer or a request may be. A call that crosses one of these ends with a
 * {@link LimitError} that names it, and its request is cancelled; a request that does is not sent.
 */
export interface LimitOptions {
  /** Bytes of a request. Default: 67,108,864 (64 MiB). At most 268,435,456. */
  request?: number | undefined;
  /**
   * Bytes of an answer, unpacked: its body, or all that a stream brings. Default: 134,217,728
   * (128 MiB), and 33,554,432 (32 MiB) in workers, whose isolates have 128 MB for all that they do.
   * At most 268,435,456.
   */
  response?: number | undefined;
  /** Bytes of one event of a stream. Default: 67,108,864 (64 MiB). At most 268,435,456. */
  event?: number | undefined;
  /** Choices of a stream. Default: 128. At most 256. */
  choices?: number | undefined;
  /** Tool calls of one choice of a stream. Default: 128. At most 256. */
  toolCalls?: number | undefined;
}

/** How much is logged. */
export type LogLevel = "off" | "error" | "warn" | "info" | "debug";

/** Where records go: `console`, or what looks the same. Called with a text and its details. */
export interface Logger {
  error(message: string, ...details: unknown[]): void;
  warn(message: string, ...details: unknown[]): void;
  info(message: string, ...details: unknown[]): void;
  debug(message: string, ...details: unknown[]): void;
}

/** What {@link ClientOptions.onRetry} is told. */
export interface RetryEvent {
  /** The attempt that failed; the first is 1. */
  attempt: number;
  /** How it failed. */
  error: APIError;
  /** The pause before the next attempt, in milliseconds. */
  delay: number;
}

/** Provides an API key, at once or later. */
export type ApiKeyProvider = () => string | ApiKeyToken | PromiseLike<string | ApiKeyToken>;

/** An API key, and how long it may be kept. */
export interface ApiKeyToken {
  /** The API key. */
  token: string;
  /** When it expires: a `Date`, a text that `Date` reads, or milliseconds since 1970. */
  expiration?: Date | string | number | undefined;
}

/** AWS credentials, in the shape of the AWS SDK's `AwsCredentialIdentity`. */
export interface AwsCredentials {
  /** The access key's id, `AKIA…` or `ASIA…`. */
  readonly accessKeyId: string;
  /** The secret access key. */
  readonly secretAccessKey: string;
  /** Needed with temporary credentials (`ASIA…`). */
  readonly sessionToken?: string | undefined;
  /** When they expire: a `Date`, a text that `Date` reads, or milliseconds since 1970. */
  readonly expiration?: Date | string | number | undefined;
}

/** Provides AWS credentials; every `AwsCredentialIdentityProvider` of the AWS SDK is one. */
export type AwsCredentialsProvider = () => AwsCredentials | PromiseLike<AwsCredentials>;

/** Sends a request: the global `fetch`, or what looks the same. It must not follow redirects. */
export type Fetch = (
  url: string,
  init: WebRequestInit,
) => FetchResponse | PromiseLike<FetchResponse>;

/** What a {@link Fetch} must answer with: a `Response`, of whichever library. */
export interface FetchResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The headers. */
  readonly headers: { get(name: string): string | null };
  /** The body: a web stream, a stream of Node's, or the whole of it. */
  readonly body?: unknown;
  /** The whole body, where it is not there. */
  arrayBuffer?(): Promise<ArrayBuffer>;
}

/** Options of `fetch`, but for those that the client sets itself. */
export type FetchOptions = Omit<
  WebRequestInit,
  "body" | "headers" | "method" | "redirect" | "signal"
> & {
  body?: never;
  headers?: never;
  method?: never;
  redirect?: never;
  signal?: never;
  [option: string]: any;
};

/** Headers: an object, pairs, or a `Headers`. */
export type HeadersLike =
  | { readonly [name: string]: FieldValue }
  | Iterable<readonly [name: string, value: FieldValue]>
  | WebHeaders;

/** Query parameters: an object, pairs, or a `URLSearchParams`. */
export type QueryLike =
  | { readonly [name: string]: FieldValue }
  | Iterable<readonly [name: string, value: FieldValue]>
  | WebURLSearchParams;

/**
 * The value of a header or a query parameter, or several. `null` removes one, `undefined` is left
 * out.
 */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly (string | number | boolean | null | undefined)[];
