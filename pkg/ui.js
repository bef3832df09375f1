// Answers as the AI SDK's UI message streams, and its UI messages as requests.

import { APIUserAbortError, InvalidRequestError, newError } from "./errors.js";
import { Parts, finishReason } from "./parts.js";
import { event, eventResponse, passedOn, publicError } from "./sse.js";

/** The chunks of a UI message, one by one. */
function chunksOf(stream, { messageId, sendReasoning = true, messageMetadata, onError }) {
  const iterator = stream[Symbol.asyncIterator]();
  // A run of tools tells of what they answer between its answers.
  const isRun = stream._mustEnd === true;
  const queue = [{ type: "start", ...(messageId !== undefined && { messageId }) }, { type: "start-step" }];
  let over = false;
  let pending;
  let ring;
  /** Ids of this step's calls, by their own. */
  let ids = new Map();
  let results = [];
  const tell = (part) => {
    const { type, id: toolCallId, name: toolName, delta, text, raw } = part;
    if (type === "tool-start") {
      ids.set(raw, toolCallId);
      queue.push({ type: "tool-input-start", toolCallId, toolName });
    } else if (type === "tool-delta") {
      queue.push({ type: "tool-input-delta", toolCallId, inputTextDelta: delta });
    } else if (type === "tool-end") {
      queue.push({ toolCallId, toolName, ...inputOf(text) });
    } else if (sendReasoning || !type.startsWith("reasoning")) {
      queue.push(part);
    }
  };
  let parts = new Parts(tell);
  const flush = () => {
    for (const { tool_call_id: raw, content } of results) {
      if (ids.has(raw)) queue.push({ type: "tool-output-available", toolCallId: ids.get(raw), output: outputOf(content) });
    }
    results = [];
  };
  if (isRun) {
    stream.on("message", (message) => {
      if (message.role !== "tool") return;
      results.push(message);
      if (!parts.reason) return;
      flush();
      ring?.();
    });
  }
  const take = ({ done, value }) => {
    if (done) {
      parts.end();
      const metadata = messageMetadata?.(stream);
      const reason = finishReason(parts.reason);
      flush();
      queue.push({ type: "finish-step" });
      queue.push({ type: "finish", finishReason: reason, ...(metadata !== undefined && { messageMetadata: metadata }) });
      over = true;
      return;
    }
    if (isRun && parts.reason && value.choices?.length > 0) {
      flush();
      ids = new Map();
      parts = new Parts(tell);
      queue.push({ type: "finish-step" }, { type: "start-step" });
    }
    parts.push(value);
    if (parts.reason) flush();
  };
  const fail = (error) => {
    parts.end(false);
    over = true;
    if (error instanceof APIUserAbortError) queue.push({ type: "abort" });
    else queue.push({ type: "error", errorText: String(onError?.(error) ?? publicError(error).message) });
  };
  return {
    async next() {
      while (queue.length === 0 && !over) {
        pending ??= iterator.next().then(
          (step) => () => take(step),
          (error) => () => fail(error),
        );
        const act = await Promise.race([pending, new Promise((go) => (ring = go))]);
        if (!act) continue;
        pending = undefined;
        try {
          act();
        } catch (error) {
          fail(error);
        }
      }
      return queue.length > 0 ? { done: false, value: queue.shift() } : { done: true, value: undefined };
    },
    async return() {
      over = true;
      await iterator.return();
    },
  };
}

function inputOf(text) {
  try {
    return { type: "tool-input-available", input: text.trim() === "" ? {} : JSON.parse(text) };
  } catch {
    return { type: "tool-input-error", input: text, errorText: "The arguments are not JSON." };
  }
}

