// The demo's server: what it passes on, and what it does not.

import { request } from "node:http";
import { BedrockChatClient, GuardrailNotEnforcedError, guardContent, newTagSuffix } from "bedrock-chat";
import { BedrockChatClient as GuardedClient } from "bedrock-chat/guardrails";
import { demo } from "../demo.js";
import { assert, test } from "../harness.js";
import { fails } from "../helpers.js";

const messages = [{ role: "user", content: "hello" }];
const guardrail = { identifier: "GR12345", version: "DRAFT", trace: "ENABLED" };
/** What a page might send by mistake. */
const strayKey = "bedrock-api-key-of-the-page";

const connect = (address, path, options) =>
  new BedrockChatClient({ baseURL: `${address}${path}`, apiKey: strayKey, maxRetries: 0, ...options });

/** The status of an answer to headers that `fetch` would not send. */
function status(address, method, path, headers) {
  return new Promise((resolve, reject) => {
    const sent = request(address + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject).end();
  });
}

test("demo: both endpoints answer, by the server's key", async ({ emulator }) => {
  await demo(emulator, async (address, space) => {
    const cases = [
      ["/openai/v1", "openai.gpt-oss-20b-1:0", {}],
      ["/mantle/v1", "openai.gpt-oss-20b", { endpoint: "mantle" }],
      ["/mantle/openai/v1", "xai.grok-4.6", { endpoint: "mantle" }],
    ];
    for (const [path, model, options] of cases) {
      const client = connect(address, path, options);
      const stream = await client.chat.completions.create({ model, messages, stream: true });
      assert.include(await stream.finalContent(), "emulator", path);
      const received = (await space.requests()).at(-1);
      assert.isTrue(received.path.endsWith(`${path}/chat/completions`), received.path);
      assert.equal(received.header("authorization"), `Bearer ${emulator.apiKey}`);
      assert.notInclude(JSON.stringify(received), strayKey);
      assert.equal(stream.requestId.startsWith("req_"), path.startsWith("/mantle"));
    }
  });
});

test("demo: guardrails go through, and not to mantle", async ({ emulator }) => {
  await demo(emulator, async (address, space) => {
    const model = "openai.gpt-oss-20b-1:0";
    const { completions } = connect(address, "/openai/v1").chat;
    const ask = (content, options) =>
      completions.create({ model, messages: [{ role: "user", content }] }, { guardrail: { ...guardrail, ...options } });
    const blocked = await ask("Say the forbidden word.");
    assert.equal(blocked.guardrail.action, "INTERVENED");
    assert.isObject(blocked.guardrail.trace.inputAssessment);
    const tagSuffix = newTagSuffix();
    const outside = await ask(`Not forbidden: ${guardContent("hello", tagSuffix)}`, { tagSuffix });
    assert.equal(outside.guardrail.action, "NONE");
    const inside = await ask(`Hello: ${guardContent("forbidden", tagSuffix)}`, { tagSuffix });
    assert.equal(inside.guardrail.action, "INTERVENED");

    const before = (await space.requests()).length;
    const mantle = connect(address, "/mantle/v1", { endpoint: "mantle", guardrail });
    const body = { model: "openai.gpt-oss-20b", messages };
    assert.instanceOf(await fails(mantle.chat.completions.create(body)), GuardrailNotEnforcedError);
    assert.lengthOf(await space.requests(), before);
    // Its own, by way of runtime.
    const guarded = new GuardedClient({
      apiKey: strayKey,
      endpoint: "mantle",
      baseURL: `${address}/mantle/v1`,
      runtimeURL: `${address}/openai/v1`,
      guardrail: { ...guardrail, enforce: "client" },
    });
    const judged = await guarded.chat.completions.create({ ...body, messages: [{ role: "user", content: "forbidden" }] });
    assert.equal(judged.guardrail.action, "INTERVENED");
    const [asked] = (await space.requests()).slice(before);
    assert.include(asked.path, "/guardrail/GR12345/version/DRAFT/apply");
    assert.equal(asked.header("authorization"), `Bearer ${emulator.apiKey}`);
    const options = { guardrail: { ...guardrail, allowUnenforced: true } };
    assert.isUndefined((await mantle.chat.completions.create(body, options)).guardrail);
  });
});

test("demo: other sites and other paths are refused", async ({ emulator }) => {
  await demo(emulator, async (address, space) => {
    const path = "/mantle/v1/chat/completions";
    const { host } = new URL(address);
    const refused = [
      { origin: "https://example.com" },
      { origin: "null" },
      { origin: `https://${host}` },
      { host: "example.com" },
      { host: `${host}.example.com` },
    ];
    for (const headers of refused) {
      assert.equal(await status(address, "POST", path, headers), 403, JSON.stringify(headers));
      assert.equal(await status(address, "GET", "/", headers), 403, JSON.stringify(headers));
    }
    assert.equal(await status(address, "POST", "/mantle/v1/responses", {}), 404);
    assert.equal(await status(address, "POST", "/_emulator/health", {}), 404);
    assert.equal(await status(address, "GET", "/..%2fCargo.toml", {}), 404);
    assert.equal(await status(address, "GET", "/", { origin: address }), 200);
    assert.isEmpty(await space.requests());
  });
});
