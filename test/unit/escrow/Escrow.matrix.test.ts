import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { dealCalls, escrowFixture, PRICE, Status, type Deal } from "../../helpers/escrow";

/** Which states a call is for. Everything else is forbidden, and every forbidden pair is a test. */
const ALLOWED: Record<keyof ReturnType<typeof dealCalls>, (keyof typeof Status)[]> = {
  deliver: ["Open"],
  decline: ["Open"],
  refundUndelivered: ["Open"],
  accept: ["Delivered"],
  settle: ["Delivered"],
  refundBySeller: ["Delivered"],
  refundDefective: ["Open", "Delivered", "Disputed"],
  dispute: ["Delivered"],
  concedeByRecipient: ["Disputed"],
  concedeBySeller: ["Disputed"],
  executeRuling: ["Disputed"],
  resolveStale: ["Disputed"],
};

/** One deal in every state, all with an arbitrator and a bond. */
async function everyStateFixture() {
  const fixture = await escrowFixture();
  const { contracts, actors, actions } = fixture;
  const { escrow, arbitrator } = contracts;
  const disputed = async () => {
    const terms = await actions.openAndDispute(await actions.withBond());
    const { disputeId } = await escrow.disputeOf(terms.opener, terms.id);
    return { terms, disputeId };
  };

  const settled = await actions.openAndDeliver(await actions.withBond());
  await escrow.connect(actors.recipient).accept(settled);
  const split = await disputed();
  await escrow.connect(actors.recipient).concede(split.terms, 0n);
  const refunded = await disputed();
  await arbitrator.giveRuling(escrow, refunded.disputeId, 1n);
  await escrow.executeRuling(refunded.terms);
  const standing = await disputed();
  const delivered = await actions.openAndDeliver(await actions.withBond());
  const deals: Record<keyof typeof Status, Deal> = {
    Settled: settled,
    Split: split.terms,
    Refunded: refunded.terms,
    Disputed: standing.terms,
    Delivered: delivered,
    Open: await actions.open(await actions.withBond()),
    None: await actions.withBond(),
  };
  return { ...fixture, deals, closedDisputes: { Split: split.disputeId, Refunded: refunded.disputeId } };
}

describe("Escrow", () => {
  describe("every state against every call", () => {
    it("stands on a deal in each state", async () => {
      const { deals, actions } = await loadFixture(everyStateFixture);
      for (const [name, terms] of Object.entries(deals)) {
        expect(await actions.statusOf(terms), name).to.equal(Status[name as keyof typeof Status]);
      }
    });

    for (const call of Object.keys(ALLOWED) as (keyof typeof ALLOWED)[]) {
      for (const state of Object.keys(Status) as (keyof typeof Status)[]) {
        if (ALLOWED[call].includes(state)) {
          it(`lets ${call} through the state ${state}: what stops it is never the state`, async () => {
            const fixture = await loadFixture(everyStateFixture);
            const { escrow } = fixture.contracts;
            const outcome = await dealCalls(fixture)
              [call](fixture.deals[state])
              .then(
                () => "done",
                (error: { data?: string }) => escrow.interface.parseError(error.data ?? "0x")?.name ?? "unknown",
              );
            expect(outcome).to.be.oneOf(["done", "Escrow_TooEarly", "Escrow_NotDefective", "Escrow_NotRuled"]);
          });
        } else {
          // claim(attacks#escrow-dispute-and-arbiters): Releasing what was never funded
          // claim(attacks#escrow-dispute-and-arbiters): Dispute after release
          it(`refuses ${call} in the state ${state}`, async () => {
            const fixture = await loadFixture(everyStateFixture);
            const { escrow } = fixture.contracts;
            const terms = fixture.deals[state];
            const refused = expect(dealCalls(fixture)[call](terms)).to.be.revertedWithCustomError(
              escrow,
              state === "None" ? "Escrow_UnknownDeal" : "Escrow_WrongStatus",
            );
            await (state === "None"
              ? refused.withArgs(terms.opener, terms.id)
              : refused.withArgs(terms.id, Status[state]));
          });
        }
      }
    }

    for (const state of ["Split", "Refunded"] as const) {
      it(`refuses a ruling on a deal in the state ${state}`, async () => {
        const { contracts, deals, closedDisputes } = await loadFixture(everyStateFixture);
        await expect(contracts.arbitrator.giveRuling(contracts.escrow, closedDisputes[state], 2n))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WrongStatus")
          .withArgs(deals[state].id, Status[state]);
      });
    }

    it("changes no closed deal by a proof, a ruling or time", async () => {
      const fixture = await loadFixture(everyStateFixture);
      const { contracts, deals, actions } = fixture;
      await actions.proveDefective();
      await actions.at(deals.Open.deliverBy + 100_000_000n);
      for (const state of ["Settled", "Split", "Refunded"] as const) {
        await expect(contracts.escrow.refundDefective(deals[state]))
          .to.be.revertedWithCustomError(contracts.escrow, "Escrow_WrongStatus")
          .withArgs(deals[state].id, Status[state]);
        await expect(actions.sendOpen(deals[state])).to.be.revertedWithCustomError(
          contracts.escrow,
          "Escrow_WindowOutOfBounds",
        );
      }
    });

    it("keeps the books: the ledger holds the prices of the three open deals, the contract their bonds and halves", async () => {
      const { contracts, deals, actions, values } = await loadFixture(everyStateFixture);
      const books = await actions.books();
      expect(books.escrow).to.equal(3n * PRICE);
      expect(books["bond reserved"]).to.equal(3n * deals.Open.bond);
      const [free, reserved] = await contracts.escrow.bondOf(
        values.addresses.opener,
        deals.Open.seller,
        deals.Open.termsHash,
      );
      // of both prepaid halves of the dispute one went to the arbitrator: the other is as much as the bond's part of them
      expect(books["coin of escrow"]).to.equal(free + reserved);
    });
  });

  describe("every party's call against strangers", () => {
    const OF_A_PARTY = ["decline", "accept", "refundBySeller", "dispute", "concedeBySeller"] as const;
    for (const call of OF_A_PARTY) {
      it(`refuses ${call} from a stranger, the payer, the payee and the opener's owner`, async () => {
        const fixture = await loadFixture(everyStateFixture);
        const { contracts, actors, deals } = fixture;
        const terms = deals[ALLOWED[call][0]];
        const { escrow } = contracts;
        for (const caller of [actors.stranger, actors.payer, actors.payee, actors.deployer, actors.treasury]) {
          const as = escrow.connect(caller);
          const send = {
            decline: () => as.decline(terms),
            accept: () => as.accept(terms),
            refundBySeller: () => as.refundBySeller(terms),
            dispute: () => as.dispute(terms, { value: 4_000n }),
            concedeBySeller: () => as.concede(terms, 1n),
          }[call];
          await expect(send())
            .to.be.revertedWithCustomError(escrow, "Escrow_NotParty")
            .withArgs(terms.id, caller.address);
        }
      });
    }
  });
});
