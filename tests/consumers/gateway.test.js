// The gateway in workerd, against clients of every kind.

import { readFile } from "node:fs/promises";
import { assert, test } from "../harness.js";
import { body, hostile, HEAD, model, piece, post, raw, servedByNode, until } from "../hostile.js";
import { inPage } from "./chromium.js";
import { here } from "./commands.js";
import { bundled, Miniflare } from "./miniflare.js";

let modules;

/** The workerd that was started last by this process. */
async function pidOfWorkerd() {
  const children = await readFile(`/proc/self/task/${process.pid}/children`, "utf8");
  const pids = children.trim().split(" ");
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")));
  return pids[names.lastIndexOf("workerd\n")];
}

const served = (compatibilityFlags) => async ({ baseURL }, options, use) => {
  const miniflare = new Miniflare({
    modules: (modules ??= await bundled("workerd/gateway.js")),
    modulesRoot: here,
    compatibilityDate: "2026-07-30",
    compatibilityFlags,
    bindings: { baseURL, apiKey: "bedrock-api-key-emulator", options: { models: [model], ...options } },
  });
  try {
    const { origin } = await miniflare.ready;
    await use(origin, async () => (await fetch(`${origin}/told`)).json(), await pidOfWorkerd());
  } finally {
    await miniflare.dispose();
  }
};

hostile("workerd", served(["enable_request_signal"]));

test("workerd without its signal: who leaves a stream", async ({ emulator }) => {
  const talking = { pieces: [{ text: piece("word "), repeat: "forever", delayMs: 2 }] };
  const silent = { pieces: [{ text: piece("word ") }], then: "stall" };
  const space = await emulator.space({ steps: [talking, silent, { never: true }] });
  await served([])(space, { beginAfter: 10 }, async (origin, told) => {
    for (const at of [0, 1, 2]) {
      const reader = (await post(origin, { ...body, stream: true })).body.getReader();
      await reader.read();
      await reader.cancel();
      await space.waitFor("disconnected", at);
      await until(async () => (await told()).length > at);
    }
    for (const record of await told()) assert.deepInclude(record, { outcome: "aborted", estimated: true });
  });
});

// Why a whole answer of the gateway's is not cancelled there when a browser closes its connection.
test("workerd by itself: a connection that is closed before the answer is not seen to be", async ({ emulator }) => {
  const space = await emulator.space({ steps: [{ never: true }], repeatLast: true });
  const miniflare = new Miniflare({
    modules: true,
    script: await readFile(`${here}workerd/bare.js`, "utf8"),
    compatibilityDate: "2026-07-30",
    compatibilityFlags: ["enable_request_signal"],
    bindings: { upstream: `${space.baseURL}/chat/completions` },
  });
  try {
    const { origin } = await miniflare.ready;
    for (const [at, way] of ["destroy", "resetAndDestroy"].entries()) {
      let client;
      const asking = raw(origin, `${HEAD}content-length: 2\r\n\r\n{}`, (socket) => (client = socket));
      await space.waitFor("received", at);
      client[way]();
      await asking;
    }
    await space.waitFor("disconnected", 1);
    assert.equal((await space.requests())[0].state, "open");
  } finally {
    await miniflare.dispose();
  }
});

for (const [name, serve] of [["workerd", served(["enable_request_signal"])], ["workerd without its signal", served([])], ["node:http", servedByNode]]) {
  test(`${name}: a page of Chromium that aborts while the model is silent`, async ({ emulator }) => {
    const space = await emulator.space({ steps: [{ pieces: [{ text: piece("first") }], then: "stall" }, { never: true }] });
    await serve(space, { beginAfter: 10 }, async (origin, told) => {
      await inPage(`${origin}/v1/models`, async (page) => {
        for (const at of [0, 1]) {
          await page.evaluate(async (body) => {
            const leaving = new AbortController();
            const headers = { "content-type": "application/json" };
            const response = await fetch("/v1/chat/completions", { method: "POST", headers, body, signal: leaving.signal });
            await response.body.getReader().read();
            leaving.abort();
          }, JSON.stringify({ ...body, stream: true }));
          await space.waitFor("disconnected", at);
          await until(async () => (await told()).length > at);
        }
      });
      for (const record of await told()) assert.deepInclude(record, { outcome: "aborted", estimated: true });
    });
  });
}
