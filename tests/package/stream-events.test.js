// Listeners: what openai does not promise, and what a server must not do to them.

import { BedrockChatClient, BedrockError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, encode, fails, turns, until } from "../helpers.js";
import { answer, chunk, clientOf, DONE, event, request, says, STOP, Upstream } from "./stream-parts.js";

const json = { type: "json_schema", json_schema: { name: "n", schema: { type: "object" } } };
const streamOf = (text, rest) => clientOf(answering(text)).chat.completions.stream({ ...request, ...rest });

async function heard(stream, name) {
  const values = [];
  stream.on(name, (...given) => values.push(structuredClone(given)));
  await stream.done();
  return values;
}

test("events: who listens late hears of whole values", async () => {
  const upstream = new Upstream();
  const stream = clientOf(upstream.fetch).chat.completions.stream({ ...request, response_format: json });
  const chunks = stream[Symbol.asyncIterator]();
  await turns();
  upstream.write(says('{"a":"x'));
  await chunks.next();
  const parsed = [];
  stream.on("content.delta", (it) => parsed.push({ ...it.parsed }));
  upstream.write(says('y","b":') + says("1}") + STOP + DONE);
  const { choices } = await stream.finalChatCompletion();
  assert.deepEqual(parsed, [{ a: "xy" }, { a: "xy", b: 1 }]);
  assert.deepEqual(choices[0].message.parsed, { a: "xy", b: 1 });
});

test("events: who listens to a text stream hears of chunks", async () => {
  const upstream = new Upstream();
  const stream = clientOf(upstream.fetch).chat.completions.stream(request);
  const texts = stream.textStream();
  await turns();
  upstream.write(says("a"));
  assert.equal((await texts.next()).value, "a");
  const contents = [];
  stream.on("content", (...given) => contents.push(given));
  upstream.write(says("b") + STOP + DONE);
  let rest = "";
  for await (const text of texts) rest += text;
  await stream.done();
  assert.equal(rest, "b");
  assert.deepEqual(contents, [["b", "ab"]]);
});

test("events: calls are told apart as in the completion, however a server numbers them", async () => {
  const pieces = {
    "indices as texts": [["0", "1", "f", "{"], ["1", "2", "g", "["], ["0", , , "}"], ["1", , , "]"]],
    "indices as texts with fractions": [["0.0", "1", "f", "{"], ["1.0", "2", "g", "["], ["0.0", , , "}"], ["1.0", , , "]"]],
    "0 for all, without ids": [[0, , "f", '{"a":1}'], [0, , "f", '{"a"'], [0, , , ":2}"]],
    "0 for all, with ids": [[0, "1", "f", "{"], [0, , , "}"], [0, "2", "g", "{}"]],
    "null": [[null, "1", "f", "{}"], [null, "2", "g", "["], [null, "2", , "]"]],
    "none, and names alone": [[, , "f", "{}"], [, , "f", "[]"]],
    "an object for arguments": [[0, "1", "f", { a: 1 }]],
    "a name in pieces": [[0, "1", "get_"], [0, , "weather"], [0, , , "{}"]],
    "a name each time": [[0, "1", "f", "{"], [0, "1", "f", "}"]],
  };
  for (const [how, calls] of Object.entries(pieces)) {
    const deltas = calls.map(([index, id, name, text]) => ({
      tool_calls: [{ index, id, type: "function", function: { name, arguments: text } }],
    }));
    const stream = streamOf(deltas.map((delta) => event(chunk(delta))).join("") + event(chunk({}, "tool_calls")) + DONE);
    const done = new Map();
    stream.on("tool_calls.function.arguments.done", ({ index, name, arguments: text }) => done.set(index, [name, text]));
    const { tool_calls: final } = await stream.finalMessage();
    assert.deepEqual([...done.values()], final.map(({ function: call }) => [call.name, call.arguments]), how);
  }
});

test("events: what is no list of calls is none", async () => {
  const call = { id: "1", type: "function", function: { name: "f", arguments: "{}" } };
  for (const tool_calls of [call, "f", 1, [null]]) {
    assert.equal(await streamOf(event(chunk({ content: "a", tool_calls })) + STOP + DONE).finalContent(), "a");
    const body = JSON.stringify({ choices: [null, { message: { role: "assistant", content: "a", tool_calls } }] });
    const client = clientOf(answering(body, { headers: { "content-type": "application/json" } }));
    const { choices } = await client.chat.completions.parse(request);
    assert.equal(choices[1].message.content, "a");
  }
});

