// A value that grows.
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const City = z.object({ name: z.string(), rivers: z.array(z.string()) });
const client = new OpenAI();
const stream = client.chat.completions
  .stream({
    model: "openai.gpt-oss-20b",
    messages: [{ role: "user", content: "Rome?" }],
    response_format: zodResponseFormat(City, "city"),
  })
  .on("refusal.delta", ({ delta }) => process.stdout.write(delta))
  .on("content.delta", ({ snapshot, parsed }) => console.log(snapshot.length, Object.keys(parsed ?? {}).length))
  .on("content.done", ({ parsed }) => console.log(parsed.name));
await stream.done();
console.log((await stream.finalChatCompletion()).choices[0].message.parsed);
