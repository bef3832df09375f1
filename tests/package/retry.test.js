// Each rule of retrying, as a script of the local Bedrock.

import { APIConnectionError, BedrockChatClient, IncompleteStreamError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails, turns } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];
const sse = { "content-type": "text/event-stream" };
const delta = (content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;

// Those that try once more by themselves when a connection that was used before is lost.
const resends = (runtime) => ["chromium", "firefox", "webkit", "deno"].includes(runtime);

/** A client whose pauses are short, and what it told of its retries. */
async function setUp(emulator, steps, options = {}, more = {}) {
  const space = await emulator.space({ steps, ...more });
  const retries = [];
  const client = new BedrockChatClient({
    baseURL: space.baseURL,
    apiKey: emulator.apiKey,
    onRetry: (event) => retries.push(event),
    ...options,
  });
  return { space, client, retries, create: (more, call) => client.chat.completions.create({ model, messages, ...more }, call) };
}

const failing = (status, headers = {}, json = { message: "no" }) => ({
  status,
  headers: { "retry-after-ms": "1", ...headers },
  json,
});

test("statuses that are retried, and those that are not", async ({ emulator }) => {
  for (const stream of [false, true]) {
    for (const status of [408, 409, 429, 500, 502, 503, 504, 599]) {
      const { create, retries } = await setUp(emulator, [failing(status)]);
      const answer = await create({ stream });
      if (stream) assert.isNotEmpty((await answer.finalChatCompletion()).choices);
      else assert.isNotEmpty(answer.choices);
      // Chromium asks again after a 408 by itself.
      if (status === 408 && retries.length === 0) continue;
      assert.lengthOf(retries, 1, `${status}`);
      const [{ attempt, delay, error }] = retries;
      assert.deepEqual([attempt, delay, error.status, error.attempts], [1, 1, status, 1]);
      assert.isTrue(error.retryable);
    }
    for (const status of [400, 401, 403, 404, 413, 422, 424]) {
      const { create, retries, space } = await setUp(emulator, [failing(status)]);
      const error = await fails(create({ stream }));
      assert.equal(error.status, status);
      assert.equal(error.attempts, 1);
      assert.isFalse(error.retryable);
      assert.isEmpty(retries);
      assert.lengthOf(await space.requests(), 1);
    }
  }
});

test("AWS's own codes are retried, whatever the status", async ({ emulator }) => {
  for (const type of [
    "ThrottlingException",
    "ServiceUnavailableException",
    "ModelNotReadyException",
    "ModelTimeoutException",
    "InternalServerException",
  ]) {
    for (const step of [
      failing(400, { "x-amzn-errortype": `${type}:http://internal.amazon.com/coral/` }),
      failing(400, {}, { __type: `com.amazon.bedrock#${type}`, message: "no" }),
    ]) {
      const { create, retries } = await setUp(emulator, [step]);
      await create();
      assert.lengthOf(retries, 1, type);
      assert.equal(retries[0].error.awsErrorType, type);
    }
  }
  const { create, retries } = await setUp(emulator, [
    failing(400, { "x-amzn-errortype": "ValidationException" }),
  ]);
  await fails(create());
  assert.isEmpty(retries);
});

test("so often, and no more", async ({ emulator }) => {
  const steps = [failing(503)];
  for (const [options, call, attempts] of [
    [{}, undefined, 3],
    [{ maxRetries: 0 }, undefined, 1],
    [{ maxRetries: 1 }, undefined, 2],
    [{ maxRetries: 5 }, { maxRetries: 0 }, 1],
    [{ maxRetries: 0 }, { maxRetries: 4 }, 5],
  ]) {
    const { create, retries, space } = await setUp(emulator, steps, options, { repeatLast: true });
    const error = await fails(create({}, call));
    assert.equal(error.status, 503);
    assert.equal(error.attempts, attempts);
    assert.deepEqual(retries.map(({ attempt }) => attempt), Array.from({ length: attempts - 1 }, (_, i) => i + 1));
    assert.lengthOf(await space.requests(), attempts);
  }
});

test("per-call onRetry takes the client's place", async ({ emulator }) => {
  const { create, retries } = await setUp(emulator, [failing(503)]);
  const own = [];
  await create({}, { onRetry: (event) => own.push(event) });
  assert.lengthOf(own, 1);
  assert.isEmpty(retries);
});

test("the server says when", async ({ emulator }) => {
  const json = { message: "later" };
  for (const [headers, delay] of [
    [{ "retry-after-ms": "30" }, 30],
    [{ "retry-after-ms": "30.2" }, 31],
    [{ "retry-after": "1" }, 1000],
    [{ "retry-after-ms": "40", "retry-after": "1" }, 40],
  ]) {
    const { create, retries } = await setUp(emulator, [{ status: 503, headers, json }]);
    const start = performance.now();
    await create();
    assert.equal(retries[0].delay, delay);
    // Timers are rounded, and clocks in pages are coarse.
    assert.isAtLeast(performance.now() - start, delay - 5);
  }
  // Not for a minute or more: then our own pause.
  const { create, retries } = await setUp(emulator, [{ status: 503, headers: { "retry-after": "60" }, json }]);
  await create();
  assert.isBelow(retries[0].delay, 500);
});

test("the server says when, also in the headers of a stream that died", async ({ emulator }) => {
  const died = (headers) => ({ headers: { ...sse, ...headers }, pieces: [{ text: ": alive\n\n" }], then: "end" });
  const { create, retries } = await setUp(emulator, [died({ "retry-after-ms": "30" })]);
  assert.isNotEmpty((await (await create({ stream: true })).finalChatCompletion()).choices);
  assert.equal(retries[0].delay, 30);
  const no = await setUp(emulator, [died({ "x-should-retry": "false" })]);
  assert.instanceOf(await fails((await no.create({ stream: true })).finalChatCompletion()), IncompleteStreamError);
  assert.isEmpty(no.retries);
});

test("pauses of our own: full jitter below a cap that doubles", async ({ emulator }) => {
  const step = { status: 503, json: { message: "no" } };
  const { create, retries } = await setUp(emulator, [step, step]);
  await create();
  const [first, second] = retries.map(({ delay }) => delay);
  assert.isTrue(first >= 0 && first <= 500 && second >= 0 && second <= 1000, `${first} ${second}`);
});

test("x-should-retry decides", async ({ emulator }) => {
  const no = await setUp(emulator, [failing(503, { "x-should-retry": "false" })]);
  const error = await fails(no.create());
  assert.equal(error.status, 503);
  assert.isEmpty(no.retries);
  const yes = await setUp(emulator, [failing(400, { "x-should-retry": "true" })]);
  await yes.create();
  assert.lengthOf(yes.retries, 1);
});

test("a connection lost before the headers", async ({ emulator, runtime }) => {
  for (const stream of [false, true]) {
    const { create, retries } = await setUp(
      emulator,
      Array(3).fill({ reset: "before-headers" }),
      { maxRetries: 3 },
    );
    const answer = await create({ stream });
    assert.isNotEmpty(stream ? (await answer.finalChatCompletion()).choices : answer.choices);
    if (!resends(runtime)) assert.lengthOf(retries, 3);
    for (const { error } of retries) {
      assert.strictEqual(error.constructor, APIConnectionError);
      assert.isUndefined(error.status);
      assert.isTrue(error.retryable);
      assert.isDefined(error.cause);
    }
  }
});

test("the engine's own network errors are recognised", async ({ emulator, runtime }) => {
  const options = { maxRetries: 0 };
  const lost = await setUp(emulator, [{ reset: "before-headers" }], options, { repeatLast: true });
  // Nobody listens there, and there is no such host.
  const urls = [lost.space.baseURL, "http://127.0.0.1:9/openai/v1", "https://nowhere.invalid/v1"];
  // It writes pages to the log about a host that is not there.
  if (runtime === "workerd") urls.pop();
  for (const baseURL of urls) {
    for (const stream of [false, true]) {
      const client = lost.client.withOptions({ baseURL });
      const error = await fails(client.chat.completions.create({ model, messages, stream }));
      assert.strictEqual(error.constructor, APIConnectionError, `${baseURL}: ${error}`);
      assert.equal(error.message, "Connection error.");
      assert.isTrue(error.retryable);
      assert.isDefined(error.cause);
      assert.include(error.hint, "CORS");
    }
  }
  // In the middle of either kind of answer.
  const half = [{ pieces: [{ text: delta("Half") }], headers: sse, then: "reset" }];
  const { create } = await setUp(emulator, half, options);
  const stream = await create({ stream: true });
  const error = await fails(stream.finalChatCompletion());
  assert.instanceOf(error, APIConnectionError);
  assert.isString(error.requestID);
});

test("a stream that dies before its first event is asked for again", async ({ emulator }) => {
  for (const step of [
    { headers: sse, pieces: [{ text: ": alive\n\n" }], then: "reset" },
    { headers: sse, pieces: [{ text: ": alive\n\n" }], then: "end" },
    { headers: sse, body: "" },
    { headers: sse, body: 'data: {"error":{"message":"busy","type":"server_error"}}\n\n' },
    { headers: sse, body: 'data: {"__type":"ThrottlingException","message":"slow"}\n\n' },
  ]) {
    const { create, retries } = await setUp(emulator, [step]);
    const stream = await create({ stream: true });
    const completion = await stream.finalChatCompletion();
    assert.isNotEmpty(completion.choices[0].message.content);
    assert.lengthOf(retries, 1, JSON.stringify(step));
    assert.equal(retries[0].error.status, step.body?.includes("server_error") ? 500 : step.body?.includes("Throttling") ? 429 : undefined);
    assert.isString(retries[0].error.requestID);
    assert.equal(stream.metrics.attempts, 2);
  }
});

test("a stream that dies and dies fails in the end", async ({ emulator }) => {
  const { create, retries } = await setUp(emulator, [{ headers: sse, body: "" }], {}, { repeatLast: true });
  const error = await fails((await create({ stream: true })).finalChatCompletion());
  assert.equal(error.name, "IncompleteStreamError");
  assert.equal(error.attempts, 3);
  assert.lengthOf(retries, 2);
  assert.deepEqual(error.partial.choices, []);
});

test("a stream that may not be tried again is not", async ({ emulator }) => {
  const body = 'data: {"error":{"message":"no","code":400}}\n\n';
  const { create, retries } = await setUp(emulator, [{ headers: sse, body }]);
  const error = await fails((await create({ stream: true })).finalChatCompletion());
  assert.equal(error.name, "BadRequestError");
  assert.isEmpty(retries);
});

test("nothing is retried after an event was delivered", async ({ emulator }) => {
  for (const then of ["reset", "close", "end"]) {
    const { create, retries, space } = await setUp(emulator, [
      { headers: sse, pieces: [{ text: delta("Half") }, { text: ": alive\n\n", delayMs: 50 }], then },
    ]);
    const stream = await create({ stream: true });
    let text = "";
    const error = await fails(
      (async () => {
        for await (const piece of stream.textStream()) text += piece;
      })(),
    );
    assert.include(["APIConnectionError", "IncompleteStreamError"], error.name);
    assert.equal(text, "Half");
    assert.equal(error.partial.choices[0].message.content, "Half");
    assert.isEmpty(retries);
    assert.lengthOf(await space.requests(), 1);
  }
});

test("a 200 that is an error", async ({ emulator }) => {
  const headers = { "content-type": "application/json" };
  const json = { error: { message: "Slow down", type: "rate_limit_error" } };
  for (const stream of [false, true]) {
    const { create, retries } = await setUp(emulator, [{ headers, json }]);
    const answer = await create({ stream });
    assert.isNotEmpty(stream ? (await answer.finalChatCompletion()).choices : answer.choices);
    assert.lengthOf(retries, 1);
    assert.equal(retries[0].error.name, "RateLimitError");
    assert.equal(retries[0].error.status, 200);
  }
});

test("a completion that breaks off is asked for again", async ({ emulator }) => {
  const headers = { "content-type": "application/json", "x-amzn-requestid": "first" };
  const step = { headers, pieces: [{ text: '{"choices":[' }], then: "reset" };
  const { create, retries } = await setUp(emulator, [step]);
  const { data, response, request_id } = await create().withResponse();
  assert.isNotEmpty(data.choices);
  // What belongs together: not the response that broke off.
  assert.equal(request_id, data._request_id);
  assert.equal(response.headers.get("x-amzn-requestid"), request_id);
  assert.notEqual(request_id, "first");
  assert.lengthOf(retries, 1);
  assert.equal(retries[0].error.requestID, "first");
});

test("no headers in time, then an answer", async ({ emulator }) => {
  const timeout = { connect: 200, firstToken: 200 };
  for (const stream of [false, true]) {
    const { create, retries } = await setUp(emulator, [{ never: true }], { timeout });
    const answer = await create({ stream });
    assert.isNotEmpty(stream ? (await answer.finalChatCompletion()).choices : answer.choices);
    assert.lengthOf(retries, 1);
    assert.equal(retries[0].error.name, stream ? "StreamTimeoutError" : "APIConnectionTimeoutError");
    assert.equal(retries[0].error.timeout, "connect");
  }
});

test("a deadline over all attempts", async ({ emulator }) => {
  const options = { timeout: 400, maxRetries: 100 };
  const more = { repeatLast: true };
  const busy = await setUp(emulator, [failing(503, { "retry-after-ms": "50" })], options, more);
  const error = await fails(busy.create());
  // The last pause would have gone beyond it: then the error is the service's.
  assert.include(["InternalServerError", "APIConnectionTimeoutError"], error.name);
  assert.isAbove(error.attempts, 1);
  // In 400 ms there is no room for more pauses of 50 ms.
  assert.isAtMost(error.attempts, 10);
  // A pause that is longer than what is left is not begun.
  const long = await setUp(emulator, [failing(503, { "retry-after-ms": "5000" })], options);
  assert.equal((await fails(long.create())).status, 503);
  assert.isEmpty(long.retries);
  // And an attempt that takes too long is left.
  const silent = await setUp(emulator, [failing(503), { never: true }], options, more);
  const late = await fails(silent.create());
  assert.equal(late.name, "APIConnectionTimeoutError");
  assert.equal(late.timeout, "total");
  assert.equal(late.attempts, 2);
});

test("a pause ends at once when the call is aborted", async ({ emulator }) => {
  const steps = [failing(503, { "retry-after-ms": "59000" })];
  // Each pause is as long as the watchdog of a test lets it be.
  const stops = {
    signal: (controller) => controller.abort("enough"),
    free: (_, client) => client.free(),
  };
  for (const how in stops) {
    const { create, client, space } = await setUp(emulator, steps, {}, { repeatLast: true });
    const controller = new AbortController();
    const onRetry = () => turns().then(() => stops[how](controller, client));
    const error = await fails(create({}, { signal: controller.signal, onRetry }));
    assert.equal(error.name, "APIUserAbortError");
    assert.equal(error.attempts, 1);
    if (how === "signal") assert.equal(error.cause, "enough");
    assert.lengthOf(await space.requests(), 1);
  }
  // In the middle of what is called before the pause. Two pauses are more than the watchdog allows.
  const within = {
    "onRetry, signal": (stop) => [{}, { onRetry: () => stop.signal() }],
    "onRetry, free": (stop) => [{}, { onRetry: () => stop.free() }],
    "logger, signal": (stop) => [{ logger: { warn: () => stop.signal() }, onRetry: () => assert.fail("no retry") }, {}],
  };
  for (const how in within) {
    const controller = new AbortController();
    const stop = { signal: () => controller.abort(), free: () => client.free() };
    const [options, call] = within[how](stop);
    const { create, client } = await setUp(emulator, steps, options, { repeatLast: true });
    const error = await fails(create({}, { signal: controller.signal, ...call }));
    assert.equal(error.name, "APIUserAbortError", how);
  }
});

test("every attempt asks for the token anew", async ({ emulator }) => {
  let asked = 0;
  const apiKeys = Array.from({ length: 4 }, (_, i) => ({ key: `bedrock-api-key-number-${i}` }));
  const apiKey = async () => apiKeys[asked++].key;
  const { create, space } = await setUp(emulator, [failing(503), failing(429)], { apiKey }, { apiKeys });
  await create();
  const sent = (await space.requests()).map((request) => request.header("authorization"));
  assert.deepEqual(sent, [0, 1, 2].map((i) => `Bearer bedrock-api-key-number-${i}`));
});

test("what onRetry throws does no harm", async ({ emulator }) => {
  const error = new Error("in onRetry");
  const listeners = [
    () => {
      throw error;
    },
    () => Promise.reject(error),
    async () => {
      throw error;
    },
  ];
  for (const onRetry of listeners) {
    const { create } = await setUp(emulator, [failing(503)], { onRetry });
    assert.isNotEmpty((await create()).choices);
  }
});

test("requests are the same in every attempt", async ({ emulator }) => {
  const { create, space } = await setUp(emulator, [failing(503), failing(503)]);
  await create({}, { headers: { "x-mine": "1" }, query: { a: "b" } });
  const requests = await space.requests();
  assert.lengthOf(requests, 3);
  for (const { body, query, headers } of requests) {
    assert.deepEqual([body, query], [requests[0].body, "a=b"]);
    const own = (all) => all.filter(([name]) => !["connection", "content-length"].includes(name)).sort();
    assert.deepEqual(own(headers), own(requests[0].headers));
  }
});
