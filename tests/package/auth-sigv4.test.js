// Requests signed with AWS credentials. The emulator verifies every one of them with AWS's own
// implementation, the crate aws-sigv4.

import { APIUserAbortError, BedrockChatClient, ConfigurationError, PermissionDeniedError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails, randomNumbers } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const mantleModel = "openai.gpt-oss-20b";
const messages = [{ role: "user", content: "hello" }];
const region = "us-east-1";
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const longTerm = { accessKeyId: "AKIDEXAMPLE", secretAccessKey };
const temporary = { accessKeyId: "ASIDEXAMPLE", secretAccessKey, sessionToken: "fixture/session+token==" };
const guardrail = { identifier: "GR12345", version: "DRAFT", trace: "ENABLED" };

// AWS keys without a session token are refused in a page, unless …
const signing = (baseURL, options) =>
  new BedrockChatClient({
    baseURL,
    region,
    credentials: temporary,
    dangerouslyAllowBrowser: true,
    maxRetries: 0,
    ...options,
  });

/** Every request that the space got was signed, and its signature was right. */
async function allVerified(space, count) {
  const requests = await space.requests();
  assert.lengthOf(requests, count);
  for (const { auth } of requests) assert.deepEqual(auth, { kind: "sigv4", ok: true });
  return requests;
}

test("signed requests, on runtime and on mantle, are what AWS expects", async ({ emulator }) => {
  const space = await emulator.space();
  for (const credentials of [longTerm, temporary]) {
    const runtime = signing(space.baseURL, { credentials });
    assert.isNotEmpty((await runtime.chat.completions.create({ model, messages })).choices);
    assert.isNotEmpty(await runtime.chat.completions.stream({ model, messages }).finalContent());
    const mantle = signing(space.mantleURL, { credentials, endpoint: "mantle" });
    const body = { model: mantleModel, messages };
    assert.isNotEmpty((await mantle.chat.completions.create(body)).choices);
    assert.isNotEmpty(await mantle.chat.completions.stream(body).finalContent());
  }
  const requests = await allVerified(space, 8);
  const scope = (request) => request.header("authorization").match(/Credential=(\S+),/)[1].split("/");
  const date = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  assert.deepEqual(scope(requests[0]).slice(2), [region, "bedrock", "aws4_request"]);
  assert.deepEqual(scope(requests[2]).slice(2), [region, "bedrock-mantle", "aws4_request"]);
  // Not at midnight.
  if (scope(requests[0])[1] !== date) assert.notEqual(date, new Date().toISOString().slice(0, 10));
  assert.isUndefined(requests[0].header("x-amz-security-token"));
  assert.equal(requests[4].header("x-amz-security-token"), temporary.sessionToken);
});

test("signed: guardrail headers and the caller's of AWS's kind", async ({ emulator }) => {
  const space = await emulator.space();
  const client = signing(space.baseURL, { guardrail, defaultHeaders: { "X-Amzn-Thing": "  a   b ", "x-plain": "1" } });
  await client.chat.completions.create({ model, messages }, { headers: { "x-amz-own": "é".length ? "e" : "" } });
  const [request] = await allVerified(space, 1);
  const signed = request.header("authorization").match(/SignedHeaders=([^,]+)/)[1].split(";");
  assert.deepEqual(signed, [
    "content-type",
    "host",
    "x-amz-date",
    "x-amz-own",
    "x-amz-security-token",
    "x-amzn-bedrock-guardrailidentifier",
    "x-amzn-bedrock-guardrailversion",
    "x-amzn-bedrock-trace",
    "x-amzn-thing",
  ]);
  assert.equal(request.header("x-plain"), "1");
});

test("signed: headers of the caller that signing decides", async ({ emulator }) => {
  const space = await emulator.space();
  const client = signing(space.baseURL, { credentials: longTerm });
  const cases = [
    { "content-type": "application/json; charset=utf-8" },
    { "content-type": null },
    { "x-amz-date": "20200101T000000Z" },
    { "x-amz-security-token": "another" },
    { "x-amz-content-sha256": "0".repeat(64) },
    { "X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD" },
  ];
  for (const headers of cases) {
    await client.chat.completions.create({ model, messages }, { headers });
  }
  const [charset] = await allVerified(space, cases.length);
  assert.equal(charset.header("content-type"), "application/json; charset=utf-8");
});

test("signed: the caller's own authorization goes before", async ({ emulator }) => {
  const space = await emulator.space();
  const headers = { Authorization: `Bearer ${emulator.apiKey}` };
  await signing(space.baseURL).chat.completions.create({ model, messages }, { headers });
  const [request] = await space.requests();
  assert.deepEqual(request.auth, { kind: "bearer", ok: true });
  assert.isUndefined(request.header("x-amz-date"));
});

