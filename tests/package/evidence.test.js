// What an answer shows of its guardrail, and what is not taken for a guardrail.

import { BedrockChatClient, GuardrailNotEnforcedError, IncompleteStreamError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const request = { model: "m", messages: [{ role: "user", content: "Hi" }] };
const guardrail = { identifier: "gr1", version: "1" };
const ACTION = "amazon-bedrock-guardrailAction";
const base = { apiKey: null, baseURL: "https://proxy.test/v1" };

const whole = (more, finish_reason = "stop") =>
  JSON.stringify({ choices: [{ index: 0, message: { content: "Hello" }, finish_reason }], ...more });
const events = (...chunks) =>
  `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")}data: [DONE]\n\n`;
const chunk = (content, finish_reason = null, more = {}) => ({
  choices: [{ index: 0, delta: content ? { content } : {}, finish_reason }],
  ...more,
});

/** The answer, whole or streamed, with what was logged. */
function asked(body, options, logged = []) {
  const isStream = body.startsWith("data:");
  const headers = { "content-type": isStream ? "text/event-stream" : "application/json" };
  const requests = [];
  const logger = Object.fromEntries(
    ["error", "warn", "info", "debug"].map((level) => [level, (...given) => logged.push([level, ...given])]),
  );
  const client = new BedrockChatClient({ ...base, logger, fetch: answering(body, { headers, requests }), ...options });
  const { completions } = client.chat;
  const answer = isStream ? completions.stream(request) : completions.create(request);
  return { answer, requests };
}

const final = ({ answer }) => (answer.finalChatCompletion ? answer.finalChatCompletion() : answer);

test("evidence: an answer says whether a guardrail has seen it", async () => {
  for (const [body, expected] of [
    [whole({ [ACTION]: "NONE" }), { action: "NONE", evidence: true }],
    [whole({ [ACTION]: "INTERVENED" }), { action: "INTERVENED", evidence: true }],
    [whole({}), { action: "UNKNOWN", evidence: false }],
    [whole({ [ACTION]: null }), { action: "UNKNOWN", evidence: false }],
    [whole({}, "content_filter"), { action: "INTERVENED", evidence: false }],
    [whole({}, "guardrail_intervened"), { action: "INTERVENED", evidence: true }],
    [whole({ guardrail: { action: "NONE", evidence: true } }), { action: "UNKNOWN", evidence: false }],
    [events(chunk("Hello"), chunk("", "stop")), { action: "UNKNOWN", evidence: false }],
    [events(chunk("Hello"), chunk("", "stop", { [ACTION]: "NONE" })), { action: "NONE", evidence: true }],
    [events(chunk("Hello", null, { guardrail: { action: "NONE" } }), chunk("", "stop")), { action: "UNKNOWN", evidence: false }],
    // Once intervened, always intervened.
    [events(chunk("Hello", null, { [ACTION]: "GUARDRAIL_INTERVENED" }), chunk("", "stop", { [ACTION]: "NONE" })), { action: "INTERVENED", evidence: true }],
    [events(chunk("Hello", "content_filter"), chunk("", "stop", { [ACTION]: "NONE" })), { action: "INTERVENED", evidence: true }],
    [events(chunk("Hello", "guardrail_intervened"), chunk("", "stop")), { action: "INTERVENED", evidence: true }],
  ]) {
    const logged = [];
    const completion = await final(asked(body, { guardrail }, logged));
    assert.deepEqual(completion.guardrail, { ...expected, enforcedBy: "endpoint" }, body);
    await Promise.resolve();
    const warnings = logged.filter(([level]) => level === "warn");
    assert.equal(warnings.length, expected.evidence ? 0 : 1, body);
  }
});

test("evidence: an intervention counts however often, wherever and however it is spelled", async () => {
  const members = Array.from({ length: 300 }, (_, at) => `"k${at}":1`).join();
  const escaped = `"${ACTION.replace("A", "\\u0041")}"`;
  const said = {
    "then it is taken back": [`"${ACTION}":"GUARDRAIL_INTERVENED","${ACTION}":"NONE"`],
    "before and behind another": [`"${ACTION}":"NONE","${ACTION}":"INTERVENED","${ACTION}":null`],
    "in lower case, between blanks": [`"${ACTION}":" guardrail_intervened "`],
    "in a list": [`"${ACTION}":["GUARDRAIL_INTERVENED"]`],
    "in an object": [`"${ACTION}":{"action":"INTERVENED"}`],
    "escaped, behind many": [`${members},${escaped}:"GUARDRAIL\\u005fINTERV\\u0045NED"`],
    "by a reason in upper case": ['"a":1', '"GUARDRAIL_INTERVENED"'],
    "by the reason of Converse": ['"a":1', '"content_filtered"'],
    "by a reason that is taken back": ['"a":1', '"content_filter","finish_reason":"stop"'],
    "by a reason in a list": ['"a":1', '["guardrail_intervened"]'],
  };
  const none = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"${ACTION}":"NONE"}\n\ndata: [DONE]\n\n`;
  for (const [how, [member, reason = '"stop"']] of Object.entries(said)) {
    const answer = (name) => `{"choices":[{"index":0,"${name}":{"content":"a"},"finish_reason":${reason}}],${member}}`;
    for (const body of [answer("message"), `data: ${answer("delta")}\n\n${none}`, `data: ${answer("delta")}\n\n`.repeat(2) + none]) {
      const completion = await final(asked(body, { guardrail }));
      assert.equal(completion.guardrail.action, "INTERVENED", `${how}: ${body}`);
    }
  }
});

test("evidence: with n, fewer choices than that are no whole answer", async () => {
  const choice = (index) => ({ index, message: { content: "Hello" }, finish_reason: "stop" });
  const create = (choices) => {
    const fetch = answering(JSON.stringify({ choices }), { headers: { "content-type": "application/json" } });
    return new BedrockChatClient({ ...base, fetch }).chat.completions.create({ ...request, n: 2 });
  };
  for (const choices of [[], [choice(0)]]) {
    const error = await fails(create(choices));
    assert.strictEqual(error.constructor, IncompleteStreamError);
    assert.deepEqual([error.attempts, error.partial.choices], [1, choices]);
  }
  assert.lengthOf((await create([choice(0), choice(1)])).choices, 2);
});

test("evidence: a filter of the model's own is no guardrail, nor is a server's own field", async () => {
  for (const body of [
    whole({}, "content_filter"),
    whole({ guardrail: { action: "NONE" } }),
    events(chunk("Hello"), chunk("", "content_filter")),
    events(chunk("Hello", null, { guardrail: { action: "NONE" } }), chunk("", "stop")),
  ]) {
    assert.isUndefined((await final(asked(body))).guardrail, body);
  }
});

test("evidence: an answer without it is kept back where it is required", async () => {
  const required = { guardrail: { ...guardrail, requireEvidence: true } };
  for (const body of [
    whole({}),
    whole({}, "content_filter"),
    whole({ "amazon-bedrock-trace": { promptRouter: {} } }),
    events(chunk("Hel"), chunk("lo"), chunk("", "stop")),
    events(chunk("Hel"), chunk("lo", "content_filter")),
  ]) {
    const { answer, requests } = asked(body, required);
    const seen = [];
    const error = await fails(
      (async () => {
        if (!body.startsWith("data:")) return answer;
        for await (const item of answer) seen.push(item);
      })(),
    );
    assert.instanceOf(error, GuardrailNotEnforcedError, body);
    assert.notInclude(JSON.stringify([error, error.message, error.partial, seen, answer.partial]), "Hel", body);
    assert.deepEqual(seen, []);
    assert.equal(requests.length, 1);
  }
});

test("evidence: where it is required, a stream comes with its first sign", async () => {
  const required = { guardrail: { ...guardrail, requireEvidence: true } };
  for (const at of [0, 1, 2]) {
    const chunks = [chunk("Hel"), chunk("lo"), chunk("", "stop")];
    chunks[at][ACTION] = "NONE";
    const body = events(...chunks);
    const read = async (iterable, text = (item) => item) => {
      let all = "";
      for await (const item of iterable) all += text(item);
      return all;
    };
    const { answer } = asked(body, required);
    assert.equal(await read(answer, ({ choices }) => choices[0].delta.content ?? ""), "Hello");
    assert.equal(await read(asked(body, required).answer.textStream()), "Hello");
    const completion = await final(asked(body, required));
    assert.equal(completion.choices[0].message.content, "Hello");
    assert.deepEqual(completion.guardrail, { action: "NONE", enforcedBy: "endpoint", evidence: true });
  }
});

test("evidence: a host that is named for mantle is not taken for one that applies guardrails", async () => {
  for (const baseURL of ["https://mantle.corp.test/v1", "https://proxy.test/mantle/v1", "https://bedrock-mantle.test/v1"]) {
    const { answer, requests } = asked(whole({ [ACTION]: "NONE" }), { baseURL, guardrail });
    assert.instanceOf(await fails(answer), GuardrailNotEnforcedError, baseURL);
    assert.equal(requests.length, 0);
    const runtime = asked(whole({ [ACTION]: "NONE" }), { baseURL, guardrail, endpoint: "runtime" });
    assert.equal((await runtime.answer).guardrail.action, "NONE");
  }
});
