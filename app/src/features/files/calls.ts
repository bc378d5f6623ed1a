import { iEscrowAbi, iRevenueLedgerAbi } from "isonomy/abis";
import type { Complaint } from "isonomy/fair";
import type { Deal } from "isonomy/reading";
import { encodeFunctionData, numberToHex, type Address, type Client, type Hex } from "viem";
import { estimateGas } from "viem/actions";

import type { Call } from "../../tx/send";
import type { Act } from "./standing";

/** Acts that take nothing but the deal. */
type PlainAct = Exclude<Act, "open" | "complain">;

/** Enough for a path of 64 hashes and a whole chunk, and for the refund after it, without what the chain charges for the bytes. */
const PROOF_GAS = 1_200_000n;

export const actCall = (escrow: string, act: PlainAct, deal: Deal): Call => ({
  abi: iEscrowAbi,
  address: escrow as Address,
  functionName: act,
  args: [deal],
});

/**
 * Proves a version defective and refunds the deal in one transaction. Its gas is given along, so that no node is shown the key
 * before it is sent: one is asked what as many random bytes to nobody cost.
 */
export async function complaintCall(
  client: Client,
  escrow: string,
  deal: Deal,
  complaint: Complaint,
  account: Address,
): Promise<Call> {
  const call: Call = {
    abi: iEscrowAbi,
    address: escrow as Address,
    functionName: "proveAndRefund",
    args: [deal, complaint],
  };
  const { length } = encodeFunctionData({ abi: iEscrowAbi, functionName: "proveAndRefund", args: call.args as never });
  const carried = await estimateGas(client, { account, to: random(20), data: random((length - 2) / 2) });
  return { ...call, gas: PROOF_GAS + carried };
}

export const withdrawCall = (ledger: string, token: string): Call => ({
  abi: iRevenueLedgerAbi,
  address: ledger as Address,
  functionName: "withdraw",
  args: [token],
});

function random(bytes: number): Hex {
  const drawn = crypto.getRandomValues(new Uint8Array(bytes));
  return `0x${[...drawn].map((byte) => numberToHex(byte, { size: 1 }).slice(2)).join("")}`;
}
