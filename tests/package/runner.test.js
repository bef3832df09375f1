// Runs of tools: what they do beyond openai's, and what must not happen in them.

import { APIUserAbortError, BedrockChatClient, BedrockError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { encode, fails, until } from "../helpers.js";

const model = "openai.gpt-oss-20b";
const place = { type: "object", properties: { place: { type: "string" } } };
const tool = (name, run, rest) => ({
  type: "function",
  function: { name, description: name, parameters: place, function: run, ...rest },
});
const never = () => new Promise(() => {});

/** A client whose answers are these messages, in turn: whole, or as streams of one chunk. */
function answering(messages, { isStream } = {}) {
  const requests = [];
  const fetch = async (_, init) => {
    const message = messages[Math.min(requests.length, messages.length - 1)];
    requests.push(JSON.parse(init.body));
    const finish_reason = message.tool_calls ? "tool_calls" : "stop";
    const choice = { index: 0, finish_reason };
    const tool_calls = message.tool_calls?.map((call, index) => ({ index, ...call }));
    const text = isStream
      ? `data: ${JSON.stringify({ id: "c", choices: [{ ...choice, delta: { role: "assistant", ...message, tool_calls } }] })}\n\ndata: [DONE]\n\n`
      : JSON.stringify({ id: "c", choices: [{ ...choice, message: { role: "assistant", content: null, ...message } }] });
    const headers = { "content-type": isStream ? "text/event-stream" : "application/json" };
    return new Response(encode(text), { headers });
  };
  const client = new BedrockChatClient({ baseURL: "https://bedrock.test/v1", apiKey: "bedrock-api-key-x", fetch });
  const run = (tools, options, rest) =>
    client.chat.completions.runTools(
      { model, messages: [{ role: "user", content: "Hi" }], tools, stream: isStream, ...rest },
      options,
    );
  return { run, requests, client };
}

const call = (name, args = "{}", id = `call_${name}`) => ({ id, type: "function", function: { name, arguments: args } });
const calls = (...names) => ({ tool_calls: names.map((name) => call(name)) });
const end = { content: "Done." };
const results = ({ messages }) => messages.filter((it) => it.role === "tool").map((it) => it.content);

/** In both kinds. */
function both(name, body) {
  for (const isStream of [false, true]) test(`runTools, ${isStream ? "streamed" : "whole"}: ${name}`, () => body({ isStream }));
}

both("the signal of the run and the id of the call are a function's", async (kind) => {
  const { run } = answering([calls("one"), end], kind);
  let given;
  const runner = run([tool("one", (...values) => void (given = values))]);
  await runner.done();
  assert.equal(given[1], runner);
  assert.equal(given[3].id, "call_one");
  assert.isFalse(given[3].signal.aborted);
});

both("an abort ends a run whose function never ends", async (kind) => {
  const { run, requests } = answering([calls("one", "two"), end], kind);
  let signal;
  const runner = run([tool("one", (_1, _2, _3, call) => ((signal = call.signal), never())), tool("two", () => "2")]);
  const failing = fails(runner.done());
  await until(() => signal);
  runner.abort("enough");
  const error = await failing;
  assert.instanceOf(error, APIUserAbortError);
  assert.equal(error.cause, "enough");
  assert.isTrue(signal.aborted);
  assert.isTrue(runner.aborted);
  // What had ended is kept.
  assert.deepEqual(results(runner), ["2"]);
  assert.lengthOf(requests, 1);
});

both("an abort ends a run that waits for a person, or after an answer", async (kind) => {
  for (const name of ["beforeTool", "afterCompletion"]) {
    const { run } = answering([calls("one"), end], kind);
    let isAsked = false;
    const runner = run([tool("one", () => 1)], { [name]: () => ((isAsked = true), never()) });
    const failing = fails(runner.done());
    await until(() => isAsked);
    runner.controller.abort();
    assert.instanceOf(await failing, APIUserAbortError);
  }
});

both("onToolError: an exception is told to the model", async (kind) => {
  const fail = tool("one", () => {
    throw new TypeError("no such place");
  });
  const { run, requests } = answering([calls("one"), end], kind);
  const runner = run([fail], { onToolError: "reply" });
  assert.equal(await runner.finalContent(), "Done.");
  assert.equal(requests[1].messages.at(-1).content, "no such place");
  const error = await fails(answering([calls("one"), end], kind).run([fail]).done());
  assert.instanceOf(error, BedrockError);
  assert.instanceOf(error.cause, TypeError);
});

both("beforeTool: true and nothing are a yes, all else is a no", async (kind) => {
  for (const [word, expected] of [
    [true, "ran"],
    [undefined, "ran"],
    ["Ask again.", "Ask again."],
    ...[false, null, 0, "", {}].map((word) => [word, "This call was not allowed."]),
  ]) {
    const { run } = answering([calls("one"), end], kind);
    const asked = [];
    const beforeTool = async (call, runner) => (asked.push(call, runner), word);
    const runner = run([tool("one", () => "ran", { parse: JSON.parse })], { beforeTool });
    await runner.done();
    assert.deepEqual(results(runner), [expected], String(word));
    assert.deepEqual(asked, [{ id: "call_one", name: "one", arguments: {} }, runner]);
  }
});

both("beforeTool: an exception ends the run, whatever becomes of the functions'", async (kind) => {
  const beforeTool = () => {
    throw new RangeError("mine");
  };
  const error = await fails(
    answering([calls("one"), end], kind).run([tool("one", () => 1)], { beforeTool, onToolError: "reply" }).done(),
  );
  assert.instanceOf(error.cause, RangeError);
});

both("onLimit: no end is an error, or the end", async (kind) => {
  const { run, requests } = answering([calls("one")], kind);
  const tools = [tool("one", () => 1)];
  const error = await fails(run(tools, { maxChatCompletions: 2, onLimit: "throw" }).done());
  assert.instanceOf(error, BedrockError);
  assert.include(error.message, "maxChatCompletions");
  assert.lengthOf(requests, 2);
  for (const options of [undefined, {}, { maxChatCompletions: undefined, onLimit: undefined, beforeTool: undefined }]) {
    const before = requests.length;
    await run(tools, options).done();
    assert.lengthOf(requests, before + 10);
  }
});

both("a run is gone on with from its stored messages", async (kind) => {
  const { run, requests } = answering([calls("one", "two"), end], kind);
  const tools = [tool("one", () => "1"), tool("two", never)];
  const first = run(tools);
  const failing = fails(first.done());
  await until(() => first.messages.some((it) => it.role === "assistant"));
  first.abort();
  await failing;
  const messages = JSON.parse(JSON.stringify(first.messages));
  const asked = [];
  const second = answering([end], kind);
  const runner = second.run(
    [tool("one", () => assert.fail("it has its answer")), tool("two", () => "2")],
    { beforeTool: ({ name }) => void asked.push(name) },
    { messages },
  );
  assert.equal(await runner.finalContent(), "Done.");
  assert.deepEqual(asked, ["two"]);
  assert.deepEqual(results(runner), ["1", "2"]);
  assert.lengthOf(requests, 1);
  assert.deepEqual(second.requests[0].messages.map((it) => it.role), ["user", "assistant", "tool", "tool"]);
  // Somebody else has gone on: nothing is called behind him.
  const third = answering([end], kind);
  await third.run([tool("two", () => assert.fail("not here"))], {}, {
    messages: [...messages, { role: "tool", tool_call_id: "call_two", content: "2" }, { role: "user", content: "Well?" }],
  }).done();
});

both("only what the model should see goes back", async (kind) => {
  const thought = { ...calls("one"), content: "I look.", reasoning: "secret thought", annotations: [] };
  const { run, requests } = answering([thought, end], kind);
  const runner = run([tool("one", () => 1, { strict: true })]);
  await runner.done();
  const [, message] = requests[1].messages;
  assert.deepEqual(Object.keys(message).sort(), ["content", "role", "tool_calls"]);
  assert.deepEqual(message.tool_calls, calls("one").tool_calls);
  assert.equal(runner.messages[1].reasoning, "secret thought");
  assert.deepEqual(Object.keys(requests[1].tools[0].function).sort(), ["description", "name", "parameters", "strict"]);
});

both("calls without an id get one each", async (kind) => {
  const { run, requests } = answering([{ tool_calls: [{ ...call("one"), id: "" }, { ...call("one"), id: undefined }] }, end], kind);
  await run([tool("one", () => 1)]).done();
  const [, message, ...told] = requests[1].messages;
  const ids = message.tool_calls.map((it) => it.id);
  assert.deepEqual(told.map((it) => it.tool_call_id), ids);
  assert.notEqual(ids[0], ids[1]);
  for (const id of ids) assert.match(id, /^call_\w{12,40}$/);
});

both("its own options are none of a call's", async (kind) => {
  const { run } = answering([end], kind);
  const options = { maxChatCompletions: 1, afterCompletion() {}, beforeTool() {}, onToolError: "throw", onLimit: "stop", maxRetries: 0 };
  assert.equal(await run([tool("one", () => 1)], options).finalContent(), "Done.");
});

test("runTools, streamed: chunks and text of all answers are one stream", async () => {
  const tools = [tool("one", () => 1)];
  const run = (tools) => answering([{ ...calls("one"), content: "I look. " }, end], { isStream: true }).run(tools);
  let text = "";
  for await (const piece of run(tools).textStream()) text += piece;
  assert.equal(text, "I look. Done.");
  const reasons = [];
  for await (const { choices } of run(tools)) reasons.push(choices[0].finish_reason);
  assert.deepEqual(reasons, ["tool_calls", "stop"]);
  const [one, two] = run(tools).tee();
  const lines = async (stream) => (await new Response(stream.toReadableStream()).text()).trim().split("\n").length;
  assert.deepEqual(await Promise.all([lines(one), lines(two)]), [2, 2]);
});

test("runTools, streamed: leaving the loop ends the run", async () => {
  const { run, requests } = answering([calls("one"), end], { isStream: true });
  const runner = run([tool("one", () => 1)]);
  for await (const _ of runner) break;
  await until(() => runner.ended);
  assert.isTrue(runner.aborted);
  assert.lengthOf(requests, 1);
});
