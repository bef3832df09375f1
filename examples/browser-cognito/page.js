import { fromCognitoIdentityPool } from "@aws-sdk/credential-providers";
import { BedrockChatClient } from "bedrock-chat";

const region = "us-east-1";
const identityPoolId = "us-east-1:00000000-0000-0000-0000-000000000000";

const client = new BedrockChatClient({
  region,
  // Asked when the first request is signed, and again before the credentials expire.
  credentials: fromCognitoIdentityPool({ clientConfig: { region }, identityPoolId }),
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
