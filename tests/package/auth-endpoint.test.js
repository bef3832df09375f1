// Where requests go, and for which region and service they are signed.

import { BadRequestError, BedrockChatClient, ConfigurationError, NotFoundError } from "bedrock-chat";
import { assert, test } from "../harness.js";
import { answering, fails } from "../helpers.js";

const model = "openai.gpt-oss-20b-1:0";
const messages = [{ role: "user", content: "hello" }];
const credentials = {
  accessKeyId: "ASIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "fixture/session+token==",
};
const apiKey = "bedrock-api-key-x";
const answer = JSON.stringify({ object: "chat.completion", choices: [] });

/** The URL and the headers of what a client sends. */
async function sent(options, id = model) {
  const requests = [];
  const fetch = answering(answer, { headers: { "content-type": "application/json" }, requests });
  const client = new BedrockChatClient({ fetch, ...options });
  await client.chat.completions.create({ model: id, messages });
  const [{ url, init }] = requests;
  const scope = init.headers.get("authorization")?.match(/Credential=[^/]+\/\d+\/([^,]+)/)?.[1];
  return { url: String(url), init, scope };
}

function refused(options) {
  try {
    new BedrockChatClient({ apiKey, ...options });
  } catch (error) {
    assert.instanceOf(error, ConfigurationError);
    return error;
  }
  assert.fail(`accepted: ${JSON.stringify(options)}`);
}

test("endpoints of AWS: region, family, FIPS, dual-stack, partition", async () => {
  const runtime = "/openai/v1/chat/completions";
  const cases = [
    [{ region: "us-west-2" }, "bedrock-runtime.us-west-2.amazonaws.com"],
    [{ region: "us-west-2", endpoint: "runtime" }, "bedrock-runtime.us-west-2.amazonaws.com"],
    [{ region: "us-gov-west-1", useFipsEndpoint: true }, "bedrock-runtime-fips.us-gov-west-1.amazonaws.com"],
    [{ region: "eu-central-1", useDualstackEndpoint: true }, "bedrock-runtime.eu-central-1.api.aws"],
    [
      { region: "us-east-1", useFipsEndpoint: true, useDualstackEndpoint: true },
      "bedrock-runtime-fips.us-east-1.api.aws",
    ],
    [{ region: "cn-north-1" }, "bedrock-runtime.cn-north-1.amazonaws.com.cn"],
    [{ region: "eusc-de-east-1" }, "bedrock-runtime.eusc-de-east-1.amazonaws.eu"],
    [{ region: "us-iso-east-1" }, "bedrock-runtime.us-iso-east-1.c2s.ic.gov"],
  ];
  for (const [options, host] of cases) {
    for (const auth of [{ apiKey }, { credentials }]) {
      const { url, scope } = await sent({ ...options, ...auth });
      assert.equal(url, `https://${host}${runtime}`);
      if (auth.credentials) assert.equal(scope, `${options.region}/bedrock/aws4_request`);
    }
  }
});

test("endpoints of mantle: the path depends on the model", async () => {
  const origin = "https://bedrock-mantle.us-east-1.api.aws";
  const cases = [
    ["openai.gpt-oss-20b", "/v1"],
    ["qwen.qwen3-32b", "/v1"],
    ["deepseek.v3.2", "/v1"],
    ["openai.gpt-5.6-sol", "/openai/v1"],
    ["xai.grok-4.3", "/openai/v1"],
    ["google.gemma-4-31b", "/openai/v1"],
    ["of.tomorrow", "/v1"],
  ];
  for (const [id, path] of cases) {
    const options = { region: "us-east-1", endpoint: "mantle", credentials };
    const { url, scope } = await sent(options, id);
    assert.equal(url, `${origin}${path}/chat/completions`);
    assert.equal(scope, "us-east-1/bedrock-mantle/aws4_request");
    const byHost = await sent({ baseURL: origin, credentials }, id);
    assert.equal(byHost.url, url);
    assert.equal(byHost.scope, scope);
  }
});

test("baseURL: another host, a proxy, a VPC endpoint, localhost", async () => {
  const vpc = "https://vpce-1-a.bedrock-runtime.eu-west-1.vpce.amazonaws.com";
  const cases = [
    [{ baseURL: "https://example.com/v1" }, "https://example.com/v1", "us-east-1/bedrock"],
    [{ baseURL: "https://example.com/v1/" }, "https://example.com/v1", "us-east-1/bedrock"],
    [{ baseURL: "https://example.com" }, "https://example.com", "us-east-1/bedrock"],
    [{ baseURL: "HTTPS://EXAMPLE.com:443/a/../b" }, "https://example.com/b", "us-east-1/bedrock"],
    [{ baseURL: "https://example.com:8443/v1", endpoint: "mantle" }, "https://example.com:8443/v1", "us-east-1/bedrock-mantle"],
    [{ baseURL: vpc, region: undefined }, `${vpc}/openai/v1`, "eu-west-1/bedrock"],
    [{ baseURL: "http://localhost:8080/v1" }, "http://localhost:8080/v1", "us-east-1/bedrock"],
    [{ baseURL: "http://127.0.0.1:8080/v1" }, "http://127.0.0.1:8080/v1", "us-east-1/bedrock"],
    [{ baseURL: "http://[::1]:8080/v1" }, "http://[::1]:8080/v1", "us-east-1/bedrock"],
  ];
  for (const [options, root, scope] of cases) {
    const signed = await sent({ region: "us-east-1", credentials, ...options });
    assert.equal(signed.url, `${root}/chat/completions`);
    assert.equal(signed.scope, `${scope}/aws4_request`);
    const keyed = await sent({ apiKey, ...options });
    assert.equal(keyed.url, `${root}/chat/completions`);
    assert.equal(keyed.init.headers.get("authorization"), `Bearer ${apiKey}`);
    // Whoever has no key of his own may speak to another host than AWS's.
    if (options.baseURL !== vpc) {
      const bare = await sent({ apiKey: null, ...options });
      assert.isNull(bare.init.headers.get("authorization"));
    }
  }
});

