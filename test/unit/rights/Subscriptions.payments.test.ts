import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse, Signer } from "ethers";
import type { OfferStruct, OrderStruct } from "../../../typechain-types/contracts/market/Market";
import { DAY, NATIVE, PRICE } from "../../helpers/market";
import { signPermit, signRequest } from "../../helpers/signing";
import { feeOf, keptOf, MONTH, rightsFixture, soldSubscription, splitOf, type RightsFixture } from "./fixture";

type Buy = (
  protocol: RightsFixture,
  offer: OfferStruct,
  order: OrderStruct,
  who: Signer & { address: string },
) => Promise<ContractTransactionResponse>;

/** Every way to pay a renewal; the price is what it costs. */
const WAYS: Record<string, { payToken?: string; buy: Buy }> = {
  "an allowance": { buy: async ({ market }, offer, order, who) => market.connect(who).purchase(offer, order) },
  "native coin": {
    payToken: NATIVE,
    buy: async ({ market }, offer, order, who) => market.connect(who).purchase(offer, order, { value: PRICE }),
  },
  "a permit": {
    buy: async ({ market, token }, offer, order, who) => {
      await token.connect(who).approve(market, 0n);
      const permit = await signPermit(token, who, await market.getAddress(), PRICE);
      return market.connect(who).purchaseWithPermit(offer, order, permit);
    },
  },
  "a cart": {
    buy: async ({ market }, offer, order, who) => market.connect(who).purchaseCart([{ offer, order, signature: "0x" }]),
  },
  "a cart in native coin": {
    payToken: NATIVE,
    buy: async ({ market }, offer, order, who) =>
      market.connect(who).purchaseCart([{ offer, order, signature: "0x" }], { value: PRICE }),
  },
  "the forwarder": {
    buy: async ({ market, contracts, actors }, offer, order, who) => {
      const data = market.interface.encodeFunctionData("purchase", [offer, order]);
      const request = await signRequest(contracts.Forwarder, who, await market.getAddress(), data);
      return contracts.Forwarder.connect(actors.creator).execute(request);
    },
  },
};

describe("Subscriptions: payment of a renewal", () => {
  describe("by a stranger, with their own money", () => {
    for (const [way, { payToken, buy }] of Object.entries(WAYS)) {
      it(`goes by ${way}, and gives the stranger nothing`, async () => {
        const protocol = await loadFixture(rightsFixture);
        const { subscriptions, licenses, actors, actions } = protocol;
        const { buyer, stranger } = actors;
        const offer = actions.subscription({}, payToken === undefined ? {} : { payToken });
        const licenseId = await actions.sell(offer);
        const end = BigInt(await subscriptions.expiresAt(licenseId));
        const order = await actions.ordered(offer, stranger, { renews: licenseId });
        const { owed, creator, treasury, ...wallet } = splitOf("stranger", PRICE);
        const moves = { owed, creator, treasury, ...(payToken === NATIVE ? {} : wallet) };
        const sent = await actions.expectMoves(
          () => buy(protocol, offer, order, stranger),
          moves,
          offer.payToken as string,
        );
        if (payToken === NATIVE) await expect(sent).to.changeEtherBalance(stranger, -PRICE);
        await expect(sent)
          .to.emit(subscriptions, "TermSet")
          .withArgs(licenseId, end + MONTH);
        expect(await licenses.ownerOf(licenseId)).to.equal(buyer.address);
        expect(await licenses.balanceOf(stranger)).to.equal(0n);
        expect(await licenses.isAuthorized(licenseId, stranger)).to.equal(false);
      });
    }
  });

  describe("of one that can be cancelled", () => {
    for (const [way, { payToken, buy }] of Object.entries(WAYS)) {
      it(`goes by ${way} for its holder, and is kept here`, async () => {
        const protocol = await loadFixture(rightsFixture);
        const { subscriptions, actors, actions } = protocol;
        const offer = actions.cancellable({}, payToken === undefined ? {} : { payToken });
        const licenseId = await actions.sell(offer);
        const [end, released] = [
          BigInt(await subscriptions.expiresAt(licenseId)),
          await subscriptions.releasedTo(licenseId),
        ];
        const order = await actions.ordered(offer, actors.buyer, { renews: licenseId });
        const { owed, subscriptions: kept, ...wallet } = keptOf("buyer", PRICE);
        await actions.expectMoves(
          () => buy(protocol, offer, order, actors.buyer),
          { owed, subscriptions: kept, ...(payToken === NATIVE ? {} : wallet) },
          offer.payToken as string,
        );
        expect(await subscriptions.expiresAt(licenseId)).to.equal(end + MONTH);
        expect(await subscriptions.releasedTo(licenseId)).to.deep.equal(released);
      });
    }
  });

  it("of several licences goes with a new one in one cart, each under its own offer", async () => {
    const { subscriptions, market, licenses, actors, actions, offer, licenseId, end } = await soldSubscription();
    const weekly = actions.cancellable({ period: 7n * DAY }, { price: 777n });
    const week = await actions.sell(weekly);
    const weekEnd = BigInt(await subscriptions.expiresAt(week));
    const buyer = actors.buyer;
    const items = [
      { offer, order: await actions.ordered(offer, buyer, { renews: licenseId }), signature: "0x" },
      { offer: weekly, order: await actions.ordered(weekly, buyer, { renews: week, quantity: 2n }), signature: "0x" },
      { offer, order: await actions.ordered(offer, buyer), signature: "0x" },
      { offer, order: await actions.ordered(offer, buyer, { renews: licenseId }), signature: "0x" },
    ];
    const fees = 3n * feeOf(PRICE);
    await actions.expectMoves(() => market.connect(buyer).purchaseCart(items), {
      owed: 3n * PRICE + 1_554n,
      creator: 3n * PRICE - fees,
      treasury: fees,
      subscriptions: 1_554n,
      "buyer's wallet": -3n * PRICE - 1_554n,
    });
    expect(await subscriptions.expiresAt(licenseId)).to.equal(end + 2n * MONTH);
    expect(await subscriptions.expiresAt(week)).to.equal(weekEnd + 14n * DAY);
    expect(await licenses.balanceOf(buyer)).to.equal(3n);
  });
});
