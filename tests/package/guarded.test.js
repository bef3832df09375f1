// Guardrails that the client applies: `guardrail.enforce`.

import {
  APIUserAbortError,
  BedrockChatClient,
  ConfigurationError,
  GuardrailNotEnforcedError,
  InternalServerError,
  InvalidRequestError,
  PermissionDeniedError,
  RateLimitError,
  guardContent,
} from "bedrock-chat/guardrails";
import { BedrockChatClient as PlainClient, ChatCompletionStream } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails, randomNumbers, turns } from "../helpers.js";
import { INPUT_BLOCKED, OUTPUT_BLOCKED, bedrock, long, pieces, request, setUp } from "./guarded-parts.js";

/** Everything that a caller gets to see of a stream, one way or another. */
async function allWays(setup, text, options) {
  const seen = [];
  const begin = async () => setUp(setup, options);
  const texts = async (stream) => {
    let all = "";
    for await (const piece of stream) all += typeof piece === "string" ? piece : (piece.choices[0]?.delta.content ?? "");
    return all;
  };
  const ask = async () => {
    const it = await begin();
    return [await it.client.chat.completions.create(request(text, { stream: true })), it];
  };
  const [chunks, first] = await ask();
  seen.push(await texts(chunks));
  const [text1] = await ask();
  seen.push(await texts(text1.textStream()));
  const [final] = await ask();
  seen.push((await final.finalChatCompletion()).choices[0].message.content);
  const [both] = await ask();
  const [one, two] = both.tee();
  seen.push(...(await Promise.all([texts(one), texts(two.textStream())])));
  const [bytes] = await ask();
  const lines = (await new Response(bytes.toReadableStream()).text()).trim().split("\n");
  seen.push(lines.map((line) => JSON.parse(line).choices[0]?.delta.content ?? "").join(""));
  const events = (await begin()).client.chat.completions.stream(request(text));
  let heard = "";
  events.on("content", (delta) => (heard += delta));
  await events.done();
  seen.push(heard);
  return { seen, first, final: await final.finalChatCompletion(), metrics: final.metrics };
}

// endpoint × family × enforce × streamed × case: what is seen, and what was sent.
const CASES = [
  { name: "clean", answer: long.repeat(3), seen: (it) => it },
  { name: "input blocked", text: "a forbidden thing", answer: "never", seen: () => INPUT_BLOCKED, models: 0 },
  { name: "input masked", text: "my secret", answer: "fine", seen: (it) => it, asks: "my {M}" },
  { name: "output blocked early", answer: `forbidden ${long}`, blocked: true },
  { name: "output blocked late", answer: `${long}${long}forbidden ${long}`, blocked: true },
  { name: "output blocked at the very end", answer: `${long}${long}forbidden`, blocked: true },
  { name: "masked across a border", answer: `${long.slice(0, 35)} secret ${long}`, seen: (it) => it.replace("secret", "{M}") },
  { name: "masked often", answer: "a secret ".repeat(60), seen: (it) => it.replaceAll("secret", "{M}") },
  { name: "slow", answer: long.repeat(3), seen: (it) => it, judging: () => turns(2) },
  ...[
    ["down", 503, "ServiceUnavailableException", InternalServerError],
    ["throttled", 429, "ThrottlingException", RateLimitError],
    ["forbidden", 403, "AccessDeniedException", PermissionDeniedError],
  ].flatMap(([name, status, type, kind]) => {
    const failed = () => new Response(JSON.stringify({ message: type }), { status, headers: { "x-amzn-errortype": type } });
    // From the question about the input on, or from one about the output on.
    return [1, 2, 3].map((from) => ({
      name: `${name} from question ${from}`,
      answer: long.repeat(4),
      judging: (_, nth) => (nth >= from ? failed() : undefined),
      fails: from,
      kind,
      models: from === 1 ? 0 : 1,
    }));
  }),
];
const PLACES = [
  { endpoint: "mantle", model: "openai.gpt-5.6-sol", proven: false },
  { endpoint: "mantle", model: "openai.gpt-oss-20b", proven: false },
  { endpoint: "runtime", model: "us.openai.gpt-6-sol", proven: false },
  { endpoint: "runtime", model: "openai.gpt-oss-20b-1:0", proven: true },
];

