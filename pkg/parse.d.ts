import type {
  ChatCompletion,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionFunctionTool,
  ChatCompletionMessage,
  ChatCompletionMessageCustomToolCall,
  ChatCompletionMessageFunctionToolCall,
  ResponseFormatJSONSchema,
} from "./chat.js";

/**
 * A response format that brings its parser: what `zodResponseFormat()` and
 * `standardResponseFormat()` of `openai/helpers` make.
 */
export type AutoParseableResponseFormat<ParsedT> = ResponseFormatJSONSchema & {
  /** Of the type alone. */
  __output: ParsedT;
  /** By this it is known. */
  $brand: "auto-parseable-response-format";
  /** Makes the value of a content. */
  $parseRaw(content: string): ParsedT;
};

/** A tool that brings its parser, and perhaps its function: what `zodFunction()` makes. */
export type AutoParseableTool<
  OptionsT extends { name: string; arguments: any; function?: ((args: any) => any) | undefined },
  HasFunction = OptionsT["function"] extends (...args: never[]) => unknown ? true : false,
> = ChatCompletionFunctionTool & {
  /** Of the type alone. */
  __arguments: OptionsT["arguments"];
  /** Of the type alone. */
  __name: OptionsT["name"];
  /** Of the type alone: whether it can be run. */
  __hasFunction: HasFunction;
  /** By this it is known. */
  $brand: "auto-parseable-tool";
  /** Is called with the arguments by `runTools()`. */
  $callback: ((args: OptionsT["arguments"]) => any) | undefined;
  /** Makes the arguments of their text. */
  $parseRaw(args: string): OptionsT["arguments"];
};

type ParsedResponseFormat<Format> = [Format] extends [never]
  ? null
  : Format extends { $brand: "auto-parseable-response-format"; __output: infer ParsedT }
    ? ParsedT
    : Format extends { type: "json_schema" }
      ? unknown
      : null;

/** The type that a request's `response_format` parses to; `null` if it parses to nothing. */
export type ExtractParsedContentFromParams<Params> = Params extends { response_format?: infer Format }
  ? ParsedResponseFormat<Format>
  : null;

/** What `parse()` takes. */
export type ChatCompletionParseParams = ChatCompletionCreateParamsNonStreaming;

/** The call of a function whose arguments were parsed. */
export interface ParsedFunctionToolCall extends ChatCompletionMessageFunctionToolCall {
  /** The function, and the arguments of the call. */
  function: ParsedFunction;
}

/** A function, and the arguments of its call. */
export interface ParsedFunction extends ChatCompletionMessageFunctionToolCall.Function {
  /** The arguments as a value, where the tool has `strict: true` or a parser of its own. */
  parsed_arguments?: unknown;
}

/** A tool call of a message that was parsed. */
export type ParsedChatCompletionMessageToolCall = ParsedFunctionToolCall | ChatCompletionMessageCustomToolCall;

/** A message that was parsed. */
export interface ParsedChatCompletionMessage<ParsedT> extends ChatCompletionMessage {
  /** The content as a value; `null` where there is none, as with a refusal. */
  parsed: ParsedT | null;
  /** The calls, with their arguments as values. */
  tool_calls?: ParsedChatCompletionMessageToolCall[];
}

/** An answer that was parsed. */
export interface ParsedChoice<ParsedT> extends ChatCompletion.Choice {
  /** What the model says. */
  message: ParsedChatCompletionMessage<ParsedT>;
}

/** A completion that was parsed. */
export interface ParsedChatCompletion<ParsedT> extends ChatCompletion {
  /** The answers. */
  choices: ParsedChoice<ParsedT>[];
}
