import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import {
  BOND,
  COST,
  escrowFixture,
  OnReclaim,
  PRICE,
  RULING_WINDOW,
  Status,
  type Deal,
  type EscrowFixture,
} from "../helpers/escrow";

/**
 * What was lost: the fee of a dispute that ended while its arbiters were still voting. The escrow asked for it once, in the call that closed the
 * deal, when the panel still kept it; nobody could ask again, and it lay in the panel for ever.
 */

/** Every way in which a dispute ends while its arbitrator has not decided. */
const ENDINGS: Record<string, (fixture: EscrowFixture, terms: Deal) => Promise<unknown>> = {
  "a proof": async ({ contracts, actors, actions }, terms) => {
    await actions.proveDefective();
    return contracts.escrow.connect(actors.stranger).refundDefective(terms);
  },
  "a proof and the refund in one": ({ contracts, actors, values }, terms) =>
    contracts.escrow.connect(actors.stranger).proveAndRefund(terms, values.sealed.evidence),
  "the recipient, who settles for what is offered": ({ contracts, actors }, terms) =>
    contracts.escrow.connect(actors.recipient).concede(terms, 0n),
  "the seller, who concedes everything": ({ contracts, actors }, terms) =>
    contracts.escrow.connect(actors.creator).concede(terms, PRICE),
  "offers that meet in the middle": async ({ contracts, actors }, terms) => {
    await contracts.escrow.connect(actors.recipient).concede(terms, 700n);
    return contracts.escrow.connect(actors.creator).concede(terms, 700n);
  },
};

/** A bond that covers its half, one that covers a quarter of it, and one of a single wei. */
const BONDS = [BOND, COST / 4n, 1n];

async function disputed(bond: bigint) {
  const fixture = await loadFixture(escrowFixture);
  const terms = await fixture.actions.openAndDispute(await fixture.actions.withPanel({ bond }));
  const { escrow, panel } = fixture.contracts;
  const { disputeId } = await escrow.disputeOf(terms.opener, terms.id);
  const { voteBy } = await panel.disputes(disputeId);
  /** Both arbiters whose votes decide. */
  const decide = async (ruling: bigint) => {
    for (const arbiter of fixture.actors.arbiters.slice(0, 2)) await panel.connect(arbiter).vote(disputeId, ruling);
  };
  return { ...fixture, fixture, terms, disputeId, voteBy, decide };
}

/** What both sides have got back of what they prepaid: in the ledger, and in the bond. */
async function gotBack({ contracts, actors }: EscrowFixture, terms: Deal) {
  const [free] = await contracts.escrow.bondOf(terms.opener, terms.seller, terms.termsHash);
  return { recipient: await contracts.ledger.balanceOf(ethers.ZeroAddress, actors.recipient), free };
}

