// The module dies, and everything goes on: traps in each of its functions, exceptions out of each
// import, a stack that is exhausted. See failing.js for how.

import { assert, test } from "../harness.js";
import { countdown, during, failing, instances } from "../failing.js";
import { answering, encode, fails } from "../helpers.js";

const bedrock = await failing();
const { gateway } = await import("bedrock-chat-failing/edge");
const { APIError, BedrockChatClient, BedrockError, InvalidRequestError, LimitError, ModuleError } = bedrock;

const model = "m";
const messages = [{ role: "user", content: "hi" }];
const headers = { "content-type": "application/json" };
const whole = '{"choices":[{"index":0,"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}]}';
const texts = ["one ", "two ", "three ", "four"];
const chunk = (content) => `data: {"id":"c","choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`;
const end = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
const streamed = texts.map(chunk).join("") + end;
const cuts = texts.map((_, at) => texts.slice(0, at + 1).map(chunk).join("").length);

const trap = () => true;
const thrower = (error) => () => {
  throw error;
};

/** A fetch that answers with what was asked for; `held` keeps the answer until it is told. */
function server(held) {
  return async (url, init) => {
    await held;
    // A new one each time: it notes its requests.
    const answer = JSON.parse(init.body).stream ? answering(streamed, { cuts }) : answering(whole, { headers });
    return answer(url, init);
  };
}

const clientOf = (options) =>
  new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: "k", maxRetries: 0, ...options });

