// Reports of coverage: several runs as one, and what they reached in all.

/** The reports of several runs of the same sources as one: what any of them reached was reached. */
function joined(reports) {
  const sum = {};
  for (const report of reports) {
    for (const [path, file] of Object.entries(report)) {
      const known = sum[path];
      if (known === undefined) {
        sum[path] = structuredClone(file);
        continue;
      }
      for (const kind of ["s", "f", "l"]) {
        for (const [id, hits] of Object.entries(file[kind] ?? {})) known[kind][id] = (known[kind][id] ?? 0) + hits;
      }
      for (const [id, ways] of Object.entries(file.b)) ways.forEach((hits, at) => (known.b[id][at] += hits));
    }
  }
  return sum;
}

/** How many lines and branches were reached, and how many there are. */
function counted(report) {
  const counts = { lines: [0, 0], branches: [0, 0] };
  for (const file of Object.values(report)) {
    const lines = new Map();
    for (const [id, { start }] of Object.entries(file.statementMap)) {
      lines.set(start.line, Math.max(lines.get(start.line) ?? 0, file.s[id]));
    }
    for (const hits of Object.values(file.l ?? Object.fromEntries(lines))) {
      counts.lines[1]++;
      if (hits > 0) counts.lines[0]++;
    }
    for (const branch of Object.values(file.b)) {
      for (const hits of branch) {
        counts.branches[1]++;
        if (hits > 0) counts.branches[0]++;
      }
    }
  }
  return counts;
}

/** The lines and branches that no run reached, by file. */
function missed(report) {
  const found = {};
  for (const [path, file] of Object.entries(report)) {
    const lines = Object.entries(file.l ?? {}).filter(([, hits]) => hits === 0);
    const branches = Object.entries(file.b).filter(([, ways]) => ways.includes(0));
    const at = [...lines.map(([line]) => Number(line)), ...branches.map(([id]) => file.branchMap[id].line)];
    if (at.length > 0) found[path] = [...new Set(at)].sort((a, b) => a - b);
  }
  return found;
}

module.exports = { counted, joined, missed };
