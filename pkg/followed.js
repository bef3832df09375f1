// What each source of a stream keeps of those who follow it: one answer's (source.js), a run's
// (runner.js), one that a guardrail is asked about (guarded.js).

export class Followed {
  done = false;
  /** Whether it ended with an error, and with which. */
  failed = false;
  error;
  /** Ended by its caller: what was decoded is not handed over any more. */
  aborted = false;

  #streams = 1;
  #onEnd = [];
  #onItem = [];

  /** One more stream follows. */
  join() {
    this.#streams++;
  }

  /** A stream went: without another one the request is cancelled. */
  leave(reason) {
    if (--this.#streams === 0) this.abort(reason);
  }

  /** Calls back at the end. */
  onEnd(tell) {
    if (this.done) tell();
    else this.#onEnd.push(tell);
  }

  /** Calls back with each item, as soon as it is decoded. What that throws ends the stream. */
  onItem(tell) {
    this.#onItem.push(tell);
  }

  get _isHeard() {
    return this.#onItem.length > 0;
  }

  _tell(items) {
    for (const item of items) for (const tell of this.#onItem) if (!this.done) tell(item);
  }

  _tellEnd() {
    for (const tell of this.#onEnd.splice(0)) tell();
  }

  /** Lets those who want items have another's. */
  _handOn(source) {
    for (const tell of this.#onItem) source.onItem(tell);
  }
}
