// The demo: a chat through this page's own server.

import { APIUserAbortError, BedrockChatClient } from "bedrock-chat";
import { AnswerView } from "./answer.js";
import { askBackend, describe } from "./backend.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { announce, fromTemplate, showText } from "./dom.js";
import { explain } from "./errors.js";
import { Follower } from "./follow.js";
import { judge } from "./guardrail.js";
import { Settings } from "./settings.js";
import { showSuggestions } from "./suggestions.js";

// `apiKey: null`: what a page knows, its visitors know. The proxy behind it adds the key.
const client = new BedrockChatClient({ baseURL: "/openai/v1", apiKey: null });

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

showSuggestions(backend, (prompt) => stream || ask(prompt));
newChat.addEventListener("click", startOver);
delete document.body.dataset.starting;
composer.focus();

function ask(question) {
  welcome.hidden = true;
  newChat.hidden = false;
  latest?.settle();
  const [element, find] = fromTemplate("turn-template");
  find(".text").textContent = question;
  turns.append(element);
  answer(conversation.add(question), element);
}

async function answer(turn, element) {
  const view = new AnswerView({ retry, openSettings: () => settings.open() });
  latest = view;
  element.append(view.element);
  follower.start();
  composer.answering = true;
  announce("Waiting for the answer");

  const { ended, error } = await receive(turn, view);
  // Gone meanwhile: somebody started over.
  if (!element.isConnected) return;

  stream = undefined;
  const completion = ended?.partial;
  const finishReason = completion?.choices[0]?.finish_reason;
  const end = {
    stream: ended,
    note: endings.find(([fits]) => fits({ error, finishReason }))?.[1],
    error: error instanceof APIUserAbortError ? undefined : error,
    judgement: judge(completion?.guardrail, finishReason),
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
async function receive(turn, view) {
  let asked;
  try {
    asked = client.chat.completions.stream(
      {
        ...settings.body,
        messages: conversation.messages(turn),
        stream_options: { include_usage: true },
      },
      { ...settings.options, onRetry: (event) => view.retrying(event) },
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
  const verdict = judgement?.intervened ? judgement.verdict : undefined;
  return [note, verdict, view.text].filter(Boolean).join(". ");
}

function startOver() {
  stream?.abort();
  stream = undefined;
  latest = undefined;
  conversation.clear();
  turns.replaceChildren();
  composer.answering = false;
  follower.end();
  welcome.hidden = false;
  newChat.hidden = true;
  announce("New chat");
  composer.focus();
}
