// The same streams in a worker: one request reads some of them.

import { contenders } from "./contenders.js";
import { cut, stream, streaming } from "./data.js";

const prepared = new Map();

export default {
  async fetch(request) {
    const { name, kind, size, deltas, streams } = await request.json();
    const key = `${size} ${deltas}`;
    if (!prepared.has(key)) prepared.set(key, streaming(cut(stream(deltas).bytes, size)));
    const fetch = prepared.get(key);
    let items = 0;
    for (let at = 0; at < streams; at++) items += await contenders[kind][name](fetch);
    return new Response(String(items));
  },
};
