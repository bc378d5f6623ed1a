import { loadFixture, takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { ContractTransactionResponse, Signer } from "ethers";
import type { Escrow } from "../../typechain-types";
import { BOND, COST, escrowFixture, PRICE, Status, type Deal, type EscrowFixture } from "../helpers/escrow";

/** What was lost: the price of a file that was proven wrong. The seller was paid by a ruling, or by offers that met, after the proof. */

type Fixture = EscrowFixture;
const BIG = 100_000_000n;

/** Every state in which money waits, and what leads there. Each returns the deal as it stands then. */
const STATES: Record<string, (fixture: Fixture) => Promise<Deal>> = {
  open: async ({ actions }) => actions.open(await actions.withBond()),
  delivered: async ({ actions }) => actions.openAndDeliver(await actions.withBond()),
  "delivered, without an arbitrator": async ({ actions }) => actions.openAndDeliver(await actions.deal()),
  disputed: async ({ actions }) => actions.openAndDispute(await actions.withBond()),
  "disputed, with offers that one more concession makes meet": async (fixture) => {
    const terms = await STATES.disputed(fixture);
    const { contracts, actors } = fixture;
    await contracts.escrow.connect(actors.recipient).concede(terms, 700n);
    await contracts.escrow.connect(actors.creator).concede(terms, 300n);
    return terms;
  },
  "disputed, ruled 0": async (fixture) => ruled(fixture, 0n),
  "disputed, ruled for the recipient": async (fixture) => ruled(fixture, 1n),
  "disputed, ruled for the recipient, who conceded": async (fixture) => {
    const terms = await STATES.disputed(fixture);
    await fixture.contracts.escrow.connect(fixture.actors.recipient).concede(terms, 1n);
    await giveRuling(fixture, terms, 1n);
    return terms;
  },
  "disputed, ruled for the seller": async (fixture) => ruled(fixture, 2n),
  "disputed, ruled for the seller, who conceded": async (fixture) => {
    const terms = await STATES.disputed(fixture);
    await fixture.contracts.escrow.connect(fixture.actors.creator).concede(terms, PRICE - 1n);
    await giveRuling(fixture, terms, 2n);
    return terms;
  },
};

async function giveRuling({ contracts }: Fixture, terms: Deal, ruling: bigint) {
  const { disputeId } = await contracts.escrow.disputeOf(terms.opener, terms.id);
  await contracts.arbitrator.giveRuling(contracts.escrow, disputeId, ruling);
}

async function ruled(fixture: Fixture, ruling: bigint) {
  const terms = await STATES.disputed(fixture);
  await giveRuling(fixture, terms, ruling);
  return terms;
}

/** Every call that can close a deal or bring it nearer to its end. */
const DOORS: Record<string, (escrow: Escrow, terms: Deal, c: bigint) => Promise<ContractTransactionResponse>> = {
  deliver: (escrow, terms, c) => escrow.deliver(terms, c),
  decline: (escrow, terms) => escrow.decline(terms),
  refundUndelivered: (escrow, terms) => escrow.refundUndelivered(terms),
  accept: (escrow, terms) => escrow.accept(terms),
  settle: (escrow, terms) => escrow.settle(terms),
  refundBySeller: (escrow, terms) => escrow.refundBySeller(terms),
  dispute: (escrow, terms) => escrow.dispute(terms, { value: 2n * COST }),
  "concede nothing": (escrow, terms) => escrow.concede(terms, 0n),
  "concede a unit": (escrow, terms) => escrow.concede(terms, 1n),
  "concede to the seller's offer": (escrow, terms) => escrow.concede(terms, 300n),
  "concede to the recipient's offer": (escrow, terms) => escrow.concede(terms, 700n),
  "concede everything": (escrow, terms) => escrow.concede(terms, PRICE),
  executeRuling: (escrow, terms) => escrow.executeRuling(terms),
  resolveStale: (escrow, terms) => escrow.resolveStale(terms),
  refundDefective: (escrow, terms) => escrow.refundDefective(terms),
};

/** When the door is tried: at once, when every window but the arbitrator's is over, and when every window is over. */
const LATER = [0n, 10n * 86_400n, BIG];

// claim(invariants#market-and-escrow): While a version is proven defective, no deal of it closes except with the whole
//   price for the payer, whatever was ruled or offered before; only a deal whose complaint window ended before the
//   proof is still settled | a seller of wrong bytes with a friend among the arbiters
describe("Finding: while a version is proven defective, no close but a whole refund goes through", () => {
  for (const [state, bring] of Object.entries(STATES)) {
    for (const [door, call] of Object.entries(DOORS)) {
      it(`${door} of a deal that is ${state}`, async () => {
        const fixture = await loadFixture(escrowFixture);
        const { contracts, actors, actions, values } = fixture;
        const { escrow, ledger } = contracts;
        const terms = await bring(fixture);
        await actions.proveDefective();
        const provenAt = await contracts.registry.defectiveAt(terms.versionId);

        for (const later of LATER) {
          for (const caller of [actors.creator, actors.recipient, actors.payer, actors.stranger]) {
            const snapshot = await takeSnapshot();
            if (later !== 0n) await actions.at(provenAt + later);
            await call(escrow.connect(caller as Signer), terms, values.purchase.c).catch(() => undefined);
            const status = await actions.statusOf(terms);
            expect(status).not.to.be.oneOf([Status.Settled, Status.Split]);
            if (status === Status.Refunded) {
              expect(await ledger.balanceOf(terms.payToken, actors.payer)).to.equal(PRICE);
            } else {
              // whatever was done, the whole price can still go back
              const { complainBy } = await latest(fixture, terms);
              await escrow.connect(actors.stranger).refundDefective({ ...terms, complainBy });
              expect(await ledger.balanceOf(terms.payToken, actors.payer)).to.equal(PRICE);
            }
            expect(await ledger.balanceOf(terms.payToken, actors.creator)).to.equal(0n);
            await snapshot.restore();
          }
        }
      });
    }
  }

  const closed: [string, string, keyof EscrowFixture["actors"]][] = [
    ["accept", "delivered", "recipient"],
    ["concede a unit", "disputed", "creator"],
    ["concede a unit", "disputed", "recipient"],
    ["concede to the seller's offer", "disputed, with offers that one more concession makes meet", "recipient"],
    ["concede to the recipient's offer", "disputed, with offers that one more concession makes meet", "creator"],
    ["executeRuling", "disputed, ruled for the recipient", "creator"],
    ["executeRuling", "disputed, ruled for the seller", "creator"],
    ["resolveStale", "disputed, ruled 0", "stranger"],
  ];
  for (const [door, state, who] of closed) {
    // claim(attacks#escrow-dispute-and-arbiters): A ruling, a concession or the end of a dispute without a decision,
    //   carried out after the proof: only a full refund closes a deal of a version that is proven defective. A deal
    //   that closed before the proof stays closed: prove what can be proven, and dispute the rest
    it(`says that the version is defective: ${door} by the ${who}, ${state}`, async () => {
      const fixture = await loadFixture(escrowFixture);
      const { contracts, actors, actions, values } = fixture;
      const terms = await STATES[state](fixture);
      await actions.proveDefective();
      const provenAt = await contracts.registry.defectiveAt(terms.versionId);
      await expect(DOORS[door](contracts.escrow.connect(actors[who] as Signer), terms, values.purchase.c))
        .to.be.revertedWithCustomError(contracts.escrow, "Escrow_VersionDefective")
        .withArgs(terms.versionId, provenAt);
    });
  }

  // claim(attacks#escrow-dispute-and-arbiters): A ruling, a concession or the end of a dispute without a decision,
  //   carried out after the proof: only a full refund closes a deal of a version that is proven defective. A deal that
  //   closed before the proof stays closed: prove what can be proven, and dispute the rest
  it("dispute, a ruling for the seller, the proof: the buyer has the whole price and its half, and the seller's half is spent", async () => {
    const fixture = await loadFixture(escrowFixture);
    const { contracts, actors, actions } = fixture;
    const terms = await ruled(fixture, 2n);
    await actions.proveDefective();
    await expect(contracts.escrow.connect(actors.creator).executeRuling(terms)).to.be.revertedWithCustomError(
      contracts.escrow,
      "Escrow_VersionDefective",
    );
    await actions.expectMoves(() => contracts.escrow.connect(actors.stranger).refundDefective(terms), {
      escrow: -PRICE,
      payer: PRICE,
      recipient: COST,
      "coin of escrow": -COST,
      "coin of ledger": COST,
      "bond free": BOND - COST,
      "bond reserved": -BOND,
    });
    expect(await actions.statusOf(terms)).to.equal(Status.Refunded);
  });
});

/** The deal with what a delivery in between wrote into it. */
async function latest({ contracts }: Fixture, terms: Deal) {
  const delivered = await contracts.escrow.queryFilter(contracts.escrow.filters.KeyDelivered(terms.opener, terms.id));
  return { complainBy: delivered.at(-1)?.args.complainBy ?? 0n };
}
