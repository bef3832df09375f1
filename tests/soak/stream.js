// Much work in one process: run by package/stream-soak.test.js with `--expose-gc`. Prints what it
// measured as JSON; a crash of the engine or a growth is the test's to see.

import { randomNumbers } from "../helpers.js";

// Before the package is there: its memory is to be seen here.
let memory;
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(...given) {
    super(...given);
    memory = Object.values(this.exports).find((one) => one instanceof WebAssembly.Memory);
  }
};
const { BedrockChatClient } = await import("bedrock-chat");
const { answer, chunk, collect, event, request, says, STOP, DONE } =
  await import("../package/stream-parts.js");

const clientOf = (fetch, options) =>
  new BedrockChatClient({
    baseURL: "https://bedrock.test/openai/v1",
    apiKey: "bedrock-api-key-test",
    maxRetries: 0,
    fetch,
    ...options,
  });

async function measure() {
  // What is collected late may let go of more: finalizers run between.
  for (let round = 0; round < 3; round++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { heapUsed, external, arrayBuffers, wasm: memory.buffer.byteLength };
}

/** One stream of so many events, in reads of all sizes, that is never there as a whole. */
function longAnswer(events) {
  const random = randomNumbers(3);
  const encoder = new TextEncoder();
  const pieces = Array.from({ length: 64 }, (_, at) => encoder.encode(says(`w${at} `)));
  const block = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.reduce((at, piece) => (block.set(piece, at), at + piece.length), 0);
  let left = events / pieces.length;
  let offset = block.length;
  return async () => {
    const body = new ReadableStream(
      {
        pull(controller) {
          if (offset === block.length) {
            if (left-- <= 0) {
              controller.enqueue(encoder.encode(STOP + DONE));
              return controller.close();
            }
            offset = 0;
          }
          const end = Math.min(block.length, offset + 1 + Math.floor(random() * 3000));
          controller.enqueue(block.slice(offset, end));
          offset = end;
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

async function oneStream(events, read) {
  const stream = clientOf(longAnswer(events)).chat.completions.stream(request);
  let seen = 0;
  let middle;
  for await (const item of read(stream)) {
    seen += typeof item === "string" ? item.split(" ").length - 1 : 1;
    if (!middle && seen >= events / 2) middle = await measure();
  }
  return { seen, middle, end: await measure() };
}

const completion = JSON.stringify({ object: "chat.completion", choices: [] });
const tool = { tool_calls: [{ index: 0, id: "t", function: { name: "f", arguments: "{}" } }] };
const { signal } = new AbortController();
const ways = [
  [answer("a", "b"), (completions) => completions.stream(request).finalContent()],
  [answer("a", "b"), (completions) => collect(completions.stream(request))],
  [
    answer("a", "b"),
    (completions) => collect(completions.stream(request, { signal }).textStream()),
  ],
  [answer("a", "b"), (completions) => Promise.all(completions.stream(request).tee().map(collect))],
  [answer("a", "b"), (completions) => completions.stream(request).toSSEResponse().text()],
  [
    answer("a", "b"),
    async (completions) => {
      for await (const _ of completions.stream(request, { signal })) break;
    },
  ],
  [answer("a", "b"), async (completions) => completions.stream(request).abort()],
  // Whoever forgets a stream leaves nothing behind either.
  [answer("a", "b"), (completions) => completions.create({ ...request, stream: true })],
  [event(chunk(tool)) + STOP + DONE, (completions) => completions.stream(request).finalMessage()],
  [says("a"), (completions) => collect(completions.stream(request))],
  [says("a") + "data: {{{\n\n", (completions) => collect(completions.stream(request))],
  [event({ error: { message: "no" } }), (completions) => collect(completions.stream(request))],
  [completion, (completions) => completions.create(request)],
  [completion, (completions) => completions.create({ ...request, stream: true }).catch(() => {})],
];

// Keeps nothing, as `answering` does of its requests.
function clientFor(body) {
  const type = body === completion ? "application/json" : "text/event-stream";
  return clientOf(async () => new Response(body, { headers: { "content-type": type } }));
}

async function manyCalls(calls) {
  const shared = ways.map(([body]) => clientFor(body));
  let middle;
  for (let call = 0; call < calls; call++) {
    if (call === calls / 2) middle = await measure();
    const which = call % ways.length;
    const client = call % 5 === 0 ? clientFor(ways[which][0]) : shared[which];
    await ways[which][1](client.chat.completions).catch?.(() => {});
    if (client !== shared[which]) client.free();
    // Finalizers run between tasks, and a server has some.
    if (call % 100 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return { seen: calls, middle, end: await measure() };
}

const EVENTS = 64 * 4688;
const runs = {
  chunks: () => oneStream(EVENTS, (stream) => stream),
  text: () => oneStream(EVENTS, (stream) => stream.textStream()),
  calls: () => manyCalls(20_000),
};
const results = {};
for (const [name, run] of Object.entries(runs)) {
  const start = performance.now();
  results[name] = await run();
  results[name].ms = Math.round(performance.now() - start);
}
console.log(JSON.stringify({ events: EVENTS, ...results }));
