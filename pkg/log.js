const levels = ["off", "error", "warn", "info", "debug"];
export const ERROR = 1;
export const WARN = 2;
export const INFO = 3;

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

/** Off by default; whoever gives a logger wants the level that `openai` has by default. */
export const levelOf = (logger, name) => (name ? levels.indexOf(name) : logger ? WARN : 0);

/** Writes one record. Of an error nothing is told that a text of somebody's could be in. */
export function write(logger, level, what, fields, error) {
  tell(() => {
    if (error) Object.assign(fields, { error: error.name, status: error.status, requestID: error.requestID });
    return (logger ?? console)[levels[level]](`bedrock-chat: ${what}`, fields);
  });
}
