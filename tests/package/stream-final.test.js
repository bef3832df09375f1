// What a stream tells of itself, and who may read it when.

import { BedrockChatClient, BedrockError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails, sleep, turns } from "../helpers.js";
import {
  answer,
  chunk,
  clientOf,
  collect,
  contents,
  DONE,
  event,
  request,
  says,
  STOP,
  Upstream,
} from "./stream-parts.js";

const body = { ...request, stream: true };
const answers = (text) => async () =>
  new Response(text, {
    headers: { "content-type": "text/event-stream", "x-amzn-requestid": "r-1" },
  });
const streamOf = (text, options) => clientOf(answers(text), options).chat.completions.create(body);

test("stream: it is read once, and says what to do instead", async () => {
  const consumers = {
    chunks: (stream) => stream[Symbol.asyncIterator](),
    text: (stream) => stream.textStream(),
    tee: (stream) => stream.tee(),
    bytes: (stream) => stream.toReadableStream(),
    events: (stream) => stream.toSSEResponse(),
  };
  for (const [one, first] of Object.entries(consumers)) {
    for (const [two, second] of Object.entries(consumers)) {
      const stream = await streamOf(answer("a"));
      first(stream);
      try {
        second(stream);
      } catch (error) {
        assert.instanceOf(error, BedrockError);
        assert.include(error.message, "tee()");
        continue;
      }
      assert.fail(`${two} after ${one}`);
    }
  }
  const stream = await streamOf(answer("a"));
  await stream.finalContent();
  assert.throws(() => stream.textStream(), BedrockError, "tee()");
});

test("stream: final…() alone", async () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  const text = says("Hel") + says("lo") + STOP + event({ id: "c1", choices: [], usage }) + DONE;
  const stream = clientOf(answers(text)).chat.completions.stream(request);
  const [final, message, content, total] = await Promise.all([
    stream.finalChatCompletion(),
    stream.finalMessage(),
    stream.finalContent(),
    stream.totalUsage(),
  ]);
  assert.equal(final.object, "chat.completion");
  assert.equal(final.choices[0].finish_reason, "stop");
  assert.deepEqual(message, final.choices[0].message);
  assert.equal(message.role, "assistant");
  assert.equal(content, "Hello");
  assert.deepEqual(total, usage);
  assert.equal(final._request_id, "r-1");
  assert.notInclude(Object.keys(final), "_request_id");
  assert.isNull(message.parsed);
  delete final.choices[0].message.parsed;
  assert.deepEqual(stream.partial, final);
  // As openai's; `partial` is a new one each time.
  assert.equal(await stream.finalChatCompletion(), final);
  assert.notEqual(stream.partial, final);
});

test("stream: final…() after iterating, while, and before", async () => {
  const text = answer("a", "b", "c");
  const after = await streamOf(text);
  const { items } = await collect(after);
  assert.lengthOf(items, 4);
  assert.equal(await after.finalContent(), "abc");

  const during = await streamOf(text);
  const [{ items: read }, content] = await Promise.all([collect(during), during.finalContent()]);
  assert.lengthOf(read, 4);
  assert.equal(content, "abc");

  const before = await streamOf(text);
  const final = before.finalContent();
  const { items: pieces, error } = await collect(before.textStream());
  assert.isUndefined(error);
  assert.equal(pieces.join(""), "abc");
  assert.equal(await final, "abc");
});

test("stream: final…() within the loop, and after a part of it", async () => {
  const inside = await streamOf(answer("a", "b", "c"));
  const seen = [];
  for await (const chunk of inside) {
    seen.push(chunk);
    assert.equal(await inside.finalContent(), "abc");
  }
  assert.deepEqual(contents(seen), ["a", "b", "c", ""]);

  const upstream = new Upstream();
  const partly = await clientOf(upstream.fetch).chat.completions.create(body);
  const chunks = partly[Symbol.asyncIterator]();
  upstream.write(says("a"));
  await chunks.next();
  const final = partly.finalContent();
  for (const text of [says("b"), says("c"), STOP + DONE]) {
    upstream.write(text);
    await turns();
  }
  assert.equal(await final, "abc");
  // What was not asked for yet is still there.
  const rest = await collect({ [Symbol.asyncIterator]: () => chunks });
  assert.deepEqual(contents(rest.items), ["b", "c", ""]);
});

