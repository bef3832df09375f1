// Small programs of the kind people write for the npm package `openai`, run with it and with ours:
// what they get is the same, with every null; and so are the flags, the order and the errors.

import util from "node:util";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { call, chunk, completion, exact, json, model, same, scripted, stream, user, watch } from "./openai-transcripts.js";

const body = (question = "Hello!", rest) => ({ model, messages: user(question), ...rest });
const parameters = { type: "object", properties: { place: { type: "string" } }, required: ["place"], additionalProperties: false };
const tool = (name, run, rest) => ({ type: "function", function: { name, description: "", parameters, function: run, ...rest } });
const strict = (name) => ({ type: "function", function: { name, parameters, strict: true } });
const logger = (log) => (...items) => log(...items.map((it) => (it instanceof Error ? it : exact(it))));

/** Against the local Bedrock, and against answers that are given. */
const program = (name, run) => same(`shapes: ${name}`, (client, log) => run(client.chat.completions, logger(log), client));
const given = (name, answers, run) =>
  scripted(`shapes: ${name}`, answers, (client, log) => run(client.chat.completions, logger(log), client));

// -- what comes --

program("a completion", async (completions, log) => {
  const it = await completions.create(body());
  log(it, typeof it._request_id, Object.keys(it).includes("_request_id"), { ...it }, structuredClone(it));
});

program("chunks, with usage", async (completions, log) => {
  for await (const it of await completions.create(body("Hello!", { stream: true, stream_options: { include_usage: true } }))) log(it);
});

program("chunks of a call", async (completions, log) => {
  for await (const it of await completions.create(body("weather", { stream: true, tools: [tool("get_weather")] }))) log(it);
});

program("the end of a stream", async (completions, log) => {
  const it = completions.stream(body("Hello!", { stream_options: { include_usage: true } }));
  log(await it.finalChatCompletion(), await it.finalMessage(), it.messages, await it.totalUsage(), await it.finalFunctionToolCall());
});

program("the end of a stream that somebody listens to", async (completions, log) => {
  const it = completions.stream(body());
  for (const event of ["message", "chatCompletion", "finalMessage", "finalChatCompletion", "totalUsage"]) it.on(event, (value) => log(event, value));
  log(await it.finalChatCompletion(), await it.finalMessage(), await it.totalUsage());
});

program("the end of a stream that calls a strict tool", async (completions, log) => {
  const it = completions.stream(body("weather", { tools: [strict("get_weather")] }));
  log(await it.finalChatCompletion(), await it.finalFunctionToolCall());
});

program("the end of a stream that calls a tool that is not strict", async (completions, log) => {
  const it = completions.stream(body("weather", { tools: [tool("get_weather")] }));
  log(await it.finalChatCompletion(), await it.finalFunctionToolCall());
});

program("the end of a stream that refuses", async (completions, log) => {
  log(await completions.stream(body("refuse")).finalChatCompletion());
});

program("events of text, with their nulls", async (completions, log) => {
  const it = completions.stream(body());
  for (const event of ["content.delta", "content.done"]) it.on(event, (value) => log(event, value));
  await it.done();
});

program("events of calls, with their nulls", async (completions, log) => {
  for (const tools of [[strict("one"), strict("two")], [tool("one"), tool("two")]]) {
    const it = completions.stream(body("parallel", { tools }));
    it.on("tool_calls.function.arguments.delta", (value) => log("delta", value.parsed_arguments === undefined, value.index, value.arguments));
    it.on("tool_calls.function.arguments.done", (value) => log("done", value));
    it.on("functionToolCall", (value) => log("call", value));
    await it.done();
  }
});

program("parse", async (completions, log) => {
  const response_format = zodResponseFormat(z.object({ city: z.string() }), "city");
  log(await completions.parse(body("Rome?", { response_format })));
  log(await completions.parse(body()));
  log(await completions.parse(body("weather", { tools: [zodFunction({ name: "get_weather", parameters: z.object({ place: z.string() }) })] })));
});

