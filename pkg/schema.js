// JSON Schemas as Bedrock takes them: docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html.
// What means the same in another form is rewritten; all else is an error that names its place.

import { written } from "./body.js";
import { InvalidRequestError, newError } from "./errors.js";

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isList = (value) => Array.isArray(value) && value.length > 0;
const isText = (value) => typeof value === "string";
const isSchema = (value) => isObject(value) || typeof value === "boolean";
const words = (text) => new Set(text.split(" "));

const TYPES = words("object array string integer number boolean null");
const FORMATS = words("date-time time date duration email hostname uri ipv4 ipv6 uuid");
/** What may be sent, and what it must be. */
const KEPT = {
  __proto__: null,
  type: (value) => listOf(value).every((type) => TYPES.has(type)),
  properties: (value) => isObject(value) && Object.values(value).every(isSchema),
  required: (value) => Array.isArray(value) && value.every(isText),
  items: (value) => value === true || isObject(value),
  enum: (value) => isList(value) && value.every((it) => Object(it) !== it),
  const: () => true,
  anyOf: (value) => isList(value) && value.every(isSchema),
  oneOf: (value) => isList(value) && value.every(isSchema),
  allOf: (value) => isList(value) && value.every((part) => part && isSchema(part)),
  $ref: isText,
  title: isText,
  description: isText,
};
const NOTES = words("title description");
/** What a grammar cannot hold, and a validator can check afterwards. */
const LIMITS = words(
  "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format minItems maxItems " +
    "uniqueItems minProperties maxProperties contentEncoding contentMediaType contentSchema",
);
const REFUSED = words(
  "not if dependencies dependentRequired dependentSchemas patternProperties propertyNames prefixItems additionalItems " +
    "contains minContains maxContains unevaluatedItems $dynamicRef $recursiveRef nullable",
);
const CLOSING = words("additionalProperties unevaluatedProperties");
const DEEPEST = 100;
/** Objects in a schema, and made of it. */
const MOST = 20_000;

const listOf = (value) => (Array.isArray(value) ? value : [value]);
const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const has = (object, key) => Object.hasOwn(object ?? {}, key);

export function refuse(path, rule, cause) {
  throw newError(InvalidRequestError, `\`${path}\` ${rule}.`, { path }, undefined, cause);
}

/**
 * A schema as it is sent. `path` is what its caller calls it. `limits`: "refuse", "describe" or
 * "keep"; `strict`: all properties are required; `isChecked`: a validator sees the answer.
 */
export function sentSchema(schema, path, options) {
  let copy;
  try {
    copy = JSON.parse(JSON.stringify(schema));
  } catch (cause) {
    refuse(path, "cannot be written as JSON", cause);
  }
  return new Rewriter(copy, path, options).whole();
}

class Rewriter {
  #root;
  #path;
  #options;
  /** Where each object of the schema stands. */
  #paths = new Map();
  /** What is being rewritten: whatever leads back to it has no end. */
  #open = new Set();
  /** Parts as they are compared: without references. */
  #views = new Map();
  /** The definitions that are referred to: their names, and what is sent of them. */
  #names = new Map();
  #definitions = new Map();

  constructor(root, path, options) {
    this.#root = root;
    this.#path = path;
    this.#options = options;
    this.#walk(root, path, 0);
  }

  #walk(value, path, depth) {
    if (Object(value) !== value) return;
    if (depth > DEEPEST || this.#paths.size > MOST) refuse(this.#path, "is too large");
    this.#paths.set(value, path);
    for (const key of Object.keys(value)) {
      this.#walk(value[key], Array.isArray(value) ? `${path}[${key}]` : path + written(key, path), depth + 1);
    }
  }

