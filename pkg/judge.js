// What a guardrail that the client applies is asked about, and what becomes of its answers. Of a
// model's answer what is not listed here is left out: nobody could judge it.

import { newError, GuardrailNotEnforcedError, InvalidRequestError } from "./errors.js";
import { put } from "./partial.js";
import { Windowed } from "./windows.js";

const UNCLEAR = "ApplyGuardrail answered what nobody can follow, so nothing is shown.";
const UNJUDGEABLE = "is nothing that the guardrail can judge: texts, and PNG and JPEG as data: URLs";
const TAG = "amazon-bedrock-guardrails-guardContent_";

const isObject = (value) => Object(value) === value;
const isText = (value) => typeof value === "string";

export const invalid = (path, rule) => newError(InvalidRequestError, `\`${path}\` ${rule}`, { path });

/** What of a request is judged. */
export class Asked {
  texts = [];
  images = [];
  /** What takes a text in the place of each. */
  #places = [];
  #tags;

  constructor({ messages }, { roles, tagSuffix }) {
    if (tagSuffix) this.#tags = new RegExp(`(</?${TAG}${tagSuffix}>)`);
    messages.forEach((message, place) => {
      if (!isObject(message)) return;
      if (!roles || roles.includes(message.role)) this.#look(message, `messages[${place}]`);
    });
  }

  #look(object, path) {
    for (const name of Object.keys(object)) {
      if (name === "role" || name === "type") continue;
      const there = Array.isArray(object) ? `${path}[${name}]` : `${path}.${name}`;
      const value = object[name];
      const set = (text) => put(object, name, text);
      if (isText(value)) this.#take(value, set);
      else if (name === "content" && isObject(value)) this.#parts(value, there);
      else if (isObject(value)) this.#look(value, there);
    }
  }

  #parts(content, path) {
    const isList = Array.isArray(content);
    (isList ? content : [content]).forEach((part, place) => {
      const there = isList ? `${path}[${place}]` : path;
      if (isText(part)) return this.#take(part, (text) => (content[place] = text));
      if (!isObject(part)) return;
      if (part.type === "text" || part.type === "refusal") return this.#look(part, there);
      const image = imageOf(part.image_url?.url ?? part.image_url);
      if (part.type !== "image_url" || !image) throw invalid(there, UNJUDGEABLE);
      this.images.push(image);
    });
  }

  /** Where there are tags, what they hold: in pairs and not nested, as the module has checked. */
  #take(text, set) {
    const parts = this.#tags ? text.split(this.#tags) : [text];
    parts.forEach((part, place) => {
      if (part === "" || (this.#tags && !parts[place - 1]?.startsWith(`<${TAG}`))) return;
      this.texts.push(part);
      this.#places.push((masked) => {
        parts[place] = masked;
        set(parts.join(""));
      });
    });
  }

  /** With the texts as they may be. */
  mask(texts) {
    texts.forEach((text, place) => this.#places[place](text));
  }
}

function imageOf(url) {
  const [, kind, format] = (isText(url) && /^data:image\/(png|(jpe?g));base64,/.exec(url)) || [];
  if (!kind) return undefined;
  return { image: { format: format ? "jpeg" : "png", source: { bytes: url.slice(url.indexOf(",") + 1) } } };
}

/**
 * What an answer of ApplyGuardrail about these texts means: `blocked`, the text that is said in
 * their place; or `masked`, the texts as they may be, and `findings`, what was masked in them.
 */
export function verdictOf({ action, outputs, assessments }, asked) {
  if (action === "NONE") return {};
  const texts = Array.isArray(outputs) ? outputs.map((it) => it?.text) : [undefined];
  if (action !== "GUARDRAIL_INTERVENED" || !texts.every(isText)) throw unclear();
  const found = { findings: [] };
  look(assessments, found);
  // What says neither is taken for the worse.
  if (found.isBlocked || !found.isMasked) return { blocked: texts.join("") };
  if (texts.length !== asked.length) throw unclear();
  const isKnown = (it) => isText(it) && it !== "" && asked.some((text) => text.includes(it));
  return { masked: texts, findings: found.findings.every(isKnown) ? found.findings : undefined };
}

