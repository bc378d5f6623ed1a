/** Roles of the Authority; the first four numbers are those of `contracts/governance/Roles.sol`. Whatever is not listed here is for the admin. */
export const ROLES = {
  ADMIN: 0n,
  /** Changes bounded numbers. Never given for a function that sets an address or forwards a call. */
  PARAMETER: 1n,
  /** Pauses the opening of new purchases and the issuing of credentials, briefly. Its holder passes on the guardian's calls while the mandate lasts. */
  GUARDIAN: 2n,
  /** Pays from the treasury. */
  MONEY: 3n,
} as const;

export type RoleName = keyof typeof ROLES;

/**
 * Who holds each role, and how many seconds a call of the role has to be announced ahead. The wait of a vote is the governor's own: it follows
 * from the kind of the proposal, so no role adds another.
 */
export const GRANTS: readonly { role: RoleName; holder: "Timelock" | "GuardianDesk"; delay: number }[] = [
  { role: "PARAMETER", holder: "Timelock", delay: 0 },
  { role: "GUARDIAN", holder: "GuardianDesk", delay: 0 },
  { role: "MONEY", holder: "Timelock", delay: 0 },
  { role: "ADMIN", holder: "Timelock", delay: 0 },
];

/** The roles of the timelock that the governor holds, and nobody else. */
export const TIMELOCK_ROLES = ["PROPOSER_ROLE", "CANCELLER_ROLE", "EXECUTOR_ROLE"] as const;

export interface Permission {
  contract: string;
  signature: string;
  role: RoleName;
}

/** Who may call each privileged function. The deployment writes this table to the Authority, a command reads it back. */
export const PERMISSIONS: readonly Permission[] = [
  { contract: "Market", signature: "setProtocolFee(uint16)", role: "PARAMETER" },
  { contract: "Market", signature: "pausePurchases(uint40)", role: "GUARDIAN" },
  { contract: "Market", signature: "resumePurchases()", role: "GUARDIAN" },
  { contract: "Market", signature: "setTreasury(address)", role: "ADMIN" },
  { contract: "Market", signature: "setPayToken(address,bool,uint8)", role: "ADMIN" },
  { contract: "Exchange", signature: "setProtocolShare(uint256)", role: "PARAMETER" },
  { contract: "Exchange", signature: "setFlashFee(uint256)", role: "PARAMETER" },
  { contract: "Exchange", signature: "listTier(uint256)", role: "PARAMETER" },
  { contract: "Exchange", signature: "pauseDeposits()", role: "GUARDIAN" },
  { contract: "Exchange", signature: "resumeDeposits()", role: "GUARDIAN" },
  { contract: "Exchange", signature: "setTreasury(address)", role: "ADMIN" },
  { contract: "LicenseToken", signature: "setModule(address,bool)", role: "ADMIN" },
  { contract: "LicenseToken", signature: "setContractURI(string)", role: "ADMIN" },
  { contract: "ModelRegistry", signature: "setContractURI(string)", role: "ADMIN" },
  { contract: "Treasury", signature: "pay(address,address,uint256)", role: "MONEY" },
  { contract: "GovernanceToken", signature: "mint(address,uint256)", role: "ADMIN" },
  { contract: "GovernanceToken", signature: "setRegistry(address)", role: "ADMIN" },
  { contract: "CitizenRegistry", signature: "appointIssuer(address,bytes32,bool)", role: "ADMIN" },
  { contract: "CitizenRegistry", signature: "retireIssuer(uint32)", role: "ADMIN" },
  { contract: "CitizenRegistry", signature: "disavowIssuer(uint32)", role: "ADMIN" },
  { contract: "CitizenRegistry", signature: "pauseIssuance()", role: "GUARDIAN" },
  { contract: "Directory", signature: "set(bytes32,address)", role: "ADMIN" },
];
