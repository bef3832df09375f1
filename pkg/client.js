import { Call } from "./call.js";
import { ConfigurationError, classes, refused } from "./errors.js";
import { instance, needStack } from "./link.js";
import { levelOf } from "./log.js";
import { CLIENT, Given, isInPage } from "./options.js";
import { APIPromise } from "./promise.js";
import { ChatCompletionStream } from "./stream.js";

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
  #url;
  #inPage = isInPage();

  constructor(options, base) {
    needStack();
    const given = Given.read(options, CLIENT);
    this.given = (base ? given.over(base.given) : given).withEnvironment();
    const { apiKey, credentials, logger } = this.given.objects;
    // What a provider gave the other one, this one has too.
    const same = base && this.given.hasSecretOf(base.given);
    this.secret = same ? base.secret : { name: apiKey ? "apiKey" : "credentials", given: apiKey ?? credentials };
    // Or nobody in the module knows it any more.
    if (same) base.enter();
    this.#text = this.given.text();
    this.#url = urlParts(this.given);
    this.enter();
    this.level = levelOf(logger, this.given.string("logLevel"));
  }

  /** The instance that its calls are of; a new one gets to know it first. */
  enter() {
    const { secret } = this;
    const it = instance();
    if (it !== this.#in) {
      const same = it === secret.in ? secret.handle : 0;
      this.handle = it.rust.newClient(this.#text, this.#url, this.#inPage, same);
      if (!this.handle) throw it.refusal();
      this.#in = it;
    }
    secret.in = it;
    secret.handle = this.handle;
    return it;
  }

  explain(model) {
    needStack();
    return JSON.parse(this.enter().ask("explain", this.handle, model));
  }

  close() {
    this.closed = true;
    for (const call of this.calls) call.abort();
    this.#in.rust.freeClient(this.handle);
  }
}

const freed = () => new ConfigurationError("The client was freed.");

/** A URL as the engine reads it: nobody else may decide what its host is. */
function urlParts(given) {
  try {
    const text = given.string("baseURL") ?? given.string("AWS_BEDROCK_BASE_URL");
    if (text === undefined) return "";
    // In a page, `/api/openai/v1` is a path of its own server.
    const url = new URL(text, globalThis.location?.href);
    const { protocol, hostname, port, pathname, search, hash, username, password } = url;
    return [protocol, hostname, port, pathname, search, hash, username, password].join("\n");
  } catch {
    return "";
  }
}

export class BedrockChatClient {
  #core;

  constructor(options = {}, core = new Core(options)) {
    this.#core = core;
    const begin = (body, options, stream) => {
      if (this.#core.closed) throw freed();
      return new Call(this.#core, body, options, stream);
    };
    this.chat = { completions: new Completions(begin) };
  }

  withOptions(options) {
    return new BedrockChatClient(undefined, new Core(options, this.#core));
  }

  explain({ model, endpoint } = {}) {
    if (this.#core.closed) throw freed();
    if (typeof model !== "string") throw refused("model", "must be a string");
    if (endpoint === undefined) return this.#core.explain(model);
    const there = this.withOptions({ endpoint });
    try {
      return there.explain({ model });
    } finally {
      there.free();
    }
  }

  free() {
    if (!this.#core.closed) this.#core.close();
  }
}

// `error instanceof BedrockChatClient.APIError`, as with openai.
Object.assign(BedrockChatClient, classes);

// Younger than some of the runtimes.
if (Symbol.dispose) BedrockChatClient.prototype[Symbol.dispose] = BedrockChatClient.prototype.free;

class Completions {
  #begin;

  constructor(begin) {
    this.#begin = begin;
  }

  create(body, options) {
    needStack();
    let call;
    try {
      call = this.#begin(body, options, false);
    } catch (error) {
      call = failed(error);
    }
    return new APIPromise(call, streamOf, handOver);
  }

  stream(body, options) {
    needStack();
    return new ChatCompletionStream(this.#begin(body, options, true));
  }
}

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

async function streamOf(call) {
  await call.answered();
  return new ChatCompletionStream(call);
}

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
