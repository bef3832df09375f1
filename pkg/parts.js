// Chunks as the parts that UIs are told of, in the words of the AI SDK.

import { objects } from "./parse.js";

const REASONS = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter",
  guardrail_intervened: "content-filter",
  error: "error",
};

/** A `finish_reason` as the AI SDK has it. */
export const finishReason = (reason) => (Object.hasOwn(REASONS, reason ?? "") ? REASONS[reason] : "other");

/** What may be anything, as a text or a number of tokens. */
export const text = (value) => (typeof value === "string" ? value : undefined);
export const count = (value) => (Number.isFinite(value) && value >= 0 ? value : undefined);

/** A call: its id, its name and its arguments, which some send as what they stand for. */
export function callOf({ index, id, function: call }) {
  const { name, arguments: given } = Object(call);
  const input = text(given) ?? (given == null ? "" : JSON.stringify(given));
  return { index, id: text(id) ?? "", name: text(name) ?? "", input };
}

/** Some models count the calls of each answer anew: within one message their ids would collide. */
export const uniqueId = (id) =>
  id && !/^call_\d+$/.test(id) ? id : `${id || "call"}_${Math.random().toString(36).slice(2)}`;

/** The parts of one answer; of one with several choices, those of the first. */
export class Parts {
  /** Why it ended, once it has. */
  reason;
  #tell;
  #block;
  #blocks = 0;
  #calls = new Map();

  /**
   * `tell` is called with `text-start`, `-delta`, `-end`, `reasoning-…`, and with `tool-start`
   * (`id`, `name`, `raw`: the id as it came), `tool-delta`, `tool-end` (`text`: all arguments).
   */
  constructor(tell) {
    this.#tell = tell;
  }

  push(chunk) {
    for (const [place, { index, delta, message, finish_reason }] of objects(chunk.choices).entries()) {
      if ((index ?? place) === 0) this.#add(Object(delta ?? message), text(finish_reason));
    }
  }

  #add({ reasoning, content, refusal, tool_calls }, reason) {
    this.#say("reasoning", reasoning);
    this.#say("text", content);
    // What a model says instead of an answer.
    this.#say("text", refusal);
    for (const call of objects(tool_calls)) this.#call(callOf(call));
    if (!reason) return;
    this.reason = reason;
    this.end();
  }

  #say(kind, delta) {
    if (typeof delta !== "string" || delta === "") return;
    if (this.#block?.kind !== kind) {
      this.#leave();
      this.#block = { kind, id: `${kind}-${this.#blocks++}` };
      this.#tell({ type: `${kind}-start`, id: this.#block.id });
    }
    this.#tell({ type: `${kind}-delta`, id: this.#block.id, delta });
  }

  #leave() {
    const block = this.#block;
    this.#block = undefined;
    if (block) this.#tell({ type: `${block.kind}-end`, id: block.id });
  }

  #call({ index, id, name, input }) {
    this.#leave();
    const isNew = id || name;
    const place = index ?? (isNew ? this.#calls.size : this.#calls.size - 1);
    let call = this.#calls.get(place);
    if (!call) this.#calls.set(place, (call = { raw: id, id: uniqueId(id), text: "" }));
    const isStart = name && !call.name;
    if (isStart) {
      call.name = name;
      this.#tell({ type: "tool-start", id: call.id, name, raw: call.raw });
    }
    // Arguments may come before the name.
    const delta = (isStart ? call.text : "") + input;
    call.text += input;
    if (call.name && delta) this.#tell({ type: "tool-delta", id: call.id, delta });
  }

  /** No more comes of what was begun; of a stream that was cut, calls are not whole. */
  end(isWhole = true) {
    this.#leave();
    for (const call of this.#calls.values()) {
      if (isWhole && call.name) this.#tell({ type: "tool-end", ...call });
    }
    this.#calls.clear();
  }
}
