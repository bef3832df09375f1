// Streams that pass through a server of one's own: CPU time per chunk, and memory of many at once.
//
// node --expose-gc gateway.js '{"deltas":2000,"warm":25,"rounds":15}'
// node --expose-gc gateway.js '{"who":"gateway","streams":2000}'

import { cut, stream, streaming } from "./data.js";
import { cpu, interleave } from "./measure.js";
import { body, servers } from "./servers.js";

const { who, streams, deltas = 2, warm, rounds } = JSON.parse(process.argv[2]);
const { bytes, chunks } = stream(deltas);

/** One event, and then nothing for a long time. */
const endless = async () =>
  new Response(
    new ReadableStream({ start: (controller) => controller.enqueue(bytes.subarray(0, bytes.indexOf(10) + 2)) }),
    { headers: { "content-type": "text/event-stream" } },
  );
const fetch = streams ? endless : streaming(cut(bytes, 1400));
const headers = { "content-type": "application/json" };
const asked = () => new Request("http://gate/v1/chat/completions", { method: "POST", headers, body });
const running = servers(fetch);

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
    const reader = (await running[who](asked())).body.getReader();
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

for (const name of Object.keys(running)) {
  const events = await drain(running[name](asked()));
  if (events !== chunks + 1) throw new Error(`${name} passed ${events} of ${chunks + 1} events`);
}
const measure = async (name) => (await cpu(() => drain(running[name](asked())))) / chunks;
console.log(JSON.stringify(await interleave(Object.keys(running), { warm, rounds }, measure)));
process.exit(0);
