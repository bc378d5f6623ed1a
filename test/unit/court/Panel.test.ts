import { loadFixture, takeSnapshot, time } from "@nomicfoundation/hardhat-network-helpers";
import { AssertionError, expect } from "chai";
import { dataSlice, id, ZeroAddress } from "ethers";
import { ethers } from "hardhat";
import { expectLimits } from "../../helpers/limits";

const FEE = 1_001n;
const VOTING_WINDOW = 30n * 86_400n;
const NO_FEE = dataSlice(id("Panel_NoFeeToReclaim(uint256,address)"), 0, 4);

/** A panel of five that needs three equal votes, and a contract with one dispute of two choices. */
async function panelFixture() {
  const [stranger, ...arbiters] = (await ethers.getSigners()).slice(0, 6);
  const ledger = await ethers.deployContract("RevenueLedger");
  const panel = await ethers.deployContract("Panel", [arbiters.map((one) => one.address), 3n, FEE, ledger]);
  const arbitrable = await ethers.deployContract("TestArbitrable");
  await arbitrable.configure(false, true);
  const create = (choices = 2n, value = FEE) =>
    arbitrable.execute(panel, panel.interface.encodeFunctionData("createDispute", [choices, "0x"]), { value });
  const reclaim = (disputeId = 1n) =>
    arbitrable.execute(panel, panel.interface.encodeFunctionData("reclaimFee", [disputeId]));
  await create();
  const { voteBy } = await panel.disputes(1n);
  const vote = async (ruling: bigint, ...who: number[]) => {
    for (const one of who) await panel.connect(arbiters[one]).vote(1n, ruling);
  };
  return { panel, ledger, arbitrable, arbiters, stranger, create, reclaim, vote, voteBy };
}

