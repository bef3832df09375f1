// Structured output and tools by schemas: what comes of answers that are right, and of those that are not.

import { BedrockChatClient, BedrockError, LengthFinishReasonError } from "bedrock-chat";
import { responseFormat, StructuredOutputError, tool } from "bedrock-chat/structured";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const model = "us.openai.gpt-5.6-sol";
const SECRET = "Zürich";
const schema = {
  type: "object",
  properties: { city: { type: "string" }, celsius: { type: "number" }, hours: { type: "array", items: { type: "integer" } } },
  required: ["city", "celsius", "hours"],
};

const isForecast = ({ city, celsius, hours }) =>
  [
    typeof city !== "string" && { message: `is ${JSON.stringify(city)}, no text`, path: ["city"] },
    typeof celsius !== "number" && { message: `is ${JSON.stringify(celsius)}, no number`, path: [{ key: "celsius" }] },
    !Array.isArray(hours) && { message: "are none", path: ["hours", 0] },
  ].filter(Boolean);

/** A schema with a validator, as libraries make them. It makes another value of what fits. */
const forecast = ({ later = false, issuesOf = isForecast } = {}) => {
  const check = (value) => {
    const issues = issuesOf(value);
    return issues.length > 0 ? { issues } : { value: { ...value, city: value.city.toUpperCase() } };
  };
  const validate = later ? async (value) => check(value) : check;
  return { "~standard": { version: 1, vendor: "test", validate, jsonSchema: { input: () => schema } } };
};

async function asking(emulator, options) {
  const space = await emulator.space();
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: emulator.apiKey, ...options });
  const body = (content, rest) => ({ model, messages: [{ role: "user", content }], response_format: responseFormat(forecast(), "forecast"), ...rest });
  return { space, client, body, chat: client.chat.completions };
}

const modes = {
  parse: (chat, body) => chat.parse(body),
  stream: (chat, body) => chat.stream(body).finalChatCompletion(),
  events: async (chat, body) => {
    const stream = chat.stream(body);
    let done;
    stream.on("content.done", ({ parsed }) => (done = parsed));
    const completion = await stream.finalChatCompletion();
    assert.deepEqual(done, completion.choices[0].message.parsed ?? undefined);
    return completion;
  },
  partial: async (chat, body) => {
    const stream = chat.stream(body);
    for await (const value of stream.partialStream()) assert.isObject(value);
    return stream.finalChatCompletion();
  },
};

test("structured: an answer becomes the schema's value, whoever validates it and when", async ({ emulator }) => {
  const { chat, body, space } = await asking(emulator);
  for (const later of [false, true]) {
    for (const [mode, ask] of Object.entries(modes)) {
      const response_format = responseFormat(forecast({ later }), "forecast", { description: "The weather" });
      const completion = await ask(chat, body("hello", { response_format }));
      const { parsed, content } = completion.choices[0].message;
      assert.deepEqual(parsed, { ...JSON.parse(content), city: parsed.city }, mode);
      assert.strictEqual(parsed.city, JSON.parse(content).city.toUpperCase());
    }
  }
  const [{ body: sent }] = await space.requests();
  assert.deepEqual(JSON.parse(sent).response_format, {
    type: "json_schema",
    json_schema: { name: "forecast", strict: true, description: "The weather", schema: { ...schema, additionalProperties: false } },
  });
});

test("structured: a plain JSON Schema gives the value as it is", async ({ emulator }) => {
  const { chat, body } = await asking(emulator);
  const completion = await chat.parse(body("hello", { response_format: responseFormat(schema, "forecast") }));
  const { parsed, content } = completion.choices[0].message;
  assert.deepEqual(parsed, JSON.parse(content));
});

test("structured: an answer that was cut is none, and its beginning is there", async ({ emulator }) => {
  const { chat, body } = await asking(emulator);
  for (const [mode, ask] of Object.entries(modes)) {
    const error = await fails(ask(chat, body("truncate")));
    assert.instanceOf(error, LengthFinishReasonError, mode);
    assert.include(error.partial.choices[0].message.content, "{");
  }
});

const wrong = {
  trailing_text: ["trailing", (error) => assert.include(error.value.city, SECRET)],
  not_finite: ["runaway", (error) => assert.strictEqual(error.path, "celsius")],
  invalid_json: ["emoji", (error) => assert.isUndefined(error.value), "openai.gpt-oss-20b-1:0"],
  schema: ["misfit", (error) => assert.deepEqual(error.issues.map(({ path }) => path[0].key), ["celsius"])],
};

