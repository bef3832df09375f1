// A server that streams answers and fails as networks and services do. What becomes of an attempt
// depends on the seed, the number of the call and that of the attempt, and on nothing else.

import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { event } from "./data.js";

const DELTAS = 40;
const PIECES = 10;
/** How long at most before each piece, in ms. */
const PAUSE = 40;

/** How many of a hundred attempts end how; the others are whole. */
const FAULTS = {
  "429": 5,
  "503": 5,
  "reset before the headers": 4,
  "reset within": 5,
  "stall before the headers": 2,
  "stall within": 3,
  "cut between events": 3,
  "cut within an event": 3,
};

const word = (call, at) => ` ${call}.${at}`;
const indices = Array.from({ length: DELTAS }, (_, at) => at);

/** What the answer to this call has to be. */
export const textOf = (call) => indices.map((at) => word(call, at)).join("");

/** Pseudorandom numbers below 1: mulberry32. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick(next) {
  let left = next() * 100;
  return Object.keys(FAULTS).find((name) => (left -= FAULTS[name]) < 0) ?? "none";
}

/** The bytes that are sent, and what comes after them. */
function plan(seed, call, attempt) {
  const next = random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(call, 0x85ebca6b) ^ attempt);
  const fault = pick(next);
  const events = indices.map((at) => event({ content: word(call, at) }));
  events.push(event({}, "stop"), "data: [DONE]\n\n");
  let text = events.join("");
  if (/within|between/.test(fault)) {
    // At least the last delta is missing.
    const at = Math.floor(next() * DELTAS);
    const part = fault === "cut within an event" ? 1 + Math.floor(next() * (events[at].length - 2)) : 0;
    text = events.slice(0, at).join("") + events[at].slice(0, part);
  }
  const cuts = Array.from({ length: PIECES - 1 }, () => Math.floor(next() * text.length)).sort((a, b) => a - b);
  const pieces = [0, ...cuts].map((from, at) => text.slice(from, cuts[at]));
  return { fault, pieces: pieces.map((piece) => ({ piece, pause: next() * PAUSE })) };
}

/** Counts the attempts of each call itself. Every call asks for `call N`. */
function answering(seed) {
  const attempts = new Map();
  return async (request, response) => {
    const { messages } = await json(request);
    const call = Number(messages[0].content.split(" ")[1]);
    const attempt = (attempts.get(call) ?? 0) + 1;
    attempts.set(call, attempt);
    const { fault, pieces } = plan(seed, call, attempt);
    if (fault === "429" || fault === "503") {
      response.writeHead(Number(fault), { "content-type": "application/json", "retry-after-ms": "100" });
      response.end(JSON.stringify({ error: { message: "Too much", type: "server_error", code: null } }));
    } else if (fault === "reset before the headers") {
      request.socket.resetAndDestroy();
    } else if (fault !== "stall before the headers") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const { piece, pause } of pieces) {
        await sleep(pause);
        if (response.destroyed) return;
        if (piece) response.write(piece);
      }
      if (fault === "reset within") request.socket.resetAndDestroy();
      else if (fault !== "stall within") response.end();
    }
  };
}

// As a process of its own, by load.js, which goes on where this one tells it to.
if (process.send) {
  const answer = answering(Number(process.argv[2]));
  const server = createServer((request, response) => {
    // Clients that go away while they send.
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
  process.on("disconnect", () => process.exit());
}
