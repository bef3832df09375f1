// What the browsers' runners have in common.

import { config, report, testFiles } from "./report.js";

/** The address that runs the tests. */
export function pageAddress() {
  const settings = { ...config, testFiles: testFiles() };
  return `${config.files}/#${encodeURIComponent(JSON.stringify(settings))}`;
}

/**
 * Fetches the events of a page until the last one. `drain` runs the page's `drain()`, or returns
 * nothing while the page has none.
 */
export async function follow(drain) {
  for (;;) {
    for (const event of (await drain()) ?? []) {
      report(event);
      if (event.kind === "end") return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
