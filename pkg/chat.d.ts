// Requests and answers: the names and shapes of `openai`, and what Bedrock adds.
//
// Texts of a closed set that is not ours to close end in `(string & {})`: they complete in an
// editor, and take what the service knows and this file does not.

import type {
  BedrockTrace,
  GuardrailAction,
  GuardrailConfig,
  GuardrailResult,
} from "./guardrail.js";

// ---- Requests ---------------------------------------------------------------------------------

/** A request for a chat completion. */
export type ChatCompletionCreateParams =
  | ChatCompletionCreateParamsNonStreaming
  | ChatCompletionCreateParamsStreaming;

/** A request for a whole answer. */
export interface ChatCompletionCreateParamsNonStreaming extends ChatCompletionCreateParamsBase {
  /** Not a stream: the answer comes as a whole. */
  stream?: false | null;
}

/** A request for a stream. */
export interface ChatCompletionCreateParamsStreaming extends ChatCompletionCreateParamsBase {
  /** A stream: the answer comes piece by piece. */
  stream: true;
}

/** A request for `stream()`, which sets `stream` itself. */
export interface ChatCompletionStreamParams extends ChatCompletionCreateParamsBase {
  /** Need not be set. */
  stream?: true;
}

/**
 * A request, a message or a part of one, with fields that its type does not list. They are sent as
 * they are; `amazon-bedrock-…` fields and all others that the service may learn among them.
 *
 * @example
 * ```ts
 * const request: WithUnlistedFields<ChatCompletionCreateParamsNonStreaming> = {
 *   model,
 *   messages,
 *   top_k: 40,
 * };
 * await client.chat.completions.create(request);
 * ```
 */
export type WithUnlistedFields<T> = T & { [field: string]: unknown };

/**
 * What requests have in common. Only `model` and `messages` are needed. What you set is sent as it
 * is, and what you do not set is not sent. Which fields a model accepts is the model's matter: it
 * refuses or ignores others. Fields that are not listed here: {@link WithUnlistedFields}.
 */
export interface ChatCompletionCreateParamsBase {
  /**
   * The model's id, or the id of an inference profile. Ids differ between the endpoints:
   * `openai.gpt-oss-20b-1:0` on `runtime` is `openai.gpt-oss-20b` on `mantle`.
   */
  model: ChatModel;

  /** The conversation so far, oldest first. */
  messages: ChatCompletionMessageParam[];

  /** Whether the answer comes piece by piece. Default: `false`. */
  stream?: boolean | null;

  /** More about the stream; only with `stream: true`. */
  stream_options?: ChatCompletionStreamOptions | null;

  /**
   * The most tokens that the model may write, its reasoning included. Every model accepts this
   * one. Default: the model's.
   */
  max_completion_tokens?: number | null;

  /**
   * The older name of `max_completion_tokens`, which some models refuse.
   *
   * @deprecated Use `max_completion_tokens`.
   */
  max_tokens?: number | null;

  /** How much the choice of words may vary, from 0 to 2. Default: the model's, mostly 1. */
  temperature?: number | null;

  /**
   * Words are chosen from the likeliest that together have this probability, from 0 to 1. Change
   * this or `temperature`, not both. Default: the model's, mostly 1.
   */
  top_p?: number | null;

  /** How long the model thinks before it answers. Default: the model's. */
  reasoning_effort?: ReasoningEffort | null;

  /** How much the model writes, for models that let it be chosen. Default: the model's. */
  verbosity?: "low" | "medium" | "high" | (string & {}) | null;

  /** The tools that the model may call. */
  tools?: ChatCompletionTool[];

  /** Whether, and which, tool is called. Default: `"auto"` with tools, else `"none"`. */
  tool_choice?: ChatCompletionToolChoiceOption;

  /** Whether the model may call several tools at a time. Default: the model's. */
  parallel_tool_calls?: boolean;

  /**
   * The form of the answer: text, JSON, or JSON by a schema. Not every model obeys. Default: text.
   */
  response_format?: ResponseFormatText | ResponseFormatJSONSchema | ResponseFormatJSONObject;

  /** Texts at which the model stops. Several models ignore or refuse this. */
  stop?: string | string[] | null;

  /** How many answers to give. Models on Bedrock give one. Default: 1. */
  n?: number | null;

  /** Asks for the same answer to the same request, as far as the model can. */
  seed?: number | null;

