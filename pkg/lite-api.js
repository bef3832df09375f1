export { BedrockChatClient, BedrockChatClient as default } from "./lite-client.js";
export {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  BedrockError,
  ConfigurationError,
  ConflictError,
  ContentFilterFinishReasonError,
  GuardrailNotEnforcedError,
  IncompleteStreamError,
  InternalServerError,
  InvalidRequestError,
  LengthFinishReasonError,
  LimitError,
  ModuleError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  StreamTimeoutError,
  UnprocessableEntityError,
} from "./errors.js";
export { guardContent, mintBedrockToken, newTagSuffix } from "./functions.js";
export { APIPromise } from "./promise.js";
export { Stream } from "./stream.js";
