import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import {
  BOND,
  Cause,
  COST,
  disputedFixture,
  escrowFixture,
  PRICE,
  RULING_WINDOW,
  split,
  Status,
  type Deal,
} from "../../helpers/escrow";

const MAX_UINT128 = 2n ** 128n - 1n;

describe("Escrow", () => {
  describe("rule", () => {
    it("refuses anyone but the arbitrator, and any dispute that is not there", async () => {
      const { contracts, actors, disputeId, rule } = await loadFixture(disputedFixture);
      const { escrow, arbitrator } = contracts;
      for (const caller of [actors.creator, actors.recipient, actors.stranger]) {
        await expect(escrow.connect(caller).rule(disputeId, 1n))
          .to.be.revertedWithCustomError(escrow, "Escrow_UnknownDispute")
          .withArgs(caller.address, disputeId);
      }
      await expect(rule(1n, disputeId + 1n))
        .to.be.revertedWithCustomError(escrow, "Escrow_UnknownDispute")
        .withArgs(arbitrator, disputeId + 1n);
    });

    for (const ruling of [3n, 2n ** 256n - 1n]) {
      it(`refuses a ruling of ${ruling}`, async () => {
        const { contracts, rule } = await loadFixture(disputedFixture);
        await expect(rule(ruling))
          // claim(attacks#escrow-dispute-and-arbiters): A ruling out of range
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_RulingOutOfRange")
          .withArgs(ruling);
      });
    }

    // claim(attacks#escrow-dispute-and-arbiters): Two rulings
    it("refuses a second ruling, whatever the first was", async () => {
      for (const first of [0n, 1n, 2n]) {
        const { contracts, terms, rule } = await loadFixture(disputedFixture);
        await rule(first);
        for (const second of [0n, 1n, 2n]) {
          await expect(rule(second))
            .to.be.revertedWithCustomError(contracts.escrow, "Escrow_AlreadyRuled")
            .withArgs(terms.id, first);
        }
      }
    });

    // claim(attacks#escrow-dispute-and-arbiters): Deadline minus and plus one second
    it("takes a ruling in the last second and moves no money with it", async () => {
      const { contracts, actions, terms, disputeId, ruleBy, rule } = await loadFixture(disputedFixture);
      await actions.at(ruleBy);
      const sent = await actions.expectMoves(() => rule(2n), {});
      await expect(sent).to.emit(contracts.escrow, "Ruling").withArgs(contracts.arbitrator, disputeId, 2n);
      const { ruled, ruling } = await contracts.escrow.disputeOf(terms.opener, terms.id);
      expect([ruled, ruling]).to.deep.equal([true, 2n]);
    });

    // claim(attacks#escrow-dispute-and-arbiters): Deadline minus and plus one second
    it("refuses a ruling one second later", async () => {
      const { contracts, actions, terms, ruleBy, rule } = await loadFixture(disputedFixture);
      await actions.at(ruleBy + 1n);
      await expect(rule(1n))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_TooLate")
        .withArgs(terms.id, ruleBy);
    });
  });

  describe("executeRuling", () => {
    it("refuses without a ruling and with a ruling of 0", async () => {
      const { contracts, terms, rule } = await loadFixture(disputedFixture);
      const refused = () =>
        expect(contracts.escrow.executeRuling(terms))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NotRuled")
          .withArgs(terms.id);
      await refused();
      await rule(0n);
      await refused();
    });

    const offers = async ({ contracts, actors }: Awaited<ReturnType<typeof disputedFixture>>, terms: Deal) => {
      await contracts.escrow.connect(actors.recipient).concede(terms, 700n);
      await contracts.escrow.connect(actors.creator).concede(terms, 300n);
    };

    it("gives the recipient's last offer for 1, and spends the seller's half", async () => {
      const fixture = await loadFixture(disputedFixture);
      const { contracts, actors, actions, terms, rule } = fixture;
      await offers(fixture, terms);
      await rule(1n);
      const sent = await actions.expectMoves(() => contracts.escrow.connect(actors.stranger).executeRuling(terms), {
        ...split(700n),
        recipient: COST,
        "coin of escrow": -COST,
        "coin of ledger": COST,
        "bond free": BOND - COST,
        "bond reserved": -BOND,
      });
      await expect(sent).to.emit(contracts.escrow, "DealSplit").withArgs(terms.opener, terms.id, 700n);
      await expect(sent)
        .to.emit(contracts.escrow, "BondChanged")
        .withArgs(terms.opener, terms.seller, terms.termsHash, BOND - COST, 0n);
    });

    it("gives the seller's last offer for 2, and spends the recipient's half", async () => {
      const fixture = await loadFixture(disputedFixture);
      const { contracts, actions, terms, rule } = fixture;
      await offers(fixture, terms);
      await rule(2n);
      await actions.expectMoves(() => contracts.escrow.executeRuling(terms), {
        ...split(300n),
        "bond free": BOND,
        "bond reserved": -BOND,
      });
      expect(await actions.statusOf(terms)).to.equal(Status.Split);
    });

    it("refunds whole for 1 when the recipient conceded nothing", async () => {
      const { contracts, actions, terms, rule } = await loadFixture(disputedFixture);
      await rule(1n);
      const sent = await actions.expectMoves(() => contracts.escrow.executeRuling(terms), {
        escrow: -PRICE,
        payer: PRICE,
        recipient: COST,
        "coin of escrow": -COST,
        "coin of ledger": COST,
        "bond free": BOND - COST,
        "bond reserved": -BOND,
      });
      await expect(sent).to.emit(contracts.escrow, "DealRefunded").withArgs(terms.opener, terms.id, Cause.Ruled);
      await expect(sent).to.emit(contracts.opener, "RefundHeard");
    });

    it("takes no licence back from a recipient who asked for one unit less than the price, and won", async () => {
      const { contracts, actors, actions, terms, rule } = await loadFixture(disputedFixture);
      await contracts.escrow.connect(actors.recipient).concede(terms, PRICE - 1n);
      await rule(1n);
      const sent = await contracts.escrow.executeRuling(terms);
      await expect(sent)
        .to.emit(contracts.escrow, "DealSplit")
        .withArgs(terms.opener, terms.id, PRICE - 1n);
      await expect(sent).not.to.emit(contracts.opener, "RefundHeard");
      expect(await actions.statusOf(terms)).to.equal(Status.Split);
    });

    it("pays whole for 2 when the seller conceded nothing, in tokens", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const { token } = values.addresses;
      const terms = await actions.openAndDispute(await actions.withBond({ payToken: token }));
      await contracts.arbitrator.giveRuling(contracts.escrow, 1n, 2n);
      await actions.expectMoves(
        () => contracts.escrow.executeRuling(terms),
        { ...split(0n), "bond free": BOND, "bond reserved": -BOND },
        token,
      );
    });

    it("returns to the recipient what it advanced of the seller's half, for 2", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDispute(await actions.withBond({ bond: 500n }));
      await contracts.arbitrator.giveRuling(contracts.escrow, 1n, 2n);
      await actions.expectMoves(() => contracts.escrow.executeRuling(terms), {
        ...split(0n),
        recipient: COST - 500n,
        "coin of escrow": -(COST - 500n),
        "coin of ledger": COST - 500n,
        "bond free": 500n,
        "bond reserved": -500n,
      });
    });

    it("carries a ruling out long after its deadline", async () => {
      const { contracts, actions, terms, ruleBy, rule } = await loadFixture(disputedFixture);
      await rule(1n);
      await actions.at(ruleBy + 100_000_000n);
      await contracts.escrow.executeRuling(terms);
      expect(await actions.statusOf(terms)).to.equal(Status.Refunded);
    });
  });

  describe("resolveStale", () => {
    it("refuses until and including the last second for a ruling", async () => {
      const { contracts, actions, terms, ruleBy } = await loadFixture(disputedFixture);
      await actions.at(ruleBy);
      await expect(contracts.escrow.resolveStale(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_TooEarly")
        .withArgs(terms.id, ruleBy);
    });

    it("refuses when 1 or 2 was ruled, even after the deadline", async () => {
      for (const ruling of [1n, 2n]) {
        const { contracts, actions, terms, ruleBy, rule } = await loadFixture(disputedFixture);
        await rule(ruling);
        await actions.at(ruleBy + 1n);
        await expect(contracts.escrow.resolveStale(terms))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_AlreadyRuled")
          .withArgs(terms.id, ruling);
      }
    });

    for (const stale of ["one second after the deadline", "at once after a ruling of 0"]) {
      // claim(attacks#escrow-dispute-and-arbiters): Dust of a split
      it(`splits at the midpoint ${stale}, the odd unit with the payee's side, and shares the half that is left`, async () => {
        const { contracts, actors, actions, terms, ruleBy, rule } = await loadFixture(disputedFixture);
        const { escrow } = contracts;
        await escrow.connect(actors.recipient).concede(terms, 701n);
        await escrow.connect(actors.creator).concede(terms, 300n);
        if (stale.startsWith("at once")) await rule(0n);
        else await actions.at(ruleBy + 1n);
        const sent = await actions.expectMoves(() => escrow.connect(actors.stranger).resolveStale(terms), {
          ...split(500n),
          recipient: COST / 2n,
          "coin of escrow": -COST / 2n,
          "coin of ledger": COST / 2n,
          "bond free": BOND - COST / 2n,
          "bond reserved": -BOND,
        });
        await expect(sent).to.emit(escrow, "DealSplit").withArgs(terms.opener, terms.id, 500n);
      });
    }

    it("does not overflow at the highest price", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const { token } = values.addresses;
      const terms = await actions.openAndDispute(await actions.withBond({ price: MAX_UINT128, payToken: token }));
      await time.increase(RULING_WINDOW + 1n);
      await contracts.escrow.resolveStale(terms);
      expect(await contracts.ledger.balanceOf(token, terms.payer)).to.equal(MAX_UINT128 / 2n);
    });

    it("splits a deal of one unit, which stays with the payee, and returns the halves", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDispute(await actions.withBond({ price: 1n }));
      await time.increase(RULING_WINDOW + 1n);
      await actions.expectMoves(() => contracts.escrow.resolveStale(terms), {
        escrow: -1n,
        payee: 1n,
        recipient: COST / 2n,
        "coin of escrow": -COST / 2n,
        "coin of ledger": COST / 2n,
        "bond free": BOND - COST / 2n,
        "bond reserved": -BOND,
      });
      expect(await actions.statusOf(terms)).to.equal(Status.Split);
    });

    it("gives the seller back no more than its bond put in", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDispute(await actions.withBond({ bond: 1n }));
      await time.increase(RULING_WINDOW + 1n);
      await actions.expectMoves(() => contracts.escrow.resolveStale(terms), {
        ...split(PRICE / 2n),
        recipient: COST - 1n,
        "coin of escrow": -(COST - 1n),
        "coin of ledger": COST - 1n,
        "bond free": 1n,
        "bond reserved": -1n,
      });
    });
  });
});
