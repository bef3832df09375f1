// The gateway, from outside: requests in, responses out, and what its owner hears.

import { BedrockChatClient, ConfigurationError } from "bedrock-chat";
import { gateway } from "bedrock-chat/edge";
import { assert, test } from "../harness.js";
import { encode, randomNumbers, turns, until } from "../helpers.js";
import { answer, chunk, clientOf, DONE, event, open, PING, request as asked, says, STOP, Upstream } from "./stream-parts.js";

const { model } = asked;
const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const USAGE = event({ ...chunk({}), choices: [], usage });

const completion = (more) => ({
  id: "c",
  object: "chat.completion",
  created: 1,
  model,
  choices: [{ index: 0, message: { role: "assistant", content: "hello" }, finish_reason: "stop" }],
  usage,
  ...more,
});

/** A request as a server gets it: pages cannot set all of its headers. */
function ask({ path = "/v1/chat/completions", method = "POST", headers = {}, body = asked, signal, stream } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const hasBody = method === "POST" && !stream;
  const request = new Request(`https://gate.test${path}`, { method, body: hasBody ? text : undefined, signal });
  const all = new Headers(method === "POST" ? { "content-type": "application/json", ...headers } : headers);
  Object.defineProperty(request, "headers", { value: all });
  if (stream) Object.defineProperty(request, "body", { value: stream });
  return request;
}

/** A gateway whose Bedrock is `fetch`, and what it was told. */
function gate(fetch, options = {}, clientOptions = { maxRetries: 0 }) {
  const told = { usage: [], errors: [], sent: [] };
  const spy = async (url, init) => {
    told.sent.push({ headers: init.headers, body: JSON.parse(init.body), signal: init.signal });
    return fetch(url, init);
  };
  const handle = gateway({
    client: clientOf(spy, clientOptions),
    models: [model],
    onUsage: (it) => void told.usage.push(it),
    onError: (error, about) => void told.errors.push([error, about]),
    ...options,
  });
  return { handle, told };
}

const answersJson = (value, init) => async () =>
  new Response(JSON.stringify(value), { headers: { "content-type": "application/json" }, ...init });
const streams = (text) => async () => new Response(text, { headers: { "content-type": "text/event-stream" } });

/** The events of a response. */
const events = async (response) =>
  (await response.text())
    .split("\n\n")
    .filter(Boolean)
    .map((text) => text.slice("data: ".length))
    .map((data) => (data === "[DONE]" ? data : JSON.parse(data)));

/** Sends one request, which is refused: its status and the error's code. */
async function refused(handle, request) {
  const response = await handle(request);
  const { error } = await response.json();
  assert.deepEqual(Object.keys(error), ["message", "type", "param", "code"]);
  return [response.status, error.code, error];
}

test("a call, whole", async () => {
  const { handle, told } = gate(answersJson(completion(), { headers: { "content-type": "application/json", "x-amzn-requestid": "r1" } }));
  const response = await handle(ask());
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("x-request-id"), "r1");
  assert.deepEqual(await response.json(), completion());
  assert.deepEqual(told.sent[0].body, asked);
  const [record] = told.usage;
  assert.isAtLeast(record.ms, 0);
  assert.deepInclude(record, { model, key: "", usage, estimated: false, outcome: "done", finishReason: "stop", requestId: "r1" });
  assert.lengthOf(told.usage, 1);
});

