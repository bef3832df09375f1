// What a caller gives as options is read once, by one reader, and nothing of it is lost in silence.

import { BedrockChatClient, ConfigurationError, mintBedrockToken } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const model = "m";
const messages = [{ role: "user", content: "hi" }];
const baseURL = "https://example.com/v1";
const json = { "content-type": "application/json" };
const answer = '{"choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}';
const guardrail = { identifier: "g1", version: "1" };
const IDENTIFIER = "X-Amzn-Bedrock-GuardrailIdentifier".toLowerCase();

/** A client whose requests are noted. */
function noting(options, Class = BedrockChatClient) {
  const requests = [];
  const fetch = answering(answer, { headers: json, requests });
  return { client: new Class({ baseURL, apiKey: null, fetch, ...options }), requests };
}
const headersOf = ({ init }) => Object.fromEntries(new Headers(init.headers));
const ask = (client, options) => client.chat.completions.create({ model, messages }, options);

test("options: one that nobody knows is an error, and nothing is sent", async () => {
  const misspelt = [
    [{ guardrails: guardrail }, "guardrails", "`guardrail`"],
    [{ guardRail: guardrail }, "guardRail", "`guardrail`"],
    [{ guardrailConfig: guardrail }, "guardrailConfig", "`guardrail`"],
    [{ guardrail: { ...guardrail, trase: "ENABLED" } }, "guardrail.trase", "`guardrail.trace`"],
    [{ guardrail: { ...guardrail, tagSufix: "x" } }, "guardrail.tagSufix", "`guardrail.tagSuffix`"],
    [{ timeout: { idel: 5 } }, "timeout.idel", "`timeout.idle`"],
    [{ maxRetry: 5 }, "maxRetry", "`maxRetries`"],
    [{ "timeout.total": 5 }, "timeout.total", "`timeout.total`"],
    [{ completelyOther: 5 }, "completelyOther", "no option"],
  ];
  for (const [options, path, says] of misspelt) {
    const client = await fails((async () => noting(options).client)());
    assert.strictEqual(client.constructor, ConfigurationError, path);
    assert.equal(client.path, path);
    assert.include(client.message, says);
    const { client: asked, requests } = noting();
    for (const given of [options, Object.create(options), new (class { constructor() { Object.assign(this, options); } })()]) {
      const error = await fails(ask(asked, given));
      assert.strictEqual(error.constructor, ConfigurationError, path);
      assert.equal(error.path, path);
    }
    assert.throws(() => asked.withOptions(options), ConfigurationError);
    assert.isEmpty(requests);
  }
  const mint = mintBedrockToken({ region: "us-west-2", credentials: { accessKeyId: "A", secretAccessKey: "s" }, expires: 5 });
  assert.equal((await fails(mint)).path, "expires");
});

/** Options that have this one in ways in which it is no plain member. */
const hidden = {
  "not enumerable": (name, value) => Object.defineProperty({}, name, { value }),
  "an accessor of a class": (name, value) => {
    class Options {}
    Object.defineProperty(Options.prototype, name, { get: () => value, configurable: true });
    return new Options();
  },
  "of a base class": (name, value) => {
    class Base {
      get [name]() {
        return value;
      }
    }
    return new (class extends Base {})();
  },
  "a symbol": (name, value) => ({ [Symbol(name)]: value }),
  frozen: (name, value) => Object.freeze({ [name]: value }),
  "an accessor": (name, value) => ({ get [name]() { return value; } }),
};