test("signed: odd queries are sent as they were signed", async ({ emulator }) => {
  const space = await emulator.space();
  const queries = [
    { b: "2", a: "1" },
    { a: "b c", "d e": "f+g" },
    { "é": "漢字 🦀", "": "", x: "" },
    { q: "!'()*~-._", r: "/?:@&=+$,;#[]%" },
    [["a", "2"], ["a", "10"], ["a", "1"], ["A", "x"]],
    { percent: "%41%zz%", plus: "+", n: 1, t: true, gone: undefined },
    { lone: "\ud800" },
    { "a=b&c": "d" },
  ];
  for (const query of queries) {
    await signing(space.baseURL).chat.completions.create({ model, messages }, { query });
    const client = signing(space.baseURL, { defaultQuery: query, credentials: longTerm });
    await client.chat.completions.stream({ model, messages }, { query: { z: "1" } }).finalContent();
  }
  const requests = await allVerified(space, 2 * queries.length);
  // In the one form that AWS signs: nobody on the way can read it in another way.
  assert.equal(requests[0].query, "a=1&b=2");
  assert.equal(requests[2].query, "a=b%20c&d%20e=f%2Bg");
  assert.equal(requests[6].query, "q=%21%27%28%29%2A~-._&r=%2F%3F%3A%40%26%3D%2B%24%2C%3B%23%5B%5D%25");
  assert.equal(requests[8].query, "A=x&a=1&a=10&a=2");
});

test("signed: paths and bodies beyond ASCII", async ({ emulator }) => {
  const space = await emulator.space();
  // Where no API is, the emulator answers 200 with an error; the signature is checked all the same.
  for (const path of ["/a b/é/漢/v1", "/a%2Fb/%25/~-._/v1", "/a;b=c/(d)/'e'/*/v1", "/a//b/./c/../d/v1/"]) {
    await fails(signing(space.url + path).chat.completions.create({ model, messages }));
  }
  const texts = ["é 漢字 🦀 \u2028 ẞ 👩‍👩‍👧", "\u0000\u001f\"\\/", "x".repeat(70_000)];
  for (const content of texts) {
    await signing(space.baseURL).chat.completions.create({ model, messages: [{ role: "user", content }] });
  }
  await allVerified(space, 4 + texts.length);
});

test("signed: 200 random requests", async ({ emulator }) => {
  const space = await emulator.space();
  const random = randomNumbers(4);
  const pick = (of) => of[Math.floor(random() * of.length)];
  const alphabet = [..."abcXYZ019 \t-._~!'()*%&=+/?#[]@:;,$\"\\<>{}|^`é漢🦀\u2028"];
  const text = (longest) => Array.from({ length: Math.floor(random() * longest) }, () => pick(alphabet)).join("");
  const ascii = (text) => text.replace(/[^\t\x20-\x7e]/gu, "?");
  const calls = Array.from({ length: 200 }, () => async () => {
    const query = Array.from({ length: Math.floor(random() * 4) }, () => [text(6), text(12)]);
    const headers = { "x-amzn-odd": `a${ascii(text(20))}b`, "x-own": `a${ascii(text(20))}b` };
    const credentials = pick([longTerm, temporary]);
    const client = signing(space.baseURL, { credentials });
    const content = `hello${text(200)}`;
    const stream = random() < 0.3;
    const body = { model, messages: [{ role: "user", content }], stream };
    const answer = await client.chat.completions.create(body, { query, headers });
    if (stream) await answer.finalContent();
  });
  for (let at = 0; at < calls.length; at += 10) {
    await Promise.all(calls.slice(at, at + 10).map((call) => call()));
  }
  await allVerified(space, calls.length);
});

// What somebody on the way might change, each by one character.
const changed = (text, at) => text.slice(0, at) + (text[at] === "1" ? "2" : "1") + text.slice(at + 1);
const changedIn = (text, part) => changed(text, text.indexOf(part) + part.length - 1);
const inHeader = (name, change) => (request) => request.headers.set(name, change(request.headers.get(name)));
const tampered = {
  "the body": (request) => (request.body = changed(request.body, request.body.length - 9)),
  "the path": (request, other) => (request.url = request.url.replace(/\/_s\/[^/]+/, `/_s/${other.id}`)),
  "the query": (request) => (request.url = request.url.replace("a=1", "a=2")),
  "the query's order of names": (request) => (request.url = request.url.replace("a=1", "b=1")),
  "one more in the query": (request) => (request.url += "&c"),
  "the date": inHeader("x-amz-date", (date) => changed(date, date.length - 2)),
  "the scope's date": inHeader("authorization", (text) => changed(text, text.indexOf("/20") + 8)),
  "the region": inHeader("authorization", (text) => text.replace("/us-east-1/", "/us-east-2/")),
  "the service": inHeader("authorization", (text) => text.replace("/bedrock/", "/bedrocl/")),
  "the session token": inHeader("x-amz-security-token", (token) => changed(token, 3)),
  "no session token": (request) => request.headers.delete("x-amz-security-token"),
  "a signed header": inHeader("x-amzn-bedrock-guardrailversion", () => "1"),
  "no guardrail": (request) => {
    for (const name of ["guardrailidentifier", "guardrailversion", "trace"]) {
      request.headers.delete(`x-amzn-bedrock-${name}`);
    }
  },
  "the content type": inHeader("content-type", (type) => `${type};`),
  "the signed headers": inHeader("authorization", (text) => text.replace("content-type;", "")),
  "the signature": inHeader("authorization", (text) => changed(text, text.length - 1)),
  "the access key": inHeader("authorization", (text) => changedIn(text, "ASIDEX")),
  "the algorithm": inHeader("authorization", (text) => text.replace("SHA256", "SHA257")),
};