test("a call, streamed", async () => {
  const { handle, told } = gate(streams(says("a") + says("b") + STOP + USAGE + DONE));
  const response = await handle(ask({ body: { ...asked, stream: true } }));
  assert.equal(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const all = await events(response);
  assert.deepEqual(all.map((it) => it.choices?.[0]?.delta.content ?? it), ["a", "b", all[2], "[DONE]"]);
  assert.equal(all[2].choices[0].finish_reason, "stop");
  // Its owner wants to know, whatever the client asked for.
  assert.deepEqual(told.sent[0].body.stream_options, { include_usage: true });
  assert.deepInclude(told.usage[0], { usage, estimated: false, outcome: "done" });
  assert.lengthOf(told.usage, 1);
});

test("a client that asks for usage gets it", async () => {
  const { handle } = gate(streams(says("a") + STOP + USAGE + DONE));
  const body = { ...asked, stream: true, stream_options: { include_usage: true } };
  const all = await events(await handle(ask({ body })));
  assert.deepEqual(all.at(-2).usage, usage);
});

test("our own client, through the gateway", async ({ emulator }) => {
  const space = await emulator.space();
  const upstream = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  const handle = gateway({ client: upstream, models: { small: "openai.gpt-oss-20b-1:0" } });
  const client = new BedrockChatClient({
    baseURL: "https://gate.test/v1",
    apiKey: null,
    fetch: (url, init) => handle(new Request(url, init)),
  });
  const body = { model: "small", messages: [{ role: "user", content: "think" }] };
  const whole = await client.chat.completions.create(body);
  assert.equal(whole.model, "small");
  assert.isString(whole.choices[0].message.reasoning);
  const stream = client.chat.completions.stream(body);
  const final = await stream.finalChatCompletion();
  assert.equal(final.model, "small");
  assert.equal(final.choices[0].message.content, whole.choices[0].message.content);
  const [first] = await space.requests();
  assert.equal(first.json().model, "openai.gpt-oss-20b-1:0");
});

test("models", async () => {
  const { handle } = gate(async () => assert.fail("it was asked"), { models: { small: "id-1", "a/b": "id-2" } });
  const list = await (await handle(ask({ method: "GET", path: "/x/models" }))).json();
  assert.deepEqual(list.data.map(({ id }) => id), ["small", "a/b"]);
  const one = await (await handle(ask({ method: "GET", path: "/models/a%2Fb" }))).json();
  assert.deepEqual(one, { id: "a/b", object: "model", created: 0, owned_by: "bedrock" });
  for (const name of ["id-1", "__proto__", "%ff", "constructor"]) {
    assert.deepEqual((await refused(handle, ask({ method: "GET", path: `/models/${name}` }))).slice(0, 2), [404, "model_not_found"]);
  }
});

test("what is no call of it", async () => {
  const { handle, told } = gate(async () => assert.fail("it was asked"), { basePath: "/api/v1" });
  const path = "/api/v1/chat/completions";
  const cases = [
    [{ path: "/api/v1/completions" }, 404, "not_found"],
    [{ path: "/v1/chat/completions" }, 404, "not_found"],
    [{ path: "/api/v1/x/chat/completions" }, 404, "not_found"],
    [{ path: "/api/v1/chat/completions/x" }, 404, "not_found"],
    [{ path, method: "GET" }, 405, "method_not_allowed"],
    [{ path: "/api/v1/models", method: "POST" }, 405, "method_not_allowed"],
    [{ path, headers: { "content-type": "text/plain" } }, 415, "unsupported_media_type"],
    [{ path, headers: { "content-type": "application/jsonp" } }, 415, "unsupported_media_type"],
    [{ path, headers: { "content-encoding": "gzip" } }, 415, "unsupported_media_type"],
    [{ path, body: "{" }, 400, "invalid_json"],
    [{ path, body: "[]" }, 400, "invalid_json"],
    [{ path, body: "null" }, 400, "invalid_json"],
    [{ path, body: "" }, 400, "invalid_json"],
    [{ path, body: { ...asked, model: "other" } }, 404, "model_not_found"],
    [{ path, body: { ...asked, model: ["m"] } }, 404, "model_not_found"],
    [{ path, body: { messages: asked.messages } }, 404, "model_not_found"],
    [{ path, body: { ...asked, model: "__proto__" } }, 404, "model_not_found"],
    [{ path, body: { ...asked, stream: "yes" } }, 400, "invalid_value"],
    [{ path, body: { ...asked, n: "2" } }, 400, "invalid_value"],
    [{ path, body: { ...asked, messages: "no list" } }, 400, "invalid_value"],
    [{ path, body: { model } }, 400, "invalid_value"],
  ];
  for (const [request, status, code] of cases) {
    assert.deepEqual((await refused(handle, ask(request))).slice(0, 2), [status, code], JSON.stringify(request));
  }
  assert.lengthOf(told.usage, 0);
  assert.lengthOf(told.errors.filter(([error]) => error.name !== "InvalidRequestError"), 0);
});

test("options that are wrong", async () => {
  const client = clientOf(async () => {});
  const models = [model];
  const cases = [
    [undefined, "options"],
    [{ models }, "client"],
    [{ client, models: [] }, "models"],
    [{ client, models: {} }, "models"],
    [{ client, models: [undefined] }, "models"],
    [{ client }, "models"],
    [{ client, models, origins: "https://example.com" }, "origins"],
    [{ client, models, origins: ["https://example.com/"] }, "origins"],
    [{ client, models, origins: ["example.com"] }, "origins"],
    [{ client, models, origins: ["https://*.example.com"] }, "origins"],
    [{ client, models, origins: ["https://Example.com"] }, "origins"],
    [{ client, models, origins: ["https://example.com:443"] }, "origins"],
    [{ client, models, origins: ["null"] }, "origins"],
    [{ client, models, basePath: "/api/" }, "basePath"],
    [{ client, models, authorize: "key" }, "authorize"],
    [{ client, models, maxBodyBytes: "1" }, "maxBodyBytes"],
    [{ client, models, maxTokens: 0 }, "maxTokens"],
    [{ client, models, heartbeat: 0 }, "heartbeat"],
    [{ client, models, beginAfter: "1" }, "beginAfter"],
    [{ client, models, parameters: { temperature: 1 } }, "parameters.temperature"],
    [{ client, models, parameters: { model: true } }, "parameters.model"],
    [{ client, models, guardRail: {} }, "guardRail"],
    [Object.create({ guard_rail: {} }, Object.getOwnPropertyDescriptors({ client, models })), "guard_rail"],
    [Object.defineProperty({ client, models }, "guardrails", { value: {} }), "guardrails"],
    [{ client, models, guardrail: "" }, "guardrail"],
    [{ client, models, guardrail: null }, "guardrail"],
  ];
  for (const [options, path] of cases) {
    assert.throws(() => gateway(options), ConfigurationError);
    try {
      gateway(options);
    } catch (error) {
      assert.equal(error.path, path);
    }
  }
  gateway({ client, models, origins: ["https://example.com", "http://localhost:5173", "capacitor://localhost"] });
});

test("origins", async () => {
  const { handle } = gate(answersJson(completion()), { origins: ["https://app.test", "https://b.test:8443"] });
  const headersOf = async (request) => {
    const { status, headers } = await handle(request);
    return [status, headers.get("access-control-allow-origin"), headers.get("vary")];
  };
  const preflight = { method: "OPTIONS", path: "/v1/chat/completions" };
  for (const origin of ["https://app.test", "https://b.test:8443"]) {
    assert.deepEqual(await headersOf(ask({ headers: { origin } })), [200, origin, "Origin"]);
    const asks = { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type, x-stainless-os" };
    const response = await handle(ask({ ...preflight, headers: asks }));
    assert.equal(response.status, 204);
    assert.equal(response.headers.get("access-control-allow-headers"), "content-type, x-stainless-os");
    assert.equal(response.headers.get("access-control-allow-origin"), origin);
  }
  for (const origin of ["https://evil.test", "https://app.test.evil", "https://app.test:1", "http://app.test", "null", "", "*"]) {
    assert.deepEqual(await headersOf(ask({ headers: { origin } })), [403, null, "Origin"], origin);
    assert.deepEqual(await headersOf(ask({ ...preflight, headers: { origin } })), [403, null, "Origin"], origin);
  }
  // Its own pages, behind whatever ends TLS; and what is no page.
  assert.equal((await headersOf(ask({ headers: { origin: "https://gate.test" } })))[0], 200);
  assert.equal((await headersOf(ask({ headers: { origin: "https://outside.test", "sec-fetch-site": "same-origin" } })))[0], 200);
  assert.equal((await headersOf(ask()))[0], 200);
  // A page must be able to read why it was refused.
  const wrong = await handle(ask({ headers: { origin: "https://app.test" }, body: "{" }));
  assert.deepEqual([wrong.status, wrong.headers.get("access-control-allow-origin")], [400, "https://app.test"]);
});

test("all origins", async () => {
  const { handle } = gate(answersJson(completion()), { origins: "*" });
  const { headers } = await handle(ask({ headers: { origin: "https://any.test" } }));
  assert.equal(headers.get("access-control-allow-origin"), "*");
  assert.isNull(headers.get("access-control-allow-credentials"));
});

test("authorize", async () => {
  const words = { yes: true, ann: "ann", no: false, nothing: undefined, moved: Response.json({ moved: true }, { status: 402, headers: { vary: "Cookie" } }) };
  const authorize = async ({ headers }, env) => {
    const who = headers.get("authorization");
    if (who === "throws") throw new Error("the database is at 10.0.0.7");
    assert.equal(env, "env");
    return words[who];
  };
  const { handle, told } = gate(answersJson(completion()), { authorize });
  const as = (authorization) => handle(ask({ headers: { authorization } }), "env");
  assert.equal((await as("yes")).status, 200);
  assert.equal((await as("ann")).status, 200);
  assert.deepEqual(told.usage.map(({ key }) => key), ["", "ann"]);
  for (const who of ["no", "nothing", "stranger"]) assert.equal((await as(who)).status, 401);
  const moved = await as("moved");
  assert.deepEqual(await moved.json(), { moved: true });
  assert.equal(moved.headers.get("vary"), "Cookie, Origin");
  const failed = await as("throws");
  assert.equal(failed.status, 500);
  assert.notInclude(await failed.text(), "10.0.0.7");
  assert.include(told.errors[0][0].message, "10.0.0.7");
  // Nor the models.
  assert.equal((await handle(ask({ method: "GET", path: "/models" }), "env")).status, 401);
  assert.lengthOf(told.sent, 2);
});

test("nobody's guardrail but the owner's", async () => {
  const forged = {
    "x-amzn-bedrock-guardrailidentifier": "forged",
    "x-amzn-bedrock-guardrailversion": "9",
    "x-amzn-bedrock-trace": "ENABLED_FULL",
    "x-amz-security-token": "forged",
    authorization: "Bearer forged",
  };
  const body = {
    ...asked,
    "amazon-bedrock-guardrailConfig": { tagSuffix: "forged" },
    guardrailConfig: { guardrailIdentifier: "forged" },
    extra_headers: { "X-Amzn-Bedrock-GuardrailIdentifier": "forged" },
  };
  const guardrail = { identifier: "gr12345", version: "1", trace: "ENABLED" };
  const trace = { guardrail: { inputAssessment: { gr12345: {} }, arn: "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr12345" } };
  const found = { "amazon-bedrock-guardrailAction": "INTERVENED", "amazon-bedrock-trace": trace };
  for (const stream of [false, true]) {
    const last = event({ ...chunk({}, "content_filter"), ...found });
    const upstream = stream ? streams(says("a") + last + DONE) : answersJson(completion(found));
    const { handle, told } = gate(upstream, { guardrail });
    const text = await (await handle(ask({ headers: forged, body: { ...body, stream } }))).text();
    const [{ headers, body: sent }] = told.sent;
    assert.notInclude(JSON.stringify([sent, [...headers]]), "forged");
    assert.equal(headers.get("x-amzn-bedrock-guardrailidentifier"), "gr12345");
    assert.equal(headers.get("x-amzn-bedrock-guardrailversion"), "1");
    // What it found is for the owner.
    assert.include(text, "INTERVENED");
    assert.notInclude(text, "123456789012");
    assert.notInclude(text, "gr12345");
    assert.equal(told.usage[0].guardrail.action, "INTERVENED");
    assert.include(JSON.stringify(told.usage[0].guardrail), "gr12345");
  }
});

test("parameters", async () => {
  const parameters = {
    temperature: { max: 1 },
    top_p: { value: 0.5 },
    seed: { default: 4 },
    service_tier: true,
    tools: false,
  };
  const { handle, told } = gate(answersJson(completion()), { parameters, maxTokens: 100 });
  const sent = async (more) => {
    const response = await handle(ask({ body: { ...asked, ...more } }));
    assert.equal(response.status, 200);
    const { model: _, messages: __, ...rest } = told.sent.at(-1).body;
    return rest;
  };
  assert.deepEqual(await sent({}), { top_p: 0.5, seed: 4, max_completion_tokens: 100 });
  assert.deepEqual(await sent({ temperature: 2, top_p: 1, seed: 7, n: 5, max_tokens: 1e9, service_tier: "flex", tools: [{}], store: true, x: 1 }), {
    temperature: 1,
    top_p: 0.5,
    seed: 7,
    n: 1,
    max_tokens: 100,
    service_tier: "flex",
  });
  assert.deepEqual(await sent({ max_completion_tokens: 5, max_tokens: null, temperature: null }), {
    top_p: 0.5,
    seed: 4,
    max_completion_tokens: 5,
  });
  // Less than one is no limit, to some.
  for (const [field, value] of [["max_tokens", -1], ["max_completion_tokens", 0], ["n", -1]]) {
    const [status, , { param }] = await refused(handle, ask({ body: { ...asked, [field]: value } }));
    assert.deepEqual([status, param], [400, field]);
  }
  assert.equal((await sent({ max_tokens: 1e300 })).max_tokens, 100);
  for (const field of ["temperature", "max_tokens"]) {
    const [status, , { param }] = await refused(handle, ask({ body: { ...asked, [field]: "1e9" } }));
    assert.deepEqual([status, param], [400, field]);
  }
});

test("prepare, and a client by env", async () => {
  const messages = [{ role: "system", content: "Be brief." }, ...asked.messages];
  const sent = [];
  let made = 0;
  const client = (env) => {
    if (made++ === 0) throw new Error("not yet");
    return clientOf(async (url, init) => {
      sent.push([env.KEY, JSON.parse(init.body)]);
      return answersJson(completion())();
    });
  };
  const prepare = (body, about) => {
    assert.deepInclude(about, { key: "", model });
    return { ...body, messages };
  };
  const handle = gateway({ client, models: [model], prepare });
  const env = { KEY: "k" };
  assert.equal((await handle(ask(), env)).status, 500);
  for (let times = 0; times < 3; times++) assert.equal((await handle(ask(), env)).status, 200);
  assert.deepEqual(sent[0], ["k", { ...asked, messages }]);
  assert.lengthOf(sent, 3);
  // One for all requests: a client is of the module, and stays there.
  assert.equal(made, 2);
  assert.equal((await handle(ask(), { KEY: "other" })).status, 200);
  assert.deepEqual([made, sent[3][0]], [3, "other"]);
});

test("prototypes are nobody's", async () => {
  const { handle, told } = gate(answersJson(completion()));
  const text = `{"__proto__":{"model":"x","stream":true},"constructor":{"prototype":{"polluted":1}},"model":${JSON.stringify(model)},"messages":[{"role":"user","content":"hi","__proto__":{"polluted":1}}]}`;
  assert.equal((await handle(ask({ body: text }))).status, 200);
  assert.isUndefined({}.polluted);
  assert.isUndefined(told.sent[0].body.stream);
  // What is not its own is not there.
  assert.equal((await handle(ask({ body: `{"__proto__":{"model":"${model}"}}` }))).status, 404);
});

test("a request that is too large", async () => {
  const { handle, told } = gate(answersJson(completion()), { maxBodyBytes: 1000 });
  const large = { ...asked, user: "x".repeat(1000) };
  assert.equal((await refused(handle, ask({ body: large })))[0], 413);
  // It says so itself, and nothing of it is read.
  let pulls = 0;
  const source = (piece, end = Infinity) =>
    new ReadableStream(
      {
        pull(controller) {
          if (pulls++ === end) controller.close();
          else controller.enqueue(piece);
        },
      },
      { highWaterMark: 0 },
    );
  const announced = ask({ headers: { "content-length": "1e9" }, stream: source(encode("x")) });
  assert.equal((await refused(handle, announced))[0], 413);
  assert.equal(pulls, 0);
  // It says nothing, or lies, and never ends.
  for (const headers of [{}, { "content-length": "10" }]) {
    pulls = 0;
    assert.equal((await refused(handle, ask({ headers, stream: source(encode("x")) })))[0], 413);
    assert.equal(pulls, 1001);
  }
  assert.lengthOf(told.sent, 0);
});

test("a request in the smallest pieces", async () => {
  const { handle, told } = gate(answersJson(completion()));
  const body = { ...asked, messages: [{ role: "user", content: "漢字 🙂".repeat(2000) }] };
  const bytes = encode(JSON.stringify(body));
  let at = 0;
  const stream = new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, (at += 1)));
      if (at === bytes.length) controller.close();
    },
  });
  assert.equal((await handle(ask({ stream }))).status, 200);
  assert.deepEqual(told.sent[0].body, body);
});

