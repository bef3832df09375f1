// Programs with `openai`'s parse, runTools, events and models: the import alone is another.

import {
  BedrockChatClient,
  ContentFilterFinishReasonError,
  LengthFinishReasonError,
  type AutoParseableResponseFormat,
  type AutoParseableTool,
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatCompletionMessageParam,
  type ChatCompletionRunner,
  type ChatCompletionSnapshot,
  type ChatCompletionStream,
  type ChatCompletionStreamingRunner,
  type CompletionUsage,
  type Model,
  type RunnableToolFunction,
} from "bedrock-chat";
import OpenAI from "openai";
import type * as Parser from "openai/lib/parser";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};
const assign = <To>(_: To): void => {};
declare function some<T>(): T;

declare const print: (text: string) => void;
declare const client: BedrockChatClient;
declare const openai: OpenAI;
const model = "openai.gpt-oss-20b-1:0";
const messages: ChatCompletionMessageParam[] = [{ role: "user", content: "Hi" }];

interface City {
  city: string;
}
declare const format: AutoParseableResponseFormat<City>;
declare const theirFormat: Parser.AutoParseableResponseFormat<City>;
declare const tool: AutoParseableTool<{ name: "w"; arguments: City; function: (args: City) => string }>;
declare const theirTool: Parser.AutoParseableTool<{ name: "w"; arguments: City; function: (args: City) => string }>;
const schema = { type: "json_schema", json_schema: { name: "city", schema: { type: "object" } } } as const;

export async function parse(): Promise<void> {
  for (const response_format of [format, theirFormat]) {
    const completion = await client.chat.completions.parse({ model, messages, response_format });
    const message = completion.choices[0]!.message;
    same<typeof message.parsed, City | null>(true);
    print(message.parsed?.city ?? message.refusal ?? "");
    assign<ChatCompletion>(completion);
  }
  const untyped = await client.chat.completions.parse({ model, messages, response_format: schema });
  same<(typeof untyped.choices)[0]["message"]["parsed"], unknown>(true);
  const plain = await client.chat.completions.parse({ model, messages, tools: [tool] });
  same<(typeof plain.choices)[0]["message"]["parsed"], null>(true);
  for (const call of plain.choices[0]?.message.tool_calls ?? []) {
    if (call.type === "function") assign<unknown>(call.function.parsed_arguments);
  }
  const { data, request_id } = await client.chat.completions
    .parse({ model, messages, response_format: format })
    .withResponse();
  print(data.choices[0]?.message.parsed?.city ?? request_id ?? "");
  const length = client.chat.completions.create({ model, messages })._thenUnwrap((it) => it.choices.length);
  same<Awaited<typeof length>, number>(true);
}

export function errors(error: unknown): ChatCompletionSnapshot | undefined {
  if (error instanceof LengthFinishReasonError || error instanceof ContentFilterFinishReasonError) return error.partial;
  return error instanceof BedrockChatClient.LengthFinishReasonError ? error.partial : undefined;
}

export async function events(): Promise<void> {
  const stream = client.chat.completions.stream({ model, messages, response_format: format });
  assign<ChatCompletionStream<City>>(stream);
  stream
    .on("connect", () => print("connect"))
    .on("chunk", (chunk: ChatCompletionChunk, snapshot: ChatCompletionSnapshot) => print(chunk.id + snapshot.id))
    .on("content", (delta, snapshot) => print(delta + snapshot))
    .on("content.delta", ({ delta, snapshot, parsed }) => print(`${delta}${snapshot}${parsed}`))
    .on("content.done", ({ content, parsed }) => print(content + parsed?.city))
    .on("refusal.delta", ({ delta, snapshot }) => print(delta + snapshot))
    .on("refusal.done", ({ refusal }) => print(refusal))
    .on("tool_calls.function.arguments.delta", (it) => print(it.name + it.index + it.arguments + it.arguments_delta))
    .on("tool_calls.function.arguments.done", (it) => print(`${it.parsed_arguments}`))
    .on("logprobs.content.delta", ({ content, snapshot }) => print(`${content[0]?.token}${snapshot.length}`))
    .on("logprobs.refusal.done", ({ refusal }) => print(`${refusal[0]?.logprob}`))
    .on("message", (message) => print(message.role))
    .on("functionToolCall", (call) => print(call.name + call.arguments))
    .on("totalUsage", (usage: CompletionUsage) => print(`${usage.total_tokens}`))
    .on("error", (error) => print(error.message))
    .on("abort", (error) => print(error.name))
    .once("end", () => print("end"));
  const [delta, snapshot] = await stream.emitted("content");
  print(delta + snapshot);
  const usage = await stream.emitted("totalUsage");
  print(`${usage.total_tokens}`);
  same<Awaited<ReturnType<typeof stream.emitted<"end">>>, void>(true);
  await stream.done();
  const completion = await stream.finalChatCompletion();
  print(completion.choices[0]?.message.parsed?.city ?? "");
  const flags: boolean[] = [stream.ended, stream.errored, stream.aborted];
  print(`${flags} ${stream.messages.length} ${stream.allChatCompletions().length}`);
  print(stream.currentChatCompletionSnapshot?.model ?? "");
  const call = await stream.finalFunctionToolCall();
  print(call?.name ?? (await stream.finalFunctionToolCallResult()) ?? "");

  const unparsed = client.chat.completions.stream({ model, messages });
  assign<ChatCompletionStream>(unparsed);
  assign<ChatCompletion>(await unparsed.finalChatCompletion());
  // @ts-expect-error no such event
  unparsed.on("nothing", () => {});
  // @ts-expect-error a listener of a text
  unparsed.on("content", (delta: number) => delta);
}

