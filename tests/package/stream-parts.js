// What the tests of streams share: answers made by hand, and what becomes of them.

import { BedrockChatClient } from "bedrock-chat";
import { encode } from "../helpers.js";

export const request = {
  model: "openai.gpt-oss-20b-1:0",
  messages: [{ role: "user", content: "hello" }],
};

/** A client that never reaches the network. */
export function clientOf(fetch, options) {
  const baseURL = "https://bedrock.test/openai/v1";
  return new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-test", fetch, ...options });
}

export const event = (data) =>
  `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

export const chunk = (delta, finish_reason = null, more) => ({
  id: "c1",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason }],
  ...more,
});

export const says = (content) => event(chunk({ content }));
export const STOP = event(chunk({}, "stop"));
export const DONE = event("[DONE]");
export const PING = ": keep-alive\n\n";

/** A stream that says these words and ends well. */
export const answer = (...words) => words.map(says).join("") + STOP + DONE;

/** Promises that are kept from outside. */
export function open() {
  const opened = {};
  opened.promise = new Promise((resolve, reject) => Object.assign(opened, { resolve, reject }));
  return opened;
}


/**
 * A `fetch` whose answers are written by hand. It counts the reads that were asked for, and knows
 * whether the body was cancelled.
 */
export class Upstream {
  /** How often it was called. */
  calls = 0;
  /** How often somebody wanted to read. */
  pulls = 0;
  cancelled = open();
  isCancelled = false;
  #controller;
  #wanted = open();
  #highWaterMark;

  constructor({ highWaterMark = 0 } = {}) {
    this.#highWaterMark = highWaterMark;
  }

  fetch = async (url, init) => {
    this.calls++;
    this.init = init;
    const source = {
      start: (controller) => void (this.#controller = controller),
      pull: () => {
        this.pulls++;
        this.#wanted.resolve();
        this.#wanted = open();
      },
      cancel: (reason) => {
        this.isCancelled = true;
        this.cancelled.resolve(reason);
      },
    };
    const body = new ReadableStream(source, { highWaterMark: this.#highWaterMark });
    this.response = new Response(body, { headers: { "content-type": "text/event-stream" } });
    return this.response;
  };

  write(text) {
    this.#controller.enqueue(encode(text));
    return this;
  }

  end() {
    this.#controller.close();
  }

  breakOff(error) {
    this.#controller.error(error);
  }

  /** The next time that somebody wants to read. */
  wanted() {
    return this.#wanted.promise;
  }
}

/** All items of something iterable, and the error at its end. */
export async function collect(iterable) {
  const items = [];
  try {
    for await (const item of iterable) items.push(item);
    return { items };
  } catch (error) {
    return { items, error };
  }
}

/** The contents of chunks. */
export const contents = (chunks) => chunks.map(({ choices }) => choices[0]?.delta?.content ?? "");

/** Whether `actual` has all that `expected` has: members may be more, elements may not. */
export function includes(actual, expected) {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((value, at) => includes(actual[at], value))
    );
  }
  if (typeof expected === "object" && expected !== null) {
    if (typeof actual !== "object" || actual === null) return false;
    return Object.keys(expected).every(
      (key) => Object.hasOwn(actual, key) && includes(actual[key], expected[key]),
    );
  }
  return Object.is(actual, expected);
}
