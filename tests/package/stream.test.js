// The named streams of tests/fixtures/streams through the package, cut in many ways.

import { APIError, BedrockChatClient, IncompleteStreamError } from "bedrock-chat";
import { assert, fixture, test } from "../harness.js";
import { answering, encode, randomNumbers } from "../helpers.js";
import { clientOf, collect, includes, request } from "./stream-parts.js";

const FILES = ["sse", "chunks", "endings", "tools", "reasoning"];
// Up to so many bytes a stream is cut at every place.
const SHORT = 160;
const RANDOM_CUTS = 6;

const bytesOf = ({ input, inputBase64 }) =>
  inputBase64 === undefined
    ? encode(input)
    : Uint8Array.from(atob(inputBase64), (char) => char.charCodeAt(0));

const ignore = () => {};

/** A limit that is not the package's own cannot be shown here. */
const cases = async (file) =>
  (await fixture(`streams/${file}.json`)).filter(({ maxEvent }) => maxEvent === undefined);

/** In one piece, byte by byte, in two pieces at every place, and in random ways. */
function* cuts({ length }, random) {
  yield [];
  yield Array.from({ length: Math.max(0, length - 1) }, (_, at) => at + 1);
  if (length <= SHORT) for (let at = 1; at < length; at++) yield [at];
  for (let round = 0; length > 1 && round < RANDOM_CUTS; round++) {
    const places = Array.from({ length: 1 + round }, () => Math.ceil(random() * (length - 1)));
    yield [...new Set(places)].sort((a, b) => a - b);
  }
}

function checkEnd({ name, end, completion, reasoning }, error, partial) {
  if (end === "done") assert.isUndefined(error, name);
  else if (end === "incomplete") assert.instanceOf(error, IncompleteStreamError, name);
  else assert.instanceOf(error, APIError, name);
  if (end === "malformed")
    assert.match(error.message, /^The stream sent an event that is not JSON/);
  if (error) assert.deepEqual(error.partial, partial, name);
  if (completion)
    assert.isTrue(includes(partial, completion), `${name}: ${JSON.stringify(partial)}`);
  if (reasoning !== undefined) assert.equal(partial.choices[0].message.reasoning, reasoning, name);
}

async function replay(one, client) {
  const options = { reasoningFormat: one.reasoningFormat };
  const body = { ...request, stream: true };
  const chunks = await client.chat.completions.create(body, options);
  const { items, error } = await collect(chunks);
  checkEnd(one, error, chunks.partial);
  if (one.events) assert.deepEqual(items, one.events, one.name);

  const text = await client.chat.completions.create(body, options);
  const pieces = await collect(text.textStream());
  checkEnd(one, pieces.error, text.partial);
  assert.notInclude(pieces.items, "", one.name);
  const said = pieces.items.join("");
  if (one.text !== undefined) assert.equal(said.replaceAll(/\p{Surrogate}/gu, "\ufffd"), one.text, one.name);

  const whole = client.chat.completions.stream(request, options);
  const failure = await whole.finalChatCompletion().then(ignore, (error) => error);
  checkEnd(one, failure, whole.partial);
  // Whoever reads it, the answer is the same.
  assert.deepEqual(text.partial, chunks.partial, one.name);
  assert.deepEqual(whole.partial, chunks.partial, one.name);
}

test("lone surrogates of a text stream are those of its chunks, whole pairs are whole", async () => {
  const contents = ["a\\ud83d", "\\ude00b", "\\udc00", "c\\n", "\\ud800", "d\\ud800\\ud83d", "\\ude00", "é😀", "\\ud83d"];
  const data = contents.map((content) => `data: {"choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`);
  const bytes = encode(`${data.join("")}data: [DONE]\n\n`);
  const expected = JSON.parse(`"${contents.join("")}"`);
  const random = randomNumbers(5);
  for (const places of cuts(bytes, random)) {
    const client = clientOf(answering(bytes, { cuts: places }));
    const text = await client.chat.completions.create({ ...request, stream: true });
    const chunks = await client.chat.completions.create({ ...request, stream: true });
    const { items } = await collect(text.textStream());
    assert.equal(items.join(""), expected);
    const deltas = (await collect(chunks)).items.map(({ choices }) => choices[0].delta.content);
    assert.equal(deltas.join(""), expected);
    assert.equal(text.partial.choices[0].message.content, expected);
    client.free();
  }
});