test("a request that does not come to its end", async () => {
  const { handle, told } = gate(answersJson(completion()), { bodyTimeout: 20 });
  const cancelled = open();
  const stream = new ReadableStream({ cancel: cancelled.resolve });
  assert.deepEqual((await refused(handle, ask({ stream }))).slice(0, 2), [408, "request_timeout"]);
  await cancelled.promise;
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("reset by 10.0.0.7")) });
  assert.deepEqual((await refused(handle, ask({ stream: broken }))).slice(0, 2), [400, "request_incomplete"]);
  const latin = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array([123, 34, 255, 34]));
      controller.close();
    },
  });
  assert.deepEqual((await refused(handle, ask({ stream: latin }))).slice(0, 2), [400, "invalid_json"]);
  assert.lengthOf(told.sent, 0);
});

test("errors of Bedrock, and nothing of the account", async () => {
  const secret = "User: arn:aws:iam::123456789012:user/ann is not authorized, key bedrock-api-key-abcdefgh12345678";
  const cases = [
    [400, { error: { message: "messages: too long, see arn:aws:bedrock:us-east-1:123456789012:x/y", code: "too_long", param: "messages" } }, 400, "too_long"],
    [400, { message: "The guardrail identifier gr12345 or version is invalid" }, 500, null],
    [401, { message: secret }, 500, null],
    [403, { message: secret }, 500, null],
    [404, { error: { message: secret, code: "model_not_found" } }, 500, null],
    [408, { message: secret }, 504, null],
    [413, { message: secret }, 413, null],
    [424, { message: secret }, 502, null],
    [429, { message: "Too many tokens, account 123456789012" }, 429, null],
    [500, { message: secret }, 502, null],
    [503, { message: secret }, 503, null],
  ];
  for (const [status, body, expected, code] of cases) {
    const headers = { "content-type": "application/json", "retry-after": "7" };
    const { handle, told } = gate(answersJson(body, { status, headers }));
    for (const stream of [false, true]) {
      const response = await handle(ask({ body: { ...asked, stream } }));
      const { error } = await response.json();
      assert.equal(response.status, expected, status);
      assert.notMatch(JSON.stringify(error), /123456789012|arn:|gr12345|bedrock-api-key|ann/);
      assert.equal(error.code, code);
      assert.equal(response.headers.get("retry-after"), "7");
    }
    assert.lengthOf(told.usage, 0);
    assert.lengthOf(told.errors, 2);
  }
});

