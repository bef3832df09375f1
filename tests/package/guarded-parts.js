// A Bedrock for guardrails that the client applies: a model that says what it is told to, and an
// ApplyGuardrail that looks for words.

import { BedrockChatClient } from "bedrock-chat/guardrails";
import { encode } from "../helpers.js";

export const INPUT_BLOCKED = "INPUT BLOCKED";
export const OUTPUT_BLOCKED = "OUTPUT BLOCKED";

/** What ApplyGuardrail says of texts: some words block, others are masked. */
export function judge({ content, source }, { blocked = ["forbidden"], masked = ["secret"] }) {
  const texts = content.filter((it) => it.text).map((it) => it.text.text);
  const has = (words) => texts.some((text) => words.some((word) => text.includes(word)));
  const says = (action, texts, list) => ({
    action,
    outputs: texts.map((text) => ({ text })),
    assessments: [{ wordPolicy: { customWords: list } }],
  });
  if (has(blocked)) {
    const text = source === "INPUT" ? INPUT_BLOCKED : OUTPUT_BLOCKED;
    return says("GUARDRAIL_INTERVENED", [text], [{ match: "x", action: "BLOCKED" }]);
  }
  if (!has(masked)) return says("NONE", [], []);
  const cover = (text) => masked.reduce((text, word) => text.replaceAll(word, "{M}"), text);
  const found = masked.filter((word) => texts.some((text) => text.includes(word)));
  return says("GUARDRAIL_INTERVENED", texts.map(cover), found.map((match) => ({ match, action: "ANONYMIZED" })));
}

export const chunkOf = (delta, finish_reason = null) => ({
  id: "c1",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason }],
});

/** A Bedrock: `answer` is what the model says, in `deltas`; `judging` answers for the guardrail. */
export function bedrock({ deltas = [{ content: "fine" }], words = {}, judging, message }) {
  const asked = [];
  const sent = [];
  const state = { cancelled: false };
  const fetch = async (url, init) => {
    const body = JSON.parse(init.body);
    const { pathname, host } = new URL(url);
    if (pathname.startsWith("/guardrail/")) {
      asked.push({ ...body, path: pathname, host });
      const answer = await judging?.(body, asked.length, init);
      if (answer) return answer;
      return Response.json(judge(body, words));
    }
    sent.push({ body, headers: init.headers, pathname, host });
    if (!body.stream) {
      const content = deltas.map((it) => it.content ?? "").join("");
      const choice = { index: 0, message: message ?? { role: "assistant", content }, finish_reason: "stop" };
      return Response.json({ id: "c1", object: "chat.completion", created: 1, model: "m", choices: [choice], usage: { total_tokens: 1 } });
    }
    const events = [...deltas.map((delta) => chunkOf(delta)), chunkOf({}, "stop")];
    const frames = [...events.map((it) => JSON.stringify(it)), "[DONE]"];
    const pieces = frames.map((it) => encode(`data: ${it}\n\n`));
    const stream = new ReadableStream(
      {
        pull(controller) {
          const piece = pieces.shift();
          if (piece) controller.enqueue(piece);
          else controller.close();
        },
        cancel() {
          state.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    init.signal.addEventListener("abort", () => (state.cancelled = true));
    return new Response(stream, { headers: { "content-type": "text/event-stream" } });
  };
  return { asked, sent, state, fetch };
}

export const guardrail = { identifier: "gr1", version: "1", enforce: "client" };

export function setUp(setup = {}, options = {}) {
  const it = bedrock(setup);
  const client = new BedrockChatClient({
    apiKey: "bedrock-api-key-x",
    region: "us-east-1",
    endpoint: "mantle",
    fetch: it.fetch,
    maxRetries: 0,
    guardrail: { ...guardrail, window: 40, overlap: 12, ...setup.guardrail },
    ...options,
  });
  return { ...it, client };
}

export const request = (text = "Hello", more) => ({ model: "openai.gpt-5.6-sol", messages: [{ role: "user", content: text }], ...more });

export const pieces = (text, length = 5) => text.match(new RegExp(`[^]{1,${length}}`, "gu")).map((content) => ({ content }));
export const long = "one two three four five six seven eight nine ten eleven twelve ";
