import { APIError, APIUserAbortError, BedrockError, hidden, setPartial } from "./errors.js";
import { Decoder } from "./gen/bedrock_chat_bg.js";

// What batches hold: Decoder.setMode
export const CHUNKS = 0;
export const TEXT = 1;
export const NOTHING = 2;

// What a push brought: Progress::bits
const STATE = 3;
const OPEN = 0;
const DONE = 1;
const CONTENT = 4;
const MEANINGFUL = 8;
const REPEATABLE = 16;
const EVENTS = 8;

// So many bytes are decoded at a time: the first event of a large read is not kept waiting.
const SLICE = 4096;

// So long a body may take to end after [DONE], in milliseconds.
const GRACE = 250;

const NO_ANSWER = '{"object":"chat.completion","choices":[]}';
const LONGEST_TIMER = 2 ** 31 - 1;

const nothing = new Uint8Array(0);
const encoder = new TextEncoder();
const ignore = () => {};
const now = () => performance.now();

/** Sends a call, and notes on it when that was and when the answer came. */
export function send(call) {
  call.startedAt = now();
  return answer(call, (resolve, reject) => call.send(resolve, reject));
}

function answer(call, ask) {
  return new Promise((resolve, reject) => {
    const answered = (response) => {
      call.headersAt = now();
      resolve(response);
    };
    ask(answered, reject);
  });
}

/** One answer on its way: read, decoded, ended. One stream follows it, or several: see `tee`. */
export class Source {
  /** The latest of a chain of batches: whoever holds one finds what came since behind it. */
  latest = { items: [], next: undefined };
  done = false;
  /** Whether it ended with an error, and with which. */
  failed = false;
  error;
  /** Ended by its caller: what was decoded is not handed over any more. */
  aborted = false;
  response;
  bytes = 0;
  firstContentAt;
  endedAt;

  #call;
  #decoder;
  #mode = CHUNKS;
  #streams = 1;
  #opening;
  #reader;
  #read = nothing;
  #offset = 0;
  #events = 0;
  /** The error after which the request is to be sent again. */
  #retry;
  #pulling;
  #advancing = false;
  #onEnd = [];
  #completion;
  /** The parts of the chunk that contents without one are to be put into. */
  #model;
  #attempts;

  // The time in which somebody waited for a read: at all until content came, and since the last
  // event. Nobody's slowness but the server's counts.
  #waitedForContent = 0;
  #waitedForEvent = 0;
  #readingSince;
  #watchdog;
  #firstTokenLimit;
  #idleLimit;

  constructor(call, responding) {
    this.#call = call;
    this.#decoder = new Decoder(call);
    this.#firstTokenLimit = call.firstTokenTimeout;
    this.#idleLimit = call.idleTimeout;
    this.#open(responding);
    call.watch(failing(weak(this)));
  }

  set mode(mode) {
    this.#mode = mode;
    if (!this.done) this.#decoder.setMode(mode);
  }

  get requestId() {
    const headers = this.response?.headers;
    return headers?.get("x-amzn-requestid") ?? headers?.get("x-request-id") ?? undefined;
  }

