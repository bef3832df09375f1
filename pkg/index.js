// The default entry: it carries the module inside, so that every bundler and runtime takes it.
import bytes from "./gen/inline.js";
import { link } from "./link.js";

link(new WebAssembly.Module(bytes()));

export { default } from "./api.js";
export * from "./api.js";
