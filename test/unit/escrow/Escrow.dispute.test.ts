import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
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
} from "../../helpers/escrow";

const MAX_UINT128 = 2n ** 128n - 1n;

describe("Escrow", () => {
  describe("dispute", () => {
    it("refuses everyone but the recipient", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.withBond());
      for (const caller of [actors.payer, actors.creator, actors.stranger]) {
        await expect(contracts.escrow.connect(caller).dispute(terms, { value: COST }))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NotParty")
          .withArgs(terms.id, caller.address);
      }
    });

    it("refuses a deal without an arbitrator", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      await expect(contracts.escrow.connect(actors.recipient).dispute(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NoArbitrator")
        .withArgs(terms.id);
    });

    // claim(attacks#escrow-dispute-and-arbiters): Deadline minus and plus one second
    it("disputes in the last second for complaints", async () => {
      const { actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.withBond());
      await actions.at(terms.complainBy);
      await actions.dispute(terms);
      expect(await actions.statusOf(terms)).to.equal(Status.Disputed);
    });

    // claim(attacks#escrow-dispute-and-arbiters): Deadline minus and plus one second
    // claim(attacks#escrow-dispute-and-arbiters): Dispute too late
    it("refuses a dispute one second later", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.withBond());
      await actions.at(terms.complainBy + 1n);
      await expect(contracts.escrow.connect(actors.recipient).dispute(terms, { value: COST }))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_TooLate")
        .withArgs(terms.id, terms.complainBy);
    });

    it("refuses less than the recipient's half", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.withBond());
      await expect(contracts.escrow.connect(actors.recipient).dispute(terms, { value: COST - 1n }))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_HalfTooSmall")
        .withArgs(COST - 1n, COST);
    });

    it("asks the recipient to advance what the bond does not cover", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.withBond({ bond: 500n }));
      await expect(contracts.escrow.connect(actors.recipient).dispute(terms, { value: 2n * COST - 501n }))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_HalfTooSmall")
        .withArgs(2n * COST - 501n, 2n * COST - 500n);
    });

    it("pays the arbitrator from the halves, credits back what was too much, and records the dispute", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, arbitrator } = contracts;
      const terms = await actions.openAndDeliver(await actions.withBond());
      const when = terms.complainBy - 60n;
      await actions.at(when);
      const sent = await actions.expectMoves(
        () => escrow.connect(actors.recipient).dispute(terms, { value: COST + 77n }),
        { recipient: 77n, "coin of ledger": 77n, "coin of arbitrator": COST },
      );

      await expect(sent)
        .to.emit(escrow, "DealDisputed")
        .withArgs(terms.opener, terms.id, arbitrator, 1n, when + RULING_WINDOW);
      expect([...(await escrow.disputeOf(terms.opener, terms.id))]).to.deep.equal([
        1n,
        when + RULING_WINDOW,
        0n,
        false,
        false,
        0n,
        PRICE,
        0n,
        COST,
        COST,
      ]);
    });

    it("opens a dispute that costs nothing", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      await contracts.arbitrator.setCost(0n);
      const terms = await actions.openAndDispute(await actions.withBond(), 0n);
      await actions.expectMoves(() => contracts.escrow.connect(actors.creator).concede(terms, PRICE), {
        escrow: -PRICE,
        payer: PRICE,
        "bond free": BOND,
        "bond reserved": -BOND,
      });
    });

    it("refuses a second dispute of one deal, before and after its end", async () => {
      const { contracts, actors, terms, rule } = await loadFixture(disputedFixture);
      const again = (status: bigint) =>
        expect(contracts.escrow.connect(actors.recipient).dispute(terms, { value: COST }))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WrongStatus")
          .withArgs(terms.id, status);
      await again(Status.Disputed);
      await rule(2n);
      await contracts.escrow.executeRuling(terms);
      await again(Status.Split);
    });

    it("still takes a dispute of a version that was proven defective, which a refund then ends", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.withBond());
      await actions.proveDefective();
      await actions.dispute(terms);
      await contracts.escrow.refundDefective(terms);
      expect(await actions.statusOf(terms)).to.equal(Status.Refunded);
    });
  });

  describe("concede", () => {
    it("refuses everyone but the two parties, the payer of a gift included", async () => {
      const { contracts, actors, terms } = await loadFixture(disputedFixture);
      for (const caller of [actors.payer, actors.stranger, actors.treasury]) {
        await expect(contracts.escrow.connect(caller).concede(terms, 1n))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NotParty")
          .withArgs(terms.id, caller.address);
      }
    });

    it("lets the recipient only lower and the seller only raise", async () => {
      const { contracts, actors, terms } = await loadFixture(disputedFixture);
      const { escrow } = contracts;
      const tries = async (who: typeof actors.payer, refund: bigint, standing: bigint) =>
        expect(escrow.connect(who).concede(terms, refund))
          .to.be.revertedWithCustomError(escrow, "Escrow_NotAConcession")
          .withArgs(terms.id, refund, standing);
      await tries(actors.recipient, PRICE, PRICE);
      await tries(actors.recipient, MAX_UINT128, PRICE);
      await tries(actors.creator, 0n, 0n);
      await escrow.connect(actors.recipient).concede(terms, 900n);
      await escrow.connect(actors.creator).concede(terms, 100n);
      await tries(actors.recipient, 900n, 900n);
      await tries(actors.recipient, 901n, 900n);
      await tries(actors.creator, 100n, 100n);
      await tries(actors.creator, 99n, 100n);
    });

    it("records offers that do not meet, moves no money and keeps the licence locked", async () => {
      const { contracts, actors, actions, terms } = await loadFixture(disputedFixture);
      const { escrow } = contracts;
      const asked = await actions.expectMoves(() => escrow.connect(actors.recipient).concede(terms, 600n), {});
      await expect(asked).to.emit(escrow, "OfferConceded").withArgs(terms.opener, terms.id, actors.recipient, 600n);
      const offered = await actions.expectMoves(() => escrow.connect(actors.creator).concede(terms, 599n), {});
      await expect(offered).to.emit(escrow, "OfferConceded").withArgs(terms.opener, terms.id, actors.creator, 599n);
      const { refundAsked, refundOffered } = await escrow.disputeOf(terms.opener, terms.id);
      expect([refundAsked, refundOffered]).to.deep.equal([600n, 599n]);
      expect(await actions.statusOf(terms)).to.equal(Status.Disputed);
    });

    const HALVES = {
      recipient: COST / 2n,
      "coin of escrow": -COST / 2n,
      "coin of ledger": COST / 2n,
      "bond free": BOND - COST / 2n,
      "bond reserved": -BOND,
    };

    for (const [name, refund] of [
      ["exactly meets", 100n],
      ["crosses", 40n],
    ] as const) {
      it(`splits at the seller's standing offer when the recipient ${name} it`, async () => {
        const { contracts, actors, actions, terms } = await loadFixture(disputedFixture);
        const { escrow } = contracts;
        await escrow.connect(actors.creator).concede(terms, 100n);
        const sent = await actions.expectMoves(() => escrow.connect(actors.recipient).concede(terms, refund), {
          ...split(100n),
          ...HALVES,
          payer: 100n,
        });
        await expect(sent).to.emit(escrow, "DealSplit").withArgs(terms.opener, terms.id, 100n);
        await expect(sent).not.to.emit(contracts.opener, "RefundHeard");
        expect(await actions.statusOf(terms)).to.equal(Status.Split);
      });
    }

    for (const [name, refund] of [
      ["exactly meets", 700n],
      ["crosses", 800n],
      ["outbids the price itself over", MAX_UINT128],
    ] as const) {
      it(`splits at the recipient's standing offer when the seller ${name} it`, async () => {
        const { contracts, actors, actions, terms } = await loadFixture(disputedFixture);
        await contracts.escrow.connect(actors.recipient).concede(terms, 700n);
        await actions.expectMoves(() => contracts.escrow.connect(actors.creator).concede(terms, refund), {
          ...split(700n),
          ...HALVES,
        });
        expect(await actions.statusOf(terms)).to.equal(Status.Split);
      });
    }

    it("refunds whole, and takes the licence back, when the seller gives everything", async () => {
      const { contracts, actors, actions, terms } = await loadFixture(disputedFixture);
      const sent = await actions.expectMoves(() => contracts.escrow.connect(actors.creator).concede(terms, PRICE), {
        ...HALVES,
        escrow: -PRICE,
        payer: PRICE,
      });
      await expect(sent).to.emit(contracts.escrow, "DealRefunded").withArgs(terms.opener, terms.id, Cause.Ruled);
      await expect(sent).to.emit(contracts.opener, "RefundHeard").withArgs(terms.id, terms.termsHash);
    });

    it("pays the payee whole when the recipient gives everything up", async () => {
      const { contracts, actors, actions, terms } = await loadFixture(disputedFixture);
      await actions.expectMoves(() => contracts.escrow.connect(actors.recipient).concede(terms, 0n), {
        ...split(0n),
        ...HALVES,
      });
      expect(await actions.statusOf(terms)).to.equal(Status.Split);
    });

    it("leaves the odd wei of the halves with the recipient, who advanced it", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      await contracts.arbitrator.setCost(7n);
      const terms = await actions.openAndDispute(await actions.withBond(), 7n);
      await actions.expectMoves(() => contracts.escrow.connect(actors.recipient).concede(terms, 0n), {
        ...split(0n),
        recipient: 4n,
        "coin of escrow": -4n,
        "coin of ledger": 4n,
        "bond free": BOND - 4n,
        "bond reserved": -BOND,
      });
    });

    it("concedes in the last second for a ruling and not one later", async () => {
      const { contracts, actors, actions, terms, ruleBy } = await loadFixture(disputedFixture);
      const { escrow } = contracts;
      await actions.at(ruleBy);
      await escrow.connect(actors.recipient).concede(terms, 600n);
      for (const caller of [actors.recipient, actors.creator]) {
        await expect(escrow.connect(caller).concede(terms, 500n))
          .to.be.revertedWithCustomError(escrow, "Escrow_TooLate")
          .withArgs(terms.id, ruleBy);
      }
    });

    it("refuses after a ruling, of 0 too", async () => {
      for (const ruling of [0n, 1n, 2n]) {
        const { contracts, actors, terms, rule } = await loadFixture(disputedFixture);
        await rule(ruling);
        await expect(contracts.escrow.connect(actors.creator).concede(terms, 5n))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_AlreadyRuled")
          .withArgs(terms.id, ruling);
      }
    });

    it("takes an account that is both parties for the recipient", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const both = actors.recipient.address;
      const terms = await actions.openAndDispute(await actions.withBond({ seller: both }));
      await contracts.escrow.connect(actors.recipient).concede(terms, 3n);
      expect((await contracts.escrow.disputeOf(terms.opener, terms.id)).refundAsked).to.equal(3n);
    });
  });
});
