// How large things may be: each limit ends its call alone, with an error that names it, and keeps
// what had come.

import { BedrockChatClient, ConfigurationError, InvalidRequestError, LimitError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, encode, fails } from "../helpers.js";

const model = "m";
const messages = [{ role: "user", content: "hi" }];
const json = { "content-type": "application/json" };
const events = { "content-type": "text/event-stream" };
const baseURL = "https://example.com/v1";

const clientOf = (options) => new BedrockChatClient({ baseURL, apiKey: "k", maxRetries: 2, ...options });
const event = (choice) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
const content = (text) => event({ delta: { content: text } });
const call = (index) => event({ delta: { tool_calls: [{ index, id: `c${index}`, function: { name: "f", arguments: "{}" } }] } });
const end = `${event({ delta: {}, finish_reason: "stop" })}data: [DONE]\n\n`;

/** A fetch whose body never ends: what it begins with, and then the same again and again. */
function endless(start, piece, headers) {
  const server = { sent: 0, requests: 0, cancelled: false };
  server.fetch = async (_, { signal }) => {
    server.requests++;
    const bytes = encode(piece);
    const body = new ReadableStream(
      {
        start: (controller) => controller.enqueue(encode(start)),
        pull(controller) {
          server.sent += bytes.length;
          controller.enqueue(bytes);
        },
        cancel: () => void (server.cancelled = true),
      },
      { highWaterMark: 0 },
    );
    signal.addEventListener("abort", () => (server.cancelled = true));
    return new Response(body, { headers });
  };
  return server;
}

async function drain(stream) {
  const seen = [];
  try {
    for await (const item of stream) seen.push(item);
  } catch (error) {
    return { seen, error };
  }
  return { seen };
}

function check(error, limit) {
  assert.strictEqual(error?.constructor, LimitError, error?.stack);
  assert.equal(error.limit, limit);
  assert.include(error.message, `limits.${limit}`);
  assert.isFalse(error.retryable);
  assert.equal(error.attempts, 1);
}

test("limits: a stream that does not end, of text, arguments, other fields, comments", async () => {
  const text = "x".repeat(4000);
  const kinds = {
    text: content(text),
    arguments: event({ delta: { tool_calls: [{ index: 0, function: { arguments: text } }] } }),
    reasoning: event({ delta: { reasoning: text } }),
    "a field of the server's": event({ delta: { audio: { data: text } } }),
    logprobs: event({ delta: {}, logprobs: { content: [{ token: text }] } }),
    "empty chunks": 'data: {"choices":[]}\n\n'.repeat(100),
    comments: `: ${text}\n`,
  };
  for (const [name, piece] of Object.entries(kinds)) {
    for (const how of ["chunks", "text", "final"]) {
      const server = endless(content("start"), piece, events);
      const client = clientOf({ fetch: server.fetch, limits: { response: 300_000 } });
      const stream = client.chat.completions.stream({ model, messages });
      const error =
        how === "final"
          ? await fails(stream.finalChatCompletion())
          : (await drain(how === "text" ? stream.textStream() : stream)).error;
      check(error, "response");
      assert.isBelow(server.sent, 400_000, `${name}, ${how}`);
      assert.equal(server.requests, 1);
      assert.isTrue(server.cancelled);
      assert.match(error.partial.choices[0].message.content, /^start/);
      assert.deepEqual(stream.partial, error.partial);
      client.free();
    }
  }
});

test("limits: what came before the end of a stream that is too large is told once", async () => {
  for (const how of ["chunks", "text"]) {
    const pieces = [content("a"), content("b") + content("c"), content("d".repeat(2000))];
    const pull = (controller) => controller.enqueue(encode(pieces.shift()));
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    const client = clientOf({ fetch: async () => new Response(body, { headers: events }), limits: { response: 1000 } });
    const stream = client.chat.completions.stream({ model, messages });
    const { seen, error } = await drain(how === "text" ? stream.textStream() : stream);
    check(error, "response");
    const texts = how === "text" ? seen : seen.map(({ choices }) => choices[0].delta.content);
    assert.equal(texts.join(""), "abc", how);
    client.free();
  }
});

test("limits: an answer that is no stream and does not end", async () => {
  const server = endless('{"choices":[{"index":0,"message":{"content":"', "x".repeat(50_000), json);
  const client = clientOf({ fetch: server.fetch });
  const error = await fails(client.chat.completions.create({ model, messages }, { limits: { response: 1_000_000 } }));
  check(error, "response");
  assert.isBelow(server.sent, 1_200_000);
  assert.equal(server.requests, 1);
  assert.isTrue(server.cancelled);
});

test("limits: an answer of 700 MiB is too large, however it comes, and is not called anything else", async () => {
  const size = 700 * 2 ** 20;
  const piece = new Uint8Array(2 ** 20).fill(32);
  const bodies = {
    "in pieces": () => {
      let left = size;
      const pull = (controller) => ((left -= piece.length) < 0 ? controller.close() : controller.enqueue(piece));
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { headers: json });
    },
    // Of a fetch that has read it before.
    whole: () => ({ status: 200, headers: new Headers(json), arrayBuffer: async () => new ArrayBuffer(size) }),
  };
  for (const [name, respond] of Object.entries(bodies)) {
    for (const limits of [undefined, { response: 2 ** 32 - 1 }]) {
      const client = clientOf({ fetch: async () => respond(), limits });
      const error = await fails(client.chat.completions.create({ model, messages }));
      assert.strictEqual(error.constructor, LimitError, `${name}: ${error.stack}`);
      // With the largest limit there is, memory may end before.
      assert.include(limits ? ["response", "memory"] : ["response"], error.limit);
      assert.equal(error.attempts, 1);
      client.free();
    }
  }
}, { except: ["workerd"], why: "an isolate has 128 MB" });

