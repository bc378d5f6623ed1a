import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { TestToken__factory } from "../../../typechain-types";
import { json, refusal, runHere } from "../../support/cli";
import type { SeparateNode } from "../../support/separate-node";
import { openShop, restoring, type Person } from "../../support/shop";

const DAY = 86_400n;
const COIN = 10n ** 18n;

describe("isonomy renew, subscription, seats and lineage", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let other: Person;
  let card: string;
  let model: string;
  let version: string;
  let files = 0;

  before(async function () {
    this.timeout(240_000);
    ({ chain, seller, buyer, other, card } = await openShop());
    [model, version] = await list(seller);
  });

  after(() => chain.close());

  restoring(() => chain);

  async function list(who: Person): Promise<[model: string, version: string]> {
    const listed = await json<{ versionId: string; modelId: string }>(["list", card], who.env);
    return [listed.modelId, listed.versionId];
  }
  async function later(seconds: bigint): Promise<void> {
    await chain.provider.send("evm_increaseTime", [Number(seconds)]);
    await chain.provider.send("evm_mine", []);
  }
  const fresh = (): string => join(chain.folder, `file ${files++}.json`);

  /** Offers the version with some rights, and has the buyer buy it. */
  async function bought(...options: string[]): Promise<string> {
    const offering = ["offer", version, "--price", "1 native", ...options];
    const { termsHash } = await json<{ termsHash: string }>(offering, seller.env);
    return (await json<{ licenseId: string }>(["buy", version, "--terms", termsHash, "--again"], buyer.env)).licenseId;
  }

  it("sells a month, renews it, and refuses once the promise is over", async () => {
    const licence = await bought("--subscription", "30d", "--renewable", "50d");
    const shown = () => json<Record<string, string | boolean>>(["subscription", "show", licence], buyer.env);
    const before = await shown();
    expect(before).to.include({ runs: true, renewable: true, reason: "possible", cancellable: false });
    const renewing = ["renew", licence, "--periods", "2"];
    expect(await refusal(renewing, buyer.env)).to.equal("NOT_CONFIRMED");
    // anybody may renew it
    const renewed = await json<Record<string, string>>([...renewing, "--yes"], other.env);
    expect(renewed).to.include({ price: String(2n * COIN) });
    expect(BigInt(renewed.expiresAt!)).to.equal(BigInt(before.expiresAt as string) + 60n * DAY);
    await later(51n * DAY);
    expect(await shown()).to.include({ runs: true, renewable: false, reason: "promiseOver" });
    expect(await refusal([...renewing, "--yes"], buyer.env)).to.equal("NOT_RENEWABLE");
    await later(60n * DAY);
    expect(await shown()).to.include({ runs: false });
    const { out } = await runHere(["licences"], buyer.env);
    expect(out).to.contain("ended");
  });

  it("sells several periods, and several times the seats, with one purchase", async () => {
    const buying = async (...rights: string[]) => {
      const offering = ["offer", version, "--price", "1 native", ...rights];
      const { termsHash } = await json<{ termsHash: string }>(offering, seller.env);
      const parameters = ["buy", version, "--terms", termsHash, "--quantity", "3", "--again"];
      const sold = await json<Record<"licenseId" | "quantity" | "price", string>>(parameters, buyer.env);
      expect(sold).to.include({ quantity: "3", price: String(3n * COIN) });
      return sold.licenseId;
    };
    const term = await buying("--subscription", "30d");
    const { timestamp } = (await chain.provider.getBlock("latest"))!;
    const { expiresAt } = await json<{ expiresAt: string }>(["subscription", "show", term], buyer.env);
    expect(BigInt(expiresAt)).to.equal(BigInt(timestamp) + 90n * DAY);
    expect(await json(["seats", "show", await buying("--seats", "2")], buyer.env)).to.include({ seats: "6" });
  });

  it("gives back what is left of a subscription that can be cancelled, and pays out what it earned", async () => {
    const licence = await bought("--subscription", "30d", "--cancellable", "--soulbound");
    await later(10n * DAY);
    const released = await json<{ amount: string }>(["subscription", "release", licence], other.env);
    expect(Number(BigInt(released.amount)) / Number(COIN)).to.be.closeTo(1 / 3, 0.001);
    expect(await refusal(["subscription", "cancel", licence, "--yes"], other.env)).to.equal("Rights_NotOwner");
    const cancelled = await json<{ refund: string }>(["subscription", "cancel", licence, "--yes"], buyer.env);
    expect(Number(BigInt(cancelled.refund)) / Number(COIN)).to.be.closeTo(2 / 3, 0.001);
    expect(await json(["withdraw", "--token", "native"], buyer.env)).to.include({ amount: cancelled.refund });
    expect(await refusal(["renew", licence, "--yes"], other.env)).to.equal("NOT_RENEWABLE");
    const kept = await bought("--subscription", "30d", "--salt", "2");
    expect(await refusal(["subscription", "release", kept], other.env)).to.equal("Subscriptions_NotCancellable");
  });

  it("renews by itself what a payer allowed, for a tip", async () => {
    const token = TestToken__factory.connect(chain.addresses.TestToken!, await chain.provider.getSigner(8));
    await (await token.mint(buyer.address, 1_000_000_000n)).wait();
    const offering = ["offer", version, "--price", "5 TestToken", "--subscription", "30d"];
    const { termsHash } = await json<{ termsHash: string }>(offering, seller.env);
    const buying = ["buy", version, "--terms", termsHash, "--again"];
    const { licenseId: licence } = await json<{ licenseId: string }>(buying, buyer.env);
    const show = ["standing", "show", licence, "--payer", buyer.address];
    expect(await json(show, other.env)).to.include({ order: null });
    const setting = ["standing", "set", licence, "--periods", "2", "--tip", "0.1"];
    expect(await refusal(setting, buyer.env)).to.equal("NOT_CONFIRMED");
    await json([...setting, "--yes"], buyer.env);
    expect(await token.allowance(buyer.address, chain.addresses.StandingOrders!)).to.equal(10_200_000n);
    const { order } = await json<{ order: Record<string, string> }>(show, other.env);
    expect(order).to.include({ maxPrice: "5000000", tip: "100000", ahead: String(DAY) });
    const running = ["standing", "run", licence, "--payer", buyer.address];
    expect(await refusal(running, other.env)).to.equal("StandingOrders_NotDue");
    await later(29n * DAY);
    expect(await json(running, other.env)).to.include({ price: "5000000", tip: "100000" });
    expect(await token.balanceOf(other.address)).to.equal(100_000n);
    // what your own wallet pays is asked about
    await later(30n * DAY);
    expect(await refusal(["standing", "run", licence], buyer.env)).to.equal("NOT_CONFIRMED");
    expect(await refusal(running, buyer.env)).to.equal("NOT_CONFIRMED");
    const { err } = await runHere(["standing", "run", licence], buyer.env, { onQuestion: () => false });
    expect(err).to.contain("Pay 5 TestToken of your own for one more period");
    await json(["standing", "run", licence, "--yes"], buyer.env);
    await json(["standing", "cancel", licence], buyer.env);
    expect(await refusal(running, other.env)).to.equal("StandingOrders_NoOrder");
    // native coin cannot be allowed to anyone
    const coin = await bought("--subscription", "30d", "--salt", "5");
    expect(await refusal(["standing", "set", coin, "--yes"], buyer.env)).to.equal("StandingOrders_NativeCoin");
  });

  it("gives and takes seats, and says who may use a licence", async () => {
    const licence = await bought("--seats", "1", "--min-stay", "1d");
    const user = other.address;
    const shown = () => json(["seats", "show", licence, user], seller.env);
    expect(await shown()).to.include({ seats: "1", used: "0", authorized: false });
    expect(await refusal(["seats", "give", licence, user], seller.env)).to.equal("Rights_NotOwner");
    await json(["seats", "give", licence, user], buyer.env);
    expect(await shown()).to.include({ used: "1", authorized: true });
    expect(await refusal(["seats", "give", licence, seller.address], buyer.env)).to.equal("Seats_Full");
    expect(await refusal(["seats", "take", licence, user], buyer.env)).to.equal("Seats_MinimumStay");
    await later(DAY);
    await json(["seats", "take", licence, user], buyer.env);
    expect(await shown()).to.include({ used: "0", authorized: false });
    // of a licence without rights
    const plain = await bought("--salt", "3");
    expect(await refusal(["seats", "show", plain], buyer.env)).to.equal("NO_SEATS");
    expect(await refusal(["renew", plain, "--yes"], buyer.env)).to.equal("NOT_A_SUBSCRIPTION");
  });

  it("renews under a signed offer by its file, and under no other", async () => {
    const path = fresh();
    const offering = ["offer", version, "--price", "1 native", "--subscription", "30d", "--sign", path];
    await json(offering, seller.env);
    const buying = ["buy", version, "--signed", path, "--max-price", "1 native", "--yes"];
    const { licenseId } = await json<{ licenseId: string }>(buying, buyer.env);
    expect(await refusal(["renew", licenseId, "--yes"], buyer.env)).to.equal("OFFER_NOT_OF_LICENCE");
    await json(["offer", "--revoke-all-signed"], seller.env);
    await json(["renew", licenseId, "--signed", path, "--yes"], buyer.env);
    const another = fresh();
    await json([...offering.slice(0, -1), another, "--salt", "9"], seller.env);
    expect(await refusal(["renew", licenseId, "--signed", another, "--yes"], buyer.env)).to.equal(
      "OFFER_NOT_OF_LICENCE",
    );
  });

  it("refuses terms that no module keeps, and options that say nothing", async () => {
    const offer = ["offer", version, "--price", "1 native"];
    expect(await refusal([...offer, "--subscription", "30d", "--cancellable"], seller.env)).to.equal("Rights_BadTerms");
    expect(await refusal([...offer, "--subscription", "1m"], seller.env)).to.equal("Rights_BadTerms");
    expect(await refusal([...offer, "--seats", "0"], seller.env)).to.equal("VALUE_INVALID");
    for (const alone of [["--cancellable"], ["--renewable", "30d"], ["--min-stay", "1d"]]) {
      expect(await refusal([...offer, ...alone], seller.env)).to.equal("USAGE");
    }
  });

  it("shares the income of a model with the one that it was made from", async () => {
    const [child] = await list(other);
    const consent = fresh();
    expect(await refusal(["lineage", "consent", model, child, "1000", consent], other.env)).to.equal("NOT_HELD");
    const creating = ["lineage", "create", child, `${model}:1000`];
    expect(await refusal([...creating, "--yes"], other.env)).to.equal("Lineage_NoConsent");
    await json(["lineage", "consent", model, child, "1000", consent], seller.env);
    const changed = fresh();
    const file = JSON.parse(await readFile(consent, "utf8")) as { lineage: string };
    await writeFile(changed, JSON.stringify({ ...file, lineage: other.address }));
    expect(await refusal([...creating, "--consent", changed, "--yes"], other.env)).to.equal("CONSENT_OF_ANOTHER");
    expect(await refusal([...creating, "--consent", consent], other.env)).to.equal("NOT_CONFIRMED");
    const { account } = await json<{ account: string }>([...creating, "--consent", consent, "--yes"], other.env);
    const shown = await json<{ lineage: { inForce: boolean; account: string } }>(["lineage", "show", child], buyer.env);
    expect(shown.lineage).to.include({ inForce: true, account });
    // a sale of the child
    const childVersion = String((BigInt(child) << 16n) | 1n);
    await json(["offer", childVersion, "--price", "1 native"], other.env);
    const { out, err } = await runHere(["buy", childVersion, "--max-price", "1 native", "--yes"], buyer.env);
    expect(out + err).to.contain(`to ${account}`);
    const settled = await json<{ amount: string }>(["lineage", "settle", child], buyer.env);
    const income = BigInt(settled.amount);
    expect(await json(["withdraw", "--token", "native"], seller.env)).to.include({ amount: String(income / 10n) });
    const rest = String(income - income / 10n);
    expect(await json(["withdraw", "--token", "native"], other.env)).to.include({ amount: rest });
    expect(await json(["lineage", "settle", child], buyer.env)).to.include({ amount: "0" });
    // a royalty that a marketplace sends
    expect(await json(["lineage", "gather", child], buyer.env)).to.include({ amount: "0" });
    const marketplace = await chain.provider.getSigner(6);
    await (await marketplace.sendTransaction({ to: account, value: 1_000_000n })).wait();
    expect(await json(["lineage", "gather", child], buyer.env)).to.include({ amount: "1000000" });
    expect(await json(["lineage", "settle", child], buyer.env)).to.include({ amount: "1000000" });
  });

  it("lets everybody name a parent whose open terms they meet", async () => {
    const [child] = await list(other);
    const open = await json<{ until: string }>(["lineage", "open", model, "300"], seller.env);
    expect(await json<{ openTerms: object }>(["lineage", "show", model], buyer.env)).to.deep.include({
      openTerms: { minBps: "300", until: open.until },
    });
    expect(await refusal(["lineage", "create", child, `${model}:299`, "--yes"], other.env)).to.equal(
      "Lineage_NoConsent",
    );
    await json(["lineage", "create", child, `${model}:300`, "--yes"], other.env);
    expect(await refusal(["lineage", "settle", model], other.env)).to.equal("LINEAGE_MISSING");
    expect(await refusal(["lineage", "create", child, "nonsense", "--yes"], other.env)).to.equal("VALUE_INVALID");
  });
});
