// A call from end to end: what everybody does first, and what goes wrong first.

import {
  APIConnectionError,
  APIError,
  BedrockChatClient,
  BedrockError,
  ConfigurationError,
  InvalidRequestError,
  NotFoundError,
  PermissionDeniedError,
} from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, encode, fails } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];

test("an answer", async ({ emulator }) => {
  const space = await emulator.space();
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  const completion = await client.chat.completions.create({ model, messages });
  assert.equal(completion.object, "chat.completion");
  assert.equal(completion.choices[0].message.role, "assistant");
  assert.isNotEmpty(completion.choices[0].message.content);
  assert.match(completion._request_id, /^[0-9a-f-]{36}$/);
  assert.notInclude(Object.keys(completion), "_request_id");
  const [request] = await space.requests();
  assert.equal(request.method, "POST");
  assert.equal(request.header("authorization"), `Bearer ${emulator.apiKey}`);
  assert.equal(request.body, JSON.stringify({ model, messages }));
});

test("a stream, chunk by chunk", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const whole = await client.chat.completions.create({ model, messages });
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  let text = "";
  let chunks = 0;
  for await (const chunk of stream) {
    assert.equal(chunk.object, "chat.completion.chunk");
    text += chunk.choices[0]?.delta.content ?? "";
    chunks++;
  }
  assert.isAbove(chunks, 5);
  assert.equal(text, whole.choices[0].message.content);
});

test("a stream as text", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const whole = await client.chat.completions.create({ model, messages });
  let text = "";
  for await (const piece of client.chat.completions.stream({ model, messages }).textStream()) {
    assert.isNotEmpty(piece);
    text += piece;
  }
  assert.equal(text, whole.choices[0].message.content);
});

test("text of many bytes a character, cut anywhere, arrives whole", async ({ emulator }) => {
  const text = "é 漢字 🦀 \u2028 ẞ 👩‍👩‍👧";
  const chunk = (delta, finish_reason = null) => {
    const choices = [{ index: 0, delta, finish_reason }];
    return `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", choices })}\n\n`;
  };
  const body = `${chunk({ role: "assistant", content: text })}${chunk({}, "stop")}data: [DONE]\n\n`;
  const { length } = encode(body);
  for (let at = 1; at < length; at++) {
    const fetch = answering(body, { cuts: [at] });
    const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch });
    const stream = client.chat.completions.stream({ model, messages });
    assert.equal(await stream.finalContent(), text, `cut at ${at}`);
  }
  // And byte by byte over a real socket.
  const headers = { "content-type": "text/event-stream" };
  const { baseURL } = await emulator.space({ steps: [{ headers, body, splitEvery: 1 }] });
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  assert.equal(await client.chat.completions.stream({ model, messages }).finalContent(), text);
});

test("a wrong key", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-wrong" });
  const error = await fails(client.chat.completions.create({ model, messages }));
  assert.instanceOf(error, PermissionDeniedError);
  assert.instanceOf(error, APIError);
  assert.instanceOf(error, BedrockError);
  assert.instanceOf(error, Error);
  // As openai's users write it.
  assert.instanceOf(error, BedrockChatClient.APIError);
  assert.strictEqual(BedrockChatClient.PermissionDeniedError, PermissionDeniedError);
  assert.equal(error.name, "PermissionDeniedError");
  assert.equal(error.status, 403);
  assert.include(error.message, "Authentication failed");
  assert.match(error.requestID, /^[0-9a-f-]{36}$/);
  assert.notInclude(error.message, "bedrock-api-key-wrong");
});

test("an unknown model", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  for (const stream of [false, true]) {
    const error = await fails(client.chat.completions.create({ model: "no.such", messages, stream }));
    assert.instanceOf(error, NotFoundError);
    assert.equal(error.code, "model_not_found");
    assert.equal(error.status, 404);
    assert.isNotEmpty(error.hint);
  }
});

test("a guardrail that intervenes", async ({ emulator }) => {
  const space = await emulator.space();
  const client = new BedrockChatClient({
    baseURL: space.baseURL,
    apiKey: emulator.apiKey,
    guardrail: { identifier: "GR12345", version: "DRAFT", trace: "ENABLED" },
  });
  const blocked = { model, messages: [{ role: "user", content: "Say the forbidden word." }] };
  const completion = await client.chat.completions.create(blocked);
  const streamed = await client.chat.completions.stream(blocked).finalChatCompletion();
  for (const answer of [completion, streamed]) {
    assert.equal(answer["amazon-bedrock-guardrailAction"], "INTERVENED");
    assert.equal(answer.guardrail.action, "INTERVENED");
    const [assessment] = Object.values(answer.guardrail.trace.inputAssessment);
    assert.equal(assessment.wordPolicy.customWords[0].match, "forbidden");
  }
  const [request] = await space.requests();
  assert.equal(request.header("x-amzn-bedrock-guardrailidentifier"), "GR12345");
  assert.equal(request.header("x-amzn-bedrock-guardrailversion"), "DRAFT");
  assert.equal(request.header("x-amzn-bedrock-trace"), "ENABLED");
  const innocent = await client.chat.completions.create({ model, messages });
  assert.equal(innocent.guardrail.action, "NONE");
});

