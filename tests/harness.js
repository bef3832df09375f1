// The test harness: one file, the same in every runtime.
//
//   import { test, assert, fixture } from "../harness.js";
//   test("a name", async ({ emulator, runtime }) => { … });
//   test("a name", async () => { … }, { except: ["workerd"], why: "it has no timers there" });
//
// `runtime` is "node", "deno", "bun", "workerd", "chromium", "firefox" or "webkit". Tests run one
// after the other, in the order of their files and in the files' order.

import { assert } from "chai";

export { assert };

/** Longer than any test takes: what has not ended by then hangs. */
const WATCHDOG_MS = 60_000;

const tests = [];
let currentFile = "";
let settings;

/**
 * A test. `only` and `except` name the runtimes that it can or cannot run in; `why` says why, and
 * is printed.
 */
export function test(name, body, { only, except, why } = {}) {
  if ((only || except) && !why) throw new Error(`"${name}" does not run everywhere: say \`why\``);
  tests.push({ file: currentFile, name, body, only, except, why });
}

/** A file of `tests/fixtures/`: the value of a `.json`, the text of any other. */
export async function fixture(path) {
  const response = await fetchFixture(path);
  return path.endsWith(".json") ? response.json() : response.text();
}

/** The bytes of a file of `tests/fixtures/`. */
export async function fixtureBytes(path) {
  const response = await fetchFixture(path);
  return new Uint8Array(await response.arrayBuffer());
}

async function fetchFixture(path) {
  const response = await fetch(`${settings.files}/fixtures/${path}`);
  if (!response.ok) throw new Error(`there is no fixture ${path} (${response.status})`);
  return response;
}

/** The local Bedrock, as one test sees it. */
class Emulator {
  /** `http://127.0.0.1:PORT` */
  origin;
  /** A short-term key that it accepts. */
  apiKey = "bedrock-api-key-emulator";
  /** A long-term key that it accepts. */
  longTermKey = "ABSKemulator";
  #spaces = [];

  constructor(origin) {
    this.origin = origin;
  }

  /** A part of the emulator that no other test sees, set up as emulator/README.md says. */
  async space(setup = {}) {
    const space = new Space(this.origin, `${settings.run}-${nextSpace++}`);
    this.#spaces.push(space);
    await space.set(setup);
    return space;
  }

  async forget() {
    await Promise.all(this.#spaces.map((space) => space.forget()));
  }
}

let nextSpace = 0;

class Space {
  constructor(origin, id) {
    this.id = id;
    this.url = `${origin}/_s/${id}`;
    /** The API root of the runtime endpoint. */
    this.baseURL = `${this.url}/openai/v1`;
    /** The API root of the mantle endpoint, for open-weight models. */
    this.mantleURL = `${this.url}/mantle/v1`;
  }

  /** Replaces everything, the records included. */
  set(setup) {
    return this.#control("POST", "", setup);
  }

  /** Changes what `setup` names: mostly `{ steps: […] }`. */
  script(setup) {
    return this.#control("PATCH", "", setup);
  }

