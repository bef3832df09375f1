/**
 * The second argument of `fetch`. One call for all of it: each one between the module and
 * JavaScript costs more than what is done here.
 * @param {string} headers names and values, each on a line of its own
 * @param {object} options the caller's; they may add to it, not change it
 */
export function requestInit(headers, body, signal, options) {
  const lines = headers.split("\n");
  const own = new Headers();
  for (let at = 0; at + 1 < lines.length; at += 2) own.set(lines[at], lines[at + 1]);
  // Redirects are never followed: the credentials are for this origin. Not "error": workerd has
  // no such.
  return { ...options, method: "POST", headers: own, body, signal, redirect: "manual" };
}
