// Structured output: what a schema makes is the type of what is parsed.

import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { BedrockChatClient, type AutoParseableResponseFormat, type ChatCompletionMessageParam } from "bedrock-chat";
import { responseFormat, StructuredOutputError, tool, type StandardSchemaIssue } from "bedrock-chat/structured";
import OpenAI from "openai";
import * as v from "valibot";
import * as z from "zod";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

declare const client: BedrockChatClient;
declare const openai: OpenAI;
declare const print: (text: string) => void;
const model = "us.openai.gpt-5.6-sol";
const messages: ChatCompletionMessageParam[] = [{ role: "user", content: "Hi" }];

interface City {
  name: string;
  people: number | null;
}
const ofZod = z.object({ name: z.string(), people: z.string().transform(Number).nullable() });
const ofValibot = v.object({ name: v.string(), people: v.nullable(v.number()) });
const ofArktype = type({ name: "string", people: "number | null" });

const zodFormat = responseFormat(ofZod, "city", { description: "A city", limits: "describe", strict: true });
same<typeof zodFormat, AutoParseableResponseFormat<City>>(true);
const valibotFormat = responseFormat(toStandardJsonSchema(ofValibot), "city");
const besideFormat = responseFormat(ofValibot, "city", { schema: {} });
const arktypeFormat = responseFormat(ofArktype, "city");
const plainFormat = responseFormat<City>({ type: "object", properties: {} } as const, "city");
const untyped = responseFormat({ type: "object", properties: {} }, "city");

export async function parse(): Promise<void> {
  for (const response_format of [zodFormat, valibotFormat, besideFormat, arktypeFormat, plainFormat]) {
    const { message } = (await client.chat.completions.parse({ model, messages, response_format })).choices[0]!;
    same<typeof message.parsed, City | null>(true);
  }
  const { message } = (await client.chat.completions.parse({ model, messages, response_format: untyped })).choices[0]!;
  same<typeof message.parsed, unknown>(true);
  // @ts-expect-error: it may be null
  (await client.chat.completions.parse({ model, messages, response_format: zodFormat })).choices[0]?.message.parsed.name;
  const theirs = await openai.chat.completions.parse({ model, messages: [], response_format: zodFormat });
  same<(typeof theirs.choices)[0]["message"]["parsed"], City | null>(true);
}

export async function partial(): Promise<void> {
  const Recipe = z.object({ title: z.string(), steps: z.array(z.object({ text: z.string() })) });
  const stream = client.chat.completions.stream({ model, messages, response_format: responseFormat(Recipe, "recipe") });
  for await (const recipe of stream.partialStream()) {
    same<typeof recipe.title, string | undefined>(true);
    same<NonNullable<typeof recipe.steps>[number], { text?: string }>(true);
    print(recipe.steps?.at(-1)?.text ?? "");
  }
  same<Awaited<ReturnType<typeof stream.finalMessage>>["parsed"], { title: string; steps: { text: string }[] } | null>(true);
  for await (const value of client.chat.completions.stream({ model, messages }).partialStream()) print(value.anything);
}

export async function run(): Promise<void> {
  const weather = tool({
    name: "weather",
    description: "The weather",
    parameters: ofZod,
    run: async ({ name, people }, { signal, id, context, runner }) => {
      same<typeof people, number | null>(true);
      print(name + id + String(context) + runner.messages.length);
      await fetch("/", { signal });
    },
  });
  same<(typeof weather)["__name"], "weather">(true);
  same<(typeof weather)["__arguments"], City>(true);
  const byHand = tool({ name: "by_hand", parameters: ofArktype });
  same<(typeof byHand)["__hasFunction"], false>(true);
  const plain = tool({ name: "plain", parameters: { type: "object", properties: {} }, run: (args) => print(args.city) });
  const typed = tool<City>({ name: "typed", parameters: {}, run: ({ name }) => name });
  const none = tool({ name: "none", run: () => new Date().toISOString() });
  await client.chat.completions.runTools({ model, messages, tools: [weather, plain, typed, none] }).finalContent();
  await client.chat.completions.runTools({ model, messages, stream: true, tools: [weather] }).done();
  await openai.chat.completions.runTools({ model, messages: [], tools: [weather] }).done();
  await client.chat.completions.parse({ model, messages, tools: [byHand] });
  // @ts-expect-error: it has no function
  client.chat.completions.runTools({ model, messages, tools: [byHand] });
  // @ts-expect-error: no such argument
  tool({ name: "x", parameters: ofZod, run: ({ nothing }) => nothing });
  // @ts-expect-error: no such way
  responseFormat(ofZod, "city", { limits: "drop" });
}

export function failed(error: unknown): string {
  if (!(error instanceof StructuredOutputError)) return "";
  same<typeof error.issues, readonly StandardSchemaIssue[] | undefined>(true);
  switch (error.reason) {
    case "trailing_text":
      return JSON.stringify(error.value);
    case "not_finite":
      return error.path ?? "";
    case "invalid_json":
    case "schema":
      return error.feedback + error.text + error.partial?.choices.length;
  }
}
