// The examples, started as their READMEs say; chat.test.js has the page of the one for Next. Only the
// addresses of AWS are played.

import { cp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { assert, test } from "../harness.js";
import { playAmazon } from "./amazon.js";
import { inPage } from "./chromium.js";
import { here, run, serving } from "./commands.js";
import { serve } from "./serve.js";

const question = "emoji";

const manifest = async (folder) => JSON.parse(await readFile(`${folder}/package.json`, "utf8"));

/** A copy of an example, with its packages installed. */
async function copy(name) {
  const folder = `${here}dist/examples/${name}`;
  await rm(folder, { recursive: true, force: true });
  const filter = (path) => !path.includes("node_modules");
  await cp(new URL(`../../examples/${name}`, import.meta.url), folder, { recursive: true, filter });
  await symlink(`${here}node_modules`, `${folder}/node_modules`, "junction");
  const { dependencies } = await manifest(folder);
  const { version } = await manifest(`${here}node_modules/bedrock-chat`);
  assert.equal(dependencies["bedrock-chat"], `^${version}`);
  return folder;
}

/** Asks in the form of an example's page; ends when the answer is all there. */
async function ask(page, baseURL) {
  await page.type("input", question);
  await page.click("button");
  const expected = await answer(baseURL);
  const read = () => document.querySelector("output").value;
  await page
    .waitForFunction((expected) => document.querySelector("output").value === expected, { timeout: 10_000 }, expected)
    .catch(async () => assert.equal(await page.evaluate(read), expected));
}

/** What the emulator answers. */
async function answer(baseURL) {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer bedrock-api-key-emulator", "content-type": "application/json" },
    body: JSON.stringify({ model: "openai.gpt-oss-20b-1:0", messages: [{ role: "user", content: question }] }),
  });
  return (await response.json()).choices[0].message.content;
}

/** What has come is passed on at once, and who leaves is not answered any longer. */
async function passesOn(origin, space) {
  const text = 'data: {"choices":[{"index":0,"delta":{"content":"first"}}]}\n\n';
  await space.set({ steps: [{ pieces: [{ text, repeat: "forever", delayMs: 10 }] }] });
  const leaving = new AbortController();
  const response = await fetch(`${origin}/api/openai/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "chat", stream: true, messages: [{ role: "user", content: question }] }),
    signal: leaving.signal,
  });
  const { value } = await response.body.getReader().read();
  assert.include(new TextDecoder().decode(value), '"first"');
  leaving.abort();
  await space.waitFor("disconnected");
}

test("the Cloudflare worker", async ({ emulator }) => {
  const folder = await copy("cloudflare-worker");
  const space = await emulator.space();
  const variables = `
    AWS_BEARER_TOKEN_BEDROCK=${emulator.apiKey}
    AWS_BEDROCK_BASE_URL=${space.baseURL}
  `;
  await writeFile(`${folder}/.dev.vars`, variables);
  const { origin, stop } = await serving("wrangler dev --port 0 --inspector-port 0", { cwd: folder });
  try {
    await inPage(origin, (page) => ask(page, space.baseURL));

    await passesOn(origin, space);
  } finally {
    await stop();
  }
});

test("the Hono server", async ({ emulator }) => {
  const folder = await copy("hono");
  const space = await emulator.space();
  const { scripts } = await manifest(folder);
  const [build, start] = scripts.start.split(" && ");
  await run(build, { cwd: folder });
  const env = { PORT: "0", AWS_BEARER_TOKEN_BEDROCK: emulator.apiKey, AWS_BEDROCK_BASE_URL: space.baseURL };
  const { origin, stop } = await serving(start, { cwd: folder, env });
  try {
    await inPage(origin, (page) => ask(page, space.baseURL));
    await passesOn(origin, space);
  } finally {
    await stop();
  }
});

test("the Node server", async ({ emulator }) => {
  const folder = await copy("node");
  const { scripts } = await manifest(folder);
  const [build, start] = scripts.start.split(" && ");
  await run(build, { cwd: folder });
  const env = {
    PORT: "0",
    AWS_ACCESS_KEY_ID: "ASIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    AWS_SESSION_TOKEN: "fixture/session+token==",
  };
  const { origin, stop } = await serving(start, { cwd: folder, env });
  const asked = [];
  try {
    await inPage(
      origin,
      (page) => ask(page, `${emulator.origin}/openai/v1`),
      (page) => playAmazon(page, emulator, asked),
    );
  } finally {
    await stop();
  }
  assert.include(asked, "POST bedrock-runtime.us-east-1.amazonaws.com");
});

test("the page with Cognito", async ({ emulator }) => {
  const folder = await copy("browser-cognito");
  await run("vite build", { cwd: folder });
  const { origin, close } = await serve(`${folder}/dist`);
  const asked = [];
  try {
    await inPage(
      `${origin}/index.html`,
      (page) => ask(page, `${emulator.origin}/openai/v1`),
      (page) => playAmazon(page, emulator, asked),
    );
  } finally {
    close();
  }
  assert.include(asked, "POST cognito-identity.us-east-1.amazonaws.com");
  assert.include(asked, "POST bedrock-runtime.us-east-1.amazonaws.com");
});

for (const command of ["node", "bun", "deno run --no-prompt --allow-net --allow-env"]) {
  test(`the terminal: ${command}`, async ({ emulator }) => {
    const space = await emulator.space();
    const printed = await run(`${command} chat.js`, {
      cwd: await copy("terminal"),
      env: { AWS_BEARER_TOKEN_BEDROCK: emulator.apiKey, AWS_BEDROCK_BASE_URL: space.baseURL },
      input: `${question}\nhello\n`,
    });
    const expected = await answer(space.baseURL);
    assert.isTrue(printed.startsWith(`> ${expected}\n> `), printed);
    const [, second] = await space.requests();
    assert.deepEqual(second.json().messages, [
      { role: "user", content: question },
      { role: "assistant", content: expected },
      { role: "user", content: "hello" },
    ]);
  });
}
