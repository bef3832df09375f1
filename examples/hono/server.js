import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { BedrockChatClient } from "bedrock-chat";
import { gateway } from "bedrock-chat/edge";
import { Hono } from "hono";

const handle = gateway({
  // The region and the key, or AWS credentials, come from the environment.
  client: new BedrockChatClient(),
  basePath: "/api/openai/v1",
  // The page knows it as `chat`. Which model answers, and how much, is said here.
  models: { chat: "openai.gpt-oss-20b-1:0" },
  maxTokens: 2000,
  // Here belongs a check of yours: who asks, and how often? Each answer is on your bill.
  authorize: () => true,
  onUsage: ({ model, usage, estimated, outcome }) => console.log({ model, ...usage, estimated, outcome }),
});

const app = new Hono();
app.all("/api/*", (context) => handle(context.req.raw));
app.use(serveStatic({ root: "public" }));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT ?? 8080) }, ({ port }) => {
  console.log(`http://localhost:${port}`);
});
