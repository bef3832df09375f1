// Zod, Valibot and ArkType, as their users write schemas; and openai's client with what ours makes.

import { fileURLToPath } from "node:url";
import { toJsonSchema, toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import { BedrockChatClient, InvalidRequestError } from "bedrock-chat";
import { responseFormat, StructuredOutputError, tool } from "bedrock-chat/structured";
import { build } from "esbuild";
import OpenAI from "openai";
import * as v from "valibot";
import * as z from "zod";
import { assert, test } from "../harness.js";
import { fails } from "../helpers.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const model = "us.openai.gpt-5.6-sol";

const zod = z.object({
  city: z.string().transform((city) => city.toUpperCase()),
  people: z.int(),
  found: z.iso.date(),
  mail: z.email(),
  nickname: z.string().nullable(),
  kind: z.enum(["city", "village"]),
  rivers: z.array(z.object({ name: z.string(), km: z.number() })),
  seat: z.discriminatedUnion("of", [
    z.object({ of: z.literal("canton"), name: z.string() }),
    z.object({ of: z.literal("country"), code: z.string() }),
  ]),
});

const valibot = v.object({
  city: v.pipe(v.string(), v.transform((city) => city.toUpperCase())),
  people: v.pipe(v.number(), v.integer()),
  found: v.pipe(v.string(), v.isoDate()),
  mail: v.pipe(v.string(), v.email()),
  nickname: v.nullable(v.string()),
  kind: v.picklist(["city", "village"]),
  rivers: v.array(v.object({ name: v.string(), km: v.number() })),
  seat: v.variant("of", [
    v.object({ of: v.literal("canton"), name: v.string() }),
    v.object({ of: v.literal("country"), code: v.string() }),
  ]),
});

const arktype = type({
  city: type("string").pipe((city) => city.toUpperCase()),
  people: "number.integer",
  found: "string",
  mail: "string.email",
  nickname: "string | null",
  kind: "'city' | 'village'",
  rivers: type({ name: "string", km: "number" }).array(),
  seat: type({ of: "'canton'", name: "string" }).or({ of: "'country'", code: "string" }),
});

const asynchronous = zod.refine(async ({ people }) => people > 0, { path: ["people"] });

const libraries = {
  "Zod": [zod],
  "Zod, asynchronous": [asynchronous],
  "Valibot": [toStandardJsonSchema(valibot)],
  "Valibot, its JSON Schema beside it": [valibot, { schema: toJsonSchema(valibot, { typeMode: "input" }) }],
  "Valibot, asynchronous": [
    v.pipeAsync(valibot, v.checkAsync(async ({ people }) => people > 0)),
    { schema: toJsonSchema(valibot, { typeMode: "input" }) },
  ],
  "ArkType": [arktype],
};

for (const [name, [schema, options]] of Object.entries(libraries)) {
  test(`schemas of ${name}`, async ({ emulator }) => {
    const { baseURL } = await emulator.space();
    const { completions } = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey }).chat;
    const response_format = responseFormat(schema, "place", options);
    const ask = (content) => completions.parse({ model, messages: [{ role: "user", content }], response_format });
    const { parsed, content } = (await ask("hello")).choices[0].message;
    const raw = JSON.parse(content);
    assert.deepEqual(parsed, { ...raw, city: raw.city.toUpperCase() });
    assert.strictEqual(parsed.kind, "city");
    const error = await fails(ask("misfit"));
    assert.instanceOf(error, StructuredOutputError);
    assert.strictEqual(error.reason, "schema");
    assert.strictEqual(error.message, "The answer does not fit its schema: `city`.");
    assert.isString(error.issues[0].message);
    assert.match(error.feedback, /^Invalid: city: /);

    const seen = [];
    const search = tool({ name: "search", parameters: schema, run: (place) => void seen.push(place) ?? "found", ...options });
    const body = { model, reasoning_effort: "none", messages: [{ role: "user", content: "misfit" }], tools: [search] };
    const runner = completions.runTools(body);
    assert.match(await runner.finalContent(), /found/);
    assert.deepEqual(seen, [parsed]);
  });
}

test("schemas that cannot be sent name the keyword, whose library it may be", () => {
  const list = z.object({ name: z.string(), get next() { return list.nullable(); } });
  const cases = {
    "schema.properties.age.minimum": [z.object({ age: z.number().min(0) }), toStandardJsonSchema(v.object({ age: v.pipe(v.number(), v.minValue(0)) })), type({ age: "number >= 0" })],
    "schema.properties.name.maxLength": [z.object({ name: z.string().max(9) }), toStandardJsonSchema(v.object({ name: v.pipe(v.string(), v.maxLength(9)) })), type({ name: "string <= 9" })],
    "schema.properties.a": [z.object({ a: z.string().optional() }), toStandardJsonSchema(v.object({ a: v.optional(v.string()) })), type({ "a?": "string" })],
    "schema.properties.tags.maxItems": [z.object({ tags: z.array(z.string()).max(3) })],
    "schema.properties.by.propertyNames": [z.object({ by: z.record(z.string(), z.number()) })],
    "schema.properties.at.prefixItems": [z.object({ at: z.tuple([z.number(), z.number()]) })],
    "schema.properties.next.anyOf[0].$ref": [list],
    "schema.additionalProperties": [z.looseObject({})],
    schema: [z.object({ at: z.date() }), z.string(), v.object({})],
  };
  for (const [path, schemas] of Object.entries(cases)) {
    for (const schema of schemas) {
      try {
        responseFormat(schema, "x");
        assert.fail(path);
      } catch (error) {
        assert.instanceOf(error, InvalidRequestError);
        assert.strictEqual(error.path, path, error.message);
      }
    }
  }
  const { properties } = responseFormat(z.object({ age: z.number().min(0) }), "x", { limits: "describe" }).json_schema.schema;
  assert.deepEqual(properties.age, { type: "number", description: "(minimum: 0)" });
});

test("openai's client takes what ours makes", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const { completions } = new OpenAI({ baseURL, apiKey: emulator.apiKey }).chat;
  const messages = [{ role: "user", content: "weather" }];
  const answer = await completions.parse({ model, messages, response_format: responseFormat(zod, "place") });
  assert.strictEqual(answer.choices[0].message.parsed.kind, "city");
  const weather = tool({ name: "get_weather", parameters: z.object({ city: z.string() }), run: ({ city }) => `rain in ${city}` });
  const runner = completions.runTools({ model, reasoning_effort: "none", messages, tools: [weather] });
  assert.match(await runner.finalContent(), /rain in Z/);
});

test("a bundle that does not import it has none of it", async () => {
  const bundle = async (names, from) => {
    const stdin = { contents: `import { ${names} } from "${from}"; console.log(${names});`, resolveDir: here };
    return (await build({ stdin, bundle: true, minify: true, format: "esm", write: false })).outputFiles[0].text;
  };
  const mark = "trailing_text";
  assert.notInclude(await bundle("BedrockChatClient", "bedrock-chat"), mark);
  const alone = await bundle("responseFormat", "bedrock-chat/structured");
  assert.include(alone, mark);
  assert.isBelow(alone.length, 20_000);
});
