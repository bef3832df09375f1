// Libraries that take or wrap an OpenAI client, with `openai`'s and with ours: what their users see,
// what they record, and what is sent is the same.

import { createServer } from "node:http";
import Instructor from "@instructor-ai/instructor";
import { Agent, run, setTracingDisabled, tool } from "@openai/agents-core";
import { OpenAIChatCompletionsModel } from "@openai/agents-openai";
import { chat, toolDefinition } from "@tanstack/ai";
import { OpenAICompatibleChatAdapter } from "@tanstack/ai-openai/compatible";
import { ClosedQA, init as initAutoevals } from "autoevals";
import { BedrockChatClient } from "bedrock-chat";
import { observeOpenAI } from "langfuse";
import { wrapOpenAI } from "langsmith/wrappers";
import OpenAI from "openai";
import { z } from "zod";
import { z as z3 } from "zod/v3";
import { assert, test } from "../harness.js";

const model = "m";
const messages = [{ role: "user", content: "Where?" }];
const response_format = { type: "json_schema", json_schema: { name: "city", schema: { type: "object" } } };
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

/** An answer: JSON where a format is asked for, a call of the first tool where there is one, else a text. */
function answer({ messages, tools, response_format }) {
  const name = messages.at(-1).role !== "tool" && tools?.[0]?.function.name;
  if (!name) return { role: "assistant", content: response_format ? '{"city":"Rome"}' : "In Rome." };
  const args = name === "select_choice" ? { choice: "Y", reasons: "It is." } : { city: "Rome" };
  const call = { id: "call_1", type: "function", function: { name, arguments: JSON.stringify(args) } };
  return { role: "assistant", content: null, tool_calls: [call] };
}

