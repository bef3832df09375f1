// CPU time per call that is not streamed, or of signing one.
//
// node calls.js '{"what":"calls","calls":500,"rounds":15}'

import { AwsClient } from "aws4fetch";
import { BedrockChatClient } from "bedrock-chat";
import OpenAI from "openai";
import { answer, answering, request } from "./data.js";
import { cpu, median, shuffled } from "./measure.js";

const { what, calls, rounds } = JSON.parse(process.argv[2]);
const baseURL = "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1";
const url = `${baseURL}/chat/completions`;
const apiKey = "bedrock-api-key-for-the-benchmark";
const region = "us-west-2";
const credentials = {
  accessKeyId: "ASIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "a-session-token-of-the-usual-length".repeat(10),
};

const large = {
  ...request,
  messages: [{ role: "user", content: "Ten kilobytes of text. ".repeat(450).slice(0, 10_000) }],
};
const fetch = answering;
const bearer = new BedrockChatClient({ region, apiKey, fetch });
const signing = new BedrockChatClient({ region, credentials, fetch });
const openai = new OpenAI({ baseURL, apiKey, fetch });
const aws = new AwsClient({ ...credentials, region, service: "bedrock" });
const headers = { "content-type": "application/json" };
const init = { method: "POST", headers, body: JSON.stringify(large) };

const runs = {
  calls: {
    raw: async () => {
      const response = await fetch(url, {
        method: "POST",
        headers: { ...headers, authorization: `Bearer ${apiKey}` },
        body: JSON.stringify(request),
      });
      return response.json();
    },
    ours: () => bearer.chat.completions.create(request),
    openai: () => openai.chat.completions.create(request),
  },
  // Each with what it has to do without a signature.
  signing: {
    large: () => bearer.chat.completions.create(large),
    largeSigned: () => signing.chat.completions.create(large),
    request: async () => new Request(url, init),
    requestSigned: () => aws.sign(url, init),
  },
}[what];

const { choices } = await bearer.chat.completions.create(request);
if (choices[0].message.content !== JSON.parse(answer).choices[0].message.content) {
  throw new Error("not the answer");
}
const found = Object.fromEntries(Object.keys(runs).map((name) => [name, []]));
// As for streams: WebAssembly starts in code that was compiled in a hurry.
for (let round = -25; round < rounds; round++) {
  // Shuffled: what one leaves to the garbage collector, the next pays for.
  for (const [name, run] of shuffled(Object.entries(runs))) {
    const used = await cpu(async () => {
      for (let call = 0; call < calls; call++) await run();
    });
    if (round >= 0) found[name].push(used / calls);
  }
}
/** What one costs more than the other, round by round. */
const more = (one, other) => median(found[one].map((used, round) => used - found[other][round]));
const of = Object.fromEntries(Object.entries(found).map(([name, all]) => [name, median(all)]));
console.log(
  JSON.stringify(
    what === "calls"
      ? { ...of, overhead: { ours: more("ours", "raw"), openai: more("openai", "raw") } }
      : { ours: more("largeSigned", "large"), aws4fetch: more("requestSigned", "request") },
  ),
);