test("events: a server's names do no harm", async () => {
  const evil = JSON.parse('{"__proto__":{"polluted":1},"constructor":1}');
  const text =
    event({ ...chunk({ content: "a", ...evil, function_call: { ...evil, arguments: "{}" } }), ...evil }) +
    event('{"choices":[{"index":0,"delta":{"__proto__":{"polluted":1},"content":"b","tool_calls":[{"index":0,"__proto__":{"polluted":1},"function":{"__proto__":{"polluted":1},"name":"f","arguments":"{}"}}]},"logprobs":{"__proto__":[1],"content":[{"token":"b"}]},"__proto__":{"polluted":1}}],"__proto__":{"polluted":1}}') +
    STOP + DONE;
  const stream = streamOf(text);
  let last;
  stream.on("chunk", (_, snapshot) => (last = snapshot));
  assert.equal(await stream.finalContent(), "ab");
  const all = [last, last.choices[0], last.choices[0].message, last.choices[0].message.tool_calls[0].function, last.choices[0].logprobs];
  for (const it of all) {
    assert.equal(Object.getPrototypeOf(it), Object.prototype);
    assert.isUndefined(it.polluted);
  }
  assert.isUndefined({}.polluted);
  assert.lengthOf(last.choices[0].logprobs.content, 1);
});

test("events: odd chunks are told as far as they say something", async () => {
  for (const odd of [
    { choices: [{ index: 0, delta: null }] },
    { choices: [{ index: 0 }] },
    { choices: null },
    {},
    { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { name: "f", arguments: null } }] } }] },
    { choices: [{ index: 0, delta: { tool_calls: null, content: null } }] },
  ]) {
    const contents = await heard(streamOf(says("a") + event(odd) + says("b") + STOP + DONE), "content");
    assert.deepEqual(contents, [["a", "a"], ["b", "ab"]], JSON.stringify(odd));
  }
});

test("events: a whole message in a chunk is told as text", async () => {
  const text = event({ choices: [{ index: 0, message: { role: "assistant", content: "ab" }, finish_reason: "stop" }] }) + DONE;
  assert.deepEqual(await heard(streamOf(text), "content"), [["ab", "ab"]]);
});

test("events: an iterator that is slow holds back what is read; a listener, and who asks for the end, do not", async () => {
  let read = 0;
  const pull = (controller) => controller.enqueue(encode(read++ < 100 ? says(`${read} `) : STOP + DONE));
  const headers = { "content-type": "text/event-stream" };
  const fetch = async () => new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { headers });
  const stream = clientOf(fetch).chat.completions.stream(request);
  const chunks = stream.events("chunk");
  await until(() => read > 10);
  await turns(100);
  assert.isBelow(read, 30);
  for (let at = 1; at <= 50; at++) assert.equal((await chunks.next()).value[0].choices[0].delta.content, `${at} `);
  await turns(100);
  assert.isBelow(read, 80);
  stream.on("content", () => {});
  await until(() => read > 100);
  await stream.done();
  let left = 0;
  for await (const _ of chunks) left++;
  assert.equal(left, 51);

  const other = streamOf(answer(...Array.from({ length: 100 }, (_, at) => `${at} `)));
  other.events("chunk");
  assert.lengthOf(await other.finalContent(), 290);
});

test("events: next() without waiting, and an iterator that is left", async () => {
  const stream = streamOf(answer("a", "b", "c"));
  const contents = stream.events("content");
  const asked = [contents.next(), contents.next(), contents.next(), contents.next(), contents.next()];
  const found = (await Promise.all(asked)).map(({ done, value }) => (done ? "end" : value[0]));
  assert.deepEqual(found, ["a", "b", "c", "end", "end"]);

  const other = streamOf(answer("a", "b", "c"));
  const left = other.events("content");
  const waiting = left.next();
  await left.return();
  assert.isTrue((await waiting).done);
  assert.isTrue((await left.next()).done);
  assert.equal(await other.finalContent(), "abc");
});

test("events: a branch parses as its stream does", async () => {
  const [one, two] = streamOf(answer('{"a":1}'), { response_format: json }).tee();
  const values = await heard(two, "content.done");
  assert.deepEqual((await one.finalMessage()).parsed, { a: 1 });
  assert.deepEqual(values, [[{ content: '{"a":1}', parsed: { a: 1 } }]]);
});

test("events: usage whose details are missing, or null, in some answers", async () => {
  const usage = (details) => ({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, completion_tokens_details: details });
  const tools = [{ type: "function", function: { name: "f", description: "", parameters: {}, function: () => 1 } }];
  for (const [first, second] of [[null, { reasoning_tokens: 2 }], [{ reasoning_tokens: 2 }, null], [undefined, { reasoning_tokens: 2 }]]) {
    let asks = 0;
    const fetch = async () => {
      const message = asks++ ? { content: "Done." } : { tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }] };
      const choices = [{ index: 0, message, finish_reason: "stop" }];
      return Response.json({ choices, usage: usage(asks === 1 ? first : second) });
    };
    const total = await clientOf(fetch).chat.completions.runTools({ ...request, tools }).totalUsage();
    assert.deepEqual(total, { prompt_tokens: 2, completion_tokens: 4, total_tokens: 6, completion_tokens_details: { reasoning_tokens: 2 } });
  }
});

