// What is measured, by where; and the budget of each, from the table of budgets in the design.

import { over, spread } from "./measure.js";

const KB = 1024;
/** About how many bytes an event of a stream has. */
export const EVENT = 260;

export const number = (value) => (value >= 100 ? Math.round(value).toString() : value.toFixed(value < 10 ? 2 : 1));
const scaled = (unit, by) => (value) => `${number(value / by)} ${unit}`;
const micro = scaled("µs", 1);
const milli = scaled("ms", 1000);
const kb = scaled("KB", KB);
const mib = scaled("MiB", KB * KB);

const each = (places, of) =>
  Object.fromEntries(Object.entries(places).map(([where, found]) => [where, of(found) ?? []]));

/** A row of the report: its name, how a value is written, and somebody's samples by where. */
const metric = (what, show, samples) => ({ what, show, samples });

const stream = (kind, size) =>
  metric(
    `${{ chunks: "chunk object", text: "text delta" }[kind]}, reads of ${size.toLocaleString("en")} B`,
    micro,
    ({ streams }, who) => each(streams, (found) => found[kind][size][who]),
  );
/** `own`: by which entry of ours. */
const size = (how, own = "ours", by = "") =>
  metric(`program that streams text, ${how}${by}`, kb, ({ sizes }, who) =>
    each(sizes, (found) => found[who === "ours" ? own : who]?.[how]),
  );
const lite = (how) => size(how, "lite", ", by bedrock-chat/lite");
const start = (how) =>
  metric(`import, construct, first request, ${how}`, milli, ({ starts }, who) => each(starts, (found) => found[how][who]));
const call = metric("call that is not streamed, over raw fetch and JSON", micro, ({ calls }, who) =>
  each(calls, (found) => found.calls[who]),
);
const signature = metric("SigV4 of 10 KB", micro, ({ calls }, who) => each(calls, ({ signing }) => signing[who]));
const large = (what, title, size) => ({
  time: metric(`${title}: time`, milli, ({ large }, who) => each(large, (found) => found[what][size][who]?.cpu)),
  memory: metric(`${title}: memory`, mib, ({ large }, who) => each(large, (found) => found[what][size][who]?.memory)),
});
const many = metric("5,000 streams at once: memory of each", kb, ({ many }, who) => each(many, (found) => found[who]));

const LARGE = [
  {
    payload: 4 * KB * KB,
    once: large("event", "an event of 4 MiB", 4 * KB * KB),
    twice: large("event", "an event of 8 MiB", 8 * KB * KB),
  },
  {
    payload: 100_000 * EVENT,
    once: large("events", "100,000 events", 100_000),
    twice: large("events", "200,000 events", 200_000),
  },
  {
    payload: 20e6,
    once: large("request", "a request of 20 MB", 20e6),
    twice: large("request", "a request of 40 MB", 40e6),
  },
];

export const metrics = [
  ...["gzip", "brotli", "minified"].flatMap((how) => [size(how), lite(how)]),
  ...["chunks", "text"].flatMap((kind) => [64, 300, 1400, 16384].map((size) => stream(kind, size))),
  call,
  signature,
  ...["installed", "bundled"].map(start),
  ...LARGE.flatMap(({ once, twice }) => [once.time, once.memory, twice.time, twice.memory]),
  many,
];

const ratio = (value) => value.toFixed(2);

/** What somebody takes of what a rival does. */
const against = (rival, metric, ...goals) => ({
  what: metric.what,
  goals,
  unit: ` of ${rival === "handwritten" ? "the hand-written" : rival}`,
  show: ratio,
  found(result, who) {
    const other = metric.samples(result, rival);
    const own = metric.samples(result, who);
    return Object.fromEntries(Object.entries(own).map(([where, samples]) => [where, over(samples, other[where])]));
  },
});

/** What somebody takes, in units of the goal. */
const within = (unit, by, metric, ...goals) => ({
  what: metric.what,
  goals,
  unit,
  show: (value) => number(value),
  found: (result, who) => each(metric.samples(result, who), (samples) => samples.map((sample) => sample / by)),
});

/** What twice the size takes of what once does. A quarter above twice is noise. */
const linear = ({ once, twice }) => ({
  what: `${once.time.what}, linear`,
  goals: [2.5],
  unit: " for twice the size",
  show: ratio,
  found(result, who) {
    const first = once.time.samples(result, who);
    return Object.fromEntries(
      Object.entries(twice.time.samples(result, who)).map(([where, samples]) => [where, over(samples, first[where])]),
    );
  },
});

/** The goals of the design. Where there are two, the second is for later. */
const BUDGETS = [
  ...[size, lite].flatMap((of) => [within(" KB", KB, of("gzip"), 66, 62), against("openai", of("brotli"), 1)]),
  against("openai", call, 0.5, 0.4),
  against("openai", stream("chunks", 1400), 0.2),
  against("handwritten", stream("chunks", 1400), 0.7),
  against("openai", stream("text", 1400), 0.15),
  against("handwritten", stream("text", 1400), 0.45),
  // What small reads may cost, those of an event each may.
  ...[64, 300].flatMap((size) =>
    ["chunks", "text"].flatMap((kind) => [
      against("openai", stream(kind, size), 0.45),
      against("handwritten", stream(kind, size), 1),
    ]),
  ),
  against("openai", start("installed"), 0.25),
  against("aws4fetch", signature, 0.1),
  ...LARGE.flatMap((one) => [linear(one), within(" × the payload", one.payload, one.once.memory, 3)]),
  against("openai", many, 1),
];

/** Each budget wherever it was measured. */
export function check(result) {
  return BUDGETS.flatMap(({ what, goals, unit, show, found }) => {
    const before = found(result, "before");
    return Object.entries(found(result, "ours")).flatMap(([where, samples]) =>
      goals.map((goal, at) => ({
        what,
        goal: `≤ ${goal}${unit}${at > 0 ? ", later" : ""}`,
        where,
        found: range(samples, show),
        before: before[where].length ? range(before[where], show) : undefined,
        met: spread(samples).median <= goal,
      })),
    );
  });
}

/** The median, and the quartiles around it. */
export function range(samples, show = ratio) {
  const { low, median, high } = spread(samples);
  return samples.length === 1 ? show(median) : `${show(median)} (${show(low)}–${show(high)})`;
}
