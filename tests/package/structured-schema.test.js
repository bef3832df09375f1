// Schemas as they are sent: what is rewritten, what is refused and where; and that the local Bedrock agrees.

import { BedrockChatClient, InvalidRequestError } from "bedrock-chat";
import { responseFormat, tool } from "bedrock-chat/structured";
import { assert, test } from "../harness.js";
import { fails } from "../helpers.js";

const text = { type: "string" };
const number = { type: "number" };
const objectOf = (properties, rest) => ({ type: "object", properties, required: Object.keys(properties), ...rest });
const closed = (properties, rest) => ({ ...objectOf(properties), additionalProperties: false, ...rest });
const within = (schema, $defs) => objectOf({ a: schema }, $defs && { $defs });
const sentOf = (schema, options) => responseFormat(schema, "x", options).json_schema.schema;
const inA = (schema, $defs) => sentOf(within(schema, $defs)).properties.a;

/** A schema that has a validator of its own, as libraries make them. */
const standard = (schema, validate = (value) => ({ value })) => ({
  "~standard": { version: 1, vendor: "test", validate, jsonSchema: { input: () => schema } },
});

function refusal(make) {
  try {
    make();
  } catch (error) {
    assert.instanceOf(error, InvalidRequestError);
    return error;
  }
  assert.fail("it should have been refused");
}

const branch = (kind, properties) => objectOf({ kind: { const: kind }, ...properties });

test("schema: what means the same is rewritten", () => {
  const cases = {
    "objects are closed": [objectOf({ b: text }), closed({ b: text })],
    "an object by its properties": [{ properties: { b: text }, required: ["b"] }, { ...closed({ b: text }) }],
    "an array by its items": [{ items: objectOf({ b: text }) }, { type: "array", items: closed({ b: text }) }],
    "all properties are required": [
      { type: "object", properties: { b: { type: ["string", "null"] }, c: text }, required: ["c"] },
      closed({ b: { type: ["string", "null"] }, c: text }),
    ],
    "one type in a list": [{ type: ["string"] }, text],
    "oneOf of types": [{ oneOf: [text, number, { type: "null" }] }, { anyOf: [text, number, { type: "null" }] }],
    "oneOf of values": [{ oneOf: [{ const: 1 }, { enum: [2, "1"] }] }, { anyOf: [{ const: 1 }, { enum: [2, "1"] }] }],
    "oneOf by a discriminator": [
      { oneOf: [branch("b", { of: text }), branch("c", { of: number })] },
      { anyOf: [closed({ kind: { const: "b" }, of: text }), closed({ kind: { const: "c" }, of: number })] },
    ],
    "oneOf of objects that lack what the other needs": [
      { oneOf: [objectOf({ b: text }), objectOf({ c: text })] },
      { anyOf: [closed({ b: text }), closed({ c: text })] },
    ],
    "oneOf within oneOf": [
      { oneOf: [text, { oneOf: [number, { type: "boolean" }] }] },
      { anyOf: [text, { anyOf: [number, { type: "boolean" }] }] },
    ],
    "one branch": [{ description: "d", anyOf: [text, false] }, { type: "string", description: "d" }],
    "allOf of objects": [{ allOf: [objectOf({ b: text }), objectOf({ c: number })] }, closed({ b: text, c: number })],
    "allOf of types": [{ allOf: [{ type: ["string", "integer"] }, number] }, { type: "integer" }],
    "allOf of values": [{ allOf: [{ enum: ["b", "c"] }, { enum: ["c", "d"] }] }, { enum: ["c"] }],
    "what stands beside anyOf": [
      { description: "d", type: "object", properties: { b: { const: 1 } }, required: ["b"], anyOf: [objectOf({ c: text }), objectOf({ d: text })] },
      { description: "d", anyOf: [closed({ b: { const: 1 }, c: text }), closed({ b: { const: 1 }, d: text })] },
    ],
    "what is no matter of form": [
      { $comment: "c", type: "string", default: "d", examples: ["e"], deprecated: true, title: "t", unknown: 1 },
      { type: "string", title: "t" },
    ],
    "bounds that every integer has": [{ type: "integer", minimum: -(2 ** 53) + 1, maximum: 2 ** 53 - 1 }, { type: "integer" }],
    "any value": [true, {}],
    "false is a value": [{ oneOf: [{ const: false }, { const: true }] }, { anyOf: [{ const: false }, { const: true }] }],
    "what may never be there": [{ type: "object", properties: { b: false, c: text }, required: ["c"] }, closed({ c: text })],
    "many branches": [
      { oneOf: Array.from({ length: 200 }, (_, kind) => branch(kind, { of: text })) },
      { anyOf: Array.from({ length: 200 }, (_, kind) => closed({ kind: { const: kind }, of: text })) },
    ],
    "a name like any other": [JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}'), null],
  };
  for (const [name, [given, expected]] of Object.entries(cases)) {
    const sent = inA(given);
    if (expected) assert.deepEqual(sent, expected, name);
    else assert.deepEqual(Object.keys(sent.properties), ["__proto__"], name);
  }
});

