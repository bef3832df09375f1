// Answers that the local Bedrock does not give, to programs written for the npm package `openai`
// and run with it and with ours.

import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { call, chunk, completion, EVENTS, json, model, scripted, stream, user, watch } from "./openai-transcripts.js";

const City = z.object({ city: z.string(), people: z.number() });
const Place = z.object({ place: z.string() });
const place = { type: "object", properties: { place: { type: "string" } } };
const tool = (name, run, rest) => ({
  type: "function",
  function: { name, description: name, parameters: place, function: run, ...rest },
});

const watching = (rest) => (client, log) =>
  watch(client.chat.completions.stream({ model, messages: user("Hi"), ...rest }), log);

// -- events --

const probable = (token) => ({ token, logprob: -1, bytes: null, top_logprobs: [] });
scripted("events of log probabilities", [[
  chunk([{ role: "assistant", content: "a" }, null, { logprobs: { content: [probable("a")], refusal: null } }]),
  chunk([{ content: "b" }, null, { logprobs: { content: [probable("b")], refusal: null } }]),
  chunk([{}, "stop"]),
]], watching({ logprobs: true }));

scripted("events of log probabilities of a refusal", [[
  chunk([{ role: "assistant", refusal: "no" }, null, { logprobs: { content: null, refusal: [probable("no")] } }]),
  chunk([{}, "stop"]),
]], watching());

scripted("events of two choices at a time", [[
  chunk([{ role: "assistant", content: "a" }], [{ role: "assistant", content: "1" }]),
  chunk([{ content: "b" }], [{ content: "2" }]),
  chunk([{}, "stop"], [{}, "stop"]),
]], watching({ n: 2 }));

const fragment = (index, name, args, id) => ({
  tool_calls: [{ index, ...(id && { id, type: "function" }), function: { ...(name && { name }), arguments: args } }],
});
scripted("events of calls and text beside them", [[
  chunk([{ role: "assistant", content: "I ask." }]),
  chunk([fragment(0, "one", "", "c0")]),
  chunk([fragment(0, undefined, '{"place":')]),
  chunk([fragment(0, undefined, '"x"}')]),
  chunk([fragment(1, "two", "{}", "c1")]),
  chunk([{}, "tool_calls"]),
]], watching());

scripted("events of several fragments in a chunk", [[
  chunk([{
    role: "assistant",
    tool_calls: [
      { index: 0, id: "c0", type: "function", function: { name: "one", arguments: "{" } },
      { index: 1, id: "c1", type: "function", function: { name: "two", arguments: "{" } },
    ],
  }]),
  chunk([fragment(0, undefined, "}")]),
  chunk([fragment(1, undefined, "}")]),
  chunk([{}, "tool_calls"]),
]], watching());

scripted("events of a custom call", [[
  chunk([{ role: "assistant", tool_calls: [{ index: 0, id: "c0", type: "custom", custom: { name: "sql", input: "sel" } }] }]),
  chunk([{ tool_calls: [{ index: 0, custom: { input: "ect" } }] }]),
  chunk([{}, "tool_calls"]),
]], watching());

scripted("events of a function call of the older kind", [[
  chunk([{ role: "assistant", function_call: { name: "f", arguments: "{" } }]),
  chunk([{ function_call: { arguments: "}" } }]),
  chunk([{}, "function_call"]),
]], watching());

scripted("events of values of a Zod schema", [[
  chunk([{ role: "assistant", content: "" }]),
  // A number that is cut is one in ours, and nothing in theirs.
  ...['{"city":"R', 'ome","peo', 'ple":', "2800000}"].map((content) => chunk([{ content }])),
  chunk([{}, "stop"]),
]], watching({ response_format: zodResponseFormat(City, "city") }));

scripted("events of a value that its Zod schema refuses", [[
  chunk([{ role: "assistant", content: '{"city":7,"people":1}' }]),
  chunk([{}, "stop"]),
]], watching({ response_format: zodResponseFormat(City, "city") }));

scripted("events of a Zod tool", [[
  chunk([{ role: "assistant", ...fragment(0, "one", '{"place":"Ro', "c0") }]),
  chunk([fragment(0, undefined, 'me"}')]),
  chunk([{}, "tool_calls"]),
]], watching({ tools: [zodFunction({ name: "one", parameters: Place })] }));

scripted("events of an answer that a filter stopped", [[
  chunk([{ role: "assistant", content: '{"city"' }]),
  chunk([{}, "content_filter"]),
]], watching({ response_format: zodResponseFormat(City, "city") }));

