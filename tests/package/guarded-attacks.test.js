// Guardrails that the client applies, attacked: no way for a text that nobody has judged to its caller.

import { ChatCompletionStream } from "bedrock-chat/guardrails";
import { assert, test } from "../harness.js";
import { encode, fails, randomNumbers, turns } from "../helpers.js";
import { OUTPUT_BLOCKED, bedrock, chunkOf, judge, long, pieces, request, setUp } from "./guarded-parts.js";

const BAD = /forbid|bidden|secret/;
const call = (text, name = "get", id = "call_0") => ({ tool_calls: [{ index: 0, id, type: "function", function: { name, arguments: text } }] });

/** All that one can get hold of by an object: also what is not enumerable, or inherited from an error. */
function all(value, seen = new Set()) {
  if (Object(value) !== value) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  if (typeof value === "function") return "";
  const names = Reflect.ownKeys(value).filter((name) => typeof name === "string");
  for (const name of ["message", "stack", "cause", "partial", "error", "response", "metrics", "currentChatCompletionSnapshot", "messages"]) names.push(name);
  if (value instanceof Headers) return JSON.stringify([...value]);
  return names.map((name) => `${name}: ${all(value[name], seen)}`).join("\n");
}

const isClean = (value, what) => {
  const lines = all(value).split("\n");
  assert.isUndefined(lines.find((line) => BAD.test(line)), what);
};

/** What a stream gives, and how it ends. */
async function drain(stream) {
  const items = [];
  try {
    for await (const item of stream) items.push(item);
  } catch (error) {
    return { items, error };
  }
  return { items };
}

/** A `fetch` for models that answer with this text. */
function answering(body, { status = 200, type = "application/json", words, headers } = {}) {
  const it = bedrock({ words });
  const model = [];
  const fetch = async (url, init) => {
    if (url.includes("/guardrail/")) return it.fetch(url, init);
    model.push(init);
    return new Response(typeof body === "function" ? body() : body, { status, headers: { "content-type": type, ...headers } });
  };
  return { fetch, asked: it.asked, model };
}

const sse = (...events) => events.map((it) => `data: ${typeof it === "string" ? it : JSON.stringify(it)}\n\n`).join("");

test("guarded attack: what takes turns is judged as one text", async () => {
  for (const deltas of [
    [{ reasoning: "for" }, { content: long }, { reasoning: "bidden" }, { content: long }],
    [{ content: "for" }, { reasoning: long }, { content: "bidden" }],
    [{ refusal: "for" }, { content: long }, { refusal: "bidden" }],
    [{ content: "for" }, call("{}"), { content: "bidden" }],
    [{ content: "for" }, { reasoning_content: long }, { reasoning: long }, { content: "bidden" }],
  ]) {
    const { client } = setUp({ deltas });
    const { items } = await drain(await client.chat.completions.create(request("Hello", { stream: true })));
    isClean(items, JSON.stringify(deltas));
    assert.isFalse(JSON.stringify(items).includes('"for'), JSON.stringify(items));
    assert.include(JSON.stringify(items), OUTPUT_BLOCKED);
  }
});

test("guarded attack: ids, names and arguments of calls are judged, in any pieces", async () => {
  const custom = { tool_calls: [{ index: 0, id: "c", type: "custom", custom: { name: "n", input: "forbidden" } }] };
  const old = { function_call: { name: "forbidden", arguments: "{}" } };
  const noText = { tool_calls: [{ index: 0, id: "c", type: "function", function: { name: "n", arguments: { a: "forbidden" } } }] };
  const whole = [call("{}", "forbidden"), call("{}", "get", "forbidden"), call('{"a":"forbidden"}'), custom, old, noText];
  for (const delta of whole) {
    for (const stream of [false, true]) {
      const { client } = setUp({ deltas: [{ content: long }, delta], message: { role: "assistant", content: long, ...delta } });
      const answer = await client.chat.completions.create(request("Hello", { stream }));
      const seen = stream ? (await drain(answer)).items : answer;
      isClean(seen, JSON.stringify(delta));
      assert.include(JSON.stringify(seen), OUTPUT_BLOCKED);
    }
  }
  const cut = [
    { tool_calls: [{ index: 0, id: "call_", type: "function", function: { name: "for", arguments: '{"a":"sec' } }] },
    { tool_calls: [{ index: 1, id: "other", type: "function", function: { name: "get", arguments: '{"b":' } }] },
    { content: "meanwhile" },
    { tool_calls: [{ index: 0, function: { arguments: 'ret"}' } }] },
    { tool_calls: [{ index: 1, function: { arguments: "1}" } }] },
  ];
  const { client } = setUp({ deltas: cut });
  const { message } = (await client.chat.completions.stream(request()).finalChatCompletion()).choices[0];
  assert.deepEqual(message.tool_calls.map((it) => it.function), [
    { name: "for", arguments: '{"a":"{M}"}' },
    { name: "get", arguments: '{"b":1}' },
  ]);
  assert.equal(message.content, "meanwhile");
});

