// What the driver must not mix up, and what of the caller's must not run within the module.

import { APIConnectionError, APIUserAbortError, BadRequestError, BedrockChatClient, ConfigurationError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const request = { model: "m", messages: [{ role: "user", content: "Hi" }] };
const headers = { "content-type": "application/json" };
const options = { baseURL: "https://example.com/v1", apiKey: null };

test("driver: the cause of an attempt is not that of the next one", async () => {
  const answers = [
    () => Promise.reject(new TypeError("first")),
    async () => new Response('{"message":"no"}', { status: 400, headers }),
  ];
  const { random } = Math;
  Math.random = () => 0;
  try {
    const client = new BedrockChatClient({ ...options, fetch: () => answers.shift()() });
    const error = await fails(client.chat.completions.create(request));
    assert.instanceOf(error, BadRequestError);
    assert.isUndefined(error.cause);
    assert.equal(error.attempts, 2);
  } finally {
    Math.random = random;
  }
});

test("driver: a limit has no cause, whatever failed before", async () => {
  const answers = [() => Promise.reject(new TypeError("first")), () => new Promise(() => {})];
  const { random } = Math;
  Math.random = () => 0;
  try {
    const fetch = () => answers.shift()();
    const client = new BedrockChatClient({ ...options, fetch, maxRetries: 1, timeout: { connect: 50, firstToken: 50 } });
    const error = await fails(client.chat.completions.create(request));
    assert.equal(error.timeout, "connect");
    assert.isUndefined(error.cause);
  } finally {
    Math.random = random;
  }
});

test("driver: a timeout that is none is refused", async () => {
  for (const timeout of ["5s", "", true, 5n, Symbol("s"), () => 5, -1, 0, NaN]) {
    assert.throws(() => new BedrockChatClient({ ...options, timeout }), ConfigurationError, "timeout");
    const client = new BedrockChatClient({ ...options, fetch: answering("{}", { headers }) });
    const error = await fails(client.chat.completions.create(request, { timeout }));
    assert.instanceOf(error, ConfigurationError, String(timeout));
    assert.equal(error.path, "timeout");
  }
});

test("driver: a signal that throws or comes back when it is let go", async () => {
  const other = new BedrockChatClient({ ...options, fetch: answering('{"choices":[]}', { headers }) });
  const client = new BedrockChatClient({ ...options, fetch: answering('{"choices":[]}', { headers }) });
  let heard;
  let removed = 0;
  const signal = {
    aborted: false,
    addEventListener: (_, listener) => (heard = listener),
    removeEventListener() {
      removed++;
      heard();
      other.free();
      throw new Error("mine");
    },
  };
  for (let round = 0; round < 20; round++) {
    assert.deepEqual((await client.chat.completions.create(request, { signal })).choices, []);
  }
  assert.equal(removed, 20);
  // The module is as it was.
  assert.deepEqual((await client.chat.completions.create(request)).choices, []);
  client.free();
});

test("driver: a runtime whose Headers or AbortController fails sends nothing", async () => {
  // By their prototypes: WebKit's compiled code does not notice a global that was replaced.
  for (const [owner, name] of [[Headers.prototype, "set"], [AbortController.prototype, "signal"]]) {
    const own = Object.getOwnPropertyDescriptor(owner, name);
    let sent = 0;
    const fetch = async () => {
      sent++;
      return new Response('{"choices":[]}', { headers });
    };
    const client = new BedrockChatClient({ ...options, fetch, maxRetries: 0 });
    try {
      const get = () => {
        throw new TypeError("not here");
      };
      Object.defineProperty(owner, name, { get, configurable: true });
      const error = await fails(client.chat.completions.create(request));
      assert.instanceOf(error, APIConnectionError, name);
      assert.instanceOf(error.cause, TypeError, name);
    } finally {
      Object.defineProperty(owner, name, own);
    }
    assert.equal(sent, 0, name);
    // Nothing stays borrowed.
    const call = client.chat.completions.create(request, { signal: AbortSignal.abort() });
    assert.instanceOf(await fails(call), APIUserAbortError);
    client.free();
  }
});
