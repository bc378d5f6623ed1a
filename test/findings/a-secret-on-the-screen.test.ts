import { expect } from "chai";
import { Wallet, encryptKeystoreJsonSync } from "ethers";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runHere } from "../support/cli";
import { bare } from "../support/deployment";
import { onTerminal as typedOn } from "../support/terminal";

const ROOT = join(__dirname, "..", "..");
const KEY = "11".repeat(32);
const PASSWORD = "correct horse battery";

/** Runs a program on a terminal of its own, and types an answer whenever it has asked the next question. */
function onTerminal(
  script: string,
  parameters: readonly string[],
  env: Record<string, string>,
  answers: readonly (readonly [RegExp, string])[],
): Promise<{ code: number | null; shown: string }> {
  const words = [process.execPath, require.resolve("ts-node/dist/bin.js"), "--transpile-only", script, ...parameters];
  const line = words.map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qefc", line, "/dev/null"], {
    cwd: ROOT,
    env: { ...process.env, HARDHAT_NETWORK: "", TERM: "xterm", SHELL: "/bin/sh", ...env },
  });
  let shown = "";
  let next = 0;
  const listen = (piece: Buffer): void => {
    shown += piece.toString();
    const [question, answer] = answers[next] ?? [];
    if (question === undefined || !question.test(shown)) return;
    next++;
    // a moment later, when the program has stopped the echo, as a person is
    setTimeout(() => child.stdin.write(`${answer}\r`), 300);
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, shown }));
  });
}

