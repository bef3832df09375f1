// The entry `bedrock-chat/lite`: `create()` alone, and all of it.

import { BedrockChatClient as Whole, ChatCompletionStream, RateLimitError as WholeRateLimitError } from "bedrock-chat";
import { createBedrockChat } from "bedrock-chat/ai-sdk";
import { gateway } from "bedrock-chat/edge";
import LiteByDefault, { APIPromise, BedrockChatClient, RateLimitError, Stream, newTagSuffix } from "bedrock-chat/lite";
import { toUIMessageStreamResponse } from "bedrock-chat/ui";
import { assert, fixture, test } from "../harness.js";
import { answering, encode, fails, randomNumbers } from "../helpers.js";
import { Upstream, answer, collect, contents, request, says } from "./stream-parts.js";

const baseURL = "https://bedrock.test/openai/v1";
const clientOf = (Client, fetch, options) => new Client({ baseURL, apiKey: "bedrock-api-key-test", fetch, maxRetries: 0, ...options });
const liteOf = (fetch, options) => clientOf(BedrockChatClient, fetch, options);
const streaming = { ...request, stream: true };

const bytesOf = ({ input, inputBase64 }) =>
  inputBase64 === undefined ? encode(input) : Uint8Array.from(atob(inputBase64), (char) => char.charCodeAt(0));

/** What everybody may see of an error. */
const shown = (error) => error && [error.constructor.name, error.message, JSON.stringify(error), error.partial];

/** A stream read in three ways, and what became of each. */
async function read(client, options) {
  const ask = () => client.chat.completions.create(streaming, options);
  const [chunks, text, whole] = [await ask(), await ask(), await ask()];
  const found = [await collect(chunks), await collect(text.textStream())];
  const final = await whole.finalChatCompletion().then((value) => ({ value }), (error) => ({ error }));
  for (const it of [...found, final]) it.error = shown(it.error);
  return { found, final, partials: [chunks, text, whole].map(({ partial }) => partial) };
}

for (const file of ["sse", "chunks", "endings", "tools", "reasoning"]) {
  test(`lite: streams are those of the whole client: ${file}`, async () => {
    const random = randomNumbers(13);
    for (const one of await fixture(`streams/${file}.json`)) {
      if (one.maxEvent !== undefined) continue;
      const bytes = bytesOf(one);
      const cuts = [...new Set(Array.from({ length: 3 }, () => Math.ceil(random() * (bytes.length - 1))))].sort((a, b) => a - b);
      const of = (Client) => read(clientOf(Client, answering(bytes, { cuts })), { reasoningFormat: one.reasoningFormat });
      const [lite, whole] = [await of(BedrockChatClient), await of(Whole)];
      // What is parsed is the whole client's.
      for (const choice of whole.final.value?.choices ?? []) delete choice.message.parsed;
      assert.deepEqual(lite, whole, one.name);
    }
  });
}

test("lite: errors of the service are those of the whole client", async () => {
  const kinds = new Set();
  for (const { name, status, headers, body } of await fixture("errors/answers.json")) {
    const fetch = async () => new Response(body, { status, headers });
    const of = async (Client, body) => shown(await fails(clientOf(Client, fetch).chat.completions.create(body)));
    const lite = await of(BedrockChatClient, request);
    assert.deepEqual(lite, await of(Whole, request), name);
    assert.deepEqual(await of(BedrockChatClient, streaming), await of(Whole, streaming), name);
    kinds.add(lite[0]);
  }
  assert.isAbove(kinds.size, 5);
});

test("lite: an answer, with its response, its request id and the guardrail's headers", async ({ emulator }) => {
  const space = await emulator.space();
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  const guardrail = { identifier: "gr-emulator", version: "1" };
  const asked = client.chat.completions.create(request, { guardrail: null });
  assert.instanceOf(asked, APIPromise);
  const { data, response, request_id } = await asked.withResponse();
  assert.isNotEmpty(data.choices[0].message.content);
  assert.equal(response.status, 200);
  assert.equal(data._request_id, request_id);
  await client.withOptions({ guardrail }).chat.completions.create(request).catch(() => {});
  const [, second] = await space.requests();
  assert.equal(second.header("x-amzn-bedrock-guardrailidentifier"), guardrail.identifier);
});

test("lite: it signs, and tries again", async ({ emulator }) => {
  const space = await emulator.space({ steps: [{ status: 503 }, { status: 429 }], repeatLast: false });
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wrong", sessionToken: "t" };
  const client = new BedrockChatClient({ baseURL: space.baseURL, region: "us-east-1", credentials, maxRetries: 2 });
  const error = await fails(client.chat.completions.create(request));
  assert.equal(error.attempts, 3);
  const requests = await space.requests();
  assert.equal(requests.length, 3);
  for (const sent of requests) assert.match(sent.header("authorization"), /^AWS4-HMAC-SHA256 /);
});

