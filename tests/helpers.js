// What several test files need.

import { assert } from "chai";

const encoder = new TextEncoder();

/** The UTF-8 of a text. */
export const encode = (text) => encoder.encode(text);

/** What the promise is rejected with. */
export function fails(promise) {
  return Promise.resolve(promise).then(
    () => assert.fail("it should have failed"),
    (error) => error,
  );
}

/** For what is about time itself: CONTRIBUTING.md names the files that may. */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets everything happen that waits for nothing but its turn. */
export async function turns(count = 5) {
  while (count-- > 0) await sleep(0);
}

/** Waits until it is so; the watchdog of the test ends what never is. */
export async function until(isSo) {
  while (!(await isSo())) await sleep(0);
}

/**
 * A `fetch` that answers with this body, cut at these offsets into reads of its own, and notes
 * the requests that it gets in `requests`.
 */
export function answering(body, { cuts = [], status = 200, headers = {}, requests = [] } = {}) {
  const bytes = typeof body === "string" ? encode(body) : body;
  return async (url, init) => {
    requests.push({ url, init });
    const ends = [...cuts, bytes.length];
    let start = 0;
    const stream = new ReadableStream({
      pull(controller) {
        // An empty read is none: nobody would pull again.
        const end = ends.find((end) => end > start);
        if (end === undefined) return controller.close();
        controller.enqueue(bytes.slice(start, end));
        start = end;
      },
    });
    return new Response(stream, {
      status,
      headers: { "content-type": "text/event-stream", ...headers },
    });
  };
}

/** Numbers that look random and are the same in every run (mulberry32): 0 ≤ x < 1. */
export function randomNumbers(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