program("a run", async (completions, log) => {
  const run = completions.runTools(body("weather", { tools: [tool("get_weather", () => ({ sunny: true }))] }));
  log(await run.finalContent(), run.messages, run.allChatCompletions(), await run.totalUsage());
  log(await run.finalFunctionToolCall(), await run.finalFunctionToolCallResult(), await run.finalMessage());
});

program("what was asked is left as it was", async (completions, log) => {
  const asked = body("weather", { tools: [tool("get_weather", () => 1)] });
  await completions.runTools(asked).done();
  await completions.runTools({ ...asked, stream: true }).done();
  log(asked.messages);
});

program("a stream that was passed on", async (completions, log) => {
  const it = completions.stream(body("weather", { tools: [strict("get_weather")] }));
  const again = it.constructor.fromReadableStream(it.toReadableStream());
  for (const event of ["connect", "message", "functionToolCall", "end"]) again.on(event, (value) => log(event, value));
  log(await again.finalChatCompletion(), again.messages);
});

given("two answers at a time", [[
  chunk([{ role: "assistant", content: "a" }], [{ role: "assistant", content: "1" }]),
  chunk([{}, "stop"], [{}, "stop"]),
]], async (completions, log) => {
  const it = completions.stream(body("Hi", { n: 2 }));
  log(await it.finalChatCompletion(), await it.finalContent());
});

given("the older kind of call", [[
  chunk([{ role: "assistant", function_call: { name: "f", arguments: "{" } }]),
  chunk([{ function_call: { arguments: "}" } }, "function_call"]),
]], async (completions, log) => {
  const it = completions.stream(body());
  log(await it.finalMessage(), await it.finalFunctionToolCall());
});

const details = { prompt_tokens_details: { cached_tokens: 1, audio_tokens: null }, completion_tokens_details: null };
given("usage whose details are null", [[
  chunk([{ role: "assistant", content: "a" }, "stop"]),
  { ...chunk(), usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, ...details } },
]], async (completions, log) => log(await completions.stream(body()).totalUsage()));

given("a message with more than text", [() => json(completion({ audio: { id: "a", data: "x", transcript: "t", expires_at: 1 }, annotations: [] }))], async (completions, log) => {
  log(await completions.create(body()));
});

// -- promises --

program("withResponse", async (completions, log) => {
  const { data, response, request_id } = await completions.create(body()).withResponse();
  log(data.object, response.status, response.bodyUsed, typeof request_id);
  const streamed = await completions.create(body("Hello!", { stream: true })).withResponse();
  log(streamed.response.status, streamed.response.bodyUsed, typeof streamed.request_id);
  for await (const it of streamed.data) log(it);
});

program("asResponse", async (completions, log) => {
  const response = await completions.create(body()).asResponse();
  log(response.status, await response.json());
  const asked = completions.create(body());
  log((await asked.asResponse()).status, (await asked).object);
  log((await (await completions.create(body("Hello!", { stream: true })).asResponse()).text()).endsWith("data: [DONE]\n\n"));
  await completions.create(body("x", { model: "no.model" })).asResponse().catch((error) => log(error));
});

program("_thenUnwrap", async (completions, log) => {
  const asked = completions.create(body())._thenUnwrap(({ choices }, { response }) => ({ length: choices.length, status: response.status }));
  const it = await asked;
  log(it, typeof it._request_id, asked.constructor.name, (await asked.withResponse()).data);
  log(await completions.create(body())._thenUnwrap(() => [1]), await completions.create(body())._thenUnwrap(() => "text"));
});

program("a promise like any other", async (completions, log) => {
  const asked = completions.create(body());
  log(asked instanceof Promise, Object.prototype.toString.call(asked), (await asked.then((it) => it)).object);
  log(await asked.finally(() => log("finally")).then(({ object }) => object));
  log((await Promise.all([asked, asked])).length, (await Promise.race([asked])).object, (await Promise.allSettled([asked]))[0].status);
});