  /** The completion so far. */
  get partial() {
    const completion = JSON.parse(this.#completion ?? this.#decoder.completion());
    return hidden(completion, "_request_id", this.requestId ?? null);
  }

  get attempts() {
    return this.#attempts ?? this.#call.attempts;
  }

  get startedAt() {
    return this.#call.startedAt;
  }

  get headersAt() {
    return this.#call.headersAt;
  }

  /** One more stream follows. */
  join() {
    this.#streams++;
  }

  /** A stream went: without another one the request is cancelled. */
  leave(reason) {
    if (--this.#streams === 0) this.abort(reason);
  }

  abort(reason) {
    if (!this.done) this.#call.abort(reason);
  }

  /** Calls back at the end. */
  onEnd(tell) {
    if (this.done) tell();
    else this.#onEnd.push(tell);
  }

  /** Decodes of what is read already until there is a new batch; false if there is none. */
  decode() {
    try {
      while (this.#offset < this.#read.length) {
        const start = this.#offset;
        const end = Math.min(start + SLICE, this.#read.length);
        this.#offset = end;
        const whole = end - start === this.#read.length;
        if (this.#take(this.#decoder.push(whole ? this.#read : this.#read.subarray(start, end)))) {
          return true;
        }
      }
    } catch (error) {
      this.fail(error);
    }
    return false;
  }

  /** Reads until there is a new batch, or the stream is over; to be called before neither is. */
  pull() {
    if (this.#pulling) return this.#pulling;
    const pulling = this.#advance();
    if (this.#advancing) this.#pulling = pulling;
    return pulling;
  }

  async #advance() {
    this.#advancing = true;
    try {
      let found = false;
      // When the last read came, if nobody but the server was waited for since: small reads are
      // many, and clocks are slow.
      let read;
      while (!found && !this.done) {
        if (this.#retry) this.#again();
        if (!this.#reader) {
          read = undefined;
          await this.#opening;
          if (this.done) break;
          if (this.response.bodyUsed || this.response.body?.locked) {
            this.fail(new BedrockError("The body of the response was read already."));
            break;
          }
          this.#reader = readerOf(this.response);
        }
        this.#readingSince = read ?? now();
        if (!this.#watchdog) this.#watch();
        const { done, value } = await this.#reader.read();
        if (this.done) break;
        read = now();
        const waited = read - this.#readingSince;
        this.#readingSince = undefined;
        this.#waitedForContent += waited;
        this.#waitedForEvent += waited;
        found = done ? this.#take(this.#decoder.finish()) : this.#decodeRead(value);
      }
    } catch (cause) {
      if (!this.done) this.#broke(this.#call.networkError(cause));
    } finally {
      this.#readingSince = undefined;
      this.#advancing = false;
      this.#pulling = undefined;
    }
  }

  #decodeRead(value) {
    this.#read = asBytes(value);
    this.#offset = 0;
    this.bytes += this.#read.length;
    return this.decode();
  }

  /** Waits for the answer; its body is left alone until somebody reads. */
  #open(responding) {
    this.#opening = responding.then(
      (response) => {
        this.response = response;
        if (this.done) cancel(response.body);
      },
      (error) => this.fail(error),
    );
  }

  /** Asks again: nothing was delivered of this answer. */
  #again() {
    const error = this.#retry;
    this.#retry = undefined;
    release(this.#reader);
    this.#call.cancel();
    this.#reader = undefined;
    this.#decoder.free();
    this.#decoder = new Decoder(this.#call);
    this.#decoder.setMode(this.#mode);
    this.bytes = 0;
    this.#waitedForContent = 0;
    this.#waitedForEvent = 0;
    const call = this.#call;
    this.#open(answer(call, (resolve, reject) => call.resend(error, resolve, reject)));
  }

  /** Hands over what was decoded; whether that is anything. */
  #take(progress) {
    const events = progress >>> EVENTS;
    const state = progress & STATE;
    this.#events += events;
    if (progress & MEANINGFUL) this.#waitedForEvent = 0;
    if (progress & CONTENT) this.firstContentAt ??= now();
    let found = false;
    // The end brings text that was kept back, in no event.
    if ((events > 0 || state !== OPEN) && this.#mode !== NOTHING) {
      const batch = this.#decoder.batch();
      if (batch !== "") {
        const items = this.#mode === CHUNKS ? this.#expand(JSON.parse(batch), progress) : [batch];
        this.latest = this.latest.next = { items, next: undefined };
        found = true;
      }
    }
    if (state === DONE) this.#close(true);
    else if (state !== OPEN) this.#broke(this.#decoder.error(this.#call));
    return found;
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

  /** The stream broke off: it is asked for once more if it delivered nothing and that may help. */
  #broke(error) {
    if (this.#events > 0 || !error.retryable) return this.fail(error);
    this.#retry = error;
    this.#read = nothing;
    this.#offset = 0;
  }

  /** Ends the stream with an error. */
  fail(error) {
    if (this.done) return;
    this.failed = true;
    this.error = error;
    this.aborted = error instanceof APIUserAbortError;
    this.#close();
    setPartial(error, this.partial);
    if (error instanceof APIError && this.requestId) error.requestID ??= this.requestId;
  }

  #close(whole = false) {
    this.done = true;
    this.endedAt = now();
    clearTimeout(this.#watchdog);
    this.#read = nothing;
    this.#offset = 0;
    const call = this.#call;
    const decoder = this.#decoder;
    this.#completion = completionOf(decoder);
    this.#attempts = call.attempts;
    this.#decoder = undefined;
    call.close();
    this.#leaveBody(whole).then(() => {
      // Not at once: one of their own methods may have brought us here.
      decoder.free();
      call.free();
    });
    for (const tell of this.#onEnd.splice(0)) tell();
  }

  /** Lets go of the body, and of the connection if it does not end by itself. */
  async #leaveBody(whole) {
    const reader = this.#reader;
    if (!reader) {
      cancel(this.response?.body);
    } else if (!whole || !(await endsSoon(reader))) {
      release(reader);
    } else {
      unlock(reader);
      return;
    }
    this.#call.cancel();
  }

  // One timer for both limits, set anew only when it fires: an event costs no timer.
  #watch() {
    const ms = Math.max(0, Math.min(this.#left(true), this.#left(false)));
    if (ms > LONGEST_TIMER) return;
    this.#watchdog = setTimeout(() => {
      this.#watchdog = undefined;
      // If nobody waits, the next read sets the timer.
      if (this.#readingSince === undefined || this.done) return;
      if (this.#left(true) <= 0) this.#call.timeOut(true);
      else if (this.#left(false) <= 0) this.#call.timeOut(false);
      else this.#watch();
    }, ms);
  }

  /** What is left of a limit, in milliseconds. */
  #left(firstToken) {
    const waiting = now() - this.#readingSince;
    if (!firstToken) return this.#idleLimit - this.#waitedForEvent - waiting;
    if (this.firstContentAt !== undefined) return Infinity;
    return this.#firstTokenLimit - this.#waitedForContent - waiting;
  }
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

/**
 * A weak reference, so that a stream that nobody reads or holds any more goes, and its call with
 * it. (Workers have known WeakRef since 2025.)
 */
const weak = (object) =>
  typeof WeakRef === "function" ? new WeakRef(object) : { deref: () => object };

// A function of its own: a closure holds all that is in scope.
const failing = (source) => (error) => source.deref()?.fail(error);

/** Without a body there is nothing to read, as at its end. */
function readerOf({ body }) {
  return body ? body.getReader() : { read: async () => ({ done: true }), cancel: ignore };
}

/** A read as bytes: bodies made by hand, as in tests, hold text too. */
function asBytes(value) {
  if (typeof value === "string") return encoder.encode(value);
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value;
}

function completionOf(decoder) {
  try {
    return decoder.completion();
  } catch {
    // The module is broken; the error that says so matters more.
    return NO_ANSWER;
  }
}

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

/** Cancels a body and lets go of it. */
async function release(reader) {
  try {
    await reader.cancel();
  } catch {
    // It broke off before.
  }
  unlock(reader);
}

function unlock(reader) {
  try {
    reader.releaseLock();
  } catch {
    // Some engines do not while a read is under way.
  }
}

/** Cancels a body that nobody reads. */
function cancel(body) {
  if (body && !body.locked) body.cancel().catch(ignore);
}
