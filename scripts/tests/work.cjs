// How long a process and all that it started have worked, where the system tells it: on Linux.
const { readFileSync, readdirSync } = require("node:fs");

/** Of the clock in which Linux counts, the same on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The processes that run: for each its parent, and the ticks that it and what it started and saw end have worked. */
function processes() {
  const found = new Map();
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const line = readFileSync(`/proc/${pid}/stat`, "utf8");
      // the name is in brackets and may have anything in it
      const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      found.set(Number(pid), { parent: Number(fields[1]), ticks });
    } catch {
      // it has ended since
    }
  }
  return found;
}

/** Seconds that a process and all that it started have worked; undefined on a system that does not tell. */
function workedBy(pid) {
  if (process.platform !== "linux") return undefined;
  const all = processes();
  const family = [pid];
  let ticks = 0;
  for (const member of family) {
    ticks += all.get(member)?.ticks ?? 0;
    for (const [other, { parent }] of all) if (parent === member) family.push(other);
  }
  return ticks / TICKS_PER_SECOND;
}

module.exports = { workedBy };
