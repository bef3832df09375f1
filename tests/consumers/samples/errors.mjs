// What goes wrong, told by classes and fields.
import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 });
const messages = [{ role: "user", content: "hello" }];
for (const [model, options] of [
  ["no.such-model", {}],
  ["openai.gpt-oss-20b", { headers: { authorization: "Bearer bedrock-api-key-expired" } }],
  ["openai.gpt-oss-20b", { signal: AbortSignal.abort() }],
]) {
  try {
    await client.chat.completions.create({ model, messages }, options);
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    console.log(error.constructor.name, error.status, error.code, error instanceof OpenAI.APIUserAbortError);
  }
}
