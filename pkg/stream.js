import { ABORTED, APIUserAbortError, BedrockError, asOurs, newError, setPartial } from "./errors.js";
import { Chunks } from "./chunks.js";
import { Conversation } from "./events.js";
import { turns } from "./globals.js";
import { isParseable, parseCompletion, refuseReason } from "./parse.js";
import { PartialJson } from "./partial.js";
import { CHUNKS, NOTHING, Source, TEXT } from "./source.js";
import { event, eventResponse, passedOn, publicError } from "./sse.js";

const nothing = { items: [], next: undefined };
const { getPrototypeOf } = Object;

/**
 * What iterators have of the engine. Where a build step has rewritten async generators there is no way
 * to that, and nobody who needs it.
 */
const AsyncIterator = {
  __proto__: getPrototypeOf(getPrototypeOf((async function* () {}).prototype ?? {})),
  [Symbol.asyncIterator]() {
    return this;
  },
};

export class ChatCompletionStream extends Conversation {
  #source;
  /** The request of `stream()`, which says what is to be parsed. */
  _body;
  /** What puts chunks together for those who listen. */
  #chunks;
  /** The end that they are told of; the completion of those who do not listen. */
  #ending;
  #finishing;
  /** Until it is kept nothing is read: those who listen hear of the answer first. */
  #begun;
  // Where in the source's chain of batches this stream stands.
  #batch;
  #at = 0;
  /** What it is read as. */
  #consumed;
  /** What the caller makes of an item; undefined for the item itself. */
  #map;
  /** What is looked at before its end is told. */
  #last;
  /** One of those that `tee` made. */
  #branch = false;
  #left = false;
  /** Nothing comes any more: it was left, or its end was told. */
  #over = false;
  /** Why this branch ended, where others may go on. */
  #failure;
  // Those who wait for an item, and the last of them.
  #waits = 0;
  #turn;
  #pulled;
  #wake;
  #controller;

  constructor(call, source = call.source ?? new Source(call), body = undefined) {
    super();
    this.#source = source;
    this._body = body;
    this.#batch = source.latest;
    if (Array.isArray(body?.messages)) this.messages = [...body.messages];
  }

  [Symbol.asyncIterator]() {
    this.#consume("chunks");
    return this.#iterator();
  }

  /** The text alone, as it arrives: some of it per step, never an empty piece. */
  textStream() {
    this.#consume("text");
    if (this.#branch || this.#ending) this.#map = textOf;
    else this.#source.mode = TEXT;
    return this.#iterator();
  }

  /** The value whose JSON the text is, as it grows: one object, which is told of after each piece. */
  partialStream() {
    this.#consume("partial");
    const json = new PartialJson();
    this.#map = (item) => {
      const text = textOf(item);
      return text && (json.push(text) ?? "");
    };
    this.#last = async () => {
      const completion = await this.finalChatCompletion();
      for (const { finish_reason } of completion.choices) refuseReason(finish_reason, completion);
    };
    if (!this.#branch && !this.#ending) this.#source.mode = TEXT;
    return this.#iterator();
  }

