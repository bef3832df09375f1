// What `app()` has to say, wherever it runs.

import { assert } from "../harness.js";

/** Gives `call` a Bedrock of its own, and checks what comes of it. */
export async function checkApp(emulator, call) {
  const space = await emulator.space();
  const { whole, streamed, final, errors } = await call(space.baseURL);
  assert.include(whole, "漢字");
  assert.equal(streamed, whole);
  assert.equal(final, whole);
  // Names and classes outlive minifiers.
  assert.deepEqual(errors, [
    { name: "NotFoundError", status: 404, is: ["APIError", "BedrockError", "Error", "NotFoundError"] },
    { name: "InvalidRequestError", is: ["BedrockError", "Error", "InvalidRequestError"] },
  ]);
  // It was there: three answers and one refusal; the last error is found before anything is sent.
  assert.lengthOf(await space.requests(), 4);
}
