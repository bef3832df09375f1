// The package is there, and every part of it answers.

import { BedrockChatClient } from "bedrock-chat";
import { assert, test } from "../harness.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];

test("an answer", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const completion = await client.chat.completions.create({ model, messages });
  assert.isNotEmpty(completion.choices[0].message.content);
});

test("a stream", async ({ emulator }) => {
  const space = await emulator.space();
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey });
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  assert.isNotEmpty(text);
  assert.deepEqual((await space.waitFor("ended")).json(), { model, messages, stream: true });
});

test("a wrong key", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-wrong" });
  const error = await client.chat.completions.create({ model, messages }).then(
    () => assert.fail("it was accepted"),
    (error) => error,
  );
  assert.equal(error.status, 403);
});
