// Time and memory of something large, in a process of its own.
//
// node --expose-gc large.js '{"who":"ours","what":"event","size":4194304}'

import { BedrockChatClient } from "bedrock-chat";
import { BedrockChatClient as Before } from "bedrock-chat-before";
import OpenAI from "openai";
import { answering, request, stream } from "./data.js";

const { who, what, size } = JSON.parse(process.argv[2]);
const options = { baseURL: "http://127.0.0.1:9/v1", apiKey: "bedrock-api-key-for-the-benchmark" };
const encoder = new TextEncoder();

const Client = { ours: BedrockChatClient, before: Before, openai: OpenAI }[who];
const client = (fetch) => new Client({ ...options, fetch });

/** A text of one flat piece of memory. */
const text = (length) => Buffer.alloc(length, "0123456789abcdef").toString("latin1");

function streamingFrom(next) {
  const body = () =>
    new ReadableStream(
      {
        pull(controller) {
          const read = next();
          if (read) controller.enqueue(read);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  return async () => new Response(body(), { headers: { "content-type": "text/event-stream" } });
}

async function readAll(fetch) {
  let length = 0;
  const body = { ...request, stream: true };
  for await (const chunk of await client(fetch).chat.completions.create(body)) {
    length += chunk.choices[0].delta.content?.length ?? 0;
  }
  return length;
}

/** What is to be measured, with everything that it needs there. */
const cases = {
  /** One event of that many bytes, in reads of 16 KiB. */
  event() {
    const before = 'data: {"choices":[{"index":0,"delta":{"content":"';
    const after = '"}}]}\n\ndata: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
    // One by one: what was taken to make them would be the peak.
    const read = encoder.encode(text(16384));
    const reads = [encoder.encode(before)];
    for (let left = size; left > 0; left -= read.length) reads.push(read.slice(0, left));
    reads.push(encoder.encode(after));
    let at = 0;
    return async () => {
      const length = await readAll(streamingFrom(() => reads[at++]));
      if (length !== size) throw new Error(`${length} of ${size}`);
    };
  },
  /** That many events, in reads of 16 KiB or so, made from the same few. */
  events() {
    const { bytes } = stream(62);
    const end = Buffer.from(bytes).lastIndexOf('data: {"id"');
    const block = bytes.subarray(0, end);
    const rest = bytes.subarray(end);
    let blocks = Math.ceil(size / 63);
    let ended = false;
    const next = () => {
      if (blocks-- > 0) return block;
      if (ended) return undefined;
      ended = true;
      return rest;
    };
    return () => readAll(streamingFrom(next));
  },
  /** A request of that many bytes. */
  request() {
    const body = { ...request, messages: [{ role: "user", content: text(size) }] };
    return () => {
      const fetch = (url, init) => {
        const length = init.body.byteLength ?? init.body.length;
        if (length < size) throw new Error(`${length} of ${size}`);
        return answering();
      };
      return client(fetch).chat.completions.create(body);
    };
  },
};

// Once with something small, for what is made once.
await client(answering).chat.completions.create(request);
const run = cases[what]();
for (let at = 0; at < 3; at++) {
  gc();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const rss = process.memoryUsage().rss;
const peakBefore = process.resourceUsage().maxRSS * 1024;
const startedAt = process.cpuUsage();
await run();
const { user, system } = process.cpuUsage(startedAt);
const peak = process.resourceUsage().maxRSS * 1024;
// A peak from before hides what lies below it.
console.log(JSON.stringify({ cpu: user + system, memory: peak - rss, hidden: peak === peakBefore }));
