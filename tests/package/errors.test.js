// Answers and errors: every fixture, played by the local Bedrock, as the caller gets it.

import * as bedrock from "bedrock-chat";
import { assert, fixture, test } from "../harness.js";
import { answering, fails, turns } from "../helpers.js";

const {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  BedrockChatClient,
  BedrockError,
  ConfigurationError,
  IncompleteStreamError,
  InvalidRequestError,
  StreamTimeoutError,
} = bedrock;

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];
const guardrail = { identifier: "GR12345", version: "DRAFT" };
const browsers = ["chromium", "firefox", "webkit"];

/** What of a step plays a fixture. */
function played({ status, headers = {}, body, bodyBase64, bodyRepeat }) {
  return {
    status,
    headers: { "content-type": null, ...headers },
    body: bodyRepeat ? bodyRepeat.map(([text, times]) => text.repeat(times)).join("") : body,
    bodyBase64,
  };
}

/** Asks for what the fixture says was asked for. */
function asked(space, { apiKey }, { call = {}, stream = false }, options = {}) {
  const client = new BedrockChatClient({
    apiKey,
    endpoint: call.endpoint,
    baseURL: call.endpoint === "mantle" ? space.mantleURL : space.baseURL,
    guardrail: call.guardrail ? guardrail : undefined,
    maxRetries: 0,
    ...options,
  });
  return client.chat.completions.create({ model: call.model ?? model, messages, stream });
}

function check(error, { name, expect, headers = {} }, status = expect.status) {
  const Class = bedrock[expect.class];
  assert.strictEqual(error.constructor, Class, `${name}: ${error.message}`);
  for (const parent of [APIError, BedrockError, Error]) assert.instanceOf(error, parent, name);
  const found = {};
  const expected = { status: status ?? undefined, name: expect.class, message: expect.message };
  for (const field of ["code", "param", "type", "awsErrorType"]) {
    expected[field] = expect[field] ?? undefined;
  }
  Object.assign(expected, { retryable: expect.retryable ?? false, attempts: 1 });
  for (const field in expected) found[field] = error[field];
  assert.deepEqual(found, expected, name);
  if (expect.hintContains) assert.include(error.hint, expect.hintContains, name);
  else assert.isUndefined(error.hint, name);
  if (expect.error) assert.deepEqual(error.error, JSON.parse(expect.error), name);
  assert.isString(error.requestID, name);
  const id = headers["x-amzn-requestid"];
  if (id) assert.equal(error.requestID, id, name);
  assert.equal(error.headers.get("x-amzn-requestid"), error.requestID, name);
  assert.notInclude(Object.keys(error), "headers");
  // It can be written down whatever is in it.
  const json = JSON.parse(JSON.stringify(error));
  assert.deepInclude(json, { name: expect.class, message: expect.message, attempts: 1 }, name);
  assert.equal(String(error), `${expect.class}: ${expect.message}`);
}

test("answers that are errors", async ({ emulator, runtime }) => {
  const cases = await fixture("errors/answers.json");
  assert.isAbove(cases.length, 40);
  for (const it of cases) {
    // A browser may ask again by itself, as after a 408.
    const space = await emulator.space({ steps: [played(it)], repeatLast: true });
    const error = await fails(asked(space, emulator, it));
    if (it.name === "redirect" && browsers.includes(runtime)) {
      // All that a page may know of a redirect is that it was one.
      assert.strictEqual(error.constructor, APIError);
      assert.equal(error.status, 302);
      assert.include(error.hint, it.expect.hintContains);
    } else {
      check(error, it, it.status);
    }
    await space.forget();
  }
});

test("the same where a stream was asked for", async ({ emulator, runtime }) => {
  for (const it of await fixture("errors/answers.json")) {
    if (it.name === "redirect" && browsers.includes(runtime)) continue;
    const space = await emulator.space({ steps: [played(it)], repeatLast: true });
    check(await fails(asked(space, emulator, { ...it, stream: true })), it, it.status);
    await space.forget();
  }
});

test("answers with status 200 that are not what was asked for", async ({ emulator }) => {
  for (const it of await fixture("errors/misplaced.json")) {
    const space = await emulator.space({ steps: [played(it)], repeatLast: true });
    const read = async (answer) => {
      // What is called a stream is found to be none when it is read.
      if (it.stream) for await (const chunk of answer) assert.fail(JSON.stringify(chunk));
    };
    const error = await fails(asked(space, emulator, it).then(read));
    check(error, it, it.status);
    assert.notInclude(error.message, "private");
    await space.forget();
  }
});

