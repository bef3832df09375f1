// What `toReadableStream()` gave, here or in openai, and the chunks of any stream, as server-sent events.

import { asOurs } from "./errors.js";
import { TextDecoder } from "./globals.js";
import { release, readerOf } from "./reader.js";

/** Pieces of newline-delimited JSON, cut anywhere, as pieces of an event stream. */
export async function* eventsOf(body) {
  const reader = readerOf({ body });
  const decoder = new TextDecoder();
  let isInLine = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      let text = "";
      const lines = (typeof value === "string" ? value : decoder.decode(value, { stream: true })).split("\n");
      lines.forEach((line, place) => {
        if (place > 0 && isInLine) {
          text += "\n\n";
          isInLine = false;
        }
        if (line) text += isInLine ? line : `data: ${line}`;
        isInLine ||= line !== "";
      });
      yield text;
    }
    if (isInLine) yield "\n\n";
  } finally {
    release(reader);
  }
}

/** The chunks of a stream, whoever's it is. */
export async function* eventsOfChunks(stream) {
  try {
    for await (const chunk of stream) yield `data: ${JSON.stringify(chunk)}\n\n`;
    yield "data: [DONE]\n\n";
  } catch (cause) {
    throw asOurs(cause);
  }
}

/** An answer of them. */
export const replay = (body, requestID = "") => ({
  status: 200,
  headers: new Headers({ "content-type": "text/event-stream", "x-request-id": requestID }),
  body,
});