test("schema: references lead to what is sent", () => {
  const $defs = { text, pair: objectOf({ b: { $ref: "#/$defs/text" } }), unused: { minimum: 1 } };
  assert.deepEqual(sentOf(within({ $ref: "#/$defs/pair" }, $defs)), {
    ...closed({ a: { $ref: "#/$defs/pair" } }),
    $defs: { text, pair: closed({ b: { $ref: "#/$defs/text" } }) },
  });
  assert.deepEqual(inA({ $ref: "#/$defs/pair", description: "d" }, $defs), {
    description: "d",
    ...closed({ b: { $ref: "#/$defs/text" } }),
  });
  const root = { $ref: "#/definitions/a~1b%20c", definitions: { "a/b c": objectOf({ d: { $ref: "#/$defs/x" } }) }, $defs: { x: text } };
  assert.deepEqual(sentOf(root), { ...closed({ d: { $ref: "#/$defs/x" } }), $defs: { x: text } });
  const twice = sentOf(objectOf({ a: { $ref: "#/$defs/x" }, b: { $ref: "#/definitions/x" }, c: { $ref: "#/$defs/x" } }, { $defs: { x: text }, definitions: { x: number } }));
  const target = ({ $ref }) => twice.$defs[$ref.replace("#/$defs/", "")];
  assert.deepEqual(["a", "b", "c"].map((name) => target(twice.properties[name])), [text, number, text]);
});

