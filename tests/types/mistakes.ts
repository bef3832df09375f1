// What must not compile.

import {
  APIPromise,
  BedrockChatClient,
  ChatCompletionStream,
  guardContent,
  mintBedrockToken,
  type ChatCompletion,
  type ChatCompletionMessageParam,
  type GuardrailConfig,
} from "bedrock-chat";
import { init } from "bedrock-chat/custom";

const client = new BedrockChatClient();
const completions = client.chat.completions;
const model = "openai.gpt-oss-20b-1:0";
const messages: ChatCompletionMessageParam[] = [];

// @ts-expect-error no such option
new BedrockChatClient({ guardrails: { identifier: "g", version: "1" } });

// Requests.

// @ts-expect-error no model
completions.create({ messages });
// @ts-expect-error no messages
completions.create({ model });
// @ts-expect-error no request
completions.create();
// @ts-expect-error one message is no list
completions.create({ model, messages: { role: "user", content: "Hi" } });
// @ts-expect-error no such role
completions.create({ model, messages: [{ role: "bot", content: "Hi" }] });
// @ts-expect-error no role
completions.create({ model, messages: [{ content: "Hi" }] });
// @ts-expect-error a user must say something
completions.create({ model, messages: [{ role: "user" }] });
// @ts-expect-error a number is no text
completions.create({ model, messages: [{ role: "user", content: 5 }] });
// @ts-expect-error a tool's answer needs the id of the call
completions.create({ model, messages: [{ role: "tool", content: "Rain" }] });
// @ts-expect-error an image needs an address
completions.create({ model, messages: [{ role: "user", content: [{ type: "image_url" }] }] });
// @ts-expect-error a text is no number
completions.create({ model, messages, temperature: "0.5" });
// @ts-expect-error a number is no effort
completions.create({ model, messages, reasoning_effort: 3 });
// @ts-expect-error a function needs a name
completions.create({ model, messages, tools: [{ type: "function", function: {} }] });
// @ts-expect-error a schema needs a name
completions.create({ model, messages, response_format: { type: "json_schema", json_schema: {} } });
// @ts-expect-error a text is no boolean
completions.create({ model, messages, stream: "true" });
// @ts-expect-error a field that is spelled otherwise
completions.create({ model, messages, max_completion_token: 5 });
// @ts-expect-error a guardrail belongs into the options
completions.create({ model, messages, guardrail: { identifier: "g", version: "1" } });
// @ts-expect-error a field that is spelled otherwise
completions.create({ model, messages: [{ role: "user", contents: "Hi", content: "Hi" }] });
completions.create({
  model,
  messages: [
    // @ts-expect-error a field that is spelled otherwise, in a part
    { role: "user", content: [{ type: "text", text: "Hi", cacheControl: {} }] },
    // @ts-expect-error the same, in an image
    { role: "user", content: [{ type: "image_url", image_url: { url: "data:,", details: "low" } }] },
    // @ts-expect-error the same, in a tool's answer
    { role: "tool", content: "Rain", tool_call_id: "1", toolCallId: "1" },
    // @ts-expect-error the same, in what the model said
    { role: "assistant", content: "Hi", toolCalls: [] },
  ],
});
// @ts-expect-error a field that is spelled otherwise
completions.create({ model, messages, stream: true, stream_options: { includeUsage: true } });
// The types of `stream()`, `parse()` and `runTools()` are inferred, as openai's are: there a field too many is none.
completions.stream({ model, messages, maxTokens: 5 });
// @ts-expect-error the same, where `stream` is not known before
completions.create({ model, messages, stream: Math.random() > 0.5, top_k: 5 });
// @ts-expect-error a guardrail is named by headers, or by the option
completions.create({ model, messages, "amazon-bedrock-guardrailConfig": { guardrailIdentifier: "g" } });
// @ts-expect-error a stream that is none
completions.stream({ model, messages, stream: false });
// @ts-expect-error in the body as AWS spells it
const config: GuardrailConfig = { streamProcessingMode: "sync" };
completions.create({ model, messages, "amazon-bedrock-guardrailConfig": config });

