// CPU time per item of a stream in workerd. Its clocks stand still while it computes, so it is
// measured from outside: the CPU time of its process during a request that reads some streams,
// less that of a request that reads none. Where the system does not tell, the time on the wall.
//
// node workerd.js '{"sizes":[1400],"deltas":2000,"rounds":9,"compatibilityDate":"2026-07-30"}'

import { readdirSync, readFileSync } from "node:fs";
import { Log, LogLevel, Miniflare } from "miniflare";
import { workerModules } from "./bundle.js";
import { median, shuffled } from "./measure.js";

const { sizes, deltas, rounds, compatibilityDate } = JSON.parse(process.argv[2]);
const STREAMS = 2;
const NAMES = ["ours", "openai", "handwritten", "tuned", "synchronous", "xsai", "ai", "reads"];

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

/** Our child that is called workerd. */
function findWorkerd() {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const [, name, rest] = readFileSync(`/proc/${pid}/stat`, "utf8").match(/^\d+ \((.*)\) (.*)/s);
      if (name === "workerd" && Number(rest.split(" ")[1]) === process.pid) return pid;
    } catch {
      // It has ended in between.
    }
  }
}

/** Nanoseconds on a processor, all threads. */
function used(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const of = (tid) => Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[0]);
  return threads.reduce((sum, tid) => sum + of(tid), 0);
}

let clock = "wall";
let now = () => performance.now() * 1000;
try {
  await ask({ name: "reads", kind: "chunks", size: 1400, deltas, streams: 1 });
  const pid = findWorkerd();
  if (used(pid) > 0) {
    clock = "cpu";
    now = () => used(pid) / 1000;
  }
} catch {
  // No such system.
}

async function measure(body) {
  const before = now();
  await ask(body);
  return now() - before;
}

// As in streams.js: until hot code is compiled anew.
for (const kind of ["chunks", "text"]) {
  for (const name of NAMES) {
    await ask({ name, kind, size: 1400, deltas, streams: name === "ai" ? 1 : 15 });
  }
}

const result = { clock, chunks: {}, text: {} };
for (const kind of ["chunks", "text"]) {
  const items = kind === "chunks" ? deltas + 2 : deltas;
  for (const size of sizes) {
    const found = Object.fromEntries(NAMES.map((name) => [name, []]));
    // `ai` comes last and alone: it leaves much garbage behind.
    for (const group of [NAMES.filter((name) => name !== "ai"), ["ai"]]) {
      for (let round = -1; round < rounds; round++) {
        for (const name of shuffled(group)) {
          const body = { name, kind, size, deltas };
          const nothing = await measure({ ...body, streams: 0 });
          const something = await measure({ ...body, streams: STREAMS });
          if (round >= 0) found[name].push((something - nothing) / STREAMS / items);
        }
      }
    }
    result[kind][size] = Object.fromEntries(NAMES.map((name) => [name, median(found[name])]));
  }
}
console.log(JSON.stringify(result));
await miniflare.dispose();
