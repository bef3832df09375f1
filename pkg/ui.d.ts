import type { ChatCompletionMessageParam, ChatCompletionStreamParams } from "./chat.js";
import type { BedrockChatClient, RequestOptions } from "./client.js";
import type { ChatCompletionStream } from "./completion-stream.js";
import type { Stream } from "./stream.js";
import type { WebAbortSignal, WebResponse, WebResponseInit } from "./web.js";

/**
 * An answer as the AI SDK's UI message stream, for `useChat` and its kin: a response for your own
 * server or worker to return. Of a streamed run of tools it has every answer, and what the tools
 * said. A failure is a chunk of its own, with no more than may be told.
 *
 * @example
 * ```ts
 * import { fromUIMessages, toUIMessageStreamResponse } from "bedrock-chat/ui";
 *
 * export async function POST(request: Request): Promise<Response> {
 *   const messages = fromUIMessages((await request.json()).messages);
 *   const stream = client.chat.completions.stream({ model, messages }, { signal: request.signal });
 *   return toUIMessageStreamResponse(stream);
 * }
 * ```
 */
export declare function toUIMessageStreamResponse<S extends Stream>(
  stream: S,
  init?: WebResponseInit & UIMessageStreamOptions<S>,
): WebResponse;

/** The chunks of {@link toUIMessageStreamResponse} as objects. Cancelling it cancels the request. */
export declare function uiMessageStream<S extends Stream>(
  stream: S,
  options?: UIMessageStreamOptions<S>,
): UIMessageChunkStream;

/** A `ReadableStream` of {@link UIMessageChunk}, which is what the AI SDK takes. */
export type UIMessageChunkStream = typeof globalThis extends {
  ReadableStream: { prototype: infer Global };
}
  ? Global
  : any;

/** What may be said of a UI message stream. */
export interface UIMessageStreamOptions<S extends Stream = ChatCompletionStream> {
  /** The id of the message. Default: the page gives it one. */
  messageId?: string | undefined;
  /** Whether reasoning is a part of it. Default: `true`. */
  sendReasoning?: boolean | undefined;
  /** The message's metadata, made at the end: of `stream.partial`, say, which has the usage. */
  messageMetadata?: ((stream: S) => unknown) | undefined;
  /** The text that a failure is told by. Default: nothing of the account or of your own code. */
  onError?: ((error: unknown) => string | undefined) | undefined;
}

/**
 * The messages of a page (`UIMessage[]`) as those of a request. Reasoning, data and calls that
 * nobody answered are left out.
 *
 * @throws `InvalidRequestError` for what is no list of such messages, and for a system message of
 * the page's, unless it may have one.
 */
export declare function fromUIMessages(
  messages: unknown,
  options?: { allowSystem?: boolean | undefined },
): ChatCompletionMessageParam[];

/**
 * A `ChatTransport` for pages that call Bedrock, or a gateway, themselves: `useChat` with no route
 * of its own. Tools with a function run in the page.
 *
 * @example
 * ```ts
 * const transport = chatTransport({ client, request: { model: "openai.gpt-oss-20b-1:0" } });
 * const chat = useChat({ transport });
 * ```
 */
export declare function chatTransport(options: ChatTransportOptions): ChatTransport;

/** The options of a {@link chatTransport}. */
export interface ChatTransportOptions extends UIMessageStreamOptions {
  client: BedrockChatClient;
  /** All of a request but its messages; or a function that makes it of what `useChat` says. */
  request:
    | ChatTransportRequest
    | ((about: {
        messages: unknown[];
        chatId: string;
        trigger: string;
        body?: object | undefined;
        metadata?: unknown;
      }) => ChatTransportRequest | Promise<ChatTransportRequest>);
  /** Options of each call. */
  options?: RequestOptions | undefined;
}

/** A request without its messages, which the chat has; with its own they are sent instead. */
export type ChatTransportRequest = Omit<ChatCompletionStreamParams, "messages" | "tools"> & {
  messages?: ChatCompletionMessageParam[] | undefined;
  /** As for a request, or with functions, as for `runTools`. */
  tools?: any[] | undefined;
};

/** What `useChat` takes as its `transport`. */
export interface ChatTransport {
  sendMessages(options: {
    trigger: "submit-message" | "regenerate-message";
    chatId: string;
    messageId: string | undefined;
    messages: any[];
    abortSignal: WebAbortSignal | undefined;
    headers?: any;
    body?: object;
    metadata?: unknown;
  }): Promise<UIMessageChunkStream>;
  /** There is nothing to come back to: always `null`. */
  reconnectToStream(options: { chatId: string }): Promise<null>;
}

/** A chunk of a UI message stream, of those that are made here. */
export type UIMessageChunk =
  | { type: "start"; messageId?: string }
  | { type: "start-step" }
  | { type: "finish-step" }
  | { type: "text-start"; id: string }
  | { type: "text-delta"; id: string; delta: string }
  | { type: "text-end"; id: string }
  | { type: "reasoning-start"; id: string }
  | { type: "reasoning-delta"; id: string; delta: string }
  | { type: "reasoning-end"; id: string }
  | { type: "tool-input-start"; toolCallId: string; toolName: string }
  | { type: "tool-input-delta"; toolCallId: string; inputTextDelta: string }
  | { type: "tool-input-available"; toolCallId: string; toolName: string; input: unknown }
  | {
      type: "tool-input-error";
      toolCallId: string;
      toolName: string;
      input: unknown;
      errorText: string;
    }
  | { type: "tool-output-available"; toolCallId: string; output: unknown }
  | {
      type: "finish";
      finishReason: "stop" | "length" | "content-filter" | "tool-calls" | "error" | "other";
      messageMetadata?: unknown;
    }
  | { type: "abort" }
  | { type: "error"; errorText: string };
