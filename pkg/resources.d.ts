import type { RequestOptions } from "./client.js";
import type {
  ApplyGuardrailRequest,
  ApplyGuardrailResponse,
  GuardrailChecksRequest,
  GuardrailChecksResponse,
} from "./guardrail.js";
import type { APIPromise } from "./promise.js";

/** A model that an endpoint has. */
export interface Model {
  /** What a request's `model` is. */
  id: string;
  object: "model";
  /** When it was made, in seconds since 1970. */
  created: number;
  /** Whose it is. */
  owned_by: string;
}

/**
 * Guardrails without a model: operations of bedrock-runtime, also where the client's endpoint is
 * mantle. See `runtimeURL` of the client.
 */
export interface Guardrails {
  /**
   * Judges texts and images by a guardrail (ApplyGuardrail; IAM `bedrock:ApplyGuardrail`).
   *
   * @example
   * ```ts
   * const { action, outputs } = await client.guardrails.apply({
   *   identifier: "gr12345",
   *   version: "1",
   *   source: "INPUT",
   *   content: [{ text: { text: "What is the account of Jane Doe?" } }],
   * });
   * ```
   */
  apply(request: ApplyGuardrailRequest, options?: RequestOptions): APIPromise<ApplyGuardrailResponse>;
  /** Scores texts without a guardrail (InvokeGuardrailChecks). */
  check(request: GuardrailChecksRequest, options?: RequestOptions): APIPromise<GuardrailChecksResponse>;
}

/** A page of a list. Lists have one page. */
export declare class Page<Item> implements AsyncIterable<Item> {
  private constructor();
  /** What is on it. */
  data: Item[];
  object: string;
  /** What is on it. */
  getPaginatedItems(): Item[];
  /** `false`. */
  hasNextPage(): boolean;
  /** `null`. */
  nextPageRequestOptions(): null;
  /** Rejects with a `BedrockError`: there is no other page. */
  getNextPage(): Promise<this>;
  /** The pages: this one. */
  iterPages(): AsyncGenerator<Page<Item>>;
  /** All items of all pages. */
  [Symbol.asyncIterator](): AsyncGenerator<Item>;
}

/** The promise of a list: awaited it gives a page, iterated all items. */
export declare class PagePromise<PageClass extends Page<Item>, Item = ReturnType<PageClass["getPaginatedItems"]>[number]>
  extends APIPromise<PageClass>
  implements AsyncIterable<Item>
{
  private constructor();
  /** All items of all pages. */
  [Symbol.asyncIterator](): AsyncGenerator<Item>;
}

/** The models of an endpoint. */
export type ModelsPage = Page<Model>;

/**
 * The models of the client's endpoint. `bedrock-mantle` alone has them: on `bedrock-runtime` the
 * promise rejects with a {@link ConfigurationError}, for AWS lists those by `ListFoundationModels`
 * and `ListInferenceProfiles`, which are no part of this API.
 */
export interface Models {
  /**
   * All of them.
   *
   * @example
   * ```ts
   * for await (const { id } of client.models.list()) console.log(id);
   * ```
   */
  list(options?: RequestOptions): PagePromise<ModelsPage, Model>;

  /** One of them, by its id. */
  retrieve(model: string, options?: RequestOptions): APIPromise<Model>;

  /** Rejects with a {@link ConfigurationError}: Bedrock has no such operation. */
  readonly delete: Unsupported<"delete">["delete"];
}

/** What `openai` has and this API has not: each method rejects with a {@link ConfigurationError}. */
export type Unsupported<Methods extends string> = {
  readonly [Method in Methods]: (...given: any[]) => Promise<never>;
};
