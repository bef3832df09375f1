import { ChatCompletionStream } from "./completion-stream.js";
import { ABORTED, APIUserAbortError, BedrockError, asOurs, hidden, newError } from "./errors.js";
import { callsOf, conversation } from "./events.js";
import { Followed } from "./followed.js";
import { turns } from "./globals.js";
import { isBranded, parseCompletion } from "./parse.js";
import { listen } from "./signal.js";
import { Source } from "./source.js";

/** A tool whose `parse` and `function` agree, as openai has it. */
export class ParsingToolFunction {
  type = "function";

  constructor(input) {
    this.function = input;
  }
}

const nameOf = ({ name, function: run }) => name || run?.name;

/** A tool as it is run: what helpers made has its parser and its function out of sight. */
function runnable(tool) {
  if (!isBranded(tool)) return tool;
  if (!tool.$callback) throw new BedrockError(`The tool "${tool.function.name}" has no function that could be run.`);
  const { description = "" } = tool.function;
  return { ...tool, function: { ...tool.function, description, function: tool.$callback, parse: tool.$parseRaw } };
}

/** A tool as it is sent. */
function described(tool) {
  if (tool.type !== "function") return tool;
  const { description, parameters, strict, parse } = tool.function;
  const sent = { type: "function", function: { name: nameOf(tool.function), description, parameters, strict } };
  // Where the model is told what is wrong with its arguments, they end no run.
  return parse?.lenient ? hidden(sent, "$parseRaw", parse.lenient) : sent;
}

/** What the model should see of a message: of its own nothing but what it said and called. */
function asked(message) {
  if (message.role !== "assistant") return message;
  const { role, content, name, refusal, audio, function_call, tool_calls } = message;
  return {
    role,
    content,
    name,
    refusal: refusal ?? undefined,
    audio: audio ? { id: audio.id } : undefined,
    function_call: function_call ?? undefined,
    tool_calls: tool_calls?.map(({ id, type, function: call, custom }) =>
      custom
        ? { id, type, custom: { name: custom.name, input: custom.input } }
        : { id, type, function: { name: call.name, arguments: call.arguments } },
    ),
  };
}

/** The calls at the end of a conversation that nobody has answered. */
function openCalls(messages) {
  const at = messages.findLastIndex((message) => message.role !== "tool");
  const answered = messages.slice(at + 1).map((message) => message.tool_call_id);
  return at < 0 ? [] : callsOf(messages[at]).filter((call) => !answered.includes(call.id));
}

const newId = () => `call_${Array.from(crypto.getRandomValues(new Uint8Array(12)), (it) => it.toString(36)).join("")}`;

const quoted = (names) => Array.from(names, (name) => JSON.stringify(name)).join(", ");

const textOf = (result) => (typeof result === "string" ? result : (JSON.stringify(result) ?? "undefined"));

const messageOf = (error) => error?.feedback ?? (error instanceof Error ? error.message : String(error));

/** The request of a run, as it is sent. */
function requestOf({ stream, toolContext, tool_choice = "auto", tools, ...rest }) {
  if (rest.n > 1) throw new BedrockError("Tools are run for one answer: `n` must be 1.");
  return { ...rest, tool_choice, tools: (tools ?? []).map(runnable).map(described) };
}

/** What is of a run, and what is of each of its calls. */
function split({ maxChatCompletions = 10, afterCompletion, beforeTool, onToolError, onLimit, ...rest } = {}) {
  return [{ maxChatCompletions, afterCompletion, beforeTool, onToolError, onLimit }, rest];
}

/** Asks, runs the tools that the answer calls, and asks again. */
class Loop {
  #run;
  #request;
  #signal;
  #options;
  #context;
  #tools = new Map();
  #forced;
  /** Kept when the run was aborted, and what that has ended has told so. */
  #left;

