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
export { Page, PagePromise } from "./resources.js";
export { ChatCompletionRunner, ChatCompletionStreamingRunner, ParsingToolFunction } from "./runner.js";
export { ChatCompletionStream } from "./stream.js";
