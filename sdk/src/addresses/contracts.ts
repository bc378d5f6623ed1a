import { CONTRACT_NAMES } from "./names";

export { CONTRACT_NAMES };

/** The name of a contract of the protocol. */
export type ContractName = (typeof CONTRACT_NAMES)[number];

/**
 * Whether a text is the name of one of the protocol's contracts, as deployments and errors spell it.
 * @example
 * ```ts
 * const name = "Market";
 * if (isContractName(name)) console.log(deployment.contracts[name]);
 * ```
 */
export function isContractName(name: string): name is ContractName {
  return (CONTRACT_NAMES as readonly string[]).includes(name);
}
