// The provider under the real `ai` package: what a program sees is the same as with
// @ai-sdk/openai-compatible, and what that has not is there too.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, NoSuchModelError } from "@ai-sdk/provider";
import { Output, ToolLoopAgent, generateObject, generateText, isStepCount, jsonSchema, streamObject, streamText, tool } from "ai";
import { BedrockChatClient, RateLimitError } from "bedrock-chat";
import { createBedrockChat } from "bedrock-chat/ai-sdk";
import { assert, test } from "../harness.js";
import { fails } from "../helpers.js";

globalThis.AI_SDK_LOG_WARNINGS = false;

const gptOss = "openai.gpt-oss-20b-1:0";
const qwen = "qwen.qwen3-32b-v1:0";

const ours = ({ baseURL }, options) =>
  createBedrockChat({ client: new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-emulator", ...options }) });
const theirs = ({ baseURL }) =>
  createOpenAICompatible({
    name: "bedrock",
    baseURL,
    apiKey: "bedrock-api-key-emulator",
    includeUsage: true,
    supportsStructuredOutputs: true,
  });

const word = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "word " } }] })}\n\n`;

const place = jsonSchema({
  type: "object",
  properties: { place: { type: "string" } },
  required: ["place"],
  additionalProperties: false,
});
const weather = (execute = async ({ place }) => ({ place, degrees: 21 })) =>
  tool({ description: "The weather", inputSchema: place, execute });

/** Ids and times differ from answer to answer. */
const CHANGING = ["id", "toolCallId", "timestamp", "headers", "body", "request", "response", "providerMetadata", "raw", "rawFinishReason"];
const stable = (value) =>
  JSON.parse(
    JSON.stringify(value, (key, held) => {
      if (CHANGING.includes(key)) return undefined;
      return held instanceof Error ? held.constructor.name : held;
    }) ?? "null",
  );

/** Deltas are cut where each likes: those that follow each other are one. */
function joined(parts) {
  const all = [];
  for (const part of parts) {
    const last = all.at(-1);
    if (part.type.endsWith("-delta") && last?.type === part.type) {
      last.text = (last.text ?? last.delta) + (part.text ?? part.delta);
    } else all.push({ ...part });
  }
  return all;
}

/** What both providers make of the same program. */
function same(name, program, setup) {
  test(`ai, as @ai-sdk/openai-compatible: ${name}`, async ({ emulator }) => {
    const seen = [];
    for (const provider of [theirs, ours]) {
      const space = await emulator.space(setup);
      const result = await program(provider(space));
      const bodies = (await space.requests()).map((request) => request.json());
      seen.push(stable({ result, messages: bodies.map(({ messages, tools, tool_choice, response_format }) => ({ messages, tools, tool_choice, response_format })) }));
    }
    // What a model reasoned is not sent back to it; calls have ids of their own.
    const plain = (text) => JSON.parse(JSON.stringify(text, (key, held) => (/^(reasoning_content|tool_call_id|description)$/.test(key) ? undefined : held)));
    assert.deepEqual(plain(seen[1]), plain(seen[0]));
  });
}

const generated = async (asking) => {
  const { text, reasoningText, toolCalls, toolResults, finishReason, usage, steps, warnings } = await asking;
  const told = ({ inputTokens, outputTokens, totalTokens }) => ({ inputTokens, outputTokens, totalTokens });
  return { text, reasoningText, toolCalls, toolResults, finishReason, warnings, usage: told(usage), steps: steps.length };
};

const streamed = async (result) => {
  const parts = [];
  for await (const part of result.fullStream) parts.push(part);
  const usage = ({ type }) => type === "finish" || type === "finish-step";
  return joined(parts).map((part) => (usage(part) ? { type: part.type, finishReason: part.finishReason } : part));
};

same("a text", (bedrock) => generated(generateText({ model: bedrock(gptOss), prompt: "Hello!" })));
same("settings", (bedrock) =>
  generated(
    generateText({ model: bedrock(gptOss), instructions: "Be brief.", prompt: "Hello!", maxOutputTokens: 4, topK: 3, temperature: 0.5, stopSequences: ["x"], seed: 1 }),
  ));
same("a stream", (bedrock) => streamed(streamText({ model: bedrock(gptOss), prompt: "emoji" })));
same("reasoning", async (bedrock) => {
  // In the content of this model it would be text for the other one.
  const model = bedrock("deepseek.v3.2");
  return generated(generateText({ model, prompt: "Hello!" }));
});
same("a tool, and what it answered", (bedrock) =>
  generated(
    generateText({ model: bedrock(qwen), prompt: "weather", tools: { get_weather: weather() }, stopWhen: isStepCount(3) }),
  ));
same("a tool, streamed", (bedrock) =>
  streamed(streamText({ model: bedrock(qwen), prompt: "weather", tools: { get_weather: weather() }, stopWhen: isStepCount(3) })));
same("a tool that fails", (bedrock) => {
  const failing = weather(() => Promise.reject(new Error("invalid place")));
  return generated(generateText({ model: bedrock(qwen), prompt: "weather", tools: { get_weather: failing }, stopWhen: isStepCount(3) }));
});
same("a tool that must be called", (bedrock) =>
  generated(
    generateText({ model: bedrock(qwen), prompt: "hi", tools: { one: weather(), two: weather() }, toolChoice: { type: "tool", toolName: "two" } }),
  ));
same("calls at once", (bedrock) =>
  generated(generateText({ model: bedrock(qwen), prompt: "parallel", tools: { one: weather(), two: weather() }, stopWhen: isStepCount(2) })));
same("arguments that are no JSON", (bedrock) =>
  streamed(streamText({ model: bedrock(qwen), prompt: "malformed weather", tools: { get_weather: weather() } })));
same("structured output", async (bedrock) => {
  const city = jsonSchema({
    type: "object",
    properties: { city: { type: "string" }, people: { type: "integer" } },
    required: ["city", "people"],
    additionalProperties: false,
  });
  const { output } = await generateText({ model: bedrock(qwen), prompt: "Rome?", output: Output.object({ schema: city }) });
  const stream = streamText({ model: bedrock(qwen), prompt: "Rome?", output: Output.object({ schema: city }) });
  return { output, streamed: await stream.output };
});
same("a refusal", async (bedrock) => generated(generateText({ model: bedrock(qwen), prompt: "refuse" })).then(({ finishReason: _, ...rest }) => rest));
same("an agent", async (bedrock) => {
  const agent = new ToolLoopAgent({ model: bedrock(qwen), tools: { get_weather: weather() } });
  return generated(agent.generate({ prompt: "weather" }));
});
same("a picture", async (bedrock) => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const content = [{ type: "text", text: "What is it?" }, { type: "file", mediaType: "image", data: png }];
  return generated(generateText({ model: bedrock(gptOss), messages: [{ role: "user", content }] }));
});
same("an error", async (bedrock) => {
  const error = await fails(generateText({ model: bedrock("no.such-model"), prompt: "hi", maxRetries: 0 }));
  return [APICallError.isInstance(error), error.statusCode, /doesn't exist/.test(error.message)];
});

same("usage of a stream", async (bedrock) => {
  const result = streamText({ model: bedrock(qwen), prompt: "weather", tools: { get_weather: weather() }, stopWhen: isStepCount(3) });
  await result.consumeStream();
  return generated(result);
});
same("objects, by the functions of old", async (bedrock) => {
  const schema = jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false });
  const asked = { model: bedrock(qwen), prompt: "Rome?", schema };
  const { object, finishReason } = await generateObject(asked);
  const stream = streamObject(asked);
  const partial = [];
  for await (const value of stream.partialObjectStream) partial.push(value);
  return { object, finishReason, streamed: await stream.object, last: partial.at(-1) };
});
same("an object that is cut, and one that does not fit", async (bedrock) => {
  const schema = jsonSchema({ type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false });
  const failed = (prompt) => fails(generateText({ model: bedrock(qwen), prompt, output: Output.object({ schema }) }).then(({ output }) => output));
  const errors = [await failed("truncate"), await failed("trailing")];
  return errors.map(({ name, text, finishReason }) => [name, text, finishReason]);
});
const limited = { status: 429, headers: { "retry-after-ms": "1" }, json: { message: "Too many requests" } };
same("tries, until one succeeds", (bedrock) => generated(generateText({ model: bedrock(qwen), prompt: "Hello!" })), { steps: [limited, limited] });
same("a stream that is stopped", async (bedrock) => {
  const stopping = new AbortController();
  const result = streamText({ model: bedrock(qwen), prompt: "hi", abortSignal: stopping.signal });
  const types = [];
  for await (const { type } of result.fullStream) {
    types.push(type);
    if (type === "text-delta") stopping.abort();
  }
  return [...new Set(types)];
}, { steps: [{ pieces: [{ text: word, repeat: "forever", delayMs: 2 }] }] });
same("a call that is stopped", async (bedrock) => {
  const error = await fails(generateText({ model: bedrock(qwen), prompt: "hi", abortSignal: AbortSignal.abort() }));
  return error.name;
});
same("an error within a stream", async (bedrock) => {
  const errors = [];
  const result = streamText({ model: bedrock(qwen), prompt: "hi", onError: ({ error }) => void errors.push(error) });
  const types = [];
  for await (const { type } of result.fullStream) types.push(type);
  // What was begun is ended before or after.
  return [types.filter((type) => type !== "text-end"), errors.length, await result.finishReason];
}, { steps: [{ body: `${word}data: {"error":{"message":"overloaded","type":"server_error","code":500}}\n\n` }] });

test("ai: reasoning is a part of its own, whole and streamed", async ({ emulator }) => {
  const bedrock = ours(await emulator.space());
  const { text, reasoningText } = await generateText({ model: bedrock(gptOss), prompt: "think" });
  assert.isNotEmpty(reasoningText);
  assert.notInclude(text, "<reasoning>");
  const result = streamText({ model: bedrock(gptOss), prompt: "think" });
  await result.consumeStream();
  assert.equal(await result.reasoningText, reasoningText);
  assert.equal(await result.text, text);
});

test("ai: effort of reasoning, and fields of the provider's own", async ({ emulator }) => {
  const space = await emulator.space();
  const model = ours(space)(gptOss);
  await generateText({ model, prompt: "hi", reasoning: "low", providerOptions: { bedrock: { service_tier: "flex" } }, headers: { "x-mine": "1" } });
  const [request] = await space.requests();
  assert.deepInclude(request.json(), { reasoning_effort: "low", service_tier: "flex" });
  assert.equal(request.header("x-mine"), "1");
  // What was not set is not sent.
  assert.notProperty(request.json(), "temperature");
});

test("ai: a guardrail, what it found, and SigV4", async ({ emulator }) => {
  const space = await emulator.space();
  const bedrock = ours(space, {
    apiKey: null,
    region: "us-east-1",
    credentials: { accessKeyId: "ASIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: "fixture/session+token==" },
  });
  const guardrail = { identifier: "gr12345", version: "1", trace: "ENABLED" };
  const asked = { model: bedrock(gptOss), prompt: "forbidden", providerOptions: { bedrock: { guardrail } } };
  const whole = await generateText(asked);
  const stream = streamText(asked);
  await stream.consumeStream();
  for (const result of [whole, stream]) {
    const { bedrock: found } = await result.providerMetadata;
    assert.equal(found.guardrail.action, "INTERVENED");
    assert.property(found.guardrail, "trace");
    assert.isString(found.requestId);
    assert.equal(await result.finishReason, "content-filter");
  }
  for (const { auth } of await space.requests()) assert.deepEqual(auth, { kind: "sigv4", ok: true });
});

test("ai: errors are typed, and asked again by one alone", async ({ emulator }) => {
  const space = await emulator.space({ steps: [limited], repeatLast: true });
  const model = ours(space, { maxRetries: 1 })(gptOss);
  const error = await fails(generateText({ model, prompt: "hi" }));
  assert.instanceOf(error, RateLimitError);
  assert.isTrue(APICallError.isInstance(error));
  assert.equal(error.statusCode, 429);
  assert.lengthOf(await space.requests(), 2);
});

test("ai: a stream that is cut tells of it", async ({ emulator }) => {
  const piece = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "half" } }] })}\n\n`;
  const space = await emulator.space({ steps: [{ body: piece }] });
  const errors = [];
  const result = streamText({ model: ours(space)(gptOss), prompt: "hi", onError: ({ error }) => void errors.push(error) });
  const types = [];
  for await (const { type } of result.fullStream) types.push(type);
  assert.include(types, "error");
  assert.equal(errors[0].name, "IncompleteStreamError");
  assert.equal(await result.finishReason, "error");
});

