import { expect } from "chai";
import { formatEther } from "ethers";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { winkCard } from "../../../scripts/demo/card";
import { Panel__factory } from "../../../typechain-types/factories/contracts/court/Panel__factory";
import { IEscrow__factory } from "../../../typechain-types/factories/contracts/escrow/IEscrow.sol/IEscrow__factory";
import { json, localWallet, person, refusal, runHere } from "../../support/cli";
import { separateNode, type SeparateNode } from "../../support/separate-node";

type Person = Awaited<ReturnType<typeof person>>;

const DAY = 86_400;

describe("isonomy, through every state of a deal", function () {
  this.timeout(120_000);
  let chain: SeparateNode;
  let seller: Person;
  let buyer: Person;
  let version: string;
  let card: string;
  let termsHash: string;
  let snapshot: string;

  before(async function () {
    this.timeout(240_000);
    chain = await separateNode();
    const at = { rpc: chain.node.url, addresses: join(chain.folder, "deployment.json") };
    seller = await person(chain.folder, "seller", at, localWallet(7));
    buyer = await person(chain.folder, "buyer", at, localWallet(8));
    const file = join(chain.folder, "model.bin");
    card = join(chain.folder, "card.json");
    await writeFile(card, JSON.stringify(winkCard));
    await writeFile(file, "what is sold");
    await json(["prepare", file], seller.env);
    const listed = await json<{ versionId: string }>(["list", card, "--prepared", `${file}.isonomy.json`], seller.env);
    version = listed.versionId;
    const offer = ["offer", version, "--price", "2 native", "--deliver", "1d", "--complain", "2d", "--updates"];
    ({ termsHash } = await json<{ termsHash: string }>(offer, seller.env));
  });

  after(() => chain.close());
  beforeEach(async () => {
    snapshot = (await chain.provider.send("evm_snapshot", [])) as string;
  });
  afterEach(() => chain.provider.send("evm_revert", [snapshot]));

  const buy = async () =>
    (await json<{ licenseId: string }>(["buy", version, "--terms", termsHash, "--again"], buyer.env)).licenseId;
  const deliver = async () => {
    const state = join(chain.folder, `state-${Math.random()}.json`);
    const { code, err } = await runHere(["seller", "--confirmations", "0", "--state", state], seller.env);
    expect(code, err).to.equal(0);
  };
  const status = async (id: string, ...more: string[]) =>
    json<{ status: string; next: string[] }>(["status", "--deal", id, ...more], buyer.env);
  const later = async (seconds: number): Promise<void> => {
    await chain.provider.send("evm_increaseTime", [seconds]);
    await chain.provider.send("evm_mine", []);
  };
  const judge = () => Panel__factory.connect(chain.addresses.Panel!, chain.provider);
  const deals = () => IEscrow__factory.connect(chain.addresses.Escrow!, chain.provider);
  const earned = async (account: Person) =>
    json<{ earned: { symbol: string; amount: string }[] }>(["status"], account.env).then(
      (shown) => shown.earned.find(({ symbol }) => symbol === "native")!.amount,
    );

  it("open: the seller declines, and nobody refunds what was not delivered", async () => {
    const id = await buy();
    expect((await status(id)).next.join("\n")).to.contain(`isonomy decline ${id}`);
    expect(await refusal(["refund", id], seller.env)).to.equal("DEAL_IN_ANOTHER_STATE");
    expect(await refusal(["dispute", id, "--max-cost", "1 native"], buyer.env)).to.equal("DEAL_IN_ANOTHER_STATE");
    expect(await refusal(["concede", id, "1 native"], buyer.env)).to.equal("DEAL_IN_ANOTHER_STATE");
    expect(await refusal(["decline", id], buyer.env)).to.equal("Escrow_NotParty");
    expect(await refusal(["settle", id], buyer.env)).to.equal("Escrow_TooEarly");
    await json(["decline", id], seller.env);
    expect((await status(id)).status).to.equal("refunded");
    expect(await earned(buyer)).to.equal(String(2n * 10n ** 18n));
  });

  it("open, past the deadline: anyone returns the price", async () => {
    const id = await buy();
    await later(DAY + 60);
    await json(["settle", id], seller.env);
    expect((await status(id)).status).to.equal("refunded");
    expect(await earned(buyer)).to.equal(String(2n * 10n ** 18n));
  });

  it("delivered: the seller refunds, and does not decline", async () => {
    const id = await buy();
    await deliver();
    const { next } = await status(id);
    for (const command of ["open", "complain", "settle", "refund"]) {
      expect(next.join("\n")).to.contain(`isonomy ${command} ${id}`);
    }
    expect(next.join("\n")).to.not.contain("isonomy dispute");
    expect(await refusal(["decline", id], seller.env)).to.equal("DEAL_IN_ANOTHER_STATE");
    expect(await refusal(["refund", id], buyer.env)).to.equal("Escrow_NotParty");
    expect(await refusal(["dispute", id, "--max-cost", "1 native"], buyer.env)).to.equal("NO_ARBITRATOR");
    await json(["refund", id, "--yes"], seller.env);
    expect((await status(id)).status).to.equal("refunded");
    expect(await earned(buyer)).to.equal(String(2n * 10n ** 18n));
    expect((await status(id)).next).to.deep.equal([]);
  });

  it("disputed, and agreed about before anybody ruled: the arbitrator's fee is fetched once its time is over", async () => {
    const [panel, cost] = [chain.addresses.Panel!, await judge().arbitrationCost("0x")];
    const terms = ["--price", "2 native", "--deliver", "1d", "--complain", "2d", "--salt", "9", "--arbitrator", panel];
    const bonded = ["offer", version, ...terms, "--bond", `${formatEther(cost)} native`, "--bond-sales", "1"];
    const named = (await json<{ termsHash: string }>(bonded, seller.env)).termsHash;
    const id = (await json<{ licenseId: string }>(["buy", version, "--terms", named, "--again"], buyer.env)).licenseId;
    await deliver();
    expect(await refusal(["reclaim", id], buyer.env)).to.equal("Escrow_NoFeeToReclaim");
    await json(["dispute", id, "--max-cost", "10 native"], buyer.env);
    expect((await status(id)).next.join("\n")).to.not.contain("isonomy reclaim");
    await json(["concede", id, "2 native"], seller.env);
    expect((await status(id)).status).to.equal("refunded");
    expect((await status(id)).next.join("\n")).to.contain(`isonomy reclaim ${id}`);
    expect(await refusal(["reclaim", id], seller.env)).to.equal("Escrow_FeeNotReturned");
    const before = BigInt(await earned(buyer));
    const { disputeId } = await deals().disputeOf(chain.addresses.Market!, id);
    const { voteBy } = await judge().disputes(disputeId);
    await chain.provider.send("evm_setNextBlockTimestamp", [`0x${(voteBy + 1n).toString(16)}`]);
    await chain.provider.send("evm_mine", []);
    const bonds = async () =>
      (await json<{ bonds: { free: string }[] }>(["bond", "show", version], buyer.env)).bonds[0]!;
    const free = BigInt((await bonds()).free);
    const fetched = await json<{ toRecipient: string; toBond: string }>(["reclaim", id], seller.env);
    expect(BigInt(fetched.toRecipient) + BigInt(fetched.toBond)).to.equal(cost);
    expect(BigInt(await earned(buyer)) - before)
      .to.equal(BigInt(fetched.toRecipient))
      .and.to.be.above(0n);
    expect(BigInt((await bonds()).free) - free)
      .to.equal(BigInt(fetched.toBond))
      .and.to.be.above(0n);
    expect((await status(id)).next).to.deep.equal([]);
    expect(await refusal(["reclaim", id], buyer.env)).to.equal("Escrow_NoFeeToReclaim");
  });

  it("a later version is asked for, delivered and opened as an update", async () => {
    const id = await buy();
    await deliver();
    await json(["settle", id, "--yes"], buyer.env);
    const file = join(chain.folder, `next-${Math.random()}.bin`);
    await writeFile(file, "what comes later");
    await json(["prepare", file], seller.env);
    const list = ["list", card, "--prepared", `${file}.isonomy.json`, "--model", (BigInt(version) >> 16n).toString()];
    const next = (await json<{ versionId: string }>(list, seller.env)).versionId;
    const { dealId } = await json<{ dealId: string }>(["update", id, next], buyer.env);
    expect((await status(dealId, "--update")).status).to.equal("open");
    await deliver();
    const out = join(chain.folder, `opened-${Math.random()}.bin`);
    await json(["open", dealId, "--update", "--out", out], buyer.env);
    await json(["settle", dealId, "--update"], buyer.env);
    expect((await status(dealId, "--update")).status).to.equal("settled");
  });

  it("a signed offer that leaked buys nothing any more, one or all of them", async () => {
    const sign = async (salt: string) => {
      const path = join(chain.folder, `signed-${salt}-${Math.random()}.json`);
      const terms = ["--price", "1 native", "--licence-only", "--salt", salt, "--sign", path];
      const signed = await json<{ termsHash: string }>(["offer", version, ...terms], seller.env);
      return { path, buy: ["buy", version, "--signed", path, "--terms", signed.termsHash, "--again"] };
    };
    const [first, second] = [await sign("1"), await sign("2")];
    expect(await refusal(["offer", "999", "--revoke-signed", first.path], seller.env)).to.equal("OFFER_OF_ANOTHER");
    expect(await refusal(["offer", version, "--revoke-signed", first.path], buyer.env)).to.equal("Market_NotCreator");
    await json(["offer", version, "--revoke-signed", first.path], seller.env);
    expect(await refusal(first.buy, buyer.env)).to.equal("Market_OfferRevoked");
    await json(second.buy, buyer.env);
    await json(["offer", "--revoke-all-signed"], seller.env);
    expect(await refusal(second.buy, buyer.env)).to.equal("Market_WrongEpoch");
    // a listed offer is not touched
    expect(await buy()).to.match(/^\d+$/);
  });

  it("the dead offers of a former holder of the title are not counted as open", async () => {
    const { versionId } = await json<{ versionId: string }>(["list", card], seller.env);
    await json(["offer", versionId, "--price", "1 native"], seller.env);
    const { ModelRegistry } = chain.addresses;
    const { IModelRegistry__factory } =
      await import("../../../typechain-types/factories/contracts/registry/IModelRegistry__factory");
    const registry = IModelRegistry__factory.connect(ModelRegistry!, await chain.provider.getSigner(7));
    const model = BigInt(versionId) >> 16n;
    await (await registry.transferFrom(seller.address, buyer.address, model)).wait();
    const live = await json<{ termsHash: string }>(["offer", versionId, "--price", "3 native"], buyer.env);
    const { out } = await runHere(["buy", versionId, "--json"], seller.env);
    // the only one that is open is chosen, and its terms are asked for
    const { error } = JSON.parse(out) as { error: { code: string; args: { termsHash: string } } };
    expect(error.code).to.equal("TERMS_NOT_NAMED");
    expect(error.args.termsHash).to.equal(live.termsHash);
    const { offers } = await json<{ offers: { state: string }[] }>(["status", "--listing", versionId], buyer.env);
    expect(offers.map(({ state }) => state)).to.deep.equal(["dead: the title is somebody else's now", "open"]);
  });
});
