// What was found, against the budgets and as a page.

const KINDS = { chunks: "chunk object", text: "text delta" };
const NAMES = {
  ours: "bedrock-chat",
  openai: "openai",
  handwritten: "eventsource-parser, async generator",
  tuned: "eventsource-parser, iterator object",
  synchronous: "eventsource-parser, callback",
  xsai: "@xsai/stream-text",
  ai: "ai",
  reads: "the reads alone",
};
const LARGE = {
  event: ["one event of 4 MiB, in reads of 16 KiB", (size) => `${size / 2 ** 20} MiB`],
  events: ["100,000 events", (size) => `${size / 1000},000`],
  request: ["a request of 20 MB", (size) => `${size / 1e6} MB`],
};
/** About how many bytes such an event has. */
const EVENT = 260;

const ratio = (number) => number.toFixed(2);
const µs = (number) => (number >= 100 ? Math.round(number).toString() : number.toFixed(2));
const kb = (bytes) => (bytes / 1000).toFixed(1);
const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);

/** Each budget in each runtime. */
export function budgets(result) {
  const list = [];
  const add = (what, goal, where, found, limit, show = ratio) =>
    list.push({ what, goal, where, found: show(found), met: found <= limit });

  const size = result.sizes.ours.gzip / 1000;
  add("default entry, minified, gzip", "≤ 40 KB", "esbuild", size, 40, (size) => `${size.toFixed(1)} KB`);
  for (const [where, { chunks, text }] of Object.entries(result.streams)) {
    const to = (found, name) => found.ours / found[name];
    const large = [chunks[1400], text[1400]];
    add("chunk object, reads of 1,400", "≤ 0.33 of openai", where, to(large[0], "openai"), 1 / 3);
    add("chunk object, reads of 1,400", "≤ 1 of the hand-written", where, to(large[0], "handwritten"), 1);
    add("text delta, reads of 1,400", "≤ 0.2 of openai", where, to(large[1], "openai"), 0.2);
    add("text delta, reads of 1,400", "≤ 0.6 of the hand-written", where, to(large[1], "handwritten"), 0.6);
    add("chunk object, reads of 64", "≤ 0.5 of openai", where, to(chunks[64], "openai"), 0.5);
    add("text delta, reads of 64", "≤ 0.5 of openai", where, to(text[64], "openai"), 0.5);
  }
  for (const [where, { installed }] of Object.entries(result.starts)) {
    add("import, construct, first request", "≤ 0.33 of openai", where, installed.ours / installed.openai, 1 / 3);
  }
  for (const [where, { overhead, signing }] of Object.entries(result.calls)) {
    add("call, over raw fetch and JSON", "≤ 0.5 of openai", where, overhead.ours / overhead.openai, 0.5);
    add("SigV4 of 10 KB", "≤ 0.1 of aws4fetch", where, signing.ours / signing.aws4fetch, 0.1);
  }
  for (const [what, [title]] of Object.entries(LARGE)) {
    const [half, whole, double] = result.large[what].ours;
    const where = result.large.runtime;
    // Twice the size may cost twice the time; a quarter more is noise.
    add(`${title}: time`, "linear (≤ 2.5 for twice)", where, double.cpu / whole.cpu, 2.5);
    const payload = what === "events" ? whole.size * EVENT : whole.size;
    add(`${title}: memory`, "≤ 3 × the payload", where, whole.memory / payload, 3);
  }
  return list;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, at) => (at === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

function streamTables(where, streams) {
  return Object.entries(KINDS).map(([kind, item]) => {
    const found = streams[kind];
    const sizes = Object.keys(found);
    const rows = Object.keys(NAMES).map((name) => [
      NAMES[name],
      ...sizes.map((size) => µs(found[size][name])),
      ...["openai", "handwritten"].map((other) => ratio(found[1400][name] / found[1400][other])),
    ]);
    const head = [`${where}, µs per ${item}`, ...sizes.map((size) => `${size} B`), "÷ openai", "÷ hand-written"];
    return table(head, rows);
  });
}

/** Who is faster or smaller than we are, and where. */
function losses(result) {
  const found = [];
  for (const [where, streams] of Object.entries(result.streams)) {
    for (const [kind, item] of Object.entries(KINDS)) {
      for (const [size, of] of Object.entries(streams[kind])) {
        for (const name of Object.keys(NAMES)) {
          if (name === "reads" || name === "ours" || of[name] >= of.ours) continue;
          found.push(`${where}, ${item}, reads of ${size}: ${NAMES[name]} takes ${µs(of[name])} µs, we ${µs(of.ours)}.`);
        }
      }
    }
  }
  for (const [where, { overhead, signing }] of Object.entries(result.calls)) {
    if (overhead.openai < overhead.ours) {
      found.push(`${where}, a call that is not streamed: openai adds ${µs(overhead.openai)} µs, we ${µs(overhead.ours)}.`);
    }
    if (signing.aws4fetch < signing.ours) {
      found.push(`${where}, signing: aws4fetch takes ${µs(signing.aws4fetch)} µs, we ${µs(signing.ours)}.`);
    }
  }
  for (const [what, [, size]] of Object.entries(LARGE)) {
    const [ours, openai] = [result.large[what].ours[1], result.large[what].openai[1]];
    if (openai.cpu < ours.cpu) {
      found.push(`${what}, ${size(ours.size)}: openai takes ${µs(openai.cpu / 1000)} ms, we ${µs(ours.cpu / 1000)}.`);
    }
    if (openai.memory < ours.memory) {
      found.push(`${what}, ${size(ours.size)}: openai needs ${mib(openai.memory)} MiB, we ${mib(ours.memory)}.`);
    }
  }
  for (const [name, { gzip }] of Object.entries(result.sizes)) {
    if (gzip < result.sizes.ours.gzip) found.push(`Size: ${name} is ${kb(gzip)} KB, we ${kb(result.sizes.ours.gzip)}.`);
  }
  return found;
}

export function markdown(result) {
  const { versions, starts, calls, large } = result;
  const clock = Object.values(result.streams).find(({ clock }) => clock)?.clock;
  const outside =
    clock === "cpu"
      ? "the kernel's count of its process's CPU time (`/proc/…/schedstat`, all threads)"
      : "the time on the wall";
  const parts = [
    "# Benchmarks",
    `The last run of \`cargo xtask bench${result.quick ? " --quick" : ""}\`, which writes this page. Compare within the page only: it is one run on one machine, and what counts are the ratios.`,
    table(
      ["", ""],
      [
        ["date", result.date],
        ["machine", result.machine],
        ["runtimes", result.runtimes.join(", ")],
        ["packages", Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ")],
      ],
    ),
    "## Budgets",
    table(
      ["what", "goal", "where", "found", ""],
      result.budgets.map(({ what, goal, where, found, met }) => [what, goal, where, found, met ? "met" : "**missed**"]),
    ),
    "## Where we lose",
    losses(result).map((line) => `- ${line}`).join("\n") || "Nowhere in this run.",
    "## Streams",
    `A \`fetch\` in the same process answers with a stream of ${result.deltas.toLocaleString("en")} text deltas, one event of about ${EVENT} bytes each, in reads of 64, 300, 1,400 and 16,384 bytes; one event in fifty is not ASCII, one in thirty has escapes. Each contender reads whole streams with \`for await\`, in turn, in an order that is shuffled in each round; ai by itself after the others, since it leaves so much garbage that whoever follows it is slower. The median of ${result.rounds} rounds after 25 to warm up: the first 30,000 events or so of a process cost everybody more, and us most, since WebAssembly starts in code that was compiled in a hurry. The time is that of the process (\`process.cpuUsage\`: all threads, garbage collection too), divided by the number of chunks or deltas, and holds what the reads themselves cost (the last row). The two ratios are those at 1,400 bytes. For @xsai/stream-text and ai the “chunk objects” are the events of their full streams. In workerd, whose clocks stand still while it computes, the time is ${outside} during a request that reads two streams, less that of a request that reads none; the median of ${result.quick ? 2 : 5}.`,
    ...Object.entries(result.streams).flatMap(([where, streams]) => streamTables(where, streams)),
    "## Start",
    `CPU milliseconds from before the import to the call of \`fetch\`, in a fresh process, with the globals of \`fetch\` loaded before; the median of ${result.rounds}. Once as installed by npm, once as one file minified by esbuild.`,
    table(
      ["", "bedrock-chat", "openai", "ratio", "bundled: bedrock-chat", "openai", "ai", "ratio to openai"],
      Object.entries(starts).map(([where, { installed, bundled }]) => [
        where,
        ...[installed.ours, installed.openai].map((time) => (time / 1000).toFixed(1)),
        ratio(installed.ours / installed.openai),
        ...[bundled.ours, bundled.openai, bundled.ai].map((time) => (time / 1000).toFixed(1)),
        ratio(bundled.ours / bundled.openai),
      ]),
    ),
    "## Calls and signatures",
    "CPU µs of a call that is not streamed, with an answer of about 1.5 KB from a `fetch` in the same process, less those of `fetch`, `JSON.stringify` and `response.json()` alone. A signature is what a call with a request of 10 KB costs with credentials more than with an API key; for aws4fetch, what `sign(url, init)` costs more than `new Request(url, init)`. Both sign with a key that they derived before. Medians of " + 3 * result.rounds + " rounds of 300 after 25 to warm up, of the differences within each.",
    table(
      ["", "raw", "bedrock-chat adds", "openai adds", "ratio", "we sign in", "aws4fetch in", "ratio"],
      Object.entries(calls).map(([where, { raw, overhead, signing }]) => [
        where,
        µs(raw),
        µs(overhead.ours),
        µs(overhead.openai),
        ratio(overhead.ours / overhead.openai),
        µs(signing.ours),
        µs(signing.aws4fetch),
        ratio(signing.ours / signing.aws4fetch),
      ]),
    ),
    "## Large ones",
    `Each in a process of its own (${large.runtime}); the median of ${result.quick ? 1 : 3}. Memory is the peak of the process less what it had before the call, so that it holds garbage that was not collected yet; the payload itself is there before and does not count.`,
    table(
      ["", "size", "bedrock-chat, CPU ms", "memory, MiB", "openai, CPU ms", "memory, MiB"],
      Object.entries(LARGE).flatMap(([what, [, size]]) =>
        large[what].ours.map((ours, at) => {
          const openai = large[what].openai[at];
          return [
            what,
            size(ours.size),
            (ours.cpu / 1000).toFixed(0),
            mib(ours.memory),
            (openai.cpu / 1000).toFixed(0),
            mib(openai.memory),
          ];
        }),
      ),
    ),
    "## Size",
    "KB (1,000 bytes) of what a browser gets: esbuild, one minified ES module; gzip at its best.",
    table(
      ["", "minified", "gzip"],
      Object.entries(result.sizes).map(([name, { minified, gzip }]) => [
        { ours: "bedrock-chat, all of it", ai: "ai + @ai-sdk/openai-compatible", "aws-sdk": "@aws-sdk/client-bedrock-runtime, ConverseStream" }[name] ?? name,
        kb(minified),
        kb(gzip),
      ]),
    ),
  ];
  return `${parts.join("\n\n")}\n`;
}
