// A provider for the AI SDK: its language model, specification v4.

import { BedrockError } from "./errors.js";
import { objects } from "./parse.js";
import { Parts, callOf, count, finishReason, text as textOf, uniqueId } from "./parts.js";

// -- its errors, without its package --

const marker = (name) => Symbol.for(name ? `vercel.ai.error.${name}` : "vercel.ai.error");

/** Makes an error one of the AI SDK's: `isInstance` looks for these. */
function mark(error, name, fields) {
  for (const key of [marker(), marker(name)]) Object.defineProperty(error, key, { value: true });
  for (const key in fields) {
    if (!(key in error)) Object.defineProperty(error, key, { value: fields[key] });
  }
  return error;
}

const failure = (name, message, fields) => mark(Object.assign(new Error(message), { name }), name, fields);

const unsupported = (functionality) =>
  failure("AI_UnsupportedFunctionalityError", `'${functionality}' functionality not supported.`, { functionality });

/** What a call failed with, for the AI SDK: a call that it need not repeat, since we have. */
function asCallError(error, { abortSignal }, body) {
  // It knows an abort by the signal's own reason.
  if (abortSignal?.aborted) return abortSignal.reason;
  if (!(error instanceof BedrockError)) return error;
  return mark(error, "AI_APICallError", {
    url: "",
    requestBodyValues: body,
    statusCode: error.status,
    responseHeaders: headersOf(error.headers),
    isRetryable: false,
    data: error.error,
  });
}

const headersOf = (headers) => (headers ? Object.fromEntries(headers.entries()) : undefined);

// -- prompts --

const IMAGES = { iVBOR: "image/png", "/9j/": "image/jpeg", R0lG: "image/gif", UklG: "image/webp" };

function base64(data) {
  // Some write it for URLs.
  if (typeof data === "string") return data.replace(/-/g, "+").replace(/_/g, "/");
  let text = "";
  // So many arguments a call may have.
  for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
  return btoa(text);
}

function fileOf({ data: { type, data, url, text }, mediaType, filename }) {
  const [top, subtype] = mediaType.split("/");
  if (type === "text") return { type: "text", text };
  if (type === "reference") throw unsupported("file parts by reference");
  if (top === "image") {
    if (type === "url") return { type: "image_url", image_url: { url: url.toString() } };
    const bytes = base64(data);
    const start = Object.keys(IMAGES).find((start) => bytes.startsWith(start));
    const kind = subtype && subtype !== "*" ? mediaType : (IMAGES[start] ?? "image/png");
    return { type: "image_url", image_url: { url: `data:${kind};base64,${bytes}` } };
  }
  if (type === "url") throw unsupported(`file parts of type ${mediaType} by URL`);
  if (top === "text") {
    const bytes = typeof data === "string" ? Uint8Array.from(atob(base64(data)), (it) => it.charCodeAt(0)) : data;
    return { type: "text", text: new TextDecoder().decode(bytes) };
  }
  if (mediaType === "application/pdf") {
    const file_data = `data:${mediaType};base64,${base64(data)}`;
    return { type: "file", file: { filename: filename ?? "document.pdf", file_data } };
  }
  throw unsupported(`file parts of type ${mediaType}`);
}

const partOf = (part) => (part.type === "text" ? { type: "text", text: part.text } : fileOf(part));

const json = (value) => (typeof value === "string" ? value : JSON.stringify(value ?? {}));

function assistantOf(content) {
  const said = content.filter(({ type }) => type === "text");
  const calls = content.filter(({ type }) => type === "tool-call");
  const text = said.map(({ text }) => text).join("");
  const tool_calls = calls.map(({ toolCallId, toolName, input }) => ({
    id: toolCallId,
    type: "function",
    function: { name: toolName, arguments: json(input) },
  }));
  // Reasoning is the model's own, and no model here takes it back.
  return { role: "assistant", content: text || (calls.length > 0 ? null : ""), ...(calls.length > 0 && { tool_calls }) };
}

function resultOf({ type, value, reason }) {
  if (type === "text" || type === "error-text") return value;
  if (type === "execution-denied") return reason ?? "Tool call execution denied.";
  if (type === "content") {
    return value.every((part) => part.type === "text") ? value.map(({ text }) => text).join("\n") : JSON.stringify(value);
  }
  return JSON.stringify(value);
}

