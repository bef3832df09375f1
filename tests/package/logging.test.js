// Logging: who hears what, and what nobody may hear.

import { BedrockChatClient, ConfigurationError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const secret = "Platypus";
const messages = [{ role: "user", content: `Tell me of the ${secret}.` }];
const levels = ["error", "warn", "info", "debug"];

function recorder() {
  const records = [];
  const logger = {};
  for (const level of levels) {
    logger[level] = function (...given) {
      assert.strictEqual(this, logger);
      records.push([level, ...given]);
    };
  }
  return { records, logger };
}

const failing = { status: 503, headers: { "retry-after-ms": "1" }, json: { message: `${secret} is busy` } };

async function open(emulator, options, setup = {}) {
  const space = await emulator.space(setup);
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey, ...options });
  return { space, create: (more, call) => client.chat.completions.create({ model, messages, ...more }, call), client };
}

const summary = (records) => records.map(([level, text]) => `${level} ${text}`);

test("logging: a call as it goes", async ({ emulator }) => {
  for (const stream of [false, true]) {
    const { records, logger } = recorder();
    const { create, space } = await open(emulator, { logger, logLevel: "debug" }, { steps: [failing] });
    const answer = await create({ stream }, { query: { token: secret } });
    if (stream) await answer.finalChatCompletion();
    assert.deepEqual(summary(records), [
      "debug bedrock-chat: sending",
      "info bedrock-chat: answered",
      "warn bedrock-chat: retrying",
      "debug bedrock-chat: sending",
      "info bedrock-chat: answered",
      "info bedrock-chat: done",
    ]);
    const [sending, answered, retrying, , , done] = records.map(([, , fields]) => fields);
    assert.deepEqual(sending, {
      attempt: 1,
      method: "POST",
      url: `${space.baseURL}/chat/completions`,
      headers: ["accept", "content-type", "authorization"],
    });
    assert.deepInclude(answered, { attempt: 1, status: 503 });
    assert.match(answered.requestID, /^[0-9a-f-]{36}$/);
    assert.isAtLeast(answered.ms, 0);
    assert.deepEqual(retrying, {
      attempt: 1,
      delay: 1,
      error: "InternalServerError",
      status: 503,
      requestID: answered.requestID,
    });
    assert.equal(done.attempts, 2);
    assert.isAtLeast(done.ms, 0);
  }
});

test("logging: a failure", async ({ emulator }) => {
  const { records, logger } = recorder();
  const options = { logger, logLevel: "error", maxRetries: 1 };
  const { create } = await open(emulator, options, { steps: [failing], repeatLast: true });
  for (const stream of [false, true]) {
    const { requestID } = await fails(create({ stream }));
    assert.lengthOf(records, 1);
    const [[level, text, fields]] = records.splice(0);
    assert.equal(`${level} ${text}`, "error bedrock-chat: failed");
    assert.deepInclude(fields, { attempts: 2, error: "InternalServerError", status: 503, requestID });
  }
});

test("logging: a stream that breaks off, and one that is left", async ({ emulator }) => {
  const { records, logger } = recorder();
  const body = 'data: {"choices":[{"delta":{"content":"Half"}}]}\n\n';
  const steps = [{ body }];
  const { create } = await open(emulator, { logger, logLevel: "info" }, { steps });
  await fails((await create({ stream: true })).finalChatCompletion());
  let [level, text, fields] = records.at(-1);
  assert.equal(`${level} ${text}`, "error bedrock-chat: failed");
  assert.equal(fields.error, "IncompleteStreamError");
  for await (const _ of await create({ stream: true })) break;
  [level, text, fields] = records.at(-1);
  assert.equal(`${level} ${text}`, "info bedrock-chat: aborted");
  assert.equal(fields.error, "APIUserAbortError");
});

test("logging: the levels", async ({ emulator }) => {
  const heard = async (options) => {
    const { records, logger } = recorder();
    const { create } = await open(emulator, { logger, ...options }, { steps: [failing] });
    await create();
    return [...new Set(records.map(([level]) => level))];
  };
  assert.deepEqual(await heard({ logLevel: "off" }), []);
  assert.deepEqual(await heard({ logLevel: "error" }), []);
  assert.deepEqual(await heard({ logLevel: "warn" }), ["warn"]);
  assert.deepEqual(await heard({ logLevel: "info" }), ["info", "warn"]);
  assert.deepEqual(await heard({ logLevel: "debug" }), ["debug", "info", "warn"]);
  // Whoever gives a logger gets what openai gives; who does not, nothing.
  assert.deepEqual(await heard({}), ["warn"]);
  assert.deepEqual(await heard({ logger: undefined }), []);
});

