// Processes that run test files. A job gets an idle process or a new one; a process that has grown too large is not used again.
const { spawn } = require("node:child_process");
const { join } = require("node:path");
const { ROOT } = require("../tools/run.cjs");
const { workedBy } = require("./work.cjs");
const { inherited } = require("../tools/environment.cjs");

const WORKER = join(__dirname, "worker.cjs");
/** A process may collect its garbage; else each would keep gigabytes. */
const OPTIONS = ["--expose-gc"];
/** A process that is larger than this after a job ends. It may double while the next job runs. */
const MAX_BYTES = 1_000_000_000;
/** What a process is given to clean up before it is killed. */
const GRACE_MS = 3_000;
/** How long what a process said may come after its end. */
const LAST_WORDS_MS = 2_000;

/** What became of a job's tests; `text` are the failures, `stray` what failed and nobody awaited, `cpu` the seconds of work of the process and of what it started. @typedef {{ passes: number, pending: number, failures: number, text: string, stray: string[], bytes: number, peak: number, cpu: number, seconds: number }} Result */

class Workers {
  #idle = [];
  #env;

  /** What ended between two jobs, by something that a test had left running. Its tests were over, and have been counted. */
  lost = [];

  constructor(env = {}) {
    this.#env = inherited(env);
  }

  /** Runs some files in one process. A process that ends by itself is a failure. @returns {Promise<Result>} */
  async run(files, signal) {
    const started = Date.now();
    const worker = this.#idle.pop()?.removeAllListeners("exit") ?? this.#start();
    worker.said = "";
    worker.files = files;
    const before = workedBy(worker.pid) ?? 0;
    const stop = () => end(worker);
    signal.addEventListener("abort", stop);
    const result = await new Promise((resolve) => {
      worker.once("message", resolve);
      // not "close", which does not come after a disconnect
      worker.once("exit", async (code, name) => {
        await lastWords(worker);
        const text = `  ${files.join(" ")}: its process ended with ${name ?? `code ${code}`}.`;
        resolve({ passes: 0, pending: 0, failures: 1, text, stray: [], bytes: Infinity, peak: 0, cpu: 0 });
      });
      // a process that has just ended cannot be told; its exit says so
      worker.send(
        files.map((file) => join(ROOT, file)),
        () => undefined,
      );
    });
    // where the system does not tell, what the process says of itself
    const cpu = Math.max(result.cpu, (workedBy(worker.pid) ?? 0) - before);
    signal.removeEventListener("abort", stop);
    worker.removeAllListeners("message").removeAllListeners("exit");
    if (result.bytes < MAX_BYTES) this.#rest(worker);
    else end(worker);
    const text = result.failures === 0 ? "" : `${worker.said}\n${result.text}`;
    return { ...result, cpu, text, seconds: (Date.now() - started) / 1000 };
  }

  end() {
    for (const worker of this.#idle.splice(0)) {
      worker.removeAllListeners("exit");
      end(worker);
    }
  }

  /** Keeps a process for the next job. One that ends meanwhile is lost. */
  #rest(worker) {
    this.#idle.push(worker);
    worker.once("exit", async (code, name) => {
      this.#idle = this.#idle.filter((one) => one !== worker);
      const how = name ?? `code ${code}`;
      const place = this.lost.push("") - 1;
      await lastWords(worker);
      this.lost[place] =
        `${worker.said}\n  ${worker.files.join(" ")}: its process ended with ${how} after its tests were over.`;
    });
  }

  #start() {
    const worker = spawn(process.execPath, [...OPTIONS, WORKER], {
      cwd: ROOT,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [worker.stdout, worker.stderr]) stream.on("data", (chunk) => (worker.said += chunk));
    return worker;
  }
}

/** Waits until all that a process said before it ended has come; not for long, as what it started may still hold its output open. */
function lastWords({ stdout, stderr }) {
  const ends = [stdout, stderr].map(
    (stream) => stream.readableEnded || new Promise((resolve) => stream.once("end", resolve)),
  );
  return Promise.race([Promise.all(ends), new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
}

/** Tells a process to end, and kills it when it does not. */
function end(worker) {
  if (worker.connected) worker.disconnect();
  setTimeout(() => worker.kill("SIGKILL"), GRACE_MS).unref();
}

module.exports = { Workers };
