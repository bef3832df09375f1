// The settings and their dialog. They live as long as the tab. No key is among them, by design.

import { clientFor, modelOn, models } from "./endpoints.js";

const STORED = "bedrock-chat-demo";

const initial = {
  endpoint: "runtime",
  model: "openai.gpt-oss-20b-1:0",
  reasoningEffort: "",
  guarded: false,
  identifier: "GR12345",
  version: "DRAFT",
  trace: "ENABLED",
  tags: "off",
  unenforced: "client",
};

export class Settings {
  #dialog = document.getElementById("settings");
  #form = this.#dialog.querySelector("form");
  #summary = document.getElementById("summary");
  #defaults;
  #saved;
  /** What holds: the saved ones, and until the next chat what a suggestion has changed. */
  #values;

  constructor({ backend, model }) {
    // The emulator has a guardrail to show. What guardrails an account has, nobody knows.
    this.#defaults = { ...initial, guarded: backend === "emulator" };
    if (model) this.#defaults.model = model;
    this.#saved = { ...this.#defaults, ...recall() };
    this.restore();

    const { endpoint, guarded, unenforced, model: chosen } = this.#form.elements;
    endpoint.addEventListener("change", () => {
      chosen.value = modelOn(endpoint.value, chosen.value);
      this.#adapt();
    });
    guarded.addEventListener("change", () => this.#adapt());
    unenforced.addEventListener("change", () => this.#adapt());
    document.getElementById("defaults").addEventListener("click", () => this.#fill(this.#defaults));
    document.getElementById("cancel").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => {
      if (this.#dialog.returnValue === "save") this.#save();
    });
    for (const id of ["open-settings", "summary"]) {
      document.getElementById(id).addEventListener("click", () => this.open());
    }
  }

  open() {
    this.#fill(this.#values);
    // Cancel and Escape leave the last one in place.
    this.#dialog.returnValue = "";
    this.#dialog.showModal();
  }

  get client() {
    return clientFor(this.#values);
  }

  /** What of a request's body is set here. */
  get body() {
    const { model, reasoningEffort } = this.#values;
    return reasoningEffort ? { model, reasoning_effort: reasoningEffort } : { model };
  }

  /** What of a call's options is set here. */
  options(tagSuffix) {
    const { guarded, identifier, version, trace, unenforced } = this.#values;
    if (!guarded) return {};
    const enforce = unenforced === "client" ? "auto" : "endpoint";
    return { guardrail: { identifier, version, trace, tagSuffix, enforce, allowUnenforced: unenforced === "send" } };
  }

  /** Whether what is to be checked of a question is tagged. */
  get tagged() {
    const { guarded, tags } = this.#values;
    return guarded && this.enforced && tags === "on";
  }

  /** Whether a guardrail that is on is applied. */
  get enforced() {
    const { endpoint, guarded, unenforced } = this.#values;
    return !guarded || endpoint === "runtime" || unenforced === "client";
  }

  /**
   * Other settings until the next chat, or until they are saved.
   * @returns {string | undefined} what has changed, for the reader
   */
  lend(changes = {}) {
    const { endpoint, model } = { ...this.#saved, ...changes };
    const lent = { ...changes, model: modelOn(endpoint, model) };
    this.#values = { ...this.#saved, ...lent };
    this.#show();
    const changed = Object.keys(lent).filter((name) => lent[name] !== this.#saved[name]);
    if (changed.length === 0) return undefined;
    this.#fill(this.#values);
    return `Set for this chat: ${changed.map((name) => inWords(this.#form.elements[name])).join(", ")}`;
  }

  /** The saved ones again. */
  restore() {
    this.#values = this.#saved;
    this.#show();
  }

  #fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = this.#form.elements[name];
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
    }
    this.#adapt();
  }

  /** What one setting means for the others. */
  #adapt() {
    const { endpoint, guarded, identifier, version, trace, tags, unenforced } = this.#form.elements;
    for (const field of [identifier, version, trace, unenforced]) field.disabled = !guarded.checked;
    tags.disabled = !guarded.checked || (endpoint.value === "mantle" && unenforced.value !== "client");
    const options = models.map((model) => new Option("", model[endpoint.value]));
    document.getElementById("models").replaceChildren(...options);
  }

  #save() {
    const values = {};
    for (const name of Object.keys(initial)) {
      const field = this.#form.elements[name];
      values[name] = field.type === "checkbox" ? field.checked : field.value.trim();
    }
    remember(values);
    this.#saved = values;
    this.restore();
  }

  #show() {
    const { endpoint, model, guarded, identifier } = this.#values;
    const where = endpoint === "mantle" ? `${model} on mantle` : model;
    const scope = this.tagged ? " on what is [[marked]]" : "";
    const ignored = this.enforced ? "" : ", which mantle ignores";
    const guardrail = guarded ? `guardrail ${name(identifier)}${scope}${ignored}` : "no guardrail";
    const text = `${where} · ${guardrail}`;
    this.#summary.textContent = text;
    this.#summary.ariaLabel = `${text}. Change the settings`;
  }
}

/** An ARN's last part says enough. */
const name = (identifier) => identifier.replace(/^arn:.*\//, "");

/** A field of the dialog, by its label there. */
function inWords(field) {
  const texts = [...field.labels[0].childNodes].filter((node) => node instanceof Text);
  const label = texts.map(({ data }) => data.trim()).join("");
  const value = field.type === "checkbox" ? (field.checked ? "on" : "off") : field.value;
  return `${label[0].toLowerCase()}${label.slice(1)} = ${value}`;
}

// A browser may forbid storage; then the settings last until a reload.

function recall() {
  try {
    const stored = JSON.parse(sessionStorage.getItem(STORED)) ?? {};
    const known = ([name, value]) => typeof value === typeof initial[name];
    return Object.fromEntries(Object.entries(stored).filter(known));
  } catch {
    return {};
  }
}

function remember(values) {
  try {
    sessionStorage.setItem(STORED, JSON.stringify(values));
  } catch {}
}
