// Compiled twice: once where "client" is `openai`, once where it is this package. What is written
// for the one compiles with the other, and what is a mistake with the one is one with the other.

import OpenAI, {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIPromise,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  ChatCompletionRunner,
  ChatCompletionStream,
  ChatCompletionStreamingRunner,
  ConflictError,
  ContentFilterFinishReasonError,
  InternalServerError,
  LengthFinishReasonError,
  NotFoundError,
  PagePromise,
  ParsingToolFunction,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
  type ChatCompletionMessageParam,
  type ChatCompletionTool,
  type ClientOptions,
} from "client";
import { standardResponseFormat } from "openai/helpers/standard-schema";
import { zodFunction, zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";

declare const print: (...values: unknown[]) => void;
const options: ClientOptions = { apiKey: "k", baseURL: "https://b.test/v1", timeout: 1000, maxRetries: 1, defaultHeaders: { a: "b" }, defaultQuery: { c: "d" } };
const client = new OpenAI(options);
const model = "m";
const messages: OpenAI.Chat.ChatCompletionMessageParam[] = [
  { role: "developer", content: "Be kind." },
  { role: "user", content: [{ type: "text", text: "Hi" }, { type: "image_url", image_url: { url: "u" } }], name: "n" },
  { role: "assistant", content: "a", tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }] },
  { role: "tool", tool_call_id: "1", content: "1" },
];
const same: ChatCompletionMessageParam[] = messages;
const tools: ChatCompletionTool[] = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];
const Place = z.object({ place: z.string() });
const response_format = zodResponseFormat(Place, "place");

// -- whole --

const completion: OpenAI.Chat.Completions.ChatCompletion = await client.chat.completions.create({
  model,
  messages: same,
  tools,
  tool_choice: "auto",
  temperature: 0.5,
  max_completion_tokens: 10,
  stop: ["a"],
  user: "u",
  seed: 1,
  n: 1,
  logprobs: true,
  metadata: { a: "b" },
  modalities: ["text"],
  prompt_cache_key: "k",
  prompt_cache_retention: "24h",
  service_tier: "auto",
  reasoning_effort: "low",
  verbosity: "low",
  store: false,
});
const choice: OpenAI.Chat.Completions.ChatCompletion.Choice | undefined = completion.choices[0];
print(choice?.message.content?.length, choice?.finish_reason === "stop", completion.usage?.total_tokens);
print((await client.chat.completions.create({ model, messages }))._request_id);
for (const call of choice?.message.tool_calls ?? []) if (call.type === "function") print(JSON.parse(call.function.arguments));
if (choice) messages.push(choice.message);
const asked: APIPromise<OpenAI.Chat.ChatCompletion> = client.chat.completions.create({ model, messages });
const { data, response, request_id } = await asked.withResponse();
print(data.id, response.status, request_id, (await asked.asResponse()).headers.get("a"));
const request: OpenAI.Chat.ChatCompletionCreateParamsNonStreaming = { model, messages };
await client.chat.completions.create(request, { timeout: 5, maxRetries: 0, headers: { a: "b" }, signal: new AbortController().signal });

// -- streams --

const stream = await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } });
for await (const chunk of stream) {
  const one: OpenAI.Chat.ChatCompletionChunk = chunk;
  print(one.choices[0]?.delta?.content ?? "", one.usage?.total_tokens, one.choices[0]?.finish_reason);
}
stream.controller.abort();
print(new Response(stream.toReadableStream() as ReadableStream));
const helper = client.chat.completions
  .stream({ model, messages, response_format })
  .on("connect", () => print())
  .on("chunk", (chunk, snapshot) => print(chunk.id, snapshot.choices[0]?.message))
  .on("content", (delta, snapshot) => print(delta.length + snapshot.length))
  .on("content.delta", ({ delta, snapshot, parsed }) => print(delta, snapshot, parsed))
  .on("content.done", ({ content, parsed }) => print(content, parsed?.place))
  .on("refusal.delta", ({ delta }) => print(delta))
  .on("refusal.done", ({ refusal }) => print(refusal))
  .on("tool_calls.function.arguments.delta", (it) => print(it.name, it.index, it.arguments, it.arguments_delta, it.parsed_arguments))
  .on("tool_calls.function.arguments.done", (it) => print(it.name, it.parsed_arguments))
  .on("logprobs.content.delta", ({ content, snapshot }) => print(content, snapshot))
  .on("chatCompletion", (it) => print(it.id))
  .on("message", (message) => print(message.role, message.content))
  .on("functionToolCall", ({ name }) => print(name))
  .on("functionToolCallResult", (text) => print(text.length))
  .on("finalContent", (text) => print(text.length))
  .on("totalUsage", (usage) => print(usage.total_tokens))
  .on("error", (error) => print(error.message, error.cause))
  .on("abort", (error) => print(error.message))
  .once("end", () => print());
