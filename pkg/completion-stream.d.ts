import type { ChatCompletionSnapshot } from "./chat.js";
import type { ChatCompletionConversation, ChatCompletionStreamEvents, FinalChatCompletion } from "./events.js";
import type { Stream } from "./stream.js";
import type { WebReadableStream } from "./web.js";

/**
 * An answer that arrives piece by piece.
 *
 * Read it once: as chunks, as text, by one of the `final…` methods, or by listening to it, which
 * goes beside all of them; {@link tee} makes two of it. Leaving the loop cancels the request. A
 * stream that breaks off, stalls or is aborted throws and never looks like a whole one; the error's
 * `partial` is what had arrived.
 *
 * @example
 * ```ts
 * const stream = await client.chat.completions.create({ model, messages, stream: true });
 * for await (const chunk of stream) {
 *   process.stdout.write(chunk.choices[0]?.delta.content ?? "");
 * }
 * ```
 */
export declare class ChatCompletionStream<ParsedT = null> extends ChatCompletionConversation<
  ChatCompletionStreamEvents<ParsedT>,
  ParsedT
> {
  protected constructor();

  /**
   * A stream of what {@link toReadableStream} gave, here or in `openai`: to be read in a page, say.
   *
   * @example
   * ```ts
   * const { body } = await fetch("/chat", { method: "POST", body: question });
   * for await (const text of ChatCompletionStream.fromReadableStream(body!).textStream()) show(text);
   * ```
   */
  static fromReadableStream(stream: WebReadableStream): ChatCompletionStream;

  /**
   * The value that the text of the first choice is the JSON of, as it grows: the same object after
   * each piece, in time linear in the answer. It is not checked before the end; then the answer is,
   * by the request's `response_format`, and one that was cut or does not fit throws.
   *
   * @example
   * ```ts
   * const response_format = responseFormat(Recipe, "recipe");
   * const stream = client.chat.completions.stream({ model, messages, response_format });
   * for await (const recipe of stream.partialStream()) show(recipe.title, recipe.steps);
   * ```
   */
  partialStream(): AsyncIterableIterator<PartialValue<ParsedT>>;

  /**
   * Two streams of the same answer, to be read independently; this one can no longer be. Each
   * keeps what the other has read already. The request is cancelled when both were left.
   */
  tee(): [ChatCompletionStream, ChatCompletionStream];

  /** The whole answer, when it is there, with what was parsed of it. */
  finalChatCompletion(): Promise<FinalChatCompletion<ParsedT>>;

  /** What listeners have been told so far; `undefined` before the first chunk and after the last. */
  get currentChatCompletionSnapshot(): ChatCompletionSnapshot | undefined;
}

export interface ChatCompletionStream<ParsedT = null> extends Stream {}

/** A value of which anything may be missing yet; strings and numbers may be cut. */
export type PartialValue<T> = [T] extends [null]
  ? any
  : T extends readonly (infer Item)[]
    ? PartialValue<Item>[]
    : T extends object
      ? { [Key in keyof T]?: PartialValue<T[Key]> }
      : T;