test("what may be told of an error, besides its message", async () => {
  const arn = "arn:aws:bedrock:us-east-1:123456789012:x/y";
  const error = { message: `no ${arn}`, code: arn, type: `t ${arn}`, param: `messages, ${arn}` };
  const whole = gate(answersJson({ error }, { status: 400 }));
  const streamed = gate(streams(says("a") + event({ error })));
  for (const [{ handle }, stream] of [[whole, false], [whole, true], [streamed, true]]) {
    const text = await (await handle(ask({ body: { ...asked, stream } }))).text();
    assert.include(text, "…");
    assert.notMatch(text, /123456789012|arn:/);
  }
});

test("a word of the client's own is no guardrail", async () => {
  const named = (name) => ({ type: "function", function: { name, parameters: { type: "object" } } });
  const cases = [
    [["guardrail_lookup"], "Invalid schema for function 'guardrail_lookup'", 400],
    [["myGuardrail", "x"], "myGuardrail, x: no such type", 400],
    [["x"], "Invalid schema for function 'guardrail_lookup'", 500],
    // Of what a guardrail's settings are called it makes no secret less.
    [["guardrail"], "The guardrail identifier gr12345 or version is invalid", 500],
    [["guardrail_lookup"], "guardrail_lookup: the guardrail gr12345 is not there", 500],
    [["guardrailIdentifier"], "Value 'gr12345' at 'guardrailIdentifier' is invalid", 500],
    [["guardrail_identifier"], "guardrail_identifier gr12345 is invalid", 500],
    [["The guardrail identifier"], "The guardrail identifier gr12345 is invalid", 500],
    [["x-amzn-bedrock-guardrailidentifier"], "x-amzn-bedrock-guardrailidentifier gr12345 is invalid", 500],
  ];
  for (const [names, message, status] of cases) {
    const { handle } = gate(answersJson({ message }, { status: 400 }));
    const [found, , error] = await refused(handle, ask({ body: { ...asked, tools: names.map(named) } }));
    assert.equal(found, status, message);
    assert.equal(error.message.includes(message), status === 400);
    const broken = gate(streams(says("a") + event({ error: { message, code: 400, type: "invalid_request_error" } })));
    const all = await events(await broken.handle(ask({ body: { ...asked, stream: true, tools: names.map(named) } })));
    assert.equal(all.at(-1).error.message.includes(message), status === 400);
  }
});

