// Answers that are passed on, and what may be told of an error to whoever reads them.

import {
  BadRequestError,
  BedrockError,
  IncompleteStreamError,
  RateLimitError,
  StreamTimeoutError,
  UnprocessableEntityError,
} from "./errors.js";
import { TextEncoder } from "./globals.js";

const encoder = new TextEncoder();

/** So much is enough for one write, in characters. */
const MOST = 8192;

export const event = (data) => `data: ${JSON.stringify(data)}\n\n`;

/**
 * What an iterator gives, as bytes. `end` stands at the end; `fail` writes an error, which breaks
 * the stream off otherwise; `start` may say something in between.
 */
export function passedOn(iterator, write, end, fail, start) {
  let left = false;
  const pull = async (controller) => {
    let text;
    let last = false;
    try {
      const { done, value } = await iterator.next();
      last = done;
      text = done ? end : write(value);
      // What is here already goes along: each write costs more than what it writes. Lines of JSON
      // come one by one, as openai's do: programs parse what a read gives.
      for (let more; end && !done && text.length < MOST && (more = iterator._more?.()) !== undefined; ) text += write(more);
    } catch (error) {
      if (left) return;
      if (!fail) return controller.error(error);
      last = true;
      text = fail(error);
    }
    if (left) return;
    if (text) controller.enqueue(encoder.encode(text));
    if (last) controller.close();
  };
  const cancel = async () => {
    left = true;
    await iterator.return();
  };
  // Nothing is read ahead of the consumer.
  return new ReadableStream({ start, pull, cancel }, { highWaterMark: 0 });
}

/** A response of such bytes. */
export function eventResponse(body, init, more) {
  const headers = new Headers(init.headers);
  const all = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", ...more };
  for (const name of Object.keys(all)) if (!headers.has(name)) headers.set(name, all[name]);
  return new Response(body, { ...init, headers });
}

// The others may name the account, its keys or the server's own options.
const PUBLIC = [
  BadRequestError,
  IncompleteStreamError,
  RateLimitError,
  StreamTimeoutError,
  UnprocessableEntityError,
];

/** Names of the account's things, and its number. */
const ACCOUNT = /arn:[^\s"'`,)]*|\b\d{12}\b/g;

const FAILED = "The stream failed.";

const clean = (value) => value?.replace?.(ACCOUNT, "…") ?? value;

/** What may be told to whoever reads what is passed on: no exception of the caller's. */
export function publicError(error, failed = FAILED, judged = error?.message) {
  if (!(error instanceof BedrockError)) return { message: failed, type: "Error" };
  const { name, type = name, code = null, param = null, status } = error;
  // Which guardrail it is, is the server's business.
  const told = PUBLIC.some((kind) => error instanceof kind) && !/guardrail/i.test(judged);
  return { message: told ? clean(error.message) : failed, type: clean(type), code: clean(code), param: clean(param), status };
}
