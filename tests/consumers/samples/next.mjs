// A route of Next's, and the page that reads it.
import OpenAI from "openai";
import { ChatCompletionStream } from "openai/lib/ChatCompletionStream";

const client = new OpenAI();

export async function POST(request) {
  const stream = client.chat.completions.stream({
    model: "openai.gpt-oss-20b",
    messages: [{ role: "user", content: await request.text() }],
  });
  return new Response(stream.toReadableStream());
}

const response = await POST(new Request("http://localhost/api", { method: "POST", body: "guardrail" }));
const stream = ChatCompletionStream.fromReadableStream(response.body);
let text = "";
for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
console.log(text);
console.log((await stream.finalChatCompletion()).choices[0].finish_reason, stream.messages.length);
