// What comes from another realm, as of Jest's or of an iframe, is as good as our own.

import { runInNewContext } from "node:vm";
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
