// One streamed answer, by the package as built: node answer.js PACKAGE BASE_URL MODEL QUESTION

import { pathToFileURL } from "node:url";

const [, , entry, baseURL, model, question] = process.argv;
const { BedrockChatClient } = await import(pathToFileURL(entry));

// The proxy has the key; this one goes no further than the proxy.
const client = new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-demo" });
const stream = await client.chat.completions.create({
  model,
  messages: [{ role: "user", content: question }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? "");
process.stdout.write("\n");