test("error events in a stream", async ({ emulator }) => {
  const content = (text) => `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`;
  for (const it of await fixture("errors/events.json")) {
    // An event without data is none: WHATWG HTML.
    if (it.body === "") continue;
    const body = `${content("Good")}event: error\ndata: ${it.body}\n\n${content("never")}`;
    const headers = { "x-amzn-requestid": "event-1" };
    const space = await emulator.space({ steps: [{ headers, body }] });
    const stream = await asked(space, emulator, { stream: true });
    let text = "";
    const error = await fails(
      (async () => {
        for await (const chunk of stream) text += chunk.choices[0].delta.content;
      })(),
    );
    assert.equal(text, "Good");
    check(error, { ...it, headers });
    assert.equal(error.partial.choices[0].message.content, "Good");
    assert.notInclude(Object.keys(error), "partial");
    await space.forget();
  }
});

test("errors that end a stream know the answer they were in", async () => {
  const half = 'data: {"choices":[{"delta":{"content":"Half"}}]}\n\n';
  const breaks = (body) => async () => {
    let pulled = false;
    const stream = new ReadableStream({
      async pull(controller) {
        if (pulled) return body === "silent" ? new Promise(() => {}) : controller.error(new TypeError("gone"));
        pulled = true;
        controller.enqueue(new TextEncoder().encode(half));
      },
    });
    return new Response(stream, {
      headers: { "content-type": "text/event-stream", "x-request-id": "r-1" },
    });
  };
  const headers = { "x-request-id": "r-1" };
  const signal = () => {
    const controller = new AbortController();
    turns().then(() => controller.abort());
    return controller.signal;
  };
  const cases = [
    [IncompleteStreamError, answering(half, { headers }), {}],
    [APIError, answering(`${half}data: {nonsense\n\n`, { headers }), {}],
    [APIConnectionError, breaks(), {}],
    [StreamTimeoutError, breaks("silent"), { timeout: { idle: 50 } }],
    [StreamTimeoutError, breaks("silent"), { timeout: 50 }],
    [APIUserAbortError, breaks("silent"), { signal }],
  ];
  for (const [Class, fetch, options] of cases) {
    const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch });
    const given = { ...options, signal: options.signal?.() };
    const stream = client.chat.completions.stream({ model, messages }, given);
    const error = await fails(stream.finalChatCompletion());
    assert.strictEqual(error.constructor, Class);
    assert.equal(error.name, Object.keys(bedrock).find((name) => bedrock[name] === Class));
    assert.equal(error.requestID, "r-1");
    assert.equal(error.headers.get("x-request-id"), "r-1");
    // Nobody may pass on the 200 that it began with.
    assert.isUndefined(error.status);
    assert.equal(error.attempts, 1);
    assert.equal(error.partial.choices[0].message.content, "Half");
    assert.deepInclude(JSON.parse(JSON.stringify(error)), { name: error.name, requestID: "r-1" });
  }
});

test("an error before there is an answer has nothing of one", async ({ emulator }) => {
  const space = await emulator.space({ steps: [{ never: true }], repeatLast: true });
  const options = { timeout: { connect: 50 } };
  for (const stream of [false, true]) {
    const started = asked(space, emulator, { stream }, { timeout: { connect: 50, firstToken: 50 } });
    const error = await fails(started);
    assert.strictEqual(error.constructor, stream ? StreamTimeoutError : APIConnectionTimeoutError);
    assert.instanceOf(error, APIConnectionError);
    assert.equal(error.timeout, "connect");
    assert.isTrue(error.retryable);
    for (const field of ["status", "requestID", "headers", "partial"]) assert.isUndefined(error[field]);
  }
  // A stream that there is has its (empty) part, whatever happened.
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: null, maxRetries: 0 });
  const stream = client.chat.completions.stream({ model, messages }, options);
  const error = await fails(stream.finalChatCompletion());
  assert.strictEqual(error.constructor, StreamTimeoutError);
  assert.deepEqual(error.partial.choices, []);
});

