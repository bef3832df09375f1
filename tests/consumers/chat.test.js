// Chat pages of others in Chromium, and their route in workerd.

import { readFile } from "node:fs/promises";
import { test } from "../harness.js";
import { chat } from "./chat/script.js";
import { inPage } from "./chromium.js";
import { here, run } from "./commands.js";
import { bundled, Miniflare, Response } from "./miniflare.js";

let modules;

for (const [name, file] of [["useChat", "use-chat"], ["assistant-ui", "assistant-ui"]]) {
  test(`${name} in a page, and the worker that it asks`, async ({ emulator }) => {
    const space = await emulator.space();
    const script = `${here}dist/chat/${file}.js`;
    const options = "--bundle --minify --format=esm --loader:.js=jsx --jsx=automatic";
    // The example's page stands where no packages are.
    await run(`esbuild chat/${file}.jsx ${options} --outfile=${script}`, { env: { NODE_PATH: `${here}node_modules` } });
    const serve = async ({ url }) => {
      if (url.endsWith("/page.js")) return new Response(await readFile(script), { headers: { "content-type": "text/javascript" } });
      return new Response('<!doctype html><body><script type="module" src="/page.js"></script>', { headers: { "content-type": "text/html" } });
    };
    const miniflare = new Miniflare({
      modules: (modules ??= await bundled("chat/worker.js")),
      modulesRoot: here,
      compatibilityDate: "2026-07-30",
      bindings: { baseURL: space.baseURL, apiKey: emulator.apiKey },
      serviceBindings: { page: serve },
    });
    try {
      const { origin } = await miniflare.ready;
      await inPage(origin, (page) => chat(page, space));
    } finally {
      await miniflare.dispose();
    }
  });
}