test("schema: what Bedrock does not take is refused, by its path", () => {
  const cases = [
    [{ type: "integer", minimum: 1 }, "minimum"],
    [{ type: "integer", exclusiveMaximum: 1 }, "exclusiveMaximum"],
    [{ type: "integer", multipleOf: 2 }, "multipleOf"],
    [{ type: "string", minLength: 1 }, "minLength"],
    [{ type: "string", maxLength: 1 }, "maxLength"],
    [{ type: "string", pattern: "a" }, "pattern"],
    [{ type: "string", format: "regex" }, "format"],
    [{ type: "array", items: text, minItems: 2 }, "minItems"],
    [{ type: "array", items: text, maxItems: 2 }, "maxItems"],
    [{ type: "array", items: { type: "array", items: { minLength: 1 } } }, "items.items.minLength"],
    [{ anyOf: [text, { type: "array", items: [text] }] }, "anyOf[1].items"],
    [{ type: "array" }, ""],
    [{ type: "array", items: false }, "items"],
    [{ allOf: [text, false] }, "allOf"],
    [{ properties: { b: false }, required: ["b"] }, "required"],
    [objectOf({ b: { $id: "https://example.com/b", type: "string" } }), "properties.b.$id"],
    [{ type: "array", prefixItems: [text] }, "prefixItems"],
    [{ not: text }, "not"],
    [{ if: text }, "if"],
    [{ type: "object" }, ""],
    [objectOf({ b: text }, { additionalProperties: true }), "additionalProperties"],
    [objectOf({ b: text }, { additionalProperties: text }), "additionalProperties"],
    [objectOf({ b: text }, { unevaluatedProperties: {} }), "unevaluatedProperties"],
    [objectOf({ b: text }, { patternProperties: {} }), "patternProperties"],
    [objectOf({ b: text }, { required: ["b", "c"] }), "required"],
    [{ type: "object", properties: { "b c": text } }, 'properties["b c"]'],
    [{ type: "object", properties: { b: { enum: ["c"] } }, required: [] }, "properties.b"],
    [{ type: "text" }, "type"],
    [{ enum: [] }, "enum"],
    [{ enum: [{}] }, "enum"],
    [{ anyOf: [] }, "anyOf"],
    [{ oneOf: [number, { type: "integer" }] }, "oneOf"],
    [{ oneOf: [{ const: "b" }, text] }, "oneOf"],
    [{ oneOf: [objectOf({ b: text }), objectOf({ b: text, c: { type: "null" } }, { required: ["b"] })] }, "oneOf"],
    [{ oneOf: [{ properties: { b: text }, required: ["b"] }, text] }, "oneOf"],
    [{ allOf: [text, number] }, ""],
    [{ allOf: [closed({ b: text }), objectOf({ c: text })] }, ""],
    [{ allOf: [{ minLength: 1 }] }, "allOf[0].minLength"],
    [{ $ref: "#/$defs/b" }, "$ref"],
    [{ $ref: "https://example.com/schema" }, "$ref"],
    [{ $ref: "#anchor" }, "$ref"],
    [{ $ref: "#" }, "$ref"],
    [{ $ref: "#/properties/a" }, "$ref"],
    [{ $ref: "#/__proto__" }, "$ref"],
    [{ nullable: true, type: "string" }, "nullable"],
  ];
  for (const [schema, keyword] of cases) {
    const { path, message } = refusal(() => inA(schema));
    assert.strictEqual(path, ["schema.properties.a", keyword].filter(Boolean).join(keyword.startsWith("[") ? "" : "."), JSON.stringify(schema));
    assert.isTrue(message.startsWith(`\`${path}\` `), message);
  }
});

test("schema: what has no end, or is none, is refused", () => {
  const list = { $ref: "#/$defs/list" };
  const loops = [
    within(list, { list: objectOf({ next: { anyOf: [list, { type: "null" }] } }) }),
    within(list, { list: { allOf: [list] } }),
    within(list, { list: { $ref: "#/$defs/other" }, other: { description: "d", ...list } }),
    { $ref: "#" },
  ];
  for (const schema of loops) assert.match(refusal(() => sentOf(schema)).message, /leads back to itself/);
  const cycle = objectOf({});
  cycle.properties.a = cycle;
  const deep = Array.from({ length: 3000 }).reduce((items) => ({ type: "array", items }), text);
  const wide = { $ref: "#/$defs/d30" };
  const $defs = { d0: text };
  for (let n = 1; n <= 30; n++) $defs[`d${n}`] = objectOf({ b: { description: "b", $ref: `#/$defs/d${n - 1}` }, c: { description: "c", $ref: `#/$defs/d${n - 1}` } });
  const wrong = [null, undefined, 5, "{}", [], true, cycle, within(deep), within(wide, $defs), text, { anyOf: [objectOf({ a: text }), objectOf({ b: text })] }, within(5), { type: "object", properties: { a: null } }, standard(null)];
  for (const schema of wrong) assert.match(refusal(() => sentOf(schema)).path, /^schema/);
  for (const name of ["", "a b", "é", "a".repeat(65), undefined, 5]) {
    assert.strictEqual(refusal(() => responseFormat(objectOf({}), name)).path, "name");
    assert.strictEqual(refusal(() => tool({ name })).path, "name");
  }
  assert.strictEqual(refusal(() => sentOf(objectOf({}), { limits: "drop" })).path, "limits");
  assert.strictEqual(refusal(() => tool({ name: "t", parameters: within({ minimum: 1 }) })).path, "parameters.properties.a.minimum");
});