describe("Panel", () => {
  it("publishes its limits", async () => {
    const { panel } = await loadFixture(panelFixture);
    await expectLimits(panel, {
      MAX_ARBITERS: 21n,
      MAX_CHOICES: 16n,
      VOTING_WINDOW: 2_592_000n,
    });
  });

  describe("constructor", () => {
    const deploy = async (arbiters: string[], threshold: number) => {
      const { ledger } = await loadFixture(panelFixture);
      return ethers.deployContract("Panel", [arbiters, threshold, FEE, ledger]);
    };
    const accounts = (count: number) =>
      Array.from({ length: count }, (_, i) => `0x${(i + 1).toString(16).padStart(40, "0")}`);

    for (const [count, threshold] of [
      [0, 0],
      [22, 12],
      [3, 0],
      [3, 1],
      [4, 2],
      [3, 4],
    ]) {
      it(`refuses ${threshold} of ${count}`, async () => {
        const { panel } = await loadFixture(panelFixture);
        await expect(deploy(accounts(count), threshold))
          .to.be.revertedWithCustomError(panel, "Panel_BadMembers")
          .withArgs(count, threshold);
      });
    }

    for (const [count, threshold] of [
      [1, 1],
      [2, 2],
      [3, 2],
      [21, 11],
      [21, 21],
    ]) {
      it(`takes ${threshold} of ${count}`, async () => {
        const panel = await deploy(accounts(count), threshold);
        expect(await panel.THRESHOLD()).to.equal(threshold);
        expect(await panel.isArbiter(accounts(count)[count - 1])).to.equal(true);
        expect(await panel.isArbiter(ZeroAddress)).to.equal(false);
      });
    }

    it("refuses the zero address and an arbiter named twice", async () => {
      const { panel } = await loadFixture(panelFixture);
      const [one, two] = accounts(2);
      for (const [names, bad] of [
        [[one, ZeroAddress, two], ZeroAddress],
        [[one, two, one], one],
      ] as const) {
        await expect(deploy([...names], 2))
          .to.be.revertedWithCustomError(panel, "Panel_BadArbiter")
          .withArgs(bad);
      }
    });
  });

  describe("createDispute", () => {
    it("refuses any value but the fee", async () => {
      const { panel, create } = await loadFixture(panelFixture);
      for (const value of [0n, FEE - 1n, FEE + 1n]) {
        await expect(create(2n, value)).to.be.revertedWithCustomError(panel, "Panel_WrongFee").withArgs(value, FEE);
      }
    });

    it("refuses no choice and too many", async () => {
      const { panel, create } = await loadFixture(panelFixture);
      for (const choices of [0n, 17n, 258n]) {
        await expect(create(choices)).to.be.revertedWithCustomError(panel, "Panel_BadChoices").withArgs(choices);
      }
    });

    it("numbers disputes from 1 and keeps the fee", async () => {
      const { panel, arbitrable, create } = await loadFixture(panelFixture);
      const sent = await create(16n);
      await expect(sent).to.emit(panel, "DisputeCreation").withArgs(2n, arbitrable);
      await expect(sent).to.changeEtherBalance(panel, FEE);
      const voteBy = BigInt(await time.latest()) + VOTING_WINDOW;
      expect(await panel.disputes(2n)).to.deep.equal([await arbitrable.getAddress(), 16n, voteBy, false, 0n, false]);
      expect(await panel.disputes(0n)).to.deep.equal([ZeroAddress, 0n, 0n, false, 0n, false]);
      expect(await panel.arbitrationCost("0x1234")).to.equal(FEE);
    });
  });

  describe("vote", () => {
    it("refuses a stranger, and the contract that opened the dispute", async () => {
      const { panel, stranger, arbitrable } = await loadFixture(panelFixture);
      await expect(panel.connect(stranger).vote(1n, 1n))
        .to.be.revertedWithCustomError(panel, "Panel_NotArbiter")
        .withArgs(stranger.address);
      await expect(arbitrable.execute(panel, panel.interface.encodeFunctionData("vote", [1n, 1n])))
        .to.be.revertedWithCustomError(panel, "Panel_NotArbiter")
        .withArgs(arbitrable);
    });

    it("refuses a dispute that is not there", async () => {
      const { panel, arbiters } = await loadFixture(panelFixture);
      for (const unknown of [0n, 2n]) {
        await expect(panel.connect(arbiters[0]).vote(unknown, 1n))
          .to.be.revertedWithCustomError(panel, "Panel_UnknownDispute")
          .withArgs(unknown);
      }
    });

    it("refuses a ruling out of range", async () => {
      const { panel, arbiters } = await loadFixture(panelFixture);
      for (const ruling of [3n, 257n, 2n ** 256n - 1n]) {
        await expect(panel.connect(arbiters[0]).vote(1n, ruling))
          .to.be.revertedWithCustomError(panel, "Panel_RulingOutOfRange")
          .withArgs(ruling, 2n);
      }
    });

    // claim(attacks#escrow-dispute-and-arbiters): A juror voting twice
    it("refuses an arbiter who votes twice, for the same ruling or another", async () => {
      const { panel, arbiters, vote } = await loadFixture(panelFixture);
      await vote(1n, 0);
      for (const ruling of [0n, 1n, 2n]) {
        await expect(panel.connect(arbiters[0]).vote(1n, ruling))
          .to.be.revertedWithCustomError(panel, "Panel_AlreadyVoted")
          .withArgs(1n, arbiters[0].address);
      }
      expect(await panel.votesFor(1n, 1n)).to.equal(1n);
    });

    it("counts a vote in the last second and none after it", async () => {
      const { panel, arbiters, voteBy, vote } = await loadFixture(panelFixture);
      await time.setNextBlockTimestamp(voteBy);
      await vote(1n, 0);
      await expect(panel.connect(arbiters[1]).vote(1n, 1n))
        .to.be.revertedWithCustomError(panel, "Panel_TooLate")
        .withArgs(1n, voteBy);
    });

    it("emits each vote and decides nothing below the threshold, even with all arbiters split", async () => {
      const { panel, arbiters, arbitrable, vote } = await loadFixture(panelFixture);
      await expect(panel.connect(arbiters[4]).vote(1n, 0n))
        .to.emit(panel, "VoteCast")
        .withArgs(1n, arbiters[4].address, 0n);
      await vote(1n, 0, 1);
      await vote(2n, 2, 3);
      expect((await panel.disputes(1n)).decided).to.equal(false);
      expect(await arbitrable.rulings()).to.equal(0n);
    });

    it("decides with the third equal vote, gives the ruling and pays the three, the rest to the last", async () => {
      const { panel, ledger, arbiters, arbitrable, vote } = await loadFixture(panelFixture);
      await vote(2n, 0, 3);
      await vote(1n, 2);
      const sent = await panel.connect(arbiters[1]).vote(1n, 2n);
      await expect(sent).to.emit(panel, "DisputeDecided").withArgs(1n, 2n, true);
      await expect(sent).to.emit(arbitrable, "Ruling").withArgs(panel, 1n, 2n);
      await expect(sent).to.changeEtherBalances([panel, ledger], [-FEE, FEE]);
      const paid = await Promise.all(arbiters.map((one) => ledger.balanceOf(ZeroAddress, one)));
      expect(paid).to.deep.equal([333n, 335n, 0n, 333n, 0n]);
      const { decided, ruling } = await panel.disputes(1n);
      expect([decided, ruling]).to.deep.equal([true, 2n]);
    });

    it("refuses votes on what is decided", async () => {
      const { panel, arbiters, vote } = await loadFixture(panelFixture);
      await vote(1n, 0, 1, 2);
      await expect(panel.connect(arbiters[3]).vote(1n, 1n))
        .to.be.revertedWithCustomError(panel, "Panel_AlreadyDecided")
        .withArgs(1n);
    });

    it("pays arbiters for a ruling that the contract refuses", async () => {
      const { panel, ledger, arbiters, arbitrable, vote } = await loadFixture(panelFixture);
      await arbitrable.configure(true, true);
      await vote(1n, 0, 1);
      await expect(panel.connect(arbiters[2]).vote(1n, 1n)).to.emit(panel, "DisputeDecided").withArgs(1n, 1n, false);
      expect(await ledger.balanceOf(ZeroAddress, arbiters[2])).to.equal(335n);
    });

    it("pays nobody for no decision", async () => {
      const { panel, ledger, arbiters, vote } = await loadFixture(panelFixture);
      await vote(0n, 0, 1, 2);
      expect(await ledger.balanceOf(ZeroAddress, arbiters[0])).to.equal(0n);
      expect(await ethers.provider.getBalance(panel)).to.equal(FEE);
    });

    it("decides without a fee and without a payment", async () => {
      const { ledger, arbiters, arbitrable } = await loadFixture(panelFixture);
      const free = await ethers.deployContract("Panel", [[arbiters[0].address], 1n, 0n, ledger]);
      await arbitrable.execute(free, free.interface.encodeFunctionData("createDispute", [1n, "0x"]));
      await expect(free.connect(arbiters[0]).vote(1n, 1n)).not.to.emit(ledger, "Credited");
    });

    it("gives a fee that cannot be divided to the last voter", async () => {
      const { ledger, arbiters, arbitrable } = await loadFixture(panelFixture);
      const names = arbiters.slice(0, 3).map((one) => one.address);
      const cheap = await ethers.deployContract("Panel", [names, 2n, 1n, ledger]);
      await arbitrable.execute(cheap, cheap.interface.encodeFunctionData("createDispute", [1n, "0x"]), { value: 1n });
      await cheap.connect(arbiters[0]).vote(1n, 1n);
      await cheap.connect(arbiters[1]).vote(1n, 1n);
      expect(await ledger.balanceOf(ZeroAddress, arbiters[0])).to.equal(0n);
      expect(await ledger.balanceOf(ZeroAddress, arbiters[1])).to.equal(1n);
    });

    // claim(attacks#escrow-dispute-and-arbiters): A ruling, or a second payment of the fee, while the fee is on its way
    it("gives nothing of an earned fee to the contract that it rules for, which asks in the middle", async () => {
      const { panel, ledger, arbiters, arbitrable, vote } = await loadFixture(panelFixture);
      await arbitrable.arm(panel, panel.interface.encodeFunctionData("reclaimFee", [1n]));
      await vote(1n, 0, 1, 2);
      expect(dataSlice(await arbitrable.answer(), 0, 4)).to.equal(NO_FEE);
      expect(await ledger.balanceOf(ZeroAddress, arbiters[2])).to.equal(335n);
    });

    it("gives the fee of no decision back once, also in the middle of its ruling", async () => {
      const { panel, arbitrable, vote, reclaim } = await loadFixture(panelFixture);
      await arbitrable.arm(panel, panel.interface.encodeFunctionData("reclaimFee", [1n]));
      await vote(0n, 0, 1, 2);
      expect(await ethers.provider.getBalance(arbitrable)).to.equal(FEE);
      expect(await ethers.provider.getBalance(panel)).to.equal(0n);
      await expect(reclaim()).to.be.revertedWithCustomError(panel, "Panel_NoFeeToReclaim").withArgs(1n, arbitrable);
    });

    // claim(attacks#escrow-dispute-and-arbiters): A caller that starves the reclaim or the ruling of gas
    it("cannot be made to lose a ruling by a voter who gives too little gas", async () => {
      const { panel, arbiters, arbitrable, vote } = await loadFixture(panelFixture);
      await vote(1n, 0, 1);
      const last = panel.connect(arbiters[2]);
      const enough = await last.vote.estimateGas(1n, 1n);
      const outcomes = new Set<string>();
      for (let percent = 30n; percent <= 100n; percent += 5n) {
        const snapshot = await takeSnapshot();
        try {
          await last.vote(1n, 1n, { gasLimit: (enough * percent) / 100n });
          outcomes.add("passed");
          // whenever the vote passes, the ruling arrived
          expect(await arbitrable.rulings()).to.equal(1n);
        } catch (error) {
          if (error instanceof AssertionError) throw error;
          outcomes.add("reverted");
        }
        await snapshot.restore();
      }
      expect([...outcomes].sort()).to.deep.equal(["passed", "reverted"]);
    });
  });

  describe("expire", () => {
    it("refuses a dispute that is not there, one still open to votes, and one decided", async () => {
      const { panel, vote, voteBy } = await loadFixture(panelFixture);
      await expect(panel.expire(9n)).to.be.revertedWithCustomError(panel, "Panel_UnknownDispute").withArgs(9n);
      await time.setNextBlockTimestamp(voteBy - 10n);
      await expect(panel.expire(1n)).to.be.revertedWithCustomError(panel, "Panel_TooEarly").withArgs(1n, voteBy);
      await vote(1n, 0, 1, 2);
      await expect(panel.expire(1n)).to.be.revertedWithCustomError(panel, "Panel_AlreadyDecided").withArgs(1n);
    });

    it("refuses in the last second, and ends the dispute one second later with no decision", async () => {
      const { panel, arbitrable, stranger, vote, voteBy } = await loadFixture(panelFixture);
      await vote(1n, 0, 1);
      await time.setNextBlockTimestamp(voteBy);
      await expect(panel.expire(1n)).to.be.revertedWithCustomError(panel, "Panel_TooEarly").withArgs(1n, voteBy);
      await time.setNextBlockTimestamp(voteBy + 1n);
      await expect(panel.connect(stranger).expire(1n)).to.emit(panel, "DisputeDecided").withArgs(1n, 0n, true);
      expect(await arbitrable.rulings()).to.equal(1n);
    });
  });

  describe("reclaimFee", () => {
    it("refuses strangers, and the contract itself before the end", async () => {
      const { panel, arbitrable, stranger, reclaim, voteBy } = await loadFixture(panelFixture);
      await time.setNextBlockTimestamp(voteBy);
      await expect(reclaim()).to.be.revertedWithCustomError(panel, "Panel_NoFeeToReclaim").withArgs(1n, arbitrable);
      await time.setNextBlockTimestamp(voteBy + 1n);
      await expect(panel.connect(stranger).reclaimFee(1n))
        .to.be.revertedWithCustomError(panel, "Panel_NoFeeToReclaim")
        .withArgs(1n, stranger.address);
      await expect(panel.connect(stranger).reclaimFee(7n))
        .to.be.revertedWithCustomError(panel, "Panel_NoFeeToReclaim")
        .withArgs(7n, stranger.address);
    });

    it("refuses a fee that was earned", async () => {
      const { panel, arbitrable, vote, reclaim } = await loadFixture(panelFixture);
      await vote(1n, 0, 1, 2);
      await expect(reclaim()).to.be.revertedWithCustomError(panel, "Panel_NoFeeToReclaim").withArgs(1n, arbitrable);
    });

    it("returns the fee once after a decision for nothing", async () => {
      const { panel, arbitrable, vote, reclaim } = await loadFixture(panelFixture);
      await vote(0n, 0, 1, 2);
      const sent = await reclaim();
      await expect(sent).to.emit(panel, "FeeReclaimed").withArgs(1n, arbitrable, FEE);
      await expect(sent).to.changeEtherBalances([panel, arbitrable], [-FEE, FEE]);
      await expect(reclaim()).to.be.revertedWithCustomError(panel, "Panel_NoFeeToReclaim").withArgs(1n, arbitrable);
    });

    it("returns the fee when the time is over, and ends the dispute with it", async () => {
      const { panel, vote, voteBy, reclaim } = await loadFixture(panelFixture);
      await vote(1n, 0, 1);
      await time.setNextBlockTimestamp(voteBy + 1n);
      await reclaim();
      expect((await panel.disputes(1n)).decided).to.equal(true);
      await expect(panel.expire(1n)).to.be.revertedWithCustomError(panel, "Panel_AlreadyDecided").withArgs(1n);
    });

    it("does not pay one dispute's fee out of another's", async () => {
      const { panel, create, voteBy, reclaim } = await loadFixture(panelFixture);
      await create();
      await time.setNextBlockTimestamp(voteBy + 1_000n);
      await reclaim();
      expect(await ethers.provider.getBalance(panel)).to.equal(FEE);
      await expect(reclaim()).to.be.revertedWithCustomError(panel, "Panel_NoFeeToReclaim");
    });

    it("says so when the contract refuses its fee, which stays its own", async () => {
      const { panel, arbitrable, voteBy, reclaim } = await loadFixture(panelFixture);
      await arbitrable.configure(false, false);
      await time.setNextBlockTimestamp(voteBy + 1n);
      await expect(reclaim()).to.be.revertedWithCustomError(panel, "Panel_FeeRefused").withArgs(1n);
      await arbitrable.configure(false, true);
      await reclaim();
    });

    // claim(attacks#escrow-dispute-and-arbiters): A ruling, or a second payment of the fee, while the fee is on its way
    it("gives no fee twice to a contract that asks again while it goes back, and no other dispute's", async () => {
      const { panel, arbitrable, voteBy, reclaim, create } = await loadFixture(panelFixture);
      await create();
      await time.setNextBlockTimestamp(voteBy + 1_000n);
      await arbitrable.arm(panel, panel.interface.encodeFunctionData("reclaimFee", [1n]));
      await reclaim();
      expect(dataSlice(await arbitrable.answer(), 0, 4)).to.equal(NO_FEE);
      expect(await ethers.provider.getBalance(panel)).to.equal(FEE);
      expect((await panel.disputes(2n)).decided).to.equal(false);
    });
  });

  describe("submitEvidence", () => {
    it("announces evidence of anyone and stores none of it", async () => {
      const { panel, stranger } = await loadFixture(panelFixture);
      await expect(panel.connect(stranger).submitEvidence(1n, "ipfs://evidence"))
        .to.emit(panel, "Evidence")
        .withArgs(panel, 1n, stranger.address, "ipfs://evidence");
    });

    // claim(attacks#escrow-dispute-and-arbiters): Gas spent by spamming evidence
    it("costs a vote nothing, however much of it there is", async () => {
      const { panel, arbiters, stranger } = await loadFixture(panelFixture);
      const before = await panel.connect(arbiters[0]).vote.estimateGas(1n, 1n);
      for (let i = 0; i < 20; i++) await panel.connect(stranger).submitEvidence(1n, "x".repeat(1_000));
      expect(await panel.connect(arbiters[0]).vote.estimateGas(1n, 1n)).to.equal(before);
    });

    it("refuses evidence for no dispute and for one that is over", async () => {
      const { panel, vote } = await loadFixture(panelFixture);
      await expect(panel.submitEvidence(4n, ""))
        .to.be.revertedWithCustomError(panel, "Panel_UnknownDispute")
        .withArgs(4n);
      await vote(1n, 0, 1, 2);
      await expect(panel.submitEvidence(1n, ""))
        .to.be.revertedWithCustomError(panel, "Panel_AlreadyDecided")
        .withArgs(1n);
    });
  });
});
