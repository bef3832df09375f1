// Bedrock API keys made from AWS credentials. The emulator recomputes them with aws-sigv4.

import { BedrockChatClient, ConfigurationError, PermissionDeniedError, mintBedrockToken } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];
const region = "us-east-1";
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const longTerm = { accessKeyId: "AKIDEXAMPLE", secretAccessKey };
const temporary = { accessKeyId: "ASIDEXAMPLE", secretAccessKey, sessionToken: "fixture/session+token==" };
const dangerouslyAllowBrowser = true;

/** What a key holds: a presigned URL. */
const urlOf = (token) => new URL(`https://${atob(token.slice("bedrock-api-key-".length))}`);

test("minted keys are accepted, on runtime and on mantle", async ({ emulator }) => {
  const space = await emulator.space();
  for (const credentials of [longTerm, temporary, () => temporary, async () => temporary]) {
    for (const expiresIn of [undefined, 1, 900, 43_200]) {
      const before = Math.floor(Date.now() / 1000) * 1000;
      const minted = await mintBedrockToken({ credentials, region, expiresIn, dangerouslyAllowBrowser });
      const seconds = expiresIn ?? 43_200;
      assert.hasAllKeys(minted, ["token", "expiration"]);
      assert.match(minted.token, /^bedrock-api-key-[A-Za-z0-9+/]+=*$/);
      assert.instanceOf(minted.expiration, Date);
      assert.isAtLeast(minted.expiration.getTime(), before + seconds * 1000);
      assert.isAtMost(minted.expiration.getTime(), Date.now() + seconds * 1000);
      const { searchParams } = urlOf(minted.token);
      assert.equal(searchParams.get("X-Amz-Expires"), String(seconds));
      if (expiresIn === 1) continue;
      const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: minted.token });
      assert.isNotEmpty((await client.chat.completions.create({ model, messages })).choices);
      const mantle = new BedrockChatClient({ baseURL: space.mantleURL, endpoint: "mantle", apiKey: minted.token });
      const body = { model: "openai.gpt-oss-20b", messages };
      assert.isNotEmpty((await mantle.chat.completions.create(body)).choices);
    }
  }
});

test("a minted key ends with the credentials behind it", async () => {
  const now = Date.now();
  for (const expiration of [new Date(now + 90_500), new Date(now + 90_500).toISOString(), now + 90_500]) {
    const minted = await mintBedrockToken({ credentials: { ...temporary, expiration }, region });
    assert.equal(minted.expiration.getTime(), now + 90_500);
  }
  const later = { ...temporary, expiration: new Date(now + 86_400_000) };
  const minted = await mintBedrockToken({ credentials: later, region, expiresIn: 60 });
  assert.isAtMost(minted.expiration.getTime(), Date.now() + 60_000);
  const expired = { ...temporary, expiration: new Date(now - 1000) };
  const error = await fails(mintBedrockToken({ credentials: expired, region }));
  assert.instanceOf(error, ConfigurationError);
  assert.equal(error.path, "credentials");
});

test("what no key can be minted of", async () => {
  const good = { credentials: temporary, region };
  const cases = [
    [{ ...good, expiresIn: 0 }, "expiresIn"],
    [{ ...good, expiresIn: 43_201 }, "expiresIn"],
    [{ ...good, expiresIn: 1.5 }, "expiresIn"],
    [{ ...good, expiresIn: -1 }, "expiresIn"],
    [{ ...good, expiresIn: Number.NaN }, "expiresIn"],
    [{ ...good, expiresIn: Number.POSITIVE_INFINITY }, "expiresIn"],
    [{ ...good, expiresIn: "900" }, "expiresIn"],
    [{ ...good, region: "evil.com/#" }, "region"],
    [{ ...good, region: "" }, "region"],
    [{ ...good, region: 1 }, "region"],
    [{ region }, "credentials"],
    [{ region, credentials: "AKIA" }, "credentials"],
    [{ region, credentials: () => undefined }, "credentials"],
    [{ region, credentials: async () => null }, "credentials"],
    [{ region, credentials: { ...temporary, secretAccessKey: "a\nb" } }, "credentials.secretAccessKey"],
    [{ region, credentials: { ...temporary, expiration: "soon" } }, "credentials.expiration"],
    [{ region, credentials: { ...temporary, expiration: Symbol("soon") } }, "credentials.expiration"],
    [{ region, credentials: { ...temporary, expiration: 1n } }, "credentials.expiration"],
    ["us-east-1", "options"],
  ];
  for (const [options, path] of cases) {
    const error = await fails(mintBedrockToken(options));
    assert.instanceOf(error, ConfigurationError, path);
    assert.equal(error.path, path, error.message);
  }
  const broken = new Error("no credentials today");
  for (const credentials of [
    () => {
      throw broken;
    },
    () => Promise.reject(broken),
  ]) {
    assert.strictEqual(await fails(mintBedrockToken({ region, credentials })), broken);
  }
});