for (const { endpoint, model, proven } of PLACES) {
  for (const enforce of ["endpoint", "client", "auto"]) {
    test(`guarded: ${endpoint}, ${model}, ${enforce}`, async () => {
      for (const { name, text = "Hello", answer, seen, blocked, models = 1, asks = text, judging, fails: from, kind } of CASES) {
        for (const stream of [false, true]) {
          const what = `${name}, ${stream ? "streamed" : "whole"}`;
          const setup = { deltas: pieces(answer), judging, guardrail: { enforce } };
          const { client, asked, sent, state } = setUp(setup, { endpoint });
          const asking = client.chat.completions.create({ ...request(text, { stream }), model });
          const byClient = enforce === "client" || (enforce === "auto" && !proven);
          if (!byClient) {
            if (proven) {
              // It is the endpoint's, which this one leaves alone.
              await (stream ? (await asking).finalContent() : asking);
              assert.equal(sent[0].headers.get("x-amzn-bedrock-guardrailidentifier"), "gr1", what);
            } else {
              const error = await fails(asking);
              assert.instanceOf(error, GuardrailNotEnforcedError, what);
              assert.include(error.message, "guardrail.enforce");
              assert.equal(sent.length, 0, what);
            }
            assert.equal(asked.length, 0, what);
            continue;
          }
          // An answer that comes whole is asked about once.
          if (kind && (stream || from < 3)) {
            const error = await fails(stream ? asking.then((it) => it.finalContent()) : asking);
            assert.instanceOf(error, kind, what);
            assert.equal(sent.length, models, what);
            assert.equal(asked.length, from, what);
            const shown = error.partial?.choices[0]?.message.content ?? "";
            assert.isTrue(answer.startsWith(shown), what);
            // The first window had passed.
            assert.equal(shown.length > 0, from === 3, what);
            continue;
          }
          const completion = stream ? await (await asking).finalChatCompletion() : await asking;
          const { content } = completion.choices[0].message;
          const { finish_reason } = completion.choices[0];
          if (blocked) {
            assert.isTrue(content.endsWith(OUTPUT_BLOCKED), what);
            const shown = content.slice(0, -OUTPUT_BLOCKED.length);
            assert.isTrue(answer.slice(0, answer.indexOf("forbidden")).startsWith(shown), what);
            if (!stream) assert.equal(shown, "", what);
            if (stream && name !== "output blocked at the very end") assert.isTrue(state.cancelled, what);
          } else {
            assert.equal(content, kind ? answer : seen(answer), what);
          }
          const stopped = blocked || models === 0;
          assert.equal(finish_reason, stopped ? "content_filter" : "stop", what);
          const action = stopped || /masked/.test(name) ? "INTERVENED" : "NONE";
          assert.deepEqual(completion.guardrail, { action, enforcedBy: "client", evidence: true }, what);
          // What was sent.
          assert.equal(sent.length, models, what);
          if (models) {
            assert.equal(sent[0].body.messages[0].content, asks, what);
            assert.isNull(sent[0].headers.get("x-amzn-bedrock-guardrailidentifier"), what);
            assert.equal(sent[0].host, `bedrock-${endpoint}.us-east-1.${endpoint === "mantle" ? "api.aws" : "amazonaws.com"}`);
          }
          assert.deepEqual(asked[0].content, [{ text: { text } }], what);
          assert.equal(asked[0].source, "INPUT", what);
          for (const { host, path, source } of asked.slice(1)) {
            assert.equal(source, "OUTPUT");
            assert.equal(host, "bedrock-runtime.us-east-1.amazonaws.com");
            assert.equal(path, "/guardrail/gr1/version/1/apply");
          }
          if (!stream) assert.isAtMost(asked.length, 2, what);
        }
      }
    });
  }
}

