// What nobody holds any more leaves nothing in the module: clients that were dropped, and calls whose
// request went away with all that would have gone on.

import { spawnSync } from "node:child_process";
import { assert, test } from "../harness.js";

/** Runs this in a process of its own: `found` is the answer, with how far the module's memory has `grown`. */
function run(prelude, script) {
  const whole = `
    ${prelude}
    const found = {};
    let memory;
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (...given) {
      const instance = new Instance(...given);
      ({ memory } = instance.exports);
      return instance;
    };
    const { BedrockChatClient } = await import("bedrock-chat");
    // So much takes each client or call.
    const large = "x".repeat(8192);
    const request = { model: "m", messages: [{ role: "user", content: large }] };
    const { byteLength } = memory.buffer;
    const open = (more) => new BedrockChatClient({ baseURL: "https://x.test/v1", apiKey: null, maxRetries: 0, ...more });
    const collected = async () => {
      for (let times = 0; times < 3; times++) {
        gc();
        await new Promise(setImmediate);
      }
    };
    ${script}
    found.grown = memory.buffer.byteLength - byteLength;
    console.log(JSON.stringify(found));
    process.exit();
  `;
  const args = ["--expose-gc", "--input-type=module", "--eval", whole];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
  assert.isNotEmpty(stdout, stderr);
  return JSON.parse(stdout);
}

test("forgotten: clients that are dropped leave their places, and what is held of one keeps it", () => {
  const answer = '{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}';
  const { grown } = run(
    "",
    `
    const fetch = async () => new Response(${JSON.stringify(answer)}, { headers: { "content-type": "application/json" } });
    let held = [];
    for (let round = 0; round < 8; round++) {
      for (let at = 0; at < 50; at++) {
        const client = open({ fetch, defaultHeaders: { large } });
        if (at === 0) held.push(client.chat.completions, client.withOptions({ maxRetries: 1 }).chat.completions);
        if (at === 1) client.free();
      }
      await collected();
    }
    for (const completions of held) await completions.create(request);
    `,
  );
  assert.isBelow(grown, 400 * 8192);
});

test("forgotten: in a worker, calls whose request went away leave their places", () => {
  const script = `
    // Nothing else holds it: no timer, and no network.
    const client = open({ fetch: () => new Promise(() => {}), timeout: { connect: Infinity, firstToken: Infinity, idle: Infinity } });
    const controller = new AbortController();
    for (let round = 0; round < 8; round++) {
      for (let at = 0; at < 50; at++) {
        const options = at % 2 ? { signal: controller.signal } : undefined;
        client.chat.completions.create(request, options).catch(() => {});
        client.chat.completions.stream(request, options).finalContent().catch(() => {});
      }
      await collected();
    }
  `;
  assert.isBelow(run("globalThis.EdgeRuntime = 'edge';", script).grown, 800 * 8192);
  // Elsewhere a promise that somebody may keep yet is waited for.
  assert.isAbove(run("", script).grown, 800 * 8192);
});

test("forgotten: in a worker, an answer may have 32 MiB, and more where that is asked for", () => {
  const script = `
    const blank = new Uint8Array(33 * 2 ** 20).fill(32);
    const fetch = async () => new Response(blank, { headers: { "content-type": "application/json" } });
    for (const limits of [undefined, { event: 5 }, { response: 2 ** 26 }]) {
      const error = await open({ fetch, limits }).chat.completions.create(request).catch((it) => it);
      found[JSON.stringify(limits ?? 0)] = error.limit ?? error.name;
    }
  `;
  assert.deepInclude(run("globalThis.EdgeRuntime = 'edge';", script), { 0: "response", '{"event":5}': "response", '{"response":67108864}': "APIError" });
  assert.equal(run("", script)[0], "APIError");
});

test("forgotten: in a worker, a call that goes on is kept, whenever garbage is collected", () => {
  const script = `
    // Between what the module is told and what it says.
    const soon = (value) => (Promise.resolve().then(gc), value);
    const text = '{"choices":[{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}';
    const headers = { get: (name) => soon(name === "content-type" ? "application/json" : null) };
    const answer = () => ({ status: 200, headers, text: async () => soon(text) });
    const fetch = () => new Promise((go) => setTimeout(() => go(soon(answer())), 1));
    const apiKey = () => new Promise((go) => setTimeout(() => go(soon("key")), 1));
    const client = open({ fetch, apiKey, timeout: { connect: Infinity, firstToken: Infinity, idle: Infinity } });
    const completion = await client.chat.completions.create(request);
    found.content = completion.choices[0].message.content;
  `;
  assert.equal(run("globalThis.EdgeRuntime = 'edge';", script).content, "a");
});
