import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { marketFixture, NATIVE, PRICE } from "../helpers/market";
import { signPermit, signRequest } from "../helpers/signing";

/**
 * What was lost: a purchase that a newcomer had signed for a sponsor to send. In a batch a request that fails used its
 * number up all the same, and anybody may send a batch: at a moment at which the purchase could not succeed, that
 * dropped it for good.
 */
describe("Finding: a sponsored purchase is dropped by a stranger", () => {
  async function sponsoredFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, token, actions } = protocol;
    const { Market, Forwarder } = contracts;
    const newcomer = ethers.Wallet.createRandom();
    await token.mint(newcomer.address, PRICE);
    const offer = actions.terms();
    await actions.list(offer);
    const order = await actions.orderFor(offer, { recipient: newcomer.address });
    const market = await Market.getAddress();
    const permit = await signPermit(token, newcomer, market, PRICE);
    const data = Market.interface.encodeFunctionData("purchaseWithPermit", [offer, order, permit]);
    return { ...protocol, newcomer, request: await signRequest(Forwarder, newcomer, market, data) };
  }

  for (const named of ["nobody", "the stranger"] as const) {
    // claim(attacks#licences-listings-offers-and-signatures): a sponsored request used up when it must fail: in a
    //   pause, in the middle of another call, in a batch
    it(`still sells, although a stranger sent it during a pause in a batch that gives back to ${named}`, async () => {
      const { contracts, actors, newcomer, request } = await loadFixture(sponsoredFixture);
      const { Market, Forwarder, LicenseToken } = contracts;
      await Market.connect(actors.guardian).pausePurchases(3_600n);
      const receiver = named === "nobody" ? ethers.ZeroAddress : actors.stranger.address;
      await expect(Forwarder.connect(actors.stranger).executeBatch([request], receiver)).to.be.revertedWithCustomError(
        Forwarder,
        "FailedCall",
      );
      await Market.connect(actors.guardian).resumePurchases();

      await Forwarder.connect(actors.other).execute(request);
      expect(await LicenseToken.balanceOf(newcomer.address)).to.equal(1n);
    });
  }

  // claim(attacks#licences-listings-offers-and-signatures): a sponsored request used up when it must fail: in a pause,
  //   in the middle of another call, in a batch
  it("still sells, although a stranger sent it in the middle of a purchase of their own", async () => {
    const { contracts, actors, actions, newcomer, request } = await loadFixture(sponsoredFixture);
    const { Market, Forwarder, LicenseToken } = contracts;
    const offer = actions.terms({ payToken: NATIVE, price: 1n });
    await actions.list(offer);
    const thief = await ethers.deployContract("HookedReceiver");
    await thief.setHook(
      Forwarder,
      0n,
      Forwarder.interface.encodeFunctionData("executeBatch", [[request], actors.stranger.address]),
    );
    const order = await actions.orderFor(offer, { recipient: await thief.getAddress() });
    await Market.connect(actors.stranger).purchase(offer, order, { value: 1n });
    expect(await thief.calls()).to.equal(1n);
    expect(await LicenseToken.balanceOf(newcomer.address)).to.equal(0n);

    await Forwarder.connect(actors.other).execute(request);
    expect(await LicenseToken.balanceOf(newcomer.address)).to.equal(1n);
  });

  it("still skips what was sent already, and carries out the rest of the batch", async () => {
    const { contracts, actors, token, actions, newcomer, request } = await loadFixture(sponsoredFixture);
    const { Market, Forwarder, LicenseToken } = contracts;
    const second = ethers.Wallet.createRandom();
    await token.mint(second.address, PRICE);
    const offer = actions.terms({ salt: 2n });
    await actions.list(offer);
    const order = await actions.orderFor(offer, { recipient: second.address });
    const market = await Market.getAddress();
    const permit = await signPermit(token, second, market, PRICE);
    const data = Market.interface.encodeFunctionData("purchaseWithPermit", [offer, order, permit]);
    await Forwarder.connect(actors.other).execute(request);
    const other = await signRequest(Forwarder, second, market, data);

    await Forwarder.connect(actors.other).executeBatch([request, other], actors.other.address);
    expect(await LicenseToken.balanceOf(newcomer.address)).to.equal(1n);
    expect(await LicenseToken.balanceOf(second.address)).to.equal(1n);
  });
});