test("guarded: no way of reading a stream shows what was not judged", async () => {
  for (const { name, text = "Hello", answer, seen, blocked, kind } of CASES) {
    if (kind) continue;
    const { seen: all, final, metrics } = await allWays({ deltas: pieces(answer) }, text);
    assert.lengthOf(new Set(all), 1, `${name}: ${JSON.stringify(all)}`);
    assert.isFalse(/forbidden|secret/.test(all[0]), name);
    if (!blocked) assert.equal(all[0], seen(answer), name);
    assert.equal(final.choices[0].message.content, all[0]);
    assert.isAtLeast(metrics.guardrail.calls, 1);
    assert.isAtLeast(metrics.guardrail.ms, 0);
  }
});

test("guarded: ApplyGuardrail is asked again, as everything is", async () => {
  for (const stream of [false, true]) {
    let failures = 0;
    const failed = { status: 503, headers: { "retry-after-ms": "1" } };
    const judging = (_, nth) => (nth % 2 ? new Response("{}", (failures++, failed)) : undefined);
    const { client, asked, sent } = setUp({ judging }, { maxRetries: 1 });
    const answer = await client.chat.completions.create(request("Hello", { stream }));
    assert.equal(stream ? await answer.finalContent() : answer.choices[0].message.content, "fine");
    assert.equal(failures, 2);
    assert.equal(asked.length, 4);
    assert.equal(sent.length, 1);
  }
});

test("guarded: what nobody can follow ends the call", async () => {
  // An answer that nobody can follow.
  for (const body of ['{"action":"PERHAPS"}', '{"action":"GUARDRAIL_INTERVENED"}', '{"action":"GUARDRAIL_INTERVENED","outputs":[{}]}', '{"action":"GUARDRAIL_INTERVENED","outputs":[{"text":"a"},{"text":"b"}],"assessments":[{"x":{"y":[{"action":"ANONYMIZED"}]}}]}']) {
    const { client, sent } = setUp({ judging: () => new Response(body, { status: 200 }) });
    assert.instanceOf(await fails(client.chat.completions.create(request())), GuardrailNotEnforcedError);
    assert.equal(sent.length, 0);
  }
});

