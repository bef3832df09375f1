// Keeps the end of a growing answer in sight, unless the reader has scrolled away from it.

const NEAR = 48;

export class Follower {
  #button = document.getElementById("to-latest");
  #root = document.scrollingElement;
  #growing = false;
  #atEnd = true;
  #last = 0;

  constructor() {
    addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#grown()).observe(document.body);
    addEventListener("resize", () => this.#grown());
    this.#button.addEventListener("click", () => {
      this.#atEnd = true;
      this.#grown();
    });
  }

  start() {
    this.#growing = true;
    this.#atEnd = true;
    this.#grown();
  }

  /** What opens from now on is opened by the reader, who wants to see its beginning. */
  end() {
    this.#grown();
    this.#growing = false;
    this.#offer();
  }

  #grown() {
    if (this.#growing && this.#atEnd) this.#root.scrollTo({ top: this.#root.scrollHeight, behavior: "instant" });
    this.#offer();
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#root;
    // Only a scroll upwards leaves the end: a burst of text may outgrow our own scroll to it.
    if (scrollHeight - clientHeight - scrollTop <= NEAR) this.#atEnd = true;
    else if (scrollTop < this.#last) this.#atEnd = false;
    this.#last = scrollTop;
    this.#offer();
  }

  #offer() {
    this.#button.hidden = !this.#growing || this.#atEnd;
  }
}
