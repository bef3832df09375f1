// Compiled under every way in which TypeScript finds a package (types.test.js).

import BedrockChatClient, { APIError, mintBedrockToken } from "bedrock-chat";
import type { ChatCompletion } from "bedrock-chat";
import { init } from "bedrock-chat/custom";
import module from "bedrock-chat/bedrock_chat.wasm";

export async function app(client = new BedrockChatClient()): Promise<string> {
  init(module);
  const body = { model: "openai.gpt-oss-20b-1:0", messages: [{ role: "user" as const, content: "Hello!" }] };
  const completion: ChatCompletion = await client.chat.completions.create(body);
  const { token } = await mintBedrockToken({
    region: "us-west-2",
    credentials: { accessKeyId: "…", secretAccessKey: "…" },
  });
  try {
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
      const text: string | null | undefined = chunk.choices[0]?.delta.content;
      console.log(text satisfies typeof text, token.length);
    }
  } catch (error) {
    if (error instanceof APIError) console.log(error.status?.toFixed());
  }
  // @ts-expect-error: types have arrived, and are not `any`.
  completion.choices.nothing();
  return completion.choices[0]?.message.content ?? "";
}
