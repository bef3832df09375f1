// What was found, as a page.

import { EVENT, metrics, number, range } from "./budgets.js";
import { median, over, spread } from "./measure.js";

const KINDS = { chunks: "chunk object", text: "text delta" };
const NAMES = {
  ours: "bedrock-chat",
  before: "before",
  openai: "openai",
  handwritten: "eventsource-parser, async generator",
  tuned: "eventsource-parser, iterator object",
  synchronous: "eventsource-parser, callback",
  xsai: "@xsai/stream-text",
  ai: "ai",
  "aws-sdk": "@aws-sdk/client-bedrock-runtime",
  aws4fetch: "aws4fetch",
  reads: "the reads alone",
};

/** The median, and how far the middle half of the samples is from it. */
function cell(samples, show) {
  if (!samples?.length) return "–";
  const { low, median, high } = spread(samples);
  const wide = Math.round(((high - low) / 2 / median) * 100);
  return samples.length === 1 ? show(median) : `${show(median)} ±${wide}%`;
}

const ratio = (one, other) => (one?.length && other?.length ? range(over(one, other)) : "–");

function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, at) => (at === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

const list = (lines, none) => lines.map((line) => `- ${line}`).join("\n") || none;

function streamTables(where, streams, names) {
  return Object.entries(KINDS).map(([kind, item]) => {
    const found = streams[kind];
    const sizes = Object.keys(found);
    const rows = names
      .filter((name) => found[1400][name])
      .map((name) => [
        NAMES[name],
        ...sizes.map((size) => cell(found[size][name], number)),
        ...["openai", "handwritten"].map((other) => ratio(found[1400][name], found[1400][other])),
      ]);
    const head = [`${where}, µs per ${item}`, ...sizes.map((size) => `${size} B`), "÷ openai", "÷ hand-written"];
    return table(head, rows);
  });
}

/** Everybody's column for the metrics whose names begin so, and what we take of what the first rival does. */
function metricTable(result, beginnings, names, rival) {
  const rows = metrics
    .filter(({ what }) => beginnings.some((beginning) => what.startsWith(beginning)))
    .flatMap(({ what, show, samples }) => {
      const all = Object.fromEntries(names.map((name) => [name, samples(result, name)]));
      return Object.keys(all.ours).map((where) => [
        what,
        where,
        ...names.map((name) => cell(all[name][where], show)),
        ratio(all.ours[where], all[rival][where]),
      ]);
    });
  return table(["", "", ...names.map((name) => NAMES[name]), `÷ ${rival}`], rows);
}

function beforeAndAfter(result) {
  const rows = metrics.flatMap(({ what, show, samples }) => {
    const before = samples(result, "before");
    return Object.entries(samples(result, "ours")).map(([where, after]) => [
      what,
      where,
      cell(before[where], show),
      cell(after, show),
      ratio(after, before[where]),
    ]);
  });
  return table(["", "", "before", "after", "after ÷ before"], rows);
}

/** Who is faster or smaller than we are, and where. */
function losses(result) {
  const rivals = Object.keys(NAMES).filter((name) => !["ours", "before", "reads"].includes(name));
  return metrics.flatMap(({ what, show, samples }) =>
    Object.entries(samples(result, "ours")).flatMap(([where, own]) => {
      const ours = spread(own).median;
      return rivals
        .map((name) => [name, samples(result, name)[where]])
        .filter(([, found]) => found.length && spread(found).median < ours)
        .map(([name, found]) => `${where}, ${what}: ${NAMES[name]} ${show(spread(found).median)}, we ${show(ours)}.`);
    }),
  );
}

const LOAD_COLUMNS = ["right", "typed", "wrong", "hanging", "untyped", "uncaught"];

function loadTable(found) {
  const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);
  const head = ["", "calls", ...LOAD_COLUMNS, "calls per second", "CPU ms per call", "peak, MiB", "kept, MiB"];
  const rows = Object.entries(found).map(([who, { calls, outcomes, perSecond, cpu, peak, kept }]) => [
    NAMES[who],
    calls,
    ...LOAD_COLUMNS.map((outcome) => outcomes[outcome]),
    ...[number(perSecond), number(cpu / 1000), mib(peak), mib(kept)],
  ]);
  return table(head, rows);
}

