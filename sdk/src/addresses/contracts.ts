import { CONTRACT_NAMES } from "./names";

export { CONTRACT_NAMES };

/** The name of a contract of the protocol. */
export type ContractName = (typeof CONTRACT_NAMES)[number];

export function isContractName(name: string): name is ContractName {
  return (CONTRACT_NAMES as readonly string[]).includes(name);
}