scripted("events of a text that was cut", [[
  chunk([{ role: "assistant", content: "a" }]),
  chunk([{}, "length"]),
]], watching());

const ok = [[chunk([{ role: "assistant", content: "a" }]), chunk([{ content: "b" }]), chunk([{}, "stop"])]];

scripted("an iterator of an event", ok, async (client, log) => {
  const stream = client.chat.completions.stream({ model, messages: user("Hi") });
  for await (const values of stream.events("content")) log(values);
  log(stream.ended, await stream.finalContent());
  for await (const values of stream.events("content")) log("late", values);
});

scripted("an iterator of an event that is left", ok, async (client, log) => {
  const stream = client.chat.completions.stream({ model, messages: user("Hi") });
  for await (const [delta] of stream.events("content")) {
    log(delta);
    break;
  }
  log(await stream.finalContent());
});

scripted("an iterator of an event of a stream that fails", [() => json({ error: { message: "no" } }, 400)], async (client, log) => {
  const stream = client.chat.completions.stream({ model, messages: user("Hi") });
  for await (const [error] of stream.events("error")) log(error);
  const other = client.chat.completions.stream({ model, messages: user("Hi") });
  for await (const values of other.events("content")) log(values);
});

scripted("a listener that listens again, and one that goes", ok, async (client, log) => {
  const stream = client.chat.completions.stream({ model, messages: user("Hi") });
  const twice = (delta) => log("twice", delta);
  stream.on("content", twice).on("content", twice).off("content", twice);
  stream.once("content", () => stream.on("content", (delta) => log("inner", delta)));
  stream.on("end", () => log("ended", stream.ended));
  await stream.done();
});

scripted("the snapshot while it comes", ok, async (client, log) => {
  const stream = client.chat.completions.stream({ model, messages: user("Hi") });
  log(stream.currentChatCompletionSnapshot === undefined);
  stream.on("content", (_, text) => log(text, stream.currentChatCompletionSnapshot.choices[0].message.content));
  await stream.done();
  log(stream.currentChatCompletionSnapshot === undefined);
});

// -- errors --

for (const status of [400, 401, 403, 404, 409, 422, 429, 500, 503]) {
  const refuse = [() => json({ error: { message: "no", type: "t", code: "c", param: "p" } }, status)];
  scripted(`status ${status}`, refuse, async (client, log) => {
    for (const ask of [
      () => client.chat.completions.create({ model, messages: user("Hi") }),
      () => client.chat.completions.create({ model, messages: user("Hi"), stream: true }),
      () => client.chat.completions.parse({ model, messages: user("Hi") }),
      () => client.chat.completions.stream({ model, messages: user("Hi") }).finalContent(),
      () => client.chat.completions.runTools({ model, messages: user("Hi"), tools: [tool("one", () => 1)] }).finalContent(),
      () => client.models.list(),
    ]) {
      try {
        await ask();
      } catch (error) {
        log(error, error.status, error.type, error.code, error.param, error instanceof Error);
      }
    }
  });
}

const offline = [() => Promise.reject(new TypeError("offline"))];
scripted("no network", offline, watching());
scripted("no network, in a run", offline, async (client, log) => {
  for (const stream of [false, true]) {
    await watch(client.chat.completions.runTools({ model, messages: user("Hi"), tools: [tool("one", () => 1)], stream }), log);
  }
});

scripted("an error inside a stream", [() => stream('data: {"error":{"message":"no","type":"t"}}\n\n')], async (client, log) => {
  await watch(client.chat.completions.stream({ model, messages: user("Hi") }), log, ["content", "error", "abort", "end"]);
});

const never = [(init) => new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)))];
scripted("an abort before the answer", never, async (client, log) => {
  const controller = new AbortController();
  const stream = client.chat.completions.stream({ model, messages: user("Hi") }, { signal: controller.signal });
  setTimeout(() => controller.abort(), 5);
  await watch(stream, log);
  log(stream.aborted, stream.errored, stream.ended);
});

scripted("a signal that was aborted before", never, async (client, log) => {
  const signal = AbortSignal.abort();
  const body = { model, messages: user("Hi") };
  const run = (stream) => client.chat.completions.runTools({ ...body, tools: [tool("one", () => 1)], stream }, { signal });
  for (const ask of [() => client.chat.completions.stream(body, { signal }), () => run(false), () => run(true)]) {
    const it = ask();
    await watch(it, log, ["abort", "error", "end"]);
    log(it.aborted, it.errored);
  }
});

