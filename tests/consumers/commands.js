// Programs, as a package.json's scripts find them.

import { exec, spawn } from "node:child_process";
import { delimiter, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { config } from "../runtimes/report.js";

/** The folder of all this, with a slash at its end. */
export const here = fileURLToPath(new URL("./", import.meta.url));

// This very Node comes first: some of the tools do not run on the machine's own.
const path = [
  dirname(process.execPath),
  dirname(config.programs.bun),
  dirname(config.programs.deno),
  `${here}node_modules/.bin`,
  process.env.PATH,
];

// For programs of others within this process as well. None of them may talk to its maker, or leave
// something in the home of whoever runs the tests.
Object.assign(process.env, {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  DO_NOT_TRACK: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  NO_COLOR: "1",
  PATH: path.join(delimiter),
  WRANGLER_SEND_METRICS: "false",
  XDG_CACHE_HOME: `${here}dist/home/cache`,
  XDG_CONFIG_HOME: `${here}dist/home/config`,
});

/** Runs a line as a script of package.json; the result is what it printed. */
export async function run(line, { cwd = here, env = {}, input = "" } = {}) {
  const running = promisify(exec)(line, { cwd, env: { ...process.env, ...env }, maxBuffer: 1e8 });
  running.child.stdin.end(input);
  try {
    return (await running).stdout;
  } catch ({ message, stdout }) {
    throw new Error(`${message}\n${stdout}`);
  }
}

/** Starts a program that serves. `origin` is the first local address that it prints. */
export async function serving(line, { cwd = here, env = {} } = {}) {
  const [program, ...args] = line.split(" ");
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const stop = () => {
    child.kill();
    return ended;
  };
  // If nobody stops it.
  process.on("exit", stop);
  let text = "";
  const origin = await new Promise((resolve, reject) => {
    const read = (data) => {
      text += data;
      const [address] = text.match(/http:\/\/(127\.0\.0\.1|localhost):\d+/) ?? [];
      if (address) resolve(address);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    child.on("error", reject);
    ended.then(() => reject(new Error(`${line} ended:\n${text}`)));
  });
  return { origin, stop };
}