test("what leads credentials astray is refused", async () => {
  const region = "us-east-1";
  const cases = [
    [{ region: "evil.com/#" }, "region"],
    [{ region: "us-east-1.evil.com" }, "region"],
    [{ region: "us-east-1@evil.com" }, "region"],
    [{ region: "us-east-1\n" }, "region"],
    [{ region: "US-EAST-1" }, "region"],
    [{ region: "évil-1-1" }, "region"],
    [{ region: "us_east_1" }, "region"],
    [{ region: "" }, "region"],
    [{ region, endpoint: "https://evil.com" }, "endpoint"],
    [{ baseURL: "http://example.com/v1" }, "baseURL"],
    [{ baseURL: "http://127.0.0.1.evil.com/v1" }, "baseURL"],
    [{ baseURL: "http://localhost.evil.com/v1" }, "baseURL"],
    [{ baseURL: "http://bedrock-runtime.us-east-1.amazonaws.com/openai/v1" }, "baseURL"],
    [{ baseURL: "https://user:secret@example.com/v1" }, "baseURL"],
    [{ baseURL: "https://bedrock-runtime.us-east-1.amazonaws.com/v1" }, "baseURL"],
    [{ baseURL: "https://bedrock-runtime.us-east-1.amazonaws.com/openai/v1", region: "us-west-2" }, "baseURL"],
    [{ baseURL: "https://bedrock-runtime.us-east-1.amazonaws.com", endpoint: "mantle" }, "baseURL"],
    [{ baseURL: "https://example.com/v1?key=1" }, "baseURL"],
    [{ baseURL: "https://example.com/v1#x" }, "baseURL"],
    [{ baseURL: "ftp://example.com/v1" }, "baseURL"],
    [{ baseURL: "javascript:alert(1)" }, "baseURL"],
    [{ baseURL: "file:///etc/passwd" }, "baseURL"],
    [{ baseURL: "https://" }, "baseURL"],
    [{ baseURL: 7 }, "baseURL"],
    [{ baseURL: "https://example.com", useFipsEndpoint: true }, "useFipsEndpoint"],
    [{ baseURL: "https://example.com", useDualstackEndpoint: true }, "useDualstackEndpoint"],
    [{ region, endpoint: "mantle", useFipsEndpoint: true }, "useFipsEndpoint"],
    [{ region: "cn-north-1", endpoint: "mantle" }, "endpoint"],
  ];
  for (const [options, path] of cases) {
    const error = refused(options);
    assert.equal(error.path, path, `${JSON.stringify(options)}: ${error.message}`);
    assert.notInclude(`${error.message}${error.stack}`, "evil.com");
    assert.notInclude(`${error.message}${error.stack}`, "secret");
  }
});

test("in a page, baseURL may be a path of its own server", async () => {
  const { url } = await sent({ baseURL: "/api/openai/v1", apiKey: null });
  assert.equal(url, `${location.origin}/api/openai/v1/chat/completions`);
}, { only: ["chromium", "firefox", "webkit"], why: "a path alone is no address where there is no page" });

test("elsewhere a path alone is no baseURL", () => {
  assert.equal(refused({ baseURL: "/api/openai/v1" }).path, "baseURL");
}, { except: ["chromium", "firefox", "webkit"], why: "in a page it is one" });

test("a wrong pairing of model and endpoint is a hint on the error", async ({ emulator }) => {
  const space = await emulator.space();
  const cases = [
    [{ baseURL: space.baseURL }, "openai.gpt-oss-20b", BadRequestError, "openai.gpt-oss-20b-1:0"],
    [{ baseURL: space.baseURL }, "openai.gpt-5.6-sol", BadRequestError, "us.openai.gpt-5.6-sol"],
    [{ baseURL: space.mantleURL, endpoint: "mantle" }, "openai.gpt-oss-20b-1:0", NotFoundError, "openai.gpt-oss-20b"],
    [{ baseURL: space.mantleURL, endpoint: "mantle" }, "us.openai.gpt-5.6-sol", NotFoundError, "openai.gpt-5.6-sol"],
    [{ baseURL: space.mantleURL, endpoint: "mantle" }, "openai.gpt-5.6-sol", BadRequestError, "/openai/v1"],
  ];
  for (const [options, id, type, hint] of cases) {
    const client = new BedrockChatClient({ apiKey: emulator.apiKey, ...options });
    for (const stream of [false, true]) {
      const error = await fails(client.chat.completions.create({ model: id, messages, stream }));
      assert.instanceOf(error, type, id);
      assert.include(error.hint, hint);
    }
  }
  for (const request of await space.requests()) {
    assert.include(cases.map(([, id]) => id), request.json().model);
  }
});
