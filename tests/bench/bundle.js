// Bundles by esbuild: their sizes, and the worker.

import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

// What a program needs to stream an answer.
export const entries = {
  ours: 'export * from "bedrock-chat";',
  openai: 'export { OpenAI } from "openai";',
  ai: 'export { generateText, streamText } from "ai"; export { createOpenAICompatible } from "@ai-sdk/openai-compatible";',
  "aws-sdk": 'export { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";',
};

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
export async function sizes() {
  const found = {};
  for (const name of Object.keys(entries)) {
    const code = await bundle(name, "browser");
    found[name] = { minified: code.length, gzip: gzipSync(code, { level: 9 }).length };
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
        modules.push({
          type: "CompiledWasm",
          path: basename(path),
          contents: await readFile(join(resolveDir, path)),
        });
        return { path: `./${basename(path)}`, external: true };
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
