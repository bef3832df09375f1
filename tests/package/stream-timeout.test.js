// The limits of time on a stream: each error names its own, and only the server's slowness counts.

import { APIConnectionTimeoutError, BedrockChatClient, StreamTimeoutError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails, sleep } from "../helpers.js";
import {
  answer,
  chunk,
  clientOf,
  collect,
  contents,
  event,
  PING,
  request,
  says,
  STOP,
  DONE,
  Upstream,
} from "./stream-parts.js";

const body = { ...request, stream: true };
const ROLE = event(chunk({ role: "assistant", content: "" }));

const slow = [
  {
    name: "a body that stalls",
    step: { body: says("a"), then: "stall" },
    timeout: { idle: 150 },
    limit: "idle",
    text: "a",
  },
  {
    name: "a first token that does not come",
    step: { body: ROLE, then: "stall" },
    timeout: { firstToken: 150 },
    limit: "firstToken",
    text: "",
  },
  {
    name: "a stream that only begins",
    step: { body: "", then: "stall" },
    timeout: { firstToken: 150 },
    limit: "firstToken",
    text: "",
    where: { except: ["firefox"], why: "its fetch waits for the body to begin: `connect` ends it" },
  },
  {
    name: "keep-alives without end, before the first token",
    step: { pieces: [{ text: PING, delayMs: 5, repeat: "forever" }] },
    timeout: { firstToken: 150 },
    limit: "firstToken",
    text: "",
  },
  {
    name: "keep-alives without end, after a token",
    step: { pieces: [{ text: says("a") }, { text: PING, delayMs: 5, repeat: "forever" }] },
    timeout: { idle: 150 },
    limit: "idle",
    text: "a",
  },
  {
    name: "events without data, without end",
    step: {
      pieces: [{ text: says("a") }, { text: "event: ping\n\n", delayMs: 5, repeat: "forever" }],
    },
    timeout: { idle: 150 },
    limit: "idle",
    text: "a",
  },
  {
    name: "roles without end and no content",
    step: { pieces: [{ text: ROLE, delayMs: 5, repeat: "forever" }] },
    timeout: { firstToken: 150, idle: 10_000 },
    limit: "firstToken",
    text: "",
  },
  {
    name: "a trickle without end",
    step: { pieces: [{ text: says("a"), delayMs: 10, repeat: "forever" }] },
    timeout: { total: 300 },
    limit: "total",
  },
  {
    name: "a trickle without end, by a number",
    step: { pieces: [{ text: says("a"), delayMs: 10, repeat: "forever" }] },
    timeout: 300,
    limit: "total",
  },
];

for (const { name, step, timeout, limit, text, where } of slow) {
  test(
    `timeout: ${name}`,
    async ({ emulator }) => {
      const space = await emulator.space({ steps: [step], repeatLast: true });
      const client = new BedrockChatClient({
        baseURL: space.baseURL,
        apiKey: emulator.apiKey,
        timeout,
      });
      const readers = [
        (stream) => collect(stream).then(({ error }) => error),
        (stream) => collect(stream.textStream()).then(({ error }) => error),
        (stream) => fails(stream.finalChatCompletion()),
      ];
      for (const [index, read] of readers.entries()) {
        const start = Date.now();
        const stream = await client.chat.completions.create(body, { maxRetries: 0 });
        const error = await read(stream);
        assert.instanceOf(error, StreamTimeoutError);
        assert.instanceOf(error, APIConnectionTimeoutError);
        assert.equal(error.name, "StreamTimeoutError");
        assert.equal(error.timeout, limit);
        assert.include(error.message, limit);
        assert.deepEqual(error.partial, stream.partial);
        const content = error.partial.choices[0]?.message.content ?? "";
        if (text === undefined) assert.match(content, /^a+$/);
        else assert.equal(content, text);
        assert.isBelow(Date.now() - start, 5000);
        await space.waitFor("disconnected", index);
      }
    },
    where,
  );
}