test("errors name the model as their client does", async () => {
  const id = "us.openai.gpt-5.6-sol";
  const messages = [
    [`The model ${id} takes no max_tokens`, "The model small takes no max_tokens"],
    ["Function tools are not supported for gpt-5.6-sol: see OpenAI.", "Function tools are not supported for small: see small."],
    ["Your solution is no gptist's", "Your solution is no gptist's"],
  ];
  for (const [message, expected] of messages) {
    const { handle } = gate(answersJson({ message }, { status: 400 }), { models: { small: id } });
    const [, , error] = await refused(handle, ask({ body: { ...asked, model: "small" } }));
    assert.include(error.message, expected);
    assert.notMatch(error.message, /gpt-5|openai/i);
    const stream = event({ error: { message, code: 400, type: "invalid_request_error" } });
    const streamed = gate(streams(says("a") + stream), { models: { small: id } });
    const all = await events(await streamed.handle(ask({ body: { ...asked, model: "small", stream: true } })));
    assert.notMatch(JSON.stringify(all), /gpt-5|openai/i);
  }
  // Who is told the ids may read them.
  const { handle } = gate(answersJson({ message: `No ${model}` }, { status: 400 }));
  assert.include((await refused(handle, ask()))[2].message, model);
});

test("errors of the network and of the gateway's own", async () => {
  const cases = [
    [gate(async () => Promise.reject(new TypeError("connect to 10.0.0.7 failed"))), 502],
    [gate(async () => new Promise(() => {}), {}, { maxRetries: 0, timeout: 5 }), 504],
    [gate(async () => new Response("")), 502],
    [gate(async () => {}, { prepare: () => Promise.reject(new Error("10.0.0.7")) }), 500],
    [gate(async () => {}, { client: () => Promise.reject(new Error("10.0.0.7")) }), 500],
    [gate(async () => {}, {}, { apiKey: () => Promise.reject(new Error("10.0.0.7")) }), 500],
  ];
  for (const [at, [{ handle, told }, status]] of cases.entries()) {
    const response = await handle(ask());
    const text = await response.text();
    assert.equal(response.status, status, at);
    assert.notInclude(text, "10.0.0.7");
    assert.isString(JSON.parse(text).error.message);
    assert.lengthOf(told.errors, 1);
  }
});

