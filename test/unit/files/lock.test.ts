import { expect } from "chai";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

import { lockFile, withLock } from "../../../sdk/src/files";
import { caught } from "../../support/caught";

const HOLDER = join(__dirname, "..", "..", "support", "lockHolder.ts");
/** So short that the tests are. */
const QUICK = { wait: 0, stale: 400, beat: 40 };

describe("The lock of a file", function () {
  this.timeout(240_000);
  let folder: string;
  let path: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "isonomy-lock-"));
    path = join(folder, "keyring.json");
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });

  /** Another process; resolves with what it says first. */
  async function other(...more: string[]): Promise<{ child: ChildProcess; said: string }> {
    return started([], ...more);
  }

  async function started(within: readonly string[], ...more: string[]) {
    const [program, ...parameters] = [...within, process.execPath, "-r", "ts-node/register/transpile-only", HOLDER];
    const child = spawn(program!, [...parameters, path, ...more], {
      env: { ...process.env, HARDHAT_NETWORK: undefined },
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    const [said] = (await once(child.stdout!, "data")) as [Buffer];
    return { child, said: said.toString().trim() };
  }
  const holderOf = async () => JSON.parse(await readFile(`${path}.lock`, "utf8")) as Record<string, unknown>;
  /** Leaves a lock there as somebody else would have written it. */
  const leave = async (changes: Record<string, unknown>): Promise<void> => {
    const ours = await lockFile(path, QUICK);
    const holder = { ...(await holderOf()), token: "of-another", ...changes };
    await ours.release();
    await writeFile(`${path}.lock`, JSON.stringify(holder));
  };
  /** Gives signs of life for a lock, as its holder in another container does. */
  const beating = (): (() => void) => {
    const timer = setInterval(() => void utimes(`${path}.lock`, new Date(), new Date()), 40);
    return () => clearInterval(timer);
  };

  it("keeps others out until it is released, in one process and in two", async () => {
    const lock = await lockFile(path, QUICK);
    const { args } = await caught(() => lockFile(path, QUICK), "FILE_LOCKED");
    expect(args).to.include({ path, pid: process.pid });
    expect((await other()).said).to.equal("FILE_LOCKED");
    await lock.release();
    const { child, said } = await other();
    expect(said).to.equal("held");
    expect((await caught(() => lockFile(path, QUICK), "FILE_LOCKED")).args.pid).to.equal(child.pid);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a lock left by a killed holder, or a process id that has
  //   since been reused
  it("ends at once with a holder that was killed", async () => {
    const { child } = await other();
    child.kill("SIGKILL");
    await once(child, "exit");
    // far less than the time after which a silent holder counts as dead
    const lock = await lockFile(path, { wait: 0, stale: 600_000 });
    await lock.requireHeld();
    await lock.release();
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it("stays with a holder that is suspended", async () => {
    const { child } = await other();
    child.kill("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 2 * QUICK.stale));
    await caught(() => lockFile(path, { ...QUICK, wait: 2 * QUICK.stale }), "FILE_LOCKED");
  });

  // claim(attacks#command-line-package-and-sellers-agent): a lock left by a killed holder, or a process id that has
  //   since been reused
  it("ends with a holder whose number another process has by now", async function () {
    // only Linux tells when a process began; elsewhere the signs of life decide
    if (process.platform !== "linux") this.skip();
    await leave({ pid: process.ppid, started: "1" });
    await (await lockFile(path, { wait: 0, stale: 600_000 })).release();
    await leave({ pid: process.pid, started: "1" });
    await (await lockFile(path, { wait: 0, stale: 600_000 })).release();
  });

  // claim(attacks#command-line-package-and-sellers-agent): two holders in two containers, both process 1
  it("stays with a holder in another container that lives, also when its number is ours", async () => {
    await leave({ space: "another container", pid: process.pid });
    const stop = beating();
    try {
      await caught(() => lockFile(path, QUICK), "FILE_LOCKED");
      await caught(() => lockFile(path, { ...QUICK, wait: 3 * QUICK.stale }), "FILE_LOCKED");
    } finally {
      stop();
    }
  });

  it("ends with a holder in another container that gives no sign of life, however its clock goes", async () => {
    for (const clock of [new Date(0), new Date(Date.now() + 86_400_000)]) {
      await leave({ space: "another container", pid: process.ppid });
      await utimes(`${path}.lock`, clock, clock);
      await (await lockFile(path, QUICK)).release();
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): two holders in two containers, both process 1
  it("is kept and ends with a holder in a real namespace of processes of its own", async function () {
    const container = ["unshare", "-Urpf", "--kill-child", "--mount-proc"];
    // where the system lets nobody make one, the two tests above stand for it
    if (spawnSync(container[0]!, [...container.slice(1), "true"]).status !== 0) this.skip();
    const { child, said } = await started(container);
    expect(said).to.equal("held");
    const { args } = await caught(() => lockFile(path, QUICK), "FILE_LOCKED");
    expect(args.pid).to.equal(1);
    await caught(() => lockFile(path, { ...QUICK, wait: 3 * QUICK.stale }), "FILE_LOCKED");
    child.kill("SIGKILL");
    await once(child, "exit");
    await (await lockFile(path, QUICK)).release();
  });

  it("ends with what nobody can read", async () => {
    for (const text of ["", "12345", "{", `${process.ppid} somebody`]) {
      await writeFile(`${path}.lock`, text);
      await (await lockFile(path, QUICK)).release();
    }
  });

  const others: Readonly<Record<string, (at: string) => unknown>> = {
    "a link that leads nowhere": (at) => symlink(join(folder, "nowhere"), at),
    "a link to a file": async (at) => {
      await writeFile(join(folder, "somewhere"), "kept");
      await symlink(join(folder, "somewhere"), at);
    },
    "a folder": (at) => mkdir(at),
    "a pipe": (at) => spawnSync("mkfifo", [at]),
    "a long file": (at) => writeFile(at, "x".repeat(5_000)),
  };
  for (const [what, put] of Object.entries(others)) {
    // claim(attacks#command-line-package-and-sellers-agent): a link, a pipe or a folder instead of a lock , on which a
    //   command loops or waits for ever
    it(`refuses ${what} in its place at once, and leaves it there`, async () => {
      await put(`${path}.lock`);
      const began = performance.now();
      const { args } = await caught(() => lockFile(path, { wait: 60_000, stale: 60_000 }), "LOCK_INVALID");
      expect(args.path).to.equal(`${path}.lock`);
      expect(performance.now() - began).to.be.lessThan(55_000);
      expect(await readdir(folder))
        .to.include("keyring.json.lock")
        .and.not.include("nowhere");
    });
  }

  it("is told to a holder who lost it", async () => {
    const lock = await lockFile(path, QUICK);
    await rm(`${path}.lock`);
    await writeFile(`${path}.lock`, JSON.stringify({ token: "of-another", pid: 1, host: "", space: "", started: "" }));
    expect((await caught(() => lock.requireHeld(), "LOCK_LOST")).args).to.deep.equal({ path });
    await lock.release();
    // what is not ours is not removed
    expect((await holderOf()).token).to.equal("of-another");
  });

  it("is one for a file that is reached by two names", async () => {
    await writeFile(path, "0");
    const second = join(folder, "second.json");
    await symlink(path, second);
    const lock = await lockFile(path, QUICK);
    await caught(() => lockFile(second, QUICK), "FILE_LOCKED");
    await lock.release();
  });

  it("is released when the work fails", async () => {
    const failure = new Error("no space left");
    const error = await withLock(path, () => Promise.reject(failure), QUICK).catch((one: unknown) => one);
    expect(error).to.equal(failure);
    await withLock(path, async () => undefined, QUICK);
    expect(await readdir(folder)).to.deep.equal([]);
  });

  // claim(attacks#command-line-package-and-sellers-agent): two programs that add to one keyring at once, so that one
  //   key is lost
  it("loses nothing that several processes add at once, a dead holder's lock in their way", async () => {
    await leave({ pid: 4_194_999 });
    await writeFile(path, "0");
    const adders = await Promise.all(["40", "40", "40", "40"].map((times) => other(times)));
    const codes = await Promise.all(
      adders.map(async ({ child }) => child.exitCode ?? ((await once(child, "exit")) as [number])[0]),
    );
    expect(codes).to.deep.equal([0, 0, 0, 0]);
    expect(await readFile(path, "utf8")).to.equal("160");
    expect(await readdir(folder)).to.deep.equal(["keyring.json"]);
  });
});
