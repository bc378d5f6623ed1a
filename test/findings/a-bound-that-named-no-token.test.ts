import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { OFFER_TYPES } from "../../sdk/src/market/offer";
import { TestToken__factory } from "../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { json, localWallet, person, refusal, runHere } from "../support/cli";
import { buildCli, type BuiltCli } from "../support/cliBuild";
import { separateNode, type SeparateNode } from "../support/separate-node";
import { onTerminal } from "../support/terminal";

type Person = Awaited<ReturnType<typeof person>>;
type Terms = { termsHash: string };

/**
 * What was lost: 25 ether for a licence of 25 dollars. A seller listed an offer in a token, then one with the same number in
 * native coin, and revoked the first; the buyer's bound was a number alone, and was read in whatever token was left.
 */
describe("Finding: a bound that names no token", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let version: string;
  let token: string;
  let impostor: string;
  let snapshot: string;
  let cli: BuiltCli;

  before(async function () {
    this.timeout(240_000);
    [chain, cli] = await Promise.all([separateNode(), buildCli()]);
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    buyer = await person(chain.folder, "buyer", at, localWallet(8));
    const [card, file] = [join(chain.folder, "card.json"), join(chain.folder, "model.bin")];
    await writeFile(card, JSON.stringify(winkCard));
    await writeFile(file, "what is sold");
    await json(["prepare", file], seller.env);
    const listed = await json<{ versionId: string }>(["list", card, "--prepared", `${file}.isonomy.json`], seller.env);
    version = listed.versionId;
    const signer = await chain.provider.getSigner(8);
    token = chain.addresses.TestToken!;
    await (await TestToken__factory.connect(token, signer).mint(buyer.address, 1_000_000_000n)).wait();
    // a stranger's token under the same symbol, with other decimals
    const deployed = await new TestToken__factory(signer).deploy("Coin", "TUSD", 0);
    impostor = await (await deployed.waitForDeployment()).getAddress();
    await json(["pool", "create", "native", "TestToken"], buyer.env);
    await json(["pool", "add", "1", "native", "400", "TestToken", "--slippage", "50"], buyer.env);
  });

  after(async () => {
    await chain.close();
  });

  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  const offer = (price: string, ...more: string[]) =>
    json<Terms>(["offer", version, "--price", price, "--licence-only", ...more], seller.env);
  const balance = () => chain.provider.getBalance(buyer.address);
  const sent = () => chain.provider.getTransactionCount(buyer.address);

  // claim(attacks#proofs-of-the-fair-exchange): an offer exchanged for one in a more valuable token: a bound names its
  //   token, and the buyer agrees to the terms
  it("is refused when the offer in the token is gone and one in native coin has the same number", async () => {
    const first = await offer("25 TestToken");
    const second = await offer("25 native");
    await json(["offer", version, "--revoke", first.termsHash], seller.env);
    const [before, count] = [await balance(), await sent()];
    expect(await refusal(["buy", version, "--max-price", "25"], buyer.env)).to.equal("UNIT_MISSING");
    expect(await refusal(["buy", version, "--max-price", "25 TestToken"], buyer.env)).to.equal("UNIT_OTHER");
    expect(await refusal(["buy", version, "--max-price", `25 ${token}`], buyer.env)).to.equal("UNIT_OTHER");
    // even the right bound is no yes to the terms
    expect(await refusal(["buy", version, "--max-price", "25 native"], buyer.env)).to.equal("TERMS_NOT_NAMED");
    expect(await refusal(["buy", version], buyer.env)).to.equal("TERMS_NOT_NAMED");
    const wrongUnit = ["buy", version, "--terms", second.termsHash, "--max-price", "25 TestToken"];
    expect(await refusal(wrongUnit, buyer.env)).to.equal("UNIT_OTHER");
    expect(await balance()).to.equal(before);
    expect(await sent()).to.equal(count);

    const { price } = await json<{ price: string }>(
      ["buy", version, "--terms", second.termsHash, "--max-price", "25 native"],
      buyer.env,
    );
    expect(price).to.equal(String(25n * 10n ** 18n));
  });

  it("names a token in every command that takes an amount", async () => {
    const { termsHash } = await offer("2 TestToken");
    const buy = ["buy", version, "--terms", termsHash];
    const missing: string[][] = [
      ["buy", version, "--max-price", "25"],
      ["offer", version, "--licence-only", "--price", "25"],
      ["withdraw", "--amount", "1"],
      ["concede", "1", "5"],
    ];
    for (const parameters of missing) {
      expect(await refusal(parameters, seller.env), parameters.join(" ")).to.equal("UNIT_MISSING");
    }
    const other: string[][] = [
      [...buy, "--max-price", "2 native"],
      [...buy, "--pay-with", "native", "--max-spent", "1 TestToken"],
      ["offer", version, "--licence-only", "--price", "25 native", "--token", "TestToken"],
      ["offer", version, "--price", "25 native", "--deliver", "1d", "--bond", "1 TestToken"],
      ["withdraw", "--token", "native", "--amount", "1 TestToken"],
      ["swap", "1 TestToken", "native", "TestToken"],
      ["swap", "1 native", "native", "TestToken", "--exact-out"],
      ["swap", "1", "native", "TestToken", "--min-out", "1 native"],
      ["swap", "1", "native", "TestToken", "--max-in", "1 TestToken"],
      ["pool", "add", "1 TestToken", "native", "400", "TestToken"],
      ["dispute", "1", "--max-cost", "1 TestToken"],
    ];
    for (const parameters of other) {
      expect(await refusal(parameters, seller.env), parameters.join(" ")).to.equal("UNIT_OTHER");
    }
    // neither a symbol that anybody can take, nor a word that every object has
    for (const unit of ["TUSD", "constructor", "toString", "__proto__", "ether", "TestTokens"]) {
      const parameters = ["buy", version, "--max-price", `25 ${unit}`];
      expect(await refusal(parameters, seller.env), unit).to.equal("VALUE_INVALID");
    }
    for (const text of [
      "25TestToken",
      "25  ",
      "1e3 native",
      "0x19 native",
      "-1 native",
      "25 native TestToken",
      "25,5 native",
    ]) {
      const code = await refusal(["buy", version, "--max-price", text], seller.env);
      expect(code, text).to.equal(text.trim() === "25" ? "UNIT_MISSING" : "VALUE_INVALID");
    }
  });

  // claim(attacks#proofs-of-the-fair-exchange): a token that takes another's symbol, or lies about its decimals
  it("tells two tokens with one symbol apart, in what is shown and in what is typed", async () => {
    const { out } = await runHere(["swap", "1", "native", impostor, "--quote"], buyer.env);
    expect(out).to.equal("");
    await json(["pool", "create", "native", impostor], buyer.env);
    const { out: pools } = await runHere(["pool", "list"], buyer.env);
    expect(pools)
      .to.match(/TestToken +0\.3 %/)
      .and.contain(`TUSD (${impostor})`);
    const { termsHash } = await offer("25 TestToken");
    const parameters = ["buy", version, "--terms", termsHash, "--max-price", `25 ${impostor}`];
    expect(await refusal(parameters, buyer.env)).to.equal("UNIT_OTHER");
    const known = ["buy", version, "--terms", termsHash, "--max-price", `24.9 ${token.toLowerCase()}`];
    expect(await refusal(known, buyer.env)).to.equal("TOO_DEAR");
  });

  // claim(attacks#proofs-of-the-fair-exchange): a token that takes another's symbol, or lies about its decimals
  it("takes decimals from the address book before it asks the token", async () => {
    const addresses = join(chain.folder, "book.json");
    const tokens = { Dollar: { address: token, symbol: "USD", decimals: 6 } };
    await writeFile(addresses, JSON.stringify({ ...chain.deployment, tokens }));
    const env = { ...seller.env, ISONOMY_ADDRESSES: addresses };
    const { termsHash } = await json<Terms>(
      ["offer", version, "--licence-only", "--price", "25 Dollar", "--salt", "5"],
      env,
    );
    // what the token answers from now on is worth nothing: 0x60 0x24 is "36" decimals
    await chain.provider.send("hardhat_setCode", [impostor, "0x60245f5260205ff3"]);
    const code = await chain.provider.getCode(token);
    await chain.provider.send("hardhat_setCode", [token, "0x60245f5260205ff3"]);
    const { out } = await runHere(["status", "--listing", version], env);
    await chain.provider.send("hardhat_setCode", [token, code]);
    expect(out).to.contain("25 Dollar");
    const bound = ["buy", version, "--terms", termsHash, "--max-price", "25 Dollar"];
    const { price } = await json<{ price: string }>(bound, { ...buyer.env, ISONOMY_ADDRESSES: addresses });
    expect(price).to.equal("25000000");
    for (const wrong of [
      { Dollar: { address: token, symbol: "USD" } },
      { "A B": tokens.Dollar },
      { Dollar: {} },
      "none",
    ]) {
      await writeFile(addresses, JSON.stringify({ ...chain.deployment, tokens: wrong }));
      expect(await refusal(["status"], env)).to.equal("DEPLOYMENT_INVALID");
    }
  });

  // claim(attacks#proofs-of-the-fair-exchange): a token that takes another's symbol, or lies about its decimals
  it("a token that answers nonsense spoils no list, and takes no amount", async () => {
    const odd: Record<string, string> = {
      "no code that answers": "0x5f5ffd",
      "255 decimals": "0x60ff5f5260205ff3",
      "a short answer": "0x60015ff3",
    };
    for (const [name, code] of Object.entries(odd)) {
      const created = (await chain.provider.send("evm_snapshot", [])) as string;
      await json(["pool", "create", "native", impostor], buyer.env);
      await chain.provider.send("hardhat_setCode", [impostor, code]);
      const { out, code: ended } = await runHere(["pool", "list"], buyer.env);
      expect(ended, name).to.equal(0);
      expect(out, name).to.contain(`smallest units of ${impostor}`).and.contain("TestToken");
      expect(await refusal(["pool", "add", "1", "native", "1", impostor], buyer.env), name).to.equal(
        "TOKEN_UNREADABLE",
      );
      expect(await refusal(["buy", version, "--max-price", `1 ${impostor}`], buyer.env), name).to.equal(
        "TOKEN_UNREADABLE",
      );
      await chain.provider.send("evm_revert", [created]);
    }
  });

  it("a swap keeps the bounds that were named, slippage included", async () => {
    const quote = await json<{ amountOut: string }>(["swap", "0.01", "native", "TestToken", "--quote"], buyer.env);
    const most = Number(quote.amountOut) / 1e6;
    const swap = ["swap", "0.01", "native", "TestToken", "--slippage", "0"];
    expect(await refusal([...swap, "--min-out", `${most + 0.000001} TestToken`], buyer.env)).to.equal(
      "SWAP_OUTSIDE_BOUND",
    );
    expect(await refusal([...swap.slice(0, 4), "--min-out", `${most} TestToken`], buyer.env)).to.equal(
      "SWAP_OUTSIDE_BOUND",
    );
    const exact = ["swap", "1", "native", "TestToken", "--exact-out", "--max-in", "0.0000001 native"];
    expect(await refusal(exact, buyer.env)).to.equal("SWAP_OUTSIDE_BOUND");
    const { amountOut } = await json<{ amountOut: string }>([...swap, "--min-out", `${most} TestToken`], buyer.env);
    expect(amountOut).to.equal(quote.amountOut);
  });

  it("spends no other token without a bound", async () => {
    const { termsHash } = await offer("2 TestToken");
    const buy = ["buy", version, "--terms", termsHash, "--pay-with", "native"];
    expect(await refusal(buy, buyer.env)).to.equal("SPENDING_UNBOUND");
    const bought = await json<{ spent: string }>([...buy, "--max-spent", "0.1"], buyer.env);
    expect(BigInt(bought.spent) > 0n && BigInt(bought.spent) < 10n ** 17n).to.equal(true);
  });

  describe("on a terminal", () => {
    const start = (...parameters: string[]) =>
      onTerminal([process.execPath, cli.bin, ...parameters], { PATH: process.env.PATH, ...buyer.env });

    it("shows every term and pays after a yes", async () => {
      const { termsHash } = await offer("25 native");
      const run = start("buy", version);
      await run.until(/Type "yes": $/);
      expect(run.said()).to.contain(termsHash).and.contain("25 native").and.contain("no key is ever owed");
      run.type("yes\n");
      expect((await run.ended).code).to.equal(0);
      expect(run.said()).to.contain("Bought licence");
    });

    for (const answer of ["no\n", "\n", "y\n", "yes please\n", "\u0004"]) {
      it(`pays nothing after ${JSON.stringify(answer)}`, async () => {
        await offer("25 native");
        const [before, count] = [await balance(), await sent()];
        const run = start("buy", version);
        await run.until(/Type "yes": $/);
        run.type(answer);
        expect((await run.ended).code).to.equal(1);
        expect(run.said()).to.contain("The terms were not agreed to.");
        expect(await balance()).to.equal(before);
        expect(await sent()).to.equal(count);
      });
    }

    it("shows what the pools ask before another token is spent", async () => {
      const { termsHash } = await offer("2 TestToken");
      const run = start("buy", version, "--terms", termsHash, "--pay-with", "native");
      await run.until(/Type "yes": $/);
      expect(run.said()).to.match(
        /you send +1 transaction: the purchase, which pays 0\.00\d+ native at most, at the pools' price of now/,
      );
      run.type("no\n");
      expect((await run.ended).code).to.equal(1);
    });
  });

  it("shows each term of an offer: none can change unseen", async () => {
    const { termsRows } = await import("../../sdk/src/cli/commands/terms");
    const { completeOffer } = await import("../../sdk/src/market/offer");
    const session = {
      tokenAt: async (address: string) => ({ address, symbol: "T", decimals: 0, label: address, readable: true }),
      provider: async () => chain.provider,
      deployment: async () => ({
        contracts: { SeatLicenses: token, Subscriptions: buyer.address, UsageChannel: seller.address },
      }),
      // as for an index that no module has
      market: async () => ({ licenses: { rightsAt: async () => ({ module: ZeroAddress }) } }),
    };
    const rows = async (changes: object) => {
      const terms = { versionId: 1n, price: 1n, supply: 1n, deliveryWindow: 3_600n, complaintWindow: 86_400n };
      const whole = { ...completeOffer(seller.address, { ...terms, arbitrator: buyer.address, bond: 1n }), ...changes };
      return (await termsRows(session as never, whole, 5n)).slice(1).join("\n");
    };
    const before = await rows({});
    for (const { name, type } of OFFER_TYPES.Offer) {
      const other =
        type === "address" ? token : type === "bool" ? undefined : type === "bytes32" ? `0x${"11".repeat(32)}` : 77n;
      const { completeOffer: complete } = await import("../../sdk/src/market/offer");
      const value =
        other ??
        !complete(seller.address, { versionId: 1n, price: 1n, supply: 1n, deliveryWindow: 0n })[name as "transferable"];
      expect(await rows({ [name]: value }), name).to.not.equal(before);
    }
  });
});
