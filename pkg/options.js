// The options of clients and calls: the one place that reads them, once. What the module must know
// of them goes to it as text (core/src/options.rs), by the module's own table.

import { refused } from "./errors.js";
import { hasRequests } from "./globals.js";
import { ask } from "./link.js";
import { GUARDRAIL, isRoot, namesOf } from "./names.js";

// Whose an option is.
export const CLIENT = 1;
export const CALL = 2;
const SECRET = 4;
export const MINT = 8;
const ENVIRONMENT = 16;

/** The longest time a timer can hold (WHATWG HTML: a signed 32-bit number). Longer is no limit. */
const LONGEST_TIMER = 2 ** 31 - 1;

let table;
const read = () => {
  const [options, ...headers] = ask("names").split("\n");
  const rows = options.trim().split(" ").map((row, place) => {
    const [first, second] = row.slice(2).split(".");
    return { place, kind: row[0], scope: row.charCodeAt(1) & 31, name: row.slice(2), first, second };
  });
  const of = (scope) => {
    const found = rows.filter((row) => row.scope & scope);
    found.parents = new Set(found.filter((row) => row.second).map((row) => row.first));
    return found;
  };
  const places = Object.fromEntries(rows.map(({ name, place }) => [name, place]));
  return { of: [1, 2, 4, 8, 16].map(of), places, headers };
};
export const tables = () => (table ??= read());
const rowsOf = (scope) => tables().of[Math.log2(scope)];

/** The headers of an answer that the module goes by. */
export const headerNames = () => tables().headers;

/** Read once; `undefined` too for what every object has. */
function member(object, name) {
  const value = object[name];
  if (value === undefined) return undefined;
  let owner = object;
  while (owner && !Object.hasOwn(owner, name)) owner = Object.getPrototypeOf(owner);
  // Of a proxy it may be nobody's.
  return owner && isRoot(owner) ? undefined : value;
}

/** `undefined` without any. A promise is none: somebody has forgotten to wait for it. */
function checked(options) {
  if (options === undefined || options === null) return undefined;
  const isOther = typeof options !== "object" || Symbol.iterator in options || typeof options.then === "function";
  if (isOther) throw refused("options", "must be an object");
  return options;
}

/** These members of another object, and nothing that every object has. */
function copied(object, names) {
  const copy = Object.create(null);
  for (const name of new Set(names)) {
    const value = member(object, name);
    if (value !== undefined) copy[name] = value;
  }
  return copy;
}

/** What is for a `fetch` to know, of classes too. */
function copiedWhole(object) {
  const names = [];
  for (let owner = object; owner && !isRoot(owner); owner = Object.getPrototypeOf(owner)) names.push(...Reflect.ownKeys(owner));
  return copied(object, names.filter((name) => name !== "constructor"));
}

const OF_RUNS = ["maxChatCompletions", "afterCompletion", "beforeTool", "onToolError", "onLimit"];

/** The options of many calls, read once for all of them. */
export function readForRun(given) {
  const options = checked(given);
  if (!options) return undefined;
  const rows = rowsOf(CALL);
  const copyOf = (object, known) => copied(object, [...known, ...namesOf(object)]);
  const copy = copyOf(options, [...OF_RUNS, ...rows.map(({ first }) => first)]);
  for (const { kind, name } of rows) {
    const value = copy[name];
    if (typeof value !== "object" || !value) continue;
    if (kind === "P") copy[name] = [...entriesOf(value)];
    else if (name === "fetchOptions") copy[name] = copiedWhole(value);
    else if (rows.parents.has(name)) copy[name] = copyOf(value, rows.map(({ first, second }) => first === name && second));
  }
  return copy;
}

/**
 * What was given: texts by the option's place in the table, and the values themselves of what
 * JavaScript needs, by name.
 */
export class Given {
  texts = [];
  objects = Object.create(null);
  /** Secrets that are said to be none. */
  removed = [];
  /** What nobody knows: which options, and of whom. */
  #unknown = "";