test("guarded: a slow guardrail is waited for, and ended with the call", async () => {
  const never = (_, __, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  for (const stream of [false, true]) {
    const controller = new AbortController();
    const { client, sent } = setUp({ judging: never });
    const asking = client.chat.completions.create(request("Hello", { stream }), { signal: controller.signal });
    const ended = fails(asking);
    await undefined;
    controller.abort("enough");
    const error = await ended;
    assert.instanceOf(error, APIUserAbortError);
    assert.equal(error.cause, "enough");
    assert.equal(sent.length, 0);
    const late = await fails(client.chat.completions.create(request("Hello", { stream }), { timeout: 20 }));
    assert.equal(late.name, "APIConnectionTimeoutError");
    const freed = client.chat.completions.create(request("Hello", { stream }));
    const told = fails(freed);
    client.free();
    assert.instanceOf(await told, APIUserAbortError);
  }
  // Of a stream, by whoever reads it.
  const { client } = setUp({ judging: never });
  const stream = client.chat.completions.stream(request());
  const ended = fails(stream.finalContent());
  stream.abort("enough");
  assert.equal((await ended).cause, "enough");
});

test("guarded: reasoning, refusals and tool calls are judged as well", async () => {
  const call = (text) => ({ tool_calls: [{ index: 0, id: "call_0", type: "function", function: { name: "get", arguments: text } }] });
  for (const delta of [{ reasoning: "a forbidden thought" }, { refusal: "forbidden" }, call('{"a":"forbidden"}'), { unknown: "forbidden" }]) {
    const { client } = setUp({ deltas: [delta, { content: "fine" }] });
    const stream = await client.chat.completions.create(request("Hello", { stream: true }));
    const seen = [];
    for await (const chunk of stream) seen.push(JSON.stringify(chunk));
    assert.isFalse(seen.join().includes("forbidden"), JSON.stringify(delta));
    assert.include(seen.join(), OUTPUT_BLOCKED);
    const whole = setUp({ message: { role: "assistant", content: null, ...delta } });
    const completion = await whole.client.chat.completions.create(request());
    assert.equal(completion.choices[0].message.content, OUTPUT_BLOCKED);
    assert.deepEqual(completion.usage, { total_tokens: 1 });
  }
  const { client } = setUp({ deltas: [{ reasoning: "a secret thought" }, call('{"a":"secr'), { tool_calls: [{ index: 0, function: { arguments: 'et"}' } }] }] });
  const { message } = (await client.chat.completions.stream(request()).finalChatCompletion()).choices[0];
  assert.equal(message.reasoning, "a {M} thought");
  assert.equal(message.tool_calls[0].function.arguments, '{"a":"{M}"}');
});

test("guarded: what is judged of a request: roles, tags, images", async () => {
  const png = "data:image/png;base64,iVBORw0KGgo=";
  const parts = [{ type: "text", text: "look" }, { type: "image_url", image_url: { url: png } }];
  const messages = [
    { role: "system", content: "Be kind" },
    { role: "user", content: parts },
    { role: "assistant", content: null, tool_calls: [{ id: "x", type: "function", function: { name: "get", arguments: "{}" } }] },
    { role: "tool", tool_call_id: "x", content: "result" },
  ];
  const ask = async (options, body) => {
    const it = setUp({ guardrail: options });
    await it.client.chat.completions.create({ ...request(), ...body });
    return it;
  };
  const image = { image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } };
  const textOf = (it) => it.asked[0].content.map((block) => block.text?.text ?? block);
  assert.deepEqual(textOf(await ask({}, { messages })), ["Be kind", "look", "x", "get", "{}", "x", "result", image]);
  assert.deepEqual(textOf(await ask({ roles: ["tool", "user"] }, { messages })), ["look", "x", "result", image]);
  const nothing = await ask({ roles: ["developer"] }, { messages });
  assert.deepEqual(nothing.asked.map(({ source }) => source), ["OUTPUT"]);
  const content = `Sum up: ${guardContent("a secret text", "xyz")} please`;
  const tagged = await ask({ tagSuffix: "xyz" }, { messages: [{ role: "system", content: "secret rules" }, { role: "user", content }] });
  assert.deepEqual(tagged.asked[0].content, [{ text: { text: "a secret text", qualifiers: ["guard_content"] } }]);
  const [{ body }] = tagged.sent;
  assert.equal(body.messages[0].content, "secret rules");
  assert.equal(body.messages[1].content, content.replace("secret", "{M}"));
  assert.notProperty(body, "amazon-bedrock-guardrailConfig");
  const full = await ask({ trace: "ENABLED_FULL" }, {});
  assert.equal(full.asked[0].outputScope, "FULL");
});

test("guarded: the trace is told where it is asked for", async () => {
  const of = async (text, deltas, trace) => {
    const { client } = setUp({ deltas, guardrail: { trace, identifier: "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr1" } });
    return (await client.chat.completions.create(request(text))).guardrail.trace;
  };
  const found = (action, match = "x") => ({ wordPolicy: { customWords: [{ match, action }] } });
  assert.deepEqual(await of("forbidden", undefined, "ENABLED"), { inputAssessment: { gr1: found("BLOCKED") } });
  assert.deepEqual(await of("Hello", [{ content: "secret" }], "enabled"), { outputAssessments: { gr1: [found("ANONYMIZED", "secret")] } });
  assert.isUndefined(await of("Hello", undefined, "ENABLED"));
  assert.hasAllKeys(await of("Hello", undefined, "ENABLED_FULL"), ["inputAssessment", "outputAssessments"]);
});

