import { decodeFunctionData, hexToString, toFunctionSelector, type Abi, type AbiFunction, type Hex } from "viem";

import { isZeroAddress, sameAddress } from "../../addresses";
import type { ProposalCall } from "../../chain/government";
import type { Words } from "../../i18n";

/** A call in words as far as they are known. */
export interface DecodedCall {
  readonly call: ProposalCall;
  /** The protocol's own name of the target; undefined for a stranger's contract. */
  readonly contract: string | undefined;
  /** The function; undefined where the target or the function is not known. */
  readonly name: string | undefined;
  readonly args: readonly Argument[];
}

export interface Argument {
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
}

/** The kind that one call gives a proposal, and which rule says so. */
export type KindReason = "core" | "noFunction" | "parameter" | "parameterWithValue" | "money" | "unknown";

/** Contracts that only a vote on the constitution touches. */
const CORE = ["IsonomyGovernor", "Timelock", "Authority", "GovernanceToken", "CitizenRegistry"];
const PARAMETER_ROLE = 1n;
const MONEY_ROLE = 3n;

export function kindReasonOf({ contract, call }: DecodedCall): KindReason {
  if (call.data.length < 10) return "noFunction";
  if (contract !== undefined && CORE.includes(contract)) return "core";
  if (call.role === PARAMETER_ROLE) return call.value === 0n ? "parameter" : "parameterWithValue";
  return call.role === MONEY_ROLE ? "money" : "unknown";
}

export const contractAt = (contracts: Readonly<Record<string, string>>, target: string): string | undefined =>
  Object.entries(contracts).find(([, at]) => sameAddress(at, target))?.[0];

/** Reads a call by the ABI of the protocol's own contract at its target. What does not fit it stays undecoded. */
export function decodeCall(
  call: ProposalCall,
  contracts: Readonly<Record<string, string>>,
  abis: Readonly<Record<string, Abi | undefined>>,
): DecodedCall {
  const contract = contractAt(contracts, call.target);
  const undecoded = { call, contract, name: undefined, args: [] };
  const abi = contract === undefined ? undefined : abis[contract];
  if (abi === undefined) return undecoded;
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi, data: call.data as Hex });
    const found = abi.find(
      (one): one is AbiFunction => one.type === "function" && toFunctionSelector(one) === call.data.slice(0, 10),
    )!;
    const named = found.inputs.map(({ name, type }, at) => ({ name: name ?? "", type, value: args[at] }));
    return { call, contract, name: functionName, args: named };
  } catch {
    return undecoded;
  }
}

const SECONDS = /^(duration|newVotingDelay|newVotingPeriod|newDelay|delay)$/;

/** What an argument says, for a reader: contracts by name, shares in percent, times in days, names as text. */
export function argumentText(
  { name, type, value }: Argument,
  words: Words,
  contracts: Readonly<Record<string, string>>,
): string {
  if (type === "address") {
    const known = contractAt(contracts, String(value));
    if (known !== undefined) return `${known} (${String(value)})`;
    return isZeroAddress(String(value)) ? words.t("governance.arg.nobody") : String(value);
  }
  if (typeof value === "boolean") return words.t(value ? "governance.arg.yes" : "governance.arg.no");
  if (typeof value === "number" || typeof value === "bigint") {
    if (/bps$/i.test(name)) return `${words.number(Number(value) / 100)} %`;
    if (SECONDS.test(name)) return words.duration(Number(value));
    return words.number(value);
  }
  if (type === "bytes32") return printed(value as Hex);
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_key, one: unknown) => (typeof one === "bigint" ? String(one) : one));
}

/** Short names are kept as text with zeros behind it. */
function printed(value: Hex): string {
  const text = hexToString(value).replace(/\0+$/, "");
  return /^[\x20-\x7e]{1,32}$/.test(text) ? text : value;
}
