// Chromium and Firefox, driven by puppeteer. `config.program` is the browser.

import { launch } from "puppeteer-core";
import { chromium } from "./chromium.js";
import { config, fail, main } from "./report.js";
import { follow, pageAddress } from "./pages.js";

// As little talk to its maker as Chromium.
const firefox = {
  browser: "firefox",
  headless: true,
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
    });
    const page = await browser.newPage();
    page.on("error", (error) => fail("the page", error));
    await page.goto(pageAddress());
    await follow(() => page.evaluate(() => globalThis.drain?.()));
  },
  async () => browser?.close(),
);
