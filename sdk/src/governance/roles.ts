import { domains } from "../domains";

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

/** A function that not everybody may call, and the role that may. */
export interface Permission {
  readonly contract: string;
  readonly signature: string;
  readonly role: RoleName;
}

/** Who may call each privileged function. The deployment writes this table to the Authority, a command reads it back. */
export const PERMISSIONS: readonly Permission[] = domains.flatMap(({ permissions }) => permissions);