test("guarded attack: what cannot be judged is left out", async () => {
  const extra = {
    audio: { id: "a", data: "forbidden", transcript: "forbidden" },
    annotations: [{ type: "url_citation", url_citation: { title: "forbidden", url: "forbidden" } }],
    reasoning_details: [{ text: "forbidden" }],
    number: { forbidden: 1 },
    "for bidden ": "forbidden",
    constructor: { forbidden: true },
  };
  const logprobs = { content: [{ token: "forbidden", bytes: [1], logprob: 0, top_logprobs: [] }], refusal: null };
  const choice = { index: 0, logprobs, forbidden: "forbidden", content_filter_results: { forbidden: {} } };
  const trace = { guardrail: { modelOutput: ["forbidden"] } };
  const top = { id: "c1", created: 1, model: "m", forbidden: "forbidden", "amazon-bedrock-trace": trace, usage: { total_tokens: 1, note: "forbidden" }, moderation: { a: "forbidden" } };
  const message = { role: "forbidden", content: "fine", ...extra };
  const whole = { ...top, object: "forbidden", choices: [{ ...choice, message, finish_reason: "a forbidden thing" }] };
  const part = { ...top, object: "forbidden", choices: [{ ...choice, delta: message, finish_reason: null }] };
  const end = { ...top, choices: [{ ...choice, delta: {}, finish_reason: "stop" }] };
  for (const stream of [false, true]) {
    const { fetch } = stream ? answering(sse(part, end, "[DONE]"), { type: "text/event-stream" }) : answering(JSON.stringify(whole));
    const { client } = setUp({}, { fetch });
    const answer = await client.chat.completions.create(request("Hello", { stream }));
    if (stream) {
      const [one, two] = answer.tee();
      const seen = await drain(one);
      isClean(seen, "chunks");
      isClean(await two.finalChatCompletion(), "completion");
      assert.equal((await two.finalChatCompletion()).usage.total_tokens, 1);
    } else {
      isClean(answer, "completion");
      assert.equal(answer.choices[0].message.content, "fine");
      assert.deepEqual(answer.usage, { total_tokens: 1 });
    }
  }
});

test("guarded attack: content in parts is one text", async () => {
  const content = [{ type: "text", text: "for" }, { type: "text", text: "bidden" }];
  const { client } = setUp({ message: { role: "assistant", content } });
  const completion = await client.chat.completions.create(request());
  assert.equal(completion.choices[0].message.content, OUTPUT_BLOCKED);
});

test("guarded attack: each of several choices is judged, and one that is blocked blocks all", async () => {
  const choices = ["fine", `${long} forbidden`, "other"].map((content, index) => ({ index, message: { role: "assistant", content }, finish_reason: "stop" }));
  const whole = setUp({}, { fetch: answering(JSON.stringify({ id: "c", object: "chat.completion", choices })).fetch });
  const completion = await whole.client.chat.completions.create(request("Hello", { n: 3 }));
  assert.deepEqual(completion.choices.map((it) => it.message.content), [OUTPUT_BLOCKED, OUTPUT_BLOCKED, OUTPUT_BLOCKED]);
  // Half of it in one choice, half in the other, and whole in a third.
  const piece = (index, content) => ({ ...chunkOf({}), choices: [{ index, delta: { content }, finish_reason: null }] });
  const end = { ...chunkOf({}), choices: [0, 1, 2].map((index) => ({ index, delta: {}, finish_reason: "stop" })) };
  const clean = [piece(0, "for"), piece(1, "bidden "), piece(2, "a "), piece(0, " you"), piece(2, "secret"), end, "[DONE]"];
  const streamed = setUp({}, { fetch: answering(sse(...clean), { type: "text/event-stream" }).fetch });
  const stream = await streamed.client.chat.completions.create(request("Hello", { n: 3, stream: true }));
  const { choices: told } = await stream.finalChatCompletion();
  assert.deepEqual(told.map((it) => it.message.content), ["for you", "bidden ", "a {M}"]);
});