test("guarded: what cannot be judged is refused before anything is sent", async () => {
  for (const [options, more, path] of [
    [{}, { logprobs: true }, "logprobs"],
    [{ streamProcessingMode: "ASYNCHRONOUS" }, {}, "guardrail.streamProcessingMode"],
    [{}, { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "https://a.test/a.png" } }] }] }, "messages[0].content[0]"],
    [{}, { messages: [{ role: "user", content: [{ type: "text", text: "a" }, { type: "input_audio", input_audio: {} }] }] }, "messages[0].content[1]"],
    [{ tagSuffix: "xyz" }, {}, "messages"],
    [{ version: undefined }, {}, "guardrail.version"],
    [{}, { messages: [] }, "messages"],
  ]) {
    const { client, asked, sent } = setUp({ guardrail: options });
    const error = await fails(client.chat.completions.create(request("Hello", more)));
    assert.instanceOf(error, InvalidRequestError, path);
    assert.equal(error.path, path);
    assert.throws(() => client.chat.completions.stream(request("Hello", more)), InvalidRequestError);
    assert.equal(asked.length + sent.length, 0);
  }
  for (const [options, path] of [
    [{ enforce: "always" }, "guardrail.enforce"],
    [{ roles: [] }, "guardrail.roles"],
    [{ roles: [5] }, "guardrail.roles"],
    [{ roles: "user" }, "guardrail.roles"],
    [{ window: 10, overlap: 10 }, "guardrail.window"],
    [{ window: -1 }, "guardrail.window"],
  ]) {
    const go = async () => setUp({ guardrail: options }).client.chat.completions.create(request());
    const error = await fails(go());
    assert.instanceOf(error, ConfigurationError, path);
    assert.equal(error.path, path);
  }
});

test("guarded: a response holds nothing that nobody has judged", async () => {
  for (const stream of [false, true]) {
    const { client } = setUp({ deltas: [{ content: "a secret" }] });
    const { data, response } = await client.chat.completions.create(request("Hello", { stream })).withResponse();
    assert.isNull(response.body);
    assert.equal(response.status, 200);
    if (stream) {
      assert.isNull(data.response.body);
      assert.equal(await data.finalContent(), "a {M}");
    }
    // Before anything is sent.
    const refused = setUp();
    const error = await fails(refused.client.chat.completions.create(request("Hello", { stream })).asResponse());
    assert.instanceOf(error, GuardrailNotEnforcedError);
    await turns();
    assert.equal(refused.asked.length + refused.sent.length, 0);
  }
});

test("guarded: a stream that breaks off shows what was judged, and no more", async () => {
  const it = bedrock({ deltas: pieces(long.repeat(2)) });
  const fetch = async (url, init) => {
    const response = await it.fetch(url, init);
    if (!response.headers.get("content-type").includes("event-stream")) return response;
    const text = await response.text();
    // Cut before the end.
    return new Response(text.slice(0, text.lastIndexOf('{"id"')), { headers: { "content-type": "text/event-stream" } });
  };
  const { client } = setUp({}, { fetch });
  const stream = await client.chat.completions.create(request("Hello", { stream: true }));
  let shown = "";
  let error;
  try {
    for await (const text of stream.textStream()) shown += text;
  } catch (thrown) {
    error = thrown;
  }
  assert.equal(error.name, "IncompleteStreamError");
  assert.isAbove(shown.length, 0);
  // What was not judged yet never is.
  assert.isBelow(shown.length, long.length * 2);
  assert.isTrue(long.repeat(2).startsWith(shown));
  assert.equal(error.partial.choices[0].message.content, shown);
  assert.equal(stream.partial.choices[0].message.content, shown);
});