const unclear = () => new GuardrailNotEnforcedError(UNCLEAR);

function look(value, found) {
  if (!isObject(value)) return;
  if (value.action === "BLOCKED") found.isBlocked = true;
  if (value.action === "ANONYMIZED") {
    found.isMasked = true;
    found.findings.push(value.match);
  }
  for (const name of Object.keys(value)) look(value[name], found);
}

/** All texts of a value, each once. */
export function textsIn(value, texts = new Set()) {
  if (isText(value) && value !== "") texts.add(value);
  else if (isObject(value)) for (const name of Object.keys(value)) textsIn(value[name], texts.add(name));
  return texts;
}

// -- an answer --

/** What the service says of an answer, and not the model. */
function headOf(answer) {
  const head = {};
  for (const name of ["id", "created", "model", "service_tier", "system_fingerprint"]) {
    const value = answer[name];
    if (typeof value === "number" || (isText(value) && /^\S{1,2048}$/.test(value))) head[name] = value;
  }
  return head;
}

const numbersOf = (usage) => JSON.parse(JSON.stringify(usage, (_, value) => (isText(value) ? undefined : value)));

/** The texts of a message, or of a piece of one, by name. */
function textsOf(message) {
  if (!isObject(message)) return [];
  const { role, content, ...rest } = message;
  const textOf = (part) => (isText(part) ? part : (part?.text ?? part?.refusal));
  const text = Array.isArray(content) ? content.map(textOf).filter(isText).join("") : content;
  return Object.entries({ content: text, ...rest }).filter(([name, value]) => isText(value) && /^[a-z]\w{0,63}$/.test(name));
}

/** The calls of a message, with what `of` makes of their texts. */
function callsOf({ tool_calls: calls, function_call: call }, of) {
  const said = (text) => of(isText(text) ? text : (JSON.stringify(text) ?? ""));
  const called = (it) => ({ name: said(it.name), arguments: said(it.arguments) });
  const made = {};
  if (isObject(call)) made.function_call = called(call);
  const list = Array.isArray(calls) ? calls.filter(isObject) : [];
  if (list.length > 0) {
    made.tool_calls = list.map(({ id, function: call, custom }) => {
      if (!isObject(custom)) return { id: said(id), type: "function", function: called(call ?? {}) };
      return { id: said(id), type: "custom", custom: { name: said(custom.name), input: said(custom.input) } };
    });
  }
  return made;
}

const placeOf = (choice, place) => (Number.isInteger(choice?.index) && choice.index >= 0 ? choice.index : place);

/** What a model says, and what may be seen of it: as it comes, or all at once. */
export class Answer {
  #head;
  #usage;
  #sizes;
  #choices = new Map();
  #isWhole = false;
  /** Where in the question each text is. */
  #asked;
  /** Whether a guardrail of the account's own had something to do. */
  isIntervened = false;

  constructor({ model, window, overlap }) {
    this.#head = { id: "chatcmpl-guardrail", created: Math.floor(Date.now() / 1000), model };
    this.#sizes = [window, overlap];
  }

