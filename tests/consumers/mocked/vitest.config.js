export default { test: { include: ["vitest.spec.js"] } };
