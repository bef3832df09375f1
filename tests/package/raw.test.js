// The response itself, headers, query, options of fetch; and the promise of a call.

import { APIPromise, BedrockChatClient, BedrockError, NotFoundError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails, turns } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];
const json = { "content-type": "application/json" };
const answer = '{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}';

/** A client of a `fetch` that notes what it is given. */
function noting(options = {}, body = answer, headers = json) {
  const requests = [];
  const client = new BedrockChatClient({
    baseURL: "https://example.com/v1",
    apiKey: "bedrock-api-key-x",
    fetch: answering(body, { headers, requests }),
    ...options,
  });
  return { create: (call, more) => client.chat.completions.create({ model, messages, ...more }, call), requests };
}

const sentHeaders = ({ init }) => Object.fromEntries(init.headers);

test("asResponse: the response, unread", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const response = await client.chat.completions.create({ model, messages }).asResponse();
  assert.isFalse(response.bodyUsed);
  assert.match(response.headers.get("x-amzn-requestid"), /^[0-9a-f-]{36}$/);
  assert.equal((await response.json()).object, "chat.completion");
  const raw = await client.chat.completions.create({ model, messages, stream: true }).asResponse();
  const text = await raw.text();
  assert.match(text, /^data: \{/);
  assert.match(text, /data: \[DONE\]\s*$/);
  // An answer that is an error is one here too, and nothing else is left unhandled.
  const error = await fails(client.chat.completions.create({ model: "no.such", messages }).asResponse());
  assert.instanceOf(error, NotFoundError);
});

test("asResponse: a stream is unread, whatever it is called", async () => {
  const stream = 'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
  for (const type of ["text/event-stream", "application/json", "text/plain; charset=utf-8", ""]) {
    for (const body of [stream, answer, "<html>"]) {
      const { create, requests } = noting({}, body, { "content-type": type });
      const response = await create(undefined, { stream: true }).asResponse();
      assert.isFalse(response.bodyUsed, type);
      assert.isFalse(response.body.locked, type);
      assert.equal(await response.text(), body);
      assert.lengthOf(requests, 1);
    }
    const { create, requests } = noting({}, stream, { "content-type": type });
    // First the response, then the stream, then both again.
    const call = create(undefined, { stream: true });
    const response = await call.asResponse();
    const { data, response: same } = await call.withResponse();
    assert.strictEqual(same, response);
    assert.equal(await data.finalContent(), "Hi", type);
    const taken = create(undefined, { stream: true });
    await (await taken.asResponse()).text();
    const error = await fails(Promise.resolve(taken).then((it) => it.finalContent()));
    assert.strictEqual(error.constructor, BedrockError, type);
    assert.include(error.message, "read already");
    assert.lengthOf(requests, 2);
  }
});

test("asResponse: who reads the body cannot have the result too", async () => {
  const { create, requests } = noting();
  const call = create();
  await (await call.asResponse()).text();
  const error = await fails(call);
  assert.strictEqual(error.constructor, BedrockError);
  assert.include(error.message, "read already");
  assert.lengthOf(requests, 1);
});

test("asResponse: a body that somebody is reading is not sent for again", async () => {
  const { create, requests } = noting();
  const call = create();
  const reader = (await call.asResponse()).body.getReader();
  const error = await fails(call);
  assert.strictEqual(error.constructor, BedrockError);
  assert.include(error.message, "read already");
  await reader.cancel();
  assert.lengthOf(requests, 1);
});

test("asResponse: an abort still reaches the body", async ({ emulator }) => {
  const pieces = [{ text: ": alive\n\n", repeat: "forever", delayMs: 20 }];
  const space = await emulator.space({ steps: [{ pieces }] });
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  const controller = new AbortController();
  const options = { signal: controller.signal };
  const call = client.chat.completions.create({ model, messages, stream: true }, options);
  const response = await call.asResponse();
  turns().then(() => controller.abort());
  await fails(response.text());
  assert.equal((await space.waitFor("ended")).state, "disconnected");
});

test("asResponse: the time for the body is the caller's", async ({ emulator }) => {
  const pieces = [{ text: "Half, " }, { text: "and half", delayMs: 400 }];
  const space = await emulator.space({ steps: [{ headers: { "content-type": "text/event-stream" }, pieces }] });
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey, timeout: 200 });
  const response = await client.chat.completions.create({ model, messages, stream: true }).asResponse();
  assert.equal(await response.text(), "Half, and half");
});

test("withResponse: both, of an answer and of a stream", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const whole = await client.chat.completions.create({ model, messages }).withResponse();
  assert.equal(whole.data._request_id, whole.request_id);
  assert.equal(whole.response.headers.get("x-amzn-requestid"), whole.request_id);
  const streamed = await client.chat.completions.create({ model, messages, stream: true }).withResponse();
  assert.equal(streamed.data.requestId, streamed.request_id);
  assert.strictEqual(streamed.data.response, streamed.response);
  const final = await streamed.data.finalChatCompletion();
  assert.equal(final._request_id, streamed.request_id);
  // Asked for in any order, it is one call.
  const call = client.chat.completions.create({ model, messages });
  const [data, { data: same, response }] = await Promise.all([call, call.withResponse()]);
  assert.strictEqual(data, same);
  assert.strictEqual(response, await call.asResponse());
});

test("an answer without a request id", async () => {
  const { create } = noting();
  const { data, request_id } = await create().withResponse();
  assert.isNull(request_id);
  assert.isNull(data._request_id);
});

