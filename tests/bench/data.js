// What is sent to everybody: the events of a stream, an answer, a fetch that needs no network.

const encoder = new TextEncoder();

const MODEL = "openai.gpt-oss-120b-1:0";

// A word per event, as models stream. One in fifty is not ASCII, as in English prose with its
// dashes and quotes; some have something to escape.
const WORDS =
  "The quick answer is that a request crosses once and comes back in pieces of about one word each so what a client does per piece is what it costs and nothing else matters much at all when thousands of them arrive".split(
    " ",
  );

function word(at) {
  if (at % 50 === 49) return " –";
  if (at % 31 === 30) return '.\n\n"';
  return ` ${WORDS[at % WORDS.length]}`;
}

export const request = {
  model: MODEL,
  messages: [
    { role: "system", content: "You are a helpful assistant." },
    { role: "user", content: "Why is the sky blue?" },
  ],
};

/** One event of a stream. */
export function event(delta, finish = null) {
  return `data: ${JSON.stringify({
    id: "chatcmpl-8f14e45f-ceea-467f-a8d9-3c1b0e9f4a11",
    object: "chat.completion.chunk",
    created: 1790035200,
    model: MODEL,
    service_tier: "default",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  })}\n\n`;
}

/** The bytes of a stream of so many text deltas, and how many chunks that is. */
export function stream(deltas) {
  const parts = [event({ role: "assistant", content: "" })];
  for (let at = 0; at < deltas; at++) parts.push(event({ content: word(at) }));
  parts.push(event({}, "stop"), "data: [DONE]\n\n");
  return { bytes: encoder.encode(parts.join("")), chunks: deltas + 2, deltas };
}

export function cut(bytes, size) {
  const reads = [];
  for (let at = 0; at < bytes.length; at += size) reads.push(bytes.slice(at, at + size));
  return reads;
}

/** A fetch that streams these reads, one per pull. */
export function streaming(reads) {
  const headers = { "content-type": "text/event-stream" };
  return async () => {
    let at = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          if (at < reads.length) controller.enqueue(reads[at++]);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers });
  };
}

/** A whole answer, about 1.5 KB. */
export const answer = JSON.stringify({
  id: "chatcmpl-8f14e45f-ceea-467f-a8d9-3c1b0e9f4a11",
  object: "chat.completion",
  created: 1790035200,
  model: MODEL,
  service_tier: "default",
  choices: [
    {
      index: 0,
      message: {
        role: "assistant",
        content: Array.from({ length: 200 }, (_, at) => word(at)).join(""),
        refusal: null,
      },
      logprobs: null,
      finish_reason: "stop",
    },
  ],
  usage: { prompt_tokens: 24, completion_tokens: 200, total_tokens: 224 },
});

/** A fetch that answers with that. */
export async function answering() {
  return new Response(answer, { headers: { "content-type": "application/json" } });
}
