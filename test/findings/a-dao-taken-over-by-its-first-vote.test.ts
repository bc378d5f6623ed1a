import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { DAY, DOMAIN, delegated } from "../unit/governance/fixture";

/** The vote that disavows: two days of delay, seven of voting, at most seven of extensions, four times seven of waiting. */
const DISAVOWAL = 44n * DAY;

/** Adapters that vouch for anybody, and the calls that name them. */
async function raid() {
  const base = await delegated();
  const { registry } = base.contracts;
  const target = await registry.getAddress();
  const naming = async (count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const adapter = await (await ethers.deployContract("OpenAdapter")).getAddress();
        return { target, data: registry.interface.encodeFunctionData("appointIssuer", [adapter, DOMAIN, true]) };
      }),
    );
  return { ...base, naming };
}

describe("A DAO was taken over by its first vote: twenty issuers, a thousand persons in a month, all phases at once", () => {
  // claim(attacks#government-and-citizens): naming enough issuers at once that their people are the majority before a
  //   vote can disavow them
  it("names at most eight issuers while the DAO is young, in one vote or in several", async () => {
    const { contracts, actors, actions, naming } = await loadFixture(raid);
    const { registry } = contracts;
    const many = await actions.propose(actors.whale, await naming(20), "Twenty");
    await expect(actions.pass(many.id, [actors.whale]))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_TooManyIssuers")
      .withArgs(8n);
    const eight = await actions.propose(actors.whale, await naming(8), "Eight");
    await actions.pass(eight.id, [actors.whale]);
    const one = await actions.propose(actors.whale, await naming(1), "One more");
    await expect(actions.pass(one.id, [actors.whale]))
      .to.be.revertedWithCustomError(registry, "CitizenRegistry_TooManyIssuers")
      .withArgs(8n);
    expect(await registry.issuerCount()).to.equal(8n);
  });

  // claim(attacks#government-and-citizens): naming enough issuers at once that their people are the majority before a
  //   vote can disavow them
  it("leaves more than six weeks to begin the vote that disavows them, before they reach the last phase", async function () {
    this.timeout(300_000);
    const { contracts, actors, actions, naming } = await loadFixture(raid);
    const { registry } = contracts;
    const { id } = await actions.propose(actors.whale, await naming(8));
    await actions.pass(id, [actors.whale]);
    const named = BigInt(await time.latest());

    // as fast as they may, and everybody is counted in the second she has seasoned
    const crowd = await ethers.deployContract("Crowd");
    let made = 0;
    const month = async () => {
      for (let issuer = 1; issuer <= 8; issuer++) {
        const { used, quota } = await registry.quotaOf(issuer);
        const more = Number(quota - used);
        for (let grown = 0; grown < more; grown += 40) await crowd.grow(Math.min(40, more - grown));
        await actions.enrol(crowd, made, made + more, issuer);
        made += more;
      }
    };
    let counted = 0;
    while ((await registry.phase()) < 2n) {
      const first = made;
      await month();
      await time.increase(30n * DAY);
      await actions.season(crowd, first, made);
      counted = Number(await registry.citizens());
      if ((await registry.phase()) === 0n && counted >= 100) await actions.grow();
      if (counted >= 1_000) await actions.grow();
    }
    expect(counted).to.be.greaterThanOrEqual(1_000);
    const votingDelay = await contracts.governor.votingDelay();
    const firstSnapshot = BigInt(await time.latest()) + votingDelay;
    expect(firstSnapshot - named - DISAVOWAL).to.be.greaterThan(42n * DAY);
  });
});