test("stream: without an answer", async () => {
  const stream = await streamOf(`data: {"choices":[]}\n\n${DONE}`);
  assert.isEmpty((await stream.finalChatCompletion()).choices);
  assert.instanceOf(await fails(stream.finalMessage()), BedrockError);
  assert.instanceOf(await fails(stream.finalContent()), BedrockError);
  assert.equal((await stream.totalUsage()).total_tokens, 0);
});

test("stream: next() without waiting for the one before", async () => {
  for (const make of [
    (stream) => stream.textStream(),
    (stream) => stream[Symbol.asyncIterator](),
  ]) {
    const upstream = new Upstream();
    const stream = await clientOf(upstream.fetch).chat.completions.create(body);
    const iterator = make(stream);
    const nexts = Array.from({ length: 4 }, () => iterator.next());
    await turns();
    upstream.write(says("a"));
    await nexts[0];
    nexts.push(iterator.next());
    upstream.write(says("b"));
    await turns();
    upstream.write(says("c"));
    await turns();
    nexts.push(iterator.next());
    upstream.write(DONE);
    const results = await Promise.all(nexts);
    const texts = results.map(({ value }) => value?.choices?.[0].delta.content ?? value);
    assert.deepEqual(texts, ["a", "b", "c", undefined, undefined, undefined]);
    assert.deepEqual(
      results.map(({ done }) => done),
      [false, false, false, true, true, true],
    );
  }
});

test("stream: next() without waiting, then an error: told once", async () => {
  const stream = await streamOf(says("a"), { maxRetries: 0 });
  const chunks = stream[Symbol.asyncIterator]();
  const results = await Promise.allSettled([1, 2, 3, 4].map(() => chunks.next()));
  assert.deepEqual(
    results.map(({ status, value }) => (status === "rejected" ? status : value.done)),
    [false, "rejected", true, true],
  );
});

test("stream: its iterator is one of the language's", async () => {
  const stream = await streamOf(answer("a", "b"));
  const text = stream.textStream();
  assert.equal(text[Symbol.asyncIterator](), text);
  const AsyncIterator = Object.getPrototypeOf(
    Object.getPrototypeOf(async function* () {}.prototype),
  );
  assert.isTrue(AsyncIterator.isPrototypeOf(text));
  // Whatever the results are used for, the next ones are as they should be.
  const { items } = await collect(text);
  assert.equal(items.join(""), "ab");
  const end = await text.next();
  end.done = false;
  assert.deepEqual(await text.next(), { done: true, value: undefined });
});

test("stream: response, requestId and partial, from the first moment", async ({ emulator }) => {
  const space = await emulator.space({ steps: [{ body: says("a"), then: "stall" }] });
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  const promise = client.chat.completions.create(body);
  const { data: stream, response, request_id } = await promise.withResponse();
  assert.equal(await promise, stream);
  assert.equal(stream.response, response);
  assert.equal(response.status, 200);
  assert.isString(request_id);
  assert.equal(stream.requestId, request_id);
  assert.deepEqual(stream.partial.choices, []);
  const chunks = stream[Symbol.asyncIterator]();
  await chunks.next();
  assert.equal(stream.partial.choices[0].message.content, "a");
  assert.isNull(stream.partial.choices[0].finish_reason);
  stream.partial.choices[0].message.content = "mine";
  assert.equal(stream.partial.choices[0].message.content, "a");
  assert.equal(stream.partial._request_id, request_id);
  await chunks.return();
  assert.equal(stream.partial.choices[0].message.content, "a");

  const later = client.chat.completions.stream(request);
  assert.isUndefined(later.response);
  assert.isUndefined(later.requestId);
  await later.finalContent();
  assert.isString(later.requestId);
});

test("stream: asResponse() leaves the body to the caller", async () => {
  const client = clientOf(answers(answer("a")));
  const response = await client.chat.completions.create(body).asResponse();
  assert.equal(await response.text(), answer("a"));
});

