// What several modules need of the page.

/** A copy of a template's element, and a way to find its parts. */
export function fromTemplate(id) {
  const element = document.getElementById(id).content.firstElementChild.cloneNode(true);
  return [element, (selector) => element.querySelector(selector)];
}

/** Shows a text in an element, or hides the element for want of one. */
export function showText(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

const announcer = document.getElementById("announcer");

/** Has a screen reader say something once it is done with what it says now. */
export function announce(text) {
  // The same words twice would be no change, and go unsaid.
  announcer.textContent = announcer.textContent === text ? `${text}\u00a0` : text;
}

/** Makes a button copy the text that `read` gives. */
export function copies(button, read) {
  const label = button.textContent;
  // Pages over plain HTTP, such as a phone's view of this machine, have no clipboard.
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(read());
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    announce(button.textContent);
    setTimeout(() => (button.textContent = label), 1500);
  });
}
