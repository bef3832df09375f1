// The gateway in a server of `node:http`, against clients of every kind.

import { createServer } from "node:http";
import { connect } from "node:net";
import { BedrockChatClient } from "bedrock-chat";
import { gateway, nodeListener } from "bedrock-chat/edge";
import { assert, test } from "../harness.js";
import { randomNumbers } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const body = { model, messages: [{ role: "user", content: "hello" }] };

/** Calls `use` with the origin of a server, and what its owner heard. */
async function served(space, options, use) {
  const told = [];
  const client = new BedrockChatClient({ baseURL: space.baseURL, apiKey: "bedrock-api-key-emulator", maxRetries: 0 });
  const handle = gateway({ client, models: [model], onUsage: (it) => void told.push(it), ...options });
  const server = createServer(nodeListener(handle));
  await new Promise((go) => server.listen(0, "127.0.0.1", go));
  try {
    await use(`http://127.0.0.1:${server.address().port}`, told, server);
  } finally {
    server.closeAllConnections();
    await new Promise((go) => server.close(go));
  }
}

const post = (origin, json, init) =>
  fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(json),
    ...init,
  });

/** Writes bytes to the server as they are; the result is all that it answers. */
const raw = (origin, text, more) =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(origin).port), "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => (answer += data)).on("error", () => {});
    socket.on("close", () => resolve(answer));
    socket.write(text);
    more?.(socket);
  });

const HEAD = "POST /v1/chat/completions HTTP/1.1\r\nhost: gate\r\ncontent-type: application/json\r\nconnection: close\r\n";

test("node:http: answers, whole and streamed", async ({ emulator }) => {
  await served(await emulator.space(), {}, async (origin, told) => {
    const whole = await (await post(origin, body)).json();
    const client = new BedrockChatClient({ baseURL: `${origin}/v1`, apiKey: null });
    const text = await client.chat.completions.stream(body).finalContent();
    assert.equal(text, whole.choices[0].message.content);
    const list = await (await fetch(`${origin}/v1/models`)).json();
    assert.deepEqual(list.data.map(({ id }) => id), [model]);
    assert.equal((await fetch(`${origin}/nothing`)).status, 404);
    assert.deepEqual(told.map(({ outcome, estimated }) => [outcome, estimated]), [["done", false], ["done", false]]);
  });
});

test("node:http: a request without end, and one that is not sent", async ({ emulator }) => {
  await served(await emulator.space(), { maxBodyBytes: 10_000, bodyTimeout: 100 }, async (origin, told) => {
    const piece = `1000\r\n${"x".repeat(4096)}\r\n`;
    const endless = await raw(origin, `${HEAD}transfer-encoding: chunked\r\n\r\n`, (socket) => {
      const write = () => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on("drain", write);
      write();
    });
    assert.match(endless, /^HTTP\/1.1 413/);
    assert.match(await raw(origin, `${HEAD}content-length: 1000000000\r\n\r\n{`), /^HTTP\/1.1 413/);
    assert.match(await raw(origin, `${HEAD}content-length: 100\r\n\r\n{`), /^HTTP\/1.1 408/);
    assert.match(await raw(origin, `${HEAD}content-length: 7\r\n\r\n{"a":1}`), /^HTTP\/1.1 404/);
    // The server is well.
    assert.equal((await post(origin, body)).status, 200);
    assert.lengthOf(told, 1);
  });
});

test("node:http: what is no request at all", async ({ emulator }) => {
  await served(await emulator.space(), {}, async (origin) => {
    const line = (path, host) => `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
    assert.match(await raw(origin, line("//evil.test/v1/models", "gate")), /^HTTP\/1.1 200/);
    assert.match(await raw(origin, line("/v1/models", "a b")), /^HTTP\/1.1 400/);
    assert.match(await raw(origin, line("http://evil.test/v1/models", "gate")), /^HTTP\/1.1 404/);
    assert.match(await raw(origin, line("/v1/models/%zz", "gate")), /^HTTP\/1.1 404/);
    assert.match(await raw(origin, line("*", "gate")), /^HTTP\/1.1 404/);
    assert.match(await raw(origin, `TRACE / HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n\r\n`), /^HTTP\/1.1 400/);
  });
});

test("node:http: 200 clients at once, who leave when they like", async ({ emulator }) => {
  const random = randomNumbers(14);
  // Half of the answers never end.
  const piece = { text: `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "word " } }] })}\n\n` };
  const endless = { pieces: [{ ...piece, repeat: "forever", delayMs: 2 }] };
  const space = await emulator.space({
    steps: Array.from({ length: 200 }, (_, at) => (at % 2 ? endless : { normal: true })),
  });
  await served(space, {}, async (origin, told, server) => {
    const visit = async () => {
      const leaving = new AbortController();
      try {
        const response = await post(origin, { ...body, stream: true }, { signal: leaving.signal });
        const reader = response.body.getReader();
        for (let reads = Math.floor(random() * 20); reads >= 0; reads--) if ((await reader.read()).done) return;
        if (random() < 0.5) await reader.cancel();
        else leaving.abort();
      } catch (error) {
        assert.equal(error.name, "AbortError");
      }
    };
    await Promise.all(Array.from({ length: 200 }, visit));
    for (let index = 0; index < 200; index++) await space.waitFor("ended", index);
    // Each is told of once, and nobody holds a connection to Bedrock.
    await until(() => told.length >= 200);
    assert.lengthOf(told, 200);
    for (const { outcome } of told) assert.include(["done", "aborted"], outcome);
    assert.lengthOf((await space.requests()).filter(({ state }) => state === "open"), 0);
    assert.isTrue(server.listening);
  });
});

test("node:http: who reads slowly holds Bedrock back, and not the memory", async ({ emulator }) => {
  const text = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "x".repeat(16_000) } }] })}\n\n`;
  const space = await emulator.space({ steps: [{ pieces: [{ text, repeat: "forever" }] }] });
  await served(space, { clientTimeout: 300 }, async (origin, told) => {
    const answer = await raw(origin, request({ ...body, stream: true }), (socket) => {
      socket.pause();
      // Who is not read any more is let go of, and finds out when it reads on.
      until(() => told.length > 0).then(() => socket.resume());
    });
    assert.match(answer, /^HTTP\/1.1 200/);
    assert.notInclude(answer, "[DONE]");
    const { bytesSent } = await space.waitFor("disconnected");
    // What the sockets of two connections hold, and not what was sent for as long.
    assert.isBelow(bytesSent, 50e6);
    assert.deepInclude(told[0], { outcome: "aborted", estimated: true });
  });
});

const request = (json) => {
  const text = JSON.stringify(json);
  return `${HEAD}content-length: ${text.length}\r\n\r\n${text}`;
};

/** Looks at every turn of the loop. */
async function until(isSo) {
  while (!isSo()) await new Promise((go) => setImmediate(go));
}
