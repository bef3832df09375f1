// The gateway in a server of `node:http`, against clients of every kind.

import { createServer } from "node:http";
import { BedrockChatClient } from "bedrock-chat";
import { gateway, nodeListener } from "bedrock-chat/edge";
import { assert, test } from "../harness.js";
import { body, hostile, model, post, raw } from "../hostile.js";

/** Calls `use` with the origin of a server, and what its owner heard. */
async function served(space, options, use) {
  const told = [];
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: "bedrock-api-key-emulator", maxRetries: 0 });
  const handle = gateway({ client, models: [model], onUsage: (it) => void told.push(it), ...options });
  const server = createServer(nodeListener(handle));
  await new Promise((go) => server.listen(0, "127.0.0.1", go));
  try {
    await use(`http://127.0.0.1:${server.address().port}`, async () => told, "self");
  } finally {
    server.closeAllConnections();
    await new Promise((go) => server.close(go));
  }
}

test("node:http: answers, whole and streamed", async ({ emulator }) => {
  await served(await emulator.space(), {}, async (origin, told) => {
    const whole = await (await post(origin, body)).json();
    const client = new BedrockChatClient({ baseURL: `${origin}/v1`, apiKey: null });
    const text = await client.chat.completions.stream(body).finalContent();
    assert.equal(text, whole.choices[0].message.content);
    const list = await (await fetch(`${origin}/v1/models`)).json();
    assert.deepEqual(list.data.map(({ id }) => id), [model]);
    assert.equal((await fetch(`${origin}/nothing`)).status, 404);
    assert.deepEqual((await told()).map(({ outcome, estimated }) => [outcome, estimated]), [["done", false], ["done", false]]);
  });
});

test("node:http: what is no request at all", async ({ emulator }) => {
  await served(await emulator.space(), {}, async (origin) => {
    const line = (path, host) => `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
    assert.match(await raw(origin, line("//evil.test/v1/models", "gate")), /^HTTP\/1.1 200/);
    for (const host of ["a b", "gate/v1/models?", "gate/v1/models#", "gate\\\\v1", "ann@gate"]) {
      assert.match(await raw(origin, line("/nothing", host)), /^HTTP\/1.1 400/, host);
    }
    assert.match(await raw(origin, line("http://evil.test/v1/models", "gate")), /^HTTP\/1.1 404/);
    assert.match(await raw(origin, line("/v1/models/%zz", "gate")), /^HTTP\/1.1 404/);
    assert.match(await raw(origin, line("*", "gate")), /^HTTP\/1.1 404/);
    assert.match(await raw(origin, `TRACE / HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n\r\n`), /^HTTP\/1.1 400/);
  });
});

hostile("node:http", served);
