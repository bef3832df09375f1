// The entry `bedrock-chat/lite`, as bundlers and processes see it.

import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { assert, test } from "../harness.js";
import { cwd, run } from "./programs.js";

async function bundle(from, name = "BedrockChatClient") {
  const contents = `export { ${name} } from "${from}";`;
  const options = { bundle: true, minify: true, format: "esm", write: false, metafile: true };
  const { metafile, outputFiles } = await build({ stdin: { contents, resolveDir: cwd }, ...options });
  const [{ inputs }] = Object.values(metafile.outputs);
  const files = Object.keys(inputs).filter((path) => inputs[path].bytesInOutput > 0);
  const [{ text: code }] = outputFiles;
  return { files: files.map((path) => basename(path)), size: gzipSync(code, { level: 9 }).length, code };
}

/** What files of openai's surface say, in the words that a minifier keeps. */
const TEXTS = ["can be parsed", "Available options are", "functionToolCallResult", "hasNextPage", "partialStream", '/[^"\\\\]*/y'];

test("a bundle of it has nothing of openai's surface, and is smaller by that", async () => {
  const [lite, whole] = await Promise.all(["bedrock-chat/lite", "bedrock-chat"].map((from) => bundle(from)));
  assert.include(whole.files, "client.js");
  assert.notInclude(lite.files, "client.js");
  // Neither what is published in files of its own, nor what shares one with the rest (parse.js, partial.js).
  for (const text of TEXTS) {
    assert.include(whole.code, text);
    assert.notInclude(lite.code, text);
  }
  assert.isAbove(whole.size - lite.size, 7 * 1024);
});

test("an import reads a handful of files, since each costs the start of a process", async () => {
  for (const [from, most] of [["bedrock-chat", 5], ["bedrock-chat/lite", 4], ["bedrock-chat/guardrails", 7]]) {
    const { metafile } = await build({ stdin: { contents: `import "${from}"`, resolveDir: cwd }, bundle: true, format: "esm", write: false, metafile: true });
    const files = Object.keys(metafile.inputs).filter((path) => path !== "<stdin>");
    assert.isAtMost(files.length, most, files.join(" "));
  }
});

test("lite: it is imported and required, alone or beside the others, and brings one module", async () => {
  const told = "console.log(new BedrockChatClient({ region: 'us-east-1', apiKey: 'k' }).baseURL.startsWith('https://'))";
  assert.equal(await run(`import { BedrockChatClient } from "bedrock-chat/lite"; ${told}`, "module"), "true");
  assert.equal(await run(`const { BedrockChatClient } = require("bedrock-chat/lite"); ${told}`, "commonjs"), "true");
  const both = `
    let modules = 0;
    const { Module } = WebAssembly;
    WebAssembly.Module = function (...given) { modules++; return new Module(...given); };
    const { BedrockChatClient } = await import("bedrock-chat/lite");
    const { BedrockChatClient: Whole } = await import("bedrock-chat");
    console.log(new Whole({ region: "us-east-1", apiKey: "k" }) instanceof BedrockChatClient, modules)`;
  assert.equal(await run(both, "module"), "true 1");
});

test("each name of an entry is whole where a bundler keeps it alone", async () => {
  const own = (it) => [it, it.prototype ?? {}].map((of) => Object.getOwnPropertyNames(of).sort());
  for (const from of ["bedrock-chat", "bedrock-chat/lite", "bedrock-chat/guardrails"]) {
    for (const [name, value] of Object.entries(await import(from))) {
      if (typeof value !== "function" || name === "default") continue;
      const { code } = await bundle(from, name);
      const alone = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
      assert.deepEqual(own(alone[name]), own(value), `${name} of ${from}`);
    }
  }
});
