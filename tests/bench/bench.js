// All of the bench in one run; `cargo xtask bench` calls it.
//
// node bench.js '{"quick":false,"nodes":[{"name":"Node 20","path":"node"}],…}'

import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundle, entries, sizes } from "./bundle.js";
import { median } from "./measure.js";
import { budgets, markdown } from "./report.js";

const config = JSON.parse(process.argv[2]);
const here = dirname(fileURLToPath(import.meta.url));
const exec = promisify(execFile);

const SIZES = [64, 300, 1400, 16384];
const KINDS = ["chunks", "text"];
const rounds = config.quick ? 5 : 11;
const deltas = 2000;

// A hung one must not hang all.
const TIMEOUT = 300_000;

async function child(program, args, env) {
  const options = { cwd: here, timeout: TIMEOUT, env: { ...process.env, ...env } };
  const { stdout } = await exec(program, args, options).catch((error) => {
    // Lines of bundles are longer than anybody reads.
    const text = `${error.message}`.split("\n").map((line) => line.slice(0, 200)).join("\n");
    throw new Error(text);
  });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

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

async function streams(node) {
  const found = {};
  for (const kind of KINDS) {
    found[kind] = {};
    for (const size of SIZES) {
      const options = JSON.stringify({ size, kind, deltas, rounds });
      found[kind][size] = await child(node.path, ["streams.js", options]);
    }
  }
  return found;
}

/** Import, construct, first request: as installed, and as one minified file. */
async function starts(node) {
  const installed = { ours: "bedrock-chat", openai: "openai" };
  const bundles = {};
  await mkdir(config.scratch, { recursive: true });
  for (const name of ["ours", "openai", "ai"]) {
    bundles[name] = join(config.scratch, `${name}.mjs`);
    await writeFile(bundles[name], await bundle(name, "node"));
  }
  const found = {};
  for (const [how, specifiers] of Object.entries({ installed, bundled: bundles })) {
    const all = Object.fromEntries(Object.keys(specifiers).map((name) => [name, []]));
    // The first is for the disk.
    for (let round = -1; round < rounds; round++) {
      for (const [name, specifier] of Object.entries(specifiers)) {
        const { cpu } = await child(node.path, ["start.js", name, specifier]);
        if (round >= 0) all[name].push(cpu);
      }
    }
    found[how] = Object.fromEntries(Object.entries(all).map(([name, list]) => [name, median(list)]));
  }
  return found;
}

const MIB = 1 << 20;
const LARGE = {
  event: { unit: MIB, sizes: [2 * MIB, 4 * MIB, 8 * MIB] },
  events: { unit: 1000, sizes: [50_000, 100_000, 200_000] },
  request: { unit: 1e6, sizes: [10e6, 20e6, 40e6] },
};

async function large(node) {
  const found = {};
  for (const [what, { sizes }] of Object.entries(LARGE)) {
    found[what] = {};
    for (const who of ["ours", "openai"]) {
      found[what][who] = [];
      for (const size of sizes) {
        const runs = [];
        for (let round = 0; round < (config.quick ? 1 : 3); round++) {
          const options = JSON.stringify({ who, what, size });
          runs.push(await child(node.path, ["--expose-gc", "large.js", options]));
        }
        const of = (key) => median(runs.map((run) => run[key]));
        found[what][who].push({ size, cpu: of("cpu"), memory: of("memory") });
      }
    }
  }
  return found;
}

const result = {
  date: new Date().toISOString(),
  quick: config.quick,
  machine: `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}`,
  rounds,
  deltas,
  versions: {},
  runtimes: [],
  sizes: await sizes(),
  streams: {},
  starts: {},
  calls: {},
  large: {},
};
for (const name of [
  "bedrock-chat",
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
  // A difference of two wants more rounds than either.
  const calls = (what) => child(node.path, ["calls.js", JSON.stringify({ what, calls: 300, rounds: 3 * rounds })]);
  result.calls[name] = { ...(await calls("calls")), signing: await calls("signing") };
  say(`${name}: starts`);
  result.starts[name] = await starts(node);
  if (node !== config.nodes[0]) continue;
  say(`${name}: large ones`);
  result.large = { runtime: name, ...(await large(node)) };
}
const workerd = `workerd ${result.versions.workerd}`;
say(`${workerd}: streams`);
result.streams[workerd] = await child(config.driver, [
  "workerd.js",
  JSON.stringify({
    sizes: SIZES,
    deltas,
    rounds: config.quick ? 2 : 5,
    compatibilityDate: config.compatibilityDate,
  }),
]);
result.runtimes.push(workerd);

result.budgets = budgets(result);
await writeFile(config.json, `${JSON.stringify(result, null, 2)}\n`);
if (config.markdown) await writeFile(config.markdown, markdown(result));

for (const { what, goal, where, found, met } of result.budgets) {
  console.log(`${met ? "met   " : "MISSED"}  ${what}, ${goal}: ${found} (${where})`);
}