test("guarded: an answer's error that came far has no part that nobody has judged", async () => {
  const it = bedrock({});
  const body = { choices: [{ index: 0, message: { role: "assistant", content: "forbidden" }, finish_reason: "error", error: { message: "no" } }] };
  const fetch = (url, init) => (url.includes("/guardrail/") ? it.fetch(url, init) : Promise.resolve(Response.json(body)));
  const error = await fails(setUp({}, { fetch }).client.chat.completions.create(request()));
  assert.isFalse(JSON.stringify([error, error.partial ?? null]).includes("forbidden"));
});

test("guarded: the client of the plain entry does not apply guardrails, and says who does", async () => {
  for (const [options, model, isRefused] of [
    [{ endpoint: "mantle", enforce: "client" }, "m", true],
    [{ endpoint: "mantle", enforce: "auto" }, "m", true],
    [{ enforce: "client" }, "openai.gpt-oss-20b-1:0", true],
    [{ enforce: "auto" }, "us.openai.gpt-6-sol", true],
    [{ enforce: "auto" }, "openai.gpt-oss-20b-1:0", false],
    [{ enforce: "endpoint" }, "openai.gpt-oss-20b-1:0", false],
  ]) {
    const { enforce, ...rest } = options;
    const { fetch, sent, asked } = bedrock({});
    const client = new PlainClient({ apiKey: "bedrock-api-key-x", region: "us-east-1", fetch, ...rest });
    const asking = client.chat.completions.create({ ...request(), model }, { guardrail: { identifier: "gr1", version: "1", enforce } });
    if (isRefused) {
      const error = await fails(asking);
      assert.instanceOf(error, ConfigurationError);
      assert.equal(error.path, "guardrail.enforce");
      assert.include(error.message, "bedrock-chat/guardrails");
    } else {
      await asking;
      assert.equal(sent[0].headers.get("x-amzn-bedrock-guardrailidentifier"), "gr1");
    }
    assert.equal(asked.length, 0);
    assert.equal(sent.length, isRefused ? 0 : 1);
  }
});

test("guarded: the client is one of the plain entry's, and so are its streams and errors", async () => {
  const { client } = setUp();
  assert.instanceOf(client, PlainClient);
  assert.instanceOf(client.withOptions({ maxRetries: 1 }), BedrockChatClient);
  const stream = await client.chat.completions.create(request("Hello", { stream: true }));
  assert.instanceOf(stream, ChatCompletionStream);
  assert.equal(await stream.finalContent(), "fine");
  // Without a guardrail it is the same client.
  const plain = await client.chat.completions.create(request(), { guardrail: null });
  assert.notProperty(plain, "guardrail");
});

test("guarded: tools are run for what was judged alone", async () => {
  const call = { tool_calls: [{ index: 0, id: "call_0", type: "function", function: { name: "get", arguments: '{"a":"forbidden"}' } }] };
  let ran = 0;
  const tools = [{ type: "function", function: { name: "get", parameters: {}, parse: JSON.parse, function: () => void ran++ } }];
  for (const stream of [false, true]) {
    const { client } = setUp({ deltas: [call], message: { role: "assistant", content: null, tool_calls: call.tool_calls } });
    const runner = client.chat.completions.runTools(request("Hello", { stream, tools }));
    await runner.done().catch(() => {});
    assert.equal(ran, 0);
  }
});

