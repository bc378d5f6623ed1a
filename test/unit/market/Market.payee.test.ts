import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { scalarFor } from "../../helpers/files";
import { CARD } from "../../helpers/fixture";
import { DAY, expectCredits, NATIVE, PRICE, sharesOf } from "../../helpers/market";
import { FEE_BPS, offerFor, RIGHTS, rightsFixture, WAYS } from "../../helpers/rights";

/** The most that a referrer gets of a model whose income goes to another than its title holder. */
const REFERRER_BPS = 1_000n;

describe("Market: a model with a payee", () => {
  /** The service and the file of the creator, whose income goes to `payee` for good. */
  async function payeeFixture() {
    const protocol = await loadFixture(rightsFixture);
    const { contracts, actors } = protocol;
    const payee = ethers.Wallet.createRandom().address;
    const registry = contracts.ModelRegistry;
    for (const modelId of [1n, 2n]) await registry.connect(actors.creator).fixPayee(modelId, payee);
    return { ...protocol, registry, payee };
  }

  for (const [title, way] of Object.entries(WAYS)) {
    it(`pays the payee, and the creator nothing: by ${title}`, async () => {
      const protocol = await loadFixture(payeeFixture);
      const { ledger, actors, actions, payee } = protocol;
      const plain = { rights: 0n, rightsTerms: ethers.ZeroHash, referrerBps: REFERRER_BPS, salt: 50n };
      const offer = await offerFor(protocol, way, plain);
      const order = await actions.orderFor(offer, { referrer: actors.referrer.address });
      const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, FEE_BPS, REFERRER_BPS);
      await expectCredits(ledger, offer.payToken as string, () => way.buy(protocol, offer, order, PRICE), [
        [payee, toCreator],
        [actors.creator, 0n],
        [actors.treasury, toTreasury],
        [actors.referrer, toReferrer],
      ]);
    });
  }

  it("pays each line of a cart to the payee of its model", async () => {
    const { market, ledger, token, actors, actions, payee } = await loadFixture(payeeFixture);
    const offer = actions.terms({ salt: 50n });
    await actions.list(offer);
    const versionId = await actions.publish(actors.creator);
    const other = actions.terms({ versionId, price: 777n });
    await actions.list(other);
    const items = await Promise.all(
      [offer, other, offer].map(async (terms) => ({
        offer: terms,
        order: await actions.orderFor(terms),
        signature: "0x",
      })),
    );
    const [fixed, moving] = [sharesOf(PRICE, FEE_BPS, 0n), sharesOf(777n, FEE_BPS, 0n)];
    await expectCredits(ledger, token, () => market.connect(actors.buyer).purchaseCart(items), [
      [payee, 2n * fixed.toCreator],
      [actors.creator, moving.toCreator],
      [actors.treasury, 2n * fixed.toTreasury + moving.toTreasury],
    ]);
  });

  it("pays the payee for a later version too, and after the title moved, whose new holder sells", async () => {
    const { market, ledger, registry, token, actors, actions, payee } = await loadFixture(payeeFixture);
    const { creator, other, buyer, treasury } = actors;
    await registry.connect(creator).publishVersion(1n, CARD);
    await registry.connect(creator).transferFrom(creator.address, other.address, 1n);
    const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
    for (const versionId of [(1n << 16n) | 1n, (1n << 16n) | 2n]) {
      const offer = actions.terms({ versionId, creator: other.address, salt: 60n });
      await market.connect(other).createOffer(offer);
      const order = await actions.orderFor(offer);
      await expectCredits(ledger, token, () => market.connect(buyer).purchase(offer, order), [
        [payee, toCreator],
        [other, 0n],
        [creator, 0n],
        [treasury, toTreasury],
      ]);
    }
  });

  it("pays the payee for a renewal after the title moved", async () => {
    const { market, ledger, registry, token, actors, actions, payee } = await loadFixture(payeeFixture);
    const { creator, other, buyer, treasury } = actors;
    const offer = actions.counted({ referrerBps: REFERRER_BPS });
    const { licenseId } = await actions.sell(offer);
    await registry.connect(creator).transferFrom(creator.address, other.address, 1n);
    const order = await actions.orderFor(offer, { renews: licenseId });
    const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
    let call: Awaited<ReturnType<typeof market.purchase>>;
    await expectCredits(ledger, token, async () => (call = await market.connect(buyer).purchase(offer, order)), [
      [payee, toCreator],
      [other, 0n],
      [creator, 0n],
      [treasury, toTreasury],
    ]);
    await actions.expectTold(call!, [await actions.saleOf(offer, { payee, renewal: true })]);
  });

  it("names the payee to a rights module, which is credited in the payee's place when it keeps the money", async () => {
    const { market, ledger, rights, token, actors, actions, payee } = await loadFixture(payeeFixture);
    await rights.setKeeps(true);
    const offer = actions.counted({ referrerBps: REFERRER_BPS });
    await actions.list(offer);
    const order = await actions.orderFor(offer);
    let call: Awaited<ReturnType<typeof market.purchase>>;
    await expectCredits(ledger, token, async () => (call = await market.connect(actors.buyer).purchase(offer, order)), [
      [rights, PRICE],
      [payee, 0n],
      [actors.treasury, 0n],
    ]);
    await actions.expectTold(call!, [await actions.saleOf(offer, { payee })]);
  });

  describe("whose file is sold through the escrow", () => {
    async function fileFixture() {
      const protocol = await loadFixture(payeeFixture);
      const { actions, actors, contracts, market } = protocol;
      const arbitrator = actors.stranger.address;
      const offer = actions.fileTerms({ referrerBps: REFERRER_BPS, arbitrator, bond: 1_000n });
      const hash = await market.hashOffer(offer);
      await market.connect(actors.creator).createOffer(offer, { value: 1_000n });
      const { order, secret } = await actions.paddedOrder(offer, { referrer: actors.referrer.address });
      const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(offer, order));
      return { ...protocol, escrow: contracts.Escrow, fileOffer: offer, fileHash: hash, deal, secret };
    }

    it("opens a deal of the creator, who posted the bond, for the payee", async () => {
      const { market, escrow, actors, payee, deal, fileHash } = await loadFixture(fileFixture);
      expect(deal).to.include({ seller: actors.creator.address, payee, price: PRICE, protocolFeeBps: FEE_BPS });
      expect(await escrow.bondOf(market, actors.creator, fileHash)).to.deep.equal([0n, 1_000n]);
    });

    it("settles to the payee, and gives the bond back to the creator", async () => {
      const { market, ledger, escrow, token, actors, files, payee, deal, secret, fileHash } =
        await loadFixture(fileFixture);
      await escrow.deliver(deal as never, scalarFor(files.file.key, secret));
      const complainBy = BigInt(await time.latest()) + 3n * DAY;
      const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, FEE_BPS, REFERRER_BPS);
      const delivered = { ...deal, complainBy };
      await expectCredits(ledger, token, () => escrow.connect(actors.buyer).accept(delivered as never), [
        [escrow, -PRICE],
        [payee, toCreator],
        [actors.creator, 0n],
        [actors.treasury, toTreasury],
        [actors.referrer, toReferrer],
      ]);
      await escrow.connect(actors.creator).withdrawBond(market, fileHash, 1_000n);
      expect(await ledger.balanceOf(NATIVE, actors.creator)).to.equal(1_000n);
      expect(await ledger.balanceOf(NATIVE, payee)).to.equal(0n);
    });

    it("is declined by the creator, and not by the payee", async () => {
      const { market, ledger, escrow, registry, token, actors, actions, files } = await loadFixture(fileFixture);
      // a payee with an account that can send
      await actions.publish(actors.creator, files.file.data);
      const modelId = await registry.modelCount();
      await registry.connect(actors.creator).fixPayee(modelId, actors.other.address);
      const offer = actions.fileTerms({ versionId: (modelId << 16n) | 1n });
      await actions.list(offer);
      const { order } = await actions.paddedOrder(offer);
      const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(offer, order));
      expect(deal.payee).to.equal(actors.other.address);
      await expect(escrow.connect(actors.other).decline(deal as never))
        .to.be.revertedWithCustomError(escrow, "Escrow_NotParty")
        .withArgs(deal.id, actors.other.address);
      await expectCredits(ledger, token, () => escrow.connect(actors.creator).decline(deal as never), [
        [escrow, -PRICE],
        [actors.buyer, PRICE],
        [actors.other, 0n],
      ]);
    });
  });

  it("keeps its rights index and its payee apart: a file with both pays the payee when the deal settles", async () => {
    const { market, ledger, contracts, token, actors, actions, files, payee } = await loadFixture(payeeFixture);
    const offer = actions.fileTerms({ rights: RIGHTS });
    await actions.list(offer);
    const { order, secret } = await actions.paddedOrder(offer);
    const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(offer, order));
    expect(deal).to.include({ seller: actors.creator.address, payee });
    await contracts.Escrow.deliver(deal as never, scalarFor(files.file.key, secret));
    const complainBy = BigInt(await time.latest()) + 3n * DAY;
    const { toCreator, toTreasury } = sharesOf(PRICE, FEE_BPS, 0n);
    await expectCredits(
      ledger,
      token,
      () => contracts.Escrow.connect(actors.buyer).accept({ ...deal, complainBy } as never),
      [
        [contracts.Escrow, -PRICE],
        [payee, toCreator],
        [actors.treasury, toTreasury],
      ],
    );
  });
});
