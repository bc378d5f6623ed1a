/** Roles of the Authority. Whatever is not listed here is for the admin, which is the timelock. */
export const ROLES = {
  ADMIN: 0n,
  /** Changes bounded numbers. Never given for a function that sets an address or forwards a call. */
  PARAMETER: 1n,
  /** Pauses the opening of new purchases, briefly. */
  GUARDIAN: 2n,
} as const;

export type RoleName = keyof typeof ROLES;

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
];