// Answers.

// @ts-expect-error a stream is no completion
completions.create({ model, messages, stream: true }).then((completion) => completion.choices);
// @ts-expect-error a completion is no stream
completions.create({ model, messages }).then((stream) => stream.textStream());
completions.create({ model, messages, stream: Math.random() > 0.5 }).then((either) => {
  // @ts-expect-error it may be a stream
  either.choices;
});
// @ts-expect-error a promise is no completion
const early: ChatCompletion = completions.create({ model, messages });
// @ts-expect-error a stream is none to await a chunk of
completions.stream({ model, messages }).choices;
completions.create({ model, messages }).then((completion) => {
  // @ts-expect-error misspelt
  completion.choises;
  // @ts-expect-error may be null
  completion.choices[0]?.message.content.length;
  // @ts-expect-error may be missing
  completion.usage.total_tokens;
  // @ts-expect-error may be missing
  completion.guardrail.action;
  const details = completion.usage?.completion_tokens_details;
  // @ts-expect-error may be null, as mantle sends it
  if (details !== undefined) details.reasoning_tokens;
});
// @ts-expect-error read only
completions.stream({ model, messages }).requestId = "1";

// Options.

// @ts-expect-error misspelt
new BedrockChatClient({ apikey: "…" });
// @ts-expect-error misspelt
new BedrockChatClient({ baseUrl: "…" });
// @ts-expect-error no such endpoint
new BedrockChatClient({ endpoint: "bedrock" });
// @ts-expect-error a text is no time
new BedrockChatClient({ timeout: "60s" });
// @ts-expect-error misspelt
new BedrockChatClient({ timeout: { first_token: 1000 } });
// @ts-expect-error no secret
new BedrockChatClient({ credentials: { accessKeyId: "AKIA…" } });
// @ts-expect-error a guardrail without a version
new BedrockChatClient({ guardrail: { identifier: "gr12345" } });
// @ts-expect-error a guardrail without an identifier
new BedrockChatClient({ guardrail: { version: "1" } });
// @ts-expect-error a version is a text
new BedrockChatClient({ guardrail: { identifier: "gr12345", version: 1 } });
// @ts-expect-error no such trace
new BedrockChatClient({ guardrail: { identifier: "gr12345", version: "1", trace: "FULL" } });
// @ts-expect-error no such format
new BedrockChatClient({ reasoningFormat: "hidden" });
// @ts-expect-error misspelt
completions.create({ model, messages }, { maxRetry: 1 });
// @ts-expect-error misspelt
completions.create({ model, messages }, { guardRail: { identifier: "g", version: "1" } });
// @ts-expect-error misspelt
completions.create({ model, messages }, { guardrail: { identifier: "g", version: "1", tagSufix: "x" } });
// @ts-expect-error of the client, not of a call
completions.create({ model, messages }, { region: "us-east-1" });
// @ts-expect-error the client sets the method
completions.create({ model, messages }, { fetchOptions: { method: "GET" } });
// @ts-expect-error redirects are not followed
completions.create({ model, messages }, { fetchOptions: { redirect: "follow" } });
// @ts-expect-error no signal
completions.create({ model, messages }, { signal: new AbortController() });
// @ts-expect-error an object is no value of a header
completions.create({ model, messages }, { headers: { "x-team": [{}] } });

// Only the package makes these.

// @ts-expect-error
new ChatCompletionStream();
// @ts-expect-error
new APIPromise();

// Functions.

// @ts-expect-error no credentials
mintBedrockToken({ region: "us-west-2" });
// @ts-expect-error a time is a number of seconds
mintBedrockToken({ credentials: async () => early, expiresIn: "1h" });
// @ts-expect-error no suffix
guardContent("Hi");
// @ts-expect-error no module
init();

export { early };
