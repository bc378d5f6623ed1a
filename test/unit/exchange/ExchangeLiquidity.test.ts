import { loadFixture, setCode, time } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";
import {
  add,
  deployExchange,
  fund,
  keyOf,
  MAX_RESERVE,
  MINIMUM_SHARES,
  NATIVE,
  NEVER,
  outOf,
  poolId,
  sqrt,
  stateOf,
  UNIT,
} from "./fixture";

const DAY = 86_400;

describe("Exchange liquidity", () => {
  describe("createPool", () => {
    // claim(attacks#exchange): identical tokens: not a pair
    it("reverts unless the tokens are different and in order", async () => {
      const { exchange, tokens } = await loadFixture(deployExchange);
      const [a, b] = [tokens[0].target as string, tokens[1].target as string];
      for (const [token0, token1] of [
        [b, a],
        [a, a],
        [NATIVE, NATIVE],
      ] as const) {
        await expect(exchange.createPool({ token0, token1, feeBps: 5 }))
          .to.be.revertedWithCustomError(exchange, "Exchange_BadPair")
          .withArgs(token0, token1);
      }
    });

    it("reverts when the tier is not listed or the pool exists", async () => {
      const { exchange, keys } = await loadFixture(deployExchange);
      for (const feeBps of [0n, 2n, 101n, 1n << 100n]) {
        await expect(exchange.createPool({ ...keys.key01, feeBps }))
          .to.be.revertedWithCustomError(exchange, "Exchange_TierNotListed")
          .withArgs(feeBps);
      }
      await expect(exchange.createPool(keys.key01))
        .to.be.revertedWithCustomError(exchange, "Exchange_PoolExists")
        .withArgs(poolId(keys.key01));
    });

    it("creates an empty pool under the hash of its key", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const key = { ...keys.key01, feeBps: 100n };
      await expect(exchange.connect(actors.carol).createPool(key))
        .to.emit(exchange, "PoolCreated")
        .withArgs(key.token0, key.token1, 100n, poolId(key));
      expect(await exchange.poolIdOf(key)).to.equal(poolId(key));
      const state = await stateOf(exchange, key);
      expect(state).to.deep.equal({
        reserve0: 0n,
        reserve1: 0n,
        totalShares: 0n,
        protocolShare: 0n,
        updatedAt: BigInt(await time.latest()),
        observationCount: 0n,
      });
    });
  });

  describe("addLiquidity", () => {
    // claim(attacks#exchange): a token without code: refused at the first deposit
    it("reverts on a first deposit of a token without code, and creates the pool otherwise", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const [low, high] = [ethers.toBeHex(1, 20), ethers.toBeHex((1n << 160n) - 1n, 20)];
      for (const empty of [low, high]) {
        const key = keyOf(empty, tokens[1].target as string);
        await expect(add(exchange, actors.alice, key, UNIT, UNIT))
          .to.be.revertedWithCustomError(exchange, "Exchange_NoCode")
          .withArgs(ethers.getAddress(empty));
      }
    });

    it("reverts after its deadline and for a bad recipient", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const alice = exchange.connect(actors.alice);
      await expect(alice.addLiquidity(keys.key01, UNIT, UNIT, 0, actors.alice, 1)).to.be.revertedWithCustomError(
        exchange,
        "Exchange_Expired",
      );
      await expect(alice.addLiquidity(keys.key01, UNIT, UNIT, 0, NATIVE, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_BadRecipient")
        .withArgs(NATIVE);
    });

    it("locks the first 1,000 shares and refuses a deposit that is worth no more", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const key = { ...keys.key01, feeBps: 5n };
      await expect(add(exchange, actors.alice, key, 1000n, 1000n))
        .to.be.revertedWithCustomError(exchange, "Exchange_SharesBelowBound")
        .withArgs(1000, 1001);
      const shares = sqrt(2000n * 3000n) - MINIMUM_SHARES;
      await expect(add(exchange, actors.alice, key, 2000n, 3000n, { recipient: actors.bob.address }))
        .to.emit(exchange, "LiquidityAdded")
        .withArgs(poolId(key), actors.bob.address, 2000, 3000, shares);
      expect(await exchange.balanceOf(actors.bob, poolId(key))).to.equal(shares);
      expect(await exchange.balanceOf(exchange, poolId(key))).to.equal(MINIMUM_SHARES);
      expect(await exchange.totalSupply(poolId(key))).to.equal(shares + MINIMUM_SHARES);
    });

    // claim(attacks#exchange): imbalanced add: taken in the pool's ratio, the rest is never pulled
    it("takes both tokens in the pool's ratio, at most the maxima, rounded against the depositor", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const before = await stateOf(exchange, keys.key01);
      for (const [max0, max1] of [
        [10n * UNIT + 1n, 100n * UNIT],
        [10n * UNIT, 3n * UNIT + 1n],
      ] as const) {
        const state = await stateOf(exchange, keys.key01);
        const shares0 = (max0 * state.totalShares) / state.reserve0;
        const shares1 = (max1 * state.totalShares) / state.reserve1;
        const shares = shares0 < shares1 ? shares0 : shares1;
        const up = (reserve: bigint) => (shares * reserve + state.totalShares - 1n) / state.totalShares;
        const [amount0, amount1] = [up(state.reserve0), up(state.reserve1)];
        const deposit = exchange.connect(actors.bob).addLiquidity(keys.key01, max0, max1, shares, actors.bob, NEVER);
        await expect(deposit).to.changeTokenBalances(tokens[0], [actors.bob, exchange], [-amount0, amount0]);
        await expect(deposit).to.changeTokenBalances(tokens[1], [actors.bob, exchange], [-amount1, amount1]);
        expect(amount0).to.be.at.most(max0);
        expect(amount1).to.be.at.most(max1);
        expect(await exchange.totalSupply(poolId(keys.key01))).to.equal(state.totalShares + shares);
      }
      const after = await stateOf(exchange, keys.key01);
      expect(after.reserve0 * after.reserve1 * before.totalShares ** 2n).to.be.at.least(
        before.reserve0 * before.reserve1 * after.totalShares ** 2n,
      );
    });

    it("reverts when fewer shares than the bound, or none, would come out", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const shares = await exchange
        .connect(actors.bob)
        .addLiquidity.staticCall(keys.key01, UNIT, 4n * UNIT, 0, actors.bob, NEVER);
      await expect(add(exchange, actors.bob, keys.key01, UNIT, 4n * UNIT, { minShares: shares.shares + 1n }))
        .to.be.revertedWithCustomError(exchange, "Exchange_SharesBelowBound")
        .withArgs(shares.shares, shares.shares + 1n);
      await expect(add(exchange, actors.bob, keys.key01, UNIT, 0n))
        .to.be.revertedWithCustomError(exchange, "Exchange_SharesBelowBound")
        .withArgs(0, 0);
    });

    it("reverts when a reserve would leave 112 bits, on either side", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const most0 = MAX_RESERVE - 1000n * UNIT;
      const most1 = MAX_RESERVE - 4000n * UNIT;
      await expect(add(exchange, actors.bob, keys.key01, most0 + 1n, UNIT))
        .to.be.revertedWithCustomError(exchange, "Exchange_ReserveOverflow")
        .withArgs(poolId(keys.key01), most0 + 1n);
      await expect(add(exchange, actors.bob, keys.key01, UNIT, most1 + 1n))
        .to.be.revertedWithCustomError(exchange, "Exchange_ReserveOverflow")
        .withArgs(poolId(keys.key01), most1 + 1n);
    });

    // claim(attacks#exchange): reserve overflow: 112 bits are checked before anything is multiplied
    it("fills a pool to the last unit of 112 bits and empties it again", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      for (const token of tokens) await fund(exchange, token, actors.alice, MAX_RESERVE);
      const key = keyOf(tokens[0].target as string, tokens[2].target as string);
      await add(exchange, actors.alice, key, MAX_RESERVE, MAX_RESERVE);
      const state = await stateOf(exchange, key);
      expect(state.totalShares).to.equal(MAX_RESERVE);
      await expect(
        exchange
          .connect(actors.alice)
          .swapExactOut(tokens[0], [BigInt(tokens[2].target as string) | (30n << 160n)], 1, UNIT, actors.alice, NEVER),
      ).to.be.revertedWithCustomError(exchange, "Exchange_ReserveOverflow");
      const shares = await exchange.balanceOf(actors.alice, poolId(key));
      await exchange.connect(actors.alice).removeLiquidity(key, shares, 0, 0, actors.alice, NEVER);
      expect((await stateOf(exchange, key)).reserve0).to.equal(MINIMUM_SHARES);
    });

    it("returns the native coin it does not use and refuses a wrong value", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const bob = exchange.connect(actors.bob);
      const deposit = bob.addLiquidity(keys.keyN1, 10n * UNIT, 2n * UNIT, 0, actors.bob, NEVER, { value: 10n * UNIT });
      await expect(deposit).to.changeEtherBalances([actors.bob, exchange], [-UNIT, UNIT]);
      await expect(bob.addLiquidity(keys.keyN1, UNIT, UNIT, 0, actors.bob, NEVER, { value: UNIT + 1n }))
        .to.be.revertedWithCustomError(exchange, "Exchange_WrongValue")
        .withArgs(UNIT + 1n, UNIT);
      await expect(bob.addLiquidity(keys.key01, UNIT, UNIT, 0, actors.bob, NEVER, { value: 1 }))
        .to.be.revertedWithCustomError(exchange, "Exchange_WrongValue")
        .withArgs(1, 0);
      // The shares are rounded down before the amounts are rounded up: one unit of the second token is not needed.
      expect(await tokens[1].balanceOf(exchange)).to.equal((4000n + 1000n + 200n + 2n) * UNIT - 1n);
    });

    it("credits a deposit of a token that takes a fee as received", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const token = await ethers.deployContract("BurningFeeToken");
      await fund(exchange, token, actors.alice);
      const key = keyOf(token.target as string, tokens[1].target as string);
      await add(exchange, actors.alice, key, 100n * UNIT, 100n * UNIT);
      await add(exchange, actors.alice, key, 100n * UNIT, 100n * UNIT);
      const state = await stateOf(exchange, key);
      const reserve = key.token0 === token.target ? state.reserve0 : state.reserve1;
      expect(await token.balanceOf(exchange)).to.equal(reserve);
    });

    it("reverts during a pause of deposits, which ends by itself", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      await exchange.pauseDeposits();
      const until = BigInt(await time.latest()) + BigInt(7 * DAY);
      await expect(add(exchange, actors.bob, keys.key01, UNIT, UNIT))
        .to.be.revertedWithCustomError(exchange, "Exchange_DepositsPaused")
        .withArgs(until);
      await expect(
        exchange.connect(actors.bob).addLiquiditySingle(keys.key01, keys.key01.token0, UNIT, 0, actors.bob, NEVER),
      ).to.be.revertedWithCustomError(exchange, "Exchange_DepositsPaused");
      await time.increaseTo(until);
      await add(exchange, actors.bob, keys.key01, UNIT, UNIT);
    });
  });

  describe("addLiquiditySingle", () => {
    it("reverts for a third token, a wrong value, nothing, an empty pool and a bound not met", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const bob = exchange.connect(actors.bob);
      await expect(bob.addLiquiditySingle(keys.key01, tokens[2], UNIT, 0, actors.bob, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_TokenNotInPool")
        .withArgs(tokens[2].target);
      await expect(bob.addLiquiditySingle(keys.key01, tokens[0], UNIT, 0, actors.bob, NEVER, { value: 1 }))
        .to.be.revertedWithCustomError(exchange, "Exchange_WrongValue")
        .withArgs(1, 0);
      for (const amount of [0n, 1n]) {
        await expect(
          bob.addLiquiditySingle(keys.key01, tokens[0], amount, 0, actors.bob, NEVER),
        ).to.be.revertedWithCustomError(exchange, "Exchange_ZeroAmount");
      }
      const other = { ...keys.key01, feeBps: 100n };
      await expect(bob.addLiquiditySingle(other, tokens[0], UNIT, 0, actors.bob, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_PoolEmpty")
        .withArgs(poolId(other));
      await expect(
        bob.addLiquiditySingle(keys.key01, tokens[0], UNIT, MAX_RESERVE, actors.bob, NEVER),
      ).to.be.revertedWithCustomError(exchange, "Exchange_SharesBelowBound");
      await tokens[0].mint(actors.bob, MAX_RESERVE);
      await expect(
        bob.addLiquiditySingle(keys.key01, tokens[0], MAX_RESERVE, 0, actors.bob, NEVER),
      ).to.be.revertedWithCustomError(exchange, "Exchange_ReserveOverflow");
    });

    for (const side of [0, 1] as const) {
      it(`swaps the right part of token${side} and leaves nothing but rounding to the pool`, async () => {
        const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
        const before = await stateOf(exchange, keys.key01);
        const amount = 50n * UNIT;
        const deposit = exchange
          .connect(actors.bob)
          .addLiquiditySingle(keys.key01, tokens[side], amount, 1, actors.carol, NEVER);
        await expect(deposit).to.changeTokenBalances(tokens[side], [actors.bob, exchange], [-amount, amount]);
        await expect(deposit).to.changeTokenBalances(tokens[1 - side]!, [actors.bob, exchange], [0, 0]);
        await expect(deposit).to.emit(exchange, "Swapped");
        const after = await stateOf(exchange, keys.key01);
        const shares = await exchange.balanceOf(actors.carol, poolId(keys.key01));
        expect(after.totalShares - before.totalShares).to.equal(shares);
        const grown = sqrt(after.reserve0 * after.reserve1) * before.totalShares;
        const k = sqrt(before.reserve0 * before.reserve1);
        // k per share grew by the fee on half the deposit, 0.15 % of 5 % or so, and by nothing else.
        const gainPpm = (grown * 1_000_000n) / (k * after.totalShares) - 1_000_000n;
        expect(gainPpm).to.be.within(0n, 80n);
        expect(shares * 1000n).to.be.at.least((before.totalShares * (side === 0 ? 24n : 6n) * 1000n) / 1000n);
      });
    }

    it("takes the native coin", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const bob = exchange.connect(actors.bob);
      await expect(
        bob.addLiquiditySingle(keys.keyN1, NATIVE, UNIT, 1, actors.bob, NEVER, { value: UNIT }),
      ).to.changeEtherBalances([actors.bob, exchange], [-UNIT, UNIT]);
    });
  });

  describe("removeLiquidity", () => {
    it("reverts on deadline, recipient, no pool, no shares, too many shares and each bound", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      const alice = exchange.connect(actors.alice);
      const to = actors.alice;
      await expect(alice.removeLiquidity(keys.key01, 1, 0, 0, to, 1)).to.be.revertedWithCustomError(
        exchange,
        "Exchange_Expired",
      );
      await expect(alice.removeLiquidity(keys.key01, 1, 0, 0, exchange, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_BadRecipient")
        .withArgs(exchange.target);
      const other = { ...keys.key01, feeBps: 5n };
      await expect(alice.removeLiquidity(other, 1, 0, 0, to, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_PoolEmpty")
        .withArgs(poolId(other));
      await expect(alice.removeLiquidity(keys.key01, 0, 0, 0, to, NEVER)).to.be.revertedWithCustomError(
        exchange,
        "Exchange_ZeroAmount",
      );
      const owned = await exchange.balanceOf(actors.alice, poolId(keys.key01));
      await expect(alice.removeLiquidity(keys.key01, owned + 1n, 0, 0, to, NEVER))
        .to.be.revertedWithCustomError(exchange, "ERC6909InsufficientBalance")
        .withArgs(actors.alice.address, owned, owned + 1n, poolId(keys.key01));
      await expect(alice.removeLiquidity(keys.key01, 2000, 1001, 0, to, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_AmountBelowBound")
        .withArgs(keys.key01.token0, 1000, 1001);
      await expect(alice.removeLiquidity(keys.key01, 2000, 1000, 4001, to, NEVER))
        .to.be.revertedWithCustomError(exchange, "Exchange_AmountBelowBound")
        .withArgs(keys.key01.token1, 4000, 4001);
    });

    it("pays the share of both reserves, rounded down, to the recipient", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const state = await stateOf(exchange, keys.key01);
      const shares = 7n * UNIT + 1n;
      const amount0 = (shares * state.reserve0) / state.totalShares;
      const amount1 = (shares * state.reserve1) / state.totalShares;
      const removal = exchange
        .connect(actors.alice)
        .removeLiquidity(keys.key01, shares, amount0, amount1, actors.carol, NEVER);
      await expect(removal)
        .to.emit(exchange, "LiquidityRemoved")
        .withArgs(poolId(keys.key01), actors.alice.address, actors.carol.address, amount0, amount1, shares);
      await expect(removal).to.changeTokenBalances(tokens[0], [actors.carol, exchange], [amount0, -amount0]);
      await expect(removal).to.changeTokenBalances(tokens[1], [actors.carol, exchange], [amount1, -amount1]);
      expect(await exchange.totalSupply(poolId(keys.key01))).to.equal(state.totalShares - shares);
    });

    it("burns a share that is worth nothing of one token without paying it", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const key = { ...keys.key01, feeBps: 100n };
      await add(exchange, actors.alice, key, 100n, 1_000_000n);
      await expect(
        exchange.connect(actors.alice).removeLiquidity(key, 50, 0, 0, actors.alice, NEVER),
      ).to.changeTokenBalances(tokens[0], [actors.alice], [0]);
    });

    // claim(attacks#exchange): blacklisted withdrawer: the other token is paid, a claim remains
    it("lets the other token leave when one refuses, and keeps a claim for the owner", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const token = await ethers.deployContract("DenyingToken");
      await fund(exchange, token, actors.alice);
      const key = keyOf(token.target as string, tokens[1].target as string);
      await add(exchange, actors.alice, key, 10n * UNIT, 10n * UNIT);
      await token.setBlacklisted(actors.alice, true);
      const alice = exchange.connect(actors.alice);
      const removal = alice.removeLiquidity(key, UNIT, 0, 0, actors.alice, NEVER);
      await expect(removal).to.emit(exchange, "ClaimRecorded").withArgs(actors.alice.address, token.target, UNIT);
      await expect(removal).to.changeTokenBalances(tokens[1], [actors.alice], [UNIT]);
      expect(await exchange.claimOf(actors.alice, token)).to.equal(UNIT);
      const claim = alice.claim(token, actors.carol);
      await expect(claim)
        .to.emit(exchange, "ClaimPaid")
        .withArgs(actors.alice.address, token.target, actors.carol.address, UNIT);
      await expect(claim).to.changeTokenBalances(token, [actors.carol, exchange], [UNIT, -UNIT]);
      expect(await exchange.claimOf(actors.alice, token)).to.equal(0);
    });

    // claim(attacks#exchange): token that burns gas, breaks or disappears: the other token is paid
    it("does the same for a token that burns its gas, one that returns false and one without code", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      const gas = await ethers.deployContract("GasBurnerToken");
      const broken = await ethers.deployContract("FalseToken");
      const gone = await ethers.deployContract("FalseToken");
      for (const token of [gas, broken, gone]) {
        await fund(exchange, token, actors.alice);
        await add(exchange, actors.alice, keyOf(token.target as string, tokens[1].target as string), UNIT, UNIT);
      }
      await gas.setBurning(true);
      await broken.setBroken(true);
      await setCode(gone.target as string, "0x");
      for (const token of [gas, broken, gone]) {
        const key = keyOf(token.target as string, tokens[1].target as string);
        await expect(
          exchange
            .connect(actors.alice)
            .removeLiquidity(key, 1000, 0, 0, actors.alice, NEVER, { gasLimit: 15_000_000 }),
        ).to.changeTokenBalances(tokens[1], [actors.alice], [1000]);
        expect(await exchange.claimOf(actors.alice, token)).to.equal(1000);
      }
    });

    it("keeps a claim on the native coin for a recipient that refuses it", async () => {
      const { exchange, tokens, keys, actors } = await loadFixture(deployExchange);
      const shares = 5n * UNIT;
      const state = await stateOf(exchange, keys.keyN1);
      const amount = (shares * state.reserve0) / state.totalShares;
      const refuser = tokens[0].target as string;
      const alice = exchange.connect(actors.alice);
      await alice.removeLiquidity(keys.keyN1, shares, 0, 0, refuser, NEVER);
      expect(await exchange.claimOf(actors.alice, NATIVE)).to.equal(amount);
      await expect(alice.claim(NATIVE, refuser))
        .to.be.revertedWithCustomError(exchange, "Exchange_NativeTransferFailed")
        .withArgs(refuser, amount);
      await expect(alice.claim(NATIVE, actors.carol)).to.changeEtherBalances(
        [actors.carol, exchange],
        [amount, -amount],
      );
      await expect(alice.removeLiquidity(keys.keyN1, shares, 0, 0, actors.carol, NEVER)).to.changeEtherBalances(
        [actors.carol],
        [(shares * (state.reserve0 - amount)) / (state.totalShares - shares)],
      );
    });

    it("is open while deposits are paused", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      await exchange.pauseDeposits();
      await exchange.connect(actors.alice).removeLiquidity(keys.key01, UNIT, 0, 0, actors.alice, NEVER);
    });
  });

  describe("claim", () => {
    it("reverts without a claim and for a bad recipient", async () => {
      const { exchange, tokens, actors } = await loadFixture(deployExchange);
      await expect(exchange.connect(actors.bob).claim(tokens[0], actors.bob))
        .to.be.revertedWithCustomError(exchange, "Exchange_NothingToPay")
        .withArgs(tokens[0].target);
      await expect(exchange.connect(actors.bob).claim(tokens[0], NATIVE))
        .to.be.revertedWithCustomError(exchange, "Exchange_BadRecipient")
        .withArgs(NATIVE);
    });
  });

  describe("shares", () => {
    it("are ERC-6909: transferable, and redeemable by the new holder", async () => {
      const { exchange, keys, actors } = await loadFixture(deployExchange);
      await exchange.connect(actors.alice).transfer(actors.bob, poolId(keys.key01), UNIT);
      await exchange.connect(actors.bob).removeLiquidity(keys.key01, UNIT, 0, 0, actors.bob, NEVER);
      expect(await exchange.balanceOf(actors.bob, poolId(keys.key01))).to.equal(0);
      expect(await exchange.supportsInterface("0x0f632fb3")).to.equal(true);
    });
  });

  describe("decimals", () => {
    for (const decimals of [0, 2, 6, 18, 36, 77]) {
      // claim(attacks#exchange): 0, 6, 36 and 77 decimals: decimals are never read
      it(`serves a token of ${decimals} decimals against one of 18`, async () => {
        const { exchange, tokens, actors } = await loadFixture(deployExchange);
        const token = await ethers.deployContract("PlainToken", ["DEC", decimals]);
        // A reserve holds at most 2^112 units, whatever a unit is worth.
        const amount = decimals > 27 ? 10n ** 33n : 1_000_000n * 10n ** BigInt(decimals);
        await fund(exchange, token, actors.alice, amount * 2n);
        const key = keyOf(token.target as string, tokens[1].target as string);
        const first = key.token0 === token.target;
        await add(exchange, actors.alice, key, first ? amount : 1000n * UNIT, first ? 1000n * UNIT : amount);
        const out = outOf(amount / 1000n, amount, 1000n * UNIT);
        await expect(
          exchange
            .connect(actors.alice)
            .swapExactIn(
              token,
              [BigInt(tokens[1].target as string) | (30n << 160n)],
              amount / 1000n,
              out,
              actors.bob,
              NEVER,
            ),
        ).to.changeTokenBalances(tokens[1], [actors.bob], [out]);
      });
    }
  });
});
