import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { ethers } from "hardhat";
import { asSent, BOND, Cause, COST, escrowFixture, OnReclaim, PRICE, shares, Status } from "../../helpers/escrow";

describe("Escrow", () => {
  describe("accept", () => {
    it("refuses everyone but the recipient, the payer of a gift included", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      for (const caller of [actors.payer, actors.creator, actors.stranger]) {
        await expect(contracts.escrow.connect(caller).accept(terms))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NotParty")
          .withArgs(terms.id, caller.address);
      }
    });

    it("refuses a version that was proven defective", async () => {
      const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      await actions.proveDefective();
      const defectiveAt = await contracts.registry.defectiveAt(values.versionId);
      await expect(contracts.escrow.connect(actors.recipient).accept(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_VersionDefective")
        .withArgs(values.versionId, defectiveAt);
    });

    it("pays payee, treasury and referrer at once and frees the bond", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow } = contracts;
      const terms = await actions.openAndDeliver(await actions.withBond());
      const sent = await actions.expectMoves(() => escrow.connect(actors.recipient).accept(terms), {
        escrow: -PRICE,
        ...shares(PRICE),
        "bond free": BOND,
        "bond reserved": -BOND,
      });
      await expect(sent).to.emit(escrow, "DealSettled").withArgs(terms.opener, terms.id);
      await expect(sent).not.to.emit(contracts.opener, "RefundHeard");
      expect(await actions.statusOf(terms)).to.equal(Status.Settled);
    });

    it("accepts after the time for complaints too", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      await actions.at(terms.complainBy + 1n);
      await contracts.escrow.connect(actors.recipient).accept(terms);
      expect(await actions.statusOf(terms)).to.equal(Status.Settled);
    });

    for (const price of [0n, 1n, 9n, 39n, 40n, 10_001n]) {
      // claim(attacks#escrow-dispute-and-arbiters): Dust of a split
      it(`pays out exactly ${price} units, to the last grain of dust`, async () => {
        const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
        const { token } = values.addresses;
        const terms = await actions.openAndDeliver(await actions.deal({ price, payToken: token }));
        const parts = shares(price);
        expect(parts.payee + parts.treasury + parts.referrer).to.equal(price);
        await actions.expectMoves(
          () => contracts.escrow.connect(actors.recipient).accept(terms),
          { escrow: -price, ...parts },
          token,
        );
      });
    }

    it("pays two when there is no referrer", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal({ referrer: ZeroAddress, referrerBps: 0n }));
      const { payee, treasury } = shares(PRICE, 250n, 0n);
      await actions.expectMoves(() => contracts.escrow.connect(actors.recipient).accept(terms), {
        escrow: -PRICE,
        payee,
        treasury,
      });
    });

    // claim(attacks#escrow-dispute-and-arbiters): A fee larger than the amount
    it("leaves the payee the larger part at the highest shares", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal({ protocolFeeBps: 500n, referrerBps: 5_000n }));
      await actions.expectMoves(() => contracts.escrow.connect(actors.recipient).accept(terms), {
        escrow: -PRICE,
        ...shares(PRICE, 500n, 5_000n),
      });
    });

    it("takes no fee where there is none", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal({ protocolFeeBps: 0n, referrerBps: 0n }));
      await actions.expectMoves(() => contracts.escrow.connect(actors.recipient).accept(terms), {
        escrow: -PRICE,
        payee: PRICE,
      });
    });

    it("credits one account that is every party", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const all = actors.recipient.address;
      const terms = await actions.openAndDeliver(
        await actions.deal({ payer: all, seller: all, payee: all, referrer: all, treasury: all }),
      );
      await actions.expectMoves(() => contracts.escrow.connect(actors.recipient).accept(terms), {
        escrow: -PRICE,
        recipient: PRICE,
      });
    });
  });

  describe("settle", () => {
    it("refuses until and including the last second for complaints", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      await actions.at(terms.complainBy);
      await expect(contracts.escrow.settle(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_TooEarly")
        .withArgs(terms.id, terms.complainBy);
    });

    // claim(attacks#escrow-dispute-and-arbiters): Deadline minus and plus one second
    it("pays the payee's side one second later, by anybody's call, in tokens", async () => {
      const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
      const { escrow } = contracts;
      const { token } = values.addresses;
      const terms = await actions.openAndDeliver(await actions.deal({ payToken: token }));
      await actions.at(terms.complainBy + 1n);
      const sent = await actions.expectMoves(
        () => escrow.connect(actors.stranger).settle(terms),
        { escrow: -PRICE, ...shares(PRICE) },
        token,
      );
      await expect(sent).to.emit(escrow, "DealSettled").withArgs(terms.opener, terms.id);
    });

    // claim(attacks#escrow-dispute-and-arbiters): Deadline minus and plus one second
    it("refuses when the proof came in the last second for complaints", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      await actions.at(terms.complainBy);
      await actions.proveDefective();
      await expect(contracts.escrow.settle(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_VersionDefective")
        .withArgs(values.versionId, terms.complainBy);
    });

    it("pays when the proof came one second after the time for complaints", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      await actions.at(terms.complainBy + 1n);
      await actions.proveDefective();
      await contracts.escrow.settle(terms);
      expect(await actions.statusOf(terms)).to.equal(Status.Settled);
    });
  });

  describe("refundBySeller", () => {
    it("refuses everyone but the seller", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      for (const caller of [actors.payer, actors.recipient, actors.payee, actors.stranger]) {
        await expect(contracts.escrow.connect(caller).refundBySeller(terms))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NotParty")
          .withArgs(terms.id, caller.address);
      }
    });

    for (const late of [-100n, 0n, 1n]) {
      it(`refunds the payer in full ${late} seconds after the time for complaints`, async () => {
        const { contracts, actors, actions } = await loadFixture(escrowFixture);
        const { escrow } = contracts;
        const terms = await actions.openAndDeliver(await actions.withBond());
        await actions.at(terms.complainBy + late);
        const sent = await actions.expectMoves(() => escrow.connect(actors.creator).refundBySeller(terms), {
          escrow: -PRICE,
          payer: PRICE,
          "bond free": BOND,
          "bond reserved": -BOND,
        });
        await expect(sent).to.emit(escrow, "DealRefunded").withArgs(terms.opener, terms.id, Cause.BySeller);
        await expect(sent).to.emit(contracts.opener, "RefundHeard").withArgs(terms.id, terms.termsHash);
      });
    }
  });

  describe("refundDefective", () => {
    it("refuses in every open state while nothing is proven", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      for (const terms of [
        await actions.open(await actions.deal()),
        await actions.openAndDeliver(await actions.deal()),
        await actions.openAndDispute(await actions.withBond()),
      ]) {
        await expect(contracts.escrow.refundDefective(terms))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NotDefective")
          .withArgs(values.versionId, 0n);
      }
    });

    // claim(attacks#escrow-dispute-and-arbiters): A false complaint
    it("is not moved by a false complaint, nor by a true one about another version", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const { registry, escrow } = contracts;
      const terms = await actions.open(await actions.deal({ versionId: values.goodVersionId }));
      await expect(registry.proveDefective(values.goodVersionId, values.honest.evidence))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_ChunkIsRight")
        .withArgs(values.goodVersionId, 0n);
      await actions.proveDefective();
      await expect(escrow.refundDefective(terms))
        .to.be.revertedWithCustomError(escrow, "Escrow_NotDefective")
        .withArgs(values.goodVersionId, 0n);
    });

    it("refunds an open deal however late, without counting a missed delivery", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow } = contracts;
      const terms = await actions.open(await actions.withBond());
      await actions.at(terms.deliverBy + 1_000_000n);
      await actions.proveDefective();
      const sent = await actions.expectMoves(() => escrow.connect(actors.stranger).refundDefective(terms), {
        escrow: -PRICE,
        payer: PRICE,
        "bond free": BOND,
        "bond reserved": -BOND,
      });
      await expect(sent).to.emit(escrow, "DealRefunded").withArgs(terms.opener, terms.id, Cause.Defective);
      await expect(sent).to.emit(contracts.opener, "RefundHeard");
      expect(await escrow.missedDeliveries(terms.opener, actors.creator)).to.equal(0n);
    });

    // claim(attacks#escrow-dispute-and-arbiters): A proof after delivery, in the last second, too late, during a
    //   dispute
    it("refunds a delivered deal when the proof came in the last second, however late the call", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      await actions.at(terms.complainBy);
      await actions.proveDefective();
      await actions.at(terms.complainBy + 10_000_000n);
      await actions.expectMoves(() => contracts.escrow.refundDefective(terms), { escrow: -PRICE, payer: PRICE });
    });

    it("refuses a delivered deal when the proof came one second late", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      await actions.at(terms.complainBy + 1n);
      await actions.proveDefective();
      await expect(contracts.escrow.refundDefective(terms))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_NotDefective")
        .withArgs(values.versionId, terms.complainBy + 1n);
    });

    it("refunds a deal whose key was delivered after the proof", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.open(await actions.deal());
      await actions.proveDefective();
      const delivered = await actions.deliver(terms);
      await actions.expectMoves(() => contracts.escrow.refundDefective(delivered), { escrow: -PRICE, payer: PRICE });
    });

    for (const [name, ruling] of [
      ["no ruling yet", undefined],
      ["a ruling for the seller", 2n],
      ["no decision", 0n],
    ] as const) {
      it(`refunds a dispute with ${name}: the proof spends the seller's half and returns the recipient's`, async () => {
        const { contracts, actions } = await loadFixture(escrowFixture);
        const { escrow, arbitrator } = contracts;
        const terms = await actions.openAndDispute(await actions.withBond());
        const { ruleBy, disputeId } = await escrow.disputeOf(terms.opener, terms.id);
        if (ruling !== undefined) await arbitrator.giveRuling(escrow, disputeId, ruling);
        await actions.at(ruleBy + 5n);
        await actions.proveDefective();
        const sent = await actions.expectMoves(() => escrow.refundDefective(terms), {
          escrow: -PRICE,
          payer: PRICE,
          recipient: COST,
          "coin of escrow": -COST,
          "coin of ledger": COST,
          "bond free": BOND - COST,
          "bond reserved": -BOND,
        });
        await expect(sent).to.emit(escrow, "DealRefunded").withArgs(terms.opener, terms.id, Cause.Defective);
        await expect(sent).to.emit(contracts.opener, "RefundHeard");
      });
    }
  });

  describe("refundDefective of a dispute that nobody decided", () => {
    // claim(attacks#escrow-dispute-and-arbiters): A fee that an undecided panel keeps because a proof ended the dispute
    it("returns the fee that the panel still holds to the bond, and what the recipient prepaid to the recipient", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const { escrow, panel } = contracts;
      const terms = await actions.openAndDispute(await actions.withPanel());
      const { disputeId } = await escrow.disputeOf(terms.opener, terms.id);
      const { voteBy } = await panel.disputes(disputeId);
      await actions.at(voteBy + 1n);
      await actions.proveDefective();
      await actions.expectMoves(() => escrow.refundDefective(terms), {
        escrow: -PRICE,
        payer: PRICE,
        recipient: COST,
        "coin of panel": -COST,
        "coin of escrow": 0n,
        "coin of ledger": COST,
        "bond free": BOND,
        "bond reserved": -BOND,
      });
    });

    it("leaves the fee with a panel that may still decide", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDispute(await actions.withPanel());
      await actions.proveDefective();
      await actions.expectMoves(() => contracts.escrow.refundDefective(terms), {
        escrow: -PRICE,
        payer: PRICE,
        recipient: COST,
        "coin of escrow": -COST,
        "coin of ledger": COST,
        "bond free": BOND - COST,
        "bond reserved": -BOND,
      });
    });

    it("returns to the recipient first what it advanced of the seller's half", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const { escrow, arbitrator } = contracts;
      const terms = await actions.openAndDispute(await actions.withBond({ bond: 500n }));
      await arbitrator.setOnReclaim(OnReclaim.Return, COST - 100n);
      await actions.proveDefective();
      // of what was prepaid, 100 stay with the arbitrator, and it is the seller who misses them
      await actions.expectMoves(() => escrow.refundDefective(terms), {
        escrow: -PRICE,
        payer: PRICE,
        recipient: 2n * COST - 500n,
        "coin of arbitrator": -(COST - 100n),
        "coin of escrow": COST - 100n - (2n * COST - 500n),
        "coin of ledger": 2n * COST - 500n,
        "bond free": 400n,
        "bond reserved": -500n,
      });
    });

    it("never leaves the seller more than its half, whatever the arbitrator returns", async () => {
      const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
      const { escrow, arbitrator } = contracts;
      const terms = await actions.openAndDispute(await actions.withBond());
      await actors.stranger.sendTransaction({ to: values.addresses.arbitrator, value: 50n });
      await arbitrator.setOnReclaim(OnReclaim.Return, COST + 50n);
      await actions.proveDefective();
      await actions.expectMoves(() => escrow.refundDefective(terms), {
        escrow: -PRICE,
        payer: PRICE,
        recipient: COST + 50n,
        "coin of arbitrator": -(COST + 50n),
        "coin of ledger": COST + 50n,
        "bond free": BOND,
        "bond reserved": -BOND,
      });
    });

    it("does not ask an arbitrator for its fee that has ruled", async () => {
      const { contracts, actions } = await loadFixture(escrowFixture);
      const { escrow, arbitrator } = contracts;
      const terms = await actions.openAndDispute(await actions.withBond());
      const { disputeId } = await escrow.disputeOf(terms.opener, terms.id);
      await arbitrator.giveRuling(escrow, disputeId, 2n);
      await arbitrator.setOnReclaim(OnReclaim.Return, COST);
      await actions.proveDefective();
      await actions.expectMoves(() => escrow.refundDefective(terms), {
        escrow: -PRICE,
        payer: PRICE,
        recipient: COST,
        "coin of escrow": -COST,
        "coin of ledger": COST,
        "bond free": BOND - COST,
        "bond reserved": -BOND,
      });
    });
  });

  describe("proveAndRefund", () => {
    // claim(attacks#escrow-dispute-and-arbiters): A ruling or a settlement sent between the proof and the refund, or a
    //   copy of the proof sent before it: proof and refund are one call
    it("proves and refunds in one transaction, in every state in which money waits", async () => {
      for (const state of ["open", "delivered", "disputed", "ruled for the seller"]) {
        const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
        const { escrow, registry, ledger, arbitrator } = contracts;
        const terms = await actions.withBond();
        await actions.open(terms);
        const delivered = state === "open" ? terms : await actions.deliver(terms);
        if (state !== "open" && state !== "delivered") await actions.dispute(delivered);
        if (state === "ruled for the seller") await arbitrator.giveRuling(escrow, 1n, 2n);

        const sent = await escrow.connect(actors.stranger).proveAndRefund(delivered, values.sealed.evidence);
        const { key, index } = values.sealed.evidence;
        await expect(sent)
          .to.emit(registry, "VersionDefective")
          .withArgs(values.versionId, values.addresses.escrow, key, index);
        await expect(sent).to.emit(escrow, "DealRefunded").withArgs(terms.opener, terms.id, Cause.Defective);
        expect(await ledger.balanceOf(terms.payToken, actors.payer), state).to.equal(PRICE);
        expect(await ledger.balanceOf(terms.payToken, actors.creator), state).to.equal(0n);
      }
    });

    // claim(attacks#escrow-dispute-and-arbiters): A ruling or a settlement sent between the proof and the refund, or a
    //   copy of the proof sent before it: proof and refund are one call
    it("is not stopped by a copy of the proof that was sent in front of it", async () => {
      const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
      const terms = await actions.openAndDeliver(await actions.deal());
      await actions.proveDefective();
      await actions.expectMoves(
        () => contracts.escrow.connect(actors.recipient).proveAndRefund(terms, values.sealed.evidence),
        { escrow: -PRICE, payer: PRICE },
      );
    });

    it("refuses a false proof, by the registry's reason, and refunds nothing", async () => {
      const { contracts, actions, values } = await loadFixture(escrowFixture);
      const { escrow, registry } = contracts;
      const terms = await actions.open(await actions.deal({ versionId: values.goodVersionId }));
      await expect(escrow.proveAndRefund(terms, values.honest.evidence))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_ChunkIsRight")
        .withArgs(values.goodVersionId, 0n);
      expect(await actions.statusOf(terms)).to.equal(Status.Open);
    });

    it("refunds nothing once the proof is there and the deal is closed, too late, or not the one that was opened", async () => {
      const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
      const { escrow, registry } = contracts;
      const closed = await actions.openAndDeliver(await actions.deal());
      await escrow.connect(actors.recipient).accept(closed);
      const late = await actions.openAndDeliver(await actions.deal());
      await actions.at(late.complainBy + 1n);
      await actions.expectMoves(() => escrow.proveAndRefund(late, values.sealed.evidence), {});
      const provenAt = await registry.defectiveAt(values.versionId);
      expect(provenAt).to.equal(late.complainBy + 1n);
      await expect(escrow.proveAndRefund(closed, values.sealed.evidence))
        .to.be.revertedWithCustomError(escrow, "Escrow_WrongStatus")
        .withArgs(closed.id, Status.Settled);
      await expect(escrow.proveAndRefund({ ...late, price: PRICE + 1n }, values.sealed.evidence))
        .to.be.revertedWithCustomError(escrow, "Escrow_UnknownDeal")
        .withArgs(late.opener, late.id);
      await expect(escrow.proveAndRefund(late, values.sealed.evidence))
        .to.be.revertedWithCustomError(escrow, "Escrow_NotDefective")
        .withArgs(values.versionId, provenAt);
    });
  });

  describe("parties that cannot be paid", () => {
    // claim(attacks#escrow-dispute-and-arbiters): A blacklisted party
    it("settles for a payee on the token's blacklist, who withdraws elsewhere; nobody else waits", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, ledger, opener } = contracts;
      const token = await ethers.deployContract("test/contracts/attackers/escrow/BlacklistToken.sol:BlacklistToken");
      const payToken = await token.getAddress();
      const terms = await actions.deal({ payToken });
      await token.mint(ledger, PRICE);
      await opener.execute(escrow, escrow.interface.encodeFunctionData("open", [asSent(terms)]));
      const delivered = await actions.deliver(terms);
      await token.setBlocked(actors.payee, true);

      await escrow.connect(actors.recipient).accept(delivered);
      const { payee, treasury } = shares(PRICE);
      await ledger.connect(actors.treasury).withdraw(token);
      expect(await token.balanceOf(actors.treasury)).to.equal(treasury);
      await expect(ledger.connect(actors.payee).withdraw(token))
        .to.be.revertedWithCustomError(token, "BlacklistToken_Blocked")
        .withArgs(actors.payee.address);
      await ledger.connect(actors.payee).withdrawTo(token, actors.other, payee);
      expect(await token.balanceOf(actors.other)).to.equal(payee);
    });

    // claim(attacks#escrow-dispute-and-arbiters): A payee that rejects native coin
    it("refunds a payer that rejects coin, which blocks only itself", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const { escrow, ledger } = contracts;
      const holder = await ethers.deployContract("TestHolder");
      const terms = await actions.open(await actions.deal({ payer: await holder.getAddress() }));
      await escrow.connect(actors.creator).decline(terms);

      const call = (name: "withdraw" | "withdrawTo", args: unknown[]) =>
        holder.execute(ledger, ledger.interface.encodeFunctionData(name as "withdraw", args as [string]));
      await expect(call("withdraw", [ZeroAddress]))
        .to.be.revertedWithCustomError(ledger, "RevenueLedger_ReceiverRefused")
        .withArgs(await holder.getAddress(), PRICE);
      await expect(call("withdrawTo", [ZeroAddress, actors.other.address, PRICE])).to.changeEtherBalance(
        actors.other,
        PRICE,
      );
    });

    // claim(attacks#escrow-dispute-and-arbiters): A payee that rejects native coin
    it("settles for a payee that rejects coin, without calling it", async () => {
      const { contracts, actors, actions } = await loadFixture(escrowFixture);
      const holder = await ethers.deployContract("TestHolder");
      const payee = await holder.getAddress();
      const terms = await actions.openAndDeliver(await actions.deal({ payee }));
      await contracts.escrow.connect(actors.recipient).accept(terms);
      expect(await contracts.ledger.balanceOf(ZeroAddress, payee)).to.equal(shares(PRICE).payee);
    });
  });
});
