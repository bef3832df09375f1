// How often a call and a read cross between JavaScript and the module: each crossing costs more
// than most of what is done behind it.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assert, test } from "../harness.js";

const tests = fileURLToPath(new URL("..", import.meta.url));

const script = `
  // Before the package is loaded: what it instantiates is counted.
  let crossings = 0;
  const counting = (all) =>
    Object.fromEntries(
      Object.entries(all).map(([name, it]) => [
        name,
        typeof it !== "function" ? it : (...given) => (crossings++, it(...given)),
      ]),
    );
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (module, imports) {
    const counted = Object.fromEntries(Object.entries(imports).map(([name, all]) => [name, counting(all)]));
    return { exports: counting(new Instance(module, counted).exports) };
  };
  const { BedrockChatClient } = await import("bedrock-chat");
  const chunk = 'data: {"id":"1","choices":[{"index":0,"delta":{"content":"a"}}]}\\n\\n';
  let reads = 0;
  const stream = () => {
    let left = 100;
    return new ReadableStream(
      {
        pull(controller) {
          reads++;
          controller.enqueue(new TextEncoder().encode(left-- > 0 ? chunk : "data: [DONE]\\n\\n"));
        },
      },
      { highWaterMark: 0 },
    );
  };
  const client = new BedrockChatClient({
    baseURL: "https://example.com/v1",
    apiKey: "k",
    fetch: async (_, { body }) =>
      JSON.parse(body).stream
        ? new Response(stream(), { headers: { "content-type": "text/event-stream" } })
        : new Response('{"choices":[]}', { headers: { "content-type": "application/json" } }),
  });
  const request = { model: "m", messages: [{ role: "user", content: "hello" }] };
  const create = (more) => client.chat.completions.create({ ...request, ...more });
  await create();
  crossings = 0;
  await create();
  const call = crossings;
  const iterator = (await create({ stream: true }))[Symbol.asyncIterator]();
  await iterator.next();
  [crossings, reads] = [0, 0];
  for (let chunks = 0; chunks < 50; chunks++) await iterator.next();
  console.log(JSON.stringify({ call, read: crossings / reads }));
`;

test("crossings: of a call, and of a read", () => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: tests,
    encoding: "utf8",
    timeout: 30_000,
  });
  assert.notEqual(stdout, "", stderr);
  const { call, read } = JSON.parse(stdout);
  assert.isAtMost(call, 60);
  assert.isAtMost(read, 3);
});
