// A client that applies guardrails itself. What is judged, and what may be seen, judge.js says; here
// is who asks ApplyGuardrail, and when.

import { APPLY, Call, JUDGED, STREAM, aborted, readOptions } from "./call.js";
import { stringify } from "./body.js";
import { BedrockChatClient as Client } from "./client.js";
import {
  ABORTED,
  APIConnectionError,
  APIError,
  APIUserAbortError,
  GuardrailNotEnforcedError,
  IncompleteStreamError,
  LimitError,
  ModuleError,
  asOurs,
  hidden,
  newError,
  refused,
  setPartial,
} from "./errors.js";
import { Followed } from "./followed.js";
import { Answer, Asked, invalid, textsIn, verdictOf } from "./judge.js";
import { Given, tables } from "./options.js";
import { CHUNKS, NOTHING, Source, TEXT } from "./source.js";

const AS_RESPONSE =
  "Nobody has judged what a response holds: asResponse() is not for calls whose guardrail the client applies.";
const UNJUDGED = "The request failed. What the service says of it has not passed the guardrail.";
const UNTOLD = "ApplyGuardrail failed. What it says is not shown: it may hold what the model said.";
const UNSEEN = "cannot be judged, so it is not for calls whose guardrail the client applies";
const SYNCHRONOUS = "must be SYNCHRONOUS where the client applies the guardrail";
const CONFIG = "amazon-bedrock-guardrailConfig";

/** Characters of a stream that are judged at a time: a unit of a guardrail's price. */
const WINDOW = 1000;
const OVERLAP = 200;
const MOST_CHOICES = 128;

/** Their words are ours, and no service's. */
const OWN = [APIConnectionError, APIUserAbortError, IncompleteStreamError, LimitError, ModuleError];

const now = () => performance.now();

export class BedrockChatClient extends Client {
  _begin(client, body, options, kind) {
    if (kind > STREAM) return new Call(client, body, options, kind);
    const given = readOptions(options);
    const text = stringify(body);
    // By a getter of the body's, say.
    if (client.closed) throw aborted();
    const told = client.enter().ask("enforcement", client.handle, text, given?.text() ?? "");
    if (told === "") return new Call(client, undefined, undefined, kind, { given, text });
    return new GuardedCall(client, kind, text, given, told.split("\n"));
  }
}

/** What is to be done for a request, by the module's lines and the options that are ours alone. */
function planOf([identifier, version, trace, tagSuffix, mode, isOfCall], client, given, request, kind) {
  const from = isOfCall ? given : client.given;
  if (mode === "ASYNCHRONOUS") throw invalid("guardrail.streamProcessingMode", SYNCHRONOUS);
  for (const name of ["logprobs", "audio"]) if (request[name]) throw invalid(name, UNSEEN);
  const roles = from.string("guardrail.roles");
  const list = roles && JSON.parse(roles);
  if (list && !(list.length > 0 && list.every((role) => typeof role === "string"))) {
    throw refused("guardrail.roles", "must be a list of roles, and not an empty one");
  }
  const window = from.number("guardrail.window") ?? WINDOW;
  const overlap = from.number("guardrail.overlap") ?? Math.min(OVERLAP, window >>> 1);
  if (overlap >= window) throw refused("guardrail.window", "must be more than guardrail.overlap");
  const { model, n, stream } = request;
  const choices = Math.min(Math.max(n >>> 0, 1), MOST_CHOICES);
  return { identifier, version, trace, tagSuffix, roles: list, window, overlap, model, choices, isStream: kind === STREAM || stream === true };
}

/** The same options with so much less time in all. */
function within(given, base, ms) {
  const total = given?.number("timeout.total") ?? base.number("timeout.total");
  if (!(total > 0)) return given;
  const rest = Object.assign(new Given(), given);
  rest.texts = rest.texts.slice();
  rest.texts[tables().places["timeout.total"]] = `n${Math.max(1, Math.ceil(total - ms))}`;
  return rest;
}

