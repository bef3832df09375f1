import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionMessage,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
  ChatCompletionSnapshot,
  ChatCompletionTokenLogprob,
  CompletionUsage,
} from "./chat.js";
import type { APIUserAbortError, BedrockError } from "./errors.js";
import type { ParsedChatCompletion, ParsedChatCompletionMessage } from "./parse.js";

/** What every stream and every run tells. */
export interface BaseEvents {
  /** The answer has begun. */
  connect: () => void;
  /** It has failed. Who hears none of `error`, `abort` and the promises gets an unhandled rejection. */
  error: (error: BedrockError) => void;
  /** It was aborted. */
  abort: (error: APIUserAbortError) => void;
  /** It is over: the last event of all. */
  end: () => void;
}

/** What a conversation tells. */
export interface ChatCompletionConversationEvents extends BaseEvents {
  /** An answer is whole. */
  chatCompletion: (completion: ChatCompletion) => void;
  /** A message was added: the model's, or the result of a tool. */
  message: (message: ChatCompletionMessageParam) => void;
  /** The model calls a function. */
  functionToolCall: (call: ChatCompletionMessageFunctionToolCall.Function) => void;
  /** A function has given its result to the model. */
  functionToolCallResult: (content: string) => void;
  /** The last answer, at the end. */
  finalChatCompletion: (completion: ChatCompletion) => void;
  /** Its message. */
  finalMessage: (message: ChatCompletionMessageParam) => void;
  /** Its text. */
  finalContent: (content: string) => void;
  /** The last function that was called. */
  finalFunctionToolCall: (call: ChatCompletionMessageFunctionToolCall.Function) => void;
  /** The last result of a function. */
  finalFunctionToolCallResult: (content: string) => void;
  /** The tokens used, by all answers together. */
  totalUsage: (usage: CompletionUsage) => void;
}

/** What a run tells whose answers come whole. */
export interface ChatCompletionRunnerEvents extends ChatCompletionConversationEvents {
  /** The model has said something. */
  content: (content: string) => void;
}

/** What a stream tells. */
export interface ChatCompletionStreamEvents<ParsedT = null> extends ChatCompletionConversationEvents {
  /** A piece of the text, and all of it so far. */
  content: (delta: string, snapshot: string) => void;
  /** A chunk, and the completion so far: the same object each time. */
  chunk: (chunk: ChatCompletionChunk, snapshot: ChatCompletionSnapshot) => void;
  /** A piece of the text; see {@link ContentDeltaEvent}. */
  "content.delta": (event: ContentDeltaEvent) => void;
  /** The text is whole. */
  "content.done": (event: ContentDoneEvent<ParsedT>) => void;
  /** A piece of a refusal. */
  "refusal.delta": (event: RefusalDeltaEvent) => void;
  /** A refusal is whole. */
  "refusal.done": (event: RefusalDoneEvent) => void;
  /** A piece of the arguments of a call. */
  "tool_calls.function.arguments.delta": (event: FunctionToolCallArgumentsDeltaEvent) => void;
  /** The arguments of a call are whole. */
  "tool_calls.function.arguments.done": (event: FunctionToolCallArgumentsDoneEvent) => void;
  /** How likely the tokens of a piece of text were. */
  "logprobs.content.delta": (event: LogProbsContentDeltaEvent) => void;
  /** How likely the tokens of the text were. */
  "logprobs.content.done": (event: LogProbsContentDoneEvent) => void;
  /** How likely the tokens of a piece of a refusal were. */
  "logprobs.refusal.delta": (event: LogProbsRefusalDeltaEvent) => void;
  /** How likely the tokens of a refusal were. */
  "logprobs.refusal.done": (event: LogProbsRefusalDoneEvent) => void;
}

/** A piece of the text. */
export interface ContentDeltaEvent {
  /** The piece. */
  delta: string;
  /** All of it so far. */
  snapshot: string;
  /** The value so far, where a JSON schema was asked for. It grows: the same object each time. */
  parsed: unknown | null;
}

/** The text, whole. */
export interface ContentDoneEvent<ParsedT = null> {
  /** The text. */
  content: string;
  /** The value, where a JSON schema was asked for. */
  parsed: ParsedT | null;
}

/** A piece of a refusal. */
export interface RefusalDeltaEvent {
  /** The piece. */
  delta: string;
  /** All of it so far. */
  snapshot: string;
}

/** A refusal, whole. */
export interface RefusalDoneEvent {
  /** The refusal. */
  refusal: string;
}

