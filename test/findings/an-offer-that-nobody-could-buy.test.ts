import { expect } from "chai";
import { keccak256 } from "ethers";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../scripts/demo/card";
import { Market__factory } from "../../typechain-types/factories/contracts/market/Market__factory";
import { json, localWallet, person, refusal, runHere } from "../support/cli";
import { buildCli, type BuiltCli } from "../support/cliBuild";
import { separateNode, type SeparateNode } from "../support/separate-node";
import { onTerminal } from "../support/terminal";

type Person = Awaited<ReturnType<typeof person>>;
type Bonds = { bonds: { termsHash: string; needed: string; free: string; reserved: string; seller: string }[] };

const COIN = 10n ** 18n;
const DAY = 86_400;

/**
 * What was lost: every sale. An offer with an arbitrator sells only while its seller's bond is posted; no command posted one,
 * and `status` called the offer open. A buyer whose key never came could not have that counted either.
 */
describe("Finding: an offer that nobody could buy", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let version: string;
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
  });

  after(async () => {
    await chain.close();
  });
  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  const terms = () => [
    ...["offer", version, "--price", "2 native", "--deliver", "1d", "--complain", "2d"],
    ...["--arbitrator", chain.addresses.Panel ?? localWallet(3).address, "--bond", "0.1 native"],
  ];
  const offer = (...more: string[]) =>
    json<{ termsHash: string; bond: { missing: string; posted: string } }>([...terms(), ...more], seller.env);
  const bonds = async () => (await json<Bonds>(["bond", "show", version], buyer.env)).bonds;
  const states = async () =>
    (await json<{ offers: { state: string }[] }>(["status", "--listing", version], buyer.env)).offers.map(
      (one) => one.state,
    );
  const earned = async (account: Person) =>
    json<{ earned: { symbol: string; amount: string }[] }>(["status"], account.env).then((shown) =>
      BigInt(shown.earned.find(({ symbol }) => symbol === "native")!.amount),
    );
  const escrowed = () => chain.provider.getBalance(chain.addresses.RevenueLedger!);

  // claim(attacks#command-line-package-and-sellers-agent): an offer with an arbitrator that nobody can buy, because no
  //   command posts its bond and `status` calls it open
  it("says what is missing until anybody can buy, in the offer's own result and in its status", async () => {
    const { out } = await runHere(terms(), seller.env);
    expect(out).to.contain("NOBODY CAN BUY YET: 0.1 native of bond are missing");
    const [{ termsHash, needed, free, seller: whose }] = (await bonds()) as [Bonds["bonds"][number]];
    expect(out).to.contain(`Next: isonomy bond post ${version} --terms ${termsHash}`);
    expect([needed, free, whose]).to.deep.equal([String(COIN / 10n), "0", seller.address]);
    expect(await states()).to.deep.equal(["needs bond: 0.1 native before the next sale"]);
    expect(await refusal(["buy", version, "--terms", termsHash, "--again"], buyer.env)).to.equal(
      "Escrow_BondExhausted",
    );
  });

  // claim(attacks#command-line-package-and-sellers-agent): a bond posted for an offer of somebody else, from where only
  //   they can take it back
  it("is sold once the bond is posted, and the bond returns when the sale has ended", async () => {
    const { termsHash, bond } = await offer();
    expect(bond).to.include({ missing: String(COIN / 10n), posted: "0" });
    const post = ["bond", "post", version, "--terms", termsHash];
    const before = await escrowed();
    expect(await refusal(post, seller.env)).to.equal("BOND_NOT_CONFIRMED");
    expect(await refusal([...post, "--yes"], buyer.env)).to.equal("BOND_OF_ANOTHER");
    const checked = await json<{ amount: string }>([...post, "--sales", "2", "--check"], seller.env);
    expect(checked.amount).to.equal(String(COIN / 5n));
    expect(await escrowed()).to.equal(before);
    expect(await bonds()).to.deep.include.members([
      { termsHash, needed: String(COIN / 10n), free: "0", reserved: "0", seller: seller.address },
    ]);

    const posted = await json<{ amount: string; free: string }>([...post, "--yes"], seller.env);
    expect([posted.amount, posted.free]).to.deep.equal([String(COIN / 10n), String(COIN / 10n)]);
    expect(await states()).to.deep.equal(["open"]);
    // asked for again nothing more leaves; what is free counts
    expect((await json<{ amount: string }>([...post, "--yes"], seller.env)).amount).to.equal("0");
    expect((await json<{ amount: string }>([...post, "--sales", "3", "--yes"], seller.env)).amount).to.equal(
      String(COIN / 5n),
    );
    const { licenseId } = await json<{ licenseId: string }>(
      ["buy", version, "--terms", termsHash, "--again"],
      buyer.env,
    );
    expect((await bonds())[0]).to.include({ free: String(COIN / 5n), reserved: String(COIN / 10n) });

    await json(["decline", licenseId], seller.env);
    expect((await bonds())[0]).to.include({ free: String((3n * COIN) / 10n), reserved: "0" });
    const take = ["bond", "withdraw", version, "--terms", termsHash];
    expect(await refusal(take, buyer.env)).to.equal("BOND_OF_ANOTHER");
    expect(await json([...take, "--amount", "0.1 native"], seller.env)).to.include({ free: String(COIN / 5n) });
    expect(await refusal([...take, "--amount", "0.3 native"], seller.env)).to.equal("Escrow_BondExhausted");
    const taken = await json<{ amount: string; free: string }>(take, seller.env);
    expect([taken.amount, taken.free]).to.deep.equal([String(COIN / 5n), "0"]);
    expect(await earned(seller)).to.equal((3n * COIN) / 10n);
    expect(await refusal(take, seller.env)).to.equal("BOND_NOT_FREE");
    expect(await states()).to.deep.equal(["needs bond: 0.1 native before the next sale"]);
  });

  /** The deployment's file after a vote has put another market in place of the present one. */
  async function replacedMarket(): Promise<string> {
    const { addresses, provider } = chain;
    const { Authority, Forwarder, ModelRegistry, LicenseToken, RevenueLedger, Escrow, Exchange, Treasury } = addresses;
    const next = await new Market__factory(await provider.getSigner(0)).deploy(
      ...([Authority!, Forwarder!, Treasury!, 250n] as const),
      {
        ...{ registry: ModelRegistry!, licenses: LicenseToken!, ledger: RevenueLedger! },
        ...{ escrow: Escrow!, exchange: Exchange!, policies: addresses.OfferPolicies! },
      },
    );
    await next.waitForDeployment();
    const file = join(chain.folder, "replaced.json");
    const former = addresses.Market!;
    const { contracts, codeHashes, ...others } = chain.deployment;
    const Market = await next.getAddress();
    const book = {
      ...others,
      contracts: { ...contracts, Market },
      codeHashes: { ...codeHashes, Market: keccak256(await provider.getCode(Market)) },
      formerMarkets: [former],
    };
    await writeFile(file, JSON.stringify(book));
    return file;
  }

  it("ends a deal of a former market, which the licence's id names", async () => {
    const { termsHash } = await offer("--bond-sales", "1");
    const { licenseId } = await json<{ licenseId: string }>(
      ["buy", version, "--terms", termsHash, "--again"],
      buyer.env,
    );
    const env = { ...seller.env, ISONOMY_ADDRESSES: await replacedMarket() };
    const found = await json<{ status: string; deal: { opener: string } }>(["status", "--deal", licenseId], env);
    expect([found.status, found.deal.opener]).to.deep.equal(["open", chain.addresses.Market]);
    expect((await json<{ status: string }>(["decline", licenseId], env)).status).to.equal("refunded");
    // no market has this number
    expect(await refusal(["settle", String(BigInt(licenseId) + (9n << 136n))], env)).to.equal("DEAL_UNKNOWN");
  });

  it("is taken back from a former market, when a vote has put another in its place", async () => {
    const { termsHash } = await offer("--bond-sales", "1");
    const { addresses } = chain;
    const former = addresses.Market!;
    const env = { ...seller.env, ISONOMY_ADDRESSES: await replacedMarket() };
    const take = ["bond", "withdraw", version, "--terms", termsHash];
    expect(await refusal(take, env)).to.equal("NO_OFFER");
    expect((await json<Bonds>(["bond", "show", version], env)).bonds).to.deep.equal([]);
    const at = ["--market", former];
    const [shown] = (await json<Bonds>(["bond", "show", version, ...at], env)).bonds;
    expect(shown).to.include({ termsHash, free: String(COIN / 10n) });
    expect(await refusal([...take, "--market", addresses.Escrow!], env)).to.equal("CONTRACT_FOREIGN");
    const taken = await json<{ amount: string; free: string }>([...take, ...at], env);
    expect([taken.amount, taken.free]).to.deep.equal([String(COIN / 10n), "0"]);
    expect(await earned(seller)).to.equal(COIN / 10n);
  });

  it("is posted together with the offer where that is asked for, in one transaction", async () => {
    const count = await chain.provider.getTransactionCount(seller.address);
    const { termsHash, bond } = await offer("--bond-sales", "2");
    expect(await chain.provider.getTransactionCount(seller.address)).to.equal(count + 1);
    expect(bond).to.include({ missing: "0", posted: String(COIN / 5n) });
    await json(["buy", version, "--terms", termsHash, "--again"], buyer.env);
    await json(["buy", version, "--terms", termsHash, "--again"], buyer.env);
    expect(await states()).to.deep.equal(["needs bond: 0.1 native before the next sale"]);
  });

  it("is posted for a signed offer by its file", async () => {
    const path = join(chain.folder, `signed-${Math.random()}.json`);
    expect(await refusal([...terms(), "--sign", path, "--bond-sales", "1"], seller.env)).to.equal("OPTION_CONFLICT");
    const { termsHash, bond } = await offer("--sign", path);
    expect(bond.missing).to.equal(String(COIN / 10n));
    const buy = ["buy", version, "--signed", path, "--terms", termsHash, "--again"];
    expect(await refusal(buy, buyer.env)).to.equal("Escrow_BondExhausted");
    await json(["bond", "post", version, "--signed", path, "--yes"], seller.env);
    const shown = await json<Bonds>(["bond", "show", version, "--signed", path], buyer.env);
    expect(shown.bonds).to.have.length(1);
    await json(buy, buyer.env);
    await json(["offer", version, "--revoke-signed", path], seller.env);
    expect(await refusal(["bond", "post", version, "--signed", path, "--yes"], seller.env)).to.equal("BOND_USELESS");
  });

  it("refuses terms under which a bond is of no use, before anything is sent", async () => {
    const base = ["offer", version, "--price", "1 native"];
    const [who, window] = [
      ["--arbitrator", localWallet(3).address],
      ["--deliver", "1d"],
    ];
    const count = await chain.provider.getTransactionCount(seller.address);
    for (const wrong of [
      [...base, ...window, "--bond", "1 native"],
      [...base, ...window, ...who],
      [...base, "--licence-only", ...who, "--bond", "1 native"],
      ["offer", version, "--price", "0 native", ...window, ...who, "--bond", "1 native"],
      [...base, ...window, "--bond-sales", "1"],
    ]) {
      expect(await refusal(wrong, seller.env), wrong.join(" ")).to.equal("BOND_TERMS");
    }
    const plain = await json<{ termsHash: string }>([...base, ...window], seller.env);
    expect(await refusal(["bond", "post", version, "--terms", plain.termsHash, "--yes"], seller.env)).to.equal(
      "BOND_NOT_NEEDED",
    );
    expect(await refusal(["bond", "post", version, "--yes"], seller.env)).to.equal("NO_OFFER");
    expect(await chain.provider.getTransactionCount(seller.address)).to.equal(count + 1);
  });

  // claim(attacks#command-line-package-and-sellers-agent): a secret of a purchase published before its buyer was told
  //   so
  it("counts a delivery that never came, when its buyer reports it", async () => {
    const { termsHash } = await offer("--bond-sales", "1");
    const { licenseId } = await json<{ licenseId: string }>(
      ["buy", version, "--terms", termsHash, "--again"],
      buyer.env,
    );
    expect(await refusal(["report", licenseId, "--yes"], buyer.env)).to.equal("DEAL_NOT_MISSED");
    await chain.provider.send("evm_increaseTime", [DAY + 60]);
    await chain.provider.send("evm_mine", []);
    await json(["settle", licenseId], buyer.env);
    const { next } = await json<{ next: string[] }>(["status", "--deal", licenseId], buyer.env);
    expect(next.join("\n")).to.contain(`isonomy report ${licenseId}`);
    expect(await refusal(["report", licenseId], buyer.env)).to.equal("REPORT_NOT_CONFIRMED");
    expect(await refusal(["report", licenseId, "--yes"], seller.env)).to.equal("KEY_NOT_KEPT");
    const counted = await json<{ missedDeliveries: string; seller: string }>(["report", licenseId, "--yes"], buyer.env);
    expect(counted).to.include({ missedDeliveries: "1", seller: seller.address });
    expect(await refusal(["report", licenseId, "--yes"], buyer.env)).to.equal("Escrow_NoMissToRecord");
  });

  describe("on a terminal", () => {
    const start = (...parameters: string[]) =>
      onTerminal([process.execPath, cli.bin, ...parameters], { PATH: process.env.PATH, ...seller.env });

    for (const [answer, free] of [
      ["yes\n", COIN / 10n],
      ["no\n", 0n],
    ] as const) {
      it(`offers to post it with the offer, and does as ${answer.trim()} says`, async () => {
        const run = start(...terms());
        await run.until(/Type "yes": $/);
        expect(run.said()).to.contain("Post 0.1 native as the bond");
        run.type(answer);
        expect((await run.ended).code, run.said()).to.equal(0);
        expect(BigInt((await bonds())[0]!.free)).to.equal(free);
        if (free === 0n) expect(run.said()).to.contain("NOBODY CAN BUY YET");
      });
    }
  });
});