/** A service that notes what it is asked. */
function service(sent) {
  return async (_, init) => {
    const body = JSON.parse(init.body);
    sent.push(body);
    const message = answer(body);
    const base = { id: "c1", created: 1, model };
    const finish_reason = message.tool_calls ? "tool_calls" : "stop";
    if (!body.stream) {
      return Response.json({ ...base, object: "chat.completion", choices: [{ index: 0, message, finish_reason }], usage });
    }
    const chunk = (choices, more) => `data: ${JSON.stringify({ ...base, object: "chat.completion.chunk", choices, ...more })}\n\n`;
    const tool_calls = message.tool_calls?.map((call, index) => ({ index, ...call }));
    const events =
      chunk([{ index: 0, delta: { ...message, tool_calls }, finish_reason: null }]) +
      chunk([{ index: 0, delta: {}, finish_reason }]) +
      chunk([], { usage });
    return new Response(`${events}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } });
  };
}

/** Runs a program with both; what it logs and what is sent must be the same. */
function same(name, program) {
  test(`wrappers: ${name}`, async () => {
    const found = [];
    for (const Client of [OpenAI, BedrockChatClient]) {
      const sent = [];
      const log = [];
      const client = new Client({ apiKey: "bedrock-api-key-x", baseURL: "https://b.test/v1", fetch: service(sent), maxRetries: 0 });
      await program(client, (...items) => log.push(JSON.parse(JSON.stringify(items))));
      found.push({ log, sent });
    }
    const [theirs, ours] = found;
    assert.isNotEmpty(theirs.log);
    assert.deepEqual(ours, theirs);
  });
}

const text = async (stream) => {
  let all = "";
  for await (const chunk of stream) all += chunk.choices[0]?.delta?.content ?? "";
  return all;
};

/** What users of a tracing wrapper do. */
async function useAll({ chat: { completions } }, log) {
  log((await completions.create({ model, messages })).choices[0].message.content);
  log(await text(await completions.create({ model, messages, stream: true })));
  log((await completions.parse({ model, messages, response_format })).choices[0].message.parsed);
}

same("langsmith traces calls", async (client, log) => {
  const runs = [];
  const sink = {
    createRun: async ({ name, run_type, inputs }) => void runs.push(["begin", name, run_type, inputs]),
    updateRun: async (_, { outputs, error }) => void runs.push(["end", outputs?.usage_metadata, outputs?.choices?.[0].message.content, error]),
  };
  const wrapped = wrapOpenAI(client, { client: sink, tracingEnabled: true });
  await useAll(wrapped, log);
  log(await wrapped.chat.completions.stream({ model, messages }).finalContent());
  const f = { name: "f", description: "f", parameters: {}, function: () => "1" };
  for (const stream of [false, true]) {
    log(await wrapped.chat.completions.runTools({ model, messages, stream, tools: [{ type: "function", function: f }] }).finalContent());
  }
  await new Promise((go) => setTimeout(go, 0));
  log(runs.map((it) => JSON.stringify(it)).sort());
});

let langfuse;

same("langfuse traces calls", async (client, log) => {
  const events = [];
  // The library knows the first server that it was told of, and no other one.
  langfuse ??= createServer().listen(0, "127.0.0.1");
  langfuse.removeAllListeners("request").on("request", async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    events.push(...JSON.parse(body).batch);
    response.setHeader("content-type", "application/json").end('{"successes":[],"errors":[]}');
  });
  if (!langfuse.listening) await new Promise((go) => langfuse.once("listening", go));
  const baseUrl = `http://127.0.0.1:${langfuse.address().port}`;
  const wrapped = observeOpenAI(client, { clientInitParams: { publicKey: "p", secretKey: "s", baseUrl } });
  await useAll(wrapped, log);
  log(wrapped.baseURL, wrapped.maxRetries);
  await wrapped.flushAsync();
  // The name is that of the client's class.
  const nameOf = ({ name }) => name?.replace(/^\w+/, "Client");
  log(events.map(({ type, body }) => JSON.stringify([type, nameOf(body), body.input, body.output, body.usage, body.modelParameters])).sort());
  langfuse.unref();
});

same("instructor asks for values", async (client, log) => {
  const schema = z3.object({ city: z3.string() });
  for (const mode of ["TOOLS", "JSON_SCHEMA", "JSON"]) {
    const { create } = Instructor({ client, mode }).chat.completions;
    const body = () => ({ model, messages: [...messages], response_model: { schema, name: "City" } });
    const { city, _meta } = await create({ ...body(), max_retries: 0 });
    log(mode, city, _meta.usage);
    for await (const part of await create({ ...body(), stream: true })) log(part.city);
  }
});

same("OpenAI's agents run with it", async (client, log) => {
  setTracingDisabled(true);
  const weather = tool({
    name: "weather",
    description: "The weather",
    parameters: z.object({ city: z.string() }),
    execute: async ({ city }) => `Sun in ${city}.`,
  });
  const agent = new Agent({ name: "a", instructions: "Be kind.", model: new OpenAIChatCompletionsModel(client, model), tools: [weather] });
  const whole = await run(agent, "Where?");
  log(whole.finalOutput, whole.history.map(({ type, role, output }) => [type, role, output]));
  const streamed = await run(agent, "Where?", { stream: true });
  const events = [];
  for await (const { type, name } of streamed) events.push([type, name]);
  await streamed.completed;
  log(streamed.finalOutput, events);
});

same("autoevals judges with it", async (client, log) => {
  initAutoevals({ client });
  const { score, metadata, name } = await ClosedQA({ input: "Where?", output: "In Rome.", criteria: "It names a city.", model });
  log(score, metadata.choice, name);
});

test("wrappers: proxies, bound methods, copies and subclasses", async () => {
  const options = { apiKey: "bedrock-api-key-x", baseURL: "https://b.test/v1", fetch: service([]), maxRetries: 0 };
  class Traced extends BedrockChatClient {
    calls = 0;
    constructor(options) {
      super(options);
      const { completions } = this.chat;
      const create = completions.create.bind(completions);
      completions.create = (...given) => (this.calls++, create(...given));
    }
  }
  const traced = new Traced(options);
  assert.instanceOf(traced, BedrockChatClient);
  await traced.chat.completions.parse({ model, messages, response_format });
  await traced.chat.completions.runTools({ model, messages, tools: [] }).done();
  assert.equal(traced.calls, 2);
  await traced.chat.completions.runTools({ model, messages, tools: [], stream: true }).done();
  assert.equal(await text(traced.chat.completions.stream({ model, messages })), "In Rome.");
  assert.equal(traced.calls, 4);
  assert.instanceOf(traced.withOptions({ maxRetries: 1 }), Traced);

  const seen = [];
  const deep = (target) =>
    new Proxy(target, {
      get(object, name, receiver) {
        const value = Reflect.get(object, name, receiver);
        if (typeof value === "function") return (...given) => (seen.push(name), value.apply(object, given));
        return Object(value) === value ? deep(value) : value;
      },
    });
  const proxied = deep(new BedrockChatClient(options));
  const completion = await proxied.chat.completions.create({ model, messages });
  assert.equal(completion.choices[0].message.content, "In Rome.");
  assert.equal(await text(await proxied.chat.completions.create({ model, messages, stream: true })), "In Rome.");
  assert.equal(await proxied.chat.completions.stream({ model, messages }).finalContent(), "In Rome.");
  assert.include(seen, "create");
  assert.isString(proxied.baseURL);

  const client = new BedrockChatClient(options);
  const copy = Object.assign(Object.create(Object.getPrototypeOf(client.chat.completions)), client.chat.completions);
  assert.equal((await copy.create({ model, messages })).choices[0].message.content, "In Rome.");
  const awaited = await Promise.all([client.chat.completions.create({ model, messages }), Promise.resolve(1)]);
  assert.equal(awaited[0].id, "c1");
  assert.instanceOf(client.chat.completions.create({ model, messages }), Promise);
});

same("TanStack AI's chat, with a tool and structured output", async (client, log) => {
  const adapter = new OpenAICompatibleChatAdapter(client, model, "bedrock");
  const inputSchema = z.object({ city: z.string() });
  const f = toolDefinition({ name: "f", description: "f", inputSchema }).server(async ({ city }) => ({ city, rain: true }));
  const options = { adapter, messages, tools: [f] };
  for await (const { type, delta, toolCallName, content, usage } of chat(options)) log(type, delta, toolCallName, content, usage);
  log(await chat({ adapter, messages, outputSchema: inputSchema }));
  const stopping = new AbortController();
  const types = [];
  for await (const { type } of chat({ adapter, messages, abortController: stopping })) {
    types.push(type);
    stopping.abort();
  }
  log(types);
});
