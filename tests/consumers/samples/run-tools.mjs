// Functions that the model calls, run for it.
import OpenAI from "openai";
import { zodFunction } from "openai/helpers/zod";
import { z } from "zod";

const books = { b1: { title: "One", pages: 100 }, b2: { title: "Two", pages: 200 } };
const listBooks = async ({ genre }) => Object.keys(books).map((id) => ({ id, genre }));
const getBook = async ({ id }) => books[id] ?? "not found";

const client = new OpenAI();
for (const stream of [false, true]) {
  const runner = client.chat.completions
    .runTools({
      model: "openai.gpt-oss-20b",
      stream,
      messages: [{ role: "user", content: "listBooks, then getBook" }],
      tools: [
        {
          type: "function",
          function: {
            name: "listBooks",
            description: "Lists books of a genre",
            parameters: { type: "object", properties: { genre: { type: "string" } } },
            parse: JSON.parse,
            function: listBooks,
          },
        },
        zodFunction({ name: "getBook", parameters: z.object({ id: z.string() }), function: getBook }),
      ],
    })
    .on("message", (message) => console.log(message.role))
    .on("functionToolCall", ({ name }) => console.log("call", name))
    .on("functionToolCallResult", (result) => console.log("result", result));
  console.log(await runner.finalContent());
  console.log((await runner.finalFunctionToolCall()).name, (await runner.finalChatCompletion()).choices.length);
}
