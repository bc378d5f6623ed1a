import { loadFixture } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import { expect } from "chai";
import type { Contract } from "ethers";
import { ethers } from "hardhat";
import type { Exchange } from "../../../typechain-types";
import { calledBy } from "../../support/untyped";
import { deployExchange, hop, NATIVE, NEVER, poolId, UNIT } from "./fixture";

const NONE = { value: 0, deadline: 0, v: 0, r: ethers.ZeroHash, s: ethers.ZeroHash };

async function deployWithoutAllowance() {
  const base = await deployExchange();
  for (const token of base.tokens) await token.mint(base.actors.carol, 1000n * UNIT);
  return base;
}

async function sign(token: Contract, owner: HardhatEthersSigner, exchange: Exchange, value: bigint) {
  const { chainId } = await ethers.provider.getNetwork();
  const signature = ethers.Signature.from(
    await owner.signTypedData(
      { name: await token.name(), version: "1", chainId, verifyingContract: token.target as string },
      {
        Permit: [
          { name: "owner", type: "address" },
          { name: "spender", type: "address" },
          { name: "value", type: "uint256" },
          { name: "nonce", type: "uint256" },
          { name: "deadline", type: "uint256" },
        ],
      },
      {
        owner: owner.address,
        spender: exchange.target,
        value,
        nonce: await token.nonces(owner),
        deadline: NEVER,
      },
    ),
  );
  return { value, deadline: NEVER, v: signature.v, r: signature.r, s: signature.s };
}

