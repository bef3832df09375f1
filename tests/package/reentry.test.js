// Code of the caller's that runs within ours: it may end what it stands in, and throw where it likes.

import {
  APIUserAbortError,
  BedrockChatClient,
  BedrockError,
  InvalidRequestError,
  mintBedrockToken,
} from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails, turns } from "../helpers.js";

const model = "m";
const messages = [{ role: "user", content: "hi" }];
const baseURL = "https://example.com/v1";
const answer = () =>
  new Response('{"choices":[]}', { headers: { "content-type": "application/json" } });
const stream =
  'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

function client(options) {
  return new BedrockChatClient({ baseURL, apiKey: null, maxRetries: 0, fetch: answer, ...options });
}

test("an abort that came first leaves no rejection that nobody handles", async () => {
  const controller = new AbortController();
  const fetch = async () => {
    controller.abort();
    throw new TypeError("fetch failed");
  };
  const call = client({ fetch }).chat.completions.create({ model, messages }, { signal: controller.signal });
  assert.instanceOf(await fails(call), APIUserAbortError);

  const apiKey = async () => {
    late.abort();
    throw new Error("no key");
  };
  const late = new AbortController();
  const other = client({ apiKey }).chat.completions.create({ model, messages }, { signal: late.signal });
  assert.instanceOf(await fails(other), APIUserAbortError);
});

test("free() from within: the signal of a fetch, a getter of the body", async () => {
  let freed = 0;
  const first = client({
    fetch: (_, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          first.free();
          freed++;
          reject(signal.reason);
        });
      }),
  });
  const call = fails(first.chat.completions.create({ model, messages }));
  await turns();
  first.free();
  assert.instanceOf(await call, APIUserAbortError);
  assert.equal(freed, 1);

  const second = client();
  const body = {
    model,
    messages,
    get x() {
      second.free();
      return 1;
    },
  };
  assert.instanceOf(await fails(second.chat.completions.create(body)), APIUserAbortError);
});

test("what the caller's objects throw comes back, and the client goes on", async () => {
  const own = new Error("mine");
  const thrower = () => {
    throw own;
  };
  const bodies = [
    new Proxy({}, { ownKeys: thrower }),
    new Proxy([], { get: (target, key) => (key === "length" ? thrower() : target[key]) }),
    Object.assign(new Number(1), { valueOf: thrower }),
  ];
  const it = client();
  for (const value of bodies) {
    assert.strictEqual(await fails(it.chat.completions.create({ model, messages, value })), own);
  }
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  const error = await fails(it.chat.completions.create({ model, messages, value: revoked.proxy }));
  assert.instanceOf(error, TypeError);
  let requests = 0;
  const counted = client({ fetch: async () => (requests++, answer()) });
  for (const signal of [
    { addEventListener() {}, removeEventListener() {}, get aborted() { return thrower(); } },
    { addEventListener: () => thrower(), removeEventListener() {} },
  ]) {
    assert.strictEqual(await fails(counted.chat.completions.create({ model, messages }, { signal })), own);
  }
  await turns();
  assert.equal(requests, 0);
  assert.isEmpty((await it.chat.completions.create({ model, messages })).choices);
  it.free();
});

test("what fetch, providers and responses promise may be anything that can be awaited", async () => {
  const body = new TextEncoder().encode('{"choices":[]}').buffer;
  const response = (arrayBuffer) => ({
    status: 200,
    headers: new Headers({ "content-type": "application/json" }),
    bodyUsed: false,
    arrayBuffer,
  });
  /** A promise that is one of the engine's, and has a `then` of its own. */
  const own = (value, then) => Object.assign(Promise.resolve(value), { then });
  const thrower = () => {
    throw new Error("not called");
  };
  const good = {
    "a buffer at once": { fetch: () => response(() => body) },
    "a view": { fetch: () => response(() => new Uint8Array(body)) },
    "a thenable that calls back at once": { fetch: () => response(() => ({ then: (done) => done(body) })) },
    "a thenable that calls back twice": {
      fetch: () => ({
        then(done) {
          done(answer());
          done(answer());
        },
      }),
    },
    "a response at once": { fetch: () => answer() },
    "a promise whose then throws": { fetch: () => own(answer(), thrower) },
    "a promise whose then calls back at once": { fetch: () => own(answer(), (done) => done(answer())) },
    "a provider of a thenable": { apiKey: () => ({ then: (done) => done("bedrock-api-key-x") }) },
    "a provider of a promise whose then throws": { apiKey: () => own("bedrock-api-key-x", thrower) },
  };
  for (const [name, options] of Object.entries(good)) {
    const it = client(options);
    assert.isEmpty((await it.chat.completions.create({ model, messages })).choices, name);
    it.free();
  }
  const bad = {
    nothing: () => undefined,
    "a symbol": () => Symbol("x"),
    "a buffer that is gone": () => {
      const gone = new ArrayBuffer(8);
      structuredClone(gone, { transfer: [gone] });
      return gone;
    },
    "a thenable that throws": () => ({
      then() {
        throw new Error("mine");
      },
    }),
    "an exception": thrower,
  };
  for (const [name, arrayBuffer] of Object.entries(bad)) {
    const it = client({ fetch: () => response(arrayBuffer) });
    assert.instanceOf(await fails(it.chat.completions.create({ model, messages })), BedrockError, name);
    it.free();
  }
  const credentials = () => own({ accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "t" }, thrower);
  const { token } = await mintBedrockToken({ credentials, region: "us-east-1" });
  assert.match(token, /^bedrock-api-key-/);
});

