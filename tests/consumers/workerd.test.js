// Cloudflare's way: wrangler's bundle in workerd, which imports the module and compiles none.

import { createServer } from "node:http";
import { assert, test } from "../harness.js";
import { here } from "./commands.js";
import { checkApp } from "./expected.js";

// After the variables that keep it from talking to its maker, which commands.js sets.
const { unstable_startWorker } = await import("wrangler");

const start = (compatibilityDate, entry) =>
  unstable_startWorker({
    name: "consumer",
    entrypoint: `${here}workerd/${entry}`,
    compatibilityDate,
    build: { minify: true },
    dev: { inspector: false, logLevel: "error", persist: false, server: { port: 0 }, watch: false },
  });

// An old worker that was never touched again, and the newest this wrangler knows.
for (const date of ["2024-06-03", "2026-10-23"]) {
  test(`wrangler, with the compatibility date ${date}`, async ({ emulator }) => {
    const worker = await start(date, "worker.js");
    try {
      await checkApp(emulator, async (baseURL) => {
        const response = await worker.fetch("http://worker/", { method: "POST", body: baseURL });
        return response.json();
      });
    } finally {
      await worker.dispose();
    }
  });

  test(`a request that left while it waited for the key holds no other up, ${date}`, async ({ emulator }) => {
    // The first who asks for a key never gets one.
    let asked;
    const isAsked = new Promise((resolve) => (asked = resolve));
    const server = createServer((request, response) => {
      if (request.url.endsWith("?0")) return asked();
      response.end(emulator.apiKey);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { baseURL } = await emulator.space();
    const body = JSON.stringify({ baseURL, keysURL: `http://127.0.0.1:${server.address().port}/key` });
    const worker = await start(date, "keys.js");
    try {
      const url = await worker.url;
      const controller = new AbortController();
      const left = fetch(url, { method: "POST", body, signal: controller.signal }).catch(() => "left");
      await isAsked;
      controller.abort();
      assert.equal(await left, "left");
      const response = await fetch(url, { method: "POST", body });
      assert.equal(response.status, 200);
      const { asked, content } = await response.json();
      assert.equal(asked, 2);
      assert.isNotEmpty(content);
    } finally {
      await worker.dispose();
      server.closeAllConnections();
      server.close();
    }
  });
}
