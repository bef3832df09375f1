// The tests of others: with Jest, Vitest and sinon, under fake timers, and where jsdom plays a page.

import { assert, test } from "../harness.js";
import { here, run } from "./commands.js";
import { expected } from "./mocked/mocked.js";

const cwd = `${here}mocked`;

/** Jest with modules as they are, by a flag of Node's, or rewritten by Babel. */
async function jest(testEnvironment, isCommonJS) {
  const plugins = ["@babel/plugin-transform-modules-commonjs"];
  const how = isCommonJS ? { transform: { "\\.js$": ["babel-jest", { plugins }] }, transformIgnorePatterns: [] } : { transform: {} };
  const config = JSON.stringify({ testEnvironment, testMatch: ["**/jest.test.js"], ...how });
  const env = { NODE_OPTIONS: isCommonJS ? "" : "--experimental-vm-modules" };
  await run(`jest --no-cache --runInBand --config ${JSON.stringify(config)}`, { cwd, env });
}

for (const environment of ["node", "jsdom"]) {
  test(`Jest, environment ${environment}`, () => jest(environment, false));
  test(`Vitest, environment ${environment}`, () => run(`vitest run --environment ${environment}`, { cwd }));
}

test("Jest, as CommonJS", () => jest("jsdom", true));

test("sinon", async () => {
  assert.deepEqual(JSON.parse(await run("node sinon.js", { cwd })), expected);
});
