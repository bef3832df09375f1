// Globals that are not what they seem, before the package is loaded: each case is a process.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assert, test } from "../harness.js";

/** A program that calls with a long-term key, which a page must not have. */
const program = `
  const { default: BedrockChatClient } = await import("bedrock-chat");
  const seen = [];
  globalThis.fetch = async (url, { headers }) => {
    seen.push(url, headers.get("authorization"));
    const text = 'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\\n\\ndata: [DONE]\\n\\n';
    return new Response(new Blob([text]).stream(), { headers: { "content-type": "text/event-stream" } });
  };
  const client = new BedrockChatClient();
  const stream = client.chat.completions.stream({ model: "m", messages: [{ role: "user", content: "Hi" }] });
  const text = await stream.finalContent();
  process.stdout.write(JSON.stringify([text, ...seen]));
`;

const CASES = {
  nothing: "",
  "an empty window": "globalThis.window = {}",
  "an empty self": "globalThis.self = {}",
  "all names that globals have": "globalThis.window = globalThis.self = globalThis.global = {}",
  "a window with a document": "globalThis.window = { document: {} }; globalThis.document = {}",
  "a navigator of a browser's": `
    const value = { userAgent: "Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/26.1.0" };
    Object.defineProperty(globalThis, "navigator", { value, configurable: true });
    globalThis.window = globalThis;
  `,
  "names of globals that throw": `
    const get = () => { throw new Error("mine"); };
    for (const name of ["window", "self", "document", "location"]) {
      Object.defineProperty(globalThis, name, { get, configurable: true });
    }
  `,
  "prototypes that have more": "Object.prototype.more = Array.prototype.more = 'more'",
  // Node's own fetch wants it when it is loaded.
  "no TextEncoder": "new Response(); delete globalThis.TextEncoder; delete globalThis.TextDecoder;",
  "no queueMicrotask": "delete globalThis.queueMicrotask",
  "a queueMicrotask that does nothing": "globalThis.queueMicrotask = () => {}",
  "timers that do nothing": "globalThis.setTimeout = globalThis.setImmediate = () => {}",
};

for (const [name, code] of Object.entries(CASES)) {
  test(`globals: ${name}`, () => {
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-"], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      encoding: "utf8",
      env: { AWS_BEARER_TOKEN_BEDROCK: "ABSKlong-term", AWS_REGION: "eu-west-1" },
      input: `${code}\n${program}`,
    });
    const url = "https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1/chat/completions";
    assert.equal(stdout, JSON.stringify(["Hi", url, "Bearer ABSKlong-term"]), stderr);
  });
}
