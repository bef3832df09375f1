// An answer, its response, and a stream of it.
import OpenAI from "openai";

const client = new OpenAI();
const model = "openai.gpt-oss-20b";
const messages = [
  { role: "developer", content: "Answer briefly." },
  { role: "user", content: "hello" },
];

const completion = await client.chat.completions.create({ model, messages });
console.log(completion.choices[0].message.content);

const { data, response } = await client.chat.completions.create({ model, messages }).withResponse();
console.log(response.status, data.choices.length);

const stream = await client.chat.completions.create({ model, messages, stream: true });
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content || "");
console.log();
