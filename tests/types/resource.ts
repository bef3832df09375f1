// `openai`'s own declarations against ours, in both directions: each member that one of them has
// alone, or whose type cannot stand for the other's, is listed here, and why.

import OpenAI, { type APIPromise as TheirPromise, type ClientOptions as TheirClientOptions } from "openai";
import type { RunnerOptions as TheirRunnerOptions } from "openai/lib/AbstractChatCompletionRunner";
import type { ChatCompletionRunner as TheirRunner, ChatCompletionRunnerEvents as TheirRunnerEvents } from "openai/lib/ChatCompletionRunner";
import type { ChatCompletionStream as TheirStream, ChatCompletionStreamEvents as TheirStreamEvents, ChatCompletionStreamParams as TheirStreamParams } from "openai/lib/ChatCompletionStream";
import type { ChatCompletionStreamingRunner as TheirStreamingRunner } from "openai/lib/ChatCompletionStreamingRunner";
import type { ExtractParsedContentFromParams as TheirParsed } from "openai/lib/parser";
import type * as Ours from "bedrock-chat";
import type { APIPromise, BedrockChatClient, ClientOptions, RequestOptions } from "bedrock-chat";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};
const assign = <To>(_: To): void => {};

/** The members that the one has and the other has not. */
type Alone<One, Other> = Exclude<keyof One, keyof Other>;

/** The members that both have, and whose type in the one cannot stand for that in the other. */
type Unlike<One, Other> = {
  [K in keyof One & keyof Other]-?: One[K] extends Other[K] ? never : K;
}[keyof One & keyof Other];

import Chat = OpenAI.Chat.Completions;
type Theirs = OpenAI["chat"]["completions"];
type Mine = BedrockChatClient["chat"]["completions"];

// -- the resource of chat completions --

same<Alone<Theirs, Mine>, never>(true);
same<Alone<Mine, Theirs>, never>(true);
// Every method: its options, its promise or its stream is of the package's own class, and classes
// with private members are told apart by name. program.ts calls each of them, with both packages.
type Methods = "create" | "parse" | "stream" | "runTools";
// What is not there rejects, whatever it is given.
type Stored = "retrieve" | "update" | "list" | "delete" | "messages";
same<Unlike<Mine, Theirs>, Methods | Stored>(true);
same<Unlike<Theirs, Mine>, Methods | Stored>(true);

// What each method takes of openai's.
export function takes(
  mine: Mine,
  params: Chat.ChatCompletionCreateParamsNonStreaming,
  streaming: Chat.ChatCompletionCreateParamsStreaming,
  helper: TheirStreamParams,
): void {
  assign<APIPromise<Ours.ChatCompletion>>(mine.create(params));
  assign<APIPromise<Ours.ChatCompletionStream>>(mine.create(streaming));
  assign<APIPromise<Ours.ParsedChatCompletion<null>> | APIPromise<Ours.ParsedChatCompletion<unknown>>>(mine.parse(params));
  assign<Ours.ChatCompletionStream<null> | Ours.ChatCompletionStream<unknown>>(mine.stream(helper));
  assign<Ours.ChatCompletionRunner<unknown>>(mine.runTools({ ...params, tools: [] }) as Ours.ChatCompletionRunner<unknown>);
}

// What the format says of the value is the same.
type Formats =
  | { response_format: { type: "json_schema"; json_schema: { name: "n" } } }
  | { response_format: { type: "json_object" } }
  | { response_format: { type: "text" } }
  | { response_format?: undefined }
  | {};
type Both<Format> = Format extends object
  ? Same<Ours.ExtractParsedContentFromParams<Format & Params>, TheirParsed<Format & Params>>
  : never;
type Params = { model: string; messages: [] };
same<Both<Formats>, true>(true);

// -- streams and runs --

// `_emit`, `_addMessage`: theirs for subclasses of theirs.
same<Alone<TheirStream, Ours.ChatCompletionStream>, "_emit">(true);
type Additions = "guardrail" | "metrics" | "partial" | "partialStream" | "requestId" | "response" | "tee" | "textStream" | "toSSEResponse";
same<Exclude<Alone<Ours.ChatCompletionStream, TheirStream>, symbol>, Additions>(true);
// Listeners are told with objects of ours, as below; chained calls give the class itself.
type Listening = "on" | "once" | "off" | "emitted" | "events" | typeof Symbol.asyncIterator;
// Completions of ours have texts of open sets, and null where Bedrock says null: see openai.ts.
type Answers = "allChatCompletions" | "currentChatCompletionSnapshot" | "finalChatCompletion" | "totalUsage";
same<Unlike<Ours.ChatCompletionStream, TheirStream>, Listening | Answers>(true);
same<Unlike<TheirStream, Ours.ChatCompletionStream>, Listening | "currentChatCompletionSnapshot">(true);

same<Alone<TheirRunner, Ours.ChatCompletionRunner>, "_addMessage" | "_emit">(true);
same<Alone<Ours.ChatCompletionRunner, TheirRunner>, never>(true);
same<Unlike<Ours.ChatCompletionRunner, TheirRunner>, Exclude<Listening, symbol> | Exclude<Answers, "currentChatCompletionSnapshot">>(true);

same<Alone<TheirStreamingRunner, Ours.ChatCompletionStreamingRunner>, "_emit">(true);

// -- events --