test("options: what seems to be a guardrail is found wherever it is", async () => {
  for (const [how, hide] of Object.entries(hidden)) {
    for (const name of ["guardrails", "guardRail", "guard_rail", "guardrailConfig"]) {
      const { client, requests } = noting();
      const options = hide(name, guardrail);
      const { maxRetries, ...tools } = { maxRetries: 0, model, messages, tools: [] };
      assert.throws(() => new BedrockChatClient(options), /did you mean `guardrail`/, `${how} ${name}`);
      assert.throws(() => client.withOptions(options), /did you mean `guardrail`/, `${how} ${name}`);
      assert.throws(() => client.chat.completions.stream({ model, messages }, options), /did you mean `guardrail`/);
      for (const asked of [ask(client, options), client.chat.completions.runTools(tools, options).finalContent(), client.models.list(options)]) {
        assert.match((await fails(asked)).message, /did you mean `guardrail`/, `${how} ${name}`);
      }
      assert.isEmpty(requests);
    }
    const within = hide("guardrailVersions", "1");
    const error = await fails(ask(noting().client, { guardrail: Object.assign(Object.create(within), guardrail) }));
    if (how !== "not enumerable" && how !== "frozen") assert.match(error.path, /^guardrail\..*guardrailVersions/, how);
  }
});

