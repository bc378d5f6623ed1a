import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { BOND, COST, escrowFixture, OnCreate, PRICE, split, Status } from "../helpers/escrow";
import { calledBy } from "../support/untyped";

/**
 * What was lost: the ruling of the panel, and its fee. Both contracts refuse calls while another of theirs is under way,
 * and both go on when the other refuses: a caller who opened such a call of their own could have a ruling, or the return of a
 * fee, made in the middle of it, where it came to nothing.
 */
describe("Finding: what passes between escrow and panel is lost in the middle of another call", () => {
  const VOTING_WINDOW = 30n * 86_400n;

  /** A dispute before a panel in which a contract wallet is one of three, and a deal of the attacker's own. */
  async function courtFixture() {
    const fixture = await escrowFixture();
    const { contracts, actors, actions } = fixture;
    const { ledger, escrow, arbitrator } = contracts;
    const [first, second] = actors.arbiters;
    // what its owners signed may be sent by anyone, from anywhere
    const wallet = await ethers.deployContract("TestOpener");
    const names = [await wallet.getAddress(), first.address, second.address];
    const panel = await ethers.deployContract("Panel", [names, 2n, COST, ledger]);
    const terms = await actions.openAndDispute(await actions.withBond({ arbitrator: await panel.getAddress() }));
    const { disputeId } = await escrow.disputeOf(terms.opener, terms.id);

    const attacker = actors.stranger;
    /** Makes a call while the escrow opens a dispute of the attacker's, before an arbitrator of the attacker's. */
    async function inTheMiddle(target: string, data: string) {
      const mine = await actions.withBond({ seller: attacker.address, recipient: attacker.address });
      await actions.openAndDeliver(mine);
      const complainBy = BigInt(await time.latest()) + mine.complaintWindow;
      await arbitrator.setOnCreate(OnCreate.Reenter);
      await arbitrator.arm(target, data);
      await escrow.connect(attacker).dispute({ ...mine, complainBy }, { value: COST });
      expect(await arbitrator.reentered()).to.equal(true);
    }

    return { ...fixture, panel, wallet, terms, disputeId, first, attacker, inTheMiddle };
  }

  // claim(attacks#escrow-dispute-and-arbiters): A vote, or the end of a vote, sent in the middle of another call, so
  //   that its ruling is refused and lost
  it("carries out what two of three decided, although the loser sent the second vote from inside a call", async () => {
    const { contracts, actions, panel, wallet, terms, disputeId, first, inTheMiddle } = await loadFixture(courtFixture);
    const { escrow } = contracts;
    await panel.connect(first).vote(disputeId, 1n);
    const vote = panel.interface.encodeFunctionData("vote", [disputeId, 1n]);
    await inTheMiddle(
      await wallet.getAddress(),
      wallet.interface.encodeFunctionData("execute", [await panel.getAddress(), vote]),
    );

    expect((await panel.disputes(disputeId)).ruling).to.equal(1n);
    const { ruled, ruling } = await escrow.disputeOf(terms.opener, terms.id);
    expect([ruled, ruling]).to.deep.equal([true, 1n]);
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

  // claim(attacks#escrow-dispute-and-arbiters): A vote, or the end of a vote, sent in the middle of another call, so
  //   that its ruling is refused and lost
  it("ends an undecided dispute when its vote ends, although a stranger ended the vote from inside a call", async () => {
    const { contracts, actions, panel, terms, disputeId, inTheMiddle } = await loadFixture(courtFixture);
    await time.increase(VOTING_WINDOW + 1n);
    await inTheMiddle(await panel.getAddress(), panel.interface.encodeFunctionData("expire", [disputeId]));

    expect((await panel.disputes(disputeId)).decided).to.equal(true);
    await contracts.escrow.resolveStale(terms);
    expect(await actions.statusOf(terms)).to.equal(Status.Split);
  });

  for (const [name, ending] of [
    ["the end of a vote", "expire"],
    ["the return of a fee", "reclaimFee"],
  ] as const) {
    // claim(attacks#escrow-dispute-and-arbiters): A deal ended in the middle of a call of the panel, so that the fee is
    //   not returned
    it(`returns both halves in full, although a stranger ended the deal from inside ${name} of their own`, async () => {
      const { contracts, actors, actions, panel, terms, disputeId } = await loadFixture(courtFixture);
      const { escrow } = contracts;
      const own = await ethers.deployContract("TestArbitrable");
      await own.configure(false, true);
      const ask = (data: string, value = 0n) => calledBy(actors.stranger, own).execute(panel, data, { value });
      await ask(panel.interface.encodeFunctionData("createDispute", [2n, "0x"]), COST);
      await time.increase(VOTING_WINDOW + 1n);
      await panel.expire(disputeId);
      await own.arm(escrow, escrow.interface.encodeFunctionData("resolveStale", [terms]));

      const sent = await actions.expectMoves(
        () => (ending === "expire" ? panel.expire(2n) : ask(panel.interface.encodeFunctionData("reclaimFee", [2n]))),
        {
          ...split(PRICE / 2n),
          recipient: COST,
          "coin of ledger": COST,
          "bond free": BOND,
          "bond reserved": -BOND,
        },
      );
      await expect(sent).to.emit(panel, "FeeReclaimed").withArgs(disputeId, escrow, COST);
      expect(await own.reentered()).to.equal(true);
    });
  }
});