test("headers: added, replaced, removed", async () => {
  const defaultHeaders = { "X-One": "client", "X-Two": "client", "x-gone": "client" };
  const { create, requests } = noting({ defaultHeaders });
  await create({ headers: { "x-one": "call", "X-Gone": null, "x-undefined": undefined, "x-number": 1 } });
  assert.deepEqual(sentHeaders(requests[0]), {
    accept: "application/json",
    "content-type": "application/json",
    authorization: "Bearer bedrock-api-key-x",
    "x-one": "call",
    "x-two": "client",
    "x-number": "1",
  });
  await create({ headers: { Accept: null } });
  assert.notProperty(sentHeaders(requests[1]), "accept");
  await create({ headers: new Headers({ Accept: "text/plain" }) });
  assert.equal(sentHeaders(requests[2]).accept, "text/plain");
});

test("headers: the caller's own authorization, and none", async () => {
  const { create, requests } = noting();
  await create({ headers: { Authorization: "Bearer mine" } });
  assert.equal(sentHeaders(requests[0]).authorization, "Bearer mine");
  await create({ headers: { authorization: null } });
  assert.notProperty(sentHeaders(requests[1]), "authorization");
  // Nor is it signed.
  const credentials = { accessKeyId: "ASIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" };
  const signed = noting({ apiKey: undefined, credentials, region: "us-east-1" });
  await signed.create({ headers: { authorization: null } });
  assert.hasAllKeys(sentHeaders(signed.requests[0]), ["accept", "content-type"]);
});

test("query: of the client and of the call", async () => {
  const { create, requests } = noting({ defaultQuery: { a: "1", b: "2", c: "3" } });
  await create();
  await create({ query: { b: null, c: "ü&=", d: true } });
  await create({ query: new URLSearchParams([["d", "x"], ["d", "y"]]) });
  const queries = requests.map(({ url }) => new URL(url).search);
  assert.deepEqual(queries, ["?a=1&b=2&c=3", "?a=1&c=%C3%BC%26%3D&d=true", "?a=1&b=2&c=3&d=x&d=y"]);
});

test("fetchOptions: added, and nothing of ours changed", async () => {
  const { create, requests } = noting();
  const fetchOptions = {
    cache: "no-store",
    dispatcher: {},
    method: "GET",
    body: "other",
    headers: { authorization: "other" },
    redirect: "follow",
    signal: AbortSignal.abort(),
  };
  await create({ fetchOptions });
  const [{ init }] = requests;
  assert.equal(init.cache, "no-store");
  assert.strictEqual(init.dispatcher, fetchOptions.dispatcher);
  assert.equal(init.method, "POST");
  assert.equal(init.redirect, "manual");
  assert.equal(init.body, JSON.stringify({ model, messages }));
  assert.equal(sentHeaders(requests[0]).authorization, "Bearer bedrock-api-key-x");
  assert.isFalse(init.signal.aborted);
  // The caller's object is left alone.
  assert.equal(fetchOptions.method, "GET");
});

test("a promise like any other", async () => {
  const { create, requests } = noting();
  const call = create();
  assert.instanceOf(call, Promise);
  assert.instanceOf(call, APIPromise);
  const data = await call;
  assert.equal(data.choices[0].message.content, "Hi");
  const all = await Promise.all([call, create(), 1]);
  assert.strictEqual(all[0], data);
  assert.equal(all[1].choices[0].message.content, "Hi");
  assert.strictEqual(await Promise.race([call]), data);
  assert.strictEqual(await Promise.any([call]), data);
  assert.deepEqual(await Promise.allSettled([call]), [{ status: "fulfilled", value: data }]);
  assert.strictEqual(await Promise.resolve(call), data);
  assert.strictEqual(await new Promise((resolve) => resolve(call)), data);
  assert.strictEqual(await (async () => call)(), data);
  const read = ({ choices }) => choices[0].message.content;
  const then = call.then(read);
  assert.strictEqual(then.constructor, Promise);
  assert.equal(await then, "Hi");
  assert.strictEqual(await call.then(), data);
  assert.strictEqual(await call.catch(read), data);
  let finallyCalled = 0;
  assert.strictEqual(await call.finally(() => finallyCalled++), data);
  assert.equal(finallyCalled, 1);
  assert.lengthOf(requests, 2);
});

test("a promise like any other, when it fails", async () => {
  const { create } = noting({ maxRetries: 0, fetch: () => Promise.reject(new TypeError("x")) });
  const call = create();
  const error = await fails(call);
  assert.strictEqual(await call.catch((error) => error), error);
  assert.strictEqual(await call.then(null, (error) => error), error);
  assert.deepEqual(await Promise.allSettled([call]), [{ status: "rejected", reason: error }]);
  for (const promise of [Promise.all([call]), Promise.race([call]), call.finally(() => {}), call.withResponse(), call.asResponse()]) {
    assert.strictEqual(await fails(promise), error);
  }
});

test("only what was asked for is read", async () => {
  // Nobody asks for the result of any of these: no request is made twice, and no rejection
  // comes to light that is nobody's (the harness would see it).
  const { create, requests } = noting({}, "{}", json);
  const response = await create().asResponse();
  assert.isFalse(response.bodyUsed);
  assert.equal(await response.text(), "{}");
  const failing = noting({ maxRetries: 0, fetch: () => Promise.reject(new TypeError("x")) });
  await fails(failing.create().asResponse());
  await fails(failing.create().withResponse());
  assert.lengthOf(requests, 1);
});
