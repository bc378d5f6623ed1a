import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { TestToken__factory } from "../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { json, localWallet, person, refusal } from "../support/cli";
import { buildCli, type BuiltCli } from "../support/cliBuild";
import { separateNode, type SeparateNode } from "../support/separate-node";
import { onTerminal } from "../support/terminal";

type Person = Awaited<ReturnType<typeof person>>;

/**
 * What was lost: whatever the pools asked. A program ran `swap --exact-out` without a bound; somebody had moved the pool a
 * moment before, the quote was that of the moved pool, and half a percent above it was no bound at all.
 */
describe("Finding: a price that nobody had agreed to", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let trader: Person;
  let version: string;
  let termsHash: string;
  let snapshot: string;
  let cli: BuiltCli;

  before(async function () {
    this.timeout(240_000);
    [chain, cli] = await Promise.all([separateNode(), buildCli()]);
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    trader = await person(chain.folder, "trader", at, localWallet(8));
    const token = TestToken__factory.connect(chain.addresses.TestToken!, await chain.provider.getSigner(8));
    await (await token.mint(trader.address, 1_000_000_000n)).wait();
    const card = join(chain.folder, "card.json");
    await writeFile(card, JSON.stringify(winkCard));
    version = (await json<{ versionId: string }>(["list", card], trader.env)).versionId;
    ({ termsHash } = await json<{ termsHash: string }>(
      ["offer", version, "--price", "2 TestToken", "--licence-only"],
      trader.env,
    ));
    await json(["pool", "create", "native", "TestToken"], trader.env);
    await json(["pool", "add", "1", "native", "400", "TestToken", "--slippage", "50"], trader.env);
  });

  after(async () => {
    await chain.close();
  });
  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  const SWAP = ["swap", "0.01", "native", "TestToken"];
  const EXACT = ["swap", "1", "native", "TestToken", "--exact-out"];
  const ADD = ["pool", "add", "0.1", "native", "40", "TestToken"];
  const REMOVE = ["pool", "remove", "native", "TestToken", "--percent", "10"];

  /** Every command that spends at a price that the pools set, with a bound that it takes and one that is of another side. */
  const places: Record<string, { command: () => string[]; bound: string[]; code?: string; none?: string[] }> = {
    "swap of an exact amount": { command: () => SWAP, bound: ["--min-out", "1 TestToken"], none: ["--max-in", "1"] },
    "swap for an exact amount": { command: () => EXACT, bound: ["--max-in", "0.01 native"], none: ["--min-out", "1"] },
    "swap at the price as it is": { command: () => SWAP, bound: ["--slippage", "50"] },
    "swap for an exact amount at the price as it is": { command: () => EXACT, bound: ["--slippage", "50"] },
    "pool add": { command: () => ADD, bound: ["--slippage", "50"] },
    "pool remove": { command: () => REMOVE, bound: ["--slippage", "50"] },
    "buy in another token": {
      command: () => ["buy", version, "--terms", termsHash, "--pay-with", "native"],
      bound: ["--max-spent", "0.1 native"],
      code: "SPENDING_UNBOUND",
    },
  };

  for (const [place, { command, bound, code = "QUOTE_UNBOUND", none = [] }] of Object.entries(places)) {
    it(`${place}: nothing is spent without a terminal before somebody has named a bound`, async () => {
      const count = await chain.provider.getTransactionCount(trader.address);
      expect(await refusal([...command(), ...none], trader.env)).to.equal(code);
      expect(await chain.provider.getTransactionCount(trader.address)).to.equal(count);
      await json([...command(), ...bound], trader.env);
      expect(await chain.provider.getTransactionCount(trader.address)).to.be.greaterThan(count);
    });
  }

  // claim(attacks#command-line-package-and-sellers-agent): a pool that was moved a moment before a program without a
  //   terminal trades at its price
  it("a pool that was moved a moment before is refused by the bound, and not taken for the price", async () => {
    await json(["swap", "4", "native", "TestToken", "--slippage", "5000"], trader.env);
    expect(await refusal([...EXACT, "--max-in", "0.01 native"], trader.env)).to.equal("SWAP_OUTSIDE_BOUND");
    expect(await refusal([...SWAP, "--min-out", "1 TestToken"], trader.env)).to.equal("SWAP_OUTSIDE_BOUND");
  });

  describe("on a terminal", () => {
    for (const [place, command, words] of [
      ["swap of an exact amount", SWAP, /Agree to at least 3\.\d+ TestToken for 0\.01 native/],
      ["swap for an exact amount", EXACT, /Agree to at most 0\.00\d+ native for 1 TestToken/],
      ["pool add", ADD, /Agree to at most 0\.1 native and 40 TestToken/],
      ["pool remove", REMOVE, /Agree to at least 0\.\d+ native and \d+\.\d+ TestToken/],
    ] as const) {
      it(`${place}: shows what the price means, and spends after a yes alone`, async () => {
        for (const [answer, code] of [
          ["no\n", 1],
          ["yes\n", 0],
        ] as const) {
          const count = await chain.provider.getTransactionCount(trader.address);
          const run = onTerminal([process.execPath, cli.bin, ...command], { PATH: process.env.PATH, ...trader.env });
          await run.until(/Type "yes": $/);
          expect(run.said()).to.match(words);
          run.type(answer);
          expect((await run.ended).code, run.said()).to.equal(code);
          const sent = (await chain.provider.getTransactionCount(trader.address)) - count;
          expect(sent > 0, answer).to.equal(code === 0);
        }
      });
    }
  });
});
