import type { BaseContract, Contract, ContractRunner } from "ethers";

/** A contract of the tests as `runner` calls it. Such contracts have no typings: only what users deploy and call has. */
export function calledBy(runner: ContractRunner, contract: BaseContract): Contract {
  return contract.connect(runner) as Contract;
}

/** The selector of a function of a contract of the tests. */
export function selectorOf(contract: BaseContract, name: string): string {
  const fragment = contract.interface.getFunction(name);
  if (fragment === null) throw new Error(`The contract has no function ${name}.`);
  return fragment.selector;
}
