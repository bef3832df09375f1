import { weak } from "./call.js";
import { ABORTED, APIError, APIUserAbortError, BedrockError, asOurs, hidden, newError, setPartial } from "./errors.js";
import { Followed } from "./followed.js";
import { ask, needStack } from "./link.js";
import { asBytes, discard, isTaken, readerOf, release, taken, unlock } from "./reader.js";

// What batches hold: `setMode`
export const CHUNKS = 0;
export const TEXT = 1;
export const NOTHING = 2;

// What a push brought: `StreamProgress::bits`
const STATE = 3;
const OPEN = 0;
const DONE = 1;
const FAILED = 2;
const CONTENT = 4;
const APART = 8;
const REPEATABLE = 16;
const WITHHELD = 32;
const ESCAPED = 64;
const PLAIN = 128;
const LENGTH = 8;

// So long a body may take to end after [DONE], in milliseconds.
const GRACE = 250;

const NOTHING_CAME = '{"object":"chat.completion","choices":[]}';
const nothing = new Uint8Array(0);
const nothingNew = [];
const now = () => performance.now();

/** So many bytes are decoded at a time. */
let slice;

/** What nobody reads or holds any more is cancelled. (Workers have known these since 2025.) */
const abandoned =
  typeof FinalizationRegistry === "function" ? new FinalizationRegistry((call) => call.abort()) : undefined;

/** One answer on its way: read and decoded. One stream follows it, or several: see `tee`. */
export class Source extends Followed {
  /** The latest of a chain of batches: whoever holds one finds what came since behind it. */
  latest = { items: [], next: undefined };
  bytes = 0;
  firstContentAt;
  endedAt;
  /** Whether somebody waits for the server. */
  waiting = false;

  #call;
  #mode = CHUNKS;
  #opening;
  #reader;
  #read = nothing;
  #offset = 0;
  /** What nobody may have until the guardrail has shown itself. */
  #withheld = [];
  /** It died, and is to be asked for again. */
  #again = false;
  #pulling;
  #completion;
  /** The last content that stood apart: the module's completion has a mark in its place. */
  #apart;
  /** The parts of the chunk that contents without one are to be put into. */
  #model;

  constructor(call) {
    super();
    this.#call = call;
    slice ??= ask("inputLength");
    call.reader = weak(this);
    abandoned?.register(this, call, this);
    if (call.ended) this.fail(call.error());
    else this.#open(call.result());
  }

  /** Kept when the answer has begun, or will not. */
  get opened() {
    return this.#opening;
  }

  set mode(mode) {
    this.#mode = mode;
    if (!this.done) this.#call.setMode(mode);
  }

  get response() {
    return this.#call.response;
  }

  get requestId() {
    return this.#call.requestID;
  }

  /** The completion so far. */
  get partial() {
    needStack();
    const completion = this.#parse(this.#completion || this.#whole() || NOTHING_CAME);
    // What was asked for, and who enforces it, the other stream knows.
    const guardrail = this.#call.relayed?.guardrail;
    if (guardrail) completion.guardrail = guardrail;
    return hidden(completion, "_request_id", this.requestId ?? null);
  }

