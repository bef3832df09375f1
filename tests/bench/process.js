// The process of workerd, as the system sees it.

import { readdirSync, readFileSync } from "node:fs";

/** Our child that is called workerd; nothing where the system does not tell. */
export function findWorkerd() {
  try {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        const [, name, rest] = readFileSync(`/proc/${pid}/stat`, "utf8").match(/^\d+ \((.*)\) (.*)/s);
        if (name === "workerd" && Number(rest.split(" ")[1]) === process.pid) return pid;
      } catch {
        // It has ended in between.
      }
    }
  } catch {
    // No such system.
  }
}

/** Nanoseconds on a processor, all threads. */
function used(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const of = (tid) => Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "utf8").split(" ")[0]);
  return threads.reduce((sum, tid) => sum + of(tid), 0);
}

/** The CPU time of a process in µs, or the time on the wall where the system does not tell. */
export function clockOf(pid) {
  try {
    if (used(pid) > 0) return { clock: "cpu", now: () => used(pid) / 1000 };
  } catch {
    // No such system.
  }
  return { clock: "wall", now: () => performance.now() * 1000 };
}
