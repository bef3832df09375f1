import { app } from "../app.js";

addEventListener("message", async ({ data }) => postMessage(await app(data)));
