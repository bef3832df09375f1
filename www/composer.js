// Where a question is written, sent, and its answer stopped.

export class Composer {
  #form = document.getElementById("composer");
  #field = document.getElementById("question");
  #send = document.getElementById("send");
  #stop = document.getElementById("stop");
  #answering = false;

  /** @param {{ send: (question: string) => void, stop: () => void }} actions */
  constructor({ send, stop }) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const question = this.#field.value.trim();
      if (!question || this.#answering) return;
      this.#field.value = "";
      this.#grow();
      send(question);
    });
    this.#field.addEventListener("keydown", (event) => {
      // In an input method, Enter takes a word. Safari has ended the composition by then, but
      // reports the key as 229.
      const composing = event.isComposing || event.keyCode === 229;
      if (event.key !== "Enter" || event.shiftKey || composing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#field.addEventListener("input", () => this.#grow());
    this.#stop.addEventListener("click", (event) => {
      // Not the second click of a double click on Send, which was in the same place.
      if (event.detail <= 1) stop();
    });
    document.addEventListener("keydown", (event) => {
      const elsewhere = event.isComposing || document.querySelector("dialog[open]");
      if (event.key === "Escape" && this.#answering && !elsewhere) stop();
    });
  }

  /** Whether an answer is on its way: then there is a button to stop it instead of one to send. */
  set answering(answering) {
    const [from, to] = answering ? [this.#send, this.#stop] : [this.#stop, this.#send];
    const focused = document.activeElement;
    this.#answering = answering;
    from.hidden = true;
    to.hidden = false;
    // A focus on what has disappeared would start over at the top of the page.
    if (focused !== document.body && !focused.closest("[hidden]")) return;
    to.focus({ preventScroll: true });
    if (!answering) this.focus();
  }

  /** Ready to type, unless that would bring up a keyboard on the screen. */
  focus() {
    if (!matchMedia("(pointer: coarse)").matches) this.#field.focus({ preventScroll: true });
  }

  // Where CSS does not do it: `field-sizing` is young.
  #grow() {
    if (CSS.supports("field-sizing", "content")) return;
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }
}
