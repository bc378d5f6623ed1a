import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { unitsCurve, unitsOf } from "../../../sdk/src/governance/units";
import { DAY, ISO, SUPPLY, delegated, government, phaseOne } from "./fixture";
import { expectLimits } from "../../helpers/limits";
import { domainOf, signPermit } from "../../helpers/signing";

const CAP = 7_500_000n * ISO;
const curve = unitsCurve(CAP);

/** Two citizens counted with their bonus, each with tokens and voting for itself. */
async function citizens() {
  const base = await phaseOne();
  const { token } = base.contracts;
  const people = [await base.crowd.people(0), await base.crowd.people(1)];
  await token.connect(base.actors.whale).transfer(people[0], 1_000_000n * ISO);
  await token.connect(base.actors.whale).transfer(people[1], 10_000_000n * ISO);
  await base.crowd.delegateToSelf(0, 2, token);
  await base.crowd.reweigh(0, 2, token);
  const act = (index: number, name: "delegate" | "transfer", values: unknown[]) =>
    base.crowd.act(index, index + 1, token, token.interface.encodeFunctionData(name as "delegate", values as [string]));
  return { ...base, people, act };
}

describe("GovernanceToken", () => {
  it("publishes its limits", async () => {
    const { contracts } = await loadFixture(government);
    await expectLimits(contracts.token, {
      CURVE_CAP_BPS: 75n,
      INSIDER_CAP_BPS: 2_000n,
      MINT_CAP_BPS: 200n,
      MINT_INTERVAL: 365n * DAY,
      HOLDING_PERIOD: 3n * DAY,
      SEASONING: 30n * DAY,
    });
  });

  describe("the genesis", () => {
    const line = (holder: string, amount: bigint, duration = 0n) => ({ holder, amount, cliff: 0n, duration });

    // claim(attacks#government-and-citizens): the deployer keeping a role, tokens or a vote
    it("refuses tokens for the deployer", async () => {
      const { contracts, actors } = await loadFixture(government);
      await expect(
        ethers.deployContract("GovernanceToken", [contracts.authority, [line(actors.deployer.address, SUPPLY)]]),
      )
        .to.be.revertedWithCustomError(contracts.token, "GovernanceToken_DeployerHolds")
        .withArgs(actors.deployer.address);
    });

    it("refuses more than a fifth for insiders", async () => {
      const { contracts, actors } = await loadFixture(government);
      const genesis = [line(actors.whale.address, 799n * ISO), line(actors.insider.address, 201n * ISO, 100n)];
      await expect(ethers.deployContract("GovernanceToken", [contracts.authority, genesis]))
        .to.be.revertedWithCustomError(contracts.token, "GovernanceToken_TooMuchVested")
        .withArgs(201n * ISO, 1_000n * ISO);
    });

    it("refuses an empty supply and one that could outgrow a tally", async () => {
      const { contracts, actors } = await loadFixture(government);
      const limit = ((1n << 104n) - 1n) / 200n;
      await expect(ethers.deployContract("GovernanceToken", [contracts.authority, []]))
        .to.be.revertedWithCustomError(contracts.token, "GovernanceToken_BadSupply")
        .withArgs(0n, limit);
      await expect(
        ethers.deployContract("GovernanceToken", [contracts.authority, [line(actors.whale.address, limit + 1n)]]),
      )
        .to.be.revertedWithCustomError(contracts.token, "ERC20ExceededSafeSupply")
        .withArgs(limit + 1n, limit);
    });

    // claim(attacks#government-and-citizens): insiders voting with what has not vested
    it("vests the insiders' part, which does not vote before it is released", async () => {
      const { contracts, actors } = await loadFixture(government);
      const { token } = contracts;
      const [event] = await token.queryFilter(token.filters.GenesisVested());
      const wallet = await ethers.getContractAt("GenesisVesting", event.args.wallet);
      expect(await token.balanceOf(wallet)).to.equal(200_000_000n * ISO);
      expect(await token.delegates(wallet)).to.equal(ethers.ZeroAddress);
      expect(await wallet.owner()).to.equal(actors.insider.address);
      await time.increase(364n * DAY);
      await wallet["release(address)"](token);
      expect(await token.balanceOf(actors.insider)).to.equal(0n);
      await time.increaseTo((await wallet.start()) + 730n * DAY - 1n);
      await wallet["release(address)"](token);
      expect(await token.balanceOf(actors.insider)).to.equal(100_000_000n * ISO);
      expect(await token.totalSupply()).to.equal(SUPPLY);
      expect(await token.balanceOf(actors.deployer)).to.equal(0n);
    });
  });

  describe("mint", () => {
    // claim(attacks#government-and-citizens): minting votes
    it("refuses anyone but the DAO, a mint within a year and more than two percent", async () => {
      const { contracts, actors } = await loadFixture(government);
      const token = contracts.token.connect(actors.dao);
      await expect(contracts.token.connect(actors.whale).mint(actors.whale, 1n))
        .to.be.revertedWithCustomError(token, "AccessManagedUnauthorized")
        .withArgs(actors.whale.address);
      const nextAt = (await token.lastMintAt()) + 365n * DAY;
      await time.setNextBlockTimestamp(nextAt - 1n);
      await expect(token.mint(actors.whale, 1n))
        .to.be.revertedWithCustomError(token, "GovernanceToken_MintTooSoon")
        .withArgs(nextAt);
      const limit = SUPPLY / 50n;
      await expect(token.mint(actors.whale, limit + 1n))
        .to.be.revertedWithCustomError(token, "GovernanceToken_MintTooLarge")
        .withArgs(limit + 1n, limit);
    });

    it("mints two percent after a year, and again only after another", async () => {
      const { contracts, actors } = await loadFixture(delegated);
      const token = contracts.token.connect(actors.dao);
      await time.increase(365n * DAY);
      const before = BigInt(await time.latest());
      await expect(token.mint(actors.whale, SUPPLY / 50n)).to.changeTokenBalance(token, actors.whale, SUPPLY / 50n);
      await expect(token.mint(actors.whale, 1n)).to.be.revertedWithCustomError(token, "GovernanceToken_MintTooSoon");
      expect(await token.getPastTokenSupply(before)).to.equal(SUPPLY);
      expect(await token.getPastTokenSupply(BigInt(await time.latest()) - 1n)).to.equal(SUPPLY + SUPPLY / 50n);
      expect(await token.getVotes(actors.whale)).to.equal(420_000_000n * ISO);
      expect(await token.getPastTotalSupply(BigInt(await time.latest()) - 1n)).to.equal(820_000_000n * ISO);
    });

    // claim(attacks#government-and-citizens): mints for all past years without one, at once
    it("loses a year without a mint: it is not caught up by a larger one, or by another soon", async () => {
      const { contracts, actors } = await loadFixture(government);
      const token = contracts.token.connect(actors.dao);
      await time.increase(3n * 365n * DAY + 100n * DAY);
      const limit = SUPPLY / 50n;
      await expect(token.mint(actors.whale, limit + 1n))
        .to.be.revertedWithCustomError(token, "GovernanceToken_MintTooLarge")
        .withArgs(limit + 1n, limit);
      await token.mint(actors.whale, limit);
      const minted = BigInt(await time.latest());
      expect(await token.lastMintAt()).to.equal(minted);
      for (const later of [1n, 265n * DAY, 365n * DAY - 1n]) {
        await time.setNextBlockTimestamp(minted + later);
        await expect(token.mint(actors.whale, 1n))
          .to.be.revertedWithCustomError(token, "GovernanceToken_MintTooSoon")
          .withArgs(minted + 365n * DAY);
      }
      await time.setNextBlockTimestamp(minted + 365n * DAY);
      // of what there is now, and a mint of nothing uses the year up too
      await expect(token.mint(actors.whale, 0n)).to.changeTokenBalance(token, actors.whale, 0n);
      await expect(token.mint(actors.whale, 1n))
        .to.be.revertedWithCustomError(token, "GovernanceToken_MintTooSoon")
        .withArgs(minted + 730n * DAY);
      expect(await token.totalSupply()).to.equal(SUPPLY + limit);
    });
  });

  describe("setRegistry", () => {
    it("refuses anyone but the DAO and announces the change", async () => {
      const { contracts, actors } = await loadFixture(government);
      await expect(contracts.token.connect(actors.whale).setRegistry(actors.whale))
        .to.be.revertedWithCustomError(contracts.token, "AccessManagedUnauthorized")
        .withArgs(actors.whale.address);
      const { registry } = contracts;
      await expect(contracts.token.connect(actors.dao).setRegistry(registry))
        .to.emit(contracts.token, "RegistrySet")
        .withArgs(registry);
    });

    it("says so as long as there is no registry", async () => {
      const { contracts, actors } = await loadFixture(government);
      const token = await ethers.deployContract("GovernanceToken", [
        contracts.authority,
        [{ holder: actors.whale.address, amount: SUPPLY, cliff: 0n, duration: 0n }],
      ]);
      for (const call of [() => token.reweigh(actors.whale), () => token.totalsAt(1)]) {
        await expect(call()).to.be.revertedWithCustomError(token, "GovernanceToken_NoRegistry");
      }
    });
  });

  describe("transfer", () => {
    it("writes no checkpoint between accounts that delegate to nobody", async () => {
      const { contracts, actors } = await loadFixture(government);
      const { token } = contracts;
      await expect(token.connect(actors.whale).transfer(actors.voter, ISO)).not.to.emit(token, "DelegateVotesChanged");
      expect(await token.numCheckpoints(actors.whale)).to.equal(0n);
      expect((await token.totalsAt(BigInt(await time.latest()) - 1n)).units).to.equal(0n);
    });

    it("moves a citizen's units by the curve and the total by the difference", async () => {
      const { contracts, people, act, actors } = await loadFixture(citizens);
      const { token } = contracts;
      const others = (await token.getVotes(actors.whale)) + 400_000_000n * ISO;
      const check = async (first: bigint, second: bigint) => {
        const votes = [unitsOf(first, true, curve), unitsOf(second, true, curve)];
        expect([await token.getVotes(people[0]), await token.getVotes(people[1])]).to.deep.equal(votes);
        await time.increase(1n);
        const total = await token.getPastTotalSupply(BigInt(await time.latest()) - 1n);
        expect(total).to.equal(others + votes[0] + votes[1]);
      };
      await check(1_000_000n * ISO, 10_000_000n * ISO);
      await act(1, "transfer", [people[0], 4_000_000n * ISO]);
      await check(5_000_000n * ISO, 6_000_000n * ISO);
      await act(0, "transfer", [people[1], 5_000_000n * ISO]);
      await check(0n, 11_000_000n * ISO);
    });

    it("changes nothing when an account transfers to itself or nothing", async () => {
      const { contracts, people, act } = await loadFixture(citizens);
      const { token } = contracts;
      for (const values of [
        [people[0], 7n * ISO],
        [people[1], 0n],
      ]) {
        await expect(act(0, "transfer", values)).not.to.emit(token, "DelegateVotesChanged");
      }
    });

    it("moves only the net between two accounts of one delegate", async () => {
      const { contracts, actors, people, act } = await loadFixture(citizens);
      const { token } = contracts;
      // A plain holder delegates to the citizen, who delegates to itself.
      await token.connect(actors.other).delegate(people[0]);
      const before = await token.getVotes(people[0]);
      await token.connect(actors.other).transfer(people[0], 1_000_000n * ISO);
      const gain = unitsOf(2_000_000n * ISO, true, curve) - unitsOf(1_000_000n * ISO, true, curve) - 1_000_000n * ISO;
      expect(await token.getVotes(people[0])).to.equal(before + gain);
      await act(0, "transfer", [actors.other.address, 1_000_000n * ISO]);
      expect(await token.getVotes(people[0])).to.equal(before);
    });
  });

  describe("delegate", () => {
    // claim(attacks#government-and-citizens): lending tokens to citizens who delegate back
    it("counts the bonus only while the citizen votes for itself", async () => {
      const { contracts, actors, people, act } = await loadFixture(citizens);
      const { token } = contracts;
      const mine = unitsOf(1_000_000n * ISO, true, curve);
      const total = async () => {
        await time.increase(1n);
        return token.getPastTotalSupply(BigInt(await time.latest()) - 1n);
      };
      const before = await total();
      expect(await token.unitsOf(people[0])).to.equal(mine);
      await act(0, "delegate", [actors.stranger.address]);
      expect(await token.getVotes(people[0])).to.equal(0n);
      expect(await token.getVotes(actors.stranger)).to.equal(1_000_000n * ISO);
      expect(await total()).to.equal(before - mine + 1_000_000n * ISO);
      await act(0, "delegate", [ethers.ZeroAddress]);
      expect(await total()).to.equal(before - mine);
      await act(0, "delegate", [people[0]]);
      await act(0, "delegate", [people[0]]);
      expect(await token.getVotes(people[0])).to.equal(mine);
      expect(await total()).to.equal(before);
    });

    it("moves plain units of a citizen who votes through another, on both sides of a transfer", async () => {
      const { contracts, actors, people, act } = await loadFixture(citizens);
      const { token } = contracts;
      for (const index of [0, 1]) await act(index, "delegate", [actors.stranger.address]);
      // the standing stays: only the bonus rests
      expect((await token.standingOf(people[0])).counted).to.equal(true);
      expect(await token.unitsOf(people[0])).to.equal(1_000_000n * ISO);
      expect(await token.getVotes(actors.stranger)).to.equal(11_000_000n * ISO);
      // from such a citizen to an account without a delegate, and back
      await act(0, "transfer", [actors.insider.address, 400_000n * ISO]);
      expect(await token.getVotes(actors.stranger)).to.equal(10_600_000n * ISO);
      await token.connect(actors.insider).transfer(people[1], 400_000n * ISO);
      expect(await token.getVotes(actors.stranger)).to.equal(11_000_000n * ISO);
    });

    it("takes a contract as delegate, and the token itself, without harm to the totals", async () => {
      const { contracts, actors } = await loadFixture(delegated);
      const { token, treasury } = contracts;
      for (const delegatee of [treasury, token]) {
        await token.connect(actors.other).delegate(delegatee);
        expect(await token.getVotes(delegatee)).to.equal(100_000_000n * ISO);
        await time.increase(1n);
        expect(await token.getPastTotalSupply(BigInt(await time.latest()) - 1n)).to.equal(800_000_000n * ISO);
      }
    });
  });

  describe("reweigh", () => {
    it("counts a seasoned credential and uncounts one that ended, for any caller", async () => {
      const { contracts, actors, crowd, people } = await loadFixture(citizens);
      const { token } = contracts;
      const standing = await token.standingOf(people[0]);
      expect(standing.counted).to.equal(true);
      await time.increaseTo(standing.endsAt);
      await expect(token.connect(actors.stranger).reweigh(people[0]))
        .to.emit(token, "Reweighed")
        .withArgs(people[0], false, standing.since, standing.endsAt);
      expect(await token.getVotes(people[0])).to.equal(1_000_000n * ISO);
      expect(await crowd.size()).to.equal(100n);
    });

    it("changes no units of a citizen who delegates to another", async () => {
      const { contracts, actors, people, act } = await loadFixture(citizens);
      const { token } = contracts;
      await act(0, "delegate", [actors.stranger.address]);
      await time.increaseTo((await token.standingOf(people[0])).endsAt);
      await expect(token.reweigh(people[0])).not.to.emit(token, "DelegateVotesChanged");
    });
  });

  describe("votingStateAt", () => {
    // claim(attacks#government-and-citizens): buy before or after the snapshot
    it("answers with the smaller of two moments, and the citizen of the snapshot to the second", async () => {
      const { contracts, actors, people } = await loadFixture(citizens);
      const { token } = contracts;
      const { since, endsAt } = await token.standingOf(people[0]);
      await time.increaseTo(endsAt + 10n);
      const citizenAt = async (at: bigint) => (await token.votingStateAt(people[0], at)).citizen;
      expect(await citizenAt(since + 30n * DAY - 1n)).to.equal(false);
      expect(await citizenAt(since + 30n * DAY)).to.equal(true);
      expect(await citizenAt(endsAt - 1n)).to.equal(true);
      expect(await citizenAt(endsAt)).to.equal(false);
      await token.connect(actors.whale).transfer(actors.other, 5n * ISO);
      await time.increase(3n * DAY - 1n);
      const now = BigInt(await time.latest());
      expect((await token.votingStateAt(actors.other, now - 1n)).votes).to.equal(100_000_000n * ISO);
      await time.increase(2n);
      const later = BigInt(await time.latest());
      expect((await token.votingStateAt(actors.other, later - 1n)).votes).to.equal(100_000_005n * ISO);
      expect((await token.votingStateAt(actors.stranger, later - 1n)).votes).to.equal(0n);
    });

    it("refuses the present and the future", async () => {
      const { contracts, actors } = await loadFixture(delegated);
      const now = BigInt(await time.latest());
      for (const call of [
        () => contracts.token.votingStateAt(actors.whale, now + 9n),
        () => contracts.token.getPastTokenSupply(now + 9n),
      ]) {
        await expect(call()).to.be.revertedWithCustomError(contracts.token, "ERC5805FutureLookup");
      }
    });
  });

  it("is called Isonomy, and takes a permit signed under that name, once", async () => {
    const { contracts, actors } = await loadFixture(government);
    const { token } = contracts;
    expect([await token.name(), await token.symbol()]).to.deep.equal(["Isonomy", "ISO"]);
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { name: "Isonomy", version: "1", chainId, verifyingContract: await token.getAddress() };
    expect(await domainOf(token)).to.deep.equal(domain);
    const [owner, spender] = [actors.whale.address, actors.stranger.address];
    const until = BigInt(await time.latest()) + DAY;
    const { deadline, v, r, s } = await signPermit(token, actors.whale, spender, ISO, until);
    await token.permit(owner, spender, ISO, deadline, v, r, s);
    expect(await token.allowance(owner, spender)).to.equal(ISO);
    expect(await token.nonces(owner)).to.equal(1n);
    await expect(token.permit(owner, spender, ISO, deadline, v, r, s)).to.be.revertedWithCustomError(
      token,
      "ERC2612InvalidSigner",
    );
  });

  it("keeps time in seconds, and says from where the curve is straight", async () => {
    const { contracts } = await loadFixture(government);
    expect(await contracts.token.CLOCK_MODE()).to.equal("mode=timestamp");
    expect(await contracts.token.CURVE_CAP()).to.equal(CAP);
  });

  describe("signatures", () => {
    const DELEGATION = {
      Delegation: [
        { name: "delegatee", type: "address" },
        { name: "nonce", type: "uint256" },
        { name: "expiry", type: "uint256" },
      ],
    };

    // claim(attacks#government-and-citizens): a permit replayed as a delegation, or a delegation after a permit used
    //   its nonce
    it("of permits and delegations share one nonce: whichever comes first voids the other", async () => {
      const { contracts, actors } = await loadFixture(government);
      const { token } = contracts;
      const { whale, stranger } = actors;
      const deadline = BigInt(await time.latest()) + DAY;
      const permit = await signPermit(token, whale, stranger.address, 7n, deadline);
      const delegated = { delegatee: stranger.address, nonce: 0n, expiry: deadline };
      const signature = await whale.signTypedData(await domainOf(token), DELEGATION, delegated);
      const delegation = ethers.Signature.from(signature);
      const asStranger = token.connect(stranger);
      const delegate = (nonce: bigint, { v, r, s }: Pick<typeof permit, "v" | "r" | "s">) =>
        asStranger.delegateBySig(stranger, nonce, deadline, v, r, s);

      // neither passes for the other: the account that it would be signed by is nobody's
      await expect(
        asStranger.permit(whale, stranger, 7n, deadline, delegation.v, delegation.r, delegation.s),
      ).to.be.revertedWithCustomError(token, "ERC2612InvalidSigner");
      await delegate(0n, permit);
      expect(await token.delegates(whale)).to.equal(ethers.ZeroAddress);

      await delegate(0n, delegation);
      expect(await token.delegates(whale)).to.equal(stranger.address);
      await expect(delegate(0n, delegation))
        .to.be.revertedWithCustomError(token, "InvalidAccountNonce")
        .withArgs(whale.address, 1n);
      await expect(
        asStranger.permit(whale, stranger, 7n, deadline, permit.v, permit.r, permit.s),
      ).to.be.revertedWithCustomError(token, "ERC2612InvalidSigner");
      expect([await token.nonces(whale), await token.allowance(whale, stranger)]).to.deep.equal([1n, 0n]);
    });
  });
});
