// Bedrock's two endpoints, as the page's server passes them on. They speak the same API, but name
// most models differently, and mantle applies no guardrails.

// A guardrail that mantle ignores, this client applies itself: by `guardrail.enforce`.
import { BedrockChatClient } from "bedrock-chat/guardrails";

// `apiKey: null`: what a page knows, its visitors know. The proxy behind it adds the key.
const runtime = new BedrockChatClient({ apiKey: null, baseURL: "/openai/v1" });
// Guardrails are runtime's, also where the model is mantle's.
const mantle = new BedrockChatClient({
  apiKey: null,
  endpoint: "mantle",
  baseURL: "/mantle/v1",
  runtimeURL: "/openai/v1",
});
const mantleOpenAI = mantle.withOptions({ baseURL: "/mantle/openai/v1" });

/** What mantle has under the path of its own. On AWS's host the package sees to it. */
const underOpenAI = /^(google\.gemma-4|openai\.gpt-5|xai\.)/;

export function clientFor({ endpoint, model }) {
  if (endpoint === "runtime") return runtime;
  return underOpenAI.test(model) ? mantleOpenAI : mantle;
}

/** Models to choose from. */
export const models = [
  { runtime: "openai.gpt-oss-20b-1:0", mantle: "openai.gpt-oss-20b" },
  { runtime: "openai.gpt-oss-120b-1:0", mantle: "openai.gpt-oss-120b" },
  { runtime: "us.openai.gpt-5.6-luna", mantle: "openai.gpt-5.6-luna" },
  { runtime: "us.xai.grok-4.6", mantle: "xai.grok-4.6" },
  { runtime: "qwen.qwen3-32b-v1:0", mantle: "qwen.qwen3-32b" },
  { runtime: "deepseek.v3.2", mantle: "deepseek.v3.2" },
  { runtime: "zai.glm-5", mantle: "zai.glm-5" },
];

/** A model by the name that it has on an endpoint, as far as we know it. */
export function modelOn(endpoint, name) {
  const model = models.find((model) => Object.values(model).includes(name));
  return model?.[endpoint] ?? name;
}
