import { expect } from "chai";
import { randomFillSync } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseEther } from "ethers";

import { PASSWORD } from "../../support/cli";
import { buildCli, type BuiltCli } from "../../support/cliBuild";
import { separateNode, type SeparateNode } from "../../support/separate-node";
import { onTerminal, type Started } from "../../support/terminal";

const DOCS = join(__dirname, "..", "..", "..", "docs");
const FILE_BYTES = 30_000_000;
/** From a clone to a sold file, without the installation of packages, which the network decides. */
const BAR_SECONDS = 180;
const SHOW_CURSOR = "\u001b[?25h";
const HIDE_CURSOR = "\u001b[?25l";
const PASSWORD_ASKED = /Password of the keystore: $/;

/** What a command asks, one after another, and what is typed then; a step that is only shown is answered with nothing. */
type Dialogue = readonly (readonly [asked: RegExp, typed: string])[];
const [PASSWORD_GIVEN, YES] = [[PASSWORD_ASKED, `${PASSWORD}\r`] as const, (what: RegExp) => [what, "yes\n"] as const];

/** The dialogue of each command of the page, by how it begins. */
const DIALOGUES: readonly (readonly [command: string, Dialogue])[] = [
  [
    "keystore",
    [
      [/New password of the keystore: $/, `${PASSWORD}\r`],
      [/The same password again: $/, `${PASSWORD}\r`],
    ],
  ],
  ["prepare", [PASSWORD_GIVEN, [/Seal review model/, ""]]],
  ["list", [PASSWORD_GIVEN]],
  ["offer", [PASSWORD_GIVEN]],
  ["buy", [PASSWORD_GIVEN, YES(/Buy under these terms\? Type "yes": $/)]],
  ["open", [PASSWORD_GIVEN, [/Open and verify/, ""]]],
  ["settle", [PASSWORD_GIVEN, YES(/now\? .+Type "yes": $/)]],
  ["withdraw", [PASSWORD_GIVEN]],
];