/** What passes through a server of one's own, and what is imported for it. */
function passingTables({ passing, sizes }) {
  const names = {
    gateway: "`gateway()`",
    toSSEResponse: "`toSSEResponse()`",
    handwritten: "eventsource-parser, `JSON.parse`, `JSON.stringify`",
    bytes: "the bytes, unread",
  };
  const streams = Object.entries(passing).map(([where, { clock = "cpu", cpu, memory }]) => {
    const row = (name) => [
      names[name],
      ...[cell(cpu[name], number), ratio(cpu[name], cpu.handwritten)],
      ...[cell(memory[name], kb), ratio(memory[name], memory.handwritten)],
    ];
    const time = clock === "cpu" ? "CPU µs per chunk" : "µs per chunk, on the wall";
    const head = [where, time, "÷ hand-written", "memory of each of many at once", "÷ hand-written"];
    return table(head, Object.keys(names).map(row));
  });
  const states = { talking: "while it streams", silent: "while the model is silent", nothing: "before the model begins (`beginAfter`)" };
  const gone = Object.values(passing).flatMap(({ leaving = {} }) => Object.entries(leaving));
  if (gone.length > 0) {
    const rows = gone.map(([flag, found]) => [
      flag === "no flag" ? "without the flag" : `with \`${flag}\``,
      ...Object.keys(states).map((state) => `${number(median(found[state]))}, ${number(Math.max(...found[state]))} ms`),
    ]);
    streams.push(table(["`gateway()` in workerd, until Bedrock’s connection is closed: median, slowest", ...Object.values(states)], rows));
  }
  const entries = ["edge", "ui", "ai-sdk"].map((name) => {
    const found = Object.values(sizes)[0][name];
    return [`\`bedrock-chat/${name}\``, ...["gzip", "brotli", "minified"].map((how) => cell(found[how], kb))];
  });
  return [...streams, table(["entry, without the client", "gzip", "brotli", "minified"], entries)];
}

const kb = (value) => `${number(value / 1024)} KB`;

function loadSection({ load }) {
  const errors = ([who, { errors }]) =>
    `${NAMES[who]}: ${Object.entries(errors).map(([name, times]) => `${name} ${times}`).join(", ") || "no errors"}.`;
  const parts = Object.entries(load).flatMap(([where, found]) => [
    `In ${where}, 200 streams at once for ${Object.values(found)[0].seconds} seconds, for one after the other, from a server of \`node:http\` in a process of its own. By a seed that is the same for all, 30 of a hundred attempts fail: resets and stalls before the headers and within the stream, streams that end too early, 429 and 503. All may retry twice and are told to wait at most 3 seconds, wherever they have an option for that. An answer is right if it is whole, *wrong* if it ends as if it were and is not, *hanging* if it has not ended after 15 seconds, an error *typed* if it is of the package's own classes. “Uncaught” are exceptions and rejections that reached the process. Memory is the peak of the process less what it had before, and what is still held after all of it.`,
    loadTable(found),
    list(Object.entries(found).map(errors)),
  ]);
  return parts.length ? ["## Under load", ...parts] : [];
}

function guardrailSection({ guardrails, runtimes }) {
  if (!guardrails) return [];
  const { question, word, waits, used } = guardrails;
  const ms = (value) => `${Math.max(0, Math.round(value))} ms`;
  const rows = waits.map(({ words, isStream, questions, first, total }) => [
    `${words} words, ${isStream ? "streamed" : "whole"}`,
    questions,
    ...[first, total].map(ms),
  ]);
  const costs = Object.entries(used).map(([how, { plain, unused, guarded }]) => [
    { whole: "an answer that comes whole", stream: "a stream of 400 words" }[how],
    ...[plain, unused, guarded].map((samples) => cell(samples, number)),
    ...[unused, guarded].map((samples) => ratio(samples, plain)),
  ]);
  return [
    "## Guardrails that the client applies",
    `In ${runtimes[0]}, with an ApplyGuardrail that takes ${question} ms and a model that says a word in ${word} ms, a guardrail that finds nothing, and windows as they are by default. What is added is over the same without a guardrail. The first text of a stream waits for its first window, which the model has to say.`,
    table(["what is added", "questions", "to the first text", "in all"], rows),
    "CPU µs of an answer, with nothing to wait for: by the client of `bedrock-chat`; by that of `bedrock-chat/guardrails` with no guardrail; and with one.",
    table(["", "bedrock-chat", "no guardrail", "guarded", "÷ bedrock-chat", "guarded ÷ bedrock-chat"], costs),
  ];
}

/** Every missed budget, by runtime. */
function missing({ budgets }) {
  const places = [...new Set(budgets.map(({ where }) => where))];
  return places.map((place) => {
    const rows = budgets.filter(({ where, met }) => where === place && !met);
    return [place, rows.map(({ what, goal, found }) => `${what}: ${found}, not ${goal}`)];
  });
}

/** The same as lines to print. */
export function missed(result) {
  const lines = missing(result).flatMap(([place, rows]) => [
    `${place}: ${rows.length || "no"} missed budgets`,
    ...rows.map((row) => `  MISSED  ${row}`),
  ]);
  const { budgets } = result;
  return [...lines, `${budgets.filter(({ met }) => met).length} of ${budgets.length} budgets met`];
}

