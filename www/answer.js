// One answer on the page: as it arrives, and as it ended.

import { copies, fromTemplate, showText } from "./dom.js";
import { errorElement } from "./errors.js";
import { guardrailElement } from "./guardrail.js";

// Whoever closes a block of reasoning does not want the next one open.
let reasoningOpen = true;

export class AnswerView {
  #actions;
  #element;
  #find;
  #text;
  #reasoning;
  #waiting = false;

  /** @param {{ retry: () => void, openSettings: () => void }} actions */
  constructor(actions) {
    [this.#element, this.#find] = fromTemplate("answer-template");
    this.#actions = actions;
    // A text node each, and only ever text: what a model says is no markup.
    this.#text = this.#find(":scope > .text").appendChild(new Text());
    this.#reasoning = this.#find(".reasoning .text").appendChild(new Text());
    this.#find(".retry").addEventListener("click", actions.retry);
  }

  get element() {
    return this.#element;
  }

  get text() {
    return this.#text.data;
  }

  /** @param chunk a `ChatCompletionChunk` */
  add({ choices }) {
    const delta = choices?.[0]?.delta;
    if (!delta) return;
    if (this.#waiting) this.#progress();
    if (delta.reasoning) this.#think(delta.reasoning);
    if (delta.content) this.#text.appendData(delta.content);
  }

  #think(text) {
    if (!this.#reasoning.data) this.#showReasoning();
    this.#reasoning.appendData(text);
  }

  #showReasoning() {
    const block = this.#find(".reasoning");
    block.hidden = false;
    block.open = reasoningOpen;
    // The event of opening it here comes later, and says the same.
    block.addEventListener("toggle", () => (reasoningOpen = block.open));
  }

  /** Their pieces are for the package to put together: they are shown when they are whole. */
  #showToolCalls(calls) {
    const list = this.#find(".tool-calls");
    for (const { function: called } of calls) {
      const [element, find] = fromTemplate("tool-call-template");
      find(".name").textContent = called?.name;
      find("pre").textContent = called?.arguments;
      list.append(element);
    }
    list.hidden = calls.length === 0;
  }

  /** What is being waited for, in words; nothing once there is something to read. */
  #progress(text) {
    this.#waiting = Boolean(text);
    showText(this.#find(".progress"), text);
  }

  retrying({ attempt, delay, error }) {
    const why = error.status === 429 ? "The service is busy" : "That did not work";
    const wait = Math.max(1, Math.round(delay / 1000));
    this.#progress(`${why}. Try ${attempt + 1} follows in ${wait} s.`);
  }

  /** @param {{ partial, metrics, requestId }} stream that has ended, be it well or not */
  end({ stream, note, error, judgement }) {
    this.#progress();
    this.#element.ariaBusy = "false";
    showText(this.#find(".note"), note);
    this.#showToolCalls(stream?.partial.choices[0]?.message.tool_calls ?? []);
    const footer = this.#find("footer");
    if (judgement) {
      const element = guardrailElement(judgement);
      if (element) footer.before(element);
    }
    if (error) footer.before(errorElement(error, { requestId: stream?.requestId, ...this.#actions }));
    else if (stream) this.#find(".metrics").append(...measured(stream));
    if (this.text) copies(this.#find(".copy"), () => this.text);
    this.#find(".retry").hidden = !(note || error);
  }

  /** A later question was asked: this one is not tried again. */
  settle() {
    this.#find(".retry").hidden = true;
  }
}

function* measured({ metrics: { firstToken, total, tokensPerSecond, guardrail }, requestId }) {
  const facts = [
    firstToken && `first token after ${seconds(firstToken)}`,
    total && `${seconds(total)} in all`,
    tokensPerSecond && !guardrail && `${Math.round(tokensPerSecond)} tokens/s`,
    guardrail && `checked ${guardrail.calls === 1 ? "once" : `${guardrail.calls} times`}, in ${seconds(guardrail.ms)}`,
  ];
  yield facts.filter(Boolean).join(" · ");
  if (requestId) {
    const id = document.createElement("code");
    id.textContent = `request ${requestId}`;
    yield id;
  }
}

const seconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);
