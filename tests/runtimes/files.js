// A server for the files of tests/: pages and modules for browsers, fixtures for every runtime.
// Prints `listening ORIGIN` and ends with its standard input.

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";

const root = new URL("../", import.meta.url);

const types = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** What bare names stand for in a browser. */
function importMap() {
  const { exports } = JSON.parse(
    readFileSync(new URL("node_modules/bedrock-chat/package.json", root), "utf8"),
  );
  const imports = { chai: "/node_modules/chai/index.js" };
  for (const name of ["bedrock-chat", "bedrock-chat-failing"]) {
    for (const [path, target] of Object.entries(exports)) {
      const file = resolve(target);
      if (file) imports[`${name}${path.slice(1)}`] = `/node_modules/${name}${file.slice(1)}`;
    }
  }
  return { imports };
}

/** The file of an `exports` target, as a browser's bundler picks it. */
function resolve(target) {
  if (typeof target === "string") return target;
  for (const [condition, inner] of Object.entries(target ?? {})) {
    if (!["browser", "import", "default"].includes(condition)) continue;
    const file = resolve(inner);
    if (file) return file;
  }
}

function page() {
  return `<!doctype html>
<meta charset="utf-8">
<title>bedrock-chat tests</title>
<script type="importmap">${JSON.stringify(importMap())}</script>
<script type="module" src="/runtimes/page.js"></script>
`;
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const headers = { "access-control-allow-origin": "*", "cache-control": "no-store" };
  try {
    if (pathname === "/") {
      response.writeHead(200, { ...headers, "content-type": types[".html"] });
      return response.end(page());
    }
    // `URL` has removed every `..`, so that nothing outside is reached.
    const body = await readFile(new URL(`.${pathname}`, root));
    const type = types[extname(pathname)] ?? "application/octet-stream";
    response.writeHead(200, { ...headers, "content-type": type });
    response.end(body);
  } catch (error) {
    response.writeHead(error.code === "ENOENT" ? 404 : 500, headers);
    response.end(error.code === "ENOENT" ? "" : String(error));
  }
});

// A runtime may take up a connection again at any time.
server.keepAliveTimeout = 0;
server.listen(0, "127.0.0.1", () => {
  console.log(`listening http://127.0.0.1:${server.address().port}`);
});
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
