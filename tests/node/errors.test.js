// Errors and promises as only Node can look at them.

import { inspect } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BedrockChatClient } from "bedrock-chat";
import { build } from "esbuild";
import { assert, test } from "../harness.js";
import { answering, fails, turns } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];
const baseURL = "https://example.com/v1";
const headers = { "content-type": "application/json", "x-amzn-requestid": "r-1" };

test("errors: they print what helps", async () => {
  const body = '{"error":{"message":"Too long","code":"x","type":"y","param":"messages"}}';
  const fetch = answering(body, { status: 400, headers });
  const client = new BedrockChatClient({ baseURL, apiKey: null, fetch });
  const error = await fails(client.chat.completions.create({ model, messages }));
  const text = inspect(error);
  assert.match(text, /^BadRequestError: 400 Too long\n {4}at /);
  for (const line of ["status: 400", "code: 'x'", "param: 'messages'", "requestID: 'r-1'", "retryable: false"]) {
    assert.include(text, line);
  }
  // Not the headers, and not what a stream had brought.
  assert.notInclude(text, "content-type");
  assert.match(error.stack, /^BadRequestError: 400 Too long\n/);
});

test("errors: their names survive bundling and minification", async () => {
  for (const keepNames of [false, true]) {
    const { outputFiles } = await build({
      stdin: { contents: 'export * from "bedrock-chat";', resolveDir: import.meta.dirname },
      bundle: true,
      minify: true,
      keepNames,
      format: "esm",
      target: "es2022",
      write: false,
      logLevel: "error",
    });
    const source = Buffer.from(outputFiles[0].contents).toString("base64");
    const bundled = await import(`data:text/javascript;base64,${source}`);
    const names = Object.keys(bundled).filter((name) => name.endsWith("Error"));
    assert.lengthOf(names, 23);
    for (const name of names) assert.equal(new bundled[name]("x").name, name);
    const fetch = answering('{"message":"slow"}', { status: 429, headers });
    const client = new bundled.BedrockChatClient({ baseURL, apiKey: null, fetch, maxRetries: 0 });
    const error = await fails(client.chat.completions.create({ model, messages }));
    assert.strictEqual(error.constructor, bundled.RateLimitError);
    assert.instanceOf(error, bundled.APIError);
    assert.equal(String(error), "RateLimitError: 429 slow");
    assert.match(error.stack, /^RateLimitError: 429 slow\n/);
    assert.equal(JSON.parse(JSON.stringify(error)).name, "RateLimitError");
    const stream = client.chat.completions.stream({ model, messages });
    assert.equal((await fails(stream.finalChatCompletion())).name, "RateLimitError");
  }
});

test("asResponse: the signal reaches the body as long as somebody has it", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  for (const hold of [(response) => response, ({ body }) => body, ({ body }) => body.getReader()]) {
    let cancelled = false;
    const fetch = async (_, { signal }) => {
      signal.addEventListener("abort", () => (cancelled = true));
      return new Response(new ReadableStream(), { headers });
    };
    const client = new BedrockChatClient({ baseURL, apiKey: null, fetch });
    const controller = new AbortController();
    const { signal } = controller;
    const ask = () => client.chat.completions.create({ model, messages }, { signal }).asResponse();
    const held = hold(await ask());
    for (let i = 0; i < 5; i++) {
      gc();
      await turns();
    }
    controller.abort();
    assert.isTrue(cancelled, String(hold));
    assert.isOk(held);
  }
});

test("calls: thousands of them leave nothing behind", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  const answer = `{"choices":[{"index":0,"message":{"content":"${"x".repeat(2000)}"}}]}`;
  const stream = `data: {"choices":[{"index":0,"delta":{"content":"${"x".repeat(2000)}"}}]}\n\ndata: [DONE]\n\n`;
  // A new one each time: it notes its requests.
  const open = (body, given) =>
    new BedrockChatClient({
      baseURL,
      apiKey: null,
      maxRetries: 0,
      fetch: (...request) => answering(body, given)(...request),
    });
  const good = open(answer, { headers });
  const bad = open(answer, { headers, status: 400 });
  const streamed = open(stream);
  // A fetch whose signal knows the response, as a wrapper's may.
  const linked = new BedrockChatClient({
    baseURL,
    apiKey: null,
    fetch: async (_, { signal }) => {
      const response = new Response(answer, { headers });
      signal.addEventListener("abort", () => response.body.cancel());
      return response;
    },
  });
  const never = () => new Promise(() => {});
  const aborted = async (options) => {
    const controller = new AbortController();
    const client = new BedrockChatClient({ baseURL, apiKey: null, maxRetries: 0, ...options });
    const call = fails(client.chat.completions.create({ model, messages }, { signal: controller.signal }));
    await new Promise(setImmediate);
    controller.abort();
    await call;
    client.free();
  };
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  for (const [method, by] of [["addEventListener", 1], ["removeEventListener", -1]]) {
    const original = signal[method];
    signal[method] = function (...given) {
      listeners += by;
      return original.apply(this, given);
    };
  }
  const calls = [
    () => good.chat.completions.create({ model, messages }, { signal }),
    () => good.chat.completions.create({ model, messages }, { timeout: 60_000 }).withResponse(),
    () => fails(bad.chat.completions.create({ model, messages }, { signal })),
    () => fails(good.chat.completions.create({}, { signal })),
    async () => (await streamed.chat.completions.create({ model, messages, stream: true }, { signal })).finalContent(),
    async () => {
      for await (const _ of streamed.chat.completions.stream({ model, messages }, { signal })) break;
    },
    async () => (await good.chat.completions.create({ model, messages }).asResponse()).text(),
    async () => {
      const { signal } = new AbortController();
      return (await linked.chat.completions.create({ model, messages }, { signal }).asResponse()).text();
    },
    // What was waited for never comes.
    () => aborted({ fetch: never }),
    () => aborted({ apiKey: never }),
  ];
  const round = async (times) => {
    for (let i = 0; i < times; i++) await calls[i % calls.length]();
    // Finalizers run between tasks.
    for (let i = 0; i < 3; i++) {
      gc();
      await turns();
    }
    return process.memoryUsage();
  };
  await round(500);
  const before = await round(500);
  const after = await round(2000);
  assert.isBelow(after.heapUsed - before.heapUsed, 500_000);
  // The module's memory: it never shrinks, so any leak stays to be seen.
  assert.isAtMost(after.arrayBuffers - before.arrayBuffers, 500_000);
  assert.equal(listeners, 0);
});
