import { BedrockChatClient, InvalidRequestError } from "bedrock-chat";
import { fromUIMessages, toUIMessageStreamResponse } from "bedrock-chat/ui";

// The region and the key, or AWS credentials, come from the environment. Not while the app is built.
let client;

// The page runs it: see ../../page.js.
const tools = [
  {
    type: "function",
    function: { name: "get_time", description: "The time where the user is", parameters: { type: "object", properties: {} } },
  },
];

export async function POST(request) {
  // Here belongs a check of yours: who asks, and how often? Each answer is on your bill.
  client ??= new BedrockChatClient();
  try {
    const { messages } = await request.json();
    const body = {
      model: process.env.MODEL ?? "openai.gpt-oss-20b-1:0",
      messages: fromUIMessages(messages),
      tools,
      max_completion_tokens: 2000,
    };
    // If the page leaves, the model stops too.
    return toUIMessageStreamResponse(client.chat.completions.stream(body, { signal: request.signal }));
  } catch (error) {
    const isTheirs = error instanceof InvalidRequestError || error instanceof SyntaxError;
    return Response.json({ error: isTheirs ? error.message : "The server failed." }, { status: isTheirs ? 400 : 500 });
  }
}
