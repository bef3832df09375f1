// Whoever leaves a stream cancels its request; nothing is read for nobody; no listener stays.

import { APIUserAbortError, BedrockChatClient } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails, sleep, turns, until } from "../helpers.js";
import {
  answer,
  clientOf,
  collect,
  contents,
  DONE,
  PING,
  request,
  says,
  STOP,
  Upstream,
} from "./stream-parts.js";

const body = { ...request, stream: true };
const endless = { pieces: [{ text: says("a"), delayMs: 5, repeat: "forever" }] };
const stalled = { body: says("a"), then: "stall" };

async function begin(emulator, step, options) {
  const space = await emulator.space({ steps: [step], repeatLast: true });
  const { baseURL } = space;
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey, ...options });
  return { space, client, completions: client.chat.completions };
}

const first = async (iterable) => {
  const iterator = iterable[Symbol.asyncIterator]();
  assert.isFalse((await iterator.next()).done);
  return iterator;
};

// How a stream can be left, at once: nobody waits for an item.
const ways = {
  "break in a loop": async (stream) => {
    for await (const _ of stream) break;
  },
  "break in a loop over the text": async (stream) => {
    for await (const _ of stream.textStream()) break;
  },
  "return in a loop": (stream) =>
    (async () => {
      for await (const _ of stream) return;
    })(),
  "return() of the text": async (stream) => {
    const text = await first(stream.textStream());
    assert.deepEqual(await text.return("bye"), { done: true, value: "bye" });
    assert.deepEqual(await text.next(), { done: true, value: undefined });
  },
  "return() before next()": (stream) => stream[Symbol.asyncIterator]().return(),
  "abort()": async (stream) => {
    await first(stream);
    stream.abort();
  },
  "abort() of a stream that nobody reads": async (stream) => stream.abort(),
  "controller.abort()": async (stream) => {
    await first(stream.textStream());
    stream.controller.abort();
  },
  "the caller's signal": async (stream, { abort }) => {
    await first(stream);
    abort();
  },
  "the caller's signal, and nobody reads": async (_, { abort }) => abort(),
  "client.free()": async (stream, { client }) => {
    await first(stream);
    client.free();
  },
  "both branches of tee()": async (stream) => {
    const [one, two] = stream.tee();
    for await (const _ of one) break;
    (await first(two.textStream())).return();
  },
  "both branches of tee(), aborted": async (stream) => {
    for (const branch of stream.tee()) branch.abort();
  },
  "abort() of a stream that was split": async (stream) => {
    const [one] = stream.tee();
    await first(one);
    stream.abort();
  },
  "toReadableStream().cancel()": async (stream) => {
    const reader = stream.toReadableStream().getReader();
    await reader.read();
    await reader.cancel();
  },
  "toReadableStream().cancel() before a read": (stream) => stream.toReadableStream().cancel(),
  "the body of toSSEResponse() cancelled": async (stream) => {
    const reader = stream.toSSEResponse().body.getReader();
    await reader.read();
    await reader.cancel();
  },
  "Symbol.dispose": async (stream) => {
    if (!Symbol.dispose) return stream.abort();
    await first(stream);
    stream[Symbol.dispose]();
  },
  "Symbol.asyncDispose": async (stream) => {
    if (!Symbol.asyncDispose) return stream.abort();
    await first(stream);
    await stream[Symbol.asyncDispose]();
  },
};

for (const [name, leave] of Object.entries(ways)) {
  test(`cancel: ${name}`, async ({ emulator }) => {
    for (const step of [endless, stalled]) {
      const { space, client, completions } = await begin(emulator, step);
      const controller = new AbortController();
      const stream = await completions.create(body, { signal: controller.signal });
      await leave(stream, { client, abort: () => controller.abort() });
      await space.waitFor("disconnected");
      await turns();
      assert.isFalse(stream.response.body.locked);
      assert.instanceOf(await fails(stream.finalChatCompletion()), APIUserAbortError);
    }
  });
}

// The same while somebody waits for an item that does not come.
const ends = {
  "abort()": (stream) => stream.abort(),
  "controller.abort()": (stream) => stream.controller.abort(),
  "the caller's signal": (_, { abort }) => abort(),
  "client.free()": (_, { client }) => client.free(),
};