scripted("promises that nobody waits for, of a stream that fails", [() => json({}, 400)], async (client, log) => {
  const stream = client.chat.completions.stream({ model, messages: user("Hi") });
  for (const name of ["finalContent", "finalMessage", "finalChatCompletion", "totalUsage", "done"]) {
    log(name, await stream[name]().catch((error) => error));
  }
  log("emitted", await client.chat.completions.stream({ model, messages: user("Hi") }).emitted("error"));
});

// -- parsing --

const parsing = (rest) => async (client, log) => {
  const { choices } = await client.chat.completions.parse({ model, messages: user("Hi"), ...rest });
  for (const { message } of choices) log(message.parsed, message.refusal, message.tool_calls);
};
const city = zodResponseFormat(City, "city");
const rome = '{"city":"Rome","people":2800000}';
const answers = {
  right: completion({ content: rome }),
  wrong: completion({ content: '{"city":7}' }),
  broken: completion({ content: rome.slice(0, 9) }),
  refused: completion({ refusal: "no" }),
  empty: completion({ content: "" }),
  cut: completion({ content: rome.slice(0, 9) }, "length"),
  filtered: completion({ content: null }, "content_filter"),
  "a call": completion({ content: "", tool_calls: [call("one", { place: "Rome" })] }, "tool_calls"),
  "a wrong call": completion({ tool_calls: [call("one", { place: 7 })] }, "tool_calls"),
  "an unknown call": completion({ tool_calls: [call("other", { place: 7 })] }, "tool_calls"),
  "a custom call": completion({ tool_calls: [{ id: "c", type: "custom", custom: { name: "sql", input: "x" } }] }, "tool_calls"),
};
for (const [name, answer] of Object.entries(answers)) {
  const tools = [zodFunction({ name: "one", parameters: Place })];
  const one = [() => json(answer)];
  scripted(`parse: ${name}`, one, parsing({ response_format: city, tools }));
  scripted(`parse: ${name}, plain schema`, one, parsing({
    response_format: { type: "json_schema", json_schema: { name: "city", schema: {} } },
  }));
  scripted(`parse: ${name}, nothing to parse`, one, parsing());
}

scripted("parse: tools that cannot be parsed", [() => json(answers.right)], async (client, log) => {
  for (const it of [{ type: "function", function: { name: "f" } }, { type: "custom", custom: { name: "c" } }, { type: "other" }]) {
    try {
      await client.chat.completions.parse({ model, messages: user("Hi"), tools: [it] });
      log("taken");
    } catch (error) {
      log(error);
    }
  }
});

scripted("parse: the response beside the value", [() => json(answers.right)], async (client, log) => {
  const asked = client.chat.completions.parse({ model, messages: user("Hi"), response_format: city });
  const { data, response } = await asked.withResponse();
  log(data.choices[0].message.parsed, response.status);
  const length = client.chat.completions.create({ model, messages: user("Hi") })
    ._thenUnwrap((it, { response }) => `${it.choices.length} ${response.status}`);
  log(await length, (await length.withResponse()).data);
});

// -- runs --

const one = completion({ tool_calls: [call("one", { place: "Rome" })] }, "tool_calls");
const two = completion({ tool_calls: [call("one", { place: "Rome" }), call("two", {}, "call_2")] }, "tool_calls", {
  prompt_tokens: 1,
  completion_tokens: 2,
  total_tokens: 3,
  completion_tokens_details: { reasoning_tokens: 1 },
});
const end = completion({ content: "Done." }, "stop", { prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 });

/** The same answers whole and as streams. */
const streamed = ({ choices: [{ message, finish_reason }], usage }) => [
  chunk([{
    ...message,
    tool_calls: message.tool_calls?.map((it, index) => ({ index, ...it })),
  }]),
  chunk([{}, finish_reason]),
  ...(usage ? [{ ...chunk(), usage }] : []),
];

function runs(name, completions, rest, options, check = () => {}) {
  for (const isStream of [false, true]) {
    const answers = completions.map((it) => (isStream ? streamed(it) : () => json(it)));
    scripted(`runTools, ${isStream ? "streamed" : "whole"}: ${name}`, answers, async (client, log) => {
      const body = { model, messages: user("Hi"), stream: isStream, ...rest(log) };
      const runner = client.chat.completions.runTools(body, options?.(log));
      await watch(runner, log, EVENTS.filter((event) => !event.startsWith("chunk")));
      // Theirs has none before it has begun.
      if (runner.allChatCompletions().length > 0) log(runner.messages);
      for (const promise of ["finalContent", "finalMessage", "finalFunctionToolCall", "finalFunctionToolCallResult", "totalUsage"]) {
        log(promise, await runner[promise]().catch((error) => error));
      }
      await check(runner, log);
    });
  }
}

