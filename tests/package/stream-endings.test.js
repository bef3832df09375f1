// How streams end, over the network: whole, cut off, or with an error; never the one for the other.

import {
  APIConnectionError,
  APIError,
  APIUserAbortError,
  BedrockChatClient,
  BedrockError,
  IncompleteStreamError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails, sleep, turns } from "../helpers.js";
import {
  answer,
  chunk,
  clientOf,
  collect,
  contents,
  DONE,
  event,
  open,
  PING,
  request,
  says,
  STOP,
  Upstream,
} from "./stream-parts.js";

const body = { ...request, stream: true };

async function begin(emulator, step, options) {
  const space = await emulator.space({ steps: [step], repeatLast: true });
  const client = new BedrockChatClient({
    baseURL: space.baseURL,
    apiKey: emulator.apiKey,
    maxRetries: 0,
    ...options,
  });
  return { space, client, completions: client.chat.completions };
}

test("stream: [DONE] ends it at once, whatever follows and though the socket stays open", async ({
  emulator,
}) => {
  for (const rest of ["", event({ error: { message: "late" } }), "data: {{{\n\n", says("late")]) {
    const step = { body: says("a") + STOP + "data:  [DONE] \n\n" + rest, then: "stall" };
    const { space, completions } = await begin(emulator, step);
    const stream = await completions.create(body);
    const { items, error } = await collect(stream);
    assert.isUndefined(error);
    assert.deepEqual(contents(items), ["a", ""]);
    assert.equal(await stream.finalContent(), "a");
    await space.waitFor("disconnected");
    await turns();
    assert.isFalse(stream.response.body.locked);
  }
});

test("stream: after [DONE] a body may end by itself, so that its connection can be used again", async () => {
  const read = async (after) => {
    const upstream = new Upstream();
    const stream = await clientOf(upstream.fetch).chat.completions.create(body);
    upstream.write(answer("a"));
    const { items } = await collect(stream);
    assert.lengthOf(items, 2);
    await after(upstream);
    return { upstream, stream };
  };
  const ended = await read(async (upstream) => {
    await turns();
    upstream.end();
    await sleep(400);
  });
  assert.isFalse(ended.upstream.isCancelled);
  assert.isFalse(ended.upstream.init.signal.aborted);
  assert.isFalse(ended.stream.response.body.locked);

  const order = [];
  const [open, more] = await Promise.all([
    read(async (upstream) => {
      await upstream.cancelled.promise;
      order.push("open");
    }),
    read(async (upstream) => {
      upstream.write(says("late"));
      await upstream.cancelled.promise;
      order.push("more");
    }),
  ]);
  assert.deepEqual(order, ["more", "open"]);
  for (const { upstream, stream } of [open, more]) {
    await turns();
    assert.isTrue(upstream.init.signal.aborted);
    assert.isFalse(stream.response.body.locked);
  }
});

test("stream: cut off, it fails and says what had arrived", async ({ emulator }) => {
  for (const then of ["end", "close"]) {
    // Some engines drop what was not read when a body breaks off, so that comes later.
    const pieces = [{ text: says("Hel") + says("lo") }, { text: PING, delayMs: 100 }];
    const { completions } = await begin(emulator, { pieces, then });
    const stream = await completions.create(body);
    const { items, error } = await collect(stream);
    assert.equal(contents(items).join(""), "Hello");
    // Some engines tell a body that was cut short from one that ended; both are no answer.
    const classes = [IncompleteStreamError, APIConnectionError];
    assert.isTrue(
      classes.some((known) => error instanceof known),
      error.name,
    );
    if (then === "end") {
      assert.instanceOf(error, IncompleteStreamError);
      assert.equal(error.name, "IncompleteStreamError");
    }
    assert.equal(error.partial.choices[0].message.content, "Hello");
    assert.equal(error.attempts, 1);
    assert.isString(error.requestID);
    assert.equal(error.requestID, stream.requestId);
    assert.deepEqual(stream.partial, error.partial);
    assert.equal(await fails(stream.finalChatCompletion()), error);
  }
});

