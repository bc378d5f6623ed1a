import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { appendSender, expectCredits, marketFixture, NATIVE, PRICE, sharesOf } from "../../helpers/market";
import { signOffer, signPermit, signRequest } from "../../helpers/signing";

describe("Market: sponsored calls", () => {
  /** A newcomer with a stable token and no native coin at all, and a sponsor who pays the gas. */
  async function sponsoredFixture() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, token, actors, actions } = protocol;
    const { Market, Forwarder } = contracts;
    const newcomer = ethers.Wallet.createRandom();
    await token.mint(newcomer.address, 2n * PRICE);
    const offer = actions.terms();
    await actions.list(offer);
    const order = await actions.orderFor(offer, { recipient: newcomer.address });
    const address = await Market.getAddress();
    const permit = await signPermit(token, newcomer, address, PRICE);
    const data = Market.interface.encodeFunctionData("purchaseWithPermit", [offer, order, permit]);
    const request = await signRequest(Forwarder, newcomer, address, data);
    return {
      ...protocol,
      market: Market,
      forwarder: Forwarder,
      newcomer,
      offer,
      order,
      request,
      sponsor: actors.other,
    };
  }

  it("lets a newcomer without native coin buy, and pay only the price", async () => {
    const { market, forwarder, contracts, token, actors, newcomer, request, sponsor } =
      await loadFixture(sponsoredFixture);
    expect(await ethers.provider.getBalance(newcomer.address)).to.equal(0n);
    const { toCreator, toTreasury } = sharesOf(PRICE, 250n, 0n);
    const before = await token.balanceOf(sponsor);
    await expectCredits(contracts.RevenueLedger, token, () => forwarder.connect(sponsor).execute(request), [
      [actors.creator, toCreator],
      [actors.treasury, toTreasury],
    ]);
    expect(await token.balanceOf(newcomer.address)).to.equal(PRICE);
    expect(await token.balanceOf(sponsor)).to.equal(before);
    expect(await contracts.LicenseToken.balanceOf(newcomer.address)).to.equal(1n);
    expect(await market.isTrustedForwarder(forwarder)).to.equal(true);
    expect(await market.trustedForwarder()).to.equal(await forwarder.getAddress());
  });

  // claim(attacks#licences-listings-offers-and-signatures): a sponsored request sent twice or late
  it("sells nothing twice for one request", async () => {
    const { forwarder, newcomer, request, sponsor } = await loadFixture(sponsoredFixture);
    await forwarder.connect(sponsor).execute(request);
    // with the nonce used up, the signature recovers to somebody else
    await expect(forwarder.connect(sponsor).execute(request)).to.be.revertedWithCustomError(
      forwarder,
      "ERC2771ForwarderInvalidSigner",
    );
    expect(await forwarder.nonces(newcomer.address)).to.equal(1n);
  });

  // claim(attacks#licences-listings-offers-and-signatures): a forwarder that chooses the terms
  it("does not let the sender of the request choose terms, recipient or referrer", async () => {
    const { market, forwarder, token, newcomer, offer, order, request, sponsor } = await loadFixture(sponsoredFixture);
    const before = await token.balanceOf(newcomer.address);
    const permit = { value: PRICE, deadline: ethers.MaxUint256, v: 27n, r: ethers.ZeroHash, s: ethers.ZeroHash };
    const changes = [
      [{ ...offer, price: 2n * PRICE }, order],
      [offer, { ...order, recipient: sponsor.address }],
      [offer, { ...order, referrer: sponsor.address }],
      [offer, { ...order, maxPrice: ethers.MaxUint256 }],
    ] as const;
    for (const [changedOffer, changedOrder] of changes) {
      const data = market.interface.encodeFunctionData("purchaseWithPermit", [changedOffer, changedOrder, permit]);
      await expect(forwarder.connect(sponsor).execute({ ...request, data })).to.be.revertedWithCustomError(
        forwarder,
        "ERC2771ForwarderInvalidSigner",
      );
    }
    for (const differs of [{ value: 1n }, { gas: 1n }, { deadline: 2n ** 47n }, { from: sponsor.address }]) {
      const value = "value" in differs ? 1n : 0n;
      await expect(
        forwarder.connect(sponsor).execute({ ...request, ...differs }, { value }),
      ).to.be.revertedWithCustomError(forwarder, "ERC2771ForwarderInvalidSigner");
    }
    expect(await token.balanceOf(newcomer.address)).to.equal(before);
  });

  // claim(attacks#licences-listings-offers-and-signatures): a sponsored request sent twice or late
  it("does not sell after the request's deadline", async () => {
    const { market, forwarder, newcomer, request, sponsor } = await loadFixture(sponsoredFixture);
    const deadline = BigInt(await time.latest()) + 100n;
    const late = await signRequest(forwarder, newcomer, await market.getAddress(), request.data, { deadline });
    await time.setNextBlockTimestamp(deadline + 1n);
    await expect(forwarder.connect(sponsor).execute(late))
      .to.be.revertedWithCustomError(forwarder, "ERC2771ForwarderExpiredRequest")
      .withArgs(deadline);
  });

  it("takes terms that changed for what they are, and keeps the newcomer's money", async () => {
    const { market, forwarder, token, actors, newcomer, offer, request, sponsor } = await loadFixture(sponsoredFixture);
    await market.connect(actors.creator).revokeOffer(offer);
    await expect(forwarder.connect(sponsor).execute(request)).to.be.revertedWithCustomError(forwarder, "FailedCall");
    expect(await token.balanceOf(newcomer.address)).to.equal(2n * PRICE);
  });

  // claim(attacks#licences-listings-offers-and-signatures): spending somebody else's allowance
  it("does not take the word of anybody else about the sender", async () => {
    const { market, token, actors, actions, offer } = await loadFixture(sponsoredFixture);
    const { buyer, stranger, creator } = actors;
    // the buyer has approved the market: a forged sender would spend that allowance
    await token.connect(stranger).approve(market, 0n);
    const order = await actions.orderFor(offer, { recipient: stranger.address });
    const forged = appendSender(market.interface.encodeFunctionData("purchase", [offer, order]), buyer.address);
    const before = await token.balanceOf(buyer);
    await expect(stranger.sendTransaction({ to: market, data: forged }))
      .to.be.revertedWithCustomError(token, "ERC20InsufficientAllowance")
      .withArgs(await market.getAddress(), 0n, PRICE);
    expect(await token.balanceOf(buyer)).to.equal(before);

    const revoke = appendSender(market.interface.encodeFunctionData("revokeOffer", [offer]), creator.address);
    await expect(stranger.sendTransaction({ to: market, data: revoke }))
      .to.be.revertedWithCustomError(market, "Market_NotCreator")
      .withArgs(stranger.address, creator.address);
  });

  it("lists, revokes and starts epochs for a creator who signs", async () => {
    const { market, forwarder, actors, actions, sponsor } = await loadFixture(sponsoredFixture);
    const { creator } = actors;
    const offer = actions.terms({ salt: 1n });
    const hash = await market.hashOffer(offer);
    const send = async (data: string, value = 0n) => {
      const request = await signRequest(forwarder, creator, await market.getAddress(), data, { value });
      return forwarder.connect(sponsor).execute(request, { value });
    };
    await send(market.interface.encodeFunctionData("createOffer", [offer]), 30n);
    expect((await market.offerState(hash)).listed).to.equal(true);
    // the bond is the creator's, although the sponsor sent the coin
    const escrow = await ethers.getContractAt("Escrow", await market.ESCROW());
    expect(await escrow.bondOf(market, creator, hash)).to.deep.equal([30n, 0n]);
    expect(await escrow.bondOf(market, forwarder, hash)).to.deep.equal([0n, 0n]);
    await expect(send(market.interface.encodeFunctionData("revokeOffer", [offer])))
      .to.emit(market, "OfferRevoked")
      .withArgs(hash, creator.address);
    await expect(send(market.interface.encodeFunctionData("revokeAllSigned")))
      .to.emit(market, "EpochStarted")
      .withArgs(creator.address, 1n);
  });

  it("buys signed offers and carts, and returns what is left to the one who signed", async () => {
    const { market, forwarder, contracts, token, actors, actions, newcomer, sponsor } =
      await loadFixture(sponsoredFixture);
    const offer = actions.terms({ payToken: NATIVE, buyer: newcomer.address, salt: 3n });
    const item = {
      offer,
      order: await actions.orderFor(offer, { recipient: newcomer.address }),
      signature: await signOffer(market, actors.creator, offer),
    };
    const data = market.interface.encodeFunctionData("purchaseCart", [[item]]);
    const value = PRICE + 11n;
    const request = await signRequest(forwarder, newcomer, await market.getAddress(), data, { value });
    await expect(forwarder.connect(sponsor).execute(request, { value })).to.changeEtherBalances(
      [sponsor, newcomer.address, contracts.RevenueLedger, market, forwarder],
      [-value, 11n, PRICE, 0n, 0n],
    );
    expect(await token.balanceOf(newcomer.address)).to.equal(2n * PRICE);
    expect(await contracts.LicenseToken.balanceOf(newcomer.address)).to.equal(1n);
  });

  describe("the Authority", () => {
    // claim(attacks#licences-listings-offers-and-signatures): a forwarder that acts as the admin
    it("never takes a forwarded call for the admin's, the guardian's or the forwarder's", async () => {
      const { market, forwarder, contracts, actors } = await loadFixture(sponsoredFixture);
      const address = await forwarder.getAddress();
      await ethers.provider.send("hardhat_setBalance", [address, "0xde0b6b3a7640000"]);
      const sender = await ethers.getImpersonatedSigner(address);
      const timelock = await contracts.Timelock.getAddress();
      const calls: [string, string][] = [
        [market.interface.encodeFunctionData("setTreasury", [actors.stranger.address]), timelock],
        [market.interface.encodeFunctionData("setProtocolFee", [0n]), timelock],
        [market.interface.encodeFunctionData("setPayToken", [await market.getAddress(), true, 0n]), timelock],
        [market.interface.encodeFunctionData("pausePurchases", [1n]), actors.guardian.address],
        [market.interface.encodeFunctionData("resumePurchases"), actors.guardian.address],
      ];
      for (const [data, named] of calls) {
        await expect(sender.sendTransaction({ to: market, data: appendSender(data, named) }))
          .to.be.revertedWithCustomError(market, "AccessManagedUnauthorized")
          .withArgs(address);
      }
      expect((await market.config()).treasury).to.equal(actors.treasury.address);
    });

    it("does not pause for a guardian who signs a request instead of calling", async () => {
      const { market, forwarder, contracts, actors, actions, sponsor } = await loadFixture(sponsoredFixture);
      // somebody who could pause by calling, and has a key to sign with
      await contracts.Authority.connect(await actions.asAdmin()).grantRole(2n, actors.guardianMember, 0n);
      const data = market.interface.encodeFunctionData("pausePurchases", [100n]);
      const request = await signRequest(forwarder, actors.guardianMember, await market.getAddress(), data);
      await expect(forwarder.connect(sponsor).execute(request)).to.be.revertedWithCustomError(forwarder, "FailedCall");
      expect((await market.config()).pausedUntil).to.equal(0n);
    });

    it("lets the guardian call with anything behind the arguments", async () => {
      const { market, actors } = await loadFixture(sponsoredFixture);
      const data = appendSender(market.interface.encodeFunctionData("pausePurchases", [100n]), actors.stranger.address);
      await actors.guardian.sendTransaction({ to: market, data });
      expect((await market.config()).pausedUntil).to.equal(BigInt(await time.latest()) + 100n);
    });
  });
});
