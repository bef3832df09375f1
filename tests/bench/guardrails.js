// What a guardrail that the client applies adds to an answer: questions, waiting, CPU. And what it costs
// who does not use it.
//
// node guardrails.js '{"rounds":3,"calls":100,"warm":10}'

import { BedrockChatClient as Plain } from "bedrock-chat";
import { BedrockChatClient } from "bedrock-chat/guardrails";
import { answer, request, stream } from "./data.js";
import { cpu, interleave, median } from "./measure.js";

const { rounds, calls, warm } = JSON.parse(process.argv[2]);
/** What ApplyGuardrail takes, and the model between two words, in milliseconds. */
const QUESTION = 50;
const WORD = 5;
const NONE = JSON.stringify({ action: "NONE", outputs: [], assessments: [] });

const later = (ms) => (ms > 0 ? new Promise((go) => setTimeout(go, ms)) : undefined);

function fetchOf(words, isSlow) {
  const events = new TextDecoder().decode(stream(words).bytes).split(/(?<=\n\n)/);
  const encoder = new TextEncoder();
  return async (url, { body }) => {
    if (url.includes("/guardrail/")) {
      await later(isSlow ? QUESTION : 0);
      return new Response(NONE);
    }
    if (!JSON.parse(body).stream) {
      await later(isSlow ? words * WORD : 0);
      return new Response(answer, { headers: { "content-type": "application/json" } });
    }
    let at = 0;
    const pull = async (controller) => {
      await later(isSlow ? WORD : 0);
      if (at < events.length) controller.enqueue(encoder.encode(events[at++]));
      else controller.close();
    };
    return new Response(new ReadableStream({ pull }), { headers: { "content-type": "text/event-stream" } });
  };
}

const guardrail = { identifier: "gr1", version: "1", enforce: "client" };
const options = { region: "us-west-2", apiKey: "bedrock-api-key-for-the-benchmark" };
const clients = (fetch) => ({
  plain: new Plain({ ...options, fetch }),
  unused: new BedrockChatClient({ ...options, fetch }),
  guarded: new BedrockChatClient({ ...options, fetch, guardrail }),
});

async function timed(client, isStream) {
  const start = performance.now();
  const got = await client.chat.completions.create({ ...request, stream: isStream });
  let first;
  if (isStream) for await (const _ of got.textStream()) first ??= performance.now() - start;
  const total = performance.now() - start;
  return { first: first ?? total, total, calls: isStream ? (got.metrics.guardrail?.calls ?? 0) : 0 };
}

const waits = [];
for (const words of [100, 400]) {
  for (const isStream of [false, true]) {
    const all = clients(fetchOf(words, true));
    const found = await interleave(["plain", "guarded"], { warm: 0, rounds }, (who) => timed(all[who], isStream));
    const of = (who, what) => median(found[who].map((it) => it[what]));
    const added = (what) => of("guarded", what) - of("plain", what);
    const questions = isStream ? of("guarded", "calls") : 2;
    waits.push({ words, isStream, questions, first: added("first"), total: added("total") });
  }
}

const all = clients(fetchOf(400, false));
const used = {};
for (const isStream of [false, true]) {
  used[isStream ? "stream" : "whole"] = await interleave(Object.keys(all), { warm, rounds: rounds * 3 }, async (who) => {
    const spent = await cpu(async () => {
      for (let call = 0; call < (isStream ? calls / 10 : calls); call++) await timed(all[who], isStream);
    });
    return spent / (isStream ? calls / 10 : calls);
  });
}
console.log(JSON.stringify({ question: QUESTION, word: WORD, waits, used }));
