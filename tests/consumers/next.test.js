// Next.js: a page, a route in Node, a route in the edge runtime, which has an entry of its own; and
// the example with `useChat`.

import { cp, readdir, rm } from "node:fs/promises";
import { assert, test } from "../harness.js";
import { chat } from "./chat/script.js";
import { callApp, inPage } from "./chromium.js";
import { here, run, serving } from "./commands.js";
import { checkApp } from "./expected.js";

const cwd = `${here}dist/next`;
let built;
let started;

/** Builds once: it takes long, so the example is part of it, at /chat. */
function build() {
  built ??= (async () => {
    await rm(cwd, { recursive: true, force: true });
    const filter = (path) => !path.includes(".next");
    await cp(`${here}next`, cwd, { recursive: true, filter });
    await cp(`${here}app.js`, `${here}dist/app.js`);
    const example = new URL("../../examples/next/app/", import.meta.url);
    await cp(new URL("page.js", example), `${cwd}/app/chat/page.js`);
    await cp(new URL("api", example), `${cwd}/app/api`, { recursive: true });
    await run("next build", { cwd });
  })();
  return built;
}

const serve = async (env) => {
  await build();
  return serving("next start --hostname 127.0.0.1 --port 0", { cwd, env });
};

/** Serves until the end. */
const start = () => (started ??= serve());

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

test("Next, the example with useChat", async ({ emulator }) => {
  const space = await emulator.space();
  const { origin, stop } = await serve({ AWS_BEARER_TOKEN_BEDROCK: emulator.apiKey, AWS_BEDROCK_BASE_URL: space.baseURL });
  try {
    await inPage(`${origin}/chat`, (page) => chat(page, space));
  } finally {
    await stop();
  }
});