  #whole() {
    const [start, end] = this.#call.completion()?.split("\0") ?? [];
    return end === undefined ? start : start + this.#apart + end;
  }

  #parse(json) {
    let cause;
    try {
      const value = JSON.parse(json);
      if (value) return value;
    } catch (error) {
      cause = error;
    }
    throw this.#call.unreadable(cause);
  }

  get attempts() {
    return this.#call.attempts;
  }

  get startedAt() {
    return this.#call.startedAt;
  }

  get headersAt() {
    return this.#call.headersAt;
  }

  abort(reason) {
    if (this.done) return;
    this.#call.abort(reason);
    // To the module it is over; but not to whom its last items are told.
    if (!this.done) this.fail(abortError(this, reason));
  }

  /** Decodes of what is read already until there is a new batch; false if there is none. */
  decode() {
    if (this.#offset < this.#read.length) needStack();
    return this.#decode();
  }

  #decode() {
    const bytes = this.#read;
    while (this.#offset < this.#read.length) {
      const start = this.#offset;
      this.#offset += slice;
      const part = bytes.length > slice ? bytes.subarray(start, this.#offset) : bytes;
      if (this.#take(this.#call.push(part))) return true;
    }
    return false;
  }

  /** Reads until there is a new batch, or the stream is over; to be called before neither is. */
  advance() {
    if (this.#pulling) return this.#pulling;
    const pulling = this.#advance();
    if (this.waiting) this.#pulling = pulling;
    return pulling;
  }

  async #advance() {
    this.waiting = true;
    let isRead = false;
    try {
      let found = false;
      while (!found && !this.done) {
        if (this.#again) this.#resume();
        if (!this.#reader) {
          await this.#opening;
          if (this.done) break;
          const { opened } = this.#call;
          if (!opened && isTaken(this.response)) {
            this.#call.quit(taken());
            break;
          }
          this.#reader = opened ?? readerOf(this.response);
          this.#call.watch();
        } else if (!this.#call.isWatched) {
          this.#call.watch();
        }
        isRead = true;
        const { done, value } = await this.#reader.read();
        isRead = false;
        if (this.done) break;
        found = done ? this.#take(this.#call.finish()) : this.#decodeRead(value);
      }
    } catch (cause) {
      if (this.done) return;
      // What cannot be read is not sent for again, nor what we failed over.
      if (!isRead || cause instanceof BedrockError) this.#call.quit(asOurs(cause));
      else this.#goOn(this.#call.broken(cause) & STATE);
    } finally {
      this.waiting = false;
      this.#pulling = undefined;
    }
  }

  #decodeRead(value) {
    this.#read = asBytes(value);
    this.#offset = 0;
    this.bytes += this.#read.length;
    return this.#decode();
  }

  /** Waits for the answer; its body is left alone until somebody reads. */
  #open(answered) {
    this.#opening = answered.then(
      () => {
        if (this.done) discard(this.response);
      },
      (error) => this.fail(error),
    );
  }

  /** Asks again: nothing was delivered of this answer. */
  #resume() {
    this.#again = false;
    release(this.#reader);
    this.#reader = undefined;
    this.bytes = 0;
    this.#open(this.#call.resume());
  }

  /** Hands over what was decoded; whether that is anything. */
  #take(progress) {
    const state = progress & STATE;
    if (progress & CONTENT) this.firstContentAt ??= now();
    let items = nothingNew;
    try {
      if (progress & APART || progress >>> LENGTH) items = this.#items(progress);
    } catch (error) {
      this.#call.quit(error);
      return false;
    }
    if (progress & WITHHELD || this.#withheld.length > 0) {
      for (const item of items) this.#withheld.push(item);
      items = progress & WITHHELD ? [] : this.#withheld.splice(0);
    }
    const found = items.length > 0;
    if (found) this.latest = this.latest.next = { items, next: undefined };
    if (found && this._isHeard && !this.#tell(items)) return false;
    this.#goOn(state);
    return found;
  }

  #tell(items) {
    try {
      this._tell(items);
    } catch (cause) {
      this.#call.quit(asOurs(cause));
    }
    // Who was told may have ended it.
    return !this.done;
  }

  /** As the module says. */
  #goOn(state) {
    if (state === OPEN || this.done) return;
    this.#read = nothing;
    this.#offset = 0;
    if (state === DONE) this.#close(true);
    else if (state === FAILED) this.fail(this.#call.error());
    else this.#again = true;
  }

  /** What a batch holds. */
  #items(progress) {
    const batch = this.#call.batch(progress >>> LENGTH);
    let content;
    if (progress & APART) {
      content = this.#apart = this.#call.apart();
      if (content.includes("\\")) content = this.#parse(`"${content}"`);
    }
    if (this.#mode === TEXT) {
      const text = progress & ESCAPED ? this.#parse(batch) : batch;
      return content ? (text ? [content, text] : [content]) : [text];
    }
    const items = progress & PLAIN ? cut(batch) : this.#parse(batch);
    if (content) {
      const at = items.indexOf(0);
      items.splice(at, 1);
      items[at - 1].choices[0].delta.content = content;
    }
    return this.#expand(items, progress);
  }

  /** Puts contents that came alone into copies of the chunk before. */
  #expand(items, progress) {
    const last = items.length - 1;
    for (let at = 0; at <= last; at++) {
      const item = items[at];
      if (typeof item === "string") items[at] = copyOf(this.#model, item);
      // Taken apart now: its reader may change it.
      else if (at < last ? typeof items[at + 1] === "string" : progress & REPEATABLE) {
        this.#model = partsOf(item);
      }
    }
    return items;
  }

  /** Ends the stream with an error. */
  fail(error) {
    if (this.done) return;
    this.failed = true;
    this.error = error;
    this.aborted = error instanceof APIUserAbortError;
    this.#close();
    // The module may have died of it.
    if (this.#completion !== undefined) setPartial(error, () => this.partial);
    if (error instanceof APIError && this.requestId) error.requestID ??= this.requestId;
  }

  #close(whole = false) {
    const completion = this.#whole();
    // Of that.
    if (this.done) return;
    this.done = true;
    this.endedAt = now();
    this.#read = nothing;
    this.#offset = 0;
    this.#completion = completion;
    abandoned?.unregister(this);
    this.#call.close(this.error);
    this.#leaveBody(whole);
    this._tellEnd();
  }

  /** Lets go of the body, and of the connection if it does not end by itself. */
  async #leaveBody(whole) {
    const reader = this.#reader ?? this.#call.opened;
    if (!reader) {
      discard(this.response);
    } else if (!whole || !(await endsSoon(reader))) {
      release(reader);
    } else {
      unlock(reader);
      return;
    }
    this.#call.cancel();
  }
}

/** The strings in `["Hel","lo"]`, which has no escapes: parsing it takes the engine longer. */
function cut(batch) {
  const items = [];
  let start = 2;
  for (let end; (end = batch.indexOf('","', start)) > 0; start = end + 3) items.push(batch.slice(start, end));
  items.push(batch.slice(start, -2));
  return items;
}

function partsOf(chunk) {
  const choice = chunk.choices[0];
  return { chunk: { ...chunk }, choice: { ...choice }, delta: { ...choice.delta } };
}

function copyOf(parts, content) {
  const chunk = { ...parts.chunk };
  const choice = { ...parts.choice };
  const delta = { ...parts.delta };
  delta.content = content;
  choice.delta = delta;
  chunk.choices = [choice];
  return chunk;
}

/** What is told of a source that somebody has left. */
export const abortError = ({ attempts }, reason) =>
  newError(APIUserAbortError, ABORTED, { retryable: false, attempts }, undefined, reason);

/**
 * Whether a body ends by itself after [DONE]: then its connection can be used again. It may as well
 * stay open, and nobody waits for long.
 */
async function endsSoon(reader) {
  let timer;
  const late = new Promise((tell) => (timer = setTimeout(tell, GRACE, {})));
  try {
    return (await Promise.race([reader.read(), late])).done === true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
