// What comes from another realm, as of Jest's or of an iframe, is as good as our own.

import { createContext, runInContext, runInNewContext } from "node:vm";
import { BedrockChatClient, InvalidRequestError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const headers = { "content-type": "application/json" };

async function sent(body) {
  const requests = [];
  const fetch = answering('{"choices":[]}', { headers, requests });
  await new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch }).chat.completions.create(body);
  return requests[0].init.body;
}

test("realms: bodies with boxed primitives, lists, dates and objects of another one", async () => {
  const body = runInNewContext(`({
    model: new String("m"),
    messages: [{ role: new String("user"), content: new String("hi") }],
    temperature: new Number(0.5),
    store: new Boolean(false),
    stop: ["a", new String("b")],
    metadata: { at: new Date(0), none: undefined, list: [new Number(1), null] },
  })`);
  assert.equal(await sent(body), JSON.stringify(body));
  for (const wrong of ["new Number(NaN)", "Object(5n)"]) {
    const odd = runInNewContext(`({ model: "m", messages: [{ role: "user", content: "hi" }], seed: ${wrong} })`);
    const error = await fails(sent(odd));
    assert.strictEqual(error.constructor, InvalidRequestError, wrong);
    assert.equal(error.path, "seed");
  }
});

test("realms: options, signals' shapes, headers and answers of another one", async () => {
  const requests = [];
  const bytes = runInNewContext('new Uint8Array([123, 34, 99, 104, 111, 105, 99, 101, 115, 34, 58, 91, 93, 125])');
  const fetch = async (url, init) => {
    requests.push(init);
    return { status: 200, headers: new Headers(headers), body: null, arrayBuffer: async () => bytes.buffer };
  };
  const options = runInNewContext('({ maxRetries: 0, defaultHeaders: new Map([["x-a", "1"]]), timeout: { total: 5000 } })');
  const client = new BedrockChatClient(Object.assign(options, { baseURL: "https://example.com/v1", apiKey: null, fetch }));
  const completion = await client.chat.completions.create({ model: "m", messages: [{ role: "user", content: "hi" }] });
  assert.isEmpty(completion.choices);
  assert.equal(new Headers(requests[0].headers).get("x-a"), "1");
});

const model = "m";
const messages = [{ role: "user", content: "hi" }];
const answer = '{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}';
const realm = createContext({});
const there = (code) => runInContext(`(${code})`, realm);
const here = (code) => (0, eval)(`(${code})`);

function noting(options) {
  const requests = [];
  const fetch = answering(answer, { headers, requests });
  return { client: new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch, ...options }), requests };
}

const written = [
  "new Number(3)",
  "new Number(-0)",
  "Object.assign(new Number(3), { valueOf: () => 7 })",
  "Object.assign(new Number(3), { [Symbol.toPrimitive]: () => 8 })",
  "Object.assign(new Number(3), { toJSON: () => 9 })",
  "new String('boxed \\ud800')",
  "Object.assign(new String('s'), { toString: () => 'other' })",
  "new Boolean(false)",
  "Object.assign(new Boolean(false), { valueOf: () => true })",
  "{ [Symbol.toStringTag]: 'Number', a: 1 }",
  "{ [Symbol.toStringTag]: 'BigInt', a: 1 }",
  "new Date(0)",
  "new Map([[1, 2]])",
  "new Uint8Array([1, 2])",
  "Object.assign(Object(1n), { toJSON: () => 'big' })",
  "[new Number(1), new String('x'), undefined]",
];

test("realms: boxed values in a body are written as JSON.stringify writes them", async () => {
  for (const code of written) {
    for (const of of [here, there]) {
      const { client, requests } = noting();
      const body = { model, messages, extra: of(code) };
      await client.chat.completions.create(body);
      assert.equal(requests[0].init.body, JSON.stringify(body), code);
    }
  }
});

test("realms: boxed values that JSON cannot hold are errors with their path", async () => {
  const codes = ["new Number(NaN)", "new Number(Infinity)", "Object.assign(new Number(1), { valueOf: () => NaN })", "Object(1n)"];
  for (const code of codes) {
    for (const of of [here, there]) {
      const { client, requests } = noting();
      const error = await fails(client.chat.completions.create({ model, messages, extra: [of(code)] }));
      assert.strictEqual(error.constructor, InvalidRequestError, code);
      assert.equal(error.path, "extra[0]");
      assert.isEmpty(requests);
    }
  }
});

test("realms: a boxed number is read once", async () => {
  const { client, requests } = noting();
  let reads = 0;
  const extra = Object.assign(new Number(0), { valueOf: () => (reads++ ? Number.NaN : 5) });
  await client.chat.completions.create({ model, messages, extra });
  assert.equal(JSON.parse(requests[0].init.body).extra, 5);
  assert.equal(reads, 1);
});

test("realms: options of another one, and nothing that its objects all have", async () => {
  runInContext("Object.prototype.limits = { request: 1 }; Object.prototype['x-polluted'] = '1';", realm);
  const { client, requests } = noting(there("{ guardrail: { identifier: 'g1', version: '1' }, defaultHeaders: { 'x-mine': '1' } }"));
  await client.chat.completions.create({ model, messages }, there("{ headers: { 'x-call': '2' }, timeout: { total: 5000 } }"));
  await client.withOptions(there("{}")).chat.completions.create({ model, messages }, there("{}"));
  for (const { init } of requests) {
    assert.equal(init.headers.get("x-amzn-bedrock-guardrailidentifier"), "g1");
    assert.equal(init.headers.get("x-mine"), "1");
    assert.isNull(init.headers.get("x-polluted"));
  }
  assert.lengthOf(requests, 2);
});
