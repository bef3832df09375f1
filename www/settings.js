// The settings and their dialog. They live as long as the tab. No key is among them, by design.

const STORED = "bedrock-chat-demo";

const initial = {
  model: "openai.gpt-oss-20b-1:0",
  reasoningEffort: "",
  guarded: false,
  identifier: "GR12345",
  version: "DRAFT",
  trace: "ENABLED",
};

export class Settings {
  #dialog = document.getElementById("settings");
  #form = this.#dialog.querySelector("form");
  #summary = document.getElementById("summary");
  #defaults;
  #values;

  constructor({ backend, model }) {
    // The emulator has a guardrail to show. What guardrails an account has, nobody knows.
    this.#defaults = { ...initial, guarded: backend === "emulator" };
    if (model) this.#defaults.model = model;
    this.#values = { ...this.#defaults, ...recall() };
    this.#show();

    const { guarded } = this.#form.elements;
    guarded.addEventListener("change", () => this.#enable());
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

  /** What of a request's body is set here. */
  get body() {
    const { model, reasoningEffort } = this.#values;
    return reasoningEffort ? { model, reasoning_effort: reasoningEffort } : { model };
  }

  /** What of a call's options is set here. */
  get options() {
    const { guarded, identifier, version, trace } = this.#values;
    return guarded ? { guardrail: { identifier, version, trace } } : {};
  }

  #fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = this.#form.elements[name];
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
    }
    this.#enable();
  }

  #enable() {
    const { guarded, identifier, version, trace } = this.#form.elements;
    for (const field of [identifier, version, trace]) field.disabled = !guarded.checked;
  }

  #save() {
    for (const name of Object.keys(initial)) {
      const field = this.#form.elements[name];
      this.#values[name] = field.type === "checkbox" ? field.checked : field.value.trim();
    }
    remember(this.#values);
    this.#show();
  }

  #show() {
    const { model, guarded, identifier } = this.#values;
    const text = guarded ? `${model} · guardrail ${name(identifier)}` : `${model} · no guardrail`;
    this.#summary.textContent = text;
    this.#summary.ariaLabel = `${text}. Change the settings`;
  }
}

/** An ARN's last part says enough. */
const name = (identifier) => identifier.replace(/^arn:.*\//, "");

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
