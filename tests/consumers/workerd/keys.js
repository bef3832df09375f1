// A client of the whole worker whose key is fetched: `/slow` waits for it until its client leaves.

import { BedrockChatClient } from "bedrock-chat";

let keys;
let asked = 0;
let client;

export default {
  async fetch(request, env, context) {
    const { baseURL, keysURL, abort } = await request.json();
    keys = keysURL;
    client ??= new BedrockChatClient({
      baseURL,
      apiKey: async () => (await fetch(`${keys}?${asked++}`)).text(),
      timeout: { connect: 20_000 },
    });
    const signal = abort ? AbortSignal.timeout(abort) : undefined;
    const messages = [{ role: "user", content: "Hello!" }];
    const model = "openai.gpt-oss-20b-1:0";
    const { choices } = await client.chat.completions.create({ model, messages }, { signal });
    return Response.json({ asked, content: choices[0].message.content });
  },
};
