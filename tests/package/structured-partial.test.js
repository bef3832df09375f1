// JSON that is still being written: any cut of it, anything that is none, and how much is read of it.

import { PartialJson } from "../node_modules/bedrock-chat/chunks/base.js";
import { randomNumbers } from "../helpers.js";
import { assert, test } from "../harness.js";

const TEXTS = ["", "a", "é 漢字 🦀", 'he said "no"', "a\\b/c", "\n\t\u0000", "__proto__", "true", "{[", "👩‍👩‍👧‍👦", "\ud800"];
const NUMBERS = [0, -0, 1, -17, 3.25, 1e21, 5e-324, 1.7976931348623157e308, 123456789012];

/** A value, and numbers that choose its text and its cuts. */
class Random {
  constructor(seed) {
    this.next = randomNumbers(seed);
  }

  below(limit) {
    return Math.floor(this.next() * limit);
  }

  of(list) {
    return list[this.below(list.length)];
  }

  value(depth = 0) {
    const kind = this.below(depth > 4 ? 4 : 7);
    if (kind === 0) return this.of([true, false, null]);
    if (kind === 1) return this.of(NUMBERS);
    if (kind < 4) return this.of(TEXTS) + this.of(TEXTS);
    const items = Array.from({ length: this.below(5) }, () => this.value(depth + 1));
    if (kind === 4) return items;
    return Object.fromEntries(items.map((item) => [this.of(TEXTS) + this.below(3), item]));
  }

  #space() {
    return this.of(["", "", "", " ", "\n  ", "\t\r\n"]);
  }

  #text(text) {
    const escape = (char) => (this.below(4) === 0 ? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}` : char);
    return `"${JSON.stringify(text).slice(1, -1).replace(/\\u....|\\.|[^]/g, (it) => (it[0] === "\\" ? it : escape(it)))}"`;
  }

  /** JSON, as one may write it. */
  json(value) {
    const space = () => this.#space();
    if (typeof value === "string") return this.#text(value);
    if (Array.isArray(value)) return `[${space()}${value.map((it) => space() + this.json(it) + space()).join(",")}]`;
    if (Object(value) === value) {
      const members = Object.entries(value).map(([key, it]) => `${space()}${this.#text(key)}${space()}:${space()}${this.json(it)}${space()}`);
      return `{${space()}${members.join(",")}}`;
    }
    return Object.is(value, -0) ? "-0" : JSON.stringify(value);
  }

  pieces(text, longest) {
    const pieces = [];
    for (let at = 0; at < text.length; ) {
      const end = at + 1 + this.below(longest);
      pieces.push(text.slice(at, end));
      at = end;
    }
    return pieces;
  }
}

/** Whether that may become the other. */
function begins(some, whole) {
  if (typeof some === "string") return typeof whole === "string" && whole.startsWith(some);
  if (typeof some === "number") return typeof whole === "number";
  if (Array.isArray(some)) return Array.isArray(whole) && some.length <= whole.length && some.every((it, at) => begins(it, whole[at]));
  if (Object(some) !== some) return some === whole;
  return Object.keys(some).every((key) => Object.hasOwn(whole, key) && begins(some[key], whole[key]));
}

function finite(value) {
  const open = [value];
  while (open.length > 0) {
    const it = open.pop();
    if (Object(it) === it) for (const key of Object.keys(it)) open.push(it[key]);
    else if (typeof it === "number" && !Number.isFinite(it)) return false;
  }
  return true;
}

test("what grows is, at its end, what JSON.parse makes of the whole, and never anything else before", () => {
  for (let seed = 0; seed < 400; seed++) {
    const random = new Random(seed);
    const text = random.json(random.value());
    const whole = JSON.parse(text);
    const json = new PartialJson();
    for (const piece of random.pieces(text, 1 + random.below(6))) {
      const value = json.push(piece);
      if (value !== undefined) assert.isTrue(begins(value, whole), `seed ${seed}: ${JSON.stringify(value)} of ${text}`);
    }
    // A number at the root is over when something else comes.
    json.push(" ");
    assert.deepEqual(json.value, whole, `seed ${seed}`);
    assert.strictEqual(JSON.stringify(json.value), JSON.stringify(whole));
    assert.strictEqual(json.end, text.trimEnd().length);
    json.push("} and more ] \" of it");
    assert.deepEqual(json.value, whole);
  }
});

