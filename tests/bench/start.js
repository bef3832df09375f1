// CPU time from nothing to the first request: import, construct, call. A fresh process each time.
//
// node start.js ours bedrock-chat

import { request } from "./data.js";

const [name, specifier] = process.argv.slice(2);
const baseURL = "http://127.0.0.1:9/v1";
const apiKey = "bedrock-api-key-for-the-benchmark";

// Node loads these when they are first touched, and whoever sends something touches them.
for (const global of ["fetch", "Headers", "Request", "Response", "ReadableStream", "crypto"]) {
  void globalThis[global];
}

const ours = ({ BedrockChatClient }, fetch) =>
  new BedrockChatClient({ baseURL, apiKey, fetch }).chat.completions.create(request);
const calls = {
  ours,
  before: ours,
  openai: ({ OpenAI }, fetch) =>
    new OpenAI({ baseURL, apiKey, fetch }).chat.completions.create(request),
  ai: ({ generateText, createOpenAICompatible }, fetch) =>
    generateText({
      model: createOpenAICompatible({ name: "bedrock", baseURL, apiKey, fetch })(request.model),
      prompt: request.messages[1].content,
    }),
};

const startedAt = performance.now();
const before = process.cpuUsage();
const fetch = () => {
  const { user, system } = process.cpuUsage(before);
  console.log(JSON.stringify({ cpu: user + system, wall: (performance.now() - startedAt) * 1000 }));
  process.exit(0);
};
await calls[name](await import(specifier), fetch);
