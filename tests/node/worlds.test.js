// The package in worlds that others have changed: bundles that lower its syntax, zone.js, fake
// timers, windows that are none. Each in a process of its own.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { assert, test } from "../harness.js";

/** Asks in every way, of a fetch that answers at once; logs what came. */
const program = `
  const model = "m";
  const messages = [{ role: "user", content: "hi" }];
  const event = (choice) => "data: " + JSON.stringify({ choices: [{ index: 0, ...choice }] }) + "\\n\\n";
  const events = event({ delta: { content: "He" } }) + event({ delta: { content: "llo" } }) +
    event({ delta: {}, finish_reason: "stop" }) + "data: [DONE]\\n\\n";
  const message = { role: "assistant", content: "Hello" };
  const called = { role: "assistant", content: null,
    tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }] };
  const requests = [];
  // Node's own bodies of text do not end where \`queueMicrotask\` is a fake.
  const bodyOf = (text) => new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
  const respond = (text, status, type) => new Response(bodyOf(text), { status, headers: { "content-type": type } });
  const fetch = async (_, { body }) => {
    const request = JSON.parse(body);
    requests.push(request);
    if (request.stream) return respond(events, 200, "text/event-stream");
    if (request.model === "missing") return respond('{"message":"no"}', 404, "application/json");
    const calls = request.tools && request.messages.length === 1;
    const choices = [{ index: 0, message: calls ? called : message, finish_reason: calls ? "tool_calls" : "stop" }];
    return respond(JSON.stringify({ choices }), 200, "application/json");
  };
  const given = { baseURL: "https://example.com/v1", apiKey: "bedrock-api-key-x", fetch, maxRetries: 0 };
  const client = new BedrockChatClient(given);
  const { completions } = client.chat;
  const text = ({ choices }) => choices[0].message.content;
  const log = [];
  log.push(text(await completions.create({ model, messages })));
  log.push(text(await Promise.resolve().then(() => completions.create({ model, messages }))));
  log.push(text((await Promise.all([completions.create({ model, messages }), 1]))[0]));
  log.push(text(await Promise.race([completions.create({ model, messages })])));
  log.push(text((await completions.create({ model, messages }).withResponse()).data));
  log.push(await completions.create({ model, messages }).then(text).catch(String).finally(() => {}));
  log.push(await completions.create({ model: "missing", messages }).then(text, (error) => error.name));
  log.push(await Promise.resolve().then(() => completions.create({ model: "missing", messages })).catch((error) => error.name));
  let read = "";
  for await (const chunk of await completions.create({ model, messages, stream: true })) read += chunk.choices[0].delta.content ?? "";
  for await (const piece of completions.stream({ model, messages }).textStream()) read += piece;
  const [one, two] = completions.stream({ model, messages }).tee();
  read += await one.finalContent();
  for await (const bytes of two.toReadableStream()) read += bytes.length > 0;
  log.push(read);
  const stream = completions.stream({ model, messages });
  let heard = "";
  stream.on("content", (delta) => (heard += delta));
  await stream.done();
  log.push(heard);
  const tools = [{ type: "function", function: { name: "f", description: "", parameters: {}, function: () => "done" } }];
  log.push(await completions.runTools({ model, messages, tools }).finalContent());
  log.push(requests.length);
  finish(log);
`;
const EXPECTED = [
  ..."Hello Hello Hello Hello Hello Hello NotFoundError NotFoundError HelloHelloHellotruetruetrue Hello Hello".split(" "),
  14,
];

/** Runs a program in a process of its own; what it logs. */
async function run(first, { target, alias, late = "" } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "bedrock-chat-"));
  try {
    const source = join(folder, "source.mjs");
    // The world changes before the package is there, or after.
    await writeFile(join(folder, "first.mjs"), first);
    await writeFile(
      source,
      `import "./first.mjs";
      import { BedrockChatClient } from "bedrock-chat";
      ${late}
      const finish = (log) => process.stdout.write(JSON.stringify(log));
      (async () => {${program}})().catch((error) => { console.error(error); process.exitCode = 1; });`,
    );
    const outfile = join(folder, "bundle.mjs");
    const nodePaths = [join(import.meta.dirname, "../node_modules")];
    // What a CommonJS package within a bundle needs.
    const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
    await build({
      entryPoints: [source],
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      target,
      alias,
      nodePaths,
      banner,
      logLevel: "error",
    });
    const child = spawn(process.execPath, [outfile], { stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (err += data));
    const [code] = await once(child, "close");
    assert.equal(code, 0, err);
    return JSON.parse(out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const zone = 'import "zone.js";';
const fake = 'import FakeTimers from "@sinonjs/fake-timers"; FakeTimers.install();';
const agent = "Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/27.0.0";

const worlds = {
  "a bundle for ES2017": ["", { target: "es2017" }],
  "zone.js before it": [zone],
  "zone.js behind it": ["", { late: zone }],
  "zone.js, lowered as Angular does": [zone, { target: "es2016" }],
  "fake timers before it": [fake],
  "fake timers behind it": ["", { late: fake }],
  "a window that is none": ["globalThis.window = {}; globalThis.self = {}; globalThis.global = {};"],
  "a window that is Node's own": ["globalThis.window = globalThis.self = globalThis;"],
  "jsdom's window and navigator": [
    `globalThis.window = { document: {}, navigator: { userAgent: ${JSON.stringify(agent)} } };
    globalThis.document = {};
    Object.defineProperty(globalThis, "navigator", { value: window.navigator, configurable: true });`,
  ],
};

for (const [name, [first, options]] of Object.entries(worlds)) {
  test(`worlds: ${name}`, async () => {
    assert.deepEqual(await run(first, options), EXPECTED);
  });
}

test("worlds: within jsdom an environment with a long-term key is a server's", async () => {
  const first = `process.env.AWS_BEARER_TOKEN_BEDROCK = "ABSK" + "x".repeat(40); ${worlds["jsdom's window and navigator"][0]}`;
  const late = 'new BedrockChatClient({ region: "us-west-2" });';
  assert.deepEqual(await run(first, { late }), EXPECTED);
});

test("worlds: lowered by TypeScript", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bedrock-chat-"));
  try {
    const modules = join(import.meta.dirname, "../node_modules");
    // Of packages it lowers nothing.
    await cp(join(modules, "bedrock-chat"), join(folder, "in"), { recursive: true, filter: (name) => !name.endsWith(".d.ts") });
    for (const target of ["es2015", "es2017", "es2021"]) {
      const options = "--allowJs --noCheck --module esnext --moduleResolution bundler --rootDir in --outDir out in/index.js";
      execFileSync(process.execPath, [join(modules, "typescript/bin/tsc"), "--target", target, ...options.split(" ")], { cwd: folder });
      assert.deepEqual(await run("", { alias: { "bedrock-chat": join(folder, "out/index.js") } }), EXPECTED, target);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
