// `app.js` in a worker: the question is where Bedrock is.

import { app } from "../app.js";

export default {
  async fetch(request) {
    return Response.json(await app(await request.text()));
  },
};
