// How the module waits for what JavaScript promises.

/** What `await` makes of it. Nothing that a promise or thenable of the caller's does throws here. */
async function outcome(value) {
  try {
    return [true, await value];
  } catch (error) {
    return [false, error];
  }
}

/** Calls `done` with the outcome, unless whoever waits forgets it before. */
export function wait(value, done) {
  const waiting = { done };
  outcome(value).then(([kept, result]) => waiting.done?.(kept, result));
  return waiting;
}

export function forget(waiting) {
  waiting.done = undefined;
}

/** A promise of it, for several to wait for. */
export async function promise(value) {
  // Not without `await`: that would call a `then` of its own.
  return await value;
}
