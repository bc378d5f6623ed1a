import { BaseContract } from "ethers";
import { resolve } from "node:path";

import { describeCalls, encodeProposal, type ProposalFile, type ProposedCall } from "../../sdk/src/governance";
import { simulateCalls, type NamedContract, type Simulation } from "./simulate";

/** What a file in `proposals/` exports by default: the proposal for a deployment, given its addresses by name. */
export type ProposalFor = (addresses: Readonly<Record<string, string>>) => ProposalFile;

/** The functions of a contract that change something, as typechain types them. */
type Writes<C> = { [M in keyof C]: C[M] extends { populateTransaction: unknown } ? M : never }[keyof C] & string;
type Args<F> = F extends { populateTransaction: (...args: infer A) => unknown } ? A : never;

/** One call of a proposal. The compiler checks the function's name and the types of its arguments. */
export function callOf<C extends BaseContract, M extends Writes<C>>(
  contract: C,
  method: M,
  ...args: Args<C[M]>
): ProposedCall {
  // a call is encoded without a chain to ask, so a contract has to be its address by then
  const plain = args.map((one: unknown) => (one instanceof BaseContract ? one.target : one));
  return { target: contract.target as string, abi: contract.interface, call: method, args: plain };
}

/** Reads a file of `proposals/` for a deployment. */
export async function loadProposal(
  root: string,
  path: string,
  addresses: Readonly<Record<string, string>>,
): Promise<ProposalFile> {
  let loaded: unknown;
  try {
    loaded = await import(resolve(root, path));
  } catch (error) {
    throw new Error(`${path} cannot be read as a proposal: ${(error as Error).message}`, { cause: error });
  }
  const make = (loaded as { default?: unknown }).default;
  if (typeof make !== "function") {
    throw new Error(
      `${path} exports no proposal. Export a function of the addresses by default, as those in proposals/ do.`,
    );
  }
  return (make as ProposalFor)(addresses);
}

/** What a proposal would change, found on a fork of the chain: nothing is sent to the chain itself. */
export async function simulateProposal(
  rpcUrl: string,
  file: ProposalFile,
  timelock: string,
  contracts: readonly NamedContract[],
): Promise<Simulation> {
  const { targets, values, calldatas } = encodeProposal(file, timelock);
  const titles = describeCalls(file, contracts);
  const calls = targets.map((target, index) => ({
    target,
    data: calldatas[index]!,
    value: values[index]!,
    title: titles[index]!,
  }));
  return simulateCalls(rpcUrl, timelock, calls, contracts);
}

/** What a simulation found, one line each, for a person to read. */
export function describeSimulation({ changes, events, gas }: Simulation): string[] {
  return [
    ...changes.map(({ contract, reading, before, after }) => `${contract}.${reading}: ${before} -> ${after}`),
    ...events.map((event) => `emits ${event}`),
    `takes ${gas.toLocaleString("en")} gas`,
  ];
}
