// Angular's own build, in zones: it rewrites async functions, and its promises are not the engine's.

import { rm } from "node:fs/promises";
import { test } from "../harness.js";
import { callApp, inPage } from "./chromium.js";
import { here, run } from "./commands.js";
import { checkApp } from "./expected.js";
import { serve } from "./serve.js";

test("Angular with zone.js, in a page", async ({ emulator }) => {
  await rm(`${here}dist/angular`, { recursive: true, force: true });
  await run("ng build", { cwd: `${here}angular`, env: { NG_CLI_ANALYTICS: "false" } });
  const { origin, close } = await serve(`${here}dist/angular`);
  try {
    await checkApp(emulator, (baseURL) => inPage(`${origin}/index.html`, (page) => callApp(page, baseURL)));
  } finally {
    close();
  }
});