test("stream: a reset within it is a connection error, with its cause", async ({ emulator }) => {
  const { completions } = await begin(emulator, {
    pieces: [{ text: says("a") }, { text: says("b"), delayMs: 20 }],
    then: "reset",
  });
  const { items, error } = await collect(await completions.create(body));
  // What has not been read when the reset comes may be lost.
  assert.isAtMost(items.length, 2);
  assert.instanceOf(error, APIConnectionError);
  assert.isDefined(error.cause);
  assert.equal(error.partial.choices[0]?.message.content ?? "", contents(items).join(""));
});

test("stream: an exception of the body is the error's cause, as it is", async () => {
  const upstream = new Upstream();
  const stream = await clientOf(upstream.fetch).chat.completions.create(body);
  upstream.write(says("a"));
  const chunks = stream[Symbol.asyncIterator]();
  assert.equal((await chunks.next()).value.choices[0].delta.content, "a");
  const cause = new TypeError("terminated");
  upstream.breakOff(cause);
  const error = await fails(chunks.next());
  assert.instanceOf(error, APIConnectionError);
  assert.equal(error.cause, cause);
  assert.equal(error.partial.choices[0].message.content, "a");
  assert.deepEqual(await chunks.next(), { done: true, value: undefined });
  assert.equal(upstream.calls, 1);
});

const misplaced = [
  {
    name: "a JSON error",
    step: { json: { error: { message: "slow down", code: "rate_limit_exceeded" } } },
    kind: RateLimitError,
    says: "application/json: slow down",
  },
  {
    name: "an operation that is unknown",
    step: {
      json: {
        Output: { __type: "com.amazon.coral.service#UnknownOperationException" },
        Version: "1.0",
      },
    },
    kind: NotFoundError,
    says: "UnknownOperationException",
  },
  {
    name: "a page",
    step: { headers: { "content-type": "text/html" }, body: `<h1>Hi</h1>${" ".repeat(99_999)}` },
    says: "text/html",
  },
  {
    name: "nothing",
    step: { headers: { "content-type": null }, body: "" },
    says: "no body",
  },
  {
    name: "a whole completion",
    step: { json: { choices: [{ message: { content: "a" } }] } },
    says: "application/json",
  },
];

for (const { name, step, kind = APIError, says } of misplaced) {
  test(`stream: ${name} with status 200 is an error`, async ({ emulator }) => {
    const { completions } = await begin(emulator, step);
    const error = await fails(completions.create(body));
    assert.instanceOf(error, kind);
    assert.equal(error.status, 200);
    assert.include(error.message, says);
    assert.isBelow(error.message.length, 1000);
    const same = await fails(completions.stream(request).finalChatCompletion());
    assert.equal(same.name, error.name);
    assert.equal(same.message, error.message);
    assert.isEmpty(same.partial.choices);
  });
}

test("stream: an empty event stream is cut off", async ({ emulator }) => {
  const { completions } = await begin(emulator, { body: "" });
  const { items, error } = await collect(await completions.create(body));
  assert.isEmpty(items);
  assert.instanceOf(error, IncompleteStreamError);
  assert.isEmpty(error.partial.choices);
});

test("stream: a response without a body is cut off", async () => {
  const headers = { "content-type": "text/event-stream" };
  const client = clientOf(async () => new Response(null, { headers }), { maxRetries: 0 });
  const { error } = await collect(await client.chat.completions.create(body));
  assert.instanceOf(error, IncompleteStreamError);
});

test("stream: a body that somebody else reads is an error", async () => {
  const upstream = new Upstream();
  const fetch = async (...request) => {
    const response = await upstream.fetch(...request);
    response.body.getReader();
    return response;
  };
  // Not asked for again: it was answered, and paid for.
  const client = clientOf(fetch, { maxRetries: 2 });
  const { error } = await collect(await client.chat.completions.create(body));
  assert.instanceOf(error, BedrockError);
  assert.include(error.message, "read already");
});

test("stream: a malformed event is an error that does not show it; what came before is there", async ({
  emulator,
}) => {
  const { space, completions } = await begin(emulator, {
    body: says("a") + says("b") + 'data: {"secret": hunter2}\n\n' + says("c"),
    then: "stall",
  });
  const { items, error } = await collect(await completions.create(body));
  assert.deepEqual(contents(items), ["a", "b"]);
  assert.instanceOf(error, APIError);
  for (const text of [error.message, error.stack, JSON.stringify(error)]) {
    assert.notInclude(text, "hunter2");
  }
  assert.equal(error.partial.choices[0].message.content, "ab");
  await space.waitFor("disconnected");
});

