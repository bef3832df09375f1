// Every field that openai's chunks have, streamed in pieces, gives what the answer gives that is not
// streamed. The fields are read from openai's types: a new one is a new case.

import { readFileSync } from "node:fs";
import { BedrockChatClient } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering } from "../helpers.js";

const request = { model: "m", messages: [{ role: "user", content: "Hi" }] };

// -- the types --

const read = (file) =>
  readFileSync(new URL(`../node_modules/openai/resources/${file}.d.ts`, import.meta.url), "utf8").replaceAll(
    /\/\*\*[^]*?\*\//g,
    "",
  );

/** The interfaces and namespaces of a file; the members of an interface when they are wanted. */
class Types {
  #tokens;

  constructor(tokens) {
    this.#tokens = tokens;
  }

  static of(text) {
    return new Types(text.match(/[\w$]+(?:\.[\w$]+)*|'[^']*'|[^\s]/g)).#block({});
  }

  /** What stands up to the brace that closes, and the brace. */
  #inside() {
    let depth = 1;
    const length = 1 + this.#tokens.findIndex((it) => (depth += it === "{" ? 1 : it === "}" ? -1 : 0) === 0);
    return new Types(this.#tokens.splice(0, length));
  }

  #next(expected) {
    const token = this.#tokens.shift();
    if (expected !== undefined) assert.equal(token, expected);
    return token;
  }

