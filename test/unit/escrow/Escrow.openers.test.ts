import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { dataSlice, id } from "ethers";
import { ethers } from "hardhat";
import {
  asSent,
  BOND,
  COST,
  escrowFixture,
  OnRefund,
  PRICE,
  shares,
  Status,
  TERMS,
  type Deal,
} from "../../helpers/escrow";

const REENTRANT = dataSlice(id("ReentrancyGuardReentrantCall()"), 0, 4);

/** An honest opener with one open deal and a bond, and a second opener that is out for both. */
async function twoOpenersFixture() {
  const fixture = await escrowFixture();
  const { contracts, actions } = fixture;
  const victim = await actions.open(await actions.withBond());
  const thief = await ethers.deployContract("TestOpener");
  const thiefAddress = await thief.getAddress();
  const openAsThief = (terms: Deal, value = terms.price) =>
    thief.execute(contracts.escrow, contracts.escrow.interface.encodeFunctionData("open", [asSent(terms)]), { value });
  return { ...fixture, victim, thief, thiefAddress, openAsThief };
}

describe("Escrow", () => {
  describe("a hostile opener", () => {
    it("cannot open in another opener's name, nor take its ids", async () => {
      const { contracts, actions, victim, thiefAddress, openAsThief } = await loadFixture(twoOpenersFixture);
      const { escrow } = contracts;
      await expect(openAsThief(await actions.withBond()))
        .to.be.revertedWithCustomError(escrow, "Escrow_NotOpener")
        .withArgs(victim.opener, thiefAddress);
      const next = await actions.deal();
      await openAsThief({ ...next, opener: thiefAddress });
      await actions.sendOpen(next);
      expect(await escrow.statusOf(thiefAddress, next.id)).to.equal(Status.Open);
      expect(await actions.statusOf(next)).to.equal(Status.Open);
    });

    it("cannot end another opener's deal by one of its own with the same id", async () => {
      const { contracts, actors, actions, victim, thiefAddress, openAsThief } = await loadFixture(twoOpenersFixture);
      const { escrow } = contracts;
      const mine = { ...victim, opener: thiefAddress, arbitrator: ethers.ZeroAddress, bond: 0n };
      await openAsThief(mine);
      await actions.expectMoves(() => escrow.connect(actors.creator).decline(mine), { escrow: -PRICE, payer: PRICE });
      expect(await actions.statusOf(victim)).to.equal(Status.Open);
    });

    it("cannot reserve or spend a bond that a seller posted with another opener", async () => {
      const { contracts, actors, victim, thiefAddress, openAsThief } = await loadFixture(twoOpenersFixture);
      const { escrow, opener } = contracts;
      await escrow.postBond(opener, actors.creator, TERMS, { value: BOND });
      await expect(openAsThief({ ...victim, opener: thiefAddress }))
        .to.be.revertedWithCustomError(escrow, "Escrow_BondExhausted")
        .withArgs(thiefAddress, actors.creator.address, TERMS, 0n, BOND);
      expect(await escrow.bondOf(opener, actors.creator, TERMS)).to.deep.equal([BOND, BOND]);
    });

    it("cannot open a deal on the tokens that back another's", async () => {
      const { contracts, actions, values, thiefAddress, openAsThief } = await loadFixture(twoOpenersFixture);
      const { token } = values.addresses;
      await actions.sendOpen(await actions.deal({ payToken: token }));
      const mine = await actions.deal({ opener: thiefAddress, payToken: token });
      await expect(openAsThief(mine, 0n))
        .to.be.revertedWithCustomError(contracts.ledger, "RevenueLedger_Unbacked")
        .withArgs(token, 2n * PRICE, PRICE);
    });

    it("pays its own deals out of its own money, whatever it names as their parties", async () => {
      const { contracts, actors, actions, thiefAddress, openAsThief, values } = await loadFixture(twoOpenersFixture);
      const mine = await actions.deal({
        opener: thiefAddress,
        payer: thiefAddress,
        payee: actors.stranger.address,
        recipient: actors.stranger.address,
        price: 10n,
        referrer: values.addresses.escrow,
        treasury: thiefAddress,
      });
      await openAsThief(mine);
      const delivered = await actions.deliver(mine);
      const { payee, referrer, treasury } = shares(10n);
      expect(payee + referrer + treasury).to.equal(10n);
      await actions.expectMoves(() => contracts.escrow.connect(actors.stranger).accept(delivered), {
        escrow: referrer - 10n,
        stranger: payee,
      });
    });

    for (const [name, mode] of [
      ["refuses to hear of it", OnRefund.Refuse],
      ["burns all gas", OnRefund.BurnGas],
    ] as const) {
      it(`that ${name} on a refund leaves every other deal alone`, async () => {
        const { contracts, actors, actions, victim, thief, thiefAddress, openAsThief } =
          await loadFixture(twoOpenersFixture);
        const { escrow } = contracts;
        const mine = await actions.deal({ opener: thiefAddress });
        await openAsThief(mine);
        await thief.setOnRefund(mode);
        await escrow
          .connect(actors.creator)
          .decline(mine, { gasLimit: 5_000_000n })
          .catch(() => undefined);
        await actions.expectMoves(() => escrow.connect(actors.creator).decline(victim), {
          escrow: -PRICE,
          payer: PRICE,
          "bond free": BOND,
          "bond reserved": -BOND,
        });
      });
    }

    // claim(attacks#escrow-dispute-and-arbiters): Re-entry in release
    // claim(attacks#escrow-dispute-and-arbiters): Another opener's ids, bonds or money
    it("can re-enter no function when it hears of a refund", async () => {
      const { contracts, actors, actions, victim, thief, thiefAddress, openAsThief, values } =
        await loadFixture(twoOpenersFixture);
      const { escrow } = contracts;
      await thief.setOnRefund(OnRefund.Reenter);
      const encode = escrow.interface.encodeFunctionData.bind(escrow.interface);
      const calls = [
        encode("deliver", [victim, values.purchase.c]),
        encode("decline", [victim]),
        encode("refundUndelivered", [victim]),
        encode("accept", [victim]),
        encode("settle", [victim]),
        encode("refundBySeller", [victim]),
        encode("refundDefective", [victim]),
        encode("dispute", [victim]),
        encode("concede", [victim, 1n]),
        encode("executeRuling", [victim]),
        encode("resolveStale", [victim]),
        encode("postBond", [thiefAddress, thiefAddress, TERMS]),
        encode("withdrawBond", [thiefAddress, TERMS, 0n]),
        encode("proveAndRefund", [victim, values.sealed.evidence]),
        encode("recordMissedDelivery", [victim, values.purchase.secret]),
      ];
      for (const call of calls) {
        const mine = await actions.deal({ opener: thiefAddress, seller: actors.creator.address });
        await openAsThief(mine);
        await thief.arm(escrow, call);
        await escrow.connect(actors.creator).decline(mine);
        expect(await thief.answer()).to.equal(REENTRANT);
      }
      expect(await actions.statusOf(victim)).to.equal(Status.Open);
    });

    it("opens nothing that is not paid for when it hears of a refund", async () => {
      const { contracts, actors, actions, thief, thiefAddress, openAsThief } = await loadFixture(twoOpenersFixture);
      const { escrow } = contracts;
      await thief.setOnRefund(OnRefund.Reenter);
      const mine = await actions.deal({ opener: thiefAddress, seller: actors.creator.address });
      await openAsThief(mine);
      await thief.arm(escrow, escrow.interface.encodeFunctionData("open", [asSent({ ...mine, id: 999n })]));
      await escrow.connect(actors.creator).decline(mine);
      // the deal is in native coin, and none comes along
      const wrongValue = escrow.interface.getError("Escrow_WrongValue")!.selector;
      expect((await thief.answer()).slice(0, 10)).to.equal(wrongValue);
      expect(await escrow.statusOf(thiefAddress, 999n)).to.equal(Status.None);
    });

    it("cannot be told of a refund twice, nor of another opener's", async () => {
      const { contracts, actors, victim, thief } = await loadFixture(twoOpenersFixture);
      const { escrow, opener } = contracts;
      const sent = await escrow.connect(actors.creator).decline(victim);
      await expect(sent).to.emit(opener, "RefundHeard").withArgs(victim.id, victim.termsHash);
      await expect(sent).not.to.emit(thief, "RefundHeard");
      await expect(escrow.connect(actors.creator).decline(victim)).to.be.revertedWithCustomError(
        escrow,
        "Escrow_WrongStatus",
      );
    });

    it("cannot bring an arbitrator that reaches into another opener's dispute", async () => {
      const { contracts, actors, actions, victim } = await loadFixture(twoOpenersFixture);
      const { escrow, arbitrator } = contracts;
      const disputed = await actions.dispute(await actions.deliver(victim));
      const second = await ethers.deployContract("HostileArbitrator");
      const { disputeId } = await escrow.disputeOf(disputed.opener, disputed.id);
      await expect(second.giveRuling(escrow, disputeId, 1n))
        .to.be.revertedWithCustomError(escrow, "Escrow_UnknownDispute")
        .withArgs(second, disputeId);
      await arbitrator.giveRuling(escrow, disputeId, 2n);
      await escrow.connect(actors.stranger).executeRuling(disputed);
      expect(await ethers.provider.getBalance(arbitrator)).to.equal(COST);
    });
  });
});
