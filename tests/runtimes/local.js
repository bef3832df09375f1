// Node, Deno and Bun: the tests run in this very process.

import { inFile, run } from "../harness.js";
import { config, main, report, testFiles } from "./report.js";

await main(async () => {
  for (const file of testFiles()) {
    inFile(file);
    await import(`../${file}`);
  }
  await run(config, report);
});
