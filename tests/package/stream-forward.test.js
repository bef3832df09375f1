// Streams that are split or passed on.

import { APIError, BedrockChatClient, BedrockError, ChatCompletionStream, IncompleteStreamError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { encode, fails, turns, until } from "../helpers.js";
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
  new Response(text, { headers: { "content-type": "text/event-stream" } });
const streamOf = (text) => clientOf(answers(text), { maxRetries: 0 }).chat.completions.create(body);

async function textOf(stream) {
  return new Response(stream).text();
}

test("tee: two streams, read in any order", async () => {
  const words = Array.from({ length: 500 }, (_, at) => `w${at} `);
  const text = answer(...words);
  const all = [...words, ""];

  const [one, two] = (await streamOf(text)).tee();
  assert.deepEqual(contents((await collect(one)).items), all);
  assert.deepEqual(contents((await collect(two)).items), all);

  const [a, b] = (await streamOf(text)).tee();
  const both = await Promise.all([collect(a), collect(b)]);
  for (const { items } of both) assert.deepEqual(contents(items), all);

  const turns = (await streamOf(text)).tee().map((stream) => stream[Symbol.asyncIterator]());
  const seen = [[], []];
  for (let round = 0; seen[0].length + seen[1].length < 2 * all.length; round++) {
    const which = round % 3 === 0 ? 0 : 1;
    const { done, value } = await turns[which].next();
    if (!done) seen[which].push(value);
    else seen[1 - which].push((await turns[1 - which].next()).value);
  }
  for (const items of seen) assert.deepEqual(contents(items), all);
});

test("tee: the text of one, the end of the other", async () => {
  const first = event(chunk({ role: "assistant", content: "" }));
  const odd = [
    event({ choices: null }),
    event({ choices: [{ index: 1, delta: { content: "other" } }, { delta: { content: "no" } }] }),
    event({ choices: [{ delta: { content: "b" } }] }),
    event({ choices: [null, { index: 0, delta: { content: "c" } }] }),
  ];
  const text = first + says("a") + odd.join("") + STOP + DONE;
  const [one, two] = (await streamOf(text)).tee();
  const [{ items }, final] = await Promise.all([
    collect(one.textStream()),
    two.finalChatCompletion(),
  ]);
  assert.notInclude(items, "");
  assert.equal(items.join(""), "abc");
  // The same as without tee().
  const plain = await collect((await streamOf(text)).textStream());
  assert.equal(plain.items.join(""), "abc");
  assert.equal(final.choices[0].message.content, "abc");
});

test("tee: of a branch, of a branch", async () => {
  const [one, rest] = (await streamOf(answer("a", "b"))).tee();
  const [two, three] = rest.tee();
  const results = await Promise.all([one, two, three].map((stream) => collect(stream)));
  for (const { items } of results) assert.deepEqual(contents(items), ["a", "b", ""]);
  assert.throws(() => rest.textStream(), "tee()");
});

test("tee: an error reaches both, once each", async () => {
  const branches = (await streamOf(says("a"))).tee();
  const results = await Promise.all(branches.map((stream) => collect(stream)));
  for (const { items, error } of results) {
    assert.deepEqual(contents(items), ["a"]);
    assert.instanceOf(error, IncompleteStreamError);
  }
  assert.equal(await fails(branches[0].finalContent()), results[0].error);
});

test("tee: nobody who is slow loses anything, or holds the other up", async () => {
  const upstream = new Upstream();
  const stream = await clientOf(upstream.fetch).chat.completions.create(body);
  const [fast, slow] = stream.tee();
  const reading = collect(fast);
  const late = slow[Symbol.asyncIterator]();
  upstream.write(says("a"));
  assert.equal((await late.next()).value.choices[0].delta.content, "a");
  for (const text of [says("b"), says("c"), STOP + DONE]) {
    await turns();
    upstream.write(text);
  }
  assert.lengthOf((await reading).items, 4);
  const { items } = await collect({ [Symbol.asyncIterator]: () => late });
  assert.deepEqual(contents(items), ["b", "c", ""]);
  assert.equal(await stream.finalContent(), "abc");
});

test("tee: metrics, response and partial are of the one answer", async () => {
  const stream = await streamOf(answer("a"));
  const [one, two] = stream.tee();
  await collect(one);
  assert.equal(one.response, stream.response);
  assert.deepEqual(one.metrics, two.metrics);
  assert.deepEqual(two.partial, stream.partial);
});

test("toReadableStream: newline-delimited JSON, one chunk a line", async () => {
  const text = answer("é\n", "漢字 \u2028 👋");
  const { items } = await collect(await streamOf(text));
  const lines = await textOf((await streamOf(text)).toReadableStream());
  assert.isTrue(lines.endsWith("\n"));
  assert.deepEqual(
    lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
    items,
  );
});

test("toReadableStream: it breaks off as the stream does", async () => {
  const reader = (await streamOf(says("a"))).toReadableStream().getReader();
  const { value } = await reader.read();
  assert.equal(JSON.parse(new TextDecoder().decode(value)).choices[0].delta.content, "a");
  assert.instanceOf(await fails(reader.read()), IncompleteStreamError);
});

test("toSSEResponse: an event stream that our own client reads alike", async () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  const text =
    says("é\r\n") +
    says("漢字 \u2028 👋\0") +
    STOP +
    event({ id: "c1", choices: [], usage }) +
    DONE;
  const first = await streamOf(text);
  const response = first.toSSEResponse();
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  assert.equal(response.headers.get("cache-control"), "no-cache");
  const passed = await response.text();
  assert.isTrue(passed.endsWith("data: [DONE]\n\n"));
  const [{ items }, again] = [await collect(await streamOf(text)), await streamOf(passed)];
  assert.deepEqual((await collect(again)).items, items);
  assert.deepEqual(await again.finalChatCompletion(), await first.finalChatCompletion());
});

