import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { NATIVE, PRICE } from "../../helpers/market";
import { signOffer, signPermit, signRequest } from "../../helpers/signing";
import { FEE_BPS, feeOf, keptOf, MONTH, rightsFixture, splitOf } from "./fixture";

describe("Subscriptions: purchase", () => {
  it("shares the price out at once, and runs for a period from this second", async () => {
    const { subscriptions, market, licenses, actors, actions } = await loadFixture(rightsFixture);
    const offer = actions.subscription({}, { referrerBps: 1_000n });
    const hash = await actions.list(offer);
    const start = (await actions.now()) + 100n;
    await actions.at(start);
    const gift = { recipient: actors.recipient.address, referrer: actors.referrer.address };
    const sent = await actions.expectMoves(() => actions.purchase(offer, gift), {
      owed: PRICE,
      creator: PRICE - feeOf(PRICE) - feeOf(PRICE, 1_000n),
      treasury: feeOf(PRICE),
      referrer: feeOf(PRICE, 1_000n),
      "buyer's wallet": -PRICE,
    });
    const licenseId = await actions.soldIn(sent);
    const end = start + MONTH;
    await expect(sent).to.emit(subscriptions, "TermSet").withArgs(licenseId, end);
    await expect(sent).to.emit(market, "LicenseSold").withArgs(hash, licenseId, actors.buyer.address, PRICE);
    expect(await subscriptions.expiresAt(licenseId)).to.equal(end);
    expect(await subscriptions.userExpires(licenseId)).to.equal(end);
    expect(await subscriptions.measure(licenseId)).to.equal(end);
    expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([0n, 0n]);
    expect(await licenses.ownerOf(licenseId)).to.equal(actors.recipient.address);
  });

  it("lets holder and users use the licence in its last second, and nobody in the next", async () => {
    const { subscriptions, licenses, actors, actions } = await loadFixture(rightsFixture);
    const { buyer, other, stranger } = actors;
    const offer = actions.subscription({ seats: 1n });
    const licenseId = await actions.sell(offer);
    await subscriptions.connect(buyer).giveSeat(offer, licenseId, other);
    const end = BigInt(await subscriptions.expiresAt(licenseId));
    for (const [time, runs] of [
      [end - 1n, true],
      [end, true],
      [end + 1n, false],
    ] as const) {
      expect(await actions.usableAt(time, licenseId, buyer), `${time}`).to.equal(runs);
      expect(await licenses.isAuthorized(licenseId, other), `${time}`).to.equal(runs);
      expect(await licenses.isAuthorized(licenseId, stranger)).to.equal(false);
      expect(await subscriptions.mayUse(licenseId, buyer, buyer)).to.equal(runs);
      expect(await subscriptions.mayUse(licenseId, buyer, other)).to.equal(runs);
      expect(await subscriptions.mayUse(licenseId, buyer, stranger)).to.equal(false);
      expect(await subscriptions.userOf(licenseId)).to.equal(runs ? buyer.address : ethers.ZeroAddress);
      // when a term ended stays known
      expect(await subscriptions.userExpires(licenseId)).to.equal(end);
      expect(await subscriptions.measure(licenseId)).to.equal(end);
    }
  });

  it("says nothing of a licence that was never sold", async () => {
    const { subscriptions, licenses, actors, actions } = await loadFixture(rightsFixture);
    const offer = actions.subscription();
    const [sold, plain] = [await actions.sell(offer), await actions.sell(actions.terms())];
    for (const unknown of [0n, 1n, sold + 1n, plain]) {
      expect(await subscriptions.expiresAt(unknown)).to.equal(0n);
      expect(await subscriptions.userExpires(unknown)).to.equal(0n);
      expect(await subscriptions.measure(unknown)).to.equal(0n);
      expect(await subscriptions.releasedTo(unknown)).to.deep.equal([0n, 0n]);
      expect(await subscriptions.userOf(unknown)).to.equal(ethers.ZeroAddress);
      expect(await subscriptions.mayUse(unknown, actors.buyer, actors.buyer)).to.equal(false);
    }
    expect(await licenses.isAuthorized(sold + 1n, actors.buyer)).to.equal(false);
  });

  it("follows the holder: the user is who holds the licence now", async () => {
    const { subscriptions, licenses, actors, actions } = await loadFixture(rightsFixture);
    const licenseId = await actions.sell(actions.subscription());
    const end = await subscriptions.expiresAt(licenseId);
    await licenses.connect(actors.buyer).transferFrom(actors.buyer, actors.recipient, licenseId);
    expect(await subscriptions.userOf(licenseId)).to.equal(actors.recipient.address);
    expect(await subscriptions.expiresAt(licenseId)).to.equal(end);
    expect(await licenses.isAuthorized(licenseId, actors.recipient)).to.equal(true);
    expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
  });

  it("of twelve periods at once is one licence for a year, at twelve prices", async () => {
    const { subscriptions, licenses, actors, actions } = await loadFixture(rightsFixture);
    const offer = actions.subscription({ seats: 3n });
    await actions.list(offer);
    const start = (await actions.now()) + 100n;
    await actions.at(start);
    const sent = await actions.expectMoves(
      () => actions.purchase(offer, { quantity: 12n }),
      splitOf("buyer", 12n * PRICE),
    );
    const licenseId = await actions.soldIn(sent);
    expect(await subscriptions.expiresAt(licenseId)).to.equal(start + 12n * MONTH);
    expect(await licenses.balanceOf(actors.buyer)).to.equal(1n);
    // time is multiplied, and seats are not
    expect((await subscriptions.seatTerms(offer, licenseId)).seats).to.equal(3n);
  });

  it("for nothing runs as long as any other", async () => {
    const { subscriptions, actors, actions } = await loadFixture(rightsFixture);
    const offer = actions.subscription({}, { price: 0n });
    await actions.list(offer);
    const start = (await actions.now()) + 100n;
    await actions.at(start);
    const sent = await actions.expectMoves(() => actions.purchase(offer), {});
    expect(await subscriptions.expiresAt(await actions.soldIn(sent))).to.equal(start + MONTH);
    expect(await actions.usableAt(start + MONTH, await actions.soldIn(sent), actors.buyer)).to.equal(true);
  });

  describe("of one that can be cancelled", () => {
    it("leaves the whole price here, and notes the fee of the day", async () => {
      const { subscriptions, market, licenses, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.cancellable();
      const hash = await actions.list(offer);
      const start = (await actions.now()) + 100n;
      await actions.at(start);
      // nobody is paid for having sent the buyer
      const order = { referrer: actors.referrer.address };
      const sent = await actions.expectMoves(() => actions.purchase(offer, order), keptOf("buyer", PRICE));
      const licenseId = await actions.soldIn(sent);
      await expect(sent)
        .to.emit(subscriptions, "TermSet")
        .withArgs(licenseId, start + MONTH);
      await expect(sent).to.emit(market, "LicenseSold").withArgs(hash, licenseId, actors.buyer.address, PRICE);
      expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([start, FEE_BPS]);
      await expect(licenses.connect(actors.buyer).transferFrom(actors.buyer, actors.other, licenseId))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_Soulbound")
        .withArgs(licenseId);
    });

    it("keeps several periods, and native coin", async () => {
      const { subscriptions, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.cancellable({}, { payToken: NATIVE });
      await actions.list(offer);
      const start = (await actions.now()) + 100n;
      await actions.at(start);
      const sent = await actions.expectMoves(
        () => actions.purchase(offer, { quantity: 12n }),
        { owed: 12n * PRICE, subscriptions: 12n * PRICE },
        NATIVE,
      );
      await expect(sent).to.changeEtherBalance(actors.buyer, -12n * PRICE);
      const licenseId = await actions.soldIn(sent);
      expect(await subscriptions.expiresAt(licenseId)).to.equal(start + 12n * MONTH);
      expect(await subscriptions.releasedTo(licenseId)).to.deep.equal([start, FEE_BPS]);
    });

    // claim(attacks#licences-listings-offers-and-signatures): a refundable licence given to be turned into cash
    it("is no gift: the payer receives it, in every way to pay", async () => {
      const { subscriptions, market, contracts, token, actors, actions } = await loadFixture(rightsFixture);
      const { buyer, recipient, creator } = actors;
      const offer = actions.cancellable();
      await actions.list(offer);
      const order = await actions.ordered(offer, buyer, { recipient: recipient.address });
      const signature = await signOffer(market, creator, offer);
      const permit = await signPermit(token, buyer, await market.getAddress(), PRICE);
      const before = await actions.books();
      const refused = async (call: Promise<unknown>) =>
        expect(call)
          .to.be.revertedWithCustomError(subscriptions, "Subscriptions_NotAGift")
          .withArgs(buyer.address, recipient.address);
      await refused(market.connect(buyer).purchase(offer, order));
      await refused(market.connect(buyer).purchaseSigned(offer, order, signature));
      await refused(market.connect(buyer).purchaseWithPermit(offer, order, permit));
      await refused(market.connect(buyer).purchaseCart([{ offer, order, signature: "0x" }]));
      expect(await actions.books()).to.deep.equal(before);

      // by the forwarder, it is the signer of the request
      const own = { ...order, recipient: buyer.address };
      const request = async (sent: typeof order) =>
        signRequest(
          contracts.Forwarder,
          buyer,
          await market.getAddress(),
          market.interface.encodeFunctionData("purchase", [offer, sent]),
        );
      await expect(
        contracts.Forwarder.connect(actors.stranger).execute(await request({ ...own, recipient: recipient.address })),
      ).to.be.revertedWithCustomError(contracts.Forwarder, "FailedCall");
      const good = await request(own);
      await actions.expectMoves(
        () => contracts.Forwarder.connect(actors.stranger).execute(good),
        keptOf("buyer", PRICE),
      );
    });
  });

  describe("grant", () => {
    async function saleFixture() {
      const protocol = await loadFixture(rightsFixture);
      const { actions, actors } = protocol;
      const offer = actions.cancellable();
      const licenseId = await actions.sell(offer);
      const sale = {
        ...{ licenseId, termsHash: await protocol.market.hashOffer(offer), terms: offer.rightsTerms },
        ...{ payer: actors.buyer, recipient: actors.buyer, payee: actors.creator, referrer: ethers.ZeroAddress },
        ...{ treasury: actors.treasury, payToken: offer.payToken, price: PRICE, protocolFeeBps: FEE_BPS },
        ...{ referrerBps: 0n, key: ethers.ZeroAddress, quantity: 1n, renewal: true },
      };
      return { ...protocol, offer, licenseId, sale };
    }

    // claim(attacks#licences-listings-offers-and-signatures): rights granted by another than the market
    it("is the market's alone", async () => {
      const { subscriptions, admin, actors, licenseId, sale } = await loadFixture(saleFixture);
      const end = await subscriptions.expiresAt(licenseId);
      for (const caller of [actors.creator, actors.buyer, admin]) {
        for (const renewal of [true, false]) {
          await expect(subscriptions.connect(caller).grant({ ...sale, renewal }))
            .to.be.revertedWithCustomError(subscriptions, "Rights_NotMarket")
            .withArgs(caller.address);
        }
      }
      expect(await subscriptions.expiresAt(licenseId)).to.equal(end);
    });

    // claim(attacks#licences-listings-offers-and-signatures): an issuer that a captured Authority adds
    it("is refused to a second issuer that the Authority names: it grants nothing, and takes no money out", async () => {
      const { subscriptions, market, licenses, admin, actors, actions, offer, licenseId, sale } =
        await loadFixture(saleFixture);
      const issuer = await ethers.deployContract("TestModule");
      await issuer.setState(false, true);
      await licenses.connect(admin).setModule(issuer, true);
      const own = async (data: string, to: string) => issuer.act(to, 0n, data);
      const address = await issuer.getAddress();
      // the bits of the market's licence, under the issuer's own index
      const { index } = await licenses.moduleInfo(issuer);
      const bits = ((1n << 32n) - 1n) << 136n;
      const draft = licenseId & ~bits;
      const forged = draft | (index << 136n);
      await own(licenses.interface.encodeFunctionData("mint", [actors.buyer.address, draft]), String(licenses.target));
      expect(await licenses.ownerOf(forged)).to.equal(actors.buyer.address);

      for (const [id, renewal] of [
        [forged, false],
        [licenseId, true],
      ] as const) {
        const data = subscriptions.interface.encodeFunctionData("grant", [
          {
            ...sale,
            ...{ licenseId: id, renewal, payer: actors.buyer.address, recipient: actors.buyer.address },
            ...{ payee: actors.creator.address, treasury: actors.treasury.address },
          },
        ]);
        await expect(own(data, String(subscriptions.target)))
          .to.be.revertedWithCustomError(subscriptions, "Rights_NotMarket")
          .withArgs(address);
      }

      const before = await actions.books();
      const hash = await market.hashOffer(offer);
      for (const call of ["release", "cancel"] as const) {
        await expect(subscriptions.connect(actors.buyer)[call](offer, forged))
          .to.be.revertedWithCustomError(subscriptions, "Rights_NotItsOffer")
          .withArgs(forged, hash);
      }
      expect(await licenses.isAuthorized(forged, actors.buyer)).to.equal(false);
      expect(await actions.books()).to.deep.equal(before);
      expect(await subscriptions.expiresAt(forged)).to.equal(0n);
    });
  });
});
