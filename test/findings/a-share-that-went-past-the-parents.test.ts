import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { expectCredits, marketFixture, PRICE, sharesOf } from "../helpers/market";
import { signOffer } from "../helpers/signing";

/**
 * The income of a derivative goes to an account that it shares with its parents, and cannot be diverted. Its title holder still
 * writes the offers: with a referrer's share of half the price, and itself as the referrer of every buyer that it sends, half went
 * past the parents.
 */
describe("Finding: a referrer's share that goes past a fixed payee", () => {
  const MOST = 1_000n;

  async function sharedFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, actors, actions } = protocol;
    const payee = ethers.Wallet.createRandom().address;
    const fix = () => contracts.ModelRegistry.connect(actors.creator).fixPayee(1n, payee);
    const offer = actions.terms({ referrerBps: MOST + 1n });
    const refused = (call: Promise<unknown>) =>
      expect(call).to.be.revertedWithCustomError(contracts.Market, "Market_BadTerms").withArgs("referrerBps");
    return { ...protocol, market: contracts.Market, ledger: contracts.RevenueLedger, payee, fix, offer, refused };
  }

  // claim(attacks#licences-listings-offers-and-signatures): a title holder that is its own referrer, past the parents of its model
  it("is not listed", async () => {
    const { market, actors, offer, fix, refused } = await loadFixture(sharedFixture);
    await fix();
    await refused(market.connect(actors.creator).createOffer(offer));
  });

  it("is not sold, though it was listed before the payee was fixed", async () => {
    const { market, actors, actions, offer, fix, refused } = await loadFixture(sharedFixture);
    await actions.list(offer);
    await market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer));
    await fix();
    await refused(market.connect(actors.buyer).purchase(offer, await actions.orderFor(offer)));
    const referred = await actions.orderFor(offer, { referrer: actors.creator.address });
    await refused(market.connect(actors.buyer).purchase(offer, referred));
  });

  it("is not sold by a signature", async () => {
    const { market, actors, actions, offer, fix, refused } = await loadFixture(sharedFixture);
    const signature = await signOffer(market, actors.creator, offer);
    await fix();
    await refused(market.connect(actors.buyer).purchaseSigned(offer, await actions.orderFor(offer), signature));
  });

  it("is sold at a tenth of the price, which an ordinary referrer gets too", async () => {
    const { market, ledger, actors, actions, offer, payee, fix } = await loadFixture(sharedFixture);
    await fix();
    const tenth = { ...offer, referrerBps: MOST };
    await actions.list(tenth);
    const order = await actions.orderFor(tenth, { referrer: actors.referrer.address });
    const { protocolFeeBps } = await market.config();
    const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, protocolFeeBps, MOST);
    await expectCredits(ledger, offer.payToken as string, () => market.connect(actors.buyer).purchase(tenth, order), [
      [payee, toCreator],
      [actors.treasury, toTreasury],
      [actors.referrer, toReferrer],
      [actors.creator, 0n],
    ]);
  });

  it("is the title holder's own affair where the holder is who is paid, by a fixed payee or by none", async () => {
    const { contracts, market, actors, actions, offer } = await loadFixture(sharedFixture);
    const half = { ...offer, referrerBps: 5_000n };
    await actions.list(half);
    await market.connect(actors.buyer).purchase(half, await actions.orderFor(half));
    await contracts.ModelRegistry.connect(actors.creator).fixPayee(1n, actors.creator);
    await market.connect(actors.buyer).purchase(half, await actions.orderFor(half));
    await actions.list({ ...half, salt: 9n });
  });
});
