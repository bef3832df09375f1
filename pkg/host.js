// What the module asks of JavaScript (src/host.rs). Each of these is a method of the call that it
// is about: none runs code of the caller's before the module was left, and what one throws (workerd
// has no timers outside of requests) ends its call, and does not pass through Rust.

// Each with a function of its own: a name that varies is looked up at every call.
const safe = (run) => (call, a, b, c, d) => {
  try {
    return run(call, a, b, c, d);
  } catch (cause) {
    call.refused(cause);
  }
};

export const wait = safe((call, a, b, c, d) => call.wait(a, b, c, d));
export const hash = safe((call, a, b, c, d) => call.hash(a, b, c, d));
export const sent = safe((call, a, b, c, d) => call.sent(a, b, c, d));
export const fetchOf = safe((call, a, b, c, d) => call.fetchOf(a, b, c, d));
export const request = safe((call, a, b, c, d) => call.request(a, b, c, d));
export const respond = safe((call, a, b, c, d) => call.respond(a, b, c, d));
export const pause = safe((call, a, b, c, d) => call.pause(a, b, c, d));
export const done = safe((call, a, b, c, d) => call.done(a, b, c, d));
export const fail = safe((call, a, b, c, d) => call.fail(a, b, c, d));
export const log = safe((call, a, b, c, d) => call.log(a, b, c, d));
export const now = () => performance.now();
