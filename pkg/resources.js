// What hangs on a client beside chat completions.

import { APPLY, CHECK, MODELS } from "./call.js";
import { BedrockError, ConfigurationError } from "./errors.js";
import { APIPromise } from "./promise.js";

/** A page of a list; there is one. */
export class Page {
  constructor({ data, object }) {
    this.data = data;
    this.object = object;
  }

  getPaginatedItems() {
    return this.data;
  }

  hasNextPage() {
    return false;
  }

  nextPageRequestOptions() {
    return null;
  }

  async getNextPage() {
    throw new BedrockError("There is no other page: see `hasNextPage()`.");
  }

  async *iterPages() {
    yield this;
  }

  async *[Symbol.asyncIterator]() {
    yield* this.data;
  }
}

export class PagePromise extends APIPromise {
  async *[Symbol.asyncIterator]() {
    yield* await this;
  }
}

export class Models {
  /** `begin` makes a promise of a call. */
  constructor(begin) {
    this._begin = begin;
    Object.assign(this, unsupported("models", "delete"));
  }

  list(options) {
    return this._begin(PagePromise, "", options, MODELS, async (call) => new Page(await call.result()));
  }

  retrieve(model, options) {
    return this._begin(APIPromise, `/${encodeURIComponent(model)}`, options, MODELS);
  }
}

export class Guardrails {
  constructor(begin) {
    this._begin = begin;
  }

  apply(request, options) {
    return this._begin(APIPromise, request, options, APPLY);
  }

  check(request, options) {
    return this._begin(APIPromise, request, options, CHECK);
  }
}

/** Methods of openai's that Bedrock has nothing for: they say so to whoever waits for them. */
export function unsupported(path, names) {
  const has = {};
  for (const name of names.split(" ")) {
    has[name] = async () => {
      throw new ConfigurationError(`Amazon Bedrock's Chat Completions API has no \`${path}.${name}\`.`);
    };
  }
  return has;
}
