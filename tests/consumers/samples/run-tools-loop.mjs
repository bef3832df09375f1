// A streamed run as one loop over its chunks.
import OpenAI from "openai";

const client = new OpenAI();
const runner = client.chat.completions.runTools({
  model: "openai.gpt-oss-20b",
  stream: true,
  messages: [{ role: "user", content: "get_time" }],
  tools: [
    {
      type: "function",
      function: {
        name: "get_time",
        description: "What time it is",
        parameters: { type: "object", properties: {} },
        function: () => "noon",
      },
    },
  ],
});
let text = "";
const reasons = [];
for await (const chunk of runner) {
  const [choice] = chunk.choices;
  text += choice?.delta.content ?? "";
  if (choice?.finish_reason) reasons.push(choice.finish_reason);
}
console.log(text, reasons);
