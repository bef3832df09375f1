// A gateway: a chat completions API of one's own, between pages and Bedrock.

import {
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  GuardrailNotEnforcedError,
  InternalServerError,
  InvalidRequestError,
  RateLimitError,
  refused,
} from "./errors.js";
import { namesOf } from "./names.js";
import { objects } from "./parse.js";
import { callOf, count } from "./parts.js";
import { event, eventResponse, passedOn, publicError } from "./sse.js";

export { nodeListener } from "./node-listener.js";

const OPTIONS = [
  ...["client", "models", "origins", "basePath", "authorize", "guardrail", "parameters", "maxTokens", "prepare"],
  ...["maxBodyBytes", "bodyTimeout", "clientTimeout", "heartbeat", "beginAfter", "maxConcurrent", "onUsage", "onError"],
];

/** What a request may have without being asked for: nothing that costs more, or that is kept. */
const PARAMETERS = [
  ...["messages", "temperature", "top_p", "frequency_penalty", "presence_penalty", "logit_bias", "logprobs"],
  ...["top_logprobs", "max_tokens", "max_completion_tokens", "stop", "seed", "response_format", "tools", "tool_choice"],
  ...["parallel_tool_calls", "reasoning_effort", "verbosity", "user", "safety_identifier", "prompt_cache_key"],
];

const TOKENS = ["max_completion_tokens", "max_tokens"];

const TIMES = ["bodyTimeout", "clientTimeout", "heartbeat", "beginAfter"];

/** More than a timer takes is at once. */
const timerOf = (ms) => Math.min(ms, 2 ** 31 - 1);

const now = () => performance.now();

/** What a client is told instead of an answer. */
class Refusal extends Error {
  constructor(status, code, message, headers = {}, param = null) {
    super(message);
    Object.assign(this, { status, code, headers, param });
  }
}

const typeOf = (status) =>
  status === 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error";

/** An error in OpenAI's form. */
function refusal({ status, code, message, headers, param }) {
  const error = { message, type: typeOf(status), param, code };
  return json({ error }, { status, headers });
}

const json = (value, { status, headers } = {}) =>
  new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });

// -- options --

const positive = (value) => typeof value === "number" && value > 0;

function checked(given) {
  if (Object(given) !== given) throw refused("options", "must be an object");
  for (const name of namesOf(given)) {
    if (!OPTIONS.includes(name)) throw refused(String(name), "is no option of a gateway");
  }
  const options = {
    ...{ maxBodyBytes: 1 << 20, bodyTimeout: 30_000, clientTimeout: 60_000, heartbeat: 400 },
    ...{ beginAfter: Infinity, maxConcurrent: Infinity },
  };
  for (const name of OPTIONS) if (given[name] !== undefined) options[name] = given[name];
  const { client, origins = [], basePath, parameters = {} } = options;
  if (typeof client !== "function" && !client?.chat?.completions) {
    throw refused("client", "must be a BedrockChatClient, or a function that brings one");
  }
  for (const name of ["authorize", "prepare", "onUsage", "onError"]) {
    if (options[name] !== undefined && typeof options[name] !== "function") throw refused(name, "must be a function");
  }
  for (const name of [...TIMES, "maxBodyBytes", "maxConcurrent", "maxTokens"]) {
    if (options[name] !== undefined && !positive(options[name])) throw refused(name, "must be a number, more than 0");
  }
  // Nothing that a condition came to: it would ask without.
  const { guardrail } = options;
  if (guardrail !== undefined && Object(guardrail) !== guardrail) throw refused("guardrail", "must be an object");
  if (basePath !== undefined && !/^\/.*[^/]$/.test(basePath)) {
    throw refused("basePath", "must begin with a slash and end without one");
  }
  return {
    ...options,
    models: modelsOf(options.models),
    origins: originsOf(origins),
    rules: rulesOf(parameters),
  };
}

/** Ids by the names that clients use. */
function modelsOf(models) {
  const pairs = Array.isArray(models) ? models.map((id) => [id, id]) : Object.entries(models ?? {});
  if (pairs.length === 0 || !pairs.every(([, id]) => id && typeof id === "string")) {
    throw refused("models", "must name the models that may be asked");
  }
  return new Map(pairs);
}

