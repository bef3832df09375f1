let hash;

/**
 * The SHA-256 in hexadecimal digits by the runtime's own code, at once; `undefined` without
 * `node:crypto`, which Node, Deno, Bun and workers with Node compatibility have. It is asked for
 * when it is needed: no bundler and no other runtime sees an import.
 */
export function sha256(bytes) {
  return (hash ??= find())("sha256", bytes);
}

function find() {
  const none = () => undefined;
  try {
    return globalThis.process?.getBuiltinModule?.("node:crypto")?.hash ?? none;
  } catch {
    return none;
  }
}