  #takes(token) {
    const does = this.#tokens[0] === token;
    if (does) this.#next();
    return does;
  }

  #block(scope) {
    while (this.#tokens.length > 0 && !this.#takes("}")) {
      const word = this.#next();
      const [name] = this.#tokens;
      if (word === "namespace" || (word === "interface" && this.#tokens[1] === "{")) {
        this.#next(name);
        this.#next("{");
        // The interface and the namespace of one name are one.
        if (!Object.hasOwn(scope, name)) scope[name] = { __proto__: scope };
        const inside = this.#inside();
        if (word === "namespace") inside.#block(scope[name]);
        else if (!Object.hasOwn(scope[name], MEMBERS)) scope[name][MEMBERS] = () => inside.#members();
      } else if (word === "{") {
        this.#inside();
      }
    }
    return scope;
  }

  #members() {
    const members = [];
    while (!this.#takes("}")) {
      let name = this.#next();
      if (name === "[") {
        name = this.#next();
        for (const token of [":", "string", "]"]) this.#next(token);
      }
      this.#takes("?");
      this.#next(":");
      members.push([name, this.#type()]);
      this.#next(";");
    }
    return members;
  }

  /** The first type of a union. */
  #type() {
    this.#takes("|");
    const first = this.#single();
    while (this.#takes("|")) this.#single();
    return first;
  }

  #single() {
    const name = this.#next();
    if (name === "{") return { members: this.#members() };
    if (!this.#takes("<")) return { name };
    assert.equal(name, "Array");
    const element = this.#type();
    this.#next(">");
    return { element };
  }
}

const MEMBERS = Symbol("members");

/** Those of an interface, which are read once. */
function membersOf(named) {
  const members = typeof named[MEMBERS] === "function" ? named[MEMBERS]() : named[MEMBERS];
  named[MEMBERS] = members;
  return { members };
}

/** A value of a type, with all that it may have; no two of its texts are the same. */
function valueOf({ name, element, members }, scope, path, paths) {
  if (element) return [valueOf(element, scope, path, paths)];
  if (members) {
    const entries = members.map(([key, type]) => [key, valueOf(type, scope, `${path}.${key}`, paths)]);
    return Object.fromEntries(entries);
  }
  if (name[0] === "'") return name.slice(1, -1);
  paths.push(path);
  if (name === "string") return `text ${paths.length}`;
  if (name === "number") return paths.length;
  if (name === "boolean") return true;
  const [first, ...inner] = name.replace(/^\w+API\./, "").split(".");
  const named = inner.reduce((found, part) => found[part], scope[first]);
  assert.isTrue(named && Object.hasOwn(named, MEMBERS), name);
  paths.pop();
  return valueOf(membersOf(named), named, path, paths);
}

// -- the streams --

/** What is in pieces in a delta; all else there says what something is. */
const IN_PIECES = /\.(content|refusal|arguments|input|data|transcript)$/;

/** The deltas that add up to a value: its texts cut in two, its members one after the other. */
function pieces(value, path) {
  if (typeof value === "string" && IN_PIECES.test(path)) return [value.slice(0, 4), value.slice(4)];
  if (Array.isArray(value)) {
    // An element of a list of objects with an index is known by it; others come once.
    return value.flatMap((element) => {
      const { index, ...rest } = element;
      if (index === undefined) return [[element]];
      return pieces(rest, path).map((piece) => [{ index, ...piece }]);
    });
  }
  if (Object(value) !== value || !path.includes(".delta")) return [value];
  return Object.entries(value).flatMap(([key, inner]) =>
    pieces(inner, `${path}.${key}`).map((piece) => ({ [key]: piece })),
  );
}

/** The chunks of a stream, in several ways. */
function* streams(chunk) {
  const { choices, usage, ...head } = chunk;
  const [{ delta, index, finish_reason, logprobs }] = choices;
  const choice = (fields) => ({ index, delta: {}, finish_reason: null, ...fields });
  const of = (fields, more) => ({ ...more, choices: [choice(fields)] });
  yield { how: "in one chunk", chunks: [chunk] };
  const deltas = pieces(delta, ".delta");
  // What is no part of a delta comes whole, or as a list.
  const logs = Object.entries(logprobs).map(([key, list]) => of({ logprobs: { content: null, refusal: null, [key]: list } }, head));
  const said = deltas.map((piece) => of({ delta: piece }, head));
  const end = [of({ finish_reason }, head), { ...head, choices: [], usage }];
  yield { how: "in pieces", chunks: [...said, ...logs, ...end] };
  yield { how: "in pieces, the other way round", chunks: [...logs, ...said, ...end] };
  const [first, ...rest] = said;
  const bare = [...rest, ...logs, ...end].map(({ choices, usage }) => ({ choices, ...(usage && { usage }) }));
  yield { how: "what is beside the choices once", chunks: [first, ...bare] };
  for (const [key, value] of Object.entries(head)) {
    const late = said.map(({ [key]: _, ...others }) => others);
    yield { how: `${key} at the end`, chunks: [...late, ...logs, ...end.map((it) => ({ ...it, [key]: value }))] };
  }
}

/** The same answer as it is without `stream`. */
function whole({ choices, obfuscation, ...fields }) {
  const message = ({ delta: { tool_calls, ...delta }, ...choice }) => ({
    ...choice,
    message: { ...delta, tool_calls: tool_calls.map(({ index, ...call }) => call) },
  });
  return { ...fields, object: "chat.completion", choices: choices.map(message) };
}

test("chunks: all fields that openai's have, streamed and not", async () => {
  const scope = Types.of(`${read("completions")} ${read("chat/completions/completions")}`);
  const paths = [];
  const { ChatCompletionChunk } = scope;
  const chunk = valueOf(membersOf(ChatCompletionChunk), ChatCompletionChunk, "", paths);
  for (const path of [".choices.delta.audio.transcript", ".choices.logprobs.content.top_logprobs.bytes", ".usage.total_tokens"]) {
    assert.include(paths, path);
  }
  // A call is of a function or of a custom tool, by turns.
  const [{ delta }] = chunk.choices;
  const [{ custom, function: called, ...call }] = delta.tool_calls;
  delta.tool_calls = [
    { ...call, index: 0, id: "call_0", type: "function", function: called },
    { ...call, index: 1, id: "call_1", type: "custom", custom },
  ];
  chunk.choices[0].index = 0;

  const clientOf = (body, type) =>
    new BedrockChatClient({
      baseURL: "https://gateway.example/v1",
      apiKey: "k",
      fetch: answering(body, { headers: { "content-type": type } }),
    });
  const answer = await clientOf(JSON.stringify(whole(chunk)), "application/json").chat.completions.create(request);
  assert.deepEqual(answer, whole(chunk));
  for (const { how, chunks } of streams(chunk)) {
    const data = [...chunks.map((it) => JSON.stringify(it)), "[DONE]"];
    const body = data.map((it) => `data: ${it}\n\n`).join("");
    const stream = await clientOf(body, "text/event-stream").chat.completions.create({ ...request, stream: true });
    assert.deepEqual(await stream.finalChatCompletion(), answer, how);
  }
});
