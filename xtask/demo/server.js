// The demo's server: the page, the package, and the proxy that an edge worker would be. The page
// knows no key; the proxy puts it in.
//
//   node server.js CONFIG, where CONFIG is JSON: `www` and `pkg` (folders), `port` or null, and the
//   origin `emulator`, or null for the real service.
//
// Prints `listening ADDRESS` and ends with its standard input.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";

const config = JSON.parse(process.argv[2]);
const usualPort = 8080;
const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;

const types = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".ts": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

const runtime = config.emulator ?? `https://bedrock-runtime.${region}.amazonaws.com`;
const mantle = config.emulator ? `${config.emulator}/mantle` : `https://bedrock-mantle.${region}.api.aws`;

/** What is passed on, and where to. Mantle has two paths, for different models. */
const routes = new Map([
  ["/openai/v1/chat/completions", `${runtime}/openai/v1/chat/completions`],
  ["/mantle/v1/chat/completions", `${mantle}/v1/chat/completions`],
  ["/mantle/openai/v1/chat/completions", `${mantle}/openai/v1/chat/completions`],
]);

/** ApplyGuardrail, which runtime has for both. */
const apply = /^\/guardrail\/[^/]+\/version\/\w+\/apply$/;

const placeOf = (pathname) => routes.get(pathname) ?? (apply.test(pathname) ? runtime + pathname : undefined);

/** A function that returns the key. One does for both endpoints. */
async function keyOf(env) {
  if (config.emulator) return () => "bedrock-api-key-emulator";
  if (env.AWS_BEARER_TOKEN_BEDROCK) return () => env.AWS_BEARER_TOKEN_BEDROCK;
  const { mintBedrockToken } = await import(pathToFileURL(join(config.pkg, "index.js")));
  const credentials = {
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    sessionToken: env.AWS_SESSION_TOKEN,
  };
  return async () => (await mintBedrockToken({ credentials, region })).token;
}

const key = await keyOf(process.env);

/** What the page should tell its reader of where the answers come from. */
const about = config.emulator ? { backend: "emulator" } : { backend: "bedrock", region };

/** A file of the page (`/…`) or of the package (`/pkg/…`). */
async function serveFile(pathname, response) {
  const inPackage = pathname.startsWith("/pkg/");
  const folder = resolve(inPackage ? config.pkg : config.www);
  const name = decodeURIComponent(inPackage ? pathname.slice("/pkg/".length) : pathname.slice(1));
  const file = join(folder, name || "index.html");
  if (!file.startsWith(folder + sep)) return response.writeHead(404).end();
  const body = await readFile(file).catch(() => null);
  if (body === null) return response.writeHead(404).end();
  const type = types[extname(file)] ?? "application/octet-stream";
  response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
}

/** Hands a request on with the key, and the answer back as it comes. */
async function proxy(url, request, response) {
  const headers = { authorization: `Bearer ${await key()}` };
  for (const [name, value] of Object.entries(request.headers)) {
    // The caller's own authorization stays here.
    if (["accept", "content-type"].includes(name) || name.startsWith("x-amzn-bedrock-")) {
      headers[name] = value;
    }
  }
  // A page that stops reading must stop the model too.
  const abort = new AbortController();
  response.on("close", () => abort.abort());
  const body = Buffer.concat(await request.toArray());
  const answer = await fetch(url, {
    method: "POST",
    headers,
    body,
    signal: abort.signal,
    redirect: "error",
  });
  const passed = [
    "content-type",
    "retry-after",
    "retry-after-ms",
    "x-amzn-errortype",
    "x-amzn-requestid",
    "x-should-retry",
  ];
  const kept = passed.filter((name) => answer.headers.has(name));
  response.writeHead(answer.status, Object.fromEntries(kept.map((name) => [name, answer.headers.get(name)])));
  if (answer.body) await pipeline(Readable.fromWeb(answer.body), response);
  else response.end();
}

/** Pages of other sites must not spend our key, by whatever name they reach this address. */
function isOurs({ headers }) {
  const host = headers.host ?? "";
  const local = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host);
  return local && (headers.origin === undefined || headers.origin === `http://${host}`);
}

const server = createServer(async (request, response) => {
  try {
    const { pathname } = new URL(request.url, "http://localhost");
    if (!isOurs(request)) response.writeHead(403).end();
    else if (request.method === "POST" && placeOf(pathname)) {
      await proxy(placeOf(pathname), request, response);
    } else if (request.method === "GET" && pathname === "/demo.json") {
      response.writeHead(200, { "content-type": types[".json"] }).end(JSON.stringify(about));
    } else if (request.method === "GET") await serveFile(pathname, response);
    else response.writeHead(404).end();
  } catch (error) {
    if (response.headersSent) return response.destroy();
    const message = `The demo's proxy got no answer: ${error.cause?.message ?? error.message}`;
    response.writeHead(502, { "content-type": "application/json" });
    response.end(JSON.stringify({ message }));
  }
});

server.on("error", (error) => {
  const retry = error.code === "EADDRINUSE" && !config.port;
  if (retry) return server.listen(0, "127.0.0.1");
  console.error(`error: ${error.message}`);
  process.exit(1);
});
server.on("listening", () => {
  console.log(`listening http://127.0.0.1:${server.address().port}`);
});
server.listen(config.port ?? usualPort, "127.0.0.1");
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