  /** The requests that it got so far. */
  async requests() {
    return (await this.#control("GET")).requests.map((request) => new Recorded(request));
  }

  /** The preflights that it got so far. */
  async preflights() {
    return (await this.#control("GET")).preflights;
  }

  /** Request `index` once it is "received", "finished", "disconnected" or "ended" (either). */
  async waitFor(state, index = 0, timeoutMs = 10_000) {
    const query = new URLSearchParams({ wait: state, index, timeoutMs });
    const request = (await this.#control("GET", `?${query}`)).requests[index];
    const found = request?.state ?? "not received";
    const ended = found === "finished" || found === "disconnected";
    const reached = found === state || (state === "ended" && ended) || (state === "received" && request);
    if (!reached) throw new Error(`request ${index} of the space is ${found}, not ${state}`);
    return new Recorded(request);
  }

  forget() {
    return this.#control("DELETE").catch(() => {});
  }

  async #control(method, query = "", setup) {
    const body = setup && JSON.stringify(setup);
    const headers = setup ? { "content-type": "application/json" } : {};
    const response = await fetch(this.url + query, { method, headers, body });
    const text = await response.text();
    if (!response.ok) throw new Error(`the emulator answers ${response.status} to a space: ${text}`);
    return text ? JSON.parse(text) : undefined;
  }
}

/** A request as the emulator recorded it. */
class Recorded {
  constructor(record) {
    Object.assign(this, record);
  }

  /** The value of a header, or undefined. */
  header(name) {
    return this.headers.find(([key]) => key === name.toLowerCase())?.[1];
  }

  /** The body, parsed. */
  json() {
    return JSON.parse(this.body);
  }
}

/** For runners: the tests that register from now on are of this file. */
export function inFile(name) {
  currentFile = name;
}

/**
 * For runners: runs what has registered. `config` has `runtime`, the origins `emulator` and
 * `files`, and perhaps `filter`, a part of the file or name of the tests to run. `report` gets an
 * object per test.
 */
export async function run(config, report) {
  settings = { ...config, run: `${config.runtime}-${randomName()}` };
  const uncaught = [];
  onUncaught((error) => uncaught.push(error));
  let passed = 0;
  for (const test of tests) {
    const { file, name, why } = test;
    if (config.filter && !`${file} ${name}`.includes(config.filter)) continue;
    if (test.only?.includes(config.runtime) === false || test.except?.includes(config.runtime)) {
      await report({ kind: "not applicable", file, name, why });
      continue;
    }
    await report({ kind: "started", file, name });
    const errors = await runOne(test, config);
    // What nobody awaited comes to light a little later.
    await sleep(10);
    errors.push(...uncaught.splice(0).map((error) => ["uncaught ", error]));
    if (errors.length === 0) passed++;
    const text = errors.map(([how, error]) => how + describe(error)).join("\n");
    await report({ kind: errors.length === 0 ? "passed" : "failed", file, name, text });
  }
  await sleep(50);
  for (const error of uncaught) {
    await report({ kind: "failed", file: "", name: "after the last test", text: describe(error) });
  }
  await report({ kind: "end", passed });
}

async function runOne({ body }, config) {
  const emulator = new Emulator(config.emulator);
  let timer;
  const watchdog = new Promise((_, reject) => {
    const late = new Error(`does not end within ${WATCHDOG_MS / 1000} s`);
    timer = setTimeout(() => reject(late), WATCHDOG_MS);
  });
  try {
    const running = (async () => body({ emulator, runtime: config.runtime }))();
    await Promise.race([running, watchdog]);
    return [];
  } catch (error) {
    return [["", error]];
  } finally {
    clearTimeout(timer);
    await emulator.forget();
  }
}

/** Calls back on an error that nobody caught, which no runtime may treat as the end. */
function onUncaught(callback) {
  if (globalThis.process?.versions?.node && !globalThis.Deno) {
    process.on("uncaughtException", callback);
    process.on("unhandledRejection", callback);
    return;
  }
  const listen = (type, read) =>
    globalThis.addEventListener(type, (event) => {
      event.preventDefault();
      callback(read(event));
    });
  listen("error", (event) => event.error ?? new Error(event.message));
  listen("unhandledrejection", (event) => event.reason);
}

/** An error as text: name, message, stack, what was expected, and its causes. */
function describe(error) {
  if (!(error instanceof Error)) return ` not an Error: ${show(error)}`;
  const head = `${error.name}: ${error.message}`;
  const stack = String(error.stack ?? "");
  // Only V8 begins the stack with the message.
  let text = stack.startsWith(error.name) ? stack : `${head}\n${stack}`;
  if ("expected" in error) {
    const [expected, actual] = fromDifference(error.expected, error.actual);
    text += `\n  expected ${show(expected)}\n  actual   ${show(actual)}`;
  }
  if (error.cause !== undefined) text += `\ncaused by ${describe(error.cause)}`;
  return text;
}

/** Long texts without most of what they begin with in common. */
function fromDifference(one, other) {
  if (typeof one !== "string" || typeof other !== "string") return [one, other];
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  if (at < 100) return [one, other];
  return [one, other].map((text) => `…${text.slice(at - 60)}`);
}

function show(value) {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 2000);
  } catch {
    return String(value);
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function randomName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => byte.toString(16)).join("");
}
