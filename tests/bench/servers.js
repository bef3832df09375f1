// Who passes streams on: each makes a response of a request.

import { BedrockChatClient } from "bedrock-chat";
import { gateway } from "bedrock-chat/edge";
import { createParser } from "eventsource-parser";
import { request } from "./data.js";

const encoder = new TextEncoder();

export const body = JSON.stringify({ ...request, stream: true });

/** `fetch` is what brings the streams; `options` are the gateway's. */
export function servers(fetch, { baseURL = "http://127.0.0.1:9/v1", ...options } = {}) {
  const client = new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-for-the-benchmark", fetch, maxRetries: 0 });
  const url = `${baseURL}/chat/completions`;
  const init = { method: "POST", body };
  return {
    gateway: gateway({ client, models: [request.model], ...options }),
    toSSEResponse: async (asked) => client.chat.completions.stream(await asked.json()).toSSEResponse(),
    // As one writes it who wants to see what passes: parsed, and written again.
    handwritten: async () => {
      const { body: upstream } = await fetch(url, init);
      const decoder = new TextDecoder();
      let out;
      const parser = createParser({
        onEvent({ data }) {
          if (data !== "[DONE]") data = JSON.stringify(JSON.parse(data));
          out.enqueue(encoder.encode(`data: ${data}\n\n`));
        },
      });
      const transform = (read, controller) => {
        out = controller;
        parser.feed(decoder.decode(read, { stream: true }));
      };
      return new Response(upstream.pipeThrough(new TransformStream({ transform })));
    },
    // Blind.
    bytes: async () => new Response((await fetch(url, init)).body),
  };
}