test("a stream that is cut ends with an error", async () => {
  const upstream = new Upstream();
  const { handle, told } = gate(upstream.fetch);
  const response = await handle(ask({ body: { ...asked, stream: true } }));
  upstream.write(says("half an answer"));
  upstream.end();
  const [first, last, ...rest] = await events(response);
  assert.equal(first.choices[0].delta.content, "half an answer");
  assert.equal(last.error.type, "IncompleteStreamError");
  assert.lengthOf(rest, 0);
  const [record] = told.usage;
  assert.deepInclude(record, { outcome: "failed", estimated: true });
  assert.equal(record.usage.completion_tokens, Math.ceil("half an answer".length / 4));
  assert.isAbove(record.usage.prompt_tokens, 0);
  assert.equal(told.errors[0][0].name, "IncompleteStreamError");
});

test("a client that leaves a stream", async () => {
  for (const how of ["cancel", "signal"]) {
    const upstream = new Upstream();
    const { handle, told } = gate(upstream.fetch);
    const leaving = new AbortController();
    const response = await handle(ask({ body: { ...asked, stream: true }, signal: leaving.signal }));
    upstream.write(says("first"));
    const reader = response.body.getReader();
    await reader.read();
    if (how === "cancel") await reader.cancel();
    else leaving.abort();
    await upstream.cancelled.promise;
    assert.lengthOf(told.usage, 1);
    assert.deepInclude(told.usage[0], { outcome: "aborted", estimated: true });
    assert.equal(told.usage[0].usage.completion_tokens, 2);
    assert.lengthOf(told.errors, 0);
  }
});

