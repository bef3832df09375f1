// What an app does with the package, in little. Every consumer runs this very code.

import BedrockChatClient, { APIError, BedrockError, InvalidRequestError, NotFoundError } from "bedrock-chat";

const messages = [{ role: "user", content: "emoji" }];

/** Calls a local Bedrock; the result is JSON. */
export async function app(baseURL) {
  const client = new BedrockChatClient({ baseURL, apiKey: "bedrock-api-key-emulator" });
  const body = { model: "openai.gpt-oss-20b-1:0", messages };
  // Returned to a promise: those of frameworks look into what they get.
  const completion = await Promise.resolve().then(() => client.chat.completions.create(body));
  let streamed = "";
  for await (const text of client.chat.completions.stream(body).textStream()) streamed += text;
  const final = await client.chat.completions.stream(body).finalContent();
  const errors = [
    await failure(client.chat.completions.create({ ...body, model: "no.such-model" })),
    await failure(client.chat.completions.create({ ...body, messages: "no list" })),
  ];
  client.free();
  return { whole: completion.choices[0].message.content, streamed, final, errors };
}

/** What a program can tell of an error, whatever a minifier made of its class. */
async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    const { name, status } = error;
    const classes = { APIError, BedrockError, Error, InvalidRequestError, NotFoundError };
    const is = Object.keys(classes).filter((name) => error instanceof classes[name]);
    return { name, status, is };
  }
}
