// Where secrets must not be, and who must not have them.

import * as bedrock from "bedrock-chat";
import { APIError, BedrockChatClient, ConfigurationError, mintBedrockToken } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "Pr0mptOfTheCaller hello" }];
const region = "us-east-1";
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const temporary = { accessKeyId: "ASIDEXAMPLE", secretAccessKey, sessionToken: "fixture/session+token==" };
const longTerm = { accessKeyId: "AKIDEXAMPLE", secretAccessKey };
const shortKey = "bedrock-api-key-S3cr3tS3cr3tS3cr3t";
const longKey = "ABSKS3cr3tS3cr3tS3cr3tS3cr3t";
const inBrowser = { only: ["chromium", "firefox", "webkit"], why: "nobody opens a page elsewhere" };

/** Whatever must not come to light, whole or in part. */
const secrets = [
  /S3cr3t/,
  /wJalrXUtnFEMI/,
  /CYEXAMPLEKEY/,
  /fixture(\/|%2F)session/,
  /Pr0mptOfTheCaller/,
  /Signature=[0-9a-f]/,
  /X-Amz-Security-Token=/,
];

/** Everything that a program or a log could show of a value, its hidden members included. */
function everything(value, seen = new Set()) {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  const shown = [];
  const attempt = (show) => {
    try {
      shown.push(show());
    } catch (error) {
      shown.push(error.message);
    }
  };
  attempt(() => String(value));
  attempt(() => JSON.stringify(value));
  attempt(() => Object.prototype.toString.call(value));
  if (value instanceof Error) shown.push(value.name, value.message, value.stack);
  if (value instanceof Headers) shown.push(JSON.stringify([...value]));
  for (const name of Reflect.ownKeys(value)) {
    shown.push(String(name));
    attempt(() => everything(value[name], seen));
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype && prototype !== Object.prototype && prototype !== Function.prototype) {
    attempt(() => everything(prototype, seen));
  }
  return shown.join("\n");
}

function isClean(value, what) {
  const text = typeof value === "string" ? value : everything(value);
  for (const secret of secrets) {
    const at = text.search(secret);
    assert.isBelow(at, 0, `${what} shows ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 60))}`);
  }
}

/** Every way to authenticate. */
const ways = {
  "a short-term key": { apiKey: shortKey },
  "a long-term key": { apiKey: longKey, dangerouslyAllowBrowser: true },
  "a key's provider": { apiKey: async () => shortKey },
  credentials: { credentials: temporary },
  "long-term credentials": { credentials: longTerm, dangerouslyAllowBrowser: true },
  "credentials' provider": { credentials: async () => temporary },
  "an own header": { apiKey: null, defaultHeaders: { authorization: `Bearer ${shortKey}` } },
};

test("one mode only", () => {
  for (const other of [{ apiKey: shortKey }, { apiKey: () => shortKey }]) {
    for (const credentials of [temporary, () => temporary]) {
      const options = { region, ...other, credentials };
      try {
        new BedrockChatClient(options);
        assert.fail("accepted");
      } catch (error) {
        assert.instanceOf(error, ConfigurationError);
        assert.equal(error.path, "apiKey");
        isClean(error, "the error");
      }
      const client = new BedrockChatClient({ region, ...other });
      assert.throws(() => client.withOptions({ credentials }), ConfigurationError);
      assert.doesNotThrow(() => client.withOptions({ credentials, apiKey: undefined }));
      assert.doesNotThrow(() => client.withOptions({ credentials, apiKey: null }));
    }
  }
});

test("redirects are not followed: to the same origin, to another, with each status", async ({ emulator }) => {
  const space = await emulator.space();
  const other = await emulator.space();
  const locations = [
    `${space.baseURL}/elsewhere`,
    `${other.baseURL}/chat/completions`,
    `${other.baseURL.replace("127.0.0.1", "localhost")}/chat/completions`,
    "https://evil.example/",
    "//evil.example/",
    "/elsewhere",
  ];
  let count = 0;
  for (const way of Object.values(ways)) {
    for (const status of [301, 302, 303, 307, 308]) {
      const location = locations[count % locations.length];
      await space.script({ redirect: { status, location } });
      for (const options of [{}, { fetchOptions: { redirect: "follow" } }]) {
        const client = new BedrockChatClient({ baseURL: space.baseURL, region, ...way });
        const stream = count % 2 === 1;
        const error = await fails(client.chat.completions.create({ model, messages, stream }, options));
        count++;
        assert.instanceOf(error, APIError, `${status} to ${location}`);
        assert.isTrue(error.status >= 300 && error.status < 400, `status ${error.status}`);
        assert.equal(error.attempts, 1);
        isClean(error, "a redirect's error");
      }
    }
  }
  assert.lengthOf(await space.requests(), count);
  assert.isEmpty(await other.requests());
});