for (const [reason, [word, check, other = model]] of Object.entries(wrong)) {
  test(`structured: an answer with ${reason} is an error that says so, and not what it was`, async ({ emulator }) => {
    const { chat, body } = await asking(emulator);
    for (const [mode, ask] of Object.entries(modes)) {
      const error = await fails(ask(chat, body(word, { model: other })));
      assert.instanceOf(error, StructuredOutputError, mode);
      assert.instanceOf(error, BedrockError);
      assert.strictEqual(error.name, "StructuredOutputError");
      assert.strictEqual(error.reason, reason);
      check(error);
      assert.isAbove(error.text.length, 10);
      assert.strictEqual(error.partial.choices[0].message.content, error.text);
      for (const text of [error.message, JSON.stringify(error), Object.entries(error).join()]) {
        assert.notInclude(text, SECRET);
        assert.notInclude(text, "asked for\\\"");
        assert.notInclude(text, "999");
      }
    }
  });
}

test("structured: a refusal is no value", async ({ emulator }) => {
  const { chat, body } = await asking(emulator);
  for (const [mode, ask] of Object.entries(modes)) {
    const { parsed, refusal } = (await ask(chat, body("refuse"))).choices[0].message;
    assert.isNull(parsed, mode);
    assert.match(refusal, /^I'm sorry/);
  }
});

test("structured: reasoning is no part of it, where the client leaves it there", async () => {
  const values = { forecast: { city: "Bern", celsius: 1, hours: [] } };
  const text = `<reasoning>{"no": 1}</reasoning>\n\n<reasoning>"</reasoning>${JSON.stringify(values.forecast)}`;
  const response_format = responseFormat(forecast(), "forecast");
  const messages = [{ role: "user", content: "hi" }];
  const whole = { choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: text } }] };
  for (const reasoningFormat of ["raw", "parsed"]) {
    const clientOf = (fetch) =>
      new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, reasoningFormat, fetch }).chat.completions;
    const json = clientOf(answering(JSON.stringify(whole), { headers: { "content-type": "application/json" } }));
    assert.strictEqual((await json.parse({ model, messages, response_format })).choices[0].message.parsed.city, "BERN");
    const streamed = clientOf(streamOf([...text])).stream({ model, messages, response_format });
    let last;
    for await (const value of streamed.partialStream()) last = value;
    assert.deepEqual(last, values.forecast);
    assert.strictEqual((await streamed.finalMessage()).parsed.city, "BERN");
  }
});

/** A stream of a text, each piece of it read by itself. */
function streamOf(pieces) {
  const events = pieces.map((content) => ({ choices: [{ index: 0, delta: { content } }] }));
  events.push({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  const lines = [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), "data: [DONE]\n\n"];
  let length = 0;
  const cuts = lines.map((line) => (length += new TextEncoder().encode(line).length));
  return answering(lines.join(""), { cuts });
}

test("partialStream: one object grows, and the end is checked", async ({ emulator }) => {
  const values = { city: "Zürich 🌦️", celsius: -1.5, hours: [1, 22] };
  const fetch = streamOf([...JSON.stringify(values)]);
  const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch });
  const messages = [{ role: "user", content: "hi" }];
  const response_format = responseFormat(forecast(), "forecast");
  const stream = client.chat.completions.stream({ model, messages, response_format });
  const seen = [];
  let first;
  for await (const value of stream.partialStream()) {
    first ??= value;
    assert.strictEqual(value, first);
    seen.push(JSON.stringify(value));
  }
  assert.isAbove(new Set(seen).size, 15);
  assert.includeMembers(seen, ["{}", '{"city":"Zür"}', '{"city":"Zürich 🌦️","celsius":-1.5,"hours":[1,2]}']);
  assert.deepEqual(first, values);
  assert.deepEqual((await stream.finalMessage()).parsed, { ...values, city: "ZÜRICH 🌦️" });
  // Without a schema it is the JSON of any text; what was cut is none.
  const { chat, body } = await asking(emulator);
  const free = chat.stream({ ...body("truncate"), response_format: { type: "json_object" } });
  const error = await fails((async () => { for await (const _ of free.partialStream()); })());
  assert.instanceOf(error, LengthFinishReasonError);
});

test("partialStream: it is read as any stream is", async ({ emulator }) => {
  const { chat, body, space } = await asking(emulator);
  const twice = chat.stream(body("hello"));
  twice.partialStream();
  assert.throws(() => twice.textStream(), /consumed/);
  twice.abort();
  const left = chat.stream(body("hello"));
  for await (const _ of left.partialStream()) break;
  await space.waitFor("ended", (await space.requests()).length - 1);
  const [one, other] = chat.stream(body("hello")).tee();
  const last = async (stream) => {
    let value;
    for await (value of stream.partialStream());
    return value;
  };
  assert.deepEqual(...(await Promise.all([last(one), last(other)])));
  const heard = chat.stream(body("hello"));
  const pieces = [];
  heard.on("content.delta", ({ parsed }) => pieces.push(structuredClone(parsed)));
  const values = [];
  for await (const value of heard.partialStream()) {
    values.push(structuredClone(value));
    heard.on("chunk", () => {});
  }
  assert.deepEqual(values, pieces.filter((it) => it !== null));
  const none = chat.stream(body("refuse"));
  assert.isUndefined(await last(none));
});

