/** The module, compiled, where a bundler or a runtime imports `.wasm` files so (workerd, `?module`). */
declare const module: import("./web.js").WebAssemblyModule;
export default module;