  #consume(how) {
    // The iterator tells of an error.
    this._catch();
    if (this.#consumed === "events" && how !== "final") {
      // From here on.
      this.#batch = this.#source.latest;
      this.#at = this.#batch.items.length;
      this.#over = false;
    } else if (this.#consumed) {
      throw new BedrockError(
        "This stream has been consumed already; tee() makes two streams that can both be.",
      );
    }
    this.#consumed = how;
  }

  // Not an async generator, which costs three promises per step.
  #iterator() {
    return {
      __proto__: AsyncIterator,
      next: () => this.#step(),
      return: async (value) => {
        this.#over = true;
        this.#leave();
        this.#missed(this.#failure ?? this.#source.error);
        return { done: true, value };
      },
    };
  }

  #step() {
    if (this.#waits === 0 && !this.#map && this.#ready()) {
      return Promise.resolve({ done: false, value: this.#batch.items[this.#at++] });
    }
    // In turn: items go out in the order in which they were asked for.
    this.#turn = this.#waits++ === 0 ? this.#wait() : this.#after(this.#turn);
    return this.#turn;
  }

  #after(turn) {
    const wait = () => this.#wait();
    return turn.then(wait, wait);
  }

  /** Whether there is an item, without waiting. */
  #ready() {
    if (this.#over || this.#failure || this.#source.aborted) return false;
    while (this.#at === this.#batch.items.length) {
      if (!this.#batch.next && !this.#source.decode()) return false;
      this.#batch = this.#batch.next;
      this.#at = 0;
    }
    return true;
  }

  async #wait() {
    try {
      for (;;) {
        while (this.#ready()) {
          const item = this.#batch.items[this.#at++];
          const value = this.#map ? this.#map(item) : item;
          if (value !== "") return { done: false, value };
        }
        if (this.#over) return { done: true, value: undefined };
        if (this.#failure || this.#source.done) {
          this.#end();
          await this.#last?.();
        } else await this.#pull();
      }
    } finally {
      this.#waits--;
    }
  }

  /** Tells the end, once. */
  #end() {
    this.#over = true;
    this.#batch = nothing;
    this.#missed(this.#failure ?? this.#source.error);
    this.#throw();
  }

  /** The end was told, and to nobody who listens. */
  #missed(failure) {
    if (!this.#ending) this._missed(failure);
  }

  #pull() {
    const source = this.#source;
    const pulling = this.#begun ? this.#begun.then(() => source.done || source.advance()) : source.advance();
    // Only a branch can end before its source does.
    if (!this.#branch) return pulling;
    this.#pulled ??= new Promise((resolve) => {
      this.#wake = () => {
        this.#pulled = undefined;
        resolve();
      };
      pulling.then(this.#wake);
    });
    return this.#pulled;
  }

  /** The consumer goes: without another one the request is cancelled. */
  #leave(reason) {
    if (this.#left) return;
    this.#left = true;
    this.#batch = nothing;
    this.#at = 0;
    const source = this.#source;
    source.leave(reason);
    if (!source.done) {
      const fields = { retryable: false, attempts: source.attempts };
      this.#failure = newError(APIUserAbortError, ABORTED, fields, undefined, reason);
      setPartial(this.#failure, () => source.partial);
    }
    this.#wake?.();
  }

  abort(reason) {
    if (!this.#branch) this.#source.abort(reason);
    else if (!this.#source.done) this.#leave(reason);
    this.#controller?.abort(reason);
  }

  get controller() {
    if (!this.#controller) {
      const controller = (this.#controller = new AbortController());
      const { signal } = controller;
      signal.addEventListener("abort", () => this.abort(signal.reason));
      if (this.#failure) controller.abort(this.#failure.cause);
      const source = this.#source;
      source.onEnd(() => source.aborted && controller.abort(source.error.cause));
    }
    return this.#controller;
  }

  tee() {
    this.#consume("tee");
    const source = this.#source;
    source.join();
    const branches = [0, 1].map(() => {
      const branch = new ChatCompletionStream(undefined, source, this._body);
      branch.#branch = true;
      branch.#batch = this.#batch;
      return branch;
    });
    // Or it would hold all that comes.
    this.#batch = nothing;
    return branches;
  }

  get response() {
    return this.#source.response;
  }

  get requestId() {
    return this.#source.requestId;
  }

  get partial() {
    return this.#source.partial;
  }

  get guardrail() {
    return this.partial.guardrail;
  }

  get metrics() {
    const { startedAt, headersAt, firstContentAt, endedAt, attempts, bytes, done, guardrail } = this.#source;
    const since = (time) => (time === undefined ? undefined : time - startedAt);
    const tokens = done ? this.partial.usage?.completion_tokens : undefined;
    const seconds = (endedAt - firstContentAt) / 1000;
    return {
      ttfb: since(headersAt),
      firstToken: since(firstContentAt),
      total: since(endedAt),
      attempts,
      bytes,
      ...(guardrail && { guardrail: { ...guardrail } }),
      tokensPerSecond: tokens && seconds > 0 ? tokens / seconds : undefined,
    };
  }

  /** Reads to the end, whoever else reads: what they have not asked for yet is kept for them. */
  async #drain(how) {
    const source = this.#source;
    if (!this.#consumed) {
      this.#consumed = how;
      this.#over = true;
      this.#batch = nothing;
      if (!this.#branch && !this.#ending) source.mode = NOTHING;
    }
    while (!source.done && !this.#failure) {
      if (!source.decode()) await this.#pull();
      if (how === "events") await this._room();
    }
  }

  #throw() {
    if (this.#failure) throw this.#failure;
    if (this.#source.failed) throw this.#source.error;
  }

  async _settle() {
    this._catch();
    // Somebody who asks for the end first may go on to iterate, or to listen.
    await undefined;
    await this.#drain("final");
    await (this.#ending ?? (this.#finishing ??= this._finish()).then(
      () => this.#missed(),
      (failure) => {
        this.#missed(failure);
        throw failure;
      },
    ));
  }

  /** The answer is whole. */
  async _finish() {
    this.#throw();
    const completion = this.partial;
    const body = this._body;
    try {
      if (body && isParseable(body)) await parseCompletion(completion, body);
      else if (body) for (const { message } of completion.choices) message.parsed = null;
    } catch (cause) {
      throw asOurs(cause);
    }
    this._add(completion);
  }

  /** Somebody listens. */
  _begin() {
    if (this.#ending || this.ended) return;
    const source = this.#source;
    source.mode = CHUNKS;
    if (this.#consumed === "text") this.#map = textOf;
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
    const { opened } = this.#source;
    await opened;
    this.#begun = undefined;
    // Of several answers a run tells.
    if (!opened || !this.#source.headersAt) return;
    try {
      this._emit("connect");
    } catch (cause) {
      this.#source.fail(asOurs(cause));
    }
  }

  async #tell() {
    const source = this.#source;
    await this.#begun;
    if (this.#consumed) await new Promise((end) => source.onEnd(end));
    else await this.#drain("events");
    this.#throw();
    await this._told();
    await (this.#finishing ??= this._finish());
    this._emitFinal();
  }

  get currentChatCompletionSnapshot() {
    if (this.#source.done) return undefined;
    const snapshot = this.#chunks?.snapshot ?? this.partial;
    return snapshot.choices.length > 0 ? snapshot : undefined;
  }

  /** Chunks as newline-delimited JSON. */
  toReadableStream() {
    return passedOn(this[Symbol.asyncIterator](), (chunk) => `${JSON.stringify(chunk)}\n`);
  }

  /** A response that streams this answer on as server-sent events. */
  toSSEResponse(init = {}) {
    // The status is sent already: all that can still tell of an error is an event.
    const fail = (error) => event({ error: publicError(error) });
    return eventResponse(passedOn(this[Symbol.asyncIterator](), event, "data: [DONE]\n\n", fail), init);
  }
}

// Younger than some of the runtimes. A stream that goes out of scope is cancelled.
if (Symbol.dispose) {
  ChatCompletionStream.prototype[Symbol.dispose] = function () {
    this.abort();
  };
}
if (Symbol.asyncDispose) {
  ChatCompletionStream.prototype[Symbol.asyncDispose] = async function () {
    this.abort();
  };
}

/** The text of choice 0 in a chunk, as Rust reads it. */
function textOf(item) {
  // It was text before somebody listened.
  if (typeof item === "string") return item;
  const { choices } = item;
  if (!Array.isArray(choices)) return "";
  let text = "";
  choices.forEach((choice, place) => {
    const content = (choice?.delta ?? choice?.message)?.content;
    if ((choice?.index ?? place) === 0 && typeof content === "string") text += content;
  });
  return text;
}