given("a value that its schema refuses, and a validator that throws", [[chunk([{ role: "assistant", content: '{"city":7}' }, "stop"])]], async (completions, log) => {
  const formats = [
    zodResponseFormat(z.object({ city: z.string() }), "city"),
    zodResponseFormat(z.object({ city: z.any().transform(() => { throw new RangeError("mine"); }) }), "city"),
  ];
  for (const response_format of formats) {
    const ask = () => completions.stream(body("x", { response_format }));
    for (const promise of ["finalMessage", "finalContent", "done"]) log(promise, await ask()[promise]().catch((error) => error));
    const it = ask();
    it.on("error", (error) => log("error", error));
    log(await it.finalMessage().catch((error) => error), it.errored, it.ended);
  }
});

// -- how streams end --

program("a loop that aborts", async (completions, log) => {
  for (const abort of [(it) => it.abort(), (it) => it.controller.abort()]) {
    const it = completions.stream(body("long"));
    let count = 0;
    try {
      for await (const _ of it) if (++count === 3) abort(it);
    } catch (error) {
      log(error);
    }
    log(count, it.aborted, it.errored, it.ended, it.controller.signal.aborted);
  }
});

program("a loop that is left", async (completions, log) => {
  const it = completions.stream(body("long"));
  for await (const _ of it) break;
  log(it.controller.signal.aborted);
  log(await it.done().catch((error) => error));
  log(it.aborted, it.errored, it.ended);
});

program("a loop to the end", async (completions, log) => {
  const it = completions.stream(body());
  for await (const _ of it);
  await it.done();
  log(it.aborted, it.errored, it.ended);
});

program("a loop over what fails", async (completions, log) => {
  const it = completions.stream(body("x", { model: "no.model" }));
  try {
    for await (const _ of it);
  } catch (error) {
    log(error, it.aborted, it.errored, it.ended);
  }
});

program("a promise of what fails", async (completions, log) => {
  const it = completions.stream(body("x", { model: "no.model" }));
  log(await it.finalContent().catch((error) => error), it.aborted, it.errored, it.ended);
});

program("who listens when it is over hears nothing", async (completions, log) => {
  for (const end of [(it) => it.done(), async (it) => { for await (const _ of it); await it.done(); }]) {
    const it = completions.stream(body());
    await end(it);
    for (const event of ["connect", "content", "finalContent", "end"]) it.on(event, () => log("late", event));
    log(it.ended, await it.finalContent());
    for await (const [text] of it.events("content")) log(text);
  }
});

program("listeners that throw", async (completions, log) => {
  for (const event of ["connect", "content", "finalContent", "message"]) {
    const it = completions.stream(body());
    it.on(event, () => {
      throw new TypeError("mine");
    });
    it.on("error", (error) => log("error", error));
    log(event, await it.done().then(() => "done", (error) => error), it.errored, it.ended);
  }
});

program("emitted", async (completions, log) => {
  const it = completions.stream(body());
  const all = ["connect", "content", "content.delta", "message", "end"].map((event) => it.emitted(event));
  for (const value of await Promise.all(all)) log(value);
  const failing = completions.stream(body("x", { model: "no.model" }));
  log(await failing.emitted("content").catch((error) => error), failing.errored, failing.ended, failing.aborted);
});

program("listeners are chained, and go one by one", async (completions, log) => {
  const it = completions.stream(body());
  let count = 0;
  const listener = () => count++;
  log(it.on("content", listener) === it, it.off("content", listener) === it, it.off("nothing", listener) === it);
  it.once("content", listener).once("content", listener).off("content", listener);
  await it.done();
  log(count);
});

program("tee and toReadableStream", async (completions, log) => {
  const it = await completions.create(body("Hello!", { stream: true }));
  const [left, right] = it.tee();
  for await (const value of left) log(value);
  const lines = (await new Response(right.toReadableStream()).text()).split("\n");
  log(lines.length, lines.filter(Boolean).map((line) => JSON.parse(line)));
  log(left.constructor === it.constructor, it.controller instanceof AbortController);
});

// -- who replaces `create` --

/** Replaces it: each call is logged. */
function replaced(completions, log) {
  const create = completions.create.bind(completions);
  completions.create = (asked, options) => {
    log("create", asked.stream ?? null, asked.messages.length);
    return create(asked, options);
  };
}

