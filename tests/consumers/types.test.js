// TypeScript finds the types however it is told to look for packages; and the packed package is as
// publint and "Are the types wrong?" want it.

import { config } from "../runtimes/report.js";
import { test } from "../harness.js";
import { run } from "./commands.js";

// By its path, since one of the other tools brings its own.
const newest = "node ../node_modules/typescript/bin/tsc --project types";
const oldest = "node node_modules/typescript-oldest/bin/tsc --project types";

for (const [module, resolution] of [
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
]) {
  test(`tsc, moduleResolution ${resolution}`, async () => {
    for (const tsc of [newest, oldest]) {
      await run(`${tsc} --module ${module} --moduleResolution ${resolution}`);
    }
  });
}

// As Node's `require` does.
test("tsc, from CommonJS", () => run(`${newest}/tsconfig.common.json`));

test("publint", () => run(`publint --strict ${config.tarball}`));

// It knows no Node that can `require` a module of ECMAScript's.
test("attw", () => run(`attw --profile esm-only ${config.tarball}`));
