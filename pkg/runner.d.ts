import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
} from "./chat.js";
import type { RequestOptions } from "./client.js";
import type { ChatCompletionConversation, ChatCompletionRunnerEvents } from "./events.js";
import type { AutoParseableTool } from "./parse.js";
import type { ChatCompletionStream } from "./completion-stream.js";
import type { WebAbortController, WebAbortSignal } from "./web.js";

/** The call that a function is run for. */
export interface ToolCallInfo {
  /** Ends with the run: hand it on to what the function waits for. */
  signal: WebAbortSignal;
  /** The id of the call. */
  id: string;
}

/** A run, of answers that come whole or stream. */
export type AnyRunner = ChatCompletionRunner<any> | ChatCompletionStreamingRunner<any>;

/** A function, and how it is described to the model. */
export interface RunnableFunctionWithoutParse<ToolContext = unknown> {
  /** Is run with the text of the arguments. What it gives is sent to the model, as text or JSON. */
  function: (args: string, runner: AnyRunner, toolContext: ToolContext, call: ToolCallInfo) => unknown;
  /** The arguments, as a JSON Schema. */
  parameters: object;
  /** What it does, for the model. */
  description: string;
  /** Its name. Default: the name of `function`. */
  name?: string | undefined;
  /** Whether the arguments must follow the schema exactly. */
  strict?: boolean | undefined;
}

/** A function with a parser of its arguments. */
export interface RunnableFunctionWithParse<Args extends object, ToolContext = unknown>
  extends Omit<RunnableFunctionWithoutParse<ToolContext>, "function"> {
  /** Is run with what `parse` gives. What it gives is sent to the model, as text or JSON. */
  function: (args: Args, runner: AnyRunner, toolContext: ToolContext, call: ToolCallInfo) => unknown;
  /** Makes the arguments of their text. What it throws is told to the model. */
  parse: (input: string) => Args | Promise<Args>;
}

/** A function with or without a parser. */
export type RunnableFunction<Args extends object | string, ToolContext = unknown> = Args extends string
  ? RunnableFunctionWithoutParse<ToolContext>
  : Args extends object
    ? RunnableFunctionWithParse<Args, ToolContext>
    : never;

/** A tool that is run by `runTools()`. */
export type RunnableToolFunction<Args extends object | string, ToolContext = unknown> = Args extends string
  ? { type: "function"; function: RunnableFunctionWithoutParse<ToolContext> }
  : Args extends object
    ? { type: "function"; function: RunnableFunctionWithParse<Args, ToolContext> }
    : never;

/** A tool whose function gets a context. */
export interface RunnableToolFunctionWithContext<ToolContext> {
  type: "function";
  /** The function. */
  function: {
    function: (args: any, runner: AnyRunner, toolContext: ToolContext, call: ToolCallInfo) => unknown;
    parse?: (input: string) => any;
    parameters: object;
    description: string;
    name?: string | undefined;
    strict?: boolean | undefined;
  };
}

/** Tools, by the types of their arguments. */
export type RunnableTools<
  FunctionsArgs extends readonly (object | string)[],
  ToolContext = unknown,
> = [any[]] extends [FunctionsArgs]
  ? readonly RunnableToolFunction<any, ToolContext>[]
  : {
      [Index in keyof FunctionsArgs]: FunctionsArgs[Index] extends object | string
        ? RunnableToolFunction<FunctionsArgs[Index], ToolContext>
        : FunctionsArgs[Index];
    };

/** A tool whose `parse` and `function` agree. */
export declare class ParsingToolFunction<Args extends object, ToolContext = unknown> {
  constructor(input: RunnableFunctionWithParse<Args, ToolContext>);
  type: "function";
  /** The function. */
  function: RunnableFunctionWithParse<Args, ToolContext>;
}

/** What `runTools()` takes, without a context for the functions. */
export type ChatCompletionToolRunnerParams<FunctionsArgs extends readonly (object | string)[]> = Omit<
  ChatCompletionCreateParamsNonStreaming,
  "tools"
> & {
  tools: RunnableTools<FunctionsArgs> | AutoParseableTool<any, true>[];
  toolContext?: never;
};

/** What `runTools()` takes to stream, without a context for the functions. */
export type ChatCompletionStreamingToolRunnerParams<FunctionsArgs extends readonly (object | string)[]> = Omit<
  ChatCompletionCreateParamsStreaming,
  "tools"
> & {
  tools: RunnableTools<FunctionsArgs> | AutoParseableTool<any, true>[];
  toolContext?: never;
};

/** The options of a run. Those of a call are for each call of it; `signal` is for the whole. */
export interface RunnerOptions extends RequestOptions {
  /** How many answers are asked for at most. Default: 10. */
  maxChatCompletions?: number | undefined;

  /** Is called after each answer and the tools that it called; the run waits for it. */
  afterCompletion?: ((completion: ChatCompletion, runner: AnyRunner) => unknown) | undefined;

  /**
   * Is called before each function, and waited for. `false` or a text: it is not run, and the
   * model is told so, or the text.
   *
   * @example
   * ```ts
   * beforeTool: ({ name }) => name !== "delete" || "Ask the user first.",
   * ```
   */
  beforeTool?:
    | ((call: { id: string; name: string; arguments: any }, runner: AnyRunner) => unknown)
    | undefined;

  /**
   * What becomes of an exception of a function: it ends the run (`"throw"`), or its message is
   * told to the model (`"reply"`). Default: `"throw"`.
   */
  onToolError?: "throw" | "reply" | undefined;

  /**
   * What happens after {@link maxChatCompletions} answers that call tools: the run ends with the
   * last (`"stop"`), or fails with a `BedrockError` (`"throw"`). Default: `"stop"`.
   */
  onLimit?: "stop" | "throw" | undefined;
}

/**
 * A run of `runTools()` whose answers come whole: asks, runs the functions that the model calls,
 * tells it the results, and asks again until it calls none. It begins by itself.
 */
export declare class ChatCompletionRunner<ParsedT = null> extends ChatCompletionConversation<
  ChatCompletionRunnerEvents,
  ParsedT
> {
  private constructor();

  /** Ends the run. Whoever waits for it gets an {@link APIUserAbortError}. */
  abort(reason?: unknown): void;

  /** An `AbortController` that does what {@link abort} does. */
  controller: WebAbortController;
}

/** A run of `runTools()` whose answers stream, one behind the other, as one stream. */
export declare class ChatCompletionStreamingRunner<ParsedT = null> extends ChatCompletionStream<ParsedT> {
  private constructor();
}