same<Alone<TheirStreamEvents, Ours.ChatCompletionStreamEvents>, never>(true);
same<Alone<Ours.ChatCompletionStreamEvents, TheirStreamEvents>, never>(true);
// Errors are of the package's own classes; completions as above.
type Objects = "abort" | "chatCompletion" | "chunk" | "finalChatCompletion" | "totalUsage";
same<Unlike<TheirStreamEvents, Ours.ChatCompletionStreamEvents>, Objects>(true);
same<Unlike<Ours.ChatCompletionStreamEvents, TheirStreamEvents>, "abort" | "chunk" | "error">(true);
same<Alone<TheirRunnerEvents, Ours.ChatCompletionRunnerEvents>, never>(true);
same<Alone<Ours.ChatCompletionRunnerEvents, TheirRunnerEvents>, never>(true);

// -- promises, options, the client, models --

same<Alone<TheirPromise<1>, APIPromise<1>>, never>(true);
same<Alone<APIPromise<1>, TheirPromise<1>>, never>(true);

// Of requests that are not of an operation.
type Raw = "body" | "defaultBaseURL" | "method" | "path" | "stream";
same<Exclude<Alone<OpenAI.RequestOptions, RequestOptions>, `__${string}`>, Raw>(true);
type CallAdditions = "guardrail" | "limits" | "onRetry" | "reasoningFormat";
same<Alone<RequestOptions, OpenAI.RequestOptions>, CallAdditions>(true);
// Several values of one header, nested queries, a method or a body by `fetchOptions`: an error.
same<Unlike<OpenAI.RequestOptions, RequestOptions>, "fetchOptions" | "headers" | "query">(true);
same<Exclude<Alone<TheirRunnerOptions, Ours.RunnerOptions>, `__${string}`>, Raw>(true);
same<Alone<Ours.RunnerOptions, TheirRunnerOptions>, CallAdditions | "beforeTool" | "onLimit" | "onToolError">(true);

// OpenAI's own ways to authenticate and to be asked.
type Accounts = "credential" | "dataResidency" | "provider" | "workloadIdentity" | "x509Transport";
same<Alone<TheirClientOptions, ClientOptions>, Accounts>(true);
// `null` for `baseURL` is an error; headers as above.
same<Unlike<TheirClientOptions, ClientOptions>, "baseURL" | "defaultHeaders" | "fetchOptions">(true);

// What the client has is there; the rest are other services, and requests by hand.
type Present = "chat" | "models" | "baseURL" | "apiKey" | "maxRetries" | "timeout" | "withOptions";
type Missing = "beta" | "completions" | "responses" | "embeddings" | "images" | "moderations";
same<Extract<keyof OpenAI, keyof BedrockChatClient>, Present | Missing>(true);
same<Exclude<Alone<BedrockChatClient, OpenAI>, symbol>, "explain" | "free" | "guardrails" | "toJSON">(true);
same<Alone<OpenAI["models"], BedrockChatClient["models"]>, never>(true);
same<Alone<OpenAI.Model, Ours.Model>, "shutdown_date">(true);
same<Unlike<OpenAI.Model, Ours.Model>, never>(true);

// -- requests --

same<Alone<Chat.ChatCompletionCreateParamsNonStreaming, Ours.ChatCompletionCreateParamsNonStreaming>, never>(true);
same<
  Alone<Ours.ChatCompletionCreateParamsNonStreaming, Chat.ChatCompletionCreateParamsNonStreaming>,
  "amazon-bedrock-guardrailConfig"
>(true);
same<Unlike<Chat.ChatCompletionCreateParamsNonStreaming, Ours.ChatCompletionCreateParamsNonStreaming>, never>(true);
// Texts of sets that are not ours to close, and what Bedrock does not describe.
same<
  Unlike<Ours.ChatCompletionCreateParamsNonStreaming, Chat.ChatCompletionCreateParamsNonStreaming>,
  "audio" | "prompt_cache_retention" | "reasoning_effort" | "service_tier" | "verbosity" | "web_search_options"
>(true);
same<Alone<Chat.ChatCompletionAssistantMessageParam, Ours.ChatCompletionAssistantMessageParam>, never>(true);
same<Alone<Chat.ChatCompletionUserMessageParam, Ours.ChatCompletionUserMessageParam>, never>(true);
same<Alone<Chat.ChatCompletionSystemMessageParam, Ours.ChatCompletionSystemMessageParam>, never>(true);
same<Alone<Chat.ChatCompletionDeveloperMessageParam, Ours.ChatCompletionDeveloperMessageParam>, never>(true);
same<Alone<Chat.ChatCompletionToolMessageParam, Ours.ChatCompletionToolMessageParam>, never>(true);
same<Alone<Chat.ChatCompletionContentPartText, Ours.ChatCompletionContentPartText>, never>(true);
same<Alone<Chat.ChatCompletionContentPartImage, Ours.ChatCompletionContentPartImage>, never>(true);
same<Alone<Chat.ChatCompletionContentPartInputAudio, Ours.ChatCompletionContentPartInputAudio>, never>(true);
same<Alone<Chat.ChatCompletionContentPart.File, Ours.ChatCompletionContentPart.File>, never>(true);
same<Alone<Chat.ChatCompletionFunctionTool["function"], Ours.ChatCompletionFunctionTool["function"]>, never>(true);
same<Alone<Chat.ChatCompletionStreamOptions, Ours.ChatCompletionStreamOptions>, never>(true);

// -- answers: no model of this API speaks, moderates or stores --

same<Alone<Chat.ChatCompletion, Ours.ChatCompletion>, "metadata" | "moderation">(true);
same<Alone<Chat.ChatCompletionMessage, Ours.ChatCompletionMessage>, "audio">(true);
same<Alone<Chat.ChatCompletion.Choice, Ours.ChatCompletion.Choice>, never>(true);
same<Alone<Chat.ChatCompletionChunk, Ours.ChatCompletionChunk>, "moderation">(true);
same<Alone<Chat.ChatCompletionChunk.Choice.Delta, Ours.ChatCompletionChunk.Choice.Delta>, "audio">(true);
