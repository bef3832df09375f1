// Answers whose members are other things than they should be, passed on by the entries that read
// them without the client's help: each member of each answer, as everything.

import { BedrockError } from "bedrock-chat";
import { createBedrockChat } from "bedrock-chat/ai-sdk";
import { gateway } from "bedrock-chat/edge";
import { fromUIMessages, uiMessageStream } from "bedrock-chat/ui";
import { assert, test } from "../harness.js";
import { clientOf, DONE, event, request, STOP } from "./stream-parts.js";

const ODD = [null, 0, -1, 1e308, "", "x", true, [], {}, [null], [[]], [{}], { length: 2 }];

const said = {
  role: "assistant",
  content: "a",
  reasoning: "b",
  refusal: "c",
  tool_calls: [{ index: 0, id: "i", type: "function", function: { name: "f", arguments: "{}" } }],
};
const rest = {
  id: "c",
  created: 1,
  model: "m",
  usage: {
    prompt_tokens: 1,
    completion_tokens: 2,
    total_tokens: 3,
    prompt_tokens_details: { cached_tokens: 1 },
    completion_tokens_details: { reasoning_tokens: 1 },
  },
  "amazon-bedrock-guardrailAction": "NONE",
  "amazon-bedrock-trace": { guardrail: { inputAssessment: {} } },
};
const completion = { object: "chat.completion", choices: [{ index: 0, message: said, finish_reason: "stop" }], ...rest };
const chunk = { object: "chat.completion.chunk", choices: [{ index: 0, delta: said, finish_reason: null }], ...rest };

/** A value with one of its members as something else, for all of them. */
function* changed(value) {
  yield* ODD;
  if (Object(value) !== value) return;
  for (const name of Object.keys(value)) {
    for (const member of changed(value[name])) {
      yield Array.isArray(value) ? [member] : { ...value, [name]: member };
    }
  }
}

const clientWith = (text, type) =>
  clientOf(async () => new Response(text, { headers: { "content-type": type } }), { maxRetries: 0 });

/** Each change as an answer, whole or streamed. */
function* answers(stream) {
  for (const it of changed(stream ? chunk : completion)) {
    const text = stream ? event(JSON.stringify(it)) + STOP + DONE : JSON.stringify(it);
    yield [clientWith(text, stream ? "text/event-stream" : "application/json"), text];
  }
}

/** Not every engine iterates streams. */
async function all(stream) {
  const parts = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts;
    parts.push(value);
  }
}

const isCount = (value) => value === undefined || (Number.isFinite(value) && value >= 0);
const isText = (value) => value === undefined || typeof value === "string";

for (const stream of [false, true]) {
  test(`a gateway, and answers of odd shapes, ${stream ? "streamed" : "whole"}`, async () => {
    for (const [client, text] of answers(stream)) {
      const told = [];
      const errors = [];
      const handle = gateway({
        client,
        models: [request.model],
        onUsage: (it) => void told.push(it),
        onError: (error) => void errors.push(error),
      });
      const body = JSON.stringify({ ...request, stream });
      const headers = { "content-type": "application/json" };
      const response = await handle(new Request("https://gate.test/chat/completions", { method: "POST", headers, body }));
      await response.text();
      assert.include([200, 502], response.status, text);
      for (const error of errors) assert.instanceOf(error, BedrockError, text);
      if (response.status === 200) assert.lengthOf(told, 1, text);
      for (const { usage } of told) {
        assert.isTrue([usage.prompt_tokens, usage.completion_tokens].every((it) => it !== undefined && isCount(it)), text);
      }
    }
  });

  test(`the AI SDK's provider, and answers of odd shapes, ${stream ? "streamed" : "whole"}`, async () => {
    const asked = { prompt: [{ role: "user", content: [{ type: "text", text: "hello" }] }] };
    for (const [client, text] of answers(stream)) {
      const model = createBedrockChat({ client })(request.model);
      const parts = [];
      try {
        if (stream) {
          parts.push(...(await all((await model.doStream(asked)).stream)));
        } else {
          const { content, ...rest } = await model.doGenerate(asked);
          parts.push(...content, { ...rest, ...rest.response, headers: undefined });
        }
      } catch (error) {
        assert.instanceOf(error, BedrockError, text);
      }
      for (const part of parts) {
        if (part.type === "error") assert.instanceOf(part.error, BedrockError, text);
        for (const name of ["id", "text", "delta", "toolCallId", "toolName", "input", "modelId"]) {
          assert.isTrue(isText(part[name]), `${name} of ${text}`);
        }
        if (part.type === "tool-call") assert.isNotEmpty(part.toolName);
        assert.isFalse(Number.isNaN(part.timestamp?.getTime()), text);
        for (const tokens of [part.usage?.inputTokens, part.usage?.outputTokens]) {
          assert.isTrue(Object.values(tokens ?? {}).every(isCount), text);
        }
        if (part.finishReason) assert.isTrue(isText(part.finishReason.raw), text);
      }
    }
  });
}

test("UI message streams, and answers of odd shapes", async () => {
  for (const [client, text] of answers(true)) {
    const onError = (error) => void assert.instanceOf(error, BedrockError, text);
    for (const part of await all(uiMessageStream(client.chat.completions.stream(request), { onError }))) {
      for (const name of ["id", "delta", "toolCallId", "toolName", "inputTextDelta", "errorText"]) {
        assert.isTrue(isText(part[name]), `${name} of ${text}`);
      }
    }
  }
});

test("UI messages of odd shapes are refused, or give messages that are none", async () => {
  const parts = [
    { type: "text", text: "a" },
    { type: "file", mediaType: "image/png", url: "data:image/png;base64,AAAA", filename: "a.png" },
    { type: "step-start" },
    { type: "tool-f", toolCallId: "i", state: "output-available", input: {}, output: 1 },
    { type: "dynamic-tool", toolName: "g", toolCallId: "j", state: "output-error", input: {}, errorText: "no" },
    { type: "tool-f", toolCallId: "k", state: "output-denied", input: {}, approval: { approved: false, reason: "no" } },
  ];
  for (const role of ["user", "assistant", "system"]) {
    for (const messages of changed([{ role, parts }])) {
      let made;
      try {
        made = fromUIMessages(messages, { allowSystem: true });
      } catch (error) {
        assert.equal(error.name, "InvalidRequestError", JSON.stringify(messages));
        assert.isNotEmpty(error.path);
        continue;
      }
      for (const { content, tool_calls = [], tool_call_id } of made) {
        const about = JSON.stringify(messages);
        const list = Array.isArray(content) ? content : [];
        assert.isTrue(content === null || Array.isArray(content) || typeof content === "string", about);
        for (const part of list) assert.isString(part.text ?? part.image_url?.url ?? part.file?.file_data, about);
        for (const { id, function: call } of tool_calls) assert.isTrue([id, call.name, call.arguments].every((it) => typeof it === "string"), about);
        assert.isTrue(isText(tool_call_id), about);
      }
    }
  }
});
