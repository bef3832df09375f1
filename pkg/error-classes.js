// The error tree, with openai's names: real subclasses of Error. All of it is public.

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
export class LimitError extends APIError {}
export class ModuleError extends APIError {}
export class LengthFinishReasonError extends BedrockError {}
export class ContentFilterFinishReasonError extends BedrockError {}
export class StructuredOutputError extends BedrockError {}

/**
 * By name, which is spelled out: minifiers rename classes. In the order of Rust's `ErrorClass`;
 * static members of the client.
 */
const classes = {
  BedrockError,
  APIError,
  BadRequestError,
  AuthenticationError,
  PermissionDeniedError,
  NotFoundError,
  ConflictError,
  UnprocessableEntityError,
  RateLimitError,
  InternalServerError,
  APIUserAbortError,
  APIConnectionError,
  APIConnectionTimeoutError,
  ConfigurationError,
  InvalidRequestError,
  IncompleteStreamError,
  StreamTimeoutError,
  GuardrailNotEnforcedError,
  LimitError,
  ModuleError,
  // JavaScript's own: behind those that Rust knows.
  LengthFinishReasonError,
  ContentFilterFinishReasonError,
  StructuredOutputError,
};

Object.defineProperty(BedrockError, "classes", { value: classes });
