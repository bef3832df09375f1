// What the environment decides. Node alone shows it: the variables are those of `process.env`.

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BedrockChatClient, ConfigurationError, mintBedrockToken } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const names = [
  "AWS_ACCESS_KEY_ID",
  "AWS_BEARER_TOKEN_BEDROCK",
  "AWS_BEDROCK_BASE_URL",
  "AWS_DEFAULT_REGION",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
];

/** Runs `body` where these and no other variables of AWS are set. */
async function within(variables, body) {
  const before = names.map((name) => [name, process.env[name]]);
  for (const name of names) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return await body();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** What a client sends in this environment: its URL, and how it authenticates. */
function sent(variables, options) {
  return within(variables, async () => {
    const requests = [];
    const headers = { "content-type": "application/json" };
    const fetch = answering('{"object":"chat.completion","choices":[]}', { headers, requests });
    const client = new BedrockChatClient({ fetch, ...options });
    await client.chat.completions.create({ model, messages });
    const [{ url, init }] = requests;
    const authorization = init.headers.get("authorization");
    const signed = authorization?.match(/Credential=([^/]+)\/\d+\/(.*)\/aws4_request/);
    return { url, authorization: signed ? `${signed[1]} ${signed[2]}` : authorization };
  });
}

function refused(variables, options) {
  return within(variables, async () => fails((async () => new BedrockChatClient(options))()));
}

const key = { AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-env" };
const longTerm = { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: secretAccessKey };
const temporary = { ...longTerm, AWS_SESSION_TOKEN: "env-session-token" };
const west = { AWS_REGION: "us-west-2" };
const runtime = (region) => `https://bedrock-runtime.${region}.amazonaws.com/openai/v1/chat/completions`;

test("environment: a key and a region are enough", async () => {
  const { url, authorization } = await sent({ ...key, ...west });
  assert.equal(url, runtime("us-west-2"));
  assert.equal(authorization, "Bearer bedrock-api-key-env");
});

test("environment: AWS_REGION goes before AWS_DEFAULT_REGION, an option before both", async () => {
  const both = { ...key, ...west, AWS_DEFAULT_REGION: "eu-west-1" };
  assert.equal((await sent(both)).url, runtime("us-west-2"));
  assert.equal((await sent({ ...key, AWS_DEFAULT_REGION: "eu-west-1" })).url, runtime("eu-west-1"));
  assert.equal((await sent({ ...both, AWS_REGION: "" })).url, runtime("eu-west-1"));
  assert.equal((await sent({ ...both, AWS_REGION: " us-west-2\n" })).url, runtime("us-west-2"));
  assert.equal((await sent(both, { region: "us-east-1" })).url, runtime("us-east-1"));
  const error = await refused({ ...key, AWS_REGION: "evil.com/#" });
  assert.instanceOf(error, ConfigurationError);
  assert.equal(error.path, "region");
  assert.notInclude(error.message, "evil");
});

test("environment: AWS credentials, where there is no key", async () => {
  assert.equal((await sent({ ...longTerm, ...west })).authorization, "AKIAENV us-west-2/bedrock");
  assert.equal((await sent({ ...temporary, ...west })).authorization, "AKIAENV us-west-2/bedrock");
  assert.equal(
    (await sent({ ...temporary, ...key, ...west })).authorization,
    "Bearer bedrock-api-key-env",
  );
  // An empty session token is none; a key without its secret is nothing.
  assert.equal(
    (await sent({ ...longTerm, ...west, AWS_SESSION_TOKEN: "" })).authorization,
    "AKIAENV us-west-2/bedrock",
  );
  const error = await refused({ ...west, AWS_ACCESS_KEY_ID: "AKIAENV" });
  assert.instanceOf(error, ConfigurationError);
  assert.equal(error.path, "apiKey");
});

test("environment: what is given goes before", async () => {
  const all = { ...key, ...temporary, ...west };
  const credentials = { accessKeyId: "ASIAGIVEN", secretAccessKey, sessionToken: "t" };
  assert.equal((await sent(all, { apiKey: "k" })).authorization, "Bearer k");
  assert.equal((await sent(all, { credentials })).authorization, "ASIAGIVEN us-west-2/bedrock");
  assert.equal(
    (await sent(all, { credentials, apiKey: null })).authorization,
    "ASIAGIVEN us-west-2/bedrock",
  );
  // Not read at all: what is wrong there does not matter.
  const wrong = { ...all, AWS_BEARER_TOKEN_BEDROCK: "a b" };
  assert.equal((await sent(wrong, { apiKey: "k" })).authorization, "Bearer k");
  const error = await refused(wrong);
  assert.equal(error.path, "apiKey");
  assert.notInclude(error.message, "a b");
});

test("environment: apiKey: null turns it off", async () => {
  const baseURL = "https://example.com/v1";
  const all = { ...key, ...temporary, ...west };
  assert.isNull((await sent(all, { apiKey: null, baseURL })).authorization);
  const headers = { authorization: "Bearer own" };
  const own = await sent(all, { apiKey: null, defaultHeaders: headers });
  assert.equal(own.authorization, "Bearer own");
  // AWS itself answers nobody unknown.
  for (const options of [{ apiKey: null }, { apiKey: null, region: "us-east-1" }]) {
    const error = await refused(all, options);
    assert.instanceOf(error, ConfigurationError);
    assert.equal(error.path, "apiKey");
  }
});

test("environment: AWS_BEDROCK_BASE_URL", async () => {
  const elsewhere = { AWS_BEDROCK_BASE_URL: "https://example.com/openai/v1/" };
  const url = "https://example.com/openai/v1/chat/completions";
  assert.equal((await sent({ ...elsewhere, ...key })).url, url);
  // A proxy that authenticates by itself, named by the environment as well as by the option.
  assert.deepEqual(await sent(elsewhere, { apiKey: null }), { url, authorization: null });
  assert.deepEqual(await sent(elsewhere), { url, authorization: null });
  assert.equal(
    (await sent({ ...elsewhere, ...temporary, ...west })).authorization,
    "AKIAENV us-west-2/bedrock",
  );
  assert.equal(
    (await sent({ ...elsewhere, ...key }, { baseURL: "https://other.example/v1" })).url,
    "https://other.example/v1/chat/completions",
  );
  for (const wrong of ["http://example.com/v1", "example.com", "https://u:p@example.com"]) {
    const error = await refused({ ...key, AWS_BEDROCK_BASE_URL: wrong });
    assert.instanceOf(error, ConfigurationError);
    assert.equal(error.path, "baseURL");
  }
});

test("environment: a derived client has what its base has read", async () => {
  const requests = [];
  const headers = { "content-type": "application/json" };
  const fetch = answering('{"object":"chat.completion","choices":[]}', { headers, requests });
  const elsewhere = { AWS_BEDROCK_BASE_URL: "https://example.com/v1" };
  const base = await within({ ...key, ...elsewhere }, () => new BedrockChatClient({ fetch }));
  const other = { AWS_BEDROCK_BASE_URL: "https://evil.example/v1", AWS_BEARER_TOKEN_BEDROCK: "other" };
  await within({ ...other, ...longTerm }, async () => {
    for (const options of [{}, { maxRetries: 0 }, { baseURL: undefined, apiKey: undefined }]) {
      await base.withOptions(options).withOptions({}).chat.completions.create({ model, messages });
    }
  });
  for (const { url, init } of requests) {
    assert.equal(url, "https://example.com/v1/chat/completions");
    assert.equal(init.headers.get("authorization"), "Bearer bedrock-api-key-env");
  }
  assert.lengthOf(requests, 3);
});

test("environment: against the emulator", async ({ emulator }) => {
  const space = await emulator.space();
  const variables = {
    AWS_BEDROCK_BASE_URL: space.baseURL,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "ASIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: "fixture/session+token==",
  };
  await within(variables, () => new BedrockChatClient().chat.completions.create({ model, messages }));
  const [request] = await space.requests();
  assert.deepEqual(request.auth, { kind: "sigv4", ok: true });
});

test("environment: mintBedrockToken takes the region", async () => {
  const credentials = { accessKeyId: "A", secretAccessKey, sessionToken: "t" };
  const minted = await within(west, () => mintBedrockToken({ credentials }));
  const url = atob(minted.token.slice("bedrock-api-key-".length));
  assert.include(url, "%2Fus-west-2%2Fbedrock%2F");
  const error = await within({}, () => fails(mintBedrockToken({ credentials })));
  assert.instanceOf(error, ConfigurationError);
  assert.equal(error.path, "region");
});

test("environment: an option of undefined is none, and no process is no environment", async () => {
  const options = { apiKey: undefined, region: undefined, baseURL: undefined, credentials: undefined };
  assert.equal((await sent({ ...key, ...west }, options)).url, runtime("us-west-2"));
  const { process } = globalThis;
  await within({ ...key, ...west }, async () => {
    Object.defineProperty(globalThis, "process", { value: undefined, configurable: true, writable: true });
    try {
      assert.throws(() => new BedrockChatClient(), ConfigurationError);
    } finally {
      globalThis.process = process;
    }
  });
});

test("environment: of Deno with and without the permission, and of Bun", () => {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const script = `
    import { BedrockChatClient } from "bedrock-chat";
    const fetch = async (url, { headers }) => {
      console.log(url, headers.get("authorization"));
      return Response.json({ object: "chat.completion", choices: [] });
    };
    try {
      await new BedrockChatClient({ fetch }).chat.completions.create({ model: "m", messages: [{ role: "user", content: "x" }] });
    } catch (error) {
      console.log(error.name, error.path);
    }
  `;
  const environment = { ...process.env, ...key, ...west, NO_COLOR: "1" };
  const run = (command, args, input) =>
    spawnSync(command, args, { cwd: root, env: environment, input, encoding: "utf8", timeout: 30_000 });
  // The one package of the runtime that was installed for this machine.
  const packageOf = (scope) => `${root}node_modules/${scope}/${readdirSync(`${root}node_modules/${scope}`)[0]}`;
  const good = `${runtime("us-west-2")} Bearer bedrock-api-key-env\n`;
  const bun = run(`${packageOf("@oven")}/bin/bun`, ["-e", script]);
  assert.equal(bun.stdout, good, `${bun.error}${bun.stderr}`);
  const deno = `${packageOf("@deno")}/deno`;
  const allowed = run(deno, ["run", "--no-prompt", "--allow-env", "--ext=js", "-"], script);
  assert.equal(allowed.stdout, good, allowed.stderr);
  const denied = run(deno, ["run", "--no-prompt", "--ext=js", "-"], script);
  assert.equal(denied.stdout, "ConfigurationError region\n", denied.stderr);
});
