import { loadFixture, takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { AssertionError, expect } from "chai";
import { id, dataSlice } from "ethers";
import { ethers } from "hardhat";
import {
  BOND,
  Cause,
  COST,
  type Deal,
  dealCalls,
  disputedFixture,
  escrowFixture,
  OnCreate,
  OnReclaim,
  PRICE,
  RULING_WINDOW,
  split,
  Status,
} from "../../helpers/escrow";

const REENTRANT = dataSlice(id("ReentrancyGuardReentrantCall()"), 0, 4);

describe("Escrow", () => {
  describe("with the panel", () => {
    async function panelFixture() {
      const fixture = await escrowFixture();
      const terms = await fixture.actions.openAndDispute(await fixture.actions.withPanel());
      const { disputeId, ruleBy } = await fixture.contracts.escrow.disputeOf(terms.opener, terms.id);
      return { ...fixture, terms, disputeId, ruleBy };
    }

    it("carries out what two of three arbiters decided, and pays the two", async () => {
      const { contracts, actors, actions, terms, disputeId } = await loadFixture(panelFixture);
      const { escrow, panel, ledger } = contracts;
      const [first, second] = actors.arbiters;
      await panel.connect(first).vote(disputeId, 1n);
      const sent = await actions.expectMoves(() => panel.connect(second).vote(disputeId, 1n), {
        "coin of panel": -COST,
        "coin of ledger": COST,
      });
      await expect(sent).to.emit(escrow, "Ruling").withArgs(panel, disputeId, 1n);
      await expect(sent).to.emit(panel, "DisputeDecided").withArgs(disputeId, 1n, true);
      expect(await ledger.balanceOf(terms.payToken, first)).to.equal(COST / 2n);

      await actions.expectMoves(() => escrow.executeRuling(terms), {
        escrow: -PRICE,
        payer: PRICE,
        recipient: COST,
        "coin of escrow": -COST,
        "coin of ledger": COST,
        "bond free": BOND - COST,
        "bond reserved": -BOND,
      });
    });

    it("returns both halves in full when the arbiters decide nothing", async () => {
      const { contracts, actors, actions, terms, disputeId } = await loadFixture(panelFixture);
      for (const arbiter of actors.arbiters.slice(1)) await contracts.panel.connect(arbiter).vote(disputeId, 0n);
      const sent = await actions.expectMoves(() => contracts.escrow.resolveStale(terms), {
        ...split(PRICE / 2n),
        recipient: COST,
        "coin of panel": -COST,
        "coin of ledger": COST,
        "bond free": BOND,
        "bond reserved": -BOND,
      });
      await expect(sent).to.emit(contracts.panel, "FeeReclaimed").withArgs(disputeId, contracts.escrow, COST);
    });

    it("returns both halves in full when the arbiters fall silent and nobody ended the vote", async () => {
      const { contracts, actions, terms, ruleBy } = await loadFixture(panelFixture);
      await actions.at(ruleBy + 1n);
      await actions.expectMoves(() => contracts.escrow.resolveStale(terms), {
        ...split(PRICE / 2n),
        recipient: COST,
        "coin of panel": -COST,
        "coin of ledger": COST,
        "bond free": BOND,
        "bond reserved": -BOND,
      });
    });

    // claim(attacks#escrow-dispute-and-arbiters): A caller that starves the reclaim or the ruling of gas
    it("cannot be made to skip the reclaim by a caller that gives too little gas", async () => {
      const { contracts, actors, terms, ruleBy } = await loadFixture(panelFixture);
      await time.increaseTo(ruleBy + 1n);
      const enough = await contracts.escrow.resolveStale.estimateGas(terms);
      const outcomes = new Set<string>();
      for (let percent = 30n; percent <= 100n; percent += 5n) {
        const snapshot = await takeSnapshot();
        try {
          await contracts.escrow.connect(actors.stranger).resolveStale(terms, { gasLimit: (enough * percent) / 100n });
          outcomes.add("passed");
          // whenever the call passes, the fee came back
          expect(await ethers.provider.getBalance(contracts.panel)).to.equal(0n);
        } catch (error) {
          if (error instanceof AssertionError) throw error;
          outcomes.add("reverted");
        }
        await snapshot.restore();
      }
      expect([...outcomes].sort()).to.deep.equal(["passed", "reverted"]);
    });

    it("pays arbiters whose ruling came after the parties had agreed, and changes nothing for the deal", async () => {
      const { contracts, actors, actions, terms, disputeId } = await loadFixture(panelFixture);
      const { escrow, panel } = contracts;
      await escrow.connect(actors.recipient).concede(terms, 0n);
      await panel.connect(actors.arbiters[0]).vote(disputeId, 1n);
      const sent = await panel.connect(actors.arbiters[1]).vote(disputeId, 1n);
      await expect(sent).to.emit(panel, "DisputeDecided").withArgs(disputeId, 1n, false);
      expect(await actions.statusOf(terms)).to.equal(Status.Split);
    });
  });

  describe("with an arbitrator that opens disputes badly", () => {
    // claim(attacks#escrow-dispute-and-arbiters): An old or reused dispute id
    it("refuses an id that the arbitrator gave before", async () => {
      const { contracts, actors, actions } = await loadFixture(disputedFixture);
      await contracts.arbitrator.setOnCreate(OnCreate.OldId);
      const second = await actions.openAndDeliver(await actions.withBond());
      await expect(contracts.escrow.connect(actors.recipient).dispute(second, { value: COST }))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_DisputeExists")
        .withArgs(contracts.arbitrator, 1n);
    });

    it("takes a first id of zero, which it keeps apart from no dispute", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      await contracts.arbitrator.setOnCreate(OnCreate.OldId);
      const terms = await actions.openAndDispute(await actions.withBond());
      await contracts.arbitrator.giveRuling(contracts.escrow, 0n, 2n);
      await contracts.escrow.executeRuling(terms);
      expect(await actions.statusOf(terms)).to.equal(Status.Split);
    });

    // claim(attacks#escrow-dispute-and-arbiters): Ruling while the dispute is opened
    it("hears no ruling while the dispute is being opened", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      await contracts.arbitrator.setOnCreate(OnCreate.RuleAtOnce);
      const terms = await actions.openAndDispute(await actions.withBond());
      const { escrow, arbitrator } = contracts;
      expect(await arbitrator.reentered()).to.equal(false);
      const unknown = escrow.interface.encodeErrorResult("Escrow_UnknownDispute", [await arbitrator.getAddress(), 1n]);
      expect(await arbitrator.answer()).to.equal(unknown);
      expect((await escrow.disputeOf(terms.opener, terms.id)).ruled).to.equal(false);
    });

    // claim(attacks#escrow-dispute-and-arbiters): Re-entry across functions
    it("can be re-entered by no function of a deal while the dispute is being opened", async () => {
      const fixture = await loadFixture(escrowFixture);
      const { contracts, actions, values } = fixture;
      const { escrow, arbitrator } = contracts;
      await arbitrator.setOnCreate(OnCreate.Reenter);
      for (const name of [
        ...Object.keys(dealCalls(fixture)),
        "postBond",
        "withdrawBond",
        "proveAndRefund",
        "recordMissedDelivery",
      ]) {
        const call = name.replace(/^concedeBy\w+$/, "concede");
        const terms = await actions.openAndDeliver(await actions.withBond({ seller: values.addresses.arbitrator }));
        const delivered = { ...terms };
        const args: Record<string, unknown[]> = {
          deliver: [delivered, values.purchase.c],
          concede: [delivered, 1n],
          postBond: [terms.opener, terms.seller, terms.termsHash],
          proveAndRefund: [delivered, values.sealed.evidence],
          recordMissedDelivery: [delivered, values.purchase.secret],
          withdrawBond: [terms.opener, terms.termsHash, 1n],
        };
        await arbitrator.arm(
          escrow,
          escrow.interface.encodeFunctionData(call as "open", (args[call] ?? [delivered]) as [Deal]),
        );
        await actions.dispute(terms);
        expect(await arbitrator.answer(), call).to.equal(REENTRANT);
        expect(await actions.statusOf(terms), call).to.equal(Status.Disputed);
      }
    });

    it("keeps the deal as it was when the arbitrator refuses or cannot say its cost", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, arbitrator } = contracts;
      const terms = await actions.openAndDeliver(await actions.withBond());
      await arbitrator.setOnCreate(OnCreate.Refuse);
      await expect(escrow.connect(actors.recipient).dispute(terms, { value: COST })).to.be.revertedWithCustomError(
        arbitrator,
        "Puppet_Refused",
      );
      await arbitrator.setCostFails(true);
      await expect(escrow.connect(actors.recipient).dispute(terms, { value: COST })).to.be.revertedWithCustomError(
        arbitrator,
        "Puppet_Refused",
      );
      await escrow.connect(actors.creator).refundBySeller(terms);
      expect(await actions.statusOf(terms)).to.equal(Status.Refunded);
    });

    // claim(attacks#escrow-dispute-and-arbiters): A cost raised above the bond
    it("does not take more than its bond from a seller when the cost rises above it", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, arbitrator } = contracts;
      const terms = await actions.openAndDeliver(await actions.withBond());
      const cost = 10n * BOND;
      await arbitrator.setCost(cost);
      await expect(escrow.connect(actors.recipient).dispute(terms, { value: COST }))
        .to.be.revertedWithCustomError(escrow, "Escrow_HalfTooSmall")
        .withArgs(COST, 2n * cost - BOND);
      await actions.expectMoves(() => escrow.connect(actors.recipient).dispute(terms, { value: 2n * cost - BOND }), {
        "coin of escrow": cost - BOND,
        "coin of arbitrator": cost,
      });
      await arbitrator.giveRuling(escrow, 1n, 1n);
      await actions.expectMoves(() => escrow.executeRuling(terms), {
        escrow: -PRICE,
        payer: PRICE,
        recipient: cost,
        "coin of escrow": -cost,
        "coin of ledger": cost,
        "bond reserved": -BOND,
      });
    });

    it("refuses a cost that fits no type instead of wrapping it", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, arbitrator } = contracts;
      const terms = await actions.openAndDeliver(await actions.withBond());
      for (const cost of [2n ** 128n, 2n ** 256n - 1n]) {
        await arbitrator.setCost(cost);
        await expect(escrow.connect(actors.recipient).dispute(terms, { value: COST }))
          .to.be.revertedWithCustomError(escrow, "SafeCastOverflowedUintDowncast")
          .withArgs(128n, cost);
      }
    });
  });

  describe("with an arbitrator that decided nothing", () => {
    const LEFT_ONLY = {
      ...split(PRICE / 2n),
      recipient: COST / 2n,
      "coin of escrow": -COST / 2n,
      "coin of ledger": COST / 2n,
      "bond free": BOND - COST / 2n,
      "bond reserved": -BOND,
    };

    for (const [habit, mode] of [
      ["keeps its fee", OnReclaim.KeepAll],
      ["fails", OnReclaim.Refuse],
      ["burns all gas", OnReclaim.BurnGas],
      ["sends the fee through another account", OnReclaim.ReturnThroughAnother],
    ] as const) {
      it(`holds nothing up when the arbitrator ${habit}`, async () => {
        const { contracts, actions, terms, ruleBy } = await loadFixture(disputedFixture);
        await contracts.arbitrator.setOnReclaim(mode, 10n);
        await actions.at(ruleBy + 1n);
        await actions.expectMoves(() => contracts.escrow.resolveStale(terms), LEFT_ONLY);
      });
    }

    it("holds nothing up when the arbitrator knows only ERC-792", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const plain = await ethers.deployContract("PlainArbitrator");
      await plain.setCost(COST);
      const terms = await actions.openAndDispute(await actions.withBond({ arbitrator: await plain.getAddress() }));
      await time.increase(RULING_WINDOW + 1n);
      await actions.expectMoves(() => contracts.escrow.resolveStale(terms), LEFT_ONLY);
    });

    for (const [name, returned, seller] of [
      ["everything", COST, COST],
      ["a part", 600n, (COST + 600n) / 2n],
      ["an odd wei", 1n, (COST + 1n) / 2n],
      ["more than it was paid", 3n * COST, COST],
    ] as const) {
      // claim(attacks#escrow-dispute-and-arbiters): An arbitrator that keeps, burns or returns too much
      it(`shares what is there when the arbitrator gives ${name} back`, async () => {
        const { contracts, actors, actions, terms, ruleBy } = await loadFixture(disputedFixture);
        const { escrow, arbitrator } = contracts;
        await actors.stranger.sendTransaction({ to: arbitrator, value: 10n * COST });
        await arbitrator.setOnReclaim(OnReclaim.Return, returned);
        await actions.at(ruleBy + 1n);
        const recipient = COST + returned - seller;
        await actions.expectMoves(() => escrow.resolveStale(terms), {
          ...split(PRICE / 2n),
          recipient,
          "coin of escrow": returned - recipient,
          "coin of arbitrator": -returned,
          "coin of ledger": recipient,
          "bond free": BOND - COST + seller,
          "bond reserved": -BOND,
        });
      });
    }

    // claim(attacks#escrow-dispute-and-arbiters): Re-entry across functions
    it("can be re-entered by no function while the fee is reclaimed", async () => {
      const { contracts, actions, terms, ruleBy } = await loadFixture(disputedFixture);
      const { escrow, arbitrator } = contracts;
      await arbitrator.setOnReclaim(OnReclaim.Reenter, 0n);
      await arbitrator.arm(escrow, escrow.interface.encodeFunctionData("resolveStale", [terms]));
      await actions.at(ruleBy + 1n);
      await actions.expectMoves(() => escrow.resolveStale(terms, { gasLimit: 1_000_000n }), LEFT_ONLY);
      // the guard's answer is all that the arbitrator got
      expect(await arbitrator.reentered()).to.equal(false);
      expect(await arbitrator.answer()).to.equal(REENTRANT);
    });

    // claim(attacks#escrow-dispute-and-arbiters): A ruling, or a second payment of the fee, while the fee is on its way
    it("hears no ruling on the dispute while its fee is reclaimed", async () => {
      const { contracts, actions, terms, disputeId, ruleBy } = await loadFixture(disputedFixture);
      const { escrow, arbitrator } = contracts;
      await arbitrator.setOnReclaim(OnReclaim.Reenter, 0n);
      await arbitrator.arm(escrow, escrow.interface.encodeFunctionData("rule", [disputeId, 1n]));
      await actions.at(ruleBy + 1n);
      await actions.expectMoves(() => escrow.resolveStale(terms, { gasLimit: 1_000_000n }), LEFT_ONLY);
      const late = escrow.interface.encodeErrorResult("Escrow_TooLate", [terms.id, ruleBy]);
      expect(await arbitrator.answer()).to.equal(late);
    });

    it("takes no coin from an arbitrator at any other time", async () => {
      const { contracts, actors, terms, rule } = await loadFixture(disputedFixture);
      const { escrow, arbitrator } = contracts;
      const send = () =>
        expect(arbitrator.execute(escrow, "0x", { value: 1n }))
          .to.be.revertedWithCustomError(escrow, "Escrow_UnexpectedCoin")
          .withArgs(arbitrator);
      await send();
      await rule(0n);
      await escrow.connect(actors.stranger).resolveStale(terms);
      await send();
    });

    it("takes no coin from an arbitrator once its fee was reclaimed, in the same transaction either", async () => {
      const { contracts, terms, rule } = await loadFixture(disputedFixture);
      const { escrow, arbitrator } = contracts;
      await rule(0n);
      const resolve = escrow.interface.encodeFunctionData("resolveStale", [terms]);
      await expect(arbitrator.executeThenPay(escrow, resolve, { value: 1n }))
        .to.be.revertedWithCustomError(escrow, "Escrow_UnexpectedCoin")
        .withArgs(arbitrator);
    });
  });

  describe("with an arbitrator that never rules", () => {
    it("cannot touch deals of other arbitrators, whatever ids it uses", async () => {
      const { contracts, actions } = await loadFixture(disputedFixture);
      const { escrow, arbitrator } = contracts;
      const foreign = await actions.openAndDispute(await actions.withPanel());
      const { disputeId } = await escrow.disputeOf(foreign.opener, foreign.id);
      await arbitrator.giveRuling(escrow, disputeId, 2n);
      expect((await escrow.disputeOf(foreign.opener, foreign.id)).ruled).to.equal(false);
    });

    it("still lets the seller give everything back and a proof refund everything", async () => {
      const { contracts, actors, actions, terms } = await loadFixture(disputedFixture);
      const sent = await contracts.escrow.connect(actors.creator).concede(terms, PRICE);
      await expect(sent).to.emit(contracts.escrow, "DealRefunded").withArgs(terms.opener, terms.id, Cause.Ruled);
      expect(await actions.statusOf(terms)).to.equal(Status.Refunded);
    });
  });
});
