/**
 * Structured output: schemas into response formats and tools, answers into their values. An entry
 * of its own, without dependencies; a bundle has it only where it is imported.
 *
 * @example
 * ```ts
 * import { BedrockChatClient } from "bedrock-chat";
 * import { responseFormat } from "bedrock-chat/structured";
 * import * as z from "zod";
 *
 * const City = z.object({ name: z.string(), people: z.number().int() });
 *
 * const client = new BedrockChatClient({ region: "us-west-2" });
 * const completion = await client.chat.completions.parse({
 *   model: "us.openai.gpt-5.6-sol",
 *   messages: [{ role: "user", content: "Which city is the largest of Switzerland?" }],
 *   response_format: responseFormat(City, "city"),
 * });
 * console.log(completion.choices[0]?.message.parsed?.name);
 * ```
 *
 * @packageDocumentation
 */
import type { AutoParseableResponseFormat, AutoParseableTool } from "./parse.js";
import type { AnyRunner, ToolCallInfo } from "./runner.js";

/** A schema of any library that keeps to Standard Schema: Zod, Valibot, ArkType and others. */
export interface StandardSchema<Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
    /** Checks a value; at once, or later. */
    readonly validate?: (value: unknown) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>;
    /** Tells the JSON Schema. */
    readonly jsonSchema?: { readonly input: (options: { readonly target: "draft-2020-12" }) => object } | undefined;
  };
}

/** What a check comes to. */
export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] };

/** What is wrong with a value. */
export interface StandardSchemaIssue {
  /** In the library's words, which may quote the value. */
  readonly message: string;
  /** Where. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema makes of a value that fits. */
export type SchemaOutput<Schema> = Schema extends { readonly "~standard": { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : unknown;

/** How a schema is sent. */
export interface SchemaOptions {
  /**
   * The JSON Schema, where the library cannot tell it: `z.toJSONSchema(schema)` before Zod 4.2,
   * `toJsonSchema(schema)` of `@valibot/to-json-schema`.
   */
  schema?: object | undefined;
  /**
   * Whether the answer must follow the schema to the letter. Then all properties are required: what
   * may be missing has to be nullable instead. Default: `true`.
   */
  strict?: boolean | undefined;
  /**
   * What becomes of limits that Bedrock documents as not supported: `minimum`, `maxLength`,
   * `pattern` and others.
   *
   * - `"refuse"`: an error that names the first of them.
   * - `"describe"`: they are said in the `description`, and checked by your validator alone.
   * - `"keep"`: they are sent, for models that take them.
   *
   * Default: `"refuse"`.
   */
  limits?: "refuse" | "describe" | "keep" | undefined;
}

/** How a response format is sent. */
export interface ResponseFormatOptions extends SchemaOptions {
  /** What the answer is for: the model reads it. */
  description?: string | undefined;
}

/**
 * A `response_format` for a schema. {@link BedrockChatClient.chat}'s `parse()`, `stream()` and
 * `runTools()` check the answer with it, and `message.parsed` is of the schema's output type.
 *
 * Objects are closed, `oneOf` of branches that exclude each other becomes `anyOf`, `allOf` is made
 * one. What Bedrock does not take is an error at once, and not an answer of status 400.
 *
 * @param schema Of a library that keeps to Standard Schema. Its validator may be asynchronous.
 * @param name 1 to 64 letters, digits, `_` and `-`.
 * @throws {@link InvalidRequestError} if the schema cannot be sent; `path` names the keyword:
 * `schema.properties.age.minimum`.
 */
export declare function responseFormat<Schema extends StandardSchema>(
  schema: Schema,
  name: string,
  options?: ResponseFormatOptions,
): AutoParseableResponseFormat<SchemaOutput<Schema>>;

/**
 * A `response_format` for a JSON Schema. Nothing checks whether an answer fits it: `Value` is what
 * you say it is.
 *
 * @example
 * ```ts
 * const response_format = responseFormat<{ name: string }>(
 *   { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
 *   "city",
 * );
 * ```
 */
export declare function responseFormat<Value = unknown>(
  schema: object,
  name: string,
  options?: ResponseFormatOptions,
): AutoParseableResponseFormat<Value>;

/** What a tool's function gets to know of the call. */
export interface ToolRun extends ToolCallInfo {
  /** The run that calls it. */
  runner: AnyRunner;
  /** The run's `toolContext`. */
  context: any;
}

/** A tool without its arguments. */
export interface ToolOptions<Name extends string = string> extends SchemaOptions {
  /** 1 to 64 letters, digits, `_` and `-`. */
  name: Name;
  /** What it does, and when it is to be called: the model reads it. */
  description?: string | undefined;
}

/**
 * A tool whose arguments have a schema: for `runTools()`, and for `parse()` and `stream()`, which
 * tell `parsed_arguments`. In a run, arguments that do not fit are told to the model, which may
 * call again.
 *
 * @throws {@link InvalidRequestError} if the schema cannot be sent; `path` names the keyword:
 * `parameters.properties.days.maximum`.
 *
 * @example
 * ```ts
 * const weather = tool({
 *   name: "get_weather",
 *   description: "The weather of a city, now",
 *   parameters: z.object({ city: z.string() }),
 *   run: async ({ city }, { signal }) => (await fetch(`/weather/${city}`, { signal })).text(),
 * });
 * const runner = client.chat.completions.runTools({ model, messages, tools: [weather] });
 * console.log(await runner.finalContent());
 * ```
 */
export declare function tool<const Name extends string, Schema extends StandardSchema>(
  options: ToolOptions<Name> & {
    /** The schema of its arguments. */
    parameters: Schema;
    /** Called with arguments that fit. What it returns is told to the model. */
    run: (args: SchemaOutput<Schema>, call: ToolRun) => unknown;
  },
): AutoParseableTool<{ name: Name; arguments: SchemaOutput<Schema>; function: (args: SchemaOutput<Schema>) => unknown }, true>;

/** A tool that you run yourself. */
export declare function tool<const Name extends string, Schema extends StandardSchema>(
  options: ToolOptions<Name> & { parameters: Schema; run?: undefined },
): AutoParseableTool<{ name: Name; arguments: SchemaOutput<Schema>; function: undefined }, false>;

/** A tool whose arguments have a JSON Schema, which nothing checks; or that has none. */
export declare function tool<Args = any>(
  options: ToolOptions & { parameters?: object | undefined; run: (args: Args, call: ToolRun) => unknown },
): AutoParseableTool<{ name: string; arguments: Args; function: (args: Args) => unknown }, true>;

/** A tool with a JSON Schema that you run yourself. */
export declare function tool<Args = unknown>(
  options: ToolOptions & { parameters?: object | undefined; run?: undefined },
): AutoParseableTool<{ name: string; arguments: Args; function: undefined }, false>;

export { StructuredOutputError } from "./errors.js";
