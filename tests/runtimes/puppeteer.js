// Chromium and Firefox, driven by puppeteer. `config.program` is the browser.

import { launch } from "puppeteer-core";
import { config, fail, main } from "./report.js";
import { follow, pageAddress } from "./pages.js";

// Neither may talk to its maker while it is tested.
const chromium = {
  browser: "chrome",
  pipe: true,
  args: [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    // Its sandbox refuses to run as root, as in a container.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  ],
};
const firefox = {
  browser: "firefox",
  extraPrefsFirefox: {
    "app.normandy.enabled": false,
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "services.settings.server": "data:,",
  },
};

let browser;

await main(
  async () => {
    browser = await launch({
      ...(config.runtime === "firefox" ? firefox : chromium),
      executablePath: config.program,
      headless: true,
    });
    const page = await browser.newPage();
    page.on("error", (error) => fail("the page", error));
    await page.goto(pageAddress());
    await follow(() => page.evaluate(() => globalThis.drain?.()));
  },
  async () => browser?.close(),
);