test("logging: to the console, and switched on for some calls", async ({ emulator }) => {
  const { client, create } = await open(emulator, {});
  const kept = console.info;
  const heard = [];
  console.info = (...given) => heard.push(given);
  try {
    await create();
    assert.isEmpty(heard);
    await client.withOptions({ logLevel: "info" }).chat.completions.create({ model, messages });
  } finally {
    console.info = kept;
  }
  assert.deepEqual(heard.map(([text]) => text), ["bedrock-chat: answered", "bedrock-chat: done"]);
});

test("logging: never a secret, nor a text", async ({ emulator }) => {
  const { records, logger } = recorder();
  const credentials = {
    accessKeyId: "ASIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: "fixture/session+token==",
  };
  const steps = () => [
    failing,
    { status: 400, json: { error: { message: `${secret}: your key bedrock-api-key-emulator`, code: "x" } } },
    { body: `data: {"error":{"message":"${secret}"}}\n\n` },
    { body: `data: {"${secret}\n\n` },
    { headers: { "content-type": "text/html" }, body: `<title>${secret}</title>` },
    { reset: "before-headers" },
  ];
  const tellTale = {
    query: { token: secret },
    headers: { "x-secret": secret, "x-amz-meta": secret },
    fetchOptions: { referrer: undefined },
  };
  for (const auth of [{}, { apiKey: undefined, credentials, region: "us-east-1" }]) {
    for (const stream of [false, true]) {
      const all = { logger, logLevel: "debug", maxRetries: 1, defaultQuery: { key: secret }, ...auth };
      const { create } = await open(emulator, all, { steps: steps() });
      for (let i = 0; i < 8; i++) {
        const call = create({ stream, user: secret }, { ...tellTale, guardrail: { identifier: `gr${secret}`, version: "1" } });
        const done = stream ? call.then((answer) => answer.finalChatCompletion()) : call;
        await done.catch(() => {});
      }
    }
  }
  // Providers' errors are nobody's business either.
  const apiKey = () => Promise.reject(new Error(secret));
  const { create } = await open(emulator, { logger, logLevel: "debug", apiKey });
  await fails(create());
  assert.isAbove(records.length, 60);
  const written = JSON.stringify(records);
  assert.include(written, "authorization");
  assert.include(written, "x-amz-security-token");
  for (const found of [secret, emulator.apiKey, "bedrock-api-key", "Bearer", "AWS4-HMAC", "Signature", ...Object.values(credentials)]) {
    assert.notInclude(written, found);
  }
  assert.notMatch(written, /[0-9a-f]{64}/);
});

test("logging: a logger that throws does no harm", async ({ emulator }) => {
  const error = new Error("in the logger");
  const thrower = () => {
    throw error;
  };
  const rejecter = () => Promise.reject(error);
  const loggers = [
    { error: thrower, warn: thrower, info: thrower, debug: thrower },
    { error: rejecter, warn: rejecter, info: rejecter, debug: rejecter },
    {},
    { get debug() { throw error; }, info: 1, warn: null },
  ];
  for (const logger of loggers) {
    const { create } = await open(emulator, { logger, logLevel: "debug" }, { steps: [failing] });
    assert.isNotEmpty((await create()).choices);
    const { create: stream } = await open(emulator, { logger, logLevel: "debug" }, { steps: [failing] });
    assert.isNotEmpty((await (await stream({ stream: true })).finalChatCompletion()).choices);
  }
});

test("logging: options that cannot be used", () => {
  const options = { baseURL: "https://example.com/v1", apiKey: null };
  for (const [given, path] of [
    [{ logLevel: "verbose" }, "logLevel"],
    [{ logLevel: 1 }, "logLevel"],
    [{ logger: "console" }, "logger"],
    [{ logger: true }, "logger"],
  ]) {
    let error;
    try {
      new BedrockChatClient({ ...options, ...given });
    } catch (thrown) {
      error = thrown;
    }
    assert.instanceOf(error, ConfigurationError);
    assert.equal(error.path, path);
  }
});
