// A server that says back what it was sent: nothing of it reaches who reads errors and logs.

import { BedrockChatClient, BedrockError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const prompt = 'The patient\'s name is "Ada", born in 1815.';
const messages = [{ role: "user", content: prompt }];
const key = "gw_9f8E7d6c/5B4a+3z2Y1x";
const gatewayKey = "qv-7Tr5Es3-Wm1No9p";
const credentials = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "IQoJb3JpZ2luX2VjEJr9+Kx/9JqCq3Zt0ESK5AbcDEfGhIjKlMnOp",
};

const each = (text, write) => Array.from(text, (char) => write(char.charCodeAt(0))).join("");
const hex = (code, length) => code.toString(16).padStart(length, "0");

/** A text as servers, proxies and pages write it. */
const disguises = (text) => [
  text,
  text.toUpperCase(),
  encodeURIComponent(text),
  encodeURIComponent(encodeURIComponent(text)),
  each(text, (code) => `%${hex(code, 2)}`),
  JSON.stringify(text).slice(1, -1),
  each(text, (code) => `\\u${hex(code, 4)}`),
  each(text, (code) => `&#${code};`),
  text.replaceAll('"', "&quot;").replaceAll("/", "&#x2F;"),
];
const disguisesOfSecret = (secret) => [
  ...disguises(secret),
  btoa(secret),
  btoa(`x:${secret}`),
  btoa(`user:${secret}`).replaceAll("=", ""),
  btoa(each(secret, (code) => `${String.fromCharCode(code)}\0`)),
  each(secret, (code) => hex(code, 2)),
  each(secret, (code) => `\\x${hex(code, 2)}`),
  [...secret].reverse().join(""),
  secret.slice(0, 12),
  secret.slice(-12),
];

/** All that an error tells, and what it is made of. */
function textsOf(value, texts = [], seen = new Set()) {
  if (typeof value === "string") texts.push(value);
  if (Object(value) !== value || seen.has(value)) return texts;
  seen.add(value);
  if (value instanceof Headers) texts.push(...[...value].flat());
  if (value instanceof Error) texts.push(value.stack ?? "", value.message, `${value}`);
  for (const name of Object.getOwnPropertyNames(value)) {
    texts.push(name);
    textsOf(value[name], texts, seen);
  }
  return texts;
}

const letters = (text) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");

function holdsNothing(value, said) {
  const all = [...textsOf(value), JSON.stringify(value) ?? ""].map(letters);
  for (const text of said) {
    const sought = letters(text);
    // Few characters, however long they are when they are escaped.
    const length = Math.min(sought.length, Math.max(12, Math.ceil(sought.length / 2)));
    for (let at = 0; at + length <= sought.length; at++) {
      const piece = sought.slice(at, at + length);
      for (const one of all) if (one.includes(piece)) assert.fail(`${text} in ${one}`);
    }
  }
}

/** What a server says of a text: a status, headers and a body. */
const answers = (said) => {
  const header = JSON.stringify(said).slice(1, -1).replaceAll(/[^ -~]/g, "");
  const headers = { "content-type": "application/json", "x-amzn-requestid": header, "x-request-id": header, "x-said": header };
  const json = (body, status = 400) => ({ status, headers, body: JSON.stringify(body) });
  return [
    json({ error: { message: `No: ${said}`, code: said, param: said, type: said } }),
    json({ __type: said, [said]: [said] }, 500),
    json({ message: { reasons: [said] } }),
    json({ detail: [{ type: "string_type", loc: ["body", said], msg: `Bad '${said}'`, input: said }] }, 422),
    json(said, 200),
    { status: 403, headers: { ...headers, "content-type": header }, body: `<html><title>${said}</title>` },
    { status: 200, headers: { ...headers, "content-type": header }, body: said },
    {
      status: 200,
      headers: { ...headers, "content-type": "text/event-stream" },
      body: `data: ${JSON.stringify({ error: { message: said, code: said } })}\n\n`,
    },
  ];
};

function recorder() {
  const records = [];
  const note = (...given) => records.push(given);
  return { records, logger: { error: note, warn: note, info: note, debug: note } };
}

/** Calls, and what comes of it. */
async function outcomes({ records, logger }, options, fetch, call) {
  const client = new BedrockChatClient({ baseURL: "https://gateway.example/v1", maxRetries: 0, logger, logLevel: "debug", fetch, ...options });
  const create = (more) => client.chat.completions.create({ model, messages, ...more }, call);
  const errors = [await fails(create()), await fails(create({ stream: true }).then((it) => it.finalChatCompletion()))];
  const stream = await create({ stream: true }).catch(() => undefined);
  if (stream) errors.push(await stream.toSSEResponse().text());
  return [...errors, ...records];
}

async function tellNothing(secrets, options, call) {
  for (const said of secrets) {
    for (const { status, headers, body } of answers(said)) {
      const fetch = async () => new Response(body, { status, headers });
      for (const it of await outcomes(recorder(), options, fetch, call)) holdsNothing(it, [said]);
    }
  }
}

test("secrets: a key that is said back", () =>
  tellNothing(disguisesOfSecret(key), { apiKey: key }));

test("secrets: a key of a provider's, and one in a header", async () => {
  await tellNothing([key, `Bearer ${key}`], { apiKey: async () => key });
  await tellNothing(disguisesOfSecret(gatewayKey), { apiKey: null, defaultHeaders: { "x-gateway": gatewayKey } });
  const basic = `Basic ${btoa(`me:${gatewayKey}`)}`;
  const inside = [basic, ...disguisesOfSecret(gatewayKey)];
  await tellNothing(inside, { apiKey: null }, { headers: { authorization: basic } });
});

