// WebKit: WebKitGTK's MiniBrowser under Xvfb, by plain WebDriver. `config.programs` has the paths
// of `driver`, `browser` and `xvfb`.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fail, config, main } from "./report.js";
import { follow, pageAddress } from "./pages.js";

const { driver, browser, xvfb } = config.programs;
const COMMAND_MS = 120_000;
const children = [];
let session;

/** Starts a program that ends with us. */
function start(program, args, options) {
  const child = spawn(program, args, options);
  child.on("error", (error) => fail(program, error));
  children.push(child);
  return child;
}

/** The number of a new X display. */
function display() {
  const child = start(xvfb, ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  return new Promise((resolve, reject) => {
    child.stdio[3].once("data", (data) => resolve(Number(String(data))));
    child.once("exit", () => reject(new Error("Xvfb does not start")));
  });
}

function freePort() {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

let address;

/** A WebDriver command. */
async function command(method, path, body) {
  const signal = AbortSignal.timeout(COMMAND_MS);
  const response = await fetch(address + path, { method, body: body && JSON.stringify(body), signal });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebDriver ${method} ${path}: ${value.error}: ${value.message}`);
  return value;
}

await main(
  async () => {
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    start(driver, [`--port=${port}`], {
      stdio: "ignore",
      env: {
        ...process.env,
        DISPLAY: `:${await display()}`,
        // There is no sandbox for root, as in a container.
        ...(process.getuid() === 0 && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" }),
      },
    });
    const options = { binary: browser, args: ["--automation"] };
    const capabilities = { alwaysMatch: { "webkitgtk:browserOptions": options } };
    // The driver takes some seconds until it listens.
    for (let tries = 0; !session; tries++) {
      try {
        session = `/session/${(await command("POST", "/session", { capabilities })).sessionId}`;
      } catch (error) {
        if (tries === 60 || !(error instanceof TypeError)) throw error;
        await sleep(500);
      }
    }
    await command("POST", `${session}/url`, { url: pageAddress() });
    const script = "return globalThis.drain?.()";
    await follow(() => command("POST", `${session}/execute/sync`, { script, args: [] }));
  },
  async () => {
    const closing = session && command("DELETE", session).catch(() => {});
    // Should it hang, the driver and the screen go away under the browser.
    await Promise.race([closing, sleep(2000)]);
    for (const child of children.reverse()) child.kill("SIGKILL");
  },
);
