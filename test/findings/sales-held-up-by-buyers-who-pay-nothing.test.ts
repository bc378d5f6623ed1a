import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import type { OfferStruct } from "../../typechain-types/contracts/market/Market";
import { buy, ORDER, padOf, scalarFor } from "../helpers/files";
import { DAY, marketFixture } from "../helpers/market";
import { signOffer } from "../helpers/signing";

/** What was lost: the sales, the bond and the good name of a seller, to buyers whose pads nobody can open and who pay nothing. */

const BOND = 1_000n;

async function griefedFixture() {
  const protocol = await marketFixture();
  const { contracts, actors, actions, files, ids } = protocol;
  const market = contracts.Market.connect(actors.buyer);
  const { chainId } = await ethers.provider.getNetwork();
  const about = { chainId, escrow: await contracts.Escrow.getAddress(), versionId: ids.fileVersionId };
  const key = { secret: files.file.key, x: files.file.data.keyX as string };
  const arbitrator = await contracts.Panel.getAddress();
  let seed = 0n;

  /** A purchase whose pad the seller can open, or one that only looks like it. */
  async function purchase(offer: OfferStruct, honest: boolean) {
    const pad = buy(key, { ...about, payer: actors.buyer.address }, ++seed + 0xb0b0n);
    const sent = { buyerKey: pad.buyerKey, pad: honest ? pad.pad : padOf(seed) };
    const deal = await actions.dealOf(await market.purchase(offer, await actions.orderFor(offer, sent)));
    return { deal, pad };
  }

  async function undelivered(offer: OfferStruct, honest: boolean) {
    const bought = await purchase(offer, honest);
    await time.increase(DAY + 1n);
    await contracts.Escrow.connect(actors.stranger).refundUndelivered(bought.deal);
    return bought;
  }

  const misses = () => contracts.Escrow.missedDeliveries(contracts.Market, actors.creator);
  return { ...protocol, arbitrator, purchase, undelivered, misses };
}