test("secrets: credentials, and what was signed with them", async () => {
  await tellNothing(Object.values(credentials), { region: "us-east-1", credentials });
  const { records, logger } = recorder();
  const sent = [];
  const fetch = async (_, { headers }) => {
    const authorization = headers.get("authorization");
    sent.push(authorization.split("Signature=")[1]);
    const said = { "x-said": authorization, "x-amzn-requestid": authorization };
    return Response.json({ message: `No ${authorization}` }, { status: 403, headers: said });
  };
  for (const it of await outcomes({ records, logger }, { region: "us-east-1", credentials }, fetch)) {
    holdsNothing(it, sent);
    holdsNothing(it, [credentials.accessKeyId]);
  }
  assert.isNotEmpty(sent);
});

test("secrets: a prompt that is said back", () => tellNothing(disguises(prompt), { apiKey: key }));

test("secrets: what a failed connection says", async () => {
  const said = `GET https://gateway.example/?key=${encodeURIComponent(gatewayKey)} with ${key} failed`;
  const inner = Object.assign(new Error(said), { code: "HPE_INVALID_HEADER_TOKEN", data: `HTTP/1.1 200 OK\r\nx-said: ${key}` });
  const causes = [
    new TypeError("fetch failed", { cause: inner }),
    new AggregateError([inner], "fetch failed"),
    Object.assign(new Error("no"), { request: { headers: { authorization: `Bearer ${key}` } } }),
    said,
    { said, inner },
  ];
  const options = { apiKey: key, defaultQuery: { key: gatewayKey } };
  for (const cause of causes) {
    const broken = () => new ReadableStream({ pull: (controller) => controller.error(cause) });
    for (const fetch of [
      async () => Promise.reject(cause),
      async () => new Response(broken(), { headers: { "content-type": "application/json" } }),
      async () => new Response(broken(), { headers: { "content-type": "text/event-stream" } }),
    ]) {
      for (const it of await outcomes(recorder(), options, fetch)) holdsNothing(it, [key, gatewayKey]);
    }
  }
  const error = await fails(call(causes[0], options));
  assert.deepInclude(error.cause, { name: "TypeError", message: "fetch failed" });
  assert.equal(error.cause.cause.code, "HPE_INVALID_HEADER_TOKEN");
});

const call = (cause, options) =>
  new BedrockChatClient({
    baseURL: "https://gateway.example/v1",
    maxRetries: 0,
    fetch: () => Promise.reject(cause),
    ...options,
  }).chat.completions.create({ model, messages });

test("secrets: a cause without any is the cause, whatever it is", async () => {
  const loop = new Error("no");
  loop.self = loop;
  const causes = [new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") }), loop, { a: 1n, b: () => 1 }, "no", 7];
  for (const cause of causes) {
    const error = await fails(call(cause, { apiKey: key }));
    assert.strictEqual(error.cause, cause);
  }
  const throwing = { get message() { throw new Error(key); } };
  const error = await fails(call(throwing, { apiKey: key }));
  holdsNothing(error, [key]);
  assert.instanceOf(error, BedrockError);
});

test("secrets: what is too large to be looked through is not shown", async () => {
  const large = `${"x".repeat(300_000)} ${key}`;
  const answer = { status: 400, headers: new Headers({ "content-type": "application/json" }), body: null };
  const headers = { get: (name) => (name === "content-type" ? large : answer.headers.get(name)), [Symbol.iterator]: () => [["x-said", large]].values() };
  for (const fetch of [async () => ({ ...answer, headers }), () => Promise.reject(new Error(large))]) {
    for (const it of await outcomes(recorder(), { apiKey: key }, fetch)) holdsNothing(it, [key]);
  }
});

test("secrets: what is none is shown", async () => {
  const id = "5f4dcc3b-0000-4000-8000-000000000001";
  const headers = { "x-request-id": id, "x-amzn-requestid": `Bearer ${key}`, "retry-after": "3", "x-said": "no" };
  const body = { error: { message: "Field required", code: "missing", param: "messages[0].content" } };
  const fetch = async () => Response.json(body, { status: 400, headers });
  const client = new BedrockChatClient({ baseURL: "https://gateway.example/v1", apiKey: key, fetch });
  const error = await fails(client.chat.completions.create({ model, messages }));
  assert.deepInclude(error, { message: "400 Field required", code: "missing", param: "messages[0].content", requestID: id });
  assert.deepEqual(error.error, body.error);
  assert.equal(error.headers.get("retry-after"), "3");
  assert.equal(error.headers.get("x-said"), "no");
  assert.equal(error.headers.get("x-amzn-requestid"), "Bearer [redacted]");
});

test("secrets: the id of an answer has the form of one", async () => {
  const completion = { choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }] };
  const uuid = "5f4dcc3b-0000-4000-8000-0a1b2c3d4e5f";
  for (const [id, shown] of [["req_0123", "req_0123"], [uuid, uuid], ["9f8e7d6c-0000-4000-8000-000000000001", null], [key, null], [btoa(`x:${key}`), null], ["a b", null], ["", null]]) {
    const fetch = async () => Response.json(completion, { headers: { "x-request-id": id } });
    const client = new BedrockChatClient({ baseURL: "https://gateway.example/v1", apiKey: key, defaultHeaders: { "x-key": "9F8e7d6c-1" }, fetch });
    const { data, request_id, response } = await client.chat.completions.create({ model, messages }).withResponse();
    assert.deepEqual([data._request_id, request_id], [shown, shown]);
    assert.equal(response.headers.get("x-request-id"), id);
  }
});
