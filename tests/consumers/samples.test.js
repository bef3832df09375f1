// What `openai`'s README and examples show of chat completions, in our words: each program runs as
// it is, and with its import changed. What it prints is the same.

import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { assert, test } from "../harness.js";

const folder = new URL("samples/", import.meta.url);

/** The import changed: the helpers for Zod stay. */
const changed = (code) => code.replace(/ from "openai(\/lib\/\w+)?";/g, ' from "bedrock-chat";');

/** What tells each of them where to ask, and with which key. */
const environments = {
  openai: (url, key) => ({ OPENAI_BASE_URL: url, OPENAI_API_KEY: key }),
  ours: (url, key) => ({ AWS_BEDROCK_BASE_URL: url, AWS_BEARER_TOKEN_BEDROCK: key }),
};

function run(code, environment) {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
    cwd: new URL(".", import.meta.url),
    env: { PATH, HOME, TMPDIR, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (printed += text));
  return new Promise((end) => child.on("close", (status) => end({ printed, status })));
}

for (const name of readdirSync(folder).sort()) {
  test(`samples: ${name}`, async ({ emulator }) => {
    const code = readFileSync(new URL(name, folder), "utf8");
    assert.include(code, ' from "openai"');
    // Which family of endpoints a proxy stands for is nothing that openai knows of.
    const ours = changed(code).replace("globalThis.mantle", '{ endpoint: "mantle" }');
    const found = {};
    for (const [client, program] of Object.entries({ openai: code, ours })) {
      const { mantleURL } = await emulator.space();
      found[client] = await run(program, environments[client](mantleURL, emulator.apiKey));
    }
    assert.equal(found.openai.status, 0, found.openai.printed);
    assert.isNotEmpty(found.openai.printed);
    assert.equal(found.ours.printed, found.openai.printed);
    assert.equal(found.ours.status, 0);
  });
}
