import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY } from "../../helpers/market";
import { rightsFixture, seatTerms, termsOf, type RightsFixture } from "./fixture";

const STAY = 7n * DAY;

/** Seats are alike in every module that has them. */
const MODULES: Record<string, { sold(protocol: RightsFixture, seats: bigint): ReturnType<typeof licence> }> = {
  SeatLicenses: {
    sold: async (protocol, seats) =>
      licence(protocol, protocol.seats, protocol.actions.seatOffer({ seats, minStay: STAY })),
  },
  Subscriptions: {
    sold: async (protocol, seats) =>
      licence(protocol, protocol.subscriptions, protocol.actions.subscription({ seats, minStay: STAY })),
  },
};

/** A licence of the buyer's under an offer, and its module. */
async function licence(
  protocol: RightsFixture,
  module: RightsFixture["seats"] | RightsFixture["subscriptions"],
  offer: ReturnType<RightsFixture["actions"]["seatOffer"]>,
) {
  const licenseId = await protocol.actions.sell(offer);
  const hash = await protocol.market.hashOffer(offer);
  // what both modules have in common
  return { ...protocol, module: module as RightsFixture["seats"], offer, hash, licenseId };
}

for (const [name, { sold }] of Object.entries(MODULES)) {
  describe(`Seats of ${name}`, () => {
    async function soldFixture() {
      return sold(await loadFixture(rightsFixture), 2n);
    }

    /** Both seats of the buyer are given: to the stranger, and a minute later to the other. */
    async function fullFixture() {
      const protocol = await loadFixture(soldFixture);
      const { module, actors, actions, offer, licenseId } = protocol;
      const since = (await actions.now()) + 60n;
      await actions.at(since);
      await module.connect(actors.buyer).giveSeat(offer, licenseId, actors.stranger);
      await actions.at(since + 60n);
      await module.connect(actors.buyer).giveSeat(offer, licenseId, actors.other);
      return { ...protocol, since };
    }

    it("are those of the offer, and none is given at first", async () => {
      const { module, actors, offer, licenseId } = await loadFixture(soldFixture);
      expect(await module.seatTerms(offer, licenseId)).to.deep.equal([2n, STAY]);
      expect(await module.seatsUsed(licenseId, actors.buyer)).to.equal(0n);
      expect(await module.seatedSince(licenseId, actors.buyer, actors.stranger)).to.equal(0n);
      expect(await module.seatedSince(licenseId, actors.buyer, actors.buyer)).to.equal(0n);
    });

    describe("giveSeat", () => {
      it("lets a user use the licence, and remembers since when", async () => {
        const { module, licenses, actors, actions, offer, licenseId } = await loadFixture(soldFixture);
        const { buyer, stranger, other } = actors;
        expect(await licenses.isAuthorized(licenseId, stranger)).to.equal(false);
        const since = (await actions.now()) + 60n;
        await actions.at(since);
        await actions.expectMoves(async () => {
          const given = module.connect(buyer).giveSeat(offer, licenseId, stranger);
          await expect(given).to.emit(module, "SeatGiven").withArgs(licenseId, buyer.address, stranger.address);
          return given;
        }, {});
        expect(await module.seatsUsed(licenseId, buyer)).to.equal(1n);
        expect(await module.seatedSince(licenseId, buyer, stranger)).to.equal(since);
        for (const [user, may] of [
          [buyer, true],
          [stranger, true],
          [other, false],
        ] as const) {
          expect(await licenses.isAuthorized(licenseId, user)).to.equal(may);
          expect(await module.mayUse(licenseId, buyer, user)).to.equal(may);
        }
        // a seat is of one holder and one licence
        expect(await module.mayUse(licenseId, other, stranger)).to.equal(false);
        expect(await module.mayUse(licenseId + 1n, buyer, stranger)).to.equal(false);
      });

      it("gives as many seats as there are, and not one more", async () => {
        const { module, licenses, actors, offer, licenseId } = await loadFixture(fullFixture);
        expect(await module.seatsUsed(licenseId, actors.buyer)).to.equal(2n);
        expect(await licenses.isAuthorized(licenseId, actors.other)).to.equal(true);
        await expect(module.connect(actors.buyer).giveSeat(offer, licenseId, actors.recipient))
          .to.be.revertedWithCustomError(module, "Seats_Full")
          .withArgs(licenseId, 2n);
        expect(await licenses.isAuthorized(licenseId, actors.recipient)).to.equal(false);
      });

      it("gives no user two, and none to the holder, who needs none", async () => {
        const { module, actors, offer, licenseId } = await loadFixture(soldFixture);
        const { buyer, stranger } = actors;
        await module.connect(buyer).giveSeat(offer, licenseId, stranger);
        for (const user of [stranger, buyer]) {
          await expect(module.connect(buyer).giveSeat(offer, licenseId, user))
            .to.be.revertedWithCustomError(module, "Seats_AlreadySeated")
            .withArgs(licenseId, user.address);
        }
        expect(await module.seatsUsed(licenseId, buyer)).to.equal(1n);
      });

      it("gives none to nobody", async () => {
        const { module, actors, offer, licenseId } = await loadFixture(soldFixture);
        await expect(
          module.connect(actors.buyer).giveSeat(offer, licenseId, ethers.ZeroAddress),
        ).to.be.revertedWithCustomError(module, "Seats_ZeroUser");
      });
    });

    describe("takeSeat", () => {
      it("takes a seat from the second in which the minimum stay is over, and not before", async () => {
        const { module, licenses, actors, actions, offer, licenseId, since } = await loadFixture(fullFixture);
        const { buyer, stranger, other } = actors;
        await actions.at(since + STAY - 1n);
        await expect(module.connect(buyer).takeSeat(offer, licenseId, stranger))
          .to.be.revertedWithCustomError(module, "Seats_MinimumStay")
          .withArgs(licenseId, stranger.address, since + STAY);
        await actions.at(since + STAY);
        await actions.expectMoves(async () => {
          const taken = module.connect(buyer).takeSeat(offer, licenseId, stranger);
          await expect(taken).to.emit(module, "SeatTaken").withArgs(licenseId, buyer.address, stranger.address);
          return taken;
        }, {});
        expect(await module.seatsUsed(licenseId, buyer)).to.equal(1n);
        expect(await module.seatedSince(licenseId, buyer, stranger)).to.equal(0n);
        expect(await licenses.isAuthorized(licenseId, stranger)).to.equal(false);
        expect(await licenses.isAuthorized(licenseId, other)).to.equal(true);
        // who was seated a minute later stays a minute longer
        await actions.at(since + STAY + 59n);
        await expect(module.connect(buyer).takeSeat(offer, licenseId, other))
          .to.be.revertedWithCustomError(module, "Seats_MinimumStay")
          .withArgs(licenseId, other.address, since + 60n + STAY);
      });

      it("makes room for another user, whose stay begins anew", async () => {
        const { module, licenses, actors, actions, offer, licenseId, since } = await loadFixture(fullFixture);
        const { buyer, stranger, recipient } = actors;
        await actions.at(since + STAY);
        await module.connect(buyer).takeSeat(offer, licenseId, stranger);
        await actions.at(since + STAY + 10n);
        await module.connect(buyer).giveSeat(offer, licenseId, recipient);
        expect(await licenses.isAuthorized(licenseId, recipient)).to.equal(true);
        expect(await module.seatedSince(licenseId, buyer, recipient)).to.equal(since + STAY + 10n);
        await expect(module.connect(buyer).giveSeat(offer, licenseId, stranger))
          .to.be.revertedWithCustomError(module, "Seats_Full")
          .withArgs(licenseId, 2n);
        await expect(module.connect(buyer).takeSeat(offer, licenseId, recipient))
          .to.be.revertedWithCustomError(module, "Seats_MinimumStay")
          .withArgs(licenseId, recipient.address, since + 2n * STAY + 10n);
      });

      it("takes none from a user who has none: the holder, a stranger, or one whose seat was taken", async () => {
        const { module, actors, actions, offer, licenseId, since } = await loadFixture(fullFixture);
        const { buyer, stranger, recipient } = actors;
        await actions.at(since + STAY);
        await module.connect(buyer).takeSeat(offer, licenseId, stranger);
        for (const user of [buyer, recipient, stranger]) {
          await expect(module.connect(buyer).takeSeat(offer, licenseId, user))
            .to.be.revertedWithCustomError(module, "Seats_NotSeated")
            .withArgs(licenseId, user.address);
        }
        expect(await module.seatsUsed(licenseId, buyer)).to.equal(1n);
      });
    });

    describe("giveSeat and takeSeat", () => {
      const CALLS = ["giveSeat", "takeSeat"] as const;

      it("are the holder's: not a user's, an operator's, the creator's or a former holder's", async () => {
        const { module, licenses, actors, offer, licenseId } = await loadFixture(fullFixture);
        const { buyer, stranger, creator, recipient } = actors;
        await licenses.connect(buyer).setApprovalForAll(creator, true);
        for (const call of CALLS) {
          for (const caller of [stranger, creator]) {
            await expect(module.connect(caller)[call](offer, licenseId, stranger))
              .to.be.revertedWithCustomError(module, "Rights_NotOwner")
              .withArgs(licenseId, caller.address, buyer.address);
          }
        }
        await licenses.connect(buyer).transferFrom(buyer, recipient, licenseId);
        for (const call of CALLS) {
          await expect(module.connect(buyer)[call](offer, licenseId, stranger))
            .to.be.revertedWithCustomError(module, "Rights_NotOwner")
            .withArgs(licenseId, buyer.address, recipient.address);
        }
      });

      // claim(attacks#licences-listings-offers-and-signatures): seats of another offer
      it("take the licence's own offer alone: a listed one with more seats is refused, and one never sold", async () => {
        const { module, market, actors, actions, offer, licenseId } = await loadFixture(fullFixture);
        const [seatsOf, termOf] = [seatTerms({ seats: 9n }), termsOf({ seats: 9n })];
        const more = { ...offer, rightsTerms: name === "SeatLicenses" ? seatsOf : termOf };
        const unsold = { ...offer, salt: 8n };
        await actions.sell(more);
        for (const foreign of [more, unsold]) {
          const hash = await market.hashOffer(foreign);
          for (const call of CALLS) {
            await expect(module.connect(actors.buyer)[call](foreign, licenseId, actors.stranger))
              .to.be.revertedWithCustomError(module, "Rights_NotItsOffer")
              .withArgs(licenseId, hash);
          }
          await expect(module.seatTerms(foreign, licenseId))
            .to.be.revertedWithCustomError(module, "Rights_NotItsOffer")
            .withArgs(licenseId, hash);
        }
      });

      it("know no licence that was never issued", async () => {
        const { module, licenses, actors, offer, licenseId } = await loadFixture(fullFixture);
        for (const call of CALLS) {
          await expect(module.connect(actors.buyer)[call](offer, licenseId + 1n, actors.stranger))
            .to.be.revertedWithCustomError(licenses, "ERC721NonexistentToken")
            .withArgs(licenseId + 1n);
        }
      });

      it("refuse a licence without rights, and one of another module, under its own offer", async () => {
        const { module, seats, subscriptions, market, actors, actions } = await loadFixture(fullFixture);
        const foreign = (await module.getAddress()) === (await seats.getAddress()) ? subscriptions : seats;
        expect(await foreign.getAddress()).not.to.equal(await module.getAddress());
        const offers = [
          actions.terms({ salt: 9n }),
          foreign === seats ? actions.seatOffer({}, { salt: 9n }) : actions.subscription({ seats: 2n }, { salt: 9n }),
        ];
        for (const other of offers) {
          const licenseId = await actions.sell(other);
          const hash = await market.hashOffer(other);
          for (const call of CALLS) {
            await expect(module.connect(actors.buyer)[call](other, licenseId, actors.stranger))
              .to.be.revertedWithCustomError(module, "Rights_NotItsOffer")
              .withArgs(licenseId, hash);
          }
        }
      });
    });

    // claim(attacks#licences-listings-offers-and-signatures): seats that outlive a resale
    it("stay behind when the licence is given away, and are there again when it comes back", async () => {
      const { module, licenses, actors, offer, licenseId } = await loadFixture(fullFixture);
      const { buyer, stranger, other, recipient, referrer } = actors;
      const authorized = async () =>
        Promise.all([buyer, stranger, other, recipient, referrer].map((one) => licenses.isAuthorized(licenseId, one)));
      expect(await authorized()).to.deep.equal([true, true, true, false, false]);
      await licenses.connect(buyer).transferFrom(buyer, recipient, licenseId);
      expect(await authorized()).to.deep.equal([false, false, false, true, false]);
      // the new holder has every seat
      expect(await module.seatsUsed(licenseId, recipient)).to.equal(0n);
      await module.connect(recipient).giveSeat(offer, licenseId, referrer);
      await module.connect(recipient).giveSeat(offer, licenseId, stranger);
      await expect(module.connect(recipient).giveSeat(offer, licenseId, buyer))
        .to.be.revertedWithCustomError(module, "Seats_Full")
        .withArgs(licenseId, 2n);
      expect(await authorized()).to.deep.equal([false, true, false, true, true]);

      await licenses.connect(recipient).transferFrom(recipient, buyer, licenseId);
      expect(await authorized()).to.deep.equal([true, true, true, false, false]);
      expect(await module.seatsUsed(licenseId, buyer)).to.equal(2n);
      await expect(module.connect(buyer).giveSeat(offer, licenseId, recipient))
        .to.be.revertedWithCustomError(module, "Seats_Full")
        .withArgs(licenseId, 2n);
    });

    it("are still given, taken and used after a vote closed the module", async () => {
      const { module, licenses, admin, actors, actions, offer, licenseId, since } = await loadFixture(fullFixture);
      await licenses.connect(admin).setRights(module, false, false);
      await actions.at(since + STAY);
      await module.connect(actors.buyer).takeSeat(offer, licenseId, actors.stranger);
      await module.connect(actors.buyer).giveSeat(offer, licenseId, actors.recipient);
      expect(await licenses.isAuthorized(licenseId, actors.recipient)).to.equal(true);
      await expect(actions.purchase(offer))
        .to.be.revertedWithCustomError(licenses, "LicenseToken_RightsClosed")
        .withArgs(offer.rights);
    });

    it("do not stop a transfer: the question before one has no answer", async () => {
      const { module, actors, licenseId } = await loadFixture(fullFixture);
      await module.connect(actors.stranger).beforeTransfer(licenseId, actors.buyer, actors.stranger);
      expect(await module.seatsUsed(licenseId, actors.buyer)).to.equal(2n);
    });

    // only a subscription can be sold without seats
    if (name === "Subscriptions") {
      it("can be none: the holder alone uses the licence then", async () => {
        const { module, actors, offer, licenseId } = await sold(await loadFixture(rightsFixture), 0n);
        await expect(module.connect(actors.buyer).giveSeat(offer, licenseId, actors.stranger))
          .to.be.revertedWithCustomError(module, "Seats_Full")
          .withArgs(licenseId, 0n);
      });
    }
  });
}