test("guarded attack: errors do not say what the model said", async () => {
  const failures = [
    // Of the service, about what it made of the answer.
    [JSON.stringify({ error: { message: "bad output: forbidden", code: "forbidden", param: "forbidden", type: "forbidden", failed_generation: "forbidden" } }), { status: 400 }],
    [JSON.stringify({ message: "forbidden", __type: "forbidden" }), { status: 500, headers: { "x-amzn-errortype": "forbidden" } }],
    [JSON.stringify({ forbidden: "forbidden" }), { status: 429, headers: { "retry-after-ms": "1" } }],
    ["<html>forbidden</html>", { status: 502, type: "text/html" }],
    // A 200 that is none.
    ["forbidden", { type: "text/plain" }],
    ["{\"choices\":[{\"message\":{\"content\":\"forbidden", {}],
    ["[\"forbidden\"]", {}],
    [JSON.stringify({ error: { message: "forbidden" } }), {}],
    [JSON.stringify({ choices: [{ index: 0, message: { content: "forbidden" }, finish_reason: "error", error: { message: "forbidden" } }] }), {}],
  ];
  const streams = [
    [sse({ error: { message: "forbidden" } })],
    [sse(chunkOf({ content: "forbidden" }), { error: { message: "forbidden" } })],
    [sse(chunkOf({ content: long }), chunkOf({ content: long }), { error: { message: "forbidden", code: "forbidden" } })],
    [`event: error\ndata: {"message":"forbidden"}\n\n`],
    [sse(chunkOf({ content: "forbidden" }), '{"choices":[{"delta":{"content":"forbidden')],
    [sse(chunkOf({ content: "forbidden" }))],
    [sse(chunkOf({ content: "forbidden" }, "error"))],
  ].map(([body]) => [body, { type: "text/event-stream" }]);
  for (const [body, answer] of [...failures, ...streams]) {
    for (const stream of [false, true]) {
      const told = [];
      const logger = Object.fromEntries(["error", "warn", "info", "debug"].map((name) => [name, (...given) => told.push(given)]));
      const { fetch } = answering(body, answer);
      const { client } = setUp({}, { fetch, maxRetries: 1, logger, logLevel: "debug", onRetry: (record) => told.push(record) });
      const ways = [
        async () => {
          const got = await client.chat.completions.create(request("Hello", { stream }));
          return stream ? (await drain(got)).error : got;
        },
        async () => {
          const events = client.chat.completions.stream(request());
          events.on("error", (error) => told.push(error));
          events.on("chunk", (chunk, snapshot) => told.push(chunk, snapshot));
          await events.done();
        },
        () => client.chat.completions.parse(request()),
      ];
      for (const way of ways) {
        const got = await way().catch((error) => error);
        await turns();
        isClean([got, told], `${body.slice(0, 60)}, ${stream}`);
      }
    }
  }
});

test("guarded attack: nor do those of a body that cannot be read", async () => {
  const said = encode(sse(chunkOf({ content: `${long} forbidden` }), chunkOf({ content: long })));
  const then = {
    "what are no bytes": (controller) => controller.enqueue(5),
    "an exception": (controller) => controller.error(new Error("broken")),
    "no end": (controller) => controller.close(),
  };
  for (const [what, go] of Object.entries(then)) {
    let reads = 0;
    const pull = (controller) => (reads++ === 0 ? controller.enqueue(said) : go(controller));
    const body = () => ((reads = 0), new ReadableStream({ pull }, { highWaterMark: 0 }));
    const { client } = setUp({}, { fetch: answering(body, { type: "text/event-stream" }).fetch });
    const stream = await client.chat.completions.create(request("Hello", { stream: true }));
    const { items, error } = await drain(stream);
    isClean([items, error ?? null, stream], what);
    // With so large a window nothing is asked about before the end.
    const whole = client.chat.completions.stream(request(), { guardrail: { identifier: "gr1", version: "1", enforce: "client", window: 100_000 } });
    const failed = await fails(whole.finalChatCompletion());
    assert.isDefined(failed.partial, what);
    isClean([failed, whole], what);
    assert.isEmpty(failed.partial.choices);
  }
});

