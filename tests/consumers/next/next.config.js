// Next looks for packages no higher than this, and they are beside its folder.
const root = new URL("..", import.meta.url).pathname;

export default { turbopack: { root }, outputFileTracingRoot: root };
