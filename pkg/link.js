import { ModuleError, newError, thrown } from "./errors.js";
import glue from "./gen/bedrock_chat_bg.js";
import { TextDecoder } from "./globals.js";
import * as host from "./host.js";

/** An instance whose memory has grown beyond this takes no new calls: memory never shrinks. */
const LARGE = 64 << 20;

/** Safari's decoders fail after two gigabytes. */
const LONGEST = 2 ** 30;

let decoder;
let decoded = LONGEST;

function textOf(bytes) {
  if ((decoded += bytes.length) > LONGEST) {
    decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    decoded = bytes.length;
  }
  return decoder.decode(bytes);
}

let module;
let live;
/** Why there is no module. */
let uncompiled;

/**
 * Makes the module ready for use, at once: no entry needs an `await`. Only the first module
 * counts.
 * @param {WebAssembly.Module} given
 */
export function link(given) {
  if (module) return;
  live = new Instance(given);
  module = given;
}

/** The bytes of the module, compiled and linked. Where that fails, whoever makes a client is told. */
export function compile(bytes) {
  if (module) return;
  try {
    link(new WebAssembly.Module(bytes));
  } catch (cause) {
    uncompiled = cause;
  }
}

/** The instance that new clients and calls are of. */
export function instance() {
  if (!module) throw newError(ModuleError, UNCOMPILED, { retryable: false, attempts: 0 }, undefined, uncompiled);
  try {
    return (live ??= new Instance(module));
  } catch (cause) {
    // No memory for one, say.
    throw failed({ attempts: 0 }, cause);
  }
}

/**
 * An instance of the module. A handle is of its instance: it goes to the functions that it came
 * from, and to no other's.
 */
class Instance {
  /** What pkg/ calls. These do not throw: without an answer the instance is dead. */
  rust = {};
  calls = new Set();
  /** What broke it; its calls are being told; they were told. */
  #broken;
  #isDying = false;
  #isDead = false;
  #memory;
  #input;

  constructor(module) {
    // Not `initSync`: it wants a Module of its own realm, and edge-light brings another's.
    const own = glue();
    const { exports } = new WebAssembly.Instance(module, {
      "./bedrock_chat_bg.js": own,
      // What wasm-bindgen binds without glue.
      "../host.js": host,
    });
    const { memory, sp } = exports;
    const top = sp.value;
    // How often the module is entered at the moment: the caller's fetch may call us.
    let depth = 0;
    // As many as any has: a list of them would be made, and spread, at each crossing.
    const guarded = (run) => (a, b, c, d, e, f) => {
      if (this.#broken) this.#die();
      if (this.#isDead) return undefined;
      const pointer = depth++ ? sp.value : top;
      try {
        return run(a, b, c, d, e, f);
      } catch (cause) {
        // A trap, or no stack was left, be it for what follows: then the next one who comes does it.
        this.#broken ??= { cause };
        if (live === this) live = undefined;
        // No frame of Rust's has put it back.
        sp.value = pointer;
        this.#die();
      } finally {
        depth--;
      }
    };
    const inside = { ...exports };
    for (const name in inside) {
      // What the engine calls: microtasks, finalizers.
      if (name[0] === "c") {
        const run = guarded(inside[name]);
        inside[name] = (a, b, c) => run(a, b, c) ?? [];
      }
    }
    for (const name in own) this.rust[name] = guarded(own[name]);
    own.__wbg_set_wasm(inside);
    exports.__wbindgen_start();
    this.#memory = memory;
  }

  /** Why a function gave no answer: as the module says, or because it died. */
  refusal() {
    const report = this.rust.error();
    return report ? thrown(report) : this.error({ attempts: 0 });
  }

  /** An answer, or an exception. */
  ask(name, ...given) {
    const answer = this.rust[name](...given);
    if (answer === undefined) throw this.refusal();
    return answer;
  }

  /** The error of what ended with it. */
  error(fields) {
    return failed(fields, this.#broken?.cause);
  }

  /** What goes in, and what comes out. */
  get #bytes() {
    // Empty once the memory has grown.
    if (!this.#input?.length) {
      const { input, inputLength } = this.rust;
      // First: the memory may grow for it.
      const at = input();
      this.#input = new Uint8Array(this.#memory.buffer, at, inputLength());
    }
    return this.#input;
  }

  /** Decodes bytes of a stream; at most `inputLength()`. */
  push(call, bytes) {
    this.#bytes.set(bytes);
    return this.rust.push(call, bytes.length);
  }

  /** The batch that the last push brought, of so many bytes. */
  batch(call, length) {
    const bytes = this.#bytes;
    let text = "";
    // An engine's decoder takes longer for a word.
    if (length < 13) for (let at = 0; at < length && bytes[at] < 128; at++) text += String.fromCharCode(bytes[at]);
    if (text.length === length) return text;
    return length > bytes.length ? this.long(call) : textOf(bytes.subarray(0, length));
  }

  /** What is longer than the input: the batch, or the content that stands apart from it, escaped. */
  long(call, apart) {
    const { long } = this.rust;
    const at = long(call, apart, false);
    return textOf(new Uint8Array(this.#memory.buffer, at, long(call, apart, true) - at));
  }

  /** A call is over. */
  leave() {
    if (live === this && this.#memory.buffer.byteLength > LARGE) live = undefined;
  }

  /** Nobody knows what is half done in it. */
  #die() {
    if (this.#isDying) return;
    this.#isDying = true;
    try {
      untied(this.#broken.cause);
      // What a stream has so far can be read still, unless it was at work.
      for (const call of this.calls) call.died();
      this.calls.clear();
      this.#isDead = true;
    } finally {
      this.#isDying = false;
    }
  }
}

const UNCOMPILED =
  "The WebAssembly module could not be compiled. A page's Content-Security-Policy must have 'wasm-unsafe-eval' in script-src.";
const FAILED = "The WebAssembly module failed, and this with it. What is called next has another instance.";

const failed = (fields, cause) =>
  untied(newError(ModuleError, FAILED, { retryable: false, ...fields }, undefined, cause));

/** V8 keeps the frames of an error, and they the instance, until somebody wants them as text. */
function untied(error) {
  try {
    String(error?.stack);
  } catch {
    // Its text may be made by code of the caller's.
  }
  return error;
}

const LEVELS = 150;

// No tail call, which takes no stack in some engines.
const deep = (levels) => (levels > 0 ? 1 + deep(levels - 1) : 0);

/**
 * Throws if the stack does not do for what follows: here nothing has begun. Where the stack ends
 * within the module, what is half done ends all its calls.
 */
export const needStack = () => {
  // Asked for what it came to: otherwise bundlers leave out what has no effect that they know of.
  if (deep(LEVELS) !== LEVELS) throw new RangeError();
};

/** Asks a function that is of no client or call. */
export function ask(name, ...given) {
  needStack();
  return instance().ask(name, ...given);
}
