const levels = ["off", "error", "warn", "info", "debug"];
const ignore = () => {};

/**
 * Calls a function of the caller's: what it throws, now or later, is its owner's own business.
 */
export function tell(listener, ...given) {
  try {
    Promise.resolve(listener(...given)).catch(ignore);
  } catch {
    // As above.
  }
}

/** Writes one record. Of an error nothing is told that a text of somebody's could be in. */
export function log(logger, level, what, fields, error) {
  tell(() => {
    if (error) Object.assign(fields, { error: error.name, status: error.status, requestID: error.requestID });
    return (logger ?? console)[levels[level]](`bedrock-chat: ${what}`, fields);
  });
}
