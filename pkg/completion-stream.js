// A stream with openai's events and promises.

import { STREAM } from "./call.js";
import { Chunks } from "./chunks.js";
import { asOurs } from "./errors.js";
import { conversation } from "./events.js";
import { turns } from "./globals.js";
import { BedrockChatClient } from "./lite-client.js";
import { isParseable, parseCompletion, refuseReason } from "./parse.js";
import { PartialJson } from "./partial.js";
import { eventsOf, replay } from "./replay.js";
import { CHUNKS } from "./source.js";
import { Stream, textOf } from "./stream.js";

export class ChatCompletionStream extends conversation(Stream) {
  /** The request of `stream()`, which says what is to be parsed. */
  _body;
  /** What puts chunks together for those who listen. */
  #chunks;
  /** The end that they are told of; the completion of those who do not listen. */
  #ending;
  #finishing;
  /** Until it is kept nothing is read: those who listen hear of the answer first. */
  #begun;

  constructor(call, source, body) {
    super(call, source);
    this._body = body;
    if (Array.isArray(body?.messages)) this.messages = [...body.messages];
  }

  static fromReadableStream(body) {
    const call = replaying(async () => replay(eventsOf(body)));
    // Nobody knows what was asked.
    return new ChatCompletionStream(call, undefined, {});
  }

  get _begun() {
    return this.#begun;
  }

  get _hasChunks() {
    return this.#ending !== undefined || super._hasChunks;
  }

  _branch(source) {
    return new ChatCompletionStream(undefined, source, this._body);
  }

  /** Who listens hears of the end otherwise. */
  _missed(failure) {
    if (!this.#ending) super._missed(failure);
  }

  /** The value whose JSON the text is, as it grows: one object, which is told of after each piece. */
  partialStream() {
    this._consume("partial");
    const json = new PartialJson();
    const grown = (item) => {
      const text = textOf(item);
      return text && (json.push(text) ?? "");
    };
    return this._readText(grown, async () => {
      const completion = await this.finalChatCompletion();
      for (const { finish_reason } of completion.choices) refuseReason(finish_reason, completion);
    });
  }

  async _settle() {
    this._catch();
    // Somebody who asks for the end first may go on to iterate, or to listen.
    await undefined;
    await this._drain("final");
    await (this.#ending ?? (this.#finishing ??= this._finish()).then(
      () => this._missed(),
      (failure) => {
        this._missed(failure);
        throw failure;
      },
    ));
  }

  /** The answer is whole. */
  async _finish() {
    this._throw();
    this._add(await this._parse(this.partial));
  }

  async _parse(completion) {
    const body = this._body;
    try {
      if (body && isParseable(body)) await parseCompletion(completion, body);
      else if (body) for (const { message } of completion.choices) message.parsed = null;
    } catch (cause) {
      throw asOurs(cause);
    }
    return completion;
  }

  /** Somebody listens. */
  _begin() {
    if (this.#ending || this.ended) return;
    const source = this._source;
    source.mode = CHUNKS;
    this._mapChunks();
    this.#listen(this.partial);
    source.onItem((item) => this.#chunks.push(item));
    this.#begun = this.#connect();
    this.#ending = this._tellEnd(this.#tell());
    this.#ending.catch(() => {});
  }

  #listen(snapshot) {
    this.#chunks = new Chunks((...event) => this._emit(...event), this._body ?? {}, snapshot, this._mustEnd);
  }

  /** An answer is whole, and another one may follow. */
  async _told() {
    if (!this.#chunks) return;
    await Promise.all(this.#chunks.pending);
    this.#listen({ choices: [] });
  }

  async #connect() {
    // Who asked for the stream goes on to listen, and perhaps to iterate.
    await turns();
    const { opened } = this._source;
    await opened;
    this.#begun = undefined;
    // Of several answers a run tells.
    if (!opened || !this._source.headersAt) return;
    try {
      this._emit("connect");
    } catch (cause) {
      this._source.fail(asOurs(cause));
    }
  }

  async #tell() {
    const source = this._source;
    await this.#begun;
    if (this._consumed) await new Promise((end) => source.onEnd(end));
    else await this._drain("events");
    this._throw();
    await this._told();
    await (this.#finishing ??= this._finish());
    this._emitFinal();
  }

  get currentChatCompletionSnapshot() {
    if (this._source.done) return undefined;
    const snapshot = this.#chunks?.snapshot ?? this.partial;
    return snapshot.choices.length > 0 ? snapshot : undefined;
  }
}

/** Whose streams come from others. */
let replayer;

/** The call of a stream whose answer `replayed` gives. */
export function replaying(replayed, signal) {
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
