// A server that streams an answer on to its page: as text, and as chunks that the page reads again.
import express from "express";
import OpenAI from "openai";
import { ChatCompletionStream } from "openai/lib/ChatCompletionStream";

const client = new OpenAI();
const app = express();
app.use(express.text());

const ask = (question) => client.chat.completions.stream({ model: "openai.gpt-oss-20b", messages: [{ role: "user", content: question }] });

app.post("/text", async (request, response) => {
  response.header("content-type", "text/plain");
  for await (const chunk of ask(request.body)) response.write(chunk.choices[0]?.delta.content || "");
  response.end();
});

app.post("/chunks", async (request, response) => {
  response.header("content-type", "text/plain");
  for await (const chunk of ask(request.body).toReadableStream()) response.write(chunk);
  response.end();
});

const server = app.listen(0, async () => {
  const post = (path) => fetch(`http://127.0.0.1:${server.address().port}${path}`, { method: "POST", headers: { "content-type": "text/plain" }, body: "emoji" });
  console.log(await (await post("/text")).text());
  const stream = ChatCompletionStream.fromReadableStream((await post("/chunks")).body);
  stream.on("content", (delta) => console.log(delta));
  console.log(await stream.finalContent());
  server.closeAllConnections();
  server.close();
});
