import type { ChatCompletionSnapshot } from "./chat.js";
import type { StandardSchemaIssue } from "./structured.js";
import type { WebHeaders } from "./web.js";

/**
 * The base of all errors of this package.
 *
 * No message, stack or field of one holds a key, a token, a signature or text of a prompt. An
 * exception of your own code (a `fetch` or a provider you gave) is thrown as it is, or is the
 * `cause` of one of these. `JSON.stringify` writes the fields too.
 *
 * @example
 * ```ts
 * try {
 *   await client.chat.completions.create(request);
 * } catch (error) {
 *   if (error instanceof RateLimitError) await later();
 *   else if (error instanceof APIError) console.error(error.status, error.message, error.hint);
 *   else throw error;
 * }
 * ```
 */
export declare class BedrockError extends Error {
  /** The name and message, and the fields that are there. Used by `JSON.stringify`. */
  toJSON(): { name: string; message: string; [field: string]: unknown };
}

/** A client that cannot work: an option is missing, wrong or contradicts another. */
export declare class ConfigurationError extends BedrockError {
  readonly name: "ConfigurationError";
  /** The option, as you would write it: `region`, `guardrail.trace`. */
  readonly path: string | undefined;
}

/** A request that was not sent, because the service could only have refused it. */
export declare class InvalidRequestError extends BedrockError {
  readonly name: "InvalidRequestError";
  /** Where the mistake is: `messages[2].content`. Empty for the request as a whole. */
  readonly path: string;
}

/**
 * A request that was not sent: its guardrail would have been ignored. The `mantle` endpoint
 * answers as if the guardrail were applied, and does not apply it.
 *
 * @see {@link GuardrailOptions.allowUnenforced}
 */
export declare class GuardrailNotEnforcedError extends BedrockError {
  readonly name: "GuardrailNotEnforcedError";
}

/** Everything that can go wrong with a request once it is on its way. */
export declare class APIError extends BedrockError {
  /**
   * The HTTP status. Of an error that arrived inside a stream, the status that its type stands
   * for. `undefined` if there was no answer, or one that had begun well, as in `openai`.
   */
  readonly status: number | undefined;
  /** The headers of the answer, if there was one. In a browser only those that CORS exposes. */
  readonly headers: WebHeaders | undefined;
  /**
   * The error as the service described it, parsed: `error` of the body, or the body itself. Left
   * out if it is nested more than a hundred levels deep.
   */
  readonly error: unknown;
  /** The service's `code`, e.g. `model_not_found`. */
  readonly code: string | undefined;
  /** The request parameter that the service names. */
  readonly param: string | undefined;
  /** The service's `type`, e.g. `invalid_request_error`. */
  readonly type: string | undefined;
  /** The id of the request, which AWS Support asks for. */
  readonly requestID: string | undefined;
  /** The AWS name of the error without its namespace, e.g. `ThrottlingException`. */
  readonly awsErrorType: string | undefined;
  /** Whether the same request may succeed later. The client's own retries are used up by then. */
  readonly retryable: boolean;
  /** How often the request was sent. */
  readonly attempts: number;
  /** What to do about it, for the mistakes we know. */
  readonly hint: string | undefined;
  /**
   * What had arrived of an answer that this error ended: of a stream, or of an answer whose
   * `finish_reason` is `error`. `undefined` where there was none yet, or where nobody knows any
   * more ({@link ModuleError}).
   */
  readonly partial: ChatCompletionSnapshot | undefined;
}

/** 400: the service does not accept the request as it is. */
export declare class BadRequestError extends APIError {
  readonly name: "BadRequestError";
}

/** 401: the key, the token or the signature is not valid. */
export declare class AuthenticationError extends APIError {
  readonly name: "AuthenticationError";
}

/** 403: the principal may not do this, or its credentials have expired. */
export declare class PermissionDeniedError extends APIError {
  readonly name: "PermissionDeniedError";
}

/** 404: no such model on this endpoint, or a wrong path. */
export declare class NotFoundError extends APIError {
  readonly name: "NotFoundError";
}

/** 409: the request conflicts with another one. */
export declare class ConflictError extends APIError {
  readonly name: "ConflictError";
}

