import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { winkCard } from "../../../scripts/demo/card";
import { TestToken__factory } from "../../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { runHere, localWallet } from "../../support/cli";
import { appointIssuer } from "../../support/issuers";
import { buildCli, type BuiltCli } from "../../support/cliBuild";
import { runProgram, runShell } from "../../support/program";
import { separateNode, type SeparateNode } from "../../support/separate-node";

const DOCS = join(__dirname, "..", "..", "..", "docs");
/** Moves the chain's clock by some days. */
const LATER = `
  const [url, days] = process.argv.slice(1);
  const call = (method, params) =>
    fetch(url, { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) });
  call("evm_increaseTime", [days * 86400]).then(() => call("evm_mine", []));
`;

/** Names each package that a program loads on its standard error. */
const NOTING = `
  const Module = require("node:module");
  const load = Module._load;
  Module._load = function (name, parent, isMain) {
    if (!isMain && !/^(\\.|node:)/.test(name)) process.stderr.write(name + "\\n");
    return load.call(this, name, parent, isMain);
  };
`;

/** Starts a program that goes on until it is told to stop, and tells it so once it says that it serves. */
const WATCHING = `watching() {
  local said status=0
  said=$(mktemp ./said.XXXXXX)
  "$@" >"$said" &
  local pid=$! limit=$((SECONDS + 120))
  until grep -q '"event":"http"' "$said"; do
    kill -0 "$pid" 2>/dev/null || break
    ((SECONDS < limit)) || { echo "it did not say within two minutes that it serves" >&2; break; }
    sleep 0.1
  done
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" || status=$?
  cat "$said"
  return "$status"
}`;

