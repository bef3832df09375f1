// Everything at once, at random: bodies, options, answers, faults, and whoever leaves early. Each
// call ends, well or with a typed error; what was cut off never looks whole; no error has the key;
// and the module lives. FUZZ_ROUNDS and FUZZ_SEED, in the environment, do more of it.

import { BedrockChatClient, BedrockError, ModuleError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, encode, randomNumbers, turns } from "../helpers.js";

const { FUZZ_ROUNDS = 60, FUZZ_SEED = 1 } = globalThis.process?.env ?? {};
/** Calls at once. */
const CALLS = 10;
const key = "gw_9f8E7d6c5B4a3z2Y1x0WvU";
const model = "m";
const messages = [{ role: "user", content: "hi" }];
const baseURL = "https://example.com/v1";
const own = new Error("the caller's own");
const throws = () => {
  throw own;
};

/** What can be chosen at random. */
class Chance {
  constructor(seed) {
    this.next = randomNumbers(seed);
  }

  below(count) {
    return Math.floor(this.next() * count);
  }

  is(share) {
    return this.next() < share;
  }

  of(list) {
    return list[this.below(list.length)];
  }

  text(longest = 30) {
    const letters = ["a", "é", "\u{1f980}", "\ud800", '"', "\\", "\n", "\0", "<reasoning>", "</reasoning>", " ", "data:", "{", "}"];
    return Array.from({ length: this.below(longest) }, () => this.of(letters)).join("");
  }

  /** Anything a caller may hand over, by mistake too. */
  value(depth = 3) {
    const leaves = [
      undefined, null, true, 0, -1, 1.5, Number.NaN, Infinity, 2 ** 40, "", "ENABLED", 1n, Symbol("s"), new Date(0), new Date(Number.NaN),
      new Number(3), /x/, new Map([["a", "b"]]), new Headers({ a: "b" }), new Uint8Array(3), Object.create(null), () => "f", throws,
    ];
    if (depth === 0 || this.is(0.5)) return this.is(0.3) ? this.text() : this.of(leaves);
    if (this.is(0.4)) return Array.from({ length: this.below(4) }, () => this.value(depth - 1));
    const object = this.is(0.2) ? Object.create(this.record(depth - 1)) : this.record(depth - 1);
    if (this.is(0.05)) Object.defineProperty(object, "getter", { get: throws, enumerable: true });
    if (this.is(0.05)) object.toJSON = this.is(0.5) ? throws : () => this.value(1);
    if (this.is(0.03)) object.itself = object;
    return object;
  }

  record(depth) {
    const names = ["a", "b", "__proto__", "content", "identifier", "version", "total", "response", "constructor", "x-a", ""];
    const record = {};
    for (let count = this.below(4); count > 0; count--) {
      const value = this.value(depth);
      Object.defineProperty(record, this.of(names), { value, enumerable: this.is(0.9), configurable: true });
    }
    return record;
  }
}

const OPTIONS = [
  "region", "endpoint", "baseURL", "apiKey", "credentials", "logger", "logLevel", "models", "reasoningFormat", "timeout", "limits", "maxRetries",
  "onRetry", "guardrail", "defaultHeaders", "defaultQuery", "headers", "query", "signal", "fetchOptions", "nobody's",
];
const FIELDS = ["model", "messages", "n", "stream", "stream_options", "tools", "tool_choice", "stop", "response_format", "amazon-bedrock-guardrailConfig", "guardrail", "extra"];
const guardrail = { identifier: "g1", version: "1" };
const GOOD = [
  {}, { reasoningFormat: "raw" }, { timeout: { idle: 60_000 } }, { guardrail }, { headers: { "x-a": "1" } }, { query: { q: "1" } },
  { limits: { response: 2 ** 20 } }, undefined, null,
];

/** Options, and whether nothing can be wrong with them. */
function optionsOf(chance) {
  if (chance.is(0.7)) return [chance.of(GOOD), true];
  const options = {};
  for (let count = chance.below(3) + 1; count > 0; count--) options[chance.of(OPTIONS)] = chance.value();
  return [chance.is(0.1) ? chance.value() : options, false];
}

function bodyOf(chance) {
  const good = { model, messages };
  if (chance.is(0.6)) return [good, true];
  if (chance.is(0.1)) return [chance.value(), false];
  for (let count = chance.below(3) + 1; count > 0; count--) good[chance.of(FIELDS)] = chance.value();
  return [good, false];
}

