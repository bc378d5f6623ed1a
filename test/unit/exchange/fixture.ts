import { time } from "@nomicfoundation/hardhat-network-helpers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/signers";
import type { AddressLike, BigNumberish, Contract } from "ethers";
import { ethers } from "hardhat";
import type { Exchange, IExchange } from "../../../typechain-types";
import { calledBy } from "../../support/untyped";

export const NATIVE = ethers.ZeroAddress;
export const UNIT = 10n ** 18n;
export const NEVER = 10n ** 11n;
export const FEE = 30n;
export const MINIMUM_SHARES = 1000n;
export const MAX_RESERVE = (1n << 112n) - 1n;

export type Key = { token0: string; token1: string; feeBps: bigint };

/** A step of a path: the token it ends in and the fee tier of its pool. */
export const hop = (token: string | { target: AddressLike }, feeBps = FEE): bigint =>
  BigInt(typeof token === "string" ? token : String(token.target)) | (feeBps << 160n);

export const keyOf = (a: string, b: string, feeBps = FEE): Key =>
  BigInt(a) < BigInt(b) ? { token0: a, token1: b, feeBps } : { token0: b, token1: a, feeBps };

export const poolId = (key: Key): bigint =>
  BigInt(
    ethers.keccak256(
      ethers.AbiCoder.defaultAbiCoder().encode(["address", "address", "uint256"], [key.token0, key.token1, key.feeBps]),
    ),
  );

/** Moves to the first second of the next oracle period. */
export const nextPeriod = async (): Promise<void> => {
  const now = await time.latest();
  await time.increaseTo((Math.floor(now / 300) + 1) * 300);
};

/** An Exchange with three tokens in ascending order, two liquid pools (0-1, 1-2) and one of the native coin with 1. */
export async function deployExchange() {
  const [admin, treasury, alice, bob, carol] = await ethers.getSigners();
  const authority = await ethers.deployContract("TestAuthority", [admin]);
  const exchange = await ethers.deployContract("Exchange", [authority, treasury]);
  const minted = await Promise.all(
    ["AAA", "BBB", "CCC"].map((symbol) => ethers.deployContract("PlainToken", [symbol, 18])),
  );
  const tokens = minted.sort((a, b) => (BigInt(a.target as string) < BigInt(b.target as string) ? -1 : 1));
  for (const token of tokens) {
    for (const actor of [alice, bob]) await fund(exchange, token, actor);
  }
  const [t0, t1, t2] = tokens.map((token) => token.target as string) as [string, string, string];
  const key01 = keyOf(t0, t1);
  const key12 = keyOf(t1, t2);
  const keyN1 = keyOf(NATIVE, t1);
  await add(exchange, alice, key01, 1000n * UNIT, 4000n * UNIT);
  await add(exchange, alice, key12, 1000n * UNIT, 1000n * UNIT);
  await add(exchange, alice, keyN1, 100n * UNIT, 200n * UNIT);
  return {
    exchange,
    authority,
    tokens: tokens as [Contract, Contract, Contract],
    keys: { key01, key12, keyN1 },
    actors: { admin, treasury, alice, bob, carol },
  };
}

/** An approved balance large enough for every test. */
export async function fund(
  exchange: Exchange,
  token: Contract,
  actor: HardhatEthersSigner,
  amount = 1_000_000n * UNIT,
): Promise<void> {
  await token.mint(actor.address, amount);
  await calledBy(actor, token).approve(exchange, ethers.MaxUint256);
}

export async function add(
  exchange: Exchange,
  actor: HardhatEthersSigner,
  key: Key,
  amount0: bigint,
  amount1: bigint,
  overrides: { minShares?: BigNumberish; recipient?: string } = {},
) {
  const value = key.token0 === NATIVE ? amount0 : 0n;
  return exchange
    .connect(actor)
    .addLiquidity(key, amount0, amount1, overrides.minShares ?? 0, overrides.recipient ?? actor.address, NEVER, {
      value,
    });
}

export async function stateOf(exchange: Exchange | IExchange, key: Key) {
  const [reserve0, reserve1, totalShares, protocolShare, updatedAt, observationCount] = await exchange.poolState(key);
  return { reserve0, reserve1, totalShares, protocolShare, updatedAt, observationCount };
}

/** What the contract's formula pays, in bigint. */
export const outOf = (amountIn: bigint, reserveIn: bigint, reserveOut: bigint, feeBps = FEE): bigint => {
  const kept = amountIn * (10_000n - feeBps);
  return (kept * reserveOut) / (reserveIn * 10_000n + kept);
};

/** What the contract's formula asks, in bigint. */
export const inFor = (amountOut: bigint, reserveIn: bigint, reserveOut: bigint, feeBps = FEE): bigint => {
  const divisor = (reserveOut - amountOut) * (10_000n - feeBps);
  return (reserveIn * amountOut * 10_000n) / divisor + 1n;
};

export const sqrt = (value: bigint): bigint => {
  if (value < 2n) return value;
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (guess + value / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
};
