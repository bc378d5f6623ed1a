import { expect } from "chai";
import { Wallet, encryptKeystoreJsonSync } from "ethers";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { deployerOf } from "../../deploy/engine/keys";
import { networkOf } from "../../deploy/engine/networks";
import type { Io } from "../../sdk/src/cli/io";
import { Session } from "../../sdk/src/cli/session";
import type { GlobalOptions } from "../../sdk/src/cli/settings";
import { isIsonomyError } from "../../sdk/src/errors";
import { keyPairOf } from "../../sdk/src/fairexchange";
import { fileAccessOf, keepsNoModes, type FileAccess } from "../../sdk/src/files";
import { nodePlatform, readKeyFile, StateFile, writeKeyFile, type SellerState } from "../../sdk/src/node";
import { runHere } from "../support/cli";

const ROOT = join(__dirname, "..", "..");
const PASSWORD = "correct horse";
const COST = 1_024;
const KEY = `0x${"11".repeat(32)}`;
const { secret, x } = keyPairOf(5n);
const PAIR = { secret, x };
const TS_NODE = ["-r", "ts-node/register/transpile-only"];

/**
 * What was lost: the seller's sales. Kubernetes mounts a secret with the mode 0440 and opens a volume to a group; a disk of
 * Windows under Linux shows every file as open to all, and `chmod` changes nothing there. Files of keys were refused in
 * both places and there was no way to say that it is meant. And a keyring that a container is given as one file could not
 * be replaced: after the file was sealed, the key went nowhere.
 */