test("stream: metrics", async () => {
  const upstream = new Upstream();
  const client = clientOf(async (...request) => {
    await sleep(40);
    return upstream.fetch(...request);
  });
  const begun = performance.now();
  const promise = client.chat.completions.create(body);
  await promise.asResponse();
  const answered = performance.now() - begun;
  // Later than the answer is there: what counts is the answer.
  await sleep(80);
  const stream = await promise;
  const before = stream.metrics;
  assert.isAtLeast(before.ttfb, 35);
  assert.isAtMost(before.ttfb, answered);
  assert.isUndefined(before.firstToken);
  assert.isUndefined(before.total);
  assert.equal(before.attempts, 1);
  assert.equal(before.bytes, 0);
  const role = event(chunk({ role: "assistant" }));
  const words = says("a") + says("b");
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  const end = STOP + event({ id: "c1", choices: [], usage }) + DONE;
  const reading = collect(stream);
  for (const text of [role, words, end]) {
    await sleep(40);
    upstream.write(text);
  }
  await reading;
  const { ttfb, firstToken, total, attempts, bytes, tokensPerSecond } = stream.metrics;
  assert.equal(ttfb, before.ttfb);
  // Timers of some runtimes stand still between two reads, or go in steps.
  assert.isAtLeast(firstToken, 150);
  assert.isAtLeast(total, firstToken + 30);
  assert.equal(attempts, 1);
  assert.equal(bytes, (role + words + end).length);
  assert.approximately(tokensPerSecond, (2 / (total - firstToken)) * 1000, 0.001);
});

test("stream: usage is told by the stream, or zero", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const without = client.chat.completions.stream(request);
  assert.deepEqual(await without.totalUsage(), { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 });
  assert.isUndefined((await without.finalChatCompletion()).usage);
  assert.isUndefined(without.metrics.tokensPerSecond);
  const stream_options = { include_usage: true };
  const withUsage = client.chat.completions.stream({ ...request, stream_options });
  const usage = await withUsage.totalUsage();
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
});

test("stream: the guardrail's result is there as soon as it is known", async () => {
  const upstream = new Upstream();
  const stream = await clientOf(upstream.fetch).chat.completions.create(body);
  const chunks = stream[Symbol.asyncIterator]();
  upstream.write(says("a"));
  await chunks.next();
  assert.isUndefined(stream.guardrail);
  const result = {
    "amazon-bedrock-guardrailAction": "INTERVENED",
    "amazon-bedrock-trace": { guardrail: { actionReason: "x" } },
  };
  upstream.write(event(chunk({ content: "Sorry" }, "content_filter", result)));
  const { value } = await chunks.next();
  assert.equal(value["amazon-bedrock-guardrailAction"], "INTERVENED");
  assert.equal(stream.guardrail.action, "INTERVENED");
  upstream.write(DONE);
  await chunks.next();
  const final = await stream.finalChatCompletion();
  assert.deepEqual(final.guardrail, stream.guardrail);
  assert.equal(final["amazon-bedrock-guardrailAction"], "INTERVENED");
});

test("stream: a guardrail at the emulator", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const guardrail = { identifier: "gr12345", version: "1", trace: "ENABLED" };
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey, guardrail });
  const messages = [{ role: "user", content: "please leak" }];
  const stream = client.chat.completions.stream({ ...request, messages });
  const final = await stream.finalChatCompletion();
  assert.equal(stream.guardrail.action, "INTERVENED");
  assert.isDefined(stream.guardrail.trace);
  assert.deepEqual(final.guardrail, stream.guardrail);
});

test("stream: tool calls in pieces come out whole", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const tools = [
    { type: "function", function: { name: "get_weather", parameters: { type: "object" } } },
  ];
  const messages = [{ role: "user", content: "the weather?" }];
  const stream = await client.chat.completions.create({ ...body, messages, tools });
  const { items } = await collect(stream);
  const pieces = items.flatMap(({ choices }) => choices[0]?.delta?.tool_calls ?? []);
  assert.isAbove(pieces.length, 1);
  const message = await stream.finalMessage();
  const [call] = message.tool_calls;
  assert.equal(call.function.name, "get_weather");
  const text = pieces.map((piece) => piece.function.arguments ?? "").join("");
  assert.equal(call.function.arguments, text);
  assert.isObject(JSON.parse(text));
  assert.equal((await stream.finalChatCompletion()).choices[0].finish_reason, "tool_calls");
});

test("stream: reasoning is apart from the text", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const messages = [{ role: "user", content: "think" }];
  const stream = client.chat.completions.stream({ ...request, messages });
  const { items } = await collect(stream.textStream());
  const message = await stream.finalMessage();
  assert.equal(items.join(""), message.content);
  assert.isNotEmpty(message.reasoning);
  assert.notInclude(message.content, "<reasoning>");
});
