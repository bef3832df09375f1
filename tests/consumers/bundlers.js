// The bundlers: how each makes the smallest of an entry, as in the scripts of a package.json. None
// has a configuration that this package asks for.

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { here, run } from "./commands.js";

// No caches: they would not notice another package of the same version.
//
// Those with `html` make their own page, the others main.js; `classic` is a script that is no module.

/** Of page/, for pages. */
export const pages = [
  { name: "vite", command: "vite build page --base ./ --outDir ../dist/pages/vite", html: "index.html" },
  { name: "parcel", command: "parcel build page/index.html --public-url ./ --dist-dir dist/pages/parcel --no-cache --cache-dir dist/parcel-cache --no-source-maps", html: "index.html" },
  { name: "webpack", command: "webpack --entry ./page/main.js --mode production --output-path dist/pages/webpack", classic: true },
  { name: "esbuild", command: "esbuild page/main.js --bundle --minify --outdir=dist/pages/esbuild", classic: true },
  { name: "rollup", command: "rollup page/main.js --plugin node-resolve --plugin terser --format es --dir dist/pages/rollup" },
  { name: "rolldown", command: "rolldown page/main.js --minify --format esm --dir dist/pages/rolldown" },
  { name: "bun", command: "bun build page/main.js --minify --outdir dist/pages/bun" },
];

/** Of page/, for old browsers: async functions and private names are rewritten. */
export const lowered = [
  { name: "esbuild-es2017", command: "esbuild page/main.js --bundle --minify --target=es2017 --outdir=dist/pages/esbuild-es2017", classic: true },
];

/** Of web-worker/, where the bundler knows workers. */
export const workers = [
  { name: "vite", command: "vite build web-worker --base ./ --outDir ../dist/workers/vite", html: "index.html" },
  { name: "parcel", command: "parcel build web-worker/index.html --public-url ./ --dist-dir dist/workers/parcel --no-cache --cache-dir dist/parcel-cache --no-source-maps", html: "index.html" },
  { name: "webpack", command: "webpack --entry ./web-worker/main.js --mode production --output-path dist/workers/webpack", classic: true },
];

/** Of custom/, where the bundler knows files. */
export const custom = [
  { name: "vite", command: "vite build custom --base ./ --outDir ../dist/custom/vite", html: "index.html" },
  { name: "webpack", command: "webpack --entry ./custom/webpack.js --mode production --output-path dist/custom/webpack", classic: true },
  { name: "esbuild", command: "esbuild custom/esbuild.js --bundle --minify --format=esm --loader:.wasm=file --outfile=dist/custom/esbuild/main.js" },
];

/** Of page/, for Node: as CommonJS where they can, which is what many servers and functions are. */
export const node = [
  { name: "webpack", command: "webpack --entry ./page/main.js --mode production --target node --output-path dist/node/webpack --output-filename main.cjs" },
  { name: "esbuild", command: "esbuild page/main.js --bundle --minify --platform=node --outfile=dist/node/esbuild/main.cjs" },
  { name: "esbuild-es2017", command: "esbuild page/main.js --bundle --target=es2017 --platform=node --outfile=dist/node/esbuild-es2017/main.cjs" },
  { name: "rollup", command: "rollup page/main.js --plugin node-resolve --plugin terser --format cjs --file dist/node/rollup/main.cjs" },
  { name: "rolldown", command: "rolldown page/main.js --minify --platform node --format cjs --file dist/node/rolldown/main.cjs" },
  { name: "bun", command: "bun build page/main.js --minify --target node --outfile dist/node/bun/main.mjs" },
];

/** Of lite/, for Node: by those that drop what `sideEffects` lets them. */
export const lite = ["webpack", "rollup"].map((name) => {
  const { command } = node.find((bundler) => bundler.name === name);
  return { name, command: command.replace("page/main.js", "lite/main.js").replaceAll("dist/node/", "dist/lite/") };
});

/** Runs one of them, which begins with an empty folder; the result is that folder. */
export async function bundle({ name, command }, of) {
  const folder = `${here}dist/${of}/${name}`;
  rmSync(folder, { recursive: true, force: true });
  await run(command);
  return folder;
}

/** The scripts in a folder. */
export function scripts(folder) {
  return readdirSync(folder, { recursive: true }).filter((path) => /\.[cm]?js$/.test(path));
}

/** What of a folder's scripts goes over the network. */
export function gzipped(folder) {
  const sizes = scripts(folder).map((path) => gzipSync(readFileSync(`${folder}/${path}`)).length);
  return sizes.reduce((sum, size) => sum + size, 0);
}
