// A function from Request to Response as a listener of `node:http`.

/** How long what is left of a request is still read after its answer, in milliseconds. */
const LINGER = 1000;

function requestOf(incoming, signal) {
  const { method, headers, url, socket } = incoming;
  const headerList = Object.entries(headers)
    // What HTTP/2 calls headers.
    .filter(([name]) => name[0] !== ":")
    .flatMap(([name, value]) => (Array.isArray(value) ? value.map((one) => [name, one]) : [[name, value]]));
  const scheme = socket.encrypted ? "https" : "http";
  const host = headers[":authority"] ?? headers.host ?? "localhost";
  // The path is that of the request line, whatever else holds one.
  if (/[/\\?#]/.test(host)) throw new TypeError("no host");
  const path = url.startsWith("/") ? url : "/";
  const hasBody = method !== "GET" && method !== "HEAD";
  const body = hasBody ? bodyOf(incoming) : undefined;
  return new Request(`${scheme}://${host}${path}`, { method, headers: headerList, body, signal, duplex: "half" });
}

/** What comes of it, as it is asked for. */
function bodyOf(incoming) {
  const iterator = incoming.iterator({ destroyOnReturn: false });
  const pull = async (controller) => {
    const { done, value } = await iterator.next();
    if (done) controller.close();
    else controller.enqueue(value);
  };
  return new ReadableStream({ pull, cancel: () => void iterator.return() }, { highWaterMark: 0 });
}

async function write(response, outgoing, gone) {
  const headers = [...response.headers].filter(([name]) => name !== "set-cookie");
  const cookies = response.headers.getSetCookie();
  outgoing.writeHead(response.status, Object.fromEntries(cookies.length ? [...headers, ["set-cookie", cookies]] : headers));
  if (!response.body) return void outgoing.end();
  // Who reads as they come sees that there will be an answer.
  outgoing.flushHeaders();
  const reader = response.body.getReader();
  gone.addEventListener("abort", () => reader.cancel().catch(() => {}));
  if (gone.aborted) return reader.cancel();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (!outgoing.write(value)) await drained(outgoing);
  }
  outgoing.end();
}

const drained = (outgoing) =>
  new Promise((go) => {
    const end = () => {
      outgoing.off("drain", end).off("close", end);
      go();
    };
    outgoing.on("drain", end).on("close", end);
  });

export function nodeListener(handle) {
  return async (incoming, outgoing) => {
    const controller = new AbortController();
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) controller.abort();
    });
    // Who sends without end is not read for ever.
    outgoing.on("finish", () => {
      if (incoming.complete) return;
      incoming.resume();
      setTimeout(() => incoming.destroy(), LINGER).unref();
    });
    // Connections break.
    incoming.on("error", () => {});
    outgoing.on("error", () => {});
    let request;
    try {
      request = requestOf(incoming, controller.signal);
    } catch {
      return void outgoing.writeHead(400).end();
    }
    try {
      await write(await handle(request), outgoing, controller.signal);
    } catch {
      // Half an answer must not look like a whole one.
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500).end();
    }
  };
}