/** 422: the request is well-formed and makes no sense to the service. */
export declare class UnprocessableEntityError extends APIError {
  readonly name: "UnprocessableEntityError";
}

/** 429: a quota is used up. */
export declare class RateLimitError extends APIError {
  readonly name: "RateLimitError";
}

/** 500 and above: the service failed. */
export declare class InternalServerError extends APIError {
  readonly name: "InternalServerError";
}

/**
 * A stream that broke off: the connection ended before the answer did. What had arrived is in
 * `partial`.
 */
export declare class IncompleteStreamError extends APIError {
  readonly name: "IncompleteStreamError";
  /** What had arrived. */
  readonly partial: ChatCompletionSnapshot;
}

/**
 * An answer that was to be parsed was cut at its limit of tokens. What there is of it is in
 * `partial`.
 */
export declare class LengthFinishReasonError extends BedrockError {
  readonly name: "LengthFinishReasonError";
  /** What had arrived. */
  readonly partial: ChatCompletionSnapshot;
}

/** An answer that was to be parsed was stopped by a filter. What there is of it is in `partial`. */
export declare class ContentFilterFinishReasonError extends BedrockError {
  readonly name: "ContentFilterFinishReasonError";
  /** What had arrived. */
  readonly partial: ChatCompletionSnapshot;
}

/** You ended the request: by its signal, `abort()` or `free()`. `cause` is the signal's reason. */
export declare class APIUserAbortError extends APIError {
  readonly name: "APIUserAbortError";
}

/** No answer arrived: the network failed, or a browser hides why (CORS). `cause` is its error. */
export declare class APIConnectionError extends APIError {
  readonly name: "APIConnectionError" | "APIConnectionTimeoutError" | "StreamTimeoutError";
}

/** A limit of {@link TimeoutOptions}. */
export type TimeoutLimit = "connect" | "firstToken" | "idle" | "total";

/** The answer took too long. */
export declare class APIConnectionTimeoutError extends APIConnectionError {
  readonly name: "APIConnectionTimeoutError" | "StreamTimeoutError";
  /** The limit that was exceeded, as the option {@link ClientOptions.timeout} spells it. */
  readonly timeout: TimeoutLimit;
}

/** A stream took too long. */
export declare class StreamTimeoutError extends APIConnectionTimeoutError {
  readonly name: "StreamTimeoutError";
}

/**
 * The answer is larger than allowed, or than memory is left. What had arrived of a stream is in
 * `partial`, if there was memory for that.
 */
export declare class LimitError extends APIError {
  readonly name: "LimitError";
  /**
   * The limit that was crossed, as the option {@link ClientOptions.limits} spells it; or
   * `"memory"`, where the calls that are under way have taken what there is.
   */
  readonly limit: "response" | "event" | "choices" | "toolCalls" | "memory";
}

/**
 * The package's WebAssembly module failed: a trap, or memory or the stack had run out. Every call
 * that was under way in it ends with one of these; nothing else has to be done, for what is called
 * next runs in a new instance. `cause` is the engine's error.
 */
export declare class ModuleError extends APIError {
  readonly name: "ModuleError";
}

/** An answer, or the arguments of a call, that are not what was asked for. */
export declare class StructuredOutputError extends BedrockError {
  readonly name: "StructuredOutputError";
  /**
   * What is wrong with it:
   *
   * - `"invalid_json"`: it is no JSON.
   * - `"trailing_text"`: there is text behind the JSON, which is `value`.
   * - `"not_finite"`: a number has more digits than a number can have; `path` says where.
   * - `"schema"`: it does not fit the schema; `issues` say why.
   */
  readonly reason: "invalid_json" | "trailing_text" | "not_finite" | "schema";
  /** Where the number is: `stops[2].km`. Empty for the whole. */
  readonly path: string | undefined;
  /** What the validator says. It may quote the answer, and is not printed with the error. */
  readonly issues: readonly StandardSchemaIssue[] | undefined;
  /** The value in front of the text; not checked by the validator, and not printed. */
  readonly value: unknown;
  /** What the model wrote; not printed. */
  readonly text: string;
  /** What to tell the model, so that it does better; it may quote the answer, and is not printed. */
  readonly feedback: string;
  /** The completion; not printed. */
  readonly partial: ChatCompletionSnapshot | undefined;
}
