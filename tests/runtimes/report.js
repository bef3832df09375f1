// What the runners have in common: the configuration, the report, the end.

import { readdirSync } from "node:fs";

/**
 * The argument of a runner: `name` for the report, `runtime`, the origins `emulator` and `files`,
 * the `folders` of `tests/` to run, `filter` or null, and what only this runner needs.
 */
export const config = JSON.parse(process.argv[2]);

/** The test files, such as `package/smoke.test.js`. */
export function testFiles() {
  return config.folders.flatMap((folder) =>
    readdirSync(new URL(`../${folder}`, import.meta.url))
      .filter((name) => name.endsWith(".test.js"))
      .sort()
      .map((name) => `${folder}/${name}`),
  );
}

let passed = 0;
let failed = 0;
let ended = false;
let ending = false;

/** Prints what a person must know of an event of the harness. */
export function report({ kind, file, name, why, text }) {
  // Not shown, but remembered by xtask: what blocks the whole runtime is to have a name too.
  if (kind === "started") console.log(`@ ${file}: ${name}`);
  if (kind === "passed") passed++;
  if (kind === "failed") {
    failed++;
    console.log(`FAILED ${file}: ${name}\n${indent(text)}`);
  }
  if (kind === "not applicable") console.log(`not applicable: ${file}: ${name} (${why})`);
  if (kind === "end") ended = true;
}

/** Something outside the tests went wrong. */
export function fail(what, error) {
  report({ kind: "failed", file: config.name, name: what, text: String(error?.stack ?? error) });
}

/** Prints the summary and ends the process. */
export function finish() {
  if (!ended) fail("the run", "it ended before its last test");
  if (passed + failed === 0) fail("the run", "there was no test");
  console.log(`${config.name}: ${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}

/** Runs `body`, and `cleanUp` also if xtask ends before us: its end closes our standard input. */
export async function main(body, cleanUp = async () => {}) {
  let cleaning;
  const clean = () => (cleaning ??= cleanUp());
  process.stdin.on("end", async () => {
    // Nobody listens any more; what `body` meets from now on is nobody's failure.
    ending = true;
    await clean().catch(() => {});
    process.exit(1);
  });
  process.stdin.resume();
  // If xtask is gone, so is the reader: that must not keep us from cleaning up.
  process.stdout.on("error", () => {});
  try {
    await body();
  } catch (error) {
    if (!ending) fail("the runner", error);
  }
  await clean().catch((error) => fail("cleaning up", error));
  if (!ending) finish();
}

function indent(text) {
  return text.trimEnd().replace(/^/gm, "    ");
}
