// Small programs in processes of their own.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Where the package is installed. */
export const cwd = fileURLToPath(new URL("..", import.meta.url));

/** Runs a program; what it writes. `type`: "module" or "commonjs". */
export async function run(source, type) {
  const args = [`--input-type=${type}`, "--no-warnings", "--eval", source];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return stdout.trim();
}
