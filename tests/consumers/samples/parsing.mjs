// A value by a Zod schema.
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

const Step = z.object({ explanation: z.string(), output: z.string() });
const Solution = z.object({ steps: z.array(Step), answer: z.string() });

const client = new OpenAI();
const completion = await client.chat.completions.parse({
  model: "openai.gpt-oss-20b",
  messages: [{ role: "user", content: "Solve 8x + 31 = 2" }],
  response_format: zodResponseFormat(Solution, "solution"),
});
const { message } = completion.choices[0];
if (message.parsed) {
  for (const { explanation, output } of message.parsed.steps) console.log(explanation, output);
  console.log("answer:", message.parsed.answer);
} else {
  console.log(message.refusal);
}

const refused = await client.chat.completions.parse({
  model: "openai.gpt-oss-20b",
  messages: [{ role: "user", content: "refuse" }],
  response_format: zodResponseFormat(Solution, "solution"),
});
console.log(refused.choices[0].message.parsed, refused.choices[0].message.refusal);
