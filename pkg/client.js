// The client, with all of openai's surface.

import { STREAM } from "./call.js";
import { ChatCompletionStream, replaying } from "./completion-stream.js";
import { asOurs, classes } from "./errors.js";
import { needStack } from "./link.js";
import { BedrockChatClient as LiteClient, Completions as LiteCompletions } from "./lite-client.js";
import { readForRun } from "./options.js";
import { checkTools, parseCompletion } from "./parse.js";
import { eventsOfChunks, replay } from "./replay.js";
import { Guardrails, Models, unsupported } from "./resources.js";
import { ChatCompletionRunner, ChatCompletionStreamingRunner } from "./runner.js";

class Completions extends LiteCompletions {
  constructor(client, promise, call) {
    super(promise, call);
    // What it asks for itself, it asks the client for: a copy that traces each call traces it once.
    this._client = client;
    this.messages = unsupported("chat.completions.messages", "list");
    Object.assign(this, unsupported("chat.completions", "retrieve update list delete"));
  }

  // Its own: who traces a class looks at what that has itself.
  create(body, options) {
    return super.create(body, options);
  }

  parse(body, options) {
    checkTools(body?.tools);
    const parse = (completion) => parseCompletion(completion, body);
    const asked = this._client.chat.completions.create(body, options);
    // Whoever wraps `create` may return a promise of another kind.
    return asked._thenUnwrap?.(parse) ?? asked.then(parse);
  }

  stream(body, options) {
    needStack();
    return new ChatCompletionStream(streamed(this, body, options), undefined, body);
  }

  runTools(body, given) {
    const options = readForRun(given);
    if (!body.stream) return new ChatCompletionRunner(this._client, body, options);
    const begin = (params, rest) => streamed(this, params, rest);
    return new ChatCompletionStreamingRunner(begin, body, options);
  }
}

const { create } = Completions.prototype;

/** The call of a stream: through `create`, where somebody has replaced that to see all calls. */
function streamed({ _client, _call }, body, options) {
  const { completions } = _client.chat;
  if (completions.create === create) return _call(body, options, STREAM);
  const call = replaying(async (signal) => {
    try {
      const stream = await completions.create({ ...body, stream: true }, { ...options, signal });
      call.relayed = stream;
      return replay(eventsOfChunks(stream), stream.requestId);
    } catch (cause) {
      call.quit(asOurs(cause));
    }
  }, options?.signal);
  return call;
}

export class BedrockChatClient extends LiteClient {
  constructor(options) {
    super(options);
    const { _promise, _call } = this.chat.completions;
    // Another one: who wraps both wraps each once.
    this.beta = { chat: { completions: this._completions(_promise, _call) } };
    this.models = new Models(_promise);
    this.guardrails = new Guardrails(_promise);
    for (const [name, methods] of MISSING) this[name] = unsupported(name, methods);
  }

  _streamOf(call) {
    return new ChatCompletionStream(call);
  }

  _completions(...given) {
    return new Completions(this, ...given);
  }
}

/** What wrappers of clients look for, and find to be missing only when it is called. */
const MISSING = [
  ["completions", "create"],
  ["responses", "create parse stream retrieve cancel delete"],
  ["embeddings", "create"],
  ["images", "generate edit"],
  ["moderations", "create"],
];

// Its own, as openai's: who copies a class has what it inherits left out.
Object.assign(BedrockChatClient, classes);