  #choice(index) {
    let choice = this.#choices.get(index);
    if (!choice) {
      const shown = new Map([["content", null], ["refusal", null]]);
      this.#choices.set(index, (choice = { texts: new Map(), shown, reason: null, message: {}, calls: {} }));
    }
    return choice;
  }

  #each(answer, tell) {
    this.isIntervened ||= answer["amazon-bedrock-guardrailAction"] === "INTERVENED";
    this.#head = { ...this.#head, ...headOf(answer) };
    if (isObject(answer.usage)) this.#usage = numbersOf(answer.usage);
    const { choices } = answer;
    if (Array.isArray(choices)) choices.forEach((choice, place) => isObject(choice) && tell(choice, this.#choice(placeOf(choice, place))));
  }

  /** A chunk. */
  push(chunk) {
    this.#each(chunk, ({ delta }, known) => {
      for (const [name, text] of textsOf(delta)) this.#text(known, name).push(text);
    });
  }

  #text({ texts }, name) {
    let text = texts.get(name);
    if (!text) texts.set(name, (text = new Windowed(...this.#sizes)));
    return text;
  }

  /** The whole: of its texts those that did not come in chunks. */
  end(completion) {
    this.#each(completion, ({ message, finish_reason: reason }, known) => {
      const came = new Set(known.texts.keys());
      for (const [name, text] of textsOf(message)) if (!came.has(name)) this.#text(known, name).push(text);
      if (isObject(message)) known.message = message;
      if (isText(reason) && /^[a-z_]{1,40}$/.test(reason)) known.reason = reason;
    });
  }

  /** The texts to ask about now; `isWhole`: nothing follows. Calls are judged when they are whole. */
  ask(isWhole) {
    const asked = [];
    this.#asked = new Map();
    const add = (key, text) => {
      this.#asked.set(key, asked.length);
      asked.push(text);
    };
    for (const choice of this.#choices.values()) {
      for (const text of choice.texts.values()) if (text.isDue(isWhole)) add(text, text.waiting);
      if (!isWhole) continue;
      this.#asked.set(choice, asked.length);
      callsOf(choice.message, (text) => text && asked.push(text));
    }
    return asked;
  }

  /** What may be shown by a verdict on that, as the choices of a chunk. */
  pass({ masked, findings }, isWhole) {
    this.#isWhole = isWhole;
    const made = [];
    for (const [index, choice] of this.#choices) {
      const delta = {};
      for (const [name, text] of choice.texts) {
        const place = this.#asked.get(text);
        if (place === undefined && !isWhole) continue;
        const shown = text.pass(place === undefined ? undefined : masked?.[place], findings, isWhole);
        if (shown !== "") delta[name] = shown;
        if (shown !== "" || isWhole) choice.shown.set(name, (choice.shown.get(name) ?? "") + shown);
      }
      if (isWhole) {
        let place = this.#asked.get(choice);
        choice.calls = callsOf(choice.message, (text) => (text && masked ? masked[place++] : text));
        const { tool_calls: calls, function_call: call } = choice.calls;
        if (call) delta.function_call = call;
        if (calls) delta.tool_calls = calls.map((it, index) => ({ index, ...it }));
      }
      if (Object.keys(delta).length > 0) made.push(this.#piece(index, choice, delta));
    }
    return made;
  }

  #piece(index, choice, delta, finish_reason = null) {
    const role = choice.isBegun ? {} : { role: "assistant" };
    choice.isBegun = true;
    return { index, delta: { ...role, ...delta }, finish_reason };
  }

  /** Why each choice ended, as the choices of a chunk. */
  reasons() {
    return [...this.#choices].map(([index, choice]) => this.#piece(index, choice, {}, choice.reason));
  }

  /** The guardrail's text in the place of all that was not shown, as the choices of a chunk. */
  block(text, count) {
    for (let index = 0; index < count; index++) this.#choice(index);
    return [...this.#choices].map(([index, choice]) => {
      choice.shown.set("content", (choice.shown.get("content") ?? "") + text);
      choice.reason = "content_filter";
      return this.#piece(index, choice, { content: text }, choice.reason);
    });
  }

  chunk(choices, usage) {
    return { ...this.#head, object: "chat.completion.chunk", choices, ...(usage && { usage }) };
  }

  /** What was asked for it, if it was told. */
  get usage() {
    return this.#usage;
  }

  /** What was shown. */
  completion(guardrail) {
    const begun = [...this.#choices].filter(([, { isBegun }]) => isBegun || this.#isWhole);
    const choices = begun.map(([index, { shown, calls, reason }]) => ({
      index,
      message: { role: "assistant", ...Object.fromEntries(shown), ...calls },
      logprobs: null,
      finish_reason: reason,
    }));
    choices.sort((one, other) => one.index - other.index);
    const usage = this.#usage && { usage: this.#usage };
    return { ...this.#head, object: "chat.completion", choices, ...usage, guardrail };
  }
}
