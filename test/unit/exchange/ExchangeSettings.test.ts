import { loadFixture, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import { deployExchange, hop, keyOf, NATIVE, NEVER, outOf, poolId, stateOf, UNIT, add } from "./fixture";
import { expectLimits } from "../../helpers/limits";

const DAY = 86_400;

describe("Exchange settings and protocol share", () => {
  it("publishes its limits", async () => {
    const { exchange } = await loadFixture(deployExchange);
    await expectLimits(exchange, {
      MAX_TIER_BPS: 100n,
      MAX_PROTOCOL_SHARE_PERCENT: 20n,
      MAX_FLASH_FEE_PIPS: 500n,
      MAX_PAUSE: 604_800n,
      PAUSE_COOLDOWN: 5_184_000n,
      MIN_WINDOW: 600n,
      MAX_WINDOW: 86_400n,
      MINIMUM_SHARES: 1_000n,
    });
  });

  // claim(attacks#exchange): abuse of the settings or the pause: bounded by constants, deposits only
  it("lets nobody but the authority set anything", async () => {
    const { exchange, actors } = await loadFixture(deployExchange);
    const bob = exchange.connect(actors.bob);
    for (const call of [
      () => bob.listTier(10),
      () => bob.setProtocolShare(1),
      () => bob.setFlashFee(1),
      () => bob.setTreasury(actors.bob),
      () => bob.pauseDeposits(),
      () => bob.resumeDeposits(),
    ]) {
      await expect(call())
        .to.be.revertedWithCustomError(exchange, "AccessManagedUnauthorized")
        .withArgs(actors.bob.address);
    }
  });

  describe("constructor", () => {
    it("lists four tiers and refuses a treasury of nobody", async () => {
      const { exchange, authority } = await loadFixture(deployExchange);
      for (const tier of [1, 5, 30, 100]) expect(await exchange.isTierListed(tier)).to.equal(true);
      for (const tier of [0, 2, 101, 128, 256]) expect(await exchange.isTierListed(tier)).to.equal(false);
      await expect(ethers.deployContract("Exchange", [authority, NATIVE])).to.be.revertedWithCustomError(
        exchange,
        "TreasuryPointer_ZeroAddress",
      );
    });
  });

  describe("listTier", () => {
    // claim(attacks#exchange): fee at 100 %: a tier is at most 1 % by constant
    it("lists a tier of 1 to 100 basis points for good", async () => {
      const { exchange, keys } = await loadFixture(deployExchange);
      for (const tier of [0, 101]) {
        await expect(exchange.listTier(tier))
          .to.be.revertedWithCustomError(exchange, "Exchange_TierOutOfRange")
          .withArgs(tier, 100);
      }
      await expect(exchange.listTier(10)).to.emit(exchange, "TierListed").withArgs(10);
      await exchange.createPool({ ...keys.key01, feeBps: 10 });
    });
  });

  describe("setProtocolShare and applyProtocolShare", () => {
    it("bound the share by a fifth of the fee", async () => {
      const { exchange } = await loadFixture(deployExchange);
      await expect(exchange.setProtocolShare(21))
        .to.be.revertedWithCustomError(exchange, "Exchange_SettingAboveMaximum")
        .withArgs(21, 20);
      await expect(exchange.setProtocolShare(20)).to.emit(exchange, "ProtocolShareSet").withArgs(20);
      expect((await exchange.settings()).protocolShare).to.equal(20);
    });

    it("reach new pools at their first deposit and old ones by anybody's call", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      await exchange.setProtocolShare(20);
      const fresh = { ...keys.key01, feeBps: 100n };
      await expect(exchange.applyProtocolShare(fresh))
        .to.be.revertedWithCustomError(exchange, "Exchange_PoolEmpty")
        .withArgs(poolId(fresh));
      await add(exchange, actors.alice, fresh, UNIT, UNIT);
      expect((await stateOf(exchange, fresh)).protocolShare).to.equal(20);
      const before = await stateOf(exchange, keys.key01);
      await expect(exchange.connect(actors.carol).applyProtocolShare(keys.key01))
        .to.emit(exchange, "ProtocolShareApplied")
        .withArgs(poolId(keys.key01), 20);
      expect(await stateOf(exchange, keys.key01)).to.deep.equal({ ...before, protocolShare: 20n });
    });

    it("replace the share that a pool had, bit by bit", async () => {
      const { exchange, keys } = await loadFixture(deployExchange);
      for (const share of [1n, 20n, 10n, 0n]) {
        await exchange.setProtocolShare(share);
        await exchange.applyProtocolShare(keys.key01);
        expect((await stateOf(exchange, keys.key01)).protocolShare).to.equal(share);
      }
    });

    it("accrue a rounded-down part of the fee outside the reserves and leave the price of a swap alone", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      await exchange.setProtocolShare(20);
      await exchange.applyProtocolShare(keys.key01);
      const amountIn = UNIT + 1n;
      const owed = (amountIn * 30n * 20n) / 1_000_000n;
      const out = outOf(amountIn, 1000n * UNIT, 4000n * UNIT);
      await exchange.connect(actors.bob).swapExactIn(tokens[0], [hop(tokens[1])], amountIn, out, actors.bob, NEVER);
      expect(await exchange.protocolOwed(tokens[0])).to.equal(owed);
      const state = await stateOf(exchange, keys.key01);
      expect(state.reserve0).to.equal(1000n * UNIT + amountIn - owed);
      expect(await tokens[0].balanceOf(exchange)).to.equal(state.reserve0 + owed);
      // A swap too small for a unit of share accrues nothing.
      await exchange.connect(actors.bob).swapExactIn(tokens[0], [hop(tokens[1])], 1000, 1, actors.bob, NEVER);
      expect(await exchange.protocolOwed(tokens[0])).to.equal(owed);
    });

    it("accrue the least share too", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      await exchange.setProtocolShare(1);
      await exchange.applyProtocolShare(keys.key01);
      await exchange.connect(actors.bob).swapExactIn(tokens[0], [hop(tokens[1])], UNIT, 1, actors.bob, NEVER);
      expect(await exchange.protocolOwed(tokens[0])).to.equal((UNIT * 30n) / 1_000_000n);
    });
  });

  describe("collectProtocol", () => {
    it("pays the treasury at anybody's call and only once", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      await exchange.setProtocolShare(20);
      await exchange.applyProtocolShare(keys.key01);
      const bob = exchange.connect(actors.bob);
      await bob.swapExactIn(tokens[0], [hop(tokens[1])], UNIT, 1, actors.bob, NEVER);
      const owed = await exchange.protocolOwed(tokens[0]);
      const collect = bob.collectProtocol(tokens[0]);
      await expect(collect)
        .to.emit(exchange, "ProtocolCollected")
        .withArgs(tokens[0].target, actors.treasury.address, owed);
      await expect(collect).to.changeTokenBalances(tokens[0], [actors.treasury, exchange], [owed, -owed]);
      await expect(bob.collectProtocol(tokens[0]))
        .to.be.revertedWithCustomError(exchange, "Exchange_NothingToPay")
        .withArgs(tokens[0].target);
    });

    it("pays native coin too", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      await exchange.setProtocolShare(10);
      await exchange.applyProtocolShare(keys.keyN1);
      await exchange
        .connect(actors.bob)
        .swapExactIn(NATIVE, [hop(tokens[1])], UNIT, 1, actors.bob, NEVER, { value: UNIT });
      const owed = (UNIT * 30n * 10n) / 1_000_000n;
      await expect(exchange.collectProtocol(NATIVE)).to.changeEtherBalances([actors.treasury], [owed]);
    });
  });

  describe("setFlashFee and setTreasury", () => {
    it("are bounded and announced", async () => {
      const { exchange, actors } = await loadFixture(deployExchange);
      await expect(exchange.setFlashFee(501))
        .to.be.revertedWithCustomError(exchange, "Exchange_SettingAboveMaximum")
        .withArgs(501, 500);
      await expect(exchange.setFlashFee(500)).to.emit(exchange, "FlashFeeSet").withArgs(500);
      await expect(exchange.setTreasury(NATIVE)).to.be.revertedWithCustomError(exchange, "TreasuryPointer_ZeroAddress");
      await expect(exchange.setTreasury(actors.carol)).to.emit(exchange, "TreasurySet").withArgs(actors.carol.address);
      expect(await exchange.treasury()).to.equal(actors.carol.address);
      expect((await exchange.settings()).flashFeePips).to.equal(500);
    });
  });

  describe("pauseDeposits and resumeDeposits", () => {
    // claim(attacks#exchange): abuse of the settings or the pause: bounded by constants, deposits only
    it("pause for 7 days at most, once in 60", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      await exchange.pauseDeposits();
      const start = await time.latest();
      expect((await exchange.settings()).pausedUntil).to.equal(start + 7 * DAY);
      const allowedAt = start + 60 * DAY;
      await time.setNextBlockTimestamp(allowedAt - 1);
      await expect(exchange.pauseDeposits())
        .to.be.revertedWithCustomError(exchange, "BoundedPause_TooSoon")
        .withArgs(allowedAt);
      await time.setNextBlockTimestamp(allowedAt);
      await expect(exchange.pauseDeposits())
        .to.emit(exchange, "DepositsPaused")
        .withArgs(allowedAt + 7 * DAY);
      const resumedAt = allowedAt + DAY;
      await time.setNextBlockTimestamp(resumedAt);
      await expect(exchange.resumeDeposits()).to.emit(exchange, "DepositsResumed");
      const { pausedUntil, nextPauseAt } = await exchange.settings();
      expect([pausedUntil, nextPauseAt]).to.deep.equal([BigInt(resumedAt), BigInt(allowedAt + 60 * DAY)]);
      await add(exchange, actors.bob, keys.key01, UNIT, 4n * UNIT);
      await expect(exchange.pauseDeposits()).to.be.revertedWithCustomError(exchange, "BoundedPause_TooSoon");
    });

    it("leave swaps, claims, loans and collections open", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      await exchange.setProtocolShare(20);
      await exchange.applyProtocolShare(keys.key01);
      await exchange.pauseDeposits();
      await exchange.connect(actors.bob).swapExactIn(tokens[0], [hop(tokens[1])], UNIT, 1, actors.bob, NEVER);
      await exchange.collectProtocol(tokens[0]);
      await exchange.createPool(keyOf(tokens[0].target as string, tokens[2].target as string));
    });
  });
});