function messagesOf(prompt) {
  return prompt.flatMap(({ role, content }) => {
    if (role === "system") return [{ role, content }];
    if (role === "assistant") return [assistantOf(content)];
    if (role === "tool") {
      const results = content.filter(({ type }) => type === "tool-result");
      return results.map(({ toolCallId, output }) => ({ role, tool_call_id: toolCallId, content: resultOf(output) }));
    }
    const isText = content.length === 1 && content[0].type === "text";
    return [{ role, content: isText ? content[0].text : content.map(partOf) }];
  });
}

// -- requests --

function toolOf({ name, description, inputSchema, strict }) {
  return { type: "function", function: { name, description, parameters: inputSchema, ...(strict != null && { strict }) } };
}

function formatOf(format) {
  if (format?.type !== "json") return undefined;
  const { schema, name = "response", description } = format;
  if (!schema) return { type: "json_object" };
  return { type: "json_schema", json_schema: { name, description, schema, strict: true } };
}

/** What is sent, what was asked for and is not, and the options of the call. */
function requestOf(model, given, name) {
  const { prompt, tools = [], toolChoice, topK, responseFormat, reasoning, headers = {}, abortSignal } = given;
  const { guardrail, ...fields } = given.providerOptions?.[name] ?? {};
  const own = tools.filter(({ type }) => type === "function");
  const warnings = tools
    .filter(({ type }) => type !== "function")
    .map(({ id }) => ({ type: "unsupported", feature: `provider-defined tool ${id}` }));
  if (topK != null) warnings.push({ type: "unsupported", feature: "topK" });
  const choice = toolChoice?.type === "tool" ? { type: "function", function: { name: toolChoice.toolName } } : toolChoice?.type;
  const body = {
    model,
    messages: messagesOf(prompt),
    max_completion_tokens: given.maxOutputTokens,
    temperature: given.temperature,
    top_p: given.topP,
    frequency_penalty: given.frequencyPenalty,
    presence_penalty: given.presencePenalty,
    stop: given.stopSequences,
    seed: given.seed,
    response_format: formatOf(responseFormat),
    reasoning_effort: reasoning === "provider-default" ? undefined : reasoning,
    ...(own.length > 0 && { tools: own.map(toolOf), tool_choice: choice }),
    ...fields,
  };
  for (const field in body) if (body[field] === undefined) delete body[field];
  // Pages may not set it.
  const others = Object.entries(headers).filter(([name, value]) => value !== undefined && name.toLowerCase() !== "user-agent");
  const options = { signal: abortSignal, headers: Object.fromEntries(others), ...(guardrail && { guardrail }) };
  return { body, warnings, options };
}

// -- answers --

function usageOf(usage) {
  const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = Object(usage);
  const { cached_tokens, cache_write_tokens } = Object(prompt_tokens_details);
  const [input, output] = [count(prompt_tokens), count(completion_tokens)];
  const [cacheRead, cacheWrite] = [count(cached_tokens), count(cache_write_tokens)];
  const reasoning = count(Object(completion_tokens_details).reasoning_tokens);
  const without = (total, ...parts) =>
    total === undefined ? undefined : Math.max(0, parts.reduce((left, part) => left - (part ?? 0), total));
  return {
    inputTokens: { total: input, noCache: without(input, cacheRead, cacheWrite), cacheRead, cacheWrite },
    outputTokens: { total: output, text: without(output, reasoning), reasoning },
    raw: Object(usage) === usage ? usage : undefined,
  };
}

const reasonOf = (raw) => ({ unified: finishReason(raw), raw });

/** What only Bedrock says; it must be JSON. */
const metadataOf = (name, requestId, guardrail) => ({
  [name]: JSON.parse(JSON.stringify({ requestId: requestId ?? undefined, guardrail })),
});

const responseOf = ({ id, model, created }) => ({
  id: textOf(id),
  modelId: textOf(model),
  // Of the year 275760 and later there are none.
  timestamp: count(created) <= 8.64e12 ? new Date(created * 1000) : undefined,
});

const toolCall = (toolCallId, toolName, input) => ({ type: "tool-call", toolCallId, toolName, input: input || "{}" });

function contentOf({ reasoning, content, refusal, tool_calls }) {
  const texts = [["reasoning", reasoning], ["text", content], ["text", refusal]];
  return [
    ...texts.filter(([, text]) => textOf(text)).map(([type, text]) => ({ type, text })),
    ...objects(tool_calls)
      .map(callOf)
      .filter(({ name }) => name)
      .map(({ id, name, input }) => toolCall(uniqueId(id), name, input)),
  ];
}