/** Everything a client does, at once, each step by its outcome: a value, or an error. */
async function everything(client) {
  const steps = {
    create: async () => (await client.chat.completions.create({ model, messages })).choices[0].message.content,
    stream: async () => {
      let text = "";
      for await (const { choices } of await client.chat.completions.create({ model, messages, stream: true })) {
        text += choices[0].delta.content ?? "";
      }
      return text;
    },
    text: async () => {
      let text = "";
      for await (const piece of client.chat.completions.stream({ model, messages }).textStream()) text += piece;
      return text;
    },
    final: async () => client.chat.completions.stream({ model, messages }).finalContent(),
    response: async () => (await client.chat.completions.create({ model, messages }).asResponse()).json(),
    aborted: async () => {
      const stream = client.chat.completions.stream({ model, messages });
      await stream[Symbol.asyncIterator]().next();
      stream.abort();
      const error = await fails(stream.finalContent());
      if (!error.partial) throw error;
      return error.partial.choices[0].message.content;
    },
    derived: async () => {
      const derived = client.withOptions({ maxRetries: 1 });
      const { choices } = await derived.chat.completions.create({ model, messages });
      derived.free();
      return choices[0].message.content;
    },
    tee: async () => {
      const branches = (await client.chat.completions.create({ model, messages, stream: true })).tee();
      const read = async (branch) => {
        let text = "";
        for await (const piece of branch.textStream()) text += piece;
        return text;
      };
      return (await Promise.all(branches.map(read))).join("|");
    },
    told: async () => {
      let text = "";
      const stream = client.chat.completions.stream({ model, messages }).on("content", (delta) => (text += delta));
      await stream.done();
      return text;
    },
    run: async () => client.chat.completions.runTools({ model, messages, tools: [] }).finalContent(),
    streamedRun: async () => client.chat.completions.runTools({ model, messages, tools: [], stream: true }).finalContent(),
    gateway: async () => {
      const answers = [];
      for (const stream of [false, true]) {
        const body = JSON.stringify({ model, messages, stream });
        const request = new Request("https://page.example/v1/chat/completions", { method: "POST", headers, body });
        answers.push(await (await gateway({ client, models: [model] })(request)).text());
      }
      if (answers.some((text) => text.includes("error"))) throw new BedrockError(answers.join());
      return answers.map((text) => text.match(/"content":"[^"]*"/g).join()).join("|");
    },
    guard: async () => bedrock.guardContent("text", "suffix"),
  };
  const names = Object.keys(steps);
  const outcomes = await Promise.allSettled(names.map((name) => steps[name]()));
  return Object.fromEntries(names.map((name, at) => [name, outcomes[at]]));
}

/** What each of them comes to while nothing fails. */
let right;

/** Each is as it should be, or a typed error; how many are errors. */
async function check(outcomes, what, allowed = () => false) {
  right ??= await everything(clientOf({ fetch: server() }));
  let failed = 0;
  for (const [name, { status, value, reason }] of Object.entries(outcomes)) {
    if (status === "fulfilled") assert.deepEqual(value, right[name].value, `${what}: ${name}`);
    else {
      failed++;
      const typed = reason instanceof BedrockError || allowed(reason);
      assert.isTrue(typed, `${what}: ${name}: ${reason?.stack}`);
    }
  }
  return failed;
}

test("life: everything is right while nothing fails", async () => {
  right = await everything(clientOf({ fetch: server() }));
  for (const [name, { reason }] of Object.entries(right)) assert.isUndefined(reason, name);
  assert.equal(right.stream.value, texts.join(""));
  assert.equal(right.aborted.value, texts[0]);
});

test("life: the first stream of an instance finds its memory where it is, however much of it is used", async () => {
  const { memory } = instances.latest;
  const page = 64 << 10;
  // Of these, one leaves too little of a page for what the first stream takes.
  for (let used = 0; used < page; used += 2 << 10) {
    const client = clientOf({ fetch: server(), defaultHeaders: { "x-large": "x".repeat(used) } });
    await during({ fuse: trap }, () => fails(client.chat.completions.create({ model, messages })));
    assert.equal(await client.chat.completions.stream({ model, messages }).finalContent(), texts.join(""), `${used}`);
    assert.notStrictEqual(instances.latest.memory, memory);
    client.free();
  }
});

test("life: a trap ends what is in flight, once, with a typed error, and the next call works", async () => {
  let answer;
  const held = new Promise((resolve) => (answer = resolve));
  const client = clientOf({ fetch: server() });
  const pending = fails(clientOf({ fetch: server(held) }).chat.completions.create({ model, messages }));
  const stream = client.chat.completions.stream({ model, messages });
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  const before = instances.count;

  const culprit = await during({ fuse: countdown(1, trap).step }, () => fails(client.chat.completions.create({ model, messages })));
  const next = await fails(iterator.next());
  const errors = [culprit, next, await pending];
  for (const error of errors) {
    assert.strictEqual(error.constructor, ModuleError);
    assert.instanceOf(error, APIError);
    assert.instanceOf(error.cause, WebAssembly.RuntimeError);
    assert.isFalse(error.retryable);
  }
  assert.equal(new Set(errors).size, 3);
  assert.equal(next.attempts, 1);
  // What had come of the stream.
  assert.equal(next.partial.choices[0].message.content, texts[0]);
  assert.equal(stream.partial.choices[0].message.content, texts[0]);
  assert.deepEqual(await iterator.next(), { done: true, value: undefined });
  assert.strictEqual(await fails(stream.finalChatCompletion()), next);
  answer();

  await check(await everything(client), "afterwards");
  assert.equal(instances.count, before + 1);
  client.free();
});

test("life: a trap in any function of the module, one after the other", async () => {
  const client = clientOf({ fetch: server() });
  const all = countdown(Infinity);
  await during({ fuse: all.step }, () => everything(client));
  assert.isAbove(all.calls, 1000);
  let failed = 0;
  // All of them would take minutes: a step that is prime to nothing much.
  for (let at = 1; at <= all.calls; at += at < 20 ? 1 : 397) {
    const fuse = countdown(at, trap);
    failed += await check(await during({ fuse: fuse.step }, () => everything(client)), `trap ${at}`);
    assert.equal(await check(await everything(client), `after trap ${at}`), 0);
  }
  assert.isAbove(failed, 50);
  client.free();
});

test("life: an exception out of any import, one by one: of the engine's and of others", async () => {
  const client = clientOf({ fetch: server() });
  const all = countdown(Infinity);
  const names = new Set();
  await during({ watch: (name) => names.add(name) && all.step() }, () => everything(client));
  assert.isAtLeast(names.size, 13);
  let failed = 0;
  const top = instances.latest.sp.value;
  for (const error of [new RangeError("Maximum call stack size exceeded"), new Error("mine")]) {
    for (let at = 1; at <= all.calls; at += 17) {
      const watch = countdown(at, thrower(error));
      const { sp } = instances.latest;
      const outcomes = await during({ watch: watch.step }, () => everything(client));
      failed += await check(outcomes, `${error.name} ${at}`);
      assert.equal(sp.value, top);
      assert.equal(await check(await everything(client), `after ${error.name} ${at}`), 0);
    }
  }
  assert.isAbove(failed, 50);
  client.free();
});

/** Calls back where the stack ends, and at steps above until there is room again. */
function atTheEnd(run, levels, step) {
  let level = 0;
  const deeper = () => {
    try {
      deeper();
    } catch {
      // Here, or a little further in.
    }
    if (level++ < levels && level % step === 0) run();
  };
  deeper();
}

test("life: calls at the end of the stack harm nobody else", async () => {
  const client = clientOf({ fetch: server() });
  const bystander = client.chat.completions.stream({ model, messages })[Symbol.asyncIterator]();
  await bystander.next();
  const before = instances.count;
  const outcomes = [];
  for (let burst = 0; burst < 100; burst++) {
    const run = () => {
      try {
        outcomes.push(client.chat.completions.create({ model, messages }).then(() => "done", (error) => error));
      } catch (error) {
        outcomes.push(error);
      }
    };
    // Another step each time: other depths.
    atTheEnd(run, 1500, 20 + burst);
  }
  const engines = (error) => error instanceof RangeError || error.name === "InternalError";
  let refused = 0;
  for (const outcome of await Promise.all(outcomes)) {
    if (outcome === "done") continue;
    refused++;
    assert.isTrue(outcome instanceof BedrockError || engines(outcome), outcome?.stack);
  }

  assert.isAbove(refused, 50);
  let text = texts[0];
  for (let step; !(step = await bystander.next()).done; ) text += step.value.choices[0].delta.content ?? "";
  assert.equal(text, texts.join(""));
  assert.equal(instances.count, before);
  assert.equal(await check(await everything(client), "afterwards"), 0);
  client.free();
});

test("life: what a caller's code throws ends its own call alone, thousands of times", async () => {
  const client = clientOf({ fetch: server() });
  const bystander = client.chat.completions.stream({ model, messages })[Symbol.asyncIterator]();
  await bystander.next();
  const before = instances.count;
  const mine = new Error("mine");
  const fail = thrower(mine);
  const throwing = (name) => Object.defineProperty({}, name, { get: fail, enumerable: true });
  const careless = [
    () => client.chat.completions.create({ model, messages }, { headers: [["x-a", { toString: fail }]] }),
    () => client.chat.completions.create({ model, messages }, { headers: throwing("x-a") }),
    () => client.chat.completions.create({ model, messages, ...{ metadata: throwing("a") } }),
    () => client.chat.completions.create({ model, messages }, throwing("timeout")),
    () => client.withOptions({ fetch: fail }).chat.completions.create({ model, messages }),
    () => client.withOptions({ apiKey: fail }).chat.completions.create({ model, messages }),
  ];
  for (let times = 0; times < 3000; times++) {
    const error = await fails(careless[times % careless.length]());
    assert.isTrue(error === mine || error.cause === mine || error instanceof BedrockError, error.stack);
  }
  assert.equal(instances.count, before);
  assert.equal((await bystander.next()).value.choices[0].delta.content, texts[1]);
  assert.equal(await check(await everything(client), "afterwards"), 0);
  client.free();
});

test("life: what the runtime refuses ends its own call alone", async () => {
  const client = clientOf({ fetch: server() });
  const bystander = client.chat.completions.stream({ model, messages })[Symbol.asyncIterator]();
  await bystander.next();
  const before = instances.count;
  const { setTimeout } = globalThis;
  const cause = new Error("no timers here");
  // As workerd does outside of requests.
  globalThis.setTimeout = thrower(cause);
  let error;
  try {
    error = await fails(client.chat.completions.create({ model, messages }));
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assert.strictEqual(error.constructor, APIError);
  assert.strictEqual(error.cause, cause);
  assert.equal((await bystander.next()).value.choices[0].delta.content, texts[1]);
  assert.equal(instances.count, before);
  client.free();
});

test("life: a trap in a call that is made within fetch, and within the abort of another", async () => {
  let inner;
  const trapped = () => {
    const hooks = { fuse: countdown(1, trap).step };
    inner = during(hooks, () => fails(client.chat.completions.create({ model, messages })));
  };
  const fetch = server();
  const client = clientOf({ fetch });
  const within = clientOf({
    fetch(url, init) {
      trapped();
      return fetch(url, init);
    },
  });
  const outer = await fails(within.chat.completions.create({ model, messages }));
  assert.strictEqual(outer.constructor, ModuleError);
  assert.strictEqual((await inner).constructor, ModuleError);
  assert.notStrictEqual(outer, await inner);

  const controller = new AbortController();
  controller.signal.addEventListener("abort", trapped);
  const call = fails(client.chat.completions.create({ model, messages }, { signal: controller.signal }));
  controller.abort();
  assert.instanceOf(await call, BedrockError);
  await inner;
  assert.equal(await check(await everything(client), "afterwards"), 0);
});

test("life: what fails over the bytes of a stream is no failed connection", async () => {
  const mine = new Error("mine");
  const client = clientOf({ fetch: server(), maxRetries: 2 });
  for (const read of [0, 1]) {
    const stream = client.chat.completions.stream({ model, messages });
    const iterator = stream[Symbol.asyncIterator]();
    if (read) await iterator.next();
    Uint8Array.prototype.set = thrower(mine);
    const error = await fails(iterator.next()).finally(() => delete Uint8Array.prototype.set);
    assert.strictEqual(error.constructor, BedrockError);
    assert.strictEqual(error.cause, mine);
    assert.equal(stream.partial.choices[0]?.message.content, read ? texts[0] : undefined);
    assert.strictEqual(await fails(stream.finalContent()), error);
  }
  assert.equal(await client.chat.completions.stream({ model, messages }).finalContent(), texts.join(""));
});

test("life: clients of a dead instance may be freed, derived from and forgotten", async () => {
  const client = clientOf({ fetch: server() });
  const other = client.withOptions({ maxRetries: 1 });
  const stream = other.chat.completions.stream({ model, messages });
  await during({ fuse: countdown(1, trap).step }, () => fails(client.chat.completions.create({ model, messages })));
  other.free();
  stream.abort();
  assert.strictEqual((await fails(stream.finalContent())).constructor, ModuleError);
  const derived = client.withOptions({ maxRetries: 0 });
  client.free();
  assert.equal(await check(await everything(derived), "derived"), 0);
  derived.free();
  assert.strictEqual((await fails(derived.chat.completions.create({ model, messages }))).name, "ConfigurationError");
});

/** Workers have less by default. */
const limits = { response: 2 ** 27 };

test("life: where memory ends, large streams fail one by one", async () => {
  const piece = chunk("x".repeat(60_000));
  const large = async () => {
    let left = 300;
    const pull = (controller) => {
      controller.enqueue(encode(left-- > 0 ? piece : end));
      if (left < 0) controller.close();
    };
    return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), {
      headers: { "content-type": "text/event-stream" },
    });
  };
  const client = clientOf({ fetch: large, limits });
  const bystander = clientOf({ fetch: server() }).chat.completions.stream({ model, messages })[Symbol.asyncIterator]();
  await bystander.next();
  const before = instances.count;
  const outcomes = await Promise.allSettled(
    Array.from({ length: 12 }, () => client.chat.completions.stream({ model, messages }).finalContent()),
  );
  const failed = outcomes.filter(({ status }) => status === "rejected").map(({ reason }) => reason);
  for (const error of failed) {
    assert.strictEqual(error.constructor, LimitError, error.stack);
    assert.equal(error.limit, "memory");
    assert.isFalse(error.retryable);
    // Where there is memory for that.
    if (error.partial) assert.match(error.partial.choices[0].message.content, /^x+$/);
  }
  const whole = outcomes.filter(({ status }) => status === "fulfilled").map(({ value }) => value.length);
  assert.isNotEmpty(failed);
  assert.isNotEmpty(whole);
  for (const length of whole) assert.equal(length, 300 * 60_000);
  assert.equal(instances.count, before);
  assert.equal((await bystander.next()).value.choices[0].delta.content, texts[1]);
});

