// The files of pkg/ as they are published: few, since each costs whoever starts a process.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const pkg = new URL("../pkg/", import.meta.url);
const path = (name) => fileURLToPath(new URL(name, pkg));
const paths = (names) => names.split(" ").map((name) => path(`${name}.js`));

/** The files that `exports` names. */
const entries = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(entries));
const { exports } = JSON.parse(readFileSync(path("package.json"), "utf8"));

export default {
  input: [...new Set(entries(exports))].filter((name) => name.endsWith(".js")).map(path),
  // Built, and read as they are.
  external: [/\.wasm(\?module)?$/, path("gen/inline.js")],
  // Unused code is left out, as users' bundlers do: so the tests see whether something that is needed is among it.
  treeshake: true,
  output: {
    format: "es",
    entryFileNames: "[name].js",
    chunkFileNames: "chunks/[name].js",
    hoistTransitiveImports: false,
    minifyInternalExports: false,
    // Each with all that it imports, but for what stands before it.
    manualChunks: {
      base: paths("errors globals sse names body parse partial parts"),
      "lite-client": paths("lite-api"),
      client: paths("api"),
      guarded: paths("guarded"),
    },
  },
};