class LanguageModel {
  specificationVersion = "v4";
  // It takes no URLs: the AI SDK fetches what they stand for.
  supportedUrls = {};
  #client;
  #name;

  constructor(client, name, modelId) {
    this.#client = client;
    this.#name = name;
    this.provider = `${name}.chat`;
    this.modelId = modelId;
  }

  async doGenerate(given) {
    const { body, warnings, options } = requestOf(this.modelId, given, this.#name);
    try {
      const asked = this.#client.chat.completions.create(body, options);
      const { data, response, request_id } = await asked.withResponse();
      const [{ message, finish_reason } = {}] = objects(data.choices);
      return {
        content: contentOf(Object(message)),
        finishReason: reasonOf(textOf(finish_reason)),
        usage: usageOf(data.usage),
        providerMetadata: metadataOf(this.#name, request_id, data.guardrail),
        request: { body },
        response: { ...responseOf(data), headers: headersOf(response.headers), body: data },
        warnings,
      };
    } catch (error) {
      throw asCallError(error, given, body);
    }
  }

  async doStream(given) {
    const { body, warnings, options } = requestOf(this.modelId, given, this.#name);
    const sent = { ...body, stream: true, stream_options: { include_usage: true } };
    try {
      const stream = await this.#client.chat.completions.create(sent, options);
      return {
        stream: partsOf(stream, given, warnings, this.#name, sent),
        request: { body: sent },
        response: { headers: headersOf(stream.response?.headers) },
      };
    } catch (error) {
      throw asCallError(error, given, sent);
    }
  }
}

function partsOf(stream, given, warnings, name, body) {
  const chunks = stream[Symbol.asyncIterator]();
  let controller;
  let isFirst = true;
  let wasCalled = false;
  let emitted = 0;
  const emit = (part) => {
    emitted++;
    controller.enqueue(part);
  };
  const parts = new Parts(({ type, id, name: toolName, delta, text, ...rest }) => {
    if (type === "tool-start") emit({ type: "tool-input-start", id, toolName });
    else if (type === "tool-delta") emit({ type: "tool-input-delta", id, delta });
    else if (type !== "tool-end") emit({ type, id, ...(delta !== undefined && { delta }), ...rest });
    else {
      wasCalled = true;
      emit({ type: "tool-input-end", id });
      emit(toolCall(id, toolName, text));
    }
  });
  const finish = (finishReason) => {
    const { usage, guardrail } = stream.partial;
    const providerMetadata = metadataOf(name, stream.requestId, guardrail);
    emit({ type: "finish", finishReason, usage: usageOf(usage), providerMetadata });
    controller.close();
  };
  const pull = async (it) => {
    controller = it;
    try {
      // Who was given nothing would not ask again.
      for (emitted = 0; emitted === 0; ) {
        const { done, value } = await chunks.next();
        if (done) {
          parts.end();
          return finish(reasonOf(parts.reason ?? (wasCalled ? "tool_calls" : undefined)));
        }
        if (given.includeRawChunks) emit({ type: "raw", rawValue: value });
        if (isFirst) emit({ type: "response-metadata", ...responseOf(value) });
        isFirst = false;
        parts.push(value);
      }
    } catch (thrown) {
      const error = asCallError(thrown, given, body);
      if (given.abortSignal?.aborted) return controller.error(error);
      parts.end(false);
      emit({ type: "error", error });
      finish({ unified: "error", raw: undefined });
    }
  };
  return new ReadableStream(
    {
      start: (it) => it.enqueue({ type: "stream-start", warnings }),
      pull,
      cancel: async () => void (await chunks.return()),
    },
    // `stream-start` is there before somebody asks.
    { highWaterMark: 0 },
  );
}

export function createBedrockChat({ client, name = "bedrock" }) {
  const languageModel = (modelId) => new LanguageModel(client, name, modelId);
  const none = (modelType) => (modelId) => {
    const fields = { modelId, modelType };
    throw failure("AI_NoSuchModelError", `No such ${modelType}: ${modelId}`, fields);
  };
  return Object.assign((modelId) => languageModel(modelId), {
    specificationVersion: "v4",
    languageModel,
    embeddingModel: none("embeddingModel"),
    imageModel: none("imageModel"),
  });
}
