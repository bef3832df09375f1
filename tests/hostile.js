// Clients that no server wishes for, over sockets, and what a gateway makes of them: the same in
// every runtime that has servers.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "node:net";
import { BedrockChatClient } from "bedrock-chat";
import { gateway, nodeListener } from "bedrock-chat/edge";
import { assert, test } from "./harness.js";
import { randomNumbers } from "./helpers.js";

export const model = "openai.gpt-oss-20b-1:0";
export const body = { model, messages: [{ role: "user", content: "hello" }] };

export const post = (origin, json, init) =>
  fetch(`${origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(json),
    ...init,
  });

/** Writes bytes to the server as they are; the result is all that it answers. */
export const raw = (origin, text, more) =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(origin).port), "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => (answer += data)).on("error", () => {});
    socket.on("close", () => resolve(answer));
    socket.write(text);
    more?.(socket);
  });

export const HEAD = "POST /v1/chat/completions HTTP/1.1\r\nhost: gate\r\ncontent-type: application/json\r\nconnection: close\r\n";

const withBody = (text) => `${HEAD}content-length: ${new TextEncoder().encode(text).length}\r\n\r\n${text}`;

export const piece = (content, finish_reason) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason }] })}\n\n`;

/** The memory of a process on Linux, in bytes. */
export async function residentMemory(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)[1]) * 1024;
}

/** Looks again and again. */
export async function until(isSo) {
  while (!(await isSo())) await new Promise((go) => setImmediate(go));
}

