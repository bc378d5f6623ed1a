import { ZeroHash } from "ethers";

import { deploymentOf } from "../../deploy/engine/addresses";
import { CONTRACT_NAMES, type ContractName, type Deployment } from "../../sdk/src/addresses";

interface Contract {
  getAddress(): Promise<string>;
}

/** A deployment as a file has it, of contracts on Hardhat's chain. */
export async function bookOf(contracts: Readonly<Record<ContractName, Contract>>): Promise<Deployment> {
  const entries = CONTRACT_NAMES.map(async (name) => [name, await contracts[name].getAddress()]);
  const addresses = Object.fromEntries(await Promise.all(entries)) as Record<ContractName, string>;
  const { ethers } = await import("hardhat");
  return deploymentOf(ethers.provider, addresses, 0);
}

/** A whole deployment in which nothing but the names is of use: each contract is at an address of its own. */
export function imaginaryBook(chainId: number): Deployment {
  const places = CONTRACT_NAMES.map((name, index) => [name, `0x${(index + 1).toString(16).padStart(40, "0")}`]);
  const hashes = CONTRACT_NAMES.map((name) => [name, ZeroHash]);
  return {
    ...{ chainId, block: 7 },
    contracts: Object.fromEntries(places) as Record<ContractName, string>,
    codeHashes: Object.fromEntries(hashes) as Record<ContractName, string>,
  };
}