test("a slow body is no slow connection", async ({ emulator }) => {
  const headers = { "content-type": "application/json" };
  const space = await emulator.space({ steps: [{ headers, pieces: [{ text: '{"cho' }], then: "stall" }] });
  const error = await fails(asked(space, emulator, {}, { timeout: { idle: 100 } }));
  assert.strictEqual(error.constructor, APIConnectionTimeoutError);
  assert.equal(error.timeout, "idle");
  assert.isUndefined(error.status);
  assert.isString(error.requestID);
});

test("an error of any depth can be printed", async () => {
  const deep = `{"error":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
  const headers = { "content-type": "application/json" };
  const fetch = answering(deep, { status: 400, headers });
  const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch });
  const error = await fails(client.chat.completions.create({ model, messages }));
  assert.equal(error.name, "BadRequestError");
  assert.isUndefined(error.error);
  assert.include(JSON.stringify(error), "BadRequestError");
  // Nor does a completion of any depth do harm: some engines cannot read it.
  const completion = `{"choices":[],"x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
  const read = await new BedrockChatClient({
    baseURL: "https://example.com/v1",
    apiKey: null,
    fetch: answering(completion, { headers }),
  }).chat.completions
    .create({ model, messages })
    .catch((error) => error);
  if (!read.choices) {
    assert.strictEqual(read.constructor, APIError);
    assert.equal(read.attempts, 1);
    assert.isFalse(read.retryable);
  }
  // And inside a stream.
  const stream = new BedrockChatClient({
    baseURL: "https://example.com/v1",
    apiKey: null,
    fetch: answering(`data: ${deep}\n\n`),
  }).chat.completions.stream({ model, messages });
  const event = await fails(stream.finalChatCompletion());
  assert.strictEqual(event.constructor, APIError);
  assert.include(JSON.stringify(event), "APIError");
});

test("the classes are a tree, and every error has its class's name", () => {
  const names = Object.keys(bedrock).filter((name) => name.endsWith("Error"));
  assert.lengthOf(names, 23);
  const api = [
    "ConfigurationError",
    "ContentFilterFinishReasonError",
    "InvalidRequestError",
    "GuardrailNotEnforcedError",
    "LengthFinishReasonError",
    "StructuredOutputError",
    "BedrockError",
  ];
  for (const name of names) {
    const error = new bedrock[name]("text");
    assert.equal(error.name, name);
    assert.equal(String(error), `${name}: text`);
    assert.instanceOf(error, BedrockError);
    assert.equal(error instanceof APIError, !api.includes(name), name);
    assert.deepEqual(JSON.parse(JSON.stringify(error)), { name, message: "text" });
  }
  assert.isTrue(StreamTimeoutError.prototype instanceof APIConnectionTimeoutError);
  assert.isTrue(APIConnectionTimeoutError.prototype instanceof APIConnectionError);
});

test("create() rejects, stream() throws, and neither sends what it refuses", async () => {
  const requests = [];
  const fetch = answering("", { requests });
  const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch });
  const { completions } = client.chat;
  const body = { model, messages };
  const wrong = [
    [InvalidRequestError, {}],
    [InvalidRequestError, { model, messages: [{}] }],
    [ConfigurationError, body, { timeout: -1 }],
    [ConfigurationError, body, { headers: { "a b": "c" } }],
    [ConfigurationError, body, { signal: "now" }],
    [ConfigurationError, body, "options"],
    [InvalidRequestError, body, { guardrail: {} }],
  ];
  for (const [Class, body, options] of wrong) {
    const promise = completions.create(body, options);
    assert.instanceOf(promise, Promise);
    const error = await fails(promise);
    assert.strictEqual(error.constructor, Class);
    assert.isString(error.path);
    assert.throws(() => completions.stream(body, options), Class);
  }
  assert.isEmpty(requests);
});