test("schema: limits are said in words, or kept, where that is asked for", () => {
  const limited = within({ type: "integer", minimum: 1, maximum: 9, description: "How many" });
  assert.deepEqual(sentOf(limited, { limits: "describe" }).properties.a, { type: "integer", description: "How many (minimum: 1, maximum: 9)" });
  assert.deepEqual(sentOf(limited, { limits: "keep" }).properties.a, limited.properties.a);
  // Where a validator sees the answer, a format says what its pattern does.
  const mail = within({ type: "string", format: "email", pattern: "^.+@.+$" });
  assert.deepEqual(sentOf(standard(mail)).properties.a, { type: "string", format: "email" });
  assert.strictEqual(refusal(() => sentOf(mail)).path, "schema.properties.a.pattern");
  const loose = { type: "object", properties: { a: text, b: text }, required: ["a"] };
  assert.deepEqual(sentOf(loose, { strict: false }), { ...loose, additionalProperties: false });
  assert.isFalse(responseFormat(loose, "x", { strict: false }).json_schema.strict);
  assert.deepEqual(sentOf(text, { strict: false }), text);
});

test("schema: it comes from wherever a library has it", () => {
  const schema = objectOf({ a: text });
  const validate = (value) => ({ value });
  const library = (rest) => ({ "~standard": { version: 1, vendor: "test", validate }, ...rest });
  const callable = Object.assign(() => {}, library({ toJsonSchema: () => schema }));
  const given = [standard(schema), library({ toJSONSchema: () => schema }), callable, schema];
  for (const it of given) assert.deepEqual(sentOf(it), closed({ a: text }));
  assert.deepEqual(sentOf(library(), { schema }), closed({ a: text }));
  assert.match(refusal(() => sentOf(library())).message, /give that as `schema`/);
  const cause = new Error("no dates");
  const failing = library({ toJSONSchema: () => { throw cause; } });
  assert.strictEqual(refusal(() => sentOf(failing)).cause, cause);
});

test("schema: the local Bedrock takes what is sent, and refuses what is refused", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey, maxRetries: 0 });
  const ask = (response_format, tools) =>
    client.chat.completions.create({ model: "us.openai.gpt-5.6-sol", reasoning_effort: "none", messages: [{ role: "user", content: "hi" }], response_format, tools });
  const raw = (schema) => ({ type: "json_schema", json_schema: { name: "x", strict: true, schema } });
  const schemas = [
    objectOf({ a: { oneOf: [text, number] } }),
    objectOf({ a: { allOf: [objectOf({ b: text }), objectOf({ c: { type: "string", format: "date" } })] } }),
    objectOf({ a: { $ref: "#/$defs/b", description: "d" } }, { $defs: { b: objectOf({ c: text }) } }),
  ];
  for (const schema of schemas) {
    await ask(responseFormat(schema, "x"));
    await ask(undefined, [tool({ name: "t", parameters: schema })]);
    assert.strictEqual((await fails(ask(raw(schema)))).status, 400);
    const unwritten = { type: "function", function: { name: "t", strict: true, parameters: schema } };
    assert.match((await fails(ask(undefined, [unwritten]))).message, /Invalid schema for function 't'/);
  }
  for (const part of [{ type: "integer", minimum: 1 }, { type: "string", maxLength: 3 }, { type: "string", format: "regex" }, { $ref: "#" }]) {
    refusal(() => inA(part));
    assert.strictEqual((await fails(ask(raw(closed({ a: part }))))).status, 400, JSON.stringify(part));
  }
});
