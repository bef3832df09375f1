// The demo: a chat through this page's own server.

import { APIUserAbortError, newTagSuffix } from "bedrock-chat";
import { AnswerView } from "./answer.js";
import { askBackend, describe } from "./backend.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { announce, fromTemplate, showText } from "./dom.js";
import { explain } from "./errors.js";
import { Follower } from "./follow.js";
import { judge, notEnforced } from "./guardrail.js";
import { Settings } from "./settings.js";
import { showSuggestions } from "./suggestions.js";
import { showQuestion, tag } from "./tags.js";

const backend = await askBackend();
showText(document.getElementById("backend"), describe(backend));

const settings = new Settings(backend);
const conversation = new Conversation();
const follower = new Follower();
const composer = new Composer({ send: ask, stop: () => stream?.abort() });

const turns = document.getElementById("turns");
const welcome = document.getElementById("welcome");
const newChat = document.getElementById("new-chat");

/** The answer on its way. */
let stream;
let latest;

/** Ends that are no errors, but leave an answer that is not whole. */
const endings = [
  [({ error }) => error instanceof APIUserAbortError, "Stopped"],
  [({ finishReason }) => finishReason === "length", "Ended at the limit of tokens"],
];

showSuggestions(backend, (prompt, changes) => stream || ask(prompt, settings.lend(changes)));
newChat.addEventListener("click", startOver);
delete document.body.dataset.starting;
composer.focus();

/** @param {string} [changed] what a suggestion changed of the settings, in words */
function ask(question, changed) {
  welcome.hidden = true;
  newChat.hidden = false;
  latest?.settle();
  const [element, find] = fromTemplate("turn-template");
  showText(find(".changed"), changed);
  turns.append(element);
  answer(conversation.add(question), element);
  if (changed) announce(`${changed}. Waiting for the answer`);
}

async function answer(turn, element) {
  const view = new AnswerView({ retry, openSettings: () => settings.open() });
  // The settings may be others by the end, or by the next try.
  const { tagged, enforced } = settings;
  showQuestion(element, turn.question, tagged);
  latest = view;
  element.append(view.element);
  follower.start();
  composer.answering = true;
  announce("Waiting for the answer");

  const { ended, error } = await receive(turn, view, tagged);
  // Gone meanwhile: somebody started over.
  if (!element.isConnected) return;

  stream = undefined;
  const completion = ended?.partial;
  const finishReason = completion?.choices[0]?.finish_reason;
  const end = {
    stream: ended,
    note: endings.find(([fits]) => fits({ error, finishReason }))?.[1],
    error: error instanceof APIUserAbortError ? undefined : error,
    judgement: enforced ? judge(completion?.guardrail, finishReason) : view.text ? notEnforced : undefined,
  };
  turn.answer = view.text;
  turn.blocked = end.judgement?.blocked ?? false;
  view.end(end);
  composer.answering = false;
  follower.end();
  announce(spoken(view, end));

  function retry() {
    view.element.remove();
    answer(turn, element);
  }
}

/** Asks, shows what comes, and resolves at its end, whatever the end. */
async function receive(turn, view, tagged) {
  // A new one for each request, so that no question can end its own tag.
  const tagSuffix = tagged ? newTagSuffix() : undefined;
  let asked;
  try {
    asked = settings.client.chat.completions.stream(
      {
        ...settings.body,
        messages: conversation.messages(turn, (question) => (tagged ? tag(question, tagSuffix) : question)),
        stream_options: { include_usage: true },
      },
      { ...settings.options(tagSuffix), onRetry: (event) => view.retrying(event) },
    );
    stream = asked;
    for await (const chunk of asked) view.add(chunk);
    return { ended: asked };
  } catch (error) {
    return { ended: asked, error };
  }
}

/** What a screen reader says of an answer once it is there. */
function spoken(view, { note, error, judgement }) {
  if (error) {
    const { title, advice } = explain(error);
    return `${title}. ${advice ?? ""}`;
  }
  const verdict = judgement?.notable ? judgement.verdict : undefined;
  return [note, verdict, view.text].filter(Boolean).join(". ");
}

function startOver() {
  stream?.abort();
  stream = undefined;
  latest = undefined;
  conversation.clear();
  settings.restore();
  turns.replaceChildren();
  composer.answering = false;
  follower.end();
  welcome.hidden = false;
  newChat.hidden = true;
  announce("New chat");
  composer.focus();
}