/** A call, as promises and streams see one, of a model between two questions to ApplyGuardrail. */
class GuardedCall {
  plan;
  answer;
  startedAt = now();
  /** Questions, and the time that they took. */
  asked = { calls: 0, ms: 0 };
  /** The guardrail's text, where the request was blocked. */
  blocked;
  /** The call of the model, once it may be asked; nothing where the request was blocked. */
  model;
  /** Why nothing is asked any more. */
  left;
  #client;
  #given;
  /** The calls under way, or the last ones. */
  #question;
  #modelCall;
  #intervened = false;
  #traces = { INPUT: [], OUTPUT: [] };
  /** What the service said, of the errors that stand in its place. */
  #said = new WeakMap();
  #result;
  #response;

  constructor(client, kind, text, given, lines) {
    const request = JSON.parse(text);
    this.#client = client;
    this.#given = given;
    this.plan = planOf(lines, client, given, request, kind);
    this.answer = new Answer(this.plan);
    const asked = new Asked(request, this.plan);
    this.model = this.#ask(asked, request, kind);
    this.model.catch(() => {});
  }

  get isStream() {
    return this.plan.isStream;
  }

  async #ask(asked, request, kind) {
    // Who began it may end it first.
    await undefined;
    const { texts, images } = asked;
    const { blocked, masked } = await this.judge("INPUT", texts, images);
    this.blocked = blocked;
    if (blocked !== undefined) return undefined;
    if (masked) asked.mask(masked);
    delete request[CONFIG];
    return this.#begin(JSON.stringify(request), kind | JUDGED, this.#hide);
  }

  #begin(text, kind, hide) {
    if (this.left) throw this.left;
    const given = within(this.#given, this.#client.given, now() - this.startedAt);
    const call = new Call(this.#client, undefined, undefined, kind, { given, text, hide });
    if (kind === APPLY) this.#question = call;
    else this.#modelCall = call;
    return call;
  }

  /** What the guardrail says of these: see `verdictOf`. */
  async judge(source, texts, images = []) {
    if (texts.length + images.length === 0) return {};
    const { identifier, version, trace, tagSuffix } = this.plan;
    const qualifiers = tagSuffix && source === "INPUT" ? ["guard_content"] : undefined;
    const content = [...texts.map((text) => ({ text: { text, qualifiers } })), ...images];
    const outputScope = trace === "ENABLED_FULL" ? "FULL" : undefined;
    const start = now();
    this.asked.calls++;
    const request = JSON.stringify({ identifier, version, source, outputScope, content });
    // What it says of the caller's own text it may say.
    const hide = source === "INPUT" ? undefined : (error) => this.#bare(error, UNTOLD);
    const question = this.#begin(request, APPLY, hide);
    const answer = await question.result();
    this.asked.ms += now() - start;
    if (this.left) throw this.left;
    const verdict = verdictOf(answer, texts);
    const found = answer.action !== "NONE";
    this.#intervened ||= found;
    if (Array.isArray(answer.assessments) && (found ? trace.startsWith("ENABLED") : outputScope)) {
      this.#traces[source].push(...answer.assessments);
    }
    return verdict;
  }

  get guardrail() {
    const { INPUT: input, OUTPUT: output } = this.#traces;
    // Of an ARN its last part.
    const id = this.plan.identifier.split("/").pop();
    const trace = {
      ...(input.length > 0 && { inputAssessment: { [id]: input[0] } }),
      ...(output.length > 0 && { outputAssessments: { [id]: output } }),
    };
    const isTold = input.length + output.length > 0;
    return { action: this.#intervened || this.answer.isIntervened ? "INTERVENED" : "NONE", ...(isTold && { trace }), enforcedBy: "client", evidence: true };
  }

  /** What was let through. */
  get completion() {
    // A copy: the caller may change it.
    const completion = JSON.parse(JSON.stringify(this.answer.completion(this.guardrail)));
    return hidden(completion, "_request_id", this.requestID ?? null);
  }

  // -- errors --

  /** What stands in the place of an error until its text is judged: those who are told of it before see this. */
  #hide = (error) => {
    const shown = this.#bare(error, UNJUDGED);
    if (shown !== error) this.#said.set(shown, error);
    return shown;
  };

  /** Without what is not ours. */
  #bare(error, message) {
    if (!(error instanceof APIError) || OWN.some((kind) => error instanceof kind)) return this.#lock(error);
    const { status, attempts, retryable, requestID } = error;
    const fields = JSON.parse(JSON.stringify({ status, attempts, retryable, requestID }));
    return this.#lock(newError(error.constructor, message, fields));
  }

  /** Its `partial` is what was let through, whoever sets it. */
  #lock(error) {
    const get = () => (this.isStream ? this.completion : undefined);
    // Once: it may come by here again.
    if (!Object.hasOwn(error, "partial")) Object.defineProperty(error, "partial", { get });
    return error;
  }

  hides(error) {
    return this.#said.has(error);
  }

  /** An error with what the service said, if that passes. */
  async judged(error) {
    const said = this.#said.get(error);
    // Nobody knows what is in a cause.
    if (!said || said.cause !== undefined || this.left) return error;
    try {
      const texts = [...textsIn([said.message, { ...said }, [...(said.headers ?? [])]])];
      const { blocked, masked } = await this.judge("OUTPUT", texts);
      if (blocked === undefined && !masked) return this.#lock(said);
    } catch {
      // Then nobody has judged it.
    }
    return error;
  }

  /** Nothing is asked any more. */
  leave(reason, error = newError(APIUserAbortError, ABORTED, { attempts: this.attempts, retryable: false }, undefined, reason)) {
    this.left ??= error;
    this.#question?.abort(reason);
    this.#modelCall?.abort(reason);
    return this.left;
  }

  // -- what a call is to others --

  /** The completion; of a stream nothing, once it has begun. */
  result() {
    return (this.#result ??= this.#settle());
  }

  async #settle() {
    try {
      const call = await this.model;
      const completion = await call?.result();
      if (this.isStream) return undefined;
      if (call) this.answer.end(completion);
    } catch (error) {
      throw await this.judged(error);
    }
    const { answer, plan } = this;
    if (this.blocked === undefined) {
      const verdict = await this.judge("OUTPUT", answer.ask(true));
      this.blocked = verdict.blocked;
      if (this.blocked === undefined) answer.pass(verdict, true);
    }
    if (this.blocked !== undefined) answer.block(this.blocked, plan.choices);
    return this.completion;
  }

  async answered() {
    // Before anything is sent.
    if (!this.#result) throw this.leave(undefined, new GuardrailNotEnforcedError(AS_RESPONSE));
    await (await this.model)?.answered();
  }

  handOver() {
    throw this.leave(undefined, new GuardrailNotEnforcedError(AS_RESPONSE));
  }

  get source() {
    return new GuardedSource(this);
  }

  /** The call that there is something to tell of. */
  get #told() {
    return this.#modelCall ?? this.#question;
  }

  get attempts() {
    return this.#told?.attempts ?? 0;
  }

  get headersAt() {
    return this.#told?.headersAt;
  }

  get requestID() {
    return this.#told?.requestID;
  }

  /** Without what nobody has judged. */
  get response() {
    const { response } = this.#told ?? {};
    if (!response) return undefined;
    if (this.#response?.of !== response) {
      const { status, statusText, headers } = response;
      this.#response = { of: response, bare: new Response(null, { status, statusText, headers: [...headers] }) };
    }
    return this.#response.bare;
  }
}

