// Clocks and task queues that are not the runtime's own: what tests of others put in their place, and
// what frameworks do.

import { BedrockChatClient, RateLimitError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const model = "m";
const messages = [{ role: "user", content: "Hi" }];
const json = { "content-type": "application/json" };
const events =
  'data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
const completion = '{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}';

const NAMES = ["setTimeout", "clearTimeout", "setInterval", "setImmediate", "queueMicrotask", "Date"];

/**
 * The world stands still, as under Jest's and sinon's fake timers: nothing that is put off is done
 * before `clock` does it.
 */
async function standingStill(start, body) {
  const own = NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  const { now } = performance;
  const clock = {
    ms: start,
    timers: new Map(),
    microtasks: [],
    /** Does at once what is due within so long. */
    tick(ms) {
      const end = clock.ms + ms;
      for (;;) {
        for (const task of clock.microtasks.splice(0)) task();
        const [id, timer] = [...clock.timers].sort((a, b) => a[1].at - b[1].at)[0] ?? [];
        if (!timer || timer.at > end) break;
        clock.timers.delete(id);
        clock.ms = Math.max(clock.ms, timer.at);
        timer.task();
      }
      clock.ms = end;
    },
  };
  let ids = 0;
  const later = (task, ms = 0) => {
    clock.timers.set(++ids, { task, at: clock.ms + ms });
    return ids;
  };
  const RealDate = Date;
  const fakes = {
    setTimeout: later,
    clearTimeout: (id) => void clock.timers.delete(id),
    setInterval: later,
    setImmediate: later,
    queueMicrotask: (task) => void clock.microtasks.push(task),
    Date: class extends RealDate {
      constructor(...given) {
        super(...(given.length > 0 ? given : [clock.ms]));
      }
      static now() {
        return clock.ms;
      }
    },
  };
  try {
    for (const [name, descriptor] of own) {
      if (descriptor) globalThis[name] = fakes[name];
    }
    performance.now = () => clock.ms;
    return await body(clock);
  } finally {
    for (const [name, descriptor] of own) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    }
    performance.now = now;
  }
}

/** As many turns of promises as anything takes. */
async function promises() {
  for (let turn = 0; turn < 1000; turn++) await undefined;
}

function client(fetch, options) {
  return new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch, ...options });
}

for (const start of [0, 1.7e12, -5]) {
  test(`clock: mocked calls settle while it stands at ${start}`, () =>
    standingStill(start, async () => {
      const whole = client(answering(completion, { headers: json })).chat.completions;
      const it = client(answering(events)).chat.completions;
      assert.equal((await whole.create({ model, messages })).choices[0].message.content, "Hello");
      const { data, response } = await whole.create({ model, messages }).withResponse();
      assert.equal(data.choices[0].message.content, "Hello");
      assert.equal(response.status, 200);
      let text = "";
      for await (const chunk of await it.create({ model, messages, stream: true })) text += chunk.choices[0].delta.content;
      assert.equal(text, "Hello");
      assert.equal(await it.stream({ model, messages }).finalContent(), "Hello");
      const refused = client(answering('{"message":"no"}', { status: 400, headers: json }));
      assert.equal((await fails(refused.chat.completions.create({ model, messages }))).status, 400);
      const told = [];
      const stream = it.stream({ model, messages }).on("content", (text) => told.push(text));
      await stream.done();
      assert.deepEqual(told, ["Hello"]);
      const run = { model, messages, tools: [] };
      assert.equal(await whole.runTools(run).finalContent(), "Hello");
      assert.equal(await it.runTools({ ...run, stream: true }).finalContent(), "Hello");
      const signed = client(answering(completion, { headers: json }), {
        apiKey: undefined,
        credentials: async () => ({ accessKeyId: "id", secretAccessKey: "secret", sessionToken: "token" }),
        region: "us-east-1",
      });
      assert.equal((await signed.chat.completions.create({ model, messages })).choices[0].message.content, "Hello");
    }));
}

test("clock: a pause between attempts is one of it", () =>
  standingStill(0, async (clock) => {
    const retried = [];
    const answers = [answering("{}", { status: 429, headers: json }), answering(completion, { headers: json })];
    const it = client((...given) => answers.shift()(...given), { onRetry: ({ error }) => retried.push(error) });
    let done = false;
    const call = it.chat.completions.create({ model, messages }).then(() => (done = true));
    // No time goes by meanwhile.
    await promises();
    assert.instanceOf(retried[0], RateLimitError);
    assert.isFalse(done);
    clock.tick(60_000);
    await call;
    assert.isEmpty(answers);
  }));

test("clock: one that moves on within a fetch, and empties its queues there, upsets no call", () =>
  standingStill(0, async (clock) => {
    let others = 0;
    const it = client(
      async () => {
        clock.tick(10);
        // Another call within this one, under the module's frames.
        if (others++ < 3) void it.chat.completions.create({ model, messages }).catch(() => {});
        clock.tick(10);
        return answering(completion, { headers: json })();
      },
      { timeout: { connect: 15, total: 1000 } },
    );
    for (let round = 0; round < 3; round++) {
      const { choices } = await it.chat.completions.create({ model, messages });
      assert.equal(choices[0].message.content, "Hello");
    }
    // A fetch that waits longer than its limit.
    const slow = client(() => (clock.tick(2000), new Promise(() => {})), { maxRetries: 0, timeout: 1500 });
    const late = fails(slow.chat.completions.create({ model, messages }));
    await promises();
    clock.tick(1);
    assert.equal((await late).timeout, "total");
  }));
