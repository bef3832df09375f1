// The examples of the README on tools and structured output, as they stand there.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BedrockChatClient } from "bedrock-chat/guardrails";
import { BedrockChatClient as LiteClient } from "bedrock-chat/lite";
import { responseFormat } from "bedrock-chat/structured";
import { z } from "zod";
import { assert, test } from "../harness.js";

const AsyncFunction = (async () => {}).constructor;
const file = new URL("README.md", import.meta.resolve("bedrock-chat"));

/** Runs the block of the README that has this in it; what it logs. */
async function run(mark, emulator, given) {
  const blocks = readFileSync(fileURLToPath(file), "utf8").split("```js\n").slice(1).map((block) => block.split("```")[0]);
  const [block, ...others] = blocks.filter((it) => it.includes(mark));
  assert.isOk(block, mark);
  assert.isEmpty(others, mark);
  const logged = [];
  // On runtime gpt-oss ignores formats.
  const { mantleURL } = await emulator.space();
  const names = {
    client: new BedrockChatClient({ baseURL: mantleURL, endpoint: "mantle", apiKey: emulator.apiKey }),
    model: "openai.gpt-oss-20b",
    console: { log: (...values) => logged.push(...values) },
    ...given,
  };
  const code = block.replace(/^import .*\n/gm, "");
  await new AsyncFunction(...Object.keys(names), `{${code}}`)(...Object.values(names));
  return logged;
}

test("README: tools", async ({ emulator }) => {
  const asked = [];
  const forecast = async (place, { signal }) => {
    asked.push(place);
    assert.isFalse(signal.aborted);
    return "sunny";
  };
  const [content] = await run("runTools(", emulator, { forecast });
  assert.isString(content);
  assert.lengthOf(asked, 1);
});

test("README: guardrails that the client applies", async ({ emulator }) => {
  const space = await emulator.space();
  class Client extends BedrockChatClient {
    constructor(options) {
      super({ ...options, baseURL: space.mantleURL, runtimeURL: space.url, apiKey: emulator.apiKey });
    }
  }
  const written = [];
  const process = { stdout: { write: (text) => written.push(text) } };
  const messages = [{ role: "user", content: "Write a line with a mask." }];
  const [guardrail, metrics] = await run("bedrock-chat/guardrails", emulator, { BedrockChatClient: Client, messages, process });
  assert.include(written.join(""), "{EMAIL}");
  assert.deepEqual(guardrail, { action: "INTERVENED", enforcedBy: "client", evidence: true });
  assert.equal(metrics.calls, 2);
});

test("README: the lite client", async ({ emulator }) => {
  const space = await emulator.space();
  class Client extends LiteClient {
    constructor(options) {
      super({ ...options, baseURL: space.baseURL, apiKey: emulator.apiKey });
    }
  }
  const shown = [];
  const messages = [{ role: "user", content: "Hello!" }];
  const model = "openai.gpt-oss-20b-1:0";
  await run("bedrock-chat/lite", emulator, { BedrockChatClient: Client, messages, model, show: (text) => shown.push(text) });
  assert.isNotEmpty(shown.join(""));
});

test("README: structured output", async ({ emulator }) => {
  const shown = [];
  const messages = [{ role: "user", content: "How is bread made?" }];
  const show = (...parts) => shown.push(structuredClone(parts));
  const [title, steps] = await run("responseFormat(Recipe", emulator, { responseFormat, z, messages, show });
  assert.match(title, /, in 7 minutes$/);
  assert.lengthOf(steps, 2);
  assert.deepEqual(shown.at(-1)[1], steps);
});
