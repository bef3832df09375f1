// `bedrock-chat/structured`: schemas into response formats and tools, and answers into their values.

import { written } from "./body.js";
import { hidden, misfit, notJson } from "./errors.js";
import { PartialJson } from "./partial.js";
import { refuse, sentSchema } from "./schema.js";

export { StructuredOutputError } from "./errors.js";

/** What raw answers begin with where the client was told to leave it there. */
const REASONING = /^\s*(?:<(reasoning|think)>[^]*?<\/\1>\s*)+/;
const LIMITS = ["refuse", "describe", "keep"];

export function responseFormat(schema, name, options) {
  const { description, strict = true } = options ?? {};
  const [sent, parse] = understood(schema, "schema", options);
  const json_schema = { name: checkedName(name), strict, schema: sent };
  if (description !== undefined) json_schema.description = description;
  return branded({ type: "json_schema", json_schema }, "auto-parseable-response-format", parse);
}

export function tool({ name, description, parameters = NONE, run, ...options }) {
  const [sent, parse] = understood(parameters, "parameters", options);
  const { strict = true } = options;
  const known = { name: checkedName(name), strict, parameters: sent };
  if (description !== undefined) known.description = description;
  // Some models write nothing where there is nothing to write.
  const parseArguments = (text) => parse(text.trim() === "" ? "{}" : text);
  // A run tells the model what is wrong with its arguments, and does not end of it.
  parseArguments.lenient = (text) => fromJson(text) ?? null;
  const callback = run && ((value, runner, context, call) => run(value, { ...call, runner, context }));
  const made = { type: "function", function: known };
  return hidden(branded(made, "auto-parseable-tool", parseArguments), "$callback", callback);
}

const NONE = { type: "object", properties: {} };

const branded = (made, brand, parse) => hidden(hidden(made, "$brand", brand), "$parseRaw", parse);

function checkedName(name) {
  if (typeof name !== "string" || !/^[\w-]{1,64}$/.test(name)) {
    refuse("name", "must be 1 to 64 letters, digits, underscores or hyphens");
  }
  return name;
}

/** A schema as it is sent, and what makes a value of an answer to it. */
function understood(schema, path, { schema: given, limits = "refuse", strict = true } = {}) {
  if (!LIMITS.includes(limits)) refuse("limits", `must be one of: ${LIMITS.join(", ")}`);
  const standard = schema?.["~standard"];
  const isChecked = typeof standard?.validate === "function";
  const sent = sentSchema(given ?? jsonSchemaOf(schema, standard, path), path, { limits, strict, isChecked });
  return [sent, (text) => valueOf(text, isChecked ? standard : undefined)];
}

function jsonSchemaOf(schema, standard, path) {
  try {
    if (standard?.jsonSchema) return standard.jsonSchema.input({ target: "draft-2020-12" });
    // As it was before there was a standard for it.
    if (typeof schema?.toJSONSchema === "function") return schema.toJSONSchema({ io: "input" });
    if (typeof schema?.toJsonSchema === "function") return schema.toJsonSchema();
  } catch (cause) {
    refuse(path, "cannot be written as a JSON Schema", cause);
  }
  if (standard) refuse(path, "cannot tell its JSON Schema: give that as `schema`");
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) refuse(path, "is no schema");
  return schema;
}

/** The value, or a promise of it where the validator makes one. */
function valueOf(text, standard) {
  const value = read(text);
  if (!standard) return value;
  const checked = (result) => {
    if (!result.issues) return result.value;
    throw unfit(text, result.issues);
  };
  const result = standard.validate(value);
  return typeof result?.then === "function" ? result.then(checked) : checked(result);
}

/** Validators quote what they have seen: that is for the model alone, which has written it. */
function unfit(text, issues) {
  const told = issues.map(({ message, path = [] }) => [pathOf(path), message]);
  const paths = [...new Set(told.map(([path]) => (path ? `\`${path}\`` : "the whole")))].join(", ") || "the whole";
  const feedback = told.map(([path, message]) => (path ? `${path}: ${message}` : message)).join("; ");
  const error = misfit(text, "schema", `The answer does not fit its schema: ${paths}.`, {}, `Invalid: ${feedback}`);
  return hidden(error, "issues", issues);
}

const pathOf = (steps) => [...steps].reduce((path, step) => stepped(path, step?.key ?? step), "");

const stepped = (path, key) => (typeof key === "number" ? `${path}[${key}]` : path + written(String(key), path));

function read(whole) {
  const text = whole.replace(REASONING, "");
  const value = fromJson(text);
  if (value !== undefined) return finite(value, whole);
  const partial = new PartialJson();
  partial.push(text);
  const first = partial.end === undefined ? undefined : fromJson(text.slice(0, partial.end));
  if (first === undefined) throw notJson(whole);
  const message = "There is text behind the JSON that was asked for.";
  throw hidden(misfit(whole, "trailing_text", message), "value", finite(first, whole));
}

function fromJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes the text.
    return undefined;
  }
}

/** A number of too many digits is none that the model can have meant. */
function finite(value, text) {
  const open = [[value, ""]];
  while (open.length > 0) {
    const [it, path] = open.pop();
    if (typeof it === "number" && !Number.isFinite(it)) {
      throw misfit(text, "not_finite", path ? `\`${path}\` is too large for a number.` : "The number is too large.", { path });
    }
    if (Object(it) !== it) continue;
    for (const key of Object.keys(it)) open.push([it[key], stepped(path, Array.isArray(it) ? Number(key) : key)]);
  }
  return value;
}
