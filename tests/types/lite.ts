// The client with `create()` alone, and what takes it.

import { createBedrockChat } from "bedrock-chat/ai-sdk";
import { gateway } from "bedrock-chat/edge";
import LiteByDefault, { APIError, BedrockChatClient, Stream } from "bedrock-chat/lite";
import type { APIPromise, ChatCompletion, ChatCompletionChunk, ClientOptions, RequestOptions } from "bedrock-chat/lite";
import { BedrockChatClient as Whole, ChatCompletionStream } from "bedrock-chat";
import { toUIMessageStreamResponse, uiMessageStream } from "bedrock-chat/ui";

declare function see(...values: (string | number | boolean | null | undefined)[]): void;

export async function lite(options: ClientOptions, call: RequestOptions): Promise<void> {
  const client = new BedrockChatClient(options);
  const sent = { model: "m", messages: [{ role: "user" as const, content: "Hello!" }] };
  const asked: APIPromise<ChatCompletion> = client.chat.completions.create(sent, call);
  see((await asked).choices[0]?.message.content);
  const stream: Stream = await client.chat.completions.create({ ...sent, stream: true });
  for await (const text of stream.textStream()) see(text);
  for await (const chunk of stream.tee()[0]) chunk satisfies ChatCompletionChunk;
  const { usage }: ChatCompletion = await stream.finalChatCompletion();
  see(usage?.total_tokens, stream.metrics.total, stream.requestId, stream.guardrail?.action);
  const again: BedrockChatClient = client.withOptions({ maxRetries: 0 });
  if (again instanceof LiteByDefault) see(again.baseURL, again.apiKey, again.timeout);
  see(new Error() instanceof BedrockChatClient.APIError, new Error() instanceof APIError);

  // @ts-expect-error: openai's surface is the whole client's
  client.chat.completions.stream(sent);
  // @ts-expect-error: and so are events
  stream.on("content", () => {});
  // @ts-expect-error: and models
  await client.models.list();
  // @ts-expect-error: a misspelt field is an error as there
  client.chat.completions.create({ ...sent, max_tokns: 1 });
}

export async function taken(client: BedrockChatClient, whole: Whole): Promise<void> {
  gateway({ client, models: ["m"] });
  gateway({ client: whole, models: ["m"] });
  createBedrockChat({ client });
  const stream = await client.chat.completions.create({ model: "m", messages: [], stream: true });
  toUIMessageStreamResponse(stream, { messageMetadata: (it) => it.partial.usage });
  const another: ChatCompletionStream = whole.chat.completions.stream({ model: "m", messages: [] });
  uiMessageStream(another, { messageMetadata: (it) => it.currentChatCompletionSnapshot });
  const base: Stream = another;
  see(base.requestId);
  // What takes the one takes the other.
  const lite: BedrockChatClient = whole;
  see(lite.maxRetries);
}

/** Whoever extends a stream has methods over methods. */
export class Traced extends ChatCompletionStream {
  override abort(reason?: unknown): void {
    super.abort(reason);
  }

  override toReadableStream() {
    return super.toReadableStream();
  }
}
