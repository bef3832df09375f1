import type { WebAssemblyModule } from "./web.js";

export { default } from "./index.js";
export * from "./index.js";

/**
 * Gives this entry its WebAssembly module, which the other entries bring themselves. Call it once,
 * before the first client is made: for platforms that compile no module while they run, and for
 * those who would rather load it from a file of its own.
 *
 * @param module The compiled module, or the bytes of `bedrock-chat/bedrock_chat.wasm`, which are
 * compiled at once.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { fileURLToPath } from "node:url";
 * import { BedrockChatClient, init } from "bedrock-chat/custom";
 *
 * const file = import.meta.resolve("bedrock-chat/bedrock_chat.wasm");
 * init(readFileSync(fileURLToPath(file)));
 * const client = new BedrockChatClient();
 * ```
 */
export declare function init(module: WebAssemblyModule | ArrayBuffer | ArrayBufferView): void;
