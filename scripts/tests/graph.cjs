// Runs a graph of jobs on a few cores.

/**
 * @typedef {object} Job
 * @property {string} name
 * @property {string[]} [after] names of the jobs that must have succeeded before this one begins
 * @property {number} [weight] how long it takes, in any unit: of the jobs that are ready, the heaviest begins first
 * @property {number} [cores] how many cores it keeps busy, one when it is left out; a job that mostly waits takes a part of one
 * @property {boolean} [goOn] its failure is counted, and jobs that do not need it go on; without it a failure stops everything
 * @property {(signal: AbortSignal) => Promise<number>} run gives the exit code; must end soon after the signal
 */

/** Throws unless the names are different, every job fits onto the cores, and every `after` leads to a job and never back. */
function check(jobs, cores) {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  if (byName.size !== jobs.length) throw new Error("Two jobs have the same name.");
  for (const { name, cores: needed = 1 } of jobs) {
    if (!(needed > 0 && needed <= cores)) throw new Error(`${name} needs ${needed} of ${cores} cores.`);
  }
  const visit = (job, path) => {
    if (path.includes(job.name)) throw new Error(`Jobs wait for each other: ${[...path, job.name].join(" after ")}.`);
    for (const name of job.after ?? []) {
      if (!byName.has(name)) throw new Error(`${job.name} is after ${name}, which does not exist.`);
      visit(byName.get(name), [...path, job.name]);
    }
  };
  for (const job of jobs) visit(job, []);
}

/**
 * Runs every job once what it is after has succeeded, as many at a time as keep the cores busy.
 * @param {Job[]} jobs
 * @param {{ cores: number, signal?: AbortSignal }} options the signal stops all jobs
 * @returns {Promise<number>} 0, or the exit code of the job that failed first
 */
async function runGraph(jobs, { cores, signal }) {
  check(jobs, cores);
  const stop = new AbortController();
  signal?.addEventListener("abort", () => stop.abort(), { once: true });
  const waiting = new Set(jobs.toSorted((one, other) => (other.weight ?? 0) - (one.weight ?? 0)));
  const running = new Set();
  let free = cores;
  const succeeded = new Set();
  let exitCode = 0;

  const start = (job) => {
    waiting.delete(job);
    free -= job.cores ?? 1;
    const ended = job
      .run(stop.signal)
      .catch((error) => (console.error(`${job.name}: ${error.stack}`), 1))
      .then((code) => {
        running.delete(ended);
        free += job.cores ?? 1;
        if (code === 0) succeeded.add(job.name);
        else if (!stop.signal.aborted) {
          exitCode ||= code;
          if (!job.goOn) stop.abort();
        }
      });
    running.add(ended);
  };

  for (;;) {
    for (const job of waiting) {
      if (stop.signal.aborted || signal?.aborted) break;
      if (free >= (job.cores ?? 1) && (job.after ?? []).every((name) => succeeded.has(name))) start(job);
    }
    if (running.size === 0) return exitCode;
    await Promise.race(running);
  }
}

module.exports = { runGraph };
