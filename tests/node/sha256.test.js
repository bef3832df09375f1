// The hash of a signed body, by the runtime's own code where there is one that does.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { assert, test } from "../harness.js";

const tests = fileURLToPath(new URL("..", import.meta.url));

/** What a process says that signs a request of 10 KB after `change`, which may count in `asked`. */
function signed(baseURL, change) {
  const script = `
    let asked = 0;
    const { getBuiltinModule } = process;
    const answerWith = (module) => Object.defineProperty(process, "getBuiltinModule", {
      value: (name) => (asked++, typeof module === "function" ? module(name) : module),
    });
    ${change}
    const { BedrockChatClient } = await import("bedrock-chat");
    const client = new BedrockChatClient({
      baseURL: ${JSON.stringify(baseURL)},
      region: "us-east-1",
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
      maxRetries: 0,
    });
    for (const size of [10, 10_000, 10_000]) {
      const messages = [{ role: "user", content: "y".repeat(size) }];
      await client.chat.completions.create({ model: "openai.gpt-oss-20b-1:0", messages });
    }
    console.log(asked);`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: tests,
    encoding: "utf8",
    timeout: 30_000,
  });
  return stdout.trim() || stderr;
}

test("sha256: the runtime's own is asked for once, and a wrong one does no harm", async ({ emulator }) => {
  const cases = {
    "its own": "answerWith((name) => getBuiltinModule(name));",
    none: "answerWith(undefined);",
    "an exception": 'answerWith(() => { throw new Error("no"); });',
    "no hash": "answerWith({});",
    "a hash that throws": 'answerWith({ hash() { throw new Error("no"); } });',
    "bytes": 'answerWith({ hash: (name, bytes) => getBuiltinModule("node:crypto").createHash(name).update(bytes).digest() });',
    "another form": 'answerWith({ hash: (...given) => getBuiltinModule("node:crypto").hash(...given).toUpperCase() });',
    "a number": "answerWith({ hash: () => 5 });",
    "a promise": 'answerWith({ hash: async () => "x" });',
  };
  for (const [name, change] of Object.entries(cases)) {
    const space = await emulator.space();
    assert.equal(signed(space.baseURL, change), "1", name);
    const requests = await space.requests();
    assert.lengthOf(requests, 3, name);
    for (const { auth } of requests) assert.deepEqual(auth, { kind: "sigv4", ok: true }, name);
  }
});