const [delta, snapshot] = await helper.emitted("content");
print(delta.length, snapshot.length);
for await (const [text] of helper.events("content")) print(text.length);
await helper.done();
const usage: OpenAI.CompletionUsage = await helper.totalUsage();
const parsed = (await helper.finalChatCompletion()).choices[0]?.message.parsed;
print(parsed?.place.length, usage, await helper.finalContent(), (await helper.finalMessage()).content, helper.messages.length);
print(helper.ended, helper.errored, helper.aborted, helper.currentChatCompletionSnapshot?.model, helper.allChatCompletions()[0]?.id);
for await (const chunk of ChatCompletionStream.fromReadableStream(helper.toReadableStream())) print(chunk.id);

// -- parsing --

const place = await client.chat.completions.parse({ model, messages, response_format, tools: [zodFunction({ name: "f", parameters: Place })] });
print(place.choices[0]?.message.parsed?.place.length, place.choices[0]?.message.refusal);
const call = place.choices[0]?.message.tool_calls?.[0];
if (call?.type === "function") print(call.function.parsed_arguments);
const standard = await client.chat.completions.parse({ model, messages, response_format: standardResponseFormat(Place, "place") });
print(standard.choices[0]?.message.parsed?.place.length);

// -- runs --

const runner: ChatCompletionRunner<null> = client.chat.completions
  .runTools(
    {
      model,
      messages,
      tools: [
        zodFunction({ name: "f", parameters: Place, function: async ({ place }) => place.length }),
        zodFunction({ name: "g", parameters: Place, function: ({ place }) => place.length }),
      ],
    },
    { maxChatCompletions: 3, afterCompletion: (it, run) => void run.messages.push({ role: "user", content: it.id }) },
  )
  .on("message", (message) => print(message))
  .on("content", (content) => print(content.length));
print(await runner.finalContent(), (await runner.finalFunctionToolCall())?.name, await runner.finalFunctionToolCallResult());
const streaming: ChatCompletionStreamingRunner<null> = client.chat.completions.runTools({
  stream: true,
  model,
  messages,
  tools: [
    new ParsingToolFunction({
      name: "f",
      description: "d",
      parameters: { type: "object", properties: {} },
      parse: (text) => Place.parse(JSON.parse(text)),
      function: ({ place }, runner) => (runner.abort(), place.length),
    }),
  ],
});
for await (const chunk of streaming) print(chunk.choices[0]?.delta.content);
client.chat.completions.runTools({
  model,
  messages,
  toolContext: { user: 7 },
  tools: [{ type: "function", function: { name: "f", description: "", parameters: {}, function: (_text: string, _runner, context) => context.user + 1 } }],
});

// -- models, the client, errors --

for await (const it of client.models.list()) print(it.id, it.owned_by, it.created);
const listed: PagePromise<OpenAI.ModelsPage, OpenAI.Model> = client.models.list();
print((await listed).data.length, (await client.models.retrieve("m")).object);
const other = client.withOptions({ maxRetries: 0 });
print(other.baseURL.length, other.maxRetries + 1, other.timeout + 1, other.apiKey?.length);
try {
  await client.chat.completions.create({ model, messages });
} catch (error) {
  if (error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError || error instanceof APIConnectionError) print(error.cause);
  else if (error instanceof RateLimitError || error instanceof InternalServerError) print(error.status, error.headers?.get("retry-after"));
  else if (error instanceof AuthenticationError || error instanceof PermissionDeniedError || error instanceof NotFoundError) print(error.code);
  else if (error instanceof BadRequestError || error instanceof ConflictError || error instanceof UnprocessableEntityError) print(error.param);
  else if (error instanceof OpenAI.APIError || error instanceof APIError) print(error.type, error.requestID, error.error);
  else if (error instanceof LengthFinishReasonError || error instanceof ContentFilterFinishReasonError) print(error.message);
}

// -- mistakes --

// @ts-expect-error no messages
client.chat.completions.create({ model });
// @ts-expect-error misspelled
client.chat.completions.create({ model, messages, max_completion_token: 1 });
// @ts-expect-error no such role
client.chat.completions.create({ model, messages: [{ role: "bot", content: "" }] });
// @ts-expect-error misspelled, within a message
client.chat.completions.create({ model, messages: [{ role: "user", content: "", nam: "" }] });
// @ts-expect-error a stream has no choices
stream.choices;
// @ts-expect-error no such event
helper.on("contents", () => {});
// @ts-expect-error a text is no number
helper.on("content", (text: number) => print(text));
// @ts-expect-error no such member of what the schema describes
print(parsed?.city);
// @ts-expect-error a tool without a function
client.chat.completions.runTools({ model, messages, tools: [zodFunction({ name: "f", parameters: Place })] });
// @ts-expect-error tools are needed
client.chat.completions.runTools({ model, messages });
// @ts-expect-error no such option of a run
client.chat.completions.runTools({ model, messages, tools: [] }, { maxCompletions: 3 });
// @ts-expect-error no such option of a call
client.chat.completions.create({ model, messages }, { retries: 3 });
// @ts-expect-error no such option of a client
new OpenAI({ retries: 3 });
