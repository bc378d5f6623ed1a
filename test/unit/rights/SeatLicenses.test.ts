import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { scalarFor } from "../../helpers/files";
import { expectLimits } from "../../helpers/limits";
import { DAY, PRICE } from "../../helpers/market";
import { signOffer } from "../../helpers/signing";
import { FEE_BPS, feeOf, rightsFixture, SEATS, seatTerms, splitOf } from "./fixture";

const MAX_STAY = 30n * DAY;

describe("SeatLicenses", () => {
  it("publishes its limit, and what it is bound to", async () => {
    const { seats, licenses, market } = await loadFixture(rightsFixture);
    await expectLimits(seats, { MAX_STAY });
    expect(await seats.LICENSES()).to.equal(await licenses.getAddress());
    expect(await seats.MARKET()).to.equal(await market.getAddress());
  });

  it("cannot be created for an address that is no market", async () => {
    const { seats, licenses, actors, token } = await loadFixture(rightsFixture);
    const factory = await ethers.getContractFactory("SeatLicenses");
    for (const nobody of [actors.stranger.address, await token.getAddress(), await licenses.getAddress()]) {
      await expect(factory.deploy(licenses, nobody)).to.be.reverted;
    }
    await expect(factory.deploy(licenses, await seats.MARKET())).not.to.be.reverted;
  });

  describe("terms", () => {
    const WRONG: [field: string, terms: string][] = [
      ["seats", seatTerms({ seats: 0n })],
      ["minStay", seatTerms({ minStay: MAX_STAY + 1n })],
      ["minStay", seatTerms({ minStay: 2n ** 32n - 1n })],
      ["rightsTerms", seatTerms({ rest: 1n })],
      ["rightsTerms", seatTerms({ rest: 1n << 207n })],
    ];

    it("are refused when the offer is listed, with the first field that is wrong", async () => {
      const { seats, market, actors, actions } = await loadFixture(rightsFixture);
      for (const [field, rightsTerms] of WRONG) {
        const offer = actions.seatOffer({}, { rightsTerms });
        await expect(market.connect(actors.creator).createOffer(offer), rightsTerms)
          .to.be.revertedWithCustomError(seats, "Rights_BadTerms")
          .withArgs(field);
        await expect(seats.check(offer), rightsTerms)
          .to.be.revertedWithCustomError(seats, "Rights_BadTerms")
          .withArgs(field);
      }
    });

    it("are refused at the purchase where the offer was only signed, and nobody pays", async () => {
      const { seats, market, actors, actions } = await loadFixture(rightsFixture);
      const before = await actions.books();
      for (const [field, rightsTerms] of WRONG) {
        const offer = actions.seatOffer({}, { rightsTerms });
        const signature = await signOffer(market, actors.creator, offer);
        const order = await actions.ordered(offer, actors.buyer);
        await expect(market.connect(actors.buyer).purchaseSigned(offer, order, signature), rightsTerms)
          .to.be.revertedWithCustomError(seats, "Rights_BadTerms")
          .withArgs(field);
      }
      expect(await actions.books()).to.deep.equal(before);
    });

    it("hold at their edges: one seat without a stay, and 65,535 seats with the longest", async () => {
      const { seats, market, actors, actions } = await loadFixture(rightsFixture);
      const edges = [
        { seats: 1n, minStay: 0n },
        { seats: 65_535n, minStay: MAX_STAY },
      ];
      for (const edge of edges) {
        const offer = actions.seatOffer(edge);
        const licenseId = await actions.sell(offer);
        expect(await seats.seatTerms(offer, licenseId)).to.deep.equal([edge.seats, edge.minStay]);
        const signed = actions.seatOffer(edge, { salt: 1n });
        const order = await actions.ordered(signed, actors.buyer);
        await market
          .connect(actors.buyer)
          .purchaseSigned(signed, order, await signOffer(market, actors.creator, signed));
      }
    });
  });

  describe("a purchase", () => {
    it("shares the price out at once, keeps nothing here, and says what licence it is", async () => {
      const { seats, market, licenses, actors, actions, ids } = await loadFixture(rightsFixture);
      const offer = actions.seatOffer({}, { referrerBps: 1_000n });
      const hash = await actions.list(offer);
      const referred = { referrer: actors.referrer.address, recipient: actors.recipient.address };
      const sent = await actions.expectMoves(() => actions.purchase(offer, referred), {
        owed: PRICE,
        creator: PRICE - feeOf(PRICE) - feeOf(PRICE, 1_000n),
        treasury: feeOf(PRICE),
        referrer: feeOf(PRICE, 1_000n),
        "buyer's wallet": -PRICE,
      });
      const licenseId = await actions.soldIn(sent);
      await expect(sent).to.emit(market, "LicenseSold").withArgs(hash, licenseId, actors.buyer.address, PRICE);
      expect(await licenses.licenseInfo(licenseId)).to.deep.equal([
        ids.versionId,
        true,
        false,
        false,
        await market.getAddress(),
        await seats.getAddress(),
        FEE_BPS,
      ]);
      expect(await licenses.ownerOf(licenseId)).to.equal(actors.recipient.address);
      expect(await licenses.isAuthorized(licenseId, actors.recipient)).to.equal(true);
      expect(await licenses.isAuthorized(licenseId, actors.buyer)).to.equal(false);
    });

    it("of several at once is one licence with as many times the seats, and one offer holds both kinds", async () => {
      const { seats, licenses, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.seatOffer({ seats: 3n, minStay: 5n });
      const single = await actions.sell(offer);
      const named = await actions.soldIn(await actions.purchase(offer, { quantity: 1n }));
      const sent = await actions.expectMoves(
        () => actions.purchase(offer, { quantity: 7n }),
        splitOf("buyer", 7n * PRICE),
      );
      const seven = await actions.soldIn(sent);
      expect(await licenses.balanceOf(actors.buyer)).to.equal(3n);
      expect(await seats.seatTerms(offer, single)).to.deep.equal([3n, 5n]);
      expect(await seats.seatTerms(offer, named)).to.deep.equal([3n, 5n]);
      expect(await seats.seatTerms(offer, seven)).to.deep.equal([21n, 5n]);
    });

    it("of the most there can be has all seats: 65,535 times 2^32 - 1", async () => {
      const { seats, actions } = await loadFixture(rightsFixture);
      const offer = actions.seatOffer({ seats: 65_535n }, { price: 0n });
      await actions.list(offer);
      const licenseId = await actions.soldIn(await actions.purchase(offer, { quantity: 2n ** 32n - 1n }));
      expect((await seats.seatTerms(offer, licenseId)).seats).to.equal(65_535n * (2n ** 32n - 1n));
    });

    it("is not renewed: the money stays where it is", async () => {
      const { seats, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.seatOffer();
      const licenseId = await actions.sell(offer);
      const before = await actions.books();
      for (const who of [actors.buyer, actors.stranger]) {
        await expect(actions.renew(offer, licenseId, who))
          .to.be.revertedWithCustomError(seats, "SeatLicenses_NotRenewable")
          .withArgs(licenseId);
      }
      expect(await actions.books()).to.deep.equal(before);
    });

    it("at once takes no pad", async () => {
      const { seats, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.seatOffer();
      await actions.list(offer);
      await expect(actions.purchase(offer, { pad: actors.other.address }))
        .to.be.revertedWithCustomError(seats, "Rights_BadTerms")
        .withArgs("pad");
    });
  });

  describe("a file", () => {
    async function fileFixture() {
      const protocol = await loadFixture(rightsFixture);
      const { actions, market, actors } = protocol;
      const offer = actions.fileTerms({ rights: SEATS, rightsTerms: seatTerms() });
      await actions.list(offer);
      const { order, secret } = await actions.paddedOrder(offer, { quantity: 2n, maxPrice: 2n * PRICE });
      const deal = await actions.dealOf(await market.connect(actors.buyer).purchase(offer, order));
      return { ...protocol, offer, deal, secret, licenseId: BigInt(deal.id) };
    }

    it("is used by holder and users from its delivery", async () => {
      const { seats, licenses, contracts, actors, files, offer, deal, secret, licenseId } =
        await loadFixture(fileFixture);
      await seats.connect(actors.buyer).giveSeat(offer, licenseId, actors.other);
      for (const one of [actors.buyer, actors.other]) {
        expect(await licenses.isAuthorized(licenseId, one)).to.equal(false);
      }
      await contracts.Escrow.deliver(deal as never, scalarFor(files.file.key, secret));
      for (const one of [actors.buyer, actors.other]) {
        expect(await licenses.isAuthorized(licenseId, one)).to.equal(true);
      }
      expect(await licenses.isAuthorized(licenseId, actors.stranger)).to.equal(false);
      expect(await seats.seatTerms(offer, licenseId)).to.deep.equal([4n, 7n * DAY]);
    });

    it("that was refunded has no users any more, and nobody gives or takes its seats", async () => {
      const { seats, licenses, contracts, actors, actions, offer, deal, licenseId } = await loadFixture(fileFixture);
      await seats.connect(actors.buyer).giveSeat(offer, licenseId, actors.other);
      await actions.expectMoves(() => contracts.Escrow.connect(actors.creator).decline(deal as never), {
        escrow: -2n * PRICE,
        buyer: 2n * PRICE,
      });
      for (const one of [actors.buyer, actors.other]) {
        expect(await licenses.isAuthorized(licenseId, one)).to.equal(false);
      }
      expect(await seats.measure(licenseId)).to.equal(0n);
      for (const call of ["giveSeat", "takeSeat"] as const) {
        await expect(seats.connect(actors.buyer)[call](offer, licenseId, actors.other))
          .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
          .withArgs(licenseId);
      }
    });
  });

  describe("measure", () => {
    it("is without end for a licence of the module, and nothing for any other", async () => {
      const { seats, subscriptions, actions } = await loadFixture(rightsFixture);
      const licenseId = await actions.sell(actions.seatOffer());
      const plain = await actions.sell(actions.terms());
      const other = await actions.sell(actions.subscription());
      expect(await seats.measure(licenseId)).to.equal(ethers.MaxUint256);
      expect(await seats.measure(licenseId + 1n)).to.equal(0n);
      expect(await seats.measure(plain)).to.equal(0n);
      expect(await seats.measure(other)).to.equal(0n);
      expect(await subscriptions.measure(licenseId)).to.equal(0n);
    });
  });

  describe("grant", () => {
    // claim(attacks#licences-listings-offers-and-signatures): rights granted by another than the market
    it("is the market's alone", async () => {
      const { seats, admin, actors, actions } = await loadFixture(rightsFixture);
      const offer = actions.seatOffer();
      const licenseId = await actions.sell(offer);
      const sale = {
        ...{ licenseId, termsHash: ethers.ZeroHash, terms: offer.rightsTerms },
        ...{ payer: actors.buyer, recipient: actors.buyer, payee: actors.creator, referrer: ethers.ZeroAddress },
        ...{ treasury: actors.treasury, payToken: offer.payToken, price: PRICE, protocolFeeBps: FEE_BPS },
        ...{ referrerBps: 0n, key: ethers.ZeroAddress, quantity: 9n, renewal: false },
      };
      for (const caller of [actors.creator, actors.buyer, admin]) {
        await expect(seats.connect(caller).grant(sale))
          .to.be.revertedWithCustomError(seats, "Rights_NotMarket")
          .withArgs(caller.address);
      }
      expect((await seats.seatTerms(offer, licenseId)).seats).to.equal(2n);
    });
  });
});
