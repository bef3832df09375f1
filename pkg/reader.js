// The bodies of responses: web streams, and what a `fetch` of the caller's has instead.

import { BedrockError } from "./errors.js";
import { TextEncoder } from "./globals.js";

const encoder = new TextEncoder();

/** Whether somebody else has read the body, or is about to. */
export function isTaken(response) {
  try {
    return response.bodyUsed || response.body?.locked;
  } catch {
    return false;
  }
}

export const taken = () => new BedrockError("The body of the response was read already.");

function unreadable(cause) {
  const error = new BedrockError("The body of the response is nothing that can be read.");
  return Object.assign(error, { cause });
}

/** A reader of any body, with `read` and `cancel` as a web stream's has them. */
export function readerOf(response) {
  let body;
  try {
    ({ body } = response);
    // Node's streams, as of node-fetch, are iterators.
    const reader = typeof body?.getReader === "function" ? body.getReader() : body?.[Symbol.asyncIterator]?.();
    if (reader?.read) return reader;
    if (reader?.next) return { read: () => reader.next(), cancel: () => reader.return?.() };
  } catch (cause) {
    if (!wayOf(response)) throw unreadable(cause);
  }
  for (const it of [response, body]) {
    const way = wayOf(it);
    if (way) return once(() => it[way]());
  }
  return body === null || body === undefined ? once() : once(() => body);
}

/** Reads one piece, or none. */
function once(...pieces) {
  return {
    read: async () => (pieces.length ? { done: false, value: await pieces.pop()() } : { done: true }),
    cancel: () => {},
  };
}

/** How the whole of it can be had: of a response, or of a `Blob`. */
function wayOf(it) {
  try {
    return ["arrayBuffer", "bytes", "text"].find((name) => typeof it?.[name] === "function");
  } catch {
    return undefined;
  }
}

/**
 * The whole body as bytes, as it comes: little can unpack to very much. `undefined` where
 * `admits` refuses so many bytes.
 */
export async function wholeBody(response, admits) {
  const reader = readerOf(response);
  let bytes;
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes ? bytes.subarray(0, length) : new Uint8Array();
    const piece = asBytes(value);
    const end = length + piece.length;
    if (!admits(end)) return void release(reader);
    // Not a list of pieces: one of a byte takes a hundred.
    if (!bytes) bytes = piece;
    else {
      if (end > bytes.length) {
        const more = new Uint8Array(2 * end);
        more.set(bytes);
        bytes = more;
      }
      bytes.set(piece, length);
    }
    length = end;
  }
}

/** A piece of a body as bytes, of any realm; bodies made by hand, as in tests, hold text too. */
export function asBytes(value) {
  if (typeof value === "string") return encoder.encode(value);
  if (ArrayBuffer.isView(value)) {
    return value instanceof Uint8Array ? value : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  if (Object.prototype.toString.call(value).endsWith("ArrayBuffer]")) return new Uint8Array(value);
  throw unreadable();
}

/** Pieces as one, at most so many bytes. */
export function joined(pieces, most) {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes = new Uint8Array(Math.min(length, most));
  let at = 0;
  for (const piece of pieces) {
    const part = piece.subarray(0, bytes.length - at);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A reader that begins with what was read of it. */
export function resumed(reader, pieces) {
  return {
    read: async () => (pieces.length ? { done: false, value: pieces.shift() } : reader.read()),
    cancel: () => reader.cancel(),
    releaseLock: () => reader.releaseLock(),
  };
}

/** Cancels a body and lets go of it. */
export async function release(reader) {
  try {
    await reader.cancel();
  } catch {
    // It broke off before.
  }
  unlock(reader);
}

export function unlock(reader) {
  try {
    reader.releaseLock();
  } catch {
    // Some engines do not while a read is under way.
  }
}

/** Cancels a body that nobody reads. */
export async function discard(response) {
  try {
    const { body } = response;
    if (!body || body.locked) return;
    // Node's streams have no `cancel`.
    await (typeof body.cancel === "function" ? body.cancel() : body.destroy?.());
  } catch {
    // It may be anything.
  }
}