test("headers and keys with a line break are refused, and not shown", async ({ emulator }) => {
  const space = await emulator.space();
  const errors = [];
  const make = (options) => {
    try {
      new BedrockChatClient({ baseURL: space.baseURL, region, ...options });
      assert.fail("accepted");
    } catch (error) {
      errors.push(error);
    }
  };
  for (const bad of ["\n", "\r", "\r\nX-Evil: 1\r\n", "\u0000", "\u0085", "\u2028", "é"]) {
    make({ apiKey: `${shortKey}${bad}x` });
    make({ credentials: { ...temporary, sessionToken: `S3cr3t${bad}x` } });
    make({ credentials: { ...temporary, accessKeyId: `S3cr3t${bad}x` } });
    make({ credentials: { ...temporary, secretAccessKey: `S3cr3t${bad}x` } });
    make({ apiKey: null, defaultHeaders: { authorization: `Bearer S3cr3t${bad}x` } });
    make({ apiKey: null, defaultHeaders: { [`x-S3cr3t${bad}`]: "x" } });
    const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: shortKey });
    const headers = { "x-own": `S3cr3t${bad}x` };
    errors.push(await fails(client.chat.completions.create({ model, messages }, { headers })));
  }
  for (const error of errors) {
    assert.instanceOf(error, ConfigurationError);
    isClean(error, "an error");
  }
  assert.isEmpty(await space.requests());
});

test("nothing of a client shows a secret", async ({ emulator }) => {
  const space = await emulator.space();
  for (const [what, way] of Object.entries(ways)) {
    const client = new BedrockChatClient({ baseURL: space.baseURL, region, ...way });
    const derived = client.withOptions({ maxRetries: 0 });
    const call = client.chat.completions.create({ model, messages: [{ role: "user", content: "hello" }] });
    const stream = client.chat.completions.stream({ model, messages: [{ role: "user", content: "hello" }] });
    for (const [name, value] of Object.entries({ client, derived, call, stream })) {
      isClean(value, `${name} with ${what}`);
      let clone;
      try {
        clone = structuredClone(value);
      } catch {
        continue;
      }
      isClean(clone, `the clone of a ${name} with ${what}`);
    }
    await Promise.allSettled([call, stream.finalContent()]);
    isClean(client, `after a call, the client with ${what}`);
    isClean(stream, `after a call, the stream with ${what}`);
    client.free();
    isClean(client, `freed, the client with ${what}`);
  }
  isClean(Object.fromEntries(Object.entries(bedrock)), "the module");
});

test("util.inspect shows nothing either", async ({ emulator }) => {
  const { inspect } = globalThis.process.getBuiltinModule("node:util");
  const { baseURL } = await emulator.space();
  for (const [what, way] of Object.entries(ways)) {
    const client = new BedrockChatClient({ baseURL, region, ...way });
    const error = await fails(client.chat.completions.create({ model: "none", messages }));
    for (const value of [client, error, client.chat, client.withOptions({})]) {
      isClean(inspect(value, { depth: 9, showHidden: true, getters: true }), what);
    }
  }
}, { only: ["node", "bun", "deno"], why: "util.inspect is Node's" });

/** Servers and networks that do their worst. `echo` is what they know of the request. */
const hostile = {
  "says the key": (echo) => [403, { message: `Your key ${echo} is wrong` }],
  "says the key, as openai": (echo) => [401, { error: { message: `Incorrect API key provided: ${echo}`, code: echo } }],
  "says the headers": (echo) => [400, { Message: `The Canonical String for this request should have been 'POST\n/\nauthorization:${echo}'` }],
  "says the prompt": () => [422, { detail: [{ msg: `invalid type: string "${messages[0].content}", expected x` }] }],
  "sends the key as HTML": (echo) => [502, `<html><title>${echo}</title>`],
  "sends the key as text": (echo) => [500, `oops ${echo}`],
  "sends the key as an answer": (echo) => [200, `oops ${echo}`],
  "sends the key as a type": (echo) => [400, { __type: echo, message: "no" }],
};

