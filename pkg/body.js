// A request's body as JSON: by `JSON.stringify`, but what JSON cannot hold is an error with its
// path, and not `null` or nothing.

import { InvalidRequestError, newError } from "./errors.js";

class NotJson {
  constructor(holder, key, rule) {
    this.holder = holder;
    this.key = key;
    this.rule = rule;
  }
}

const RULES = {
  function: "is a function, which JSON cannot hold",
  symbol: "is a symbol, which JSON cannot hold",
  bigint: "is a BigInt, which JSON cannot hold",
};
const NOT_FINITE = "is not a finite number, which JSON cannot hold";
const CYCLE = "refers back to an object it stands in";
const TOO_DEEP = "is nested too deeply";
const DEEPEST = 512;

/** Longer strings without escapes are no copies in the text. */
const LONG = 2 ** 20;
const ESCAPES = /["\\\0-\x1f\ud800-\udfff]/;
/** What stands for them until then. */
const MARK = "a long string of bedrock-chat's";
/** Those that were left out; `undefined` where none is to be. */
let long;

/** What we have put into answers. */
const isOurs = (key, holder) =>
  (key === "parsed" && holder.role === "assistant") || (key === "parsed_arguments" && "arguments" in holder);

/** The replacer. `JSON.stringify` has called `toJSON` before. */
function check(key, value) {
  if (isOurs(key, this)) return undefined;
  if (typeof value === "string") {
    if (!long || value.length < LONG || ESCAPES.test(value)) return value;
    long.push(value);
    return MARK;
  }
  const held = unboxed(value);
  const rule = typeof held === "number" && !Number.isFinite(held) ? NOT_FINITE : RULES[typeof held];
  if (rule) throw new NotJson(this, key, rule);
  return held;
}

/** What a boxed number or BigInt holds, of whichever realm: read once, as `JSON.stringify` reads it. */
function unboxed(value) {
  if (typeof value !== "object") return value;
  const tag = Object.prototype.toString.call(value);
  try {
    if (tag === "[object BigInt]") return BigInt.prototype.valueOf.call(value);
    if (tag === "[object Number]") return Number.prototype.valueOf.call(value), +value;
  } catch {
    // It only says so.
  }
  return value;
}

export function stringify(body) {
  // A `toJSON` may call us.
  const others = long;
  long = [];
  try {
    const json = JSON.stringify(body, check) ?? "null";
    if (long.length === 0) return json;
    const [start, ...parts] = json.split(MARK);
    // Engines join strings without a copy.
    if (parts.length === long.length) return parts.reduce((text, part, at) => text + long[at] + part, start);
    // The body says the same itself.
    long = undefined;
    return JSON.stringify(body, check) ?? "null";
  } catch (error) {
    if (error instanceof NotJson) throw refused(pathTo(body, error), error.rule);
    // The engine's own (Firefox has a class for it), or an exception of the caller's.
    const overflow = error instanceof RangeError || error?.name === "InternalError";
    if (overflow && isDeep(body)) throw refused("", TOO_DEEP);
    // Every engine has its own words.
    if (overflow && /string length|allocation|memory/i.test(error.message)) throw tooLarge();
    if (error instanceof TypeError) {
      // Of a body that changes, the place may not be found again.
      const path = pathTo(body);
      if (path || /circular|cyclic/i.test(error.message)) throw refused(path, CYCLE);
    }
    throw error;
  } finally {
    long = others;
  }
}

export const tooLarge = () => refused("", "is larger than allowed by limits.request, or than memory is left");

/** Whether it has more levels than the module takes. Without recursion: that was the problem. */
function isDeep(body) {
  const seen = new Set();
  let level = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    const objects = level.filter((value) => Object(value) === value && !seen.has(value));
    for (const object of objects) seen.add(object);
    level = objects.flatMap((object) => Object.keys(object).map((key) => member(object, key)));
  }
  return false;
}

function refused(path, rule) {
  const message = path ? `\`${path}\` ${rule}` : `The request ${rule}`;
  return newError(InvalidRequestError, message, { path });
}

/**
 * The path to what was found, or to the first value that refers back. Looked for only now: while
 * all is well nobody counts.
 */
function pathTo(body, found) {
  const within = new Set();
  const walk = (value, path) => {
    if (Object(value) !== value) return undefined;
    if (within.has(value)) return found ? undefined : path;
    within.add(value);
    const at = (key) => (Array.isArray(value) ? `${path}[${key}]` : path + written(key, path));
    if (value === found?.holder) return at(found.key);
    for (const key of Object.keys(value)) {
      const inner = walk(member(value, key), at(key));
      if (inner !== undefined) return inner;
    }
    within.delete(value);
    return undefined;
  };
  return walk(member({ body }, "body"), "") ?? "";
}

/** As `JSON.stringify` reads it; an exception was thrown there already. */
function member(holder, key) {
  try {
    const value = holder[key];
    return typeof value?.toJSON === "function" ? value.toJSON(key) : value;
  } catch {
    return undefined;
  }
}

/** As one would write it in JavaScript, cut where it gets long: a key is the caller's text. */
export function written(key, path) {
  const longest = 40;
  if (key.length <= longest && /^[\w$]+$/.test(key)) return path ? `.${key}` : key;
  const text = [...key].filter((it) => it !== '"' && !/\p{Cc}/u.test(it));
  return `["${text.slice(0, longest).join("")}"]`;
}
