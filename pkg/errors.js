// The error tree, with openai's names and fields: real subclasses of Error. Rust makes them by
// `newError`, the one place where a class is chosen.

export class BedrockError extends Error {}

export class ConfigurationError extends BedrockError {}
export class InvalidRequestError extends BedrockError {}
export class GuardrailNotEnforcedError extends BedrockError {}

export class APIError extends BedrockError {}
export class BadRequestError extends APIError {}
export class AuthenticationError extends APIError {}
export class PermissionDeniedError extends APIError {}
export class NotFoundError extends APIError {}
export class ConflictError extends APIError {}
export class UnprocessableEntityError extends APIError {}
export class RateLimitError extends APIError {}
export class InternalServerError extends APIError {}
export class IncompleteStreamError extends APIError {}
export class APIUserAbortError extends APIError {}
export class APIConnectionError extends APIError {}
export class APIConnectionTimeoutError extends APIConnectionError {}
export class StreamTimeoutError extends APIConnectionTimeoutError {}

/** By name: those that are static members of the client, as `openai` has them. */
export const classes = {
  BedrockError,
  ConfigurationError,
  InvalidRequestError,
  GuardrailNotEnforcedError,
  APIError,
  BadRequestError,
  AuthenticationError,
  PermissionDeniedError,
  NotFoundError,
  ConflictError,
  UnprocessableEntityError,
  RateLimitError,
  InternalServerError,
  IncompleteStreamError,
  APIUserAbortError,
  APIConnectionError,
  APIConnectionTimeoutError,
  StreamTimeoutError,
};

/** Sets a property that is there and not enumerable. */
export const hidden = (object, name, value) =>
  Object.defineProperty(object, name, { value, writable: true, configurable: true });

// Spelled out and on the prototype, as Error.prototype.name is: minifiers rename classes.
for (const name in classes) hidden(classes[name].prototype, "name", name);

// JSON.stringify skips Error's own fields, which are not enumerable.
hidden(BedrockError.prototype, "toJSON", function () {
  return { name: this.name, message: this.message, ...this };
});

/**
 * @param {string} name of the class
 * @param {string} message
 * @param {object} fields those that are known
 * @param {Headers | undefined} headers of the answer; not printed with the error
 * @param {unknown} cause `undefined` for none
 */
export function newError(name, message, fields, headers, cause) {
  const error = new classes[name](message, cause === undefined ? undefined : { cause });
  if (headers) hidden(error, "headers", headers);
  return Object.assign(error, fields);
}

/** What had arrived when a stream ended; not printed with the error: it can be long. */
export function setPartial(error, partial) {
  if (error instanceof BedrockError) hidden(error, "partial", partial);
}
