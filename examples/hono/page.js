import { BedrockChatClient } from "bedrock-chat";

// The server has the key.
const client = new BedrockChatClient({ baseURL: "/api/openai/v1", apiKey: null });
const answer = document.querySelector("output");

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const content = new FormData(event.target).get("question");
  answer.value = "";
  try {
    const body = { model: "chat", messages: [{ role: "user", content }] };
    for await (const text of client.chat.completions.stream(body).textStream()) answer.value += text;
  } catch (error) {
    answer.value += `\n${error.name}: ${error.message}`;
  }
});
