// A second package beside the one under test, whose module fails on demand: see
// xtask/src/failing.rs.

/** Called when a function of the module begins: true makes it trap, and what it throws passes through. */
let fuse = () => false;
/** Called before the module calls an import, with its name. */
let watch = () => {};
/** How many instances were made, and the exports of the latest: to keep all would keep their memories. */
export const instances = { count: 0, latest: undefined };

const { Instance } = WebAssembly;
const watched = (all) =>
  Object.fromEntries(
    Object.entries(all).map(([name, it]) => [
      name,
      typeof it !== "function" ? it : (...given) => (watch(name), it(...given)),
    ]),
  );

/** The package. */
export async function failing() {
  WebAssembly.Instance = function (module, imports) {
    const all = Object.fromEntries(Object.entries(imports).map(([name, of]) => [name, watched(of)]));
    const instance = new Instance(module, { ...all, test: { fuse: () => Number(fuse()) } });
    instances.count++;
    instances.latest = instance.exports;
    return instance;
  };
  return import("bedrock-chat-failing");
}

/** Runs `body` while the module fails as these say. */
export async function during(hooks, body) {
  try {
    fuse = hooks.fuse ?? fuse;
    watch = hooks.watch ?? watch;
    return await body();
  } finally {
    fuse = () => false;
    watch = () => {};
    // Chromium has room for a hundred memories: let it collect those that nobody holds.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Counts calls, and fails at one of them. */
export function countdown(at, fail) {
  let calls = 0;
  return {
    get calls() {
      return calls;
    },
    get fired() {
      return calls >= at;
    },
    step: () => (++calls === at ? fail() : false),
  };
}
