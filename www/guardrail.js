// What a guardrail did, for people: a verdict and the findings of its trace.

import { fromTemplate, showText } from "./dom.js";

const sides = { inputAssessment: "The question", outputAssessments: "The answer" };

const actions = { BLOCKED: "Blocked", ANONYMIZED: "Masked", NONE: "Let through" };

/** What a finding is best known by. */
const names = ["match", "name", "type"];

/** The judgement of an answer of mantle's. */
export const notEnforced = {
  notable: true,
  findings: [],
  verdict: "No guardrail checked this",
  aside: "Mantle ignores guardrails. It was sent all the same, as the settings say.",
};

const blockedReasons = ["content_filter", "guardrail_intervened"];

/**
 * @param {{ action?: string, trace?: object } | undefined} guardrail of a completion
 * @param {string | undefined} finishReason
 */
export function judge(guardrail, finishReason) {
  if (!guardrail) return undefined;
  const findings = [...findingsOf(guardrail.trace)];
  const blocking = findings.filter(({ item }) => item.action === "BLOCKED");
  const intervened = guardrail.action === "INTERVENED";
  const blocked = intervened && (blocking.length > 0 || blockedReasons.includes(finishReason));
  const verdict = () => {
    if (!intervened) return "The guardrail let this pass";
    if (!blocked) return "A guardrail masked part of this";
    if (blocking.some(({ side }) => side === "inputAssessment")) return "A guardrail blocked the question";
    return `A guardrail blocked ${blocking.length > 0 ? "the answer" : "this"}`;
  };
  const aside = [
    intervened && findings.length === 0 && "It does not say why. A trace would: see the settings.",
    blocked && "This exchange is not sent along with later questions.",
  ];
  return {
    notable: intervened,
    blocked,
    findings,
    trace: guardrail.trace,
    verdict: verdict(),
    aside: aside.filter(Boolean).join(" "),
  };
}

/**
 * Findings are the objects in the lists of each policy of each assessment. Policies, lists and their
 * members are not spelled out: there will be new ones.
 */
function* findingsOf(trace = {}) {
  for (const side of Object.keys(sides)) {
    for (const assessment of Object.values(trace[side] ?? {}).flat()) {
      for (const [policy, lists] of Object.entries(assessment ?? {})) {
        for (const [list, items] of Object.entries(lists ?? {})) {
          if (!Array.isArray(items)) continue;
          for (const item of items) {
            if (isObject(item)) yield { side, policy, list, item };
          }
        }
      }
    }
  }
}

/** An element for it, or none if there is nothing to tell. */
export function guardrailElement(judgement) {
  const { notable, findings, trace, verdict, aside } = judgement;
  if (!notable && findings.length === 0) return undefined;
  const [element, find] = fromTemplate("guardrail-template");
  element.classList.toggle("notable", notable);
  find(".badge strong").textContent = verdict;
  showText(find(".aside"), aside);
  if (findings.length === 0) {
    find(".findings").remove();
    return element;
  }
  find(".findings > summary").textContent = `Findings (${findings.length})`;
  find(".findings > ul").append(...findings.map(findingElement));
  find(".raw pre").textContent = JSON.stringify(trace, null, 2);
  return element;
}

function findingElement({ side, policy, list, item }) {
  const [element, find] = fromTemplate("finding-template");
  const { action, detected, ...others } = item;
  const name = names.find((key) => key in others);
  // What is nested is for the whole trace to show; its name can be all there is, as in
  // `{ satisfiable: {…} }`.
  const nested = Object.keys(others).find((key) => isObject(others[key]));
  const rest = Object.entries(others).filter(([key, value]) => key !== name && !isObject(value));
  find(".where").textContent = `${sides[side]} · ${words(policy)} · ${words(list)}`;
  find(".what").textContent = name ? others[name] : words(nested ?? "");
  const verdict = find(".action");
  showText(verdict, detected === false ? "Not found" : (actions[action] ?? action));
  verdict.dataset.action = detected === false ? "NONE" : action;
  showText(find(".rest"), rest.map(([key, value]) => `${words(key)}: ${value}`).join(" · "));
  return element;
}

const isObject = (value) => typeof value === "object" && value !== null;

/** `contentPolicy` is "Content policy". */
function words(key) {
  const text = key.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  return text.replace(/^pii\b|^./, (start) => start.toUpperCase());
}
