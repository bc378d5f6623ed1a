import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { ethers } from "hardhat";
import { Cause, escrowFixture, PRICE, Status, type Deal, type EscrowFixture } from "../helpers/escrow";

/**
 * What was lost: the proof of a seller's lie. `proveAndRefund` proves and refunds in one transaction; a seller who saw it coming closed the deal
 * first, the refund failed, and took the proof with it. Every other buyer of the version was paid nothing back.
 */

interface Overtaken {
  /** The deal as the prover brings it. */
  readonly terms: Deal;
  /** The call that comes first. */
  readonly overtake: () => Promise<ContractTransactionResponse>;
  /** Where that leaves the deal. */
  readonly left: bigint;
}

async function ruled({ contracts, actions }: EscrowFixture, ruling: bigint): Promise<Deal> {
  const terms = await actions.openAndDispute(await actions.withBond());
  const { disputeId } = await contracts.escrow.disputeOf(terms.opener, terms.id);
  await contracts.arbitrator.giveRuling(contracts.escrow, disputeId, ruling);
  return terms;
}

/** Every call that can come between, and takes from the deal what `proveAndRefund` wants to refund. */
const OVERTAKING: Record<string, (fixture: EscrowFixture) => Promise<Overtaken>> = {
  "decline by the seller": async ({ contracts, actors, actions }) => {
    const terms = await actions.open(await actions.withBond());
    return { terms, overtake: () => contracts.escrow.connect(actors.creator).decline(terms), left: Status.Refunded };
  },
  "a delivery, which changes what the deal is": async ({ contracts, actors, actions, values }) => {
    const terms = await actions.open(await actions.withBond());
    const overtake = () => contracts.escrow.connect(actors.creator).deliver(terms, values.purchase.c);
    return { terms, overtake, left: Status.Delivered };
  },
  "refundUndelivered by the seller": async ({ contracts, actors, actions }) => {
    const terms = await actions.open(await actions.withBond());
    await actions.at(terms.deliverBy + 1n);
    const overtake = () => contracts.escrow.connect(actors.creator).refundUndelivered(terms);
    return { terms, overtake, left: Status.Refunded };
  },
  "refundBySeller by the seller": async ({ contracts, actors, actions }) => {
    const terms = await actions.openAndDeliver(await actions.withBond());
    const overtake = () => contracts.escrow.connect(actors.creator).refundBySeller(terms);
    return { terms, overtake, left: Status.Refunded };
  },
  "accept by the recipient": async ({ contracts, actors, actions }) => {
    const terms = await actions.openAndDeliver(await actions.withBond());
    return { terms, overtake: () => contracts.escrow.connect(actors.recipient).accept(terms), left: Status.Settled };
  },
  "settle by the seller, when the time for complaints is over": async ({ contracts, actors, actions }) => {
    const terms = await actions.openAndDeliver(await actions.withBond());
    await actions.at(terms.complainBy + 1n);
    return { terms, overtake: () => contracts.escrow.connect(actors.creator).settle(terms), left: Status.Settled };
  },
  "executeRuling by the seller": async (fixture) => {
    const terms = await ruled(fixture, 2n);
    const { contracts, actors } = fixture;
    return { terms, overtake: () => contracts.escrow.connect(actors.creator).executeRuling(terms), left: Status.Split };
  },
  "executeRuling by the buyer": async (fixture) => {
    const terms = await ruled(fixture, 1n);
    const { contracts, actors } = fixture;
    const overtake = () => contracts.escrow.connect(actors.recipient).executeRuling(terms);
    return { terms, overtake, left: Status.Refunded };
  },
  "resolveStale by the seller": async (fixture) => {
    const terms = await ruled(fixture, 0n);
    const { contracts, actors } = fixture;
    return { terms, overtake: () => contracts.escrow.connect(actors.creator).resolveStale(terms), left: Status.Split };
  },
  "concede by the seller, who offers all": async ({ contracts, actors, actions }) => {
    const terms = await actions.openAndDispute(await actions.withBond());
    const overtake = () => contracts.escrow.connect(actors.creator).concede(terms, PRICE);
    return { terms, overtake, left: Status.Refunded };
  },
  "refundDefective, after the same proof was copied": async ({ contracts, actors, actions }) => {
    const terms = await actions.open(await actions.withBond());
    await actions.proveDefective();
    const overtake = () => contracts.escrow.connect(actors.creator).refundDefective(terms);
    return { terms, overtake, left: Status.Refunded };
  },
};

