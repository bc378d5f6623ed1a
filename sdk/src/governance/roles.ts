import { domains } from "../domains";
import type { Permission, RoleName } from "../domains/roles";

export { ROLES, type Permission, type RoleName } from "../domains/roles";

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

/** Who may call each privileged function. The deployment writes this table to the Authority, a command reads it back. */
export const PERMISSIONS: readonly Permission[] = domains.flatMap(({ permissions }) => permissions);
