// The table belongs to the SDK, whose command line reads it back from any chain.
export {
  GRANTS,
  PERMISSIONS,
  ROLES,
  TIMELOCK_ROLES,
  type Permission,
  type RoleName,
} from "../../sdk/src/governance/roles";
