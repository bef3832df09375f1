// Every documented field of every error is there, and `instanceof` and `name` tell them apart.

import {
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
  LimitError,
  ModuleError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  StreamTimeoutError,
  UnprocessableEntityError,
} from "bedrock-chat";
import type { ChatCompletionSnapshot, FinishReason, TimeoutLimit } from "bedrock-chat";

/** Fails to compile unless both are the same type. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

export function read(error: unknown): unknown {
  if (!(error instanceof BedrockError)) return undefined;
  const all: [string, string, string | undefined, unknown] = [
    error.name,
    error.message,
    error.stack,
    error.cause,
  ];
  const json: { name: string; message: string; [field: string]: unknown } = error.toJSON();

  if (error instanceof ConfigurationError) {
    same<typeof error.path, string | undefined>(true);
    same<typeof error.name, "ConfigurationError">(true);
    return error.path;
  }
  if (error instanceof InvalidRequestError) {
    same<typeof error.path, string>(true);
    return error.path;
  }
  if (error instanceof GuardrailNotEnforcedError) {
    same<typeof error.name, "GuardrailNotEnforcedError">(true);
    return error;
  }
  if (error instanceof APIError) {
    const status: number | undefined = error.status;
    const headers: Headers | undefined = error.headers;
    const retryAfter: string | null | undefined = error.headers?.get("retry-after");
    const body: unknown = error.error;
    const code: string | undefined = error.code;
    const param: string | undefined = error.param;
    const type: string | undefined = error.type;
    const requestID: string | undefined = error.requestID;
    const awsErrorType: string | undefined = error.awsErrorType;
    const retryable: boolean = error.retryable;
    const attempts: number = error.attempts;
    const hint: string | undefined = error.hint;
    const partial: ChatCompletionSnapshot | undefined = error.partial;
    const choice = partial?.choices[0];
    const finish: FinishReason | null | undefined = choice?.finish_reason;
    return [
      [status, headers, retryAfter, body, code, param, type, requestID, awsErrorType],
      [retryable, attempts, hint, choice?.message.content, partial?.id, finish],
      detail(error),
    ];
  }
  return [all, json];
}

function detail(error: APIError): string {
  // One after the other: no class narrows to another's.
  if (error instanceof BadRequestError) return error.name satisfies "BadRequestError";
  if (error instanceof AuthenticationError) return error.name satisfies "AuthenticationError";
  if (error instanceof PermissionDeniedError) return error.name satisfies "PermissionDeniedError";
  if (error instanceof NotFoundError) return error.name satisfies "NotFoundError";
  if (error instanceof ConflictError) return error.name satisfies "ConflictError";
  if (error instanceof UnprocessableEntityError) {
    return error.name satisfies "UnprocessableEntityError";
  }
  if (error instanceof RateLimitError) return error.name satisfies "RateLimitError";
  if (error instanceof InternalServerError) return error.name satisfies "InternalServerError";
  if (error instanceof IncompleteStreamError) {
    same<typeof error.partial, ChatCompletionSnapshot>(true);
    return error.partial.choices[0]?.message.content ?? "";
  }
  if (error instanceof APIUserAbortError) return String(error.cause);
  if (error instanceof StreamTimeoutError) {
    same<typeof error.timeout, TimeoutLimit>(true);
    return error.name satisfies "StreamTimeoutError";
  }
  if (error instanceof APIConnectionTimeoutError) {
    same<typeof error.timeout, "connect" | "firstToken" | "idle" | "total">(true);
    return error.timeout;
  }
  if (error instanceof APIConnectionError) return `${error.cause} ${error.hint}`;
  // A 3xx, 402, 413, …: still an APIError.
  same<typeof error, APIError>(true);
  return `${error.status}`;
}

/** The tree. */
export const parents: [
  ...(new () => BedrockError)[],
  new () => Error,
] = [
  ConfigurationError,
  InvalidRequestError,
  GuardrailNotEnforcedError,
  APIError,
  BedrockError,
];
export const apiErrors: (new () => APIError)[] = [
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
  LimitError,
  ModuleError,
];
export const connectionErrors: (new () => APIConnectionError)[] = [APIConnectionTimeoutError];
export const timeouts: (new () => APIConnectionTimeoutError)[] = [StreamTimeoutError];
