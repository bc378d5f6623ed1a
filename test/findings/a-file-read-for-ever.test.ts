import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { FileKeyring, nodePlatform } from "../../sdk/src/node";
import { StateFile } from "../../sdk/src/seller";
import { refusal } from "../support/cli";
import { buildCli, type BuiltCli } from "../support/cliBuild";
import { caught } from "../support/caught";
import { inPipe } from "../support/terminal";

/** Longer than any file that a person keeps; it takes no room on the disk. */
const HUGE = 64 * 1_048_576;

/**
 * What was lost: every delivery. A pipe in the folder of `--signed` was opened and waited for, for ever, and so was one in the
 * place of any file that a command takes; a device was read until the memory was full.
 */
describe("Finding: a file that was read for ever", function () {
  this.timeout(240_000);
  let folder: string;
  let cli: BuiltCli;
  let server: Server;
  let node: string;
  const odd: Record<string, string> = {};

  before(async () => {
    cli = await buildCli();
    // a node that knows its chain and nothing else
    server = createServer((request, response) => {
      request.resume().on("end", () => response.end('{"jsonrpc":"2.0","id":1,"result":"0x7a69"}'));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    node = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    folder = mkdtempSync(join(tmpdir(), "isonomy-odd-"));
    const at = (name: string): string => (odd[name] = join(folder, name));
    execFileSync("mkfifo", [at("a pipe"), join(folder, "pipe")]);
    symlinkSync(join(folder, "pipe"), at("a link to a pipe"));
    odd["a device"] = "/dev/zero";
    symlinkSync("/dev/zero", at("a link to a device"));
    mkdirSync(at("a folder"));
    writeFileSync(at("a huge file"), "", { mode: 0o600 });
    truncateSync(odd["a huge file"]!, HUGE);
  });
  after(async () => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const env = { ISONOMY_PASSWORD: "correct horse", ISONOMY_SCRYPT_COST: "1024", ISONOMY_RPC_URL: "http://127.0.0.1:9" };
  const home = (): Record<string, string> => ({ ...env, ISONOMY_HOME: join(folder, `${Math.random()}`) });
  const model = (): string => {
    const path = join(folder, `${Math.random()}.bin`);
    writeFileSync(path, "what is sold");
    return path;
  };

  /** Every place of the command line where a file is read. */
  const places: Record<string, (path: string) => { command: string[]; env?: Record<string, string> }> = {
    "the card of list": (path) => ({ command: ["list", path] }),
    "--prepared": (path) => {
      const card = join(folder, "card.json");
      writeFileSync(card, JSON.stringify(winkCard));
      return { command: ["list", card, "--prepared", path] };
    },
    "--addresses": (path) => ({ command: ["status", "--addresses", path, "--rpc", node] }),
    "--keystore": (path) => ({ command: ["pool", "positions", "--keystore", path] }),
    "--password-file": (path) => ({
      command: ["prepare", model(), "--password-file", path],
      env: { ISONOMY_PASSWORD: "" },
    }),
    ISONOMY_PASSWORD_FILE: (path) => ({
      command: ["prepare", model()],
      env: { ISONOMY_PASSWORD: "", ISONOMY_PASSWORD_FILE: path },
    }),
    ISONOMY_KEYRING_PASSWORD_FILE: (path) => ({
      command: ["prepare", model()],
      env: { ISONOMY_KEYRING_PASSWORD_FILE: path },
    }),
    "--keyring": (path) => ({ command: ["prepare", model(), "--keyring", path] }),
    "the file of propose": (path) => ({ command: ["propose", path, "--check"] }),
    "--signed of buy": (path) => ({ command: ["buy", "1", "--signed", path] }),
  };
  /** What is said of each kind; a file that is sparse is as long as it says. */
  const codes: Record<string, RegExp> = {
    "a huge file": /^FILE_TOO_LONG$/,
  };

  for (const [place, make] of Object.entries(places)) {
    it(`${place} is a regular file of a bounded size, or is refused at once`, async () => {
      for (const [kind, path] of Object.entries(odd)) {
        const { command, env: more = {} } = make(path);
        const began = performance.now();
        const code = await refusal(command, { ...home(), ...more });
        expect(code, kind).to.match(codes[kind] ?? /^FILE_NOT_REGULAR$/);
        expect(performance.now() - began, kind).to.be.lessThan(60_000);
      }
    });
  }

  it("what the library itself reads is no different: a keyring and the agent's state", async () => {
    for (const [kind, path] of Object.entries(odd)) {
      const code = kind === "a huge file" ? "FILE_TOO_LONG" : "FILE_NOT_REGULAR";
      await caught(() => new FileKeyring(path, "correct horse", nodePlatform(), 1_024).find(1n), code);
      await caught(() => new StateFile(path).load(), code);
    }
  });

  // claim(attacks#command-line-package-and-sellers-agent): a pipe or a device instead of a file, so that a command
  //   waits or reads for ever
  it("the folder of --signed: each is named, and the rest goes on", async () => {
    const { signedOffers } = await import("../../sdk/src/cli/commands/seller");
    const signed = join(folder, "signed");
    mkdirSync(signed);
    execFileSync("mkfifo", [join(signed, "pipe.json")]);
    symlinkSync("/dev/zero", join(signed, "zero.json"));
    mkdirSync(join(signed, "folder.json"));
    writeFileSync(join(signed, "huge.json"), "");
    truncateSync(join(signed, "huge.json"), HUGE);
    const { offers, unreadable } = await signedOffers(signed);
    expect(offers).to.deep.equal([]);
    expect(unreadable.map(({ path, error }) => [path.slice(signed.length + 1), error.code])).to.deep.equal([
      ["folder.json", "FILE_NOT_REGULAR"],
      ["huge.json", "FILE_TOO_LONG"],
      ["pipe.json", "FILE_NOT_REGULAR"],
      ["zero.json", "FILE_NOT_REGULAR"],
    ]);
  });

  it("a password that a shell hands over by a pipe is read, and one that is a device is not", async () => {
    const keystore = join(folder, "piped.json");
    const command = `"${process.execPath}" "${cli.bin}" keystore "${keystore}" --json --password-file <(printf secret)`;
    const run = inPipe(
      ["bash", "--norc", "--noprofile", "-c", command],
      { PATH: process.env.PATH, ISONOMY_SCRYPT_COST: "1024" },
      folder,
    );
    expect((await run.ended).code, run.said()).to.equal(0);
    const opened = await (
      await import("ethers")
    ).Wallet.fromEncryptedJson((await import("node:fs")).readFileSync(keystore, "utf8"), "secret");
    expect(run.said()).to.contain(opened.address);
  });

  it("a standard input without an end is no key", async () => {
    const command = `"${process.execPath}" "${cli.bin}" keystore "${join(folder, "never.json")}" --import --json < /dev/zero`;
    const run = inPipe(["bash", "--norc", "--noprofile", "-c", command], { PATH: process.env.PATH, ...env }, folder);
    expect((await run.ended).code, run.said().slice(0, 500)).to.equal(1);
    expect(run.said()).to.contain('"KEY_INVALID"');
  });
});
