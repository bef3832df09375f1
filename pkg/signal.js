// One listener per signal, however many calls listen to it.

const listening = new WeakMap();

/** Ends a call when the signal is aborted. The answer is a function that ends that. */
export function listen(signal, call) {
  if (signal.aborted) {
    call.abort(signal.reason);
    return undefined;
  }
  let calls = listening.get(signal);
  if (!calls) {
    calls = new Set();
    const heard = () => {
      for (const call of calls) end(call, signal.reason);
    };
    calls.stop = () => {
      listening.delete(signal);
      forget(signal, heard);
    };
    signal.addEventListener("abort", heard);
    listening.set(signal, calls);
  }
  calls.add(call);
  return () => {
    if (calls.delete(call) && calls.size === 0) calls.stop();
  };
}

async function end(call, reason) {
  try {
    call.abort(reason);
  } catch {
    // Who aborts had no stack left.
    await undefined;
    call.abort(reason);
  }
}

/** Later: it may be the caller's own signal, and the module at work. */
async function forget(signal, heard) {
  await undefined;
  try {
    signal.removeEventListener("abort", heard);
  } catch {
    // Its owner's own business.
  }
}