describe("the pages about the command line", function () {
  this.timeout(600_000);
  let chain: SeparateNode;
  let cli: BuiltCli;

  before(async function () {
    this.timeout(600_000);
    [chain, cli] = await Promise.all([separateNode(), buildCli()]);
    const token = TestToken__factory.connect(chain.addresses.TestToken!, await chain.provider.getSigner(8));
    await (await token.mint(localWallet(8).address, 1_000_000_000n)).wait();
    await appointIssuer(chain, localWallet(9).address);
    await writeFile(join(chain.folder, "model.bin"), "a model worth its price");
    await writeFile(join(chain.folder, "card.json"), JSON.stringify(winkCard));
  });

  after(async () => {
    await chain.close();
  });

  /** Runs lines as a person would type them, with the built program instead of `npx isonomy`. */
  function shell(script: string, cwd = chain.folder): Promise<string> {
    return runShell(script, {
      cwd,
      env: {
        PATH: process.env.PATH,
        ISONOMY_RPC_URL: chain.node.url,
        ISONOMY_ADDRESSES: join(chain.folder, "deployment.json"),
        ISONOMY_PASSWORD: "correct horse",
        ISONOMY_HOME: join(chain.folder, "home"),
        ISONOMY_SCRYPT_COST: "1024",
        SELLER_KEY: localWallet(7).privateKey,
        BUYER_KEY: localWallet(8).privateKey,
        HOLDER_KEY: localWallet(1).privateKey,
        ISSUER_KEY: localWallet(9).privateKey,
        BUYER: localWallet(8).address,
        SELLER: localWallet(7).address,
      },
      functions: [
        `isonomy() { ${process.execPath} ${cli.bin} "$@"; }`,
        `later() { ${process.execPath} -e '${LATER}' ${chain.node.url} "$1"; }`,
        WATCHING,
      ],
    });
  }

  /** The commands of a page, block by block. */
  async function commandsOf(page: string): Promise<string> {
    const text = await readFile(join(DOCS, page), "utf8");
    const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block!);
    expect(blocks.length, page).to.be.greaterThan(1);
    return blocks
      .join("")
      .replace(/^npx isonomy(?=.* --watch )/gm, `watching ${process.execPath} ${cli.bin}`)
      .replaceAll("npx isonomy", "isonomy")
      .replace(/^# (\d+) days? later$/gm, "later $1");
  }

  it("run from the first command to the last, and say what a file was sold for", async () => {
    const [, proposal] = /^```json\n([\s\S]*?)^```/m.exec(await readFile(join(DOCS, "cli.md"), "utf8"))!;
    await writeFile(join(chain.folder, "fee.json"), proposal!);
    const printed = await shell(await commandsOf("cli.md"));
    expect(printed).to.contain("Bought licence");
    expect(printed).to.contain("delivered the key of deal");
    expect(printed).to.match(/Withdrew [\d.]+ TestToken/);
    expect(printed).to.match(/Proposal \d+ is executed/);
    expect(printed).to.contain("issued a credential").and.contain("counts as a citizen.").and.contain("has given up");
    const opened = await readFile(join(chain.folder, "opened.bin"), "utf8");
    expect(opened).to.equal("a model worth its price");
    expect(await shell(await commandsOf("seller.md"))).to.contain('"event":"stopped"');
  });

  it("complete a card, import one and check the example, as the page about cards does", async () => {
    const folder = join(chain.folder, "cards");
    await mkdir(folder);
    await writeFile(join(folder, "README.md"), "---\nlicense: mit\n---\n# Reviews\n\nIt reads reviews.\n");
    const [, example] = /^```json\n([\s\S]*?)^```/m.exec(await readFile(join(DOCS, "card.md"), "utf8"))!;
    const [writing, checking] = (await commandsOf("card.md")).split(/(?=^isonomy card card\.json --check$)/m);
    expect(await shell(writing!, folder))
      .to.contain("Still to write:")
      .and.not.to.contain("/name is empty.\nThen");
    await writeFile(join(folder, "card.json"), example!);
    const checked = await shell(checking!, folder);
    expect(checked).to.contain("card.json is the card of Reviews 135M 1.0.0.").and.to.contain("Wrote imported.json.");
  });

  it("name every command, setting and metric that there is", async () => {
    const [cliPage, sellerPage] = await Promise.all(
      ["cli.md", "seller.md"].map((page) => readFile(join(DOCS, page), "utf8")),
    );
    const { out } = await runHere(["--help"]);
    const listed = out.slice(out.indexOf("Commands:"));
    const commands = [...listed.matchAll(/^ {2}([a-z]+) /gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== "help");
    expect(commands.length).to.be.greaterThan(12);
    for (const name of commands) expect(cliPage, name).to.contain(`isonomy ${name}`);
    for (const [, option, variable] of out.matchAll(/^ {2}(--[a-z-]+) [\s\S]*?(?=\n {2}-|$)/gm)) {
      expect(cliPage, option).to.contain(option);
      if (variable !== undefined) expect(cliPage).to.contain(variable);
    }
    const source = await readFile(join(__dirname, "..", "..", "..", "sdk", "src", "seller", "metrics.ts"), "utf8");
    const metrics = [...source.matchAll(/\$\{PREFIX\}(\w+)/g)].map(([, name]) => name!);
    expect(metrics.length).to.be.greaterThan(10);
    for (const name of metrics) expect(sellerPage, name).to.contain(`isonomy_seller_${name}`);
  });

  it("are preceded by a help page that is there at once, and by the package's own version", async () => {
    // what takes long is loading packages: the benchmark holds the time, and here is why it is short
    const noting = join(chain.folder, "noting.cjs");
    await writeFile(noting, NOTING);
    const { stdout, stderr } = await runProgram(process.execPath, ["--require", noting, cli.bin, "--help"]);
    expect(stdout).to.contain("Usage: isonomy");
    expect([...new Set(stderr.trim().split("\n"))]).to.deep.equal(["commander"]);
    const manifest = JSON.parse(await readFile(join(DOCS, "..", "sdk", "package.json"), "utf8")) as { version: string };
    expect((await runProgram(process.execPath, [cli.bin, "--version"])).stdout.trim()).to.equal(manifest.version);
  });
});
