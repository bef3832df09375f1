// What the module asks of JavaScript (src/host.rs). Each of these is a method of the call that it
// is about: none runs code of the caller's before the module was left, and what one throws (workerd
// has no timers outside of requests) ends its call, and does not pass through Rust.

const method = (name) => (call, ...given) => {
  try {
    return call[name](...given);
  } catch (cause) {
    call.refused(cause);
  }
};

export const wait = method("wait");
export const hash = method("hash");
export const sent = method("sent");
export const fetchOf = method("fetchOf");
export const request = method("request");
export const respond = method("respond");
export const pause = method("pause");
export const done = method("done");
export const fail = method("fail");
export const log = method("log");
export const now = () => performance.now();
