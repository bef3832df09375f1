// Next looks for packages no higher than this. It is built in dist/next.
const root = new URL("../..", import.meta.url).pathname;

export default { turbopack: { root }, outputFileTracingRoot: root };
