// Functions that provide keys and credentials: when they are asked, and what of their answers.

import {
  APIConnectionTimeoutError,
  APIUserAbortError,
  BedrockChatClient,
  ConfigurationError,
  PermissionDeniedError,
  StreamTimeoutError,
} from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails, turns } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];
const region = "us-east-1";
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const temporary = { accessKeyId: "ASIDEXAMPLE", secretAccessKey, sessionToken: "fixture/session+token==" };
const expired = { ...temporary, sessionToken: "expired-session-token" };
const inMs = (ms) => new Date(Date.now() + ms);
const create = (client, options) => client.chat.completions.create({ model, messages }, options);

/** A provider that answers with these one after the other, the last again and again. */
function provider(...answers) {
  const provide = async () => {
    const answer = answers[Math.min(provide.asked++, answers.length - 1)];
    await turns(2);
    return typeof answer === "function" ? answer() : answer;
  };
  provide.asked = 0;
  return provide;
}

test("providers, sync or async, of keys and of credentials", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const { apiKey } = emulator;
  const thenable = (value) => ({ then: (resolve) => resolve(value) });
  // What @aws-sdk/credential-providers and Cognito's fromCognitoIdentityPool answer with.
  const sdk = {
    ...temporary,
    identityId: "us-east-1:0b1d6c2e-0000-4000-8000-000000000000",
    expiration: inMs(3_600_000),
    $source: { CREDENTIALS_CODE: "e" },
    credentialScope: undefined,
    accountId: "012345678901",
  };
  const given = [
    { apiKey },
    { apiKey: ` ${apiKey}\n` },
    { apiKey: () => apiKey },
    { apiKey: async () => apiKey },
    { apiKey: () => thenable(apiKey) },
    { apiKey: () => ({ token: apiKey, expiration: inMs(3_600_000) }) },
    { apiKey: async () => ({ token: apiKey }) },
    { credentials: temporary },
    { credentials: sdk },
    { credentials: Object.freeze({ ...sdk, expiration: sdk.expiration.toISOString() }) },
    { credentials: () => temporary },
    { credentials: async () => sdk },
    { credentials: async (..._options) => sdk },
    { credentials: () => thenable(sdk) },
    { credentials: { ...sdk, expiration: null } },
    { credentials: temporary, apiKey: null },
    { apiKey, credentials: null },
  ];
  for (const options of given) {
    const client = new BedrockChatClient({ baseURL, region, ...options });
    assert.isNotEmpty((await create(client)).choices);
  }
});

test("a provider is called without arguments, and without `this`", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  let seen;
  const credentials = function (...args) {
    seen = [this, args];
    return temporary;
  };
  await create(new BedrockChatClient({ baseURL, region, credentials }));
  assert.deepEqual(seen, [undefined, []]);
});

test("ten calls at once: one refresh", async ({ emulator }) => {
  const space = await emulator.space();
  for (const [name, answer] of [
    ["credentials", temporary],
    ["credentials", { ...temporary, expiration: inMs(3_600_000) }],
    ["apiKey", { token: emulator.apiKey, expiration: inMs(3_600_000) }],
    ["apiKey", emulator.apiKey],
  ]) {
    const provide = provider(answer);
    const client = new BedrockChatClient({ baseURL: space.baseURL, region, [name]: provide });
    await Promise.all(Array.from({ length: 10 }, () => create(client)));
    assert.equal(provide.asked, 1, name);
    await create(client);
    // A plain key tells no expiration: its provider is asked for every attempt.
    assert.equal(provide.asked, typeof answer === "string" ? 2 : 1);
  }
});

test("kept until a minute before the expiration", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const lives = [
    [3_600_000, 1],
    [70_000, 1],
    [59_000, 3],
    [1_000, 3],
    [-1_000, 3],
  ];
  for (const [ms, asked] of lives) {
    for (const name of ["credentials", "apiKey"]) {
      const provide = provider(() =>
        name === "apiKey"
          ? { token: emulator.apiKey, expiration: inMs(ms) }
          : { ...temporary, expiration: inMs(ms) },
      );
      const client = new BedrockChatClient({ baseURL, region, [name]: provide });
      for (let call = 0; call < 3; call++) await create(client);
      assert.equal(provide.asked, asked, `${name}, ${ms} ms`);
    }
  }
});

test("a plain value past its expiration is sent all the same: the service decides", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const credentials = { ...temporary, expiration: inMs(-60_000) };
  const client = new BedrockChatClient({ baseURL, region, credentials });
  assert.isNotEmpty((await create(client)).choices);
});

