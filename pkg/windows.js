// How much of a text that still grows may be shown, once a guardrail has judged what there is of it.
//
// It is judged in windows. What is forbidden may lie across the end of one, so as many characters as
// it may be long, the overlap, wait to be judged again with what follows, until the text is whole.
// What masks tells no places: it is cut where it ends as the text does, and behind all findings.

/** How far a cut goes back to the end of a word. */
const LONGEST_WORD = 64;

export class Windowed {
  /** What came, and was not let through yet. */
  waiting = "";
  /** How much of that was judged, and may go as it is. */
  #judged = 0;
  #window;
  #overlap;
  /** So much that was not judged is worth a question. */
  #enough;

  constructor(window, overlap) {
    this.#window = window;
    this.#overlap = overlap;
    this.#enough = window - overlap;
  }

  push(text) {
    this.waiting += text;
  }

  /** Whether to ask about what waits; `isWhole`: nothing follows. */
  isDue(isWhole) {
    const fresh = this.waiting.length - this.#judged;
    return isWhole ? fresh > 0 : fresh >= this.#enough;
  }

  /**
   * What may be shown now that all that waits was judged: `masked` is how it may be, nothing for
   * as it is; `findings` are the texts that were masked, nothing where one is not known.
   */
  pass(masked, findings, isWhole) {
    const text = this.waiting;
    const cut = isWhole ? text.length : placeToCut(text, text.length - this.#overlap);
    const rest = text.slice(cut);
    this.#enough = this.#window - this.#overlap;
    let shown = text.slice(0, cut);
    if (masked !== undefined && masked !== text) {
      if (!isWhole && !(masked.endsWith(rest) && findings?.every((it) => text.lastIndexOf(it) + it.length <= cut))) {
        // Again when it is twice as long: or a text that is masked all over costs squares.
        this.#judged = 0;
        this.#enough = 2 * text.length;
        return "";
      }
      shown = masked.slice(0, masked.length - rest.length);
    }
    this.waiting = rest;
    this.#judged = rest.length;
    return shown;
  }
}

/** Behind a space, if there is one nearby; never within a character. */
function placeToCut(text, most) {
  if (most <= 0) return 0;
  for (let at = most; at > most - LONGEST_WORD && at > 0; at--) {
    if (/\s/.test(text[at - 1])) return at;
  }
  return /[\ud800-\udbff]/.test(text[most - 1]) ? most - 1 : most;
}
