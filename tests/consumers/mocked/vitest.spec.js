import { expect, test, vi } from "vitest";
import { expected, mocked } from "./mocked.js";

test("under fake timers", async () => {
  // Without `nextTick`, as vitest itself runs by that.
  vi.useFakeTimers({ toFake: ["Date", "performance", "queueMicrotask", "setImmediate", "setInterval", "setTimeout"] });
  expect(await mocked((ms) => vi.advanceTimersByTimeAsync(ms))).toEqual(expected);
});