test("options: methods of a class, and what it keeps to itself, are none", async () => {
  class Options {
    #secret = 1;
    get maxRetries() { return this.#secret - 1; }
    get description() { return assert.fail("nobody asked for it"); }
    toJSON() { return {}; }
    validate() {}
  }
  function Older() {}
  Older.prototype = { constructor: Older, validate() {}, maxRetries: 0 };
  for (const options of [new Options(), new Older()]) {
    Object.defineProperty(options, "note", { value: "not enumerable" });
    options[Symbol("tag")] = 1;
    const { client, requests } = noting();
    await ask(client, options);
    await ask(client.withOptions(options));
    assert.lengthOf(requests, 2);
  }
});

test("options: what is no object of options is an error", async () => {
  const late = Promise.resolve({ guardrail });
  for (const options of [late, { then: () => {} }, [], [{ guardrail }], new Map([["guardrail", guardrail]]), new Headers(), () => ({ guardrail }), "x", 5, true]) {
    const { client, requests } = noting();
    assert.throws(() => new BedrockChatClient(options), /`options` must be an object/);
    assert.throws(() => client.withOptions(options), /`options` must be an object/);
    const run = async () => client.chat.completions.runTools({ model, messages, tools: [] }, options).done();
    for (const asked of [() => ask(client, options), run]) {
      const error = await fails(asked());
      assert.strictEqual(error.constructor, ConfigurationError);
      assert.equal(error.path, "options");
    }
    assert.isEmpty(requests);
  }
  for (const options of [undefined, null, {}, Object.create(null)]) {
    const { client, requests } = noting();
    await ask(client, options);
    await client.chat.completions.runTools({ model, messages, tools: [] }, options).done();
    assert.lengthOf(requests, 2);
  }
  const { signal } = new AbortController();
  assert.strictEqual((await fails(ask(noting().client, signal))).constructor, ConfigurationError);
});

test("options: within others", async () => {
  const within = [
    [{ timeout: { conect: 5 } }, "timeout.conect", "`timeout.connect`"],
    [{ limits: { toolcalls: 5 } }, "limits.toolcalls", "`limits.toolCalls`"],
    [{ guardrail: { guardrailIdentifier: "g1", guardrailVersion: "1" } }, "guardrail.guardrailIdentifier", "`guardrail.identifier`"],
    [{ guardrail: { ...guardrail, require_evidence: true } }, "guardrail.require_evidence", "`guardrail.requireEvidence`"],
    [{ models: [{ match: "m", guardRail: "unproven" }] }, "models[0].guardRail", "no field"],
    [{ apiKey: undefined, credentials: { accessKeyId: "A", secretAccessKey: "s", SessionToken: "t" }, region: "us-west-2" }, "credentials.SessionToken", "`sessionToken`"],
    [{ apiKey: { token: "k", Expiration: new Date() } }, "apiKey.Expiration", "`expiration`"],
  ];
  for (const [options, path, says] of within) {
    const error = await fails((async () => noting(options).client)());
    assert.strictEqual(error.constructor, ConfigurationError, path);
    assert.equal(error.path, path);
    assert.include(error.message, says);
  }
  // What else there is of secrets is of whoever made them.
  const credentials = { accessKeyId: "A", secretAccessKey: "s", sessionToken: "t", accountId: "1", credentialScope: "x", $source: {} };
  const given = [credentials, () => credentials, async () => ({ ...credentials, more: 1 })];
  for (const credentials of given) {
    const { client, requests } = noting({ apiKey: undefined, credentials, region: "us-west-2" });
    await ask(client);
    assert.lengthOf(requests, 1);
  }
  const { client, requests } = noting({ apiKey: undefined, credentials: () => ({ accessKeyId: "A", secretAccessKey: "s", SessionToken: "t" }), region: "us-west-2" });
  assert.equal((await fails(ask(client))).path, "credentials.SessionToken");
  assert.isEmpty(requests);
});

test("options: a guardrail in what is not read is an error", async () => {
  const named = { "X-Amzn-Bedrock-GuardrailIdentifier": "g1", "X-Amzn-Bedrock-GuardrailVersion": "1" };
  const misspelt = { "X-Amzn-Bedrock-Guardrail-Identifier": "g1", "X-Amzn-Bedrock-Guardrail-Version": "1" };
  const { client, requests } = noting();
  const asked = [
    () => ask(client, { headers: misspelt }),
    () => ask(noting({ defaultHeaders: misspelt }).client),
    () => ask(client, { fetchOptions: { headers: named } }),
    () => ask(client, { fetchOptions: { headers: new Headers(named) } }),
    async () => noting({ fetchOptions: { headers: Object.entries(named) } }),
  ];
  const bodies = [
    { headers: named },
    { options: { guardrail } },
    { options: { headers: named } },
    { "amazon-bedrock-guardrailConfig": {} },
    { "amazon-bedrock-guardrailConfig": { guardrailIdentifier: "g1", guardrailVersion: "1" } },
    { guardrail_config: guardrail },
    { "amazon-bedrock-guardrailIdentifier": "g1" },
    { gaurdrails: [guardrail] },
    { messages: [{ ...messages[0], guardrail }] },
  ];
  for (const body of bodies) asked.push(async () => client.chat.completions.create({ model, messages, ...body }));
  for (const ask of asked) {
    const error = await ask().then(() => assert.fail(`${ask}`), (it) => it);
    assert.include(["ConfigurationError", "InvalidRequestError"], error.name, `${ask}: ${error}`);
    assert.match(error.message, /guardrail/i);
  }
  assert.isEmpty(requests);
});

test("options: where another one has its place", async () => {
  const { client } = noting();
  assert.throws(() => noting({ accessKeyId: "A" }), /`accessKeyId` belongs into `credentials`/);
  assert.throws(() => noting({ signal: new AbortController().signal }), /`signal` is an option of a call/);
  assert.match((await fails(ask(client, { region: "us-west-2" }))).message, /`region` is an option of the client/);
});

test("options: openai's that Bedrock has no use for, and undefined ones, have no effect", async () => {
  const { client, requests } = noting({ organization: "o", project: "p", webhookSecret: "w", adminAPIKey: null, guardrails: undefined });
  const options = { idempotencyKey: "i", stream: false, method: "post", path: "/elsewhere", body: {}, __metadata: {}, nothing: undefined };
  await ask(client, options);
  assert.equal(requests[0].url, `${baseURL}/chat/completions`);
  assert.deepEqual(headersOf(requests[0]), headersOf((await once()).requests[0]));
  async function once() {
    const plain = noting();
    await ask(plain.client);
    return plain;
  }
});

/** Runs `body` while every object has these. */
async function polluted(members, body) {
  for (const name in members) {
    Object.defineProperty(Object.prototype, name, { ...Object.getOwnPropertyDescriptor(members, name), configurable: true });
  }
  try {
    await body();
  } finally {
    for (const name in members) delete Object.prototype[name];
  }
}

test("options: what pollutes every object is no option", async () => {
  const kinds = [
    { guardrail, maxRetries: "many", headers: { "x-polluted": "1" }, misspelt: 1, timeout: NaN, proxy: "http://evil.example" },
    // Another one each time. (The runtime's own fetch does not survive `headers`.)
    { get guardrail() { return { ...guardrail }; }, get defaultHeaders() { return { "x-polluted": "1" }; }, get limits() { return { request: 1 }; } },
    { fetch: () => assert.fail("not ours"), logger: { error: "no function" }, onRetry: 5, signal: 5, credentials: () => assert.fail("not ours") },
    { identifier: "g2", trace: "none of it", idle: -1, request: 1, "x-polluted": "1", dispatcher: {}, credentials: "include" },
  ];
  for (const members of kinds) {
    const seen = [];
    // What is asserted is polluted too: afterwards.
    await polluted(members, async () => {
      const { client, requests } = noting();
      await ask(client, {});
      await ask(client.withOptions({}), { query: { a: 1 }, headers: { "x-mine": "1" }, fetchOptions: { cache: "no-store" }, timeout: {}, limits: {} });
      for (const { init } of requests) seen.push([...new Headers(init.headers).keys(), init.proxy, init.dispatcher, init.credentials]);
    });
    const nothing = [undefined, undefined, undefined];
    assert.deepEqual(seen, [["accept", "content-type", ...nothing], ["accept", "content-type", "x-mine", ...nothing]]);
  }
});

test("options: what was given counts, though every object has the same", async () => {
  await polluted({ guardrail, identifier: "g1", version: "1", apiKey: "k", [IDENTIFIER]: "g1" }, async () => {
    for (const given of [{ guardrail }, { guardrail: { identifier: "g1", version: "1" } }, Object.create({ guardrail })]) {
      const { client, requests } = noting(given);
      for (const it of [client, client.withOptions({}), client.withOptions({ apiKey: undefined })]) await ask(it);
      for (const request of requests) assert.equal(headersOf(request)[IDENTIFIER], "g1");
      assert.lengthOf(requests, 3);
    }
    const { client, requests } = noting();
    await ask(client, { headers: { [IDENTIFIER]: "g1", "x-amzn-bedrock-guardrailversion": "1" } });
    assert.equal(headersOf(requests[0])[IDENTIFIER], "g1");
  });
});

/** Options that are not plain data, all with the same guardrail and header. */
const shapes = {
  getters: (options) => Object.defineProperties({}, Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, { get: () => value, enumerable: true }]),
  )),
  prototype: (options) => Object.create(options),
  "non-enumerable": (options) => Object.defineProperties({}, Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, { value, enumerable: false }]),
  )),
  class: (options) => {
    class Options {}
    for (const name in options) Object.defineProperty(Options.prototype, name, { get: () => options[name] });
    return new Options();
  },
  proxy: (options) => new Proxy({}, { get: (_, name) => options[name], has: (_, name) => name in options }),
};

