const requestID = ({ headers }) => headers.get("x-amzn-requestid") ?? headers.get("x-request-id");

/**
 * A promise of a result that also gives access to the response. The response is read when
 * somebody asks for the result: after `asResponse()` alone its body is still there.
 */
export class APIPromise extends Promise {
  #response;
  #parse;
  #handOver;
  #result;

  /**
   * `parse` answers with the result and the response that it came in; `handOver` is called when
   * the response goes to the caller unread.
   */
  constructor(response, parse, handOver) {
    // Never waited for: `then` below answers instead.
    super((resolve) => resolve());
    this.#response = response;
    this.#parse = parse;
    this.#handOver = handOver;
  }

  // What `then` makes is an ordinary promise.
  static get [Symbol.species]() {
    return Promise;
  }

  async asResponse() {
    const response = await this.#response;
    if (!this.#result) this.#handOver(response);
    return response;
  }

  async withResponse() {
    const [data, response] = await this.#read();
    return { data, response, request_id: requestID(response) };
  }

  #read() {
    return (this.#result ??= this.#response.then(this.#parse));
  }

  #data() {
    return this.#read().then(([data]) => data);
  }

  then(onFulfilled, onRejected) {
    return this.#data().then(onFulfilled, onRejected);
  }

  catch(onRejected) {
    return this.#data().catch(onRejected);
  }

  finally(onFinally) {
    return this.#data().finally(onFinally);
  }
}
