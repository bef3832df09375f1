// Streams that pass through a worker in workerd, asked over sockets: CPU time of its process per
// chunk; what the process has more for each of many streams at once; and how long after a client
// has closed its connection the model's is closed.
//
// node gateway-workerd.js '{"what":"cpu","deltas":2000,"warm":15,"rounds":11,"compatibilityDate":"2026-07-30"}'
// node gateway-workerd.js '{"what":"memory","who":"gateway","streams":1000,…}'
// node gateway-workerd.js '{"what":"leaving","flags":["enable_request_signal"],"clients":50,…}'

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { Log, LogLevel, Miniflare } from "miniflare";
import { workerModules } from "./bundle.js";
import { request, stream } from "./data.js";
import { interleave } from "./measure.js";
import { clockOf, findWorkerd } from "./process.js";

const { what, who, streams, clients, flags = [], deltas = 2, warm, rounds, compatibilityDate } = JSON.parse(process.argv[2]);
const { bytes, chunks } = stream(deltas);
const first = bytes.subarray(0, bytes.indexOf(10) + 2);

/** Bedrock: says one event and falls silent, goes on saying it, or says nothing. */
let manner = "silent";
/** Who wants to know when a request's connection is closed, by its user. */
const watching = {};
const upstream = createServer(async (request, response) => {
  const { user } = JSON.parse((await request.toArray()).join(""));
  let timer;
  response.on("close", () => {
    clearInterval(timer);
    watching[user]?.(performance.now());
  });
  if (manner === "nothing") return;
  response.writeHead(200, { "content-type": "text/event-stream" }).write(first);
  if (manner === "talking") timer = setInterval(() => response.write(first), 20);
}).listen(0, "127.0.0.1");
await once(upstream, "listening");

const miniflare = new Miniflare({
  modules: await workerModules("gateway-worker.js"),
  compatibilityDate,
  compatibilityFlags: ["nodejs_compat", ...flags],
  bindings: { upstream: `http://127.0.0.1:${upstream.address().port}/v1`, deltas },
  log: new Log(LogLevel.ERROR),
  // Without Miniflare's own worker between.
  unsafeDirectSockets: [{ host: "127.0.0.1" }],
});
const { port } = await miniflare.unsafeGetDirectURL();

/** Asks, and gives the socket once it has brought `until`, or how many lines came in all. */
function ask(name, way, until, user = "") {
  const body = JSON.stringify({ ...request, stream: true, user });
  const socket = connect(Number(port), "127.0.0.1");
  const head = `POST /${name}/${way}/chat/completions HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n`;
  socket.write(`${head}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
  let lines = 0;
  return new Promise((resolve, reject) => {
    socket.on("error", reject);
    socket.on("data", (data) => {
      for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) lines++;
      if (until && data.includes(until)) resolve(socket);
      // workerd takes its time with the end of a connection.
      if (data.includes("0\r\n\r\n", data.length - 5)) socket.destroy();
    });
    socket.on("close", () => resolve(lines));
  });
}

/** The memory of a process, in bytes. */
const memory = (pid) => Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmRSS:\s+(\d+) kB$/m)[1]) * 1024;

const NAMES = ["gateway", "toSSEResponse", "handwritten", "bytes"];

const measured = {
  /** In µs per chunk. */
  async cpu() {
    for (const name of NAMES) {
      const lines = await ask(name, "near");
      // Those of HTTP's head and chunks are among them.
      if (lines < 2 * (chunks + 1)) throw new Error(`${name} passed ${lines} lines of ${2 * (chunks + 1)}`);
    }
    const { clock, now } = clockOf(findWorkerd());
    const found = await interleave(NAMES, { warm, rounds }, async (name) => {
      const before = now();
      await ask(name, "near");
      return (now() - before) / chunks;
    });
    return { clock, found };
  },
  /** In bytes per stream; nothing where the system does not tell. */
  async memory() {
    const pid = findWorkerd();
    if (!pid) return null;
    const open = async (count) => {
      for (let at = 0; at < count; at += 50) {
        await Promise.all(Array.from({ length: Math.min(50, count - at) }, () => ask(who, "far", "data: ")));
      }
      // For what it does with them when nothing comes.
      await new Promise((resolve) => setTimeout(resolve, 500));
    };
    await open(100);
    const before = memory(pid);
    await open(streams);
    return (memory(pid) - before) / streams;
  },
  /** In ms, for each of the model's manners. */
  async leaving() {
    const found = {};
    for (manner of ["talking", "silent", "nothing"]) {
      found[manner] = await Promise.all(
        Array.from({ length: clients }, async (_, at) => {
          // So that they do not all meet the same beat.
          await new Promise((resolve) => setTimeout(resolve, at * 17));
          const user = `${manner} ${at}`;
          const closed = new Promise((resolve) => (watching[user] = resolve));
          const socket = await ask("gateway", "far", manner === "nothing" ? ": keep-alive" : "data: ", user);
          const leftAt = performance.now();
          socket.destroy();
          return (await closed) - leftAt;
        }),
      );
    }
    return found;
  },
};

console.log(JSON.stringify(await measured[what]()));
await miniflare.dispose();
process.exit(0);
