/** The contracts of a deployment, by their names in the sources. */
export const CONTRACT_NAMES = [
  "Timelock",
  "Authority",
  "GovernanceToken",
  "CitizenRegistry",
  "Treasury",
  "Directory",
  "IsonomyGovernor",
  "BallotBox",
  "ProposalRules",
  "GuardianDesk",
  "ModelRegistry",
  "LicenseToken",
  "RevenueLedger",
  "Escrow",
  "Panel",
  "UpdateDesk",
  "Exchange",
  "Forwarder",
  "Market",
] as const;

/** The name of a contract of the protocol. */
export type ContractName = (typeof CONTRACT_NAMES)[number];

export function isContractName(name: string): name is ContractName {
  return (CONTRACT_NAMES as readonly string[]).includes(name);
}