test("a bad request is caught before it is sent", async ({ emulator }) => {
  const space = await emulator.space();
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  const [message] = messages;
  const cases = [
    [undefined, ""],
    ["text", ""],
    [{ messages }, "model"],
    [{ model: "", messages }, "model"],
    [{ model: 1, messages }, "model"],
    [{ model }, "messages"],
    [{ model, messages: [] }, "messages"],
    [{ model, messages: "hello" }, "messages"],
    [{ model, messages: [message, { content: "x" }] }, "messages[1].role"],
    [{ model, messages: [{ role: "user", content: 1 }] }, "messages[0].content"],
    [{ model, messages: [{ role: "user", content: [{ text: "x" }] }] }, "messages[0].content[0].type"],
    [{ model, messages, stream: "yes" }, "stream"],
    [{ model, messages, temperature: "0.5" }, "temperature"],
    [{ model, messages, max_completion_tokens: 1.5 }, "max_completion_tokens"],
    [{ model, messages, tools: {} }, "tools"],
  ];
  for (const [body, path] of cases) {
    const error = await fails(client.chat.completions.create(body));
    assert.instanceOf(error, InvalidRequestError, JSON.stringify(body));
    assert.equal(error.path, path, error.message);
    assert.include(error.message, path);
  }
  assert.isEmpty(await space.requests());
});

test("a server that is not there", async ({ emulator }) => {
  let retries = 0;
  const client = new BedrockChatClient({
    // The discard port: nobody listens there.
    baseURL: "http://127.0.0.1:9/openai/v1",
    apiKey: emulator.apiKey,
    maxRetries: 1,
    onRetry: () => retries++,
  });
  const error = await fails(client.chat.completions.create({ model, messages }));
  assert.instanceOf(error, APIConnectionError);
  assert.equal(error.name, "APIConnectionError");
  assert.equal(error.attempts, 2);
  assert.equal(retries, 1);
  assert.isDefined(error.cause);
  assert.include(error.hint, "CORS");
});

test("a key as a string, a function, a promise", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const { apiKey } = emulator;
  for (const given of [apiKey, () => apiKey, async () => apiKey]) {
    const client = new BedrockChatClient({ baseURL, apiKey: given });
    assert.isNotEmpty((await client.chat.completions.create({ model, messages })).choices);
  }
  const broken = new Error("no key today");
  const client = new BedrockChatClient({ baseURL, apiKey: () => Promise.reject(broken) });
  assert.strictEqual(await fails(client.chat.completions.create({ model, messages })), broken);
});

test("withResponse and asResponse", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const { data, response, request_id } = await client.chat.completions
    .create({ model, messages })
    .withResponse();
  assert.equal(data._request_id, request_id);
  assert.equal(response.status, 200);
  const raw = await client.chat.completions.create({ model, messages }).asResponse();
  assert.isFalse(raw.bodyUsed);
  assert.equal((await raw.json()).object, "chat.completion");
});

test("options that cannot be used", async () => {
  const region = "us-east-1";
  const apiKey = "k";
  const cases = [
    [{ apiKey }, "region"],
    [{ region: "evil.com/#", apiKey }, "region"],
    [{ region }, "apiKey"],
    [{ region, apiKey: "" }, "apiKey"],
    [{ region, apiKey: "a\nb" }, "apiKey"],
    [{ region, apiKey: 1 }, "apiKey"],
    [{ region, apiKey, credentials: {} }, "apiKey"],
    [{ region, credentials: { accessKeyId: "A" } }, "credentials.secretAccessKey"],
    [{ region, apiKey, endpoint: "moon" }, "endpoint"],
    [{ baseURL: "ftp://x", apiKey }, "baseURL"],
    [{ baseURL: "http://example.com/v1", apiKey }, "baseURL"],
    [{ region, apiKey, timeout: 0 }, "timeout"],
    [{ region, apiKey, timeout: { idle: "1s" } }, "timeout.idle"],
    [{ region, apiKey, maxRetries: -1 }, "maxRetries"],
    [{ region, apiKey, fetch: "fetch" }, "fetch"],
    [{ region, apiKey, reasoningFormat: "xml" }, "reasoningFormat"],
    [{ region, apiKey, defaultHeaders: { a: "b\r\nc: d" } }, "defaultHeaders"],
    ["us-east-1", "options"],
  ];
  for (const [options, path] of cases) {
    let error;
    try {
      new BedrockChatClient(options);
    } catch (thrown) {
      error = thrown;
    }
    assert.instanceOf(error, ConfigurationError, JSON.stringify(options));
    assert.equal(error.path, path, error.message);
  }
});

test("one client, many calls at once, and free()", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const create = () => client.chat.completions.create({ model, messages });
  assert.lengthOf(await Promise.all(Array.from({ length: 10 }, create)), 10);
  client.free();
  client.free();
  assert.instanceOf(await fails(create()), ConfigurationError);
});
