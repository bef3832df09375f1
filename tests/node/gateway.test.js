// The gateway in a server of `node:http`, against clients of every kind.

import { BedrockChatClient } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { body, hostile, model, post, raw, servedByNode } from "../hostile.js";

test("node:http: answers, whole and streamed", async ({ emulator }) => {
  await servedByNode(await emulator.space(), {}, async (origin, told) => {
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
  await servedByNode(await emulator.space(), {}, async (origin) => {
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

hostile("node:http", servedByNode);
