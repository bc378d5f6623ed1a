import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { type BaseContract, concat, dataSlice, id, zeroPadValue } from "ethers";
import { ethers } from "hardhat";

import { PERMISSIONS, ROLES } from "../../sdk/src/governance/roles";
import { callOf } from "../../scripts/lib/proposals";
import { DAY, expectCredits, marketFixture, PRICE, sharesOf } from "../helpers/market";
import { openDeals, REFERRER_BPS } from "../helpers/openDeals";
import { phaseTwo } from "../helpers/phases";

const OLD_FEE = 250n;
const NEW_FEE = 500n;
/** Longer than the arguments of any privileged function: each reads as zeros, or as empty. */
const NO_ARGUMENTS = zeroPadValue("0x", 320);

describe("Powers in the deployed protocol", function () {
  // a thousand people become citizens first
  this.timeout(600_000);

  /** Everybody there is: people of every part, and every contract. */
  async function everybody() {
    const protocol = await loadFixture(marketFixture);
    const { contracts, actors } = protocol;
    const people = Object.entries(actors).map(([name, { address }]) => [name, address] as const);
    const machines = Object.entries(contracts).map(async ([name, contract]) => {
      const address = await (contract as BaseContract).getAddress();
      return [name, address] as const;
    });
    // a signer of the treasury and of the desk is among the people
    const callers = new Map([...people, ...(await Promise.all(machines))].map(([name, address]) => [address, name]));
    return { ...protocol, callers };
  }

  /** How a call ends: "refused" when the check of the role fails, anything else when it was passed. */
  async function attempt(from: string, target: BaseContract, signature: string): Promise<string> {
    const data = concat([dataSlice(id(signature), 0, 4), NO_ARGUMENTS]);
    const refusal = dataSlice(id("AccessManagedUnauthorized(address)"), 0, 4);
    try {
      await ethers.provider.call({ from, to: target, data });
      return "passed";
    } catch (error) {
      const { data: reason } = error as { data?: string };
      const expected = concat([refusal, zeroPadValue(from, 32)]);
      return reason === expected ? "refused" : "passed";
    }
  }

  // claim(invariants#government-and-citizens): only the timelock, and the guardian's desk for its pauses, passes a
  //   restricted check
  it("let nobody but the timelock, and the guardian's desk for its pauses, pass a restricted check", async () => {
    const { contracts, callers } = await loadFixture(everybody);
    const passed: string[] = [];
    for (const { contract, signature } of PERMISSIONS) {
      const target = contracts[contract as keyof typeof contracts] as BaseContract;
      for (const [address, name] of callers) {
        if ((await attempt(address, target, signature)) === "passed") passed.push(`${contract}.${signature}: ${name}`);
      }
    }
    expect(passed).to.deep.equal(
      PERMISSIONS.map(
        ({ contract, signature, role }) =>
          `${contract}.${signature}: ${role === "GUARDIAN" ? "GuardianDesk" : "Timelock"}`,
      ),
    );
  });

  // claim(invariants#government-and-citizens): the guardian cancels and pauses while its mandate lasts; it executes and
  //   changes nothing
  it("leave the guardian nothing but to cancel and to pause: it executes and changes nothing", async () => {
    const { contracts, actors } = await loadFixture(marketFixture);
    const { Authority, IsonomyGovernor, Timelock, GuardianDesk, Market, BallotBox } = contracts;
    const guardian = actors.guardianMember;
    const fee = Market.interface.encodeFunctionData("setProtocolFee", [0n]);
    const operation = [Market, 0n, fee, ethers.ZeroHash, ethers.ZeroHash] as const;

    const timelock = Timelock.connect(guardian);
    for (const [send, role] of [
      [() => timelock.schedule(...operation, 10n * DAY), await Timelock.PROPOSER_ROLE()],
      [() => timelock.cancel(ethers.ZeroHash), await Timelock.CANCELLER_ROLE()],
      [() => timelock.execute(...operation), await Timelock.EXECUTOR_ROLE()],
      [() => timelock.grantRole(ethers.ZeroHash, guardian), ethers.ZeroHash],
    ] as const) {
      await expect(send())
        .to.be.revertedWithCustomError(Timelock, "AccessControlUnauthorizedAccount")
        .withArgs(guardian.address, role);
    }

    const authority = Authority.connect(guardian);
    const selector = Market.interface.getFunction("setProtocolFee").selector;
    for (const send of [
      () => authority.grantRole(ROLES.PARAMETER, guardian, 0n),
      () => authority.revokeRole(ROLES.PARAMETER, Timelock),
      () => authority.setTargetFunctionRole(Market, [selector], ROLES.GUARDIAN),
      () => authority.setTargetClosed(Market, true),
      () => authority.updateAuthority(Market, guardian),
    ]) {
      await expect(send())
        .to.be.revertedWithCustomError(Authority, "AccessManagerUnauthorizedAccount")
        .withArgs(guardian.address, ROLES.ADMIN);
    }
    await expect(authority.execute(Market, fee)).to.be.revertedWithCustomError(
      Authority,
      "AccessManagerUnauthorizedCall",
    );

    const governor = IsonomyGovernor.connect(guardian);
    for (const send of [
      () => governor.setVotingDelay(3n * DAY),
      () => governor.setVotingPeriod(4n * DAY),
      () => governor.setProposalThreshold(1n),
      () => governor.updateQuorumNumerator(2n),
      () => governor.setProposalGuardian(guardian),
    ]) {
      await expect(send())
        .to.be.revertedWithCustomError(IsonomyGovernor, "GovernorOnlyExecutor")
        .withArgs(guardian.address);
    }
    await expect(governor.relay(Market, 0n, fee)).to.be.revertedWithCustomError(
      IsonomyGovernor,
      "IsonomyGovernor_Closed",
    );
    await expect(BallotBox.connect(guardian).open(1n, 1n, 0n, 1n))
      .to.be.revertedWithCustomError(BallotBox, "BallotBox_NotGovernor")
      .withArgs(guardian.address);

    // nor by its desk: every privileged function that is not a pause, and the functions of the keys themselves
    for (const { contract, signature, role } of PERMISSIONS) {
      if (role === "GUARDIAN") continue;
      const target = contracts[contract as keyof typeof contracts] as BaseContract;
      const data = concat([dataSlice(id(signature), 0, 4), NO_ARGUMENTS]);
      await expect(GuardianDesk.connect(guardian).forward(target, data), signature)
        .to.be.revertedWithCustomError(GuardianDesk, "GuardianDesk_NotForGuardian")
        .withArgs(target, dataSlice(data, 0, 4));
    }
  });

  describe("over a deal that is open", () => {
    /** One vote changes all that a vote can change around a sale, and the guardian pauses what it can; three deals are open meanwhile. */
    async function upheaval() {
      const protocol = await loadFixture(phaseTwo);
      const { contracts, actors, actions, token } = protocol;
      const { Market, LicenseToken, Exchange, Authority, GuardianDesk, ModelRegistry, Escrow, RevenueLedger } =
        contracts;
      const newTreasury = actors.other.address;
      const calls = [
        callOf(Market, "setProtocolFee", NEW_FEE),
        callOf(Market, "setTreasury", newTreasury),
        callOf(Market, "setPayToken", token, false, 0n),
        callOf(Exchange, "setTreasury", newTreasury),
        callOf(LicenseToken, "setModule", Market, false),
        ...[Market, LicenseToken, ModelRegistry, Escrow, RevenueLedger].map((target) =>
          callOf(Authority, "setTargetClosed", target, true),
        ),
      ];
      const proposal = await actions.decide({ title: "Change everything", why: "To see what cannot change.", calls });
      const open = await openDeals(protocol);
      const pause = Market.interface.encodeFunctionData("pausePurchases", [7n * DAY]);
      await GuardianDesk.connect(actors.guardianMember).forward(Market, pause);
      await actions.execute(proposal);
      const { treasury, protocolFeeBps, pausedUntil } = await Market.config();
      expect([treasury, protocolFeeBps]).to.deep.equal([newTreasury, NEW_FEE]);
      expect(pausedUntil).to.be.greaterThan(BigInt(await time.latest()));
      expect(await Market.payTokenRisks(token)).to.deep.equal([false, 0n]);
      expect(await Authority.isTargetClosed(Escrow)).to.equal(true);
      return { ...protocol, ...open, newTreasury };
    }

    const paidByOldTerms = (protocol: Awaited<ReturnType<typeof upheaval>>) => {
      const { contracts, actors, newTreasury } = protocol;
      const { toCreator, toTreasury, toReferrer } = sharesOf(PRICE, OLD_FEE, REFERRER_BPS);
      const changes: Parameters<typeof expectCredits>[3] = [
        [contracts.Escrow, -PRICE],
        [actors.creator, toCreator],
        [contracts.Treasury, toTreasury],
        [actors.referrer, toReferrer],
        [newTreasury, 0n],
        [actors.buyer, 0n],
      ];
      return changes;
    };

    // claim(invariants#government-and-citizens): an open deal keeps its terms through any vote and any pause, to the
    //   wei | voters who change the rules while others wait
    it("are none: it settles with the old fee for the old treasury, to the wei, whatever a vote and a pause changed", async () => {
      const protocol = await loadFixture(upheaval);
      const { contracts, actors, token, deals, key, sold, licenses } = protocol;
      const { Escrow, RevenueLedger, LicenseToken } = contracts;
      await expectCredits(
        RevenueLedger,
        token,
        () => Escrow.connect(actors.buyer).accept(deals[0]!),
        paidByOldTerms(protocol),
      );

      await Escrow.deliver(deals[1]!, key);
      const complainBy = BigInt(await time.latest()) + 3n * DAY;
      await time.increaseTo(complainBy + 1n);
      await expectCredits(
        RevenueLedger,
        token,
        () => Escrow.connect(actors.stranger).settle({ ...deals[1]!, complainBy }),
        paidByOldTerms(protocol),
      );
      for (const license of [sold, licenses[0]!, licenses[1]!]) {
        expect(await LicenseToken.isAuthorized(license, actors.buyer)).to.equal(true);
      }
      // and what was earned is paid out in the token that no offer may name any more
      const earned = await RevenueLedger.balanceOf(token, actors.creator);
      await expect(RevenueLedger.connect(actors.creator).withdraw(token)).to.changeTokenBalance(
        token,
        actors.creator,
        earned,
      );
    });

    // claim(invariants#government-and-citizens): an open deal keeps its terms through any vote and any pause, to the
    //   wei
    it("are none: it is refunded in full when nothing is delivered", async () => {
      const { contracts, actors, token, deals, newTreasury } = await loadFixture(upheaval);
      const { Escrow, RevenueLedger, Treasury } = contracts;
      await time.increaseTo(BigInt(deals[2]!.deliverBy) + 1n);
      await expectCredits(RevenueLedger, token, () => Escrow.connect(actors.stranger).refundUndelivered(deals[2]!), [
        [Escrow, -PRICE],
        [actors.buyer, PRICE],
        [actors.creator, 0n],
        [Treasury, 0n],
        [newTreasury, 0n],
      ]);
    });
  });
});
