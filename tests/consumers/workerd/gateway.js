// A gateway, and at /told what its owner heard.

import { BedrockChatClient } from "bedrock-chat";
import { gateway } from "bedrock-chat/edge";

const told = [];
let handle;

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === "/told") return Response.json(told);
    handle ??= gateway({
      client: ({ baseURL, apiKey }) => new BedrockChatClient({ baseURL, apiKey, maxRetries: 0 }),
      onUsage: (usage) => void told.push(usage),
      ...env.options,
    });
    return handle(request, env, context);
  },
};
