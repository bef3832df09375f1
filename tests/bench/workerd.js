// CPU time per item of a stream in workerd. Its clocks stand still while it computes, so it is
// measured from outside: the CPU time of its process during a request that reads some streams,
// less that of a request that reads none. Where the system does not tell, the time on the wall.
//
// node workerd.js '{"sizes":[1400],"deltas":2000,"rounds":9,"heavy":3,"compatibilityDate":"2026-07-30"}'

import { Log, LogLevel, Miniflare } from "miniflare";
import { workerModules } from "./bundle.js";
import { contenders, HEAVY } from "./contenders.js";
import { interleave, median } from "./measure.js";
import { clockOf, findWorkerd } from "./process.js";

const { sizes, deltas, rounds, heavy, compatibilityDate } = JSON.parse(process.argv[2]);

const miniflare = new Miniflare({
  modules: await workerModules("worker.js"),
  compatibilityDate,
  compatibilityFlags: ["nodejs_compat"],
  log: new Log(LogLevel.ERROR),
});

async function ask(body) {
  const response = await miniflare.dispatchFetch("http://worker/", {
    method: "POST",
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return Number(text);
}

await ask({ name: "reads", kind: "chunks", size: 1400, deltas, streams: 1 });
const { clock, now } = clockOf(findWorkerd());

async function measure(body) {
  const before = now();
  await ask(body);
  return now() - before;
}

const result = { clock };
for (const [kind, running] of Object.entries(contenders)) {
  const items = kind === "chunks" ? deltas + 2 : deltas;
  const light = Object.keys(running).filter((name) => !HEAVY.includes(name));
  // As in streams.js: until hot code is compiled anew.
  for (const name of light) await ask({ name, kind, size: 1400, deltas, streams: 15 });
  result[kind] = {};
  for (const size of sizes) {
    const body = { kind, size, deltas };
    const perItem = async (names, rounds, streams) => {
      const found = await interleave(["nothing", ...names], { warm: 1, rounds }, (name) =>
        measure(name === "nothing" ? { ...body, name: "reads", streams: 0 } : { ...body, name, streams }),
      );
      const nothing = median(found.nothing);
      const of = (name) => found[name].map((sample) => (sample - nothing) / streams / items);
      return Object.fromEntries(names.map((name) => [name, of(name)]));
    };
    // So many that what a request costs, which wavers by a millisecond, is little beside them.
    result[kind][size] = await perItem(light, rounds, Math.min(Math.ceil(size / 400), 6));
    // Last and alone, since others would pay for their garbage.
    for (const name of heavy && size === 1400 ? HEAVY : []) {
      Object.assign(result[kind][size], await perItem([name], heavy, 1));
    }
  }
}
console.log(JSON.stringify(result));
await miniflare.dispose();
