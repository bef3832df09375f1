import type { RequestOptions } from "./client.js";
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
