// Questions to start with. The emulator picks its scripted answers by a word of the question.

import { fromTemplate } from "./dom.js";

const forModels = [
  ["Say hello", "Hello! Who is there?"],
  ["Watch it stream", "How does streaming work?"],
  ["Let it reason", "Think: is a kilogram of rock heavier?"],
  ["Mix the scripts", "Show me some emoji and 漢字."],
];

const forEmulator = [
  ...forModels,
  ["Meet the guardrail", "Say the forbidden word."],
  ["Stop it halfway", "Tell me a long story."],
];

const alsoForEmulator = [
  ["An answer blocked halfway", "Please leak the word of the day."],
  ["A masked address", "Write a line with a mask."],
  ["A finding that blocks nothing", "Can I have a refund?"],
];

export function showSuggestions({ backend }, ask) {
  const emulated = backend === "emulator";
  fill(document.getElementById("suggestions"), emulated ? forEmulator : forModels, ask);
  if (emulated) {
    const more = document.getElementById("more");
    fill(more.querySelector("ul"), alsoForEmulator, ask);
    more.hidden = false;
  }
}

function fill(list, suggestions, ask) {
  for (const [name, prompt] of suggestions) {
    const [item, find] = fromTemplate("suggestion-template");
    find(".name").textContent = name;
    find(".prompt").textContent = prompt;
    find("button").addEventListener("click", () => ask(prompt));
    list.append(item);
  }
}