// -- Tools --

const place = { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } }, required: ["city", "days"] };
const placeOf = (later) => ({
  "~standard": {
    version: 1,
    vendor: "test",
    validate(value) {
      const result = typeof value.city === "string" ? { value: { ...value, city: value.city.toUpperCase() } } : { issues: [{ message: "must be a text", path: ["city"] }] };
      return later ? Promise.resolve(result) : result;
    },
    jsonSchema: { input: () => place },
  },
});

const tooling = (run, { later = false, name = "get_weather" } = {}) => tool({ name, description: "The weather", parameters: placeOf(later), run });

async function running(emulator, content, tools, { stream, ...rest } = {}) {
  const { chat, space } = await asking(emulator);
  const body = { model, reasoning_effort: "none", messages: [{ role: "user", content }], tools, stream, ...rest };
  const runner = chat.runTools(body);
  return { content: await runner.finalContent(), messages: runner.messages, requests: await space.requests(), runner };
}

for (const stream of [false, true]) {
  const how = stream ? "streamed" : "whole";
  test(`tool, ${how}: its function gets arguments that fit, and the call`, async ({ emulator }) => {
    for (const later of [false, true]) {
      const calls = [];
      const weather = tooling((args, call) => void calls.push([args, call]) ?? "rain", { later });
      const { content, requests } = await running(emulator, "weather", [weather], { stream, toolContext: "context" });
      assert.match(content, /^The tools answered: rain/);
      const [[args, { signal, id, context, runner }], ...others] = calls;
      assert.isEmpty(others);
      assert.strictEqual(args.city, args.city.toUpperCase());
      assert.isFalse(signal.aborted);
      assert.strictEqual(context, "context");
      assert.strictEqual(id, "call_0");
      assert.isFunction(runner.finalContent);
      assert.deepEqual(JSON.parse(requests[0].body).tools, [
        { type: "function", function: { name: "get_weather", description: "The weather", strict: true, parameters: { ...place, additionalProperties: false } } },
      ]);
    }
  });

  test(`tool, ${how}: several are called at once`, async ({ emulator }) => {
    const tools = ["alpha", "beta"].map((name) => tooling(({ city }) => `${name} of ${city}`, { name }));
    const { content, messages } = await running(emulator, "in parallel", tools, { stream });
    assert.match(content, /alpha of Z.*\| beta of Z/);
    assert.lengthOf(messages, 5);
  });

  test(`tool, ${how}: a call that fails is tried again`, async ({ emulator }) => {
    let calls = 0;
    const weather = tooling(() => (++calls === 1 ? "error: try again" : "rain"));
    const { content } = await running(emulator, "weather", [weather], { stream });
    assert.strictEqual(calls, 2);
    assert.match(content, /error: try again \| rain/);
  });

  test(`tool, ${how}: the model is told of arguments that are not JSON, or do not fit`, async ({ emulator }) => {
    const cases = { malformed: /not the JSON/, misfit: /^Invalid: city: must be a text$/ };
    for (const [word, told] of Object.entries(cases)) {
      for (const later of [false, true]) {
        let calls = 0;
        const weather = tooling(() => `rain ${++calls}`, { later });
        const { content, messages } = await running(emulator, word, [weather], { stream });
        assert.strictEqual(calls, 1, word);
        assert.match(messages.find(({ role }) => role === "tool").content, told);
        assert.include(content, "rain 1");
      }
    }
  });
}

test("tool: one without parameters, and one that is run by hand", async ({ emulator }) => {
  const { chat } = await asking(emulator);
  const body = (tools) => ({ model, reasoning_effort: "none", messages: [{ role: "user", content: "weather" }], tools });
  const clock = tool({ name: "clock", run: (args) => JSON.stringify(args) });
  assert.deepEqual(clock.function.parameters, { type: "object", properties: {}, required: [], additionalProperties: false });
  assert.deepEqual(clock.$parseRaw(" "), {});
  assert.match(await chat.runTools(body([clock])).finalContent(), /^The tools answered: \{\}/);
  const byHand = tooling(undefined);
  const { message } = (await chat.parse(body([byHand]))).choices[0];
  const { parsed_arguments } = message.tool_calls[0].function;
  assert.strictEqual(parsed_arguments.city, parsed_arguments.city.toUpperCase());
  assert.match((await fails(chat.runTools(body([byHand])).done())).message, /no function/);
  const error = await fails(chat.parse({ ...body([byHand]), messages: [{ role: "user", content: "misfit" }] }));
  assert.strictEqual(error.reason, "schema");
});