test("timeout: no headers", async ({ emulator }) => {
  const space = await emulator.space({ steps: [{ never: true }], repeatLast: true });
  const client = new BedrockChatClient({
    baseURL: space.baseURL,
    apiKey: emulator.apiKey,
    timeout: { connect: 150 },
    maxRetries: 0,
  });
  const error = await fails(client.chat.completions.create(body));
  assert.instanceOf(error, StreamTimeoutError);
  assert.equal(error.timeout, "connect");
  await space.waitFor("disconnected", 0);
  const consumed = await fails(client.chat.completions.stream(request).finalContent());
  assert.equal(consumed.timeout, "connect");
  assert.isEmpty(consumed.partial.choices);
  await space.waitFor("disconnected", 1);
});

test("timeout: total spans the attempts", async ({ emulator }) => {
  const space = await emulator.space({ steps: [{ body: PING }], repeatLast: true });
  const client = new BedrockChatClient({
    baseURL: space.baseURL,
    apiKey: emulator.apiKey,
    timeout: { total: 400 },
    maxRetries: 50,
  });
  const start = Date.now();
  const { error } = await collect(client.chat.completions.stream(request));
  // Where the next pause would be longer than what is left, the last failure is told at once.
  assert.include(["StreamTimeoutError", "IncompleteStreamError"], error.name);
  assert.isBelow(Date.now() - start, 1500);
});

test("timeout: a consumer that is slow is none", async () => {
  const upstream = new Upstream();
  const client = clientOf(upstream.fetch, { timeout: { idle: 120, firstToken: 120 } });
  const stream = await client.chat.completions.create(body);
  await sleep(250);
  const seen = [];
  const reading = (async () => {
    for await (const chunk of stream) {
      seen.push(chunk);
      await sleep(200);
    }
  })();
  // The answers are there when somebody asks for them; between two questions much time passes.
  for (const text of [ROLE, PING, ROLE, says("a"), PING, says("b"), STOP + DONE]) {
    if (seen.length === 0 || upstream.pulls === 0) await sleep(5);
    const { pulls } = upstream;
    upstream.write(text);
    while (upstream.pulls === pulls && !upstream.isCancelled && !stream.metrics.total)
      await sleep(5);
  }
  await reading;
  assert.deepEqual(contents(seen), ["", "", "a", "b", ""]);
});

test("timeout: the time that counts adds up, whoever sleeps between", async () => {
  // Four waits of 60 ms each: more than the limit together, though none alone.
  const upstream = new Upstream();
  const client = clientOf(upstream.fetch, { timeout: { firstToken: 150 }, maxRetries: 0 });
  const stream = await client.chat.completions.create(body);
  const chunks = stream[Symbol.asyncIterator]();
  let error;
  for (let round = 0; round < 6 && !error; round++) {
    const next = chunks.next().catch((thrown) => (error = thrown));
    await sleep(60);
    if (!error) upstream.write(ROLE);
    await next;
    await sleep(20);
  }
  assert.equal(error?.timeout, "firstToken");
});

test("timeout: none of them runs between two attempts", async () => {
  const bodies = [PING, answer("a")];
  const fetch = async () =>
    new Response(bodies.shift(), { headers: { "content-type": "text/event-stream" } });
  const { random } = Math;
  // The longest pause: half a second.
  Math.random = () => 0.99;
  try {
    const client = clientOf(fetch, { timeout: { idle: 100, firstToken: 100, connect: 100 } });
    const stream = client.chat.completions.stream(request);
    assert.equal(await stream.finalContent(), "a");
    assert.equal(stream.metrics.attempts, 2);
  } finally {
    Math.random = random;
  }
});

test("timeout: what was decoded in time is still handed over", async () => {
  const upstream = new Upstream();
  const client = clientOf(upstream.fetch, { timeout: { total: 100 } });
  const stream = await client.chat.completions.create(body);
  upstream.write(says("a") + says("b"));
  const { items, error } = await collect(
    (async function* () {
      for await (const chunk of stream) {
        yield chunk;
        await sleep(150);
      }
    })(),
  );
  assert.deepEqual(contents(items), ["a", "b"]);
  assert.equal(error.timeout, "total");
});