  /** Makes words rarer the more often they were used: from -2 to 2. Default: 0. */
  frequency_penalty?: number | null;

  /** Makes words rarer that were used at all: from -2 to 2. Default: 0. */
  presence_penalty?: number | null;

  /** Makes tokens likelier or rarer, by their ids: from -100 to 100. */
  logit_bias?: { [token: string]: number } | null;

  /** Whether the answer tells how likely each of its tokens was. Default: `false`. */
  logprobs?: boolean | null;

  /** How many alternatives to each token to tell, from 0 to 20; needs `logprobs`. */
  top_logprobs?: number | null;

  /**
   * How fast and at what price the request is served. The answer tells which it was. Default: the
   * account's.
   */
  service_tier?: ServiceTier | null;

  /** Text that the answer is expected to repeat for the most part. */
  prediction?: ChatCompletionPredictionContent | null;

  /** A key by which similar requests are served from one cache. */
  prompt_cache_key?: string | null;

  /** Who asks, as a text that is the same each time and tells nobody who it is. */
  safety_identifier?: string | null;

  /** Who asks. */
  user?: string;

  /** Notes of yours about the request. */
  metadata?: Metadata | null;

  /** Whether the service keeps the answer. */
  store?: boolean | null;

  /**
   * Functions that the model may call.
   *
   * @deprecated Use `tools`.
   */
  functions?: ChatCompletionCreateParams.Function[];

  /**
   * Whether, and which, function is called.
   *
   * @deprecated Use `tool_choice`.
   */
  function_call?: "none" | "auto" | ChatCompletionFunctionCallOption;

  /**
   * The guardrail's settings for this request, as AWS spells them; the guardrail itself is named
   * by headers. {@link GuardrailOptions} does both.
   */
  "amazon-bedrock-guardrailConfig"?: GuardrailConfig;

  // `openai` has these too. They are sent as they are; which models of Bedrock take one, if any
  // does, is not documented.

  /** How a prompt is cached. */
  prompt_cache_options?: { mode?: "implicit" | "explicit"; ttl?: "30m" };

  /** How long a prompt may be cached at most. */
  prompt_cache_retention?: "in_memory" | "24h" | (string & {}) | null;

  /** What the answer consists of. */
  modalities?: ("text" | "audio")[] | null;

  /** How an answer sounds. */
  audio?: { format: string; voice: string | { id: string } } | null;

  /** How the request and the answer are moderated. */
  moderation?: { model: string; policy?: object | null } | null;

  /** How the web is searched for the answer. */
  web_search_options?: { search_context_size?: "low" | "medium" | "high"; user_location?: object | null };
}

/** Up to where a prompt is cached. */
export interface PromptCacheBreakpoint {
  mode: "explicit";
  ttl?: "30m" | "12h";
}

export declare namespace ChatCompletionCreateParams {
  /**
   * A function that the model may call.
   *
   * @deprecated Use `tools`.
   */
  interface Function {
    /** Its name. */
    name: string;
    /** What it does and when to call it, for the model. */
    description?: string;
    /** Its arguments, as JSON Schema. */
    parameters?: FunctionParameters;
  }
}

/** The id of a model or of an inference profile; any text. */
export type ChatModel =
  | "openai.gpt-oss-20b-1:0"
  | "openai.gpt-oss-120b-1:0"
  | "openai.gpt-oss-safeguard-20b"
  | "openai.gpt-oss-safeguard-120b"
  | "openai.gpt-oss-20b"
  | "openai.gpt-oss-120b"
  | (string & {});

/** How long a model thinks. Which of these a model knows is up to the model. */
export type ReasoningEffort =
  | "none"
  | "minimal"
  | "low"
  | "medium"
  | "high"
  | "xhigh"
  | "max"
  | (string & {})
  | null;

/** How fast and at what price a request is served. */
export type ServiceTier = "auto" | "default" | "flex" | "priority" | (string & {});

/** Up to 16 notes, as texts. */
export interface Metadata {
  [name: string]: string;
}

/** More about a stream. */
export interface ChatCompletionStreamOptions {
  /** Whether the last chunk tells the tokens used. Default: `false`. */
  include_usage?: boolean;
  /** Whether chunks are padded, so that their length does not tell what is in them. */
  include_obfuscation?: boolean;
}

