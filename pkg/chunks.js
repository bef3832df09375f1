// What openai's streams tell of each chunk.

import { isParseable, isParseableFormat, objects, parsedArguments, parsedContent, refuseReason, toolOf } from "./parse.js";
import { PartialJson, put } from "./partial.js";

/** So many choices, and calls in each, are told of. */
const MOST = 256;

const isPlace = (index) => Number.isInteger(index) && index >= 0 && index < MOST;

const assign = (to, from) => {
  for (const name of Object.keys(from)) put(to, name, from[name]);
  return to;
};

const append = (to, name, text) => {
  if (typeof text === "string") to[name] = (to[name] ?? "") + text;
};

/** Puts the chunks of one answer together, and tells of what comes. */
export class Chunks {
  /** The completion so far; the same object each time. */
  snapshot;
  /** What parsers have promised. */
  pending = [];
  #emit;
  #body;
  #states = [];
  #mustEnd;

  /** `snapshot` is what came before; `mustEnd`: what is cut is an error, parsed or not. */
  constructor(emit, body, snapshot, mustEnd) {
    this.#emit = emit;
    this.#body = body;
    this.#mustEnd = mustEnd || isParseable(body);
    this.snapshot = snapshot;
  }

  push(item) {
    // It was text before somebody listened.
    const chunk = typeof item === "string" ? { choices: [{ index: 0, delta: { content: item } }] } : item;
    const { choices, obfuscation, ...rest } = chunk;
    assign(this.snapshot, rest);
    const added = objects(choices).map((choice, place) => this.#add(choice, isPlace(choice.index) ? choice.index : place));
    this.#emit("chunk", chunk, this.snapshot);
    for (const it of added) this.#tell(it);
  }

  #add({ delta: piece, message: whole, logprobs, finish_reason: reason, ...rest }, index) {
    const choice = (this.snapshot.choices[index] ??= { index, message: {}, finish_reason: null, logprobs: null });
    const { message } = choice;
    const [delta = {}] = objects([piece ?? (message.content ? {} : whole)]);
    const { tool_calls: calls, content, refusal, reasoning, function_call: call, ...other } = delta;
    const state = (this.#states[index] ??= { done: {}, partial: {}, moved: {} });
    assign(choice, { ...rest, index, ...(reason && { finish_reason: reason }) });
    assign(message, other);
    message.role ??= "assistant";
    append(message, "content", content);
    append(message, "refusal", refusal);
    append(message, "reasoning", reasoning);
    if (call) {
      append((message.function_call ??= { arguments: "" }), "arguments", call.arguments);
      if (call.name) message.function_call.name = call.name;
    }
    if (logprobs) {
      choice.logprobs ??= { content: null, refusal: null };
      for (const name of ["content", "refusal"]) {
        if (!Array.isArray(logprobs[name])) continue;
        const known = (choice.logprobs[name] ??= []);
        for (const it of logprobs[name]) known.push(it);
      }
    }
    if (typeof content === "string" && !message.refusal && isParseableFormat(this.#body.response_format)) {
      message.parsed = this.#partial(state, "content", content, message.content) ?? null;
    }
    const places = objects(calls).map((it) => this.#addCall(message, state, it));
    if (this.#mustEnd) refuseReason(reason, this.snapshot);
    return { choice, state, delta, logprobs, places };
  }

  #addCall(message, state, { index, function: call, custom, ...rest }) {
    const calls = (message.tool_calls ??= []);
    const number = typeof index === "string" ? Number(index) : index;
    let place = state.moved[number] ?? number;
    if (!isPlace(place)) {
      const isNew = rest.id || call?.name || custom?.name;
      place = rest.id ? calls.findIndex((it) => it?.id === rest.id) : -1;
      if (place < 0) place = Math.max(isNew ? calls.length : calls.length - 1, 0);
    }
    if (call?.name && isAnother(calls[place], rest.id, call.name)) state.moved[number] = place = calls.length;
    const it = assign((calls[place] ??= {}), rest);
    it.type ??= custom ? "custom" : "function";
    let text = call?.arguments ?? "";
    if (typeof text !== "string") text = JSON.stringify(text);
    if (call) {
      const { arguments: _, name, ...other } = call;
      const known = assign((it.function ??= { arguments: "" }), other);
      // In pieces, or each time.
      if (name) known.name = known.arguments || name.startsWith(known.name ?? "") ? name : known.name + name;
      known.arguments += text;
      if (toolOf(this.#body, known.name)) known.parsed_arguments = this.#partial(state, place, text, known.arguments);
    }
    if (custom) {
      const { input, ...other } = custom;
      append(assign((it.custom ??= { input: "" }), other), "input", input);
    }
    return [place, text];
  }

  /** Who listens late has missed the beginning. */
  #partial({ partial }, name, text, whole) {
    const known = partial[name];
    return known ? known.push(text) : (partial[name] = new PartialJson()).push(whole);
  }

  #tell({ choice, state, delta, logprobs, places }) {
    const { message, logprobs: all } = choice;
    if (typeof delta.content === "string" && message.content) {
      this.#emit("content", delta.content, message.content);
      this.#emit("content.delta", { delta: delta.content, snapshot: message.content, parsed: message.parsed });
    }
    if (typeof delta.refusal === "string" && message.refusal) {
      this.#emit("refusal.delta", { delta: delta.refusal, snapshot: message.refusal });
    }
    for (const name of ["content", "refusal"]) {
      if (logprobs?.[name]) this.#emit(`logprobs.${name}.delta`, { [name]: logprobs[name], snapshot: all[name] });
    }
    if (choice.finish_reason) this.#tellDone(choice, state);
    for (const [place] of places) {
      if (state.at !== place) this.#tellDone(choice, state);
      state.at = place;
    }
    for (const [place, arguments_delta] of places) {
      const it = message.tool_calls[place].function;
      if (it) this.#emit("tool_calls.function.arguments.delta", { ...argumentsOf(it, place), arguments_delta });
    }
  }

  /** The content is whole, and the call that came last. */
  #tellDone({ message, logprobs, finish_reason }, state) {
    const { content, refusal, tool_calls: calls } = message;
    const once = (name, value, tell) => {
      if (!value || state.done[name]) return;
      state.done[name] = true;
      tell();
    };
    const isWhole = content || (content === "" && !refusal && !calls?.length && !message.function_call);
    once("content", isWhole, () => {
      this.#when(parsedContent(this.#body, message), (parsed) => this.#emit("content.done", { content, parsed }));
    });
    once("refusal", refusal, () => this.#emit("refusal.done", { refusal }));
    for (const name of ["content", "refusal"]) {
      const event = `logprobs.${name}.done`;
      once(event, logprobs?.[name], () => this.#emit(event, { [name]: logprobs[name] }));
    }
    const call = calls?.[state.at]?.function;
    // Calls may take turns: each time one seems to be done, as there.
    if (!call || state.done[state.at]) return;
    if (finish_reason) state.done[state.at] = true;
    const known = argumentsOf(call, state.at);
    this.#when(parsedArguments(this.#body, call), (parsed_arguments) => {
      this.#emit("tool_calls.function.arguments.done", { ...known, parsed_arguments });
    });
  }

  /** A parser may promise its value: then the event comes later, but before the end. */
  #when(value, tell) {
    if (typeof value?.then !== "function") return tell(value);
    const told = Promise.resolve(value).then(tell);
    told.catch(() => {});
    this.pending.push(told);
  }
}

/** Whether a name is not of this call but of another one: core/src/completion.rs tells them apart. */
const isAnother = ({ id, function: known } = {}, newId, newName) => {
  if (!known?.name || (newId && id)) return known?.name && newId !== id;
  try {
    // Of open ones there is no value.
    return known.arguments && (known.name !== newName || [JSON.parse(known.arguments)]);
  } catch {
    return false;
  }
};

const argumentsOf = ({ name, arguments: text, parsed_arguments }, index) => ({
  name,
  index,
  arguments: text,
  parsed_arguments,
});
