import { BedrockChatClient } from "bedrock-chat";
import { env } from "cloudflare:workers";

const client = new BedrockChatClient({
  region: env.AWS_REGION,
  apiKey: env.AWS_BEARER_TOKEN_BEDROCK,
  // For a local Bedrock only; the real one where it is not set.
  baseURL: env.AWS_BEDROCK_BASE_URL,
});

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (request.method !== "POST" || pathname !== "/api/openai/v1/chat/completions") {
      return new Response("Not found", { status: 404 });
    }
    // Here belongs a check of yours: who asks, and how often? Each answer is on your bill.
    const { messages } = await request.json();
    // The page says what is asked; which model answers, and how much, is said here.
    const body = { model: "openai.gpt-oss-20b-1:0", messages, max_completion_tokens: 2000 };
    // If the page leaves, the model stops too.
    return client.chat.completions.stream(body, { signal: request.signal }).toSSEResponse();
  },
};
