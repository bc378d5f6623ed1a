import { getAddress, Interface } from "ethers";
import type { Artifacts } from "hardhat/types";

import type { Reader } from "./powers";

/** A value that the deployment decided, and how to read it back from the chain. */
export interface Reading {
  /** Of a parameter its field, with `*` for every item of a list; otherwise what it is. */
  readonly what: string;
  readonly contract: string;
  readonly call: string;
  readonly args: readonly unknown[];
  /** What the call must return; for several results, the one with this name or place. */
  readonly pick?: string | number;
  readonly expected: string;
}

/** One sentence for each value that is another on the chain. */
export async function compareReadings(
  reader: Reader,
  artifacts: Artifacts,
  contracts: Readonly<Record<string, { readonly address: string; readonly contractName: string }>>,
  readings: readonly Reading[],
  source: "parameters" | "deployment",
): Promise<string[]> {
  const problems: string[] = [];
  for (const { what, contract, call, args, pick, expected } of readings) {
    const entry = contracts[contract];
    if (entry === undefined) {
      problems.push(`${what}: the deployment has no ${contract}`);
      continue;
    }
    const { abi } = await artifacts.readArtifact(entry.contractName);
    const face = new Interface(abi);
    const answer = await reader.request<string>({
      method: "eth_call",
      params: [{ to: entry.address, data: face.encodeFunctionData(call, args) }, "latest"],
    });
    const actual = String(face.decodeFunctionResult(call, answer)[pick ?? 0]);
    if (actual.toLowerCase() !== expected.toLowerCase()) {
      problems.push(
        `${what} (${contract}.${call}): ${readable(actual)} on the chain, ${readable(expected)} in the ${source}`,
      );
    }
  }
  return problems;
}

function readable(value: string): string {
  return /^0x[0-9a-fA-F]{40}$/.test(value) ? getAddress(value.toLowerCase()) : value;
}