for (const [name, end] of Object.entries(ends)) {
  test(`cancel: ${name} while somebody waits`, async ({ emulator }) => {
    const readers = {
      chunks: (stream) => collect(stream),
      text: (stream) => collect(stream.textStream()),
      final: (stream) => fails(stream.finalChatCompletion()).then((error) => ({ error })),
      branch: (stream) => collect(stream.tee()[0]),
      bytes: async (stream) => {
        const reader = stream.toReadableStream().getReader();
        await reader.read();
        return { error: await fails(reader.read()) };
      },
    };
    for (const [how, read] of Object.entries(readers)) {
      const { space, client, completions } = await begin(emulator, stalled);
      const controller = new AbortController();
      const stream = await completions.create(body, { signal: controller.signal });
      const reading = read(stream);
      await until(() => stream.partial.choices.length > 0);
      end(stream, { client, abort: () => controller.abort() });
      const { error } = await reading;
      assert.instanceOf(error, APIUserAbortError, how);
      assert.equal(error.name, "APIUserAbortError");
      assert.equal(error.partial.choices[0]?.message.content, "a", how);
      assert.isTrue(stream.controller.signal.aborted);
      await space.waitFor("disconnected");
    }
  });
}

test("cancel: before the headers", async ({ emulator }) => {
  for (const [name, end] of Object.entries(ends)) {
    const { space, client, completions } = await begin(emulator, { never: true });
    const controller = new AbortController();
    const stream = completions.stream(request, { signal: controller.signal });
    const reading = collect(stream);
    await space.waitFor("received");
    end(stream, { client, abort: () => controller.abort() });
    const { items, error } = await reading;
    assert.isEmpty(items);
    assert.instanceOf(error, APIUserAbortError, name);
    await space.waitFor("disconnected");
  }
});

test("cancel: a signal that was aborted before", async ({ emulator }) => {
  const { space, completions } = await begin(emulator, stalled);
  const signal = AbortSignal.abort("no");
  for (const promise of [
    completions.create(body, { signal }),
    completions.stream(request, { signal }).finalContent(),
    collect(completions.stream(request, { signal })).then(({ error }) => Promise.reject(error)),
  ]) {
    const error = await fails(promise);
    assert.instanceOf(error, APIUserAbortError);
    assert.equal(error.cause, "no");
  }
  assert.isEmpty(await space.requests());
});

test("cancel: after the headers, before anybody asked for the stream", async () => {
  for (const end of ["signal", "free"]) {
    const upstream = new Upstream();
    const client = clientOf(upstream.fetch);
    const controller = new AbortController();
    const promise = client.chat.completions.create(body, { signal: controller.signal });
    await promise.asResponse();
    upstream.write(answer("a"));
    if (end === "signal") controller.abort("late");
    else client.free();
    const stream = await promise;
    const { items, error } = await collect(stream);
    assert.isEmpty(items);
    assert.instanceOf(error, APIUserAbortError);
    assert.equal(error.cause, end === "signal" ? "late" : undefined);
    await upstream.cancelled.promise;
  }
});

test("cancel: the reason is the cause", async () => {
  const reason = new RangeError("mine");
  const ways = [
    (stream) => stream.abort(reason),
    (stream) => stream.controller.abort(reason),
    (_, controller) => controller.abort(reason),
  ];
  for (const end of ways) {
    const upstream = new Upstream();
    const controller = new AbortController();
    const stream = await clientOf(upstream.fetch).chat.completions.create(body, {
      signal: controller.signal,
    });
    end(stream, controller);
    const { error } = await collect(stream);
    assert.instanceOf(error, APIUserAbortError);
    assert.equal(error.cause, reason);
    assert.equal(stream.controller.signal.reason, reason);
    await upstream.cancelled.promise;
  }
});

test("cancel: an abort drops what was decoded and not asked for", async () => {
  const upstream = new Upstream();
  const stream = await clientOf(upstream.fetch).chat.completions.create(body);
  upstream.write(answer("a", "b", "c").replace(DONE, ""));
  const chunks = await first(stream);
  stream.abort();
  const error = await fails(chunks.next());
  assert.instanceOf(error, APIUserAbortError);
  // It was decoded, all the same.
  assert.equal(error.partial.choices[0].message.content, "abc");
  assert.deepEqual(await chunks.next(), { done: true, value: undefined });
});

test("cancel: an abort drops the rest of what came as one piece with its end", async () => {
  for (const abort of [(stream) => stream.abort("enough"), (stream) => stream.controller.abort("enough")]) {
    const upstream = new Upstream();
    const stream = await clientOf(upstream.fetch).chat.completions.create(body);
    upstream.write(answer("a", "b"));
    const chunks = await first(stream);
    abort(stream);
    const error = await fails(chunks.next());
    assert.instanceOf(error, APIUserAbortError);
    assert.equal(error.cause, "enough");
    assert.equal(error.partial.choices[0].message.content, "ab");
    assert.deepEqual(await chunks.next(), { done: true, value: undefined });
    assert.equal(await fails(stream.finalContent()), error);
  }
});