/** Calls `use` with the origin of a server of Node's, and what its owner heard. */
export async function servedByNode(space, options, use) {
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

/**
 * `served(space, options, use)` calls `use` with the origin of a gateway of `model` whose Bedrock
 * is `space`, with a function that brings what `onUsage` heard, and with its process.
 */
export function hostile(name, served) {
  test(`${name}: a request without end, and one that is not sent`, async ({ emulator }) => {
    await served(await emulator.space(), { maxBodyBytes: 10_000, bodyTimeout: 100 }, async (origin, told) => {
      const chunk = `1000\r\n${"x".repeat(4096)}\r\n`;
      const endless = await raw(origin, `${HEAD}transfer-encoding: chunked\r\n\r\n`, (socket) => {
        const write = () => {
          while (!socket.destroyed && socket.write(chunk));
        };
        socket.on("drain", write);
        write();
      });
      // workerd may hang up before it is heard.
      assert.match(endless, name === "workerd" ? /^(HTTP\/1.1 413|$)/ : /^HTTP\/1.1 413/);
      assert.match(await raw(origin, `${HEAD}content-length: 1000000000\r\n\r\n{`), /^HTTP\/1.1 413/);
      assert.match(await raw(origin, `${HEAD}content-length: 100\r\n\r\n{`), /^HTTP\/1.1 408/);
      assert.match(await raw(origin, withBody('{"a":1}')), /^HTTP\/1.1 404/);
      // The server is well.
      assert.equal((await post(origin, body)).status, 200);
      assert.lengthOf(await told(), 1);
    });
  });

  test(`${name}: requests that are none, and what is not theirs to say`, async ({ emulator }) => {
    const space = await emulator.space();
    const guardrail = { identifier: "gr12345", version: "1" };
    await served(space, { guardrail, origins: ["https://app.test"] }, async (origin, told) => {
      const wrong = ["", "{", "[]", "null", '"x"', "[".repeat(9000), '{"a":'.repeat(1500), "\u0000", `{"model":"${model}"}`, '{"__proto__":{}}'];
      for (const text of wrong) {
        const [, status] = (await raw(origin, withBody(text))).split(" ");
        assert.include(["400", "404"], status, text.slice(0, 20));
      }
      for (const model of ["openai.gpt-oss-120b-1:0", "toString", "", null, {}, [body.model]]) {
        assert.equal((await post(origin, { ...body, model })).status, 404);
      }
      const headers = { "content-type": "application/json", origin: "https://evil.test" };
      assert.equal((await post(origin, body, { headers })).status, 403);
      assert.lengthOf(await space.requests(), 0);
      // What is forged is dropped, and the guardrail stands.
      const forged = {
        "content-type": "application/json",
        "x-amzn-bedrock-guardrailidentifier": "none",
        "x-amzn-bedrock-guardrailversion": "DRAFT",
        "x-amzn-bedrock-trace": "ENABLED",
        "x-amz-date": "20200101T000000Z",
        authorization: "Bearer bedrock-api-key-expired",
      };
      const fields = { guardrailConfig: { identifier: "none" }, guardrail: null, "amazon-bedrock-guardrailConfig": {}, extra_headers: forged };
      for (const stream of [false, true]) {
        const response = await post(origin, { ...body, messages: [{ role: "user", content: "forbidden" }], stream, ...fields }, { headers: forged });
        assert.include(await response.text(), "content_filter");
      }
      for (const request of await space.requests()) {
        assert.equal(request.header("x-amzn-bedrock-guardrailidentifier"), "gr12345");
        assert.equal(request.header("x-amzn-bedrock-guardrailversion"), "1");
        assert.notExists(request.header("x-amz-date"));
        assert.isEmpty(Object.keys(request.json()).filter((field) => field in fields));
      }
      await until(async () => (await told()).length >= 2);
      assert.lengthOf(await told(), 2);
    });
  });

  test(`${name}: 200 clients at once, who leave when they like`, async ({ emulator }) => {
    const random = randomNumbers(14);
    // Half of the answers never end.
    const endless = { pieces: [{ text: piece("word "), repeat: "forever", delayMs: 20 }] };
    const space = await emulator.space({
      steps: Array.from({ length: 200 }, (_, at) => (at % 2 ? endless : { normal: true })),
    });
    await served(space, {}, async (origin, told, pid) => {
      const before = await residentMemory(pid);
      let most = 0;
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
        most = Math.max(most, await residentMemory(pid));
      };
      await Promise.all(Array.from({ length: 200 }, visit));
      for (let index = 0; index < 200; index++) await space.waitFor("ended", index);
      // Each is told of once, and nobody holds a connection to Bedrock.
      await until(async () => (await told()).length >= 200);
      assert.lengthOf((await space.requests()).filter(({ state }) => state === "open"), 0);
      const heard = await told();
      assert.lengthOf(heard, 200);
      // A megabyte for each would be much, and the clients' side of it is in there in Node.
      assert.isBelow(most - before, 200 * 2 ** 20);
      for (const { outcome } of heard) assert.include(["done", "aborted"], outcome);
      // The server is well.
      await space.set({ steps: [] });
      assert.equal((await post(origin, body)).status, 200);
    });
  });

  test(`${name}: who leaves before the answer begins`, async ({ emulator }) => {
    const space = await emulator.space({ steps: [{ never: true }], repeatLast: true });
    await served(space, {}, async (origin, told) => {
      // workerd sees no connection that is only closed before it has written to it: see consumers/gateway.test.js.
      const ways = name === "workerd" ? ["resetAndDestroy"] : ["resetAndDestroy", "destroy"];
      const cases = ways.flatMap((way) => [false, true].map((stream) => [way, stream]));
      for (const [at, [way, stream]] of cases.entries()) {
        let client;
        const asking = raw(origin, withBody(JSON.stringify({ ...body, stream })), (socket) => (client = socket));
        await space.waitFor("received", at);
        client[way]();
        await asking;
        await space.waitFor("disconnected", at);
        await until(async () => (await told()).length > at);
      }
      for (const record of await told()) assert.deepInclude(record, { outcome: "aborted", estimated: true });
    });
  });

  // A browser closes and does not reset: whoever does not write to it hears nothing of it.
  for (const way of ["resetAndDestroy", "destroy"]) {
    test(`${name}: who leaves while the model is silent (${way})`, async ({ emulator }) => {
      const thinking = { pieces: [{ text: piece("first") }], then: "stall" };
      const space = await emulator.space({ steps: [thinking, { never: true }] });
      await served(space, { beginAfter: 10 }, async (origin, told) => {
        for (const at of [0, 1]) {
          const answer = await raw(origin, withBody(JSON.stringify({ ...body, stream: true })), (socket) => {
            let text = "";
            socket.on("data", (data) => {
              text += data;
              if (text.includes(at === 0 ? "first" : ": keep-alive")) socket[way]();
            });
          });
          assert.match(answer, /^HTTP\/1.1 200/);
          await space.waitFor("disconnected", at);
          await until(async () => (await told()).length > at);
        }
        for (const record of await told()) assert.deepInclude(record, { outcome: "aborted", estimated: true });
      });
    });
  }

  test(`${name}: who has said all and only listens gets its answer`, async ({ emulator }) => {
    const last = { text: `${piece("last", "stop")}data: [DONE]\n\n`, delayMs: 300 };
    const space = await emulator.space({ steps: [{ pieces: [{ text: piece("first") }, last] }] });
    await served(space, { heartbeat: 20 }, async (origin, told) => {
      const answer = await raw(origin, withBody(JSON.stringify({ ...body, stream: true })), (socket) => {
        // Node takes the end of a request's connection for the client's.
        if (name === "workerd") socket.end();
      });
      assert.match(answer, /first[^]*: keep-alive[^]*last[^]*DONE/);
      await until(async () => (await told()).length > 0);
    });
  });

  test(`${name}: who reads slowly holds Bedrock back, and not the memory`, async ({ emulator }) => {
    const space = await emulator.space({ steps: [{ pieces: [{ text: piece("x".repeat(16_000)), repeat: "forever" }] }] });
    await served(space, { clientTimeout: 300 }, async (origin, told) => {
      const answer = await raw(origin, withBody(JSON.stringify({ ...body, stream: true })), (socket) => {
        socket.pause();
        // Who is not read any more is let go of, and finds out when it reads on.
        until(async () => (await told()).length > 0).then(() => socket.resume());
      });
      assert.match(answer, /^HTTP\/1.1 200/);
      assert.notInclude(answer, "[DONE]");
      const { bytesSent } = await space.waitFor("disconnected");
      // What the sockets of two connections hold, and not what was sent for as long.
      assert.isBelow(bytesSent, 50e6);
      assert.deepInclude((await told())[0], { outcome: "aborted", estimated: true });
    });
  });
}