/** Text that the answer is expected to repeat for the most part. */
export interface ChatCompletionPredictionContent {
  /** The text. */
  content: string | ChatCompletionContentPartText[];
  type: "content";
}

// ---- Messages ---------------------------------------------------------------------------------

/** A message of a conversation. */
export type ChatCompletionMessageParam =
  | ChatCompletionDeveloperMessageParam
  | ChatCompletionSystemMessageParam
  | ChatCompletionUserMessageParam
  | ChatCompletionAssistantMessageParam
  | ChatCompletionToolMessageParam
  | ChatCompletionFunctionMessageParam;

/** Who says a message. */
export type ChatCompletionRole =
  | "developer"
  | "system"
  | "user"
  | "assistant"
  | "tool"
  | "function";

/** Instructions by whoever builds the application. */
export interface ChatCompletionDeveloperMessageParam {
  role: "developer";
  /** The text. */
  content: string | ChatCompletionContentPartText[];
  /** Who says it, where several share a role. */
  name?: string;
}

/** Instructions, by their older name. */
export interface ChatCompletionSystemMessageParam {
  role: "system";
  /** The text. */
  content: string | ChatCompletionContentPartText[];
  /** Who says it, where several share a role. */
  name?: string;
}

/** What the user says. */
export interface ChatCompletionUserMessageParam {
  role: "user";
  /** Text, or parts: text, images and others that the model understands. */
  content: string | ChatCompletionContentPart[];
  /** Who says it, where several share a role. */
  name?: string;
}

/**
 * What the model said before: the `message` of a completion, as it came.
 *
 * @example
 * ```ts
 * const message = completion.choices[0]?.message;
 * if (message) messages.push(message, { role: "user", content: "Why?" });
 * ```
 */
export interface ChatCompletionAssistantMessageParam {
  role: "assistant";
  /** The text. Needed unless there are `tool_calls`. */
  content?: string | Array<ChatCompletionContentPartText | ChatCompletionContentPartRefusal> | null;
  /** The text by which the model refused. */
  refusal?: string | null;
  /** The tools that the model called; a message of role `tool` must answer each of them. */
  tool_calls?: ChatCompletionMessageToolCall[];
  /** Who says it, where several share a role. */
  name?: string;
  /** Speech that the model gave, by its id. */
  audio?: ChatCompletionAssistantMessageParam.Audio | null;
  /**
   * The function that the model called.
   *
   * @deprecated Use `tool_calls`.
   */
  function_call?: ChatCompletionAssistantMessageParam.FunctionCall | null;
}

export declare namespace ChatCompletionAssistantMessageParam {
  /** Speech that the model gave. */
  interface Audio {
    id: string;
  }
  /** A call of a function. */
  interface FunctionCall {
    /** The function's name. */
    name: string;
    /** Its arguments, as JSON. */
    arguments: string;
  }
}

/** What a tool answered. */
export interface ChatCompletionToolMessageParam {
  role: "tool";
  /** The answer. */
  content: string | ChatCompletionContentPartText[];
  /** The `id` of the call that it answers. */
  tool_call_id: string;
}

/**
 * What a function answered.
 *
 * @deprecated Use a message of role `tool`.
 */
export interface ChatCompletionFunctionMessageParam {
  role: "function";
  /** The answer. */
  content: string | null;
  /** The function's name. */
  name: string;
}

/** A part of a message. */
export type ChatCompletionContentPart =
  | ChatCompletionContentPartText
  | ChatCompletionContentPartImage
  | ChatCompletionContentPartInputAudio
  | ChatCompletionContentPart.File;

export declare namespace ChatCompletionContentPart {
  /** A file, for models that read files. */
  interface File {
    type: "file";
    /** The file. */
    file: File.File;
    /** Caches the prompt up to here. */
    prompt_cache_breakpoint?: PromptCacheBreakpoint;
  }
  namespace File {
    /** A file, by its content or its id. */
    interface File {
      /** The content, in Base64. */
      file_data?: string;
      /** The id of a file that the service has. */
      file_id?: string;
      /** The file's name. */
      filename?: string;
    }
  }
}

/** Text. */
export interface ChatCompletionContentPartText {
  type: "text";
  /** The text. */
  text: string;
  /** Caches the prompt up to here. */
  prompt_cache_breakpoint?: PromptCacheBreakpoint;
}

