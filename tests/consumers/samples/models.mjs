// The models that there are.
import OpenAI from "openai";

const client = new OpenAI(globalThis.mantle);
for await (const { id, owned_by } of client.models.list()) console.log(id, owned_by);
console.log((await client.models.retrieve("openai.gpt-oss-20b")).id);
