// The module as a file of its own, for those who count bytes: each bundler has its own way to say
// where that file is.

import { BedrockChatClient, init } from "bedrock-chat/custom";

/** Leaves `ask(baseURL)` to whoever loads the page. */
export function prepare(url) {
  globalThis.ask = async (baseURL) => {
    init(await WebAssembly.compileStreaming(fetch(url)));
    const client = new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-emulator" });
    const body = { model: "openai.gpt-oss-20b-1:0", messages: [{ role: "user", content: "emoji" }] };
    return client.chat.completions.stream(body).finalContent();
  };
}
