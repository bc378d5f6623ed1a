import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { marketFixture, NATIVE, PRICE } from "../helpers/market";

const NO_PERMIT = { value: 0n, deadline: ethers.MaxUint256, v: 27, r: ethers.ZeroHash, s: ethers.ZeroHash };

/** What was lost: the reason. A `try` on an account without code reverts with no data before the market's own checks run. */
describe("Finding: a purchase by permit that cannot work says why", () => {
  it("names the wrong value for an offer in native coin", async () => {
    const { contracts, actors, actions } = await loadFixture(marketFixture);
    const offer = actions.terms({ payToken: NATIVE });
    await actions.list(offer);
    const order = await actions.orderFor(offer);
    await expect(contracts.Market.connect(actors.buyer).purchaseWithPermit(offer, order, NO_PERMIT))
      .to.be.revertedWithCustomError(contracts.Market, "Market_WrongValue")
      .withArgs(0n, PRICE);
  });

  it("names the terms for an offer in a token that is no contract", async () => {
    const { contracts, actors, actions } = await loadFixture(marketFixture);
    const offer = actions.terms();
    await actions.list(offer);
    const order = await actions.orderFor(offer);
    const forged = { ...offer, payToken: actors.stranger.address };
    await expect(contracts.Market.connect(actors.buyer).purchaseWithPermit(forged, order, NO_PERMIT))
      .to.be.revertedWithCustomError(contracts.Market, "Market_TermsMismatch")
      .withArgs(order.termsHash, await contracts.Market.hashOffer(forged));
  });
});
