// Windows of a text that grows: what is let through is what judging the whole would let through, or less.

import { Windowed } from "../../pkg/windows.js";
import { assert, test } from "../harness.js";
import { randomNumbers } from "../helpers.js";

/** As a guardrail judges: nothing for a block, else the text as it may be shown, and what was masked. */
function judge(text, { blocked, masked, placeholder }) {
  if (blocked.some((word) => text.includes(word))) return undefined;
  const findings = [];
  let shown = "";
  for (let at = 0; at < text.length; ) {
    const found = masked.filter((word) => text.startsWith(word, at)).sort((one, other) => other.length - one.length)[0];
    if (found) findings.push(found);
    shown += found ? placeholder : text[at];
    at += found?.length ?? 1;
  }
  return { shown, findings };
}

/** What came through of these pieces, whether it was blocked, and how much was asked about. */
function pass(pieces, window, overlap, guardrail) {
  const it = new Windowed(window, overlap);
  const result = { shown: "", asks: 0, asked: 0, latest: 0 };
  pieces.forEach((piece) => {
    if (!result.isBlocked) step(piece, false);
  });
  if (!result.isBlocked) step("", true);
  return result;

  function step(piece, isWhole) {
    it.push(piece);
    if (it.isDue(isWhole)) {
      result.asks++;
      result.asked += it.waiting.length;
      const verdict = judge(it.waiting, guardrail);
      if (!verdict) return (result.isBlocked = true);
      result.shown += it.pass(verdict.findings.length > 0 ? verdict.shown : undefined, verdict.findings, isWhole);
    } else if (isWhole) {
      result.shown += it.pass(undefined, undefined, true);
    }
  }
}

const cut = (text, below) => {
  const pieces = [];
  for (let at = 0; at < text.length; ) {
    const length = 1 + below(9);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
};

test("windows let through what the whole would, or less", () => {
  const random = randomNumbers(3);
  const below = (n) => Math.floor(random() * n);
  const word = (letters, most) => Array.from({ length: 1 + below(most) }, () => letters[below(letters.length)]).join("");
  for (let round = 0; round < 6_000; round++) {
    const letters = round % 2 ? "ab {}" : "abcé 漢";
    const text = word(letters, 150);
    const words = () => Array.from({ length: below(3) }, () => word(letters, 6));
    const guardrail = { blocked: words(), masked: words(), placeholder: ["{M}", "}", "a", " b", "{a}"][below(5)] };
    const overlap = 6 + below(4);
    const { shown, isBlocked } = pass(cut(text, below), overlap + 1 + below(30), overlap, guardrail);
    const what = JSON.stringify({ text, shown, ...guardrail });
    const whole = judge(text, guardrail);
    const unblocked = { ...guardrail, blocked: [] };
    if (whole) {
      assert.isUndefined(isBlocked, what);
      assert.equal(shown, whole.shown, what);
    } else {
      assert.isTrue(isBlocked, what);
      // Nothing of the first that is forbidden, nor of what follows.
      const first = Math.min(...guardrail.blocked.map((word) => text.indexOf(word)).filter((at) => at >= 0));
      assert.isTrue(judge(text, unblocked).shown.startsWith(shown), what);
      const all = judge(text.slice(0, first), unblocked).shown.length;
      assert.isAtMost(shown.length, all + (guardrail.masked.length > 0 ? 5 : 0), what);
    }
  }
});

test("windows are cut behind a space, and never within a character", () => {
  const shownOf = (text, overlap) => {
    const it = new Windowed(text.length, overlap);
    it.push(text);
    assert.isTrue(it.isDue(false));
    return it.pass(undefined, undefined, false);
  };
  assert.equal(shownOf("one two three four f", 5), "one two three ");
  assert.equal(shownOf("a".repeat(200), 10), "a".repeat(190));
  assert.equal(shownOf("😀".repeat(50), 11), "😀".repeat(44));
  assert.equal(shownOf("short", 4), "s");
});

test("windows cost a question each, also where everything is masked", () => {
  const clean = pass(Array(20_000).fill("word "), 1000, 200, { blocked: [], masked: [] });
  assert.equal(clean.shown.length, 100_000);
  assert.isAtMost(clean.asks, 130);
  assert.isAtMost(clean.asked, 140_000);
  // What grows beyond a window is judged again when it is twice as long.
  const all = pass(Array(10_000).fill("a secret "), 1000, 200, { blocked: [], masked: ["secret"], placeholder: "{M}" });
  assert.equal(all.shown, "a {M} ".repeat(10_000));
  assert.isAtMost(all.asks, 20);
  assert.isAtMost(all.asked, 300_000);
});

test("windows are not cut where a finding is not known", () => {
  const it = new Windowed(20, 5);
  it.push("one secret two three four");
  assert.equal(it.pass("one {M} two three four", undefined, false), "");
  assert.equal(it.pass("one {M} two three four", undefined, true), "one {M} two three four");
});