  static read(options, scope) {
    const given = new Given();
    if (!checked(options)) return given;
    const parents = Object.create(null);
    for (const { place, kind, name, first, second } of rowsOf(scope)) {
      let value;
      if (!second) value = parents[first] = member(options, name);
      else if (Object(parents[first]) === parents[first]) value = member(parents[first], second);
      if (value === undefined) {
        if ((name === "apiKey" || name === "credentials") && name in options && !(name in Object.prototype)) given.removed.push(place);
        continue;
      }
      const text = written(kind, value, name);
      given.texts[place] = text;
      if (text[0] === "F" || text[0] === "O" || kind === "A") given.objects[name] = value;
      if (name === "fetchOptions" && text[0] === "O") given.objects[name] = fetchOptions(value);
    }
    given.#look(options, "", scope);
    for (const first of rowsOf(scope).parents) given.#look(parents[first], `${first}.`, scope);
    const { timeout } = parents;
    if (timeout !== undefined && timeout !== null && typeof timeout !== "object") given.#timeout(timeout);
    for (const name of ["apiKey", "credentials"]) {
      const secret = parents[name];
      if (typeof secret === "object" && secret) given.#secret(name, secret);
    }
    return given;
  }

  /** With what the provider of this option gave. */
  provided(name, value) {
    this.texts[tables().places[name]] = written("A", value, name) ?? "o";
    if (typeof value === "object" && value) this.#secret(name, value);
    return this;
  }

  /** For members that are no options: what to say of them is the module's to decide. */
  #look(object, parent, scope) {
    if (Object(object) !== object) return;
    const known = rowsOf(scope).map(({ name }) => name);
    for (const key of namesOf(object)) {
      const name = String(key);
      const isKnown = scope === SECRET ? known.includes(name) : known.includes(parent + name) && (parent || !name.includes("."));
      if (isKnown || member(object, key) === undefined) continue;
      this.#unknown += ` ${String.fromCharCode(64 + scope)}${(parent + name).replaceAll("\0", " ")}\0`;
    }
  }

  /** A number is the total. */
  #timeout(ms) {
    const { places } = tables();
    const text = written("M", ms, "timeout");
    if (text === "x") this.texts[places.timeout] = "xmust be a number of milliseconds, more than 0";
    else this.texts[places["timeout.total"]] = text;
  }

  #secret(option, value) {
    this.#look(value, `${option}.`, SECRET);
    for (const { place, kind, name } of rowsOf(SECRET)) {
      const held = member(value, name);
      if (held !== undefined) this.texts[place] = written(kind, held, name);
    }
  }

  /** Reads the environment: its variables, and what it has room for. */
  withEnvironment() {
    for (const { place, name } of rowsOf(ENVIRONMENT)) {
      const value = variable(name);
      this.texts[place] = value && written("S", value);
    }
    // There an answer that large, and what is made of it, is all that there is room for.
    if (hasRequests) this.texts[tables().places["limits.response"]] ??= `n${2 ** 25}`;
    return this;
  }

  /** These over others: what was not given stays as it was. */
  over(base) {
    const all = new Given();
    all.texts = base.texts.slice();
    Object.assign(all.objects, base.objects);
    all.#unknown = this.#unknown;
    const { places } = tables();
    // A guardrail and a secret are given whole.
    const has = (name) => this.texts[places[name]] !== undefined;
    const drop = (names) => {
      for (const name of names) all.texts[places[name]] = undefined;
    };
    if (has("guardrail")) drop(Object.keys(places).filter((name) => name.startsWith("guardrail.")));
    if (has("apiKey") || has("credentials")) drop(rowsOf(SECRET).map(({ name }) => name));
    for (const place of this.removed) all.texts[place] = undefined;
    this.texts.forEach((text, place) => {
      if (text !== undefined) all.texts[place] = text;
    });
    for (const { name, place } of rowsOf(CLIENT)) {
      if (this.texts[place] !== undefined || all.texts[place] === undefined) delete all.objects[name];
    }
    Object.assign(all.objects, this.objects);
    return all;
  }

  /** Whether the same authenticates. */
  hasSecretOf(base) {
    const { places } = tables();
    return ["apiKey", "credentials"].every(
      (name) => this.objects[name] === base.objects[name] && this.texts[places[name]] === base.texts[places[name]],
    );
  }

  /** One option's string. */
  string(name) {
    const text = this.texts[tables().places[name]];
    return text?.[0] === "s" ? text.slice(1) : undefined;
  }

  /** One option's number. */
  number(name) {
    const text = this.texts[tables().places[name]];
    return text?.[0] === "n" ? Number(text.slice(1)) : undefined;
  }

  /** For the module. */
  text() {
    let all = this.#unknown;
    this.texts.forEach((text, place) => {
      if (text !== undefined) all += `${String.fromCharCode(33 + place)}${text}\0`;
    });
    return all;
  }
}

