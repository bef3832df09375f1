// The entries beside the client, as programs use them.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import type { LanguageModelV4, ProviderV4 } from "@ai-sdk/provider";
import { DefaultChatTransport, generateText, streamText, type ChatTransport, type UIMessage } from "ai";
import { BedrockChatClient } from "bedrock-chat";
import { createBedrockChat } from "bedrock-chat/ai-sdk";
import { gateway, nodeListener, type GatewayUsage } from "bedrock-chat/edge";
import { chatTransport, fromUIMessages, toUIMessageStreamResponse, uiMessageStream } from "bedrock-chat/ui";

const client = new BedrockChatClient();
const model = "openai.gpt-oss-20b-1:0";

export const handle: (request: Request, env: { KEY: string }) => Promise<Response> = gateway<{ KEY: string }>({
  client: ({ KEY }) => new BedrockChatClient({ apiKey: KEY }),
  models: { small: model },
  origins: ["https://example.com"],
  authorize: async (request, { KEY }) => request.headers.get("authorization") === KEY && "ann",
  parameters: { temperature: { max: 1 }, service_tier: true },
  prepare: (body) => {
    body.messages.unshift({ role: "system", content: "Be brief." });
  },
  onUsage: ({ usage, key }: GatewayUsage) => console.log(key.length, usage.total_tokens.toFixed()),
});

nodeListener(gateway({ client, models: [model] }));

// @ts-expect-error: the models must be named.
gateway({ client });
// @ts-expect-error: no option of a gateway.
gateway({ client, models: [model], guardRail: {} });

// What the AI SDK takes, without any of its types.
const bedrock = createBedrockChat({ client });
export const provider: ProviderV4 = bedrock;
export const languageModel: LanguageModelV4 = bedrock(model);
generateText({ model: bedrock(model), prompt: "Hello!" });
streamText({ model: createOpenAICompatible({ name: "b", baseURL: "" })(model), prompt: "Hello!" });

export const transport: ChatTransport<UIMessage> = chatTransport({ client, request: { model } });
export const other: ChatTransport<UIMessage> = new DefaultChatTransport();

export function route(messages: UIMessage[]): Response {
  const stream = client.chat.completions.stream({ model, messages: fromUIMessages(messages) });
  uiMessageStream(stream, { messageId: "m" }).cancel();
  return toUIMessageStreamResponse(stream, { status: 200, messageMetadata: ({ partial }) => partial.usage });
}
