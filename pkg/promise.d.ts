import type { WebResponse } from "./web.js";

/**
 * The promise that {@link Completions.create} returns: awaited it gives the result, and it gives
 * the HTTP response too.
 *
 * @example
 * ```ts
 * const { data, response } = await client.chat.completions.create(request).withResponse();
 * console.log(response.status, data.choices[0]?.message.content);
 * ```
 */
export declare class APIPromise<T> extends Promise<T> {
  protected constructor();

  /**
   * The HTTP response, as soon as its headers are there. Its body is still unread, and reading
   * it is up to you: do not await the promise itself as well. `timeout.total` ends here.
   *
   * An answer that is an error rejects here too, after the retries.
   */
  asResponse(): Promise<WebResponse>;

  /** The result, the HTTP response it came in, and the id of the request (`null` if unknown). */
  withResponse(): Promise<{ data: T; response: WebResponse; request_id: string | null }>;

  /** The promise of what `transform` makes of the result. */
  _thenUnwrap<U>(transform: (data: T, props: { response: WebResponse }) => U | Promise<U>): APIPromise<U>;
}