function originsOf(origins) {
  if (origins === "*") return origins;
  if (!Array.isArray(origins)) throw refused("origins", 'must be a list, or "*"');
  for (const origin of origins) {
    let parsed;
    try {
      parsed = new URL(origin);
    } catch {
      // It is told below.
    }
    // Of apps (`capacitor://localhost`) the engine knows no origin.
    const { protocol, host } = parsed ?? {};
    if (!host || host.includes("*") || origin !== `${protocol}//${host}`) {
      throw refused("origins", "must hold origins as browsers write them: https://example.com");
    }
  }
  return new Set(origins);
}

/** What becomes of each field of a request, by its name. */
function rulesOf(parameters) {
  // Each further answer costs as much as the first.
  const rules = new Map([...PARAMETERS.map((name) => [name, {}]), ["n", { max: 1 }]]);
  for (const [name, rule] of Object.entries(parameters)) {
    if (name === "model" || name === "stream" || name === "stream_options") {
      throw refused(`parameters.${name}`, "is the gateway's own");
    }
    if (rule === false) rules.delete(name);
    else if (rule === true) rules.set(name, {});
    else if (Object(rule) === rule) rules.set(name, rule);
    else throw refused(`parameters.${name}`, "must be a boolean or a rule");
  }
  return rules;
}

// -- who asks --

/** The headers that let a page read the answer; `undefined` if it may not even ask. */
function corsOf({ origins }, request) {
  const origin = request.headers.get("origin");
  const vary = origins === "*" ? {} : { vary: "Origin" };
  const isOwn =
    origin === null || request.headers.get("sec-fetch-site") === "same-origin" || origin === new URL(request.url).origin;
  if (origins !== "*" && !origins.has(origin)) return isOwn ? vary : undefined;
  const headers = {
    ...vary,
    "access-control-allow-origin": origins === "*" ? "*" : origin,
    "access-control-expose-headers": "x-request-id, retry-after, retry-after-ms, x-should-retry",
  };
  if (origins !== "*") headers["access-control-allow-credentials"] = "true";
  return headers;
}

function preflight(request) {
  const asked = request.headers.get("access-control-request-headers") ?? "";
  const isPlain = asked.length < 2000 && /^[\w-]+( *, *[\w-]+)*$/.test(asked);
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": isPlain ? asked : "authorization, content-type",
      "access-control-max-age": "600",
    },
  });
}

/** Whose call it is: a key, or a response of the hook's own. */
async function keyOf({ authorize }, request, env, ctx) {
  if (!authorize) return "";
  const word = await authorize(request, env, ctx);
  if (word === true) return "";
  if (word && (typeof word === "string" || word instanceof Response)) return word;
  throw new Refusal(401, "invalid_api_key", "You may not ask here.");
}

// -- what is asked --

/** What a path is of: the chat, the list of models, or one of them. */
function routeOf({ basePath }, url) {
  const { pathname } = new URL(url);
  const path = basePath === undefined || pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath?.length ?? 0) : "";
  const [, before, route, name] = path.match(/^(.*)\/(chat\/completions|models)(?:\/([^/]+))?$/) ?? [];
  const isThere = route && (basePath === undefined || before === "") && (name === undefined || route === "models");
  if (!isThere) throw new Refusal(404, "not_found", "There is nothing here.");
  const isChat = route !== "models";
  return { isChat, name, allowed: isChat ? ["POST"] : ["GET", "HEAD"] };
}

function modelsResponse({ models }, name) {
  const entry = (id) => ({ id, object: "model", created: 0, owned_by: "bedrock" });
  if (name === undefined) return json({ object: "list", data: [...models.keys()].map(entry) });
  let id;
  try {
    id = decodeURIComponent(name);
  } catch {
    // A name that is none.
  }
  if (!models.has(id)) throw noSuchModel();
  return json(entry(id));
}

const noSuchModel = () =>
  new Refusal(404, "model_not_found", "There is no such model here.", {}, "model");

