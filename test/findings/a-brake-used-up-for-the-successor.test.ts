import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { callOf } from "../../scripts/lib/proposals";
import { DAY } from "../helpers/market";
import { phaseTwo } from "../helpers/phases";

/** A grown DAO, and everything its guardian can pause, and how it is called. */
async function brakes() {
  const protocol = await phaseTwo();
  const { contracts, actions, actors } = protocol;
  const { GuardianDesk, IsonomyGovernor, Market, Exchange, CitizenRegistry } = contracts;
  const table = [
    {
      target: Market,
      used: Market.interface.encodeFunctionData("pausePurchases", [0n]),
      data: Market.interface.encodeFunctionData("pausePurchases", [7n * DAY]),
      event: "PurchasesPaused",
    },
    {
      target: Exchange,
      used: Exchange.interface.encodeFunctionData("pauseDeposits"),
      data: Exchange.interface.encodeFunctionData("pauseDeposits"),
      event: "DepositsPaused",
    },
    {
      target: CitizenRegistry,
      used: CitizenRegistry.interface.encodeFunctionData("pauseIssuance"),
      data: CitizenRegistry.interface.encodeFunctionData("pauseIssuance"),
      event: "IssuancePaused",
    },
  ] as const;
  const id = await naming("Name another guardian", actors.other);

  /** A vote that names a guardian, up to an hour before it can be carried out. */
  async function naming(title: string, next: HardhatEthersSigner) {
    const calls = [callOf(IsonomyGovernor, "setProposalGuardian", next.address)];
    return actions.decide({ title, why: "The guardian before is not to be trusted.", calls });
  }
  return { ...protocol, desk: GuardianDesk, table, id, naming };
}

describe("A brake was used up for the guardian's successor", function () {
  this.timeout(600_000);

  // claim(attacks#government-and-citizens): a guardian that uses up its successor's brakes
  it("is the successor's own, although the one before used each brake right before it had to go", async () => {
    const { actors, actions, desk, table, id } = await loadFixture(brakes);
    for (const { target, used } of table) await desk.connect(actors.guardianMember).forward(target, used);
    await actions.execute(id);

    for (const { target, data, event } of table) {
      const pulled = await desk.connect(actors.other).forward(target, data);
      await expect(pulled)
        .to.emit(target, event)
        .withArgs(BigInt(await time.latest()) + 7n * DAY);
    }
  });

  // claim(attacks#government-and-citizens): a guardian that uses up its successor's brakes
  it("is one for a mandate: sixty days apart, and not again after it was ended early", async () => {
    const { actors, actions, desk, table, id } = await loadFixture(brakes);
    await actions.execute(id);
    for (const { target, data } of table) {
      await desk.connect(actors.other).forward(target, data);
      const again = BigInt(await time.latest()) + 60n * DAY;
      await expect(desk.connect(actors.other).forward(target, data))
        .to.be.revertedWithCustomError(target, "BoundedPause_TooSoon")
        .withArgs(again);
      await time.setNextBlockTimestamp(again - 1n);
      await expect(desk.connect(actors.other).forward(target, data))
        .to.be.revertedWithCustomError(target, "BoundedPause_TooSoon")
        .withArgs(again);
      await time.setNextBlockTimestamp(again);
      await desk.connect(actors.other).forward(target, data);
    }
  });

  it("comes back with the mandate that a vote renews for the same account", async () => {
    const { actors, actions, desk, table, id, naming } = await loadFixture(brakes);
    await actions.execute(id);
    const first = await desk.mandate();
    const again = await naming("Name the guardian again", actors.other);
    for (const { target, used } of table) await desk.connect(actors.other).forward(target, used);
    await actions.execute(again);
    expect(await desk.mandate()).not.to.equal(first);
    for (const { target, data, event } of table) {
      await expect(desk.connect(actors.other).forward(target, data)).to.emit(target, event);
    }
  });

  // claim(attacks#government-and-citizens): a guardian that uses up its successor's brakes
  it("is not doubled by a second member of the role: each has its own, and takes none from the other", async () => {
    const { contracts, actors, actions } = await loadFixture(phaseTwo);
    const { Authority, Market } = contracts;
    const admin = Authority.connect(await actions.asAdmin());
    for (const one of [actors.other, actors.stranger]) await admin.grantRole(2n, one, 0);
    for (const one of [actors.other, actors.stranger]) await Market.connect(one).pausePurchases(1n);
    const again = BigInt(await time.latest()) + 60n * DAY;
    // to and fro between the two gains nothing
    await expect(Market.connect(actors.stranger).pausePurchases(1n))
      .to.be.revertedWithCustomError(Market, "BoundedPause_TooSoon")
      .withArgs(again);
    await expect(Market.connect(actors.other).pausePurchases(1n)).to.be.revertedWithCustomError(
      Market,
      "BoundedPause_TooSoon",
    );
  });

  it("is one for a contract that reverts with what looks like a mandate, another one each time", async () => {
    const { contracts, actions } = await loadFixture(phaseTwo);
    const { Authority, Market } = contracts;
    const member = await ethers.deployContract("RevertingMandate");
    await Authority.connect(await actions.asAdmin()).grantRole(2n, member, 0);
    const pause = Market.interface.encodeFunctionData("pausePurchases", [1n]);
    await expect(member.forward(Market, pause)).to.emit(Market, "PurchasesPaused");
    const again = BigInt(await time.latest()) + 60n * DAY;
    await expect(member.forward(Market, pause))
      .to.be.revertedWithCustomError(Market, "BoundedPause_TooSoon")
      .withArgs(again);
  });
});
