import { ask } from "./link.js";
import { Given, MINT, isInPage } from "./options.js";

export async function mintBedrockToken(options) {
  const given = Given.read(options, MINT);
  const { credentials } = given.objects;
  if (typeof credentials === "function") given.provided("credentials", await credentials());
  const minted = ask("mintToken", given.withEnvironment().text(), isInPage());
  const [expiration, token] = minted.split("\n");
  return { token, expiration: new Date(Number(expiration)) };
}

export function guardContent(text, tagSuffix) {
  return ask("guardContent", String(text), String(tagSuffix));
}

export function newTagSuffix() {
  for (;;) {
    const suffix = ask("newTagSuffix", crypto.getRandomValues(new Uint8Array(64)));
    if (suffix) return suffix;
  }
}
