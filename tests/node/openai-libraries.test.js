// What well-known libraries do with a client of the npm package `openai`, and what people do at odd
// moments, run with it and with ours. At the end: where ours differs on purpose.

import { BedrockChatClient } from "bedrock-chat";
import OpenAI from "openai";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { assert, test } from "../harness.js";
import { EVENTS, call, chunk, completion, exact, json, model, scripted, stream, user, watch } from "./openai-transcripts.js";

const body = (rest) => ({ model, messages: user("x"), ...rest });
const parameters = { type: "object", properties: { place: { type: "string" } }, required: ["place"], additionalProperties: false };
const tool = (name, run, rest) => ({ type: "function", function: { name, description: "", parameters, function: run, parse: JSON.parse, ...rest } });
const logger = (log) => (...items) => log(...items.map((it) => (it instanceof Error ? it : exact(it))));
const given = (name, answers, run) =>
  scripted(`libraries: ${name}`, answers, (client, log) => run(client.chat.completions, logger(log), client));
const thrown = (ask) => Promise.resolve().then(ask).catch((error) => error);

const text = [chunk([{ role: "assistant", content: "a" }]), chunk([{ content: "b" }]), chunk([{ content: "c" }]), chunk([{}, "stop"])];
const hi = () => json(completion({ content: "hi" }));
const calls = (...them) => () => json(completion({ tool_calls: them }, "tool_calls"));
const streamedCall = (index, name, place) => ({ index, id: `call_${name}`, type: "function", function: { name, arguments: JSON.stringify({ place }) } });
const streamedCalls = (...names) => [chunk([{ role: "assistant", content: null, tool_calls: names.map((name, at) => streamedCall(at, name, name)) }, "tool_calls"])];

