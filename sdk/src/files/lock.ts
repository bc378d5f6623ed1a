import { createHash, randomUUID } from "node:crypto";
import { readFileSync, readlinkSync, type Stats } from "node:fs";
import { link, lstat, mkdir, open, realpath, rm, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { performance } from "node:perf_hooks";

import { isIsonomyError } from "../base/error";
import { fileError } from "./errors";
import { readBounded } from "./read";

export interface LockOptions {
  /** Milliseconds to wait for another holder; 0 refuses as soon as one is seen alive. */
  readonly wait?: number;
  /** Milliseconds without a sign of life after which a holder that cannot be looked up counts as dead. */
  readonly stale?: number;
  /** Milliseconds between two signs of life. */
  readonly beat?: number;
}

/** A lock that is held. */
export interface Lock {
  /** Throws when another process took the lock over, because this one was suspended for too long. Ask before each write. */
  requireHeld(): Promise<void>;
  release(): Promise<void>;
}

/** Who holds a lock, as its file says. */
interface Holder {
  readonly token: string;
  readonly pid: number;
  readonly host: string;
  /** The set of processes in which `pid` means this process: two containers both have a process 1. */
  readonly space: string;
  /** When the process began, by the kernel: a number that was given to another process since does not match. */
  readonly started: string;
}

const WAIT_MS = 120_000;
const STALE_MS = 20_000;
const BEAT_MS = 2_000;
const POLL_MS = 50;
/** What a holder writes is shorter. */
const MAX_LOCK_BYTES = 4_096;

/** Kept for all copies of this module in one process. */
const HELD_KEY = Symbol.for("isonomy.locks.held");
const held: Set<string> = ((globalThis as Record<symbol, unknown>)[HELD_KEY] ??= new Set<string>()) as Set<string>;

/**
 * Takes the lock of a file: no other process holds it until it is released. The lock ends with its holder. A holder in the
 * same set of processes is looked up by its number and the time at which it began, so that one that was killed is
 * followed at once, its number may belong to another process by now, and one that is merely suspended keeps its lock. A
 * holder in another container or on another machine cannot be looked up: it touches the file every two seconds, and counts
 * as dead when that stops for twenty, measured by the clock of the one that waits. Node has no `flock`, which would do all this
 * in the kernel; `proper-lockfile` knows heartbeats only, by comparing a file's time with this machine's clock.
 */
export async function lockFile(path: string, options: LockOptions = {}): Promise<Lock> {
  const real = await realPathOf(path);
  await mkdir(dirname(real), { recursive: true });
  return acquire(`${real}.lock`, path, options);
}

/** Runs work while the file's lock is held. */
export async function withLock<T>(
  path: string,
  work: (lock: Lock) => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const lock = await lockFile(path, options);
  try {
    return await work(lock);
  } finally {
    await lock.release();
  }
}

/** The file itself, behind whatever links lead to it: a file that is reached by two names has one lock. */
export async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const folder = await realpath(dirname(path)).catch(() => dirname(path));
  return join(folder, basename(path));
}

async function acquire(file: string, path: string, options: LockOptions): Promise<Lock> {
  const { wait = WAIT_MS, stale = STALE_MS, beat = BEAT_MS } = options;
  const mine: Holder = { token: randomUUID(), pid: process.pid, host: hostname(), space: SPACE, started: ownStart() };
  const began = performance.now();
  /** The last sign of life that was seen, when, and how many there were since the first look. */
  let sign = { of: "", at: began, since: -1 };
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, POLL_MS));
  for (;;) {
    if (await place(file, mine)) return keep(file, path, mine, beat);
    const seen = await look(file);
    if (seen === undefined) {
      // released in between; where it stays so, the name is taken by what cannot be seen
      if (performance.now() - began > wait + stale) throw invalid(file, "it can be neither made nor read.");
      await pause();
      continue;
    }
    const { holder, mark } = seen;
    if (mark !== sign.of) sign = { of: mark, at: performance.now(), since: sign.since + 1 };
    const known = isAlive(holder);
    const dead = known === undefined ? performance.now() - sign.at > stale : !known;
    if (dead) {
      await clear(file, holder.token, options);
      continue;
    }
    const alive = known === true || sign.since > 0;
    if (alive && performance.now() - began >= wait) {
      throw fileError("FILE_LOCKED", { path, pid: holder.pid, host: holder.host });
    }
    await pause();
  }
}

