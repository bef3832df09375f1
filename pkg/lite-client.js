// The client with `create()` alone; that of client.js has all of openai's surface on top of it.

import { CREATE, Call, lost } from "./call.js";
import { ConfigurationError, classes, hidden, refused } from "./errors.js";
import { instance, needStack } from "./link.js";
import { levelOf } from "./log.js";
import { CLIENT, Given, isInPage } from "./options.js";
import { APIPromise } from "./promise.js";
import { Stream } from "./stream.js";

/** What all calls of a client share: its options, read once, and its side in the module. */
class Core {
  handle;
  given;
  level;
  /**
   * The option that has the secret, its value, the question to it that is under way; and who in
   * the module knows what came of it: a client's handle, and its instance.
   */
  secret;
  calls = new Set();
  closed = false;
  #in;
  #text;
  #urls;
  #inPage = isInPage();

  constructor(options, base) {
    needStack();
    const given = Given.read(options, CLIENT);
    // What a derived one does not change is as it was read.
    this.given = base ? given.over(base.given) : given.withEnvironment();
    const { apiKey, credentials, logger } = this.given.objects;
    // What a provider gave the other one, this one has too.
    const same = base && this.given.hasSecretOf(base.given);
    this.secret = same ? base.secret : { name: apiKey ? "apiKey" : "credentials", given: apiKey ?? credentials };
    // Or nobody in the module knows it any more.
    if (same) base.enter();
    this.#text = this.given.text();
    this.#urls = ["baseURL", "runtimeURL"].map((name, place) => {
      const text = this.given.string(name);
      const isSame = base && text === base.given.string(name);
      return isSame ? base.#urls[place] : urlParts(text ?? (place ? undefined : this.given.string("AWS_BEDROCK_BASE_URL")));
    });
    this.enter();
    this.level = levelOf(logger, this.given.string("logLevel"));
  }

  /** The instance that its calls are of; a new one gets to know it first. */
  enter() {
    const { secret } = this;
    const it = instance();
    if (it !== this.#in) {
      const same = it === secret.in ? secret.handle : 0;
      this.handle = it.rust.newClient(this.#text, this.#urls.join("\0"), this.#inPage, same);
      if (!this.handle) throw it.refusal();
      this.#in = it;
      lost?.unregister(this);
      lost?.register(this, forgetting(it, this.handle), this);
    }
    secret.in = it;
    secret.handle = this.handle;
    return it;
  }

  explain(model) {
    if (this.closed) throw freed();
    needStack();
    return JSON.parse(this.enter().ask("explain", this.handle, model));
  }

  close() {
    this.closed = true;
    for (const call of this.calls) call.abort();
    lost?.unregister(this);
    forgetting(this.#in, this.handle)();
  }
}

// Of its own: a closure holds all that is in scope, and must not hold the client.
const forgetting = (it, handle) => () => it.rust.freeClient(handle);

const freed = () => new ConfigurationError("The client was freed.");

function base() {
  try {
    return globalThis.document?.baseURI ?? globalThis.location?.href;
  } catch {
    return undefined;
  }
}

/** A URL as the engine reads it: nobody else may decide what its host is. */
function urlParts(text) {
  try {
    if (text === undefined) return "";
    // In a page, `/api/openai/v1` is a path of its own server.
    const url = new URL(text, base());
    const { protocol, hostname, port, pathname, search, hash, username, password } = url;
    return [protocol, hostname, port, pathname, search, hash, username, password].join("\n");
  } catch {
    return "";
  }
}

/** Where a client keeps its core: a property that proxies pass on, and that nobody prints. */
const CORE = Symbol("core");

export class Completions {
  // No private names: wrappers copy it.
  constructor(promise, call) {
    this._promise = promise;
    this._call = call;
  }

  create(body, options) {
    return this._promise(APIPromise, body, options, CREATE);
  }
}

export class BedrockChatClient {
  constructor(options = {}) {
    const { _begin, _streamOf } = this;
    const core = options?.[CORE] ? options[CORE]() : new Core(options);
    hidden(this, CORE, () => core);
    const call = (body, options, kind) => {
      if (core.closed) throw freed();
      return _begin(core, body, options, kind);
    };
    const resultOf = (call) => call.result().then((it) => it ?? _streamOf(call));
    const promise = (kind, body, options, what, get = resultOf) => {
      needStack();
      let begun;
      try {
        begun = call(body, options, what);
      } catch (error) {
        begun = failed(error);
      }
      return new kind(begun, get, handOver);
    };
    // Fields, as there: wrappers copy them, and would trace a method that was called for them.
    const get = () => core.explain("").url.replace("/chat/completions", "");
    Object.defineProperty(this, "baseURL", { get, enumerable: true, configurable: true });
    // Never the key itself: whoever prints a client would print it.
    this.apiKey = core.secret.name === "apiKey" ? "hidden" : null;
    this.maxRetries = core.given.number("maxRetries") ?? 2;
    this.timeout = core.given.number("timeout.total") || Infinity;
    this.chat = { completions: this._completions(promise, call) };
  }

  // -- what the other clients have others of --

  /** Begins a call: see `Call`. The client of bedrock-chat/guardrails begins others. */
  _begin(client, body, options, kind) {
    return new Call(client, body, options, kind);
  }

  /** The stream that `create()` gives. */
  _streamOf(call) {
    return new Stream(call);
  }

  /** `promise` makes a promise of a call, `call` begins one. */
  _completions(promise, call) {
    return new Completions(promise, call);
  }

  withOptions(options) {
    const core = new Core(options, this[CORE]());
    return new this.constructor({ [CORE]: () => core });
  }

  explain({ model, endpoint } = {}) {
    if (typeof model !== "string") throw refused("model", "must be a string");
    if (endpoint === undefined) return this[CORE]().explain(model);
    const there = this.withOptions({ endpoint });
    try {
      return there.explain({ model });
    } finally {
      there.free();
    }
  }

  /** Nothing of its calls, and no secret. */
  toJSON() {
    const { apiKey, maxRetries } = this;
    return { apiKey, maxRetries };
  }

  free() {
    const core = this[CORE]();
    if (!core.closed) core.close();
  }
}

// `error instanceof BedrockChatClient.APIError`, as with openai.
Object.assign(BedrockChatClient, classes);

// Younger than some of the runtimes.
if (Symbol.dispose) BedrockChatClient.prototype[Symbol.dispose] = BedrockChatClient.prototype.free;

/** A call that never was: its error is told to who waits for it. */
const failed = (error) => ({
  isStream: false,
  answered: async () => {
    throw error;
  },
  result: async () => {
    throw error;
  },
});

/** Calls whose responses their callers read: they live as long as somebody has one of these. */
const handedOver = new WeakMap();

function handOver(call) {
  const kept = call.handOver();
  const { response } = call;
  handedOver.set(response, kept);
  try {
    const { body } = response;
    if (Object(body) === body) handedOver.set(body, kept);
  } catch {
    // It may be the caller's own.
  }
}