for (const [name, shape] of Object.entries(shapes)) {
  test(`options: withOptions keeps what was read of ${name}`, async () => {
    const requests = [];
    const fetch = answering(answer, { headers: json, requests });
    let reads = 0;
    const identified = { get identifier() { reads++; return "g1"; }, version: "1" };
    const client = new BedrockChatClient(shape({
      baseURL, apiKey: null, fetch, guardrail: identified, defaultHeaders: { "x-mine": "1" }, maxRetries: 0,
    }));
    const first = reads;
    const derived = [client, client.withOptions({}), client.withOptions({ maxRetries: 1 }).withOptions(shape({ timeout: 5000 }))];
    for (const it of derived) await ask(it);
    assert.equal(reads, first);
    for (const request of requests) {
      assert.equal(headersOf(request)[IDENTIFIER], "g1");
      assert.equal(headersOf(request)["x-mine"], "1");
    }
    assert.lengthOf(requests, 3);
  });
}

test("options: headers that change later, are read once, or are undefined in a derived client", async () => {
  const changing = { [IDENTIFIER]: "g1", "x-amzn-bedrock-guardrailversion": "1" };
  function* pairs() {
    yield [IDENTIFIER, "g1"];
    yield ["x-amzn-bedrock-guardrailversion", "1"];
  }
  for (const defaultHeaders of [changing, pairs(), new Map(pairs()), new Headers(changing)]) {
    const { client, requests } = noting({ defaultHeaders });
    if (defaultHeaders === changing) for (const name of Object.keys(changing)) delete changing[name];
    const clients = [
      client,
      client.withOptions({ maxRetries: 0 }),
      client.withOptions({ defaultHeaders: undefined }),
      client.withOptions({ defaultHeaders: undefined }).withOptions({}),
    ];
    for (const it of clients) await ask(it);
    for (const request of requests) assert.equal(headersOf(request)[IDENTIFIER], "g1");
    assert.lengthOf(requests, clients.length);
    Object.assign(changing, { [IDENTIFIER]: "g1", "x-amzn-bedrock-guardrailversion": "1" });
  }
});

