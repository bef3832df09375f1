// Errors as a person wants them: what happened, what to do, and the details for whoever is asked.

import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  AuthenticationError,
  BadRequestError,
  BedrockError,
  ConfigurationError,
  GuardrailNotEnforcedError,
  IncompleteStreamError,
  InternalServerError,
  InvalidRequestError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from "bedrock-chat";
import { copies, fromTemplate, showText } from "./dom.js";

const LATER = "Wait a moment, then try again.";
const KEY = "The key is on the server behind this page. Whoever runs it should look at the details below.";

// The first class that fits. An error's own `hint` speaks to developers, and mostly says best what to
// do; `advice` comes before it, `otherwise` stands in for one. `clear`: the title needs no message.
// `settings`: something in them may help.
const explanations = [
  [RateLimitError, { title: "Too many requests", otherwise: LATER }],
  [NotFoundError, { title: "There is no such model here", settings: true }],
  [AuthenticationError, { title: "The server's key was refused", advice: KEY }],
  [PermissionDeniedError, { title: "The server's key was refused", advice: KEY }],
  [BadRequestError, { title: "The request was not accepted", settings: true }],
  [InternalServerError, { title: "The service failed", otherwise: LATER }],
  [IncompleteStreamError, {
    title: "The answer was cut off",
    clear: true,
    advice: "The connection ended before the answer did. What arrived is kept.",
  }],
  [APIConnectionTimeoutError, { title: "The answer took too long", otherwise: LATER }],
  [APIConnectionError, {
    title: "The server cannot be reached",
    clear: true,
    advice: "See that the server behind this page is running, then try again.",
  }],
  [InvalidRequestError, { title: "This cannot be sent", settings: true }],
  [ConfigurationError, { title: "This cannot be sent", settings: true }],
  [GuardrailNotEnforcedError, {
    title: "Not sent: mantle would ignore the guardrail",
    clear: true,
    advice:
      "Mantle answers as if the guardrail were on, and checks nothing. In the settings, let this page check, or " +
      "choose the endpoint runtime, which applies it. Then try again.",
    settings: true,
  }],
  [APIError, { title: "The answer could not be understood", otherwise: LATER }],
  [BedrockError, { title: "Something went wrong" }],
  [Error, { title: "This page made a mistake", otherwise: "Reload it, and start a new chat." }],
];

/**
 * @param {Error} error
 * @returns what happened, what the service or the client said of it, and what to do
 */
export function explain(error) {
  if (error instanceof APIConnectionError && !navigator.onLine) {
    return { title: "You are offline", advice: "Try again when the network is back." };
  }
  const [, known] = explanations.find(([type]) => error instanceof type);
  return {
    title: known.title,
    // The number before it is among the details.
    said: known.clear ? undefined : error.message.replace(/^\d{3} /, ""),
    advice: known.advice ?? waiting(error) ?? error.hint ?? known.otherwise,
    settings: known.settings,
  };
}

function waiting({ headers }) {
  const seconds = Number(headers?.get("retry-after"));
  return seconds > 0 ? `The service asks to wait ${seconds} s before the next try.` : undefined;
}

/** @param {{ requestId?: string, openSettings: () => void }} context */
export function errorElement(error, { requestId = error.requestID, openSettings }) {
  const [element, find] = fromTemplate("error-template");
  const { title, said, advice, settings } = explain(error);
  find(".badge strong").textContent = title;
  showText(find(".said"), said);
  showText(find(".advice"), advice);
  if (requestId) {
    find(".request").hidden = false;
    find(".request code").textContent = requestId;
    copies(find(".request button"), () => requestId);
  }
  const button = find(".open-settings");
  button.hidden = !settings;
  button.addEventListener("click", openSettings);
  for (const [name, value] of details(error)) {
    const [term, description] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    description.textContent = typeof value === "object" ? JSON.stringify(value) : value;
    find("dl").append(term, description);
  }
  return element;
}

function details(error) {
  const { name, message, ...fields } = error.toJSON?.() ?? error;
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return [["error", error.name], ["message", error.message], ...given];
}