test("a key is minted of options that are read once, of whatever kind", async () => {
  let reads = 0;
  class Options {
    get region() { return reads++ ? "eu-west-1" : region; }
    get credentials() { return async () => temporary; }
    get expiresIn() { return 900; }
  }
  const { token } = await mintBedrockToken(new Options());
  assert.equal(reads, 1);
  assert.include(urlOf(token).searchParams.get("X-Amz-Credential"), `/${region}/`);
  assert.equal(urlOf(token).searchParams.get("X-Amz-Expires"), "900");
});

test("a minted key is good for its region alone, and changed for none", async ({ emulator }) => {
  const { baseURL } = await emulator.space();
  const { token } = await mintBedrockToken({ credentials: temporary, region });
  const prefix = "bedrock-api-key-";
  const changed = (from, to) => prefix + btoa(atob(token.slice(prefix.length)).replace(from, to));
  const elsewhere = await mintBedrockToken({ credentials: temporary, region: "us-east-2" });
  const wrong = [
    elsewhere.token,
    changed(/Expires=43200/, "Expires=43199"),
    changed(/%2Fus-east-1%2F/, "%2Fus-east-2%2F"),
    changed(/%2Fbedrock%2F/, "%2Fbedrocj%2F"),
    changed(/Security-Token=f/, "Security-Token=g"),
    changed(/ASIDEXAMPLE/, "AKIDEXAMPLE"),
    changed(/Date=2/, "Date=1"),
    changed(/Signature=[0-9a-f]/, (text) => text.slice(0, -1) + (text.endsWith("0") ? "1" : "0")),
  ];
  for (const apiKey of wrong) {
    assert.notEqual(apiKey, token);
    const client = new BedrockChatClient({ baseURL, apiKey, maxRetries: 0 });
    const error = await fails(client.chat.completions.create({ model, messages }));
    assert.instanceOf(error, PermissionDeniedError);
    assert.notInclude(`${error.message}${error.stack}${JSON.stringify(error)}`, apiKey.slice(20, 60));
  }
});

test("a client that mints its own: a key is kept until shortly before it ends", async ({ emulator }) => {
  const space = await emulator.space();
  let minted = 0;
  const clientOf = (expiresIn) =>
    new BedrockChatClient({
      baseURL: space.baseURL,
      apiKey: () => {
        minted++;
        return mintBedrockToken({ credentials: () => temporary, region, expiresIn });
      },
    });
  const create = (client) => client.chat.completions.create({ model, messages });
  const hours = clientOf(43_200);
  await Promise.all(Array.from({ length: 10 }, () => create(hours)));
  await create(hours);
  assert.equal(minted, 1);
  // One that ends within the minute is not kept, and not minted over and over for one call.
  minted = 0;
  const seconds = clientOf(30);
  await create(seconds);
  await create(seconds);
  assert.equal(minted, 2);
});

test("a minted key that has expired is minted once more", async ({ emulator }) => {
  const space = await emulator.space({ clockOffsetMs: 7_200_000 });
  const lives = [900, 43_200];
  let minted = 0;
  const client = new BedrockChatClient({
    baseURL: space.baseURL,
    apiKey: () => mintBedrockToken({ credentials: temporary, region, expiresIn: lives[minted++] }),
    maxRetries: 0,
  });
  await client.chat.completions.create({ model, messages });
  assert.equal(minted, 2);
});
