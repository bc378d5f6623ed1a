import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { marketFixture, PRICE } from "../helpers/market";
import { signOffer } from "../helpers/signing";

/** What was lost: which offer a licence was sold under, who paid and how much, for anybody who reads the chain's events. */
describe("Finding: a sale is announced", () => {
  async function saleFixture() {
    const protocol = await loadFixture(marketFixture);
    const offer = protocol.actions.terms({ referrerBps: 1_000n });
    return { ...protocol, market: protocol.contracts.Market, offer, hash: await protocol.actions.list(offer) };
  }

  it("announces a purchase with its terms, its licence, its payer and its price", async () => {
    const { market, actors, actions, offer, hash } = await loadFixture(saleFixture);
    const order = await actions.orderFor(offer, { recipient: actors.recipient.address });
    const licenseId = await market.connect(actors.buyer).purchase.staticCall(offer, order);
    await expect(market.connect(actors.buyer).purchase(offer, order))
      .to.emit(market, "LicenseSold")
      .withArgs(hash, licenseId, actors.buyer.address, PRICE);
  });

  it("announces every line of a cart, and a purchase by signature", async () => {
    const { market, actors, actions, offer, hash } = await loadFixture(saleFixture);
    const signed = actions.terms({ salt: 1n });
    const signature = await signOffer(market, actors.creator, signed);
    const items = [
      { offer, order: await actions.orderFor(offer), signature: "0x" },
      { offer: signed, order: await actions.orderFor(signed), signature },
    ];
    const [first, second] = await market.connect(actors.buyer).purchaseCart.staticCall(items);
    const call = market.connect(actors.buyer).purchaseCart(items);
    await expect(call).to.emit(market, "LicenseSold").withArgs(hash, first, actors.buyer.address, PRICE);
    await expect(call)
      .to.emit(market, "LicenseSold")
      .withArgs(await market.hashOffer(signed), second, actors.buyer.address, PRICE);
  });

  it("announces a licence through the escrow", async () => {
    const { market, actors, actions } = await loadFixture(saleFixture);
    const offer = actions.fileTerms();
    const hash = await actions.list(offer);
    const { order } = await actions.paddedOrder(offer);
    const licenseId = await market.connect(actors.buyer).purchase.staticCall(offer, order);
    await expect(market.connect(actors.buyer).purchase(offer, order))
      .to.emit(market, "LicenseSold")
      .withArgs(hash, licenseId, actors.buyer.address, PRICE);
  });
});