test("each cut of one text gives the same", () => {
  const text = ' {"a": [1, -2.5e3, "x\\ud83e\\udd80y\\"", {"__proto__": null}, []], "b": false, "": {"c": 0}} rest {';
  const whole = new PartialJson();
  whole.push(text);
  for (let first = 0; first <= text.length; first++) {
    for (let second = first; second <= text.length; second++) {
      const json = new PartialJson();
      for (const piece of [text.slice(0, first), text.slice(first, second), text.slice(second)]) json.push(piece);
      assert.strictEqual(JSON.stringify(json.value), JSON.stringify(whole.value));
      assert.strictEqual(json.end, text.indexOf(" rest"));
    }
  }
});

test("no half of a character is shown", () => {
  for (const text of ['"\\ud83e\\udd80"', '"🦀"', '["🦀\\ud83e\\udd80"]']) {
    const json = new PartialJson();
    for (const unit of text.split("")) {
      const shown = [json.push(unit)].flat()[0] ?? "";
      assert.isTrue(shown.isWellFormed?.() ?? true, text);
      assert.notMatch(shown, /[\ud800-\udbff]$/);
    }
    assert.deepEqual(json.value, JSON.parse(text));
  }
});

test("reasoning in front of it is no part of it", () => {
  for (const tag of ["reasoning", "think"]) {
    const text = `\n<${tag}>If {"a": 1} > 2, then "no"</${tag}>\n<${tag}></${tag}> {"b": 2}`;
    for (const size of [1, 2, 7, text.length]) {
      const json = new PartialJson();
      for (let at = 0; at < text.length; at += size) json.push(text.slice(at, at + size));
      assert.deepEqual(json.value, { b: 2 });
    }
  }
});

test("whatever it is given, it does not throw, shows no number that is none, and ends where it ends (fuzz)", () => {
  const parts = ['{"', '"', "{", "}", "[", "]", ",", ":", "\\", "\\u00", "\\ud83e", "u12", "1", "-", "e+", "9".repeat(450), ".", "tru", "false"];
  parts.push("null", " ", "\n", "__proto__", "<think>", "</think>", "<", ">", "é", "🦀", "\ud800", "constructor", "[".repeat(700));
  for (let seed = 0; seed < 2000; seed++) {
    const random = new Random(seed);
    let text = random.below(2) ? random.json(random.value()) : "";
    for (let change = random.below(8); change >= 0; change--) {
      const at = random.below(text.length + 1);
      text = text.slice(0, at) + random.of(parts) + text.slice(at + random.below(3));
    }
    const whole = new PartialJson();
    whole.push(text);
    const cut = new PartialJson();
    for (const piece of random.pieces(text, 4)) assert.isTrue(finite(cut.push(piece)));
    assert.strictEqual(cut.end, whole.end, `seed ${seed}: ${text}`);
  }
  assert.isUndefined({}.polluted);
});

test("10 MB are read once, however they are cut", () => {
  const random = new Random(1);
  const parts = Array.from({ length: 2000 }, () => random.json(random.value()));
  const long = random.json(TEXTS.slice(0, -1).join("").repeat(20_000));
  let text = `[${long}`;
  while (text.length < 10_000_000) text += `,${random.of(parts)}`;
  text += "]";
  let work = 0;
  let steps = 0;
  class Counting extends PartialJson {
    _step(piece, at) {
      const end = super._step(piece, at);
      work += end - at;
      steps++;
      return end;
    }
  }
  const json = new Counting();
  let pieces = 0;
  let first;
  for (const piece of random.pieces(text, 40)) {
    const value = json.push(piece);
    first ??= value;
    assert.isTrue(value === first);
    pieces++;
  }
  assert.strictEqual(work, text.length);
  assert.isAtMost(steps, text.length);
  assert.isAbove(pieces, 400_000);
  assert.isTrue(JSON.stringify(json.value) === JSON.stringify(JSON.parse(text)));
});
