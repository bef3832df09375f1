// Cloudflare's way: wrangler's bundle in workerd, which imports the module and compiles none.

import { test } from "../harness.js";
import { here } from "./commands.js";
import { checkApp } from "./expected.js";

// After the variables that keep it from talking to its maker, which commands.js sets.
const { unstable_startWorker } = await import("wrangler");

// An old worker that was never touched again, and the newest this wrangler knows.
for (const date of ["2024-06-03", "2026-10-23"]) {
  test(`wrangler, with the compatibility date ${date}`, async ({ emulator }) => {
    const worker = await unstable_startWorker({
      name: "consumer",
      entrypoint: `${here}workerd/worker.js`,
      compatibilityDate: date,
      build: { minify: true },
      dev: { inspector: false, logLevel: "error", persist: false, server: { port: 0 }, watch: false },
    });
    try {
      await checkApp(emulator, async (baseURL) => {
        const response = await worker.fetch("http://worker/", { method: "POST", body: baseURL });
        return response.json();
      });
    } finally {
      await worker.dispose();
    }
  });
}