/** An image, for models that see. */
export interface ChatCompletionContentPartImage {
  type: "image_url";
  /** The image. */
  image_url: ChatCompletionContentPartImage.ImageURL;
  /** Caches the prompt up to here. */
  prompt_cache_breakpoint?: PromptCacheBreakpoint;
}

export declare namespace ChatCompletionContentPartImage {
  /** An image, by its address. */
  interface ImageURL {
    /** A `data:` URL: Bedrock fetches nothing from elsewhere. */
    url: string;
    /** How closely the model looks. Default: the model's. */
    detail?: "auto" | "low" | "high" | "original";
  }
}

/** Speech, for models that hear. */
export interface ChatCompletionContentPartInputAudio {
  type: "input_audio";
  /** The speech. */
  input_audio: ChatCompletionContentPartInputAudio.InputAudio;
  /** Caches the prompt up to here. */
  prompt_cache_breakpoint?: PromptCacheBreakpoint;
}

export declare namespace ChatCompletionContentPartInputAudio {
  /** Speech, by its bytes. */
  interface InputAudio {
    /** The bytes, in Base64. */
    data: string;
    /** Their format. */
    format: "wav" | "mp3";
  }
}

/** The text by which the model refused. */
export interface ChatCompletionContentPartRefusal {
  type: "refusal";
  /** The text. */
  refusal: string;
}

// ---- Tools ------------------------------------------------------------------------------------

/** A tool that the model may call. */
export type ChatCompletionTool = ChatCompletionFunctionTool | ChatCompletionCustomTool;

/**
 * A function that the model may call.
 *
 * @example
 * ```ts
 * const weather: ChatCompletionFunctionTool = {
 *   type: "function",
 *   function: {
 *     name: "weather",
 *     description: "The weather at a place, now",
 *     parameters: {
 *       type: "object",
 *       properties: { place: { type: "string" } },
 *       required: ["place"],
 *     },
 *   },
 * };
 * ```
 */
export interface ChatCompletionFunctionTool {
  type: "function";
  /** The function. */
  function: FunctionDefinition;
}

/** A function, for the model. */
export interface FunctionDefinition {
  /** Its name: up to 64 letters, digits, `_` and `-`. */
  name: string;
  /** What it does and when to call it. */
  description?: string;
  /** Its arguments, as JSON Schema. Default: none. */
  parameters?: FunctionParameters;
  /** Whether the arguments must follow the schema exactly. Most models on Bedrock ignore this. */
  strict?: boolean | null;
}

/** Arguments, as JSON Schema. */
export interface FunctionParameters {
  [keyword: string]: unknown;
}

/** A tool that takes text in a format of its own. */
export interface ChatCompletionCustomTool {
  type: "custom";
  /** The tool. */
  custom: ChatCompletionCustomTool.Custom;
}

export declare namespace ChatCompletionCustomTool {
  /** A tool that takes text. */
  interface Custom {
    /** Its name. */
    name: string;
    /** What it does and when to call it. */
    description?: string;
    /** What the text must look like. Default: any text. */
    format?: Custom.Text | Custom.Grammar;
  }
  namespace Custom {
    /** Any text. */
    interface Text {
      type: "text";
    }
    /** Text by a grammar. */
    interface Grammar {
      type: "grammar";
      /** The grammar. */
      grammar: Grammar.Grammar;
    }
    namespace Grammar {
      /** A grammar. */
      interface Grammar {
        /** The grammar itself. */
        definition: string;
        /** The language it is written in. */
        syntax: "lark" | "regex";
      }
    }
  }
}

/** Whether, and which, tool is called: none, as the model likes, at least one, or this one. */
export type ChatCompletionToolChoiceOption =
  | "none"
  | "auto"
  | "required"
  | ChatCompletionAllowedToolChoice
  | ChatCompletionNamedToolChoice
  | ChatCompletionNamedToolChoiceCustom;

/** Some of the tools. */
export interface ChatCompletionAllowedToolChoice {
  type: "allowed_tools";
  allowed_tools: ChatCompletionAllowedTools;
}

/** Some of the tools. */
export interface ChatCompletionAllowedTools {
  /** As the model likes, or at least one. */
  mode: "auto" | "required";
  /** The tools, each as `{ type: "function", function: { name } }`. */
  tools: Array<{ [field: string]: unknown }>;
}

