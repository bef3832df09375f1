import { APIUserAbortError, BedrockError, asOurs } from "./errors.js";
import { objects } from "./parse.js";
import { put } from "./partial.js";

const FAILURES = ["error", "abort"];

/** The event that tells of it. */
const nameOf = (failure) => (failure instanceof APIUserAbortError ? "abort" : "error");

/** So many events may wait for those who iterate them before nothing more is read for them. */
const ROOM = 16;

/**
 * Whom something happens to, with openai's events. A subclass has `_begin`, which is called by the
 * first who listens, and `_settle`, which waits for the end.
 */
const eventStream = (Base) =>
  class EventStream extends Base {
    #listeners = { __proto__: null };
    /** Somebody will hear of an error. */
    #isCaught = false;
    #ended = false;
    /** The event that told of it. */
    #failed;
    /** Goes on when those who iterate may have room. */
    #tellRoom;

    get ended() {
      return this.#ended;
    }

    get errored() {
      return this.#failed !== undefined;
    }

    get aborted() {
      return this.#failed === "abort";
    }

    on(event, listener) {
      return this.#add(event, { listener });
    }

    once(event, listener) {
      return this.#add(event, { listener, once: true });
    }

    #add(event, entry) {
      this.#listeners[event] = [...this.#of(event), entry];
      this.#tellRoom?.();
      this._begin();
      return this;
    }

    #of(event) {
      return this.#listeners[event] ?? [];
    }

    off(event, listener) {
      const at = this.#of(event).findIndex((entry) => entry.listener === listener);
      this.#listeners[event] = this.#of(event).filter((_, place) => place !== at);
      return this;
    }

    emitted(event) {
      this._catch();
      return new Promise((resolve, reject) => {
        // What is aborted comes to its end, as there; but to nothing else.
        const failures = FAILURES.filter((name) => name !== event && (name === "error" || event !== "end"));
        for (const name of failures) this.once(name, reject);
        this.once(event, (...values) => {
          for (const name of failures) this.off(name, reject);
          resolve(values.length > 1 ? values : values[0]);
        });
      });
    }

    /** Each time that it happens. What comes faster than it is asked for is kept. */
    events(event) {
      this._catch();
      const kept = [];
      let isOver = this.#ended;
      let failure;
      let wake;
      const add = (name, listener) => this.#add(name, { listener: (...values) => (listener(values), wake?.()), kept });
      for (const name of FAILURES) if (name !== event) add(name, (values) => (failure = values));
      add(event, (values) => kept.push(values));
      add("end", () => (isOver = true));
      const next = async () => {
        while (kept.length === 0) {
          const thrown = failure;
          failure = undefined;
          if (thrown) throw thrown[0];
          if (isOver) return { done: true, value: undefined };
          await new Promise((go) => (wake = go));
        }
        this.#tellRoom?.();
        return { done: false, value: kept.shift() };
      };
      let turn = Promise.resolve();
      return {
        next: () => (turn = turn.then(next, next)),
        return: async (value) => {
          isOver = true;
          for (const name in this.#listeners) this.#listeners[name] = this.#of(name).filter((it) => it.kept !== kept);
          kept.length = 0;
          wake?.();
          this.#tellRoom?.();
          return { done: true, value };
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    }

    /** Kept when there is room for more: who listens takes all, who iterates may be slow. */
    async _room() {
      const isFull = () => {
        const all = Object.values(this.#listeners).flat();
        return all.some(({ kept }) => kept?.length > ROOM) && all.every(({ kept }) => kept);
      };
      while (isFull()) await new Promise((go) => (this.#tellRoom = go));
    }

    /** Waits for the end. */
    async done() {
      await this._settle();
    }

    _catch() {
      this.#isCaught = true;
    }

    _emit(event, ...values) {
      if (this.#ended) return;
      this.#ended = event === "end";
      const entries = this.#of(event);
      this.#listeners[event] = entries.filter((entry) => !entry.once);
      for (const { listener } of entries) listener(...values);
    }

    /** Tells of the end of some work. */
    async _tellEnd(work) {
      let failure;
      try {
        await work;
      } catch (cause) {
        failure = asOurs(cause);
        this.#failed = nameOf(failure);
        // On purpose: an error that nobody would hear of.
        if (!this.#isCaught && !this.#of(this.#failed).length) Promise.reject(failure);
        this.#last(this.#failed, failure);
      }
      this.#last("end");
      if (failure) throw failure;
    }

    /** It is over, and whoever listens from now on has missed it. */
    _missed(failure) {
      if (this.#ended) return;
      this.#ended = true;
      if (failure) this.#failed = nameOf(failure);
    }

    /** What its listeners throw is nobody's. */
    #last(event, ...values) {
      try {
        this._emit(event, ...values);
      } catch (thrown) {
        Promise.reject(thrown);
      }
    }
  };

/** A conversation that grows by answers, and by results of tools. */
export const conversation = (Base) =>
  class Conversation extends eventStream(Base) {
    /** All of it, what the caller gave first. */
    messages = [];
    #completions = [];

    allChatCompletions() {
      return [...this.#completions];
    }

    _add(completion) {
      this.#completions.push(completion);
      this._emit("chatCompletion", completion);
      const message = completion.choices[0]?.message;
      if (message) this._addMessage(message);
    }

    _addMessage(message) {
      message.content ??= null;
      this.messages.push(message);
      this._emit("message", message);
      if (message.role === "tool" && message.content) this._emit("functionToolCallResult", message.content);
      for (const call of callsOf(message)) this._emit("functionToolCall", call.function);
    }

    get #final() {
      return this.#completions.at(-1);
    }

    get #message() {
      const message = this.messages.filter((it) => it.role === "assistant").at(-1);
      return message && { refusal: null, ...message };
    }

    get #call() {
      return this.messages.flatMap(callsOf).at(-1)?.function;
    }

    get #result() {
      const ids = this.messages.flatMap(callsOf).map((call) => call.id);
      return this.messages.filter((it) => it.role === "tool" && ids.includes(it.tool_call_id)).at(-1)?.content;
    }

    get #usages() {
      return this.#completions.map((it) => it.usage).filter(Boolean);
    }

    get #usage() {
      return this.#usages.reduce(sum, { completion_tokens: 0, prompt_tokens: 0, total_tokens: 0 });
    }

    _emitFinal() {
      const told = {
        finalChatCompletion: this.#final,
        finalMessage: this.#needed(this.#message),
        finalContent: this.#message.content || undefined,
        finalFunctionToolCall: this.#call,
        finalFunctionToolCallResult: this.#result,
        totalUsage: this.#usages.length > 0 ? this.#usage : undefined,
      };
      for (const event in told) if (told[event] !== undefined) this._emit(event, told[event]);
    }

    #needed(answer) {
      if (!answer) throw new BedrockError("It ended without an answer.");
      return answer;
    }

    async finalChatCompletion() {
      await this._settle();
      return this.#needed(this.#final);
    }

    async finalMessage() {
      await this._settle();
      return this.#needed(this.#message);
    }

    async finalContent() {
      await this._settle();
      return this.#needed(this.#message).content;
    }

    async finalFunctionToolCall() {
      await this._settle();
      return this.#call;
    }

    async finalFunctionToolCallResult() {
      await this._settle();
      return this.#result;
    }

    async totalUsage() {
      await this._settle();
      return this.#usage;
    }
  };

/** The calls of functions in a message. */
export const callsOf = ({ role, tool_calls }) =>
  role === "assistant" ? objects(tool_calls).filter((call) => call.function) : [];

/** Adds counts of tokens, with all that they consist of. */
const sum = (total, counts) => {
  for (const name of Object.keys(counts)) {
    const count = counts[name];
    if (typeof count === "number") put(total, name, (total[name] ?? 0) + count);
    else if (Object(count) === count) put(total, name, sum({ ...total[name] }, count));
  }
  return total;
};
