// A loop over a stream that is left in its middle.
import OpenAI, { APIUserAbortError } from "openai";

const client = new OpenAI();
const body = { model: "openai.gpt-oss-20b", messages: [{ role: "user", content: "long" }] };
let count = 0;
const stream = await client.chat.completions.create({ ...body, stream: true });
for await (const chunk of stream) if (chunk.choices[0]?.delta?.content && ++count === 3) break;
console.log(count, stream.controller.signal.aborted);

const helper = client.chat.completions.stream(body);
helper.on("content", () => helper.abort());
try {
  await helper.finalContent();
} catch (error) {
  console.log(error instanceof APIUserAbortError, helper.aborted);
}