export async function run(): Promise<void> {
  const weather: RunnableToolFunction<City> = {
    type: "function",
    function: {
      name: "weather",
      description: "The weather at a place.",
      parameters: { type: "object", properties: { city: { type: "string" } } },
      parse: JSON.parse,
      function: async ({ city }, runner, _, { signal, id }) => {
        runner.abort();
        return fetch(`https://example.com/${city}?${id}`, { signal });
      },
    },
  };
  const runner = client.chat.completions.runTools(
    { model, messages, tools: [weather] },
    {
      maxChatCompletions: 5,
      onLimit: "throw",
      onToolError: "reply",
      beforeTool: ({ name }) => name !== "delete" || "Ask the user first.",
      afterCompletion: (completion, run) => print(`${completion.id} ${run.messages.length}`),
      signal: new AbortController().signal,
    },
  );
  assign<ChatCompletionRunner>(runner);
  runner.on("content", (content) => print(content)).on("functionToolCallResult", (content) => print(content));
  print((await runner.finalContent()) ?? "");

  const streaming = client.chat.completions.runTools({ model, messages, stream: true, tools: [tool, theirTool] });
  assign<ChatCompletionStreamingRunner>(streaming);
  for await (const chunk of streaming) print(chunk.id);
  for await (const text of streaming.textStream()) print(text);

  const parsed = client.chat.completions.runTools({ model, messages, response_format: format, tools: [tool] });
  print((await parsed.finalMessage()).parsed?.city ?? "");

  const withContext = client.chat.completions.runTools({
    model,
    messages,
    toolContext: { user: 7 },
    tools: [
      {
        type: "function",
        function: {
          name: "f",
          description: "",
          parameters: {},
          function: (_args, _runner, context) => {
            same<typeof context, { user: number }>(true);
            return context.user;
          },
        },
      },
    ],
  });
  await withContext.done();

  // @ts-expect-error tools are needed
  client.chat.completions.runTools({ model, messages });
  // @ts-expect-error a tool that cannot be run
  client.chat.completions.runTools({ model, messages, tools: [{ type: "function", function: { name: "f" } }] });
}

export async function rest(): Promise<void> {
  for await (const { id, owned_by } of client.models.list()) print(id + owned_by);
  const page = await client.models.list();
  assign<Model[]>(page.data);
  print((await client.models.retrieve("m")).id);
  print(`${client.baseURL} ${client.apiKey} ${client.maxRetries} ${client.timeout}`);
  assign<Promise<never>>(client.responses.create({}));
  client.beta.chat.completions.stream({ model, messages });
}

// The same of openai's own, so that both of them are known to compile.
export async function theirs(): Promise<void> {
  const completion = await openai.chat.completions.parse({ model, messages, response_format: theirFormat });
  print(completion.choices[0]?.message.parsed?.city ?? "");
  const stream = openai.chat.completions.stream({ model, messages, response_format: theirFormat });
  stream.on("content.done", ({ content, parsed }) => print(content + parsed?.city));
  const [delta, snapshot] = await stream.emitted("content");
  print(delta + snapshot);
  print((await openai.chat.completions.runTools({ model, messages, tools: [theirTool] }).finalContent()) ?? "");
  // What takes openai's client by its shape takes ours.
  assign<Pick<OpenAI["chat"]["completions"], never>>(client.chat.completions);
  void some;
}
