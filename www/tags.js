// Input tags: what of a question the guardrail checks. Its writer marks it, [[like this]]; for the
// service the marks become tags.

import { guardContent } from "bedrock-chat";
import { showText } from "./dom.js";

/**
 * A question in parts, and whether each is guarded. With nothing marked, all of it is: a question
 * that is not checked at all is not what a guardrail is switched on for.
 */
function partsOf(question) {
  // Every other part stood between marks.
  const parts = question.split(/\[\[(.*?)\]\]/s).map((text, index) => ({ text, guarded: index % 2 === 1 }));
  const marked = parts.some(({ text, guarded }) => guarded && text.trim());
  return marked ? parts : [{ text: question, guarded: true }];
}

/** The question with tags in place of its marks. */
export function tag(question, tagSuffix) {
  const parts = partsOf(question);
  return parts.map(({ text, guarded }) => (guarded && text ? guardContent(text, tagSuffix) : text)).join("");
}

/** Shows a question as it is sent, and what of it is checked. */
export function showQuestion(element, question, tagged) {
  const parts = tagged ? partsOf(question) : [{ text: question }];
  const whole = parts.length === 1;
  element.querySelector(".text").replaceChildren(
    ...parts.map(({ text, guarded }) => {
      if (whole || !guarded) return text;
      const mark = document.createElement("mark");
      mark.textContent = text;
      return mark;
    }),
  );
  const checked = whole ? "Nothing is marked: the guardrail checks it all" : "The guardrail checks only what is marked";
  showText(element.querySelector(".scope"), tagged ? checked : undefined);
}