test("lite: leaving a loop, an abort and free() cancel the request", async () => {
  const ends = {
    leaving: async (stream) => {
      for await (const _ of stream) break;
    },
    "leaving text": async (stream) => {
      for await (const _ of stream.textStream()) break;
    },
    abort: (stream) => stream.abort("enough"),
    controller: (stream) => stream.controller.abort("enough"),
    free: (_, client) => client.free(),
    branches: async (stream) => {
      for (const branch of stream.tee()) branch.abort();
    },
    body: (stream) => stream.toReadableStream().cancel(),
    response: (stream) => stream.toSSEResponse().body.cancel(),
  };
  for (const [name, end] of Object.entries(ends)) {
    const upstream = new Upstream();
    const client = liteOf(upstream.fetch);
    const asked = client.chat.completions.create(streaming);
    const stream = await asked;
    upstream.write(says("a"));
    await end(stream, client);
    await upstream.cancelled.promise;
    assert.isTrue(upstream.isCancelled, name);
  }
});

test("lite: two branches read on by themselves, and a response has what it stands for", async () => {
  const client = liteOf(answering(answer("a", "b", "c")));
  const [one, other] = (await client.chat.completions.create(streaming)).tee();
  assert.instanceOf(one, Stream);
  assert.notInstanceOf(one, ChatCompletionStream);
  assert.equal((await collect(one.textStream())).items.join(""), "abc");
  assert.deepEqual(contents((await collect(other)).items), ["a", "b", "c", ""]);
  const stream = await client.chat.completions.create(streaming);
  const text = await stream.toSSEResponse().text();
  assert.equal(text.split("\n\n").length, 6);
  assert.isTrue(text.endsWith("data: [DONE]\n\n"));
  assert.equal(stream.metrics.attempts, 1);
});

test("lite: what is whole alone is not there", async () => {
  const client = liteOf(answering(answer("a")));
  for (const name of ["beta", "models", "guardrails", "completions", "responses", "embeddings"]) assert.notProperty(client, name);
  for (const name of ["stream", "parse", "runTools"]) assert.notProperty(client.chat.completions, name);
  const stream = await client.chat.completions.create(streaming);
  for (const name of ["on", "once", "emitted", "partialStream", "done"]) assert.notProperty(stream, name);
  assert.equal(LiteByDefault, BedrockChatClient);
  assert.isAbove(newTagSuffix().length, 8);
});

test("lite: the whole client is one of it, its streams are, and errors are the same", async () => {
  const client = clientOf(Whole, answering(answer("a")));
  assert.instanceOf(client, BedrockChatClient);
  assert.instanceOf(await client.chat.completions.create(streaming), Stream);
  assert.equal(RateLimitError, WholeRateLimitError);
  assert.equal(BedrockChatClient.RateLimitError, RateLimitError);
  class Own extends BedrockChatClient {}
  const own = clientOf(Own, answering(answer("a"))).withOptions({ maxRetries: 1 });
  assert.instanceOf(own, Own);
  assert.notInstanceOf(own, Whole);
  assert.deepEqual(JSON.parse(JSON.stringify(own)), { apiKey: "hidden", maxRetries: 1 });
});

test("lite: a gateway, UI messages and the AI SDK's provider do with it", async () => {
  const client = liteOf(answering(answer("a", "b")));
  const { model, messages } = request;
  const handle = gateway({ client, models: [model] });
  const headers = { "content-type": "application/json" };
  const asked = new Request("https://gate.test/v1/chat/completions", { method: "POST", headers, body: JSON.stringify(streaming) });
  const passed = await (await handle(asked)).text();
  assert.isTrue(passed.endsWith("data: [DONE]\n\n"), passed);
  const told = await toUIMessageStreamResponse(await client.chat.completions.create(streaming)).text();
  assert.include(told, '"delta":"a"');
  assert.include(told, '"type":"finish"');
  const prompt = messages.map(({ content }) => ({ role: "user", content: [{ type: "text", text: content }] }));
  const { stream } = await createBedrockChat({ client })(model).doStream({ prompt });
  const said = [];
  // WebKit's streams cannot be iterated.
  const write = ({ type, delta }) => void (type === "text-delta" && said.push(delta));
  await stream.pipeTo(new WritableStream({ write }));
  assert.deepEqual(said, ["a", "b"]);
});
