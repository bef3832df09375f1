// Streams that pass through a server of one's own: CPU time per chunk, and memory of many at once.
//
// node --expose-gc gateway.js '{"deltas":2000,"warm":25,"rounds":15}'
// node --expose-gc gateway.js '{"who":"gateway","streams":2000}'

import { BedrockChatClient } from "bedrock-chat";
import { gateway } from "bedrock-chat/edge";
import { createParser } from "eventsource-parser";
import { cut, request, stream, streaming } from "./data.js";
import { cpu, interleave } from "./measure.js";

const { who, streams, deltas = 2, warm, rounds } = JSON.parse(process.argv[2]);
const { bytes, chunks } = stream(deltas);

/** One event, and then nothing for a long time. */
const endless = async () =>
  new Response(
    new ReadableStream({ start: (controller) => controller.enqueue(bytes.subarray(0, bytes.indexOf(10) + 2)) }),
    { headers: { "content-type": "text/event-stream" } },
  );
const fetch = streams ? endless : streaming(cut(bytes, 1400));
const client = new BedrockChatClient({ baseURL: "http://127.0.0.1:9/v1", apiKey: "bedrock-api-key-for-the-benchmark", fetch });

const handle = gateway({ client, models: [request.model] });
const body = JSON.stringify({ ...request, stream: true });
const encoder = new TextEncoder();

/** Each makes a response. */
const servers = {
  gateway: () =>
    handle(new Request("http://gate/v1/chat/completions", { method: "POST", headers: { "content-type": "application/json" }, body })),
  toSSEResponse: () => client.chat.completions.stream(JSON.parse(body)).toSSEResponse(),
  // As one writes it who wants to see what passes: parsed, and written again.
  handwritten: async () => {
    const { body: upstream } = await fetch();
    const decoder = new TextDecoder();
    let out;
    const parser = createParser({
      onEvent({ data }) {
        if (data !== "[DONE]") data = JSON.stringify(JSON.parse(data));
        out.enqueue(encoder.encode(`data: ${data}\n\n`));
      },
    });
    const transform = (read, controller) => {
      out = controller;
      parser.feed(decoder.decode(read, { stream: true }));
    };
    return new Response(upstream.pipeThrough(new TransformStream({ transform })));
  },
  // Blind.
  bytes: async () => new Response((await fetch()).body),
};

async function drain(response) {
  let events = 0;
  for await (const piece of (await response).body) for (const byte of piece) if (byte === 10) events++;
  return events / 2;
}

async function memory() {
  for (let at = 0; at < 3; at++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss;
}

if (streams) {
  const held = [];
  const open = async () => {
    const reader = (await servers[who]()).body.getReader();
    await reader.read();
    // It waits for the second.
    reader.read().catch(() => {});
    held.push(reader);
  };
  for (let at = 0; at < 100; at++) await open();
  const before = await memory();
  for (let at = 0; at < streams; at++) await open();
  console.log(JSON.stringify(((await memory()) - before) / streams));
  process.exit(held.length === streams + 100 ? 0 : 1);
}

for (const name of Object.keys(servers)) {
  const events = await drain(servers[name]());
  if (events !== chunks + 1) throw new Error(`${name} passed ${events} of ${chunks + 1} events`);
}
const measure = async (name) => (await cpu(() => drain(servers[name]()))) / chunks;
console.log(JSON.stringify(await interleave(Object.keys(servers), { warm, rounds }, measure)));
process.exit(0);
