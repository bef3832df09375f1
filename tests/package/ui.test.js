// UI message streams, and the messages of pages as requests.

import { BedrockChatClient, InvalidRequestError } from "bedrock-chat";
import { chatTransport, fromUIMessages, toUIMessageStreamResponse, uiMessageStream } from "bedrock-chat/ui";
import { assert, test } from "../harness.js";
import { chunk, clientOf, DONE, event, request, says, STOP, Upstream } from "./stream-parts.js";

const answers = (text) => async () => new Response(text, { headers: { "content-type": "text/event-stream" } });
const streamOf = (text) => clientOf(answers(text), { maxRetries: 0 }).chat.completions.stream(request);

async function chunksOf(readable) {
  const reader = readable.getReader();
  const all = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return all;
    all.push(value);
  }
}

const call = (index, id, name, text) => ({ index, ...(id && { id, type: "function" }), function: { ...(name && { name }), arguments: text } });
const calls = (...list) => event(chunk({ tool_calls: list }));

test("UI: reasoning and text", async () => {
  const text = event(chunk({ role: "assistant", content: "" })) + event(chunk({ reasoning: "Hm." })) + says("a") + says("b") + STOP + DONE;
  const usage = () => ({ tokens: 3 });
  const chunks = await chunksOf(uiMessageStream(streamOf(text), { messageId: "m1", messageMetadata: usage }));
  assert.deepEqual(chunks, [
    { type: "start", messageId: "m1" },
    { type: "start-step" },
    { type: "reasoning-start", id: "reasoning-0" },
    { type: "reasoning-delta", id: "reasoning-0", delta: "Hm." },
    { type: "reasoning-end", id: "reasoning-0" },
    { type: "text-start", id: "text-1" },
    { type: "text-delta", id: "text-1", delta: "a" },
    { type: "text-delta", id: "text-1", delta: "b" },
    { type: "text-end", id: "text-1" },
    { type: "finish-step" },
    { type: "finish", finishReason: "stop", messageMetadata: { tokens: 3 } },
  ]);
  const types = (await chunksOf(uiMessageStream(streamOf(text), { sendReasoning: false }))).map(({ type }) => type);
  assert.notInclude(types.join(), "reasoning");
});

test("UI: calls, whole and malformed, with ids that do not collide", async () => {
  const text =
    calls(call(0, "call_0", "one", "")) +
    calls(call(0, "", "", '{"a"'), call(1, "call_1", "two", "{")) +
    calls(call(0, "", "", ":1}")) +
    event(chunk({ tool_calls: [call(2, "long-id-of-its-own", "three", "")] }, "tool_calls")) +
    DONE;
  const all = await Promise.all([1, 2].map(() => chunksOf(uiMessageStream(streamOf(text)))));
  const [first, second] = all.map((chunks) => chunks.filter(({ type }) => type.startsWith("tool-")));
  const ids = first.filter(({ type }) => type === "tool-input-start").map(({ toolCallId }) => toolCallId);
  assert.equal(ids[2], "long-id-of-its-own");
  assert.notEqual(first[0].toolCallId, second[0].toolCallId);
  const deltas = first.filter(({ toolCallId, type }) => toolCallId === ids[0] && type === "tool-input-delta");
  assert.equal(deltas.map(({ inputTextDelta }) => inputTextDelta).join(""), '{"a":1}');
  assert.deepEqual(first.slice(-3), [
    { type: "tool-input-available", toolCallId: ids[0], toolName: "one", input: { a: 1 } },
    { type: "tool-input-error", toolCallId: ids[1], toolName: "two", input: "{", errorText: "The arguments are not JSON." },
    { type: "tool-input-available", toolCallId: ids[2], toolName: "three", input: {} },
  ]);
});

test("UI: a refusal is text, and a stop by a guardrail is told", async () => {
  const text = event(chunk({ refusal: "I cannot." })) + event(chunk({}, "guardrail_intervened")) + DONE;
  const chunks = await chunksOf(uiMessageStream(streamOf(text)));
  assert.deepInclude(chunks, { type: "text-delta", id: "text-0", delta: "I cannot." });
  assert.equal(chunks.at(-1).finishReason, "content-filter");
});

