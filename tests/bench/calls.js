// CPU time per call that is not streamed, or of signing one.
//
// node calls.js '{"what":"calls","calls":300,"warm":25,"rounds":33}'

import { AwsClient } from "aws4fetch";
import { BedrockChatClient } from "bedrock-chat";
import { BedrockChatClient as Before } from "bedrock-chat-before";
import OpenAI from "openai";
import { answer, answering, request } from "./data.js";
import { cpu, interleave, more } from "./measure.js";

const { what, calls, warm, rounds } = JSON.parse(process.argv[2]);
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
const bearerBefore = Before && new Before({ region, apiKey, fetch });
const signingBefore = Before && new Before({ region, credentials, fetch });
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
    before: () => bearerBefore.chat.completions.create(request),
    openai: () => openai.chat.completions.create(request),
  },
  // Each with what it has to do without a signature.
  signing: {
    unsigned: () => bearer.chat.completions.create(large),
    ours: () => signing.chat.completions.create(large),
    unsignedBefore: () => bearerBefore.chat.completions.create(large),
    before: () => signingBefore.chat.completions.create(large),
    request: async () => new Request(url, init),
    aws4fetch: () => aws.sign(url, init),
  },
}[what];
const names = Object.keys(runs).filter((name) => Before || !/before/i.test(name));

const { choices } = await bearer.chat.completions.create(request);
if (choices[0].message.content !== JSON.parse(answer).choices[0].message.content) {
  throw new Error("not the answer");
}
// As for streams: WebAssembly starts in code that was compiled in a hurry.
const found = await interleave(names, { warm, rounds }, async (name) => {
  const run = runs[name];
  const used = await cpu(async () => {
    for (let call = 0; call < calls; call++) await run();
  });
  return used / calls;
});
const bases = {
  calls: { ours: "raw", before: "raw", openai: "raw" },
  signing: { ours: "unsigned", before: "unsignedBefore", aws4fetch: "request" },
}[what];
const extra = Object.entries(bases)
  .filter(([name]) => found[name])
  .map(([name, base]) => [name, more(found[name], found[base])]);
console.log(JSON.stringify({ raw: found.raw, ...Object.fromEntries(extra) }));