test("guarded attack: errors that pass are told in full, and the others by their status", async () => {
  for (const [message, isTold] of [["no such model: m", true], ["forbidden", false], ["a secret", false]]) {
    const { fetch, asked } = answering(JSON.stringify({ error: { message, code: "c" } }), { status: 404 });
    const { client } = setUp({}, { fetch });
    for (const stream of [false, true]) {
      const error = await fails(client.chat.completions.create(request("Hello", { stream })));
      assert.equal(error.name, "NotFoundError");
      assert.equal(error.status, 404);
      assert.equal(error.message.includes(message), isTold);
      assert.equal(error.code, isTold ? "c" : undefined);
      assert.equal(asked.pop().source, "OUTPUT");
    }
  }
  // Nobody can tell whether it passes.
  const { fetch, asked } = answering('{"message":"hello"}', { status: 404 });
  const down = (url, init) => (url.includes("/guardrail/") && asked.length > 0 ? Promise.resolve(new Response("{}", { status: 403 })) : fetch(url, init));
  const error = await fails(setUp({}, { fetch: down }).client.chat.completions.create(request()));
  assert.equal(error.status, 404);
  assert.notInclude(error.message, "hello");
});

test("guarded attack: nor do those of ApplyGuardrail", async () => {
  const answers = [
    () => new Response("forbidden"),
    () => new Response('{"action":"NONE","outputs":[{"text":"forbidden'),
    () => new Response('{"message":"Value forbidden at content.1 failed"}', { status: 400, headers: { "x-amzn-errortype": "ValidationException" } }),
    () => new Response('["forbidden"]'),
    () => Response.json({ action: "forbidden" }),
    () => Response.json({ action: "GUARDRAIL_INTERVENED", outputs: [{ text: "forbidden" }, { text: "forbidden" }], assessments: [{ a: { action: "ANONYMIZED" } }] }),
  ];
  for (const answer of answers) {
    for (const stream of [false, true]) {
      const told = [];
      const logger = Object.fromEntries(["error", "warn", "info", "debug"].map((name) => [name, (...given) => told.push(given)]));
      const judging = (_, nth) => (nth > 1 ? answer() : undefined);
      const { client } = setUp({ deltas: [{ content: "forbidden" }], judging }, { logger, logLevel: "debug" });
      const error = await fails(client.chat.completions.create(request("Hello", { stream })).then((it) => (stream ? it.finalContent() : it)));
      await turns();
      isClean([error, told], `${answer}`);
    }
  }
});

test("guarded attack: an abort, a break and free() at any time show nothing more", async () => {
  const answer = `${long}${long}forbidden`;
  const ends = {
    abort: (stream) => stream.abort(),
    controller: (stream) => stream.controller.abort(),
    free: (_, client) => client.free(),
  };
  for (const [name, end] of Object.entries(ends)) {
    for (let at = 1; at < 6; at++) {
      let stream;
      let client;
      const judging = async (_, nth) => {
        if (nth !== at) return;
        // While it is being asked.
        end(stream, client);
        await turns(1);
      };
      const it = setUp({ deltas: pieces(answer), judging: at > 1 ? judging : undefined });
      client = it.client;
      stream = client.chat.completions.stream(request());
      const seen = [];
      stream.on("content", (text) => seen.push(text));
      if (at === 1) end(stream, client);
      const error = await fails(stream.done());
      await turns();
      isClean([seen, stream, error], `${name} at ${at}`);
      assert.isTrue(answer.startsWith(seen.join("")) || seen.join("").endsWith(OUTPUT_BLOCKED), name);
      assert.isTrue(at > 1 || it.sent.length === 0);
    }
  }
});

test("guarded attack: at each moment all that a stream shows was judged", async () => {
  const answer = `${long}${long}a secret ${long}forbidden ${long}`;
  const { client, asked } = setUp({ deltas: pieces(answer) });
  const stream = client.chat.completions.stream(request());
  const judged = () => asked.slice(1).flatMap((it) => it.content.map((block) => block.text.text)).join("|");
  const look = () => {
    isClean([stream.partial, stream.currentChatCompletionSnapshot ?? null, stream.response ?? null, stream.metrics], "snapshot");
    const shown = stream.partial.choices[0]?.message.content ?? "";
    for (const word of shown.replace(OUTPUT_BLOCKED, "").replaceAll("{M}", "secret").split(" ")) assert.include(judged(), word);
  };
  for (const name of ["connect", "chunk", "content", "content.delta", "content.done", "message", "finalContent", "end"]) stream.on(name, look);
  await stream.done();
  look();
  assert.isNull((await client.chat.completions.create(request("Hello", { stream: true })).withResponse()).response.body);
});