test("toSSEResponse: the caller's status and headers", async () => {
  const stream = await streamOf(answer("a"));
  const headers = { "content-type": "text/event-stream", "x-mine": "1" };
  const response = stream.toSSEResponse({ status: 201, headers });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(response.headers.get("x-mine"), "1");
  await response.body.cancel();
});

test("toSSEResponse: an answer that is cut off is no whole one behind it either", async () => {
  const response = (await streamOf(says("a"))).toSSEResponse();
  const passed = await response.text();
  assert.notInclude(passed, DONE);
  const { items, error } = await collect(await streamOf(passed));
  assert.deepEqual(contents(items), ["a"]);
  assert.instanceOf(error, APIError);
  assert.include(error.message, "cut off");
});

test("toSSEResponse: a request that fails is told as an event", async ({ emulator }) => {
  const json = { error: { message: "slow down", code: "rate_limit_exceeded" } };
  const space = await emulator.space({ steps: [{ status: 429, json }], repeatLast: true });
  const client = new BedrockChatClient({
    baseURL: space.baseURL,
    apiKey: emulator.apiKey,
    maxRetries: 0,
  });
  const passed = await client.chat.completions.stream(request).toSSEResponse().text();
  const { error } = JSON.parse(passed.slice("data: ".length));
  assert.include(error.message, "slow down");
  assert.equal(error.code, "rate_limit_exceeded");
  assert.equal(error.status, 429);
});

test("toSSEResponse: an exception of the caller's own code is not told", async () => {
  const apiKey = () => Promise.reject(new Error("the secret of the vault"));
  const client = clientOf(new Upstream().fetch, { apiKey });
  const passed = await client.chat.completions.stream(request).toSSEResponse().text();
  assert.match(passed, /^data: {"error":/);
  assert.notInclude(passed, "vault");
});

/** These bytes, cut at every `size`. */
function pieces(text, size) {
  const bytes = encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(at, (at += size)));
    },
  });
}

test("fromReadableStream: what toReadableStream gave, cut anywhere", async () => {
  const text = answer("é1", "2");
  const lines = await textOf((await streamOf(text)).toReadableStream());
  const whole = await (await streamOf(text)).finalChatCompletion();
  // Nobody knows what was asked.
  whole.choices[0].message.parsed = null;
  for (const written of [lines, lines.trimEnd(), lines.replaceAll("\n", "\n\n\n"), lines.replaceAll("\n", "\r\n")]) {
    for (const size of [1, 2, 7, 100_000]) {
      const of = () => ChatCompletionStream.fromReadableStream(pieces(written, size));
      assert.deepEqual(contents((await collect(of())).items), ["é1", "2", ""]);
      assert.deepEqual(await of().finalChatCompletion(), whole);
      assert.equal((await collect(of().textStream())).items.join(""), "é12");
      assert.isEmpty(of().messages);
    }
  }
});

test("fromReadableStream: what broke off, was left, or is none", async () => {
  const lines = await textOf((await streamOf(answer("a", "b"))).toReadableStream());
  const cut = lines.split("\n").slice(0, 1).join("\n");
  const { items, error } = await collect(ChatCompletionStream.fromReadableStream(pieces(cut, 10)));
  assert.deepEqual(contents(items), ["a"]);
  assert.instanceOf(error, IncompleteStreamError);
  assert.equal(error.partial.choices[0].message.content, "a");

  const broken = (await streamOf(says("a"))).toReadableStream();
  assert.instanceOf((await collect(ChatCompletionStream.fromReadableStream(broken))).error, IncompleteStreamError);

  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(encode(lines)),
    cancel: () => void (cancelled = true),
  });
  for await (const _ of ChatCompletionStream.fromReadableStream(endless)) break;
  await until(() => cancelled);

  const nothing = await fails(ChatCompletionStream.fromReadableStream(pieces("<html>", 3)).finalMessage());
  assert.instanceOf(nothing, APIError);
  for (const none of [undefined, null, 5, {}]) {
    assert.instanceOf(await fails(ChatCompletionStream.fromReadableStream(none).finalMessage()), BedrockError);
  }
});