/** This function. */
export interface ChatCompletionNamedToolChoice {
  type: "function";
  function: ChatCompletionNamedToolChoice.Function;
}

export declare namespace ChatCompletionNamedToolChoice {
  /** The function. */
  interface Function {
    /** Its name. */
    name: string;
  }
}

/** This custom tool. */
export interface ChatCompletionNamedToolChoiceCustom {
  type: "custom";
  custom: ChatCompletionNamedToolChoiceCustom.Custom;
}

export declare namespace ChatCompletionNamedToolChoiceCustom {
  /** The tool. */
  interface Custom {
    /** Its name. */
    name: string;
  }
}

/** This function, in the older way. */
export interface ChatCompletionFunctionCallOption {
  /** Its name. */
  name: string;
}

/** A call of a tool, by the model. */
export type ChatCompletionMessageToolCall =
  | ChatCompletionMessageFunctionToolCall
  | ChatCompletionMessageCustomToolCall;

/** A call of a function, by the model. */
export interface ChatCompletionMessageFunctionToolCall {
  type: "function";
  /** To be repeated in the message of role `tool` that answers. */
  id: string;
  /** What is called. */
  function: ChatCompletionMessageFunctionToolCall.Function;
}

export declare namespace ChatCompletionMessageFunctionToolCall {
  /** What is called. */
  interface Function {
    /** The function's name. */
    name: string;
    /** Its arguments, as JSON, as the model wrote them: check before use. */
    arguments: string;
  }
}

/** A call of a custom tool, by the model. */
export interface ChatCompletionMessageCustomToolCall {
  type: "custom";
  /** To be repeated in the message of role `tool` that answers. */
  id: string;
  /** What is called. */
  custom: ChatCompletionMessageCustomToolCall.Custom;
}

export declare namespace ChatCompletionMessageCustomToolCall {
  /** What is called. */
  interface Custom {
    /** The tool's name. */
    name: string;
    /** The text for it, as the model wrote it. */
    input: string;
  }
}

// ---- The form of an answer --------------------------------------------------------------------

/** Text. */
export interface ResponseFormatText {
  type: "text";
}

/** Any JSON. The prompt must ask for JSON too. */
export interface ResponseFormatJSONObject {
  type: "json_object";
}

/** JSON by a schema. */
export interface ResponseFormatJSONSchema {
  type: "json_schema";
  /** The schema, and its name. */
  json_schema: ResponseFormatJSONSchema.JSONSchema;
}

export declare namespace ResponseFormatJSONSchema {
  /** A schema, and its name. */
  interface JSONSchema {
    /** A name of up to 64 letters, digits, `_` and `-`. */
    name: string;
    /** What the answer is for. */
    description?: string;
    /** The schema, as JSON Schema. */
    schema?: { [keyword: string]: unknown };
    /** Whether the answer must follow the schema exactly. */
    strict?: boolean | null;
  }
}

// ---- Answers ----------------------------------------------------------------------------------

/**
 * An answer. What the service says beyond these fields is in the object too; to read such a field,
 * say so: `completion as ChatCompletion & { billing?: unknown }`.
 */
export interface ChatCompletion {
  /** The answer's id, `chatcmpl-…`. */
  id: string;
  object: "chat.completion";
  /** When it was made, in seconds since 1970. */
  created: number;
  /** The model that answered. */
  model: string;
  /** The answers; one, unless `n` asked for more. */
  choices: ChatCompletion.Choice[];
  /** The tokens used. */
  usage?: CompletionUsage;
  /** How the request was served. */
  service_tier?: ServiceTier | null;
  /** The setup that the model ran in. */
  system_fingerprint?: string;
  /** What the guardrail did and found, if one was on or stopped the answer. */
  guardrail?: GuardrailResult;
  /** What the guardrail did, as the service says it; see `guardrail`. */
  "amazon-bedrock-guardrailAction"?: GuardrailAction;
  /** What the guardrail found, as the service says it; see `guardrail`. */
  "amazon-bedrock-trace"?: BedrockTrace;
  /**
   * The id of the request, which AWS Support asks for; `null` if the answer has none. Not
   * enumerable: JSON and copies do not have it.
   */
  _request_id?: string | null;
}