test("no error of a hostile server shows a secret", async () => {
  const headersOf = (init) => new Headers(init.headers);
  const errors = [];
  for (const [way, options] of Object.entries(ways)) {
    for (const [what, answer] of Object.entries(hostile)) {
      for (const stream of [false, true]) {
        const fetch = async (_url, init) => {
          const echo = headersOf(init).get("authorization");
          const [status, body] = answer(echo);
          const json = typeof body === "object";
          const headers = { "content-type": json ? "application/json" : "text/html" };
          return new Response(json ? JSON.stringify(body) : body, { status, headers });
        };
        const client = new BedrockChatClient({
          baseURL: "https://example.com/v1",
          region,
          fetch,
          maxRetries: 0,
          ...options,
        });
        const error = await fails(client.chat.completions.create({ model, messages, stream }));
        errors.push([`${what}, ${way}`, error]);
      }
    }
  }
  for (const [what, error] of errors) {
    assert.instanceOf(error, APIError, what);
    isClean(error, what);
  }
});

test("no error on the way, and no log, shows a secret", async ({ emulator }) => {
  const space = await emulator.space();
  const logged = [];
  const log = (...parts) => logged.push(parts);
  const logger = { error: log, warn: log, info: log, debug: log };
  const refusal = { status: 500, headers: { "retry-after-ms": "1" }, json: { message: "busy" } };
  const chunk = { pieces: [{ text: 'data: {"choices":[{"delta":{"content":"a"}}]}\n\n' }], then: "reset" };
  const steps = [refusal, { reset: "before-headers" }, chunk, { body: "data: {\n\n" }, { never: true }, { body: "" }];
  const errors = [];
  for (const way of Object.values(ways)) {
    for (const step of steps) {
      for (const stream of [false, true]) {
        await space.set({ steps: [step], repeatLast: true });
        const client = new BedrockChatClient({
          baseURL: space.baseURL,
          region,
          timeout: 200,
          maxRetries: 1,
          onRetry: log,
          logger,
          logLevel: "debug",
          ...way,
        });
        const call = client.chat.completions.create({ model, messages, stream });
        try {
          const answer = await call;
          if (stream) await answer.finalContent();
        } catch (error) {
          errors.push(error);
        }
      }
    }
    const client = new BedrockChatClient({ baseURL: space.baseURL, region, logger, logLevel: "debug", ...way });
    errors.push(await fails(client.chat.completions.create({ model, messages: [{ role: "user", content: 7n }] })));
    errors.push(await fails(client.chat.completions.create({ model, messages }, { signal: AbortSignal.abort() })));
  }
  assert.isAbove(errors.length, Object.keys(ways).length * 10);
  for (const error of errors) isClean(error, "an error");
  for (const parts of logged) for (const part of parts) isClean(part, "a log line");
});

test("in a page, what is long-term is refused", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const refused = [
    { apiKey: emulator.longTermKey },
    { apiKey: () => emulator.longTermKey },
    { apiKey: async () => ({ token: emulator.longTermKey }) },
    { credentials: longTerm },
    { credentials: { ...longTerm, sessionToken: "" } },
    { credentials: () => longTerm },
    { credentials: async () => longTerm },
  ];
  const call = async (options) => {
    const client = new BedrockChatClient({ baseURL, region, ...options });
    return client.chat.completions.create({ model, messages });
  };
  for (const options of refused) {
    const error = await fails(call(options));
    const [field, value] = Object.entries(options)[0];
    assert.instanceOf(error, ConfigurationError);
    assert.equal(error.path, field);
    assert.include(error.message, "dangerouslyAllowBrowser");
    isClean(error, "the error");
    // At once, where that is possible.
    if (typeof value !== "function") assert.throws(() => new BedrockChatClient({ region, ...options }));
    assert.isNotEmpty((await call({ ...options, dangerouslyAllowBrowser: true })).choices);
  }
  for (const credentials of [longTerm, () => longTerm]) {
    const error = await fails(mintBedrockToken({ credentials, region }));
    assert.instanceOf(error, ConfigurationError);
    assert.equal(error.path, "credentials");
    const minted = await mintBedrockToken({ credentials, region, dangerouslyAllowBrowser: true });
    assert.isNotEmpty((await call({ apiKey: minted.token })).choices);
  }
  for (const options of [{ apiKey: emulator.apiKey }, { credentials: temporary }]) {
    assert.isNotEmpty((await call(options)).choices);
  }
}, inBrowser);