test("events: what follows the end is told to nobody, and `emitted` of a failed stream rejects", async () => {
  const stream = streamOf(event({ error: { message: "no" } }));
  const emitted = fails(stream.emitted("content"));
  const seen = [];
  for (const name of ["error", "abort", "end"]) stream.on(name, () => seen.push(name));
  assert.instanceOf(await emitted, BedrockError);
  await fails(stream.done());
  stream.abort();
  await turns();
  assert.deepEqual(seen, ["error", "end"]);
  assert.isTrue(stream.errored);
  assert.isFalse(stream.aborted);
});

test("events: what is no JSON is a typed error without the text", async () => {
  const ask = () => streamOf(says("no ") + says("secret") + STOP + DONE, { response_format: json });
  const { completions } = clientOf(async () => Response.json({ choices: [{ message: { role: "assistant", content: "no secret" }, finish_reason: "stop" }] })).chat;
  const heard = new Promise((tell) => ask().on("error", tell));
  for (const error of [await heard, await fails(ask().finalMessage()), await fails(completions.parse({ ...request, response_format: json }))]) {
    assert.instanceOf(error, BedrockError);
    assert.equal(error.name, "StructuredOutputError");
    assert.equal(error.reason, "invalid_json");
    assert.notInclude(`${error.message} ${JSON.stringify(error)}`, "secret");
    assert.equal(error.text, "no secret");
    assert.equal(error.partial.choices[0].message.content, "no secret");
  }
});

/** A client whose calls somebody counts. */
function counted(text) {
  const { completions } = clientOf(answering(text)).chat;
  const create = completions.create.bind(completions);
  const seen = [];
  completions.create = (...given) => (seen.push(given), create(...given));
  return { completions, seen };
}

test("events: a replaced create sees what is streamed, however it is read", async () => {
  const text = answer("é1", "2");
  const reads = {
    chunks: async (stream) => {
      let all = "";
      for await (const { choices } of stream) all += choices[0].delta.content ?? "";
      return all;
    },
    text: async (stream) => {
      let all = "";
      for await (const piece of stream.textStream()) all += piece;
      return all;
    },
    final: (stream) => stream.finalContent(),
    branches: async (stream) => (await Promise.all(stream.tee().map(reads.text)))[1],
    events: async (stream) => (await stream.emitted("content.done")).content,
  };
  for (const [how, read] of Object.entries(reads)) {
    const { completions, seen } = counted(text);
    assert.equal(await read(completions.stream({ ...request, temperature: 0 })), "é12", how);
    assert.lengthOf(seen, 1);
    assert.deepEqual(seen[0][0], { ...request, temperature: 0, stream: true });
  }
});

test("events: who leaves a stream of a replaced create cancels the request", async () => {
  for (const leave of [async (stream) => stream.abort(), (_, chunks) => chunks.return()]) {
    const upstream = new Upstream();
    const { completions } = clientOf(upstream.fetch).chat;
    const create = completions.create.bind(completions);
    completions.create = (...given) => create(...given);
    const stream = completions.stream(request);
    const chunks = stream[Symbol.asyncIterator]();
    await until(() => upstream.response);
    upstream.write(says("a"));
    assert.equal((await chunks.next()).value.choices[0].delta.content, "a");
    await leave(stream, chunks);
    await fails(stream.done());
    await until(() => upstream.isCancelled);
    assert.isTrue(stream.aborted);
  }
});

test("events: a replaced create hides nothing of a guardrail", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const guardrail = { identifier: "gr12345", version: "1", trace: "ENABLED" };
  for (const content of ["hello", "leak"]) {
    const found = [];
    for (const isReplaced of [false, true]) {
      const { completions } = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey, guardrail }).chat;
      const create = completions.create.bind(completions);
      if (isReplaced) completions.create = (...given) => create(...given);
      const stream = completions.stream({ model: "openai.gpt-oss-20b-1:0", messages: [{ role: "user", content }] });
      const completion = await stream.finalChatCompletion();
      assert.deepEqual(stream.guardrail, completion.guardrail);
      assert.isString(stream.requestId);
      found.push(completion.guardrail);
    }
    const [direct, replaced] = found;
    assert.isTrue(direct.evidence);
    assert.hasAllKeys(replaced, Object.keys(direct));
    assert.equal(replaced.action, direct.action);
    assert.equal(replaced.enforcedBy, direct.enforcedBy);
    assert.equal(replaced.evidence, direct.evidence);
  }
});
