/** From this size on it is worth a thread of its own, in bytes. */
const LARGE = 256 * 1024;

let hash;

/**
 * The SHA-256 in hexadecimal digits, or a promise of it: by `node:crypto`, which Node, Deno, Bun
 * and workers with Node compatibility have and which is asked for when it is needed: no bundler
 * and no other runtime sees an import; of a large body by WebCrypto, off this thread. `undefined`
 * without either.
 */
export function sha256(bytes) {
  try {
    if (bytes.length < LARGE) return (hash ??= find())("sha256", bytes);
    const { subtle } = globalThis.crypto;
    return subtle.digest("SHA-256", bytes.slice()).then(hexadecimal, () => undefined);
  } catch {
    return undefined;
  }
}

const hexadecimal = (digest) =>
  Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");

function find() {
  const none = () => undefined;
  try {
    return globalThis.process?.getBuiltinModule?.("node:crypto")?.hash ?? none;
  } catch {
    return none;
  }
}
