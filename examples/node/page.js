import { BedrockChatClient } from "bedrock-chat";

const client = new BedrockChatClient({
  region: "us-east-1",
  // Asked before every attempt, so that the key is always a fresh one.
  apiKey: async () => {
    const response = await fetch("/bedrock-key", { method: "POST" });
    if (!response.ok) throw new Error(`The server gives no key: ${response.status}`);
    return response.text();
  },
});
const answer = document.querySelector("output");

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const content = new FormData(event.target).get("question");
  answer.value = "";
  try {
    const body = { model: "openai.gpt-oss-20b-1:0", messages: [{ role: "user", content }] };
    for await (const text of client.chat.completions.stream(body).textStream()) answer.value += text;
  } catch (error) {
    answer.value += `\n${error.name}: ${error.message}`;
  }
});
