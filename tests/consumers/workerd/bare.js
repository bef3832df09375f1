// What the runtime tells of clients who leave, and nothing of ours in between.

export default {
  async fetch(request, { upstream }) {
    await request.text();
    return fetch(upstream, { method: "POST", body: "{}", signal: request.signal });
  },
};