describe("Exchange permits", () => {
  it("pay for an exact-in swap", async () => {
    const { exchange, tokens, actors } = await loadFixture(deployWithoutAllowance);
    const permit = await sign(tokens[0], actors.carol, exchange, UNIT);
    const carol = exchange.connect(actors.carol);
    await expect(() =>
      carol.swapExactInWithPermit(tokens[0], [hop(tokens[1])], UNIT, 1, actors.carol, NEVER, permit),
    ).to.changeTokenBalances(tokens[0], [actors.carol], [-UNIT]);
    expect(await tokens[0].allowance(actors.carol, exchange)).to.equal(0);
  });

  it("pay for an exact-out swap", async () => {
    const { exchange, tokens, actors } = await loadFixture(deployWithoutAllowance);
    const cost = await exchange.quoteExactOut(tokens[0], [hop(tokens[1])], UNIT);
    const permit = await sign(tokens[0], actors.carol, exchange, cost);
    await expect(
      exchange
        .connect(actors.carol)
        .swapExactOutWithPermit(tokens[0], [hop(tokens[1])], UNIT, cost, actors.carol, NEVER, permit),
    ).to.changeTokenBalances(tokens[1], [actors.carol], [UNIT]);
  });

  it("pay for deposits of two tokens, of one beside the native coin, and of one alone", async () => {
    const { exchange, tokens, keys, actors } = await loadFixture(deployWithoutAllowance);
    const carol = exchange.connect(actors.carol);
    const both = [
      await sign(tokens[0], actors.carol, exchange, UNIT),
      await sign(tokens[1], actors.carol, exchange, 4n * UNIT),
    ] as const;
    await carol.addLiquidityWithPermit(keys.key01, UNIT, 4n * UNIT, 1, actors.carol, NEVER, ...both);
    const beside = await sign(tokens[1], actors.carol, exchange, 2n * UNIT);
    await carol.addLiquidityWithPermit(keys.keyN1, UNIT, 2n * UNIT, 1, actors.carol, NEVER, NONE, beside, {
      value: UNIT,
    });
    const alone = await sign(tokens[0], actors.carol, exchange, UNIT);
    await carol.addLiquiditySingleWithPermit(keys.key01, tokens[0], UNIT, 1, actors.carol, NEVER, alone);
    for (const key of [keys.key01, keys.keyN1]) {
      expect(await exchange.balanceOf(actors.carol, poolId(key))).to.be.greaterThan(0n);
    }
  });

  // claim(attacks#exchange): permit front-run: only the allowance matters
  it("survive being submitted by somebody else first", async () => {
    const { exchange, tokens, actors } = await loadFixture(deployWithoutAllowance);
    const permit = await sign(tokens[0], actors.carol, exchange, UNIT);
    await calledBy(actors.bob, tokens[0]).permit(actors.carol, exchange, UNIT, NEVER, permit.v, permit.r, permit.s);
    await exchange
      .connect(actors.carol)
      .swapExactInWithPermit(tokens[0], [hop(tokens[1])], UNIT, 1, actors.carol, NEVER, permit);
  });

  // claim(attacks#exchange): permit replayed by another caller: only the caller's own permit is accepted
  it("cannot be used by another caller, whose own allowance is asked", async () => {
    const { exchange, tokens, actors } = await loadFixture(deployWithoutAllowance);
    const permit = await sign(tokens[0], actors.carol, exchange, UNIT);
    const thief = exchange.connect(actors.treasury);
    await expect(thief.swapExactInWithPermit(tokens[0], [hop(tokens[1])], UNIT, 1, actors.treasury, NEVER, permit))
      .to.be.revertedWithCustomError(tokens[0], "ERC20InsufficientAllowance")
      .withArgs(exchange.target, 0, UNIT);
  });

  it("keep the bound of the call they come with, to the unit", async () => {
    const { exchange, tokens, keys, actors } = await loadFixture(deployWithoutAllowance);
    const carol = exchange.connect(actors.carol);
    for (const token of tokens) await calledBy(actors.carol, token).approve(exchange, 100n * UNIT);
    const path = [hop(tokens[1])];
    const paid = await exchange.quoteExactIn(tokens[0], path, UNIT);
    const cost = await exchange.quoteExactOut(tokens[0], path, UNIT);
    const forPaid = [tokens[0], path, UNIT] as const;
    const end = [actors.carol, NEVER, NONE] as const;
    const both = [keys.key01, UNIT, 4n * UNIT] as const;
    const alone = [keys.key01, tokens[0], UNIT] as const;
    const { shares } = await carol.addLiquidityWithPermit.staticCall(...both, 0n, ...end, NONE);
    const fewer = await carol.addLiquiditySingleWithPermit.staticCall(...alone, 0n, ...end);

    await expect(carol.swapExactInWithPermit(...forPaid, paid + 1n, ...end))
      .to.be.revertedWithCustomError(exchange, "Exchange_OutputBelowBound")
      .withArgs(paid, paid + 1n);
    await expect(carol.swapExactOutWithPermit(...forPaid, cost - 1n, ...end))
      .to.be.revertedWithCustomError(exchange, "Exchange_InputAboveBound")
      .withArgs(cost, cost - 1n);
    await expect(carol.addLiquidityWithPermit(...both, shares + 1n, ...end, NONE))
      .to.be.revertedWithCustomError(exchange, "Exchange_SharesBelowBound")
      .withArgs(shares, shares + 1n);
    await expect(carol.addLiquiditySingleWithPermit(...alone, fewer + 1n, ...end))
      .to.be.revertedWithCustomError(exchange, "Exchange_SharesBelowBound")
      .withArgs(fewer, fewer + 1n);

    expect(await carol.swapExactInWithPermit.staticCall(...forPaid, paid, ...end)).to.equal(paid);
    expect(await carol.swapExactOutWithPermit.staticCall(...forPaid, cost, ...end)).to.equal(cost);
    const exact = await carol.addLiquidityWithPermit.staticCall(...both, shares, ...end, NONE);
    expect(exact.shares).to.equal(shares);
    expect(await carol.addLiquiditySingleWithPermit.staticCall(...alone, fewer, ...end)).to.equal(fewer);
  });

  it("keep the checks of the call they come with", async () => {
    const { exchange, tokens, keys, actors } = await loadFixture(deployWithoutAllowance);
    const carol = exchange.connect(actors.carol);
    const path = [hop(tokens[1])];
    for (const call of [
      () => carol.swapExactInWithPermit(tokens[0], path, UNIT, 1, actors.carol, 1, NONE),
      () => carol.swapExactOutWithPermit(tokens[0], path, UNIT, UNIT, actors.carol, 1, NONE),
      () => carol.addLiquidityWithPermit(keys.key01, UNIT, UNIT, 1, actors.carol, 1, NONE, NONE),
      () => carol.addLiquiditySingleWithPermit(keys.key01, tokens[0], UNIT, 1, actors.carol, 1, NONE),
      () => carol.addLiquiditySingle(keys.key01, tokens[0], UNIT, 1, actors.carol, 1),
      () => carol.swapExactOut(tokens[0], path, UNIT, UNIT, actors.carol, 1),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(exchange, "Exchange_Expired");
    }
    for (const call of [
      () => carol.swapExactInWithPermit(tokens[0], path, UNIT, 1, NATIVE, NEVER, NONE),
      () => carol.swapExactOutWithPermit(tokens[0], path, UNIT, UNIT, NATIVE, NEVER, NONE),
      () => carol.addLiquidityWithPermit(keys.key01, UNIT, UNIT, 1, NATIVE, NEVER, NONE, NONE),
      () => carol.addLiquiditySingleWithPermit(keys.key01, tokens[0], UNIT, 1, NATIVE, NEVER, NONE),
    ]) {
      await expect(call()).to.be.revertedWithCustomError(exchange, "Exchange_BadRecipient").withArgs(NATIVE);
    }
    // one that would be used is ignored for the native coin, which knows no permits
    for (const permit of [NONE, { ...NONE, deadline: NEVER }]) {
      await expect(carol.swapExactInWithPermit(NATIVE, path, UNIT, 1, actors.carol, NEVER, permit))
        .to.be.revertedWithCustomError(exchange, "Exchange_WrongValue")
        .withArgs(0n, UNIT);
    }
  });
});
