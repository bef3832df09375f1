// A worker in workerd: wrangler's bundle without wrangler's own proxy, which outlives its clients.

import { readdir, readFile, rm } from "node:fs/promises";
// The tests' own: wrangler's is not for others.
import { Miniflare, Response } from "../node_modules/miniflare/dist/src/index.js";
import { here, run } from "./commands.js";

export { Miniflare, Response };

/** The modules of a worker, its main one first. */
export async function bundled(entry) {
  const folder = `${here}dist/workers/${entry}`;
  await rm(folder, { recursive: true, force: true });
  const options = "--dry-run --minify --name consumer --compatibility-date 2024-06-03";
  await run(`wrangler deploy ${entry} --outdir ${folder} ${options}`);
  const names = (await readdir(folder)).filter((name) => /\.(js|wasm)$/.test(name));
  const modules = names.map(async (path) => {
    const contents = await readFile(`${folder}/${path}`);
    return { type: path.endsWith(".js") ? "ESModule" : "CompiledWasm", path, contents };
  });
  return (await Promise.all(modules)).sort(({ path }) => (path.endsWith(".js") ? -1 : 1));
}
