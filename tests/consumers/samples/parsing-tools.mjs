// Arguments of tools by Zod schemas, whole and as they come.
import OpenAI from "openai";
import { zodFunction } from "openai/helpers/zod";
import { z } from "zod";

const Query = z.object({
  table: z.enum(["orders", "customers"]),
  columns: z.array(z.string()),
  limit: z.union([z.number(), z.null()]),
});
const body = {
  model: "openai.gpt-oss-20b",
  messages: [{ role: "user", content: "query" }],
  tools: [zodFunction({ name: "query", parameters: Query })],
};
const client = new OpenAI();
const completion = await client.chat.completions.parse(body);
const call = completion.choices[0].message.tool_calls[0].function;
console.log(call.name, call.parsed_arguments.table, call.parsed_arguments.columns);

const stream = client.chat.completions
  .stream(body)
  .on("tool_calls.function.arguments.delta", ({ name, arguments: text }) => console.log(name, text.length))
  .on("tool_calls.function.arguments.done", ({ name, parsed_arguments }) => console.log(name, parsed_arguments));
await stream.done();