test("cancel: an abort when the end was told changes nothing", async () => {
  const upstream = new Upstream();
  const stream = await clientOf(upstream.fetch).chat.completions.create(body);
  upstream.write(answer("a", "b"));
  const { items } = await collect(stream);
  stream.abort();
  stream.controller.abort();
  assert.deepEqual(contents(items), ["a", "b", ""]);
  assert.equal(await stream.finalContent(), "ab");
  assert.isTrue(stream.controller.signal.aborted);
});

test("cancel: one branch that is left lets the other go on", async ({ emulator }) => {
  const leave = {
    break: async (branch) => {
      for await (const _ of branch) break;
    },
    abort: async (branch) => branch.abort(),
    controller: async (branch) => branch.controller.abort(),
    cancel: (branch) => branch.toReadableStream().cancel(),
  };
  for (const [name, end] of Object.entries(leave)) {
    const pieces = [{ text: says("a") }, { text: says("b") + STOP + DONE, delayMs: 50 }];
    const { space, completions } = await begin(emulator, { pieces });
    const [one, two] = (await completions.create(body)).tee();
    await end(one);
    const { items, error } = await collect(two);
    assert.isUndefined(error, name);
    assert.deepEqual(contents(items), ["a", "b", ""]);
    // Who left is told so, and not that all went well.
    assert.instanceOf(await fails(one.finalContent()), APIUserAbortError, name);
    assert.equal((await space.waitFor("ended")).status, 200);
  }
});

test("cancel: a branch that waits is woken by its abort alone", async () => {
  const upstream = new Upstream();
  const [one, two] = (await clientOf(upstream.fetch).chat.completions.create(body)).tee();
  const ending = collect(one);
  const final = fails(one.finalContent());
  const other = collect(two.textStream());
  upstream.write(says("a"));
  await turns();
  one.abort("me");
  const { items, error } = await ending;
  assert.deepEqual(contents(items), ["a"]);
  assert.instanceOf(error, APIUserAbortError);
  assert.equal(error.cause, "me");
  assert.equal(error.partial.choices[0].message.content, "a");
  assert.equal(await final, error);
  assert.isTrue(one.controller.signal.aborted);
  assert.isFalse(two.controller.signal.aborted);
  upstream.write(says("b") + STOP + DONE);
  assert.deepEqual(await other, { items: ["a", "b"] });
});

test("cancel: no listener stays on a signal that is used for 1,000 calls", async ({ runtime }) => {
  const { signal } = new AbortController();
  let listeners = 0;
  for (const [method, change] of [
    ["addEventListener", 1],
    ["removeEventListener", -1],
  ]) {
    const original = signal[method];
    signal[method] = function (...given) {
      listeners += change;
      return original.apply(this, given);
    };
  }
  const respond = (text, type) => async () =>
    new Response(text, { headers: { "content-type": type } });
  const completion = JSON.stringify({ object: "chat.completion", choices: [] });
  const stream = respond(answer("a", "b"), "text/event-stream");
  const calls = [
    [stream, (completions) => completions.stream(request, { signal }).finalContent()],
    [stream, async (completions) => collect(await completions.create(body, { signal }))],
    [
      stream,
      async (completions) => {
        for await (const _ of completions.stream(request, { signal })) break;
      },
    ],
    [stream, (completions) => completions.stream(request, { signal }).abort()],
    [stream, (completions) => collect(completions.stream(request, { signal }).tee()[0])],
    [
      respond(says("a"), "text/event-stream"),
      (completions) => fails(completions.stream(request, { signal }).finalContent()),
    ],
    [
      respond(completion, "application/json"),
      (completions) => completions.create(request, { signal }),
    ],
    [respond("<p>", "text/html"), (completions) => fails(completions.create(request, { signal }))],
    [
      () => Promise.reject(new TypeError("no")),
      (completions) => fails(completions.create(request, { signal })),
    ],
    [
      () => new Promise(() => {}),
      (completions) => fails(completions.create(body, { signal, timeout: { connect: 1 } })),
    ],
  ];
  let most = 0;
  for (let round = 0; round < 100; round++) {
    for (const [fetch, call] of calls) {
      await call(clientOf(fetch, { maxRetries: 0 }).chat.completions);
      most = Math.max(most, listeners);
    }
  }
  await turns();
  assert.equal(listeners, 0);
  assert.isAtMost(most, 3);
  if (runtime === "node") {
    const events = process.getBuiltinModule?.("node:events");
    if (events) assert.isEmpty(events.getEventListeners(signal, "abort"));
  }
});

