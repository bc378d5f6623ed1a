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

/** A role that a contract of the protocol asks the Authority about. */
export type RoleName = keyof typeof ROLES;

/** A function that not everybody may call, and the role that may. */
export interface Permission {
  readonly contract: string;
  readonly signature: string;
  readonly role: RoleName;
}