  constructor(run, request, { tools, toolContext }, options, signal) {
    this.#run = run;
    this.#request = request;
    this.#signal = signal;
    this.#options = options;
    this.#context = toolContext;
    for (const tool of tools ?? []) if (tool.type === "function") this.#tools.set(nameOf(tool.function), runnable(tool).function);
    this.#forced = request.tool_choice?.function?.name;
    this.#left = new Promise((go) => signal.addEventListener("abort", () => turns().then(go)));
  }

  /** `ask` brings the answer to a request, parsed. */
  async go(ask) {
    const { messages } = this.#run;
    const { maxChatCompletions, afterCompletion, onLimit } = this.#options;
    this.#check();
    // A run that was left where its tools were called goes on there.
    if (openCalls(messages).length > 0 && (await this.#runTools())) return;
    for (let asks = 0; asks < maxChatCompletions; asks++) {
      const completion = await ask({ ...this.#request, messages: messages.map(asked) });
      const { message } = completion.choices[0] ?? {};
      if (!message) throw new BedrockError("The answer has no message.");
      message.role ??= "assistant";
      for (const call of callsOf(message)) call.id ||= newId();
      this.#run._add(completion);
      const isLast = !message.tool_calls?.length || (await this.#runTools());
      await this.#within(afterCompletion?.(completion, this.#run));
      this.#check();
      if (isLast) return;
    }
    if (onLimit === "throw") throw new BedrockError("The model has not come to an end within `maxChatCompletions`.");
  }

  #check() {
    const { aborted, reason } = this.#signal;
    if (aborted) throw newError(APIUserAbortError, ABORTED, { retryable: false, attempts: 0 }, undefined, reason);
  }

  /** Waits for the caller's code, which may never end, for as long as the run lasts. */
  #within(work) {
    return Promise.race([work, this.#left]);
  }

  /** Runs the tools that are called; whether that was all that was wanted. */
  async #runTools() {
    const calls = openCalls(this.#run.messages);
    const oneByOne = this.#forced || this.#request.parallel_tool_calls === false;
    for (const some of oneByOne ? calls.map((call) => [call]) : [calls]) {
      const results = [];
      const run = async (call, place) => {
        results[place] = await this.#runTool(call).catch((error) => ({ error, failed: true }));
      };
      await this.#within(Promise.all(some.map(run)));
      const failed = results.find((it) => it?.failed);
      if (failed && !this.#signal.aborted) throw failed.error;
      results.forEach(({ content }, place) => {
        if (content !== undefined) this.#run._addMessage({ role: "tool", tool_call_id: some[place].id, content });
      });
      this.#check();
      if (this.#forced && results[0].hasRun) return true;
    }
    return false;
  }

  /** What is told of a call, and whether its function has run. */
  async #runTool({ id, function: { name, arguments: text } }) {
    const { beforeTool, onToolError } = this.#options;
    const tool = this.#tools.get(name);
    if (!tool || (this.#forced && this.#forced !== name)) {
      const one = this.#forced && tool ? `${quoted([this.#forced])} requested` : `Available options are: ${quoted(this.#tools.keys())}`;
      return { content: `Invalid tool_call: ${quoted([name])}. ${one}. Please try again` };
    }
    let value = text;
    try {
      if (tool.parse) value = await tool.parse(text);
    } catch (error) {
      this.#check();
      return { content: messageOf(error) };
    }
    const word = await beforeTool?.({ id, name, arguments: value }, this.#run);
    this.#check();
    // Whatever is not a yes is a no.
    if (word !== true && word !== undefined) {
      return { content: typeof word === "string" && word ? word : "This call was not allowed." };
    }
    try {
      return { content: textOf(await tool.function(value, this.#run, this.#context, { signal: this.#signal, id })), hasRun: true };
    } catch (error) {
      this.#check();
      if (onToolError !== "reply") throw error;
      return { content: messageOf(error) };
    }
  }
}

/** A run whose answers come whole. */
export class ChatCompletionRunner extends conversation(class {}) {
  controller = new AbortController();
  #ending;

  constructor(client, body, options) {
    super();
    this.messages = [...body.messages];
    const { signal } = this.controller;
    const [own, rest] = split(options);
    const ask = async (params) => {
      const completion = await client.chat.completions.create({ ...params, stream: false }, { ...rest, signal });
      this._emit("connect");
      return parseCompletion(completion, params);
    };
    const go = async () => {
      // Who asked for it goes on to listen.
      await turns();
      const unlisten = rest.signal && listen(rest.signal, this);
      try {
        await new Loop(this, requestOf(body), body, own, signal).go(ask);
      } finally {
        unlisten?.();
      }
      this._emitFinal();
    };
    this.#ending = this._tellEnd(go());
    this.#ending.catch(() => {});
  }

  _begin() {}

  async _settle() {
    this._catch();
    await this.#ending;
  }

  _addMessage(message) {
    super._addMessage(message);
    if (message.role === "assistant" && message.content) this._emit("content", message.content);
  }

  abort(reason) {
    this.controller.abort(reason);
  }
}

/** The answers of a run, one behind the other, as one source of a stream: see source.js. */
class Rounds extends Followed {
  #latest = { items: [], next: undefined };
  source;
  #mode = 0;
  /** Kept when there is another answer, or the end. */
  #next;
  #tellNext;
  controller = new AbortController();

  constructor() {
    super();
    this.#await();
  }

  #await() {
    this.#tellNext?.();
    this.#next = new Promise((tell) => (this.#tellNext = tell));
  }

  /** Follows one answer to its end. */
  async follow(call, connected) {
    const source = call.source ?? new Source(call);
    await source.opened;
    if (source.headersAt) connected();
    source.latest = this.latest;
    source.mode = this.#mode;
    this._handOn(source);
    this.source = source;
    this.#await();
    await new Promise((end) => source.onEnd(end));
    if (source.failed) throw source.error;
    return source.partial;
  }

  end(error) {
    this.done = true;
    this.failed = error !== undefined;
    this.error = error;
    this.aborted = error instanceof APIUserAbortError;
    this.#await();
    this._tellEnd();
  }

  get latest() {
    return this.source?.latest ?? this.#latest;
  }

  set mode(mode) {
    this.#mode = mode;
    if (this.source) this.source.mode = mode;
  }

  decode() {
    return this.source?.decode() ?? false;
  }

  advance() {
    return this.source && !this.source.done ? this.source.advance() : this.#next;
  }

  abort(reason) {
    if (this.done) return;
    this.controller.abort(reason);
    this.source?.abort(reason);
  }

  onItem(tell) {
    super.onItem(tell);
    this.source?.onItem(tell);
  }

  get partial() {
    return this.source?.partial ?? { object: "chat.completion", choices: [] };
  }
}

// What else there is to know is of the answer that came last.
for (const name of ["response", "requestId", "attempts", "startedAt", "headersAt", "firstContentAt", "endedAt", "bytes", "guardrail"]) {
  Object.defineProperty(Rounds.prototype, name, {
    get() {
      return this.source?.[name];
    },
  });
}

/** A run whose answers stream, all as one stream. */
export class ChatCompletionStreamingRunner extends ChatCompletionStream {
  /** What is cut is no answer that could be gone on from. */
  _mustEnd = true;

  constructor(begin, body, options) {
    const rounds = new Rounds();
    super(undefined, rounds, body);
    const { signal } = rounds.controller;
    const [own, rest] = split(options);
    const ask = async (params) => {
      const completion = await rounds.follow(begin(params, { ...rest, signal }), () => this._emit("connect"));
      await this._told();
      return this._parse(completion);
    };
    const go = async () => {
      await turns();
      const unlisten = rest.signal && listen(rest.signal, this);
      try {
        this._body = requestOf(body);
        await this._told();
        await new Loop(this, this._body, body, own, signal).go(ask);
        rounds.end();
      } catch (error) {
        rounds.end(asOurs(error));
      }
      unlisten?.();
    };
    go();
    // It runs whether somebody reads it or not.
    this._begin();
  }

  /** The loop has added all. */
  async _finish() {}
}
