// All of the bench in one run; `cargo xtask bench` calls it.
//
// node bench.js '{"quick":false,"nodes":[{"path":"node"}],…}'

import { execFile } from "node:child_process";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { check } from "./budgets.js";
import { bundle, sizes } from "./bundle.js";
import { interleave, merge } from "./measure.js";
import { markdown, missed } from "./report.js";

const config = JSON.parse(process.argv[2]);
const here = dirname(fileURLToPath(import.meta.url));
const exec = promisify(execFile);

const SIZES = [64, 300, 1400, 16384];
const KINDS = ["chunks", "text"];
const DELTAS = 2000;
/** How often each is measured. What is said of them stands in the report. */
const ROUNDS = config.quick
  ? { warm: 12, streams: 5, worker: 7, workers: 1, heavy: 1, calls: 15, starts: 3, large: 1 }
  : { warm: 25, streams: 15, worker: 11, workers: 3, heavy: 3, calls: 33, starts: 11, large: 3 };
const OURS = config.before ? ["ours", "before"] : ["ours"];

// A hung one must not hang all.
const TIMEOUT = (300 + config.load) * 1000;

async function child(program, args) {
  const { stdout } = await exec(program, args, { cwd: here, timeout: TIMEOUT }).catch((error) => {
    // Lines of bundles are longer than anybody reads.
    const text = `${error.message}`.split("\n").map((line) => line.slice(0, 200)).join("\n");
    throw new Error(text);
  });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/** Runs one of the files beside this one. */
const script = (node, file, options) => child(node.path, ["--expose-gc", file, JSON.stringify(options)]);

function say(text) {
  console.log(`  ${new Date().toISOString().slice(11, 19)}  ${text}`);
}

async function versionOf(name) {
  const path = createRequire(import.meta.url).resolve.paths(name);
  for (const folder of path) {
    try {
      return JSON.parse(await readFile(join(folder, name, "package.json"), "utf8")).version;
    } catch {
      // Not in this folder.
    }
  }
  return "?";
}

/** The older package under a name of its own; where there is none, a package without a client. */
async function installBefore() {
  const folder = join(here, "node_modules/bedrock-chat-before");
  await rm(folder, { recursive: true, force: true });
  if (config.before) return cp(config.before, folder, { recursive: true, dereference: true });
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{ "type": "module", "exports": "./index.js" }\n');
  await writeFile(join(folder, "index.js"), "export const BedrockChatClient = undefined;\n");
}

async function streams(node) {
  const found = {};
  for (const kind of KINDS) {
    found[kind] = {};
    for (const size of SIZES) {
      const heavy = size === 1400 ? ROUNDS.heavy : 0;
      const options = { size, kind, deltas: DELTAS, warm: ROUNDS.warm, rounds: ROUNDS.streams, heavy };
      found[kind][size] = await script(node, "streams.js", options);
    }
  }
  return found;
}

async function worker() {
  const { worker: rounds, workers, heavy } = ROUNDS;
  const options = { sizes: SIZES, deltas: DELTAS, rounds, heavy, compatibilityDate: config.compatibilityDate };
  // Each process has its own luck with what the engine compiles when.
  const found = [];
  for (let at = 0; at < workers; at++) found.push(await child(config.driver, ["workerd.js", JSON.stringify(options)]));
  return merge(...found);
}

async function calls(node) {
  // A difference of two wants more rounds than either.
  const often = { warm: ROUNDS.warm, rounds: ROUNDS.calls };
  return {
    calls: await script(node, "calls.js", { what: "calls", calls: 300, ...often }),
    signing: await script(node, "calls.js", { what: "signing", calls: 150, ...often }),
  };
}

const packages = { ours: "bedrock-chat", before: "bedrock-chat-before", openai: "openai" };
const bundles = {};

/** One minified file of each. */
async function writeBundles() {
  await mkdir(config.scratch, { recursive: true });
  for (const name of [...OURS, "openai", "ai"]) {
    bundles[name] = join(config.scratch, `${name}.mjs`);
    await writeFile(bundles[name], await bundle(name, "node"));
  }
}

/** Import, construct, first request: as installed, and as one minified file. */
async function starts(node) {
  const found = {};
  for (const [how, specifiers] of Object.entries({ installed: packages, bundled: bundles })) {
    const names = Object.keys(bundles).filter((name) => specifiers[name]);
    // The first round is for the disk.
    found[how] = await interleave(names, { warm: 1, rounds: ROUNDS.starts }, async (name) => {
      const { cpu } = await child(node.path, ["start.js", name, specifiers[name]]);
      return cpu;
    });
  }
  return found;
}

const MIB = 1 << 20;
const LARGE = {
  event: [4 * MIB, 8 * MIB],
  events: [100_000, 200_000],
  request: [20e6, 40e6],
};

async function large(node) {
  const found = {};
  for (const [what, sizes] of Object.entries(LARGE)) {
    found[what] = {};
    for (const size of sizes) {
      const all = await interleave([...OURS, "openai"], { warm: 0, rounds: ROUNDS.large }, (who) =>
        script(node, "large.js", { who, what, size }),
      );
      const samples = (runs) => ({ cpu: runs.map(({ cpu }) => cpu), memory: runs.map(({ memory }) => memory) });
      found[what][size] = Object.fromEntries(Object.entries(all).map(([who, runs]) => [who, samples(runs)]));
    }
  }
  return found;
}

function many(node) {
  const measure = (who) => script(node, "many.js", { who, streams: 5000 });
  return interleave([...OURS, "openai"], { warm: 0, rounds: ROUNDS.large }, measure);
}

const SERVERS = ["gateway", "toSSEResponse", "handwritten", "bytes"];
/** What is imported beside a client. */
const ENTRIES = ["edge", "ui", "ai-sdk"];

async function passing(node) {
  const cpu = await script(node, "gateway.js", { deltas: DELTAS, warm: ROUNDS.warm, rounds: ROUNDS.streams });
  const measure = (who) => script(node, "gateway.js", { who, streams: 2000 });
  return { cpu, memory: await interleave(SERVERS, { warm: 0, rounds: ROUNDS.large }, measure) };
}

/** The same in workerd, and how long it takes to see that a client has gone. */
async function passingWorkerd() {
  const ask = (options) =>
    child(config.driver, ["gateway-workerd.js", JSON.stringify({ compatibilityDate: config.compatibilityDate, ...options })]);
  const { clock, found } = await ask({ what: "cpu", deltas: DELTAS, warm: 15, rounds: ROUNDS.worker });
  const measure = (who) => ask({ what: "memory", who, streams: 1000 });
  const memory = await interleave(SERVERS, { warm: 0, rounds: 1 }, measure);
  // Where the system does not tell, there is nothing to show.
  for (const name of SERVERS) memory[name] = memory[name].filter((bytes) => bytes !== null);
  const leaving = {};
  for (const flags of [["enable_request_signal"], []]) {
    leaving[flags[0] ?? "no flag"] = await ask({ what: "leaving", flags, clients: 50 });
  }
  return { clock, cpu: found, memory, leaving };
}

async function load(node) {
  const found = {};
  for (const who of [...OURS, "openai"]) {
    const options = { who, seconds: config.load, streams: 200, seed: 1 };
    say(`${who}, ${config.load} seconds`);
    found[who] = await script(node, "load.js", options);
  }
  return found;
}

await installBefore();
await writeBundles();
const result = {
  date: new Date().toISOString(),
  quick: config.quick,
  machine: `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}`,
  rounds: ROUNDS,
  deltas: DELTAS,
  versions: {},
  runtimes: [],
  sizes: { esbuild: await sizes([...OURS, "lite", "openai", "ai", "aws-sdk", ...ENTRIES]) },
  streams: {},
  starts: {},
  calls: {},
  large: {},
  many: {},
  passing: {},
  load: {},
};
for (const name of [
  "bedrock-chat",
  ...(config.before ? ["bedrock-chat-before"] : []),
  "openai",
  "eventsource-parser",
  "@xsai/stream-text",
  "ai",
  "@ai-sdk/openai-compatible",
  "aws4fetch",
  "@aws-sdk/client-bedrock-runtime",
  "esbuild",
  "workerd",
]) {
  result.versions[name] = await versionOf(name);
}

for (const node of config.nodes) {
  const { stdout } = await exec(node.path, ["--version"]);
  const name = `Node ${stdout.trim().slice(1)}`;
  result.runtimes.push(name);
  say(`${name}: streams`);
  result.streams[name] = await streams(node);
  say(`${name}: calls`);
  result.calls[name] = await calls(node);
  say(`${name}: starts`);
  result.starts[name] = await starts(node);
  if (node !== config.nodes[0]) continue;
  say(`${name}: guardrails`);
  result.guardrails = await script(node, "guardrails.js", { rounds: 3, calls: 100, warm: ROUNDS.warm });
  say(`${name}: large ones`);
  result.large[name] = await large(node);
  say(`${name}: many at once`);
  result.many[name] = await many(node);
  say(`${name}: streams that pass through`);
  result.passing[name] = await passing(node);
  if (!config.load) continue;
  say(`${name}: under load`);
  result.load[name] = await load(node);
}
const workerd = `workerd ${result.versions.workerd}`;
say(`${workerd}: streams`);
result.streams[workerd] = await worker();
result.runtimes.push(workerd);
say(`${workerd}: streams that pass through`);
result.passing[workerd] = await passingWorkerd();

result.budgets = check(result);
await writeFile(config.json, `${JSON.stringify(result)}\n`);
if (config.markdown) await writeFile(config.markdown, markdown(result));
console.log(missed(result).join("\n"));
