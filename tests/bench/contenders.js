// Everybody who reads a stream: by name, from a fetch to the number of items read.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText as aiStreamText } from "ai";
import { BedrockChatClient } from "bedrock-chat";
import { BedrockChatClient as Before } from "bedrock-chat-before";
import { createParser } from "eventsource-parser";
import OpenAI from "openai";
import { streamText as xsaiStreamText } from "@xsai/stream-text";
import { request } from "./data.js";

const baseURL = "http://127.0.0.1:9/v1";
const apiKey = "bedrock-api-key-for-the-benchmark";
const body = { ...request, stream: true };

// What is read of each item, so that nothing of it can be optimised away.
let seen = 0;

/** What people write who write it themselves: an async generator around eventsource-parser. */
async function* handwritten(fetch) {
  const response = await ask(fetch);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let events = [];
  const parser = createParser({ onEvent: ({ data }) => events.push(data) });
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
    for (const data of events) {
      if (data === "[DONE]") return;
      yield JSON.parse(data);
    }
    events = [];
  }
}

async function* handwrittenText(fetch) {
  for await (const chunk of handwritten(fetch)) {
    const text = chunk.choices[0]?.delta?.content;
    if (text) yield text;
  }
}

/** The same as an iterator object that answers from its queue: fewer promises, more care. */
function tuned(fetch, map) {
  const queue = [];
  const decoder = new TextDecoder();
  let at = 0;
  let ended = false;
  let reader;
  const onEvent = ({ data }) => {
    if (data === "[DONE]") {
      ended = true;
    } else if (!ended) {
      const item = map(JSON.parse(data));
      if (item) queue.push(item);
    }
  };
  const parser = createParser({ onEvent });
  const more = async () => {
    reader ??= (await ask(fetch)).body.getReader();
    queue.length = at = 0;
    while (queue.length === 0 && !ended) {
      const { done, value } = await reader.read();
      if (done) ended = true;
      else parser.feed(decoder.decode(value, { stream: true }));
    }
    return at < queue.length ? { done: false, value: queue[at++] } : { done: true };
  };
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => (at < queue.length ? Promise.resolve({ done: false, value: queue[at++] }) : more()),
    }),
  };
}

/** No iterator at all: a callback per event. */
async function synchronous(fetch, onChunk) {
  const response = await ask(fetch);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = createParser({
    onEvent({ data }) {
      if (data !== "[DONE]") onChunk(JSON.parse(data));
    },
  });
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

function ask(fetch) {
  return fetch(`${baseURL}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${apiKey}` },
    body: JSON.stringify(body),
  });
}

/** The network's part alone: reads, and nothing done with them. */
async function reads(fetch) {
  const reader = (await ask(fetch)).body.getReader();
  while (!(await reader.read()).done);
  return 0;
}

const ours = (fetch) =>
  new BedrockChatClient({ baseURL, apiKey, fetch }).chat.completions.create(body);
const before = (fetch) => new Before({ baseURL, apiKey, fetch }).chat.completions.create(body);
const openai = (fetch) =>
  new OpenAI({ baseURL, apiKey, fetch, dangerouslyAllowBrowser: true }).chat.completions.create(body);
const xsai = (fetch) => xsaiStreamText({ baseURL: `${baseURL}/`, apiKey, fetch, ...request });
const ai = (fetch) =>
  aiStreamText({
    model: createOpenAICompatible({ name: "bedrock", baseURL, apiKey, fetch })(request.model),
    system: request.messages[0].content,
    prompt: request.messages[1].content,
  });

// Each has a loop of its own, as it would in a program: a loop that all share would know no shape
// of its items.
export const contenders = {
  chunks: {
    ours: async (fetch) => {
      let found = 0;
      for await (const chunk of await ours(fetch)) {
        seen += chunk.choices[0].delta.content?.length ?? 0;
        found++;
      }
      return found;
    },
    before: async (fetch) => {
      let found = 0;
      for await (const chunk of await before(fetch)) {
        seen += chunk.choices[0].delta.content?.length ?? 0;
        found++;
      }
      return found;
    },
    openai: async (fetch) => {
      let found = 0;
      for await (const chunk of await openai(fetch)) {
        seen += chunk.choices[0].delta.content?.length ?? 0;
        found++;
      }
      return found;
    },
    handwritten: async (fetch) => {
      let found = 0;
      for await (const chunk of handwritten(fetch)) {
        seen += chunk.choices[0].delta.content?.length ?? 0;
        found++;
      }
      return found;
    },
    tuned: async (fetch) => {
      let found = 0;
      for await (const chunk of tuned(fetch, (chunk) => chunk)) {
        seen += chunk.choices[0].delta.content?.length ?? 0;
        found++;
      }
      return found;
    },
    synchronous: async (fetch) => {
      let found = 0;
      await synchronous(fetch, (chunk) => {
        seen += chunk.choices[0].delta.content?.length ?? 0;
        found++;
      });
      return found;
    },
    // Their own events in the place of chunks.
    xsai: async (fetch) => {
      let found = 0;
      for await (const event of xsai(fetch).fullStream) {
        seen += event.type.length;
        found++;
      }
      return found;
    },
    ai: async (fetch) => {
      let found = 0;
      for await (const event of ai(fetch).fullStream) {
        seen += event.type.length;
        found++;
      }
      return found;
    },
    reads,
  },
  text: {
    ours: async (fetch) => {
      let found = 0;
      for await (const text of (await ours(fetch)).textStream()) {
        seen += text.length;
        found++;
      }
      return found;
    },
    before: async (fetch) => {
      let found = 0;
      for await (const text of (await before(fetch)).textStream()) {
        seen += text.length;
        found++;
      }
      return found;
    },
    openai: async (fetch) => {
      let found = 0;
      for await (const chunk of await openai(fetch)) {
        const text = chunk.choices[0]?.delta?.content;
        if (!text) continue;
        seen += text.length;
        found++;
      }
      return found;
    },
    handwritten: async (fetch) => {
      let found = 0;
      for await (const text of handwrittenText(fetch)) {
        seen += text.length;
        found++;
      }
      return found;
    },
    tuned: async (fetch) => {
      let found = 0;
      for await (const text of tuned(fetch, (chunk) => chunk.choices[0]?.delta?.content)) {
        seen += text.length;
        found++;
      }
      return found;
    },
    synchronous: async (fetch) => {
      let found = 0;
      await synchronous(fetch, (chunk) => {
        const text = chunk.choices[0]?.delta?.content;
        if (!text) return;
        seen += text.length;
        found++;
      });
      return found;
    },
    xsai: async (fetch) => {
      let found = 0;
      for await (const text of xsai(fetch).textStream) {
        seen += text.length;
        found++;
      }
      return found;
    },
    ai: async (fetch) => {
      let found = 0;
      for await (const text of ai(fetch).textStream) {
        seen += text.length;
        found++;
      }
      return found;
    },
    reads,
  },
};

// There is one only where `--before` names it.
if (!Before) for (const all of Object.values(contenders)) delete all.before;

/** Whose events cost ten times as much as others', and leave as much garbage to whoever follows. */
export const HEAVY = ["xsai", "ai"];

/** So that the sum is used. */
export const total = () => seen;
