// The requests of AWS's page, as the npm package `openai` sends them and as we do.

import { BedrockChatClient } from "bedrock-chat";
import OpenAI from "openai";
import { assert, test } from "../harness.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [
  { role: "developer", content: "You are a helpful assistant." },
  { role: "user", content: "Hello!" },
];
const guardrailHeaders = {
  "X-Amzn-Bedrock-GuardrailIdentifier": "GR12345",
  "X-Amzn-Bedrock-GuardrailVersion": "DRAFT",
  "X-Amzn-Bedrock-Trace": "ENABLED",
};
const suffix = "xyz";
const guarded = `<amazon-bedrock-guardrails-guardContent_${suffix}>Hello!</amazon-bedrock-guardrails-guardContent_${suffix}>`;
const guardedMessages = [messages[0], { role: "user", content: guarded }];
const guardrailConfig = { "amazon-bedrock-guardrailConfig": { tagSuffix: suffix } };

// What the wire needs; everything else that somebody sends is listed and explained.
const needed = ["accept", "authorization", "content-type"];
const ofFetch = [
  "accept-encoding",
  "accept-language",
  "connection",
  "content-length",
  "host",
  "sec-fetch-mode",
  "user-agent",
];

async function both({ emulator }, { body, headers, ours }) {
  const space = await emulator.space();
  const openai = new OpenAI({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  await openai.chat.completions.create(body, { headers });
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  await ours(client);
  return await space.requests();
}

function same(theirs, ours, extra = []) {
  assert.equal(ours.path, theirs.path);
  assert.equal(ours.query, theirs.query);
  assert.equal(ours.method, theirs.method);
  assert.deepEqual(ours.json(), theirs.json());
  const names = [...needed, ...extra.map((name) => name.toLowerCase())];
  for (const name of names) assert.equal(ours.header(name), theirs.header(name), name);
  const others = ours.headers.map(([name]) => name).filter((name) => !names.includes(name));
  assert.deepEqual(others.filter((name) => !ofFetch.includes(name)), []);
}

test("openai: a developer and a user message", async (context) => {
  const body = { model, messages };
  const [theirs, ours] = await both(context, {
    body,
    ours: (client) => client.chat.completions.create(body),
  });
  same(theirs, ours);
});

test("openai: the same by direct HTTP", async ({ emulator }) => {
  const body = { model, messages };
  const space = await emulator.space();
  await fetch(`${space.baseURL}/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${emulator.apiKey}` },
    body: JSON.stringify(body),
  });
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  await client.chat.completions.create(body);
  const [theirs, ours] = await space.requests();
  assert.equal(ours.body, theirs.body);
  assert.equal(ours.path, "/_s/" + space.id + "/openai/v1/chat/completions");
  for (const name of ["content-type", "authorization"]) {
    assert.equal(ours.header(name), theirs.header(name));
  }
});

test("openai: the guardrail example, by the option", async (context) => {
  const body = { model, messages: guardedMessages };
  const [theirs, ours] = await both(context, {
    body: { ...body, ...guardrailConfig },
    headers: guardrailHeaders,
    ours: (client) =>
      client.chat.completions.create(body, {
        guardrail: { identifier: "GR12345", version: "DRAFT", trace: "ENABLED", tagSuffix: suffix },
      }),
  });
  same(theirs, ours, Object.keys(guardrailHeaders));
});

test("openai: the guardrail example, in openai's spelling", async (context) => {
  const body = { model, messages: guardedMessages, ...guardrailConfig };
  const [theirs, ours] = await both(context, {
    body,
    headers: guardrailHeaders,
    ours: (client) => client.chat.completions.create(body, { headers: guardrailHeaders }),
  });
  same(theirs, ours, Object.keys(guardrailHeaders));
});

test("openai: a stream", async (context) => {
  const body = { model, messages, stream: true, stream_options: { include_usage: true } };
  const [theirs, ours] = await both(context, {
    body,
    ours: async (client) => {
      for await (const _ of await client.chat.completions.create(body));
    },
  });
  same(theirs, ours);
});

test("openai: code written for it runs unchanged", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const results = [];
  for (const Client of [OpenAI, BedrockChatClient]) {
    const client = new Client({ baseURL, apiKey: emulator.apiKey });
    const completion = await client.chat.completions.create({ model, messages });
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
    const { data, response } = await client.chat.completions.create({ model, messages }).withResponse();
    const final = await client.chat.completions.stream({ model, messages }).finalChatCompletion();
    results.push([completion, data, final].map((c) => c.choices[0].message.content).concat(text, response.status));
  }
  assert.deepEqual(results[1], results[0]);
});