test("limits: an answer in pieces of any size is the same", async () => {
  const body = JSON.stringify({ choices: [{ index: 0, message: { content: "é\u{1f980}".repeat(2000) }, finish_reason: "stop" }] });
  const { length } = encode(body);
  const every = (step) => Array.from({ length: Math.floor((length - 1) / step) }, (_, place) => (place + 1) * step);
  for (const cuts of [[], every(1), every(2), every(1000), [length - 1], [1]]) {
    const client = clientOf({ fetch: answering(body, { cuts, headers: json }) });
    const { choices } = await client.chat.completions.create({ model, messages });
    assert.equal(choices[0].message.content, "é\u{1f980}".repeat(2000));
  }
});

test("limits: an answer that is an error and does not end", async () => {
  const server = endless("{", '"a":1,'.repeat(10_000), json);
  const fetch = async (...request) => {
    const { body } = await server.fetch(...request);
    return new Response(body, { status: 400, headers: json });
  };
  const error = await fails(clientOf({ fetch }).chat.completions.create({ model, messages }));
  assert.equal(error.status, 400);
  assert.isBelow(server.sent, 1_000_000);
});

test("limits: up to the very byte, of a client and of a call", async () => {
  const answer = '{"choices":[]}';
  const whole = { fetch: answering(answer, { headers: json }) };
  const streamed = content("a") + end;
  const stream = { fetch: answering(streamed) };
  const body = JSON.stringify({ model, messages });
  const cases = [
    ["response", answer.length, whole, (client, given) => client.chat.completions.create({ model, messages }, given)],
    ["response", streamed.length, stream, (client, given) => client.chat.completions.stream({ model, messages }, given).finalMessage()],
    ["request", body.length, whole, (client, given) => client.chat.completions.create({ model, messages }, given)],
  ];
  for (const [limit, size, options, run] of cases) {
    const limits = (by) => ({ limits: { [limit]: size + by } });
    for (const [client, given] of [
      [clientOf(options), limits],
      [clientOf({ ...options, ...limits(-5) }), limits],
      [undefined, () => undefined],
    ]) {
      await run(client ?? clientOf({ ...options, ...limits(0) }), given(0));
      const run1 = async () => run(client ?? clientOf(options).withOptions(limits(-1)), given(-1));
      const error = await fails(run1());
      if (limit === "request") {
        assert.strictEqual(error.constructor, InvalidRequestError);
        assert.equal(error.path, "");
        assert.include(error.message, "limits.request");
      } else {
        check(error, "response");
      }
    }
  }
});

test("limits: one event, choices and tool calls", async () => {
  const choice = (index) => `data: {"choices":[{"index":${index},"delta":{"content":"c"}}]}\n\n`;
  const all = (count, of) => Array.from({ length: count }, (_, index) => of(index)).join("");
  const atOnce = (count) => `data: {"choices":[${all(count, (index) => `{"index":${index},"delta":{}},`)}1]}\n\n`;
  const cases = [
    [{ event: 1000 }, content("a") + content("b".repeat(1000)), "event"],
    [{ event: 1000 }, `${content("a")}data: ${"x".repeat(2000)}`, "event"],
    [{ choices: 2 }, content("a") + all(3, choice), "choices"],
    [undefined, content("a") + all(129, choice), "choices"],
    [undefined, content("a") + atOnce(129), "choices"],
    [{ choices: 1000 }, content("a") + atOnce(257), "choices"],
    [{ toolCalls: 2 }, content("a") + all(3, call), "toolCalls"],
    [undefined, content("a") + all(129, call), "toolCalls"],
    [{ toolCalls: 1000 }, content("a") + all(257, call), "toolCalls"],
  ];
  for (const [limits, body, limit] of cases) {
    const stream = clientOf({ limits, fetch: answering(body + end, { cuts: [content("a").length] }) });
    const { seen, error } = await drain(stream.chat.completions.stream({ model, messages }));
    check(error, limit);
    assert.equal(seen[0].choices[0].delta.content, "a");
    assert.match(error.partial.choices[0].message.content, /^a/);
  }
  const more = clientOf({ limits: { choices: 200, toolCalls: 200 }, fetch: answering(all(200, choice) + all(200, call) + end) });
  const completion = await more.chat.completions.stream({ model, messages, n: 200 }).finalChatCompletion().catch((error) => error.partial);
  assert.lengthOf(completion.choices, 200);
  assert.lengthOf(completion.choices[0].message.tool_calls, 200);
});

test("limits: what they may be", async () => {
  for (const [limits, path] of [
    [1, "limits"],
    [{ response: "1" }, "limits.response"],
    [{ response: -1 }, "limits.response"],
    [{ event: 1.5 }, "limits.event"],
    [{ choices: Infinity }, "limits.choices"],
    [{ request: () => 1 }, "limits.request"],
  ]) {
    assert.throws(() => clientOf({ limits }), ConfigurationError, path);
    const call = clientOf({ fetch: answering("") }).chat.completions.create({ model, messages }, { limits });
    const error = await fails(call);
    assert.strictEqual(error.constructor, ConfigurationError);
    assert.equal(error.path, path);
  }
  clientOf({ limits: { response: 2 ** 32 - 1, request: null, event: undefined } }).free();
});

test("limits: a request that is larger than any string", async () => {
  const { stringify } = JSON;
  // As V8 says it; to make one takes a gigabyte.
  JSON.stringify = () => {
    throw new RangeError("Invalid string length");
  };
  let error;
  try {
    error = await fails(clientOf({ fetch: answering("") }).chat.completions.create({ model, messages }));
  } finally {
    JSON.stringify = stringify;
  }
  assert.strictEqual(error.constructor, InvalidRequestError);
  assert.include(error.message, "limits.request");
});
