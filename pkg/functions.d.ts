import type { AwsCredentials, AwsCredentialsProvider } from "./client.js";

/**
 * Makes a short-term Amazon Bedrock API key of AWS credentials: a key that can be handed to a page
 * or another process. Nothing is sent; the key is computed.
 *
 * It has the permissions of the credentials, works in its region alone, and cannot be revoked:
 * give it no longer a life than needed.
 *
 * @throws {@link ConfigurationError} if an option is missing or wrong.
 *
 * @example
 * ```ts
 * const { token, expiration } = await mintBedrockToken({
 *   region: "us-west-2",
 *   credentials: { accessKeyId, secretAccessKey, sessionToken },
 *   expiresIn: 900,
 * });
 * ```
 *
 * @example A client that mints its own
 * ```ts
 * const apiKey = () => mintBedrockToken({ region, credentials: fromNodeProviderChain() });
 * const client = new BedrockChatClient({ region, apiKey });
 * ```
 */
export declare function mintBedrockToken(options: MintBedrockTokenOptions): Promise<BedrockToken>;

/** What a short-term API key is made of. */
export interface MintBedrockTokenOptions {
  /** The credentials whose permissions the key gets, or a function that provides them. */
  credentials: AwsCredentials | AwsCredentialsProvider;
  /**
   * The AWS region that the key is for. Default: the environment's `AWS_REGION`, then
   * `AWS_DEFAULT_REGION`.
   */
  region?: string | undefined;
  /**
   * How long the key lives, in whole seconds, from 1 to 43,200. Default: 43,200, which is 12
   * hours. It ends with the credentials, if they end sooner.
   */
  expiresIn?: number | undefined;
  /**
   * Allows credentials without a session token in a page or web worker, where everybody who opens
   * it can read them. Default: `false`.
   */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/** A short-term API key. {@link ClientOptions.apiKey} takes a function that returns one. */
export interface BedrockToken {
  /** The API key, `bedrock-api-key-…`. */
  token: string;
  /** When it expires, as far as the credentials told. */
  expiration: Date;
}

/**
 * Puts a text into the tags that have a guardrail judge it; see
 * {@link GuardrailOptions.tagSuffix}.
 *
 * @param text What is to be judged.
 * @param tagSuffix The suffix of this request: 1 to 20 letters and digits.
 * @throws {@link InvalidRequestError} if the text holds such a tag itself, or the suffix is wrong.
 *
 * @example
 * ```ts
 * const tagSuffix = newTagSuffix();
 * const content = `Translate this: ${guardContent(input, tagSuffix)}`;
 * await client.chat.completions.create(
 *   { model, messages: [{ role: "user", content }] },
 *   { guardrail: { identifier: "gr12345", version: "1", tagSuffix } },
 * );
 * ```
 */
export declare function guardContent(text: string, tagSuffix: string): string;

/** A new suffix for {@link guardContent}, which nobody can guess: 20 letters and digits. */
export declare function newTagSuffix(): string;
