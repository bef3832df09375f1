export { BedrockChatClient, BedrockChatClient as default } from "./lite-client.js";
export * from "./error-classes.js";
export { guardContent, mintBedrockToken, newTagSuffix } from "./functions.js";
export { APIPromise } from "./promise.js";
export { Stream } from "./stream.js";
