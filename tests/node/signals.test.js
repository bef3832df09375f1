// Many calls on one signal.

import { BedrockChatClient } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, turns, until } from "../helpers.js";

const model = "m";
const messages = [{ role: "user", content: "hi" }];
const events = 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

test("signals: Node warns of no leak, whoever waits on one", async () => {
  const warnings = [];
  const warned = (warning) => warnings.push(String(warning));
  process.on("warning", warned);
  try {
    const { signal } = new AbortController();
    let begun = 0;
    let answer;
    const answered = new Promise((resolve) => (answer = resolve));
    const fetch = async (...request) => {
      begun++;
      await answered;
      return answering(events)(...request);
    };
    const client = new BedrockChatClient({ baseURL: "https://example.com/v1", apiKey: null, fetch });
    const streams = Array.from({ length: 50 }, () => client.chat.completions.stream({ model, messages }, { signal }));
    const listened = client.chat.completions.stream({ model, messages }, { signal }).on("content", () => {});
    const tools = [{ type: "function", function: { name: "f", description: "", parameters: {}, function: () => "" } }];
    const run = client.chat.completions.runTools({ model, messages, tools, stream: true }, { signal });
    const ends = [...streams, listened, run].map((stream) => stream.finalContent());
    await until(() => begun === 52);
    answer();
    assert.deepEqual(new Set(await Promise.all(ends)), new Set(["a"]));
    await turns();
    assert.isEmpty(warnings);
  } finally {
    process.off("warning", warned);
  }
});
