// Errors, made: Rust chooses the class, the message and the fields.

import { BedrockError, ConfigurationError, StructuredOutputError } from "./error-classes.js";

export * from "./error-classes.js";

// As Rust says it; the words are openai's.
export const ABORTED = "Request was aborted.";

export const { classes } = BedrockError;
const order = Object.values(classes);

/** Sets a property that is there and not enumerable. */
export const hidden = (object, name, value) =>
  Object.defineProperty(object, name, { value, writable: true, configurable: true });

// Spelled out and on the prototype, as Error.prototype.name is.
for (const name of Object.keys(classes)) hidden(classes[name].prototype, "name", name);

// JSON.stringify skips Error's own fields, which are not enumerable.
hidden(BedrockError.prototype, "toJSON", function () {
  return { name: this.name, message: this.message, ...this };
});

/**
 * @param {typeof BedrockError} kind
 * @param {string} message
 * @param {object} fields those that are known
 * @param {Headers | undefined} headers of the answer; not printed with the error
 * @param {unknown} cause `undefined` for none
 */
export function newError(kind, message, fields, headers, cause) {
  const error = new kind(message, cause === undefined ? undefined : { cause });
  if (headers) hidden(error, "headers", headers);
  return Object.assign(error, fields);
}

/** An exception as what ends a stream with it. */
export const asOurs = (cause) =>
  cause instanceof BedrockError ? cause : newError(BedrockError, String(cause?.message ?? cause), {}, undefined, cause);

/** A text that is not what was asked for; it is not printed. */
export function misfit(text, reason, message, fields, feedback = message) {
  const error = newError(StructuredOutputError, message, { reason, ...fields });
  return hidden(hidden(error, "text", text), "feedback", feedback);
}

/** The engine's own message would quote the text. */
export const notJson = (text) => misfit(text, "invalid_json", "The answer is not the JSON that was asked for.");

/** An error as the module reports it: `[class, message, {fields}]`. */
export function thrown(report, headers, requestID, cause) {
  const [kind, message, fields] = JSON.parse(report);
  if (requestID) fields.requestID = requestID;
  return newError(order[kind], message, fields, headers, cause);
}

/** A cause without what may not be shown in it, by `redact`: itself, if that is nothing. */
export function shownCause(cause, redact) {
  if (cause === undefined) return undefined;
  try {
    const seen = new Set();
    const json = JSON.stringify(cause, (_, value) => {
      if (Object(value) !== value) return typeof value === "bigint" ? `${value}` : value;
      if (seen.has(value)) return undefined;
      if (seen.add(value).size > 1_000) throw seen;
      return value instanceof Error ? { ...value, ...fieldsOf(value) } : value;
    });
    const shown = json && redact(json);
    if (shown === json) return cause;
    cause = JSON.parse(shown);
  } catch {
    // Nobody knows what is in it.
    cause = { message: "The cause cannot be read." };
  }
  return Object(cause) === cause ? Object.assign(new Error(cause.message), cause) : cause;
}

const fieldsOf = ({ name, message, cause, errors }) => ({ name, message, cause, errors });

/** The same of headers, pair by pair. */
export function shownHeaders(headers, redact) {
  const shown = new Headers();
  if (!headers || !(Symbol.iterator in headers)) return headers && shown;
  // Nothing, if the module failed over it.
  for (const [name, value] of JSON.parse(redact(JSON.stringify([...headers])) ?? "[]")) {
    try {
      shown.append(name, value);
    } catch {
      // A name that is hidden is none.
    }
  }
  return shown;
}

/** An error about an option that JavaScript itself has read. */
export const refused = (path, rule) =>
  newError(ConfigurationError, `\`${path}\` ${rule}`, { path });

/** What had arrived when a stream ended; not printed with the error: it can be long. */
export function setPartial(error, read) {
  if (!(error instanceof BedrockError)) return;
  try {
    hidden(error, "partial", read());
  } catch {
    // Too much for the engine: the error itself matters more.
  }
}
