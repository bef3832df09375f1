// What a program sees with the npm package `openai`, and with ours: for the tests that compare both.

import { BedrockChatClient } from "bedrock-chat";
import OpenAI from "openai";
import { assert, test } from "../harness.js";

export const model = "openai.gpt-oss-20b";
export const user = (content) => [{ role: "user", content }];

/** What differs from call to call, and what only we have. */
// What was read of `reasoning` is put together in ours alone.
const OWN = ["reasoning", "id", "created", "_request_id", "obfuscation", "guardrail", "tool_call_id"];

/**
 * Ours does not add `parsed: null` where nothing was to be parsed; and it has no `undefined`, null
 * `logprobs` or role that nobody sent.
 */
const EMPTY = ["parsed", "parsed_arguments", "logprobs", "refusal", "role"];

export function plain(value) {
  if (value instanceof Error) return { error: className(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (Object(value) !== value) return value;
  const kept = Object.entries(value).filter(
    ([name, it]) => it !== undefined && !OWN.includes(name) && !(EMPTY.includes(name) && it === null),
  );
  const tidy = (name, it) => (name.startsWith("parsed") ? trimmed(it) : it);
  return Object.fromEntries(kept.sort().map(([name, it]) => [name, tidy(name, plain(it))]));
}

/** What has no value that could be compared, and what only we have. */
const VARYING = ["id", "created", "_request_id", "request_id", "tool_call_id", "requestID"];
const OURS = ["reasoning", "guardrail", "obfuscation"];

/** A value with all its nulls, as text. The order of its fields is not looked at: theirs has none. */
export function exact(value) {
  if (value instanceof Error) return className(value);
  if (Array.isArray(value)) return `[${value.map(exact).join()}]`;
  if (Object(value) !== value || typeof value === "function") return typeof value === "function" ? "function" : `${JSON.stringify(value)}`;
  const names = Object.keys(value).filter((name) => value[name] !== undefined && !OURS.includes(name));
  const text = (name) => (VARYING.includes(name) && value[name] ? typeof value[name] : exact(value[name]));
  return `{${names.sort().map((name) => `${name}:${text(name)}`).join()}}`;
}

/** Theirs leaves the space at the end of an unfinished string away. */
const trimmed = (it) => JSON.parse(JSON.stringify(it).replace(/ +(?=")/g, ""));

const className = (error) => {
  const { name } = Object.getPrototypeOf(error).constructor;
  // What is no JSON is theirs a bare exception, and in a stream the cause of an error.
  if (name === "StructuredOutputError" || error.cause instanceof SyntaxError) return "SyntaxError";
  return name === "OpenAIError" ? "BedrockError" : name;
};

/** What the program logs. `options` are for both clients. */
async function transcript(Client, options, program) {
  const lines = [];
  // At once: what is logged may grow.
  const log = (...items) => lines.push(JSON.stringify(plain(items)));
  const isOurs = Client === BedrockChatClient;
  const client = new Client({ maxRetries: 0, ...(isOurs && { endpoint: "mantle" }), ...options });
  try {
    await program(client, log);
  } catch (error) {
    log("thrown", error);
  }
  return lines;
}

function compare(found, expected) {
  assert.isNotEmpty(expected);
  // The first that differs: all of them are too many to read.
  const at = expected.findIndex((line, place) => line !== found[place]);
  if (at >= 0) assert.equal(found[at], expected[at], `line ${at}`);
  assert.lengthOf(found, expected.length);
}

/** Against the local Bedrock: the transcripts and the requests are the same. */
export function same(name, program, setup = {}) {
  test(`openai: ${name}`, async ({ emulator }) => {
    const { apiKey } = emulator;
    const [theirs, ours] = [await emulator.space(setup), await emulator.space(setup)];
    const expected = await transcript(OpenAI, { baseURL: theirs.mantleURL, apiKey }, program);
    const found = await transcript(BedrockChatClient, { baseURL: ours.mantleURL, apiKey }, program);
    compare(found, expected);
    const bodies = async (space) => (await space.requests()).map((it) => plain(it.body ? it.json() : null));
    assert.deepEqual(await bodies(ours), await bodies(theirs));
  });
}

/** Against answers that are given one after the other: texts, or functions of the request's `init`. */
export function scripted(name, answers, program) {
  test(`openai: ${name}`, async () => {
    const run = async (Client) => {
      const bodies = [];
      const fetch = async (_, init) => {
        const answer = answers[Math.min(bodies.length, answers.length - 1)];
        bodies.push(init.body ? plain(JSON.parse(init.body)) : null);
        return typeof answer === "function" ? answer(init) : stream(answer);
      };
      const baseURL = "https://bedrock.test/v1";
      return [await transcript(Client, { baseURL, apiKey: "bedrock-api-key-x", fetch }, program), bodies];
    };
    const [expected, theirs] = await run(OpenAI);
    const [found, ours] = await run(BedrockChatClient);
    compare(found, expected);
    assert.deepEqual(ours, theirs);
  });
}

/** A response that is an event stream, of a text or of chunks. */
export const stream = (events) => {
  const text = typeof events === "string" ? events : events.map((it) => `data: ${JSON.stringify(it)}\n\n`).join("");
  return new Response(`${text}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } });
};

/** A response that is JSON. */
export const json = (value, status = 200) =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });

/** A chunk with these choices, each `[delta, finish_reason, more]`. */
export const chunk = (...choices) => ({
  id: "c1",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: choices.map(([delta, finish_reason = null, more], index) => ({ index, delta, finish_reason, ...more })),
});

/** A completion with this message. */
export const completion = (message, finish_reason = "stop", usage = undefined) => ({
  id: "c1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: null, refusal: null, ...message }, finish_reason, logprobs: null }],
  ...(usage && { usage }),
});

/** The call of a function, as a message has it. */
export const call = (name, args, id = `call_${name}`) => ({
  id,
  type: "function",
  function: { name, arguments: JSON.stringify(args) },
});

export const EVENTS = [
  "connect",
  "chunk",
  "content",
  "content.delta",
  "content.done",
  "refusal.delta",
  "refusal.done",
  "logprobs.content.delta",
  "logprobs.content.done",
  "logprobs.refusal.delta",
  "logprobs.refusal.done",
  "tool_calls.function.arguments.delta",
  "tool_calls.function.arguments.done",
  "chatCompletion",
  "message",
  "functionToolCall",
  "functionToolCallResult",
  "finalChatCompletion",
  "finalMessage",
  "finalContent",
  "finalFunctionToolCall",
  "finalFunctionToolCallResult",
  "totalUsage",
  "error",
  "abort",
  "end",
];

/** Logs all that happens, and waits for the end. */
export async function watch(stream, log, events = EVENTS) {
  for (const event of events) {
    stream.on(event, (...values) => log(event, ...values));
  }
  try {
    await stream.done();
  } catch (error) {
    log("done", error);
  }
}
