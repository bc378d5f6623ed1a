import { getBytes } from "ethers";
import type { Chain } from "./chain";

/** Prices of the Cancun hard fork. */
export const TX_BASE = 21_000;
export const SLOT_FILL = 22_100; // a cold slot from zero to anything
export const SLOT_CHANGE = 5_000; // a cold slot from something to something else
export const SLOT_REFILL = 20_000; // a slot read before in the transaction, from zero
export const SLOT_READ = 2_100;
export const ACCOUNT_COLD = 2_600;
export const SLOT_CLEAR_REFUND = 4_800;
export const ECRECOVER = 3_000;
export const VALUE_TRANSFER = 9_000 - 2_300;

/** What a transaction pays before its first opcode. */
export function intrinsic(data: string): number {
  let gas = TX_BASE;
  for (const byte of getBytes(data)) gas += byte === 0 ? 4 : 16;
  return gas;
}

/** An event with `topics` topics (its signature is one of them) and `bytes` of data. */
export function log(topics: number, bytes: number): number {
  return 375 * (topics + 1) + 8 * bytes;
}

/** What the token charges inside another transaction: measured, with the cold call to it, without the transaction around it. */
export interface Floors {
  transfer: number;
  transferFrom: number;
}

/** Transfers between people who hold the token already. */
export async function measureFloors(chain: Chain): Promise<Floors> {
  const [owner, from, to] = await chain.actors(3, "floor");
  const token = await chain.token(owner);
  const amount = 10n ** 18n;
  await chain.fund(token, owner, from, 10n * amount, to.address);
  await chain.fund(token, owner, to, 10n * amount);
  const inside = (gas: number, method: string, args: unknown[]) =>
    gas - intrinsic(token.interface.encodeFunctionData(method, args)) + ACCOUNT_COLD;
  const sent = [to.address, amount];
  const pulled = [from.address, to.address, amount];
  return {
    transfer: inside(await chain.gas(from, token, "transfer", sent), "transfer", sent),
    transferFrom: inside(await chain.gas(to, token, "transferFrom", pulled), "transferFrom", pulled),
  };
}