test("signed: whatever is changed by one character is refused", async ({ emulator }) => {
  const space = await emulator.space();
  const other = await emulator.space();
  for (const stream of [false, true]) {
    for (const [what, change] of Object.entries({ nothing: () => {}, ...tampered })) {
      const fetch = async (url, init) => {
        const request = { url, headers: new Headers(init.headers), body: init.body };
        change(request, other);
        const { headers, body } = request;
        return globalThis.fetch(request.url, { ...init, headers, body });
      };
      const client = signing(space.baseURL, { fetch, guardrail, defaultQuery: { a: 1 } });
      const answer = client.chat.completions.create({ model, messages, stream });
      if (what === "nothing") {
        await answer;
        continue;
      }
      const error = await fails(answer);
      assert.instanceOf(error, PermissionDeniedError, what);
      assert.equal(error.status, 403, what);
      assert.match(`${error.awsErrorType}${error.message}`, /Signature|UnrecognizedClient|Missing/, what);
    }
  }
});

test("signed: for another region, by another secret, with another token", async ({ emulator }) => {
  const { baseURL, mantleURL } = await emulator.space();
  const wrong = [
    { region: "us-east-2" },
    { credentials: { ...temporary, secretAccessKey: `${secretAccessKey}x` } },
    { credentials: { ...temporary, sessionToken: "another" } },
    { credentials: { ...temporary, accessKeyId: "ASIDEXAMPLF" } },
    { credentials: { ...longTerm, sessionToken: temporary.sessionToken } },
    { endpoint: "mantle" },
    { baseURL: mantleURL, endpoint: "runtime" },
  ];
  for (const options of wrong) {
    const client = signing(baseURL, options);
    const id = options.baseURL ? mantleModel : model;
    const error = await fails(client.chat.completions.create({ model: id, messages }));
    assert.instanceOf(error, PermissionDeniedError, JSON.stringify(options));
  }
});

test("signed: every attempt anew", async ({ emulator }) => {
  const steps = [{ auth: true, status: 500, headers: { "retry-after-ms": "1100" }, json: { message: "no" } }];
  const space = await emulator.space({ steps });
  await signing(space.baseURL, { maxRetries: 1 }).chat.completions.create({ model, messages });
  const [first, second] = await allVerified(space, 2);
  assert.notEqual(first.header("x-amz-date"), second.header("x-amz-date"));
  assert.notEqual(first.header("authorization"), second.header("authorization"));
});

test("signed: a large body", async ({ emulator }) => {
  const space = await emulator.space();
  // Above 256 KB the engine hashes it, where it can.
  for (const length of [262_000, 270_000, 3_000_000]) {
    const content = "é".repeat(length / 2);
    const body = { model, messages: [{ role: "user", content }] };
    await signing(space.baseURL).chat.completions.create(body);
  }
  await allVerified(space, 3);
});

test("signed: a large body without WebCrypto, as on a page without HTTPS", async ({ emulator }) => {
  const space = await emulator.space();
  const refuse = () => Promise.reject(new Error("no"));
  const throws = () => {
    throw new Error("no");
  };
  const short = async () => new ArrayBuffer(3);
  const without = [undefined, {}, { digest: refuse }, { digest: throws }, { digest: short }];
  const body = { model, messages: [{ role: "user", content: "x".repeat(300_000) }] };
  for (const subtle of without) {
    Object.defineProperty(crypto, "subtle", { value: subtle, configurable: true });
    try {
      await signing(space.baseURL).chat.completions.create(body);
    } finally {
      delete crypto.subtle;
    }
  }
  await allVerified(space, without.length);
  // One that never answers is left by the caller's signal.
  const subtle = { digest: () => new Promise(() => {}) };
  Object.defineProperty(crypto, "subtle", { value: subtle, configurable: true });
  try {
    const signal = AbortSignal.timeout(50);
    const error = await fails(signing(space.baseURL).chat.completions.create(body, { signal }));
    assert.instanceOf(error, APIUserAbortError);
  } finally {
    delete crypto.subtle;
  }
});