describe("Finding: a seller loses no sale, bond or record to a buyer who pays nothing", () => {
  describe("the bond", () => {
    // claim(attacks#escrow-dispute-and-arbiters): The bond of an expensive offer used up by purchases of a cheap or a
    //   free one, with pads that nobody can open: each offer has a bond of its own, and a free one has none
    it("of a dear offer is not used up by purchases of a cheap one", async () => {
      const { contracts, actors, actions, arbitrator, purchase } = await loadFixture(griefedFixture);
      const { Market, Escrow } = contracts;
      const cheap = actions.fileTerms({ arbitrator, bond: BOND, price: 1n, salt: 1n });
      const dear = actions.fileTerms({ arbitrator, bond: BOND, salt: 2n });
      for (const offer of [cheap, dear]) await Market.connect(actors.creator).createOffer(offer, { value: BOND });
      const [cheapHash, dearHash] = [await Market.hashOffer(cheap), await Market.hashOffer(dear)];

      await purchase(cheap, false);
      await expect(purchase(cheap, false))
        .to.be.revertedWithCustomError(Escrow, "Escrow_BondExhausted")
        .withArgs(await Market.getAddress(), actors.creator.address, cheapHash, 0n, BOND);

      const { deal } = await purchase(dear, true);
      expect(await Escrow.bondOf(Market, actors.creator, dearHash)).to.deep.equal([0n, BOND]);
      await Escrow.connect(actors.creator).decline(deal);
      expect(await Escrow.bondOf(Market, actors.creator, dearHash)).to.deep.equal([BOND, 0n]);
      expect(await Escrow.bondOf(Market, actors.creator, cheapHash)).to.deep.equal([0n, BOND]);
    });

    // claim(attacks#escrow-dispute-and-arbiters): The bond of an expensive offer used up by purchases of a cheap or a
    //   free one, with pads that nobody can open: each offer has a bond of its own, and a free one has none
    it("is not asked for by an offer that costs nothing, listed or signed", async () => {
      const { contracts, actors, actions, arbitrator } = await loadFixture(griefedFixture);
      const { Market } = contracts;
      const free = actions.fileTerms({ arbitrator, bond: BOND, price: 0n });
      await expect(Market.connect(actors.creator).createOffer(free, { value: BOND }))
        .to.be.revertedWithCustomError(Market, "Market_BadTerms")
        .withArgs("bond");
      const { order } = await actions.paddedOrder(free);
      const signature = await signOffer(Market, actors.creator, free);
      await expect(Market.connect(actors.buyer).purchaseSigned(free, order, signature))
        .to.be.revertedWithCustomError(Market, "Market_BadTerms")
        .withArgs("bond");
    });
  });

  describe("the supply", () => {
    // claim(attacks#escrow-dispute-and-arbiters): Supply held by a purchase with a pad that nobody can open: it returns
    //   when the seller declines, which the seller's agent does by itself for every paid purchase, once it is final.
    //   What remains: until then, or without an agent until the delivery window ends, a buyer who pays the price of
    //   every remaining licence holds the supply and the bond of that one offer, gets the price back and loses the gas
    //   of the purchases; each decline costs the seller gas too. The supply of a free offer can be held for its whole
    //   delivery window
    it("returns when the seller declines a worthless pad, and the last licence is sold to the next buyer", async () => {
      const { contracts, actors, actions, purchase } = await loadFixture(griefedFixture);
      const { Market, Escrow } = contracts;
      const offer = actions.fileTerms({ supply: 1n });
      const hash = await actions.list(offer);
      const worthless = await purchase(offer, false);
      await expect(purchase(offer, true)).to.be.revertedWithCustomError(Market, "Market_SoldOut").withArgs(hash, 1n);
      await Escrow.connect(actors.creator).decline(worthless.deal);
      expect((await Market.offerState(hash)).sold).to.equal(0n);
      await purchase(offer, true);
    });
  });

  describe("the record", () => {
    // claim(attacks#escrow-dispute-and-arbiters): A seller's record spoilt by strangers: by deals that the seller never
    //   offered, by free deals, or by pads that nobody can open. A miss counts only for a paid deal, and only when the
    //   buyer's secret shows that key and pad belonged together
    it("counts no deal that nobody could have delivered, whatever secret is shown", async () => {
      const { contracts, actions, undelivered, misses } = await loadFixture(griefedFixture);
      const { Escrow } = contracts;
      const offer = actions.fileTerms();
      await actions.list(offer);
      const { deal, pad } = await undelivered(offer, false);
      for (const secret of [pad.secret, ORDER - pad.secret, pad.hidden, 0n, 1n, ORDER, 2n ** 256n - 1n]) {
        await expect(Escrow.recordMissedDelivery(deal, secret))
          .to.be.revertedWithCustomError(Escrow, "Escrow_DishonestPad")
          .withArgs(deal.id);
      }
      expect(await misses()).to.equal(0n);
    });

    // claim(attacks#escrow-dispute-and-arbiters): A seller's record spoilt by strangers: by deals that the seller never
    //   offered, by free deals, or by pads that nobody can open. A miss counts only for a paid deal, and only when the
    //   buyer's secret shows that key and pad belonged together
    it("counts a paid deal that the seller could have delivered, once, by anybody who has the buyer's secret", async () => {
      const { contracts, actors, actions, undelivered, misses } = await loadFixture(griefedFixture);
      const { Escrow, Market } = contracts;
      const offer = actions.fileTerms();
      await actions.list(offer);
      const { deal, pad } = await undelivered(offer, true);
      expect(await misses()).to.equal(0n);
      for (const secret of [ORDER - pad.secret, pad.hidden, pad.secret + 1n]) {
        await expect(Escrow.recordMissedDelivery(deal, secret))
          .to.be.revertedWithCustomError(Escrow, "Escrow_DishonestPad")
          .withArgs(deal.id);
      }
      await expect(Escrow.connect(actors.stranger).recordMissedDelivery(deal, pad.secret))
        .to.emit(Escrow, "DeliveryMissed")
        .withArgs(await Market.getAddress(), actors.creator.address, deal.id, 1n);
      expect(await misses()).to.equal(1n);
      await expect(Escrow.recordMissedDelivery(deal, pad.secret))
        .to.be.revertedWithCustomError(Escrow, "Escrow_NoMissToRecord")
        .withArgs(deal.id);
      expect(await Escrow.statusOf(Market, deal.id)).to.equal(6n);
      const second = await undelivered(offer, true);
      await expect(Escrow.recordMissedDelivery(second.deal, second.pad.secret))
        .to.emit(Escrow, "DeliveryMissed")
        .withArgs(await Market.getAddress(), actors.creator.address, second.deal.id, 2n);
    });

    // claim(attacks#escrow-dispute-and-arbiters): A seller's record spoilt by strangers: by deals that the seller never
    //   offered, by free deals, or by pads that nobody can open. A miss counts only for a paid deal, and only when the
    //   buyer's secret shows that key and pad belonged together
    it("counts no deal that was free", async () => {
      const { contracts, actions, undelivered, misses } = await loadFixture(griefedFixture);
      const { Escrow } = contracts;
      const offer = actions.fileTerms({ price: 0n });
      await actions.list(offer);
      for (const honest of [true, false]) {
        const { deal, pad } = await undelivered(offer, honest);
        await expect(Escrow.recordMissedDelivery(deal, pad.secret))
          .to.be.revertedWithCustomError(Escrow, "Escrow_NoMissToRecord")
          .withArgs(deal.id);
      }
      expect(await misses()).to.equal(0n);
    });

    it("counts no deal that is open, delivered, declined or given back", async () => {
      const { contracts, actors, actions, files, purchase, misses } = await loadFixture(griefedFixture);
      const { Escrow } = contracts;
      const offer = actions.fileTerms();
      await actions.list(offer);
      const { deal, pad } = await purchase(offer, true);
      const refuse = (how: typeof deal, error: string, ...args: unknown[]) =>
        expect(Escrow.recordMissedDelivery(how, pad.secret))
          .to.be.revertedWithCustomError(Escrow, error)
          .withArgs(deal.id, ...args);
      await refuse(deal, "Escrow_WrongStatus", 1n);
      await Escrow.deliver(deal, scalarFor(files.file.key, pad.hidden));
      const delivered = { ...deal, complainBy: BigInt(await time.latest()) + deal.complaintWindow };
      await refuse(delivered, "Escrow_WrongStatus", 2n);
      await Escrow.connect(actors.creator).refundBySeller(delivered);
      await refuse(delivered, "Escrow_NoMissToRecord");

      const other = await purchase(offer, true);
      await Escrow.connect(actors.creator).decline(other.deal);
      await expect(Escrow.recordMissedDelivery(other.deal, other.pad.secret))
        .to.be.revertedWithCustomError(Escrow, "Escrow_NoMissToRecord")
        .withArgs(other.deal.id);
      expect(await misses()).to.equal(0n);
    });

    it("counts no deal under other terms, nor a key and a pad of another buyer, version or deal", async () => {
      const { contracts, actors, actions, files, ids, misses } = await loadFixture(griefedFixture);
      const { Escrow, Market } = contracts;
      const offer = actions.fileTerms();
      await actions.list(offer);
      const { chainId } = await ethers.provider.getNetwork();
      const about = { chainId, escrow: await Escrow.getAddress(), versionId: ids.fileVersionId };
      const key = { secret: files.file.key, x: files.file.data.keyX as string };
      const right = buy(key, { ...about, payer: actors.buyer.address });
      const copies = [
        buy(key, { ...about, payer: actors.stranger.address }),
        buy(key, { ...about, payer: actors.buyer.address, versionId: ids.versionId }),
        buy(key, { ...about, payer: actors.buyer.address, chainId: 1n }),
        buy(key, { ...about, payer: actors.buyer.address, escrow: actors.stranger.address }),
        { ...right, pad: buy(key, { ...about, payer: actors.buyer.address }, 0xabcn).pad },
      ];
      for (const { buyerKey, pad, secret } of copies) {
        const order = await actions.orderFor(offer, { buyerKey, pad });
        const deal = await actions.dealOf(await Market.connect(actors.buyer).purchase(offer, order));
        await time.increase(DAY + 1n);
        await Escrow.refundUndelivered(deal);
        await expect(Escrow.recordMissedDelivery(deal, secret))
          .to.be.revertedWithCustomError(Escrow, "Escrow_DishonestPad")
          .withArgs(deal.id);
        // other terms under which the pad would be right
        await expect(Escrow.recordMissedDelivery({ ...deal, pad: right.pad, buyerKey: right.buyerKey }, right.secret))
          .to.be.revertedWithCustomError(Escrow, "Escrow_UnknownDeal")
          .withArgs(deal.opener, deal.id);
      }
      expect(await misses()).to.equal(0n);
    });
  });
});