  #refuse(schema, rule, key) {
    const path = this.#paths.get(schema) ?? this.#path;
    refuse(key ? path + written(key, path) : path, rule);
  }

  /** Something new, which stands where that stood of which it was made. */
  #made(schema, from) {
    if (this.#paths.size > MOST) refuse(this.#path, "is too large");
    this.#paths.set(schema, this.#paths.get(from) ?? this.#path);
    return schema;
  }

  whole() {
    if (!isObject(this.#root)) refuse(this.#path, "is no schema");
    const sent = this.#rewrite(this.#root, true);
    if (this.#options.strict && sent.type !== "object") {
      refuse(this.#path, "must be an object: put what it is into a property of one");
    }
    return this.#definitions.size > 0 ? { ...sent, $defs: Object.fromEntries(this.#definitions) } : sent;
  }

  #rewrite(schema, inline = false) {
    const parts = [];
    const flat = this.#flat(schema, inline, parts);
    for (const part of parts) this.#open.add(part);
    const sent = this.#sent(flat);
    for (const part of parts) this.#open.delete(part);
    return sent;
  }

  /** Without `allOf`, and with a `$ref` only where that says all. `parts` gets what it is made of. */
  #flat(schema, inline, parts = []) {
    if (schema === true) return {};
    parts.push(schema);
    this.#open.add(schema);
    const { $ref: reference, allOf = [], ...own } = this.#kept(schema);
    const all = this.#made(own, schema);
    if (reference !== undefined && !inline && allOf.length === 0 && Object.keys(own).length === 0) {
      all.$ref = reference;
    } else {
      const targets = reference === undefined ? [] : [this.#target(reference, schema)];
      for (const other of [...targets, ...allOf]) this.#merge(all, this.#flat(other, true, parts), schema);
    }
    this.#open.delete(schema);
    return all;
  }

  #view(schema) {
    if (!this.#views.has(schema)) this.#views.set(schema, this.#flat(schema, true));
    return this.#views.get(schema);
  }

  /** What may be sent of a part; what is in it is still as it was given. */
  #kept(schema) {
    const { limits, isChecked } = this.#options;
    const kept = {};
    const told = [];
    for (const [key, value] of Object.entries(schema)) {
      if (CLOSING.has(key)) {
        if (value !== false) this.#refuse(schema, "must be false: Bedrock takes objects of named properties alone", key);
        kept.additionalProperties = false;
      } else if (KEPT[key]) {
        if (!KEPT[key](value)) this.#refuse(schema, "is none that Bedrock takes", key);
        kept[key] = value;
      } else if (REFUSED.has(key) || (key === "$id" && schema !== this.#root)) {
        this.#refuse(schema, "is not taken by Bedrock's structured output", key);
      } else if (LIMITS.has(key)) {
        if (limits === "keep" || isTaken(key, value)) kept[key] = value;
        else if (isImplied(key, schema, isChecked)) continue;
        else if (limits === "describe") told.push(`${key}: ${JSON.stringify(value)}`);
        else this.#refuse(schema, 'is not taken by Bedrock\'s structured output; `limits: "describe"` says it in words', key);
      }
    }
    if (told.length > 0) kept.description = [kept.description, `(${told.join(", ")})`].filter(Boolean).join(" ");
    return kept;
  }

  #target(reference, schema) {
    let at = reference === "#" || reference.startsWith("#/") ? this.#root : undefined;
    for (const step of reference.split("/").slice(1)) {
      const key = decoded(step).replaceAll("~1", "/").replaceAll("~0", "~");
      at = has(at, key) ? at[key] : undefined;
    }
    if (!isSchema(at)) this.#refuse(schema, "leads to no schema within this one", "$ref");
    if (this.#open.has(at)) this.#refuse(schema, "leads back to itself: Bedrock takes no recursive schemas", "$ref");
    return at;
  }

  /** All that both say, in `one`. */
  #merge(one, other, from) {
    const isClosed = (it, to) => it.additionalProperties === false && Object.keys(to.properties ?? {}).some((key) => !has(it.properties, key));
    const conflict = (key) => this.#refuse(from, `has parts whose \`${key}\` cannot be made one`);
    if (isClosed(one, other) || isClosed(other, one)) conflict("properties");
    for (const [key, value] of Object.entries(other)) {
      const known = one[key];
      if (known === undefined) one[key] = value;
      else if (NOTES.has(key) || isSame(known, value)) continue;
      else if (key === "properties") one[key] = this.#joined(known, value, from);
      else if (key === "required") one[key] = [...new Set([...known, ...value])];
      else if (key === "type" || key === "enum") {
        const common = key === "type" ? commonTypes(known, value) : known.filter((it) => value.includes(it));
        if (common.length === 0) conflict(key);
        one[key] = common;
      } else conflict(key);
    }
  }

  #joined(some, others, from) {
    const both = (key) => this.#made({ allOf: [some[key], others[key]] }, Object(some[key]) === some[key] ? some[key] : from);
    const added = Object.keys(others).map((key) => [key, has(some, key) ? both(key) : others[key]]);
    return Object.fromEntries([...Object.entries(some), ...added]);
  }

  #sent(schema) {
    if (schema.$ref !== undefined) return { $ref: `#/$defs/${this.#define(schema)}` };
    if (schema.anyOf || schema.oneOf) return this.#choice(schema);
    const { properties, required, additionalProperties, items, minItems, ...sent } = schema;
    const type = sent.type ?? (properties || required ? "object" : items ? "array" : undefined);
    if (type === undefined) return sent;
    const types = listOf(type);
    sent.type = types.length === 1 ? types[0] : types;
    if (types.includes("object")) Object.assign(sent, this.#object(schema));
    if (types.includes("array")) {
      if (items === undefined) this.#refuse(schema, "has no `items`");
      Object.assign(sent, { items: this.#rewrite(items) }, minItems !== undefined && { minItems });
    }
    return sent;
  }

  #object(schema) {
    const { properties, required = [], additionalProperties } = schema;
    if (!properties && additionalProperties !== false) this.#refuse(schema, "is an object of any properties: name them in `properties`");
    const entries = Object.entries(properties ?? {}).filter(([, part]) => part !== false);
    if (required.some((name) => !has(properties, name) || properties[name] === false)) this.#refuse(schema, "names a property that is not there", "required");
    const sent = entries.map(([name, part]) => [name, this.#rewrite(part)]);
    const { strict } = this.#options;
    for (const [name, part] of strict ? entries : []) {
      if (required.includes(name) || this.#isNullable(part)) continue;
      this.#refuse(part, "is optional, which a strict schema cannot have: make it nullable, or say `strict: false`");
    }
    return {
      properties: Object.fromEntries(sent),
      required: strict ? sent.map(([name]) => name) : required,
      additionalProperties: false,
    };
  }

  #isNullable(schema) {
    const { type, enum: values, anyOf, oneOf, properties, ...rest } = this.#view(schema);
    const branches = anyOf ?? oneOf;
    if (branches) return branches.some((it) => it !== false && this.#isNullable(it));
    if ("const" in rest) return rest.const === null;
    if (values && !values.includes(null)) return false;
    return type === undefined ? !properties : listOf(type).includes("null");
  }

  #choice(schema) {
    const key = schema.anyOf ? "anyOf" : "oneOf";
    const { [key]: given, ...rest } = schema;
    const [notes, base] = [true, false].map((isNote) => Object.fromEntries(Object.entries(rest).filter(([name]) => NOTES.has(name) === isNote)));
    this.#made(base, schema);
    const isWhole = Object.keys(base).length === 0;
    const branches = given
      .filter((branch) => branch !== false)
      .map((branch) => (isWhole ? branch : this.#made({ allOf: [base, branch] }, isObject(branch) ? branch : schema)));
    if (branches.length === 0) this.#refuse(schema, "has no branch that a value fits", key);
    const isOne = branches.length === 1;
    const sent = branches.map((branch) => this.#rewrite(branch, isOne));
    const overlaps = (one, place) => branches.slice(place + 1).some((other) => !this.#exclude(one, other));
    if (key === "oneOf" && branches.some(overlaps)) {
      this.#refuse(schema, "has branches that a value may fit at once, as far as can be seen: use `anyOf`", key);
    }
    return isOne ? { ...sent[0], ...notes } : { ...notes, anyOf: sent };
  }

  /** Whether no value can fit both, as they are sent. */
  #exclude(one, other) {
    const [a, b] = [this.#view(one), this.#view(other)];
    const branches = (it) => it.anyOf ?? it.oneOf;
    if (branches(a)) return branches(a).every((it) => it === false || this.#exclude(it, other));
    if (branches(b)) return branches(b).every((it) => it === false || this.#exclude(one, it));
    const [some, others] = [a, b].map((it) => ("const" in it ? [it.const] : it.enum));
    if (some && others) return !some.some((it) => others.some((that) => isSame(it, that)));
    const types = [kindsOf(a, some), kindsOf(b, others)];
    const common = types[0].filter((type) => types[1].includes(type));
    if (common.length === 0) return true;
    if (common.some((type) => type !== "object")) return false;
    const needs = (it) => it.required ?? [];
    const lacks = (it, that) => needs(it).some((name) => !has(that.properties, name));
    const tells = (name) => needs(b).includes(name) && has(a.properties, name) && has(b.properties, name) && this.#exclude(a.properties[name], b.properties[name]);
    return needs(a).some(tells) || (lacks(a, b) && lacks(b, a));
  }

  /** The name of what a `$ref` leads to. */
  #define(schema) {
    const target = this.#target(schema.$ref, schema);
    let name = this.#names.get(target);
    if (name === undefined) {
      name = schema.$ref.split("/").pop().replace(/[^\w-]/g, "_");
      while (this.#definitions.has(name)) name += "_";
      const sent = this.#rewrite(target);
      // Another one of that name may be in it.
      while (this.#definitions.has(name)) name += "_";
      this.#definitions.set(name, sent);
      this.#names.set(target, name);
    }
    return name;
  }
}

/** Bounds that every integer of JavaScript's has, as Zod gives them; a pattern that a format stands for. */
const isImplied = (key, schema, isChecked) =>
  (listOf(schema.type).includes("integer") && Math.abs(schema[key]) === Number.MAX_SAFE_INTEGER) ||
  (key === "pattern" && isChecked && FORMATS.has(schema.format));

const isTaken = (key, value) => (key === "format" && FORMATS.has(value)) || (key === "minItems" && (value === 0 || value === 1));

function commonTypes(some, others) {
  const kinds = kindsOf({ type: others });
  const common = kindsOf({ type: some }).filter((type) => kinds.includes(type));
  // Who takes all numbers takes whole ones.
  return common.includes("number") ? common.filter((type) => type !== "integer") : common;
}

/** The types of the values that fit; those of numbers are apart. */
function kindsOf({ type = [...TYPES] }, values) {
  if (values) return values.map((it) => (it === null ? "null" : Array.isArray(it) ? "array" : Number.isInteger(it) ? "integer" : typeof it));
  return listOf(type).flatMap((it) => (it === "number" ? ["number", "integer"] : it));
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
