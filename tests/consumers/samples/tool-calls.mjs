// Tools that are called by hand, with whole answers and with streams.
import OpenAI from "openai";

const client = new OpenAI();
const model = "openai.gpt-oss-20b";
const parameters = { type: "object", properties: { place: { type: "string" } }, required: ["place"] };
const tools = [{ type: "function", function: { name: "get_weather", description: "The weather at a place", parameters } }];
const weather = ({ place }) => ({ place, sunny: true });

const messages = [{ role: "user", content: "weather" }];
for (;;) {
  const { choices } = await client.chat.completions.create({ model, messages, tools });
  const { message } = choices[0];
  messages.push(message);
  if (!message.tool_calls?.length) break;
  for (const call of message.tool_calls) {
    const result = weather(JSON.parse(call.function.arguments));
    messages.push({ role: "tool", tool_call_id: call.id, content: JSON.stringify(result) });
  }
}
console.log(messages.map(({ role }) => role).join(" "), messages.at(-1).content);

const calls = [];
const stream = await client.chat.completions.create({ model, messages: [{ role: "user", content: "weather" }], tools, stream: true });
for await (const chunk of stream) {
  for (const { index, id, function: piece } of chunk.choices[0]?.delta?.tool_calls ?? []) {
    const call = (calls[index] ??= { id, name: "", arguments: "" });
    if (piece?.name) call.name += piece.name;
    if (piece?.arguments) call.arguments += piece.arguments;
  }
}
console.log(calls.map((call) => [call.name, JSON.parse(call.arguments)]));
