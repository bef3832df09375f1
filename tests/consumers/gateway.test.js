// The gateway in workerd, against clients of every kind.

import { readFile } from "node:fs/promises";
import { assert, test } from "../harness.js";
import { body, hostile, model, post, until } from "../hostile.js";
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

test("workerd without its signal: who leaves a stream is one who does not read it", async ({ emulator }) => {
  const text = 'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\n\n';
  const space = await emulator.space({ steps: [{ pieces: [{ text, repeat: "forever", delayMs: 2 }] }] });
  await served([])(space, { clientTimeout: 1000 }, async (origin, told) => {
    const reader = (await post(origin, { ...body, stream: true })).body.getReader();
    await reader.read();
    await reader.cancel();
    await space.waitFor("disconnected");
    await until(async () => (await told()).length > 0);
    assert.deepInclude((await told())[0], { outcome: "aborted", estimated: true });
  });
});