/** Bytes with something changed, left out, doubled or put in. */
function mutated(chance, text) {
  const bytes = [...encode(text)];
  const words = ["data: ", "\n\n", "[DONE]", "null", '"error":', "{}", "[", "\ufeff", '"index":4294967295,', '"choices":', key, "event: error\n"];
  for (let count = chance.below(4) + 1; count > 0; count--) {
    const at = chance.below(bytes.length + 1);
    const length = chance.below(8);
    if (chance.is(0.3)) bytes.splice(at, length, ...encode(chance.of(words)));
    else if (chance.is(0.5)) bytes.splice(at, length);
    else if (chance.is(0.5)) bytes.splice(at, 0, ...bytes.slice(at, at + length * 10));
    else bytes.splice(at, 1, chance.below(256));
  }
  return new Uint8Array(bytes);
}

const delta = (value, rest) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: value, ...rest }] })}\n\n`;

/** A server, and what is true of its answer: "whole", "cut", or "any" where nobody can say. */
function serverOf(chance) {
  const pieces = Array.from({ length: chance.below(6) + 1 }, () => chance.text().replaceAll(/[<>\ud800]/g, "."));
  const text = pieces.join("");
  const kind = chance.of(["whole", "whole", "whole", "cut", "any", "error", "broken", "hangs", "odd"]);
  const server = { kind, text };
  const whole = JSON.stringify({ choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }] });
  const streamed = pieces.map((content) => delta({ content })).join("") + delta({}, { finish_reason: "stop" }) + "data: [DONE]\n\n";
  const [cutAt, cutsAt] = [chance.next(), [chance.next(), chance.next(), chance.next()]];
  const status = chance.of([400, 403, 429, 500, 503]);
  const labelled = chance.is(0.8);
  const odd = chance.of([undefined, null, 5, {}, throws, { status: 200 }, { status: 200, headers: new Headers(), body: 7 }, { get status() { throw own; } }]);
  const noise = mutated(chance, chance.of([whole, streamed]));
  const mixed = [mutated(chance, whole), mutated(chance, streamed)];
  const tells = mutated(chance, JSON.stringify({ message: `no ${key} here`, __type: "ValidationException", error: { code: key, param: "p" } }));
  server.fetch = async (url, init) => {
    const isStream = JSON.parse(init.body).stream === true;
    if (kind === "odd") return typeof odd === "function" ? odd() : odd;
    const right = encode(isStream ? streamed : whole);
    let body = right;
    if (kind === "any") body = chance.is(0.2) ? noise : mixed[Number(isStream)];
    if (kind === "error") body = tells;
    const end = kind === "cut" || kind === "broken" || kind === "hangs" ? Math.floor(cutAt * right.length) : body.length;
    const ends = [...cutsAt.map((it) => Math.floor(it * end)).filter((it) => it > 0), end].sort((one, other) => one - other);
    let start = 0;
    const stream = new ReadableStream(
      {
        pull(controller) {
          const next = ends.find((it) => it > start);
          if (next !== undefined) controller.enqueue(body.slice(start, next));
          else if (kind === "broken") controller.error(new TypeError("terminated"));
          else if (kind === "hangs") return hung(controller, init.signal);
          else controller.close();
          start = next;
        },
      },
      { highWaterMark: 0 },
    );
    const type = isStream ? "text/event-stream" : "application/json";
    const headers = { "retry-after-ms": "1", "x-request-id": key, ...(labelled && { "content-type": type }) };
    return new Response(stream, { status: kind === "error" ? status : 200, headers });
  };
  return server;
}

const hung = (controller, signal) =>
  new Promise((go) => {
    const end = () => {
      controller.error(signal.reason);
      go();
    };
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });

async function joined(items, textOf) {
  let text = "";
  for await (const item of items) text += textOf(item);
  return text;
}

const deltaOf = ({ choices }) => choices?.[0]?.delta?.content ?? "";
const lines = (text) => text.split("\n").filter(Boolean);

/** What a program does with an answer. Those that read all of it give its text. */
const uses = {
  create: async (completions, body, options) => (await completions.create(body, options)).choices?.[0]?.message?.content,
  response: async (completions, body, options) => (await completions.create(body, options).withResponse()).data.choices?.[0]?.message?.content,
  chunks: async (completions, body, options) => joined(await completions.create({ ...body, stream: true }, options), deltaOf),
  text: async (completions, body, options) => joined(completions.stream(body, options).textStream(), (text) => text),
  final: async (completions, body, options) => (await completions.stream(body, options).finalContent()) ?? "",
  events: async (completions, body, options) => {
    let text = "";
    const stream = completions.stream(body, options).on("content", (piece) => (text += piece));
    await stream.done();
    return text;
  },
  tee: async (completions, body, options) => {
    const both = completions.stream(body, options).tee();
    const [one, other] = await Promise.allSettled(both.map((it) => joined(it, deltaOf)));
    assert.equal(one.status, other.status);
    if (one.reason) throw one.reason;
    assert.equal(one.value, other.value);
    return one.value;
  },
  forward: async (completions, body, options) => {
    const reader = completions.stream(body, options).toReadableStream().getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return lines(text).map((line) => deltaOf(JSON.parse(line))).join("");
      text += decoder.decode(value, { stream: true });
    }
  },
  leave: async (completions, body, options) => {
    for await (const _ of completions.stream(body, options)) break;
  },
  abort: async (completions, body, options) => {
    const stream = completions.stream(body, options);
    const read = joined(stream, deltaOf);
    read.catch(() => {});
    await turns(1);
    stream.abort(own);
    await read;
  },
  raw: async (completions, body, options) => void (await (await completions.create(body, options).asResponse()).text()),
};

/** A client and its calls; how many. */
async function round(seed) {
  const chance = new Chance(seed);
  const server = serverOf(chance);
  const { fetch, kind, text } = server;
  const [given, isGood] = chance.is(0.8) ? [{}, true] : optionsOf(chance);
  const what = `seed ${seed}, ${kind}`;
  let client;
  const check = (error) => {
    if (error === own) return;
    assert.instanceOf(error, BedrockError, `${what}: ${error?.stack}`);
    assert.notInstanceOf(error, ModuleError, `${what}: ${error.stack}`);
    assert.notInclude(`${error.stack}${JSON.stringify(error)}`, key, what);
  };
  try {
    // Without a failure of the network, which is waited for.
    const maxRetries = kind === "whole" || kind === "error" ? chance.below(2) : 0;
    client = new BedrockChatClient({ baseURL, apiKey: key, maxRetries, ...(isGood ? {} : given), fetch });
    if (chance.is(0.2)) client = client.withOptions({});
  } catch (error) {
    assert.isFalse(isGood, `${what}: ${error.stack}`);
    check(error);
    return 0;
  }
  const calls = Array.from({ length: CALLS }, () => {
    const name = chance.of(Object.keys(uses));
    const [body, isGoodBody] = bodyOf(chance);
    const [options, areGood] = optionsOf(chance);
    // What hangs is left; and some are left who would not have to be.
    const isLeft = kind === "hangs" || chance.is(0.1);
    const { signal, leave } = leaver(chance.below(5), chance.of([own, undefined]));
    const run = (async () => uses[name](client.chat.completions, body, isLeft ? { ...Object(options), signal } : options))();
    if (isLeft) leave();
    const isSure = isGood && isGoodBody && areGood && !isLeft && kind === "whole" && name !== "abort";
    return { name, run, isSure };
  });
  const outcomes = await Promise.allSettled(calls.map(({ run }) => run));
  for (const [at, { status, value, reason }] of outcomes.entries()) {
    const { name, isSure } = calls[at];
    if (status === "rejected") {
      assert.isFalse(isSure, `${what}, ${name}: ${reason?.stack}`);
      // A raw response is the caller's, and so are its errors.
      if (name !== "raw") check(reason);
    } else if (typeof value === "string" && kind !== "any") {
      // Nothing else is an answer, and least of all a part of it.
      assert.equal(value, text, `${what}, ${name}`);
    }
  }
  client.free();
  return CALLS;
}

function leaver(after, reason) {
  const controller = new AbortController();
  return { signal: controller.signal, leave: () => turns(after).then(() => controller.abort(reason)) };
}

test("fuzz: bodies, options, answers, faults and exits at random, and the module lives", async () => {
  const alive = new BedrockChatClient({ baseURL, apiKey: key, fetch: answering(delta({ content: "a" }, { finish_reason: "stop" })) });
  let calls = 0;
  for (let count = 0; count < Number(FUZZ_ROUNDS); count++) calls += await round(Number(FUZZ_SEED) + count);
  assert.isAbove(calls, Number(FUZZ_ROUNDS) * CALLS * 0.5);
  assert.equal(await alive.chat.completions.stream({ model, messages }).finalContent(), "a");
});
