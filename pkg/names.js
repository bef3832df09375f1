// The names of the members of what somebody gave.

export const GUARDRAIL = /guard.?rail/i;

/** Whether all objects of its realm inherit from it: what it has, nobody gave. */
export const isRoot = (object) => Object.hasOwn(object, "isPrototypeOf") && !Object.getPrototypeOf(object);

/**
 * The names of what somebody gave: not methods of a class, nor what is not enumerable, unless it
 * seems to be a guardrail, which must not be lost in silence.
 */
export function namesOf(object) {
  const names = new Set();
  for (let owner = object; owner && !isRoot(owner); owner = Object.getPrototypeOf(owner)) {
    for (const name of Reflect.ownKeys(owner)) {
      const { enumerable, value } = Object.getOwnPropertyDescriptor(owner, name) ?? {};
      const isMethod = owner !== object && typeof value === "function";
      if (!isMethod && ((enumerable && typeof name === "string") || GUARDRAIL.test(String(name)))) names.add(name);
    }
  }
  return names;
}
