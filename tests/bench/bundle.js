// Bundles by esbuild: their sizes, and the worker.

import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

// Programs that stream the text of an answer; their clients are exported for start.js.
const program = (from, name, stream, text) => `
  import { ${name} } from "${from}";
  export { ${name} };
  export async function answer(options, body, write) {
    const stream = await new ${name}(options).chat.completions.create({ ...body, stream: true });
    for await (const ${stream}) write(${text});
  }`;
const ours = (from) => program(from, "BedrockChatClient", "text of stream.textStream()", "text");

export const entries = {
  ours: ours("bedrock-chat"),
  lite: ours("bedrock-chat/lite"),
  guardrails: ours("bedrock-chat/guardrails"),
  before: ours("bedrock-chat-before"),
  openai: program("openai", "OpenAI", "chunk of stream", 'chunk.choices[0]?.delta?.content ?? ""'),
  // What such a program imports.
  ai: 'export { generateText, streamText } from "ai"; export { createOpenAICompatible } from "@ai-sdk/openai-compatible";',
  "aws-sdk": 'export { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";',
};

// Beside a client, which is not in them.
for (const [name, what] of [["edge", "gateway"], ["ui", "toUIMessageStreamResponse"], ["ai-sdk", "createBedrockChat"]]) {
  entries[name] = `export { ${what} } from "bedrock-chat/${name}";`;
}

export async function bundle(name, platform) {
  const { outputFiles } = await build({
    stdin: { contents: entries[name], resolveDir: here },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform,
    banner: platform === "node" ? { js: NODE } : {},
    write: false,
    logLevel: "error",
  });
  return outputFiles[0].contents;
}

// Packages in CommonJS ask for Node's modules.
const NODE = 'import { createRequire as $makeRequire } from "node:module"; const require = $makeRequire(import.meta.url);';

/** Minified and compressed as a browser gets it. */
export async function sizes(names) {
  const found = {};
  for (const name of names) {
    const code = await bundle(name, "browser");
    const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
    const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_SIZE_HINT]: code.length };
    found[name] = {
      minified: [code.length],
      gzip: [gzipSync(code, { level: 9 }).length],
      brotli: [brotliCompressSync(code, { params }).length],
    };
  }
  return found;
}

/** A worker as wrangler bundles it: `.wasm` stays an import, of a compiled module. */
export async function workerModules(path) {
  const modules = [];
  const plugin = {
    name: "workerd",
    setup({ onResolve }) {
      onResolve({ filter: /\.wasm$/ }, async ({ path, resolveDir }) => {
        // Numbered, since packages of the same name have files of the same name.
        const contents = await readFile(join(resolveDir, path));
        const name = `${modules.length}-${basename(path)}`;
        modules.push({ type: "CompiledWasm", path: name, contents });
        return { path: `./${name}`, external: true };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [join(here, path)],
    bundle: true,
    format: "esm",
    target: "esnext",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*"],
    plugins: [plugin],
    write: false,
    logLevel: "error",
  });
  return [{ type: "ESModule", path: "worker.js", contents: outputFiles[0].text }, ...modules];
}
