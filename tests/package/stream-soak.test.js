// 300,000 events in one stream and 20,000 calls in one process: V8 12.4, Node 22's, aborts the
// process when an export that returns a reference is deoptimised, and memory leaks show by then.

import { assert, test } from "../harness.js";

const MIB = 2 ** 20;

test(
  "soak: long streams and many calls, without a crash and without growth",
  async () => {
    const { execFile } = process.getBuiltinModule("node:child_process");
    const { fileURLToPath } = process.getBuiltinModule("node:url");
    const script = fileURLToPath(new URL("../soak/stream.js", import.meta.url));
    const output = await new Promise((resolve, reject) => {
      const done = (error, stdout, stderr) =>
        error ? reject(new Error(`${error.message}\n${stderr}`)) : resolve(stdout);
      execFile(process.execPath, ["--expose-gc", script], done);
    });
    const { events, chunks, text, calls } = JSON.parse(output);
    const growth = ({ middle, end }) =>
      Object.fromEntries(Object.keys(end).map((what) => [what, end[what] - middle[what]]));

    // The answer itself is kept, once: about 1.2 MB in all, and room to grow.
    assert.equal(chunks.seen, events + 1);
    assert.equal(text.seen, events);
    for (const stream of [chunks, text]) {
      const { heapUsed, wasm } = growth(stream);
      assert.isBelow(heapUsed, 4 * MIB, output);
      assert.isBelow(wasm, 8 * MIB, output);
    }
    const { heapUsed, external, wasm } = growth(calls);
    assert.isBelow(heapUsed, MIB, output);
    assert.isBelow(external, MIB, output);
    assert.isAtMost(wasm, MIB / 2, output);
  },
  { only: ["node"], why: "it is Node's engine, and needs its garbage collector" },
);