/** The body of a request, in a buffer that grows with what comes and not with what is announced. */
async function readBody(request, most, ms) {
  const tooLarge = () => new Refusal(413, "request_too_large", `A request may have ${most} bytes at most.`);
  if (Number(request.headers.get("content-length")) > most) throw tooLarge();
  // Some browsers have no such.
  const reader = request.body?.getReader?.();
  if (!reader) {
    const whole = new Uint8Array(await request.arrayBuffer());
    if (whole.length > most) throw tooLarge();
    return whole;
  }
  let timer;
  const late = new Promise((_, fail) => {
    const refuse = () => fail(new Refusal(408, "request_timeout", "The request took too long to arrive."));
    timer = setTimeout(refuse, timerOf(ms));
  });
  let bytes = new Uint8Array(Math.min(4096, most));
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) return bytes.subarray(0, length);
      const end = length + value.length;
      if (end > most) throw tooLarge();
      if (end > bytes.length) {
        const larger = new Uint8Array(Math.min(Math.max(end, 2 * bytes.length), most));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(value, length);
      length = end;
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    throw error instanceof Refusal ? error : new Refusal(400, "request_incomplete", "The request broke off.");
  } finally {
    clearTimeout(timer);
  }
}

async function bodyOf({ maxBodyBytes, bodyTimeout }, request) {
  const { headers } = request;
  if (!/^application\/json *(;|$)/i.test(headers.get("content-type") ?? "")) {
    throw new Refusal(415, "unsupported_media_type", "A request is `application/json`.");
  }
  if (!/^(identity)?$/i.test(headers.get("content-encoding") ?? "")) {
    throw new Refusal(415, "unsupported_media_type", "A request is not compressed.");
  }
  const bytes = await readBody(request, maxBodyBytes, bodyTimeout);
  let body;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(400, "invalid_json", "The request is not JSON.");
  }
  if (Object(body) !== body || Array.isArray(body)) throw new Refusal(400, "invalid_json", "The request is no object.");
  return body;
}

const wrong = (param, rule) => new Refusal(400, "invalid_value", `\`${param}\` ${rule}`, {}, param);

/** The request that is sent: of what was asked, what may be; and what the gateway says. */
function requestOf({ models, rules, maxTokens }, asked) {
  const own = (name) => (Object.hasOwn(asked, name) ? (asked[name] ?? undefined) : undefined);
  const name = own("model");
  if (typeof name !== "string" || !models.has(name)) throw noSuchModel();
  const stream = own("stream") ?? false;
  if (typeof stream !== "boolean") throw wrong("stream", "must be a boolean");
  const body = { model: models.get(name) };
  for (const [field, { value, max, default: otherwise }] of rules) {
    const wanted = value !== undefined ? value : (own(field) ?? otherwise);
    if (wanted !== undefined) body[field] = max === undefined ? wanted : capped(field, wanted, max);
  }
  if (maxTokens) {
    for (const field of TOKENS) if (field in body) body[field] = capped(field, body[field], maxTokens);
    if (!TOKENS.some((field) => field in body)) body.max_completion_tokens = maxTokens;
  }
  if (stream) Object.assign(body, { stream, stream_options: { include_usage: true } });
  const options = own("stream_options");
  return { name, body, wantsUsage: options?.include_usage === true };
}

function capped(field, value, max) {
  if (typeof value !== "number") throw wrong(field, "must be a number");
  // What is less than one is no limit, to some.
  if ((field === "n" || TOKENS.includes(field)) && value < 1) throw wrong(field, "must be 1 or more");
  return Math.min(value, max);
}

// -- what is answered --

/** What the account's owner reads, and nobody else: which guardrail it was and what it found. */
function shown(answer, { name, body }) {
  for (const field of ["amazon-bedrock-trace", "guardrail"]) if (field in answer) delete answer[field];
  if (name !== body.model) answer.model = name;
  return answer;
}

/** Without the model's id, or what the service makes of it: its client knows it by its name. */
function renamed(text, asked) {
  if (!asked || asked.name === asked.body.model) return text;
  const words = `${asked.body.model}`.match(/[a-z]+\d*/gi) ?? [];
  const isOfId = new RegExp(`\\b(${words.filter((word) => word.length > 2).join("|") || "(?!)"})\\b`, "i");
  return text.replace(/[\w/-]+([.:][\w/-]+)*/g, (word) => (isOfId.test(word) ? asked.name : word));
}

