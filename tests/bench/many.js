// Memory of many streams at once, each of which has begun, per stream.
//
// node --expose-gc many.js '{"who":"ours","streams":5000}'

import { request, stream } from "./data.js";

const { who, streams } = JSON.parse(process.argv[2]);
const specifier = { ours: "bedrock-chat", before: "bedrock-chat-before", openai: "openai" }[who];
const { BedrockChatClient, OpenAI } = await import(specifier);
const Client = BedrockChatClient ?? OpenAI;

const { bytes } = stream(2);
const first = bytes.subarray(0, bytes.indexOf(10) + 2);
const headers = { "content-type": "text/event-stream" };
// One event, and then nothing for a long time.
const fetch = async () =>
  new Response(new ReadableStream({ start: (controller) => controller.enqueue(first) }), { headers });
const client = new Client({
  baseURL: "http://127.0.0.1:9/v1",
  apiKey: "bedrock-api-key-for-the-benchmark",
  fetch,
});

async function open() {
  const iterator = (await client.chat.completions.create({ ...request, stream: true }))[Symbol.asyncIterator]();
  const { value } = await iterator.next();
  if (value.choices[0].delta.role !== "assistant") throw new Error("not the first chunk");
  // It waits for the second.
  iterator.next().catch(() => {});
  return iterator;
}

async function memory() {
  for (let at = 0; at < 3; at++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().rss;
}

const held = [];
for (let at = 0; at < 100; at++) held.push(await open());
const before = await memory();
for (let at = 0; at < streams; at++) held.push(await open());
const after = await memory();
console.log(JSON.stringify((after - before) / streams));
process.exit(held.length === streams + 100 ? 0 : 1);