test("credentials that expire during a run of calls", async ({ emulator }) => {
  const first = { accessKeyId: "ASIAFIRST", secretAccessKey: "one", sessionToken: "first" };
  const second = { accessKeyId: "ASIASECOND", secretAccessKey: "two", sessionToken: "second" };
  const space = await emulator.space({ credentials: [first, second] });
  const provide = provider(first, second);
  const client = new BedrockChatClient({ baseURL: space.baseURL, region, credentials: provide, maxRetries: 0 });
  await create(client);
  await create(client);
  await space.script({ credentials: [{ ...first, expired: true }, second] });
  await create(client);
  await create(client);
  assert.equal(provide.asked, 2);
  const requests = await space.requests();
  assert.deepEqual(requests.map(({ status }) => status), [200, 200, 403, 200, 200]);
  assert.include(requests[3].header("authorization"), "ASIASECOND");
});

test(
  "ten calls at once with expired credentials: one refresh more",
  async ({ emulator }) => {
    const space = await emulator.space();
    const provide = provider(expired, temporary);
    const client = new BedrockChatClient({ baseURL: space.baseURL, region, credentials: provide, maxRetries: 0 });
    await Promise.all(Array.from({ length: 10 }, () => create(client)));
    assert.equal(provide.asked, 2);
  },
  { except: ["workerd"], why: "calls that do not ask in one turn may be of several requests there, and ask each for itself" },
);

test("an expired key is asked for once more: {\"Message\":\"Bearer Token has expired\"}", async ({ emulator }) => {
  const space = await emulator.space();
  const later = inMs(3_600_000);
  for (const [old, fresh] of [
    ["bedrock-api-key-expired", emulator.apiKey],
    [
      { token: "bedrock-api-key-expired", expiration: later },
      { token: emulator.apiKey, expiration: later },
    ],
  ]) {
    const provide = provider(old, fresh);
    const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: provide, maxRetries: 0 });
    const answer = await create(client);
    assert.isNotEmpty(answer.choices);
    assert.equal(provide.asked, 2);
    const text = await client.chat.completions.stream({ model, messages }).finalContent();
    assert.isNotEmpty(text);
  }
});

test("an expired key is asked for once more where a stream says so before its first event", async () => {
  const says = '{"error":{"message":"The security token included in the request is expired","code":"ExpiredTokenException"}}';
  const good = 'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
  const bodies = [`data: ${says}\n\n`, `: hello\n\nevent: error\ndata: ${says}\n\n`, says];
  for (const body of bodies) {
    for (const type of ["text/event-stream", "application/json"]) {
      const sent = [];
      const retried = [];
      const fetch = async (url, { headers }) => {
        sent.push(headers.get("authorization"));
        return new Response(sent.length === 1 ? body : good, { headers: { "content-type": type } });
      };
      const provide = provider("bedrock-api-key-a", "bedrock-api-key-b");
      const onRetry = (event) => retried.push(event);
      const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: provide, fetch, maxRetries: 0, onRetry });
      assert.equal(await client.chat.completions.stream({ model, messages }).finalContent(), "Hi", `${type} ${body}`);
      assert.deepEqual(sent, ["Bearer bedrock-api-key-a", "Bearer bedrock-api-key-b"]);
      assert.isEmpty(retried);
    }
  }
});

test("expired, and expired again: the error, after one more attempt", async ({ emulator }) => {
  const space = await emulator.space();
  for (const [options, attempts] of [
    [{ apiKey: provider("bedrock-api-key-expired") }, 2],
    [{ credentials: provider(expired) }, 2],
    [{ credentials: provider({ ...expired, expiration: inMs(3_600_000) }) }, 2],
    // Nobody to ask.
    [{ apiKey: "bedrock-api-key-expired" }, 1],
    [{ credentials: expired }, 1],
  ]) {
    const client = new BedrockChatClient({ baseURL: space.baseURL, region, ...options });
    const error = await fails(create(client));
    assert.instanceOf(error, PermissionDeniedError);
    // The message may be without it: the key is called so.
    assert.include(error.hint, "expire");
    assert.equal(error.attempts, attempts);
    assert.isFalse(error.retryable);
    const [provide] = Object.values(options);
    if (typeof provide === "function") assert.equal(provide.asked, 2);
  }
});

test("a clock that is off, and then an expired token", async ({ emulator }) => {
  const space = await emulator.space({ clockOffsetMs: -7_200_000 });
  const provide = provider(expired, temporary);
  const client = new BedrockChatClient({ baseURL: space.baseURL, region, credentials: provide, maxRetries: 0 });
  assert.isNotEmpty((await create(client)).choices);
  assert.equal(provide.asked, 2);
});

