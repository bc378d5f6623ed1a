import {
  isAddress,
  type BaseContract,
  type ContractTransactionReceipt,
  type LogDescription,
  type TransactionReceipt,
} from "ethers";

import { sameAddress } from "../addresses/address";
import { chainError } from "../errors/chainErrors";

/** What the arguments of an event have to be; those that are not named may be anything. */
export type EventMatch = Readonly<Record<string, unknown>>;

/** An event with its place among the logs of its block. */
export interface FoundEvent extends LogDescription {
  readonly index: number;
}

/** The events of one name that a contract left in a receipt and whose arguments fit, in order. */
export function eventsIn(
  contract: BaseContract,
  receipt: TransactionReceipt,
  name: string,
  match: EventMatch = {},
): FoundEvent[] {
  return receipt.logs.flatMap((log) => {
    if (!sameAddress(log.address, contract.target as string)) return [];
    const parsed = contract.interface.parseLog(log);
    if (parsed?.name !== name || !fits(parsed, match)) return [];
    return [Object.assign(parsed, { index: log.index })];
  });
}

/**
 * The first of them, which has to be there. A transaction may carry the calls of several accounts, so a name alone says
 * nothing about whose event it is: `match` names the account and what was asked for.
 */
export function eventIn(
  contract: BaseContract,
  receipt: ContractTransactionReceipt,
  name: string,
  match: EventMatch = {},
): FoundEvent {
  const [event] = eventsIn(contract, receipt, name, match);
  if (event === undefined) throw missing(contract, receipt, name);
  return event;
}

/** The receipt of a call, which has to have left one of these events with these arguments. */
export function withEvent(
  contract: BaseContract,
  receipt: ContractTransactionReceipt,
  names: readonly string[],
  match: EventMatch,
): ContractTransactionReceipt {
  if (names.every((name) => eventsIn(contract, receipt, name, match).length === 0)) {
    throw missing(contract, receipt, names.join(" or "));
  }
  return receipt;
}

/** The failure of a transaction that was mined and left no such event. */
export function missing(contract: BaseContract, receipt: ContractTransactionReceipt, name: string) {
  return chainError("EVENT_MISSING", { event: name, address: contract.target as string, hash: receipt.hash });
}

function fits({ args }: LogDescription, match: EventMatch): boolean {
  return Object.entries(match).every(([name, expected]) => sameValue(args[name], expected));
}

function sameValue(actual: unknown, expected: unknown): boolean {
  if (typeof actual === "bigint") return actual === BigInt(expected as bigint | number);
  if (typeof actual !== "string" || typeof expected !== "string") return actual === expected;
  // hashes and bytes have two spellings, as addresses do
  const equal = actual.toLowerCase() === expected.toLowerCase();
  return equal || (isAddress(actual) && sameAddress(actual, expected));
}
