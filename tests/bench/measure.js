/** CPU time in µs: all threads of this process, so that what others leave to them counts too. */
export async function cpu(run) {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/**
 * Measures all of them in each round, in another order each time, so that nobody always comes
 * behind the same one and all have the same weather. The samples of each, round by round.
 */
export async function interleave(names, { warm, rounds }, measure) {
  const found = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -warm; round < rounds; round++) {
    for (const name of shuffled(names)) {
      const sample = await measure(name);
      if (round >= 0) found[name].push(sample);
    }
  }
  return found;
}

function shuffled(list) {
  const left = [...list];
  return Array.from(list, () => left.splice(Math.floor(Math.random() * left.length), 1)[0]);
}

/** Appends the samples of several processes, which are in objects of the same shape. */
export function merge(first, ...others) {
  if (Array.isArray(first)) return first.concat(...others);
  if (typeof first !== "object") return first;
  const keys = Object.keys(first);
  return Object.fromEntries(keys.map((key) => [key, merge(first[key], ...others.map((other) => other[key]))]));
}

/** The median, and the quartiles around it. */
export function spread(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (part) => {
    const place = (sorted.length - 1) * part;
    const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return below + (above - below) * (place % 1);
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

export const median = (samples) => spread(samples).median;

/** What one takes of what another does, round by round. */
export const over = (one, other) => one.slice(0, other.length).map((sample, round) => sample / other[round]);

/** What one takes more than another, round by round. */
export const more = (one, other) => one.map((sample, round) => sample - other[round]);