/** What a source is to a stream (source.js), of what has passed the guardrail alone. */
class GuardedSource extends Followed {
  latest = { items: [], next: undefined };
  firstContentAt;
  endedAt;
  opened;
  mode = CHUNKS;
  /** What it cost, for metrics. */
  guardrail;

  #call;
  #source;
  /** Where it stands in what the model says. */
  #batch;
  #pulling;
  #failing;

  constructor(call) {
    super();
    this.#call = call;
    this.guardrail = call.asked;
    this.opened = this.#open();
  }

  async #open() {
    try {
      const model = await this.#call.model;
      if (!model || this.done) return;
      const source = (this.#source = new Source(model));
      this.#batch = source.latest;
      source.onEnd(() => source.failed && this.#failed(source.error));
      await source.opened;
    } catch (error) {
      this.fail(error);
    }
  }

  #failed(error) {
    if (!this.#call.hides(error)) return this.fail(error);
    this.#failing = this.#call.judged(error).then((error) => this.fail(error));
  }

  get response() {
    return this.#call.response;
  }

  get requestId() {
    return this.#call.requestID;
  }

  get attempts() {
    return this.#call.attempts;
  }

  get startedAt() {
    return this.#call.startedAt;
  }

  get headersAt() {
    return (this.#source ?? this.#call).headersAt;
  }

  get bytes() {
    return this.#source?.bytes ?? 0;
  }

  get partial() {
    return this.#call.completion;
  }

  abort(reason) {
    if (!this.done) this.fail(this.#call.leave(reason));
  }

  /** Nothing comes without being asked about. */
  decode() {
    return false;
  }

  advance() {
    return (this.#pulling ??= this.#pull());
  }

  async #pull() {
    try {
      await this.opened;
      const { latest } = this;
      while (!this.done && this.latest === latest) await this.#step();
    } catch (error) {
      this.fail(error);
    } finally {
      this.#pulling = undefined;
    }
  }

  /** Reads what the model says next, judges what there is enough of, and gives what passes. */
  async #step() {
    const { answer, blocked } = this.#call;
    if (blocked !== undefined) return this.#block(blocked);
    const source = this.#source;
    while (!this.#batch.next && !source.done && !source.decode()) await source.advance();
    if (this.done) return;
    const isWhole = !this.#batch.next;
    if (isWhole && source.failed) return this.#failing;
    if (isWhole) answer.end(source.partial);
    else for (const item of (this.#batch = this.#batch.next).items) answer.push(item);
    const verdict = await this.#call.judge("OUTPUT", answer.ask(isWhole));
    if (this.done) return;
    if (verdict.blocked !== undefined) return this.#block(verdict.blocked);
    const chunks = [answer.pass(verdict, isWhole)];
    if (isWhole) chunks.push(answer.reasons());
    const made = chunks.filter((choices) => choices.length > 0).map((choices) => answer.chunk(choices));
    if (isWhole && answer.usage) made.push(answer.chunk([], answer.usage));
    this.#give(made);
    if (isWhole) this.#close();
  }

  #block(text) {
    const { answer, plan } = this.#call;
    this.#give([answer.chunk(answer.block(text, plan.choices))]);
    this.#close();
  }

  #give(chunks) {
    let items = chunks;
    if (this.mode === TEXT) items = chunks.map(textOf).filter(Boolean);
    if (this.mode === NOTHING) items = [];
    if (chunks.length > 0) this.firstContentAt ??= now();
    if (items.length === 0) return;
    this.latest = this.latest.next = { items, next: undefined };
    try {
      this._tell(items);
    } catch (cause) {
      this.fail(asOurs(cause));
    }
  }

  fail(error) {
    if (this.done) return;
    this.failed = true;
    this.error = error;
    this.aborted = error instanceof APIUserAbortError;
    this.#close();
    // In the place of what nobody has judged.
    setPartial(error, () => this.partial);
  }

  #close() {
    if (this.done) return;
    this.done = true;
    this.endedAt = now();
    this.#call.leave();
    this._tellEnd();
  }
}

/** The text of choice 0. */
function textOf({ choices }) {
  const [first] = choices.filter(({ index }) => index === 0);
  return first?.delta.content ?? "";
}
