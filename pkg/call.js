import { stringify, tooLarge } from "./body.js";
import {
  ABORTED,
  APIError,
  APIUserAbortError,
  BedrockError,
  LimitError,
  hidden,
  newError,
  setPartial,
  shownCause,
  shownHeaders,
  thrown,
} from "./errors.js";
import { hasRequests, turns } from "./globals.js";
import { needStack } from "./link.js";
import { asBytes, discard, isTaken, joined, readerOf, release, resumed, taken, wholeBody } from "./reader.js";
import { ERROR, INFO, WARN, tell, write } from "./log.js";
import { CALL, Given, headerNames } from "./options.js";
import { sha256 } from "./sha256.js";
import { listen } from "./signal.js";

// What is waited for: `Wait` of src/host.rs.
const ASK = 0;
const JOIN = 1;
const READ_START = 2;
const READ_WHOLE = 3;

// What is told: `tell` of src/calls.rs.
const TIME_UP = 0;
const THROWN = 1;
const BROKEN = 2;
const WANTED = 3;
const STREAMS = 4;
const RESUMED = 5;

// What is asked for: `newCall` of src/calls.rs.
export const CREATE = 0;
export const STREAM = 1;
export const MODELS = 2;
export const APPLY = 3;
export const CHECK = 4;
/** Beside one of the first two: the client judges it. */
export const JUDGED = 8;

/** What is told as the status of what came from another place than it was sent to. */
const REDIRECTED = 1;

/** For longer requests it is asked whether the module has memory. */
const LARGE_REQUEST = 2 ** 20;

/** So much of an error's body is read, in bytes. */
const START = 256 * 1024;

/** So much of a body tells whether it is a stream, in bytes. */
const LONGEST_START = 1024;

/** No timer is set for longer, in milliseconds: one serves many waits, and is set anew. */
const LONGEST_LOOK = 60_000;

const now = () => performance.now();

/**
 * One call's side in JavaScript: it does what the module asks (host.js) and tells it what came of
 * it, and hands over the result. It decides nothing.
 */
export class Call {
  handle = 0;
  attempts = 0;
  startedAt = now();
  headersAt;
  response;
  requestID;
  /** Its answer streams. */
  streaming = false;
  /** The reader of its body, where that was begun to see whether it streams. */
  opened;
  /** The stream whose chunks it passes on, where somebody has replaced `create`. */
  relayed;
  /** Who reads that: a weak reference, so that what nobody holds any more goes. */
  reader;

  /** The instance that has it, and its functions. */
  #in;
  #rust;
  #client;
  #judge;
  #given;
  #text;
  /** The wait in hand, by number; what comes of another one is nobody's business. */
  #turn = 0;
  #waiting = false;
  /** Who stands for it, in a worker. */
  #lent;
  #deadline = Infinity;
  #timer;
  /** When the timer goes off. */
  #due = Infinity;
  #controller;
  #headers;
  /** Where the attempt in hand was sent. */
  #url;
  #sent;
  /** An exception of the caller's, or the network's: the cause of the error that follows. */
  #cause;
  #over = false;
  #error;
  #result;
  #isWanted = false;
  #answered;
  #settled;
  #unlisten;
  /** What keeps it while its caller has the response. */
  #kept;

