import { expect } from "chai";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildProgram } from "../../sdk/src/cli/program";
import { IpfsStore } from "../../sdk/src/store/ipfs";
import { refusal, runHere } from "../support/cli";
import { buildCli, type BuiltCli } from "../support/cliBuild";
import { inPipe } from "../support/terminal";

const SDK = join(__dirname, "..", "..", "sdk", "src");

/**
 * What was lost: sealed files that nobody could fetch. `--store kubo:5001` made a folder of that name, an emptied
 * `ISONOMY_STORE` wrote into the folder that the program ran in, and what a hosted node wants behind the `?` of its address
 * was left out.
 */
describe("Finding: an address that was taken for a folder", function () {
  this.timeout(120_000);
  let cli: BuiltCli;
  let folder: string;
  let file: string;
  const base = (): Record<string, string> => ({
    ...{ ISONOMY_HOME: join(folder, "home"), ISONOMY_PASSWORD: "correct horse", ISONOMY_SCRYPT_COST: "1024" },
  });

  before(async () => {
    cli = await buildCli();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "isonomy-place-"));
    file = join(folder, "model.bin");
    writeFileSync(file, "what is sold");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const place of [
    ...["kubo:5001", "kubo:5001/api/v0", "node.example.org:5001", "KUBO:5001?key=1", "alice:word@kubo", ":5001"],
    ...["alice:word-of-alice@kubo:5001", "http:/kubo:5001", "https:kubo", "//kubo:5001", "ftp://kubo", "ipfs://bafy"],
    ...["/dnsaddr/kubo/tcp/5001", "/ip4/127.0.0.1/udp/5001", "/unix/run/kubo.sock", "unix:/run/kubo.sock"],
  ]) {
    it(`${place} is no store, and no folder of that name appears`, async () => {
      const run = inPipe(
        [process.execPath, cli.bin, "prepare", file, "--store", place, "--json"],
        { PATH: process.env.PATH, ...base() },
        folder,
      );
      expect((await run.ended).code, run.said()).to.equal(1);
      const { error } = JSON.parse(run.said()) as { error: { code: string; message: string; fix: string } };
      expect(error.code).to.equal("STORE_UNREACHABLE");
      expect(error.fix).to.contain("./name");
      expect(run.said()).to.not.contain("word-of-alice");
      expect(readdirSync(folder).sort()).to.deep.equal(["home", "model.bin"]);
    });
  }

  it("a folder of such a name is one that is written as a path", async () => {
    for (const place of ["./kubo:5001", join(folder, "kubo:5001"), "a folder", "store"]) {
      const out = join(folder, `${Math.random()}.json`);
      const run = inPipe(
        [process.execPath, cli.bin, "prepare", file, "--store", place, "--out", out],
        { PATH: process.env.PATH, ...base() },
        folder,
      );
      expect((await run.ended).code, run.said()).to.equal(0);
    }
    expect(readdirSync(folder)).to.include.members(["kubo:5001", "a folder", "store"]);
  });

  describe("an emptied variable", () => {
    /** Every setting that the sources read, so that a later one is asked too. */
    const variables = [
      ...new Set(
        readdirSync(join(SDK, "cli"))
          .filter((one) => one.endsWith(".ts"))
          .flatMap((one) =>
            [...readFileSync(join(SDK, "cli", one), "utf8").matchAll(/\bISONOMY_[A-Z_]*[A-Z]\b/g)].map(
              ([name]) => name,
            ),
          ),
      ),
    ].sort();

    // claim(attacks#command-line-package-and-sellers-agent): a node's URL that is silently taken for a folder, or an
    //   empty variable that means the current folder
    it("is one that is not set, for every setting there is", async () => {
      expect(variables.length).to.be.greaterThan(12);
      for (const empty of ["", " "]) {
        const out = join(folder, `${Math.random()}.json`);
        const emptied = Object.fromEntries(variables.map((name) => [name, /PASSWORD$/.test(name) ? "" : empty]));
        const env = { PATH: process.env.PATH, HOME: join(folder, "person"), ...emptied, ISONOMY_PASSWORD: "correct" };
        const run = inPipe([process.execPath, cli.bin, "prepare", file, "--out", out], env, folder);
        expect((await run.ended).code, run.said()).to.equal(0);
        expect(
          readdirSync(folder)
            .filter((name) => !name.endsWith(".json"))
            .sort(),
        ).to.deep.equal(["model.bin", "person"]);
        expect(existsSync(join(folder, "person", ".isonomy", "store"))).to.equal(true);
      }
    });

    for (const [name, command, code] of [
      ["ISONOMY_RPC_URL", ["status"], "RPC_MISSING"],
      ["ISONOMY_PASSWORD", ["keystore", "new.json"], "PASSWORD_MISSING"],
      ["ISONOMY_PASSWORD_FILE", ["keystore", "new.json"], "PASSWORD_MISSING"],
    ] as const) {
      it(`${name} is missing, and said to be`, async () => {
        expect(await refusal(command, { [name]: "" })).to.equal(code);
      });
    }
  });

  it("an option without a value is refused, whichever it is", async () => {
    const { program } = buildProgram({} as never, {} as never);
    const options = program.options.filter(({ required }) => required).map(({ long }) => long!);
    expect(options.length).to.be.greaterThan(8);
    for (const option of options) {
      for (const value of ["", " "]) {
        expect(await refusal(["prepare", file, option, value], base()), option).to.equal("USAGE");
      }
    }
    expect(await refusal(["prepare", file, "--out", ""], base())).to.equal("USAGE");
    expect(existsSync(join(folder, "home"))).to.equal(false);
  });

  // claim(attacks#command-line-package-and-sellers-agent): the query string of a hosted store's URL left out
  it("what a hosted node wants behind the ? of its address goes along with every call", async () => {
    const asked: string[] = [];
    const server: Server = createServer((request, response) => {
      asked.push(request.url ?? "");
      request.resume().on("end", () => response.writeHead(500).end("block not found"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const store = new IpfsStore(`http://127.0.0.1:${port}/ipfs?token=abc&project=1`);
      await store.put(new Uint8Array([1])).catch(() => undefined);
      await store.has("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy").catch(() => undefined);
      await runHere(["prepare", file, "--store", `http://127.0.0.1:${port}?token=abc&project=1`], base());
      expect(asked.length).to.be.greaterThan(2);
      for (const url of asked) {
        const { searchParams, pathname } = new URL(url, "http://node");
        expect([searchParams.get("token"), searchParams.get("project")], url).to.deep.equal(["abc", "1"]);
        expect(pathname).to.match(/\/api\/v0\/(add|block\/stat)$/);
      }
      expect(new URL(asked[0]!, "http://node").searchParams.get("cid-version")).to.equal("1");
    } finally {
      server.close();
    }
  });

  for (const [option, command, code] of [
    ["--rpc", ["status"], "ENDPOINT_INVALID"],
    ["--alert-to", ["seller"], "VALUE_INVALID"],
  ] as const) {
    it(`${option} without a scheme is refused by name`, async () => {
      for (const place of ["node:8545", "127.0.0.1:8545", "localhost:8545", "ftp://node", "node", "/run/node.sock"]) {
        expect(await refusal([...command, option, place], base()), place).to.equal(code);
      }
    });
  }

  it("--http takes an IPv6 address in its brackets, and nothing that could be read in two ways", async () => {
    const { listenAt } = await import("../../sdk/src/cli/commands/seller");
    for (const [text, host, port] of [
      ["[::1]:8080", "::1", 8_080],
      ["[::]:0", "::", 0],
      ["127.0.0.1:9464", "127.0.0.1", 9_464],
      ["localhost:1", "localhost", 1],
    ] as const) {
      expect(listenAt(text), text).to.deep.equal({ host, port });
    }
    for (const text of [
      "::1:8080",
      "[::1]",
      "[]:8080",
      ":8080",
      "8080",
      "host",
      "host:65536",
      "http://host:1",
      "a b:1",
    ]) {
      expect(await refusal(["seller", "--watch", "--http", text], base()), text).to.equal("VALUE_INVALID");
    }
  });
});
