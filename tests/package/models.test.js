// What is known of models, and what a caller knows better.

import { APIUserAbortError, BedrockChatClient, ConfigurationError, GuardrailNotEnforcedError, NotFoundError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const headers = { "content-type": "application/json" };
const guardrail = { identifier: "gr1", version: "1" };
const base = { apiKey: "bedrock-api-key-x", region: "us-west-2" };

function client(options) {
  const requests = [];
  const fetch = answering('{"choices":[]}', { headers, requests });
  return { client: new BedrockChatClient({ ...base, fetch, ...options }), requests };
}

const ask = (client, model, options) =>
  client.chat.completions.create({ model, messages: [{ role: "user", content: "Hi" }] }, options);

test("models: a client explains what it knows of a model", () => {
  const { client: runtime, requests } = client();
  const of = runtime.explain({ model: "us.openai.gpt-6-sol" });
  assert.equal(of.endpoint, "runtime");
  assert.equal(of.region, "us-west-2");
  assert.equal(of.url, "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1/chat/completions");
  assert.equal(of.guardrail, "unproven");
  assert.isUndefined(of.hint);
  assert.include(of.known[0], { match: "openai.gpt-6", profile: true });
  for (const line of of.known) assert.match(line.date, /^\d{4}-\d\d-\d\d$/);
  assert.include(runtime.explain({ model: "openai.gpt-6-sol" }).hint, "us.openai.gpt-6-sol");
  const there = runtime.explain({ model: "openai.gpt-6-sol", endpoint: "mantle" });
  assert.equal(there.url, "https://bedrock-mantle.us-west-2.api.aws/openai/v1/chat/completions");
  assert.equal(there.guardrail, "ignored");
  assert.equal(requests.length, 0);
  for (const question of [undefined, {}, { model: 5 }]) {
    assert.throws(() => runtime.explain(question), ConfigurationError, "model");
  }
  assert.throws(() => runtime.explain({ model: "m", endpoint: "moon" }), ConfigurationError, "endpoint");
  runtime.free();
  assert.throws(() => runtime.explain({ model: "m" }), ConfigurationError, "freed");
});

test("models: a guardrail that may be ignored is not sent, unless the caller knows better", async () => {
  for (const model of ["us.openai.gpt-5.6-sol", "global.openai.gpt-6-luna", "openai.gpt-7"]) {
    const careful = client({ guardrail });
    const error = await fails(ask(careful.client, model));
    assert.instanceOf(error, GuardrailNotEnforcedError);
    assert.equal(careful.requests.length, 0);
    // Without one, or where the caller says so.
    await ask(careful.client, model, { guardrail: null });
    const allowed = { ...guardrail, allowUnenforced: true };
    await ask(careful.client, model, { guardrail: allowed });
    const models = [{ match: "openai.gpt-", guardrail: "enforced" }];
    await ask(careful.client.withOptions({ models }), model);
    assert.equal(careful.requests.length, 3);
  }
  const suspicious = client({ guardrail, models: [{ match: "qwen.", guardrail: "unproven" }] });
  assert.instanceOf(await fails(ask(suspicious.client, "qwen.qwen3-32b-v1:0")), GuardrailNotEnforcedError);
  await ask(suspicious.client, "deepseek.v3.2");
  assert.equal(suspicious.requests.length, 1);
});

test("models: a model that is newer than the package has its path from the caller", async () => {
  const models = [{ match: "acme.", mantlePath: "/openai/v1" }];
  const mantle = client({ endpoint: "mantle", models });
  for (const model of ["acme.one", "deepseek.v3.2", "openai.gpt-6.1-sol"]) await ask(mantle.client, model);
  const paths = mantle.requests.map(({ url }) => new URL(url).pathname);
  const completions = "/chat/completions";
  assert.deepEqual(paths, ["/openai/v1", "/v1", "/openai/v1"].map((path) => path + completions));
});

test("models: what a caller says of models is checked", () => {
  for (const [models, path] of [
    ["gpt", "models"],
    [{ match: "a" }, "models"],
    [[5], "models[0].match"],
    [[{}], "models[0].match"],
    [[{ match: "a" }, { match: "b", mantlePath: "/v2" }], "models[1].mantlePath"],
    [[{ match: "a", guardrail: false }], "models[0].guardrail"],
  ]) {
    let error;
    try {
      client({ models });
    } catch (thrown) {
      error = thrown;
    }
    assert.instanceOf(error, ConfigurationError, JSON.stringify(models));
    assert.equal(error.path, path);
  }
  assert.throws(() => client({ models: [{ match: "a", toJSON: () => 5n }] }), ConfigurationError, "models");
});

test("models: mantle lists what it has, in one page", async ({ emulator }) => {
  const { mantleURL } = await emulator.space();
  const client = new BedrockChatClient({ baseURL: mantleURL, endpoint: "mantle", apiKey: emulator.apiKey });
  const page = await client.models.list();
  const ids = page.data.map(({ id }) => id);
  assert.include(ids, "openai.gpt-oss-20b");
  assert.deepEqual(Object.keys(page.data[0]).sort(), ["created", "id", "object", "owned_by"]);
  assert.isFalse(page.hasNextPage());
  assert.equal(page.getPaginatedItems(), page.data);
  const collect = async (iterable) => {
    const found = [];
    for await (const it of iterable) found.push(it);
    return found;
  };
  assert.deepEqual((await collect(client.models.list())).map(({ id }) => id), ids);
  assert.deepEqual(await collect(page), page.data);
  assert.deepEqual(await collect(page.iterPages()), [page]);
  const { data, response, request_id } = await client.models.list().withResponse();
  assert.deepEqual(data.data, page.data);
  assert.equal(response.status, 200);
  assert.match(request_id, /^req_/);
  assert.equal((await client.models.retrieve("openai.gpt-oss-20b")).id, "openai.gpt-oss-20b");
  const missing = await fails(client.models.retrieve("no/such model?"));
  assert.instanceOf(missing, NotFoundError);
  const [first] = await collect(client.models.list({ headers: { "x-team": "a" }, query: { b: 1 } }));
  assert.equal(first.object, "model");
});

test("models: a request is a GET, authenticated, without a body; errors are typed", async ({ emulator }) => {
  const space = await emulator.space({ steps: [{ operation: "retrieveModel", status: 500 }] });
  const options = { baseURL: space.mantleURL, endpoint: "mantle", apiKey: emulator.apiKey };
  const client = new BedrockChatClient(options);
  await client.models.retrieve("openai.gpt-oss-20b");
  const requests = await space.requests();
  for (const request of requests) {
    assert.equal(request.method, "GET");
    assert.match(request.path, /\/mantle\/v1\/models\/openai\.gpt-oss-20b$/);
    assert.isNotOk(request.body);
  }
  const refused = await fails(new BedrockChatClient({ ...options, apiKey: "bedrock-api-key-expired" }).models.list());
  assert.equal(refused.status, 403);
  const aborted = await fails(client.models.list({ signal: AbortSignal.abort() }));
  assert.instanceOf(aborted, APIUserAbortError);
});

test("models: AWS credentials sign the request", async ({ emulator }) => {
  const { mantleURL } = await emulator.space();
  const credentials = { accessKeyId: "ASIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: "fixture/session+token==" };
  const client = new BedrockChatClient({ baseURL: mantleURL, endpoint: "mantle", region: "us-east-1", credentials });
  assert.isNotEmpty((await client.models.list()).data);
  assert.equal((await client.models.retrieve("openai.gpt-oss-20b")).object, "model");
});

test("models: runtime has no list: the error says what to ask instead, and nothing is sent", async () => {
  const { client: runtime, requests } = client();
  for (const asked of [runtime.models.list(), runtime.models.retrieve("m")]) {
    const error = await fails(asked);
    assert.instanceOf(error, ConfigurationError);
    assert.include(error.message, "ListFoundationModels");
  }
  assert.lengthOf(requests, 0);
});

test("models: what wrappers look for is there, and says that Bedrock has it not", async () => {
  const { client: it, requests } = client();
  for (const [path, name] of [
    ["completions", "create"],
    ["responses", "create"],
    ["responses", "parse"],
    ["embeddings", "create"],
    ["chat.completions", "retrieve"],
    ["models", "delete"],
    ["chat.completions.messages", "list"],
  ]) {
    const holder = path.split(".").reduce((object, key) => object[key], it);
    const error = await fails(holder[name]({}));
    assert.instanceOf(error, ConfigurationError);
    assert.include(error.message, `${path}.${name}`);
  }
  assert.isFunction(it.beta.chat.completions.parse);
  // Some wrappers patch it in place.
  assert.notEqual(it.beta.chat.completions, it.chat.completions);
  assert.equal(it.baseURL, "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1");
  assert.isString(it.apiKey);
  assert.notInclude(it.apiKey, base.apiKey);
  assert.equal(it.maxRetries, 2);
  assert.isNumber(it.timeout);
  assert.equal(JSON.stringify(it), '{"apiKey":"hidden","maxRetries":2}');
  assert.include(JSON.stringify(it.chat), "hidden");
  assert.lengthOf(requests, 0);
});
