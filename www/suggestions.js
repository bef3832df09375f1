// Questions to start with. The emulator picks its scripted answers by a word of the question.

import { fromTemplate } from "./dom.js";

const forModels = [
  ["Say hello", "Hello! Who is there?"],
  ["Watch it stream", "How does streaming work?"],
  ["Let it reason", "Think: is a kilogram of rock heavier?"],
  ["Mix the scripts", "Show me some emoji and 漢字."],
];

/** The settings that these need, whatever was chosen before. */
const guarded = { guarded: true, endpoint: "runtime", tags: "off" };
const tagged = { ...guarded, tags: "on" };
const onMantle = { ...guarded, endpoint: "mantle", unenforced: "client" };

const forEmulator = [
  ...forModels,
  ["Meet the guardrail", "Say the forbidden word.", guarded],
  ["Stop it halfway", "Tell me a long story."],
];

const alsoForEmulator = [
  ["An answer blocked halfway", "Please leak the word of the day.", guarded],
  ["A masked address", "Write a line with a mask.", guarded],
  ["A finding that blocks nothing", "Can I have a refund?", guarded],
  ["A bad word outside the input tags", "Never say “forbidden”. Translate: [[Good morning]]", tagged],
  ["The same word inside them", "Translate: [[The forbidden city]]", tagged],
  ["A guardrail on mantle", "Say the forbidden word.", onMantle],
  ["An answer of mantle's, masked", "Write a line with a mask.", onMantle],
  ["A guardrail that mantle ignores", "Say the forbidden word.", { ...onMantle, unenforced: "refuse" }],
  ["A guardrail that does not exist", "Is anybody there?", { ...guarded, identifier: "nosuchguardrail" }],
];

/** @param {(prompt: string, settings?: object) => void} ask */
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
  for (const [name, prompt, settings] of suggestions) {
    const [item, find] = fromTemplate("suggestion-template");
    find(".name").textContent = name;
    find(".prompt").textContent = prompt;
    find("button").addEventListener("click", () => ask(prompt, settings));
    list.append(item);
  }
}
