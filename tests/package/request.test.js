// The body on the wire is what JSON.stringify would have sent, or there is an error with its path.

import { BedrockChatClient, InvalidRequestError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails, randomNumbers } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];

/** Sends the body to nobody; resolves with the text that would have gone out. */
async function sent(body) {
  let text;
  const fetch = async (_, init) => {
    text = init.body;
    return new Response('{"choices":[]}', { headers: { "content-type": "application/json" } });
  };
  const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch });
  await client.chat.completions.create(body);
  return text;
}

class Point {
  constructor(x) {
    this.x = x;
  }
  method() {}
  get inherited() {
    return 1;
  }
}

const strings = [
  "",
  "plain",
  'quote " backslash \\ slash /',
  "\u0000\u0001\b\f\n\r\t\u001f\u007f",
  "\u2028\u2029",
  "é 漢字 🦀",
  "\ud83e lone high",
  "lone low \udd80",
  "\udd80\ud83e reversed",
  "\ufffd a real one",
  "__proto__",
  "x".repeat(3000),
];
const numbers = [
  0, -0, 1, -1, 1.5, 1e21, 1e-7, 123456789012345680000, 5e-324, 1.7976931348623157e308, 2 ** 53,
  -(2 ** 53) + 1, 0.1 + 0.2,
];
const oddities = [
  new Number(3),
  new String("boxed"),
  new Boolean(false),
  new Set([1]),
  new Map([["a", 1]]),
  new Uint8Array([1, 2]),
  /x/,
  Object.create(null),
  { toJSON: (key) => `for ${key}`, hidden: 1 },
  { toJSON: () => undefined },
];

function randomValue(random, depth) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const inner = () => randomValue(random, depth + 1);
  switch (Math.floor(random() * (depth > 4 ? 6 : 14))) {
    case 0:
      return pick(strings);
    case 1:
      return pick(numbers);
    case 2:
      return random() < 0.5;
    case 3:
      return null;
    case 4:
      return undefined;
    case 5:
      return (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20);
    case 6:
      return new Date(Math.floor(random() * 1e13));
    case 7:
    case 8:
      return pick(oddities);
    case 9:
      return Object.assign(new Point(random()), { more: inner() });
    case 10: {
      const array = Array.from({ length: Math.floor(random() * 5) }, inner);
      // Holes at the end.
      if (random() < 0.3) array.length += 2;
      return array;
    }
    default: {
      const object = {};
      for (let count = Math.floor(random() * 5); count > 0; count--) {
        const key = pick([...strings, "a", "b", "toString", "1", "0"]).slice(0, 20);
        const property = { enumerable: true, configurable: true, writable: true };
        // Not by assignment, which would set the prototype for `__proto__`.
        Object.defineProperty(object, key, { ...property, value: inner() });
      }
      return object;
    }
  }
}

test("a thousand random bodies", async () => {
  const random = randomNumbers(20261122);
  for (let round = 0; round < 1000; round++) {
    const value = () => randomValue(random, 0);
    const body = { a: value(), model, messages, z: value(), nested: { deep: value() } };
    const expected = JSON.stringify(body);
    const actual = await sent(body);
    assert.deepEqual(JSON.parse(actual), JSON.parse(expected), `round ${round}: ${expected}`);
    assert.equal(actual, expected, `round ${round}`);
  }
});

test("long strings and many fields", async () => {
  for (const content of ["a".repeat(5e6), "漢".repeat(17e5), "\ud800".repeat(1e5)]) {
    const body = { model, messages: [{ role: "user", content }] };
    assert.isTrue((await sent(body)) === JSON.stringify(body));
  }
  const url = `data:image/png;base64,${"iVBORw0K".repeat(2e5)}`;
  const nested = { toJSON: () => (stringified(), url) };
  const stringified = () => void sent({ model, messages: [{ role: "user", content: `${url}=` }] });
  const content = [url, `${url}\n`, url, nested, `${url}é`].map((text) => ({ type: "text", text }));
  const images = { model, messages: [{ role: "user", content }], metadata: { [url]: url } };
  assert.isTrue((await sent(images)) === JSON.stringify(images));
  // What stands for a long string meanwhile may be a text of the caller's.
  for (const text of ["a long string of bedrock-chat's", "0.5"]) {
    const body = { model, messages: [{ role: "user", content: text }, { role: "user", content }], user: text, temperature: 0.5 };
    assert.isTrue((await sent(body)) === JSON.stringify(body));
  }
  const tool = (_, index) => ({ type: "function", function: { name: `f${index}` } });
  const body = { model, messages, tools: Array.from({ length: 2000 }, tool) };
  assert.equal(await sent(body), JSON.stringify(body));
});

test("text of every length and in every script reaches the module, which adds to the body", async () => {
  const guardrail = { identifier: "gr12345", version: "1", streamProcessingMode: "SYNCHRONOUS" };
  let text;
  const fetch = async (_, init) => {
    text = init.body;
    return new Response('{"choices":[]}', { headers: { "content-type": "application/json" } });
  };
  const client = new BedrockChatClient({ region: "us-west-2", apiKey: "k", fetch, guardrail });
  const letters = ["", "é", "漢", "🦀", "é".repeat(60), "漢".repeat(60), "🦀".repeat(60)];
  for (const before of [0, 1, 2, 3, 40, 97, 300]) {
    for (const after of [0, 1, 2, 3, 98, 300]) {
      for (const letter of letters) {
        const content = "a".repeat(before) + letter + "b".repeat(after);
        const request = { model, messages: [{ role: "user", content }] };
        await client.chat.completions.create(request);
        const { "amazon-bedrock-guardrailConfig": config, ...body } = JSON.parse(text);
        assert.deepEqual([config, body], [{ streamProcessingMode: "SYNCHRONOUS" }, request], `${before} ${letter} ${after}`);
      }
    }
  }
});

