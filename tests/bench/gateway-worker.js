// The servers of servers.js as a worker, at `/NAME/WAY/chat/completions`: each on streams of its
// own that are here at once (`near`), or on those of a server elsewhere (`far`).

import { cut, stream, streaming } from "./data.js";
import { servers } from "./servers.js";

let ways;

export default {
  async fetch(request, { upstream, deltas }, context) {
    ways ??= {
      near: servers(streaming(cut(stream(deltas).bytes, 1400))),
      far: servers((...asked) => fetch(...asked), { baseURL: upstream, beginAfter: 400 }),
    };
    const [, name, way] = new URL(request.url).pathname.split("/");
    return ways[way][name](request, undefined, context);
  },
};
