// What somebody does in a page that chats, whatever it is made of.

import { assert } from "../../harness.js";

const timeout = 10_000;

/** Text, reasoning, a tool that runs in the page, an error, and a stop. `space` is asked by its route. */
export async function chat(page, space) {
  const say = async (text) => {
    await page.type("input, textarea", text);
    await page.click("button");
  };
  const last = (kind) => `section.assistant:last-of-type .${kind}`;
  const shows = (selector, text) =>
    page.waitForFunction(
      (selector, text) => document.querySelector(selector)?.textContent.includes(text),
      { timeout },
      selector,
      text,
    );
  const is = (status) => page.waitForSelector(`main[data-status="${status}"]`, { timeout });
  // What a server has rendered is React's only after a while.
  const isReact = () => Object.keys(document.querySelector("main") ?? {}).some((key) => key.startsWith("__react"));
  await page.waitForFunction(isReact, { timeout: 30_000 });

  await say("think");
  await shows(last("text"), "");
  await is("ready");
  assert.isNotEmpty(await page.$eval(last("reasoning"), (it) => it.textContent));
  assert.isNotEmpty(await page.$eval(last("text"), (it) => it.textContent));

  await say("get_time");
  await shows(last("text"), "The tools answered");
  await shows(last("tool"), String(new Date().getFullYear()));
  await is("ready");
  const asked = await space.requests();
  assert.lengthOf(asked, 3);
  assert.equal(asked[2].json().messages.at(-1).role, "tool");

  await space.set({ steps: [{ status: 400, json: { message: "The model is tired." } }] });
  await say("hello");
  await shows("[role=alert]", "The model is tired.");

  const text = 'data: {"choices":[{"index":0,"delta":{"content":"first"}}]}\n\n';
  await space.set({ steps: [{ pieces: [{ text, repeat: "forever", delayMs: 10 }] }] });
  await say("hello");
  await shows(last("text"), "first");
  await page.click("button:nth-of-type(2)");
  await space.waitFor("disconnected");
  await is("ready");
}