/** The arguments of a call, whole. */
export interface FunctionToolCallArgumentsDoneEvent {
  /** The function's name. */
  name: string;
  /** The place of the call among the calls of its message. */
  index: number;
  /** The arguments as JSON. */
  arguments: string;
  /** The arguments as a value, where the tool is parsed. */
  parsed_arguments: unknown;
}

/** A piece of the arguments of a call; the other fields are what there is so far. */
export interface FunctionToolCallArgumentsDeltaEvent extends FunctionToolCallArgumentsDoneEvent {
  /** The piece. */
  arguments_delta: string;
}

/** How likely the tokens of the text were. */
export interface LogProbsContentDoneEvent {
  /** Of the text. */
  content: ChatCompletionTokenLogprob[];
}

/** How likely the tokens of a piece of text were. */
export interface LogProbsContentDeltaEvent extends LogProbsContentDoneEvent {
  /** All of them so far. */
  snapshot: ChatCompletionTokenLogprob[];
}

/** How likely the tokens of a refusal were. */
export interface LogProbsRefusalDoneEvent {
  /** Of the refusal. */
  refusal: ChatCompletionTokenLogprob[];
}

/** How likely the tokens of a piece of a refusal were. */
export interface LogProbsRefusalDeltaEvent extends LogProbsRefusalDoneEvent {
  /** All of them so far. */
  snapshot: ChatCompletionTokenLogprob[];
}

type ValuesOf<Listener> = Listener extends (...values: infer Values) => any ? Values : never;

/** One value as it is, several as a list. */
type Emitted<Values extends unknown[]> = Values extends [] ? void : Values extends [infer Value] ? Value : Values;

/** Whom something happens to, with `openai`'s events. */
export declare abstract class EventStream<Events extends object> {
  /** Whether it is over. */
  get ended(): boolean;
  /** Whether it has failed, otherwise than by an abort. */
  get errored(): boolean;
  /** Whether it was aborted. */
  get aborted(): boolean;

  /** Calls back each time. */
  on<Event extends keyof Events>(event: Event, listener: Events[Event]): this;
  /** Calls back the next time. */
  once<Event extends keyof Events>(event: Event, listener: Events[Event]): this;
  /** Ends what {@link on} or {@link once} began. */
  off<Event extends keyof Events>(event: Event, listener: Events[Event]): this;
  /** Waits for the next time. Rejects if it fails, or is aborted, before. */
  emitted<Event extends keyof Events>(event: Event): Promise<Emitted<ValuesOf<Events[Event]>>>;
  /**
   * What the event brings, each time: `for await (const [chunk] of stream.events("chunk"))`. Ends
   * with the stream, and throws what it fails with. While nobody but iterators listens, no more is
   * read than they ask for, and a little.
   */
  events<Event extends keyof Events>(event: Event): AsyncIterableIterator<ValuesOf<Events[Event]>>;
  /** Waits for the end. */
  done(): Promise<void>;
}

/** A completion, parsed where something was to be parsed. */
export type FinalChatCompletion<ParsedT> = [ParsedT] extends [null] ? ChatCompletion : ParsedChatCompletion<ParsedT>;

/** Its message. */
export type FinalMessage<ParsedT> = [ParsedT] extends [null]
  ? ChatCompletionMessage
  : ParsedChatCompletionMessage<ParsedT>;

/** A conversation that grows by answers, and by results of tools. */
export declare abstract class ChatCompletionConversation<
  Events extends object,
  ParsedT,
> extends EventStream<Events> {
  /** All of it, what the request had first. A run that stopped can be gone on with from these. */
  messages: ChatCompletionMessageParam[];

  /** The answers so far. */
  allChatCompletions(): ChatCompletion[];

  /**
   * The whole answer, as a call without `stream` would have given it: of several the last. Reads
   * a stream if nobody else does; otherwise waits for its end.
   */
  finalChatCompletion(): Promise<FinalChatCompletion<ParsedT>>;

  /** The message of its first choice. */
  finalMessage(): Promise<FinalMessage<ParsedT>>;

  /** The text of that; `null` if there is none. */
  finalContent(): Promise<string | null>;

  /** The last function that was called. */
  finalFunctionToolCall(): Promise<ChatCompletionMessageFunctionToolCall.Function | undefined>;

  /** The last result that a function gave. */
  finalFunctionToolCallResult(): Promise<string | undefined>;

  /**
   * The tokens used, by all answers together: zero if nobody told. Ask for it by
   * `stream_options: { include_usage: true }`; `usage` of a completion is what it told itself.
   */
  totalUsage(): Promise<CompletionUsage>;
}