/** A message without names of a request's own tools, but for those that a guardrail's settings have. */
const judged = (error, asked) =>
  objects(asked?.body.tools)
    .map((tool) => Object(tool.function ?? tool.custom).name)
    .filter((name) => /^[\w-]*guardrail[\w-]*$/i.test(name))
    .filter((name) => !/bedrock|^[_-]*guardrail(s|[_-]?(id|identifier|arn|version|config))?$/i.test(name))
    .reduce((text, name) => text?.split(name).join(""), error?.message);

/** An error of a call as its client is told of it. */
function told(error, asked) {
  const headers = {};
  const said = judged(error, asked);
  const status = statusOf(error, said);
  for (const name of ["retry-after", "retry-after-ms"]) {
    const value = error?.headers?.get?.(name);
    if (value && /^\d+$/.test(value)) headers[name] = value;
  }
  if (error?.requestID) headers["x-request-id"] = error.requestID;
  // What is wrong here stays wrong.
  if (status >= 500 && !error?.retryable) headers["x-should-retry"] = "false";
  if (error instanceof InvalidRequestError) {
    return new Refusal(status, "invalid_value", renamed(error.message, asked), headers, error.path || null);
  }
  const { message, code = null, param = null } = publicError(error, "The service could not be asked.", said);
  return new Refusal(status, status < 500 ? code : null, renamed(message, asked), headers, status < 500 ? param : null);
}

/** 500 is what the gateway's owner has to mend. */
function statusOf(error, said) {
  if (error instanceof InvalidRequestError) return 400;
  if (error instanceof RateLimitError) return 429;
  if (error instanceof APIConnectionTimeoutError || error?.status === 408) return 504;
  if (error instanceof InternalServerError) return error.status === 503 ? 503 : 502;
  // No answer, or one that nobody can read.
  if (error instanceof APIError && !(error.status >= 400)) return 502;
  // The model's own failure.
  if (error?.status === 424) return 502;
  const isAsked = [400, 413, 422].includes(error?.status) && !/guardrail/i.test(said);
  return isAsked ? error.status : 500;
}

const encoder = new TextEncoder();

/** What a usage must say to be one. */
const TOLD = ["prompt_tokens", "completion_tokens"];

/** About how many tokens a value is: a token is four bytes of text, more or less. */
function estimated(value) {
  // Pictures are counted by their size, which nobody knows here.
  const text = JSON.stringify(value, (_, held) => (typeof held === "string" && held.startsWith("data:") ? "" : held));
  return text ? Math.ceil(encoder.encode(text).length / 4) : 0;
}