/** One piece, and then nothing until it is aborted; and no answer until then. */
const endless = ({ signal }) => {
  const start = (controller) => {
    controller.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(text[0])}\n\n`));
    signal.addEventListener("abort", () => {
      try {
        controller.error(signal.reason);
      } catch {
        // It was cancelled.
      }
    });
  };
  return new Response(new ReadableStream({ start }), { headers: { "content-type": "text/event-stream" } });
};
const never = ({ signal }) => new Promise((_, reject) => {
  const end = () => reject(signal.reason);
  if (signal.aborted) end();
  signal.addEventListener("abort", end);
});
const soon = (go) => setTimeout(go, 5);
const state = ({ aborted, errored, ended, controller }) => [aborted, errored, ended, controller.signal.aborted];

// -- who wraps a client --

given("a tracer that patches a class, and passes on what `_thenUnwrap` gives", [hi, text], async (completions, log) => {
  const its = Object.getPrototypeOf(completions);
  const { create } = its;
  log(Object.hasOwn(its, "create"), its.constructor.name, create.name, create.length);
  its.create = function (...args) {
    return create.apply(this, args)._thenUnwrap((result) => {
      log("span", result.object ?? "stream");
      return result;
    });
  };
  try {
    const asked = completions.create(body());
    log(typeof asked.withResponse, typeof asked.asResponse, asked.constructor.name, await asked);
    const { data, response } = await completions.create(body({ stream: true })).withResponse();
    log(response.status);
    for await (const it of data) log(it);
  } finally {
    its.create = create;
  }
});

given("a proxy of a client, all the way down", [hi, text], async (_, log, client) => {
  const wrapped = (target, path) => new Proxy(target, {
    get(it, name) {
      const value = it[name];
      const at = `${path}.${String(name)}`;
      if (typeof value !== "function") return Object(value) === value ? wrapped(value, at) : value;
      return (...args) => {
        log(at);
        return value.apply(it, args);
      };
    },
  });
  const { completions } = wrapped(client, "client").chat;
  log(await completions.create(body()), typeof completions.parse);
  for await (const it of await completions.create(body({ stream: true }))) log(it);
});

given("a proxy of a stream", [text], async (completions, log) => {
  const it = await completions.create(body({ stream: true }));
  const wrapped = new Proxy(it, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  for await (const { choices } of wrapped) log(choices);
  log(wrapped.controller.signal.aborted);
});

given("the response beside the data, and beside a stream", [hi, text], async (completions, log) => {
  const whole = await completions.create(body()).withResponse();
  log(whole.data.choices, whole.response.ok, whole.response.headers.get("content-type"));
  const streamed = await completions.create(body({ stream: true })).withResponse();
  for await (const it of streamed.data) log(it);
  log(streamed.response.headers.get("content-type"));
});

given("what adapters read of a client", [hi], async (completions, log, client) => {
  log(typeof completions.create, completions._client === client, completions._client.chat.completions === completions);
  log(typeof client.timeout, client.maxRetries, client.baseURL, typeof client.withOptions);
  const derived = client.withOptions({ maxRetries: 5, timeout: 1000 });
  log(derived.constructor === client.constructor, derived.maxRetries, derived.timeout, derived.baseURL);
  log(await derived.chat.completions.create(body()));
});

given("copies, and methods by themselves", [hi], async (completions, log) => {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(completions)), completions);
  log(await copy.create(body()), await completions.create.bind(completions)(body()));
  const { create } = completions;
  log((await thrown(() => create(body()))) instanceof TypeError);
});

given("a subclass", [hi], async (_, log, client) => {
  class Mine extends client.constructor {
    get mine() {
      return 1;
    }
  }
  const own = new Mine({ baseURL: client.baseURL, apiKey: "bedrock-api-key-x", fetch: async () => hi() });
  log(own.mine, own.constructor.name, own.withOptions({}).mine, await own.chat.completions.create(body()));
});

given("options of a call that wrappers add", [hi], async (completions, log) => {
  const options = { headers: { a: null, "x-user": "u" }, query: { q: "1" }, timeout: 1000, maxRetries: 0, idempotencyKey: "x" };
  log(await completions.create(body({ temperature: undefined, stop: null, x: { toJSON: () => 5 } }), options));
});

given("errors, as they are read", [() => json({ error: { message: "no", code: "c", param: null, type: "t" } }, 429)], async (completions, log) => {
  const error = await thrown(() => completions.create(body()));
  log(error, error.message, error.status, error.code, error.type, error.error, error.headers instanceof Headers);
  const told = JSON.parse(JSON.stringify(error));
  log(told.status, told.code, told.type, told.error);
});

// -- who reads a stream --

given("an iterator by hand", [text], async (completions, log) => {
  const it = (await completions.create(body({ stream: true })))[Symbol.asyncIterator]();
  log(await Promise.all([it.next(), it.next(), it.next()]));
  for (let done = false; !done; ) {
    const step = await it.next();
    log(step);
    ({ done } = step);
  }
  log(await it.next(), await it.return());
});

given("a readable stream by hand", [text], async (completions, log) => {
  const it = completions.stream(body());
  const reader = it.toReadableStream().getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) log(new TextDecoder().decode(step.value));
  log(it.ended, it.errored);
});

given("a readable stream beside a promise", [text], async (completions, log) => {
  const it = completions.stream(body());
  const lines = new Response(it.toReadableStream()).text();
  log(await it.finalContent(), await lines);
});

given("a promise beside a loop, before and after", [text], async (completions, log) => {
  for (const isBefore of [true, false]) {
    const it = completions.stream(body());
    const early = isBefore && it.finalChatCompletion();
    for await (const { choices } of it) log(choices);
    log(await early, await it.finalChatCompletion(), await it.finalContent(), it.ended);
  }
});

given("leaving what came at once, and what comes slowly", [text, text, endless, endless], async (completions, log) => {
  for (let time = 0; time < 4; time++) {
    const it = await completions.create(body({ stream: true }));
    if (time % 2) it.controller;
    for await (const _ of it) break;
    log(it.controller.signal.aborted);
  }
});

given("the controller of what came to its end", [text], async (completions, log) => {
  const looped = await completions.create(body({ stream: true }));
  for await (const _ of looped);
  const awaited = completions.stream(body());
  await awaited.done();
  log(looped.controller.signal.aborted, ...state(awaited));
});

given("chunks without choices", [[{ ...chunk(), choices: [] }, ...text, { ...chunk(), usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }]], async (completions, log) => {
  await watch(completions.stream(body()), log);
});

// -- who listens --

const two = [
  chunk([{ role: "assistant", content: "a" }], [{ role: "assistant", content: "1" }]),
  chunk([{ content: "b" }], [{ content: "2" }]),
  chunk([{}, "stop"], [{}, "stop"]),
];
given("two answers: once, and emitted", [two], async (completions, log) => {
  const it = completions.stream(body({ n: 2 }));
  for (const event of ["content", "content.done", "message", "chatCompletion", "finalContent"]) it.once(event, (...values) => log(event, ...values));
  log(await Promise.all(["content.delta", "content.done", "end"].map((event) => it.emitted(event))));
  log(await it.finalMessage(), it.messages);
});

const refusing = [chunk([{ role: "assistant", refusal: "No" }]), chunk([{ refusal: " way" }]), chunk([{}, "stop"])];
given("a refusal: once, and emitted", [refusing], async (completions, log) => {
  const it = completions.stream(body({ response_format: zodResponseFormat(z.object({ a: z.string() }), "a") }));
  it.once("refusal.delta", (value) => log("once", value));
  log(await Promise.all(["refusal.delta", "refusal.done", "finalMessage"].map((event) => it.emitted(event))), await it.finalContent());
  await watch(completions.stream(body()), log);
});

given("who listens late, or twice, or goes while it is told", [text], async (completions, log) => {
  const late = completions.stream(body());
  const done = late.done();
  for (const event of ["connect", "content"]) late.on(event, (...values) => log(event, ...values));
  await done;
  const it = completions.stream(body());
  const listener = (delta) => {
    log(delta);
    it.off("content", listener);
  };
  it.on("content", listener).on("content", listener).on("content", (delta) => log("another", delta));
  await it.done();
});

given("listeners that throw, once", [text], async (completions, log) => {
  for (const event of ["chunk", "content", "content.done"]) {
    const it = completions.stream(body());
    it.once(event, () => {
      throw new TypeError("mine");
    });
    await watch(it, log);
  }
});

given("formats by hand", [[chunk([{ role: "assistant", content: '{"a":' }]), chunk([{ content: '"x"}' }]), chunk([{}, "stop"])]], async (completions, log) => {
  for (const response_format of [{ type: "json_object" }, { type: "json_schema", json_schema: { name: "a", schema: {} } }]) {
    await watch(completions.stream(body({ response_format })), log);
  }
});

given("a strict tool beside another", [streamedCalls("s", "l")], async (completions, log) => {
  const tools = ["s", "l"].map((name) => ({ type: "function", function: { name, parameters, ...(name === "s" && { strict: true }) } }));
  await watch(completions.stream(body({ tools })), log);
  log(await completions.stream(body({ tools })).finalChatCompletion());
});

// -- who parses --

const format = zodResponseFormat(z.object({ a: z.string() }), "a");
given("parse: two answers, and the response", [() => json({ ...completion(), choices: ["1", "2"].map((a, index) => ({ ...completion({ content: JSON.stringify({ a }) }).choices[0], index })) })], async (completions, log) => {
  const asked = completions.parse(body({ n: 2, response_format: format }));
  const { data, response } = await asked.withResponse();
  log(asked.constructor.name, data, response.status);
});

const odd = [call("unknown", { a: 1 }), { id: "1", type: "function", function: { name: "f", arguments: "{" } }];
for (const it of odd) {
  given(`parse: a call of "${it.function.name}"`, [calls(it)], async (completions, log) => {
    const tools = [zodFunction({ name: "f", parameters: z.object({ place: z.string() }) })];
    log(await thrown(() => completions.parse(body({ tools }))));
  });
}

given("parse: what was cut", [() => json(completion({ content: "{" }, "length"))], async (completions, log) => {
  log(await thrown(() => completions.parse(body({ response_format: format }))), await completions.parse(body()).catch((error) => error));
});

// -- who runs tools --

const f = (rest) => tool("f", ({ place }) => place, rest);
given("runTools: parallel calls of which some are wrong", [calls(call("f", { place: "a" }), call("g", {}), { id: "c3", type: "function", function: { name: "f", arguments: "x" } }), hi], async (completions, log) => {
  await watch(completions.runTools(body({ tools: [f()] })), log);
});

given("runTools: streamed, and `parse` throws", [streamedCalls("f"), text], async (completions, log) => {
  const parse = () => {
    throw new Error("bad");
  };
  const run = completions.runTools(body({ stream: true, tools: [f({ parse })] }));
  await watch(run, log);
  log(run.messages, await run.finalFunctionToolCall());
});

for (const parallel_tool_calls of [true, false]) {
  given(`runTools: slow and fast, parallel: ${parallel_tool_calls}`, [calls(call("slow", { place: "a" }), call("fast", { place: "b" })), hi], async (completions, log) => {
    const said = (place) => log(place) ?? place;
    const slow = tool("slow", ({ place }) => new Promise((go) => soon(() => go(said(place)))));
    const tools = [slow, tool("fast", ({ place }) => said(place))];
    await watch(completions.runTools(body({ parallel_tool_calls, tools })), log);
  });
}

given("runTools: whatever a function returns", [calls(call("f", { place: "a" })), hi], async (completions, log) => {
  for (const value of [undefined, null, 0, false, "", [], new Date(0), { a: [1] }]) {
    const run = completions.runTools(body({ tools: [tool("f", () => value)] }));
    log(await thrown(() => run.finalContent()), run.messages);
  }
});

given("runTools: one that is named", [calls(call("f", { place: "a" }), call("g", {})), hi], async (completions, log) => {
  const tool_choice = { type: "function", function: { name: "f" } };
  await watch(completions.runTools(body({ tool_choice, tools: [f(), tool("g", () => "g")] })), log);
});

given("runTools: an end by number", [calls(call("f", { place: "a" }))], async (completions, log) => {
  const run = completions.runTools(body({ tools: [f()] }), { maxChatCompletions: 2, afterCompletion: () => log("after") });
  for (const end of ["finalContent", "finalFunctionToolCallResult", "finalChatCompletion", "totalUsage"]) log(await thrown(() => run[end]()));
  log(run.messages);
});

given("runTools: Zod's tools, and what they refuse", [calls(call("f", { place: "a" }), call("f", { place: 7 }, "c2")), hi], async (completions, log) => {
  const run = completions.runTools(body({ tools: [zodFunction({ name: "f", parameters: z.object({ place: z.string() }), function: (it) => it })] }));
  log(await thrown(() => run.finalContent()), run.messages);
});

given("runTools: a strict tool beside another, streamed", [streamedCalls("s", "l"), text], async (completions, log) => {
  const run = completions.runTools(body({ stream: true, tools: [tool("s", ({ place }) => place, { strict: true }), tool("l", ({ place }) => place)] }));
  await watch(run, log);
  log(run.messages);
});

given("runTools: a loop over it", [streamedCalls("f"), text], async (completions, log) => {
  const run = completions.runTools(body({ stream: true, tools: [f()] }));
  for await (const it of run) log(it);
  log(await run.finalContent());
});

given("runTools: with a format, streamed", [streamedCalls("f"), [chunk([{ role: "assistant", content: '{"a":"x"}' }]), chunk([{}, "stop"])]], async (completions, log) => {
  const run = completions.runTools(body({ stream: true, response_format: format, tools: [f()] }));
  log(await run.finalContent(), run.messages);
});

// -- who aborts, and when --

for (const [when, answers] of [["before the answer", [never]], ["in the middle", [endless]]]) {
  given(`abort ${when}`, answers, async (completions, log) => {
    const ends = [(it) => it.abort(), (it) => it.controller.abort()];
    for (const end of ends) {
      const it = completions.stream(body());
      soon(() => end(it));
      await watch(it, log);
      log(...state(it), await thrown(() => it.finalContent()));
    }
    const controller = new AbortController();
    const it = completions.stream(body(), { signal: controller.signal });
    soon(() => controller.abort());
    await watch(it, log);
    log(...state(it));
  });

  given(`abort ${when}, and emitted`, answers, async (completions, log) => {
    for (const event of ["abort", "end"]) {
      const it = completions.stream(body());
      soon(() => it.abort());
      log(await thrown(() => it.emitted(event)));
    }
  });
}

given("abort at once", [text], async (completions, log) => {
  for (const end of [(it) => it.abort(), (it) => it.controller.abort()]) {
    const it = completions.stream(body());
    end(it);
    await watch(it, log);
    log(...state(it));
  }
});

// Of an answer that came in one piece, with its end.
for (const event of ["connect", "chunk", "content", "content.delta", "content.done", "chatCompletion", "message", "finalMessage", "end"]) {
  given(`abort in "${event}"`, [text], async (completions, log) => {
    const it = completions.stream(body());
    it.once(event, () => it.abort());
    await watch(it, log);
    log(...state(it), await thrown(() => it.finalContent()));
  });
}

given("abort in a loop over what came in one piece", [text], async (completions, log) => {
  const it = completions.stream(body());
  log(await thrown(async () => {
    for await (const { choices } of it) {
      log(choices);
      it.abort();
    }
  }));
  log(...state(it), await thrown(() => it.finalMessage()));
});

given("abort after the end", [text], async (completions, log) => {
  const it = completions.stream(body());
  await it.done();
  it.abort();
  log(...state(it), await it.finalContent());
});

given("abort of an answer in a run", [streamedCalls("f"), text], async (completions, log) => {
  for (const event of ["connect", "chunk", "functionToolCall"]) {
    const run = completions.runTools(body({ stream: true, tools: [f()] }));
    run.once(event, () => run.abort());
    await watch(run, log, EVENTS.filter((name) => !name.startsWith("functionToolCallR")));
    log(...state(run));
  }
});

given("abort in a tool", [calls(call("f", { place: "a" })), hi], async (completions, log) => {
  const run = completions.runTools(body({ tools: [tool("f", (_, it) => it.abort())] }));
  await watch(run, log);
  log(...state(run));
});

// -- where ours differs, on purpose: see "Coming from openai" in README.md --

function differs(name, answer, run, expected) {
  test(`differs from openai: ${name}`, async () => {
    const found = {};
    for (const [key, Client] of Object.entries({ theirs: OpenAI, ours: BedrockChatClient })) {
      const fetch = async (_, init) => answer(init);
      const client = new Client({ maxRetries: 0, baseURL: "https://bedrock.test/v1", apiKey: "bedrock-api-key-x", fetch });
      const value = await thrown(() => run(client.chat.completions));
      found[key] = value instanceof Error ? value.constructor.name : value;
    }
    assert.deepEqual(found, expected);
  });
}

differs("an answer without `finish_reason` that [DONE] ends is whole", () => stream(text.slice(0, 3)), (it) => it.stream(body()).finalContent(), {
  theirs: "OpenAIError",
  ours: "abc",
});

differs("a message without a role is the assistant's", () => stream([chunk([{ content: "a" }, "stop"])]), async (it) => (await it.stream(body()).finalMessage()).role, {
  theirs: "OpenAIError",
  ours: "assistant",
});

differs("`parse` leaves calls of an unknown type alone", () => json(completion({ tool_calls: [{ id: "1", type: "mystery" }] })), async (it) => (await it.parse(body())).choices[0].message.tool_calls[0].type, {
  theirs: "OpenAIError",
  ours: "mystery",
});

differs("a function in a request is refused", hi, async (it) => (await it.create(body({ tools: [f()] }))).object, {
  theirs: "chat.completion",
  ours: "InvalidRequestError",
});

differs("an abort in the middle has the headers, and no status", (init) => endless(init), async (it) => {
  const asked = it.stream(body());
  asked.once("content", () => asked.abort());
  const { status, headers } = await thrown(() => asked.done());
  return [status, headers === undefined];
}, { theirs: [undefined, true], ours: [undefined, false] });

differs("errors have the names of their classes", () => json({}, 400), async (it) => (await thrown(() => it.create(body()))).name, {
  theirs: "Error",
  ours: "BadRequestError",
});