test("guarded attack: what was forwarded is what was judged", async () => {
  const answer = `${long}a secret ${long}forbidden`;
  for (const forward of [(it) => new Response(it.toReadableStream()), (it) => it.toSSEResponse()]) {
    const { client } = setUp({ deltas: pieces(answer) });
    const text = await forward(await client.chat.completions.create(request("Hello", { stream: true }))).text();
    assert.isFalse(BAD.test(text), text);
    assert.include(text, OUTPUT_BLOCKED);
  }
  const { client } = setUp({ deltas: pieces(`${long}a secret`) });
  const lines = (await client.chat.completions.create(request("Hello", { stream: true }))).toReadableStream();
  assert.equal(await ChatCompletionStream.fromReadableStream(lines).finalContent(), `${long}a {M}`);
});

test("guarded attack: a stream that died is asked for again, and what it had said is not shown", async () => {
  const it = bedrock({ deltas: pieces(long) });
  let sent = 0;
  const dying = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          controller.error(new Error("forbidden"));
        },
      }),
      { headers: { "content-type": "text/event-stream" } },
    );
  const fetch = (url, init) => (!url.includes("/guardrail/") && sent++ === 0 ? Promise.resolve(dying()) : it.fetch(url, init));
  const { client } = setUp({}, { fetch, maxRetries: 1 });
  const stream = await client.chat.completions.create(request("Hello", { stream: true }));
  assert.equal(await stream.finalContent(), long);
  assert.equal(sent, 2);
});

test("guarded attack: an answer that streams unasked, or comes whole unasked, is judged", async () => {
  const streams = answering(sse(chunkOf({ content: "a secret" }), chunkOf({}, "stop"), "[DONE]"), { type: "text/event-stream" });
  isClean(await fails(setUp({}, { fetch: streams.fetch }).client.chat.completions.create(request())), "streams");
  const body = { id: "c", object: "chat.completion", choices: [{ index: 0, message: { role: "assistant", content: "a secret" }, finish_reason: "stop" }] };
  const whole = answering(JSON.stringify(body));
  const { client } = setUp({}, { fetch: whole.fetch });
  const got = await client.chat.completions.create(request("Hello", { stream: true })).catch((error) => error);
  const seen = got instanceof Error ? got : [await drain(got), got];
  isClean(seen, "whole");
  // The whole behind pieces of it, as a message.
  const both = answering(sse(chunkOf({ content: "a sec" }), { ...chunkOf({}), choices: [{ index: 0, message: { role: "assistant", content: "a secret" }, finish_reason: "stop" }] }, "[DONE]"), { type: "text/event-stream" });
  const stream = await setUp({}, { fetch: both.fetch }).client.chat.completions.create(request("Hello", { stream: true }));
  isClean([await drain(stream), stream], "both");
});

test("guarded attack: runs of tools see, and hand on, what was judged", async () => {
  const seen = [];
  const run = (value) => {
    seen.push(value);
    return "a secret result, forbidden";
  };
  const tools = [{ type: "function", function: { name: "get", parameters: {}, parse: JSON.parse, function: run } }];
  for (const stream of [false, true]) {
    seen.length = 0;
    const delta = call('{"a":"secret"}');
    const { client, sent } = setUp({ deltas: [delta], message: { role: "assistant", content: null, ...delta } });
    const runner = client.chat.completions.runTools({ ...request(), tools, stream }, { maxChatCompletions: 3 });
    runner.on("message", (message) => seen.push(message));
    await runner.done().catch((error) => seen.push(error));
    assert.deepEqual(seen.find((it) => it.a), { a: "{M}" });
    // What the tool said is input: the model never sees it.
    assert.equal(sent.length, 1);
    assert.equal(seen.pop().name, "ContentFilterFinishReasonError");
  }
});

test("guarded attack: the request that is sent is the one that was judged", async () => {
  // A body that is another one each time it is read.
  let reads = 0;
  const messages = [
    {
      role: "user",
      get content() {
        return reads++ === 0 ? "fine" : "forbidden";
      },
    },
  ];
  const { client, asked, sent } = setUp();
  await client.chat.completions.create({ model: "m", messages });
  assert.equal(asked[0].content[0].text.text, sent[0].body.messages[0].content);
  // Names that objects have by birth.
  const own = JSON.parse('{"role":"user","content":[{"type":"text","text":"a","__proto__":"my secret"}],"constructor":"secret"}');
  await client.chat.completions.create({ model: "m", messages: [own] });
  assert.isFalse(JSON.stringify(sent[1].body).includes("secret"));
  // Masks that take no notice of what a text is in.
  await client.chat.completions.create({ model: "m", messages: [{ role: "user", content: 'a "secret" \\ \u2028 \ud83d' }] });
  assert.equal(sent[2].body.messages[0].content, 'a "{M}" \\ \u2028 \ud83d');
});