program("create that is replaced", async (completions, log) => {
  replaced(completions, log);
  log(await completions.stream(body("Hello!", { stream_options: { include_usage: true } })).finalChatCompletion());
  for await (const it of completions.stream(body())) log(it);
  await completions.parse(body());
  for (const stream of [false, true]) {
    const run = completions.runTools(body("weather", { stream, tools: [tool("get_weather", () => 1)] }));
    log(await run.finalContent());
  }
});

program("create that is replaced in its class", async (completions, log) => {
  const its = Object.getPrototypeOf(completions);
  const { create } = its;
  its.create = function (asked, options) {
    log("create", asked.stream ?? null);
    return create.call(this, asked, options);
  };
  try {
    log(await completions.stream(body()).finalContent());
    await completions.parse(body());
  } finally {
    its.create = create;
  }
});

program("create that is replaced, and fails", async (completions, log) => {
  replaced(completions, log);
  const events = ["connect", "error", "end"];
  await watch(completions.stream(body("x", { model: "no.model" })), log, events);
  completions.create = () => Promise.reject(new TypeError("mine"));
  await watch(completions.stream(body()), log, events);
  await watch(completions.runTools(body("x", { stream: true, tools: [tool("one", () => 1)] })), log, events);
});

program("create that is replaced, and aborted", async (completions, log) => {
  const create = completions.create.bind(completions);
  let signal;
  completions.create = (asked, options) => {
    ({ signal } = options);
    return create(asked, options);
  };
  const it = completions.stream(body("long"));
  it.once("content", () => it.abort());
  await watch(it, log, ["abort", "error", "end"]);
  log(signal.aborted, it.aborted);
  const controller = new AbortController();
  const other = completions.stream(body("long"), { signal: controller.signal });
  other.once("content", () => controller.abort());
  await watch(other, log, ["abort", "error", "end"]);
  log(signal.aborted, other.aborted);
});

program("create that is replaced by another stream", async (completions, log) => {
  const controller = new AbortController();
  const own = (fail) => ({
    controller,
    async *[Symbol.asyncIterator]() {
      yield chunk([{ role: "assistant", content: "a" }]);
      if (fail) throw new RangeError("mine");
      yield chunk([{ content: "b" }, "stop"]);
    },
  });
  for (const fail of [false, true]) {
    completions.create = () => Promise.resolve(own(fail));
    const it = completions.stream(body());
    await watch(it, log, ["content", "finalContent", "error", "end"]);
    log(await it.finalMessage().catch((error) => error));
  }
});

// -- runs --

const one = completion({ tool_calls: [call("one", {})] }, "tool_calls");
const end = completion({ content: "Done." });

const results = {
  "an empty text": () => "",
  "a number": () => 7,
  "null": () => null,
  "a date": () => new Date(0),
  "a promise": async () => ({ deep: [1] }),
  "an object with toJSON": () => ({ toJSON: () => "own" }),
  "a cycle": () => {
    const it = {};
    return Object.assign(it, { it });
  },
  "a BigInt": () => 1n,
};
for (const [name, run] of Object.entries(results)) {
  given(`a tool's result: ${name}`, [() => json(one), () => json(end)], async (completions, log) => {
    const it = completions.runTools(body("Hi", { tools: [tool("one", run)] }));
    await watch(it, log, ["functionToolCallResult", "finalFunctionToolCallResult", "finalContent", "error", "end"]);
    log(await it.finalFunctionToolCallResult().catch((error) => error), it.messages.length);
  });
}

given("a run whose answers leave out what is null", [
  () => json({ ...end, choices: [{ index: 0, message: { role: "assistant" }, finish_reason: "stop" }] }),
], async (completions, log) => {
  const it = completions.runTools(body("Hi", { tools: [tool("one", () => 1)] }));
  it.on("finalMessage", (message) => log("event", message));
  log(await it.finalMessage(), await it.finalContent(), it.messages);
});

