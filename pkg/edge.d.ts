import type { ChatCompletionCreateParamsBase, CompletionUsage } from "./chat.js";
import type { BedrockChatClient } from "./lite-client.js";
import type { GuardrailOptions, GuardrailResult } from "./guardrail.js";
import type { WebRequest, WebResponse } from "./web.js";

/**
 * A chat completions API of your own, which keeps the key: it takes the requests of openai's and
 * this package's clients and answers as Bedrock would, whole or as server-sent events.
 *
 * The paths are those that end in `/chat/completions` and `/models`. What is not asked for by
 * {@link GatewayOptions.parameters} does not get through, a guardrail of the request's own neither.
 * Errors have OpenAI's form, and nothing of the account in them. When the client leaves, the model
 * stops.
 *
 * @throws `ConfigurationError` if the options are wrong.
 *
 * @example
 * ```ts
 * import { BedrockChatClient } from "bedrock-chat";
 * import { gateway } from "bedrock-chat/edge";
 *
 * export default {
 *   fetch: gateway({
 *     client: new BedrockChatClient({ region: "us-east-1" }),
 *     models: ["openai.gpt-oss-20b-1:0"],
 *     origins: ["https://example.com"],
 *     maxTokens: 2000,
 *   }),
 * };
 * ```
 */
export declare function gateway<Env = any>(options: GatewayOptions<Env>): GatewayHandler<Env>;

/** What answers requests: of workers, Deno, Bun, Next's route handlers, Hono. */
export type GatewayHandler<Env = any> = (
  request: WebRequest,
  env?: Env,
  context?: any,
) => Promise<WebResponse>;

/** The options of a {@link gateway}. */
export interface GatewayOptions<Env = any> {
  /**
   * What asks Bedrock; or a function that makes it, for workers whose secrets are in `env`: it is
   * called once for each `env`, and not for each request.
   */
  client: BedrockChatClient | ((env: Env) => BedrockChatClient | Promise<BedrockChatClient>);

  /**
   * The models that may be asked: their ids, or an object that gives their ids under names of your
   * own, which is all that clients see, in errors too. Another model is a 404.
   */
  models: readonly string[] | { readonly [name: string]: string };

  /**
   * The origins whose pages may ask, as browsers write them: `https://example.com`; `"*"`: all.
   * Pages of the gateway's own origin, and what is no page, need not be named.
   */
  origins?: readonly string[] | "*" | undefined;

  /** Where its paths begin, e.g. `/api/openai/v1`. Default: anywhere. */
  basePath?: string | undefined;

  /**
   * Says whether somebody may ask: `true`, or a string that says who it is, for
   * {@link maxConcurrent} and {@link onUsage}. Nothing and `false` are a 401; a `Response` is the
   * answer. Called before the body is read; if you read it, read a clone.
   */
  authorize?:
    | ((request: WebRequest, env: Env, context: any) => Authorized | Promise<Authorized>)
    | undefined;

  /** The guardrail of every call. Default: the client's. */
  guardrail?: GuardrailOptions | undefined;

  /**
   * What becomes of the fields of a request: `true` lets one through, `false` drops it, a rule
   * changes it. Most fields get through; `n` is at most 1, and those that cost more or that are
   * kept (`service_tier`, `store`, `metadata`) and those that nobody knows are dropped.
   */
  parameters?: { readonly [field: string]: boolean | ParameterRule } | undefined;

  /** The most tokens of an answer, whatever a request says, and if it says nothing. */
  maxTokens?: number | undefined;

  /**
   * The last word on a request: changes it, or returns another one. For a system prompt of yours,
   * or what the rules cannot say.
   */
  prepare?:
    | ((
        body: ChatCompletionCreateParamsBase,
        about: { request: WebRequest; env: Env; key: string; model: string },
      ) => ChatCompletionCreateParamsBase | void | Promise<ChatCompletionCreateParamsBase | void>)
    | undefined;

  /** The most bytes of a request; more is a 413. Default: 1 MiB. */
  maxBodyBytes?: number | undefined;

  /** How long a request may take to arrive, in milliseconds; longer is a 408. Default: 30,000. */
  bodyTimeout?: number | undefined;

  /**
   * How long a client may leave a stream unread, in milliseconds, before it counts as gone.
   * Default: 60,000.
   */
  clientTimeout?: number | undefined;

  /**
   * How long a stream may be silent, in milliseconds, before a comment is sent, which readers of
   * server-sent events skip. By it a client that has left is noticed, after two at most, and proxies
   * see that the stream is alive; `Infinity`: never. Default: 400.
   */
  heartbeat?: number | undefined;

  /**
   * How long Bedrock may take to begin a stream, in milliseconds, before the response begins
   * without it, as a 200: then clients who leave are noticed also in this time, in workerd too, and
   * an error that comes later is told in the stream. Default: `Infinity`.
   */
  beginAfter?: number | undefined;

  /**
   * How many calls of one key may be under way at once, in this process; more are a 429. Without
   * {@link authorize} all have the same key. Default: no limit.
   */
  maxConcurrent?: number | undefined;

  /**
   * Hears of every answer, once, at its end: also of those that were broken off. A promise is
   * waited for (`waitUntil`); what it throws is ignored. A Cloudflare worker needs the
   * compatibility flag `enable_request_signal` to hear of clients who leave before the answer, and a
   * `clientTimeout` of less than the 30 seconds that a worker outlives its client.
   */
  onUsage?: ((usage: GatewayUsage) => unknown) | undefined;

  /**
   * Hears of what went wrong here or at Bedrock, of which clients are told little. What it throws
   * is ignored.
   */
  onError?: ((error: unknown, about: { model?: string; key?: string }) => unknown) | undefined;
}

/** What {@link GatewayOptions.authorize} answers. */
export type Authorized = boolean | string | WebResponse | null | undefined | void;

/** What becomes of a field. */
export interface ParameterRule {
  /** What it is, whatever the request says. */
  value?: unknown;
  /** What it is if the request does not say. */
  default?: unknown;
  /** The most that it may be; more becomes this. */
  max?: number;
}

/** An answer, for whoever counts. */
export interface GatewayUsage {
  /** The model, by its name in {@link GatewayOptions.models}. */
  model: string;
  /** What {@link GatewayOptions.authorize} said, or `""`. */
  key: string;
  /** The tokens used. */
  usage: CompletionUsage;
  /** Whether the service told no usage, and it was estimated from the texts. */
  estimated: boolean;
  /** Whether the answer was whole, its client left, or something failed. */
  outcome: "done" | "aborted" | "failed";
  /** Why the model ended, if it did. */
  finishReason: string | undefined;
  /** What the guardrail did and found. Clients see no more of it than the action. */
  guardrail: GuardrailResult | undefined;
  /** Bedrock's id of the request. */
  requestId: string | undefined;
  /** From the request to the end of the answer, in milliseconds. */
  ms: number;
}

/**
 * Such a function as a listener of Node's servers. Its `request.signal` is aborted when the client
 * leaves, and a client that reads slowly is waited for.
 *
 * @example
 * ```ts
 * import { createServer } from "node:http";
 * createServer(nodeListener(gateway({ client, models }))).listen(8080);
 * ```
 */
export declare function nodeListener(
  handle: (request: WebRequest) => WebResponse | Promise<WebResponse>,
): (incoming: any, outgoing: any) => Promise<void>;