test("life: where memory ends, large answers and requests fail one by one", async () => {
  const content = "x".repeat(40 << 20);
  const answer = `{"choices":[{"index":0,"message":{"content":"${content}"},"finish_reason":"stop"}]}`;
  const client = clientOf({ fetch: async () => new Response(answer, { headers }), limits });
  const before = instances.count;
  const error = await fails(client.chat.completions.create({ model, messages }));
  assert.strictEqual(error.constructor, LimitError, error.stack);
  assert.equal(error.limit, "memory");
  const request = client.chat.completions.create({ model, messages: [{ role: "user", content }] });
  assert.strictEqual((await fails(request)).constructor, InvalidRequestError);
  assert.isAtMost(instances.count, before + 1);
});

test(
  "life: memory that a large answer took goes with its instance",
  async () => {
    const content = "x".repeat(18 << 20);
    const answer = `{"choices":[{"index":0,"message":{"content":"${content}"},"finish_reason":"stop"}]}`;
    const client = clientOf({ fetch: async () => new Response(answer, { headers }) });
    assert.lengthOf((await client.chat.completions.create({ model, messages })).choices[0].message.content, content.length);
    const { count, latest } = instances;
    assert.isAbove(latest.memory.buffer.byteLength, 64 << 20);
    const small = client.withOptions({ fetch: server() });
    assert.equal(await check(await everything(small), "afterwards"), 0);
    assert.equal(instances.count, count + 1);
    assert.isBelow(instances.latest.memory.buffer.byteLength, 4 << 20);
  },
  { except: ["workerd"], why: "an isolate has 128 MB, less than such an answer takes" },
);
