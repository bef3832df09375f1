// The demo page in Chromium: what it shows of each guardrail.

import { demo } from "../demo.js";
import { assert, test } from "../harness.js";
import { inPage } from "./chromium.js";

/** Presses a suggestion and waits for the end of its answer. */
async function suggest(page, name) {
  await page.waitForSelector("body:not([data-starting])");
  await page.evaluate((name) => {
    const buttons = [...document.querySelectorAll("#welcome button")];
    buttons.find((button) => button.querySelector(".name").textContent === name).click();
  }, name);
  await ended(page);
}

const ended = (page) =>
  page.waitForFunction(() => document.querySelector(".answer:last-of-type")?.getAttribute("aria-busy") === "false");

/** What stands under the last question. */
const shown = (page) =>
  page.evaluate(() => {
    const text = (selector) => document.querySelector(`.turn:last-of-type ${selector}`)?.textContent;
    const marked = [...document.querySelectorAll(".turn:last-of-type mark")];
    return {
      answer: text(".answer > .text"),
      verdict: text(".guardrail .badge"),
      findings: text(".findings > summary"),
      error: text(".error .badge"),
      marked: marked.map((mark) => mark.textContent).join(),
    };
  });

/** Sets what a table says in the settings, and saves. */
async function set(page, values) {
  await page.click("#open-settings");
  await page.evaluate((values) => {
    const { elements } = document.querySelector("#settings form");
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === "boolean") elements[name].checked = value;
      else elements[name].value = value;
      elements[name].dispatchEvent(new Event("change", { bubbles: true }));
    }
  }, values);
  await page.click("#settings [value=save]");
  // The event that saves comes after the dialog is closed.
  await page.waitForFunction((values) => {
    const saved = JSON.parse(sessionStorage.getItem("bedrock-chat-demo")) ?? {};
    return Object.entries(values).every(([name, value]) => saved[name] === value);
  }, {}, values);
}

const answers = {
  "Say hello": { answer: /^Hello!/ },
  "Meet the guardrail": { answer: /^Sorry/, verdict: "A guardrail blocked the question", findings: "Findings (1)" },
  "An answer blocked halfway": {
    answer: /harmless.*Sorry, the model's answer was blocked\.$/,
    verdict: "A guardrail blocked the answer",
    findings: "Findings (1)",
  },
  "A masked address": { answer: /\{EMAIL\}/, verdict: "A guardrail masked part of this", findings: "Findings (1)" },
  "A finding that blocks nothing": { verdict: "The guardrail let this pass", findings: "Findings (1)" },
  "A bad word outside the input tags": { answer: /^This is the local emulator/, marked: "Good morning" },
  "The same word inside them": {
    answer: /^Sorry/,
    verdict: "A guardrail blocked the question",
    findings: "Findings (1)",
    marked: "The forbidden city",
  },
  "A guardrail that does not exist": { error: "The request was not accepted" },
  "A guardrail on mantle": {
    answer: /^Sorry/,
    verdict: "A guardrail blocked the question",
    findings: "Findings (1)",
  },
  "An answer of mantle's, masked": { answer: /\{EMAIL\}/, verdict: "A guardrail masked part of this", findings: "Findings (1)" },
  "A guardrail that mantle ignores": { error: "Not sent: mantle would ignore the guardrail" },
};

test("demo: what the page shows of each suggestion", async ({ emulator }) => {
  await demo(emulator, async (address) => {
    for (const [name, { answer = /^/, ...expected }] of Object.entries(answers)) {
      const found = await inPage(address, async (page) => {
        await suggest(page, name);
        return shown(page);
      });
      assert.match(found.answer, answer, name);
      assert.deepEqual(found, { answer: found.answer, marked: "", ...expected }, name);
    }
  });
});

test("demo: a guardrail on mantle, sent all the same", async ({ emulator }) => {
  await demo(emulator, async (address, space) => {
    await inPage(address, async (page) => {
      await suggest(page, "A guardrail that mantle ignores");
      assert.isEmpty(await space.requests());
      await set(page, { unenforced: "send" });
      await page.click(".retry:not([hidden])");
      await ended(page);
      const { answer, verdict, error } = await shown(page);
      assert.isNotEmpty(answer);
      assert.deepEqual([verdict, error], ["No guardrail checked this", undefined]);
    });
    const [request] = await space.requests();
    assert.include(request.path, "/mantle/v1/");
  });
});

test("demo: traces off, on and full", async ({ emulator }) => {
  await demo(emulator, async (address, space) => {
    const found = {};
    for (const trace of ["DISABLED", "ENABLED", "ENABLED_FULL"]) {
      await inPage(address, async (page) => {
        await page.waitForSelector("body:not([data-starting])");
        await set(page, { trace });
        await suggest(page, "Meet the guardrail");
        const { verdict, findings } = await shown(page);
        found[trace] = [verdict, findings];
      });
    }
    assert.deepEqual(found, {
      DISABLED: ["A guardrail blocked this", undefined],
      ENABLED: ["A guardrail blocked the question", "Findings (1)"],
      ENABLED_FULL: ["A guardrail blocked the question", "Findings (3)"],
    });
    const sent = (await space.requests()).map((request) => request.header("x-amzn-bedrock-trace"));
    assert.deepEqual(sent, ["DISABLED", "ENABLED", "ENABLED_FULL"]);
  });
});