runs("usage of all answers", [two, end], (log) => ({
  tools: [tool("one", (args) => log("one", args)), tool("two", () => ({ ok: true }))],
}));
runs("a tool that nobody knows", [completion({ tool_calls: [call("three", {})] }, "tool_calls"), end], () => ({
  tools: [tool("one", () => 1), tool("two", () => 2)],
}));
runs("another tool than the forced one", [two, one], (log) => ({
  tools: [tool("one", () => log("one")), tool("two", () => log("two"))],
  tool_choice: { type: "function", function: { name: "two" } },
}));
runs("a context for the tools", [one, end], (log) => ({
  tools: [tool("one", (args, runner, context) => log(args, runner.messages.length, context))],
  toolContext: { user: 7 },
}));
runs("a name that is the function's", [one, end], () => ({
  tools: [tool(undefined, function one() {
    return "1";
  })],
}));
runs("a Zod tool", [one, end], (log) => ({
  tools: [zodFunction({ name: "one", parameters: Place, function: (args) => log(args) })],
}));
runs("a Zod tool whose arguments are wrong", [completion({ tool_calls: [call("one", { place: 7 })] }, "tool_calls"), end], (log) => ({
  tools: [zodFunction({ name: "one", parameters: Place, function: (args) => log(args) })],
}));
runs("a Zod tool that cannot be run", [one, end], () => ({ tools: [zodFunction({ name: "one", parameters: Place })] }));
runs("a value at the end", [one, completion({ content: rome })], () => ({
  tools: [tool("one", () => 1)],
  response_format: city,
}), undefined, async (runner, log) => log((await runner.finalChatCompletion()).choices[0].message.parsed));
// Streamed, theirs runs the first answer's tools, and does not say so.
scripted("runTools: two answers at a time", [() => json(end)], async (client, log) => {
  await watch(client.chat.completions.runTools({ model, messages: user("Hi"), tools: [tool("one", () => 1)], n: 2 }), log);
});
runs("no tools", [end], () => ({ tools: [] }));
runs("no answer", [end], () => ({ tools: [tool("one", () => 1)] }), () => ({ maxChatCompletions: 0 }));
runs("one answer", [one], () => ({ tools: [tool("one", () => 1)] }), () => ({ maxChatCompletions: 1 }));
runs("an answer that is cut", [completion({ content: "a" }, "length")], () => ({ tools: [tool("one", () => 1)] }));
runs("a custom call", [completion({ tool_calls: [{ id: "c", type: "custom", custom: { name: "sql", input: "x" } }] }, "tool_calls"), end], () => ({
  tools: [tool("one", () => 1)],
}));
runs("a tool that fails beside others", [two, end], (log) => ({
  tools: [
    tool("one", async () => {
      throw new TypeError("boom");
    }),
    tool("two", () => log("two")),
  ],
}));
runs("a tool that throws no error", [one, end], () => ({
  tools: [tool("one", () => {
    throw "boom";
  })],
}));
runs("a parser that waits, and throws no error", [one, end], () => ({
  tools: [tool("one", () => 1, { parse: async () => Promise.reject("bad") })],
}));
runs("a message from after an answer", [one, end], () => ({ tools: [tool("one", () => 1)] }), () => ({
  afterCompletion: (completion, runner) => {
    if (completion.choices[0].finish_reason === "tool_calls") runner.messages.push(...user("And?"));
  },
}));
runs("an exception after an answer", [one, end], () => ({ tools: [tool("one", () => 1)] }), () => ({
  afterCompletion: () => {
    throw new TypeError("boom");
  },
}));
runs("an abort after an answer", [one, end], () => ({ tools: [tool("one", () => 1)] }), () => ({
  afterCompletion: (_, runner) => runner.abort(),
}));
runs("what a result becomes", [two, end], () => ({ tools: [tool("one", () => null), tool("two", () => [undefined, new Date(0)])] }));
runs("a conversation that has answers already", [end], () => ({
  tools: [tool("one", () => 1)],
  messages: [
    ...user("Hi"),
    { role: "assistant", content: null, refusal: null, parsed: { a: 1 }, tool_calls: [{ ...call("one", {}), more: 1 }] },
    { role: "tool", tool_call_id: "call_one", content: "1" },
  ],
}));
