// The route of the pages here. Whatever else is asked for is `env.page`'s.

import { BedrockChatClient } from "bedrock-chat";
import { fromUIMessages, toUIMessageStreamResponse } from "bedrock-chat/ui";

const parameters = { type: "object", properties: {} };
const tools = [{ type: "function", function: { name: "get_time", description: "The time", parameters } }];

let client;

export default {
  async fetch(request, { page, baseURL, apiKey }) {
    if (request.method !== "POST") return page.fetch(request);
    client ??= new BedrockChatClient({ baseURL, apiKey, maxRetries: 0 });
    const { messages } = await request.json();
    const body = { model: "openai.gpt-oss-20b-1:0", messages: fromUIMessages(messages), tools };
    return toUIMessageStreamResponse(client.chat.completions.stream(body, { signal: request.signal }));
  },
};