test("options: headers that are inherited, and entries that are read once", async () => {
  const entry = { get 0() { return names.shift(); }, 1: "1" };
  const names = ["x-a", Symbol("second")];
  const { client, requests } = noting({ defaultHeaders: Object.create({ "x-base": "1" }, { "x-own": { value: "2", enumerable: true } }) });
  await ask(client, { headers: [entry] });
  await ask(client, { headers: new (class { "x-field" = "3"; })() });
  const [first, second] = requests.map(headersOf);
  assert.include(first, { "x-base": "1", "x-own": "2", "x-a": "1" });
  assert.include(second, { "x-base": "1", "x-own": "2", "x-field": "3" });
});

for (const [name, shape] of Object.entries(shapes)) {
  test(`options: a run reads those of ${name} once, for all that it asks`, async () => {
    const called = answer.replace('"content":"a"', '"content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]');
    for (const stream of [false, true]) {
      const sse = (json) => `data: ${json.replace('"message"', '"delta"')}\n\ndata: [DONE]\n\n`;
      const answers = [called, called, answer].map((it) => (stream ? sse(it) : it));
      const type = { headers: { "content-type": stream ? "text/event-stream" : "application/json" } };
      const { client, requests } = noting({
        fetch: async (url, init) => {
          requests.push({ url, init });
          return new Response(answers.shift(), type);
        },
      });
      let reads = 0;
      let rounds = 0;
      const options = shape({
        guardrail: { get identifier() { reads++; return "g1"; }, version: "1" },
        headers: new Map([["x-mine", "1"]]).entries(),
        query: { get q() { reads++; return "1"; } },
        afterCompletion: () => void rounds++,
        maxChatCompletions: 3,
      });
      const tools = [{ type: "function", function: { name: "f", function: () => "done", parameters: {} } }];
      await client.chat.completions.runTools({ model, messages, tools, stream }, options).done();
      assert.equal(reads, 2);
      assert.equal(rounds, 3, `stream: ${stream}, ${requests.length} requests, reads ${reads}`);
      assert.lengthOf(requests, 3);
      for (const request of requests) {
        assert.include(headersOf(request), { [IDENTIFIER]: "g1", "x-mine": "1" });
        assert.include(request.url, "?q=1");
      }
    }
  });
}

test("options: the guardrail's config in a body is checked as it is sent", async () => {
  const suffixes = ["abc", "xyz"];
  const text = "<amazon-bedrock-guardrails-guardContent_abc>hi</amazon-bedrock-guardrails-guardContent_abc>";
  const configs = [
    () => ({ get tagSuffix() { return suffixes[Math.min(this.reads++, 1)]; }, reads: 0 }),
    () => ({ toJSON: () => ({ tagSuffix: "abc" }), tagSuffix: "xyz" }),
  ];
  for (const config of configs) {
    const { client, requests } = noting({ guardrail });
    let reads = 0;
    const body = {
      model,
      messages: [{ role: "user", content: text }],
      get "amazon-bedrock-guardrailConfig"() {
        return reads++ === 0 ? config() : { tagSuffix: "xyz" };
      },
    };
    await client.chat.completions.create(body);
    const sent = JSON.parse(requests[0].init.body);
    assert.equal(sent["amazon-bedrock-guardrailConfig"].tagSuffix, "abc");
    assert.equal(reads, 1);
  }
});