test("every attempt asks a provider of plain keys", async ({ emulator }) => {
  const busy = { status: 503, headers: { "retry-after-ms": "5" }, json: { message: "busy" } };
  const space = await emulator.space({ steps: [busy, busy] });
  const provide = provider("bedrock-api-key-1", "bedrock-api-key-2", emulator.apiKey);
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: provide });
  await create(client);
  const keys = (await space.requests()).map((request) => request.header("authorization"));
  assert.deepEqual(keys, ["Bearer bedrock-api-key-1", "Bearer bedrock-api-key-2", `Bearer ${emulator.apiKey}`]);
});

test("a provider that throws or rejects: the same object, and the next call asks anew", async ({ emulator }) => {
  const space = await emulator.space();
  for (const name of ["apiKey", "credentials"]) {
    for (const broken of [new TypeError("no key today"), "just text", undefined, null, { code: 7 }]) {
      for (const throws of [true, false]) {
        let asked = 0;
        const provide = () => {
          if (asked++ > 0) return name === "apiKey" ? emulator.apiKey : temporary;
          if (throws) throw broken;
          return Promise.reject(broken);
        };
        const client = new BedrockChatClient({ baseURL: space.baseURL, region, [name]: provide });
        assert.strictEqual(await fails(create(client)), broken);
        assert.equal(asked, 1);
        assert.isNotEmpty((await create(client)).choices);
        assert.equal(asked, 2);
      }
    }
  }
  // In a stream too, which has nothing to retry.
  const broken = new Error("no key today");
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: () => Promise.reject(broken) });
  assert.strictEqual(await fails(client.chat.completions.stream({ model, messages }).finalContent()), broken);
});

test("ten calls at once and a provider that fails: one question, ten times its error", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const broken = new Error("no key today");
  const provide = provider(() => Promise.reject(broken));
  const client = new BedrockChatClient({ baseURL, region, credentials: provide });
  const errors = await Promise.all(Array.from({ length: 10 }, () => fails(create(client))));
  for (const error of errors) assert.strictEqual(error, broken);
  assert.equal(provide.asked, 1);
});

test("a provider that answers with nonsense", async ({ emulator }) => {
  const space = await emulator.space();
  const secret = "S3cr3t/S3cr3t";
  const keys = [
    [undefined, "apiKey"],
    [null, "apiKey"],
    ["", "apiKey"],
    ["  ", "apiKey"],
    [7, "apiKey"],
    [Symbol(secret), "apiKey"],
    [{}, "apiKey"],
    [[secret], "apiKey"],
    [{ token: 7 }, "apiKey.token"],
    [{ apiKey: secret }, "apiKey"],
    [{ token: secret, expiration: "tomorrow" }, "apiKey.expiration"],
    [{ token: secret, expiration: Symbol("x") }, "apiKey.expiration"],
    [`${secret}\nX-Evil: 1`, "apiKey"],
    [`${secret} ${secret}`, "apiKey"],
    [`${secret}é`, "apiKey"],
    [`${secret}\u0000`, "apiKey"],
  ];
  const whole = { accessKeyId: "ASIA", secretAccessKey: secret, sessionToken: secret };
  const credentials = [
    [undefined, "credentials"],
    [null, "credentials"],
    [secret, "credentials"],
    [{}, "credentials.accessKeyId"],
    [[], "credentials.accessKeyId"],
    [{ AccessKeyId: "ASIA", SecretAccessKey: secret }, "credentials.accessKeyId"],
    [{ accessKeyId: "ASIA" }, "credentials.secretAccessKey"],
    [{ ...whole, accessKeyId: 7 }, "credentials.accessKeyId"],
    [{ ...whole, accessKeyId: "A\r\nX-Evil: 1" }, "credentials.accessKeyId"],
    [{ ...whole, secretAccessKey: { toString: () => secret } }, "credentials.secretAccessKey"],
    [{ ...whole, sessionToken: `${secret}\n` }, "credentials.sessionToken"],
    [{ ...whole, sessionToken: 7 }, "credentials.sessionToken"],
    [{ ...whole, expiration: {} }, "credentials.expiration"],
    [{ ...whole, expiration: new Date(Number.NaN) }, "credentials.expiration"],
    [{ ...whole, expiration: 10n }, "credentials.expiration"],
  ];
  for (const [name, cases] of [["apiKey", keys], ["credentials", credentials]]) {
    for (const [answer, path] of cases) {
      const client = new BedrockChatClient({ baseURL: space.baseURL, region, [name]: async () => answer });
      const error = await fails(create(client));
      assert.instanceOf(error, ConfigurationError, path);
      assert.equal(error.path, path, error.message);
      assert.notInclude(`${error}${error.stack}${JSON.stringify(error)}`, secret);
    }
  }
  // A getter of the caller's that throws: its own exception.
  const broken = new Error("no");
  const client = new BedrockChatClient({
    baseURL: space.baseURL,
    region,
    credentials: () => ({
      get accessKeyId() {
        throw broken;
      },
    }),
  });
  assert.strictEqual(await fails(create(client)), broken);
  assert.isEmpty(await space.requests());
});

