// Globals as we need them, where others have replaced them or left them out.

/** jsdom has none, in Jest, though Node has. */
export const { TextDecoder, TextEncoder } = globalThis.TextEncoder
  ? globalThis
  : globalThis.process.getBuiltinModule("node:util");

/** Native, as an async function's is, and nobody's who has put another `Promise` in its place. */
const settled = (async () => {})();

/**
 * Wakes the module's futures (xtask/src/glue.rs). Fake timers replace the global function of this name;
 * a job of a promise runs whatever they do, and never under a frame of the module's.
 */
export const queueMicrotask = (run) => void settled.then(run);

/** Whether promises and timers are a request's, and go with it: in workers, of 128 MB each. */
export const hasRequests = "WebSocketPair" in globalThis || "EdgeRuntime" in globalThis;

/** Whoever has just asked for something goes on first: to listen, or to ask for more of the same. */
export async function turns() {
  for (let turn = 0; turn < 9; turn++) await undefined;
}