/** A value as its letter and what follows: see core/src/options.rs. */
function written(kind, value, name) {
  if (value === undefined) return undefined;
  if (value === null) return "z";
  if (kind === "P") return pairs(value, name.toLowerCase().endsWith("query"));
  if (kind === "D") return date(value);
  if (kind === "J") return json(value);
  switch (typeof value) {
    case "string":
      return kind === "S" || kind === "A" ? `s${value.replaceAll("\0", "\ufffd")}` : "x";
    case "boolean":
      return kind === "B" ? (value ? "t" : "f") : other(kind);
    case "number":
      if (kind === "M") return value > 0 ? `n${value > LONGEST_TIMER ? 0 : Math.ceil(value)}` : "x";
      if (kind === "C") return value >>> 0 === value ? `n${value}` : "x";
      return other(kind);
    case "function":
      return kind === "F" || kind === "A" ? "F" : "x";
    case "object":
      if (name === "signal" && typeof value.addEventListener !== "function") {
        return "xmust be an AbortSignal";
      }
      return kind === "O" || kind === "A" ? "O" : "x";
    default:
      return other(kind);
  }
}

const other = (kind) => (kind === "A" ? "o" : "x");

/** A `Date`, its ISO form, or milliseconds since 1970. */
function date(value) {
  try {
    const time = new Date(value).getTime();
    return Number.isNaN(time) ? "x" : `d${Math.max(0, Math.floor(time))}`;
  } catch {
    // A symbol, say.
    return "x";
  }
}

function json(value) {
  try {
    return Array.isArray(value) ? `s${JSON.stringify(value)}` : "x";
  } catch {
    return "x";
  }
}

/** A copy: what happens to it later is no change of ours. */
function fetchOptions(value) {
  const copy = copiedWhole(value);
  // The client sets the headers: a guardrail among them would be lost.
  if (copy.headers && GUARDRAIL.test(pairs(copy.headers))) {
    throw refused("fetchOptions.headers", "have no effect: a guardrail's belong into `headers`");
  }
  return copy;
}

/** What a caller may mean by a header or a value of a query. */
const PLAIN = ["string", "number", "boolean"];

/** An object, an array of pairs, a `Headers`, a `URLSearchParams`. */
function pairs(value, isQuery) {
  if (Object(value) !== value) return "x";
  let text = "p";
  for (const entry of entriesOf(value)) {
    if (Object(entry) !== entry) return "xmust hold names and values";
    const { 0: name, 1: held } = entry;
    if (held === undefined) continue;
    if (typeof name !== "string") return "xmust hold names and values";
    const write = isQuery ? encoded : plain;
    for (const it of Array.isArray(held) ? held : [held]) {
      if (it === undefined) continue;
      if (it !== null && !PLAIN.includes(typeof it)) return "xmust hold strings";
      text += `\x01${write(name)}\x01${it === null ? "\x02" : write(`${it}`)}`;
    }
  }
  return text;
}

/** Of an iterable, or of an object with all that it inherits. */
function entriesOf(value) {
  if (Symbol.iterator in value) return value;
  const entries = [];
  for (const name in value) entries.push([name, member(value, name)]);
  return entries;
}

/** What would break the text is none of HTTP either: the module refuses a line break. */
const plain = (text) => text.replace(/[\0-\x02]/g, "\n");

/** Percent-encoded, with U+FFFD for a lone surrogate, as the URL standard has it. */
const encoded = (text) => encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, "\ufffd"));

/**
 * A variable of `process.env`, which Node, Deno, Bun and workers with Node compatibility have;
 * `undefined` if it is empty or may not be read.
 */
export function variable(name) {
  try {
    const value = globalThis.process?.env?.[name];
    return typeof value === "string" ? value.trim() || undefined : undefined;
  } catch {
    // Deno, without --allow-env.
    return undefined;
  }
}

/**
 * Whether everybody who opens a page could read what this code knows: in pages and web workers.
 * Every browser's user agent starts with `Mozilla/`, and no server runtime's does; but jsdom's does,
 * in Node, whose `process` a page's imitation of it does not look like. Electron has both in its pages.
 */
export function isInPage() {
  try {
    const { navigator, process } = globalThis;
    const isNode = Object.prototype.toString.call(process) === "[object process]" && process.type !== "renderer";
    return !isNode && navigator?.userAgent?.startsWith("Mozilla/") === true;
  } catch {
    return false;
  }
}