test("a provider that never answers is left by the caller's signal", async ({ emulator }) => {
  const space = await emulator.space();
  for (const name of ["apiKey", "credentials"]) {
    let asked = 0;
    const provide = () => {
      if (asked++ === 0) return new Promise(() => {});
      return name === "apiKey" ? emulator.apiKey : temporary;
    };
    const client = new BedrockChatClient({ baseURL: space.baseURL, region, [name]: provide });
    const controller = new AbortController();
    const pending = fails(create(client, { signal: controller.signal }));
    await turns();
    controller.abort();
    assert.instanceOf(await pending, APIUserAbortError);
    // And the next call is not left waiting for it.
    assert.isNotEmpty((await create(client)).choices);
    assert.equal(asked, 2);
  }
});

test("one of several who wait for a provider leaves: the others get their answer", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  let answer;
  let asked = 0;
  const provide = () => {
    asked++;
    return new Promise((resolve) => (answer = () => resolve(temporary)));
  };
  const client = new BedrockChatClient({ baseURL, region, credentials: provide });
  const controller = new AbortController();
  const left = fails(create(client, { signal: controller.signal }));
  const stayed = [create(client), create(client)];
  await turns();
  controller.abort();
  assert.instanceOf(await left, APIUserAbortError);
  answer();
  for (const completion of await Promise.all(stayed)) assert.isNotEmpty(completion.choices);
  assert.equal(asked, 1);
});

test("a provider that never answers is under the timeout", async ({ emulator }) => {
  const space = await emulator.space();
  let asked = 0;
  const provide = () => {
    asked++;
    return new Promise(() => {});
  };
  const clientOf = (timeout) =>
    new BedrockChatClient({ baseURL: space.baseURL, region, credentials: provide, timeout, maxRetries: 0 });
  for (const timeout of [{ connect: 50 }, { total: 50 }, 50]) {
    asked = 0;
    const client = clientOf(timeout);
    const whole = await fails(create(client));
    assert.instanceOf(whole, APIConnectionTimeoutError);
    const streamed = await fails(client.chat.completions.stream({ model, messages }).finalContent());
    assert.instanceOf(streamed, StreamTimeoutError);
    assert.equal(streamed.timeout, timeout.connect ? "connect" : "total");
    assert.equal(asked, 2);
  }
  assert.isEmpty(await space.requests());
});

test("a provider that is slow once: the next attempt asks anew", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  let asked = 0;
  const provide = () => (asked++ === 0 ? new Promise(() => {}) : temporary);
  const client = new BedrockChatClient({ baseURL, region, credentials: provide, timeout: { connect: 500 } });
  assert.isNotEmpty((await create(client)).choices);
  assert.equal(asked, 2);
});

test("withOptions: the same provider is not asked anew, another one is", async ({ emulator }) => {
  const space = await emulator.space({ clockOffsetMs: 7_200_000 });
  const provide = provider({ ...temporary, expiration: inMs(36_000_000) });
  const client = new BedrockChatClient({ baseURL: space.baseURL, region, credentials: provide });
  await create(client);
  const derived = client.withOptions({ maxRetries: 0, defaultHeaders: { "x-a": "1" } });
  client.free();
  await Promise.all([create(derived), create(derived.withOptions({ timeout: 9_000 }))]);
  assert.equal(provide.asked, 1);
  // The clock was off for the first call alone.
  assert.deepEqual((await space.requests()).map(({ status }) => status), [403, 200, 200, 200]);
  const other = provider({ ...temporary, expiration: inMs(36_000_000) });
  await create(derived.withOptions({ credentials: other }));
  assert.equal(other.asked, 1);
  await create(derived.withOptions({ credentials: undefined, apiKey: async () => emulator.apiKey }));
  // A client that was freed still has its options.
  await create(client.withOptions({ timeout: 9_000 }));
  assert.equal(provide.asked, 2);
});
