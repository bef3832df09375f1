// A stream that is listened to, and its whole answer.
import OpenAI from "openai";

const client = new OpenAI();
const stream = client.chat.completions
  .stream({ model: "openai.gpt-oss-20b", messages: [{ role: "user", content: "sign" }], stream_options: { include_usage: true } })
  .on("content", (delta, snapshot) => console.log(delta, snapshot.length))
  .on("message", ({ role }) => console.log("message", role))
  .on("finalContent", (text) => console.log("whole", text))
  .on("end", () => console.log("end"));

const { choices, usage } = await stream.finalChatCompletion();
console.log(choices[0].finish_reason, usage.total_tokens, (await stream.totalUsage()).total_tokens);