test("a response whose body is odd, or throws", async () => {
  const headers = new Headers({ "content-type": "application/json" });
  const odd = (status, body) => Object.defineProperties({ status, headers }, { body });
  const thrown = { get() { throw new Error("mine"); } };
  for (const body of [{ value: "x" }, { value: 5 }, { value: null }, thrown]) {
    const response = odd(200, body);
    const good = client({ fetch: async () => response });
    assert.strictEqual(await good.chat.completions.create({ model, messages }).asResponse(), response);
    const bad = client({ fetch: async () => odd(500, body) });
    assert.equal((await fails(bad.chat.completions.create({ model, messages }))).status, 500);
  }
});

test("a request without any header", async () => {
  const seen = [];
  const fetch = async (_, { headers }) => {
    seen.push(...headers.keys());
    return answer();
  };
  const it = client({ fetch, defaultHeaders: { accept: null, "content-type": null } });
  assert.isEmpty((await it.chat.completions.create({ model, messages })).choices);
  assert.isEmpty(seen);
});

test("a TextEncoder that is gone or writes no UTF-8 changes no text", async () => {
  const { TextEncoder } = globalThis;
  const content = `${"x".repeat(2000)}\ud800é`;
  const bodies = [];
  const fetch = async (_, { body }) => {
    bodies.push(body);
    return answer();
  };
  const it = client({ fetch });
  class Wrong {
    encode() {
      return Uint8Array.of(0xed, 0xa0, 0x80);
    }
  }
  try {
    for (const other of [undefined, Wrong]) {
      globalThis.TextEncoder = other;
      await it.chat.completions.create({ model, messages: [{ role: "user", content }] });
    }
  } finally {
    globalThis.TextEncoder = TextEncoder;
  }
  const expected = JSON.stringify({ model, messages: [{ role: "user", content }] });
  assert.deepEqual(bodies, [expected, expected]);
  it.free();
});

test("a header that aborts the call while its error is made", async () => {
  const controller = new AbortController();
  const response = {
    status: 500,
    headers: {
      get(name) {
        if (name === "x-amzn-requestid") controller.abort();
        return null;
      },
    },
    body: null,
  };
  const it = client({ fetch: async () => response });
  const call = it.chat.completions.create({ model, messages }, { signal: controller.signal });
  assert.instanceOf(await fails(call), BedrockError);
});

test("a stream whose body was read already is not paid for twice", async () => {
  const requests = [];
  const it = client({ fetch: answering(stream, { requests }), maxRetries: 2 });
  const call = it.chat.completions.create({ model, messages, stream: true });
  await (await call.asResponse()).text();
  const error = await fails(
    (async () => {
      for await (const _ of await call);
    })(),
  );
  assert.instanceOf(error, BedrockError);
  assert.lengthOf(requests, 1);
});

test("a guardrail is checked as it is sent, and does not get lost", async () => {
  const config = { "amazon-bedrock-guardrailConfig": { tagSuffix: "x" } };
  const body = { toJSON: () => ({ model, messages, ...config }) };
  const error = await fails(client().chat.completions.create(body));
  assert.instanceOf(error, InvalidRequestError);
  assert.equal(error.path, "guardrail.identifier");

  const requests = [];
  const guardrail = { identifier: "gr1", version: "1" };
  const fetch = async (url, init) => {
    requests.push(init.headers.get("x-amzn-bedrock-guardrailidentifier"));
    return answer();
  };
  const it = client({ fetch, guardrail });
  await it.withOptions({ guardrail: undefined }).chat.completions.create({ model, messages });
  await it.withOptions({ guardrail: null }).chat.completions.create({ model, messages });
  assert.deepEqual(requests, ["gr1", null]);
});

test("what a stream that is passed on says of an error names no account", async () => {
  const refused = JSON.stringify({ Message: "User: arn:aws:iam::123456789012:user/bob is not authorized" });
  const fetch = async () => new Response(refused, { status: 403 });
  const text = await client({ fetch }).chat.completions.stream({ model, messages }).toSSEResponse().text();
  assert.include(text, "PermissionDeniedError");
  assert.notInclude(text, "123456789012");
});