test("signed: the key follows the region, the family and the credentials", async ({ emulator }) => {
  const [east, west] = await Promise.all(["us-east-1", "us-west-2"].map((region) => emulator.space({ region })));
  const inEast = signing(east.baseURL);
  const inWest = inEast.withOptions({ baseURL: west.baseURL, region: "us-west-2" });
  const onMantle = inEast.withOptions({ baseURL: east.mantleURL, endpoint: "mantle" });
  const ofOther = inEast.withOptions({ credentials: longTerm });
  for (const client of [inEast, inWest, onMantle, ofOther, inEast, ofOther, onMantle, inWest]) {
    await client.chat.completions.create({ model: client === onMantle ? mantleModel : model, messages });
  }
  await allVerified(west, 2);
  const requests = await allVerified(east, 6);
  const scopes = requests.map((request) => {
    const [id, , , service] = request.header("authorization").match(/Credential=(\S+),/)[1].split("/");
    return `${id} ${service}`;
  });
  const [first, mantle, other] = ["ASIDEXAMPLE bedrock", "ASIDEXAMPLE bedrock-mantle", "AKIDEXAMPLE bedrock"];
  assert.deepEqual(scopes, [first, mantle, other, first, other, mantle]);
});

test("signed: a region is needed", async () => {
  // Where the environment has none.
  const { AWS_REGION, AWS_DEFAULT_REGION } = globalThis.process?.env ?? {};
  if (AWS_REGION || AWS_DEFAULT_REGION) return;
  // Where the mistake was made: in the constructor.
  const options = { baseURL: "https://example.com/v1", credentials: temporary };
  const error = await fails((async () => new BedrockChatClient(options))());
  assert.instanceOf(error, ConfigurationError);
  assert.equal(error.path, "region");
  // Not by who has a header of his own.
  const fetch = answering('{"choices":[]}', { headers: { "content-type": "application/json" } });
  const own = new BedrockChatClient({ ...options, fetch, defaultHeaders: { authorization: "Bearer x" } });
  assert.isEmpty((await own.chat.completions.create({ model, messages })).choices);
});

test("signed: a clock two hours off is corrected once, and stays so", async ({ emulator }) => {
  for (const clockOffsetMs of [7_200_000, -7_200_000]) {
    for (const stream of [false, true]) {
      const space = await emulator.space({ clockOffsetMs });
      // Not a retry: it is done without any.
      const client = signing(space.baseURL, { maxRetries: 0 });
      const call = async () => {
        const answer = await client.chat.completions.create({ model, messages, stream });
        if (stream) await answer.finalContent();
      };
      await call();
      await call();
      await call();
      const requests = await space.requests();
      assert.deepEqual(requests.map(({ status }) => status), [403, 200, 200, 200]);
    }
  }
});

test("signed: ten calls at once with a clock that is off", async ({ emulator }) => {
  const space = await emulator.space({ clockOffsetMs: 7_200_000 });
  const client = signing(space.baseURL);
  const create = () => client.chat.completions.create({ model, messages });
  await Promise.all(Array.from({ length: 10 }, create));
  await create();
  const statuses = (await space.requests()).map(({ status }) => status);
  assert.isAtMost(statuses.filter((status) => status === 403).length, 10);
  assert.lengthOf(statuses.filter((status) => status === 200), 11);
});

test("signed: a clock that is off, and a page that may not read the Date", async ({ emulator }) => {
  const space = await emulator.space({ clockOffsetMs: -7_200_000 });
  const fetch = async (url, init) => {
    const answer = await globalThis.fetch(url, init);
    const headers = new Headers(answer.headers);
    headers.delete("date");
    return new Response(answer.body, { status: answer.status, headers });
  };
  const client = signing(space.baseURL, { fetch });
  await client.chat.completions.create({ model, messages });
  await client.chat.completions.create({ model, messages });
  assert.deepEqual((await space.requests()).map(({ status }) => status), [403, 200, 200]);
});

test("signed: a clock that cannot be corrected", async ({ emulator }) => {
  // The server contradicts itself: what it calls its time is not what it checks.
  const refusal = {
    status: 403,
    headers: { "x-amzn-errortype": "InvalidSignatureException", date: new Date().toUTCString() },
    json: { message: "Signature expired: is now earlier than" },
  };
  const space = await emulator.space({ steps: [refusal], repeatLast: true });
  const error = await fails(signing(space.baseURL, { maxRetries: 5 }).chat.completions.create({ model, messages }));
  assert.instanceOf(error, PermissionDeniedError);
  assert.isNotEmpty(error.hint);
  assert.isAtMost((await space.requests()).length, 2);
});