given("a tool's exception", [() => json(one)], async (completions, log) => {
  for (const thrown of [new RangeError("boom"), "text"]) {
    const it = completions.runTools(body("Hi", { tools: [tool("one", () => Promise.reject(thrown))] }));
    const error = await it.finalContent().catch((error) => error);
    log(error, error.message, it.messages.length, it.allChatCompletions().length, it.errored);
  }
});

program("options of a run reach each call", async (completions, log) => {
  const controller = new AbortController();
  const run = completions.runTools(
    body("weather", { tool_choice: "auto", temperature: 0, tools: [tool("get_weather", () => 1)] }),
    { headers: { "x-own": "1" }, maxRetries: 1, timeout: 5_000, signal: controller.signal, maxChatCompletions: 5 },
  );
  log(await run.finalContent());
});

for (const tool_choice of ["none", "auto", "required", { type: "function", function: { name: "get_weather" } }]) {
  program(`a run with tool_choice ${JSON.stringify(tool_choice)}`, async (completions, log) => {
    const run = completions.runTools(body("weather", { tool_choice, tools: [tool("get_weather", () => 1)] }), { maxChatCompletions: 2 });
    await watch(run, log, ["message", "functionToolCallResult", "finalContent", "error", "end"]);
  });
}

program("a run that calls what there is twice", async (completions, log) => {
  const tools = [tool("get_weather", () => "one"), tool("get_weather", () => "two")];
  log(await completions.runTools(body("weather", { tools })).finalFunctionToolCallResult());
});

program("a run whose controller aborts", async (completions, log) => {
  for (const stream of [false, true]) {
    const run = completions.runTools(body("weather", { stream, tools: [tool("get_weather", () => 1)] }));
    run.controller.abort();
    await watch(run, log, ["abort", "error", "end"]);
    log(run.aborted, run.errored, run.ended);
  }
});

// -- the client --

program("a client derived from another", async (completions, log, client) => {
  const other = client.withOptions({ maxRetries: 5, timeout: 1_234 });
  log(other.maxRetries, other.timeout, other.constructor === client.constructor, other.baseURL === client.baseURL);
  log(await other.chat.completions.create(body()));
});

program("pages", async (completions, log, { models }) => {
  const page = await models.list();
  log(page.constructor.name, page.data, page.getPaginatedItems(), page.hasNextPage(), page.nextPageRequestOptions());
  for await (const { data } of page.iterPages()) log(data);
  for await (const it of page) log(it);
  log(await page.getNextPage().catch((error) => error instanceof Error));
  const { data, response } = await models.list().withResponse();
  log(data.data, response.status, (await models.list().asResponse()).status, typeof models.delete);
});

program("stream as a boolean that nobody knows", async (completions, log) => {
  for (const stream of [true, false, undefined, null]) {
    const it = await completions.create(body("Hello!", { stream }));
    log(Symbol.asyncIterator in it);
    it.controller?.abort();
  }
  log(await completions.stream(body("Hello!", { stream: false })).finalContent());
});

given("errors by status, and their fields", [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 503].map((status) => () => json({ error: { message: "no", type: "t", code: "c", param: "p" } }, status)), async (completions, log) => {
  for (let count = 0; count < 12; count++) {
    const error = await completions.create(body()).catch((error) => error);
    const { message, status, code, type, param } = error;
    log(error, message, status, code, type, param, error.error, error.headers.get("content-type"));
  }
});

given("errors whose body is none", [() => new Response("", { status: 400 }), () => new Response("plain text", { status: 400 }), () => json({ message: "top" }, 400), () => json([], 400)], async (completions, log) => {
  for (let count = 0; count < 4; count++) {
    const error = await completions.create(body()).catch((error) => error);
    log(error, error.message, exact(error.error), error.status);
  }
});

given("an answer that is not JSON", [() => json(completion({ content: "no secret" }))], async (completions, log) => {
  const response_format = { type: "json_schema", json_schema: { name: "x", schema: {} } };
  const error = await completions.parse(body("x", { response_format })).catch((error) => error);
  log(error, util.inspect(error).includes("secret"));
});
