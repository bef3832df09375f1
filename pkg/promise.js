import { hidden } from "./errors.js";

/** What it inherits; TypeScript, where it lowers a private method, has no `super` there. */
const { then } = Promise.prototype;

/**
 * A promise of a result that also gives access to the response. The result is read when somebody
 * asks for it: after `asResponse()` alone the body is still there.
 */
export class APIPromise extends Promise {
  #call;
  #get;
  #handOver;
  #result;
  #settle;

  /**
   * `get` makes the result of a call; `handOver` is called when the response goes to the caller
   * unread.
   */
  constructor(call, get, handOver) {
    let settle;
    super((resolve) => (settle = resolve));
    this.#settle = settle;
    this.#call = call;
    this.#get = get;
    this.#handOver = handOver;
  }

  // What `then` makes is an ordinary promise.
  static get [Symbol.species]() {
    return Promise;
  }

  async asResponse() {
    await this.#call.answered();
    const { response } = this.#call;
    if (!this.#result) this.#handOver(this.#call);
    return response;
  }

  async withResponse() {
    const data = await this.#read();
    const { response, requestID } = this.#call;
    return { data, response, request_id: requestID ?? null };
  }

  #read() {
    if (!this.#result) {
      this.#result = this.#get(this.#call);
      // `then` below answers; but zone.js and workers look at what a promise itself has come to.
      this.#result.then(this.#settle, () => {
        this.#settle(this.#result);
        // Whoever waits is told of an error by the result.
        then.call(this, undefined, () => {});
      });
    }
    return this.#result;
  }

  /** The promise of something else that is made of the result; wrappers of clients use it. */
  _thenUnwrap(transform) {
    const get = async () => {
      const read = await this.#read();
      const { response, requestID } = this.#call;
      const result = await transform(read, { response });
      const isObject = Object(result) === result && !Array.isArray(result);
      return isObject ? hidden(result, "_request_id", requestID ?? null) : result;
    };
    return new APIPromise(this.#call, get, this.#handOver);
  }

  then(onFulfilled, onRejected) {
    return this.#read().then(onFulfilled, onRejected);
  }

  catch(onRejected) {
    return this.#read().catch(onRejected);
  }

  finally(onFinally) {
    return this.#read().finally(onFinally);
  }
}