test("a client that leaves before the answer", async () => {
  for (const stream of [false, true]) {
    const sent = open();
    const { handle, told } = gate((url, { signal }) => {
      sent.resolve();
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    const leaving = new AbortController();
    const answering = handle(ask({ body: { ...asked, stream }, signal: leaving.signal }));
    await sent.promise;
    leaving.abort();
    await answering;
    assert.isTrue(told.sent[0].signal.aborted);
    assert.lengthOf(told.usage, 1);
    assert.deepInclude(told.usage[0], { outcome: "aborted", estimated: true });
    assert.equal(told.usage[0].usage.completion_tokens, 0);
  }
  // And one who was never there.
  const { handle, told } = gate(async () => assert.fail("it was asked"));
  await handle(ask({ signal: AbortSignal.abort() }));
  assert.lengthOf(told.usage, 0);
});

test("what came together goes on together", async () => {
  const upstream = new Upstream();
  const { handle } = gate(upstream.fetch);
  const response = await handle(ask({ body: { ...asked, stream: true } }));
  const reader = response.body.getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  upstream.write(says("a") + says("b"));
  assert.equal((await read()).match(/data: /g).length, 2);
  // In pieces that are no larger than they need be, and without what nobody asked for.
  upstream.write(says("x".repeat(100)).repeat(200) + STOP + USAGE + DONE);
  let text = "";
  while (!text.endsWith("[DONE]\n\n")) {
    const piece = await read();
    assert.isBelow(piece.length, 9000);
    text += piece;
  }
  assert.equal(text.match(/data: /g).length, 202);
  assert.notInclude(text, "usage");
});

test("comments while the model is silent, as long as somebody reads", async () => {
  const upstream = new Upstream();
  const { handle, told } = gate(upstream.fetch, { heartbeat: 5 });
  const response = await handle(ask({ body: { ...asked, stream: true } }));
  const reader = response.body.getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  assert.equal(await read(), PING);
  assert.equal(await read(), PING);
  upstream.write(says("a"));
  let text;
  while ((text = await read()) === PING);
  assert.include(text, '"a"');
  upstream.write(STOP + DONE);
  for (text = ""; !text.includes("[DONE]"); text = await read());
  assert.isTrue((await reader.read()).done);
  assert.equal(told.usage[0].outcome, "done");
  // One who has not read the last gets no other.
  let beats = 0;
  const { setTimeout } = globalThis;
  try {
    globalThis.setTimeout = (beat, ms) => setTimeout(() => (beats += ms > 0, beat()), ms);
    const slow = await gate(new Upstream().fetch, { heartbeat: 1 }).handle(ask({ body: { ...asked, stream: true } }));
    await until(() => beats > 10);
    const unread = slow.body.getReader();
    const first = await unread.read();
    assert.equal(new TextDecoder().decode(first.value), PING);
    await unread.cancel();
    const stopped = beats;
    await turns(20);
    assert.equal(beats, stopped);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});

test("a response that begins before Bedrock answers", async () => {
  const body = { ...asked, stream: true };
  const asking = (fetch, options) => gate(fetch, { beginAfter: 5, ...options });
  // It answers late.
  const late = open();
  const { handle, told } = asking(async () => (await late.promise, streams(answer("a"))()));
  const response = await handle(ask({ body }));
  assert.equal(response.status, 200);
  assert.lengthOf(told.usage, 0);
  late.resolve();
  assert.include(await response.text(), '"a"');
  assert.equal(told.usage[0].outcome, "done");
  // In time it is as ever.
  const early = asking(answersJson({ message: "No." }, { status: 400 }), { beginAfter: 10_000 });
  assert.equal((await early.handle(ask({ body }))).status, 400);
  // It fails late.
  const failing = open();
  const failed = asking(async () => (await failing.promise, answersJson({ message: "No." }, { status: 400 })()));
  const broken = await failed.handle(ask({ body }));
  failing.resolve();
  const [{ error }, ...more] = (await events(broken)).filter(({ error }) => error);
  assert.deepEqual([error.message, error.status, more], ["400 No.", 400, []]);
  assert.deepEqual([failed.told.errors.length, failed.told.usage.length], [1, 0]);
  // Its client leaves, or was never there.
  for (const how of ["cancel", "signal", "unread"]) {
    const leaving = new AbortController();
    const { handle, told } = asking(() => new Promise(() => {}), { maxConcurrent: 1, clientTimeout: how === "unread" ? 20 : 60_000 });
    const { body: answer } = await handle(ask({ body, signal: leaving.signal }));
    if (how === "cancel") await answer.cancel();
    if (how === "signal") leaving.abort();
    await until(() => told.usage.length > 0);
    assert.isTrue(told.sent[0].signal.aborted);
    assert.deepInclude(told.usage[0], { outcome: "aborted", estimated: true });
    assert.lengthOf(told.errors, 0);
    // Its place is free.
    assert.equal((await handle(ask({ body }))).status, 200);
    assert.lengthOf(told.usage, 1);
  }
  // What does not stream has nothing to begin with.
  const whole = asking(async () => (await turns(20), answersJson({ message: "No." }, { status: 400 })()));
  assert.equal((await whole.handle(ask())).status, 400);
});

test("no time is too long", async () => {
  const times = { bodyTimeout: Infinity, clientTimeout: Infinity, heartbeat: Infinity, beginAfter: 1e12, maxBodyBytes: Infinity };
  const { handle } = gate(async () => (await turns(3), streams(answer("a"))()), times);
  const slow = new ReadableStream({
    async pull(controller) {
      await turns(3);
      controller.enqueue(encode(JSON.stringify({ ...asked, stream: true })));
      controller.close();
    },
  });
  const response = await handle(ask({ stream: slow }));
  assert.equal(response.status, 200);
  assert.notInclude(await response.text(), PING);
});

test("a client that does not read", async () => {
  const upstream = new Upstream();
  const { handle, told } = gate(upstream.fetch, { clientTimeout: 20, maxConcurrent: 1 });
  const body = { ...asked, stream: true };
  const response = await handle(ask({ body }));
  upstream.write(says("a"));
  await upstream.cancelled.promise;
  assert.lengthOf(told.usage, 1);
  assert.equal(told.usage[0].outcome, "aborted");
  assert.notInclude(await response.text(), "[DONE]");
  // Its place is free again.
  assert.equal((await handle(ask({ body }))).status, 200);
});

test("so many calls at once, by key", async () => {
  const upstreams = [];
  const fetch = (url, init) => {
    upstreams.push(new Upstream());
    return upstreams.at(-1).fetch(url, init);
  };
  const authorize = ({ headers }) => headers.get("authorization");
  const { handle } = gate(fetch, { authorize, maxConcurrent: 2 });
  const as = (authorization) => handle(ask({ headers: { authorization }, body: { ...asked, stream: true } }));
  const [one, two, three, other] = [await as("__proto__"), await as("__proto__"), await as("__proto__"), await as("bob")];
  assert.deepEqual([one, two, three, other].map(({ status }) => status), [200, 200, 429, 200]);
  assert.equal(three.headers.get("retry-after"), "1");
  // One ends well, one is left.
  upstreams[0].write(answer("a"));
  await one.text();
  assert.equal((await as("__proto__")).status, 200);
  assert.equal((await as("__proto__")).status, 429);
  await two.body.cancel();
  assert.equal((await as("__proto__")).status, 200);
});

test("a place is given back, however it ends", async () => {
  const thrown = () => {
    throw new Error("no client");
  };
  for (const create of [thrown, () => ({}), () => ({ withResponse: thrown })]) {
    for (const options of [{}, { beginAfter: 1 }]) {
      const handle = gateway({ client: { chat: { completions: { create } } }, models: [model], maxConcurrent: 1, ...options });
      for (const stream of [false, true, false]) assert.equal((await handle(ask({ body: { ...asked, stream } }))).status, 500);
    }
  }
});

test("what the owner's hooks throw is nobody's", async () => {
  const waited = [];
  const context = { waitUntil: (promise) => void waited.push(promise) };
  const onUsage = async () => {
    throw new Error("the books are closed");
  };
  const { handle } = gate(answersJson(completion()), { onUsage });
  assert.equal((await handle(ask(), undefined, context)).status, 200);
  assert.lengthOf(waited, 1);
  await waited[0];
});

test("200 clients at once, who leave when they like", async () => {
  const random = randomNumbers(14);
  let cancelled = 0;
  let whole = 0;
  const ended = [];
  const fetch = async () => {
    let count = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          count++;
          if (count <= 40) return controller.enqueue(encode(says(`word${count} `)));
          controller.enqueue(encode(STOP + USAGE + DONE));
          controller.close();
          whole++;
        },
        cancel: () => void cancelled++,
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  const { handle, told } = gate(fetch, { maxConcurrent: 200, onUsage: (it) => void ended.push(it) });
  const visit = async () => {
    const leaving = new AbortController();
    const response = await handle(ask({ body: { ...asked, stream: true }, signal: leaving.signal }));
    const reader = response.body.getReader();
    const stay = Math.floor(random() * 60);
    const how = random();
    for (let reads = 0; ; reads++) {
      if (reads === stay) {
        if (how < 0.5) await reader.cancel();
        else leaving.abort();
        return;
      }
      if ((await reader.read()).done) return;
    }
  };
  await Promise.all(Array.from({ length: 200 }, visit));
  // None is left open.
  assert.equal(cancelled + whole, 200);
  assert.isAbove(cancelled, 50);
  assert.lengthOf(ended, 200);
  assert.lengthOf(ended.filter(({ outcome }) => outcome === "aborted"), cancelled);
  assert.lengthOf(told.errors, 0);
});