/** What an answer that was broken off has cost, about. */
function estimatedUsage({ messages, tools }, partial) {
  const prompt_tokens = estimated(messages) + estimated(tools);
  const said = objects(partial?.choices).map(({ message }) => {
    const { content, reasoning, refusal, tool_calls } = Object(message);
    return [content, reasoning, refusal, ...objects(tool_calls).map((call) => callOf(call).input)];
  });
  const text = said.flat().filter((it) => typeof it === "string").join("");
  const completion_tokens = text ? Math.ceil(encoder.encode(text).length / 4) : 0;
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

/** Calls a hook of the owner's; what it throws is nobody's, and what it promises is waited for. */
function tell(hook, ctx, ...values) {
  outlive(ctx, (async () => hook?.(...values))().catch(() => {}));
}

/** A worker is there until this is done, and not only as long as its client. */
function outlive(ctx, promise) {
  try {
    ctx?.waitUntil?.(promise);
  } catch {
    // The context is another framework's.
  }
}

/**
 * The same, for workerd: only of a stream of its own does it tell that who read it has gone. Without
 * a context it is not workerd that reads it, and who cancels it is to be heard at once.
 */
function noticing(body, ctx) {
  const { IdentityTransformStream } = globalThis;
  if (!IdentityTransformStream || !ctx) return body;
  const { readable, writable } = new IdentityTransformStream();
  outlive(ctx, body.pipeTo(writable).catch(() => {}));
  return readable;
}

/** Whether an error came of an answer that was under way, and may have cost something. */
const hasCost = (error) =>
  (error?.attempts > 0 && [APIUserAbortError, APIConnectionTimeoutError].some((kind) => error instanceof kind)) ||
  error?.partial !== undefined ||
  (error instanceof GuardrailNotEnforcedError && error.requestID !== undefined);

/** One call, from its request to the end of its answer. */
class Visit {
  startedAt = now();
  controller = new AbortController();
  #it;
  #ctx;
  #release;
  #signal;
  #onAbort;
  #over = false;
  #waitingSince;
  #saidAt = 0;
  #timer;
  #ended;

  constructor(it, request, ctx, release) {
    this.#it = it;
    this.#ctx = ctx;
    this.#release = release;
    this.#signal = request.signal;
    this.#onAbort = () => this.leave(this.#signal.reason);
    if (this.#signal?.aborted) this.leave(this.#signal.reason);
    else this.#signal?.addEventListener("abort", this.#onAbort);
  }

  /** Its client has gone. */
  leave(reason) {
    this.controller.abort(reason);
    if (this.stream) this.end();
  }

  /** Asks, and makes a response of what comes. */
  async go(client, asked, key) {
    const { guardrail } = this.#it;
    this.asked = asked;
    this.key = key;
    const { body } = asked;
    const options = { signal: this.controller.signal, ...(guardrail && { guardrail }) };
    try {
      const asking = client.chat.completions.create(body, options).withResponse();
      // Nothing: it takes long.
      const { data, request_id } = (await this.#first(asking)) ?? {};
      const headers = request_id ? { "x-request-id": request_id } : {};
      if (body.stream) return this.#stream(data, asking, headers);
      this.end(undefined, data);
      return json(shown(data, asked), { headers });
    } catch (error) {
      this.end(error);
      throw told(error, asked);
    }
  }

  async #first(asking) {
    const { beginAfter } = this.#it;
    if (!this.asked.body.stream || beginAfter === Infinity) return asking;
    let timer;
    const late = new Promise((go) => (timer = setTimeout(go, timerOf(beginAfter))));
    return Promise.race([asking, late]).finally(() => clearTimeout(timer));
  }

  /** `stream`, or the one that is still asked for. */
  #stream(stream, asking, headers) {
    let chunks;
    const begin = (data) => {
      this.stream = data;
      chunks = data[Symbol.asyncIterator]();
    };
    if (stream) begin(stream);
    // Whether somebody reads or not.
    else asking.catch((error) => this.end(error));
    /** What only the gateway's owner wanted is not for the client. */
    const passes = (chunk) => {
      if (chunk.usage && chunk.choices?.length === 0 && !this.asked.wantsUsage) return false;
      return shown(chunk, this.asked);
    };
    const more = () => {
      let chunk;
      while ((chunk = chunks._more?.()) !== undefined && !passes(chunk));
      return chunk;
    };
    const next = async () => {
      this.#waitingSince = undefined;
      try {
        if (!chunks) begin((await asking).data);
        for (;;) {
          const step = await chunks.next();
          if (step.done) this.end(undefined, this.stream.partial);
          else if (!passes(step.value)) continue;
          return step;
        }
      } catch (error) {
        this.end(error);
        throw error;
      } finally {
        this.#waitingSince = this.#saidAt = now();
      }
    };
    const cancelled = async () => {
      if (!chunks) return this.leave(new Error("The client has left."));
      await chunks.return();
      this.end();
    };
    // Or workerd would drop it with its client, and nobody would hear what it has cost.
    outlive(this.#ctx, new Promise((go) => (this.#ended = go)));
    const fail = (error) => {
      const { message, ...rest } = publicError(error, undefined, judged(error, this.asked));
      return event({ error: { message: renamed(message, this.asked), ...rest } });
    };
    const start = (controller) => this.#watch(controller);
    const body = passedOn({ next, _more: more, return: cancelled }, event, "data: [DONE]\n\n", fail, start);
    return eventResponse(noticing(body, this.#ctx), { headers }, { "x-accel-buffering": "no" });
  }

  /**
   * Who does not read, and does not leave, holds the answer only for so long. Who has closed a
   * connection says so to whoever writes, and while the model thinks nobody else does.
   */
  #watch(controller) {
    const { clientTimeout, heartbeat } = this.#it;
    this.#waitingSince = this.#saidAt = now();
    const look = () => {
      const time = now();
      const waitingSince = this.#waitingSince ?? time;
      if (time - waitingSince >= clientTimeout) return this.leave(new Error("The client does not read."));
      if (time - this.#saidAt >= heartbeat) {
        // Who has not read the last needs no other.
        if (controller.desiredSize === 0) controller.enqueue(encoder.encode(": keep-alive\n\n"));
        this.#saidAt = time;
      }
      const next = Math.min(waitingSince + clientTimeout, this.#saidAt + heartbeat);
      this.#timer = setTimeout(look, timerOf(next - time));
    };
    look();
  }

  /** The answer is over. */
  end(error, completion) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#release();
    const { onUsage, onError } = this.#it;
    this.#ended?.();
    const { stream, asked, key } = this;
    const isAborted = this.controller.signal.aborted || error instanceof APIUserAbortError;
    const partial = completion ?? stream?.partial ?? error?.partial;
    const choices = objects(partial?.choices);
    const isWhole = choices.length > 0 && choices.every((choice) => choice.finish_reason);
    if (error && !isAborted) tell(onError, this.#ctx, error, { model: asked.name, key });
    if (!partial && !hasCost(error)) return;
    const { usage } = partial ?? {};
    const isTold = TOLD.every((field) => count(usage?.[field]) !== undefined);
    tell(onUsage, this.#ctx, {
      model: asked.name,
      key,
      usage: isTold ? usage : estimatedUsage(asked.body, partial),
      estimated: !isTold,
      outcome: error && !isAborted ? "failed" : completion || isWhole ? "done" : "aborted",
      finishReason: choices[0]?.finish_reason ?? undefined,
      guardrail: partial?.guardrail,
      requestId: stream?.requestId ?? partial?._request_id ?? error?.requestID,
      ms: now() - this.startedAt,
    });
  }
}

/** What brings the client: one is kept as long as its `env`, and not made anew for each request. */
function clients(client) {
  if (typeof client !== "function") return () => client;
  const kept = new WeakMap();
  const nowhere = {};
  return (env) => {
    const of = Object(env) === env ? env : nowhere;
    if (!kept.has(of)) {
      const making = (async () => client(env))();
      kept.set(of, making);
      // Another request may have more luck.
      making.catch(() => kept.delete(of));
    }
    return kept.get(of);
  };
}

/** One more call of a key; what gives its place back. */
function place(busy, key, most) {
  const count = busy.get(key) ?? 0;
  if (count >= most) {
    throw new Refusal(429, "too_many_calls", "Too many calls at once.", { "retry-after": "1" });
  }
  busy.set(key, count + 1);
  return () => {
    const left = busy.get(key) - 1;
    if (left > 0) busy.set(key, left);
    else busy.delete(key);
  };
}

export function gateway(options) {
  const it = checked(options);
  const busy = new Map();
  const clientOf = clients(it.client);
  const answer = async (request, env, ctx) => {
    const { method, url } = request;
    const { isChat, name, allowed } = routeOf(it, url);
    if (method === "OPTIONS") return preflight(request);
    if (!allowed.includes(method)) {
      throw new Refusal(405, "method_not_allowed", `${allowed[0]} is what this path takes.`, { allow: allowed.join(", ") });
    }
    const key = await keyOf(it, request, env, ctx);
    if (key instanceof Response) return new Response(key.body, key);
    if (!isChat) return modelsResponse(it, name);
    const asked = requestOf(it, await bodyOf(it, request));
    if (it.prepare) asked.body = (await it.prepare(asked.body, { request, env, key, model: asked.name })) ?? asked.body;
    const client = await clientOf(env);
    return new Visit(it, request, ctx, place(busy, key, it.maxConcurrent)).go(client, asked, key);
  };
  return async (request, env, ctx) => {
    let response;
    const cors = corsOf(it, request);
    try {
      if (!cors) throw new Refusal(403, "origin_not_allowed", "Pages of this origin may not ask here.", { vary: "Origin" });
      response = await answer(request, env, ctx);
    } catch (error) {
      const isTold = error instanceof Refusal;
      if (!isTold) tell(it.onError, ctx, error, {});
      response = refusal(isTold ? error : told(error));
    }
    for (const name in cors) response.headers[name === "vary" ? "append" : "set"](name, cors[name]);
    response.headers.set("x-content-type-options", "nosniff");
    return response;
  };
}