export declare namespace ChatCompletion {
  /** An answer of the model. */
  interface Choice {
    /** Its place in `choices`. */
    index: number;
    /** What the model says. */
    message: ChatCompletionMessage;
    /** Why the model stopped. */
    finish_reason: FinishReason;
    /** How likely each token was, if `logprobs` asked for it. */
    logprobs: Choice.Logprobs | null;
  }
  namespace Choice {
    /** How likely each token was. */
    interface Logprobs {
      /** The tokens of the text. */
      content: ChatCompletionTokenLogprob[] | null;
      /** The tokens of the refusal. */
      refusal: ChatCompletionTokenLogprob[] | null;
    }
  }
}

/**
 * Why a model stopped: it was done (`stop`), it ran out of tokens (`length`), it calls a tool
 * (`tool_calls`), or a guardrail stopped it (`content_filter`, `guardrail_intervened`; see
 * {@link ChatCompletion.guardrail}).
 */
export type FinishReason =
  | "stop"
  | "length"
  | "tool_calls"
  | "content_filter"
  | "function_call"
  | "guardrail_intervened"
  | (string & {});

/** What the model says. It can be sent back as it is, as a part of the conversation. */
export interface ChatCompletionMessage {
  role: "assistant";
  /** The text; `null` if there is none, as in a message that only calls tools. */
  content: string | null;
  /** The text by which the model refused. */
  refusal: string | null;
  /**
   * What the model thought before it answered, if it tells. With `reasoningFormat: "raw"` it is
   * where the service puts it.
   */
  reasoning?: string | null;
  /** The tools that the model calls. */
  tool_calls?: ChatCompletionMessageToolCall[];
  /** Where the answer comes from. */
  annotations?: ChatCompletionMessage.Annotation[];
  /**
   * The function that the model calls.
   *
   * @deprecated Use `tool_calls`.
   */
  function_call?: ChatCompletionMessage.FunctionCall | null;
}

export declare namespace ChatCompletionMessage {
  /** Where a part of the answer comes from. */
  interface Annotation {
    type: "url_citation";
    /** A page. */
    url_citation: Annotation.URLCitation;
  }
  namespace Annotation {
    /** A page, and the part of the text that it is the source of. */
    interface URLCitation {
      /** Where the part starts, in characters. */
      start_index: number;
      /** Where it ends. */
      end_index: number;
      /** The page's title. */
      title: string;
      /** The page's address. */
      url: string;
    }
  }
  /** A call of a function. */
  interface FunctionCall {
    /** The function's name. */
    name: string;
    /** Its arguments, as JSON. */
    arguments: string;
  }
}

/** How likely a token was. */
export interface ChatCompletionTokenLogprob {
  /** The token. */
  token: string;
  /** Its bytes in UTF-8, where a character has several tokens. */
  bytes: number[] | null;
  /** The logarithm of its probability. */
  logprob: number;
  /** The likeliest tokens in its place. */
  top_logprobs: ChatCompletionTokenLogprob.TopLogprob[];
}

export declare namespace ChatCompletionTokenLogprob {
  /** How likely another token was. */
  interface TopLogprob {
    /** The token. */
    token: string;
    /** Its bytes in UTF-8. */
    bytes: number[] | null;
    /** The logarithm of its probability. */
    logprob: number;
  }
}

/** The tokens that a request used. */
export interface CompletionUsage {
  /** Tokens of the request. */
  prompt_tokens: number;
  /** Tokens of the answer, reasoning included. */
  completion_tokens: number;
  /** Both together. */
  total_tokens: number;
  /** More about the request's tokens, if the service tells. */
  prompt_tokens_details?: CompletionUsage.PromptTokensDetails | null;
  /** More about the answer's tokens, if the service tells. */
  completion_tokens_details?: CompletionUsage.CompletionTokensDetails | null;
}

export declare namespace CompletionUsage {
  /** More about the request's tokens. */
  interface PromptTokensDetails {
    /** Read from a cache. */
    cached_tokens?: number;
    /** Written to a cache. */
    cache_write_tokens?: number;
    /** Of speech. */
    audio_tokens?: number;
    /** Of images. */
    image_tokens?: number;
    /** Of text. */
    text_tokens?: number;
  }
  /** More about the answer's tokens. */
  interface CompletionTokensDetails {
    /** Of reasoning. */
    reasoning_tokens?: number;
    /** Of a prediction that proved right. */
    accepted_prediction_tokens?: number;
    /** Of a prediction that proved wrong; they are billed too. */
    rejected_prediction_tokens?: number;
    /** Of speech. */
    audio_tokens?: number;
    /** Of text. */
    text_tokens?: number;
  }
}

