import * as rust from "./gen/bedrock_chat_bg.js";

export function mintBedrockToken(options) {
  return new Promise((resolve, reject) => rust.mintBedrockToken(options, resolve, reject));
}

export function guardContent(text, tagSuffix) {
  return rust.guardContent(String(text), String(tagSuffix));
}

export function newTagSuffix() {
  for (;;) {
    const suffix = rust.newTagSuffix(crypto.getRandomValues(new Uint8Array(64)));
    if (suffix) return suffix;
  }
}
