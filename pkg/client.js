// The client, with all of openai's surface.

import { STREAM } from "./call.js";
import { ChatCompletionStream } from "./completion-stream.js";
import { asOurs } from "./errors.js";
import { needStack } from "./link.js";
import { BedrockChatClient as LiteClient, Completions as LiteCompletions } from "./lite-client.js";
import { readForRun } from "./options.js";
import { checkTools, parseCompletion } from "./parse.js";
import { eventsOf, eventsOfChunks, replay } from "./replay.js";
import { Guardrails, Models, unsupported } from "./resources.js";
import { ChatCompletionRunner, ChatCompletionStreamingRunner } from "./runner.js";

class Completions extends LiteCompletions {
  constructor(promise, client, call) {
    super(promise);
    // What it asks for itself, it asks the client for: a copy that traces each call traces it once.
    this._client = client;
    this._call = call;
    this.messages = unsupported("chat.completions.messages", "list");
    Object.assign(this, unsupported("chat.completions", "retrieve update list delete"));
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
  static _Completions = Completions;
  static _Stream = ChatCompletionStream;

  constructor(options) {
    super(options);
    const { _promise, _call } = this.chat.completions;
    // Another one: who wraps both wraps each once.
    this.beta = { chat: { completions: new Completions(_promise, this, _call) } };
    this.models = new Models(_promise);
    this.guardrails = new Guardrails(_promise);
    for (const [name, methods] of MISSING) this[name] = unsupported(name, methods);
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

/** Whose streams come from others. */
let replayer;

/** The call of a stream whose answer `replayed` gives. */
function replaying(replayed, signal) {
  replayer ??= new BedrockChatClient({
    baseURL: "http://localhost",
    apiKey: null,
    fetch: (_, { replayed, signal }) => replayed(signal),
    guardrail: null,
    maxRetries: 0,
    timeout: { connect: Infinity, firstToken: Infinity, idle: Infinity },
  });
  const request = { model: "-", messages: [{ role: "user", content: "" }] };
  return replayer.chat.completions._call(request, { signal, fetchOptions: { replayed } }, STREAM);
}

ChatCompletionStream.fromReadableStream = (body) => {
  const call = replaying(async () => replay(eventsOf(body)));
  // Nobody knows what was asked.
  return new ChatCompletionStream(call, undefined, {});
};
