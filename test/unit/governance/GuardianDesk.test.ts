import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import type { AddressLike, Signer } from "ethers";
import { ethers } from "hardhat";

import { ROLES } from "../../../sdk/src/governance/roles";
import { callOf } from "../../../scripts/lib/proposals";
import { protocolFixture } from "../../helpers/fixture";
import { phaseTwo } from "../../helpers/phases";

const DAY = 86_400n;
const YEAR = 365n * DAY;

describe("GuardianDesk", () => {
  async function deskFixture() {
    const protocol = await protocolFixture();
    const { GuardianDesk, Market, Exchange, CitizenRegistry } = protocol.contracts;
    const pause = Market.interface.encodeFunctionData("pausePurchases", [DAY]);
    const resume = Market.interface.encodeFunctionData("resumePurchases");
    const freeze = Exchange.interface.encodeFunctionData("pauseDeposits");
    const suspend = CitizenRegistry.interface.encodeFunctionData("pauseIssuance");
    const forward = (who: Signer, target: AddressLike, data: string) => GuardianDesk.connect(who).forward(target, data);
    return { ...protocol, desk: GuardianDesk, forward, calls: { pause, resume, freeze, suspend } };
  }

  it("is the one member of the guardian's role, so that nobody holds the role past a mandate", async () => {
    const { contracts, actors, desk } = await loadFixture(deskFixture);
    const { Authority, IsonomyGovernor } = contracts;
    expect(await Authority.hasRole(ROLES.GUARDIAN, desk)).to.deep.equal([true, 0n]);
    expect(await Authority.hasRole(ROLES.GUARDIAN, actors.guardianMember)).to.deep.equal([false, 0n]);
    expect(await desk.AUTHORITY()).to.equal(await Authority.getAddress());
    expect(await desk.GOVERNOR()).to.equal(await IsonomyGovernor.getAddress());
  });

  describe("forward", () => {
    it("refuses everybody but the governor's guardian, the timelock and the desk itself too", async () => {
      const { contracts, actors, actions, desk, forward, calls } = await loadFixture(deskFixture);
      const timelock = await actions.asAdmin();
      for (const one of [actors.deployer, actors.holder, actors.stranger, actors.guardian, timelock]) {
        await expect(forward(one, contracts.Market, calls.pause))
          .to.be.revertedWithCustomError(desk, "GuardianDesk_NotTheGuardian")
          .withArgs(one.address, actors.guardianMember.address);
      }
    });

    // claim(attacks#government-and-citizens): a guardian past its mandate, or beyond its functions
    it("refuses the guardian from the second its mandate ends", async () => {
      const { contracts, actors, desk, forward, calls } = await loadFixture(deskFixture);
      const endsAt = await contracts.IsonomyGovernor.guardianMandateEndsAt();
      await time.setNextBlockTimestamp(endsAt - 1n);
      await forward(actors.guardianMember, contracts.Market, calls.pause);
      for (const call of [calls.resume, calls.pause]) {
        await expect(forward(actors.guardianMember, contracts.Market, call))
          .to.be.revertedWithCustomError(desk, "GuardianDesk_MandateEnded")
          .withArgs(endsAt);
      }
      // what it did in its last second ends by itself
      const { pausedUntil } = await contracts.Market.config();
      expect(pausedUntil).to.equal(endsAt - 1n + DAY);
      await expect(forward(actors.guardianMember, contracts.CitizenRegistry, calls.suspend))
        .to.be.revertedWithCustomError(desk, "GuardianDesk_MandateEnded")
        .withArgs(endsAt);
    });

    // claim(attacks#government-and-citizens): a guardian past its mandate, or beyond its functions
    it("refuses every function that is not the guardian's, and calls without one", async () => {
      const { contracts, actors, token, desk, forward } = await loadFixture(deskFixture);
      const { Market, Authority, GovernanceToken, Treasury, Timelock } = contracts;
      const me = actors.guardianMember.address;
      const calls: [AddressLike, string][] = [
        [Market, Market.interface.encodeFunctionData("setProtocolFee", [0n])],
        [Market, Market.interface.encodeFunctionData("setTreasury", [me])],
        [Authority, Authority.interface.encodeFunctionData("grantRole", [ROLES.ADMIN, me, 0n])],
        [Authority, Authority.interface.encodeFunctionData("renounceRole", [ROLES.GUARDIAN, await desk.getAddress()])],
        [GovernanceToken, GovernanceToken.interface.encodeFunctionData("mint", [me, 1n])],
        [Treasury, Treasury.interface.encodeFunctionData("pay", [await token.getAddress(), me, 1n])],
        [Timelock, Timelock.interface.encodeFunctionData("updateDelay", [DAY])],
        [token, token.interface.encodeFunctionData("transfer", [me, 0n])],
        [desk, desk.interface.encodeFunctionData("forward", [me, "0x"])],
        [Market, Market.interface.getFunction("pausePurchases").selector.slice(0, 8)],
        [Market, "0x"],
        [me, "0x"],
      ];
      for (const [target, data] of calls) {
        await expect(forward(actors.guardianMember, target, data))
          .to.be.revertedWithCustomError(desk, "GuardianDesk_NotForGuardian")
          .withArgs(target, data.slice(0, 10).padEnd(10, "0"));
      }
    });

    it("passes on what the guardian may do, and says so", async () => {
      const { contracts, actors, desk, forward, calls } = await loadFixture(deskFixture);
      const { Market, Exchange, CitizenRegistry } = contracts;
      const guardian = actors.guardianMember;
      const paused = await forward(guardian, Market, calls.pause);
      const until = BigInt(await time.latest()) + DAY;
      await expect(paused).to.emit(Market, "PurchasesPaused").withArgs(until);
      await expect(paused).to.emit(desk, "Forwarded").withArgs(guardian, Market, calls.pause);
      expect((await Market.config()).pausedUntil).to.equal(until);

      await expect(forward(guardian, Market, calls.resume)).to.emit(Market, "PurchasesResumed");
      await expect(forward(guardian, Exchange, calls.freeze)).to.emit(Exchange, "DepositsPaused");
      await expect(forward(guardian, CitizenRegistry, calls.suspend)).to.emit(CitizenRegistry, "IssuancePaused");
    });

    it("fails for the reason of the target, and for an account without code", async () => {
      const { contracts, actors, actions, desk, forward, calls } = await loadFixture(deskFixture);
      const { Market, Authority } = contracts;
      const long = Market.interface.encodeFunctionData("pausePurchases", [8n * DAY]);
      await expect(forward(actors.guardianMember, Market, long))
        .to.be.revertedWithCustomError(Market, "BoundedPause_TooLong")
        .withArgs(8n * DAY, 7n * DAY);
      const nowhere = ethers.Wallet.createRandom().address;
      const admin = Authority.connect(await actions.asAdmin());
      await admin.setTargetFunctionRole(nowhere, [calls.pause.slice(0, 10)], ROLES.GUARDIAN);
      await expect(forward(actors.guardianMember, nowhere, calls.pause))
        .to.be.revertedWithCustomError(desk, "AddressEmptyCode")
        .withArgs(nowhere);
    });

    it("follows the roles: what a vote gives to the guardian or takes from it counts at once", async () => {
      const { contracts, actors, actions, desk, forward, calls } = await loadFixture(deskFixture);
      const { Market, Authority } = contracts;
      const admin = Authority.connect(await actions.asAdmin());
      await admin.setTargetFunctionRole(Market, [calls.pause.slice(0, 10)], ROLES.ADMIN);
      await expect(forward(actors.guardianMember, Market, calls.pause))
        .to.be.revertedWithCustomError(desk, "GuardianDesk_NotForGuardian")
        .withArgs(Market, calls.pause.slice(0, 10));
      await admin.revokeRole(ROLES.GUARDIAN, desk);
      await expect(forward(actors.guardianMember, Market, calls.resume))
        .to.be.revertedWithCustomError(Market, "AccessManagedUnauthorized")
        .withArgs(desk);
    });
  });

  it("serves the guardian that a vote names, for another year, and no longer the one before", async function () {
    this.timeout(600_000);
    const { contracts, actors, actions } = await loadFixture(phaseTwo);
    const { GuardianDesk: desk, IsonomyGovernor, Market } = contracts;
    const pause = Market.interface.encodeFunctionData("pausePurchases", [DAY]);
    await actions.pass({
      title: "Name another guardian",
      why: "A mandate lasts a year.",
      calls: [callOf(IsonomyGovernor, "setProposalGuardian", actors.other.address)],
    });
    const named = BigInt(await time.latest());
    await expect(desk.connect(actors.guardianMember).forward(Market, pause))
      .to.be.revertedWithCustomError(desk, "GuardianDesk_NotTheGuardian")
      .withArgs(actors.guardianMember.address, actors.other.address);
    await time.setNextBlockTimestamp(named + YEAR - 1n);
    await expect(desk.connect(actors.other).forward(Market, pause)).to.emit(Market, "PurchasesPaused");
    await expect(desk.connect(actors.other).forward(Market, pause))
      .to.be.revertedWithCustomError(desk, "GuardianDesk_MandateEnded")
      .withArgs(named + YEAR);
  });
});
