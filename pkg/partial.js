/** Sets what a server names; `__proto__` is a name like any other. */
export function put(object, name, value) {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

const LITERALS = { t: ["true", true], f: ["false", false], n: ["null", null] };
const ESCAPES = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const DEEPEST = 512;
const LONGEST = 400;

/**
 * Reads JSON that is still being written, in time linear in its length: `value` is what there is so
 * far, one object that grows. It checks nothing: that is done of the whole.
 */
export class PartialJson {
  value;
  /** The objects and arrays that are open, the innermost last, and the keys of their last members. */
  #open = [];
  #keys = [];
  /** What is being read: a string, its escape, a number or a literal. */
  #kind;
  #text = "";
  #escape;
  #isKey = false;
  #isOver = false;

  push(piece) {
    for (let at = 0; at < piece.length && !this.#isOver; ) {
      if (this.#kind === "string") {
        at = this.#string(piece, at);
        continue;
      }
      const char = piece[at];
      if (this.#kind) {
        if (/[\w.+-]/.test(char)) {
          // No number that is longer has a value.
          if (this.#text.length < LONGEST) this.#text += char;
          at++;
          continue;
        }
        this.#scalar();
        this.#kind = undefined;
      }
      at++;
      this.#structure(char);
    }
    // What is not at its end yet.
    if (this.#kind === "string" && !this.#isKey) this.#put(this.#text);
    else if (this.#kind === "scalar") this.#scalar();
    return this.value;
  }

  #structure(char) {
    const inside = this.#open.at(-1);
    if (char === "{" || char === "[") {
      const value = char === "{" ? {} : [];
      this.#begin();
      this.#put(value);
      this.#open.push(value);
      this.#keys.push(undefined);
      this.#isKey = char === "{";
      this.#isOver = this.#open.length > DEEPEST;
    } else if (char === "}" || char === "]") {
      this.#open.pop();
      this.#keys.pop();
      this.#isKey = false;
      // What follows the value is none of it.
      this.#isOver = this.#open.length === 0;
    } else if (char === ",") {
      this.#isKey = inside !== undefined && !Array.isArray(inside);
    } else if (char === '"') {
      if (!this.#isKey) this.#begin();
      this.#kind = "string";
      this.#text = "";
    } else if (/[\w-]/.test(char)) {
      this.#begin();
      this.#kind = "scalar";
      this.#text = char;
    }
  }

  /** Reads on in a string; up to where it got. */
  #string(piece, at) {
    for (; at < piece.length; at++) {
      const char = piece[at];
      if (this.#escape !== undefined) {
        this.#escape += char;
        if (this.#escape[0] !== "u") this.#text += ESCAPES[char] ?? char;
        else if (this.#escape.length < 5) continue;
        else this.#text += String.fromCharCode(parseInt(this.#escape.slice(1), 16));
        this.#escape = undefined;
      } else if (char === "\\") {
        this.#escape = "";
      } else if (char === '"') {
        this.#kind = undefined;
        if (this.#isKey) this.#keys[this.#keys.length - 1] = this.#text;
        else this.#put(this.#text);
        this.#isKey = false;
        return at + 1;
      } else {
        // Up to the next that matters, at once.
        const rest = /[^"\\]*/y;
        rest.lastIndex = at;
        const plain = rest.exec(piece)[0];
        this.#text += plain;
        at += plain.length - 1;
      }
    }
    return at;
  }

  #scalar() {
    const text = this.#text;
    const literal = LITERALS[text[0]];
    if (literal) return this.#put(literal[1]);
    const number = Number(/^-?\d+(\.\d+)?([eE][+-]?\d+)?/.exec(text)?.[0]);
    if (Number.isFinite(number)) this.#put(number);
  }

  /** A new value in the array, whose place it takes. */
  #begin() {
    const inside = this.#open.at(-1);
    if (Array.isArray(inside)) this.#keys[this.#keys.length - 1] = inside.length;
  }

  #put(value) {
    const inside = this.#open.at(-1);
    if (!inside) {
      this.value = value;
      return;
    }
    const key = this.#keys.at(-1);
    if (key !== undefined) put(inside, key, value);
  }
}