test("guarded attack: a placeholder that looks like the text behind it hides no finding", async () => {
  // What is masked, `foo X}`, lies across the cut; the answer ends as the text does by chance.
  const judging = ({ source, content }) => {
    const texts = content.map((it) => it.text.text);
    if (source === "INPUT" || !texts.some((text) => text.includes("foo X}"))) return undefined;
    const outputs = texts.map((text) => ({ text: text.replaceAll("foo X}", "{X}") }));
    return Response.json({ action: "GUARDRAIL_INTERVENED", outputs, assessments: [{ sensitiveInformationPolicy: { regexes: [{ name: "X", match: "foo X}", action: "ANONYMIZED" }] } }] });
  };
  for (let length = 1; length < 30; length++) {
    const answer = `${"a".repeat(length)} foo X} and so on, and on`;
    const { client } = setUp({ deltas: pieces(answer, 3), judging, guardrail: { window: 20, overlap: 9 } });
    const stream = await client.chat.completions.create(request("Hello", { stream: true }));
    assert.equal(await stream.finalContent(), answer.replace("foo X}", "{X}"));
  }
});

test("guarded attack: random texts of several kinds, in turns: what is shown is what the whole would be, or less", async () => {
  const random = randomNumbers(11);
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const vocabulary = ["ab", "ba", "cab ", " ", "é", "漢字", "😀", "aba", "b", "xyz "];
  const kinds = ["content", "reasoning", "refusal", "call"];
  for (let round = 0; round < 80; round++) {
    const words = { blocked: [pick(["ababab", "é漢", "zyx", "never"])], masked: [pick(["cab", "😀", "ba b", "zz"])] };
    const whole = {};
    const deltas = Array.from({ length: below(40) }, () => {
      const kind = pick(kinds);
      const text = Array.from({ length: 1 + below(4) }, () => pick(vocabulary)).join("");
      whole[kind] = (whole[kind] ?? "") + text;
      if (kind !== "call") return { [kind]: text };
      const isNew = whole[kind] === text;
      return { tool_calls: [{ index: 0, ...(isNew && { id: "id", type: "function" }), function: { ...(isNew && { name: "name" }), arguments: text } }] };
    });
    const { client, asked } = setUp({ deltas, words, guardrail: { window: 8 + below(30), overlap: 7 } });
    const stream = await client.chat.completions.create(request("Hello", { stream: true }));
    const shown = {};
    for await (const { choices: [{ delta } = { delta: {} }] } of stream) {
      for (const kind of kinds) {
        const text = kind === "call" ? delta.tool_calls?.[0].function.arguments : delta[kind];
        if (text) shown[kind] = (shown[kind] ?? "") + text;
      }
    }
    const isBlocked = Object.values(whole).some((text) => judge({ content: [{ text: { text } }] }, words).outputs[0]?.text === OUTPUT_BLOCKED);
    for (const kind of kinds) {
      const [{ text: masked }] = [...judge({ content: [{ text: { text: whole[kind] ?? "" } }] }, { ...words, blocked: [] }).outputs, { text: whole[kind] ?? "" }];
      const what = JSON.stringify({ kind, shown, whole, words });
      if (!isBlocked) assert.equal(shown[kind] ?? "", masked, what);
      else {
        const text = (shown[kind] ?? "").replace(OUTPUT_BLOCKED, "");
        assert.isTrue(masked.startsWith(text), what);
        for (const word of words.blocked) {
          // Nor the beginning of it.
          const at = whole[kind]?.indexOf(word) ?? -1;
          if (at >= 0) assert.isAtMost(text.length, judge({ content: [{ text: { text: whole[kind].slice(0, at) } }] }, { ...words, blocked: [] }).outputs[0]?.text.length ?? at, what);
        }
      }
    }
    assert.equal(JSON.stringify(shown).includes(OUTPUT_BLOCKED), isBlocked);
    assert.isAtLeast(asked.length, 1);
  }
});
