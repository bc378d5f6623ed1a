import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { Cause, DAY, escrowFixture, PRICE, Status, type Deal, type EscrowFixture } from "../helpers/escrow";

/**
 * What was lost: the record of a delivery that never came. The seller let the window pass, and closed the deal through a door that counted
 * nothing: by declining late, or by a proof against its own version.
 */

/** Every door of an open deal, and the cause that it names before its delivery window ends, and after. */
const DOORS: Record<
  string,
  { close: (fixture: EscrowFixture, terms: Deal) => Promise<unknown>; inTime?: bigint; late: bigint }
> = {
  "decline by the seller": {
    close: ({ contracts, actors }, terms) => contracts.escrow.connect(actors.creator).decline(terms),
    inTime: Cause.Declined,
    late: Cause.NotDelivered,
  },
  refundUndelivered: {
    close: ({ contracts, actors }, terms) => contracts.escrow.connect(actors.stranger).refundUndelivered(terms),
    late: Cause.NotDelivered,
  },
  refundDefective: {
    close: async ({ contracts, actors, actions }, terms) => {
      await actions.proveDefective();
      return contracts.escrow.connect(actors.creator).refundDefective(terms);
    },
    inTime: Cause.Defective,
    late: Cause.Defective,
  },
  proveAndRefund: {
    close: ({ contracts, actors, values }, terms) =>
      contracts.escrow.connect(actors.creator).proveAndRefund(terms, values.sealed.evidence),
    inTime: Cause.Defective,
    late: Cause.Defective,
  },
};

async function causeOf({ contracts }: EscrowFixture, terms: Deal) {
  const [event] = await contracts.escrow.queryFilter(contracts.escrow.filters.DealRefunded(terms.opener, terms.id));
  return event.args.cause;
}

const record = ({ contracts }: EscrowFixture, terms: Deal) =>
  contracts.escrow.missedDeliveries(terms.opener, terms.seller);

describe("Finding: a delivery window that passed can be counted, whatever closed the deal", () => {
  for (const [name, { close, inTime, late }] of Object.entries(DOORS)) {
    // claim(attacks#escrow-dispute-and-arbiters): A missed delivery hidden by closing the deal in another way after its
    //   window: by declining late, or by a proof against the seller's own version
    // claim(invariants#market-and-escrow): However a paid deal that was still open after its window is closed, the miss
    //   can be counted
    it(`${name}, a second after the window: the miss is counted`, async () => {
      const fixture = await loadFixture(escrowFixture);
      const { contracts, actors, actions, values } = fixture;
      const { escrow } = contracts;
      const terms = await actions.open(await actions.withBond());
      await time.increaseTo(terms.deliverBy);
      await close(fixture, terms);
      expect(await causeOf(fixture, terms)).to.equal(late);
      expect(await contracts.ledger.balanceOf(terms.payToken, terms.payer)).to.equal(PRICE);

      await expect(escrow.connect(actors.stranger).recordMissedDelivery(terms, values.purchase.hidden))
        .to.be.revertedWithCustomError(escrow, "Escrow_DishonestPad")
        .withArgs(terms.id);
      await expect(escrow.connect(actors.stranger).recordMissedDelivery(terms, values.purchase.secret))
        .to.emit(escrow, "DeliveryMissed")
        .withArgs(terms.opener, terms.seller, terms.id, 1n);
      expect(await record(fixture, terms)).to.equal(1n);
      await expect(escrow.recordMissedDelivery(terms, values.purchase.secret))
        .to.be.revertedWithCustomError(escrow, "Escrow_NoMissToRecord")
        .withArgs(terms.id);
      expect(await actions.statusOf(terms)).to.equal(Status.Refunded);
    });

    it(`${name}, of a deal that was free: there is nothing to count`, async () => {
      const fixture = await loadFixture(escrowFixture);
      const { contracts, actions, values } = fixture;
      const terms = await actions.open(await actions.deal({ price: 0n }));
      await time.increaseTo(terms.deliverBy);
      await close(fixture, terms);
      await expect(contracts.escrow.recordMissedDelivery(terms, values.purchase.secret))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NoMissToRecord")
        .withArgs(terms.id);
    });

    if (inTime === undefined) continue;
    // claim(attacks#escrow-dispute-and-arbiters): A missed delivery hidden by closing the deal in another way after its
    //   window: by declining late, or by a proof against the seller's own version
    it(`${name}, in the last second of the window: nothing is held against the seller`, async () => {
      const fixture = await loadFixture(escrowFixture);
      const { contracts, actions, values } = fixture;
      const terms = await actions.open(await actions.withBond());
      // what proves first takes a block of its own
      await time.increaseTo(terms.deliverBy - (name === "refundDefective" ? 2n : 1n));
      await close(fixture, terms);
      expect(await time.latest()).to.equal(terms.deliverBy);
      expect(await causeOf(fixture, terms)).to.equal(inTime);
      await expect(contracts.escrow.recordMissedDelivery(terms, values.purchase.secret))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NoMissToRecord")
        .withArgs(terms.id);
      expect(await record(fixture, terms)).to.equal(0n);
    });
  }

  /** What closes a deal that was delivered in time, long after its delivery window: there was no miss. */
  const DELIVERED: Record<string, (fixture: EscrowFixture, terms: Deal) => Promise<unknown>> = {
    refundBySeller: ({ contracts, actors }, terms) => contracts.escrow.connect(actors.creator).refundBySeller(terms),
    refundDefective: DOORS.refundDefective.close,
    proveAndRefund: DOORS.proveAndRefund.close,
    "a dispute that the seller concedes": async ({ contracts, actors, actions }, terms) => {
      await actions.dispute(terms);
      return contracts.escrow.connect(actors.creator).concede(terms, PRICE);
    },
    "a dispute that ends by the proof": async (fixture, terms) => {
      await fixture.actions.dispute(terms);
      return DOORS.refundDefective.close(fixture, terms);
    },
    "a dispute that the recipient wins": async ({ contracts, actions }, terms) => {
      await actions.dispute(terms);
      const { disputeId } = await contracts.escrow.disputeOf(terms.opener, terms.id);
      await contracts.arbitrator.giveRuling(contracts.escrow, disputeId, 1n);
      return contracts.escrow.executeRuling(terms);
    },
  };
  for (const [name, close] of Object.entries(DELIVERED)) {
    it(`counts nothing for a deal that was delivered: ${name}`, async () => {
      const fixture = await loadFixture(escrowFixture);
      const { contracts, actions, values } = fixture;
      const terms = await actions.openAndDeliver(await actions.withBond());
      await time.increaseTo(terms.deliverBy + DAY);
      await close(fixture, terms);
      expect(await actions.statusOf(terms)).to.equal(Status.Refunded);
      await expect(contracts.escrow.recordMissedDelivery(terms, values.purchase.secret))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NoMissToRecord")
        .withArgs(terms.id);
    });
  }
});
