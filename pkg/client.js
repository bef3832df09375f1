import { ConfigurationError, classes } from "./errors.js";
import { Client } from "./gen/bedrock_chat_bg.js";
import { APIPromise } from "./promise.js";
import { send } from "./source.js";
import { ChatCompletionStream } from "./stream.js";

export class BedrockChatClient {
  #options;
  #core;

  constructor(options = {}, read = (options) => new Client(options)) {
    // A copy: what happens to the object later is no change of ours.
    this.#options = { ...options };
    this.#core = read(options);
    const begin = (body, options, stream) => this.#begin(body, options, stream);
    this.chat = { completions: new Completions(begin) };
  }

  #begin(body, options, stream) {
    if (!this.#core) throw new ConfigurationError("The client was freed.");
    return this.#core.call(body, options, stream);
  }

  withOptions(options) {
    const core = this.#core;
    // What a provider gave this client, the new one has too.
    const read = core && ((options) => core.derive(options));
    const all = { ...this.#options, ...options };
    // A value from a variable that is not set must not mean "no guardrail"; `null` does.
    if (options?.guardrail === undefined) all.guardrail = this.#options.guardrail;
    return new BedrockChatClient(all, read);
  }

  free() {
    const core = this.#core;
    this.#core = undefined;
    core?.close();
    // Not at once: code of the caller's may have brought us here from within the module.
    if (core) queueMicrotask(() => core.free());
  }
}

// `error instanceof BedrockChatClient.APIError`, as with openai.
Object.assign(BedrockChatClient, classes);

// Younger than some of the runtimes.
if (Symbol.dispose) BedrockChatClient.prototype[Symbol.dispose] = BedrockChatClient.prototype.free;

/** What cancels the bodies that callers read, as long as they have them. */
const handedOver = new WeakMap();

function hold(response, cancelling) {
  handedOver.set(response, cancelling);
  try {
    const { body } = response;
    if (Object(body) === body) handedOver.set(body, cancelling);
  } catch {
    // It may be the caller's own.
  }
}

class Completions {
  #begin;

  constructor(begin) {
    this.#begin = begin;
  }

  create(body, options) {
    let call;
    const sent = new Promise((resolve, reject) => {
      call = this.#begin(body, options, false);
      send(call).then(resolve, (error) => {
        call.free();
        reject(error);
      });
    });
    return new APIPromise(
      sent,
      (response) => (call.stream ? [new ChatCompletionStream(call, sent), response] : read(call, response)),
      (response) => call.handOver((controller) => hold(response, [call, controller])),
    );
  }

  stream(body, options) {
    const call = this.#begin(body, options, true);
    return new ChatCompletionStream(call, send(call));
  }
}

async function read(call, response) {
  try {
    return await new Promise((resolve, reject) => call.read(response, resolve, reject));
  } finally {
    // Not left to the engine, which does not see what it holds.
    call.free();
  }
}