/** What a tool answered, as it was before it became text. */
function outputOf(text) {
  if (typeof text !== "string" || !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function uiMessageStream(stream, options = {}) {
  const chunks = chunksOf(stream, options);
  const pull = async (controller) => {
    const { done, value } = await chunks.next();
    if (done) controller.close();
    else controller.enqueue(value);
  };
  return new ReadableStream({ pull, cancel: () => chunks.return() }, { highWaterMark: 0 });
}

const HEADERS = { "x-vercel-ai-ui-message-stream": "v1", "x-accel-buffering": "no" };

export function toUIMessageStreamResponse(stream, { headers, status, statusText, ...options } = {}) {
  const body = passedOn(chunksOf(stream, options), event, "data: [DONE]\n\n");
  return eventResponse(body, { headers, status, statusText }, HEADERS);
}

// -- UI messages --

const refuse = (path, rule) => {
  throw newError(InvalidRequestError, `\`${path}\` ${rule}`, { path });
};

const textOf = (parts) => parts.map(({ text }) => text).join("");

function contentOf(parts) {
  if (parts.every(({ type }) => type === "text")) return textOf(parts);
  return parts.map(({ type, text, mediaType, url, filename }) => {
    if (type === "text") return { type, text };
    if (`${mediaType}`.startsWith("image")) return { type: "image_url", image_url: { url } };
    return { type: "file", file: { filename, file_data: url } };
  });
}

const written = (value) => (typeof value === "string" ? value : (JSON.stringify(value) ?? "null"));

/** What a call was answered; `undefined` for one that was not: the service wants none without. */
function resultOf({ state, output, errorText, approval }) {
  if (state === "output-available") return written(output);
  if (state === "output-error") return textOr(errorText, "The tool failed.");
  if (state === "output-denied" || approval?.approved === false) return textOr(approval?.reason, "The call was not allowed.");
}

const textOr = (value, otherwise) => (typeof value === "string" ? value : otherwise);

const isTool = ({ type }) => type === "dynamic-tool" || type.startsWith("tool-");

/** One step of an assistant: what it said and called, and what it was answered. */
function stepOf(parts) {
  const calls = parts.filter(isTool).flatMap((part) => {
    const content = resultOf(part);
    if (content === undefined) return [];
    const name = part.type === "dynamic-tool" ? part.toolName : part.type.slice("tool-".length);
    return [{ id: part.toolCallId, name, text: JSON.stringify(part.input ?? part.rawInput ?? {}), content }];
  });
  const content = textOf(parts.filter(({ type }) => type === "text"));
  if (content === "" && calls.length === 0) return [];
  const tool_calls = calls.map(({ id, name, text }) => ({ id, type: "function", function: { name, arguments: text } }));
  return [
    { role: "assistant", content: content || (calls.length > 0 ? null : ""), ...(calls.length > 0 && { tool_calls }) },
    ...calls.map(({ id, content }) => ({ role: "tool", tool_call_id: id, content })),
  ];
}

function assistantOf(parts) {
  const steps = [[]];
  for (const part of parts) {
    if (part.type === "step-start") steps.push([]);
    else steps.at(-1).push(part);
  }
  return steps.flatMap(stepOf);
}

/** What of a part must be text. */
const TEXTS = { text: ["text"], file: ["url"], "dynamic-tool": ["toolName", "toolCallId"], "tool-": ["toolCallId"] };

function check(parts, path) {
  const isList = Array.isArray(parts) && parts.every((part) => typeof part?.type === "string");
  if (!isList) refuse(path, "must be a list of parts");
  for (const [at, part] of parts.entries()) {
    const kind = part.type.startsWith("tool-") ? "tool-" : part.type;
    const fields = Object.hasOwn(TEXTS, kind) ? TEXTS[kind] : [];
    for (const field of fields) if (typeof part[field] !== "string") refuse(`${path}[${at}].${field}`, "must be a string");
  }
}

export function fromUIMessages(messages, { allowSystem = false } = {}) {
  if (!Array.isArray(messages)) refuse("messages", "must be a list of UI messages");
  return messages.flatMap((message, at) => {
    const { role, parts } = message ?? {};
    check(parts, `messages[${at}].parts`);
    if (role === "assistant") return assistantOf(parts);
    if (role === "user") {
      const content = contentOf(parts.filter(({ type }) => type === "text" || type === "file"));
      return [{ role, content }];
    }
    if (role === "system" && allowSystem) return [{ role, content: textOf(parts.filter(({ type }) => type === "text")) }];
    return refuse(`messages[${at}].role`, "must be `user` or `assistant`");
  });
}

// -- without a server --

export function chatTransport({ client, request, options, ...rest }) {
  return {
    async sendMessages({ messages, abortSignal, ...about }) {
      const wanted = typeof request === "function" ? await request({ messages, ...about }) : request;
      const body = { messages: fromUIMessages(messages, { allowSystem: true }), ...wanted };
      const call = { ...options, signal: abortSignal };
      const { completions } = client.chat;
      const isRun = body.tools?.some((tool) => tool.$callback ?? tool.function?.function);
      const stream = isRun ? completions.runTools({ ...body, stream: true }, call) : completions.stream(body, call);
      // It is the page's own key: nothing is to be hidden.
      return uiMessageStream(stream, { onError: ({ message }) => message, ...rest });
    },
    // A stream is one connection.
    reconnectToStream: async () => null,
  };
}