test("UI: what fails", async () => {
  const cut = await chunksOf(uiMessageStream(streamOf(says("half") + calls(call(0, "x", "one", "{")))));
  const types = cut.map(({ type }) => type);
  // A call that was cut is none.
  assert.notInclude(types, "tool-input-available");
  assert.notInclude(types, "tool-input-error");
  assert.notInclude(types, "finish");
  assert.equal(types.at(-1), "error");
  const own = await chunksOf(uiMessageStream(streamOf(says("half")), { onError: ({ name }) => `(${name})` }));
  assert.equal(own.at(-1).errorText, "(IncompleteStreamError)");
  // What is not for everybody.
  const failing = clientOf(async () => Promise.reject(new Error("10.0.0.7")), { maxRetries: 0 });
  const [last] = (await chunksOf(uiMessageStream(failing.chat.completions.stream(request)))).slice(-1);
  assert.deepEqual(last, { type: "error", errorText: "The stream failed." });
});

test("UI: stopped, and left", async () => {
  const upstream = new Upstream();
  const stream = await clientOf(upstream.fetch).chat.completions.create({ ...request, stream: true });
  const reader = uiMessageStream(stream).getReader();
  upstream.write(says("a"));
  const types = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    types.push(value.type);
    if (value.type === "text-delta") stream.abort();
  }
  assert.deepEqual(types.slice(-3), ["text-delta", "text-end", "abort"]);
  assert.isTrue(upstream.isCancelled);

  for (const reads of [0, 1, 4]) {
    const left = new Upstream();
    const asked = await clientOf(left.fetch).chat.completions.create({ ...request, stream: true });
    const body = toUIMessageStreamResponse(asked).body.getReader();
    left.write(says("a"));
    for (let at = 0; at < reads; at++) await body.read();
    await body.cancel();
    await left.cancelled.promise;
  }
});

test("UI: as a response", async () => {
  const response = toUIMessageStreamResponse(streamOf(says("a") + STOP + DONE), { status: 201, headers: { "x-mine": "1" } });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("x-vercel-ai-ui-message-stream"), "v1");
  assert.equal(response.headers.get("x-mine"), "1");
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  const lines = (await response.text()).split("\n\n").filter(Boolean);
  assert.equal(lines.at(-1), "data: [DONE]");
  for (const line of lines.slice(0, -1)) assert.isString(JSON.parse(line.slice("data: ".length)).type);
});

test("UI: a run of tools, with what they answered", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const parameters = { type: "object", properties: { place: { type: "string" } }, required: ["place"] };
  const weather = async () => ({ degrees: 21 });
  const tools = [{ type: "function", function: { name: "get_weather", parse: JSON.parse, function: weather, parameters } }];
  const messages = [{ role: "user", content: "weather" }];
  const stream = client.chat.completions.runTools({ model: "us.xai.grok-4.7", messages, tools, stream: true });
  const chunks = await chunksOf(uiMessageStream(stream));
  const types = chunks.map(({ type }) => type).filter((type) => !type.endsWith("delta"));
  assert.deepEqual(types, [
    ...["start", "start-step", "tool-input-start", "tool-input-available", "tool-output-available", "finish-step"],
    ...["start-step", "text-start", "text-end", "finish-step", "finish"],
  ]);
  const [input, output] = chunks.filter(({ type }) => /available/.test(type));
  assert.deepEqual(output, { type: "tool-output-available", toolCallId: input.toolCallId, output: { degrees: 21 } });
});

