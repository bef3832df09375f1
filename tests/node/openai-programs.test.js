// Programs written for the npm package `openai`, run with it and with ours: what each of them sees
// is the same, event by event, message by message.

import { EVENTS, model, same, user, watch } from "./openai-transcripts.js";

const schema = {
  type: "object",
  properties: { city: { type: "string" }, people: { type: "integer" } },
  required: ["city", "people"],
  additionalProperties: false,
};
const response_format = { type: "json_schema", json_schema: { name: "city", strict: true, schema } };
const place = {
  type: "object",
  properties: { place: { type: "string" } },
  required: ["place"],
  additionalProperties: false,
};
const strictTool = (name) => ({ type: "function", function: { name, parameters: place, strict: true } });
const weather = (run, rest) => ({
  type: "function",
  function: { name: "get_weather", description: "The weather", parameters: place, function: run, ...rest },
});

const stream = (question, rest) => (client, log) =>
  watch(client.chat.completions.stream({ model, messages: user(question), ...rest }), log);

same("events of a text", stream("Hello!", { stream_options: { include_usage: true } }));
same("events of reasoning", stream("think"));
same("events of structured output", stream("Rome?", { response_format }));
same("events of structured output that was cut", stream("truncate", { response_format }));
same("events of text behind structured output", stream("trailing", { response_format }));
same("events of a refusal", stream("refuse", { response_format }));
same("events of a tool", stream("weather", { tools: [strictTool("get_weather")] }));
same("events of several tools", stream("parallel", { tools: [strictTool("one"), strictTool("two")] }));
same("events of a tool that is not strict", stream("weather", { tools: [{ type: "function", function: { name: "w", parameters: place } }] }));
same("events of malformed arguments", stream("malformed weather", { tools: [strictTool("get_weather")] }));
same("events of an error", stream("Hello!", { model: "nosuch.model" }));

same("once, off, emitted", async (client, log) => {
  const stream = client.chat.completions.stream({ model, messages: user("Hello!") });
  const off = () => log("off");
  stream.on("content", off).once("content", (delta) => log("once", delta)).off("content", off);
  log(stream.ended, stream.errored, stream.aborted);
  log("emitted", await stream.emitted("content"));
  log("message", await stream.emitted("finalMessage"));
  await stream.done();
  log(stream.ended, stream.errored, stream.aborted, stream.currentChatCompletionSnapshot === undefined);
  stream.on("content", () => log("late"));
});

same("a loop beside listeners", async (client, log) => {
  const stream = client.chat.completions.stream({ model, messages: user("Hello!") });
  let heard = "";
  stream.on("content", (delta) => (heard += delta));
  let read = "";
  for await (const chunk of stream) read += chunk.choices[0]?.delta?.content ?? "";
  await stream.done();
  log(heard, read);
});

same("the promises of a stream", async (client, log) => {
  const stream = client.chat.completions.stream({
    model,
    messages: user("Hello!"),
    stream_options: { include_usage: true },
  });
  log(await stream.finalContent(), await stream.finalMessage(), await stream.totalUsage());
  log(await stream.finalChatCompletion(), await stream.finalFunctionToolCall(), stream.messages);
  log(stream.allChatCompletions().length);
});

same("a listener that throws", async (client, log) => {
  const stream = client.chat.completions.stream({ model, messages: user("Hello!") });
  stream.on("content", () => {
    throw new TypeError("mine");
  });
  stream.on("error", (error) => log("error", error, error.cause instanceof TypeError));
  stream.on("end", () => log("end"));
  await stream.done();
});

same("an aborted stream", async (client, log) => {
  const stream = client.chat.completions.stream({ model, messages: user("long") });
  stream.once("content", () => stream.abort());
  stream.on("abort", (error) => log("abort", error));
  stream.on("error", () => log("error"));
  stream.on("end", () => log("end", stream.aborted, stream.errored));
  await stream.finalContent();
});

const parse = (question, rest) => async (client, log) => {
  log(await client.chat.completions.parse({ model, messages: user(question), ...rest }));
};

