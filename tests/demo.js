// The demo's server in front of a space of the local Bedrock.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { assert } from "./harness.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs the server, and `use` with its address and the space behind it. */
export async function demo(emulator, use) {
  const space = await emulator.space();
  // Any port. A space's address does for the emulator's.
  const config = { www: `${root}www`, pkg: `${root}pkg`, port: 0, emulator: space.url };
  const server = spawn(process.execPath, [`${root}xtask/demo/server.js`, JSON.stringify(config)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exit = once(server, "exit");
  try {
    const [line] = await Promise.race([once(createInterface(server.stdout), "line"), exit]);
    assert.match(String(line), /^listening /, "the server did not start");
    await use(line.replace("listening ", ""), space);
  } finally {
    server.stdin.end();
    await exit;
  }
}
