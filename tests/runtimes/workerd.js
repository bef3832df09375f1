// workerd, by Miniflare: one worker whose fetch handler runs the tests.

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Log, LogLevel, Miniflare } from "miniflare";
import { config, main, report, testFiles } from "./report.js";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The worker's source: test files after a line that tells the harness their name. */
function entry() {
  const imports = testFiles().map((file) => `import "in-file:${file}";\nimport "../${file}";`);
  return `${imports.join("\n")}
import { run } from "../harness.js";

export default {
  async fetch(request) {
    const config = await request.json();
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    const encoder = new TextEncoder();
    const report = (event) => writer.write(encoder.encode(JSON.stringify(event) + "\\n"));
    // The worker lives as long as this stream.
    run(config, report).then(() => writer.close(), (error) => writer.abort(error));
    return new Response(readable);
  },
};
`;
}

/** Bundles as wrangler does: `.wasm` stays an import, of a compiled module. */
async function bundle() {
  const modules = [];
  const plugin = {
    name: "workerd",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.wasm$/ }, async ({ path, resolveDir }) => {
        const contents = await readFile(new URL(path, `file://${resolveDir}/`));
        const name = `${modules.length}-${basename(path)}`;
        modules.push({ type: "CompiledWasm", path: name, contents });
        return { path: `./${name}`, external: true };
      });
      onResolve({ filter: /^in-file:/ }, ({ path }) => ({ path, namespace: "in-file" }));
      onLoad({ filter: /.*/, namespace: "in-file" }, ({ path }) => ({
        contents: `import { inFile } from "../harness.js"; inFile(${JSON.stringify(path.slice("in-file:".length))});`,
        resolveDir: here,
      }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: entry(), resolveDir: here },
    bundle: true,
    format: "esm",
    target: "esnext",
    conditions: ["workerd", "worker", "browser"],
    plugins: [plugin],
    write: false,
    logLevel: "error",
  });
  return [{ type: "ESModule", path: "worker.js", contents: outputFiles[0].text }, ...modules];
}

let miniflare;

await main(
  async () => {
    miniflare = new Miniflare({
      modules: await bundle(),
      compatibilityDate: config.compatibilityDate,
      log: new Log(LogLevel.ERROR),
    });
    const body = JSON.stringify(config);
    const response = await miniflare.dispatchFetch("http://worker/", { method: "POST", body });
    let rest = "";
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) report(JSON.parse(line));
    }
  },
  async () => miniflare?.dispose(),
);
