import { BedrockChatClient } from "bedrock-chat";
import { gateway } from "bedrock-chat/edge";

export default {
  // Paths that are no file in public/ come here.
  fetch: gateway({
    client: (env) =>
      new BedrockChatClient({
        region: env.AWS_REGION,
        apiKey: env.AWS_BEARER_TOKEN_BEDROCK,
        // For a local Bedrock only; the real one where it is not set.
        baseURL: env.AWS_BEDROCK_BASE_URL,
      }),
    basePath: "/api/openai/v1",
    // The page knows it as `chat`. Which model answers, and how much, is said here.
    models: { chat: "openai.gpt-oss-20b-1:0" },
    maxTokens: 2000,
    // Here belongs a check of yours: who asks, and how often? Each answer is on your bill.
    authorize: () => true,
    onUsage: ({ model, usage, estimated, outcome }) => console.log({ model, ...usage, estimated, outcome }),
  }),
};
