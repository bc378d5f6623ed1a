import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, expectCredits, marketFixture, NATIVE, PRICE, sharesOf } from "../../helpers/market";
import { signPermit } from "../../helpers/signing";

describe("Market: purchaseWithPermit", () => {
  /** A listed offer, and a payer with money who never approved the market. */
  async function permitFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, token, actors, actions } = protocol;
    const market = contracts.Market;
    const payer = actors.recipient;
    await token.mint(payer.address, 10n * PRICE);
    const offer = actions.terms();
    await actions.list(offer);
    const order = await actions.orderFor(offer, { recipient: payer.address });
    const permit = await signPermit(token, payer, await market.getAddress(), PRICE);
    return { ...protocol, market, payer, offer, order, permit };
  }

  it("buys with a signature in place of an allowance, to the unit", async () => {
    const { market, contracts, token, actors, payer, offer, order, permit } = await loadFixture(permitFixture);
    const { toCreator, toTreasury } = sharesOf(PRICE, 250n, 0n);
    await expectCredits(
      contracts.RevenueLedger,
      token,
      () => market.connect(payer).purchaseWithPermit(offer, order, permit),
      [
        [actors.creator, toCreator],
        [actors.treasury, toTreasury],
      ],
    );
    expect(await token.balanceOf(payer)).to.equal(9n * PRICE);
    expect(await token.allowance(payer, market)).to.equal(0n);
    expect(await contracts.LicenseToken.balanceOf(payer)).to.equal(1n);
  });

  // claim(attacks#licences-listings-offers-and-signatures): permit front-run
  it("is not stopped by somebody who uses the permit first", async () => {
    const { market, contracts, token, actors, payer, offer, order, permit } = await loadFixture(permitFixture);
    const { value, deadline, v, r, s } = permit;
    await token.connect(actors.stranger).permit(payer, market, value, deadline, v, r, s);
    await market.connect(payer).purchaseWithPermit(offer, order, permit);
    expect(await contracts.LicenseToken.balanceOf(payer)).to.equal(1n);
    expect(await token.balanceOf(payer)).to.equal(9n * PRICE);
  });

  // claim(attacks#licences-listings-offers-and-signatures): a stolen permit
  it("gives a thief who copies the permit nothing to spend", async () => {
    const { market, token, actors, payer, offer, order, permit } = await loadFixture(permitFixture);
    await token.connect(actors.stranger).approve(market, 0n);
    const stolen = { ...order, recipient: actors.stranger.address };
    await expect(market.connect(actors.stranger).purchaseWithPermit(offer, stolen, permit))
      .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
      .withArgs(await market.getAddress(), 0n, PRICE);
    const { value, deadline, v, r, s } = permit;
    await token.connect(actors.stranger).permit(payer, market, value, deadline, v, r, s);
    await expect(market.connect(actors.stranger).purchase(offer, stolen))
      .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
      .withArgs(await market.getAddress(), 0n, PRICE);
    expect(await token.balanceOf(payer)).to.equal(10n * PRICE);
  });

  it("refuses a permit that does not verify, is late or is too small, with the token's own word", async () => {
    const { market, token, payer, offer, order, permit } = await loadFixture(permitFixture);
    const address = await market.getAddress();
    const late = await signPermit(token, payer, address, PRICE, BigInt(await time.latest()) - 1n);
    for (const bad of [{ ...permit, v: 29n }, { ...permit, s: ethers.id("s") }, late]) {
      await expect(market.connect(payer).purchaseWithPermit(offer, order, bad))
        .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
        .withArgs(address, 0n, PRICE);
    }
    const small = await signPermit(token, payer, address, PRICE - 1n);
    await expect(market.connect(payer).purchaseWithPermit(offer, order, small))
      .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
      .withArgs(address, PRICE - 1n, PRICE);
  });

  it("falls back on an allowance when the permit is no good", async () => {
    const { market, contracts, token, payer, offer, order, permit } = await loadFixture(permitFixture);
    await token.connect(payer).approve(market, PRICE);
    await market.connect(payer).purchaseWithPermit(offer, order, { ...permit, v: 0n });
    expect(await contracts.LicenseToken.balanceOf(payer)).to.equal(1n);
  });

  it("checks the terms as every purchase does", async () => {
    const { market, payer, offer, order, permit } = await loadFixture(permitFixture);
    const changed = { ...offer, price: PRICE + 1n };
    await expect(market.connect(payer).purchaseWithPermit(changed, order, permit))
      .to.be.revertedWithCustomError(market, "Market_TermsMismatch")
      .withArgs(order.termsHash, await market.hashOffer(changed));
    await expect(market.connect(payer).purchaseWithPermit(offer, { ...order, maxPrice: 0n }, permit))
      .to.be.revertedWithCustomError(market, "Market_PriceAboveBound")
      .withArgs(PRICE, 0n);
  });

  it("refuses an offer that was only signed", async () => {
    const { market, actions, payer, permit } = await loadFixture(permitFixture);
    const offer = actions.terms({ salt: 1n });
    await expect(market.connect(payer).purchaseWithPermit(offer, await actions.orderFor(offer), permit))
      .to.be.revertedWithCustomError(market, "Market_NotListed")
      .withArgs(await market.hashOffer(offer));
  });

  it("refuses while purchases are paused", async () => {
    const { market, actors, payer, offer, order, permit } = await loadFixture(permitFixture);
    await market.connect(actors.guardian).pausePurchases(DAY);
    const { pausedUntil } = await market.config();
    await expect(market.connect(payer).purchaseWithPermit(offer, order, permit))
      .to.be.revertedWithCustomError(market, "Market_Paused")
      .withArgs(pausedUntil);
  });

  // claim(attacks#licences-listings-offers-and-signatures): a token without a permit whose fallback swallows the call
  it("buys by allowance in a token that has no permit, and in one whose fallback swallows it", async () => {
    for (const name of ["FreezingToken", "FallbackToken"]) {
      const { market, actors, actions, permit } = await loadFixture(permitFixture);
      const pay = await ethers.deployContract(name as "FallbackToken");
      await pay.mint(actors.buyer, PRICE);
      await actions.allow(pay);
      const offer = actions.terms({ payToken: await pay.getAddress() });
      await actions.list(offer);
      const order = await actions.orderFor(offer);
      await expect(market.connect(actors.buyer).purchaseWithPermit(offer, order, permit))
        .to.be.revertedWithCustomError(pay, "ERC20InsufficientAllowance")
        .withArgs(await market.getAddress(), 0n, PRICE);
      await pay.connect(actors.buyer).approve(market, PRICE);
      await market.connect(actors.buyer).purchaseWithPermit(offer, order, permit);
      expect(await pay.balanceOf(actors.buyer)).to.equal(0n);
    }
  });

  it("cannot be made to call a listed token's permit for another owner", async () => {
    const { market, token, actors, payer, offer, order, permit } = await loadFixture(permitFixture);
    await market.connect(actors.buyer).purchaseWithPermit(offer, order, permit);
    // the payer's permit was tried in the buyer's name, and failed: it is unused
    expect(await token.nonces(payer)).to.equal(0n);
    expect(await token.allowance(payer, market)).to.equal(0n);
  });

  it("sells nothing for native coin, because no value can be sent", async () => {
    const { market, actions, payer, permit } = await loadFixture(permitFixture);
    const offer = actions.terms({ payToken: NATIVE });
    await actions.list(offer);
    await expect(market.connect(payer).purchaseWithPermit(offer, await actions.orderFor(offer), permit)).to.be.reverted;
  });
});
