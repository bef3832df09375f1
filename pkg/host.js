// What the module asks of JavaScript (src/host.rs). Each of these is a method of the call that it
// is about: none throws, and none runs code of the caller's before the module was left.

export const wait = (call, what, deadline) => call.wait(what, deadline);
export const hash = (call, body, deadline) => call.hash(body, deadline);
export const sent = (call, promise, deadline) => call.sent(promise, deadline);
export const fetchOf = (call) => call.fetchOf();
export const requestInit = (call, method, headers, body, attempt) =>
  call.requestInit(method, headers, body, attempt);
export const respond = (call, stream) => call.respond(stream);
export const pause = (call, report, delay, deadline) => call.pause(report, delay, deadline);
export const done = (call, completion) => call.done(completion);
export const fail = (call, report) => call.fail(report);
export const log = (call, level, what, record) => call.log(level, what, record);
export const now = () => performance.now();