test("a fetch that answers with nonsense, or with what was read already, hangs nobody", async () => {
  const headers = new Headers({ "content-type": "text/event-stream" });
  const throws = () => {
    throw new Error("mine");
  };
  const read = async (status) => {
    const response = new Response("gone", { status, headers });
    await response.text();
    return response;
  };
  const locked = (status) => {
    const response = new Response("locked", { status, headers });
    response.body.getReader();
    return response;
  };
  const answers = [
    undefined,
    null,
    5,
    "text",
    {},
    { status: 200 },
    { status: 200, headers: {} },
    { status: 200, headers },
    { status: 400, headers },
    { status: 400, headers, body: {} },
    { status: 400, headers, body: { getReader: throws } },
    { status: 400, headers, body: { getReader: () => undefined } },
    { status: 400, headers, body: { getReader: () => ({ read: throws, cancel: throws }) } },
    { status: 400, headers, body: { getReader: () => ({ read: async () => undefined, cancel: throws }) } },
    { status: 400, headers, body: { getReader: () => ({ read: () => 1 }) } },
    await read(200),
    await read(400),
    locked(200),
    locked(400),
    { get status() { return throws(); }, headers },
    { get headers() { return throws(); } },
  ];
  for (const [i, answer] of answers.entries()) {
    for (const stream of [false, true]) {
      const client = new BedrockChatClient({
        baseURL: "https://example.com/v1",
        apiKey: null,
        fetch: () => answer,
        maxRetries: 0,
      });
      const call = client.chat.completions.create({ model, messages, stream });
      const done = stream ? call.then((it) => it.finalChatCompletion()) : call;
      const error = await fails(done);
      assert.instanceOf(error, BedrockError, `${i}, ${stream}: ${error}`);
    }
  }
});

test("options that throw leave the client as it was", async () => {
  const own = new RangeError("mine");
  const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch: answering("") });
  const throws = () => {
    throw own;
  };
  const throwing = { get x() { return throws(); } };
  const options = [
    { fetchOptions: throwing },
    { headers: throwing },
    { headers: { [Symbol.iterator]: throws } },
    { query: throwing },
    { query: { *[Symbol.iterator]() { yield throws(); } } },
    { get headers() { return throws(); } },
    { get guardrail() { return throws(); } },
    { guardrail: { get identifier() { return throws(); } } },
    { timeout: { get idle() { return throws(); } } },
    { get signal() { return throws(); } },
  ];
  for (const given of options) {
    assert.strictEqual(await fails(client.chat.completions.create({ model, messages }, given)), own);
  }
  for (const name of ["headers", "query"]) {
    for (const pairs of [[null], [undefined], [1], [["a", {}]], [["a", Symbol("b")]], "x", [[1, "b"]]]) {
      const error = await fails(client.chat.completions.create({ model, messages }, { [name]: pairs }));
      assert.instanceOf(error, ConfigurationError, `${name}: ${String(error)}`);
      assert.equal(error.path, name);
    }
  }
  client.free();
});

test("a long error is left after its start, quietly", async () => {
  let cancelled = 0;
  const piece = new Uint8Array(64 * 1024).fill(0x78);
  const fetch = async () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(piece),
        cancel: () => {
          cancelled++;
          throw new Error("nobody's business");
        },
      }),
      { status: 500 },
    );
  const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch, maxRetries: 0 });
  const error = await fails(client.chat.completions.create({ model, messages }));
  assert.equal(error.status, 500);
  assert.isBelow(error.message.length, 300);
  assert.equal(cancelled, 1);
});

test("an exception of the caller's own code comes back as it is", async () => {
  const own = new RangeError("mine");
  const baseURL = "https://example.com/v1";
  const thrower = () => {
    throw own;
  };
  for (const apiKey of [thrower, () => Promise.reject(own)]) {
    const client = new BedrockChatClient({ baseURL, apiKey, fetch: answering("") });
    assert.strictEqual(await fails(client.chat.completions.create({ model, messages })), own);
    const stream = client.chat.completions.stream({ model, messages });
    assert.strictEqual(await fails(stream.finalChatCompletion()), own);
  }
  for (const fetch of [thrower, () => Promise.reject(own)]) {
    const client = new BedrockChatClient({ baseURL, apiKey: null, fetch, maxRetries: 0 });
    const error = await fails(client.chat.completions.create({ model, messages }));
    assert.strictEqual(error.constructor, APIConnectionError);
    assert.strictEqual(error.cause, own);
  }
  const controller = new AbortController();
  controller.abort(own);
  const client = new BedrockChatClient({ baseURL, apiKey: null, fetch: answering("") });
  const call = client.chat.completions.create({ model, messages }, { signal: controller.signal });
  const error = await fails(call);
  assert.strictEqual(error.constructor, APIUserAbortError);
  assert.strictEqual(error.cause, own);
  assert.equal(error.attempts, 0);
});
