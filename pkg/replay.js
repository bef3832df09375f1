// What `toReadableStream()` gave, here or in openai, as server-sent events.

import { TextDecoder } from "./globals.js";
import { release, readerOf } from "./reader.js";

/** Pieces of newline-delimited JSON, cut anywhere, as pieces of an event stream. */
async function* events(body) {
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

/** An answer of it. */
export const replay = (body) => ({
  status: 200,
  headers: new Headers({ "content-type": "text/event-stream" }),
  body: events(body),
});