same("parse: structured output", parse("Rome?", { response_format }));
same("parse: cut", parse("truncate", { response_format }));
same("parse: a refusal", parse("refuse", { response_format }));
same("parse: text behind it", parse("trailing", { response_format }));
same("parse: a tool", parse("weather", { tools: [strictTool("get_weather")] }));
same("parse: malformed arguments", parse("malformed weather", { tools: [strictTool("get_weather")] }));
same("parse: a tool that is not strict", parse("weather", { tools: [{ type: "function", function: { name: "w", parameters: place } }] }));
same("parse: nothing to parse", parse("Hello!"));

const run = (question, tools, rest, options) => async (client, log) => {
  const runner = client.chat.completions.runTools({ model, messages: user(question), tools: tools(log), ...rest }, options?.(log));
  await watch(runner, log, EVENTS.filter((event) => !event.startsWith("chunk")));
  log("messages", runner.messages);
  log(await runner.finalFunctionToolCall().catch((error) => error));
  log(await runner.finalFunctionToolCallResult().catch((error) => error));
  log(runner.allChatCompletions().length);
};

for (const streams of [false, true]) {
  const how = streams ? "streamed" : "whole";
  const rest = { stream: streams };
  const sunny = (log) => [
    weather((args) => {
      log("called", args);
      return { sunny: true };
    }),
  ];
  same(`runTools, ${how}: a tool`, run("weather", sunny, rest));
  same(`runTools, ${how}: parsed arguments`, run("weather", (log) => [weather((args) => log(args), { parse: JSON.parse })], rest));
  same(`runTools, ${how}: a text, nothing, a promise`, run("parallel", () => [
    weather(() => "text", { name: "one" }),
    weather(() => undefined, { name: "two" }),
    weather(async () => [1], { name: "three" }),
  ], rest));
  same(`runTools, ${how}: one after the other`, run("one two", (log) => [
    weather(() => log("one"), { name: "one" }),
    weather(() => log("two"), { name: "two" }),
  ], { ...rest, parallel_tool_calls: false }));
  same(`runTools, ${how}: a forced tool ends the run`, run("weather", sunny, {
    ...rest,
    tool_choice: { type: "function", function: { name: "get_weather" } },
  }));
  same(`runTools, ${how}: a tool that throws`, run("weather", () => [
    weather(() => {
      throw new TypeError("boom");
    }),
  ], rest));
  same(`runTools, ${how}: a parser that throws`, run("malformed weather", (log) => [
    weather((args) => log(args), {
      parse: (text) => {
        if (!text.endsWith("}")) throw new Error("error: bad arguments");
        return JSON.parse(text);
      },
    }),
  ], rest));
  same(`runTools, ${how}: at most so many answers`, run("weather", sunny, { ...rest, tool_choice: "required" }, () => ({
    maxChatCompletions: 3,
  })));
  same(`runTools, ${how}: after each answer`, run("weather", sunny, rest, (log) => ({
    afterCompletion: async (completion, runner) => log("after", completion.choices[0].finish_reason, runner.messages.length),
  })));
  same(`runTools, ${how}: an abort by a tool`, async (client, log) => {
    const controller = new AbortController();
    const tools = [weather(() => controller.abort())];
    const body = { model, messages: user("weather"), tools, ...rest };
    const runner = client.chat.completions.runTools(body, { signal: controller.signal });
    await watch(runner, log, ["abort", "error", "end"]);
    log(runner.messages);
  });
  same(`runTools, ${how}: an answer that is cut`, run("weather truncate", sunny, { ...rest, max_completion_tokens: 3 }));
}

same("models", async (client, log) => {
  const page = await client.models.list();
  log(page.data.map((it) => it.id), page.object, page.hasNextPage());
  for await (const { id } of client.models.list()) log(id);
  log((await client.models.retrieve("openai.gpt-oss-20b")).object);
  await client.models.retrieve("no/such model");
});
