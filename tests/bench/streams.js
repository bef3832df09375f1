// CPU time per item of a stream, in this process: one read size and one kind of item.
//
// node streams.js '{"size":1400,"kind":"chunks","deltas":2000,"warm":25,"rounds":15,"heavy":3}'

import { contenders, HEAVY } from "./contenders.js";
import { cut, stream, streaming } from "./data.js";
import { cpu, interleave } from "./measure.js";

const { size, kind, deltas, warm, rounds, heavy } = JSON.parse(process.argv[2]);
const { bytes, chunks } = stream(deltas);
const fetch = streaming(cut(bytes, size));
const items = kind === "chunks" ? chunks : deltas;
const running = contenders[kind];
const light = Object.keys(running).filter((name) => !HEAVY.includes(name));

for (const name of kind === "chunks" ? light : []) {
  const read = await running[name](fetch);
  if (read !== items && name !== "reads") throw new Error(`${name} read ${read} of ${items}`);
}

// Not with `gc()` before: after it the engine runs slower for longer than this takes.
const measure = async (name) => (await cpu(() => running[name](fetch))) / items;

// Engines compile hot WebAssembly and JavaScript anew on the way, which takes some 30,000 events.
const found = await interleave(light, { warm, rounds }, measure);
// Last and alone, since others would pay for their garbage.
for (const name of heavy ? HEAVY : []) {
  Object.assign(found, await interleave([name], { warm: 3, rounds: heavy }, measure));
}
console.log(JSON.stringify(found));
