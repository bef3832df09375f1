// The default entry: it carries the module inside, so that every bundler and runtime takes it.
import bytes from "./gen/inline.js";
import { compile } from "./link.js";

compile(bytes());

export { default } from "./api.js";
export * from "./api.js";
