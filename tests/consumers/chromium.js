// A page of Chromium, as strict as an owner may make it.

import { launch } from "puppeteer-core";
import { chromium } from "../runtimes/chromium.js";
import { config } from "../runtimes/report.js";

let browser;

/** Opens an address, waits for what `body` makes of the page, and closes it. */
export async function inPage(address, body, prepare = async () => {}) {
  browser ??= launch({ ...chromium, executablePath: config.programs.chromium });
  const page = await (await browser).newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error.stack ?? error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  try {
    await prepare(page);
    await page.goto(address);
    return await body(page);
  } catch (error) {
    throw new Error([error.message, ...complaints].join("\n"), { cause: error });
  } finally {
    await page.close();
  }
}

/** Calls the `app` that the page's script has left there. */
export async function callApp(page, baseURL) {
  await page.waitForFunction(() => globalThis.app);
  return page.evaluate((baseURL) => globalThis.app(baseURL), baseURL);
}
