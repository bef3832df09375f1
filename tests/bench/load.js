// Many streams at once from a server with faults, for a while: how each of them ends.
//
// node --expose-gc load.js '{"who":"ours","seconds":60,"streams":200,"seed":1}'

import { fork } from "node:child_process";
import { once } from "node:events";
import { request } from "./data.js";
import { textOf } from "./faulty.js";

const { who, seconds, streams, seed } = JSON.parse(process.argv[2]);

/** What each client is told to wait at most, where it has such an option, in ms. */
const TIMEOUT = 3000;
/** Three attempts that all time out, and the pauses between, take less than this. */
const HANGING = 15_000;

const specifier = { ours: "bedrock-chat", before: "bedrock-chat-before", openai: "openai" }[who];
const library = await import(specifier);
const Client = library.BedrockChatClient ?? library.OpenAI;
const Typed = library.BedrockError ?? library.OpenAIError;
const phases = { connect: TIMEOUT, firstToken: TIMEOUT, idle: TIMEOUT };

const server = fork(new URL("faulty.js", import.meta.url), [String(seed)]);
const [port] = await once(server, "message");
const client = new Client({
  baseURL: `http://127.0.0.1:${port}/v1`,
  apiKey: "bedrock-api-key-for-the-benchmark",
  timeout: who === "openai" ? TIMEOUT : phases,
  maxRetries: 2,
  logLevel: "off",
});

/** How many ended how, and by which errors. */
const outcomes = { right: 0, typed: 0, wrong: 0, hanging: 0, untyped: 0, uncaught: 0 };
const errors = {};

function note(error) {
  const name = error?.constructor?.name ?? typeof error;
  errors[name] = (errors[name] ?? 0) + 1;
}

for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error) => {
    outcomes.uncaught++;
    note(error);
  });
}

async function run(call, signal) {
  let text = "";
  let finish;
  try {
    const body = { ...request, messages: [{ role: "user", content: `call ${call}` }], stream: true };
    for await (const { choices } of await client.chat.completions.create(body, { signal })) {
      text += choices[0]?.delta?.content ?? "";
      finish = choices[0]?.finish_reason ?? finish;
    }
  } catch (error) {
    if (!signal.aborted) note(error);
    return error instanceof Typed ? "typed" : "untyped";
  }
  return finish === "stop" && text === textOf(call) ? "right" : "wrong";
}

let calls = 0;
let inTime = 0;
const memory = () => {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

async function slot(until) {
  while (performance.now() < until) {
    const controller = new AbortController();
    let timer;
    const hanging = new Promise((resolve) => {
      timer = setTimeout(resolve, HANGING, "hanging");
    });
    const outcome = await Promise.race([run(calls++, controller.signal), hanging]);
    clearTimeout(timer);
    outcomes[outcome]++;
    if (performance.now() < until) inTime++;
    if (outcome === "hanging") controller.abort();
  }
}

// The first call loads what the process needs for any.
await run(calls++, new AbortController().signal);
const before = memory();
const { rss } = process.memoryUsage();
const cpuBefore = process.cpuUsage();
const until = performance.now() + seconds * 1000;
await Promise.all(Array.from({ length: streams }, () => slot(until)));
const { user, system } = process.cpuUsage(cpuBefore);
const peak = process.resourceUsage().maxRSS * 1024 - rss;
// For the last ones' sockets to close.
await new Promise((resolve) => setTimeout(resolve, 500));
const kept = memory() - before;
const cpu = (user + system) / (calls - 1);
console.log(JSON.stringify({ outcomes, errors, seconds, calls: calls - 1, perSecond: inTime / seconds, cpu, peak, kept }));
process.exit();
