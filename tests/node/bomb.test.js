// A small body that unpacks to a very large one ends at the limit.

import { createServer } from "node:http";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { BedrockChatClient, LimitError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails } from "../helpers.js";

const MEMBER = 8 * 2 ** 20;
const MEMBERS = 256;

/** 2 GiB as gzip: one member again and again, which is one body. */
async function bomb(type, start, piece) {
  const first = gzipSync(start);
  const member = gzipSync(piece.repeat(MEMBER / piece.length));
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": type, "content-encoding": "gzip" });
    response.write(first);
    let left = MEMBERS;
    const more = () => {
      while (left-- > 0) if (!response.write(member)) return void response.once("drain", more);
      response.end();
    };
    more();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

test("limits: two gigabytes in a small body of gzip", async () => {
  const said = 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n';
  const bombs = [
    [false, "application/json", '{"choices":[{"index":0,"message":{"content":"', "x".repeat(1024)],
    [true, "text/event-stream", said, `: ${"x".repeat(1021)}\n`],
    [true, "text/event-stream", `${said}data: `, "x".repeat(1024)],
  ];
  for (const [stream, type, start, piece] of bombs) {
    const server = await bomb(type, start, piece);
    const client = new BedrockChatClient({ baseURL: `http://127.0.0.1:${server.address().port}/v1`, apiKey: null });
    try {
      const request = { model: "m", messages: [{ role: "user", content: "hi" }] };
      const { completions } = client.chat;
      const error = await fails(stream ? completions.stream(request).finalMessage() : completions.create(request));
      assert.strictEqual(error.constructor, LimitError, error.stack);
      assert.equal(error.attempts, 1);
      if (stream) assert.equal(error.partial.choices[0].message.content, "a");
    } finally {
      client.free();
      server.closeAllConnections();
      server.close();
    }
  }
});
