// Every way into the package, each in a process of its own: a process has one module.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { assert, test } from "../harness.js";

const run = promisify(execFile);
const cwd = fileURLToPath(new URL("..", import.meta.url));

// Makes one call to nobody, and prints the answer.
const call = `
const fetch = async () =>
  new Response(JSON.stringify({ choices: [{ index: 0, message: { content: "ok" } }] }), {
    headers: { "content-type": "application/json" },
  });
const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch });
const body = { model: "m", messages: [{ role: "user", content: "hi" }] };
client.chat.completions.create(body).then((c) => console.log(c.choices[0].message.content));
`;

async function prints(source, type = "module") {
  const { stdout, stderr } = await run(
    process.execPath,
    [`--input-type=${type}`, "--no-warnings", "--eval", source + call],
    { cwd },
  );
  assert.equal(stderr, "");
  assert.equal(stdout, "ok\n");
}

test("import, by name and as the default", async () => {
  await prints('import { BedrockChatClient } from "bedrock-chat";');
  await prints('import BedrockChatClient from "bedrock-chat";');
});

test("require", async () => {
  await prints('const { BedrockChatClient } = require("bedrock-chat");', "commonjs");
});

test("custom, with bytes and with a module", async () => {
  const read = `
    import { readFileSync } from "node:fs";
    import { fileURLToPath } from "node:url";
    import { BedrockChatClient, init } from "bedrock-chat/custom";
    const bytes = readFileSync(fileURLToPath(import.meta.resolve("bedrock-chat/bedrock_chat.wasm")));
  `;
  await prints(`${read} init(bytes);`);
  await prints(`${read} init(await WebAssembly.compile(bytes));`);
});

test("a second init does no harm", async () => {
  await prints(`
    import { readFileSync } from "node:fs";
    import { fileURLToPath } from "node:url";
    import { BedrockChatClient, init } from "bedrock-chat/custom";
    const bytes = readFileSync(fileURLToPath(import.meta.resolve("bedrock-chat/bedrock_chat.wasm")));
    init(bytes);
    const early = new BedrockChatClient({ region: "us-east-1", apiKey: "k" });
    init(bytes);
    early.free();
  `);
});