test("cancel: twenty calls at once are one listener on their signal, and warn of nothing", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const warnings = [];
  const warn = (warning) => warnings.push(warning.name);
  // Node counts, from version 20 on.
  globalThis.process?.on?.("warning", warn);
  let listeners = 0;
  const { addEventListener } = signal;
  signal.addEventListener = function (...given) {
    listeners++;
    return addEventListener.apply(this, given);
  };
  const upstreams = [];
  const fetch = (...given) => {
    upstreams.push(new Upstream());
    return upstreams.at(-1).fetch(...given);
  };
  const { completions } = clientOf(fetch, { maxRetries: 0 }).chat;
  const ends = [];
  for (let i = 0; i < 5; i++) {
    const messages = [{ role: "user", content: "Hi" }];
    ends.push(fails(completions.create({ ...request, stream: false }, { signal })));
    ends.push(completions.create(body, { signal }).then((stream) => collect(stream)).then(({ error }) => error));
    ends.push(fails(completions.stream(request, { signal }).finalContent()));
    ends.push(fails(completions.runTools({ ...request, messages, tools: [] }, { signal }).finalContent()));
  }
  while (upstreams.length < ends.length) await turns();
  assert.equal(listeners, 1);
  controller.abort();
  for (const error of await Promise.all(ends)) assert.instanceOf(error, APIUserAbortError);
  await turns();
  globalThis.process?.off?.("warning", warn);
  assert.isEmpty(warnings);
});

test("cancel: a consumer that sleeps reads nothing ahead", async () => {
  const upstream = new Upstream();
  const stream = await clientOf(upstream.fetch).chat.completions.create(body);
  await turns();
  assert.equal(upstream.pulls, 0);
  const chunks = stream[Symbol.asyncIterator]();
  const next = chunks.next();
  await upstream.wanted();
  upstream.write(says("a") + says("b"));
  await next;
  await turns();
  assert.equal(upstream.pulls, 1);
  // The second is there already.
  await chunks.next();
  await turns();
  assert.equal(upstream.pulls, 1);
  const third = chunks.next();
  await turns();
  assert.equal(upstream.pulls, 2);
  upstream.write(STOP + DONE);
  await third;
});

test("cancel: bytes that are passed on are not read ahead either", async () => {
  for (const make of ["toReadableStream", "toSSEResponse"]) {
    const upstream = new Upstream();
    const stream = await clientOf(upstream.fetch).chat.completions.create(body);
    const passed = stream[make]();
    const reader = (passed.body ?? passed).getReader();
    await turns();
    assert.equal(upstream.pulls, 0);
    const next = reader.read();
    await turns();
    upstream.write(says("a"));
    await next;
    await turns();
    assert.equal(upstream.pulls, 1);
    await reader.cancel();
    await upstream.cancelled.promise;
  }
});

test(
  "cancel: what the emulator sends stops growing while the consumer sleeps",
  async ({ emulator }) => {
    const { space, completions } = await begin(emulator, {
      pieces: [{ text: says("x".repeat(1000)), repeat: "forever" }],
    });
    const chunks = await first(await completions.create(body));
    const sent = async () => (await space.requests())[0].bytesSent;
    let before = -1;
    let bytes = await sent();
    // The sockets and the engine fill up first.
    for (let round = 0; round < 40 && bytes !== before; round++) {
      await sleep(250);
      before = bytes;
      bytes = await sent();
    }
    assert.equal(bytes, before);
    await chunks.return();
    await space.waitFor("disconnected");
  },
  {
    except: ["firefox", "webkit"],
    why: "fetch itself reads ahead there, without a limit",
  },
);

test("cancel: a large read is handed over before all of it is decoded", async () => {
  const upstream = new Upstream();
  const stream = await clientOf(upstream.fetch).chat.completions.create(body);
  const words = Array.from({ length: 2000 }, (_, at) => `w${at} `);
  upstream.write(answer(...words));
  const chunks = await first(stream);
  assert.isBelow(stream.partial.choices[0].message.content.length, 1000);
  const { items } = await collect({ [Symbol.asyncIterator]: () => chunks });
  assert.equal(contents(items).join(""), words.slice(1).join(""));
});

test("cancel: keep-alives while nobody reads are nobody's", async ({ emulator }) => {
  const { space, completions } = await begin(emulator, {
    pieces: [{ text: PING, delayMs: 5, repeat: "forever" }],
  });
  const stream = await completions.create(body);
  stream.abort();
  await space.waitFor("disconnected");
});