test("a page with an imitation of Node's process is a page", () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "process");
  const imitation = { env: {}, browser: true, version: "v22.0.0", versions: { node: "22.0.0" }, argv: [] };
  const electron = { ...imitation, type: "renderer", [Symbol.toStringTag]: "process" };
  try {
    for (const process of [imitation, electron]) {
      globalThis.process = process;
      assert.throws(() => new BedrockChatClient({ region, apiKey: longKey }), ConfigurationError, "long-term");
    }
  } finally {
    delete globalThis.process;
    if (own) Object.defineProperty(globalThis, "process", own);
  }
}, inBrowser);

test("elsewhere, what is long-term needs no permission", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  for (const options of [
    { apiKey: emulator.longTermKey },
    { apiKey: () => emulator.longTermKey },
    { credentials: longTerm },
    { credentials: async () => longTerm },
  ]) {
    const client = new BedrockChatClient({ baseURL, region, ...options });
    assert.isNotEmpty((await client.chat.completions.create({ model, messages })).choices);
  }
  assert.isNotEmpty((await mintBedrockToken({ credentials: longTerm, region })).token);
}, { except: ["chromium", "firefox", "webkit"], why: "it is refused in a page" });

test("in a web worker it is as in a page", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const source = `
    import { BedrockChatClient } from ${JSON.stringify(import.meta.resolve("bedrock-chat"))};
    onmessage = async ({ data }) => {
      try {
        const client = new BedrockChatClient(data.options);
        const answer = await client.chat.completions.create(data.body);
        postMessage({ choices: answer.choices.length });
      } catch (error) {
        postMessage({ name: error.name, path: error.path, message: error.message });
      }
    };
    postMessage("ready");
  `;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address, { type: "module" });
  const next = () =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
    });
  try {
    assert.equal(await next(), "ready");
    const ask = (options) => {
      const answer = next();
      worker.postMessage({ options: { baseURL, region, ...options }, body: { model, messages } });
      return answer;
    };
    for (const options of [{ apiKey: emulator.longTermKey }, { credentials: longTerm }]) {
      const { name, path } = await ask(options);
      assert.equal(name, "ConfigurationError");
      assert.equal(path, Object.keys(options)[0]);
      assert.deepEqual(await ask({ ...options, dangerouslyAllowBrowser: true }), { choices: 1 });
    }
    for (const options of [{ apiKey: emulator.apiKey }, { credentials: temporary }]) {
      assert.deepEqual(await ask(options), { choices: 1 });
    }
  } finally {
    worker.terminate();
    URL.revokeObjectURL(address);
  }
}, inBrowser);

test("a fetch that is not there", async () => {
  const { fetch } = globalThis;
  globalThis.fetch = undefined;
  try {
    const client = new BedrockChatClient({ region, apiKey: shortKey });
    const error = await fails(client.chat.completions.create({ model, messages }));
    assert.instanceOf(error, ConfigurationError);
    assert.equal(error.path, "fetch");
  } finally {
    globalThis.fetch = fetch;
  }
});

test("fetchOptions cannot change what carries the credentials", async () => {
  const requests = [];
  const fetch = answering('{"choices":[]}', { headers: { "content-type": "application/json" }, requests });
  const client = new BedrockChatClient({ region, credentials: temporary, fetch });
  const fetchOptions = {
    redirect: "follow",
    method: "GET",
    body: "x",
    headers: { authorization: "x" },
    signal: AbortSignal.abort(),
    cache: "no-store",
  };
  await client.chat.completions.create({ model, messages }, { fetchOptions });
  const [{ init }] = requests;
  assert.equal(init.redirect, "manual");
  assert.equal(init.method, "POST");
  assert.notEqual(init.body, "x");
  assert.match(init.headers.get("authorization"), /^AWS4/);
  assert.isFalse(init.signal.aborted);
  assert.equal(init.cache, "no-store");
});
