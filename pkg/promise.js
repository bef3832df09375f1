/**
 * A promise of a result that also gives access to the response. The result is read when somebody
 * asks for it: after `asResponse()` alone the body is still there.
 */
export class APIPromise extends Promise {
  #call;
  #stream;
  #handOver;
  #result;

  /**
   * `stream` makes the stream of a call; `handOver` is called when the response goes to the
   * caller unread. `call` may be a promise of an error.
   */
  constructor(call, stream, handOver) {
    // Never waited for: `then` below answers instead.
    super(settle);
    this.#call = call;
    this.#stream = stream;
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
    const call = this.#call;
    return (this.#result ??= call.isStream ? this.#stream(call) : call.result());
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

const settle = (resolve) => resolve();