export function markdown(result) {
  const { rounds, versions, streams } = result;
  const hasBefore = result.budgets.some(({ before }) => before);
  const some = (...names) => names.filter((name) => name !== "before" || hasBefore);
  const clock = Object.values(streams).find(({ clock }) => clock)?.clock;
  const outside =
    clock === "cpu"
      ? "the kernel's count of its process's CPU time (`/proc/…/schedstat`, all threads)"
      : "the time on the wall";
  const parts = [
    "# Benchmarks",
    `The last run of \`cargo xtask bench${result.quick ? " --quick" : ""}\`, which writes this page. Compare within the page only: it is one run on one machine, and what counts are the ratios. All contenders are measured by turns, each once in a round, in an order that is shuffled. Numbers are medians; ±5% means that the middle half of the rounds lies that far around it. A ratio is the median of the ratios of each round, with its quartiles.`,
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
      ["what", "goal", "where", ...some("before"), "found", ""],
      result.budgets.map(({ what, goal, where, before, found, met }) => [
        ...[what, goal, where],
        ...(hasBefore ? [before ?? "–"] : []),
        ...[found, met ? "met" : "**missed**"],
      ]),
    ),
    ...(hasBefore ? ["## Before and after", beforeAndAfter(result)] : []),
    "## Where we lose",
    list(losses(result), "Nowhere in this run."),
    "## Streams",
    `A \`fetch\` in the same process answers with a stream of ${result.deltas.toLocaleString("en")} text deltas, one event of about ${EVENT} bytes each, in reads of 64, 300, 1,400 and 16,384 bytes; one event in fifty is not ASCII, one in thirty has escapes. Each contender reads whole streams with \`for await\`; @xsai/stream-text and ai alone after the others and less often (rounds: ${rounds.heavy}), since they leave so much garbage that whoever follows is slower. There are ${rounds.streams} rounds after ${rounds.warm} to warm up: the first 30,000 events or so of a process cost everybody more, and us most, since WebAssembly starts in code that was compiled in a hurry. The time is that of the process (\`process.cpuUsage\`: all threads, garbage collection too), divided by the number of chunks or deltas, and holds what the reads themselves cost (the last row). The two ratios are those at 1,400 bytes. For @xsai/stream-text and ai the “chunk objects” are the events of their full streams. In workerd, whose clocks stand still while it computes, the time is ${outside} during a request that reads some streams, less that of a request that reads none, in ${rounds.worker} rounds in each of some fresh processes (${rounds.workers}).`,
    ...Object.entries(streams).flatMap(([where, found]) => streamTables(where, found, Object.keys(NAMES))),
    "## Start",
    `CPU milliseconds from before the import to the call of \`fetch\`, in a fresh process, with the globals of \`fetch\` loaded before; ${rounds.starts} rounds. Once as installed by npm, once as one file minified by esbuild.`,
    metricTable(result, ["import"], some("ours", "before", "openai", "ai"), "openai"),
    "## Calls and signatures",
    `CPU µs of a call that is not streamed, with an answer of about 1.5 KB from a \`fetch\` in the same process, less those of \`fetch\`, \`JSON.stringify\` and \`response.json()\` alone. A signature is what a call with a request of 10 KB costs with credentials more than with an API key; for aws4fetch, what \`sign(url, init)\` costs more than \`new Request(url, init)\`. Both sign with a key that they derived before. ${rounds.calls} rounds of 300 calls or 150 signatures after ${rounds.warm} to warm up.`,
    metricTable(result, ["call"], some("ours", "before", "openai"), "openai"),
    metricTable(result, ["SigV4"], some("ours", "before", "aws4fetch"), "aws4fetch"),
    "## Large and many",
    `Each in a process of its own (rounds: ${rounds.large}). Memory is the peak of the process less what it had before the call, so that it holds garbage that was not collected yet; the payload itself is there before and does not count. Of the 5,000 streams each has given its first chunk and waits for the second; their memory is what the process has more after a garbage collection.`,
    metricTable(result, ["an event", "100,000", "200,000", "a request", "5,000"], some("ours", "before", "openai"), "openai"),
    "## Passed on",
    `Streams that a server passes on, as above: reads of 1,400 bytes from a \`fetch\` in the same process, and a reader at the other end. The hand-written one does less: it knows no usage, no error and no limit, and does not notice a stream that was cut. In Node a reader in the same process takes them, and memory is that of 2,000 streams after a garbage collection. In workerd a client takes them from a socket, and time and memory are those of its process as the system counts them, the sockets' and what is not collected yet included; of each of 1,000 streams one event came, from a server that then says no more. How long it takes until a client's leaving is seen is measured from its socket's close to the close of the one at Bedrock's place, for 50 clients, with \`gateway()\` as it is by default (\`heartbeat\`) and \`beginAfter: 400\`.`,
    ...passingTables(result),
    ...guardrailSection(result),
    ...loadSection(result),
    "## Size",
    "KB (1,024 bytes) of what a browser gets: a program that streams the text of an answer as one ES module, minified by esbuild; gzip and brotli at their best (9 and 11). For ai (with @ai-sdk/openai-compatible) and @aws-sdk/client-bedrock-runtime (ConverseStream) it is what such a program imports.",
    metricTable(result, ["program"], some("ours", "before", "openai", "ai", "aws-sdk"), "openai"),
    "## Missed budgets",
    ...missing(result).map(([place, rows]) => `**${place}**\n\n${list(rows, "None.")}`),
  ];
  return `${parts.join("\n\n")}\n`;
}
