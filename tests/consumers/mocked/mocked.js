// What tests of others do with the package: a `fetch` that is played, and a clock that stands still.

import BedrockChatClient, { ConfigurationError, RateLimitError } from "bedrock-chat";

const body = { model: "openai.gpt-oss-20b-1:0", messages: [{ role: "user", content: "Hi" }] };
const completion = { choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }] };
const chunk = { choices: [{ index: 0, delta: { content: "Hello" }, finish_reason: "stop" }] };

/** As little of a response as mocks often are. */
const json = (value, status = 200) => ({
  status,
  ok: status === 200,
  headers: new Map([["content-type", "application/json"]]),
  json: async () => value,
  text: async () => JSON.stringify(value),
});

const events = () => ({
  ...json(),
  headers: new Map([["content-type", "text/event-stream"]]),
  body: (async function* () {
    yield `data: ${JSON.stringify(chunk)}\n\n`;
    yield "data: [DONE]\n\n";
  })(),
});

/** Calls that all settle while nothing moves; `tick` moves the clock by so many milliseconds. */
export async function mocked(tick) {
  const answers = [];
  const client = new BedrockChatClient({
    region: "us-east-1",
    // A long-term key: this is no page, whatever it looks like.
    apiKey: "ABSKmocked",
    fetch: async () => answers.shift(),
    maxRetries: 1,
  });
  const { completions } = client.chat;
  const outcome = {};
  answers.push(json(completion));
  outcome.whole = (await completions.create(body)).choices[0].message.content;
  answers.push(events());
  outcome.streamed = "";
  for await (const text of completions.stream(body).textStream()) outcome.streamed += text;
  answers.push(events());
  const stream = completions.stream(body);
  outcome.told = "";
  stream.on("content", (text) => (outcome.told += text));
  outcome.final = await stream.finalContent();
  answers.push(json(completion));
  outcome.run = await completions.runTools({ ...body, tools: [] }).finalContent();
  answers.push(json({ message: "slow down" }, 429), json(completion));
  const retried = new Promise((resolve) => {
    const onRetry = ({ error }) => resolve(error instanceof RateLimitError);
    outcome.retry = completions.create(body, { onRetry });
    outcome.retry.catch(resolve);
  });
  outcome.limited = await retried;
  await tick(60_000);
  outcome.retry = (await outcome.retry).choices[0].message.content;
  outcome.refused = await completions.create({ ...body, messages: 5n }).catch((error) => error.name);
  outcome.isConfiguration = (() => {
    try {
      new BedrockChatClient({ region: 1 });
    } catch (error) {
      return error instanceof ConfigurationError;
    }
  })();
  client.free();
  return outcome;
}

export const expected = {
  whole: "Hello",
  streamed: "Hello",
  told: "Hello",
  final: "Hello",
  run: "Hello",
  limited: true,
  retry: "Hello",
  refused: "InvalidRequestError",
  isConfiguration: true,
};
