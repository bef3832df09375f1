// UI message streams as the real `ai` package reads them, which checks every chunk by its schema.

import { AbstractChat, DefaultChatTransport, isToolUIPart, lastAssistantMessageIsCompleteWithToolCalls, readUIMessageStream } from "ai";
import { BedrockChatClient } from "bedrock-chat";
import { chatTransport, fromUIMessages, toUIMessageStreamResponse } from "bedrock-chat/ui";
import { assert, test } from "../harness.js";

const model = "us.xai.grok-4.7";
const parameters = { type: "object", properties: { place: { type: "string" } }, required: ["place"] };
const tools = [{ type: "function", function: { name: "get_weather", parameters } }];

/** The state of a chat that nobody looks at. */
class State {
  status = "ready";
  error = undefined;
  messages = [];
  pushMessage = (message) => void (this.messages = [...this.messages, message]);
  popMessage = () => void (this.messages = this.messages.slice(0, -1));
  replaceMessage = (at, message) => void (this.messages = this.messages.with(at, this.snapshot(message)));
  snapshot = (value) => structuredClone(value);
}

/** What `useChat` is made of. */
class Chat extends AbstractChat {
  constructor(init) {
    super({ ...init, state: new State() });
  }

  get last() {
    return this.messages.at(-1);
  }
}

/** The route of a server, called without one. */
function route({ baseURL }, more = {}, options = {}) {
  const client = new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-emulator", maxRetries: 0, ...options });
  const handle = async (request) => {
    const { messages } = await request.json();
    const body = { model, messages: fromUIMessages(messages), ...more };
    return toUIMessageStreamResponse(client.chat.completions.stream(body, { signal: request.signal }));
  };
  return new DefaultChatTransport({ api: "http://ui.test/api/chat", fetch: (url, init) => handle(new Request(url, init)) });
}

/** Without a server at all. */
const direct = ({ baseURL }, more = {}, options = {}) =>
  chatTransport({
    client: new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-emulator", maxRetries: 0, ...options }),
    request: { model, ...more },
  });

const textOf = ({ parts }) => parts.filter(({ type }) => type === "text").map(({ text }) => text).join("");

for (const [name, transportOf] of Object.entries({ route, chatTransport: direct })) {
  test(`a chat of ai's, by ${name}: text and reasoning`, async ({ emulator }) => {
    const space = await emulator.space();
    const chat = new Chat({ transport: transportOf(space, { model: "openai.gpt-oss-20b-1:0" }) });
    await chat.sendMessage({ text: "think" });
    assert.equal(chat.status, "ready");
    const kinds = chat.last.parts.map(({ type, state }) => [type, state]);
    assert.deepEqual(kinds, [["step-start", undefined], ["reasoning", "done"], ["text", "done"]]);
    await chat.sendMessage({ text: "hello" });
    const [, second] = await space.requests();
    assert.deepEqual(second.json().messages.map(({ role }) => role), ["user", "assistant", "user"]);
    assert.equal(second.json().messages[1].content, textOf(chat.messages[1]));
  });

  test(`a chat of ai's, by ${name}: a tool that runs in the page, twice`, async ({ emulator }) => {
    const space = await emulator.space();
    const chat = new Chat({
      transport: transportOf(space, { tools }),
      sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
      onToolCall: ({ toolCall }) => {
        assert.isString(toolCall.input.place);
        // Says the model should ask again, once.
        const output = { degrees: 21, note: "error" };
        chat.addToolOutput({ tool: "get_weather", toolCallId: toolCall.toolCallId, output });
      },
    });
    await chat.sendMessage({ text: "weather" });
    await until(() => chat.status === "ready" && textOf(chat.last) !== "");
    const calls = chat.last.parts.filter(isToolUIPart);
    assert.deepEqual(calls.map(({ state }) => state), ["output-available", "output-available"]);
    // The model calls both `call_0`.
    assert.notEqual(calls[0].toolCallId, calls[1].toolCallId);
    assert.include(textOf(chat.last), "21");
    const { messages } = (await space.requests()).at(-1).json();
    assert.deepEqual(messages.map(({ role }) => role), ["user", "assistant", "tool", "assistant", "tool"]);
    assert.equal(messages[2].tool_call_id, messages[1].tool_calls[0].id);
  });

  test(`a chat of ai's, by ${name}: an error, and another try`, async ({ emulator }) => {
    const space = await emulator.space({ steps: [{ status: 500, json: { message: "internal" } }, { normal: true }] });
    const heard = [];
    const chat = new Chat({ transport: transportOf(space), onError: (error) => void heard.push(error.message) });
    await chat.sendMessage({ text: "hello" });
    assert.equal(chat.status, "error");
    assert.lengthOf(heard, 1);
    await chat.regenerate();
    assert.equal(chat.status, "ready");
    assert.isNotEmpty(textOf(chat.last));
  });

  test(`a chat of ai's, by ${name}: stop`, async ({ emulator }) => {
    const text = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "word " } }] })}\n\n`;
    const space = await emulator.space({ steps: [{ pieces: [{ text, repeat: "forever", delayMs: 2 }] }] });
    const chat = new Chat({ transport: transportOf(space) });
    const sending = chat.sendMessage({ text: "hello" });
    await until(() => chat.last?.role === "assistant" && textOf(chat.last) !== "");
    await chat.stop();
    await sending;
    assert.equal(chat.status, "ready");
    await space.waitFor("disconnected");
  });
}

test("readUIMessageStream, of a run of tools on the server", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey });
  const run = async ({ place }) => ({ place, degrees: 21 });
  const runnable = [{ type: "function", function: { name: "get_weather", parse: JSON.parse, function: run, parameters } }];
  const transport = chatTransport({ client, request: { model, tools: runnable } });
  const messages = [{ id: "1", role: "user", parts: [{ type: "text", text: "weather" }] }];
  const stream = await transport.sendMessages({ trigger: "submit-message", chatId: "c", messageId: undefined, messages });
  let last;
  for await (const message of readUIMessageStream({ stream })) last = message;
  assert.deepEqual(last.parts.map(({ type }) => type), ["step-start", "tool-get_weather", "step-start", "text"]);
  assert.equal(last.parts[1].state, "output-available");
  assert.equal(last.parts[1].output.degrees, 21);
});

/** Looks at every turn of the loop. */
async function until(isSo) {
  while (!isSo()) await new Promise((go) => setTimeout(go));
}