describe("Finding: no call that comes first takes a proof back that proveAndRefund brings", () => {
  for (const [name, prepare] of Object.entries(OVERTAKING)) {
    // claim(attacks#escrow-dispute-and-arbiters): A proof suppressed: the seller sees `proveAndRefund` coming and
    //   closes or delivers the deal first, so that the call fails and the proof with it. The proof stays on record;
    //   only the refund is not made
    // claim(invariants#market-and-escrow): A true proof stays on record whatever is sent just before it, and whatever
    //   became of the deal that it came with
    it(`keeps the proof on record behind ${name}`, async () => {
      const fixture = await loadFixture(escrowFixture);
      const { contracts, actors, actions, values } = fixture;
      const { escrow, registry, ledger } = contracts;
      // another buyer of the same file, who waits for the proof
      const other = await actions.open(await actions.deal());
      const { terms, overtake, left } = await prepare(fixture);
      await overtake();
      expect(await actions.statusOf(terms)).to.equal(left);
      const copied = (await registry.defectiveAt(terms.versionId)) !== 0n;

      const prover = escrow.connect(actors.recipient);
      if (copied) {
        // the proof is on record, and nothing is left to do
        await expect(prover.proveAndRefund(terms, values.sealed.evidence))
          .to.be.revertedWithCustomError(escrow, "Escrow_WrongStatus")
          .withArgs(terms.id, left);
        return;
      }
      expect(await prover.proveAndRefund.staticCall(terms, values.sealed.evidence)).to.equal(false);
      const sent = await actions.expectMoves(() => prover.proveAndRefund(terms, values.sealed.evidence), {});
      await expect(sent)
        .to.emit(registry, "VersionDefective")
        .withArgs(terms.versionId, await escrow.getAddress(), values.key.secret, values.sealed.evidence.index);
      await expect(sent).not.to.emit(escrow, "DealRefunded");
      expect(await actions.statusOf(terms)).to.equal(left);
      const { timestamp } = (await sent.getBlock())!;
      expect(await registry.defectiveAt(terms.versionId)).to.equal(timestamp);

      const before = await ledger.balanceOf(other.payToken, other.payer);
      await escrow.connect(actors.stranger).refundDefective(other);
      expect((await ledger.balanceOf(other.payToken, other.payer)) - before).to.equal(PRICE);
      // the proof is there: a second call has nothing to do, and says why
      await expect(prover.proveAndRefund(other, values.sealed.evidence))
        .to.be.revertedWithCustomError(escrow, "Escrow_WrongStatus")
        .withArgs(other.id, Status.Refunded);
    });
  }

  it("keeps the proof also where the deal is brought under terms that nobody opened it with, and refunds nothing", async () => {
    const { contracts, actors, actions, values } = await loadFixture(escrowFixture);
    const { escrow, registry } = contracts;
    const terms = await actions.open(await actions.withBond());
    const prover = escrow.connect(actors.recipient);
    for (const other of [
      { ...terms, price: terms.price + 1n },
      { ...terms, id: terms.id + 1n },
    ]) {
      expect(await prover.proveAndRefund.staticCall(other, values.sealed.evidence)).to.equal(false);
    }
    await actions.expectMoves(
      () => prover.proveAndRefund({ ...terms, payer: actors.stranger.address }, values.sealed.evidence),
      {},
    );
    expect(await registry.defectiveAt(terms.versionId)).to.not.equal(0n);
    expect(await actions.statusOf(terms)).to.equal(Status.Open);
  });

  it("refunds a deal that was delivered in front of it, under its new terms, once the proof is on record", async () => {
    const fixture = await loadFixture(escrowFixture);
    const { contracts, actors, actions, values } = fixture;
    const terms = await actions.open(await actions.withBond());
    const delivered = await actions.deliver(terms);
    await contracts.escrow.connect(actors.recipient).proveAndRefund(terms, values.sealed.evidence);
    await expect(contracts.escrow.refundDefective(delivered))
      .to.emit(contracts.escrow, "DealRefunded")
      .withArgs(terms.opener, terms.id, Cause.Defective);
    expect(await contracts.ledger.balanceOf(terms.payToken, terms.payer)).to.equal(PRICE);
  });

  // claim(attacks#escrow-dispute-and-arbiters): A proof suppressed: the seller sees `proveAndRefund` coming and closes
  //   or delivers the deal first, so that the call fails and the proof with it. The proof stays on record; only the
  //   refund is not made
  it("keeps the proof when the time for complaints ends before it is mined, and the seller is still paid", async () => {
    const fixture = await loadFixture(escrowFixture);
    const { contracts, actors, actions, values } = fixture;
    const { escrow, registry } = contracts;
    const terms = await actions.openAndDeliver(await actions.withBond());
    await actions.at(terms.complainBy + 1n);
    const sent = await actions.expectMoves(
      () => escrow.connect(actors.recipient).proveAndRefund(terms, values.sealed.evidence),
      {},
    );
    await expect(sent).to.emit(registry, "VersionDefective");
    expect(await actions.statusOf(terms)).to.equal(Status.Delivered);
    const provenAt = await registry.defectiveAt(terms.versionId);
    await expect(escrow.proveAndRefund(terms, values.sealed.evidence))
      .to.be.revertedWithCustomError(escrow, "Escrow_NotDefective")
      .withArgs(terms.versionId, provenAt);
    await escrow.settle(terms);
    expect(await actions.statusOf(terms)).to.equal(Status.Settled);
  });

  it("answers true when it refunds, and still refuses evidence that proves nothing, whatever became of the deal", async () => {
    const fixture = await loadFixture(escrowFixture);
    const { contracts, actors, actions, values } = fixture;
    const { escrow, registry } = contracts;
    const terms = await actions.openAndDeliver(await actions.withBond());
    expect(await escrow.proveAndRefund.staticCall(terms, values.sealed.evidence)).to.equal(true);

    const good = { ...(await actions.deal({ versionId: values.goodVersionId })) };
    await escrow.connect(actors.creator).refundBySeller(terms);
    for (const [brought, evidence] of [
      [good, values.honest.evidence],
      [{ ...terms, versionId: values.goodVersionId }, values.honest.evidence],
    ] as const) {
      await expect(escrow.proveAndRefund(brought, evidence))
        .to.be.revertedWithCustomError(registry, "ModelRegistry_ChunkIsRight")
        .withArgs(values.goodVersionId, evidence.index);
    }
    const complaints = await ethers.getContractAt("ContentComplaint", registry);
    await expect(escrow.proveAndRefund(terms, { ...values.sealed.evidence, key: 1n }))
      .to.be.revertedWithCustomError(complaints, "ContentComplaint_WrongKey")
      .withArgs(BigInt(values.key.x));
    expect(await registry.defectiveAt(terms.versionId)).to.equal(0n);
  });
});
