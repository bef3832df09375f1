// As index.js, with a client that has `create()` alone.
import bytes from "./gen/inline.js";
import { compile } from "./link.js";

compile(bytes());

export { default } from "./lite-api.js";
export * from "./lite-api.js";