test("UI messages as a request", () => {
  const messages = [
    { id: "1", role: "user", parts: [{ type: "text", text: "Look: " }, { type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==" }, { type: "data-x", data: 1 }] },
    {
      id: "2",
      role: "assistant",
      parts: [
        { type: "step-start" },
        { type: "reasoning", text: "Hm." },
        { type: "text", text: "I ask." },
        { type: "tool-weather", toolCallId: "a", state: "output-available", input: { place: "Rome" }, output: { degrees: 21 } },
        { type: "dynamic-tool", toolName: "two", toolCallId: "b", state: "output-error", rawInput: "{", errorText: "no JSON" },
        { type: "tool-three", toolCallId: "c", state: "input-available", input: {} },
        { type: "tool-four", toolCallId: "d", state: "output-denied", input: {}, approval: { approved: false, reason: "No." } },
        { type: "step-start" },
        { type: "text", text: "21 degrees." },
      ],
    },
    { id: "3", role: "assistant", parts: [{ type: "step-start" }, { type: "tool-x", toolCallId: "e", state: "input-streaming" }] },
    { id: "4", role: "user", parts: [{ type: "text", text: "Thank " }, { type: "text", text: "you." }] },
  ];
  const called = (id, name, text) => ({ id, type: "function", function: { name, arguments: text } });
  assert.deepEqual(fromUIMessages(messages), [
    { role: "user", content: [{ type: "text", text: "Look: " }, { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } }] },
    {
      role: "assistant",
      content: "I ask.",
      tool_calls: [called("a", "weather", '{"place":"Rome"}'), called("b", "two", '"{"'), called("d", "four", "{}")],
    },
    { role: "tool", tool_call_id: "a", content: '{"degrees":21}' },
    { role: "tool", tool_call_id: "b", content: "no JSON" },
    { role: "tool", tool_call_id: "d", content: "No." },
    { role: "assistant", content: "21 degrees." },
    { role: "user", content: "Thank you." },
  ]);
});

test("UI messages that are none", () => {
  const text = [{ type: "text", text: "x" }];
  const cases = [
    [undefined, "messages"],
    ["x", "messages"],
    [[null], "messages[0].parts"],
    [[{ role: "user", content: "x" }], "messages[0].parts"],
    [[{ role: "user", parts: [null] }], "messages[0].parts"],
    [[{ role: "user", parts: text }, { role: "system", parts: text }], "messages[1].role"],
    [[{ role: "tool", parts: text }], "messages[0].role"],
  ];
  for (const [messages, path] of cases) {
    try {
      fromUIMessages(messages);
      assert.fail("it should have failed");
    } catch (error) {
      assert.instanceOf(error, InvalidRequestError);
      assert.equal(error.path, path);
    }
  }
  const allowed = fromUIMessages([{ role: "system", parts: text }], { allowSystem: true });
  assert.deepEqual(allowed, [{ role: "system", content: "x" }]);
});

test("a transport without a server", async ({ emulator }) => {
  const space = await emulator.space();
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  const messages = [{ id: "1", role: "user", parts: [{ type: "text", text: "hello" }] }];
  const asked = { trigger: "submit-message", chatId: "c", messageId: undefined, messages, abortSignal: undefined };
  const request = { model: "openai.gpt-oss-20b-1:0", max_completion_tokens: 50 };
  for (const how of [request, async ({ chatId }) => ({ ...request, user: chatId })]) {
    const transport = chatTransport({ client, request: how });
    const chunks = await chunksOf(await transport.sendMessages(asked));
    assert.include(chunks.map(({ type }) => type), "text-delta");
    assert.isNull(await transport.reconnectToStream({ chatId: "c" }));
  }
  const bodies = (await space.requests()).map((it) => it.json());
  assert.deepEqual(bodies.map(({ user }) => user), [undefined, "c"]);
  assert.deepEqual(bodies[0].messages, [{ role: "user", content: "hello" }]);
  // Its own errors are its own to read.
  const failing = chatTransport({ client, request: { model: "no.such" } });
  const chunks = await chunksOf(await failing.sendMessages(asked));
  assert.include(chunks.at(-1).errorText, "404");
  // And stopped, before it has begun.
  const aborted = await chatTransport({ client, request }).sendMessages({ ...asked, abortSignal: AbortSignal.abort() });
  assert.equal((await chunksOf(aborted)).at(-1).type, "abort");
});
