// The client with `create()` alone. Whoever loads the bundle calls `ask`.

import { BedrockChatClient } from "bedrock-chat/lite";

globalThis.ask = async (baseURL) => {
  const client = new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-emulator" });
  const body = { model: "openai.gpt-oss-20b-1:0", messages: [{ role: "user", content: "emoji" }] };
  const completion = await client.chat.completions.create(body);
  let streamed = "";
  for await (const text of (await client.chat.completions.create({ ...body, stream: true })).textStream()) streamed += text;
  return { whole: completion.choices[0].message.content, streamed };
};