/** Puts the lock there, whole or not at all; false when there is one. */
async function place(file: string, mine: Holder): Promise<boolean> {
  const text = JSON.stringify(mine);
  const fresh = `${file}.${mine.token}.new`;
  try {
    await writeNewFile(fresh, text);
    await link(fresh, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  // a file system without hard links: for a moment the file is empty, which tells nobody that its holder is dead
  try {
    await writeNewFile(file, text);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function writeNewFile(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
}

function keep(file: string, path: string, { token }: Holder, beat: number): Lock {
  held.add(token);
  const isOurs = async (): Promise<boolean> => isLock((await look(file))?.holder, token);
  const timer = setInterval(() => {
    const now = new Date();
    isOurs()
      .then((ours) => (ours ? utimes(file, now, now) : undefined))
      .catch(() => undefined);
  }, beat);
  timer.unref();
  return {
    requireHeld: async () => {
      if (!(await isOurs())) throw fileError("LOCK_LOST", { path });
    },
    release: async () => {
      clearInterval(timer);
      if (await isOurs()) await rm(file, { force: true });
      held.delete(token);
    },
  };
}

/**
 * Takes a dead holder's lock away. Only who holds the lock named after that very lock may do so: otherwise two who saw the
 * same dead one could remove one another's.
 */
async function clear(file: string, token: string, options: LockOptions): Promise<void> {
  const guard = await acquire(`${file}.${token}`, file, { ...options, wait: WAIT_MS });
  try {
    if (isLock((await look(file))?.holder, token)) await rm(file, { force: true });
  } finally {
    await guard.release();
  }
}

/** Whether what is there is the very lock of this name. */
function isLock(holder: Holder | undefined, name: string): boolean {
  return holder?.token === name;
}

/**
 * The lock that is there and a mark that changes with each sign of life; undefined when there is none. A link is never followed: one
 * that leads nowhere is there and cannot be read, and a pipe would be read for ever.
 */
async function look(file: string): Promise<{ holder: Holder; mark: string } | undefined> {
  try {
    const status = await lstat(file);
    if (!status.isFile()) throw invalid(file, `it is ${kindOf(status)}.`);
    const holder = parse(await readBounded(file, MAX_LOCK_BYTES));
    return { holder, mark: `${holder.token} ${status.mtimeMs}` };
  } catch (error) {
    if (isIsonomyError(error, "FILE_TOO_LONG")) throw invalid(file, "it is longer than a lock.");
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function kindOf(status: Stats): string {
  if (status.isSymbolicLink()) return "a link";
  if (status.isDirectory()) return "a folder";
  return status.isFIFO() ? "a pipe" : "a device";
}

function invalid(path: string, detail: string): Error {
  return fileError("LOCK_INVALID", { path, detail });
}

/** What is written otherwise is by somebody who cannot be looked up. */
function parse(text: string): Holder {
  try {
    const { token, pid, host, space, started } = JSON.parse(text) as Holder;
    if (typeof token === "string" && /^[\w-]{1,64}$/.test(token) && Number.isInteger(pid)) {
      return { token, pid, host: String(host), space: String(space), started: String(started) };
    }
  } catch {
    // below
  }
  const token = createHash("sha256").update(text).digest("hex").slice(0, 32);
  return { token, pid: Number.parseInt(text, 10) || 0, host: "unknown", space: "unknown", started: "" };
}

/** Whether the holder lives; undefined when it cannot be looked up from here. */
function isAlive(holder: Holder): boolean | undefined {
  if (holder.space !== SPACE) return undefined;
  if (process.platform === "linux") {
    const found = startOf(holder.pid);
    return found !== undefined && found === holder.started;
  }
  if (holder.pid === process.pid) return held.has(holder.token);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? undefined : false;
  }
  // alive, or its number was given to another since: the signs of life decide
  return undefined;
}

/** On Linux the boot and the namespace of processes; elsewhere the machine. */
const SPACE = ((): string => {
  if (process.platform !== "linux") return `${process.platform} ${hostname()}`;
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    // a system that hides them: nobody can be looked up
    return `hidden ${randomUUID()}`;
  }
})();

/** When a process began, in the kernel's ticks; undefined when it is no more, or has ended and waits to be buried. */
function startOf(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    // the name of the program, in parentheses, may hold anything
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function ownStart(): string {
  return process.platform === "linux" ? (startOf(process.pid) ?? "") : "";
}