test("guarded: random answers in random pieces: what is seen is what judging the whole would give, or less", async () => {
  const random = randomNumbers(7);
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const vocabulary = ["ab", "ba", "cab ", " ", "  ", "é", "漢字", "😀", "aba", "b"];
  for (let round = 0; round < 60; round++) {
    const answer = Array.from({ length: below(60) }, () => pick(vocabulary)).join("");
    const words = { blocked: [pick(["abab", "é漢", "none", "never"])], masked: [pick(["cab", "😀", "ba b", "none"])] };
    const deltas = [];
    for (let at = 0; at < answer.length; ) {
      const length = 1 + below(9);
      deltas.push({ content: answer.slice(at, at + length) });
      at += length;
    }
    const { client } = setUp({ deltas, words, guardrail: { window: 8 + below(30), overlap: 7 } });
    const stream = await client.chat.completions.create(request("Hello", { stream: true }));
    let seen = "";
    for await (const text of stream.textStream()) seen += text;
    const cover = (text) => words.masked.reduce((text, word) => text.replaceAll(word, "{M}"), text);
    const whole = answer;
    const isBlocked = words.blocked.some((word) => whole.includes(word));
    if (!isBlocked) {
      assert.equal(seen, cover(whole), JSON.stringify({ deltas, words }));
    } else {
      assert.isTrue(seen.endsWith(OUTPUT_BLOCKED), seen);
      const shown = seen.slice(0, -OUTPUT_BLOCKED.length);
      assert.isTrue(cover(whole).startsWith(shown), JSON.stringify({ shown, whole, words }));
      assert.isFalse(words.blocked.some((word) => shown.includes(word)));
    }
  }
});

test("guarded: the emulator's mantle, by key and by signature", async ({ emulator }) => {
  const credentials = {
    accessKeyId: "ASIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    sessionToken: "fixture/session+token==",
  };
  for (const secret of [{ apiKey: emulator.apiKey }, { credentials }]) {
    const space = await emulator.space();
    const client = new BedrockChatClient({
      ...secret,
      region: "us-east-1",
      endpoint: "mantle",
      baseURL: space.mantleURL,
      runtimeURL: space.url,
      guardrail: { identifier: "gr12345", version: "1", enforce: "client", trace: "ENABLED", window: 60, overlap: 25 },
    });
    const ask = (text, more) => client.chat.completions.create({ model: "openai.gpt-oss-20b", messages: [{ role: "user", content: text }], ...more });
    const blocked = await ask("something forbidden");
    assert.equal(blocked.choices[0].message.content, "Sorry, the model cannot answer this question.");
    assert.equal(blocked.choices[0].finish_reason, "content_filter");
    assert.equal(blocked.guardrail.action, "INTERVENED");
    assert.property(blocked.guardrail.trace.inputAssessment, "gr12345");
    assert.equal((await space.requests()).length, 1);
    for (const stream of [false, true]) {
      const read = async (text) => {
        const answer = await ask(text, { stream });
        return stream ? answer.finalChatCompletion() : answer;
      };
      const clean = await read("hello");
      assert.equal(clean.guardrail.action, "NONE");
      assert.equal(clean.choices[0].finish_reason, "stop");
      const leaked = await read("leak");
      const { content } = leaked.choices[0].message;
      assert.isTrue(content.endsWith("Sorry, the model's answer was blocked."), content);
      assert.notInclude(content.toLowerCase(), "zanzibar");
      const masked = await read("mask");
      assert.include(masked.choices[0].message.content, "{EMAIL}");
      assert.notInclude(masked.choices[0].message.content, "jane.doe");
      assert.equal(masked.guardrail.action, "INTERVENED");
    }
    // A model on runtime that ignores the headers, and one that does not.
    const runtime = client.withOptions({ endpoint: "runtime", baseURL: space.baseURL });
    for (const [model, enforcedBy] of [["us.openai.gpt-5.6-sol", "client"], ["openai.gpt-oss-20b-1:0", "endpoint"]]) {
      const guardrail = { identifier: "gr12345", version: "1", enforce: "auto" };
      const body = { model, messages: [{ role: "user", content: "leak" }] };
      const answer = await runtime.chat.completions.create(body, { guardrail });
      assert.equal(answer.guardrail.enforcedBy, enforcedBy);
      assert.notInclude(answer.choices[0].message.content.toLowerCase(), "zanzibar");
    }
  }
});