test("options: guardrails in a body are told where they belong", async () => {
  const { client, requests } = noting();
  const misplaced = ["guardrail", "guardrails", "guardrailConfig", "extra_headers", "extra_body", "extra_query"];
  for (const name of misplaced) {
    const error = await fails(client.chat.completions.create({ model, messages, [name]: { identifier: "g" } }));
    assert.equal(error.name, "InvalidRequestError", name);
    assert.equal(error.path, name);
  }
  assert.isEmpty(requests);
});

test("options: fetchOptions of the client, and of a call over them", async () => {
  const { client, requests } = noting({ fetchOptions: { dispatcher: "client's", cache: "no-store" } });
  await ask(client);
  await ask(client, { fetchOptions: { cache: "reload" } });
  await ask(client.withOptions({ maxRetries: 0 }));
  await ask(client.withOptions({ fetchOptions: { keepalive: true } }));
  const seen = requests.map(({ init: { dispatcher, cache, keepalive } }) => ({ dispatcher, cache, keepalive }));
  const both = { dispatcher: "client's", cache: "no-store", keepalive: undefined };
  assert.deepEqual(seen, [both, { ...both, cache: "reload" }, both, { dispatcher: undefined, cache: undefined, keepalive: true }]);
});

test("options: fetchOptions that are inherited, or of a class, and change later", async () => {
  class Options {
    #cache = "no-store";
    get cache() { return this.#cache; }
    set cache(value) { this.#cache = value; }
  }
  const ofClass = new Options();
  const inherited = Object.create({ dispatcher: "d" }, { cache: { value: "no-store", writable: true } });
  for (const fetchOptions of [ofClass, inherited]) {
    const { client, requests } = noting({ fetchOptions });
    await ask(client);
    fetchOptions.cache = "reload";
    await ask(client.withOptions({}));
    for (const { init } of requests) assert.equal(init.cache, "no-store");
    await ask(noting().client, { fetchOptions });
    assert.equal(requests[0].init.dispatcher, fetchOptions.dispatcher);
  }
});

test("options: values of headers and of queries may be lists", async () => {
  const { client, requests } = noting({ defaultHeaders: { "x-a": ["1", 2], "x-b": ["b"], "x-c": "c" } });
  await ask(client, { headers: { "x-b": [null], "x-d": [] }, query: { q: ["1", "2 3"] } });
  const headers = headersOf(requests[0]);
  assert.equal(headers["x-a"], "1, 2");
  assert.notProperty(headers, "x-b");
  assert.notProperty(headers, "x-d");
  assert.equal(headers["x-c"], "c");
  assert.equal(requests[0].url, `${baseURL}/chat/completions?q=1&q=2%203`);
  for (const value of [[{}], [["a"]], [1n], [Symbol("s")], ["a\nb"]]) {
    assert.strictEqual((await fails(ask(client, { headers: { "x-a": value } }))).constructor, ConfigurationError);
  }
});

test("options: several values of a header are one line, and null removes what stands before", async () => {
  const pairs = [["x-a", "1"], ["X-A", "2"], ["x-b", "3"]];
  for (const defaultHeaders of [pairs, new Headers(pairs), { "x-a": ["1", undefined, "2"], "x-b": "3" }, { "x-a": "1", "X-A": "2", "x-b": ["3"] }]) {
    const { client, requests } = noting({ defaultHeaders });
    const cases = [
      [undefined, "1, 2", "3"],
      [{ "x-a": undefined, "X-B": [undefined] }, "1, 2", "3"],
      [{ "X-A": ["4", 5, true] }, "4, 5, true", "3"],
      [[["x-a", "4"], ["x-a", "5"]], "4, 5", "3"],
      [{ "x-a": null, "x-b": ["6", null] }, undefined, undefined],
      [{ "x-a": [null, "7"], "x-b": ["6", null, "7", "8"] }, "7", "7, 8"],
    ];
    for (const [headers] of cases) await ask(client, { headers });
    const seen = requests.map((request) => headersOf(request)).map((it) => [it["x-a"], it["x-b"]]);
    assert.deepEqual(seen, cases.map(([, ...expected]) => expected));
  }
});

test("options: a client derived from a subclass is of the subclass", async () => {
  class Mine extends BedrockChatClient {
    ask() {
      return ask(this);
    }
  }
  const { client, requests } = noting({ guardrail }, Mine);
  const derived = client.withOptions({ maxRetries: 0 });
  assert.strictEqual(derived.constructor, Mine);
  await derived.ask();
  assert.equal(headersOf(requests[0])[IDENTIFIER], "g1");
});

test(
  "options: a relative baseURL resolves as fetch would resolve it",
  async ({ runtime }) => {
    const original = globalThis.document;
    const document = { baseURI: "https://pages.example/app/index.html" };
    const saved = Object.getOwnPropertyDescriptor(globalThis, "document");
    Object.defineProperty(globalThis, "document", {
      value: document,
      configurable: true,
      writable: true,
    });
    try {
      const { client, requests } = noting({ baseURL: "../api/v1" });
      await ask(client);
      // A derived client goes where its base goes.
      document.baseURI = "https://evil.example/";
      await ask(client.withOptions({ maxRetries: 0 }));
      for (const { url } of requests) assert.equal(url, "https://pages.example/api/v1/chat/completions");
    } finally {
      if (saved) Object.defineProperty(globalThis, "document", saved);
      else delete globalThis.document;
    }
    assert.strictEqual(globalThis.document, original, runtime);
  },
  { except: ["chromium", "firefox", "webkit"], why: "a page has a document of its own, which nobody can replace" },
);

test("options: a relative baseURL without a base is an error that names the option", async () => {
  for (const baseURL of ["/api/v1", "api/v1", "../v1", "//example.com/v1", ""]) {
    const error = await fails((async () => noting({ baseURL }).client)());
    assert.strictEqual(error.constructor, ConfigurationError, baseURL);
    assert.equal(error.path, "baseURL");
    assert.include(error.message, "`baseURL` must be a URL");
  }
}, { only: ["node", "bun", "workerd"], why: "elsewhere there is a base" });

test("options: a client is what it was, whoever makes it and copies its class", () => {
  const given = { baseURL: "https://bedrock.test/v1", apiKey: null };
  // As `util.inherits` makes one: of the class it has the prototype alone.
  function Inherited(...args) {
    return Reflect.construct(BedrockChatClient, args, Inherited);
  }
  Object.setPrototypeOf(Inherited.prototype, BedrockChatClient.prototype);
  const traced = new (new Proxy(BedrockChatClient, {}))(given);
  const { constructor } = new BedrockChatClient(given).chat.completions;
  for (const client of [new Inherited(given), traced, traced.withOptions({ maxRetries: 0 })]) {
    assert.instanceOf(client, BedrockChatClient);
    assert.strictEqual(client.chat.completions.constructor, constructor);
    assert.throws(() => client.chat.completions.stream({ model: "m", messages: [] }, { no: 1 }), ConfigurationError);
  }
  const names = Object.keys({ ...BedrockChatClient });
  assert.include(names, "APIError");
  assert.isEmpty(names.filter((name) => !name.endsWith("Error")));
  // Whoever traces a class by what it has itself finds it.
  assert.isTrue(Object.hasOwn(Object.getPrototypeOf(traced.chat.completions), "create"));
});
