// Next.js: a page, a route in Node and a route in the edge runtime, which has an entry of its own.

import { readdir, rm } from "node:fs/promises";
import { assert, test } from "../harness.js";
import { callApp, inPage } from "./chromium.js";
import { here, run, serving } from "./commands.js";
import { checkApp } from "./expected.js";

const cwd = `${here}next`;
let started;

/** Builds once, and serves until the end. */
function start() {
  started ??= (async () => {
    await rm(`${cwd}/.next`, { recursive: true, force: true });
    await run("next build", { cwd });
    return serving("next start --hostname 127.0.0.1 --port 0", { cwd });
  })();
  return started;
}

for (const route of ["server", "edge"]) {
  test(`Next, a route: ${route}`, async ({ emulator }) => {
    const { origin } = await start();
    await checkApp(emulator, async (baseURL) => {
      const response = await fetch(`${origin}/${route}`, { method: "POST", body: baseURL });
      return response.json();
    });
  });
}

test("Next, the edge runtime gets the module as a file", async () => {
  await start();
  // This Next would compile one too, but Vercel does not.
  const files = await readdir(`${cwd}/.next/server/edge`, { recursive: true });
  assert.isNotEmpty(files.filter((path) => path.endsWith(".wasm")));
});

test("Next, a page", async ({ emulator }) => {
  const { origin } = await start();
  await checkApp(emulator, (baseURL) => inPage(origin, (page) => callApp(page, baseURL)));
});