/** What has arrived of an answer so far: anything may be missing yet. */
export interface ChatCompletionSnapshot
  extends Partial<Omit<ChatCompletion, "object" | "choices">> {
  object: "chat.completion";
  /** What has arrived of the answers. */
  choices: ChatCompletionSnapshot.Choice[];
}

export declare namespace ChatCompletionSnapshot {
  /** What has arrived of an answer of the model. */
  interface Choice extends Omit<ChatCompletion.Choice, "finish_reason"> {
    /** Why the model stopped; `null` while it has not. */
    finish_reason: FinishReason | null;
  }
}

// ---- Streams ----------------------------------------------------------------------------------

/** A piece of an answer. */
export interface ChatCompletionChunk {
  /** The answer's id, the same in each chunk. */
  id: string;
  object: "chat.completion.chunk";
  /** When the answer was begun, in seconds since 1970; the same in each chunk. */
  created: number;
  /** The model that answers. */
  model: string;
  /** What is added to each answer. Empty in a chunk that only tells the usage. */
  choices: ChatCompletionChunk.Choice[];
  /** The tokens used: in the last chunk, if `include_usage` asked for it. */
  usage?: CompletionUsage | null;
  /** How the request was served. */
  service_tier?: ServiceTier | null;
  /** The setup that the model runs in. */
  system_fingerprint?: string;
  /** Padding, if `include_obfuscation` asked for it. */
  obfuscation?: string;
  /** What the guardrail did, in the chunk that says it; see the stream's `guardrail`. */
  "amazon-bedrock-guardrailAction"?: GuardrailAction;
  /** What the guardrail found, in the chunk that says it; see the stream's `guardrail`. */
  "amazon-bedrock-trace"?: BedrockTrace;
}

export declare namespace ChatCompletionChunk {
  /** What is added to an answer. */
  interface Choice {
    /** The answer's place in `choices` of the completion. */
    index: number;
    /** What is added to the message. */
    delta: Choice.Delta;
    /** Why the model stopped; `null` while it has not. */
    finish_reason: FinishReason | null;
    /** How likely each token was, if `logprobs` asked for it. */
    logprobs?: Choice.Logprobs | null;
  }
  namespace Choice {
    /** What is added to a message. */
    interface Delta {
      /** Who says it: in the first chunk. */
      role?: "developer" | "system" | "user" | "assistant" | "tool";
      /** More of the text. */
      content?: string | null;
      /** More of the text by which the model refuses. */
      refusal?: string | null;
      /** More of what the model thinks before it answers; see the option `reasoningFormat`. */
      reasoning?: string | null;
      /** More of the calls of tools, each by its `index`. */
      tool_calls?: Delta.ToolCall[];
      /**
       * More of the call of a function.
       *
       * @deprecated Use `tool_calls`.
       */
      function_call?: Delta.FunctionCall;
    }
    namespace Delta {
      /** More of a call of a tool. */
      interface ToolCall {
        /** Which of the calls it belongs to. */
        index: number;
        /** The call's id: in its first piece. */
        id?: string;
        /** The kind of tool: in its first piece. */
        type?: "function" | "custom";
        /** More of the call of a function. */
        function?: ToolCall.Function;
        /** More of the call of a custom tool. */
        custom?: ToolCall.Custom;
      }
      namespace ToolCall {
        /** More of the call of a function. */
        interface Function {
          /** The function's name: in the first piece. */
          name?: string;
          /** More of its arguments, as a piece of JSON. */
          arguments?: string;
        }
        /** More of the call of a custom tool. */
        interface Custom {
          /** The tool's name: in the first piece. */
          name?: string;
          /** More of the text for it. */
          input?: string;
        }
      }
      /** More of the call of a function. */
      interface FunctionCall {
        /** The function's name: in the first piece. */
        name?: string;
        /** More of its arguments, as a piece of JSON. */
        arguments?: string;
      }
    }
    /** How likely each token was. */
    interface Logprobs {
      /** The tokens of the text. */
      content: ChatCompletionTokenLogprob[] | null;
      /** The tokens of the refusal. */
      refusal: ChatCompletionTokenLogprob[] | null;
    }
  }
}
