// The package in what bundlers make of it: minified, in pages and in Node.

import { pathToFileURL } from "node:url";
import { assert, test } from "../harness.js";
import { bundle, custom, gzipped, lite, lowered, node, pages, scripts, workers } from "./bundlers.js";
import { callApp, inPage } from "./chromium.js";
import { run, serving } from "./commands.js";
import { checkApp } from "./expected.js";
import { serve } from "./serve.js";

/** Calls `body` with the page that a bundler's output makes. */
async function open(folder, { html, classic }, body) {
  const { origin, close } = await serve(folder);
  const path = html ?? `page?src=main.js${classic ? "&classic" : ""}`;
  try {
    return await inPage(`${origin}/${path}`, body);
  } finally {
    close();
  }
}

const sizes = [];

for (const bundler of pages) {
  test(`${bundler.name}, in a page`, async ({ emulator }) => {
    const folder = await bundle(bundler, "pages");
    sizes.push([bundler.name, gzipped(folder)]);
    await checkApp(emulator, (baseURL) => open(folder, bundler, (page) => callApp(page, baseURL)));
  });
}

test("a page whose policy forbids WebAssembly is told which one allows it", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const bundler = pages.find(({ html }) => !html);
  const folder = await bundle(bundler, "pages");
  const { origin, close } = await serve(folder);
  try {
    const path = `page?src=main.js&strict${bundler.classic ? "&classic" : ""}`;
    const told = await inPage(`${origin}/${path}`, (page) => callApp(page, baseURL).catch((error) => String(error)));
    assert.match(told, /ModuleError.*Content-Security-Policy must have 'wasm-unsafe-eval'/s);
  } finally {
    close();
  }
});

test("no bundle is much larger than another", () => {
  sizes.sort(([, a], [, b]) => a - b);
  const list = sizes.map(([name, size]) => `${name} ${(size / 1000).toFixed(1)} KB`);
  console.log(`minified, gzip: ${list.join(", ")}`);
  for (const [name, size] of sizes) assert.isBelow(size / sizes[0][1], 1.1, name);
});

for (const bundler of lowered) {
  test(`${bundler.name}, in a page`, async ({ emulator }) => {
    const folder = await bundle(bundler, "pages");
    await checkApp(emulator, (baseURL) => open(folder, bundler, (page) => callApp(page, baseURL)));
  });
}

for (const bundler of workers) {
  test(`${bundler.name}, in a worker of a page`, async ({ emulator }) => {
    const folder = await bundle(bundler, "workers");
    await checkApp(emulator, (baseURL) => open(folder, bundler, (page) => callApp(page, baseURL)));
  });
}

for (const bundler of custom) {
  test(`${bundler.name}, with the module as a file`, async ({ emulator }) => {
    const { baseURL } = await emulator.space();
    const folder = await bundle(bundler, "custom");
    const answer = await open(folder, bundler, async (page) => {
      await page.waitForFunction(() => globalThis.ask);
      return page.evaluate((baseURL) => globalThis.ask(baseURL), baseURL);
    });
    assert.include(answer, "漢字");
  });
}

test("vite, while an app is developed", async ({ emulator }) => {
  // `--force`: it would not notice another package of the same version.
  const { origin, stop } = await serving("vite page --force --host 127.0.0.1 --port 0");
  try {
    await checkApp(emulator, (baseURL) => inPage(origin, (page) => callApp(page, baseURL)));
  } finally {
    await stop();
  }
});

for (const bundler of node) {
  test(`${bundler.name}, in Node`, async ({ emulator }) => {
    const folder = await bundle(bundler, "node");
    const script = pathToFileURL(`${folder}/${scripts(folder)[0]}`);
    await checkApp(emulator, async (baseURL) => {
      const input = `
        await import(${JSON.stringify(script)});
        console.log(JSON.stringify(await app(${JSON.stringify(baseURL)})));
      `;
      return JSON.parse(await run("node --input-type=module -", { input }));
    });
  });
}

for (const bundler of lite) {
  test(`${bundler.name}, the lite client in Node`, async ({ emulator }) => {
    const { baseURL } = await emulator.space();
    const folder = await bundle(bundler, "lite");
    const script = pathToFileURL(`${folder}/${scripts(folder)[0]}`);
    const input = `
      await import(${JSON.stringify(script)});
      console.log(JSON.stringify(await ask(${JSON.stringify(baseURL)})));
    `;
    const { whole, streamed } = JSON.parse(await run("node --input-type=module -", { input }));
    assert.include(whole, "漢字");
    assert.equal(streamed, whole);
  });
}
