// The guardrail operations: `client.guardrails`.

import {
  BadRequestError,
  BedrockChatClient,
  ConfigurationError,
  InvalidRequestError,
  NotFoundError,
  RateLimitError,
} from "bedrock-chat";
import { assert, test } from "../harness.js";
import { fails } from "../helpers.js";

const ARN = "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr12345";
const credentials = {
  accessKeyId: "ASIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "fixture/session+token==",
};
const text = (text) => [{ text: { text } }];
const hello = { identifier: "gr12345", version: "1", source: "INPUT", content: text("Hello") };

test("guardrails: apply() judges texts, on either endpoint, by key and by signature", async ({ emulator }) => {
  for (const secret of [{ apiKey: emulator.apiKey }, { credentials }]) {
    for (const endpoint of ["runtime", "mantle"]) {
      const space = await emulator.space();
      const place =
        endpoint === "runtime"
          ? { baseURL: space.baseURL }
          : { baseURL: space.mantleURL, endpoint, runtimeURL: `${space.url}/` };
      const client = new BedrockChatClient({ ...secret, ...place, region: "us-east-1", dangerouslyAllowBrowser: true });
      const clean = await client.guardrails.apply({ ...hello, identifier: ARN });
      assert.equal(clean.action, "NONE");
      assert.deepEqual(clean.outputs, []);
      assert.isString(clean._request_id);
      const blocked = await client.guardrails.apply({
        ...hello,
        source: "INPUT",
        content: text("a forbidden thing"),
        outputScope: "FULL",
      });
      assert.equal(blocked.action, "GUARDRAIL_INTERVENED");
      assert.equal(blocked.outputs[0].text, "Sorry, the model cannot answer this question.");
      assert.equal(blocked.assessments[0].wordPolicy.customWords[0].match, "forbidden");
      const masked = await client.guardrails
        .apply({ ...hello, source: "OUTPUT", content: text("write to jane.doe@example.com") })
        .withResponse();
      assert.equal(masked.data.outputs[0].text, "write to {EMAIL}");
      assert.equal(masked.response.status, 200);
      const [first, second] = await space.requests();
      assert.include(first.path, "/guardrail/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aguardrail%2Fgr12345/version/1/apply");
      assert.deepEqual(first.json(), { source: "INPUT", content: text("Hello") });
      assert.equal(second.json().outputScope, "FULL");
      assert.equal(first.method, "POST");
      if (secret.credentials) assert.include(first.header("authorization"), "/us-east-1/bedrock/aws4_request");
    }
  }
});

test("guardrails: check() scores messages without a guardrail", async ({ emulator }) => {
  const space = await emulator.space();
  const client = new BedrockChatClient({ credentials, region: "us-east-1", baseURL: space.baseURL });
  const request = {
    messages: [{ role: "user", content: [{ text: "You stupid thing, mail jane.doe@example.com" }] }],
    checks: {
      contentFilter: { categories: [{ category: "INSULTS" }] },
      promptAttack: { categories: [{ category: "JAILBREAK" }] },
      sensitiveInformation: { entities: [{ type: "EMAIL" }] },
    },
  };
  const { results, usage } = await client.guardrails.check(request);
  assert.deepEqual(results.contentFilter.results, [{ category: "INSULTS", severityScore: 1 }]);
  assert.deepEqual(results.promptAttack.results, [{ category: "JAILBREAK", severityScore: 0 }]);
  assert.include(results.sensitiveInformation.results[0], { type: "EMAIL", messageIndex: 0, contentIndex: 0 });
  assert.equal(usage.contentFilter.textUnits, 1);
  const [sent] = await space.requests();
  assert.isTrue(sent.path.endsWith("/guardrail-checks/invoke"));
  assert.deepEqual(sent.json(), request);
  const wrong = { ...request, checks: { contentFilter: { categories: [] } } };
  assert.instanceOf(await fails(client.guardrails.check(wrong)), BadRequestError);
});