test("stream: error events", async ({ emulator }) => {
  const errors = [
    [
      event({ error: { message: "slow down", type: "rate_limit_error", code: "429" } }),
      "slow down",
    ],
    [`event: error\n${event({ message: "it broke" })}`, "it broke"],
    [event({ __type: "ThrottlingException", message: "too fast" }), "too fast"],
    [`event: error\ndata: no JSON at all\n\n`, ""],
  ];
  for (const [text, message] of errors) {
    const { space, completions } = await begin(emulator, { body: says("a") + text, then: "stall" });
    const { items, error } = await collect(await completions.create(body));
    assert.deepEqual(contents(items), ["a"]);
    assert.instanceOf(error, APIError);
    assert.include(error.message, message);
    assert.equal(error.partial.choices[0].message.content, "a");
    await space.waitFor("disconnected");
  }
});

test("stream: throttled inside it", async ({ emulator }) => {
  const { completions } = await begin(emulator, {
    body: says("a") + event({ __type: "ThrottlingException", message: "too fast" }),
  });
  const { error } = await collect(await completions.create(body));
  assert.instanceOf(error, RateLimitError);
  assert.equal(error.awsErrorType, "ThrottlingException");
});

test("stream: after an error it is over", async ({ emulator }) => {
  const { completions } = await begin(emulator, { body: says("a") });
  const chunks = (await completions.create(body))[Symbol.asyncIterator]();
  assert.isFalse((await chunks.next()).done);
  assert.instanceOf(await fails(chunks.next()), IncompleteStreamError);
  assert.deepEqual(await chunks.next(), { done: true, value: undefined });
  assert.deepEqual(await chunks.next(), { done: true, value: undefined });
});

test("stream: a request that fails rejects where the stream is consumed", async ({ emulator }) => {
  const { completions } = await begin(emulator, { status: 500, json: { message: "no" } });
  const consumers = {
    iterating: (stream) => collect(stream).then(({ error }) => error),
    text: (stream) => collect(stream.textStream()).then(({ error }) => error),
    final: (stream) => fails(stream.finalChatCompletion()),
    content: (stream) => fails(stream.finalContent()),
    usage: (stream) => fails(stream.totalUsage()),
    branch: (stream) => collect(stream.tee()[1]).then(({ error }) => error),
    bytes: (stream) => fails(stream.toReadableStream().getReader().read()),
  };
  for (const [name, consume] of Object.entries(consumers)) {
    const error = await consume(completions.stream(request));
    assert.instanceOf(error, InternalServerError, name);
  }
  // Nobody has to: the harness tells of rejections that nobody handles.
  completions.stream(request);
  completions.stream(request).abort();
  await turns();
});

test("stream: a provider's exception comes back as it is, also if it is nothing", async () => {
  for (const reason of [new RangeError("mine"), undefined, null, "text"]) {
    const apiKey = () => Promise.reject(reason);
    const client = clientOf(new Upstream().fetch, { apiKey });
    let rejected = false;
    await client.chat.completions
      .stream(request)
      .finalContent()
      .catch((error) => {
        rejected = true;
        assert.equal(error, reason);
      });
    assert.isTrue(rejected);
    const { completions } = client.chat;
    const chunks = completions.stream(request)[Symbol.asyncIterator]();
    await chunks.next().then(
      () => assert.fail("it ended well"),
      (error) => assert.equal(error, reason),
    );
  }
});

test("stream: the consumer's exception is its own, and cancels", async ({ emulator }) => {
  const { space, completions } = await begin(emulator, {
    body: says("a") + says("b"),
    then: "stall",
  });
  const stream = await completions.create(body);
  const mine = new Error("mine");
  const read = async () => {
    for await (const _ of stream) throw mine;
  };
  assert.equal(await fails(read()), mine);
  await space.waitFor("disconnected");
  assert.instanceOf(await fails(stream.finalChatCompletion()), APIUserAbortError);
});

