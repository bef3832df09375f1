// A chat in a terminal, the same in Node, Deno and Bun:
//
//   npm install
//   export AWS_REGION=us-east-1 AWS_BEARER_TOKEN_BEDROCK=<your Bedrock API key>
//   node chat.js, bun chat.js, or deno run --allow-net --allow-env chat.js

import { BedrockChatClient } from "bedrock-chat";
import process from "node:process";
import { createInterface } from "node:readline";

const model = "openai.gpt-oss-20b-1:0";
// The region and the key, or AWS credentials, come from the environment.
const client = new BedrockChatClient();
// The model remembers nothing: each question goes with all that was said before.
let messages = [];

process.stdout.write("> ");
for await (const content of createInterface({ input: process.stdin })) {
  const asked = [...messages, { role: "user", content }];
  const stream = client.chat.completions.stream({ model, messages: asked });
  try {
    for await (const text of stream.textStream()) process.stdout.write(text);
    messages = [...asked, { role: "assistant", content: await stream.finalContent() }];
  } catch (error) {
    // What was half said is not remembered.
    console.error(`${error.name}: ${error.message}`, error.hint ?? "");
  }
  process.stdout.write("\n> ");
}