test("what JSON cannot hold is an error with its path, before anything is sent", async () => {
  const cycle = { messages: [] };
  cycle.messages.push({ cycle });
  const cases = [
    [{ model, messages, f() {} }, "f"],
    [{ model, messages, list: [1, Symbol("s")] }, "list[1]"],
    [{ model, messages: [{ role: "user", content: "x", n: 1n }] }, "messages[0].n"],
    [{ model, messages, temperature: NaN }, "temperature"],
    [{ model, messages, deep: [{ "a key": -Infinity }] }, 'deep[0]["a key"]'],
    [{ model, messages, boxed: Object(1n) }, "boxed"],
    [{ model, messages, cycle }, "cycle.messages[0].cycle"],
  ];
  for (const [body, path] of cases) {
    let asked = false;
    const fetch = async () => {
      asked = true;
      return new Response("{}");
    };
    const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch });
    const error = await fails(client.chat.completions.create(body));
    assert.instanceOf(error, InvalidRequestError, path);
    assert.equal(error.path, path);
    assert.isFalse(asked);
  }
});

test("what is nested too deeply is refused, and what is nested deeply is not", async () => {
  const nested = (depth) => {
    let value = {};
    for (let level = 1; level < depth; level++) value = [value];
    return { model, messages, value };
  };
  assert.equal(await sent(nested(500)), JSON.stringify(nested(500)));
  const error = await fails(sent(nested(5000)));
  assert.instanceOf(error, InvalidRequestError);
  assert.include(error.message, "nested too deeply");
});

test("the same object twice is no cycle", async () => {
  const shared = { a: 1 };
  const body = { model, messages, one: shared, two: [shared, shared] };
  assert.equal(await sent(body), JSON.stringify(body));
});

test("an exception of the caller's own comes back as it is", async () => {
  const own = new RangeError("mine");
  const thrower = () => {
    throw own;
  };
  const getter = Object.defineProperty({}, "x", { get: thrower, enumerable: true });
  for (const value of [{ toJSON: thrower }, getter]) {
    assert.strictEqual(await fails(sent({ model, messages, value })), own);
  }
});

test("a body with toJSON of its own", async () => {
  const body = { toJSON: () => ({ model, messages }) };
  assert.equal(await sent(body), JSON.stringify(body));
});

test("BigInt.prototype.toJSON, as one is given to all BigInts, and what it cannot help", async () => {
  const own = Object.getOwnPropertyDescriptor(BigInt.prototype, "toJSON");
  const define = (value) => Object.defineProperty(BigInt.prototype, "toJSON", { value, configurable: true, writable: true });
  const big = 12345678901234567890n;
  try {
    for (const toJSON of [String, Number, (_, key) => key, () => null, () => ({ big: [1] }), () => undefined]) {
      define(function (key) {
        return toJSON(this, key);
      });
      const body = { model, messages, seed: 1n, metadata: { big, list: [big, Object(2n)] } };
      if (toJSON(1n, "seed") !== undefined && typeof toJSON(1n, "seed") !== "number") delete body.seed;
      assert.equal(await sent(body), JSON.stringify(body));
    }
    // What it gives counts.
    for (const value of [NaN, () => {}, 5n]) {
      define(() => value);
      const error = await fails(sent({ model, messages, deep: [{ big }] }));
      assert.instanceOf(error, InvalidRequestError);
      assert.equal(error.path, "deep[0].big");
    }
  } finally {
    delete BigInt.prototype.toJSON;
    if (own) Object.defineProperty(BigInt.prototype, "toJSON", own);
  }
});

test("JSON.rawJSON, where the engine has it: to the letter", async () => {
  const texts = ["12345678901234567890123", "-0", "1.0", "1.10e+400", '"\\ud83d \\u0041"', "true", "null", '"漢"'];
  // Elsewhere there is nothing to be held.
  const raw = JSON.rawJSON ?? JSON.parse;
  for (const text of texts.filter((text) => JSON.rawJSON || JSON.stringify(JSON.parse(text)) !== "null")) {
    const body = { model, messages, value: raw(text), list: [raw(text), { deep: raw(text) }] };
    assert.equal(await sent(body), JSON.stringify(body), text);
  }
  const body = { model: raw(JSON.stringify(model)), messages, temperature: raw("0.50"), max_tokens: raw("10") };
  assert.equal(await sent(body), JSON.stringify(body));
  const refused = await fails(sent({ model, messages: raw("5") }));
  assert.instanceOf(refused, InvalidRequestError);
  assert.equal(refused.path, "messages");
});

test("request: a body that refers back only while it is written is an error of its own", async () => {
  const loop = {};
  loop.itself = loop;
  let times = 0;
  const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch: () => assert.fail("nothing is sent") });
  const messages = [{ toJSON: () => (times++ ? "something else" : loop) }];
  const error = await client.chat.completions.create({ model: "m", messages }).catch((it) => it);
  assert.strictEqual(error.constructor, InvalidRequestError, error.stack);
  assert.include(error.message, "refers back");
});
