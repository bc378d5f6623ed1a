import { expect } from "chai";
import { concat } from "ethers";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { TestToken__factory } from "../../../typechain-types/factories/test/contracts/tokens/TestToken__factory";
import { signVoucher, usageDomain } from "../../../sdk/src/rights";
import { json, localWallet, refusal, runHere } from "../../support/cli";
import type { SeparateNode } from "../../support/separate-node";
import { openShop, restoring, type Person } from "../../support/shop";

const COIN = 10n ** 18n;
const NODE = `0x${"0".repeat(35)}a0de1`;

describe("isonomy usage", function () {
  this.timeout(240_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let other: Person;
  let version: string;
  let files = 0;

  before(async function () {
    this.timeout(240_000);
    let card: string;
    ({ chain, seller, buyer, other, card } = await openShop());
    ({ versionId: version } = await json<{ versionId: string }>(["list", card], seller.env));
  });

  after(() => chain.close());

  restoring(() => chain);

  async function later(seconds: bigint): Promise<void> {
    await chain.provider.send("evm_increaseTime", [Number(seconds)]);
    await chain.provider.send("evm_mine", []);
  }
  const fresh = (): string => join(chain.folder, `file ${files++}.json`);
  const units = ["--units", "1000", "--grace", "1h", "--provider", NODE, "--provider-share", "7000", "--soulbound"];

  /** Offers units of the version, and has the buyer buy them. */
  async function bought(...options: string[]): Promise<string> {
    const offering = ["offer", version, "--price", "1 native", ...options];
    const { termsHash } = await json<{ termsHash: string }>(offering, seller.env);
    return (await json<{ licenseId: string }>(["buy", version, "--terms", termsHash, "--again"], buyer.env)).licenseId;
  }
  const shown = (licence: string) =>
    json<{ phase: string; left: string; bought: string; keys: { slot: number; redeemed: string }[] }>(
      ["usage", "show", licence],
      other.env,
    );

  it("sells units, redeems what the user signed for, and gives the rest back", async () => {
    const licence = await bought(...units);
    expect(await shown(licence)).to.include({ phase: "open", left: "1000", bought: "1000" });
    const adding = ["usage", "add", licence, "--times", "2"];
    expect(await refusal(adding, other.env)).to.equal("NOT_CONFIRMED");
    const added = await json<{ price: string; left: string }>([...adding, "--yes"], other.env);
    expect(added).to.include({ price: String(2n * COIN), left: "3000" });

    const voucher = fresh();
    const signing = ["usage", "voucher", licence, "600", voucher];
    expect(await refusal(signing, seller.env)).to.equal("NOT_ITS_KEY");
    expect(await refusal(signing, buyer.env)).to.equal("NOT_CONFIRMED");
    await json([...signing, "--yes"], buyer.env);
    const { results } = await json<{ results: unknown[] }>(["usage", "redeem", voucher], other.env);
    expect(results).to.deep.equal([{ licenseId: licence, slot: 0, units: "600", refusal: "none" }]);
    expect(await refusal(["usage", "redeem", voucher], other.env)).to.equal("UsageChannel_BadVoucher");

    expect(await refusal(["usage", "close", licence, "--yes"], other.env)).to.equal("Rights_NotOwner");
    expect(await refusal(["usage", "close", licence], buyer.env)).to.equal("NOT_CONFIRMED");
    await json(["usage", "close", licence, "--yes"], buyer.env);
    expect(await shown(licence)).to.include({ phase: "closing" });
    expect(await refusal(["usage", "finish", licence], other.env)).to.equal("UsageChannel_TooEarly");
    expect((await runHere(["licences"], buyer.env)).out).to.contain("used up or closed");
    await later(3_601n);
    expect(await shown(licence)).to.include({ phase: "closed" });
    const { returned } = await json<{ returned: string }>(["usage", "finish", licence], other.env);
    expect(BigInt(returned)).to.equal((2_400n * COIN) / 1_000n);
    expect(await shown(licence)).to.include({ phase: "finished" });
    expect(await json(["withdraw", "--token", "native"], buyer.env)).to.include({ amount: returned });
  });

  it("buys the units of an offer several times at once: the whole price is shown, asked for, bound and paid", async () => {
    const offering = ["offer", version, "--price", "1 native", ...units];
    const { termsHash } = await json<{ termsHash: string }>(offering, seller.env);
    const buying = ["buy", version, "--quantity", "3"];
    const paid = () => chain.provider.getBalance(chain.addresses.RevenueLedger!);
    const before = await paid();
    const { err } = await runHere(buying, buyer.env, { onQuestion: () => false });
    expect(err)
      .to.match(/quantity +3, for 3 native in all/)
      .and.match(/you send +1 transaction: the purchase, which pays 3 native/)
      .and.match(/of it +2\.925 native to the seller, 0\.075 native protocol fee/);
    const hint = JSON.parse((await runHere([...buying, "--json"], buyer.env)).out) as { error: Record<string, string> };
    expect(hint.error.code).to.equal("TERMS_NOT_NAMED");
    expect(hint.error.fix).to.contain(`isonomy buy ${version} --quantity 3`);
    expect(await refusal([...buying, "--yes", "--max-price", "2.9 native"], buyer.env)).to.equal("TOO_DEAR");
    expect(await refusal(["buy", version, "--quantity", "0"], buyer.env)).to.equal("VALUE_INVALID");
    expect(await refusal(["buy", version, "--quantity", "4294967296"], buyer.env)).to.equal("VALUE_INVALID");
    expect(await refusal(["buy", version, version, "--quantity", "2"], buyer.env)).to.equal("ONE_VERSION_ALONE");
    expect(await paid()).to.equal(before);

    const bound = [...buying, "--terms", termsHash, "--max-price", "3 native"];
    const { out } = await runHere(bound, buyer.env);
    expect(out).to.match(/^Bought licence \d+ of version \d+, 3 times, for 3 native\.$/m);
    const licence = /licence (\d+)/.exec(out)![1]!;
    expect((await paid()) - before).to.equal(3n * COIN);
    expect(await shown(licence)).to.include({ bought: "3000", left: "3000" });
    // what has no rights that are counted is sold singly
    const plain = await json<{ termsHash: string }>(["offer", version, "--price", "1 native"], seller.env);
    const twice = ["buy", version, "--terms", plain.termsHash, "--quantity", "2", "--again"];
    expect(await refusal(twice, buyer.env)).to.equal("Market_SoldSingly");
  });

  it("pays the whole price of several times in every other way too", async () => {
    const token = TestToken__factory.connect(chain.addresses.TestToken!, await chain.provider.getSigner(8));
    await (await token.mint(buyer.address, 1_000_000_000n)).wait();
    await json(["pool", "create", "native", "TestToken"], buyer.env);
    await json(["pool", "add", "1", "native", "400", "TestToken", "--slippage", "50"], buyer.env);
    const offering = ["offer", version, "--price", "2 TestToken", ...units];
    const { termsHash } = await json<{ termsHash: string }>(offering, seller.env);
    const buying = ["buy", version, "--terms", termsHash, "--quantity", "5", "--again"];
    const paid = () => token.balanceOf(chain.addresses.RevenueLedger!);
    const path = fresh();
    const { out } = await runHere([...buying, "--sponsored", path], buyer.env);
    expect(out).to.contain("for 10 TestToken");
    for (const [parameters, who] of [
      [buying, buyer],
      [["sponsor", path], other],
      [[...buying, "--permit"], buyer],
      [[...buying, "--pay-with", "native", "--max-spent", "0.1 native"], buyer],
    ] as const) {
      const before = await paid();
      const { licenseId } = await json<{ licenseId: string }>(parameters, who.env);
      expect((await paid()) - before, parameters.join(" ")).to.equal(10_000_000n);
      expect(await shown(licenseId)).to.include({ bought: "5000" });
    }
  });

  it("gives a machine a key with a cap, redeems its vouchers with others, and revokes it", async () => {
    const licence = await bought(...units);
    expect(await refusal(["usage", "key", licence, "1"], buyer.env)).to.equal("USAGE");
    expect(await refusal(["usage", "key", licence, "1", other.address], buyer.env)).to.equal("USAGE");
    expect(await refusal(["usage", "key", licence, "1", other.address, "--cap", "9", "--revoke"], buyer.env)).to.equal(
      "USAGE",
    );
    expect(await refusal(["usage", "key", licence, "0", other.address, "--cap", "9"], buyer.env)).to.equal(
      "VALUE_INVALID",
    );
    const setting = ["usage", "key", licence, "1", other.address, "--cap", "50"];
    expect(await refusal([...setting, "--yes"], seller.env)).to.equal("Rights_NotOwner");
    expect(await refusal(setting, buyer.env)).to.equal("NOT_CONFIRMED");
    const { err } = await runHere(setting, buyer.env, { onQuestion: () => false });
    expect(err).to.contain(`Let ${other.address} sign for 50 units`).and.contain("for up to 0.05 native");
    await json([...setting, "--yes"], buyer.env);
    const [mine, machines, above] = [fresh(), fresh(), fresh()];
    await json(["usage", "voucher", licence, "10", mine, "--yes"], buyer.env);
    const byMachine = ["--slot", "1", "--valid", "30d", "--yes"];
    await json(["usage", "voucher", licence, "50", machines, ...byMachine], other.env);
    await writeFile(above, JSON.stringify(await raised(machines, 51n)));
    const { results } = await json<{ results: { units: string; refusal: string }[] }>(
      ["usage", "redeem", above, machines, mine, mine],
      seller.env,
    );
    expect(results.map((one) => [one.units, one.refusal])).to.deep.equal([
      ["51", "keyRefused"],
      ["50", "none"],
      ["10", "none"],
      ["10", "notAboveLast"],
    ]);
    await json(["usage", "key", licence, "1", "--revoke"], buyer.env);
    const { keys, left } = await shown(licence);
    expect([left, keys.map(({ slot, redeemed }) => [slot, redeemed])]).to.deep.equal([
      "940",
      [
        [0, "10"],
        [1, "50"],
      ],
    ]);
    const { out } = await runHere(["usage", "show", licence], buyer.env);
    expect(out)
      .to.contain("940 left of 1000")
      .and.contain(other.address)
      .and.match(/served by .* for 70 %/);
    await json(["seats", "show", licence], buyer.env);
  });

  /** What a key's own program could sign: the same voucher for other units. */
  async function raised(path: string, units: bigint): Promise<object> {
    const file = JSON.parse(await readFile(path, "utf8")) as { voucher: Record<"licenseId" | "validUntil", string> };
    const { licenseId, validUntil } = file.voucher;
    const terms = { licenseId: BigInt(licenseId), slot: 1, units, validUntil: Number(validUntil) };
    const { r, vs } = await signVoucher(localWallet(9), usageDomain(chain.addresses.UsageChannel!, 31_337n), terms);
    return { ...file, voucher: { ...file.voucher, units: String(units) }, signature: concat([r, vs]) };
  }

  it("says what a voucher adds and is worth before it signs, and signs for no more than is bought", async () => {
    const licence = await bought(...units);
    const asked = async (count: string): Promise<string> => {
      const signing = ["usage", "voucher", licence, count, fresh()];
      return (await runHere(signing, buyer.env, { onQuestion: () => false })).err;
    };
    expect(await asked("250"))
      .to.contain("Sign for 250 units")
      .and.contain("250 more than are redeemed, for 0.25 native");
    const first = fresh();
    await json(["usage", "voucher", licence, "200", first, "--yes"], buyer.env);
    await json(["usage", "redeem", first], seller.env);
    expect(await asked("250")).to.contain("50 more than are redeemed, for 0.05 native");
    expect(await asked("200")).to.contain("0 more than are redeemed, for 0 native");
    await json(["usage", "key", licence, "1", other.address, "--cap", "900", "--yes"], buyer.env);
    const signing = (count: string, ...more: string[]) => [
      "usage",
      "voucher",
      licence,
      count,
      fresh(),
      "--yes",
      ...more,
    ];
    for (const [count, who, ...slot] of [
      ["1001", buyer],
      // above the cap, and above what the first key has left of the units
      ["901", other, "--slot", "1"],
      ["801", other, "--slot", "1"],
    ] as const) {
      expect(await refusal(signing(count, ...slot), who.env), count).to.equal("VOUCHER_TOO_HIGH");
    }
    await json(signing("800", "--slot", "1"), other.env);
    await json(signing("1000"), buyer.env);
  });

  it("redeems no voucher of another contract or chain, and no file that is none", async () => {
    const licence = await bought(...units);
    const path = fresh();
    await json(["usage", "voucher", licence, "10", path, "--yes"], buyer.env);
    const file = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    const changed = async (differs: object) => {
      const copy = fresh();
      await writeFile(copy, JSON.stringify({ ...file, ...differs }));
      return refusal(["usage", "redeem", copy], seller.env);
    };
    expect(await changed({ usage: other.address })).to.equal("VOUCHER_OF_ANOTHER");
    expect(await changed({ chainId: "1" })).to.equal("WRONG_NETWORK");
    expect(await changed({ signature: "0x1234" })).to.equal("FILE_INVALID");
    expect(await changed({ format: "isonomy.offer.v1" })).to.equal("FILE_INVALID");
    expect(await changed({ voucher: { ...(file.voucher as object), units: "11" } })).to.equal(
      "UsageChannel_BadVoucher",
    );
    // of a licence without units
    const plain = await bought("--salt", "3");
    expect(await refusal(["usage", "show", plain], buyer.env)).to.equal("NOT_BY_THE_UNIT");
    expect(await refusal(["usage", "voucher", plain, "1", fresh()], buyer.env)).to.equal("NOT_BY_THE_UNIT");
  });

  it("refuses terms that the module does not keep, and options that say nothing", async () => {
    const offer = ["offer", version, "--price", "1 native"];
    expect(await refusal([...offer, "--units", "1000"], seller.env)).to.equal("Rights_BadTerms");
    expect(await refusal([...offer, "--units", "7", "--soulbound"], seller.env)).to.equal("Rights_BadTerms");
    expect(await refusal([...offer, "--units", "0", "--soulbound"], seller.env)).to.equal("VALUE_INVALID");
    expect(await refusal([...offer, "--units", "10", "--subscription", "30d"], seller.env)).to.equal("OPTION_CONFLICT");
    expect(await refusal([...offer, "--units", "10", "--seats", "1", "--min-stay", "1d"], seller.env)).to.equal(
      "OPTION_CONFLICT",
    );
    expect(await refusal([...offer, "--provider", NODE], seller.env)).to.equal("USAGE");
    const { out } = await runHere([...offer, ...units, "--seats", "3"], seller.env);
    expect(out).to.contain("1000 units").and.contain("the holder and 3 others").and.contain("served by");
  });
});