describe("Finding: keys that a volume shut out", function () {
  this.timeout(120_000);
  let folder: string;
  let told: [path: string, mode: string][];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "isonomy-volume-"));
    told = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const at = (name: string): string => join(folder, name);
  const access = (value: string): FileAccess =>
    fileAccessOf({ ISONOMY_FILE_ACCESS: value }, (path, mode) => told.push([path, mode]))!;

  /** A command's session that says to `told` what it warns of. */
  function session(options: GlobalOptions, env: Record<string, string>): Session {
    const io: Partial<Io> = {
      ...{ env, interactive: false, out: () => undefined, signal: new AbortController().signal },
      err: (text) => {
        const { path, mode } = JSON.parse(text) as { path: string; mode: string };
        told.push([path, mode]);
      },
    };
    return new Session(io as Io, { ...options, json: true });
  }

  /** Each file of keys or passwords that some program of ours reads: how it comes to be, and how it is read. */
  interface Place {
    readonly write: (path: string) => Promise<unknown>;
    readonly read: (path: string, env: Record<string, string>) => Promise<unknown>;
  }
  const account = { address: new Wallet(KEY).address, privateKey: KEY };
  const keystore = encryptKeystoreJsonSync(account, PASSWORD, { scrypt: { N: COST, r: 8, p: 1 } });
  const ring = (path: string) =>
    writeKeyFile(path, [{ kind: "version", ...PAIR, note: "" }], PASSWORD, nodePlatform(0), COST);
  const mark = { number: 0, hash: "" };
  const state: SellerState = {
    ...{ chainId: 1n, escrow: "", seller: "", scanned: mark, head: mark },
    ...{ deals: [], journal: [], deliveredTotal: 0, missedTotal: 0 },
  };
  const asAccess = (env: Record<string, string>) => fileAccessOf(env, (path, mode) => told.push([path, mode]));
  const deployer = (environment: Record<string, string>, settings?: string) =>
    deployerOf(networkOf("localhost"), {
      ...{ environment, variable: () => undefined, access: asAccess(environment) },
      ...(settings === undefined ? {} : { settings }),
    });
  const places: Readonly<Record<string, Place>> = {
    "a keystore": {
      write: (path) => writeFile(path, keystore),
      read: (path, env) => session({ keystore: path }, { ...env, ISONOMY_PASSWORD: PASSWORD }).wallet(),
    },
    "a file with its password": {
      write: (path) => writeFile(path, PASSWORD),
      read: (path, env) => session({ passwordFile: path }, env).password(),
    },
    "a file with its password, by the environment": {
      write: (path) => writeFile(path, PASSWORD),
      read: (path, env) => session({}, { ...env, ISONOMY_PASSWORD_FILE: path }).password(),
    },
    "a file with the keyring's password": {
      write: (path) => writeFile(path, PASSWORD),
      read: (path, env) => session({ keyring: at("none") }, { ...env, ISONOMY_KEYRING_PASSWORD_FILE: path }).keyring(),
    },
    "a keyring": {
      write: ring,
      read: async (path, env) =>
        (await session({ keyring: path }, { ...env, ISONOMY_PASSWORD: PASSWORD }).keyring()).find(PAIR.x),
    },
    "a keyring that is proven writable": {
      write: ring,
      read: async (path, env) =>
        (await session({ keyring: path }, { ...env, ISONOMY_PASSWORD: PASSWORD }).keyring()).requireWritable(),
    },
    "a key file of the library": { write: ring, read: (path, env) => readKeyFile(path, PASSWORD, asAccess(env)) },
    "the state of an agent": {
      write: (path) => new StateFile(path).save(state),
      read: (path, env) => new StateFile(path, asAccess(env)).load(),
    },
    "the deployer's keystore": {
      write: (path) => writeFile(path, keystore),
      read: (path, env) => deployer({ ...env, DEPLOYER_KEYSTORE: path, DEPLOYER_KEYSTORE_PASSWORD: PASSWORD }),
    },
    "settings that hold the deployer's key": {
      write: (path) => writeFile(path, `DEPLOYER_PRIVATE_KEY=${KEY}\n`),
      read: (path, env) => deployer({ ...env, DEPLOYER_PRIVATE_KEY: KEY }, path),
    },
  };

  const codeOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "read",
      (error: unknown) => (isIsonomyError(error) ? error.code : String(error)),
    );

  for (const [place, { write, read }] of Object.entries(places)) {
    // claim(attacks#command-line-package-and-sellers-agent): a mode set by a volume or a disk, so that keys are
    //   refused, or anybody can read them
    it(`${place} is read by whom its mode lets in, and by its group only with the reason named`, async function () {
      if (process.platform === "win32") this.skip();
      const path = at("secret");
      await write(path);
      const outcome = async (mode: number, env: Record<string, string> = {}): Promise<string> => {
        await chmod(path, mode);
        told = [];
        return codeOf(read(path, env));
      };
      const group = { ISONOMY_FILE_ACCESS: "group" };
      expect(await outcome(0o600)).to.equal("read");
      // as Kubernetes mounts a secret, and as it opens a volume
      for (const mode of [0o440, 0o660]) {
        expect(await outcome(mode)).to.equal("FILE_EXPOSED");
        expect(told).to.deep.equal([]);
        expect(await outcome(mode, group)).to.equal("read");
        expect(told).to.deep.equal([[path, mode.toString(8)]]);
      }
      // the reason must be true of the file: all others are kept out, and this disk has modes
      for (const mode of [0o444, 0o642, 0o604]) expect(await outcome(mode, group)).to.equal("FILE_EXPOSED");
      expect(await outcome(0o640, { ISONOMY_FILE_ACCESS: "no-modes" })).to.equal("FILE_EXPOSED");
      expect(told).to.deep.equal([]);
      // what is closed is not spoken of
      expect(await outcome(0o400, group)).to.equal("read");
      expect(told).to.deep.equal([]);
    });
  }

  it("a reason that is none is refused, and an empty one is none", async () => {
    for (const value of ["yes", "1", "true", "all", "GROUP"]) {
      const env = { ISONOMY_FILE_ACCESS: value, ISONOMY_PASSWORD: PASSWORD, ISONOMY_SCRYPT_COST: String(COST) };
      await writeFile(at("model.bin"), "a model");
      const { out } = await runHere(["prepare", at("model.bin"), "--json"], { ...env, ISONOMY_HOME: folder });
      const { error } = JSON.parse(out) as { error: { code: string; args: unknown } };
      expect(error).to.deep.include({
        code: "FILE_ACCESS_UNKNOWN",
        args: { name: "ISONOMY_FILE_ACCESS", value, choice: "group, no-modes" },
      });
    }
    expect(fileAccessOf({}, () => undefined)).to.equal(undefined);
    expect(fileAccessOf({ ISONOMY_FILE_ACCESS: " " }, () => undefined)).to.equal(undefined);
    expect(access("group").reason).to.equal("group");
  });

  // claim(attacks#command-line-package-and-sellers-agent): a mode set by a volume or a disk, so that keys are refused,
  //   or anybody can read them
  it("a file that is accepted is named once on standard error, as a sentence or as an object", async function () {
    if (process.platform === "win32") this.skip();
    const env = {
      ...{ ISONOMY_HOME: folder, ISONOMY_SCRYPT_COST: String(COST), ISONOMY_FILE_ACCESS: "group" },
      ...{ ISONOMY_PASSWORD: PASSWORD },
    };
    const keyring = at("keyring.json");
    await writeFile(at("one.bin"), "a model");
    expect((await runHere(["prepare", at("one.bin")], env)).code).to.equal(0);
    for (const more of [[], ["--json"]]) {
      await chmod(keyring, 0o660);
      const name = at(`two${more.length}.bin`);
      await writeFile(name, "another");
      const { code, err } = await runHere(["prepare", name, ...more], env);
      expect(code, err).to.equal(0);
      const lines = err.split("\n").filter((line) => line.includes("ISONOMY_FILE_ACCESS"));
      expect(lines).to.have.length(1);
      if (more.length === 0) expect(lines[0]).to.match(/^WARNING: .*keyring\.json holds a key.*\(mode 660\)/);
      else {
        const said = { level: "warning", event: "file-access", path: keyring, mode: "660", reason: "group" };
        expect(JSON.parse(lines[0]!)).to.include(said);
      }
    }
  });

  it("a file system without modes is known by its number", () => {
    // linux/magic.h: FAT, SMB, CIFS, SMB 2, Plan 9, FUSE; then ext4, tmpfs, btrfs, xfs, overlay, NFS, ZFS
    for (const type of [0x4d44, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546]) {
      expect(keepsNoModes(type), type.toString(16)).to.equal(true);
      expect(keepsNoModes(type | 0), type.toString(16)).to.equal(true);
    }
    for (const type of [0xef53, 0x01021994, 0x9123683e, 0x58465342, 0x794c7630, 0x6969, 0x2fc12fc1]) {
      expect(keepsNoModes(type), type.toString(16)).to.equal(false);
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): a keyring or a state file that is mounted by itself: a key
  //   is made that cannot be kept
  it("a file that is a mount of its own is refused before anything depends on it, by every way to write", async function () {
    const names = [
      "keyring.json",
      "state.json",
      "31337.json",
      "plan.json",
      join("deployment", "deployed_addresses.json"),
    ];
    await ring(at("keyring.json"));
    await mkdir(at("deployment"));
    for (const name of names.slice(1)) await writeFile(at(name), "{", { mode: 0o600 });
    await writeFile(join(at("deployment"), "journal.jsonl"), "{}\n");
    const before = await Promise.all(names.map((name) => readFile(at(name), "utf8")));
    const mounts = names.map((name) => `mount --bind '${at(name)}' '${at(name)}'`).join(" && ");
    const tried = spawnSync("unshare", ["-Urm", "sh", "-c", mounts]);
    // where the system lets nobody mount
    if (tried.status !== 0) this.skip();

    const script = join(ROOT, "test", "support", "mountedFile.ts");
    const words = [process.execPath, ...TS_NODE, script, folder].map((word) => `'${word}'`).join(" ");
    const { stdout, stderr } = spawnSync("unshare", ["-Urm", "sh", "-c", `${mounts} && ${words}`], {
      cwd: ROOT,
      encoding: "utf8",
      env: { ...process.env, HARDHAT_NETWORK: "" },
    });
    expect(JSON.parse(stdout || JSON.stringify(stderr))).to.deep.equal({
      "proving that a key can be kept": "FILE_MOUNTED",
      "keeping a key": "FILE_MOUNTED",
      "starting the agent": "FILE_MOUNTED",
      "keeping the agent's state": "FILE_MOUNTED",
      "repairing a deployment's list of addresses": "FILE_MOUNTED",
      "writing a book": "FILE_MOUNTED",
      "writing any other file": "FILE_MOUNTED",
    });
    expect(await Promise.all(names.map((name) => readFile(at(name), "utf8")))).to.deep.equal(before);
    const left = [...(await readdir(folder)), ...(await readdir(at("deployment")))];
    expect(left.filter((name) => /\.(new|lock|link|probe|proof)$/.test(name))).to.deep.equal([]);
  });
});
