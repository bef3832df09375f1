/** Sets what a server names; `__proto__` is a name like any other. */
export function put(object, name, value) {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

const LITERALS = { t: ["true", true], f: ["false", false], n: ["null", null] };
/** What may stand before the value, where the client leaves it there. */
const REASONING = /<\/(reasoning|think)>$/;
const PLAIN = /[^"\\]*/y;
const ESCAPES = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const DEEPEST = 512;
const LONGEST = 400;

/**
 * Reads JSON that is still being written, in time linear in its length: `value` is what there is so
 * far, one object that grows. It checks nothing: that is done of the whole.
 */
export class PartialJson {
  value;
  /** Where the value ended, in characters; undefined while it has not. */
  end;
  /** The characters of the pieces before. */
  #read = 0;
  /** The objects and arrays that are open, the innermost last, and the keys of their last members. */
  #open = [];
  #keys = [];
  /** What is being read: reasoning, a string, its escape, a number or a literal. */
  #kind;
  #text = "";
  #escape;
  /** Half of a character, until the other half has come. */
  #half = "";
  #isKey = false;
  #isTooDeep = false;

  push(piece) {
    for (let at = 0; at < piece.length && this.end === undefined && !this.#isTooDeep; ) at = this._step(piece, at);
    this.#read += piece.length;
    // What is not at its end yet.
    if (this.#kind === "string" && !this.#isKey) this.#put(this.#text);
    else if (this.#kind === "scalar" && this.#text.length < LONGEST) this.#scalar();
    return this.value;
  }

  /** Reads on from a place; to the place where it got, which is behind. */
  _step(piece, at) {
    if (this.#kind === "string") return this.#string(piece, at);
    if (this.#kind === "reasoning") return this.#reasoning(piece, at);
    const char = piece[at];
    if (this.#kind) {
      if (/[\w.+-]/.test(char)) {
        // No number that is longer has a value.
        if (this.#text.length < LONGEST) this.#text += char;
        return at + 1;
      }
      this.#scalar();
      this.#kind = undefined;
      if (this.#ended(at)) return at;
    }
    this.#structure(char, at);
    return at + 1;
  }

  /** Whether that was the end of all: what follows is none of it. */
  #ended(at) {
    if (this.#open.length === 0) this.end = this.#read + at;
    return this.end !== undefined;
  }

  #reasoning(piece, at) {
    const end = piece.indexOf(">", at) + 1 || piece.length;
    this.#text = (this.#text + piece.slice(at, end)).slice(-12);
    if (REASONING.test(this.#text)) this.#kind = undefined;
    return end;
  }

  #structure(char, at) {
    const inside = this.#open.at(-1);
    if (char === "{" || char === "[") {
      const value = char === "{" ? {} : [];
      this.#begin();
      this.#put(value);
      this.#open.push(value);
      this.#keys.push(undefined);
      this.#isKey = char === "{";
      this.#isTooDeep = this.#open.length > DEEPEST;
    } else if (char === "}" || char === "]") {
      this.#open.pop();
      this.#keys.pop();
      this.#isKey = false;
      this.#ended(at + 1);
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
    } else if (char === "<" && !inside) {
      this.#kind = "reasoning";
      this.#text = "";
    }
  }

  /** Reads on in a string; up to where it got. */
  #string(piece, at) {
    for (; at < piece.length; at++) {
      const char = piece[at];
      if (this.#escape !== undefined) {
        this.#escape += char;
        if (this.#escape[0] !== "u") this.#add(ESCAPES[char] ?? char);
        else if (this.#escape.length < 5) continue;
        else this.#add(String.fromCharCode(parseInt(this.#escape.slice(1), 16)));
        this.#escape = undefined;
      } else if (char === "\\") {
        this.#escape = "";
      } else if (char === '"') {
        this.#add("");
        this.#kind = undefined;
        if (this.#isKey) this.#keys[this.#keys.length - 1] = this.#text;
        else this.#put(this.#text);
        this.#isKey = false;
        this.#ended(at + 1);
        return at + 1;
      } else {
        // Up to the next that matters, at once.
        PLAIN.lastIndex = at;
        const plain = PLAIN.exec(piece)[0];
        this.#add(plain);
        at += plain.length - 1;
      }
    }
    return at;
  }

  #add(text) {
    const last = text.charCodeAt(text.length - 1);
    const whole = last >= 0xd800 && last < 0xdc00 ? text.length - 1 : text.length;
    this.#text += this.#half + text.slice(0, whole);
    this.#half = text.slice(whole);
  }

  #scalar() {
    const text = this.#text;
    const [word, literal] = LITERALS[text[0]] ?? [];
    if (word?.startsWith(text)) return this.#put(literal);
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