// claim(invariants#command-line-package-and-sellers-agent): a command that refuses has sent nothing | nobody; the user
//   pays for nothing
describe("the first sale of a seller and a buyer", function () {
  this.timeout(900_000);
  let chain: SeparateNode;
  let cli: BuiltCli;
  let folder: string;
  let began: number;
  const running: Started[] = [];

  before(async function () {
    this.timeout(600_000);
    began = Date.now();
    [chain, cli] = await Promise.all([separateNode(), buildCli()]);
    folder = await mkdtemp(join(tmpdir(), "isonomy first sale "));
    await writeFile(join(folder, "review model 🤖 v1.bin"), randomFillSync(Buffer.alloc(FILE_BYTES)));
    const [, card] = /^```json\n([\s\S]*?)^```/m.exec(await readFile(join(DOCS, "card.md"), "utf8"))!;
    await writeFile(join(folder, "card.json"), card!);
  });
  after(async () => {
    for (const run of running) run.process.kill("SIGKILL");
    await chain.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  });

  /** The lines of the page for one person, or for both, in their order. */
  async function linesFor(who: string): Promise<string[]> {
    const page = await readFile(join(DOCS, "first-sale.md"), "utf8");
    return [...page.matchAll(/^```sh\n# ([a-z ]+)\n([\s\S]*?)^```/gm)]
      .filter(([, whose]) => whose === who)
      .flatMap(([, , block]) => block!.trim().split("\n"));
  }

  /** The variables that lines export. */
  const exported = (lines: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      lines
        .filter((line) => line.startsWith("export "))
        .flatMap((line) => [...line.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name, value]) => [name!, value!])),
    );

  class Person {
    readonly env: Record<string, string | undefined>;
    readonly commands: string[];
    /** What the commands took that were not interrupted, in milliseconds. */
    spent = 0;

    constructor(both: readonly string[], own: readonly string[]) {
      this.commands = own.filter((line) => line.startsWith("npx isonomy "));
      const settings = { ...exported(both), ...exported(own) };
      const here = { ISONOMY_RPC_URL: chain.node.url, ISONOMY_ADDRESSES: join(chain.folder, "deployment.json") };
      this.env = { PATH: process.env.PATH, LANG: "C.UTF-8", ...settings, ...here, ISONOMY_SCRYPT_COST: "1024" };
    }

    get account(): Promise<string> {
      return readFile(join(folder, this.env.ISONOMY_KEYSTORE!), "utf8").then(
        (text) => `0x${(JSON.parse(text) as { address: string }).address.replace(/^0x/, "")}`,
      );
    }

    start(line: string): Started {
      const typed = line.replace("npx isonomy", `exec '${process.execPath}' '${cli.bin}'`);
      const run = onTerminal(["bash", "--norc", "--noprofile", "-c", `stty cols 120; ${typed}`], this.env, folder);
      running.push(run);
      return run;
    }

    /** Types a command, interrupts it at each of its questions and steps, and types it again until its end. */
    async type(line: string): Promise<string> {
      const [, dialogue] = DIALOGUES.find(
        ([name]) => line.startsWith(`npx isonomy ${name} `) || line === `npx isonomy ${name}`,
      )!;
      for (let stop = 0; stop < dialogue.length; stop++) {
        const before = await this.#transactions();
        const run = this.start(line);
        await this.#answer(run, dialogue.slice(0, stop));
        await run.until(dialogue[stop]![0]);
        run.type("\u0003");
        const { code } = await run.ended;
        const said = run.said().replaceAll(/\s+/g, " ");
        // a fast machine has sealed or opened all of it before the key was pressed
        if (/(Opened|Sealed) \S/.test(said)) return run.said();
        expect(code, `${line}: ${said}`).to.equal(130);
        expect(said.slice(-400), line).to.contain("nothing was sent");
        expect(run.said().lastIndexOf(SHOW_CURSOR)).to.be.at.least(run.said().lastIndexOf(HIDE_CURSOR));
        expect(await this.#transactions()).to.equal(before);
      }
      const since = Date.now();
      const run = this.start(line);
      await this.#answer(run, dialogue);
      expect((await run.ended).code, `${line}: ${run.said()}`).to.equal(0);
      this.spent += Date.now() - since;
      return run.said();
    }

    async #answer(run: Started, dialogue: Dialogue): Promise<void> {
      for (const [asked, typed] of dialogue) {
        await run.until(asked);
        if (typed !== "") run.type(typed);
      }
    }

    async #transactions(): Promise<number> {
      const account = await this.account.catch(() => undefined);
      return account === undefined ? 0 : chain.provider.getTransactionCount(account, "pending");
    }
  }

  it("goes as the page says, with every command interrupted once at each question and step", async () => {
    const both = await linesFor("both");
    const seller = new Person(both, await linesFor("the seller"));
    const buyer = new Person(both, await linesFor("the buyer"));
    const prepared = Date.now() - began;
    const store = join(folder, seller.env.ISONOMY_STORE!);
    const blobs = async () => (await readdir(store, { recursive: true }).catch(() => [])).length;

    const [newSeller, prepare, list, offer, watch, withdraw, ...none] = seller.commands;
    expect(none).to.deep.equal([]);
    await seller.type(newSeller!);
    await chain.provider.send("hardhat_setBalance", [await seller.account, `0x${parseEther("1").toString(16)}`]);
    expect(await seller.type(prepare!)).to.contain(
      "Next: isonomy list <card> --prepared 'review model 🤖 v1.bin.isonomy.json'",
    );
    const sealed = await blobs();
    await seller.type(list!);
    expect(await seller.type(offer!)).to.contain("Offered version 65537 for 1 native.");
    // a prepare that was interrupted has left nothing behind
    expect(sealed).to.be.greaterThan(0);

    // two processes at once: the agent watches while the buyer buys
    const agent = seller.start(watch!);
    await agent.until(PASSWORD_ASKED);
    agent.type(`${PASSWORD}\r`);
    await agent.until(/delivers for 0x/);

    const [newBuyer, buy, open, settle] = buyer.commands;
    await buyer.type(newBuyer!);
    await chain.provider.send("hardhat_setBalance", [await buyer.account, `0x${parseEther("3").toString(16)}`]);
    const [, licence] = /Bought licence (\d+) of version 65537/.exec(await buyer.type(buy!))!;
    buyer.env.LICENCE = licence!;
    await agent.until(/delivered the key of deal/);
    await buyer.type(open!);
    const [original, opened] = await Promise.all(
      ["review model 🤖 v1.bin", "bought model 🤖.bin"].map((name) => readFile(join(folder, name))),
    );
    expect(opened!.equals(original!)).to.equal(true);
    await buyer.type(settle!);
    const straight = Math.round((prepared + seller.spent + buyer.spent) / 1_000);

    agent.type("\u0003");
    expect((await agent.ended).code, agent.said()).to.equal(0);
    expect(agent.said()).to.contain("stopped; what is known is kept");
    expect(await seller.type(withdraw!)).to.match(/Withdrew 0\.975 native/);
    const whole = Math.round((Date.now() - began) / 1_000);
    console.log(
      `      from the start of a chain to a sold file of ${FILE_BYTES / 1e6} MB: ${straight} s (npm ci excluded); with every interruption ${whole} s`,
    );
    expect(straight).to.be.lessThan(BAR_SECONDS);
  });
});
