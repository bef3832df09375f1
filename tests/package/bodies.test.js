// How an answer arrives: what it is called, what it is, and what a `fetch` makes of its body.

import { APIError, BedrockChatClient, BedrockError, ConfigurationError, RateLimitError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const request = { model: "m", messages: [{ role: "user", content: "Hi" }] };
const streamed = { ...request, stream: true };
const options = { baseURL: "https://example.com/v1", apiKey: null };
const encode = (text) => new TextEncoder().encode(text);
const event = (delta, more = {}) => `data: ${JSON.stringify({ choices: [{ index: 0, delta, ...more }] })}\n\n`;
const STREAM = `${event({ content: "Hel" })}${event({ content: "lo" }, { finish_reason: "stop" })}data: [DONE]\n\n`;

const WRONG = [
  undefined,
  "",
  "application/json",
  "text/plain; charset=utf-8",
  "application/octet-stream",
  "text/event-stream, text/event-stream",
  "application/json, text/event-stream",
  "nonsense",
];

/** A client, and the requests that it has sent. */
function client(fetch, more) {
  const requests = [];
  const counted = (url, init) => {
    requests.push(url);
    return fetch(url, init);
  };
  return { client: new BedrockChatClient({ ...options, fetch: counted, ...more }), requests };
}

/** No `Response` of the engine's: that one adds a content type of its own. */
function response(body, { type, status = 200 } = {}, more = {}) {
  const headers = new Headers(type === undefined ? {} : { "content-type": type });
  return Object.defineProperties({ status, headers, body }, Object.getOwnPropertyDescriptors(more));
}

function bodyOf(pieces) {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

async function textOf(stream) {
  let text = "";
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
  return text;
}

test("bodies: a stream is one by its first bytes, whatever it is called", async () => {
  const starts = ["", ": hello\n\n", "\r\n\r\n", "event: message\n", "id: 1\n", "retry: 5\n\n", "\ufeff"];
  for (const type of [...WRONG, "text/event-stream", "TEXT/Event-Stream; charset=utf-8"]) {
    for (const start of starts) {
      const bytes = encode(start + STREAM);
      for (const size of [bytes.length, 1, 7]) {
        const pieces = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
        const { client: it, requests } = client(async () => response(bodyOf(pieces), { type }));
        const stream = await it.chat.completions.create(streamed);
        assert.equal(await textOf(stream), "Hello", `${type} ${JSON.stringify(start)} ${size}`);
        assert.equal(requests.length, 1);
      }
    }
  }
});

test("bodies: what is no stream is an error that says what stands there", async () => {
  const error = '{"error":{"message":"No such model","type":"invalid_request_error","code":"model_not_found"}}';
  for (const type of [...WRONG, "text/event-stream"]) {
    for (const [body, says] of [
      [error, "No such model"],
      [` \n${error}`, "No such model"],
      ["<!doctype html><title>Sign in</title>", "Sign in"],
      ["Hello, I am a proxy", type?.includes("text/event-stream") ? "cut off" : "Hello, I am a proxy"],
      ["[1]", ""],
    ]) {
      const answer = async () => response(bodyOf([encode(body)]), { type });
      const { client: it, requests } = client(answer, { maxRetries: 0 });
      const thrown = await fails(it.chat.completions.create(streamed).then(textOf));
      assert.instanceOf(thrown, APIError, `${type} ${body}`);
      assert.include(thrown.message, says, `${type} ${body}`);
      if (body.includes("No such")) {
        assert.equal(thrown.code, "model_not_found", `${type}`);
        assert.equal(thrown.type, "invalid_request_error", `${type}`);
      }
      assert.equal(requests.length, 1);
    }
  }
});

test("bodies: an error that is called a stream is sent again only if that may help", async () => {
  const { random } = Math;
  Math.random = () => 0;
  try {
    for (const [code, attempts, kind] of [
      ["invalid_api_key", 1, APIError],
      ["rate_limit_exceeded", 3, RateLimitError],
    ]) {
      for (const type of ["text/event-stream", "application/json", undefined]) {
        const body = JSON.stringify({ error: { message: "no", code, status: kind === APIError ? 400 : 429 } });
        const headers = new Headers({ "retry-after-ms": "1" });
        if (type) headers.set("content-type", type);
        const answer = async () => ({ status: 200, headers, body: bodyOf([encode(body)]) });
        const { client: it, requests } = client(answer);
        const thrown = await fails(it.chat.completions.create(streamed).then(textOf));
        assert.instanceOf(thrown, kind, `${type} ${code}`);
        assert.equal(thrown.code, code);
        assert.equal(requests.length, attempts, `${type} ${code}`);
        assert.equal(thrown.attempts, attempts);
      }
    }
  } finally {
    Math.random = random;
  }
});

/** Bytes as another realm's engine would hold them: no class of ours. */
function foreign(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view;
}

async function* nodeStream(pieces) {
  yield* pieces;
}

const COMPLETION = '{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}]}';
const ERROR = '{"error":{"message":"Too hot","code":"teapot"}}';

const KINDS = {
  "a web stream": (text) => ({ body: bodyOf([encode(text)]) }),
  "a web stream of text": (text) => ({ body: bodyOf([text.slice(0, 9), text.slice(9)]) }),
  "a web stream of ArrayBuffers": (text) => ({ body: bodyOf([encode(text).buffer]) }),
  "a web stream of other views": (text) => ({ body: bodyOf([foreign(encode(text))]) }),
  "an async iterator": (text) => ({ body: nodeStream([encode(text.slice(0, 9)), text.slice(9)]) }),
  "text() alone": (text) => ({ body: undefined, text: async () => text }),
  "arrayBuffer() alone": (text) => ({ body: undefined, arrayBuffer: async () => encode(text).buffer }),
  "arrayBuffer() with a view": (text) => ({ body: undefined, arrayBuffer: async () => encode(text) }),
  "text() beside null": (text) => ({ body: null, text: async () => text }),
  "arrayBuffer() beside a body that throws": (text) => ({
    get body() {
      throw new Error("mine");
    },
    arrayBuffer: async () => encode(text).buffer,
  }),
  "bytes() alone": (text) => ({ body: undefined, bytes: async () => encode(text) }),
  "a Blob": (text) => ({ body: new Blob([text]) }),
  "a string": (text) => ({ body: text }),
  "bytes": (text) => ({ body: encode(text) }),
  "getReader alone": (text) => {
    const pieces = [encode(text)];
    const read = async () => (pieces.length ? { done: false, value: pieces.pop() } : { done: true });
    return { body: { getReader: () => ({ read }) } };
  },
  "a cancel that throws": (text) => {
    const pieces = [encode(text)];
    const read = async () => (pieces.length ? { done: false, value: pieces.pop() } : { done: true });
    const cancel = () => {
      throw new Error("mine");
    };
    return { body: { cancel, getReader: () => ({ read, cancel }) } };
  },
  "a cancel that answers nothing": (text) => {
    const pieces = [encode(text)];
    const read = async () => (pieces.length ? { done: false, value: pieces.pop() } : { done: true });
    const cancel = () => undefined;
    return { body: { cancel, getReader: () => ({ read, cancel, releaseLock() {} }) } };
  },
};

for (const [name, make] of Object.entries(KINDS)) {
  test(`bodies: ${name}`, async () => {
    const json = "application/json";
    const whole = client(async () => response(undefined, { type: json }, make(COMPLETION)));
    const completion = await whole.client.chat.completions.create(request);
    assert.equal(completion.choices[0].message.content, "Hello");
    assert.equal(whole.requests.length, 1);

    const failed = client(async () => response(undefined, { type: json, status: 418 }, make(ERROR)));
    const error = await fails(failed.client.chat.completions.create(request));
    assert.include(error.message, "Too hot");
    assert.equal(error.code, "teapot");
    assert.equal(failed.requests.length, 1);

    for (const type of ["text/event-stream", undefined]) {
      const streams = client(async () => response(undefined, { type }, make(STREAM)));
      const stream = await streams.client.chat.completions.create(streamed);
      assert.equal(await textOf(stream), "Hello");
      assert.equal(streams.requests.length, 1);
      // One that is left: its cancel harms nobody.
      const left = client(async () => response(undefined, { type }, make(STREAM)));
      for await (const chunk of await left.client.chat.completions.create(streamed)) {
        assert.equal(chunk.choices[0].delta.content, "Hel");
        break;
      }
    }
  });
}

test("bodies: what cannot be read is one clear error, and not sent for again", async () => {
  const getReader = () => {
    throw new Error("mine");
  };
  for (const [name, make] of Object.entries({
    "a number": () => ({ body: 5 }),
    "an object": () => ({ body: {} }),
    "numbers": () => ({ body: bodyOf([1, 2]) }),
    "a getReader that throws": () => ({ body: { getReader } }),
    "a getReader that answers null": () => ({ body: { getReader: () => null } }),
    "a reader without read": () => ({ body: { getReader: () => ({}) } }),
    "a body that throws": () => ({ get body() { return getReader(); } }),
    "arrayBuffer() with an object": () => ({ body: undefined, arrayBuffer: async () => ({}) }),
  })) {
    for (const body of [request, streamed]) {
      const type = body.stream ? "text/event-stream" : "application/json";
      const { client: it, requests } = client(async () => response(undefined, { type }, make()));
      const thrown = await fails(
        it.chat.completions.create(body).then((answer) => (body.stream ? textOf(answer) : answer)),
      );
      assert.instanceOf(thrown, BedrockError, `${name} ${body.stream}`);
      assert.include(thrown.message, "nothing that can be read", `${name} ${body.stream}`);
      assert.equal(requests.length, 1, `${name} ${body.stream}`);
    }
  }
});

test("bodies: a response without any is cut off, or no completion", async () => {
  for (const body of [null, undefined]) {
    const streams = client(async () => response(body, { type: "text/event-stream" }), { maxRetries: 0 });
    const thrown = await fails(streams.client.chat.completions.create(streamed).then(textOf));
    assert.include(thrown.message, "cut off");
    const whole = client(async () => response(body, { type: "application/json" }), { maxRetries: 0 });
    assert.instanceOf(await fails(whole.client.chat.completions.create(request)), APIError);
  }
});

test("bodies: a finish_reason that is an error is one, with what came before it", async () => {
  const failed = (more) => ({ index: 0, finish_reason: "error", ...more });
  for (const [error, says, code] of [
    [undefined, "its finish_reason says so", null],
    [{ code: "overloaded", message: "The model is busy" }, "The model is busy", "overloaded"],
    [{ code: 502, message: "Upstream died" }, "Upstream died", "502"],
    ["no luck", "no luck", null],
  ]) {
    const message = { role: "assistant", content: "Hel" };
    const json = JSON.stringify({ id: "c1", choices: [failed({ message, error })] });
    const whole = client(async () => response(bodyOf([encode(json)]), { type: "application/json" }), { maxRetries: 0 });
    const stream = `${event({ content: "Hel" })}data: ${JSON.stringify({ choices: [failed({ delta: {}, error })] })}\n\ndata: [DONE]\n\n`;
    const streams = client(async () => response(bodyOf([encode(stream)]), { type: "text/event-stream" }));
    for (const thrown of [
      await fails(whole.client.chat.completions.create(request)),
      await fails(streams.client.chat.completions.create(streamed).then(textOf)),
    ]) {
      assert.instanceOf(thrown, APIError);
      assert.include(thrown.message, says);
      assert.equal(thrown.code ?? null, code);
      assert.equal(thrown.partial.choices[0].message.content, "Hel");
    }
    assert.equal(whole.requests.length, 1);
    assert.equal(streams.requests.length, 1);
  }
});

test("bodies: what a fetch of the caller's was redirected to is not read", async () => {
  for (const [more, refused] of [
    [{ redirected: true }, true],
    [{ redirected: 1 }, true],
    [{ url: "https://elsewhere.test/v1/chat/completions" }, true],
    [{ url: "http://example.com/v1/chat/completions" }, true],
    [{ url: "https://example.com:8443/v1" }, true],
    [{ url: "not a url" }, true],
    [{ url: "", redirected: false }, false],
    [{ url: "https://example.com/v1/chat/completions", redirected: false }, false],
    [{ url: "https://example.com/another/path" }, false],
  ]) {
    for (const body of [request, streamed]) {
      const type = body.stream ? "text/event-stream" : "application/json";
      const text = body.stream ? STREAM : COMPLETION;
      const { client: it, requests } = client(async () => response(bodyOf([encode(text)]), { type }, more));
      const answer = it.chat.completions.create(body);
      if (refused) {
        const thrown = await fails(answer);
        assert.instanceOf(thrown, ConfigurationError, JSON.stringify(more));
        assert.equal(thrown.path, "fetch");
      } else if (body.stream) assert.equal(await textOf(await answer), "Hello");
      else assert.equal((await answer).choices[0].message.content, "Hello");
      assert.equal(requests.length, 1);
    }
  }
});
