// What nobody hears of, with `openai` and with ours: each program is a process of its own.

import { spawn } from "node:child_process";
import { assert, test } from "../harness.js";

const clients = {
  openai: 'import { OpenAI as Client } from "openai"; const options = {};',
  ours: 'import { BedrockChatClient as Client } from "bedrock-chat"; const options = { endpoint: "mantle" };',
};

/** What a program prints; its unhandled rejections are printed by their names. */
function run(client, program) {
  const code = `${clients[client]}
    process.on("unhandledRejection", (error) => console.log("unhandled", Object.getPrototypeOf(error).constructor.name));
    const fetch = async () => Response.json({ error: { message: "no" } }, { status: 400 });
    const client = new Client({ ...options, baseURL: "https://bedrock.test/v1", apiKey: "bedrock-api-key-x", fetch, maxRetries: 0 });
    const body = { model: "m", messages: [{ role: "user", content: "Hi" }] };
    const tools = [{ type: "function", function: { name: "f", description: "", parameters: {}, function: () => 1 } }];
    const { completions } = client.chat;
    ${program}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (printed += text));
  return new Promise((end) => child.on("close", () => end(printed)));
}

const programs = {
  "a stream that nobody waits for": "completions.stream(body);",
  "a stream that somebody listens to": 'completions.stream(body).on("content", () => {});',
  "a stream whose error is heard": 'completions.stream(body).on("error", () => console.log("error"));',
  "a stream whose end is waited for": 'await completions.stream(body).done().catch(() => console.log("caught"));',
  "a stream that is iterated": 'try { for await (const _ of completions.stream(body)); } catch { console.log("caught"); }',
  "a stream whose event is waited for": 'await completions.stream(body).emitted("content").catch(() => console.log("caught"));',
  "a run that nobody waits for": "completions.runTools({ ...body, tools });",
  "a run whose error is heard": 'completions.runTools({ ...body, tools }).on("error", () => console.log("error"));',
  "a run that is waited for": 'await completions.runTools({ ...body, tools }).finalContent().catch(() => console.log("caught"));',
  "a streamed run that nobody waits for": "completions.runTools({ ...body, tools, stream: true });",
  "a streamed run whose error is heard": 'completions.runTools({ ...body, tools, stream: true }).on("error", () => console.log("error"));',
  "an abort that nobody hears of": 'const it = completions.stream(body).on("content", () => {}); it.abort();',
  "an abort that is heard": 'const it = completions.stream(body).on("abort", () => console.log("abort")); it.abort();',
};

/** Ours reads nothing that nobody wants, and so hears of no error of it. */
const different = { "a stream that nobody waits for": "" };

for (const [name, program] of Object.entries(programs)) {
  test(`unhandled: ${name}`, async () => {
    const [expected, found] = await Promise.all([run("openai", program), run("ours", program)]);
    assert.equal(found, different[name] ?? expected);
  });
}
