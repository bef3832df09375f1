// What is written for `openai`'s types compiles against ours, and the other way round.

import OpenAI from "openai";
import type {
  BedrockChatClient,
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessage,
  ChatCompletionMessageParam,
  ChatCompletionMessageToolCall,
  ChatCompletionStream,
  ChatCompletionTool,
  ChatCompletionToolChoiceOption,
  ClientOptions,
  CompletionUsage,
  RequestOptions,
} from "bedrock-chat";

import Chat = OpenAI.Chat.Completions;

declare const ours: BedrockChatClient;
declare const theirs: OpenAI;

/** Compiles if a value of the one type can be used as the other. */
const assign = <To>(_: To): void => {};
declare function some<T>(): T;

// What is made for openai can be sent by us.
assign<ChatCompletionCreateParams>(some<Chat.ChatCompletionCreateParams>());
assign<ChatCompletionCreateParamsNonStreaming>(some<Chat.ChatCompletionCreateParamsNonStreaming>());
assign<ChatCompletionCreateParamsStreaming>(some<Chat.ChatCompletionCreateParamsStreaming>());
assign<ChatCompletionMessageParam>(some<Chat.ChatCompletionMessageParam>());
assign<ChatCompletionTool>(some<Chat.ChatCompletionTool>());
assign<ChatCompletionToolChoiceOption>(some<Chat.ChatCompletionToolChoiceOption>());
assign<RequestOptions["signal"]>(some<OpenAI.RequestOptions["signal"]>());
assign<ClientOptions["fetch"]>(some<typeof fetch>());

export async function send(
  whole: Chat.ChatCompletionCreateParamsNonStreaming,
  streamed: Chat.ChatCompletionCreateParamsStreaming,
  either: Chat.ChatCompletionCreateParams,
): Promise<void> {
  assign<ChatCompletion>(await ours.chat.completions.create(whole));
  assign<ChatCompletionStream>(await ours.chat.completions.create(streamed));
  assign<ChatCompletion | ChatCompletionStream>(await ours.chat.completions.create(either));
}

// What openai answers can be read as ours.
assign<ChatCompletion>(some<Chat.ChatCompletion>());
assign<ChatCompletionChunk>(some<Chat.ChatCompletionChunk>());
assign<ChatCompletionMessage>(some<Chat.ChatCompletionMessage>());
assign<CompletionUsage>(some<OpenAI.CompletionUsage>());

// Conversations and tools go both ways.
assign<Chat.ChatCompletionMessageParam>(some<ChatCompletionMessageParam>());
assign<Chat.ChatCompletionMessageParam>(some<ChatCompletionMessage>());
assign<Chat.ChatCompletionMessage>(some<ChatCompletionMessage>());
assign<Chat.ChatCompletionMessageToolCall>(some<ChatCompletionMessageToolCall>());
assign<Chat.ChatCompletionTool>(some<ChatCompletionTool>());
assign<Chat.ChatCompletionToolChoiceOption>(some<ChatCompletionToolChoiceOption>());

/**
 * The same, with the two differences that ours has on purpose: texts that Bedrock may add to are
 * open, and what Bedrock sends as null (`completion_tokens_details`) may be null.
 */
type Widened<T> = T extends string
  ? string extends T
    ? string
    : T | (string & {})
  : T extends object
    ? { [K in keyof T]: Widened<T[K]> | (undefined extends T[K] ? null : never) }
    : T;

// Our answers are openai's but for these.
assign<Widened<Omit<Chat.ChatCompletion, "object">>>(some<ChatCompletion>());
assign<Widened<Omit<Chat.ChatCompletionChunk, "object">>>(some<ChatCompletionChunk>());
assign<Chat.ChatCompletion["object"]>(some<ChatCompletion["object"]>());
assign<Chat.ChatCompletionChunk["object"]>(some<ChatCompletionChunk["object"]>());
assign<Chat.ChatCompletionChunk.Choice.Delta>(some<ChatCompletionChunk.Choice.Delta>());
assign<Chat.ChatCompletionChunk.Choice.Logprobs>(some<ChatCompletionChunk.Choice.Logprobs>());
assign<Chat.ChatCompletion.Choice.Logprobs>(some<ChatCompletion.Choice.Logprobs>());

// For a function of somebody else's that wants openai's, one word is enough.
export const asTheirs = (chunk: ChatCompletionChunk) => chunk as Chat.ChatCompletionChunk;
export const completionAsTheirs = (completion: ChatCompletion) => completion as Chat.ChatCompletion;

// The same code with either client.
type Either = {
  chat: {
    completions: {
      create(body: {
        model: string;
        messages: { role: "user"; content: string }[];
      }): PromiseLike<{ choices: { message: { content: string | null } }[] }>;
    };
  };
};
assign<Either>(ours);
assign<Either>(theirs);

export async function answer(client: typeof ours | typeof theirs): Promise<string> {
  const request = { model: "openai.gpt-oss-20b-1:0", messages: [], stream: true } as const;
  const stream =
    client instanceof OpenAI
      ? await client.chat.completions.create({ ...request, messages: [] })
      : await client.chat.completions.create({ ...request, messages: [] });
  let text = "";
  for await (const chunk of stream) {
    const choice = chunk.choices[0];
    text += choice?.delta.content ?? "";
    for (const call of choice?.delta.tool_calls ?? []) text += call.function?.arguments ?? "";
    if (choice?.finish_reason === "length") text += "…";
  }
  return text;
}
