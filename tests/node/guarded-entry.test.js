// The entry `bedrock-chat/guardrails`, as bundlers and processes see it.

import { build } from "esbuild";
import { assert, test } from "../harness.js";
import { cwd, run } from "./programs.js";

test("a bundle of another entry has nothing of it", async () => {
  const bundle = async (from) => {
    const contents = `import { BedrockChatClient } from "${from}"; new BedrockChatClient({ region: "us-east-1" });`;
    const stdin = { contents, resolveDir: cwd };
    return (await build({ stdin, bundle: true, minify: true, format: "esm", write: false })).outputFiles[0].text;
  };
  const [plain, guarded] = await Promise.all(["bedrock-chat", "bedrock-chat/guardrails"].map(bundle));
  for (const mark of ["GUARDRAIL_INTERVENED", "guardContent_"]) {
    assert.include(guarded, mark);
    assert.notInclude(plain, mark);
  }
  // And the module once.
  assert.isBelow(guarded.length - plain.length, 20_000);
});

test("it is imported and required like the others, alone or beside them", async () => {
  const told = "console.log(new BedrockChatClient({ region: 'us-east-1', apiKey: 'k' }) instanceof BedrockChatClient)";
  assert.equal(await run(`import { BedrockChatClient } from "bedrock-chat/guardrails"; ${told}`, "module"), "true");
  assert.equal(await run(`import BedrockChatClient from "bedrock-chat/guardrails"; ${told}`, "module"), "true");
  assert.equal(await run(`const { BedrockChatClient } = require("bedrock-chat/guardrails"); ${told}`, "commonjs"), "true");
  const both = `
    import { BedrockChatClient as Plain, BadRequestError } from "bedrock-chat";
    import { BedrockChatClient, BadRequestError as Same } from "bedrock-chat/guardrails";
    const client = new BedrockChatClient({ region: "us-east-1", apiKey: "k" });
    console.log(client instanceof Plain, BadRequestError === Same, new Plain({ region: "us-east-1", apiKey: "k" }) instanceof BedrockChatClient)`;
  assert.equal(await run(both, "module"), "true true false");
});
