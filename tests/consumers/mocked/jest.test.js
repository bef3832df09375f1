import { jest } from "@jest/globals";
import { expected, mocked } from "./mocked.js";

test("under fake timers", async () => {
  jest.useFakeTimers();
  expect(await mocked((ms) => jest.advanceTimersByTimeAsync(ms))).toEqual(expected);
});