for (const file of FILES) {
  test(`fixtures: ${file}`, async () => {
    const random = randomNumbers(7);
    for (const one of await cases(file)) {
      const bytes = bytesOf(one);
      for (const places of cuts(bytes, random)) {
        const client = clientOf(answering(bytes, { cuts: places }), { maxRetries: 0 });
        await replay(one, client).catch((error) => {
          error.message = `cut at ${places.length > 9 ? "every byte" : places}: ${error.message}`;
          throw error;
        });
        client.free();
      }
    }
  });

  test(`fixtures over the network: ${file}`, async ({ emulator }) => {
    const random = randomNumbers(11);
    for (const one of (await cases(file)).filter(() => random() < 0.15)) {
      const bodyBase64 = btoa(String.fromCharCode(...bytesOf(one)));
      const step = { bodyBase64, splitEvery: 1 + Math.floor(random() * 40) };
      const { baseURL } = await emulator.space({ steps: [step], repeatLast: true });
      const client = new BedrockChatClient({ baseURL, apiKey: emulator.apiKey, maxRetries: 0 });
      await replay(one, client);
    }
  });
}

/** In reads that no long event lies whole in. */
const inReads = (body) => async () => {
  const bytes = encode(body);
  let at = 0;
  const pull = (controller) => {
    if (at < bytes.length) controller.enqueue(bytes.slice(at, (at += 65_521)));
    else controller.close();
  };
  const headers = { "content-type": "text/event-stream" };
  return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { headers });
};

test("content of megabytes is what it would be were it short: chunks, text, what is kept", async () => {
  const event = (delta, finish_reason) => `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const contents = ["0123456789".repeat(3e4), "0123456789".repeat(1e5), 'a "line"\n'.repeat(5e4), "é – 漢".repeat(1e5), "\ud83d\ude00".repeat(1e5)];
  for (const content of contents) {
    const pieces = ["Hello, ", content, "!", content, "."];
    const deltas = [{ role: "assistant", content: "" }, ...pieces.map((content) => ({ content })), {}];
    const body = deltas.map((delta) => event(delta)).join("") + event({}, "stop");
    const fetch = inReads(body);
    const create = () => clientOf(fetch).chat.completions.create({ ...request, stream: true });
    const stream = await create();
    const seen = [];
    for await (const chunk of stream) {
      seen.push(chunk);
      if (seen.length === 3) assert.isTrue(stream.partial.choices[0].message.content.startsWith(`Hello, ${content}`));
    }
    // Not by `deepEqual`, which would print it.
    assert.isTrue(JSON.stringify(seen.map(({ choices }) => choices[0].delta)) === JSON.stringify([...deltas, {}]));
    const whole = pieces.join("");
    assert.isTrue(stream.partial.choices[0].message.content === whole);
    assert.isTrue((await (await create()).finalChatCompletion()).choices[0].message.content === whole);
    // One of them seen, the other not.
    const left = await create();
    let said = "";
    for await (const { choices } of left) if ((said += choices[0].delta.content ?? "").length > content.length) break;
    assert.isTrue(whole.startsWith(left.partial.choices[0].message.content));
    const half = clientOf(fetch).chat.completions.stream(request);
    const iterator = half[Symbol.asyncIterator]();
    for (let at = 0; at < 3; at++) await iterator.next();
    assert.isTrue((await half.finalContent()) === whole);
    const texts = [];
    for await (const text of (await create()).textStream()) texts.push(text);
    assert.isTrue(texts.join("") === whole);
    assert.notInclude(texts, "");
    const both = (await create()).tee();
    for (const branch of both) {
      let text = "";
      for await (const piece of branch.textStream()) text += piece;
      assert.isTrue(text === whole);
    }
    // Without anything before it, and read by nobody.
    const alone = clientOf(inReads(event({ content }) + event({}, "stop")));
    assert.isTrue((await alone.chat.completions.stream(request).finalContent()) === content);
  }
});
