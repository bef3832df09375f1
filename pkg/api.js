export { BedrockChatClient, BedrockChatClient as default } from "./client.js";
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
  GuardrailNotEnforcedError,
  IncompleteStreamError,
  InternalServerError,
  InvalidRequestError,
  ModuleError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  StreamTimeoutError,
  UnprocessableEntityError,
} from "./errors.js";
export { guardContent, mintBedrockToken, newTagSuffix } from "./functions.js";
export { APIPromise } from "./promise.js";
export { ChatCompletionStream } from "./stream.js";
