import type { ChatCompletion, ChatCompletionChunk, ChatCompletionSnapshot } from "./chat.js";
import type { GuardrailResult } from "./guardrail.js";
import type {
  WebAbortController,
  WebAsyncDisposable,
  WebDisposable,
  WebReadableStream,
  WebResponse,
  WebResponseInit,
} from "./web.js";

/**
 * An answer that arrives piece by piece.
 *
 * Read it once: as chunks, as text, or by {@link finalChatCompletion}; {@link tee} makes two of it.
 * Leaving the loop cancels the request. A stream that breaks off, stalls or is aborted throws
 * and never looks like a whole one; the error's `partial` is what had arrived.
 *
 * @example
 * ```ts
 * const stream = await client.chat.completions.create({ model, messages, stream: true });
 * for await (const chunk of stream) {
 *   process.stdout.write(chunk.choices[0]?.delta.content ?? "");
 * }
 * ```
 */
export declare class Stream implements AsyncIterable<ChatCompletionChunk> {
  protected constructor();

  /** The chunks. Can be asked for once. */
  [Symbol.asyncIterator](): AsyncIterableIterator<ChatCompletionChunk>;

  /**
   * The text of the first choice alone, as it arrives: the cheapest way to read a stream.
   * Reasoning is not in it. Never an empty piece.
   *
   * @example
   * ```ts
   * for await (const text of stream.textStream()) process.stdout.write(text);
   * ```
   */
  textStream(): AsyncIterableIterator<string>;

  /**
   * Two streams of the same answer, to be read independently; this one can no longer be. Each
   * keeps what the other has read already. The request is cancelled when both were left.
   */
  tee(): [Stream, Stream];

  /**
   * The chunks as newline-delimited JSON: bytes to pass on, in the form that `openai`'s
   * `Stream.fromReadableStream` reads. Cancelling it cancels the request.
   */
  toReadableStream(): WebReadableStream;

  /**
   * A response for your own server or worker to return: the chunks as server-sent events, as the
   * service sends them, ended by `[DONE]`. A failure is an event with `error`.
   *
   * @param init Status and headers. Default: status 200, `content-type: text/event-stream`,
   * `cache-control: no-cache`.
   *
   * @example
   * ```ts
   * export default {
   *   async fetch(request: Request): Promise<Response> {
   *     return client.chat.completions.stream(await request.json()).toSSEResponse();
   *   },
   * };
   * ```
   */
  toSSEResponse(init?: WebResponseInit): WebResponse;

  /** The whole answer, when it is there. */
  finalChatCompletion(): Promise<ChatCompletion>;

  /**
   * Cancels the request. Whoever reads the stream gets an {@link APIUserAbortError}. Of two
   * streams made by {@link tee} it leaves this one alone.
   *
   * @param reason Becomes the `cause` of the error.
   */
  abort(reason?: unknown): void;

  /** An `AbortController` that does what {@link abort} does. */
  readonly controller: WebAbortController;

  /** The HTTP response; `undefined` until its headers are there. */
  readonly response: WebResponse | undefined;

  /** The id of the request, which AWS Support asks for; `undefined` until it is known. */
  readonly requestId: string | undefined;

  /** What has arrived so far, put together. A new object each time. */
  readonly partial: ChatCompletionSnapshot;

  /** What the guardrail did, as soon as it is known. */
  readonly guardrail: GuardrailResult | undefined;

  /** How long it took so far, and how much arrived. */
  readonly metrics: StreamMetrics;
}

export interface Stream extends WebDisposable, WebAsyncDisposable {}

/** Times in milliseconds since the stream was asked for; `undefined` until they are known. */
export interface StreamMetrics {
  /** To the headers of the answer. */
  readonly ttfb: number | undefined;
  /** To the first text, reasoning, refusal or tool call. */
  readonly firstToken: number | undefined;
  /** To the end of the stream. */
  readonly total: number | undefined;
  /** How many attempts were made so far; 1 without a retry. */
  readonly attempts: number;
  /** Bytes of the answer that were read. */
  readonly bytes: number;
  /** Where the client applies a guardrail: how often it asked, and how long the answers took. */
  readonly guardrail?: { readonly calls: number; readonly ms: number };
  /** From the first token to the end. `undefined` if the stream told no usage. */
  readonly tokensPerSecond: number | undefined;
}
