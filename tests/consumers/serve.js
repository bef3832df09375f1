// A static server that gives pages no help: no charset, and of `eval` no more than WebAssembly needs.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";

const types = {
  ".css": "text/css",
  ".html": "text/html; charset=windows-1252",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

// Inline scripts are Parcel's, for workers.
const policy = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";

/**
 * Serves a folder, and `page` as the page of a script: `/page?src=main.js`; with `&strict` it may
 * not even compile WebAssembly. The result closes.
 */
export async function serve(folder) {
  const root = pathToFileURL(`${folder}/`);
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const send = (status, type, body) => {
      const allowed = searchParams.has("strict") ? policy.replace(" 'wasm-unsafe-eval'", "") : policy;
      response.writeHead(status, { "content-type": type, "content-security-policy": allowed });
      response.end(body);
    };
    if (pathname === "/page") {
      const type = searchParams.has("classic") ? "" : 'type="module"';
      const script = `<script ${type} src="${searchParams.get("src")}"></script>`;
      return send(200, types[".html"], `<!doctype html><title>page</title>${script}`);
    }
    try {
      send(200, types[extname(pathname)] ?? "application/octet-stream", await readFile(new URL(`.${pathname}`, root)));
    } catch {
      send(404, "text/plain", "");
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () => void server.close().closeAllConnections(),
  };
}