test("stream: one that dies before its first event is asked for again", async ({ emulator }) => {
  const deaths = [
    { body: "" },
    { body: PING, then: "close" },
    { body: PING, then: "reset" },
    { body: event({ __type: "ThrottlingException", message: "too fast" }) },
  ];
  for (const death of deaths) {
    const space = await emulator.space({ steps: [death, { body: answer("a", "b") }] });
    const retries = [];
    const client = new BedrockChatClient({
      baseURL: space.baseURL,
      apiKey: emulator.apiKey,
      maxRetries: 1,
      onRetry: ({ attempt }) => retries.push(attempt),
    });
    const stream = client.chat.completions.stream(request);
    const { items, error } = await collect(stream);
    assert.isUndefined(error, JSON.stringify(death));
    assert.deepEqual(contents(items), ["a", "b", ""]);
    assert.equal(stream.metrics.attempts, 2);
    assert.deepEqual(retries, [1]);
    // Of the answer that was read, not of the one before.
    const [, second] = await space.requests();
    assert.equal(stream.requestId, stream.response.headers.get("x-amzn-requestid"));
    assert.equal(stream.metrics.bytes, second.bytesSent);
  }
});

test("stream: however it is read, it is asked for again", async ({ emulator }) => {
  const readers = [
    (stream) => collect(stream.textStream()).then(({ items }) => items.join("")),
    (stream) => stream.finalContent(),
    (stream) => collect(stream.tee()[0].textStream()).then(({ items }) => items.join("")),
  ];
  for (const read of readers) {
    const space = await emulator.space({ steps: [{ body: PING }, { body: answer("a", "b") }] });
    const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
    const stream = await client.chat.completions.create(body);
    assert.equal(await read(stream), "ab");
    assert.equal(stream.metrics.attempts, 2);
  }
});

test("stream: after the first event it is never asked for again", async ({ emulator }) => {
  for (const death of [{ then: "end" }, { then: "reset" }, { then: "close" }]) {
    const role = event(chunk({ role: "assistant" }));
    const pieces = [{ text: role }, { text: PING, delayMs: 30 }];
    const space = await emulator.space({ steps: [{ pieces, ...death }] });
    const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
    const stream = await client.chat.completions.create(body);
    const chunks = stream[Symbol.asyncIterator]();
    assert.isFalse((await chunks.next()).done);
    const error = await fails(chunks.next());
    assert.instanceOf(error, APIError);
    assert.equal(error.attempts, 1);
    assert.equal(stream.metrics.attempts, 1);
    assert.lengthOf(await space.requests(), 1);
  }
});

test("stream: retries end, and the last error is told", async ({ emulator }) => {
  const space = await emulator.space({ steps: [{ body: "" }], repeatLast: true });
  const client = new BedrockChatClient({
    baseURL: space.baseURL,
    apiKey: emulator.apiKey,
    maxRetries: 1,
  });
  const { error } = await collect(client.chat.completions.stream(request));
  assert.instanceOf(error, IncompleteStreamError);
  assert.lengthOf(await space.requests(), 2);
});

test("stream: an abort between two attempts ends it at once", async ({ emulator }) => {
  const space = await emulator.space({ steps: [{ body: "" }], repeatLast: true });
  const retried = open();
  const client = new BedrockChatClient({
    baseURL: space.baseURL,
    apiKey: emulator.apiKey,
    maxRetries: 9,
    onRetry: retried.resolve,
  });
  const stream = client.chat.completions.stream(request);
  const end = collect(stream);
  await retried.promise;
  stream.abort("enough");
  const { error } = await end;
  assert.instanceOf(error, APIUserAbortError);
  assert.equal(error.cause, "enough");
  const { length } = await space.requests();
  await sleep(700);
  assert.lengthOf(await space.requests(), length);
});

test("stream: text where bytes should be, and buffers", async () => {
  for (const make of [(text) => text, (text) => new TextEncoder().encode(text).buffer]) {
    const reads = [says("é1"), says("2") + STOP, DONE].map(make);
    const body = { getReader: () => ({ read, cancel: async () => {}, releaseLock() {} }) };
    const read = async () => ({ done: reads.length === 0, value: reads.shift() });
    const headers = new Headers({ "content-type": "text/event-stream" });
    const client = clientOf(async () => ({
      status: 200,
      ok: true,
      type: "default",
      headers,
      body,
    }));
    const stream = client.chat.completions.stream(request);
    assert.equal(await stream.finalContent(), "é12");
  }
});