describe("Finding: the fee of a dispute that nobody decided comes back, whenever the deal was closed", () => {
  for (const [ending, end] of Object.entries(ENDINGS)) {
    for (const bond of BONDS) {
      // claim(attacks#escrow-dispute-and-arbiters): The fee of a dispute that ended while the arbiters were voting
      //   stuck in the panel for ever: by a proof, by offers that met, or by an arbitrator that kept it when first
      //   asked. Anyone can ask again
      it(`after ${ending}, with a bond of ${bond}: both sides get back what they prepaid, to the wei`, async () => {
        const { fixture, contracts, actors, actions, terms, disputeId, voteBy } = await disputed(bond);
        const { escrow, panel } = contracts;
        const sellerHalf = bond < COST ? bond : COST;
        await end(fixture, terms);
        const before = await gotBack(fixture, terms);
        const reclaim = () => escrow.connect(actors.stranger).reclaimFee(terms);
        expect((await escrow.disputeOf(terms.opener, terms.id)).feeHeld).to.equal(true);

        // the arbiters may still decide, and earn it
        await actions.at(voteBy);
        await expect(reclaim())
          .to.be.revertedWithCustomError(escrow, "Escrow_FeeNotReturned")
          .withArgs(terms.id, await panel.getAddress());

        const toPayee = bond - before.free;
        const sent = await actions.expectMoves(reclaim, {
          "coin of panel": -COST,
          recipient: COST - toPayee,
          "coin of ledger": COST - toPayee,
          "coin of escrow": toPayee,
          "bond free": toPayee,
        });
        await expect(sent)
          .to.emit(escrow, "DisputeFeeReturned")
          .withArgs(terms.opener, terms.id, COST - toPayee, toPayee);
        await expect(sent)
          .to.emit(panel, "FeeReclaimed")
          .withArgs(disputeId, await escrow.getAddress(), COST);
        if (toPayee !== 0n) {
          await expect(sent)
            .to.emit(escrow, "BondChanged")
            .withArgs(terms.opener, terms.seller, terms.termsHash, bond, 0n);
        }
        expect(await gotBack(fixture, terms)).to.deep.equal({ recipient: 2n * COST - sellerHalf, free: bond });
        // the coin of the escrow is the bond again, and the seller can have it
        expect(await ethers.provider.getBalance(escrow)).to.equal(bond);
        await escrow.connect(actors.creator).withdrawBond(terms.opener, terms.termsHash, bond);

        await expect(reclaim()).to.be.revertedWithCustomError(escrow, "Escrow_NoFeeToReclaim").withArgs(terms.id);
      });
    }

    it(`after ${ending}: at once, when the arbiters say that they do not decide`, async () => {
      const { fixture, contracts, terms, decide } = await disputed(BOND);
      await end(fixture, terms);
      await decide(0n);
      await contracts.escrow.reclaimFee(terms);
      expect(await gotBack(fixture, terms)).to.deep.equal({ recipient: COST, free: BOND });
      expect(await ethers.provider.getBalance(contracts.panel)).to.equal(0n);
    });

    for (const ruling of [1n, 2n]) {
      it(`after ${ending}: not from arbiters who decide ${ruling} all the same, and are paid`, async () => {
        const { fixture, contracts, actors, actions, terms, voteBy, decide } = await disputed(BOND);
        await end(fixture, terms);
        await decide(ruling);
        await actions.at(voteBy + 1n);
        await expect(contracts.escrow.reclaimFee(terms))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_FeeNotReturned")
          .withArgs(terms.id, await contracts.panel.getAddress());
        for (const arbiter of actors.arbiters.slice(0, 2)) {
          expect(await contracts.ledger.balanceOf(ethers.ZeroAddress, arbiter)).to.equal(COST / 2n);
        }
        expect(await ethers.provider.getBalance(contracts.panel)).to.equal(0n);
      });
    }
  }

  // claim(attacks#escrow-dispute-and-arbiters): The fee of a dispute that ended while the arbiters were voting stuck in
  //   the panel for ever: by a proof, by offers that met, or by an arbitrator that kept it when first asked. Anyone can
  //   ask again
  it("after silence: an arbitrator that kept the fee when it was asked first may return it later", async () => {
    const fixture = await loadFixture(escrowFixture);
    const { contracts, actors, actions } = fixture;
    const { escrow, arbitrator } = contracts;
    const terms = await actions.openAndDispute(await actions.withBond());
    await time.increase(RULING_WINDOW + 1n);
    await arbitrator.setOnReclaim(OnReclaim.Refuse, 0n);
    await escrow.resolveStale(terms);
    expect(await gotBack(fixture, terms)).to.deep.equal({ recipient: COST / 2n, free: BOND - COST / 2n });
    await expect(escrow.reclaimFee(terms))
      .to.be.revertedWithCustomError(escrow, "Escrow_FeeNotReturned")
      .withArgs(terms.id, await arbitrator.getAddress());

    await arbitrator.setOnReclaim(OnReclaim.Return, COST);
    await actions.expectMoves(() => escrow.connect(actors.stranger).reclaimFee(terms), {
      "coin of arbitrator": -COST,
      recipient: COST / 2n,
      "coin of ledger": COST / 2n,
      "coin of escrow": COST / 2n,
      "bond free": COST / 2n,
    });
    expect(await gotBack(fixture, terms)).to.deep.equal({ recipient: COST, free: BOND });
  });

  /** What a hostile arbitrator returns, and what each side has of it when the bond of 500 covered a quarter of its half. */
  const RETURNED: [bigint, bigint, bigint][] = [
    [1n, 1n, 0n],
    [COST - 500n, COST - 500n, 0n],
    [COST - 499n, COST - 500n, 1n],
    [COST, COST - 500n, 500n],
    [5n * COST, 5n * COST - 500n, 500n],
  ];
  for (const [returned, toRecipient, toPayee] of RETURNED) {
    // claim(attacks#escrow-dispute-and-arbiters): A fee that comes back late and goes to the wrong side, twice, or to a
    //   bond that never paid it
    it(`gives the recipient what it advanced first, when ${returned} of ${COST} come back after a proof`, async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, arbitrator } = contracts;
      const terms = await actions.openAndDispute(await actions.withBond({ bond: 500n }));
      await actions.proveDefective();
      await escrow.refundDefective(terms);
      await actors.stranger.sendTransaction({ to: arbitrator, value: 5n * COST });
      await arbitrator.setOnReclaim(OnReclaim.Return, returned);
      const sent = await actions.expectMoves(() => escrow.reclaimFee(terms), {
        "coin of arbitrator": -returned,
        recipient: toRecipient,
        "coin of ledger": toRecipient,
        "coin of escrow": toPayee,
        "bond free": toPayee,
      });
      await expect(sent).to.emit(escrow, "DisputeFeeReturned").withArgs(terms.opener, terms.id, toRecipient, toPayee);
      await expect(escrow.reclaimFee(terms))
        .to.be.revertedWithCustomError(escrow, "Escrow_NoFeeToReclaim")
        .withArgs(terms.id);
    });
  }

  for (const [name, on] of [
    ["keeps it", OnReclaim.KeepAll],
    ["burns all gas", OnReclaim.BurnGas],
    ["fails", OnReclaim.Refuse],
    ["sends it through another contract", OnReclaim.ReturnThroughAnother],
  ] as const) {
    it(`can be asked again after an arbitrator that ${name}`, async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const { escrow, arbitrator } = contracts;
      const terms = await actions.openAndDispute(await actions.withBond());
      await actions.proveDefective();
      await arbitrator.setOnReclaim(on, COST);
      await escrow.refundDefective(terms);
      await expect(escrow.reclaimFee(terms))
        .to.be.revertedWithCustomError(escrow, "Escrow_FeeNotReturned")
        .withArgs(terms.id, await arbitrator.getAddress());
      await arbitrator.setOnReclaim(OnReclaim.Return, COST);
      await escrow.reclaimFee(terms);
      expect((await escrow.disputeOf(terms.opener, terms.id)).feeHeld).to.equal(false);
    });
  }

  // claim(attacks#escrow-dispute-and-arbiters): A fee that comes back late and goes to the wrong side, twice, or to a
  //   bond that never paid it
  it("cannot be re-entered by the arbitrator that returns it", async () => {
    const { contracts, actions } = await loadFixture(escrowFixture);
    const { escrow, arbitrator } = contracts;
    const [terms, second] = [
      await actions.openAndDispute(await actions.withBond()),
      await actions.openAndDispute(await actions.withBond()),
    ];
    await actions.proveDefective();
    for (const one of [terms, second]) await escrow.refundDefective(one);
    await arbitrator.setOnReclaim(OnReclaim.Reenter, 0n);
    for (const data of [
      escrow.interface.encodeFunctionData("reclaimFee", [second]),
      escrow.interface.encodeFunctionData("reclaimFee", [terms]),
    ]) {
      await arbitrator.arm(escrow, data);
      await expect(escrow.reclaimFee(terms)).to.be.revertedWithCustomError(escrow, "Escrow_FeeNotReturned");
      expect(await arbitrator.reentered()).to.equal(false);
    }
  });

  /** Deals whose arbitrator holds no fee that could come back. */
  const NOTHING: Record<string, (fixture: EscrowFixture) => Promise<Deal>> = {
    "is open": async ({ actions }) => actions.open(await actions.withBond()),
    "is delivered": async ({ actions }) => actions.openAndDeliver(await actions.withBond()),
    "is disputed": async ({ actions }) => actions.openAndDispute(await actions.withBond()),
    "was declined": async ({ contracts, actors, actions }) => {
      const terms = await actions.open(await actions.withBond());
      await contracts.escrow.connect(actors.creator).decline(terms);
      return terms;
    },
    "was given back by the seller": async ({ contracts, actors, actions }) => {
      const terms = await actions.openAndDeliver(await actions.withBond());
      await contracts.escrow.connect(actors.creator).refundBySeller(terms);
      return terms;
    },
    "had no arbitrator": async ({ contracts, actors, actions }) => {
      const terms = await actions.openAndDeliver(await actions.deal());
      await contracts.escrow.connect(actors.recipient).accept(terms);
      return terms;
    },
    "was ruled for one side": async ({ contracts, actions }) => {
      const terms = await actions.openAndDispute(await actions.withBond());
      const { disputeId } = await contracts.escrow.disputeOf(terms.opener, terms.id);
      await contracts.arbitrator.giveRuling(contracts.escrow, disputeId, 1n);
      await contracts.escrow.executeRuling(terms);
      return terms;
    },
    "was ruled for one side, and proven defective before that was carried out": async ({ contracts, actions }) => {
      const terms = await actions.openAndDispute(await actions.withBond());
      const { disputeId } = await contracts.escrow.disputeOf(terms.opener, terms.id);
      await contracts.arbitrator.giveRuling(contracts.escrow, disputeId, 2n);
      await actions.proveDefective();
      await contracts.escrow.refundDefective(terms);
      return terms;
    },
    "was resolved, with the fee returned at once": async ({ contracts, actions }) => {
      const terms = await actions.openAndDispute(await actions.withPanel());
      await time.increase(RULING_WINDOW + 1n);
      await contracts.escrow.resolveStale(terms);
      return terms;
    },
    "was judged for nothing": async ({ contracts, actors, actions }) => {
      await contracts.arbitrator.setCost(0n);
      const terms = await actions.openAndDispute(await actions.withBond(), 0n);
      await contracts.escrow.connect(actors.recipient).concede(terms, 0n);
      return terms;
    },
  };
  for (const [name, bring] of Object.entries(NOTHING)) {
    // claim(attacks#escrow-dispute-and-arbiters): A fee that comes back late and goes to the wrong side, twice, or to a
    //   bond that never paid it
    it(`says that there is no fee to reclaim for a deal that ${name}`, async () => {
      const fixture = await loadFixture(escrowFixture);
      const { contracts, actors, actions } = fixture;
      const terms = await bring(fixture);
      // an arbitrator that would give something
      await actors.stranger.sendTransaction({ to: contracts.arbitrator, value: COST });
      await contracts.arbitrator.setOnReclaim(OnReclaim.Return, COST);
      const status = await actions.statusOf(terms);
      await expect(contracts.escrow.reclaimFee(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NoFeeToReclaim")
        .withArgs(terms.id);
      expect(await actions.statusOf(terms)).to.equal(status);
    });
  }

  it("refuses a deal under other terms", async () => {
    const { contracts, actors, actions } = await loadFixture(escrowFixture);
    const terms = await actions.openAndDispute(await actions.withBond());
    await contracts.escrow.connect(actors.recipient).concede(terms, 0n);
    expect(await actions.statusOf(terms)).to.equal(Status.Split);
    await expect(contracts.escrow.reclaimFee({ ...terms, recipient: actors.stranger.address }))
      .to.be.revertedWithCustomError(contracts.escrow, "Escrow_UnknownDeal")
      .withArgs(terms.opener, terms.id);
  });
});