describe("A secret on the screen", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "isonomy-secret-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  // claim(attacks#command-line-package-and-sellers-agent): a password or a key on the screen, or a new password
  //   mistyped once: prompts show nothing, and a new password is typed twice
  it("the password of the deployer's keystore is asked for without an echo", async () => {
    const keystore = join(folder, "key.json");
    const account = { address: new Wallet(`0x${KEY}`).address, privateKey: `0x${KEY}` };
    const text = encryptKeystoreJsonSync(account, PASSWORD, { scrypt: { N: 1_024, r: 8, p: 1 } });
    writeFileSync(keystore, text, { mode: 0o600 });
    const env = {
      ...{ DEPLOYER_PRIVATE_KEY: "", DEPLOYER_KEYSTORE: keystore, DEPLOYER_KEYSTORE_PASSWORD: "" },
      ...{ LOCALHOST_RPC_URL: "http://127.0.0.1:9", RPC_ATTEMPTS: "1" },
    };
    const parameters = ["--network", "localhost", "--home", folder, "--no-compile"];
    const { shown } = await onTerminal("scripts/deploy.ts", parameters, env, [[/Password of .*: /, PASSWORD]]);
    expect(shown).to.include(`from ${account.address}`);
    expect(shown).not.to.include(PASSWORD);
  });

  it("Ctrl-C at a hidden question ends the deployment, and the terminal shows what is typed again", async () => {
    const keystore = join(folder, "key.json");
    const account = { address: new Wallet(`0x${KEY}`).address, privateKey: `0x${KEY}` };
    const text = encryptKeystoreJsonSync(account, PASSWORD, { scrypt: { N: 1_024, r: 8, p: 1 } });
    writeFileSync(keystore, text, { mode: 0o600 });
    const words = [process.execPath, require.resolve("ts-node/dist/bin.js"), "--transpile-only", "scripts/deploy.ts"];
    const deploy = [...words, "--network", "localhost", "--home", folder, "--no-compile"].join(" ");
    const env = { ...bare(), DEPLOYER_KEYSTORE: keystore };
    const terminal = typedOn(["bash", "--norc", "-c", `${deploy}; echo "status $?"; stty -a`], env, ROOT);
    await terminal.until(/Password of .*: /);
    terminal.type("half a password\u0003");
    expect((await terminal.ended).code, terminal.said()).to.equal(0);
    const said = terminal.said();
    expect(said).to.include("INTERRUPTED: Nothing was sent. Begin again: npm run deploy -- --network localhost");
    expect(said).to.include(`--home ${folder} --no-compile`).and.to.include("status 130");
    expect(said).not.to.include("half a password");
    const after = said.slice(said.indexOf("status 130"));
    expect(after)
      .to.match(/ echo /)
      .and.to.match(/ icanon /)
      .and.not.match(/-echo |-icanon /);
    // the cursor was shown last, if it was ever hidden
    expect(said.lastIndexOf("\u001b[?25h")).to.be.at.least(said.lastIndexOf("\u001b[?25l"));
  });

  describe("keystore --import", () => {
    const QUESTIONS = [/Private key .*: /, /New password of the keystore: /, /The same password again: /] as const;
    const type = (file: string, again: string) =>
      onTerminal("sdk/src/cli/bin.ts", ["keystore", file, "--import"], { ISONOMY_SCRYPT_COST: "1024" }, [
        [QUESTIONS[0], KEY],
        [QUESTIONS[1], PASSWORD],
        [QUESTIONS[2], again],
      ]);

    // claim(attacks#command-line-package-and-sellers-agent): a password or a key on the screen, or a new password
    //   mistyped once: prompts show nothing, and a new password is typed twice
    it("shows neither the key nor the password that is typed", async () => {
      const file = join(folder, "imported.json");
      const { code, shown } = await type(file, PASSWORD);
      expect(code, shown).to.equal(0);
      expect(shown).not.to.include(KEY).and.not.to.include(PASSWORD);
      const opened = await Wallet.fromEncryptedJson(readFileSync(file, "utf8"), PASSWORD);
      expect(opened.privateKey).to.equal(`0x${KEY}`);
    });

    // claim(attacks#command-line-package-and-sellers-agent): a password or a key on the screen, or a new password
    //   mistyped once: prompts show nothing, and a new password is typed twice
    it("writes nothing when the second password is another one", async () => {
      const file = join(folder, "never.json");
      const { code, shown } = await type(file, "correct hores battery");
      expect(code).to.equal(1);
      expect(shown).to.include("The two passwords differ.");
      expect(existsSync(file)).to.equal(false);
    });
  });

  it("a store is reached by every spelling of its address, and nothing before an @ is shown", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.headers.authorization ?? ""} ${(request.url ?? "").split("?")[0]!}`.trim());
      request.resume().on("end", () => response.writeHead(500).end("no"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const at = `127.0.0.1:${port}`;
    const basic = `Basic ${btoa("alice:word-of-alice")}`;
    const spellings: Record<string, string> = {
      [`http://${at}`]: "/api/v0/add",
      [`http://${at}/`]: "/api/v0/add",
      [`http://${at}//`]: "/api/v0/add",
      [`HTTP://${at}/api/v0`]: "/api/v0/add",
      [`http://${at}/api/v0/`]: "/api/v0/add",
      [`http://${at}/ipfs`]: "/ipfs/api/v0/add",
      [`http://${at}/ipfs/api/v0//`]: "/ipfs/api/v0/add",
      [at]: "/api/v0/add",
      [`localhost:${port}/api/v0`]: "/api/v0/add",
      [`/ip4/127.0.0.1/tcp/${port}`]: "/api/v0/add",
      [`/dns4/localhost/tcp/${port}/http`]: "/api/v0/add",
      [`http://alice:word-of-alice@${at}/api/v0`]: `${basic} /api/v0/add`,
    };
    const file = join(folder, "model.bin");
    writeFileSync(file, "what is sold");
    try {
      for (const [store, path] of Object.entries(spellings)) {
        asked.length = 0;
        const env = { ISONOMY_HOME: folder, ISONOMY_PASSWORD: PASSWORD, ISONOMY_SCRYPT_COST: "1024" };
        const { out, err } = await runHere(["prepare", file, "--store", store], env);
        expect(asked[0], `${store}: ${out}${err}`).to.equal(path);
        expect(out + err).not.to.include("word-of-alice");
      }
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