  /**
   * `kind`: see `newCall` of src/calls.rs. `judge`: who has read the options and the body already,
   * and judges errors.
   */
  constructor(client, body, options, kind, judge) {
    this.#client = client;
    this.#judge = judge;
    const given = judge ? judge.given : readOptions(options);
    this.#given = given?.objects;
    this.#text = judge?.text ?? (kind === MODELS ? body : stringify(body));
    // By a getter of the body's, say.
    if (client.closed) throw aborted();
    this.#in = client.enter();
    this.#rust = this.#in.rust;
    const { length } = this.#text;
    if (length > LARGE_REQUEST && this.#rust.isShort(length * 6)) throw tooLarge();
    // What its request takes with it must not be kept by others while it waits.
    if (hasRequests) this.#lent = new Lent(this);
    const held = this.#lent ?? this;
    this.#work();
    this.handle = this.#rust.newCall(client.handle, held, this.#text, given?.text() ?? "", kind, client.level);
    if (!this.handle) throw this.#in.refusal();
    try {
      this.#list(held);
    } catch (cause) {
      this.abort();
      throw cause;
    }
  }

  /** Known from the first moment, and after the end. */
  get isStream() {
    return this.streaming || this.#rust.isStream(this.handle);
  }

  get ended() {
    return this.#over;
  }

  // -- what the module asks --

  wait(what, deadline) {
    const turn = this.#arm(deadline);
    if (what === ASK || what === JOIN) this.#ask(turn, what === JOIN);
    else if (what === READ_WHOLE) this.#readWhole(turn);
    else if (what === READ_START) this.#readStart(turn);
  }

  hash(body, deadline) {
    const digits = sha256(body);
    const tell = (digits) => this.#rust.hashed(this.handle, typeof digits === "string" ? digits : "");
    // At once, where it is there: the module goes on with it when this returns.
    if (typeof digits === "object") this.#come(this.#arm(deadline), digits, tell);
    else tell(digits);
  }

  fetchOf() {
    const { fetch } = this.#client.given.objects;
    if (fetch) return fetch;
    try {
      return globalThis.fetch;
    } catch {
      return undefined;
    }
  }

  /** `undefined` where the runtime has not what it takes. */
  request(sent, posts, body, attempt) {
    this.#sent = sent;
    this.attempts = attempt;
    this.response = this.#headers = this.requestID = this.headersAt = this.opened = undefined;
    try {
      this.#controller = new AbortController();
      return this.#fetchArguments(posts, body);
    } catch (cause) {
      this.#cause = this.#shown(cause);
      return undefined;
    }
  }

  #fetchArguments(posts, body) {
    const { signal } = this.#controller;
    const lines = this.#sent.split("\n");
    const url = (this.#url = lines[0]);
    const headers = new Headers();
    for (let at = 1; at + 1 < lines.length; at += 2) headers.set(lines[at], lines[at + 1]);
    // Redirects are never followed: the credentials are for this origin. Not "error": workerd has
    // no such.
    const init = Object.assign(new Init(), this.#client.given.objects.fetchOptions, this.#given?.fetchOptions);
    init.method = posts ? "POST" : "GET";
    init.headers = headers;
    init.body = posts ? (body ?? this.#text) : undefined;
    init.signal = signal;
    init.redirect = "manual";
    return [url, init];
  }

  sent(promise, deadline) {
    this.#fetched(this.#arm(deadline), promise);
  }

  respond(stream) {
    this.headersAt = now();
    this.streaming = stream;
    this.#answered?.resolve();
    if (stream) this.#settled?.resolve();
    return this.#isWanted;
  }

  pause(report, delay, deadline) {
    const error = this.#thrown(report);
    const turn = this.#arm(deadline);
    const record = { attempt: this.attempts, delay };
    const onRetry = this.#given?.onRetry ?? this.#client.given.objects.onRetry;
    this.#come(turn, undefined, () => {
      this.log(WARN, "retrying", { ...record }, error);
      if (onRetry && !this.#over) tell(onRetry, { ...record, error });
    }, true);
  }

  done(text, isUnproven) {
    let completion;
    try {
      completion = JSON.parse(text);
    } catch (cause) {
      return this.quit(this.unreadable(cause));
    }
    hidden(completion, "_request_id", this.requestID ?? null);
    this.#result = completion;
    this.close(undefined, isUnproven);
    this.#settled?.resolve(completion);
  }

  fail(report) {
    const error = report ? this.#thrown(report) : this.#cause;
    // An answer that is an error may have come far.
    const isAnswer = !this.isStream && error instanceof APIError && this.response?.status < 300;
    if (isAnswer) setPartial(error, () => JSON.parse(this.completion()));
    this.#fail(error);
  }

  /** Later: a logger is the caller's code. */
  log(level, what, record, error) {
    const { level: wanted, given } = this.#client;
    if (level > wanted) return;
    if (what === "answered") record.requestID = this.requestID;
    Promise.resolve().then(() => write(given.objects.logger, level, what, record, error));
  }

  // -- waiting --

  /** A new wait, until the deadline; one timer serves them all. */
  #arm(deadline) {
    // Or a timer would outlive it.
    if (this.#over) return 0;
    this.#waiting = true;
    if (this.#lent) this.#lent.working = undefined;
    this.#deadline = deadline;
    this.#cause = undefined;
    if (deadline < this.#due) this.#setTimer(deadline);
    return ++this.#turn;
  }

  #setTimer(at) {
    clearTimeout(this.#timer);
    const from = now();
    const ms = Math.min(Math.max(at - from, 0), LONGEST_LOOK);
    this.#due = from + ms;
    this.#timer = setTimeout(() => this.#ring(), ms);
  }

  #ring() {
    this.#due = Infinity;
    if (this.streaming) return this.watch();
    if (!this.#waiting || this.#deadline === Infinity) return;
    if (this.#deadline > now()) return this.#setTimer(this.#deadline);
    this.#leave();
    this.#rust.tell(this.handle, TIME_UP);
  }

  /** Nothing is waited for: the module goes on. */
  #work() {
    this.#waiting = false;
    if (this.#lent) this.#lent.working = this;
  }

  /** The wait in hand is over; the request, if there is one, is cancelled. */
  #leave() {
    this.#turn++;
    this.#work();
    this.cancel();
  }

  /** Whether it is this wait that came to its end. */
  #ends(turn) {
    if (turn !== this.#turn || this.#over) return false;
    this.#work();
    return true;
  }

  /** Goes on with a value, or when a promise is kept; later, as the module is at work. */
  async #come(turn, value, go, goesOnWaiting) {
    value = await value;
    if (goesOnWaiting ? turn === this.#turn && !this.#over : this.#ends(turn)) go(value);
  }

  #tell(what, cause) {
    this.#cause = cause;
    this.#rust.tell(this.handle, what);
  }

  async #ask(turn, join) {
    const { secret } = this.#client;
    await undefined;
    if (turn !== this.#turn || this.#over) return;
    if (!join || !secret.flight) {
      secret.flight = outcome(secret.given);
      if (hasRequests) forgetFlight(secret);
    }
    const [kept, value] = await secret.flight;
    if (!this.#ends(turn)) return;
    let text;
    try {
      if (kept) text = new Given().provided(secret.name, value).text();
      else return this.#tell(THROWN, value);
    } catch (thrown) {
      return this.#tell(THROWN, thrown);
    }
    this.#rust.secret(this.handle, text);
  }

  async #fetched(turn, promise) {
    let response;
    try {
      // As `await` does it: nothing that a thenable of the caller's does throws here.
      response = await promise;
    } catch (cause) {
      if (this.#ends(turn)) this.#tell(BROKEN, this.#shown(cause));
      return;
    }
    if (!this.#ends(turn)) return discard(response);
    const [status, lines] = this.#take(response);
    this.#rust.head(this.handle, status, lines);
  }

  /** The status and the headers. Structural: the caller's fetch may have a `Response` of its own. */
  #take(response) {
    try {
      // Browsers show a redirect that is not followed as a response with nothing in it.
      const status = response.status || (response.type === "opaqueredirect" ? 302 : 0);
      const { headers } = response;
      if (!(status > 0) || typeof headers.get !== "function") return [0, ""];
      if (wasRedirected(response, this.#url)) {
        discard(response);
        return [REDIRECTED, ""];
      }
      const isPlain = status >= 200 && status < 300 && !this.isStream;
      const get = (name) => `${headers.get(name) ?? ""}`.slice(0, START).replaceAll("\n", " ");
      const lines = isPlain ? get("content-type") : headerNames().map(get).join("\n");
      this.requestID = ["x-amzn-requestid", "x-request-id"].map(get).find((id) => this.#isID(id));
      this.response = response;
      this.#headers = headers;
      return [status, lines];
    } catch {
      return [0, ""];
    }
  }

  async #readWhole(turn) {
    await undefined;
    if (turn !== this.#turn || this.#over) return;
    let bytes;
    try {
      if (isTaken(this.response)) {
        // By whoever asked for the response. It is not sent for again.
        if (this.#ends(turn)) this.#tell(THROWN, taken());
        return;
      }
      bytes = await wholeBody(this.response, (length) => this.#rust.admits(this.handle, length));
    } catch (cause) {
      // What cannot be read is not sent for again.
      if (!this.#ends(turn)) return;
      if (cause instanceof BedrockError) this.#tell(THROWN, cause);
      else this.#tell(BROKEN, this.#shown(cause));
      return;
    }
    // Where it is too large the module has said so.
    if (bytes && this.#ends(turn)) this.#rust.body(this.handle, bytes);
    else this.cancel();
  }

  async #readStart(turn) {
    await undefined;
    const pieces = [];
    let length = 0;
    let reader;
    try {
      if (isTaken(this.response)) {
        if (this.#ends(turn)) this.#tell(THROWN, taken());
        return;
      }
      reader = readerOf(this.response);
      while (length < START && turn === this.#turn && !this.#over) {
        const { done, value } = await reader.read();
        if (done) break;
        const piece = asBytes(value);
        if (!piece.length) continue;
        pieces.push(piece);
        length += piece.length;
        if (length - piece.length >= LONGEST_START || turn !== this.#turn || this.#over) continue;
        if (!this.#rust.sniff(this.handle, joined(pieces, LONGEST_START))) continue;
        this.#ends(turn);
        this.opened = resumed(reader, pieces);
        return this.#rust.tell(this.handle, STREAMS);
      }
    } catch {
      // One that breaks off is good for a message all the same.
    }
    if (reader) release(reader);
    if (this.#ends(turn)) this.#rust.body(this.handle, joined(pieces, START));
  }

  // -- how it ends --

  #thrown(report) {
    return this.#judged(thrown(report, this.#shownHeaders(), this.requestID, this.#cause));
  }

  /** Without what nobody has judged, where somebody does. */
  #judged(error) {
    return this.#judge?.hide?.(error) ?? error;
  }

  /** Without what was sent. */
  #shown(cause) {
    return shownCause(cause, (json) => this.#redact(json));
  }

  #shownHeaders() {
    return shownHeaders(this.#headers, (json) => this.#redact(json));
  }

  /** Nothing, for more than a runtime's own network would let through: it takes a multiple of memory. */
  #redact(json) {
    return json.length > START ? undefined : this.#rust.redact(this.handle, json);
  }

  /** Whether it has the form of an id of a request, and nothing of what was sent. */
  #isID(id) {
    // As Bedrock's are: the module would take longer for it than for all else.
    if (UUID.test(id)) {
      const sent = this.#sent.toLowerCase();
      return !id.toLowerCase().split("-").some((part) => part.length > 4 && sent.includes(part));
    }
    const json = `"${id}"`;
    return /^[\w.-]{1,99}$/.test(id) && this.#redact(json) === json;
  }

  #fail(error) {
    if (this.#over) return;
    this.#error = error;
    this.#answered?.reject(error);
    this.#settled?.reject(error);
    const reader = this.reader?.deref();
    // A stream closes the call when it has taken what was left.
    if (reader) reader.fail(error);
    else this.close(error);
  }

  /** Ends it for the caller. */
  abort(reason) {
    if (!this.handle || this.#over) return;
    needStack();
    if (!this.#rust.abort(this.handle)) return;
    this.#leave();
    this.#cause = reason;
    this.#fail(this.error());
  }

  /** Ends it with an error that the module does not know of. */
  quit(error) {
    this.#fail(this.#judged(error));
    // Last: somebody may listen.
    this.#leave();
  }

  /** Its instance is dying. */
  died() {
    this.quit(this.#in.error(this.#facts()));
  }

  /** The runtime does not do what the module asks: see host.js. */
  refused(cause) {
    this.quit(this.#ownError(APIError, REFUSED, cause));
  }

  /**
   * Some engines have no stack for what is nested very deeply, and none a string without end.
   * Without a cause it is the module that had no memory to write it.
   */
  unreadable(cause) {
    if (cause) return this.#ownError(APIError, UNREADABLE, cause);
    return Object.assign(this.#ownError(LimitError, NO_MEMORY), { limit: "memory" });
  }

  #ownError(kind, message, cause) {
    return newError(kind, message, this.#facts(), this.#shownHeaders(), cause);
  }

  #facts() {
    const { attempts, requestID } = this;
    return { attempts, retryable: false, ...(requestID && { requestID }) };
  }

  /** It is over: nothing is waited for any more. */
  close(error, isUnproven = error === undefined && this.#rust.lacksEvidence(this.handle)) {
    // The module may have failed over it.
    if (this.#over) return;
    this.#over = true;
    const aborted = error instanceof APIUserAbortError;
    const what = aborted ? "aborted" : error === undefined ? "done" : "failed";
    const record = { attempts: this.attempts, ms: now() - this.startedAt };
    this.log(what === "failed" ? ERROR : INFO, what, record, error);
    if (isUnproven) this.log(WARN, "no sign of the guardrail", { requestID: this.requestID });
    this.#forget();
  }

  #forget() {
    if (this.#lent || this.#kept) lost?.unregister(this);
    clearTimeout(this.#timer);
    this.#unlisten?.();
    this.#rust.freeCall(this.handle);
    this.#in.leave();
    // A response that is kept would keep this, and the module's memory.
    if (this.#kept) this.#kept.call = undefined;
    this.#in = undefined;
    this.#rust = gone;
    this.handle = 0;
    this.#text = undefined;
    this.#sent = undefined;
  }

  /** Cancels the request. For Firefox it is not enough to cancel the body. */
  cancel() {
    this.#controller?.abort();
  }

  // -- what others want of it --

  /** Waits for the headers. */
  async answered() {
    if (this.headersAt) return;
    if (this.#over) throw this.#error;
    await (this.#answered ??= deferred()).promise;
  }

  /** The completion; of a stream nothing, once it has begun. */
  result() {
    if (this.#result || this.streaming) return Promise.resolve(this.#result);
    if (this.#over) return Promise.reject(this.#error);
    this.#settled ??= deferred();
    const isNew = !this.#isWanted;
    this.#isWanted = true;
    if (isNew && this.headersAt && this.#waiting) {
      this.#work();
      this.#rust.tell(this.handle, WANTED);
    }
    return this.#settled.promise;
  }

  /**
   * The response goes to the caller unread: from now on the call lives as long as that does, which
   * is to keep the answer.
   */
  handOver() {
    if (this.#over) return this.#kept;
    const lent = new Lent(this);
    this.#rust.handOver(this.handle, lent);
    // Of that.
    if (this.#over) return this.#kept;
    (this.#kept ??= {}).call = this;
    clearTimeout(this.#timer);
    this.#due = Infinity;
    this.#unlisten();
    this.#list(lent);
    return this.#kept;
  }

  /** Lets its client, its instance and its signal end it, or whoever stands for it. */
  #list(held) {
    this.#unlisten = list(held, [this.#client.calls, this.#in.calls], this.#given?.signal);
    // By a signal that had rung before.
    if (this.#over) this.#unlisten();
    else if (held !== this) lost?.register(this, forgetting(this.#unlisten, this.#in, this.handle), this);
  }

  /** Asks again for a stream that died: see `push`. */
  async resume() {
    this.cancel();
    this.streaming = false;
    this.#answered = this.#settled = undefined;
    this.headersAt = undefined;
    this.#work();
    this.#rust.tell(this.handle, RESUMED);
    await this.result();
  }

  // -- its stream: see source.js --

  push(bytes) {
    return this.#in?.push(this.handle, bytes);
  }

  finish() {
    return this.#rust.finish(this.handle);
  }

  broken(cause) {
    this.#cause = this.#shown(cause);
    return this.#rust.broken(this.handle);
  }

  batch(length) {
    return this.#in?.batch(this.handle, length);
  }

  apart() {
    return this.#in?.long(this.handle, true);
  }

  completion() {
    return this.#rust.completion(this.handle);
  }

  setMode(mode) {
    this.#rust.setMode(this.handle, mode);
  }

  /** The error that ended the stream. */
  error() {
    const report = this.#over || this.#rust.report(this.handle);
    return this.#over ? this.#error : this.#thrown(report);
  }

  /** Somebody waits for the stream, or the timer went off. */
  watch() {
    const ms = this.#rust.tick(this.handle, this.reader?.deref()?.waiting === true);
    if (ms < 0) this.#fail(this.error());
    else if (ms > 0) this.#setTimer(now() + ms);
  }

  get isWatched() {
    return this.#due < Infinity;
  }
}

export const readOptions = (options) => (options === undefined || options === null ? undefined : Given.read(options, CALL));

/** The options of `fetch`. Of nobody's: what every object has is no option. (A literal with `__proto__: null` is slow.) */
function Init() {}
Init.prototype = Object.create(null);

/** The functions of no instance. */
const gone = new Proxy({}, { get: () => () => undefined });

// Some workers do not know them.
export const weak = (object) => (typeof WeakRef === "function" ? new WeakRef(object) : { deref: () => object });
export const lost =
  typeof FinalizationRegistry === "function" ? new FinalizationRegistry((forget) => forget()) : undefined;

// Functions of their own: a closure holds all that is in scope, and must not hold the call.

/** Lets those that list a call, and a signal, end it; the answer ends that. */
function list(held, lists, signal) {
  const unlisten = signal && listen(signal, held);
  for (const list of lists) list.add(held);
  return () => {
    for (const list of lists) list.delete(held);
    unlisten?.();
  };
}

const forgetting = (unlisten, it, handle) => () => {
  unlisten();
  it.rust.freeCall(handle);
};

/** A call, for those that must not keep it: the module, its client, its signal. */
class Lent {
  #call;
  /** The call itself where nobody else may hold it: while the module is at work. */
  working;

  constructor(call) {
    this.#call = weak(call);
  }

  get(method, given) {
    return this.#call.deref()?.[method](...given);
  }
}

for (const name of ["wait", "hash", "sent", "fetchOf", "request", "respond", "pause", "done", "fail", "log", "abort", "died", "refused"]) {
  Lent.prototype[name] = function (...given) {
    return this.get(name, given);
  };
}

export const aborted = () => newError(APIUserAbortError, ABORTED, { attempts: 0, retryable: false });

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

const REFUSED = "The runtime refused what the call needs.";
const NO_MEMORY = "There is no memory left for an answer of this size.";
const UNREADABLE = "The answer is too large, or too deeply nested, for this engine.";

/** Whether the caller's fetch went elsewhere with what was for this origin. */
const wasRedirected = ({ redirected, url }, sent) =>
  redirected || (Boolean(url) && url !== sent && new URL(url).origin !== new URL(sent).origin);

function deferred() {
  let resolve, reject;
  const promise = new Promise((keep, refuse) => {
    resolve = keep;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

/** A promise of another request's may never be kept. Until its turn ends no other one's code runs. */
async function forgetFlight(secret) {
  const { flight } = secret;
  await turns();
  if (secret.flight === flight) secret.flight = undefined;
}

/** What a provider answers. It is called without arguments, and without `this`. */
async function outcome(provider) {
  try {
    return [true, await provider()];
  } catch (error) {
    return [false, error];
  }
}
