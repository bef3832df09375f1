// Requests of one worker that wait for a key: none for another's, whose client may go.

import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { assert, test } from "../harness.js";
import { here } from "./commands.js";
import { bundled, Miniflare } from "./miniflare.js";

/** A server whose requests are answered when the test says so: `next()` is the one that comes next. */
async function holding() {
  const come = [];
  let wake = () => {};
  const server = createServer((_, response) => {
    come.push({ gone: once(response, "close"), answer: (text) => response.end(text) });
    wake();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  let count = 0;
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    come,
    async next() {
      while (come.length <= count) await new Promise((resolve) => (wake = resolve));
      return come[count++];
    },
    close: () => void server.close().closeAllConnections(),
  };
}

let modules;

// An old worker, and what a new one gets.
for (const compatibilityDate of ["2024-06-03", "2026-07-30"]) {
  test(`requests of a worker, with the compatibility date ${compatibilityDate}`, async ({ emulator }) => {
    const { baseURL } = await emulator.space();
    const front = { type: "ESModule", path: "front.js", contents: await readFile(`${here}workerd/front.js`) };
    const all = { compatibilityDate, modulesRoot: here };
    const miniflare = new Miniflare({
      workers: [
        { ...all, name: "front", modules: [front], serviceBindings: { flights: "flights" } },
        { ...all, name: "flights", modules: (modules ??= await bundled("workerd/flights.js")) },
      ],
    });
    const keys = await holding();
    const leave = await holding();
    const ask = async (calls, headers) => {
      const body = JSON.stringify({ baseURL, keys: keys.url, calls });
      const response = await miniflare.dispatchFetch("http://worker/", { method: "POST", body, headers });
      return response.ok && !headers ? response.json() : response.text();
    };
    const key = emulator.apiKey;
    try {
      // Whose client goes while its key is on the way.
      const left = ask(1, { "x-until": leave.url });
      const first = await keys.next();
      (await leave.next()).answer("left");
      assert.equal(await left, "left");
      await first.gone;
      const second = ask(1);
      (await keys.next()).answer(key);
      const [answer] = await second;
      assert.include(answer, "漢字");
      // Who waits is overtaken, and answered all the same.
      const slow = ask(1);
      const its = await keys.next();
      const quick = ask(1);
      (await keys.next()).answer(key);
      assert.deepEqual(await quick, [answer]);
      its.answer(key);
      assert.deepEqual(await slow, [answer]);
      // The calls of one request share a question.
      const several = ask(3);
      (await keys.next()).answer(key);
      assert.deepEqual(await several, [answer, answer, answer]);
      assert.lengthOf(keys.come, 5);
    } finally {
      keys.close();
      leave.close();
      await miniflare.dispose();
    }
  });
}
