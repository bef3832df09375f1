// CPU time per item of a stream, in this process: one read size and one kind of item.
//
// node streams.js '{"size":1400,"kind":"chunks","deltas":2000,"rounds":15}'

import { contenders } from "./contenders.js";
import { cut, stream, streaming } from "./data.js";
import { cpu, median, shuffled } from "./measure.js";

const { size, kind, deltas, rounds, only } = JSON.parse(process.argv[2]);
const { bytes, chunks } = stream(deltas);
const fetch = streaming(cut(bytes, size));
const items = kind === "chunks" ? chunks : deltas;
const found = {};
const running = Object.entries(contenders[kind]).filter(([name]) => !only || only.includes(name));

for (const [name, run] of running) {
  const read = await run(fetch);
  // Several deltas of one read may come as one text, and others add events of their own.
  const exact = kind === "chunks" ? ["ours", "openai", "handwritten", "tuned", "synchronous"] : [];
  if (exact.includes(name) && read !== items) throw new Error(`${name} read ${read} of ${items}`);
  found[name] = [];
}

// Engines compile hot WebAssembly and JavaScript anew on the way, which takes some 30,000 events.
const WARM = 25;

async function measure(run) {
  // Not with `gc()` before: after it the engine runs slower for longer than this takes.
  return (await cpu(() => run(fetch))) / items;
}

// `ai` comes last and alone: it leaves so much behind that whoever follows it is slower.
const [others, heavy] = [running.filter(([name]) => name !== "ai"), running.filter(([name]) => name === "ai")];
for (const [group, warm] of [[others, WARM], [heavy, 3]]) {
  for (let round = -warm; round < rounds; round++) {
    for (const [name, run] of shuffled(group)) {
      const used = await measure(run);
      if (round >= 0) found[name].push(used);
    }
  }
}
const medians = Object.entries(found).map(([name, all]) => [name, median(all)]);
console.log(JSON.stringify(Object.fromEntries(medians)));