test("ai: who stops a stream stops the model", async ({ emulator }) => {
  const space = await emulator.space({ steps: [{ pieces: [{ text: word, repeat: "forever", delayMs: 2 }] }] });
  const stopping = new AbortController();
  const types = [];
  const result = streamText({ model: ours(space)(gptOss), prompt: "hi", abortSignal: stopping.signal });
  for await (const { type } of result.fullStream) {
    types.push(type);
    if (type === "text-delta") stopping.abort();
  }
  assert.equal(types.at(-1), "abort");
  await space.waitFor("disconnected");
});

test("ai: what it has no model for", async ({ emulator }) => {
  const bedrock = ours(await emulator.space());
  for (const kind of ["embeddingModel", "imageModel"]) {
    try {
      bedrock[kind]("x");
      assert.fail("it should have failed");
    } catch (error) {
      assert.isTrue(NoSuchModelError.isInstance(error));
    }
  }
});

test("AI SDK: messages of every kind are sent as they are by @ai-sdk/openai-compatible", async () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const base64 = btoa(String.fromCharCode(...png));
  const user = (...content) => ({ role: "user", content });
  const says = (...content) => ({ role: "assistant", content });
  const hi = user({ type: "text", text: "hi" });
  const call = (toolCallId, input) => ({ type: "tool-call", toolCallId, toolName: "f", input });
  const answered = (...outputs) => ({
    role: "tool",
    content: outputs.map((output, at) => ({ type: "tool-result", toolCallId: `c${at}`, toolName: "f", output })),
  });
  const answers = [
    { type: "text", value: "t" },
    { type: "json", value: { x: null } },
    { type: "json", value: null },
    { type: "error-text", value: "bad" },
    { type: "error-json", value: { e: 1 } },
    { type: "execution-denied" },
    { type: "execution-denied", reason: "no" },
    { type: "content", value: [{ type: "text", text: "a" }, { type: "media", data: base64, mediaType: "image/png" }] },
  ];
  const prompts = [
    [user({ type: "image", image: png })],
    [user({ type: "image", image: base64, mediaType: "image/png" })],
    [user({ type: "image", image: `data:image/png;base64,${base64}` })],
    [user({ type: "file", data: png, mediaType: "image/png" })],
    [user({ type: "text", text: "x" }, { type: "file", data: new Uint8Array([37, 80, 68, 70]), mediaType: "application/pdf", filename: "a.pdf" })],
    [user({ type: "file", data: new TextEncoder().encode("é hi"), mediaType: "text/plain" })],
    // Base64 as it is written in URLs.
    [user({ type: "file", data: "w6k_Pn5oaQ", mediaType: "text/plain" })],
    [user()],
    [user({ type: "text", text: "" })],
    [user({ type: "text", text: "a" }, { type: "text", text: "b" })],
    [hi, says(), hi],
    [hi, { role: "assistant", content: "yo" }, hi],
    [hi, says({ type: "text", text: "see" }, { type: "file", data: png, mediaType: "image/png" }), hi],
    [hi, { role: "system", content: "be brief" }, hi],
    [hi, says(call("c0", '{"a":1}')), answered(answers[0])],
    [hi, says({ type: "text", text: "both" }, call("c0", {}), call("c1", { a: 1 })), answered(answers[0], answers[1])],
    ...answers.map((answer) => [hi, says(call("c0", { a: 1 })), answered(answer)]),
  ];
  for (const messages of prompts) {
    const sent = [];
    const fetch = async (_, { body }) => {
      sent.push(JSON.parse(body).messages);
      const choices = [{ index: 0, message: { role: "assistant", content: "x" }, finish_reason: "stop" }];
      return Response.json({ id: "c", created: 1, model: qwen, choices });
    };
    const baseURL = "https://bedrock.test/openai/v1";
    const client = new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-test", fetch });
    for (const provider of [createBedrockChat({ client }), createOpenAICompatible({ name: "bedrock", baseURL, apiKey: "k", fetch })]) {
      await generateText({ model: provider(qwen), messages, allowSystemInMessages: true });
    }
    assert.lengthOf(sent, 2);
    assert.deepEqual(sent[0], sent[1]);
  }
});