test("guardrails: what is wrong is told before anything is sent", async ({ emulator }) => {
  const space = await emulator.space();
  const client = new BedrockChatClient({ apiKey: emulator.apiKey, baseURL: space.baseURL });
  const { guardrails } = client;
  for (const [asked, path] of [
    [guardrails.apply({ ...hello, identifier: "" }), "identifier"],
    [guardrails.apply({ ...hello, identifier: ".." }), "identifier"],
    [guardrails.apply({ ...hello, identifier: 5 }), "identifier"],
    [guardrails.apply({ ...hello, version: "0" }), "version"],
    [guardrails.apply({ ...hello, version: "1/apply" }), "version"],
    [guardrails.apply({ ...hello, source: "BOTH" }), "source"],
    [guardrails.apply({ ...hello, content: [] }), "content"],
    [guardrails.apply({ ...hello, content: "text" }), "content"],
    [guardrails.apply(undefined), ""],
    [guardrails.check({ messages: [], checks: {} }), "messages"],
    [guardrails.check({ messages: [{}] }), "checks"],
  ]) {
    const error = await fails(asked);
    assert.instanceOf(error, InvalidRequestError);
    assert.equal(error.path, path);
  }
  assert.equal((await space.requests()).length, 0);
});

test("guardrails: errors are typed, retried and explained", async ({ emulator }) => {
  const space = await emulator.space();
  const retries = [];
  const client = new BedrockChatClient({
    apiKey: emulator.apiKey,
    baseURL: space.baseURL,
    onRetry: ({ error }) => retries.push(error),
  });
  const answers = [{ status: 429, headers: { "retry-after-ms": "1" } }, { status: 200 }];
  const throttled = client.withOptions({
    fetch: async () => new Response('{"action":"NONE"}', answers.shift()),
  });
  const unknown = await fails(client.guardrails.apply({ ...hello, identifier: "nosuch" }));
  assert.instanceOf(unknown, NotFoundError);
  assert.include(unknown.hint, "guardrail.identifier");
  assert.equal((await throttled.guardrails.apply(hello)).action, "NONE");
  assert.instanceOf(retries[0], RateLimitError);
  const aborted = await fails(client.guardrails.apply(hello, { signal: AbortSignal.abort() }));
  assert.equal(aborted.name, "APIUserAbortError");
});

test("guardrails: where bedrock-runtime is, the client knows or is told", async () => {
  const requests = [];
  const fetch = async (url) => {
    requests.push(url);
    return new Response('{"action":"NONE","outputs":[],"assessments":[]}', { status: 200 });
  };
  const base = { apiKey: "bedrock-api-key-x", fetch };
  const path = "/guardrail/gr12345/version/1/apply";
  for (const [options, url] of [
    [{ region: "us-west-2" }, "https://bedrock-runtime.us-west-2.amazonaws.com"],
    [{ region: "us-west-2", endpoint: "mantle" }, "https://bedrock-runtime.us-west-2.amazonaws.com"],
    [{ region: "us-west-2", useFipsEndpoint: true }, "https://bedrock-runtime-fips.us-west-2.amazonaws.com"],
    [{ region: "eu-west-1", endpoint: "mantle", useDualstackEndpoint: true }, "https://bedrock-runtime.eu-west-1.api.aws"],
    [{ baseURL: "https://bedrock-mantle.us-east-1.api.aws/v1" }, "https://bedrock-runtime.us-east-1.amazonaws.com"],
    [{ baseURL: "https://proxy.test/a/openai/v1/" }, "https://proxy.test/a"],
    [{ baseURL: "https://proxy.test/mantle/v1", runtimeURL: "https://proxy.test/runtime/" }, "https://proxy.test/runtime"],
    [{ region: "us-east-1", runtimeURL: "https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com" }, "https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com"],
  ]) {
    await new BedrockChatClient({ ...base, ...options }).guardrails.apply(hello);
    assert.equal(requests.pop(), url + path, JSON.stringify(options));
  }
  for (const baseURL of [
    "https://proxy.test/mantle/v1",
    "https://proxy.test/chat",
    "https://vpce-1.bedrock-mantle.us-east-1.vpce.amazonaws.com/v1",
  ]) {
    let error;
    try {
      error = await fails(new BedrockChatClient({ ...base, baseURL }).guardrails.apply(hello));
    } catch (thrown) {
      error = thrown;
    }
    if (error.path === "baseURL") continue;
    assert.instanceOf(error, ConfigurationError);
    assert.equal(error.path, "runtimeURL");
  }
  for (const runtimeURL of ["https://", "http://proxy.test", "https://a:b@proxy.test", "https://proxy.test/?q=1", "https://bedrock-mantle.us-east-1.api.aws"]) {
    assert.throws(() => new BedrockChatClient({ ...base, region: "us-east-1", runtimeURL }), ConfigurationError, "runtimeURL");
  }
  assert.equal(requests.length, 0);
});
