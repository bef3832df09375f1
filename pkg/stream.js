import { BedrockError, setPartial } from "./errors.js";
import { NOTHING, Source, TEXT, abortError } from "./source.js";
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

/** An answer that arrives piece by piece: read as chunks, or as text. */
export class Stream {
  #source;
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

  constructor(call, source = call.source ?? new Source(call)) {
    this.#source = source;
    this.#batch = source.latest;
  }

  // -- for ChatCompletionStream, which has listeners --

  get _source() {
    return this.#source;
  }

  /** What it is read as. */
  get _consumed() {
    return this.#consumed;
  }

  /** Whether items are chunks: for somebody who listens, or for the other branch. */
  get _hasChunks() {
    return this.#branch;
  }

  /** Kept when the answer may be read. */
  get _begun() {
    return undefined;
  }

  /** Somebody will hear of an error. */
  _catch() {}

  /** The end was told. */
  _missed() {}

  /** Kept when there is room for more. */
  _room() {}

  /** A stream of the same, for `tee`. */
  _branch(source) {
    return new Stream(undefined, source);
  }

  // -- reading --

  [Symbol.asyncIterator]() {
    this._consume("chunks");
    return this._iterator();
  }

  /** The text alone, as it arrives: some of it per step, never an empty piece. */
  textStream() {
    this._consume("text");
    return this._readText();
  }

  /** `map` makes something else of each text; `last` is looked at before the end is told. */
  _readText(map, last) {
    this.#map = map;
    this.#last = last;
    if (this._hasChunks) this.#map ??= textOf;
    else this.#source.mode = TEXT;
    return this._iterator();
  }

  /** Its items were texts, and are chunks from now on. */
  _mapChunks() {
    if (this.#consumed === "text") this.#map = textOf;
  }

  _consume(how) {
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
  _iterator() {
    return {
      __proto__: AsyncIterator,
      next: () => this.#step(),
      _more: () => this.#more(),
      return: async (value) => {
        if (!this.#over) {
          this.#over = true;
          this.#leave();
          this._missed(this.#failure ?? this.#source.error);
        }
        return { done: true, value };
      },
    };
  }

  /** The next item, if it is here already. */
  #more() {
    if (this.#waits === 0 && !this.#map && this.#ready()) return this.#batch.items[this.#at++];
  }

  #step() {
    const value = this.#more();
    if (value !== undefined) return Promise.resolve({ done: false, value });
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
    this._missed(this.#failure ?? this.#source.error);
    this._throw();
  }

  #pull() {
    const source = this.#source;
    const pulling = this._begun?.then(() => source.done || source.advance()) ?? source.advance();
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
  #leave(reason, isCut) {
    if (this.#left) return;
    this.#left = true;
    this.#batch = nothing;
    this.#at = 0;
    const source = this.#source;
    source.leave(reason);
    if (!source.done || (isCut && !source.failed)) {
      this.#failure = abortError(source, reason);
      setPartial(this.#failure, () => source.partial);
    }
    this.#wake?.();
    this.#controller?.abort(reason);
  }

  abort(reason) {
    const source = this.#source;
    if (!this.#branch) source.abort(reason);
    // What has come already, nobody gets any more.
    if (!this.#over && !source.failed) this.#leave(reason, true);
    this.controller.abort(reason);
  }

  get controller() {
    if (!this.#controller) {
      const controller = (this.#controller = new AbortController());
      const { signal } = controller;
      signal.addEventListener("abort", () => this.abort(signal.reason));
      if (this.#left) controller.abort(this.#failure?.cause);
      const source = this.#source;
      source.onEnd(() => source.aborted && controller.abort(source.error.cause));
    }
    return this.#controller;
  }

  tee() {
    this._consume("tee");
    const source = this.#source;
    source.join();
    const branches = [0, 1].map(() => {
      const branch = this._branch(source);
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
  async _drain(how) {
    const source = this.#source;
    if (!this.#consumed) {
      this.#consumed = how;
      this.#over = true;
      this.#batch = nothing;
      if (!this._hasChunks) source.mode = NOTHING;
    }
    while (!source.done && !this.#failure) {
      if (!source.decode()) await this.#pull();
      if (how === "events") await this._room();
    }
  }

  _throw() {
    if (this.#failure) throw this.#failure;
    if (this.#source.failed) throw this.#source.error;
  }

  async finalChatCompletion() {
    // Somebody who asks for the end first may go on to iterate.
    await undefined;
    await this._drain("final");
    this._throw();
    return this.partial;
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
  Stream.prototype[Symbol.dispose] = function () {
    this.abort();
  };
}
if (Symbol.asyncDispose) {
  Stream.prototype[Symbol.asyncDispose] = async function () {
    this.abort();
  };
}

/** The text of choice 0 in a chunk, as Rust reads it. */
export function textOf(item) {
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
